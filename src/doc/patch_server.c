/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of a JSON Patch as the API server applies them, with the messages of its library.
 *
 * Source: github.com/evanphx/json-patch v4.9.0.
 */
#include "doc/patch_apply.h"

static bool server_error(const Patching *p, ErrCode code, const char *format, ...)
    PRINTF_LIKE(3, 4);

static bool server_error(const Patching *p, ErrCode code, const char *format, ...)
{
    if (p->err) {
        va_list args;
        va_start(args, format);
        *p->err = (Err){ code, arena_vprintf(p->arena, format, args) };
        va_end(args);
    }
    return false;
}

/* ~1 and ~0 are unescaped; any other ~ stands for itself. */
static Str server_unescape(Str name, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < name.len; i++) {
        bool is_escape = name.ptr[i] == '~' && i + 1 < name.len &&
                         (name.ptr[i + 1] == '0' || name.ptr[i + 1] == '1');
        buf_byte(&b, !is_escape ? name.ptr[i] : name.ptr[i + 1] == '0' ? '~' : '/');
        i += is_escape;
    }
    return buf_str(&b);
}

/* Indexes are read as strconv.Atoi does: a sign and leading zeros are fine. */
static Value *server_get(const Value *in, Str name)
{
    int64_t index;
    if (in->kind == VALUE_OBJECT) {
        return value_get(in, name);
    }
    return str_to_int64(name, &index) && index >= 0 ? value_item(in, (size_t)index) : NULL;
}

/* False (without a message) when what the path stands in is not there. */
static bool server_find(Patching *p, Str path, Place *out)
{
    Str before;
    Str rest;
    if (!str_split_once(path, '/', &before, &rest)) {
        return false;
    }
    Value *at = &p->root;
    size_t depth = 1;
    Str name;
    Str after;
    while (str_split_once(rest, '/', &name, &after)) {
        at = server_get(at, server_unescape(name, p->arena));
        if (!at || at->kind < VALUE_ARRAY) {
            return false;
        }
        rest = after;
        depth++;
    }
    if (at->kind < VALUE_ARRAY) {
        return false;
    }
    *out = (Place){ at, server_unescape(rest, p->arena), depth };
    return true;
}

static bool server_pointer(Patching *p, Str member, const char *failure, Str *out)
{
    const Value *v = value_get(p->op, member);
    if (value_is(v, VALUE_STRING)) {
        *out = value_as_str(v);
        return true;
    }
    return server_error(p, ERR_SYNTAX, "%s: missing value", failure);
}

/* `context: 'path': why`; without a path `context: why` */
static bool server_place_error(Patching *p, const char *context, Str path, Str why)
{
    if (!path.ptr) {
        return server_error(p, ERR_NOT_FOUND, "%s: %.*s", context, STR_ARG(why));
    }
    return server_error(p, ERR_NOT_FOUND, "%s: '%.*s': %.*s", context, STR_ARG(path), STR_ARG(why));
}

static Str server_bad_index(Patching *p, int64_t index)
{
    return arena_printf(p->arena, "Unable to access invalid index: %lld: invalid index referenced",
                        (long long)index);
}

static Str server_no_index(Patching *p, Str name)
{
    return arena_printf(p->arena, "strconv.Atoi: parsing \"%.*s\": invalid syntax", STR_ARG(name));
}

static bool server_add_at(Patching *p, const Place *place, Value v, const char *context, Str path)
{
    if (place->in->kind == VALUE_OBJECT) {
        value_set(place->in, place->name, v, p->arena);
        return true;
    }
    int64_t index = place->in->len;
    if (!str_eq(place->name, STR("-"))) {
        if (!str_to_int64(place->name, &index)) {
            return server_place_error(
                p, context, path,
                arena_printf(p->arena, "value was not a proper array index: '%.*s': %.*s",
                             STR_ARG(place->name), STR_ARG(server_no_index(p, place->name))));
        }
        int64_t room = (int64_t)place->in->len + 1;
        if (index >= room || index < -room) {
            return server_place_error(p, context, path, server_bad_index(p, index));
        }
        index += index < 0 ? room : 0;
    }
    value_insert(place->in, (size_t)index, v, p->arena);
    return true;
}

static bool server_remove_at(Patching *p, const Place *place, const char *context, Str path)
{
    if (place->in->kind == VALUE_OBJECT) {
        return value_remove(place->in, place->name) ||
               server_place_error(
                   p, context, path,
                   arena_printf(p->arena, "Unable to remove nonexistent key: %.*s: missing value",
                                STR_ARG(place->name)));
    }
    int64_t index;
    if (!str_to_int64(place->name, &index)) {
        return server_place_error(p, context, path, server_no_index(p, place->name));
    }
    int64_t len = place->in->len;
    if (index >= len || index < -len) {
        return server_place_error(p, context, path, server_bad_index(p, index));
    }
    return value_remove_item(place->in, (size_t)(index < 0 ? index + len : index));
}

/* What is there to read. A member that is missing is NULL and no failure, an item is one. */
static bool server_get_at(Patching *p, const Place *place, const char *context, Str path,
                          Value **out)
{
    *out = server_get(place->in, place->name);
    if (*out || place->in->kind == VALUE_OBJECT) {
        return true;
    }
    int64_t index;
    return server_place_error(p, context, path,
                              str_to_int64(place->name, &index) ? server_bad_index(p, index)
                                                                : server_no_index(p, place->name));
}

/* The operation's value; none counts as null. */
static bool server_value(Patching *p, size_t depth, Value *out)
{
    const Value *v = value_get(p->op, STR("value"));
    *out = value_null();
    return !v || patch_copy_value(p, v, depth, out);
}

bool patch_server_add(Patching *p)
{
    Str path;
    Place place;
    Value v;
    if (!server_pointer(p, STR("path"), "add operation failed to decode path", &path)) {
        return false;
    }
    if (!server_find(p, path, &place)) {
        return server_error(p, ERR_NOT_FOUND,
                            "add operation does not apply: doc is missing path: \"%.*s\": missing "
                            "value",
                            STR_ARG(path));
    }
    return server_value(p, place.depth, &v) &&
           server_add_at(p, &place, v, "error in add for path", path);
}

bool patch_server_remove(Patching *p)
{
    Str path;
    Place place;
    if (!server_pointer(p, STR("path"), "remove operation failed to decode path", &path)) {
        return false;
    }
    if (!server_find(p, path, &place)) {
        return server_error(p, ERR_NOT_FOUND,
                            "remove operation does not apply: doc is missing path: \"%.*s\": "
                            "missing value",
                            STR_ARG(path));
    }
    return server_remove_at(p, &place, "error in remove for path", path);
}

bool patch_server_replace(Patching *p)
{
    Str path;
    Place place;
    Value v;
    if (!server_pointer(p, STR("path"),
                        "replace operation failed to decode path: operation missing path field",
                        &path)) {
        return false;
    }
    if (!server_find(p, path, &place)) {
        return server_error(p, ERR_NOT_FOUND,
                            "replace operation does not apply: doc is missing path: %.*s: missing "
                            "value",
                            STR_ARG(path));
    }
    Value *at = server_get(place.in, place.name);
    if (!at && place.in->kind == VALUE_ARRAY) {
        return server_error(p, ERR_NOT_FOUND,
                            "replace operation does not apply: doc is missing key: %.*s: missing "
                            "value",
                            STR_ARG(path));
    }
    if (!server_value(p, place.depth, &v)) {
        return false;
    }
    if (at) {
        *at = v;
    } else {
        value_set(place.in, place.name, v, p->arena);
    }
    return true;
}

bool patch_server_move(Patching *p)
{
    Str from;
    Str path;
    Place source;
    Place place;
    Value *at;
    if (!server_pointer(p, STR("from"),
                        "move operation failed to decode from: operation, missing from field",
                        &from)) {
        return false;
    }
    if (!server_find(p, from, &source)) {
        return server_error(p, ERR_NOT_FOUND,
                            "move operation does not apply: doc is missing from path: %.*s: "
                            "missing value",
                            STR_ARG(from));
    }
    if (!server_get_at(p, &source, "error in move for path", source.name, &at)) {
        return false;
    }
    Value v = at ? *at : value_null();
    if (!server_remove_at(p, &source, "error in move for path", source.name) ||
        !server_pointer(p, STR("path"),
                        "move operation failed to decode path: operation missing path field",
                        &path)) {
        return false;
    }
    if (!server_find(p, path, &place)) {
        return server_error(p, ERR_NOT_FOUND,
                            "move operation does not apply: doc is missing destination path: %.*s: "
                            "missing value",
                            STR_ARG(path));
    }
    return (place.depth <= source.depth ||
            patch_check_depth(p, place.depth, patch_measure(p, &v))) &&
           server_add_at(p, &place, v, "error in move for path", path);
}

bool patch_server_copy(Patching *p)
{
    Str from;
    Str path;
    Place source;
    Place place;
    Value *at;
    if (!server_pointer(p, STR("from"),
                        "copy operation failed to decode from: operation, missing from field",
                        &from)) {
        return false;
    }
    if (!server_find(p, from, &source)) {
        return server_error(p, ERR_NOT_FOUND,
                            "copy operation does not apply: doc is missing from path: %.*s: "
                            "missing value",
                            STR_ARG(from));
    }
    if (!server_get_at(p, &source, "error in copy for from", from, &at) ||
        !server_pointer(p, STR("path"), "copy operation failed to decode path", &path)) {
        return false;
    }
    if (!server_find(p, path, &place)) {
        return server_error(p, ERR_NOT_FOUND,
                            "copy operation does not apply: doc is missing destination path: %.*s: "
                            "missing value",
                            STR_ARG(path));
    }
    Value copy = value_null();
    return (!at || patch_copy_value(p, at, place.depth, &copy)) &&
           server_add_at(p, &place, copy, "error while adding value during copy", STR_ABSENT);
}

bool patch_server_test(Patching *p)
{
    Str path;
    Place place;
    Value *at;
    if (!server_pointer(p, STR("path"),
                        "test operation failed to decode path: operation missing path field",
                        &path)) {
        return false;
    }
    if (!server_find(p, path, &place)) {
        return server_error(p, ERR_NOT_FOUND,
                            "test operation does not apply: is missing path: %.*s: missing value",
                            STR_ARG(path));
    }
    if (!server_get_at(p, &place, "error in test for path", path, &at)) {
        return false;
    }
    const Value *v = value_get(p->op, STR("value"));
    if (v) {
        patch_measure(p, v);
    }
    if (!patch_check_work(p)) {
        return false;
    }
    bool same = value_is_null(at) ? value_is_null(v) : v && value_equal(at, v);
    return same ||
           server_error(p, ERR_CONFLICT, "testing value %.*s failed: test failed", STR_ARG(path));
}

bool patch_server_unknown(Patching *p, Str op)
{
    return server_error(p, ERR_SYNTAX, "Unexpected kind: %.*s",
                        STR_ARG(op.ptr ? op : STR("unknown")));
}
