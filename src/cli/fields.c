/* SPDX-License-Identifier: Apache-2.0 */
/* Fields and kinds of objects that the API server does not know. */
#include "cli/fields.h"

#include "analyze/objects.h"
#include "base/map.h"
#include "kube/object.h"

enum { WARNINGS_MAX = 50 }; /* of one kind; the rest is counted */

static bool report_note(const Cli *cli, const FileObject *object, const SchemaNote *note,
                        bool strict)
{
    ArenaMark mark = arena_mark(cli->arena);
    Str place = object_place(object, note->path, cli->arena);
    bool refused = strict || note->kind == SCHEMA_NOTE_TYPE;
    if (refused) {
        cli_error(cli, "%.*s: %.*s: %.*s", STR_ARG(place), STR_ARG(note->path),
                  STR_ARG(note->message));
    } else {
        cli_warn(cli, "%.*s: %.*s: %.*s", STR_ARG(place), STR_ARG(note->path),
                 STR_ARG(note->message));
    }
    arena_rewind(cli->arena, mark);
    return !refused;
}

/* Who owns which field only a server writes: it is of the server's version, which may be another.
 */
static bool is_of_server(const SchemaNote *note)
{
    return note->kind != SCHEMA_NOTE_TYPE &&
           str_starts_with(note->path, STR("metadata.managedFields"));
}

static bool check_object(const Cli *cli, const FileObject *object, const SchemaType *type,
                         const KubeTarget *target, bool strict, size_t *warned)
{
    ArenaMark mark = arena_mark(cli->arena);
    SchemaReport report = schema_report_new(cli->arena);
    bool ok = true;
    if (!schema_check(type, object->object, target, &report)) {
        for (const SchemaNote *note = report.first; note; note = note->next) {
            if (is_of_server(note)) {
                continue;
            }
            if (*warned < WARNINGS_MAX || note->kind == SCHEMA_NOTE_TYPE) {
                ok = report_note(cli, object, note, strict) && ok;
            }
            ++*warned;
        }
    }
    arena_rewind(cli->arena, mark);
    return ok;
}

/* How many objects there are of a kind that is not known, and the first of them. */
typedef struct UnknownKind {
    const FileObject *first;
    size_t count;
} UnknownKind;

static bool report_unknown_kinds(const Cli *cli, const Map *kinds, bool strict)
{
    for (size_t i = 0; i < kinds->count; i++) {
        const UnknownKind *kind = kinds->entries[i].value;
        Str place = object_origin_text(&kind->first->origin, cli->arena);
        Str text = arena_printf(cli->arena, "%.*s: kind %.*s is not known%s", STR_ARG(place),
                                STR_ARG(kinds->entries[i].key),
                                kind->count > 1 ? ", nor are others of it" : "");
        if (strict) {
            cli_error(cli, "%.*s", STR_ARG(text));
        } else {
            cli_warn(cli, "%.*s; it has no part in what is decided", STR_ARG(text));
        }
    }
    return kinds->count == 0 || !strict;
}

/* "Kind.group" of the kinds that definitions among the objects define. */
static Map defined_kinds(const Cli *cli, const FileObjects *objects)
{
    Map out = map_new(cli->arena);
    for (size_t i = 0; i < objects->count; i++) {
        const Value *object = objects->items[i].object;
        Str kind = value_as_str(value_at(object, "spec", "names", "kind", NULL));
        Str group = value_as_str(value_at(object, "spec", "group", NULL));
        if (kind.len && group.len &&
            str_eq(value_get_str(object, STR("kind")), STR("CustomResourceDefinition"))) {
            map_set(&out, arena_printf(cli->arena, "%.*s.%.*s", STR_ARG(kind), STR_ARG(group)),
                    (void *)(uintptr_t)object);
        }
    }
    return out;
}

bool fields_check(const Cli *cli, const FileObjects *objects, const KubeTarget *target, bool strict)
{
    Map unknown = map_new(cli->arena);
    Map defined = defined_kinds(cli, objects);
    size_t warned = 0;
    bool ok = true;
    for (size_t i = 0; i < objects->count; i++) {
        const FileObject *object = &objects->items[i];
        Str api_version = value_get_str(object->object, STR("apiVersion"));
        Str kind = value_get_str(object->object, STR("kind"));
        const SchemaType *type = schema_find(api_version, kind);
        ObjectHead head;
        Err err;
        if (type) {
            ok = check_object(cli, object, type, target, strict, &warned) && ok;
            continue;
        }
        if (!object_head(object->object, cli->arena, &head, &err)) {
            Str place = object_origin_text(&object->origin, cli->arena);
            cli_error(cli, "%.*s: %.*s", STR_ARG(place), STR_ARG(err.msg));
            ok = false;
            continue;
        }
        if (map_has(&defined,
                    arena_printf(cli->arena, "%.*s.%.*s", STR_ARG(kind), STR_ARG(head.group)))) {
            continue;
        }
        Str name = arena_printf(cli->arena, "%.*s of %.*s", STR_ARG(kind), STR_ARG(api_version));
        UnknownKind **seen = (UnknownKind **)map_at(&unknown, name);
        if (!*seen) {
            *seen = new(cli->arena, UnknownKind, 1);
            (*seen)->first = object;
        }
        (*seen)->count++;
    }
    if (warned > WARNINGS_MAX && !strict) {
        cli_warn(cli, "%zu more fields that are not known", warned - WARNINGS_MAX);
    }
    return report_unknown_kinds(cli, &unknown, strict) && ok;
}
