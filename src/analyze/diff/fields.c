/* SPDX-License-Identifier: Apache-2.0 */
/* Two trees compared field by field. Recursion is over trees whose depth the readers have limited.
 */
#include "analyze/diff/private.h"

static void compare(DiffFields *f, Str path, const Value *before, const Value *after);

static bool is_secret_value(Str path)
{
    return str_starts_with(path, STR("data")) || str_starts_with(path, STR("stringData")) ||
           str_eq(path, STR("metadata.annotations[kubectl.kubernetes.io/"
                            "last-applied-configuration]"));
}

static const Value *hidden(Arena *a, const Value *v, const Value *other, const char *which)
{
    if (v == NULL) {
        return NULL;
    }
    Value *out = new(a, Value, 1);
    *out = value_str(other ? arena_printf(a, "*** (%s)", which) : STR("***"));
    return out;
}

static void add(DiffFields *f, Str path, const Value *before, const Value *after)
{
    if (f->hides && is_secret_value(path)) {
        if (f->has_no_keys || (f->has_no_values && (before == NULL) == (after == NULL))) {
            return;
        }
        const Value *old = before;
        before = hidden(f->arena, before, after, "before");
        after = hidden(f->arena, after, old, "after");
    }
    if (f->count == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 8;
        DiffField *grown = new(f->arena, DiffField, cap);
        if (f->count) {
            memcpy(grown, f->items, f->count * sizeof *grown);
        }
        f->items = grown;
        f->cap = cap;
    }
    f->items[f->count++] = (DiffField){ path, before, after };
}

/* -- objects ----------------------------------------------------------------------------------- */

/* Names that are fields follow a dot; those that people chose stand in brackets. */
static bool is_plain(Str key)
{
    for (size_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(i > 0 && c >= '0' && c <= '9')) {
            return false;
        }
    }
    return key.len > 0;
}

/* Maps whose keys people choose, and only they: always in brackets. */
static bool is_map(Str path)
{
    static const Str maps[] = { STR_INIT("labels"),      STR_INIT("annotations"),
                                STR_INIT("matchLabels"), STR_INIT("nodeSelector"),
                                STR_INIT("data"),        STR_INIT("stringData"),
                                STR_INIT("binaryData") };
    for (size_t i = 0; i < COUNT_OF(maps); i++) {
        Str start = str_cut_suffix(path, maps[i]);
        if (start.len < path.len && (start.len == 0 || start.ptr[start.len - 1] == '.')) {
            return true;
        }
    }
    return false;
}

static Str child(DiffFields *f, Str path, Str key, bool in_map)
{
    if (in_map || !is_plain(key)) {
        return arena_printf(f->arena, "%.*s[%.*s]", STR_ARG(path), STR_ARG(key));
    }
    return path.len ? arena_printf(f->arena, "%.*s.%.*s", STR_ARG(path), STR_ARG(key)) : key;
}

static void compare_objects(DiffFields *f, Str path, const Value *before, const Value *after)
{
    bool in_map = is_map(path);
    VALUE_EACH_MEMBER(m, before) {
        compare(f, child(f, path, member_key(m), in_map), &m->value,
                value_get(after, member_key(m)));
    }
    VALUE_EACH_MEMBER(m, after) {
        if (value_get(before, member_key(m)) == NULL) {
            compare(f, child(f, path, member_key(m), in_map), NULL, &m->value);
        }
    }
}

/* -- lists ------------------------------------------------------------------------------------- */

/* What tells the items of a list from each other, as far as it is unique in it. */
static const Str keys[] = { STR_INIT("name"),          STR_INIT("type"), STR_INIT("key"),
                            STR_INIT("containerPort"), STR_INIT("ip"),   STR_INIT("mountPath"),
                            STR_INIT("topologyKey") };

static Str key_text(const Value *item, Str key, Arena *a)
{
    const Value *v = value_get(item, key);
    OptInt64 number = value_as_int(v);
    return number.set ? arena_printf(a, "%lld", (long long)number.value) : value_as_str(v);
}

/* The items by key; false when one has none, or two have the same. */
static bool map_items(DiffFields *f, const Value *list, Str key, Map *out)
{
    *out = map_new(f->arena);
    VALUE_EACH_ITEM(item, list) {
        Str text = item->kind == VALUE_OBJECT ? key_text(item, key, f->arena) : STR_ABSENT;
        if (text.len == 0 || map_has(out, text)) {
            return false;
        }
        map_set(out, text, item);
    }
    return true;
}

static Value keys_of(const Map *m, const Map *other, Arena *a)
{
    Value list = value_array();
    for (size_t i = 0; i < m->count; i++) {
        if (map_has(other, m->entries[i].key)) {
            value_add(&list, value_str(m->entries[i].key), a);
        }
    }
    return list;
}

/* Items that both have, in another order. */
static void compare_order(DiffFields *f, Str path, const Map *left, const Map *right)
{
    Value *orders = new(f->arena, Value, 2);
    orders[0] = keys_of(left, right, f->arena);
    orders[1] = keys_of(right, left, f->arena);
    if (!value_equal(&orders[0], &orders[1])) {
        add(f, arena_concat(f->arena, path, STR(" (order)")), &orders[0], &orders[1]);
    }
}

static bool compare_by_key(DiffFields *f, Str path, const Value *before, const Value *after)
{
    Map left, right;
    size_t k = 0;
    while (k < COUNT_OF(keys) &&
           !(map_items(f, before, keys[k], &left) && map_items(f, after, keys[k], &right))) {
        k++;
    }
    if (k == COUNT_OF(keys)) {
        return false;
    }
    for (size_t i = 0; i < left.count; i++) {
        Str key = left.entries[i].key;
        compare(f, arena_printf(f->arena, "%.*s[%.*s]", STR_ARG(path), STR_ARG(key)),
                left.entries[i].value, map_get(&right, key));
    }
    for (size_t i = 0; i < right.count; i++) {
        Str key = right.entries[i].key;
        if (!map_has(&left, key)) {
            compare(f, arena_printf(f->arena, "%.*s[%.*s]", STR_ARG(path), STR_ARG(key)), NULL,
                    right.entries[i].value);
        }
    }
    compare_order(f, path, &left, &right);
    return true;
}

/* Items without keys: those at both ends that are equal are left out, and the rest is compared in
 * pairs where there are as many of both, or told whole. */
static void compare_by_place(DiffFields *f, Str path, const Value *before, const Value *after)
{
    size_t start = 0, end = 0, n = before->len, m = after->len;
    while (start < n && start < m && value_equal(&before->items[start], &after->items[start])) {
        start++;
    }
    while (end < n - start && end < m - start &&
           value_equal(&before->items[n - 1 - end], &after->items[m - 1 - end])) {
        end++;
    }
    bool pairs = n == m;
    for (size_t i = start; i < n - end; i++) {
        Str at = arena_printf(f->arena, "%.*s[%zu]", STR_ARG(path), i);
        compare(f, at, &before->items[i], pairs ? &after->items[i] : NULL);
    }
    for (size_t i = start; !pairs && i < m - end; i++) {
        Str at = arena_printf(f->arena, "%.*s[%zu]", STR_ARG(path), i);
        compare(f, at, NULL, &after->items[i]);
    }
}

static bool has_only_scalars(const Value *list)
{
    VALUE_EACH_ITEM(item, list) {
        if (item->kind >= VALUE_ARRAY) {
            return false;
        }
    }
    return true;
}

static void compare_lists(DiffFields *f, Str path, const Value *before, const Value *after)
{
    if (has_only_scalars(before) && has_only_scalars(after)) {
        add(f, path, before, after);
    } else if (!compare_by_key(f, path, before, after)) {
        compare_by_place(f, path, before, after);
    }
}

/* -- anything ---------------------------------------------------------------------------------- */

/* Where {} says no more than nothing does. Elsewhere it may: a selector that is {} selects all. */
static bool empty_is_nothing(Str path)
{
    return is_map(path) || str_eq(path, STR("spec")) || str_starts_with(path, STR("status")) ||
           str_starts_with(path, STR("metadata")) || str_ends_with(path, STR(".resources"));
}

/* Nothing, in one of its forms: not there, null, [] and sometimes {}. */
static bool is_nothing(Str path, const Value *v)
{
    if (value_is_null(v) || (v->kind == VALUE_ARRAY && v->len == 0)) {
        return true;
    }
    if (v->kind != VALUE_OBJECT || !empty_is_nothing(path)) {
        return false;
    }
    bool goes_in = str_starts_with(path, STR("status")); /* {"loadBalancer":{}} */
    VALUE_EACH_MEMBER(m, v) {
        if (!goes_in || !is_nothing(path, &m->value)) {
            return false;
        }
    }
    return true;
}

static void compare(DiffFields *f, Str path, const Value *before, const Value *after)
{
    if (!f->all_fields && diff_is_noise(path)) {
        return;
    }
    if ((is_nothing(path, before) && is_nothing(path, after)) ||
        (before && after && value_equal(before, after))) {
        return;
    }
    bool opens = f->hides && is_secret_value(path); /* key by key, so that each is hidden */
    if (before == NULL || after == NULL) {
        static const Value empty = { .kind = VALUE_OBJECT };
        const Value *v = before ? before : after;
        bool is_object = v->kind == VALUE_OBJECT && v->len;
        /* maps, metadata and status are told by their parts; a container is told whole */
        if (is_object && (opens || is_map(path) || str_eq(path, STR("metadata")))) {
            compare_objects(f, path, before ? before : &empty, after ? after : &empty);
        } else {
            add(f, path, before, after);
        }
    } else if (before->kind == VALUE_OBJECT && after->kind == VALUE_OBJECT) {
        compare_objects(f, path, before, after);
    } else if (before->kind == VALUE_ARRAY && after->kind == VALUE_ARRAY) {
        compare_lists(f, path, before, after);
    } else {
        add(f, path, before, after);
    }
}

void diff_fields(DiffFields *f, const Value *before, const Value *after)
{
    compare(f, STR(""), before, after);
}
