/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregated discovery (apidiscovery.k8s.io): everything in one document, for 1.26 and later. */
#include "server/discovery/parts.h"

enum { NO_ZERO_TIMES_SINCE = 34 };

static Value response_kind(const ResourceEntry *e, Arena *a)
{
    Str group = STR("");
    Str version = STR("");
    if (e->is_other_group) {
        kube_split_api_version(e->api_version, &group, &version);
    }
    Value v = value_object();
    value_set_lit(&v, "group", value_str(group), a);
    value_set_lit(&v, "version", value_str(version), a);
    value_set_lit(&v, "kind", value_str(e->kind), a);
    return v;
}

static Value subresources(const ServedResource *s, Arena *a)
{
    Value list = value_array();
    for (size_t i = 1; i < s->entry_count; i++) {
        const ResourceEntry *e = &s->entries[i];
        Value v = value_object();
        value_set_lit(&v, "subresource", value_str(e->subresource), a);
        value_set_lit(&v, "responseKind", response_kind(e, a), a);
        value_set_lit(&v, "verbs", served_verbs(s, e, a), a);
        value_add(&list, v, a);
    }
    return list;
}

static Value resource(const ServedResource *s, Arena *a)
{
    const ResourceEntry *e = &s->entries[0];
    Value v = value_object();
    value_set_lit(&v, "resource", value_str(s->name), a);
    value_set_lit(&v, "responseKind", response_kind(e, a), a);
    value_set_lit(&v, "scope", value_str(s->namespaced ? STR("Namespaced") : STR("Cluster")), a);
    value_set_lit(&v, "singularResource",
                  value_str(s->singular.len ? s->singular : arena_lower(a, s->kind)), a);
    value_set_lit(&v, "verbs", served_verbs(s, e, a), a);
    Value names = served_short_names(s, a);
    if (names.kind == VALUE_ARRAY) {
        value_set_lit(&v, "shortNames", names, a);
    }
    names = served_categories(s, a);
    if (names.kind == VALUE_ARRAY) {
        value_set_lit(&v, "categories", names, a);
    }
    if (s->entry_count > 1) {
        value_set_lit(&v, "subresources", subresources(s, a), a);
    }
    return v;
}

static Value version_of(const DiscoveryRequest *r, const ServedVersion *version, Arena *a)
{
    ServedResource *list;
    size_t count = served_resources(r, version->group, version->version, a, &list);
    Value resources = value_array();
    for (size_t i = 0; i < count; i++) {
        value_add(&resources, resource(&list[i], a), a);
    }
    Value v = value_object();
    value_set_lit(&v, "version", value_str(version->version), a);
    value_set_lit(&v, "resources", resources, a);
    value_set_lit(&v, "freshness", value_str(STR("Current")), a);
    return v;
}

Value discovery_aggregated(const DiscoveryRequest *r, bool is_core, Str api_version, Arena *a)
{
    ServedVersions all = served_versions(r, a);
    Value items = value_array();
    for (size_t i = 0; i < all.count;) {
        Str group = all.items[i].group;
        Value versions = value_array();
        for (; i < all.count && str_eq(all.items[i].group, group); i++) {
            value_add(&versions, version_of(r, &all.items[i], a), a);
        }
        if ((group.len == 0) != is_core) {
            continue;
        }
        Value metadata = value_object();
        if (group.len) {
            value_set_lit(&metadata, "name", value_str(group), a);
        }
        if (r->target->minor < NO_ZERO_TIMES_SINCE) {
            value_set_lit(&metadata, "creationTimestamp", value_null(), a);
        }
        Value item = value_object();
        value_set_lit(&item, "metadata", metadata, a);
        value_set_lit(&item, "versions", versions, a);
        value_add(&items, item, a);
    }
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(STR("APIGroupDiscoveryList")), a);
    value_set_lit(&v, "apiVersion",
                  value_str(arena_concat(a, STR("apidiscovery.k8s.io/"), api_version)), a);
    value_set_lit(&v, "metadata", value_object(), a);
    value_set_lit(&v, "items", items, a);
    return v;
}
