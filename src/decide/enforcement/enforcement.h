/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How strictly a webhook holds to what policies decide: which of them refuse, which only warn or
 * count, and who is exempt, why and until when.
 *
 *     apiVersion: podgate.io/v1
 *     kind: Enforcement
 *     modes:
 *       podSecurityPolicy: enforce        # or warn, or audit
 *       podSecurity: warn
 *       namespaces:
 *       - names: ["legacy-*"]
 *         podSecurityPolicy: audit
 *     exemptions:
 *     - name: node-agents
 *       reason: reads the logs of the node
 *       expires: 2027-03-31               # the last day
 *       plugins: [podSecurityPolicy]      # both when not said
 *       namespaces: [monitoring]
 *       images: ["registry.example.com/agent:*"]
 *
 * An exemption applies where all that it says holds. Of a list one entry is enough, but every
 * container of a pod must be named by images and by containerNames: else one harmless container
 * would open the way for another.
 *
 * Pure: what day it is, the asker says.
 */
#ifndef PODGATE_DECIDE_ENFORCEMENT_ENFORCEMENT_H
#define PODGATE_DECIDE_ENFORCEMENT_ENFORCEMENT_H

#include "decide/facts.h"
#include "doc/doc.h"
#include "kube/selector.h"

typedef enum EnforcementPlugin {
    ENFORCEMENT_PSP,
    ENFORCEMENT_POD_SECURITY,
    ENFORCEMENT_PLUGIN_COUNT,
} EnforcementPlugin;

typedef enum EnforcementMode {
    ENFORCEMENT_ENFORCE,
    ENFORCEMENT_WARN,  /* admitted, and the client is warned */
    ENFORCEMENT_AUDIT, /* admitted, and the audit log says so */
} EnforcementMode;

typedef struct EnforcementNamespaces {
    StrList names;                          /* patterns */
    int8_t modes[ENFORCEMENT_PLUGIN_COUNT]; /* EnforcementMode; -1: not said here */
} EnforcementNamespaces;

/* Lists are absent (items NULL) where nothing is said. */
typedef struct EnforcementExemption {
    Str name;
    Str reason;
    Str expires;                            /* "2027-03-31"; absent: never */
    bool plugins[ENFORCEMENT_PLUGIN_COUNT]; /* that it is from */
    StrList users;
    StrList groups;
    StrList service_accounts; /* "namespace/name", of the pod; patterns */
    StrList namespaces;       /* patterns */
    StrList runtime_classes;
    StrList container_names; /* patterns */
    StrList images;          /* patterns */
    bool has_selector;
    LabelSelector selector; /* of the pod's labels */
} EnforcementExemption;

typedef struct Enforcement {
    EnforcementMode modes[ENFORCEMENT_PLUGIN_COUNT];
    EnforcementNamespaces *namespaces; /* the first that names one counts */
    size_t namespace_count;
    EnforcementExemption *exemptions;
    size_t exemption_count;
} Enforcement;

/* "podSecurityPolicy", "podSecurity" */
Str enforcement_plugin_name(EnforcementPlugin plugin);
/* "enforce", "warn", "audit" */
Str enforcement_mode_name(EnforcementMode mode);

/* Reads one document. Unknown fields, and exemptions that would let everything through, are errors:
 * `file:line:column: exemptions[0].reason: ...`. Strings of out lie in the document. */
WARN_UNUSED bool enforcement_read(const Doc *doc, Arena *a, Enforcement *out, Err *err);

EnforcementMode enforcement_mode(const Enforcement *e, EnforcementPlugin plugin, Str namespace);

/* What is asked about. */
typedef struct EnforcementSubject {
    const UserInfo *user;
    Str namespace;
    const Value *pod; /* metadata and spec; NULL for what is none */
} EnforcementSubject;

/* today: "2026-11-30" */
bool enforcement_is_expired(const EnforcementExemption *x, Str today);
/* The first exemption from the plugin that applies; NULL for none. Allocates nothing. */
const EnforcementExemption *enforcement_find(const Enforcement *e, EnforcementPlugin plugin,
                                             const EnforcementSubject *subject, Str today);

#endif
