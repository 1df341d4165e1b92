/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FieldsV1: {"f:spec":{"f:replicas":{}}}. An element's object holds what is below it, and "." when
 * it is a member as well; an empty one is a member alone.
 */
#include "doc/json.h"
#include "kube/managed/field_set.h"

/* -- reading ------------------------------------------------------------------------------------
 */

/* The values of keys: small documents of their own. */
static const DocLimits element_limits = {
    .bytes_max = 1 << 20, .depth_max = 4, .list_max = 64, .last_key_wins = true
};

static bool is_scalar(const Value *v)
{
    return v->kind < VALUE_ARRAY;
}

static bool read_json(Str text, Arena *a, Value *out)
{
    size_t end;
    Err err;
    return json_read_part(STR(""), text, 0, text.len, &end, &element_limits, a, out, &err);
}

static void sort_keys(PathKey *keys, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        PathKey key = keys[i];
        uint32_t at = i;
        for (; at > 0 && str_cmp(keys[at - 1].name, key.name) > 0; at--) {
            keys[at] = keys[at - 1];
        }
        keys[at] = key;
    }
}

typedef enum ElementRead { ELEMENT_OK, ELEMENT_UNKNOWN, ELEMENT_BROKEN } ElementRead;

static ElementRead read_keys(Str text, Arena *a, PathElement *out)
{
    Value object;
    if (!read_json(text, a, &object) ||
        (object.kind != VALUE_OBJECT && object.kind != VALUE_NULL)) {
        return ELEMENT_BROKEN;
    }
    uint32_t count = (uint32_t)value_len(&object);
    PathKey *keys = new(a, PathKey, count);
    for (uint32_t i = 0; i < count; i++) {
        if (!is_scalar(&object.members[i].value)) {
            return ELEMENT_UNKNOWN; /* no list has such keys */
        }
        keys[i] = (PathKey){ member_key(&object.members[i]), &object.members[i].value };
    }
    sort_keys(keys, count);
    *out = (PathElement){ .kind = PATH_KEY, .len = count, .keys = keys };
    return ELEMENT_OK;
}

static ElementRead read_value(Str text, Arena *a, PathElement *out)
{
    Value *value = new(a, Value, 1);
    if (!read_json(text, a, value)) {
        return ELEMENT_BROKEN;
    }
    *out = path_value(value);
    return is_scalar(value) ? ELEMENT_OK : ELEMENT_UNKNOWN;
}

static ElementRead read_element(Str key, Arena *a, PathElement *out)
{
    if (key.len < 2 || key.ptr[1] != ':') {
        return ELEMENT_BROKEN;
    }
    Str rest = str_drop(key, 2);
    switch (key.ptr[0]) {
    case 'f':
        *out = path_field(rest);
        return ELEMENT_OK;
    case 'k':
        return read_keys(rest, a, out);
    case 'v':
        return read_value(rest, a, out);
    case 'i':
        *out = (PathElement){ .kind = PATH_INDEX };
        return str_to_int64(rest, &out->index) ? ELEMENT_OK : ELEMENT_BROKEN;
    default:
        return ELEMENT_UNKNOWN; /* of a later version of the format */
    }
}

/* What is below an element, and whether it is a member itself. */
static bool read_below(const Value *in, FieldNodes *nodes, FieldSet *below, bool *is_member)
{
    *below = (FieldSet){ NULL, 0 };
    *is_member = false;
    if (in->kind != VALUE_OBJECT && in->kind != VALUE_NULL) {
        return false;
    }
    uint32_t from = nodes->count;
    VALUE_EACH_MEMBER(m, in) {
        Str key = member_key(m);
        if (str_eq(key, STR("."))) {
            *is_member = true;
            continue;
        }
        PathElement element;
        ElementRead read = read_element(key, nodes->arena, &element);
        if (read == ELEMENT_UNKNOWN) {
            continue;
        }
        FieldSet grandchildren;
        bool child_is_member;
        if (read == ELEMENT_BROKEN ||
            !read_below(&m->value, nodes, &grandchildren, &child_is_member)) {
            return false;
        }
        field_nodes_add(nodes, &element, child_is_member, grandchildren);
    }
    *below = field_nodes_take(nodes, from);
    *is_member = *is_member || field_set_is_empty(*below);
    return true;
}

bool field_set_read(const Value *fields_v1, Arena *a, FieldSet *out)
{
    FieldNodes nodes = { .arena = a };
    FieldSet set = { NULL, 0 };
    bool is_member;
    if (!value_is_null(fields_v1) && !read_below(fields_v1, &nodes, &set, &is_member)) {
        return false;
    }
    *out = set;
    return true;
}

/* -- writing ------------------------------------------------------------------------------------
 */

/* The key of an element. Names stand as they are; values are JSON in the JSON string, as Go's
 * encoder writes them. */
static Str element_key(const PathElement *e, Arena *a)
{
    if (e->kind == PATH_FIELD) {
        char *key = arena_alloc(a, (size_t)e->len + 2);
        key[0] = 'f';
        key[1] = ':';
        memcpy(key + 2, e->name, e->len);
        return str_from(key, (size_t)e->len + 2);
    }
    Buf b = buf_new(a);
    if (e->kind == PATH_KEY) {
        buf_lit(&b, "k:{");
        for (uint32_t i = 0; i < e->len; i++) {
            if (i) {
                buf_byte(&b, ',');
            }
            json_write_str(e->keys[i].name, false, &b);
            buf_byte(&b, ':');
            json_write_html_safe(e->keys[i].value, &b);
        }
        buf_byte(&b, '}');
    } else if (e->kind == PATH_VALUE) {
        buf_lit(&b, "v:");
        json_write_html_safe(e->value, &b);
    } else {
        buf_lit(&b, "i:");
        buf_int(&b, e->index);
    }
    return buf_str(&b);
}

static Value write_below(FieldSet s, bool is_member, Arena *a)
{
    Value out = value_object();
    if (!s.count) {
        return out;
    }
    Member *at = arena_alloc(a, ((size_t)s.count + is_member) * sizeof(Member));
    out.members = at;
    out.len = s.count + is_member;
    if (is_member) {
        *at++ = (Member){ .key = ".", .key_len = 1, .value = value_object() };
    }
    for (uint32_t i = 0; i < s.count; i++) {
        const FieldNode *node = &s.nodes[i];
        Str key = element_key(&node->element, a);
        *at++ = (Member){ .key = key.ptr,
                          .key_len = (uint32_t)key.len,
                          .value = write_below(node->below, node->is_member, a) };
    }
    return out;
}

Value field_set_write(FieldSet s, Arena *a)
{
    return write_below(s, false, a);
}
