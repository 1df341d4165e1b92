/* SPDX-License-Identifier: Apache-2.0 */
/* The resources that are served, as controllers of every kind walk them. */
#include "server/controllers/resources.h"

#include "cluster/snapshot.h"
#include "kube/resource_table.h"

static bool is_listed(const KubeKind *k, const KubeTarget *target)
{
    KubeKind best;
    return k->resource.len && resource_is_served(k, target) && resource_is_stored(k, target) &&
           kube_kind_find_resource(k->group, STR(""), k->resource, target, &best) &&
           str_eq(best.version, k->version);
}

static CtlResource of_kind(const KubeKind *k, Arena *a)
{
    return (CtlResource){
        .group = k->group,
        .kind = k->kind,
        .api_version = arena_cstr(a, k->api_version),
        .resource = arena_cstr(a, k->resource),
        .namespaced = k->namespaced,
        .is_alias = !str_eq(snapshot_storage_group(k->group, k->kind), k->group),
    };
}

static bool of_custom(const CustomKind *k, Arena *a, CtlResource *out)
{
    KubeKind kind;
    if (!custom_kind_is_served(k) || !custom_kind_preferred(k, &kind)) {
        return false;
    }
    *out = of_kind(&kind, a);
    out->is_custom = true;
    return true;
}

CtlResources ctl_resources(Ctl *c)
{
    const CustomKinds *custom = ctl_custom_kinds(c);
    size_t custom_count = custom ? custom->count : 0;
    CtlResource *items = new(c->arena, CtlResource, kube_kind_count() + custom_count);
    size_t count = 0;
    for (size_t i = 0; i < kube_kind_count(); i++) {
        KubeKind k = kube_kind_at(i);
        if (is_listed(&k, c->target)) {
            items[count++] = of_kind(&k, c->arena);
        }
    }
    for (size_t i = 0; i < custom_count; i++) {
        count += of_custom(custom->items[i], c->arena, &items[count]);
    }
    return (CtlResources){ items, count };
}

bool ctl_resource_find(Ctl *c, Str api_version, Str kind, CtlResource *out)
{
    Str group, version;
    KubeKind k;
    kube_split_api_version(api_version, &group, &version);
    if (kube_kind_find(api_version, kind, &k) && k.resource.len) {
        KubeKind served;
        bool is_served = kube_kind_find_resource(group, STR(""), k.resource, c->target, &served) &&
                         resource_is_served(&served, c->target);
        *out = of_kind(&served, c->arena);
        return is_served;
    }
    /* any version of it */
    Str any = arena_concat(c->arena, group, STR("/"));
    return custom_kinds_find(ctl_custom_kinds(c), any, kind, &k) &&
           of_custom(k.custom, c->arena, out);
}

Value ctl_object_new(const char *api_version, const char *kind, Str namespace, Str name, Arena *a)
{
    Value object = value_object();
    value_set_lit(&object, "apiVersion", value_str(str_from_c(api_version)), a);
    value_set_lit(&object, "kind", value_str(str_from_c(kind)), a);
    Value metadata = value_object();
    value_set_lit(&metadata, "name", value_str(name), a);
    if (namespace.len) {
        value_set_lit(&metadata, "namespace", value_str(namespace), a);
    }
    value_set_lit(&object, "metadata", metadata, a);
    return object;
}

CtlObject ctl_place(const CtlResource *r, Str namespace, Str name)
{
    return (CtlObject){ .api_version = r->api_version,
                        .resource = r->resource,
                        .namespace = r->namespaced ? namespace : STR(""),
                        .name = name };
}
