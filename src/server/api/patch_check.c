/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a patch made of an object: does it decode, and what does fieldValidation say of it?
 *
 * Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go; github.com/evanphx/json-patch 4.9 (the
 * order of keys in what it writes)
 */
#include "doc/json.h"
#include "doc/json_go.h"
#include "doc/strategic_list.h"
#include "kube/gotext/unstructured_error.h"
#include "server/api/call.h"

#include <stdlib.h>

/* -- the object as text ------------------------------------------------------------------------ */

static int by_key(const void *a, const void *b)
{
    const Member *x = a;
    const Member *y = b;
    return str_cmp(member_key(x), member_key(y));
}

/* What a patch looks into is written in the order of its keys; the rest stays as it was. */
static void sort_members(Value *object)
{
    if (value_is(object, VALUE_OBJECT) && object->len) {
        qsort(object->members, object->len, sizeof *object->members, by_key);
    }
}

/* Recursion is bounded by the depth of the patch, which was read with a limit. */
static void sort_merged(Value *object, const Value *patch)
{
    if (!value_is(object, VALUE_OBJECT) || !value_is(patch, VALUE_OBJECT)) {
        return;
    }
    sort_members(object);
    VALUE_EACH_MEMBER(m, patch) {
        Value *inner = value_get(object, member_key(m));
        if (inner) {
            sort_merged(inner, &m->value);
        }
    }
}

/* Every object on the way to a place. */
static void sort_way(Value *object, Str pointer)
{
    Str piece;
    Value *at = object;
    sort_members(at);
    Str rest = pointer.len ? str_drop(pointer, 1) : STR("");
    while (rest.len && str_next_piece(&rest, '/', &piece) && at && rest.ptr) {
        if (value_is(at, VALUE_ARRAY)) {
            int64_t n;
            at = str_to_int64(piece, &n) && n >= 0 && n < (int64_t)at->len ? &at->items[n] : NULL;
        } else {
            at = value_get(at, piece);
        }
        sort_members(at);
    }
}

/* The members of structs as Go declares them, which is how objects are written before they are
 * patched. Recursion follows the types. */
static void order_fields(const SchemaType *type, Value *v, Arena *a)
{
    SchemaKind kind = schema_kind(type);
    if (kind == SCHEMA_LIST && value_is(v, VALUE_ARRAY)) {
        for (uint32_t i = 0; i < v->len; i++) {
            order_fields(schema_item(type), &v->items[i], a);
        }
    }
    if (kind != SCHEMA_STRUCT || !value_is(v, VALUE_OBJECT)) {
        return;
    }
    Value ordered = value_object();
    for (unsigned i = 0; i < type->field_count; i++) {
        const SchemaField *f = &schema_fields_of(type)[i];
        Value *member = value_get(v, schema_field_name(f));
        if (member && !value_get(&ordered, schema_field_name(f))) {
            order_fields(schema_field_type(f), member, a);
            value_set(&ordered, schema_field_name(f), *member, a);
        }
    }
    VALUE_EACH_MEMBER(m, v) {
        if (value_get(&ordered, member_key(m)) == NULL) {
            value_set(&ordered, member_key(m), m->value, a);
        }
    }
    *v = ordered;
}

static Str patched_text(const SchemaType *type, const Value *patched, ApiPatchForm form,
                        const Value *patch, Arena *a)
{
    Value shown = value_copy(patched, a);
    Buf b = buf_new(a);
    order_fields(type, &shown, a);
    sort_members(&shown);
    if (form == API_PATCH_MERGE) {
        sort_merged(&shown, patch);
    } else {
        VALUE_EACH_ITEM(op, patch) {
            sort_way(&shown, value_get_str(op, STR("path")));
            sort_way(&shown, value_get_str(op, STR("from")));
        }
    }
    json_write_html_safe(&shown, &b);
    return buf_str(&b);
}

/* -- complaints -------------------------------------------------------------------------------- */

/* 422 about the patch itself. shown: the patched object, or (strategic) the patch. */
static bool answer_invalid(ApiCall *call, Str shown, Str problem)
{
    FieldErrors errs = field_errors_new_for(call->request->target->minor, call->arena);
    field_invalid_str(&errs, path_root("patch"), shown, problem);
    return api_answer_status(call, status_invalid(call->arena, STR(""), STR(""), STR(""), &errs));
}

static Str decode_problem(ApiCall *call, const SchemaType *type, ApiPatchForm form,
                          const Value *patched, Str json)
{
    Err err;
    if (schema_fits(type, patched, call->request->target, call->arena, &err)) {
        return STR_ABSENT;
    }
    Str problem = form == API_PATCH_STRATEGIC
                      ? unstructured_error_text(type, patched, call->request->target, call->arena)
                      : api_decode_problem(call, type, patched, json);
    return problem.ptr ? problem : err.msg;
}

/* Keys that the patch has twice, then fields of the object that there are not. */
static StrList strict_problems(ApiCall *call, const SchemaType *type, ApiPatchForm form, Str text,
                               Str json)
{
    Arena *a = call->arena;
    const KubeTarget *target = call->request->target;
    StrList of_patch = { 0 };
    if (form != API_PATCH_JSON) {
        of_patch = strict_errors(NULL, text, target, a);
    }
    StrList of_object = strict_errors(type, json, target, a);
    Str *all = new(a, Str, of_patch.count + of_object.count + 1);
    for (size_t i = 0; i < of_patch.count; i++) {
        all[i] = of_patch.items[i];
    }
    for (size_t i = 0; i < of_object.count; i++) {
        all[of_patch.count + i] = of_object.items[i];
    }
    return (StrList){ all, of_patch.count + of_object.count };
}

FieldValidation api_field_validation(ApiCall *call)
{
    FieldValidation mode;
    bool known = field_validation_parse(api_query(call, "fieldValidation"), call->request->target,
                                        &mode, NULL);
    return known ? mode : FIELD_VALIDATION_IGNORE;
}

bool api_check_patched(ApiCall *call, const SchemaType *type, ApiPatchForm form, Str text,
                       const Value *patched)
{
    Arena *a = call->arena;
    FieldValidation mode = api_field_validation(call);
    Value patch;
    Err err;
    if (mode == FIELD_VALIDATION_IGNORE &&
        schema_fits(type, patched, call->request->target, a, &err)) {
        return true;
    }
    if (!json_go_read(text, a, &patch, &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    Str json = patched_text(type, patched, form, &patch, a);
    Str shown = form == API_PATCH_STRATEGIC ? strategic_go_value(&patch, a) : json;
    Str problem = decode_problem(call, type, form, patched, json);
    if (problem.ptr) {
        return answer_invalid(call, shown, problem);
    }
    if (mode == FIELD_VALIDATION_IGNORE) {
        return true;
    }
    StrList errors = strict_problems(call, type, form, text, json);
    if (mode == FIELD_VALIDATION_STRICT && errors.count) {
        return answer_invalid(call, shown, strict_error_text(errors, a));
    }
    for (size_t i = 0; i < errors.count; i++) {
        api_warn(call, errors.items[i]);
    }
    return true;
}
