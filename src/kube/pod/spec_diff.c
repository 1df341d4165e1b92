/* SPDX-License-Identifier: Apache-2.0 */
/* Semantic comparison of pod specs. Recursion is as deep as the trees, which the readers limit. */
#include "kube/pod/spec_diff.h"

#include "kube/pod/member_index.h"
#include "kube/quantity.h"

typedef struct Diff {
    Buf *paths;
    size_t found;
} Diff;

/* Members that are maps in Go, so that an empty one is none; empty structs are something. */
static bool is_map(Str member)
{
    static const Str maps[] = {
        STR_INIT("annotations"), STR_INIT("labels"),   STR_INIT("limits"),
        STR_INIT("matchLabels"), STR_INIT("options"),  STR_INIT("nodeSelector"),
        STR_INIT("overhead"),    STR_INIT("requests"), STR_INIT("volumeAttributes"),
    };
    return str_list_has((StrList){ maps, COUNT_OF(maps) }, member);
}

/* Maps of quantities, and members that are one. */
static bool holds_quantities(Str member)
{
    static const Str names[] = { STR_INIT("limits"), STR_INIT("requests"), STR_INIT("overhead"),
                                 STR_INIT("sizeLimit"), STR_INIT("divisor") };
    return str_list_has((StrList){ names, COUNT_OF(names) }, member);
}

static bool is_none(const Value *v, Str member)
{
    return value_is_null(v) || (value_is(v, VALUE_ARRAY) && v->len == 0) ||
           (value_is(v, VALUE_OBJECT) && v->len == 0 && is_map(member));
}

static void found(Diff *d, const Path *path)
{
    d->found++;
    if (d->found <= SPEC_DIFF_MAX) {
        buf_byte(d->paths, '\n');
        path_write(path, d->paths);
    }
}

static bool same_amount(const Value *a, const Value *b)
{
    Quantity x;
    Quantity y;
    return quantity_parse(value_as_str(a), NULL, &x, NULL) &&
           quantity_parse(value_as_str(b), NULL, &y, NULL) && quantity_cmp(&x, &y) == 0;
}

/* member   the name a and b stand under; of the list for its items */
static void compare(Diff *d, const Value *a, const Value *b, Str member, bool is_amount,
                    const Path *path)
{
    bool a_none = is_none(a, member);
    bool b_none = is_none(b, member);
    if (a_none || b_none) {
        if (a_none != b_none) {
            found(d, path);
        }
    } else if (a->kind == VALUE_OBJECT && b->kind == VALUE_OBJECT) {
        MemberIndex of_a = member_index_new(a, d->paths->arena);
        MemberIndex of_b = member_index_new(b, d->paths->arena);
        VALUE_EACH_MEMBER(m, a) {
            Str key = member_key(m);
            Path at = is_map(member) ? path_key(path, key) : path_child_str(path, key);
            compare(d, &m->value, member_index_get(&of_b, key), key,
                    holds_quantities(is_map(member) ? member : key), &at);
        }
        VALUE_EACH_MEMBER(m, b) {
            Str key = member_key(m);
            Path at = is_map(member) ? path_key(path, key) : path_child_str(path, key);
            if (!member_index_get(&of_a, key)) {
                compare(d, NULL, &m->value, key, false, &at);
            }
        }
    } else if (a->kind == VALUE_ARRAY && b->kind == VALUE_ARRAY) {
        uint32_t longest = a->len > b->len ? a->len : b->len;
        for (uint32_t i = 0; i < longest; i++) {
            Path at = path_index(path, i);
            const Value *x = value_item(a, i);
            const Value *y = value_item(b, i);
            if (!x || !y) {
                found(d, &at);
            } else {
                compare(d, x, y, STR(""), false, &at);
            }
        }
    } else if (!value_equal(a, b) && !(is_amount && same_amount(a, b))) {
        found(d, path);
    }
}

bool spec_diff_is_same(const Value *a, const Value *b, const Path *path, Buf *paths)
{
    Diff d = { .paths = paths };
    compare(&d, a, b, STR(""), false, path);
    return d.found == 0;
}
