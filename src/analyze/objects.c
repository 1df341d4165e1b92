/* SPDX-License-Identifier: Apache-2.0 */
/* Objects as files give them. */
#include "analyze/objects.h"

#include "base/map.h"
#include "doc/position.h"
#include "kube/kinds.h"

#include <stdlib.h>

/* The path of a field within the document. */
static Str path_in_document(const FileObject *object, Str field, Arena *a)
{
    return object->path.len && field.len
               ? arena_printf(a, "%.*s.%.*s", STR_ARG(object->path), STR_ARG(field))
           : object->path.len ? object->path
                              : field;
}

static Str place_text(const FileObject *object, DocPosition at, Arena *a)
{
    return arena_printf(a, "%.*s:%zu:%zu", STR_ARG(object->doc->name), at.line, at.column);
}

Str object_place(const FileObject *object, Str field, Arena *a)
{
    if (!object->doc) { /* it comes from no text */
        Str file = object->origin.file.len ? object->origin.file : STR("the cluster");
        return arena_printf(a, "%.*s%s%.*s", STR_ARG(file), field.len ? ": " : "", STR_ARG(field));
    }
    DocPosition at;
    if (!object->doc) {
        return object_origin_text(&object->origin, a);
    }
    /* of what is above it, when it is not there */
    (void)doc_position(object->doc, path_in_document(object, field, a), &at);
    return place_text(object, at, a);
}

void object_places_add(DocPlaces *places, const FileObject *object, Str field, Arena *a)
{
    if (object->doc) {
        doc_places_add(places, object->doc, path_in_document(object, field, a));
    }
}

Str object_places_get(const DocPlaces *places, const FileObject *object, Str field, Arena *a)
{
    DocPosition at;
    if (!object->doc) {
        return object_origin_text(&object->origin, a);
    }
    (void)doc_places_get(places, object->doc, path_in_document(object, field, a), &at);
    return place_text(object, at, a);
}

static bool needs_namespace(const Value *object)
{
    KubeKind kind;
    const Value *meta = value_get_lit(object, "metadata");
    return value_is(meta, VALUE_OBJECT) && !value_get_str(meta, STR("namespace")).len &&
           kube_kind_find(value_get_str(object, STR("apiVersion")),
                          value_get_str(object, STR("kind")), &kind) &&
           kind.namespaced;
}

void objects_fill_namespaces(FileObjects *objects, Str namespace, Arena *a)
{
    for (size_t i = 0; i < objects->count; i++) {
        if (needs_namespace(objects->items[i].object)) {
            Value *copy = new(a, Value, 1);
            *copy = value_copy(objects->items[i].object, a);
            value_set_lit(value_get_lit(copy, "metadata"), "namespace", value_str(namespace), a);
            objects->items[i].object = copy;
        }
    }
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

static void note_namespaces(Map *seen, const FileObjects *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        const Value *object = objects->items[i].object;
        bool is_one = str_eq(value_get_str(object, STR("kind")), STR("Namespace"));
        Str namespace = value_get_str(value_get_lit(object, "metadata"),
                                      is_one ? STR("name") : STR("namespace"));
        if (namespace.len) {
            map_at(seen, namespace);
        }
    }
}

StrList objects_namespaces(const FileObjects *const *lists, size_t count, Arena *a)
{
    Map seen = map_new(a);
    for (size_t i = 0; i < count; i++) {
        note_namespaces(&seen, lists[i]);
    }
    Str *names = new(a, Str, seen.count + 1);
    for (size_t i = 0; i < seen.count; i++) {
        names[i] = seen.entries[i].key;
    }
    qsort(names, seen.count, sizeof(Str), by_text);
    return (StrList){ names, seen.count };
}
