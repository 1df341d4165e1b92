/* SPDX-License-Identifier: Apache-2.0 */
/* Looking resources up in resource_table.def. */
#include "kube/resource_table.h"

#include "base/base64.h"
#include "base/sha256.h"
#include "kube/custom_kinds.h"

#include <stdlib.h>

static const struct {
    Str group;
    Str resource;
    unsigned verbs;
    int until;
} odd_resources[] = {
#define ODD_RESOURCE(group, resource, verbs, until) \
    { STR_INIT(group), STR_INIT(resource), (verbs), (until) },
#include "kube/resource_table.def"
#undef ODD_RESOURCE
};

typedef struct SubresourceRow {
    Str group;
    Str resource;
    Str version; /* the only one that has it; "" for all */
    Str subresource;
    unsigned verbs;
    Str api_version; /* of the body; "" for that of the resource */
    Str kind;        /* the same */
    int since;
    int until;
} SubresourceRow;

static const SubresourceRow subresources[] = {
#define SUBRESOURCE(group, resource, version, subresource, verbs, api_version, kind, since, until) \
    { STR_INIT(group), STR_INIT(resource),    STR_INIT(version), STR_INIT(subresource),            \
      (verbs),         STR_INIT(api_version), STR_INIT(kind),    (since),                          \
      (until) },
#include "kube/resource_table.def"
#undef SUBRESOURCE
};

static const struct {
    Str group;
    Str resource; /* "" for all of the group */
    Str api_version;
    int since;
    int until;
} stored[] = {
#define STORED(group, resource, api_version, since, until) \
    { STR_INIT(group), STR_INIT(resource), STR_INIT(api_version), (since), (until) },
#include "kube/resource_table.def"
#undef STORED
};

static bool is_in(const KubeTarget *target, int since, int until)
{
    return target->minor >= since && (!until || target->minor < until);
}

Str resource_verb_name(int place)
{
    static const Str names[RESOURCE_VERB_COUNT] = {
        STR_INIT("create"), STR_INIT("delete"), STR_INIT("deletecollection"), STR_INIT("get"),
        STR_INIT("list"),   STR_INIT("patch"),  STR_INIT("update"),           STR_INIT("watch"),
    };
    return names[place];
}

/* -- what is served --------------------------------------------------------------------------- */

static bool is_policy(const KubeKind *k)
{
    return str_eq(k->resource, STR("podsecuritypolicies")) &&
           str_eq(k->api_version, STR("policy/v1beta1"));
}

/* Since 1.24 new versions of beta level are off; flowcontrol/v1beta3 followed one that was on. */
static bool is_off_by_default(const KubeKind *k)
{
    return k->since >= 24 && str_contains(k->version, STR("beta")) &&
           !str_eq(k->api_version, STR("flowcontrol.apiserver.k8s.io/v1beta3"));
}

/* Stands in for policies where a real cluster serves them no more; here they always are. */
static bool is_own_group(const KubeKind *k)
{
    return str_eq(k->group, STR("podgate.io"));
}

bool resource_is_served(const KubeKind *k, const KubeTarget *target)
{
    return k->custom
               ? custom_kind_is_served(k->custom) && k->custom_version->served
               : k->resource.len && !is_own_group(k) &&
                     (is_policy(k) || (kube_kind_is_served(k, target) && !is_off_by_default(k)));
}

static unsigned resource_verbs(const KubeKind *k, const KubeTarget *target)
{
    for (size_t i = 0; i < COUNT_OF(odd_resources); i++) {
        if (str_eq(odd_resources[i].resource, k->resource) &&
            str_eq(odd_resources[i].group, k->group) && is_in(target, 0, odd_resources[i].until)) {
            return odd_resources[i].verbs;
        }
    }
    return RESOURCE_ALL;
}

static ResourceEntry entry_of_resource(const KubeKind *k, const KubeTarget *target)
{
    return (ResourceEntry){
        .resource = k->resource,
        .subresource = STR(""),
        .kind = k->kind,
        .api_version = k->api_version,
        .namespaced = k->namespaced,
        .verbs = resource_verbs(k, target),
    };
}

static bool row_is_for(const SubresourceRow *row, const KubeKind *k, const KubeTarget *target)
{
    return str_eq(row->resource, k->resource) && str_eq(row->group, k->group) &&
           (row->version.len == 0 || str_eq(row->version, k->version)) &&
           is_in(target, row->since, row->until) &&
           (!str_eq(row->subresource, STR("ephemeralcontainers")) ||
            kube_has(target, FEATURE_EPHEMERAL_CONTAINERS));
}

static ResourceEntry entry_of_row(const SubresourceRow *row, const KubeKind *k)
{
    return (ResourceEntry){
        .resource = k->resource,
        .subresource = row->subresource,
        .kind = row->kind.len ? row->kind : k->kind,
        .api_version = row->api_version.len ? row->api_version : k->api_version,
        .is_other_group = row->api_version.len > 0,
        .namespaced = k->namespaced,
        .verbs = row->verbs,
    };
}

/* The subresources of custom resources, by name: those that the version's definition asks for. */
enum { CUSTOM_SUBRESOURCES = 2 };

static bool custom_subresource(const KubeKind *k, size_t i, ResourceEntry *out)
{
    bool is_scale = i == 0;
    *out = (ResourceEntry){
        .resource = k->resource,
        .subresource = is_scale ? STR("scale") : STR("status"),
        .kind = is_scale ? STR("Scale") : k->kind,
        .api_version = is_scale ? STR("autoscaling/v1") : k->api_version,
        .is_other_group = is_scale,
        .namespaced = k->namespaced,
        .verbs = RESOURCE_PART,
    };
    return is_scale ? k->custom_version->has_scale : k->custom_version->has_status;
}

bool resource_find(const KubeKind *k, Str subresource, const KubeTarget *target, ResourceEntry *out)
{
    if (subresource.len == 0) {
        *out = entry_of_resource(k, target);
        return true;
    }
    for (size_t i = 0; k->custom && i < CUSTOM_SUBRESOURCES; i++) {
        if (custom_subresource(k, i, out) && str_eq(out->subresource, subresource)) {
            return true;
        }
    }
    for (size_t i = 0; !k->custom && i < COUNT_OF(subresources); i++) {
        const SubresourceRow *row = &subresources[i];
        if (str_eq(row->subresource, subresource) && row_is_for(row, k, target)) {
            *out = entry_of_row(row, k);
            return true;
        }
    }
    return false;
}

static int by_subresource(const void *left, const void *right)
{
    return str_cmp(((const ResourceEntry *)left)->subresource,
                   ((const ResourceEntry *)right)->subresource);
}

size_t resource_entries(const KubeKind *k, const KubeTarget *target,
                        ResourceEntry out[RESOURCE_ENTRIES_MAX])
{
    size_t count = 0;
    out[count++] = entry_of_resource(k, target);
    for (size_t i = 0; k->custom && i < CUSTOM_SUBRESOURCES; i++) {
        count += custom_subresource(k, i, &out[count]);
    }
    for (size_t i = 0; !k->custom && i < COUNT_OF(subresources) && count < RESOURCE_ENTRIES_MAX;
         i++) {
        if (row_is_for(&subresources[i], k, target)) {
            out[count++] = entry_of_row(&subresources[i], k);
        }
    }
    qsort(out, count, sizeof *out, by_subresource);
    return count;
}

/* -- what is stored --------------------------------------------------------------------------- */

bool resource_is_stored(const KubeKind *k, const KubeTarget *target)
{
    return (resource_verbs(k, target) & RESOURCE_WATCH) != 0;
}

/* Whether a is to be stored rather than b: what the minor version before knew already goes first,
 * then the newer version. */
static bool is_stored_before(const KubeKind *a, const KubeKind *b, const KubeTarget *target)
{
    bool a_is_old = a->since < target->minor;
    bool b_is_old = b->since < target->minor;
    return a_is_old != b_is_old ? a_is_old : kube_version_cmp(a->version, b->version) < 0;
}

KubeKind resource_stored_kind(const KubeKind *k, const KubeTarget *target)
{
    KubeKind best = *k;
    for (size_t i = 0; k->custom && i < k->custom->crd.version_count; i++) {
        best = k->custom->crd.versions[i].storage ? k->custom->kinds[i] : best;
    }
    if (k->custom) {
        return best;
    }
    for (size_t i = 0; i < COUNT_OF(stored); i++) {
        if (str_eq(stored[i].group, k->group) &&
            (stored[i].resource.len == 0 || str_eq(stored[i].resource, k->resource)) &&
            is_in(target, stored[i].since, stored[i].until) &&
            kube_kind_find(stored[i].api_version, k->kind, &best)) {
            return best;
        }
    }
    for (size_t i = 0; i < kube_kind_count(); i++) {
        KubeKind other = kube_kind_at(i);
        bool is_version = str_eq(other.resource, k->resource) && str_eq(other.group, k->group) &&
                          is_in(target, other.since, other.until);
        if (is_version && is_stored_before(&other, &best, target)) {
            best = other;
        }
    }
    return best;
}

Str resource_storage_hash(Str group, Str version, Str kind, Arena *a)
{
    uint8_t hash[SHA256_BYTES];
    Buf b = buf_new(a);
    sha256(arena_printf(a, "%.*s/%.*s/%.*s", STR_ARG(group), STR_ARG(version), STR_ARG(kind)),
           hash);
    base64_write(str_from((const char *)hash, 8), &b);
    return buf_str(&b);
}

/* -- orders ----------------------------------------------------------------------------------- */

/* The API server gives each group a priority. */
static size_t group_rank(Str group)
{
    static const Str order[] = {
        STR_INIT(""),
        STR_INIT("apiregistration.k8s.io"),
        STR_INIT("apps"),
        STR_INIT("events.k8s.io"),
        STR_INIT("authentication.k8s.io"),
        STR_INIT("authorization.k8s.io"),
        STR_INIT("autoscaling"),
        STR_INIT("batch"),
        STR_INIT("certificates.k8s.io"),
        STR_INIT("networking.k8s.io"),
        STR_INIT("extensions"),
        STR_INIT("policy"),
        STR_INIT("rbac.authorization.k8s.io"),
        STR_INIT("storage.k8s.io"),
        STR_INIT("admissionregistration.k8s.io"),
        STR_INIT("apiextensions.k8s.io"),
        STR_INIT("scheduling.k8s.io"),
        STR_INIT("coordination.k8s.io"),
        STR_INIT("node.k8s.io"),
        STR_INIT("discovery.k8s.io"),
        STR_INIT("resource.k8s.io"),
        STR_INIT("flowcontrol.apiserver.k8s.io"),
        STR_INIT("internal.apiserver.k8s.io"),
        STR_INIT("storagemigration.k8s.io"),
    };
    size_t rank = 0;
    while (rank < COUNT_OF(order) && !str_eq(group, order[rank])) {
        rank++;
    }
    return rank;
}

int resource_group_cmp(Str a, Str b)
{
    size_t a_rank = group_rank(a);
    size_t b_rank = group_rank(b);
    if (a_rank != b_rank) {
        return a_rank < b_rank ? -1 : 1;
    }
    return str_cmp(a, b);
}

int resource_version_cmp(Str group, Str a, Str b)
{
    /* the second beta was put behind the first, for clients that take the one preferred */
    if (str_eq(group, STR("autoscaling")) && str_starts_with(a, STR("v2beta")) &&
        str_starts_with(b, STR("v2beta"))) {
        return str_cmp(a, b);
    }
    return kube_version_cmp(a, b);
}
