/* SPDX-License-Identifier: Apache-2.0 */
/* Fields and kinds that differ between any two clusters, and say nothing about them. */
#include "analyze/diff/private.h"

/* Whole paths. */
static const Str paths[] = {
    STR_INIT("metadata.creationTimestamp"),
    STR_INIT("metadata.generation"),
    STR_INIT("metadata.managedFields"),
    STR_INIT("metadata.resourceVersion"),
    STR_INIT("metadata.selfLink"),
    STR_INIT("metadata.uid"),
    STR_INIT("metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]"),
    STR_INIT("metadata.annotations[endpoints.kubernetes.io/last-change-trigger-time]"),
    STR_INIT("metadata.annotations[kubernetes.io/service-account.uid]"),
    STR_INIT("metadata.annotations[" DIFF_REDACTED "]"),
    STR_INIT("status.observedGeneration"),
};

/* Names of fields, below the given start. */
static const struct {
    Str start;
    Str field;
} rows[] = {
    { STR_INIT("metadata.ownerReferences["), STR_INIT("uid") },
    { STR_INIT("status."), STR_INIT("lastHeartbeatTime") },
    { STR_INIT("status."), STR_INIT("lastProbeTime") },
    { STR_INIT("status."), STR_INIT("lastTransitionTime") },
    { STR_INIT("status."), STR_INIT("lastUpdateTime") },
    { STR_INIT("subsets["), STR_INIT("targetRef.uid") },
    { STR_INIT("subsets["), STR_INIT("targetRef.resourceVersion") },
    { STR_INIT("endpoints["), STR_INIT("targetRef.uid") },
    { STR_INIT("endpoints["), STR_INIT("targetRef.resourceVersion") },
    { STR_INIT("spec.claimRef"), STR_INIT("uid") },
    { STR_INIT("spec.claimRef"), STR_INIT("resourceVersion") },
};

static bool ends_with_field(Str path, Str field)
{
    return str_ends_with(path, field) && path.len > field.len &&
           path.ptr[path.len - field.len - 1] == '.';
}

bool diff_is_noise(Str path)
{
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        if (str_eq(paths[i], path)) {
            return true;
        }
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_starts_with(path, rows[i].start) && ends_with_field(path, rows[i].field)) {
            return true;
        }
    }
    return false;
}

bool diff_is_momentary(Str group, Str kind)
{
    return str_eq(kind, STR("Event")) ||
           (str_eq(kind, STR("Lease")) && str_eq(group, STR("coordination.k8s.io"))) ||
           (str_eq(kind, STR("ComponentStatus")) && group.len == 0);
}
