/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms of names in the API: DNS labels and subdomains, qualified names, label values, ports,
 * environment variables, config keys, sysctls, path segments, addresses. A check gives the API
 * server's messages, one for each thing that is wrong, in its order; none when the name is good.
 *
 * Source: k8s.io/apimachinery pkg/util/validation and pkg/api/validation (the 1.20 wording).
 */
#ifndef PODGATE_KUBE_NAMES_H
#define PODGATE_KUBE_NAMES_H

#include "base/field.h"

enum { NAME_MESSAGES_MAX = 5 };

/* All messages are literals. */
typedef struct NameMessages {
    size_t count;
    Str items[NAME_MESSAGES_MAX];
} NameMessages;

/* The type of every check below, for tables. */
typedef NameMessages NameCheck(Str value);

NameCheck name_check_dns1123_label;
NameCheck name_check_dns1123_subdomain;
NameCheck name_check_dns1035_label;
NameCheck name_check_wildcard_dns1123_subdomain; /* *.example.com */
NameCheck name_check_qualified;                  /* [prefix/]name: label keys, resource names */
NameCheck name_check_label_value;
NameCheck name_check_c_identifier;
NameCheck name_check_port_name;
NameCheck name_check_http_header;
NameCheck name_check_env_var;
NameCheck name_check_config_map_key;
NameCheck name_check_percent;
NameCheck name_check_ip;
NameCheck name_check_path_segment;        /* may not be '.', may not contain '/' */
NameCheck name_check_path_segment_prefix; /* what a generateName may hold */
NameMessages name_check_port_number(int64_t port);
NameMessages name_check_user_id(int64_t uid);
NameMessages name_check_group_id(int64_t gid);

/* Adds each message as `Invalid value: "value": message`. True when there was none. */
bool name_report(FieldErrors *errs, Path path, Str value, NameMessages messages);
/* A check of what a generator completes (metadata.generateName), which may end with "-". */
NameMessages name_check_prefix(NameCheck *check, Str value, Arena *a);

/* Whole field checks, which name the field themselves. True when nothing was wrong. */
bool name_report_domain_prefixed_path(FieldErrors *errs, Path path, Str value);
bool name_report_fully_qualified(FieldErrors *errs, Path path, Str value);        /* 3 segments */
bool name_report_fully_qualified_domain(FieldErrors *errs, Path path, Str value); /* 2 segments */

#define NAME_SYSCTL_SEGMENT_REGEX "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
#define NAME_SYSCTL_REGEX "(" NAME_SYSCTL_SEGMENT_REGEX "\\.)*" NAME_SYSCTL_SEGMENT_REGEX
/* A policy's sysctls may end with "*". */
#define NAME_SYSCTL_PATTERN_REGEX \
    "(" NAME_SYSCTL_SEGMENT_REGEX "\\.)*([a-z0-9][-_a-z0-9]*)?[a-z0-9*]"
enum { NAME_SYSCTL_MAX = 253 };
bool name_is_sysctl(Str value);
bool name_is_sysctl_pattern(Str value);

/* An IP address as Go's net.ParseIP reads it: dotted IPv4 or IPv6, no zone, no brackets. Leading
 * zeros in IPv4 were accepted until Go 1.17 and are so here. */
typedef enum NameIpKind { NAME_IP_NONE, NAME_IP_V4, NAME_IP_V6 } NameIpKind;
NameIpKind name_ip_kind(Str value);
/* The same, with the 16 bytes (IPv4 mapped to IPv6) when it is one. */
NameIpKind name_ip_parse(Str value, uint8_t out[16]);

#endif
