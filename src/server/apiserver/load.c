/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of files: those that come from a cluster are put back as they were there (restore.c),
 * others are created as an administrator would. */
#include "server/apiserver/load.h"

void load_need_namespace(Loader *l, Str name, Arena *a)
{
    if (name.len == 0 || map_has(&l->namespaces, name)) {
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
    map_set(&l->namespaces, arena_str(&l->kept, name), l);
}

void load_note(Loader *l, const FileObject *file, bool refused, const char *format, ...)
{
    Arena a;
    va_list args;
    l->load->refused += refused;
    arena_init(&a, 0);
    va_start(args, format);
    Str text = arena_vprintf(&a, format, args);
    va_end(args);
    buf_add(l->load->notes, object_origin_text(&file->origin, &a));
    buf_printf(l->load->notes, ": %.*s\n", STR_ARG(text));
    arena_done(&a);
}

static void note_refused(Loader *l, const FileObject *file, const ApiResponse *response)
{
    Str api_version = value_get_str(file->object, STR("apiVersion"));
    Str kind = value_get_str(file->object, STR("kind"));
    Str why = value_get_str(&response->body, STR("message"));
    if (response->code == 404) {
        load_note(l, file, true, "kind %.*s of %.*s is not served by Kubernetes 1.%d",
                  STR_ARG(kind), STR_ARG(api_version), l->server->options.target.minor);
    } else {
        load_note(l, file, true, "%.*s", STR_ARG(why));
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
        Str namespace = value_get_str(value_get_lit(file->object, "metadata"), STR("namespace"));
        load_need_namespace(l, namespace, a);
    }
    if (apiserver_put(l->server, &apiserver_itself, file->object, false, a, &response)) {
        l->load->loaded++;
    } else {
        note_refused(l, file, &response);
    }
}

static bool is_definition(const Value *object)
{
    return str_eq(value_get_str(object, STR("kind")), STR("CustomResourceDefinition"));
}

/* Definitions, or all else. */
static bool load_some(Loader *l, const FileObjects *objects, bool definitions, Arena *a)
{
    const ApiLoad *load = l->load;
    bool goes_on = true;
    for (size_t i = 0; i < objects->count && goes_on; i++) {
        const FileObject *file = &objects->items[i];
        if (!restore_is_for(file) && is_definition(file->object) == definitions) {
            load_one(l, file, a);
            arena_reset(a);
            goes_on = load->go_on == NULL || load->go_on(load->context, ++l->done, l->all);
        }
    }
    return goes_on;
}

/* Definitions first: what they define may stand before them. */
bool apiserver_load(ApiServer *s, const FileObjects *objects, ApiLoad *load)
{
    Loader l = { .server = s, .load = load, .all = objects->count };
    Arena a;
    arena_init(&l.kept, 0);
    arena_init(&a, 0);
    l.namespaces = map_new(&l.kept);
    bool done = restore_objects(&l, objects) && load_some(&l, objects, true, &a) &&
                load_some(&l, objects, false, &a);
    arena_done(&a);
    arena_done(&l.kept);
    return done;
}
