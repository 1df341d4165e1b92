/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Merge Patch. Recursion is over trees whose depth the readers have limited; the result is no
 * deeper than the deeper of the two. */
#include "doc/merge.h"

#include "base/map.h"

enum { INDEX_FROM_MEMBERS = 32 }; /* larger objects are looked up through a map */

static Value *find_member(const Value *object, const Map *index, Str key)
{
    return object->len > INDEX_FROM_MEMBERS ? map_get(index, key) : value_get(object, key);
}

static Map index_members(const Value *object, Arena *a)
{
    Map index = map_new(a);
    if (object->len > INDEX_FROM_MEMBERS) {
        VALUE_EACH_MEMBER(m, object) {
            map_set(&index, member_key(m), &m->value);
        }
    }
    return index;
}

typedef struct Merging {
    Arena *arena;
    bool as_server;
} Merging;

/* v without its null members, at every depth; in lists only as the API server does it. */
static Value prune_nulls(const Merging *m, const Value *v)
{
    Value out = *v;
    out.grown = 0;
    out.len = 0;
    if (v->kind == VALUE_OBJECT && v->len) {
        out.members = arena_alloc(m->arena, v->len * sizeof(Member));
        VALUE_EACH_MEMBER(member, v) {
            if (member->value.kind != VALUE_NULL) {
                Member *kept = &out.members[out.len++];
                *kept = *member;
                kept->value = prune_nulls(m, &member->value);
            }
        }
        return out;
    }
    if (v->kind == VALUE_ARRAY && v->len && m->as_server) {
        out.items = arena_alloc(m->arena, v->len * sizeof(Value));
        VALUE_EACH_ITEM(item, v) {
            if (item->kind != VALUE_NULL) {
                out.items[out.len++] = prune_nulls(m, item);
            }
        }
        return out;
    }
    return *v;
}

static Value merge(const Merging *m, const Value *target, const Value *patch)
{
    if (target->kind != VALUE_OBJECT) {
        return prune_nulls(m, patch);
    }
    if (patch->kind != VALUE_OBJECT) {
        return *patch;
    }
    Value out = value_object();
    Map in_patch = index_members(patch, m->arena);
    Map in_target = index_members(target, m->arena);
    if (target->len + patch->len == 0) {
        return out;
    }
    out.members = arena_alloc(m->arena, ((size_t)target->len + patch->len) * sizeof(Member));
    VALUE_EACH_MEMBER(kept, target) {
        const Value *change = find_member(patch, &in_patch, member_key(kept));
        if (change && change->kind == VALUE_NULL) {
            continue;
        }
        Member *member = &out.members[out.len++];
        *member = *kept;
        if (change) {
            member->value = kept->value.kind == VALUE_NULL ? prune_nulls(m, change)
                                                           : merge(m, &kept->value, change);
        }
    }
    VALUE_EACH_MEMBER(added, patch) {
        if (added->value.kind != VALUE_NULL &&
            !find_member(target, &in_target, member_key(added))) {
            Member *member = &out.members[out.len++];
            *member = *added;
            member->value = prune_nulls(m, &added->value);
        }
    }
    return out;
}

Value merge_apply(const Value *target, const Value *patch, Arena *a)
{
    return merge(&(Merging){ .arena = a }, target, patch);
}

bool merge_apply_as_server(const Value *target, const Value *patch, Arena *a, Value *out, Err *err)
{
    if (patch->kind < VALUE_ARRAY) {
        return err_set(err, a, ERR_SYNTAX, "Invalid JSON Patch");
    }
    Merging m = { .arena = a, .as_server = true };
    *out = patch->kind == VALUE_ARRAY ? prune_nulls(&m, patch) : merge(&m, target, patch);
    return true;
}

Value merge_diff(const Value *from, const Value *to, Arena *a)
{
    if (from->kind != VALUE_OBJECT || to->kind != VALUE_OBJECT) {
        return *to;
    }
    Value patch = value_object();
    Map in_from = index_members(from, a);
    Map in_to = index_members(to, a);
    if (from->len + to->len == 0) {
        return patch;
    }
    patch.members = arena_alloc(a, ((size_t)from->len + to->len) * sizeof(Member));
    VALUE_EACH_MEMBER(gone, from) {
        if (value_is_null(find_member(to, &in_to, member_key(gone)))) {
            patch.members[patch.len++] = (Member){ gone->key, gone->key_len, value_null() };
        }
    }
    VALUE_EACH_MEMBER(m, to) {
        const Value *before = find_member(from, &in_from, member_key(m));
        if (m->value.kind == VALUE_NULL || (before && value_equal(before, &m->value))) {
            continue;
        }
        bool both = before && before->kind == VALUE_OBJECT && m->value.kind == VALUE_OBJECT;
        Member *changed = &patch.members[patch.len++];
        *changed = *m;
        changed->value = both ? merge_diff(before, &m->value, a) : m->value;
    }
    return patch;
}
