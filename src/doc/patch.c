/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applying a JSON Patch, as RFC 6902 has it or as the API server does. Both work on a copy, so that
 * a patch that fails changes nothing.
 *
 * A patch can ask for more than its size: copies of copies, values moved ever deeper. The values
 * that are copied or measured are counted, and the depth of the result is kept below that of
 * documents.
 */
#include "doc/patch.h"

#include "doc/limits.h"
#include "doc/patch_apply.h"
#include "doc/pointer.h"

enum { WORK_MAX = 20 * 1000 * 1000 }; /* values copied or measured by one patch */

/* -- errors ----------------------------------------------------------------------------------- */

static bool fail_op(const Patching *p, ErrCode code, Str why)
{
    Buf b = buf_new(p->arena);
    buf_printf(&b, "operation %zu", p->index);
    Str op = value_get_str(p->op, STR("op"));
    Str path = value_get_str(p->op, STR("path"));
    if (op.ptr) {
        buf_printf(&b, " (%.*s", STR_ARG(op));
        if (path.ptr) {
            buf_byte(&b, ' ');
            buf_go_quoted(&b, path);
        }
        buf_byte(&b, ')');
    }
    return err_set(p->err, p->arena, code, "%.*s: %.*s", STR_ARG(buf_str(&b)), STR_ARG(why));
}

/* -- limits ----------------------------------------------------------------------------------- */

size_t patch_measure(Patching *p, const Value *v)
{
    size_t height = 0;
    p->work++;
    VALUE_EACH_ITEM(item, v) {
        size_t below = patch_measure(p, item) + 1;
        height = below > height ? below : height;
    }
    VALUE_EACH_MEMBER(m, v) {
        size_t below = patch_measure(p, &m->value) + 1;
        height = below > height ? below : height;
    }
    return value_len(v) || v->kind < VALUE_ARRAY ? height : 1;
}

bool patch_check_work(const Patching *p)
{
    if (p->work <= WORK_MAX) {
        return true;
    }
    return fail_op(p, ERR_LIMIT, STR("the patch copies too much"));
}

bool patch_check_depth(Patching *p, size_t depth, size_t height)
{
    if (depth + height > p->depth_bound) {
        p->depth_bound = depth + height;
    }
    if (p->depth_bound > DOC_DEPTH_MAX) {
        /* Perhaps no longer: what was deep may be gone. */
        size_t now = patch_measure(p, &p->root);
        p->depth_bound = depth + height > now ? depth + height : now;
        if (p->depth_bound > DOC_DEPTH_MAX) {
            return fail_op(
                p, ERR_LIMIT,
                arena_printf(p->arena, "the result is nested more than %d deep", DOC_DEPTH_MAX));
        }
    }
    return patch_check_work(p);
}

bool patch_copy_value(Patching *p, const Value *v, size_t depth, Value *out)
{
    size_t height = patch_measure(p, v);
    if (!patch_check_depth(p, depth, height)) {
        return false;
    }
    *out = value_copy(v, p->arena);
    return true;
}

/* -- places: RFC 6902 ------------------------------------------------------------------------- */

static bool get_pointer(Patching *p, Str member, Str *out)
{
    const Value *v = value_get(p->op, member);
    if (!value_is(v, VALUE_STRING)) {
        return fail_op(p, ERR_SYNTAX,
                       arena_printf(p->arena, v ? "%.*s is not a string" : "%.*s is missing",
                                    STR_ARG(member)));
    }
    *out = value_as_str(v);
    if (!pointer_is_valid(*out)) {
        return fail_op(p, ERR_SYNTAX,
                       arena_printf(p->arena, "%.*s is not a JSON Pointer", STR_ARG(member)));
    }
    return true;
}

/* A container's own copy of its children, which stay shared. */
static void unshare(Patching *p, Value *v)
{
    if (!p->shares || value_len(v) == 0) {
        return;
    }
    size_t bytes = v->len * (v->kind == VALUE_ARRAY ? sizeof(Value) : sizeof(Member));
    void *children = arena_alloc(p->arena, bytes);
    v->grown = 0;
    if (v->kind == VALUE_ARRAY) {
        v->items = memcpy(children, v->items, bytes);
    } else {
        v->members = memcpy(children, v->members, bytes);
    }
}

static bool find_place(Patching *p, Str pointer, Place *out)
{
    Str rest = pointer;
    Str name;
    Place place = { 0 };
    Value *at = &p->root;
    while (pointer_next(&rest, p->arena, &name)) {
        if (!at || at->kind < VALUE_ARRAY) {
            Str parent = str_slice(pointer, 0, pointer.len - rest.len);
            parent = str_slice(parent, 0, (size_t)str_rindex_byte(parent, '/'));
            return fail_op(
                p, ERR_NOT_FOUND,
                arena_printf(p->arena, "there is no list or object at \"%.*s\"", STR_ARG(parent)));
        }
        place = (Place){ at, name, place.depth + 1 };
        size_t index;
        unshare(p, at);
        if (at->kind == VALUE_OBJECT) {
            at = value_get(at, name);
        } else {
            at = pointer_index(name, &index) ? value_item(at, index) : NULL;
        }
    }
    *out = place;
    return true;
}

/* What is at a place; fails when there is nothing. */
static bool get_at(Patching *p, const Place *place, Value **out)
{
    size_t index;
    if (!place->in) {
        *out = &p->root;
        return true;
    }
    if (place->in->kind == VALUE_OBJECT) {
        *out = value_get(place->in, place->name);
        return *out || fail_op(p, ERR_NOT_FOUND, STR("there is no such member"));
    }
    if (!pointer_index(place->name, &index)) {
        return fail_op(p, ERR_NOT_FOUND,
                       str_eq(place->name, STR("-")) ? STR("there is nothing behind the last item")
                                                     : STR("a list has no such name"));
    }
    *out = value_item(place->in, index);
    return *out || fail_op(p, ERR_NOT_FOUND,
                           arena_printf(p->arena, "the list has %u items", place->in->len));
}

static bool add_at(Patching *p, const Place *place, Value v)
{
    if (!place->in) {
        p->root = v;
        return true;
    }
    if (place->in->kind == VALUE_OBJECT) {
        value_set(place->in, place->name, v, p->arena);
        return true;
    }
    size_t index = place->in->len;
    if (!str_eq(place->name, STR("-"))) {
        if (!pointer_index(place->name, &index)) {
            return fail_op(p, ERR_NOT_FOUND, STR("a list has no such name"));
        }
        if (index > place->in->len) {
            return fail_op(p, ERR_NOT_FOUND,
                           arena_printf(p->arena, "the list has %u items", place->in->len));
        }
    }
    value_insert(place->in, index, v, p->arena);
    return true;
}

static bool remove_at(Patching *p, const Place *place)
{
    Value *v;
    if (!get_at(p, place, &v)) {
        return false;
    }
    if (!place->in) {
        p->root = value_null();
    } else if (place->in->kind == VALUE_OBJECT) {
        value_remove(place->in, place->name);
    } else {
        value_remove_item(place->in, (size_t)(v - place->in->items));
    }
    return true;
}

/* -- operations: RFC 6902 --------------------------------------------------------------------- */

static bool get_value(Patching *p, const Value **out)
{
    *out = value_get(p->op, STR("value"));
    return *out || fail_op(p, ERR_SYNTAX, STR("value is missing"));
}

static bool do_add(Patching *p)
{
    Str path;
    Place place;
    const Value *v;
    Value copy;
    return get_pointer(p, STR("path"), &path) && get_value(p, &v) && find_place(p, path, &place) &&
           patch_copy_value(p, v, place.depth, &copy) && add_at(p, &place, copy);
}

static bool do_remove(Patching *p)
{
    Str path;
    Place place;
    return get_pointer(p, STR("path"), &path) && find_place(p, path, &place) &&
           remove_at(p, &place);
}

static bool do_replace(Patching *p)
{
    Str path;
    Place place;
    const Value *v;
    Value *at;
    Value copy;
    if (!get_pointer(p, STR("path"), &path) || !get_value(p, &v) || !find_place(p, path, &place) ||
        !get_at(p, &place, &at) || !patch_copy_value(p, v, place.depth, &copy)) {
        return false;
    }
    *at = copy;
    return true;
}

static bool do_move(Patching *p)
{
    Str from;
    Str path;
    Place source;
    Place place;
    Value *at;
    if (!get_pointer(p, STR("from"), &from) || !get_pointer(p, STR("path"), &path) ||
        !find_place(p, from, &source) || !get_at(p, &source, &at)) {
        return false;
    }
    if (str_eq(from, path)) {
        return true;
    }
    if (str_starts_with(path, from) && path.ptr[from.len] == '/') {
        return fail_op(p, ERR_CONFLICT, STR("a value cannot be moved into itself"));
    }
    Value v = *at;
    return remove_at(p, &source) && find_place(p, path, &place) &&
           (place.depth <= source.depth ||
            patch_check_depth(p, place.depth, patch_measure(p, &v))) &&
           add_at(p, &place, v);
}

static bool do_copy(Patching *p)
{
    Str from;
    Str path;
    Place source;
    Place place;
    Value *at;
    Value copy;
    return get_pointer(p, STR("from"), &from) && get_pointer(p, STR("path"), &path) &&
           find_place(p, from, &source) && get_at(p, &source, &at) && find_place(p, path, &place) &&
           patch_copy_value(p, at, place.depth, &copy) && add_at(p, &place, copy);
}

static bool do_test(Patching *p)
{
    Str path;
    Place place;
    const Value *v;
    Value *at;
    if (!get_pointer(p, STR("path"), &path) || !get_value(p, &v) || !find_place(p, path, &place) ||
        !get_at(p, &place, &at)) {
        return false;
    }
    patch_measure(p, v);
    return patch_check_work(p) &&
           (value_equal(at, v) || fail_op(p, ERR_CONFLICT, STR("the value is another")));
}

/* -- all together ----------------------------------------------------------------------------- */

static const PatchOp patch_ops[] = {
    { STR_INIT("add"), do_add, patch_server_add },
    { STR_INIT("remove"), do_remove, patch_server_remove },
    { STR_INIT("replace"), do_replace, patch_server_replace },
    { STR_INIT("move"), do_move, patch_server_move },
    { STR_INIT("copy"), do_copy, patch_server_copy },
    { STR_INIT("test"), do_test, patch_server_test },
};

static bool apply_op(Patching *p)
{
    Str name = value_get_str(p->op, STR("op"));
    for (size_t i = 0; i < COUNT_OF(patch_ops); i++) {
        if (name.ptr && str_eq(name, patch_ops[i].name)) {
            return (p->as_server ? patch_ops[i].apply_as_server : patch_ops[i].apply)(p);
        }
    }
    if (p->as_server) {
        return patch_server_unknown(p, name);
    }
    return fail_op(p, ERR_SYNTAX,
                   name.ptr ? STR("there is no such operation") : STR("op is missing"));
}

/* p is set up but for the operation. */
static bool apply(Patching *p, const Value *patch, Value *target)
{
    Arena *a = p->arena;
    Err *err = p->err;
    if (patch->kind != VALUE_ARRAY) {
        return err_set(err, a, ERR_SYNTAX, "a JSON Patch is an array of operations, not %.*s",
                       STR_ARG(value_kind_name(patch)));
    }
    VALUE_EACH_ITEM(op, patch) {
        if (op->kind != VALUE_OBJECT) {
            return err_set(err, a, ERR_SYNTAX, "operation %td: an operation is an object, not %.*s",
                           op - patch->items, STR_ARG(value_kind_name(op)));
        }
    }
    for (p->index = 0; p->index < patch->len; p->index++) {
        p->op = &patch->items[p->index];
        if (!apply_op(p)) {
            return false;
        }
    }
    *target = p->root;
    return true;
}

static bool apply_to_copy(Value *target, const Value *patch, bool as_server, Arena *a, Err *err)
{
    Patching p = { .root = value_copy(target, a), .arena = a, .err = err, .as_server = as_server };
    p.depth_bound = patch_measure(&p, target);
    p.work = 0;
    return apply(&p, patch, target);
}

bool patch_apply(Value *target, const Value *patch, Arena *a, Err *err)
{
    return apply_to_copy(target, patch, false, a, err);
}

bool patch_apply_as_server(Value *target, const Value *patch, Arena *a, Err *err)
{
    return apply_to_copy(target, patch, true, a, err);
}

bool patch_apply_sharing(Value *target, const Value *patch, Arena *a, Err *err)
{
    /* The tree was read, so it is not too deep; what the patch adds is measured. */
    Patching p = { .root = *target, .arena = a, .err = err, .shares = true };
    return apply(&p, patch, target);
}
