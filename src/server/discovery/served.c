/* SPDX-License-Identifier: Apache-2.0 */
/* Which groups, versions and resources are served: those built in, and custom ones. */
#include "server/discovery/parts.h"

#include <stdlib.h>

Str served_group_version(Str group, Str version, Arena *a)
{
    return group.len ? arena_printf(a, "%.*s/%.*s", STR_ARG(group), STR_ARG(version)) : version;
}

/* -- custom resources ------------------------------------------------------------------------- */

static Str crd_group(const Value *crd)
{
    return value_as_str(value_at(crd, "spec", "group", NULL));
}

static bool is_served_version(const Value *version)
{
    return value_get_bool(version, STR("served")).value;
}

/* The version of a definition, when it is served. */
static const Value *crd_version(const Value *crd, Str name)
{
    VALUE_EACH_ITEM(version, value_at(crd, "spec", "versions", NULL)) {
        if (is_served_version(version) && str_eq(value_get_str(version, STR("name")), name)) {
            return version;
        }
    }
    return NULL;
}

/* The names that were accepted; those asked for where there is no status. */
static const Value *crd_names(const Value *crd)
{
    const Value *accepted = value_at(crd, "status", "acceptedNames", NULL);
    return value_get_str(accepted, STR("plural")).len ? accepted
                                                      : value_at(crd, "spec", "names", NULL);
}

static Str crd_storage_hash(const Value *crd, Str kind, Arena *a)
{
    VALUE_EACH_ITEM(version, value_at(crd, "spec", "versions", NULL)) {
        if (value_get_bool(version, STR("storage")).value) {
            return resource_storage_hash(crd_group(crd), value_get_str(version, STR("name")), kind,
                                         a);
        }
    }
    return STR_ABSENT;
}

static ResourceEntry *add_entry(ServedResource *s, Str subresource, Str kind, Str api_version)
{
    ResourceEntry *e = &s->entries[s->entry_count++];
    *e = (ResourceEntry){ .resource = s->name,
                          .subresource = subresource,
                          .kind = kind,
                          .api_version = api_version,
                          .namespaced = s->namespaced,
                          .verbs = subresource.len ? RESOURCE_PART : RESOURCE_ALL };
    return e;
}

static void read_custom(const Value *crd, const Value *version, Arena *a, ServedResource *s)
{
    const Value *names = crd_names(crd);
    Str kind = value_get_str(names, STR("kind"));
    Str api_version = served_group_version(crd_group(crd), value_get_str(version, STR("name")), a);
    *s = (ServedResource){
        .name = value_get_str(names, STR("plural")),
        .singular = value_get_str(names, STR("singular")),
        .kind = kind,
        .namespaced = str_eq(value_as_str(value_at(crd, "spec", "scope", NULL)), STR("Namespaced")),
        .is_custom = true,
        .is_ending = !value_is_null(value_at(crd, "metadata", "deletionTimestamp", NULL)),
        .shorts = value_get_lit(names, "shortNames"),
        .categories = value_get_lit(names, "categories"),
        .storage_hash = crd_storage_hash(crd, kind, a),
    };
    (void)add_entry(s, STR(""), kind, api_version);
    const Value *subresources = value_get_lit(version, "subresources");
    if (value_is(value_get_lit(subresources, "status"), VALUE_OBJECT)) {
        (void)add_entry(s, STR("status"), kind, api_version);
    }
    if (value_is(value_get_lit(subresources, "scale"), VALUE_OBJECT)) {
        add_entry(s, STR("scale"), STR("Scale"), STR("autoscaling/v1"))->is_other_group = true;
    }
}

/* -- versions --------------------------------------------------------------------------------- */

static int by_group_and_version(const void *left, const void *right)
{
    const ServedVersion *l = left;
    const ServedVersion *r = right;
    int order = resource_group_cmp(l->group, r->group);
    return order ? order : resource_version_cmp(l->group, l->version, r->version);
}

ServedVersions served_versions(const DiscoveryRequest *r, Arena *a)
{
    size_t most = kube_kind_count();
    for (size_t i = 0; i < r->crd_count; i++) {
        most += value_len(value_at(r->crds[i], "spec", "versions", NULL));
    }
    ServedVersions all = { new(a, ServedVersion, most), 0 };
    for (size_t i = 0; i < kube_kind_count(); i++) {
        KubeKind k = kube_kind_at(i);
        if (resource_is_served(&k, r->target)) {
            all.items[all.count++] = (ServedVersion){ k.group, k.version };
        }
    }
    for (size_t i = 0; i < r->crd_count; i++) {
        VALUE_EACH_ITEM(version, value_at(r->crds[i], "spec", "versions", NULL)) {
            if (is_served_version(version)) {
                all.items[all.count++] = (ServedVersion){ crd_group(r->crds[i]),
                                                          value_get_str(version, STR("name")) };
            }
        }
    }
    qsort(all.items, all.count, sizeof *all.items, by_group_and_version);
    size_t kept = 0;
    for (size_t i = 0; i < all.count; i++) {
        if (kept == 0 || by_group_and_version(&all.items[kept - 1], &all.items[i]) != 0) {
            all.items[kept++] = all.items[i];
        }
    }
    all.count = kept;
    return all;
}

bool discovery_has_built_in(const KubeTarget *target, Str group, Str version)
{
    for (size_t i = 0; i < kube_kind_count(); i++) {
        KubeKind k = kube_kind_at(i);
        if (str_eq(k.group, group) && (version.len == 0 || str_eq(k.version, version)) &&
            resource_is_served(&k, target)) {
            return true;
        }
    }
    return false;
}

bool discovery_has_group(const DiscoveryRequest *r, Str group, Str version)
{
    if (discovery_has_built_in(r->target, group, version)) {
        return true;
    }
    for (size_t i = 0; i < r->crd_count; i++) {
        if (str_eq(crd_group(r->crds[i]), group)) {
            VALUE_EACH_ITEM(v, value_at(r->crds[i], "spec", "versions", NULL)) {
                if (is_served_version(v) &&
                    (version.len == 0 || str_eq(value_get_str(v, STR("name")), version))) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* -- resources -------------------------------------------------------------------------------- */

static void read_built_in(const KubeKind *k, const KubeTarget *target, Arena *a, ServedResource *s)
{
    *s = (ServedResource){
        .name = k->resource,
        /* before 1.27 kubectl made it of the kind itself */
        .singular = target->minor >= 27 ? kube_kind_singular(k, a) : STR(""),
        .kind = k->kind,
        .namespaced = k->namespaced,
        .is_core = k->group.len == 0,
        .built_in = *k,
    };
    s->entry_count = resource_entries(k, target, s->entries);
    if (resource_is_stored(k, target)) {
        KubeKind stored = resource_stored_kind(k, target);
        s->storage_hash = resource_storage_hash(stored.group, stored.version, stored.kind, a);
    }
}

static int by_name(const void *left, const void *right)
{
    return str_cmp(((const ServedResource *)left)->name, ((const ServedResource *)right)->name);
}

size_t served_resources(const DiscoveryRequest *r, Str group, Str version, Arena *a,
                        ServedResource **out)
{
    size_t most = r->crd_count;
    for (size_t i = 0; i < kube_kind_count(); i++) {
        KubeKind k = kube_kind_at(i);
        most += str_eq(k.group, group) && str_eq(k.version, version);
    }
    ServedResource *list = new(a, ServedResource, most);
    size_t count = 0;
    for (size_t i = 0; i < kube_kind_count(); i++) {
        KubeKind k = kube_kind_at(i);
        if (str_eq(k.group, group) && str_eq(k.version, version) &&
            resource_is_served(&k, r->target)) {
            read_built_in(&k, r->target, a, &list[count++]);
        }
    }
    for (size_t i = 0; i < r->crd_count; i++) {
        const Value *found = str_eq(crd_group(r->crds[i]), group) ? crd_version(r->crds[i], version)
                                                                  : NULL;
        if (found) {
            read_custom(r->crds[i], found, a, &list[count++]);
        }
    }
    if (count > 0) {
        qsort(list, count, sizeof *list, by_name);
    }
    *out = list;
    return count;
}

/* -- parts of a resource ---------------------------------------------------------------------- */

static Value custom_verbs(const ServedResource *s, Arena *a)
{
    static const Str all[] = { STR_INIT("delete"), STR_INIT("deletecollection"),
                               STR_INIT("get"),    STR_INIT("list"),
                               STR_INIT("patch"),  STR_INIT("create"),
                               STR_INIT("update"), STR_INIT("watch") };
    static const Str ending[] = { STR_INIT("delete"), STR_INIT("deletecollection"), STR_INIT("get"),
                                  STR_INIT("list"), STR_INIT("watch") };
    Value list = value_array();
    size_t count = s->is_ending ? COUNT_OF(ending) : COUNT_OF(all);
    for (size_t i = 0; i < count; i++) {
        value_add(&list, value_str(s->is_ending ? ending[i] : all[i]), a);
    }
    return list;
}

Value served_verbs(const ServedResource *s, const ResourceEntry *e, Arena *a)
{
    if (s->is_custom && e->subresource.len == 0) {
        return custom_verbs(s, a);
    }
    Value list = value_array();
    for (int i = 0; i < RESOURCE_VERB_COUNT; i++) {
        if (e->verbs & 1u << i) {
            value_add(&list, value_str(resource_verb_name(i)), a);
        }
    }
    return list;
}

/* Null for no names. */
static Value names_of(const ServedResource *s, const Value *custom, Str built_in, Arena *a)
{
    if (s->is_custom) {
        return value_len(custom) && custom->kind == VALUE_ARRAY ? *custom : value_null();
    }
    if (built_in.len == 0) {
        return value_null();
    }
    Value list = value_array();
    Str name;
    while (str_next_piece(&built_in, ',', &name)) {
        value_add(&list, value_str(name), a);
    }
    return list;
}

Value served_short_names(const ServedResource *s, Arena *a)
{
    return names_of(s, s->shorts, s->built_in.short_names, a);
}

Value served_categories(const ServedResource *s, Arena *a)
{
    return names_of(s, s->categories, s->built_in.category, a);
}
