/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which Kubernetes is meant: the minor version whose behaviour and wording to follow, and its
 * feature gates.
 */
#ifndef PODGATE_KUBE_TARGET_H
#define PODGATE_KUBE_TARGET_H

#include "base/err.h"

enum { KUBE_MINOR_MIN = 10, KUBE_MINOR_NEWEST = 37 };

typedef enum KubeFeature {
    FEATURE_EPHEMERAL_CONTAINERS,
    FEATURE_PROC_MOUNT_TYPE,
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
