/* SPDX-License-Identifier: Apache-2.0 */
/* The resources that rules may be about: built-in ones that the target serves, custom ones of the
 * state's definitions, and what is impersonated and signed. */
#include "analyze/rbac/cluster.h"

#include <stdlib.h>

Str rbac_catalogue_verb(int place)
{
    static const Str special[RBAC_CATALOGUE_VERBS - RESOURCE_VERB_COUNT] = {
        STR_INIT("use"),     STR_INIT("bind"), STR_INIT("escalate"), STR_INIT("impersonate"),
        STR_INIT("approve"), STR_INIT("sign"), STR_INIT("attest"),
    };
    return place < RESOURCE_VERB_COUNT ? resource_verb_name(place)
                                       : special[place - RESOURCE_VERB_COUNT];
}

Str rbac_resource_text(const RbacResource *r, Arena *a)
{
    return arena_printf(a, "%.*s%s%.*s%s%.*s", STR_ARG(r->resource), r->group.len ? "." : "",
                        STR_ARG(r->group), r->subresource.len ? "/" : "", STR_ARG(r->subresource));
}

#define RBAC_API RBAC_GROUP

/* Verbs that RBAC asks about beside those that the resource is served with. */
static const struct {
    Str group;
    Str resource;
    unsigned verbs;
} special_verbs[] = {
    { STR_INIT("policy"), STR_INIT("podsecuritypolicies"), RBAC_VERB_USE },
    { STR_INIT("extensions"), STR_INIT("podsecuritypolicies"), RBAC_VERB_USE },
    { STR_INIT("podgate.io"), STR_INIT("podsecuritypolicies"), RBAC_VERB_USE },
    { STR_INIT(RBAC_API), STR_INIT("roles"), RBAC_VERB_BIND | RBAC_VERB_ESCALATE },
    { STR_INIT(RBAC_API), STR_INIT("clusterroles"), RBAC_VERB_BIND | RBAC_VERB_ESCALATE },
    { STR_INIT(""), STR_INIT("serviceaccounts"), RBAC_VERB_IMPERSONATE },
};

/* Resources that are no objects: only RBAC knows them. */
static const RbacResource without_objects[] = {
    { .group = STR_INIT(""),
      .resource = STR_INIT("groups"),
      .subresource = STR_INIT(""),
      .kind = STR_INIT(""),
      .verbs = RBAC_VERB_IMPERSONATE },
    { .group = STR_INIT(""),
      .resource = STR_INIT("users"),
      .subresource = STR_INIT(""),
      .kind = STR_INIT(""),
      .verbs = RBAC_VERB_IMPERSONATE },
    { .group = STR_INIT("authentication.k8s.io"),
      .resource = STR_INIT("uids"),
      .subresource = STR_INIT(""),
      .kind = STR_INIT(""),
      .verbs = RBAC_VERB_IMPERSONATE },
    { .group = STR_INIT("authentication.k8s.io"),
      .resource = STR_INIT("userextras"),
      .subresource = STR_INIT(""),
      .kind = STR_INIT(""),
      .verbs = RBAC_VERB_IMPERSONATE },
    { .group = STR_INIT("certificates.k8s.io"),
      .resource = STR_INIT("signers"),
      .subresource = STR_INIT(""),
      .kind = STR_INIT(""),
      .verbs = RBAC_VERB_APPROVE | RBAC_VERB_SIGN | RBAC_VERB_ATTEST },
};

typedef struct List {
    Arena *arena;
    RbacResource *items;
    size_t count;
    size_t cap;
} List;

static void add(List *list, const RbacResource *r)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 256;
        RbacResource *items = arena_alloc(list->arena, cap * sizeof(*items));
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = *r;
}

/* -- built-in ones ----------------------------------------------------------------------------- */

static StrList split_names(Str names, Arena *a)
{
    Str *items = new(a, Str, names.len + 1);
    size_t count = 0;
    Str rest = names;
    Str piece;
    while (names.len && str_next_piece(&rest, ',', &piece)) {
        items[count++] = piece;
    }
    return (StrList){ items, count };
}

static unsigned special_verbs_of(Str group, Str resource)
{
    for (size_t i = 0; i < COUNT_OF(special_verbs); i++) {
        if (str_eq(special_verbs[i].group, group) && str_eq(special_verbs[i].resource, resource)) {
            return special_verbs[i].verbs;
        }
    }
    return 0;
}

static void add_kind(List *list, const KubeKind *k, const KubeTarget *target)
{
    ResourceEntry entries[RESOURCE_ENTRIES_MAX];
    size_t count = resource_entries(k, target, entries);
    for (size_t i = 0; i < count; i++) {
        RbacResource r = {
            .group = k->group,
            .resource = k->resource,
            .subresource = entries[i].subresource,
            .kind = k->kind,
            .singular = STR(""),
            .short_names = split_names(i ? STR("") : k->short_names, list->arena),
            .namespaced = k->namespaced,
            .verbs = entries[i].verbs | (i ? 0 : special_verbs_of(k->group, k->resource)),
        };
        add(list, &r);
    }
}

static void add_built_in(List *list, const KubeTarget *target)
{
    for (size_t i = 0; i < kube_kind_count(); i++) {
        KubeKind k = kube_kind_at(i);
        if (k.resource.len && resource_is_served(&k, target)) {
            add_kind(list, &k, target);
        }
    }
    for (size_t i = 0; i < COUNT_OF(without_objects); i++) {
        add(list, &without_objects[i]);
    }
}

/* -- custom ones ------------------------------------------------------------------------------- */

static StrList strings_of(const Value *array, Arena *a)
{
    Str *items = new(a, Str, value_len(array) + 1);
    size_t count = 0;
    VALUE_EACH_ITEM(item, array) {
        Str text = value_as_str(item);
        if (text.len) {
            items[count++] = text;
        }
    }
    return (StrList){ items, count };
}

static bool is_true(const Value *object, Str key)
{
    OptBool b = value_get_bool(object, key);
    return b.set && b.value;
}

/* Whether a served version has the subresource; of v1beta1 for all versions at once. */
static bool has_subresource(const Value *spec, const char *name)
{
    if (!value_is_null(value_at(spec, "subresources", name, NULL))) {
        return true;
    }
    VALUE_EACH_ITEM(version, value_get_lit(spec, "versions")) {
        if (is_true(version, STR("served")) &&
            !value_is_null(value_at(version, "subresources", name, NULL))) {
            return true;
        }
    }
    return false;
}

static void add_definition(List *list, const Value *definition)
{
    const Value *spec = value_get_lit(definition, "spec");
    const Value *names = value_get_lit(spec, "names");
    RbacResource r = {
        .group = value_get_str(spec, STR("group")),
        .resource = value_get_str(names, STR("plural")),
        .subresource = STR(""),
        .kind = value_get_str(names, STR("kind")),
        .singular = value_get_str(names, STR("singular")),
        .short_names = strings_of(value_get_lit(names, "shortNames"), list->arena),
        .namespaced = !str_eq(value_get_str(spec, STR("scope")), STR("Cluster")),
        .custom = true,
        .verbs = RESOURCE_ALL,
    };
    if (!r.group.len || !r.resource.len) {
        return;
    }
    if (!r.singular.len) {
        r.singular = arena_lower(list->arena, r.kind);
    }
    add(list, &r);
    static const char *const parts[] = { "scale", "status" };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (has_subresource(spec, parts[i])) {
            r.subresource = str_from_c(parts[i]);
            r.short_names = (StrList){ NULL, 0 };
            r.verbs = RESOURCE_PART;
            add(list, &r);
        }
    }
}

static void add_custom(List *list, const Facts *f)
{
    ObjectKey key = { STR("apiextensions.k8s.io"), STR("CustomResourceDefinition"), STR(""),
                      STR("") };
    ObjectList definitions = f->objects(f->cluster, key);
    for (size_t i = 0; i < definitions.count; i++) {
        add_definition(list, definitions.items[i]);
    }
}

/* Several versions serve the same resources. */
static void drop_doubles(List *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        const RbacResource *r = &list->items[i];
        RbacResource *last = kept ? &list->items[kept - 1] : NULL;
        if (last && str_eq(last->group, r->group) && str_eq(last->resource, r->resource) &&
            str_eq(last->subresource, r->subresource)) {
            last->verbs |= r->verbs;
        } else {
            list->items[kept++] = *r;
        }
    }
    list->count = kept;
}

static int by_resource(const void *left, const void *right)
{
    const RbacResource *a = left;
    const RbacResource *b = right;
    int order = resource_group_cmp(a->group, b->group);
    order = order ? order : str_cmp(a->resource, b->resource);
    return order ? order : str_cmp(a->subresource, b->subresource);
}

RbacCatalogue rbac_cluster_catalogue(RbacCluster *c)
{
    if (!c->catalogue.items) {
        List list = { .arena = c->arena };
        add_built_in(&list, &c->target);
        add_custom(&list, c->facts);
        qsort(list.items, list.count, sizeof(*list.items), by_resource);
        drop_doubles(&list);
        c->catalogue = (RbacCatalogue){ list.items, list.count };
    }
    return c->catalogue;
}

/* -- finding ----------------------------------------------------------------------------------- */

static bool is_named(const RbacResource *r, Str name)
{
    if (str_eq_ignore_case(r->resource, name) || str_eq_ignore_case(r->kind, name) ||
        str_eq_ignore_case(r->singular, name)) {
        return true;
    }
    for (size_t i = 0; i < r->short_names.count; i++) {
        if (str_eq_ignore_case(r->short_names.items[i], name)) {
            return true;
        }
    }
    return false;
}

static bool find(const RbacCatalogue *all, Str group, Str name, Str subresource, RbacResource *out)
{
    for (size_t i = 0; i < all->count; i++) {
        const RbacResource *r = &all->items[i];
        if ((!group.ptr || str_eq(r->group, group)) && str_eq(r->subresource, STR("")) &&
            name.len && is_named(r, name)) {
            for (; i < all->count && str_eq(all->items[i].resource, r->resource) &&
                   str_eq(all->items[i].group, r->group);
                 i++) {
                if (str_eq(all->items[i].subresource, subresource)) {
                    *out = all->items[i];
                    return true;
                }
            }
            return false;
        }
    }
    return false;
}

bool rbac_cluster_find_resource(RbacCluster *c, Str typed, Str subresource, RbacResource *out)
{
    RbacCatalogue all = rbac_cluster_catalogue(c);
    Str name;
    Str group;
    bool has_group = str_split_once(typed, '.', &name, &group);
    KubeKind k;
    if (kube_kind_find_typed(typed, &c->target, &k)) {
        bool is_policy = !has_group && str_eq(k.resource, STR("podsecuritypolicies"));
        name = k.resource;
        group = is_policy ? STR("policy") : k.group;
        has_group = true;
    }
    if (find(&all, has_group ? group : STR_ABSENT, name, subresource, out)) {
        return true;
    }
    /* widgets.v1.example.org */
    Str version;
    Str rest;
    return has_group && str_split_once(group, '.', &version, &rest) &&
           find(&all, rest, name, subresource, out);
}
