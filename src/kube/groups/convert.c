/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of built-in kinds in another version of the same kind. */
#include "kube/groups/convert.h"

#include "kube/crd/crd.h"
#include "kube/groups/endpoint_slice.h"
#include "kube/groups/ingress.h"
#include "kube/groups/members.h"
#include "kube/schema.h"
#include "kube/workloads/hpa_convert.h"

/* -- kinds whose versions have another shape -----------------------------------------------------
 */

static void convert_ingress(Value *object, Str to, Arena *a)
{
    (str_ends_with(to, STR("/v1")) ? ingress_to_v1 : ingress_to_v1beta1)(object, a);
}

static void convert_endpoint_slice(Value *object, Str to, Arena *a)
{
    (str_ends_with(to, STR("/v1")) ? endpoint_slice_to_v1 : endpoint_slice_to_v1beta1)(object, a);
}

typedef struct Renaming {
    Str from;
    Str to;
} Renaming;

/* Each member has the one name or the other. */
static void rename_members(Value *object, const Renaming *rows, size_t count, bool forth, Arena *a)
{
    for (size_t i = 0; i < count; i++) {
        Str from = forth ? rows[i].from : rows[i].to;
        const Value *v = value_get(object, from);
        if (v) {
            Value kept = *v;
            value_remove(object, from);
            value_set(object, forth ? rows[i].to : rows[i].from, kept, a);
        }
    }
}

/* Events of the core group, and of events.k8s.io. */
static void convert_event(Value *object, Str to, Arena *a)
{
    static const Renaming rows[] = {
        { STR_INIT("involvedObject"), STR_INIT("regarding") },
        { STR_INIT("message"), STR_INIT("note") },
        { STR_INIT("source"), STR_INIT("deprecatedSource") },
        { STR_INIT("firstTimestamp"), STR_INIT("deprecatedFirstTimestamp") },
        { STR_INIT("lastTimestamp"), STR_INIT("deprecatedLastTimestamp") },
        { STR_INIT("count"), STR_INIT("deprecatedCount") },
        { STR_INIT("reportingComponent"), STR_INIT("reportingController") },
    };
    rename_members(object, rows, COUNT_OF(rows), !str_eq(to, STR("v1")), a);
}

static void convert_priority_level(Value *object, Str to, Arena *a)
{
    static const Renaming rows[] = {
        { STR_INIT("assuredConcurrencyShares"), STR_INIT("nominalConcurrencyShares") },
    };
    bool is_new = str_ends_with(to, STR("/v1beta3")) || str_ends_with(to, STR("/v1"));
    Value *limited = value_at(object, "spec", "limited", NULL);
    rename_members(limited, rows, COUNT_OF(rows), is_new, a);
}

static void convert_definition(Value *object, Str to, Arena *a)
{
    *object = crd_definition_convert(object, to, a);
}

/* The rows; all other kinds have one shape in all versions. */
static const struct {
    Str kind;
    void (*convert)(Value *object, Str to_api_version, Arena *a);
} rows_by_kind[] = {
    { STR_INIT("Ingress"), convert_ingress },
    { STR_INIT("EndpointSlice"), convert_endpoint_slice },
    { STR_INIT("Event"), convert_event },
    { STR_INIT("PriorityLevelConfiguration"), convert_priority_level },
    { STR_INIT("CustomResourceDefinition"), convert_definition },
};

bool kube_convert(const Value *in, Str to_api_version, const KubeTarget *target, Arena *a,
                  Value *out)
{
    Str kind = str_of(in, "kind");
    Str from = str_of(in, "apiVersion");
    *out = *in;
    if (str_eq(from, to_api_version)) {
        return from.len > 0;
    }
    const SchemaType *type = schema_find(to_api_version, kind);
    if (type == NULL || from.len == 0) {
        return false;
    }
    Err err;
    if (str_eq(kind, STR("HorizontalPodAutoscaler"))) {
        Str version = str_cut_prefix(to_api_version, STR("autoscaling/"));
        bool done = hpa_convert(in, version, target, a, out, &err);
        if (!done) {
            *out = *in;
        }
        return done;
    }
    Value copy = value_copy(in, a);
    for (size_t i = 0; i < COUNT_OF(rows_by_kind); i++) {
        if (str_eq(rows_by_kind[i].kind, kind)) {
            rows_by_kind[i].convert(&copy, to_api_version, a);
        }
    }
    value_set_lit(&copy, "apiVersion", value_str(to_api_version), a);
    if (!schema_decode(type, &copy, target, a, out, NULL, &err)) {
        *out = *in;
        return false;
    }
    schema_encode_stored(type, out, target);
    return true;
}

/* -- groups that are one ------------------------------------------------------------------------
 */

static const struct {
    Str kind;
    Str group;
    Str storage_group;
} moved_kinds[] = {
    { STR_INIT("PodSecurityPolicy"), STR_INIT("extensions"), STR_INIT("policy") },
    { STR_INIT("PodSecurityPolicy"), STR_INIT("podgate.io"), STR_INIT("policy") },
    { STR_INIT("Deployment"), STR_INIT("extensions"), STR_INIT("apps") },
    { STR_INIT("DaemonSet"), STR_INIT("extensions"), STR_INIT("apps") },
    { STR_INIT("ReplicaSet"), STR_INIT("extensions"), STR_INIT("apps") },
    { STR_INIT("Ingress"), STR_INIT("extensions"), STR_INIT("networking.k8s.io") },
    { STR_INIT("NetworkPolicy"), STR_INIT("extensions"), STR_INIT("networking.k8s.io") },
    { STR_INIT("Event"), STR_INIT("events.k8s.io"), STR_INIT("") },
};

Str kube_storage_group(Str group, Str kind)
{
    for (size_t i = 0; i < COUNT_OF(moved_kinds); i++) {
        if (str_eq(moved_kinds[i].group, group) && str_eq(moved_kinds[i].kind, kind)) {
            return moved_kinds[i].storage_group;
        }
    }
    return group;
}
