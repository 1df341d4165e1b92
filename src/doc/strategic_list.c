/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategic merge patch: lists. Lists of objects are merged by a key, lists of scalars as sets.
 *
 * Items are found by their key through maps, so that long lists are not compared pair by pair.
 */
#include "doc/strategic_list.h"

#include "doc/json.h"

#include <stdlib.h>

/* -- keys ------------------------------------------------------------------------------------- */

/* What tells an item of a list: the value of its merge key, or a scalar itself. NULL when an object
 * has no such member. */
static const Value *key_of(const Value *item, Str merge_key)
{
    return item->kind == VALUE_OBJECT ? value_get(item, merge_key) : item;
}

/* The first place of each key in a list. A key that is missing counts as null. */
typedef struct KeyIndex {
    Map strings;
    Map others; /* by their JSON */
    Arena *arena;
} KeyIndex;

/* The map that holds a key, and its name there. */
static Map *index_place(KeyIndex *index, const Value *key, Str *name)
{
    *name = value_as_str(key);
    if (name->ptr) {
        return &index->strings;
    }
    static const Value null = { .kind = VALUE_NULL };
    Buf b = buf_new(index->arena);
    json_write(key ? key : &null, &b);
    buf_byte(&b, key && key->kind == VALUE_FLOAT ? 'f' : ' '); /* 1.0 is not 1 */
    *name = buf_str(&b);
    return &index->others;
}

static void **index_slot(KeyIndex *index, const Value *key)
{
    Str name;
    Map *map = index_place(index, key, &name);
    return map_at(map, name);
}

static KeyIndex index_new(const Value *list, Str merge_key, Arena *a)
{
    KeyIndex index = { map_new(a), map_new(a), a };
    for (uint32_t i = 0; i < list->len; i++) {
        void **slot = index_slot(&index, key_of(&list->items[i], merge_key));
        if (!*slot) {
            *slot = (void *)((uintptr_t)i + 1);
        }
    }
    return index;
}

/* The place, or -1. */
static ptrdiff_t index_find(KeyIndex *index, const Value *key)
{
    Str name;
    const Map *map = index_place(index, key, &name);
    return (ptrdiff_t)(uintptr_t)map_get(map, name) - 1;
}

static bool no_merge_key(const Strategic *s, const Value *item, Str merge_key)
{
    return strategic_fail(s, ERR_TYPE, "map: %.*s does not contain declared merge key: %.*s",
                          STR_ARG(strategic_go_value(item, s->arena)), STR_ARG(merge_key));
}

/* Every item an object that has the key? */
static bool check_merge_keys(const Strategic *s, const Value *list, Str merge_key)
{
    VALUE_EACH_ITEM(item, list) {
        if (item->kind != VALUE_OBJECT) {
            return strategic_bad_type(s, STR("map[string]interface {}"), item);
        }
        const Value *key = value_get(item, merge_key);
        if (!key) {
            return no_merge_key(s, item, merge_key);
        }
        if (key->kind >= VALUE_ARRAY) {
            return strategic_bad_type(s, STR("string"), key);
        }
    }
    return true;
}

/* -- the type of items ------------------------------------------------------------------------ */

static bool same_go_type(const Value *a, const Value *b)
{
    bool both_large = (a->kind == VALUE_UINT || a->kind == VALUE_FLOAT) &&
                      (b->kind == VALUE_UINT || b->kind == VALUE_FLOAT);
    return a->kind == b->kind || both_large;
}

/* All items of both lists must be of one type, and no lists. *are_objects when they are that. */
static bool check_item_types(const Strategic *s, const Value *first, const Value *second,
                             bool *are_objects)
{
    const Value *lists[] = { first, second };
    const Value *some = NULL;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        VALUE_EACH_ITEM(item, lists[i]) {
            if (item->kind == VALUE_NULL) {
                return strategic_bad_type(s, STR("map[string]interface {}"), item);
            }
            if (!some && item->kind == VALUE_ARRAY) {
                return strategic_fail(s, ERR_UNSUPPORTED, "lists of lists are not supported");
            }
            if (some && !same_go_type(some, item)) {
                return strategic_fail(s, ERR_TYPE,
                                      "list element types are not identical: [%.*s %.*s]",
                                      STR_ARG(strategic_go_value(first, s->arena)),
                                      STR_ARG(strategic_go_value(second, s->arena)));
            }
            some = item;
        }
    }
    if (!some) {
        return strategic_fail(s, ERR_TYPE, "no elements in any of the given slices");
    }
    *are_objects = some->kind == VALUE_OBJECT;
    return true;
}

/* -- order ------------------------------------------------------------------------------------ */

typedef struct Placed {
    ptrdiff_t order; /* -1 when the order does not name it */
    size_t place;
    Value item;
} Placed;

static int by_order(const void *a, const void *b)
{
    const Placed *x = a;
    const Placed *y = b;
    if (x->order != y->order) {
        return x->order < y->order ? -1 : 1;
    }
    return x->place < y->place ? -1 : x->place > y->place;
}

/* Items that the order does not name are less than and greater than all others: where they end up
 * is an accident of sorting by insertion, which is kept for lists short enough to be sorted so. */
static void sort_with_strangers(Placed *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t k = i; k > 0; k--) {
            bool both = items[k].order >= 0 && items[k - 1].order >= 0;
            if (both && items[k].order >= items[k - 1].order) {
                break;
            }
            Placed swap = items[k];
            items[k] = items[k - 1];
            items[k - 1] = swap;
        }
    }
}

static bool is_deletion(const Value *item)
{
    return str_eq(value_get_str(item, STR(DIRECTIVE)), STR("delete"));
}

/* list in the order of another list; what is marked for deletion goes to the end. */
static void sort_list(const Strategic *s, Value *list, const Value *order, Str merge_key)
{
    enum { INSERTION_MAX = 20 };
    Placed *items = new(s->arena, Placed, list->len);
    Placed *deletions = new(s->arena, Placed, list->len);
    size_t count = 0;
    size_t deletion_count = 0;
    bool has_strangers = false;
    KeyIndex index = index_new(order, merge_key, s->arena);
    for (uint32_t i = 0; i < list->len; i++) {
        const Value *item = &list->items[i];
        if (is_deletion(item)) {
            deletions[deletion_count++].item = *item;
            continue;
        }
        ptrdiff_t at = index_find(&index, key_of(item, merge_key));
        has_strangers |= at < 0;
        items[count++] = (Placed){ at, i, *item };
    }
    if (has_strangers && count <= INSERTION_MAX) {
        sort_with_strangers(items, count);
    } else if (count) {
        qsort(items, count, sizeof(Placed), by_order);
    }
    for (size_t i = 0; i < count; i++) {
        list->items[i] = items[i].item;
    }
    for (size_t i = 0; i < deletion_count; i++) {
        list->items[count + i] = deletions[i].item;
    }
}

/* Those of list that other names by key go to *named, the rest to *rest. */
static void partition(const Strategic *s, const Value *list, const Value *other, Str merge_key,
                      Value *named, Value *rest)
{
    KeyIndex index = index_new(other, merge_key, s->arena);
    *named = value_array();
    *rest = value_array();
    VALUE_EACH_ITEM(item, list) {
        bool found = index_find(&index, key_of(item, merge_key)) >= 0;
        value_add(found ? named : rest, *item, s->arena);
    }
}

/* Both lists, each in its order; where the live order knows two items, it says which comes first.
 */
static Value interleave(const Strategic *s, const Value *server, const Value *patch,
                        const Value *live, Str merge_key)
{
    KeyIndex index = index_new(live, merge_key, s->arena);
    Value out = value_array();
    uint32_t i = 0;
    uint32_t k = 0;
    while (i < server->len || k < patch->len) {
        bool take_server = k == patch->len;
        if (!take_server && i < server->len) {
            ptrdiff_t server_at = index_find(&index, key_of(&server->items[i], merge_key));
            ptrdiff_t patch_at = index_find(&index, key_of(&patch->items[k], merge_key));
            take_server = server_at >= 0 && patch_at >= 0 && server_at < patch_at;
        }
        value_add(&out, take_server ? server->items[i++] : patch->items[k++], s->arena);
    }
    return out;
}

static bool put_in_order(const Strategic *s, Value *merged, const Value *order, const Value *live,
                         Str merge_key, bool are_objects)
{
    Value named;
    Value rest;
    if (merge_key.len && !check_merge_keys(s, merged, merge_key)) {
        return false;
    }
    partition(s, merged, order, merge_key, &named, &rest);
    if (are_objects &&
        (!check_merge_keys(s, order, merge_key) || !check_merge_keys(s, live, merge_key))) {
        return false;
    }
    sort_list(s, &named, order, merge_key);
    sort_list(s, &rest, live, merge_key);
    *merged = interleave(s, &rest, &named, live, merge_key);
    return true;
}

bool strategic_set_order(const Strategic *s, Value *merged, const Value *order,
                         const Value *original, const Value *patch, Str merge_key)
{
    bool are_objects;
    return check_item_types(s, original, patch, &are_objects) &&
           put_in_order(s, merged, order, original, merge_key, are_objects);
}

bool strategic_check_order(const Strategic *s, const Value *patch, const Value *order,
                           Str merge_key)
{
    if (patch->len == 0 || order->len == 0) {
        return true;
    }
    uint32_t at = 0;
    VALUE_EACH_ITEM(item, patch) {
        if (merge_key.len && item->kind != VALUE_OBJECT) {
            return strategic_bad_type(s, STR("map[string]interface {}"), item);
        }
        if (merge_key.len && is_deletion(item)) {
            continue;
        }
        /* Other directives are passed over, but not behind the last that the order names. */
        bool found = value_get(item, STR(DIRECTIVE)) && at < order->len;
        while (!found && at < order->len) {
            const Value *next = &order->items[at++];
            if (merge_key.len && next->kind != VALUE_OBJECT) {
                return strategic_bad_type(s, STR("map[string]interface {}"), next);
            }
            const Value *key = key_of(item, merge_key);
            const Value *next_key = key_of(next, merge_key);
            if (!key || !next_key) {
                return no_merge_key(s, key ? next : item, merge_key);
            }
            found = key->kind == next_key->kind && value_equal(key, next_key);
        }
        if (!found) {
            return strategic_fail(s, ERR_TYPE,
                                  "The order in patch list:\n%.*s\n doesn't match %s list:\n%.*s\n",
                                  STR_ARG(strategic_go_value(patch, s->arena)), SET_ELEMENT_ORDER,
                                  STR_ARG(strategic_go_value(order, s->arena)));
        }
    }
    return true;
}

/* -- merging ---------------------------------------------------------------------------------- */

/* What the patch deletes is gone from *original, and *patch without directives. With a $patch:
 * replace among them *original is what the patch has otherwise, and *patch is empty. */
static bool apply_directives(const Strategic *s, Value *original, Value *patch, Str merge_key)
{
    Value plain = value_array();
    bool is_replacement = false;
    VALUE_EACH_ITEM(item, patch) {
        const Value *directive = value_get(item, STR(DIRECTIVE));
        Str word = value_as_str(directive);
        if (!directive) {
            value_add(&plain, *item, s->arena);
        } else if (str_eq(word, STR("delete"))) {
            const Value *key = value_get(item, merge_key);
            if (!key) {
                return no_merge_key(s, item, merge_key);
            }
            uint32_t kept = 0;
            for (uint32_t i = 0; i < original->len; i++) {
                const Value *other = value_get(&original->items[i], merge_key);
                if (!other || other->kind != key->kind || !value_equal(other, key)) {
                    original->items[kept++] = original->items[i];
                }
            }
            original->len = kept;
        } else if (str_eq(word, STR("replace"))) {
            is_replacement = true;
        } else if (str_eq(word, STR("merge"))) {
            return strategic_fail(s, ERR_TYPE,
                                  "merging lists cannot yet be specified in the patch");
        } else {
            return strategic_bad_directive(s, directive, item);
        }
    }
    *patch = is_replacement ? value_array() : plain;
    if (is_replacement) {
        *original = plain;
    }
    return true;
}

static bool merge_objects(const Strategic *s, Value *original, const Value *patch,
                          const StrategicField *field)
{
    KeyIndex index = index_new(original, field->merge_key, s->arena);
    VALUE_EACH_ITEM(item, patch) {
        const Value *key = value_get(item, field->merge_key);
        if (!key) {
            return no_merge_key(s, item, field->merge_key);
        }
        if (key->kind >= VALUE_ARRAY) {
            return strategic_bad_type(s, STR("string"), key);
        }
        void **slot = index_slot(&index, key);
        if (*slot) {
            size_t at = (size_t)(uintptr_t)*slot - 1;
            if (!strategic_merge_map(s, &original->items[at], item, field->type)) {
                return false;
            }
        } else {
            value_add(original, *item, s->arena);
            *slot = (void *)(uintptr_t)original->len;
        }
    }
    return true;
}

static Value without(const Strategic *s, const Value *list, const Value *gone)
{
    KeyIndex index = index_new(gone, STR_ABSENT, s->arena);
    Value out = value_array();
    VALUE_EACH_ITEM(item, list) {
        if (index_find(&index, item) < 0) {
            value_add(&out, *item, s->arena);
        }
    }
    return out;
}

/* Each scalar of both lists once. */
static Value unite(const Strategic *s, const Value *first, const Value *second)
{
    KeyIndex index = { map_new(s->arena), map_new(s->arena), s->arena };
    const Value *lists[] = { first, second };
    Value out = value_array();
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        VALUE_EACH_ITEM(item, lists[i]) {
            void **slot = index_slot(&index, item);
            if (!*slot) {
                *slot = item;
                value_add(&out, *item, s->arena);
            }
        }
    }
    return out;
}

/* The places that count items have left in a list, taken by those behind its end. */
static void refill(const Strategic *s, Value *live, const Value *merged, uint32_t count)
{
    uint32_t kept = live->len;
    for (uint32_t i = kept; i < merged->len && i < kept + count; i++) {
        value_add(live, merged->items[i], s->arena);
    }
}

static bool merge_object_lists(const Strategic *s, Value *original, Value *patch,
                               const StrategicField *field, Value *live)
{
    Str merge_key = field->merge_key;
    uint32_t len_before = original->len;
    if (merge_key.len == 0) {
        return strategic_fail(s, ERR_TYPE, "cannot merge lists without merge key for %.*s",
                              STR_ARG(s->facts->go_kind(s->facts->schema, field->type)));
    }
    Value changes = *patch;
    if (!apply_directives(s, original, &changes, merge_key)) {
        return false;
    }
    Value kept = value_copy(original, s->arena);
    if (!merge_objects(s, original, &changes, field)) {
        return false;
    }
    if (live) {
        *live = value_copy(&kept, s->arena);
        refill(s, live, original, len_before > kept.len ? len_before - kept.len : 0);
    }
    return put_in_order(s, original, &changes, &kept, merge_key, true);
}

bool strategic_merge_list(const Strategic *s, Value *original, Value *patch,
                          const StrategicField *field, bool is_deletion_list, Value *live)
{
    bool are_objects;
    if (live) {
        *live = value_copy(original, s->arena);
    }
    if (!field->merge) {
        *original = *patch;
        return true;
    }
    if (original->len == 0 && patch->len == 0) {
        return true;
    }
    if (!check_item_types(s, original, patch, &are_objects)) {
        return false;
    }
    if (are_objects) {
        return merge_object_lists(s, original, patch, field, live);
    }
    if (is_deletion_list) {
        *original = without(s, original, patch);
        return true;
    }
    Value merged = unite(s, original, patch);
    if (!put_in_order(s, &merged, patch, original, field->merge_key, false)) {
        return false;
    }
    *original = merged;
    return true;
}
