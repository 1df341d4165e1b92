/* SPDX-License-Identifier: Apache-2.0 */
/* metadata.managedFields in and out. */
#include "kube/managed/entries.h"

#include "doc/json.h"

#include <stdlib.h>

static void id_part(Str name, Str value, Buf *b)
{
    if (value.len) {
        buf_byte(b, b->len ? ',' : '{');
        json_write_str(name, false, b);
        buf_byte(b, ':');
        json_write_str(value, true, b);
    }
}

Str managed_entry_id(const ManagedEntry *e, Arena *a)
{
    Buf b = buf_new(a);
    id_part(STR("manager"), e->manager, &b);
    id_part(STR("operation"), e->operation, &b);
    if (!managed_entry_is_apply(e)) {
        id_part(STR("apiVersion"), e->api_version, &b);
    }
    id_part(STR("subresource"), e->subresource, &b);
    buf_add(&b, b.len ? STR("}") : STR("{}"));
    return buf_str(&b);
}

ManagedEntries managed_entries_new(Arena *a)
{
    return (ManagedEntries){ .arena = a, .by_id = map_new(a) };
}

ManagedEntry *managed_entries_find(const ManagedEntries *entries, Str id)
{
    ManagedEntry *e = map_get(&entries->by_id, id);
    return e && !e->is_gone ? e : NULL;
}

ManagedEntry *managed_entries_at(ManagedEntries *entries, const ManagedEntry *like)
{
    void **place = map_at(&entries->by_id, like->id);
    ManagedEntry *e = *place;
    if (!e) {
        e = *place = new(entries->arena, ManagedEntry, 1);
    }
    if (!e->id.ptr || e->is_gone) {
        const Value *time = e->time;
        *e = *like;
        e->time = time;
        e->set = (FieldSet){ NULL, 0 };
        e->source = NULL;
        e->is_gone = false;
    }
    return e;
}

size_t managed_entries_count(const ManagedEntries *entries)
{
    size_t count = 0;
    MANAGED_EACH_ENTRY(e, entries) {
        count++;
    }
    return count;
}

bool managed_is_reset(const Value *list)
{
    return value_is(list, VALUE_ARRAY) &&
           (list->len == 0 || (list->len == 1 && value_len(&list->items[0]) == 0));
}

bool managed_entries_read(const Value *list, const KubeTarget *target, Arena *a,
                          ManagedEntries *out)
{
    ManagedEntries entries = managed_entries_new(a);
    *out = entries;
    VALUE_EACH_ITEM(item, list) {
        ManagedEntry *e = new(a, ManagedEntry, 1);
        e->manager = value_get_str(item, STR("manager"));
        e->operation = value_get_str(item, STR("operation"));
        e->api_version = value_get_str(item, STR("apiVersion"));
        if (target->minor >= 22) {
            e->subresource = value_get_str(item, STR("subresource"));
        }
        e->time = value_get_lit(item, "time");
        e->source = value_get_lit(item, "fieldsV1");
        if (!str_eq(value_get_str(item, STR("fieldsType")), STR("FieldsV1")) ||
            !field_set_read(e->source, a, &e->set)) {
            return false;
        }
        e->id = managed_entry_id(e, a);
        map_set(&entries.by_id, e->id, e); /* of two the last counts */
    }
    *out = entries;
    return true;
}

/* -- writing ------------------------------------------------------------------------------------
 */

/* Canonical times sort as their texts do; none counts as 1970. */
static Str sort_time(const ManagedEntry *e)
{
    Str time = value_as_str(e->time);
    return time.ptr ? time : STR("1970-01-01T00:00:00Z");
}

static int by_operation_and_time(const void *x, const void *y)
{
    const ManagedEntry *a = *(const ManagedEntry *const *)x;
    const ManagedEntry *b = *(const ManagedEntry *const *)y;
    int c = str_cmp(a->operation, b->operation);
    c = c ? c : str_cmp(sort_time(a), sort_time(b));
    c = c ? c : str_cmp(a->manager, b->manager);
    c = c ? c : str_cmp(a->api_version, b->api_version);
    return c ? c : str_cmp(a->subresource, b->subresource);
}

static void put(Value *object, Str key, Value v)
{
    object->members[object->len++] =
        (Member){ .key = key.ptr, .key_len = (uint32_t)key.len, .value = v };
}

static void put_str(Value *object, Str key, Str text)
{
    if (text.len) {
        put(object, key, value_str(text));
    }
}

static Value write_entry(const ManagedEntry *e, Arena *a)
{
    Value out = value_object();
    out.members = arena_alloc(a, 7 * sizeof(Member));
    put_str(&out, STR("manager"), e->manager);
    put_str(&out, STR("operation"), e->operation);
    put_str(&out, STR("apiVersion"), e->api_version);
    if (e->time) {
        put(&out, STR("time"), *e->time);
    }
    put(&out, STR("fieldsType"), value_str(STR("FieldsV1")));
    put(&out, STR("fieldsV1"), e->source ? *e->source : field_set_write(e->set, a));
    put_str(&out, STR("subresource"), e->subresource);
    return out;
}

Value managed_entries_write(const ManagedEntries *entries)
{
    Arena *a = entries->arena;
    const ManagedEntry **sorted = arena_alloc(a, entries->by_id.count * sizeof(*sorted));
    uint32_t count = 0;
    MANAGED_EACH_ENTRY(e, entries) {
        sorted[count++] = e;
    }
    qsort(sorted, count, sizeof(*sorted), by_operation_and_time);
    Value out = value_array();
    out.items = arena_alloc(a, count * sizeof(Value));
    for (uint32_t i = 0; i < count; i++) {
        out.items[out.len++] = write_entry(sorted[i], a);
    }
    return out;
}
