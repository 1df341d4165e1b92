/* SPDX-License-Identifier: Apache-2.0 */
/* Reading YAML: lists and mappings out of their children, merge keys. */
#include "doc/duplicates.h"
#include "doc/yaml_reader.h"

bool yaml_fail_at(YamlReader *r, ErrCode code, uint32_t line, uint32_t column, Str message)
{
    return err_set(r->err, r->arena, code, "%.*s:%u:%u: %.*s", STR_ARG(r->name), line + 1,
                   column + 1, STR_ARG(message));
}

static bool duplicate_error(YamlReader *r, const YamlSlot *first, const YamlSlot *second)
{
    Buf b = buf_new(r->arena);
    buf_lit(&b, "key ");
    buf_go_quoted(&b, value_as_str(&second->value));
    buf_printf(&b, " is set twice, first on line %u", first->line + 1);
    return yaml_fail_at(r, ERR_DUPLICATE, second->line, second->column, buf_str(&b));
}

Value yaml_build_list(YamlReader *r, const YamlSlot *slots, size_t count)
{
    Value list = value_array();
    if (count) {
        list.len = (uint32_t)count;
        list.items = arena_alloc(r->arena, count * sizeof(Value));
        for (size_t i = 0; i < count; i++) {
            list.items[i] = slots[i].value;
        }
    }
    return list;
}

/* Every key that was there before, with its place. */
static void note_repeated_keys(YamlReader *r, const YamlSlot *slots, size_t count)
{
    Map seen = map_new(r->arena);
    for (size_t i = 0; i < count; i++) {
        Str key = value_as_str(&slots[2 * i].value);
        if (!map_has(&seen, key)) {
            map_set(&seen, key, NULL);
            continue;
        }
        YamlRepeatedKey *repeated = new(r->arena, YamlRepeatedKey, 1);
        *repeated = (YamlRepeatedKey){ .key = key, .line = slots[2 * i + 1].line + 1 };
        *(r->go->last ? &r->go->last->next : &r->go->first) = repeated;
        r->go->last = repeated;
    }
}

static bool check_keys(YamlReader *r, const Member *members, size_t count, const YamlSlot *slots)
{
    uint32_t first;
    uint32_t second;
    if (!duplicates_find(members, (uint32_t)count, r->arena, &first, &second)) {
        return true;
    }
    /* The members are those of the slots that are no merge keys. */
    const YamlSlot *found[2] = { NULL, NULL };
    size_t at = 0;
    for (const YamlSlot *key = slots; !found[1]; key += 2) {
        if (!key->is_merge) {
            if (at == first) {
                found[0] = key;
            }
            if (at == second) {
                found[1] = key;
            }
            at++;
        }
    }
    return duplicate_error(r, found[0], found[1]);
}

bool yaml_build_mapping(YamlReader *r, const YamlSlot *slots, size_t count, Value *out)
{
    *out = value_object();
    if (count == 0) {
        return true;
    }
    Member *members = arena_alloc(r->arena, count * sizeof(Member));
    for (size_t i = 0; i < count; i++) {
        const Value *key = &slots[2 * i].value;
        members[i] = (Member){ key->s, key->len, slots[2 * i + 1].value };
    }
    out->len = (uint32_t)count;
    out->members = members;
    if (r->go) {
        note_repeated_keys(r, slots, count);
        out->len = duplicates_drop(members, (uint32_t)count, r->arena);
        return true;
    }
    return check_keys(r, members, count, slots);
}

/* -- merge keys ------------------------------------------------------------------------------- */

static size_t merged_len(const Value *v)
{
    size_t len = v->kind == VALUE_OBJECT ? v->len : 0;
    VALUE_EACH_ITEM(item, v) {
        len += item->kind == VALUE_OBJECT ? item->len : 0;
    }
    return len;
}

static bool can_merge(const Value *v)
{
    if (v->kind != VALUE_ARRAY) {
        return v->kind == VALUE_OBJECT;
    }
    VALUE_EACH_ITEM(item, v) {
        if (item->kind != VALUE_OBJECT) {
            return false;
        }
    }
    return true;
}

static size_t append_members(Member *to, size_t at, const Value *object)
{
    if (object->len) {
        memcpy(&to[at], object->members, object->len * sizeof(Member));
    }
    return at + object->len;
}

/* Every assignment in its order, the last of a key counting; of a list the earlier ones count. */
bool yaml_build_merged(YamlReader *r, const YamlSlot *slots, size_t count, Value *out)
{
    size_t total = 0;
    Member *own = arena_alloc(r->arena, count * sizeof(Member));
    size_t own_count = 0;
    for (size_t i = 0; i < count; i++) {
        const YamlSlot *key = &slots[2 * i];
        const Value *v = &slots[2 * i + 1].value;
        if (!key->is_merge) {
            own[own_count++] = (Member){ key->value.s, key->value.len, *v };
            total++;
        } else if (can_merge(v)) {
            total += merged_len(v);
        } else {
            return yaml_fail_at(r, ERR_TYPE, key[1].line, key[1].column,
                                STR("the merge key << takes a mapping or a list of mappings"));
        }
    }
    if (!check_keys(r, own, own_count, slots)) {
        return false;
    }
    if (total > r->limits->list_max) {
        return yaml_fail_at(
            r, ERR_LIMIT, slots[0].line, slots[0].column,
            arena_printf(r->arena, "a list or mapping has more than %u", r->limits->list_max));
    }
    *out = value_object();
    if (total == 0) {
        return true;
    }
    Member *members = arena_alloc(r->arena, total * sizeof(Member));
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const YamlSlot *key = &slots[2 * i];
        const Value *v = &slots[2 * i + 1].value;
        if (!key->is_merge) {
            members[at++] = (Member){ key->value.s, key->value.len, *v };
        } else if (v->kind == VALUE_OBJECT) {
            at = append_members(members, at, v);
        } else {
            for (uint32_t k = v->len; k > 0; k--) {
                at = append_members(members, at, &v->items[k - 1]);
            }
        }
    }
    out->members = members;
    out->len = duplicates_drop(members, (uint32_t)total, r->arena);
    return true;
}
