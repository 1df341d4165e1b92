/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an object counts for under a ResourceQuota, a row for each kind that counts for more than
 * itself. For the plugin, and for the controller that counts what is there.
 */
#ifndef PODGATE_DECIDE_ADMISSION_QUOTA_USAGE_H
#define PODGATE_DECIDE_ADMISSION_QUOTA_USAGE_H

#include "decide/admission/admission.h"
#include "kube/resources.h"

typedef struct QuotaKind {
    Str group;
    Str resource;
    Str kind;
    unsigned operations; /* that are held against a quota */
    Str alias;           /* the older name of count/RESOURCE; "" for none */
    /* Everything but the object itself that it uses; may be NULL. */
    ResourceList (*usage)(const Value *object, const KubeTarget *target, Arena *a);
    /* Does a quota's resource concern the kind, apart from the counts? */
    bool (*concerns)(Str resource_name);
    /* Is the object within the scope? A kind without this is in no scope. */
    bool (*in_scope)(const Value *object, const Value *scope, const KubeTarget *target);
    /* The names of required that the object leaves open, "" for none: "limits.cpu,requests.cpu";
     * from 1.24 on with the containers that do: "limits.cpu for: a,b; requests.cpu for: a" */
    Str (*missing)(const Value *object, ResourceList required, const KubeTarget *target, Arena *a);
} QuotaKind;

/* The row of a resource; for any other one that only counts. */
QuotaKind quota_kind_find(Str group, Str resource, Str kind);
/* count/deployments.apps */
Str quota_count_name(const QuotaKind *kind, Arena *a);
/* All that the object uses, its own count included. */
ResourceList quota_usage(const QuotaKind *kind, const Value *object, const KubeTarget *target,
                         Arena *a);
/* Does the quota's resource concern the kind? */
bool quota_concerns(const QuotaKind *kind, Str resource_name, Arena *a);
/* Is the object in every scope of the quota's spec? */
bool quota_in_scopes(const QuotaKind *kind, const Value *object, const Value *spec,
                     const KubeTarget *target);

#endif
