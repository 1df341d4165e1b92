/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts: single changes of single fields, and applying them.
 *
 * Fields are set and removed before items of lists are: an index in a pointer is one of the object
 * as it was given, whichever parts are left out. Volumes and containers are named, as policies
 * number them by the pod and a workload may hold fewer.
 */
#include "analyze/remedy/search.h"

#include "doc/json.h"
#include "doc/pointer.h"

enum { VALUE_SHOWN_MAX = 120 };

/* -- pointers ------------------------------------------------------------------------------------
 */

static Value *step(const Value *at, Str name)
{
    size_t index;
    if (value_is(at, VALUE_ARRAY)) {
        if (name.len && name.ptr[0] == '=') {
            Str wanted = str_drop(name, 1);
            VALUE_EACH_ITEM(item, at) {
                if (str_eq(value_get_str(item, STR("name")), wanted)) {
                    return item;
                }
            }
            return NULL;
        }
        return pointer_index(name, &index) ? value_item(at, index) : NULL;
    }
    return value_get(at, name);
}

const Value *remedy_at(const Value *root, Str pointer, Arena *a)
{
    const Value *at = root;
    Str rest = pointer;
    Str name;
    while (at && pointer_next(&rest, a, &name)) {
        at = step(at, name);
    }
    return at;
}

/* The object or list that the last step of the pointer is in. make: objects that are not there
 * are made. */
static Value *parent_of(Value *root, Str pointer, bool make, Arena *a, Str *last)
{
    Value *at = root;
    Str rest = pointer;
    if (!pointer_next(&rest, a, last)) {
        return NULL;
    }
    Str name;
    while (at && pointer_next(&rest, a, &name)) {
        Value *next = step(at, *last);
        if (value_is_null(next)) {
            next = make && value_is(at, VALUE_OBJECT) ? value_need_object(at, *last, a) : NULL;
        }
        at = next;
        *last = name;
    }
    return at;
}

/* -- applying -----------------------------------------------------------------------------------
 */

static void set_field(Value *object, const RemedyPart *part, Arena *a)
{
    Str last;
    Value *parent = parent_of(object, part->pointer, true, a, &last);
    Value *item = value_is(parent, VALUE_ARRAY) ? step(parent, last) : NULL;
    if (value_is(parent, VALUE_OBJECT)) {
        value_set(parent, last, value_copy(&part->value, a), a);
    } else if (item) {
        *item = value_copy(&part->value, a);
    }
}

/* What a quota is held against is its status: its controller writes a new limit there. */
static void follow_status(Value *object, const RemedyPart *part, Arena *a)
{
    if (str_eq(part->object.kind, STR("ResourceQuota")) && !part->of_workload &&
        str_starts_with(part->pointer, STR("/spec/hard/")) && value_get_lit(object, "status")) {
        RemedyPart status = *part;
        status.pointer = arena_concat(a, STR("/status"),
                                      str_cut_prefix(part->pointer, STR("/spec")));
        set_field(object, &status, a);
    }
}

static void remove_field(Value *object, const RemedyPart *part, Arena *a)
{
    Str last;
    Value *parent = parent_of(object, part->pointer, false, a, &last);
    if (value_is(parent, VALUE_OBJECT)) {
        value_remove(parent, last);
    }
}

static void list_add(Value *object, const RemedyPart *part, Arena *a)
{
    Str last;
    Value *parent = parent_of(object, part->pointer, true, a, &last);
    if (!value_is(parent, VALUE_OBJECT)) {
        return;
    }
    Value *list = value_get(parent, last);
    if (value_is_null(list)) {
        list = value_set(parent, last, value_array(), a);
    }
    if (value_is(list, VALUE_ARRAY)) {
        value_add(list, value_copy(&part->value, a), a);
    }
}

/* Has item all that wanted has? */
static bool item_matches(const Value *item, const Value *wanted)
{
    if (!value_is(wanted, VALUE_OBJECT)) {
        return value_equal(item, wanted);
    }
    VALUE_EACH_MEMBER(m, wanted) {
        const Value *v = value_get(item, member_key(m));
        if (!v || !value_equal(v, &m->value)) {
            return false;
        }
    }
    return true;
}

/* A list that nothing is left in goes, too. */
static void list_remove(Value *object, const RemedyPart *part, Arena *a)
{
    Str last;
    Value *parent = parent_of(object, part->pointer, false, a, &last);
    Value *list = value_get(parent, last);
    for (size_t i = value_len(list); i-- > 0;) {
        if (item_matches(value_item(list, i), &part->value)) {
            value_remove_item(list, i);
        }
    }
    if (value_is(list, VALUE_ARRAY) && list->len == 0) {
        value_remove(parent, last);
    }
}

bool remedy_same_object(const RemedyPart *a, const RemedyPart *b)
{
    if (a->of_workload || b->of_workload) {
        return a->of_workload && b->of_workload;
    }
    return str_eq(a->object.kind, b->object.kind) && str_eq(a->object.group, b->object.group) &&
           str_eq(a->object.namespace, b->object.namespace) &&
           str_eq(a->object.name, b->object.name);
}

static void apply_one(const RemedyPart *part, bool lists, Arena *a, Value *object)
{
    bool is_list = part->op == REMEDY_LIST_ADD || part->op == REMEDY_LIST_REMOVE;
    if (is_list != lists) {
        return;
    }
    switch (part->op) {
    case REMEDY_SET:
        set_field(object, part, a);
        follow_status(object, part, a);
        break;
    case REMEDY_REMOVE:
        remove_field(object, part, a);
        break;
    case REMEDY_LIST_ADD:
        list_add(object, part, a);
        break;
    case REMEDY_LIST_REMOVE:
        list_remove(object, part, a);
        break;
    case REMEDY_CREATE:
        *object = value_copy(&part->value, a);
        break;
    }
}

bool remedy_apply(const RemedyParts *parts, size_t skip, const RemedyPart *like, Arena *a,
                  Value *object)
{
    bool any = false;
    for (int lists = 0; lists < 2; lists++) {
        for (size_t i = 0; i < parts->count; i++) {
            if (i != skip && remedy_same_object(&parts->items[i], like)) {
                if (!any) {
                    *object = value_copy(object, a);
                    any = true;
                }
                apply_one(&parts->items[i], lists, a, object);
            }
        }
    }
    return any;
}

void remedy_objects(const RemedySearch *s, const RemedyParts *parts, RemedyWay *way)
{
    const Facts *facts = snapshot_facts(s->question->cluster);
    Value *objects = new(s->arena, Value, parts->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < parts->count; i++) {
        const RemedyPart *part = &parts->items[i];
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++) {
            seen = remedy_same_object(&parts->items[j], part);
        }
        if (seen) {
            continue;
        }
        const Value *base = part->of_workload ? s->question->object
                                              : facts->object(facts->cluster, part->object);
        Value object = base ? *base : value_object();
        if (remedy_apply(parts, SIZE_MAX, part, s->arena, &object)) {
            objects[count++] = object;
        }
    }
    way->objects = objects;
    way->object_count = count;
}

/* -- adding --------------------------------------------------------------------------------------
 */

/* "/spec/volumes/=data/hostPath" as `spec.volumes["data"].hostPath` */
static Str path_text(Str pointer, Arena *a)
{
    Buf b = buf_new(a);
    Str rest = pointer;
    Str name;
    bool is_map = false; /* the step before was one whose names have dots */
    while (pointer_next(&rest, a, &name)) {
        size_t index;
        if (name.len && name.ptr[0] == '=') {
            buf_printf(&b, "[\"%.*s\"]", STR_ARG(str_drop(name, 1)));
        } else if (is_map) {
            buf_printf(&b, "[%.*s]", STR_ARG(name));
        } else if (pointer_index(name, &index)) {
            buf_printf(&b, "[%zu]", index);
        } else {
            buf_printf(&b, "%s%.*s", b.len ? "." : "", STR_ARG(name));
        }
        is_map = str_eq(name, STR("annotations")) || str_eq(name, STR("labels")) ||
                 str_eq(name, STR("hard"));
    }
    return buf_str(&b);
}

/* An item that is told by its name alone is that name. */
static Str value_text(const Value *v, Arena *a)
{
    const Value *name = value_len(v) == 1 ? value_get_lit(v, "name") : NULL;
    v = name ? name : v;
    Buf b = buf_new(a);
    if (value_is(v, VALUE_STRING) && v->len) {
        Str text = value_as_str(v);
        bool plain = true;
        for (size_t i = 0; i < text.len; i++) {
            plain = plain && (unsigned char)text.ptr[i] > ' ' && text.ptr[i] != '"';
        }
        if (plain) {
            return text;
        }
    }
    json_write(v, &b);
    Str text = buf_str(&b);
    return text.len <= VALUE_SHOWN_MAX
               ? text
               : arena_concat(a, str_slice(text, 0, VALUE_SHOWN_MAX), STR("..."));
}

static Str part_text(const RemedyPart *part, Arena *a)
{
    Str value = value_text(&part->value, a);
    Str path = part->path;
    bool was = part->before.kind != VALUE_NULL && part->before.kind < VALUE_ARRAY;
    Str before = was ? arena_printf(a, " (was %.*s)", STR_ARG(value_text(&part->before, a)))
                     : STR("");
    switch (part->op) {
    case REMEDY_SET:
        return arena_printf(a, "set %.*s to %.*s%.*s", STR_ARG(path), STR_ARG(value),
                            STR_ARG(before));
    case REMEDY_REMOVE:
        return arena_printf(a, "remove %.*s%.*s", STR_ARG(path), STR_ARG(before));
    case REMEDY_LIST_ADD:
        return arena_printf(a, "add %.*s to %.*s", STR_ARG(value), STR_ARG(path));
    case REMEDY_LIST_REMOVE:
        return arena_printf(a, "remove %.*s from %.*s", STR_ARG(value), STR_ARG(path));
    case REMEDY_CREATE:
        return arena_printf(a, "create %.*s %.*s", STR_ARG(part->object.kind),
                            STR_ARG(part->object.name));
    }
    return STR("");
}

static bool same_field(const RemedyPart *a, const RemedyPart *b)
{
    return remedy_same_object(a, b) && str_eq(a->pointer, b->pointer);
}

/* A set or removal gives way to a later one of the same field; of list changes each value counts.
 */
static bool takes_place_of(const RemedyPart *later, const RemedyPart *part)
{
    if (!same_field(later, part)) {
        return false;
    }
    bool later_is_list = later->op == REMEDY_LIST_ADD || later->op == REMEDY_LIST_REMOVE;
    bool is_list = part->op == REMEDY_LIST_ADD || part->op == REMEDY_LIST_REMOVE;
    if (later_is_list || is_list) {
        return later->op == part->op && value_equal(&later->value, &part->value);
    }
    return true;
}

static void grow(RemedyParts *parts, Arena *a)
{
    size_t cap = parts->cap ? parts->cap * 2 : 16;
    RemedyPart *items = new(a, RemedyPart, cap);
    if (parts->count) {
        memcpy(items, parts->items, parts->count * sizeof(RemedyPart));
    }
    parts->items = items;
    parts->cap = cap;
}

void remedy_add(RemedySearch *s, RemedyParts *parts, RemedyPart part)
{
    Arena *a = s->arena;
    const Facts *facts = snapshot_facts(s->question->cluster);
    const Value *base = part.of_workload ? s->question->object
                                         : facts->object(facts->cluster, part.object);
    const Value *before = part.op == REMEDY_CREATE ? NULL : remedy_at(base, part.pointer, a);
    part.before = before ? *before : value_null();
    part.path = path_text(part.pointer, a);
    part.text = part_text(&part, a);
    for (size_t i = 0; i < parts->count; i++) {
        if (takes_place_of(&part, &parts->items[i])) {
            parts->items[i] = part;
            return;
        }
    }
    if (parts->count < REMEDY_PARTS_MAX) {
        if (parts->count == parts->cap) {
            grow(parts, a);
        }
        parts->items[parts->count++] = part;
    }
}
