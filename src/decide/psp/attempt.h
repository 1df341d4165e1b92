/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the strategies: one policy tried against one pod.
 *
 * A strategy is a file with one row: what it would set on the pod and on each container (defaults),
 * what it refuses there (checks), and how its defaults are written into the pod (patches). The
 * registry has two lists of the rows, because the API server reports in one order for the pod and
 * in another for a container.
 *
 * Defaults go into the overlay, checks read the overlay. Most attempts only count failures
 * (errs == NULL) and stop at the first; messages are made when somebody will read them.
 */
#ifndef PODGATE_DECIDE_PSP_ATTEMPT_H
#define PODGATE_DECIDE_PSP_ATTEMPT_H

#include "decide/psp/psp.h"

/* What the policy has set: bits of PspAttempt.set and PspContainer.set. */
typedef enum PspSet {
    PSP_SET_SUPPLEMENTAL_GROUPS = 1 << 0,
    PSP_SET_FS_GROUP = 1 << 1,
    PSP_SET_SE_LINUX = 1 << 2,
    PSP_SET_SECCOMP = 1 << 3,       /* the annotation */
    PSP_SET_SECCOMP_FIELD = 1 << 4, /* securityContext.seccompProfile */
    PSP_SET_RUNTIME_CLASS = 1 << 5,
    PSP_SET_RUN_AS_USER = 1 << 6,
    PSP_SET_RUN_AS_GROUP = 1 << 7,
    PSP_SET_RUN_AS_NON_ROOT = 1 << 8,
    PSP_SET_APP_ARMOR = 1 << 9,        /* the annotation */
    PSP_SET_APP_ARMOR_FIELD = 1 << 10, /* securityContext.appArmorProfile */
    PSP_SET_CAPABILITIES = 1 << 11,
    PSP_SET_READ_ONLY_ROOT_FILESYSTEM = 1 << 12,
    PSP_SET_ALLOW_PRIVILEGE_ESCALATION = 1 << 13,
} PspSet;

/* A seccomp or AppArmor profile of a pod or container in the form of the annotations
 * ("runtime/default", "localhost/x"): absent when unset. */
typedef struct PspProfile {
    Str annotation;
    Str field; /* the API field, where the target version has it */
} PspProfile;

/* A container as the policy would have it. */
typedef struct PspContainer {
    const ContainerView *view;
    const Path *path;     /* spec.containers[0] */
    unsigned set;         /* PspSet */
    OptInt64 run_as_user; /* of the container, else of the pod: what will hold */
    OptInt64 run_as_group;
    OptBool run_as_non_root;
    OptBool read_only_root_filesystem;
    OptBool allow_privilege_escalation;
    const CapabilitiesView *capabilities; /* NULL when unset */
    PspProfile app_armor; /* the field is the container's, or the pod's when it has neither */
    PspProfile seccomp;   /* the container's own */
} PspContainer;

/* Strategies with something to do, by place in the registry's lists. */
typedef struct PspPhases {
    uint32_t pod_defaults;
    uint32_t pod_checks;
    uint32_t container_defaults;
    uint32_t container_checks;
} PspPhases;

typedef struct PspAttempt {
    const PspPolicy *policy;
    const PodView *pod;
    const KubeTarget *target;
    Arena *arena;
    FieldErrors *errs; /* NULL: count only */
    size_t failures;
    unsigned set; /* PspSet */
    OptInt64 fs_group;
    const SeLinuxView *se_linux;
    PspProfile seccomp;
    Str runtime_class;
    PspContainer *containers; /* as pod->containers */
    size_t container_count;   /* without ephemeral ones where the target has none */
    PspPhases phases;
} PspAttempt;

/* `if (refused && psp_fails(at)) field_...(at->errs, ...)`: counts one failure; true when it is to
 * be reported. */
static inline bool psp_fails(PspAttempt *at)
{
    at->failures++;
    return at->errs;
}

/* Where a container's changes are written. */
typedef struct PspPatch {
    Arena *arena;
    Value ops; /* the operations so far */
} PspPatch;

/* An object of the pod that gains members: one operation for each when it is there already, one
 * for all when it is not. */
typedef struct PspPatchObject {
    PspPatch *patch;
    Str path; /* its JSON Pointer */
    bool exists;
    Value members; /* those gathered for an object that is not there */
} PspPatchObject;

void psp_patch_set(PspPatchObject *object, Str member, Value v);

/* The three objects that strategies write to. */
typedef struct PspPatchPod {
    PspPatchObject annotations;
    PspPatchObject spec;
    PspPatchObject security;
} PspPatchPod;

typedef struct PspStrategy {
    Str name; /* the policy field it implements */
    /* Can it set or refuse anything under this policy, whatever the pod? NULL: it can. Asked once,
     * when the policy is compiled. */
    bool (*matters_to)(const PspPolicy *policy);
    /* Can it for this pod, whatever the policy? NULL: it can. Asked once for all policies, after
     * the reads. */
    bool (*concerns)(const PspAttempt *pod);
    /* What the pod itself says, into the overlay; once for all policies. */
    void (*read_pod)(PspAttempt *at);
    void (*read_container)(PspAttempt *at, PspContainer *c);
    void (*default_pod)(PspAttempt *at);
    void (*default_container)(PspAttempt *at, PspContainer *c);
    void (*check_pod)(PspAttempt *at);
    void (*check_container)(PspAttempt *at, const PspContainer *c);
    void (*patch_pod)(const PspAttempt *at, PspPatchPod *patch);
    void (*patch_container)(const PspAttempt *at, const PspContainer *c, PspPatchObject *security,
                            PspPatchObject *annotations);
} PspStrategy;

/* The registry. */
typedef struct PspStrategyList {
    const PspStrategy *const *items;
    size_t count;
} PspStrategyList;
extern const PspStrategyList psp_pod_strategies;       /* in the order of a pod's errors */
extern const PspStrategyList psp_container_strategies; /* in the order of a container's errors */

/* The overlay of the pod as it is: policy and errs are left for the attempts to set. */
PspAttempt psp_attempt_new(const PodView *pod, const KubeTarget *target, Arena *a);
/* An attempt at policy: base is the pod as it is and stays so, *at starts as a copy of it (into
 * containers that the caller has room for) and gets the policy's defaults. */
void psp_attempt_default(PspAttempt *at, const PspAttempt *base, const PspPolicy *policy);
/* All checks; stops at the first failure when errs is NULL. */
void psp_attempt_check(PspAttempt *at);
static inline bool psp_attempt_changes(const PspAttempt *at)
{
    unsigned set = at->set;
    for (size_t i = 0; i < at->container_count; i++) {
        set |= at->containers[i].set;
    }
    return set;
}
/* The policy's defaults and the annotation, as RFC 6902 operations. */
Value psp_attempt_patch(const PspAttempt *at);

/* -- shared by several strategies ----------------------------------------------------------------
 */

bool psp_id_in_ranges(const PspIdRule *rule, int64_t id);
/* `[{1 5} {10 20}]` */
Str psp_ranges_text(const PspIdRule *rule, Arena *a);
/* The group rules: fsGroup, supplementalGroups, runAsGroup. */
void psp_check_groups(PspAttempt *at, const PspIdRule *rule, Int64List groups, bool groups_set,
                      Path path);

/* From which minor version on a pod's profile is what the field says, and an annotation alone may
 * do nothing. */
enum { PSP_SECCOMP_BY_FIELD_MINOR = 25, PSP_APP_ARMOR_BY_FIELD_MINOR = 30 };

/* The annotation's form of a profile; absent when profile is NULL, "" when it cannot be told. */
Str psp_profile_text(const ProfileView *profile, Arena *a);
/* Is text the name of a profile that a field can hold? */
bool psp_profile_is_known(Str text);
/* The field's form of a known one. */
Value psp_profile_value(Str text, Arena *a);

/* A projected volume of nothing but what the API server projects for a service account: its token,
 * the cluster's certificate, the namespace. */
bool psp_volume_is_of_service_account(const VolumeView *v);
/* The i-th of the sysctls that a pod may set without leave; absent when the version has it not. */
enum { PSP_SAFE_SYSCTLS_MAX = 5 };
Str psp_safe_sysctl(size_t i, const KubeTarget *target);

/* What one type of volume is checked for when the policy allows the type; i is its index. */
void psp_check_host_path(PspAttempt *at, const VolumeView *v, size_t i);
void psp_check_flex_volume(PspAttempt *at, const VolumeView *v, size_t i);
void psp_check_csi(PspAttempt *at, const VolumeView *v, size_t i);

/* spec.volumes[i]: three links, kept by the caller; p must stay where it is. */
typedef struct PspVolumePath {
    Path spec;
    Path list;
    Path item;
} PspVolumePath;
static inline void psp_volume_path(PspVolumePath *p, size_t i)
{
    p->spec = path_root("spec");
    p->list = path_child(&p->spec, "volumes");
    p->item = path_index(&p->list, i);
}

#endif
