/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of files, taken in as an administrator would create them. */
#include "server/apiserver/private.h"

typedef struct Loader {
    ApiServer *server;
    Str namespace; /* that is known to be there */
    Arena kept;    /* holds its name */
    ApiLoad *load;
} Loader;

/* Makes the namespace of an object; one that is named by an object itself is updated by that. */
static void need_namespace(Loader *l, Str name, Arena *a)
{
    if (name.len == 0 || str_eq(name, l->namespace)) {
        return;
    }
    ApiResponse response;
    Value object = value_object();
    Value metadata = value_object();
    value_set_lit(&metadata, "name", value_str(name), a);
    value_set_lit(&object, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&object, "kind", value_str(STR("Namespace")), a);
    value_set_lit(&object, "metadata", metadata, a);
    apiserver_internal(l->server, &apiserver_itself, STR("POST"), STR("/api/v1/namespaces"),
                       STR(""), &object, a, &response);
    arena_reset(&l->kept);
    l->namespace = arena_str(&l->kept, name);
}

static void note(Loader *l, const FileObject *file, const ApiResponse *response, Arena *a)
{
    ApiLoad *load = l->load;
    Str api_version = value_get_str(file->object, STR("apiVersion"));
    Str kind = value_get_str(file->object, STR("kind"));
    Str why = value_get_str(&response->body, STR("message"));
    load->refused++;
    buf_add(load->notes, object_origin_text(&file->origin, a));
    if (response->code == 404) {
        buf_printf(load->notes, ": kind %.*s of %.*s is not served by Kubernetes 1.%d\n",
                   STR_ARG(kind), STR_ARG(api_version), l->server->options.target.minor);
    } else {
        buf_printf(load->notes, ": %.*s\n", STR_ARG(why));
    }
}

static void load_one(Loader *l, const FileObject *file, Arena *a)
{
    ApiResponse response;
    KubeKind kind;
    if (!apiserver_find_kind(l->server, value_get_str(file->object, STR("apiVersion")),
                             value_get_str(file->object, STR("kind")), a, &kind)) {
        l->load->unknown++;
        return;
    }
    if (kind.namespaced) {
        need_namespace(l, value_get_str(value_get_lit(file->object, "metadata"), STR("namespace")),
                       a);
    }
    if (apiserver_put(l->server, &apiserver_itself, file->object, a, &response)) {
        l->load->loaded++;
    } else {
        note(l, file, &response, a);
    }
}

static bool is_definition(const Value *object)
{
    return str_eq(value_get_str(object, STR("kind")), STR("CustomResourceDefinition"));
}

/* Definitions, or all else. */
static bool load_some(Loader *l, const FileObjects *objects, bool definitions, size_t *count,
                      Arena *a)
{
    bool goes_on = true;
    for (size_t i = 0; i < objects->count && goes_on; i++) {
        if (is_definition(objects->items[i].object) == definitions) {
            load_one(l, &objects->items[i], a);
            arena_reset(a);
            ++*count;
            goes_on = l->load->go_on == NULL ||
                      l->load->go_on(l->load->context, *count, objects->count);
        }
    }
    return goes_on;
}

/* Definitions first: what they define may stand before them. */
bool apiserver_load(ApiServer *s, const FileObjects *objects, ApiLoad *load)
{
    Loader l = { .server = s, .load = load };
    Arena a;
    size_t count = 0;
    arena_init(&l.kept, 0);
    arena_init(&a, 0);
    bool done = load_some(&l, objects, true, &count, &a) &&
                load_some(&l, objects, false, &count, &a);
    arena_done(&a);
    arena_done(&l.kept);
    return done;
}
