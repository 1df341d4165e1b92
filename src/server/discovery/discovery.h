/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API server says of itself: the groups, versions and resources that it serves, its
 * version, its health, the paths it has, and (openapi.h) the schemas of its types.
 *
 * No socket, no state: answers are made from the tables of kube/ and the custom resources given.
 *
 * Source: k8s.io/apiserver, k8s.io/kube-aggregator and k8s.io/apiextensions-apiserver 0.20, and
 * their later versions for what came later.
 */
#ifndef PODGATE_SERVER_DISCOVERY_DISCOVERY_H
#define PODGATE_SERVER_DISCOVERY_DISCOVERY_H

#include "doc/value.h"
#include "kube/target.h"
#include "server/table/accept.h"

typedef struct DiscoveryRequest {
    Str path;   /* unescaped, without the query */
    Str query;  /* as sent, without the "?" */
    Str accept; /* headers; "" for none */
    Str user_agent;
    Str server_address; /* "127.0.0.1:6443": where clients reach the server */
    const KubeTarget *target;
    /* CustomResourceDefinition objects (apiextensions.k8s.io/v1) that are established. */
    const Value *const *crds;
    size_t crd_count;
} DiscoveryRequest;

typedef struct DiscoveryAnswer {
    int code;
    bool is_status; /* a refusal: status */
    Status status;
    bool is_text; /* text, of content_type, is the body as it is; else value, to be written in form
                   */
    Str text;
    Value value;
    AcceptChoice form;
    Str content_type; /* "" for that of the form */
} DiscoveryAnswer;

/* Answers a GET; false when there is no such path (see discovery_not_found). A refusal (406) is an
 * answer. */
bool discovery_answer(const DiscoveryRequest *r, Arena *a, DiscoveryAnswer *out);
/* Paths that are plain handlers (health, /, /apis, ...) take any method; others answer 405 to all
 * but GET. */
bool discovery_takes_any_method(const DiscoveryRequest *r);
/* 404 for a path that nobody has, at the root: the paths that there are. */
void discovery_not_found(const DiscoveryRequest *r, Arena *a, DiscoveryAnswer *out);

/* Is a kind of the group, or this version of it, built in and served (version "": any)? */
bool discovery_has_built_in(const KubeTarget *target, Str group, Str version);
/* Is the group, or this version of it, served (version "": any)? Custom ones count. */
bool discovery_has_group(const DiscoveryRequest *r, Str group, Str version);

/* A document that is never negotiated is JSON with two spaces, as Go's MarshalIndent writes it. */
Str discovery_indented(const Value *v, Arena *a);

#endif
