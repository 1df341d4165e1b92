/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which Kubernetes is meant: the minor version whose behaviour and wording to follow, and its
 * feature gates.
 */
#ifndef PODGATE_KUBE_TARGET_H
#define PODGATE_KUBE_TARGET_H

#include "base/err.h"

enum { KUBE_MINOR_MIN = 10, KUBE_MINOR_NEWEST = 37 };

/* The feature gates that a pod's decision depends on:
 * X(id, name, first minor that knows it, first where it is on by default (0: none),
 *   first where it cannot be turned off (0: none)) */
#define KUBE_FEATURE_LIST(X)                                                            \
    X(APP_ARMOR, "AppArmor", 10, 10, 31)                                                \
    X(BOUND_SERVICE_ACCOUNT_TOKEN_VOLUME, "BoundServiceAccountTokenVolume", 13, 21, 22) \
    X(CONFIGURABLE_FS_GROUP_POLICY, "ConfigurableFSGroupPolicy", 18, 20, 23)            \
    X(CSI_INLINE_VOLUME, "CSIInlineVolume", 15, 16, 25)                                 \
    X(DOWNWARD_API_HUGE_PAGES, "DownwardAPIHugePages", 20, 22, 27)                      \
    X(EPHEMERAL_CONTAINERS, "EphemeralContainers", 16, 23, 25)                          \
    X(GENERIC_EPHEMERAL_VOLUME, "GenericEphemeralVolume", 19, 21, 23)                   \
    X(HUGE_PAGE_STORAGE_MEDIUM_SIZE, "HugePageStorageMediumSize", 18, 19, 22)           \
    X(LOCAL_STORAGE_CAPACITY_ISOLATION, "LocalStorageCapacityIsolation", 10, 10, 25)    \
    X(NON_PREEMPTING_PRIORITY, "NonPreemptingPriority", 15, 19, 24)                     \
    X(POD_LEVEL_RESOURCES, "PodLevelResources", 32, 34, 0)                              \
    X(POD_OVERHEAD, "PodOverhead", 16, 18, 24)                                          \
    X(POD_SECURITY, "PodSecurity", 22, 23, 25)                                          \
    X(PROC_MOUNT_TYPE, "ProcMountType", 12, 33, 0)                                      \
    X(ROOT_CA_CONFIG_MAP, "RootCAConfigMap", 13, 20, 21)                                \
    X(RUN_AS_GROUP, "RunAsGroup", 10, 14, 21)                                           \
    X(RUNTIME_CLASS, "RuntimeClass", 12, 14, 20)                                        \
    X(SET_HOSTNAME_AS_FQDN, "SetHostnameAsFQDN", 19, 20, 22)                            \
    X(SYSCTLS, "Sysctls", 10, 11, 21)                                                   \
    X(VOLUME_SUBPATH, "VolumeSubpath", 10, 10, 25)

typedef enum KubeFeature {
#define KUBE_FEATURE_ROW(id, name, known, on, locked) FEATURE_##id,
    KUBE_FEATURE_LIST(KUBE_FEATURE_ROW)
#undef KUBE_FEATURE_ROW
        FEATURE_COUNT,
} KubeFeature;

typedef struct KubeTarget {
    int minor;         /* 20 for 1.20 */
    uint64_t features; /* a bit for each KubeFeature that is on */
} KubeTarget;

/* The version with its default feature gates. */
KubeTarget kube_target(int minor);
/* "1.20", "v1.20.2", "1.37"; anything outside [KUBE_MINOR_MIN, KUBE_MINOR_NEWEST] is an error. */
WARN_UNUSED bool kube_target_parse(Str text, Arena *a, KubeTarget *out, Err *err);
/* A gate by its Kubernetes name; an unknown one is an error. */
WARN_UNUSED bool kube_target_set_feature(KubeTarget *t, Str name, bool on, Arena *a, Err *err);

static inline bool kube_has(const KubeTarget *t, KubeFeature feature)
{
    return t->features >> feature & 1;
}

#endif
