/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of discovery: /api, /apis, a group, a version. */
#include "server/discovery/parts.h"

static Value document(const char *kind, bool has_version, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(str_from_c(kind)), a);
    if (has_version) {
        value_set_lit(&v, "apiVersion", value_str(STR("v1")), a);
    }
    return v;
}

Value discovery_api_versions(const DiscoveryRequest *r, Arena *a)
{
    Value v = document("APIVersions", false, a);
    Value versions = value_array();
    value_add(&versions, value_str(STR("v1")), a);
    value_set_lit(&v, "versions", versions, a);
    Value address = value_object();
    value_set_lit(&address, "clientCIDR", value_str(STR("0.0.0.0/0")), a);
    value_set_lit(&address, "serverAddress", value_str(r->server_address), a);
    Value addresses = value_array();
    value_add(&addresses, address, a);
    value_set_lit(&v, "serverAddressByClientCIDRs", addresses, a);
    return v;
}

/* -- groups ----------------------------------------------------------------------------------- */

static Value group_version(const ServedVersion *s, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "groupVersion", value_str(served_group_version(s->group, s->version, a)), a);
    value_set_lit(&v, "version", value_str(s->version), a);
    return v;
}

/* Fills in the group of all.items[at]; returns where the next begins. */
static size_t fill_group(const ServedVersions *all, size_t at, Value *v, Arena *a)
{
    const ServedVersion *first = &all->items[at];
    Value versions = value_array();
    for (; at < all->count && str_eq(all->items[at].group, first->group); at++) {
        value_add(&versions, group_version(&all->items[at], a), a);
    }
    value_set_lit(v, "name", value_str(first->group), a);
    value_set_lit(v, "versions", versions, a);
    value_set_lit(v, "preferredVersion", group_version(first, a), a);
    return at;
}

Value discovery_group_list(const DiscoveryRequest *r, Arena *a)
{
    Value v = document("APIGroupList", true, a);
    Value groups = value_array();
    ServedVersions all = served_versions(r, a);
    for (size_t i = 0; i < all.count;) {
        Value group = value_object();
        bool is_core = all.items[i].group.len == 0;
        i = fill_group(&all, i, &group, a);
        if (!is_core) {
            value_add(&groups, group, a);
        }
    }
    value_set_lit(&v, "groups", groups, a);
    return v;
}

bool discovery_group(const DiscoveryRequest *r, Str group, Arena *a, Value *out)
{
    ServedVersions all = served_versions(r, a);
    for (size_t i = 0; i < all.count; i++) {
        if (group.len && str_eq(all.items[i].group, group)) {
            *out = document("APIGroup", true, a);
            (void)fill_group(&all, i, out, a);
            return true;
        }
    }
    return false;
}

/* -- resources -------------------------------------------------------------------------------- */

static void set_list(Value *v, Str key, Value list, Arena *a)
{
    if (list.kind == VALUE_ARRAY) {
        value_set(v, key, list, a);
    }
}

static Value resource(const ServedResource *s, const ResourceEntry *e, Arena *a)
{
    Value v = value_object();
    bool is_part = e->subresource.len > 0;
    Str name = is_part ? arena_printf(a, "%.*s/%.*s", STR_ARG(s->name), STR_ARG(e->subresource))
                       : s->name;
    value_set_lit(&v, "name", value_str(name), a);
    value_set_lit(&v, "singularName", value_str(is_part ? STR("") : s->singular), a);
    value_set_lit(&v, "namespaced", value_bool(e->namespaced), a);
    if (e->is_other_group) {
        Str group;
        Str version;
        kube_split_api_version(e->api_version, &group, &version);
        value_set_lit(&v, "group", value_str(group), a);
        value_set_lit(&v, "version", value_str(version), a);
    }
    value_set_lit(&v, "kind", value_str(e->kind), a);
    value_set_lit(&v, "verbs", served_verbs(s, e, a), a);
    if (!is_part) {
        set_list(&v, STR("shortNames"), served_short_names(s, a), a);
        set_list(&v, STR("categories"), served_categories(s, a), a);
        if (s->storage_hash.len) {
            value_set_lit(&v, "storageVersionHash", value_str(s->storage_hash), a);
        }
    }
    return v;
}

bool discovery_resource_list(const DiscoveryRequest *r, Str group, Str version, Arena *a,
                             Value *out)
{
    ServedResource *list;
    size_t count = served_resources(r, group, version, a, &list);
    if (count == 0) {
        return false;
    }
    /* the two groups of old are sent without, as they always were */
    bool is_old = group.len == 0 || str_eq(group, STR("extensions"));
    *out = document("APIResourceList", !is_old, a);
    value_set_lit(out, "groupVersion", value_str(served_group_version(group, version, a)), a);
    Value resources = value_array();
    for (size_t i = 0; i < count; i++) {
        for (size_t n = 0; n < list[i].entry_count; n++) {
            value_add(&resources, resource(&list[i], &list[i].entries[n], a), a);
        }
    }
    value_set_lit(out, "resources", resources, a);
    return true;
}
