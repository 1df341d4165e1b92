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

/* The first version that is served. */
static Str served_version(const Value *spec)
{
    VALUE_EACH_ITEM(version, value_get_lit(spec, "versions")) {
        if (value_get_bool(version, STR("served")).value) {
            return value_get_str(version, STR("name"));
        }
    }
    return value_get_str(spec, STR("version"));
}

static bool of_definition(const Value *definition, Arena *a, CtlResource *out)
{
    const Value *spec = value_get_lit(definition, "spec");
    const Value *names = value_get_lit(spec, "names");
    Str version = served_version(spec);
    *out = (CtlResource){
        .group = value_get_str(spec, STR("group")),
        .kind = value_get_str(names, STR("kind")),
        .resource = arena_cstr(a, value_get_str(names, STR("plural"))),
        .namespaced = str_eq(value_get_str(spec, STR("scope")), STR("Namespaced")),
        .is_custom = true,
    };
    Str api_version = arena_printf(a, "%.*s/%.*s", STR_ARG(out->group), STR_ARG(version));
    out->api_version = arena_cstr(a, api_version);
    return version.len > 0 && out->group.len > 0 && out->kind.len > 0;
}

CtlResources ctl_resources(Ctl *c)
{
    size_t custom;
    const Value *const *definitions = ctl_list(
        c, STR("apiextensions.k8s.io"), STR("CustomResourceDefinition"), STR_ABSENT, &custom);
    CtlResource *items = new(c->arena, CtlResource, kube_kind_count() + custom);
    size_t count = 0;
    for (size_t i = 0; i < kube_kind_count(); i++) {
        KubeKind k = kube_kind_at(i);
        if (is_listed(&k, c->target)) {
            items[count++] = of_kind(&k, c->arena);
        }
    }
    for (size_t i = 0; i < custom; i++) {
        count += of_definition(definitions[i], c->arena, &items[count]);
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
    size_t custom;
    const Value *const *definitions = ctl_list(
        c, STR("apiextensions.k8s.io"), STR("CustomResourceDefinition"), STR_ABSENT, &custom);
    for (size_t i = 0; i < custom; i++) {
        if (of_definition(definitions[i], c->arena, out) && str_eq(out->group, group) &&
            str_eq(out->kind, kind)) {
            return true;
        }
    }
    return false;
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
