/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PodSecurityPolicy, compiled: what its strategies ask for, and nothing else of the object.
 *
 * The same schema is read from policy/v1beta1, extensions/v1beta1 and podgate.io/v1. The API's
 * defaults are applied here (allowPrivilegeEscalation is true when unset), so an object may be
 * given as submitted. A compiled policy owns its strings and takes up to about 2,000 bytes; it is
 * never changed afterwards.
 */
#ifndef PODGATE_DECIDE_PSP_POLICY_H
#define PODGATE_DECIDE_PSP_POLICY_H

#include "base/err.h"
#include "doc/value.h"
#include "kube/pod_view.h"

typedef enum PspRule {
    PSP_RULE_UNKNOWN, /* such a policy builds no provider */
    PSP_RUN_AS_ANY,
    PSP_MUST_RUN_AS,
    PSP_MUST_RUN_AS_NON_ROOT,
    PSP_MAY_RUN_AS,
} PspRule;

typedef struct PspIdRange {
    int64_t min;
    int64_t max;
} PspIdRange;

/* runAsUser, runAsGroup, fsGroup, supplementalGroups */
typedef struct PspIdRule {
    PspRule rule;
    uint32_t range_count;
    const PspIdRange *ranges;
} PspIdRule;

typedef struct PspPortRange {
    int32_t min;
    int32_t max;
} PspPortRange;

typedef struct PspHostPath {
    Str prefix;
    bool read_only;
} PspHostPath;

/* What the seccomp or AppArmor annotations of a policy say. */
typedef struct PspProfiles {
    Str allowed_text;    /* the annotation as it stands; absent when unset */
    StrList allowed;     /* its pieces; for seccomp without "*" */
    bool any;            /* seccomp: one of them is "*" */
    Str default_profile; /* "" for none */
} PspProfiles;

typedef struct PspPolicy {
    Str name;
    Str api_version; /* of the object it came from: "policy/v1beta1" */
    /* Why the API server could build no provider of it; absent when it can. Such a policy admits
     * and refuses nothing, as if it were not there. */
    Str build_error;

    bool privileged;
    bool host_network;
    bool host_pid;
    bool host_ipc;
    bool read_only_root_filesystem;
    bool allow_privilege_escalation;
    OptBool default_allow_privilege_escalation;
    bool all_capabilities; /* allowedCapabilities has "*" */
    bool all_volumes;      /* volumes has "*" */
    bool resource_claims;  /* volumes has "resourceClaim" */
    bool runtime_class_set;
    uint64_t volumes; /* 1 << VolumeType of each allowed type */

    PspIdRule run_as_user;
    PspIdRule run_as_group; /* PSP_RUN_AS_ANY when unset */
    PspIdRule fs_group;
    PspIdRule supplemental_groups;
    PspRule se_linux;
    const SeLinuxView *se_linux_options; /* NULL when unset */

    StrList default_add_capabilities;      /* as listed */
    StrList required_drop_capabilities;    /* as listed */
    StrList allowed_capabilities;          /* as listed */
    CapabilitiesView default_capabilities; /* what a container that names none is given: sorted,
                                              each once */
    const PspPortRange *host_ports;
    uint32_t host_port_count;
    uint32_t host_path_count;
    const PspHostPath *host_paths;
    StrList flex_drivers;
    StrList csi_drivers;
    StrList allowed_unsafe_sysctls;
    StrList forbidden_sysctls;
    StrList proc_mount_types;
    StrList runtime_classes;   /* allowedRuntimeClassNames */
    Str default_runtime_class; /* absent when unset */
    PspProfiles seccomp;
    PspProfiles app_armor;

    /* Bits of the strategies that matter to it, by place in the registry's lists. */
    uint32_t pod_strategies;
    uint32_t container_strategies;
} PspPolicy;

/* psp: the object, not kept. NULL and *err when a field has the wrong type or the object is no
 * PodSecurityPolicy. An object that the API would refuse (unknown rules, ...) compiles and has a
 * build_error where the API server would build no provider. */
const PspPolicy *psp_policy_compile(const Value *psp, Arena *a, Err *err);

/* Fills in pod_strategies and container_strategies from all the rest. */
void psp_policy_find_strategies(PspPolicy *policy);

/* The policy's name for a volume type: as in pods, but for "cephFS"; "" for VOLUME_OTHER. */
Str psp_volume_name(VolumeType type);

/* A name among a policy's volumes that is no type of volume: see resource_claims.c. */
#define PSP_VOLUME_RESOURCE_CLAIM "resourceClaim"

#endif
