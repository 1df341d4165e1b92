/* SPDX-License-Identifier: Apache-2.0 */
/* What pods ask of a PodSecurityPolicy, and the pieces that advise_psp() is made of. */
#ifndef PODGATE_ANALYZE_ADVISE_PSP_NEEDS_H
#define PODGATE_ANALYZE_ADVISE_PSP_NEEDS_H

#include "analyze/advise/psp.h"
#include "decide/psp/psp.h"

enum {
    PSP_RUN_AS_GROUP_MINOR = 14,  /* the first whose policies have runAsGroup */
    PSP_RUNTIME_CLASS_MINOR = 14, /* ... and runtimeClass */
    PSP_NOBODYS_GROUP = 65534,    /* what a rule on groups names when no pod has one */
};

/* Annotations of policies. */
#define PSP_SECCOMP_LIST "seccomp.security.alpha.kubernetes.io/allowedProfileNames"
#define PSP_APP_ARMOR_LIST "apparmor.security.beta.kubernetes.io/allowedProfileNames"

/* Profiles of seccomp or AppArmor. */
typedef struct PspProfileNeeds {
    AdviseNeeds values;
    AdviseEvidence none; /* who has no profile, or one that no list can hold */
} PspProfileNeeds;

/* Ids of one kind. */
typedef struct PspIdNeeds {
    AdviseNeeds ids;
    AdviseEvidence unset;
} PspIdNeeds;

typedef struct PspNeeds {
    const KubeTarget *target;
    Arena *arena;
    AdviseEvidence privileged;
    AdviseEvidence host_network, host_pid, host_ipc;
    AdviseEvidence escalation;    /* allowPrivilegeEscalation is true or unset */
    AdviseEvidence writable_root; /* readOnlyRootFilesystem is false or unset */
    AdviseEvidence may_be_root;   /* neither a user but 0 nor runAsNonRoot */
    AdviseEvidence token;         /* the service account's token as a projected volume */
    AdviseEvidence claims;        /* resource claims, of 1.26 and later */
    AdviseEvidence all;           /* every container */
    PspIdNeeds users, groups, fs_groups, further_groups;
    AdviseNeeds capabilities;
    AdviseNeeds drops;     /* that every container has */
    AdviseNeeds any_drops; /* that some container has */
    AdviseNeeds volumes;   /* by name in a policy */
    AdviseNeeds host_paths, flex_drivers, csi_drivers, ports;
    AdviseNeeds safe_sysctls, unsafe_sysctls;
    AdviseNeeds proc_types, runtime_classes;
    PspProfileNeeds seccomp, app_armor;
    const SeLinuxView *se_linux;      /* the options that all have; NULL when they do not */
    const SeLinuxView *se_linux_seen; /* the first that are seen */
    AdviseEvidence other_se_linux;    /* who keeps all from having the same */
} PspNeeds;

void psp_needs_read(const AdvisePod *const *pods, size_t count, const KubeTarget *target, Arena *a,
                    PspNeeds *out);

/* The sysctls that pods may set without asking, up to the version. */
StrList psp_safe_sysctls(const KubeTarget *target, Arena *a);

/* Writes policy, lines and comments. */
void psp_policy_build(PspNeeds *needs, AdvisePsp *out, bool with_namespaces, Arena *a);

/* Is the pod admitted as it is? *why (may be NULL) says why not. scratch is given back. */
bool psp_leaves(const PspPolicy *policy, const PodView *pod, const KubeTarget *target,
                Arena *scratch, Str *why, Arena *a);
/* A policy that allows everything that a policy can allow. */
Value psp_open_policy(const KubeTarget *target, Arena *a);
/* seLinux: MustRunAs with the options; RunAsAny when they are NULL. */
void psp_set_se_linux(Value *spec, const SeLinuxView *options, Arena *a);
/* Compiled, and valid as the API server has it. NULL otherwise, and then why. */
const PspPolicy *psp_policy_read(const Value *policy, const KubeTarget *target, Arena *a, Str *why);

/* Both halves of the proof for one policy; fills in taken. */
WARN_UNUSED bool psp_prove(const PspNeeds *needs, AdvisePsp *psp, Arena *a, Err *err);
/* Fills in grants. */
void psp_grants_build(AdvisePsp *psp, Arena *a);
/* All policies, with all their grants, in a cluster that has no others. */
WARN_UNUSED bool psp_prove_admission(const AdviseInputs *inputs, const AdvisePspReport *report,
                                     Arena *a, Err *err);

#endif
