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
    if (!kube_kind_find(value_get_str(file->object, STR("apiVersion")),
                        value_get_str(file->object, STR("kind")), &kind)) {
        l->load->unknown++;
        return;
    }
    if (kind.namespaced) {
        need_namespace(l, value_get_str(value_get_lit(file->object, "metadata"), STR("namespace")),
                       a);
    }
    if (apiserver_put(l->server, &apiserver_itself, file->object, false, a, &response)) {
        l->load->loaded++;
    } else {
        note(l, file, &response, a);
    }
}

bool apiserver_load(ApiServer *s, const FileObjects *objects, ApiLoad *load)
{
    Loader l = { .server = s, .load = load };
    Arena a;
    bool done = true;
    arena_init(&l.kept, 0);
    arena_init(&a, 0);
    for (size_t i = 0; i < objects->count && done; i++) {
        load_one(&l, &objects->items[i], &a);
        arena_reset(&a);
        done = load->go_on == NULL || load->go_on(load->context, i + 1, objects->count);
    }
    arena_done(&a);
    arena_done(&l.kept);
    return done;
}
