/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths in the dot notation, and the subresource scale that stands on them.
 *
 * Source: k8s.io/apimachinery pkg/apis/meta/v1/unstructured/helpers.go,
 * k8s.io/apiextensions-apiserver pkg/registry/customresource/{etcd,validator}.go
 */
#include "doc/number.h"
#include "kube/crd/crd.h"
#include "kube/crd/object_path.h"
#include "kube/meta.h"

/* -- values as Go prints them with %v -----------------------------------------------------------
 */

/* Bounded by the depth that documents are read with. */
static void print(const Value *v, Arena *a, Buf *b)
{
    size_t count;
    const Member *members;
    switch ((ValueKind)v->kind) {
    case VALUE_NULL:
        buf_lit(b, "<nil>");
        break;
    case VALUE_BOOL:
        buf_add(b, v->b ? STR("true") : STR("false"));
        break;
    case VALUE_INT:
        buf_int(b, v->i);
        break;
    case VALUE_UINT:
    case VALUE_FLOAT:
        number_write_g(v->kind == VALUE_UINT ? (double)v->u : v->f, 64, b);
        break;
    case VALUE_STRING:
        buf_add(b, value_as_str(v));
        break;
    case VALUE_ARRAY:
        for (size_t i = 0; i < v->len; i++) {
            buf_byte(b, i ? ' ' : '[');
            print(&v->items[i], a, b);
        }
        buf_add(b, v->len ? STR("]") : STR("[]"));
        break;
    case VALUE_OBJECT:
        members = meta_sorted_members(v, a, &count);
        for (size_t i = 0; i < count; i++) {
            buf_add(b, i ? STR(" ") : STR("map["));
            buf_add(b, member_key(&members[i]));
            buf_byte(b, ':');
            print(&members[i].value, a, b);
        }
        buf_add(b, count ? STR("]") : STR("map[]"));
        break;
    }
}

static Str go_type(const Value *v)
{
    static const Str names[] = { STR_INIT("<nil>"),          STR_INIT("bool"),
                                 STR_INIT("int64"),          STR_INIT("float64"),
                                 STR_INIT("float64"),        STR_INIT("string"),
                                 STR_INIT("[]interface {}"), STR_INIT("map[string]interface {}") };
    return names[v->kind];
}

static bool wrong_type(Str path, const Value *v, const char *wanted, Arena *a, Err *err)
{
    Buf b = buf_new(a);
    print(v, a, &b);
    return err_set(err, a, ERR_TYPE, ".%.*s accessor error: %.*s is of the type %.*s, expected %s",
                   STR_ARG(path), STR_ARG(buf_str(&b)), STR_ARG(go_type(v)), wanted);
}

/* -- following a path --------------------------------------------------------------------------
 */

bool object_path_find(const Value *object, Str path, Arena *a, const Value **out, Err *err)
{
    Str fields = str_cut_prefix(path, STR(".")), rest = fields, field;
    const Value *at = object;
    *out = NULL;
    while (str_next_piece(&rest, '.', &field)) {
        if (!at || at->kind == VALUE_NULL) {
            return true;
        }
        if (at->kind != VALUE_OBJECT) {
            Str so_far = str_slice(fields, 0, (size_t)(field.ptr + field.len - fields.ptr));
            return wrong_type(so_far, at, "map[string]interface{}", a, err);
        }
        at = value_get(at, field);
    }
    *out = at;
    return true;
}

bool object_path_int(const Value *object, Str path, Arena *a, OptInt64 *out, Err *err)
{
    const Value *v;
    *out = (OptInt64){ 0 };
    if (!object_path_find(object, path, a, &v, err)) {
        return false;
    }
    if (v && v->kind != VALUE_INT) {
        return wrong_type(str_cut_prefix(path, STR(".")), v, "int64", a, err);
    }
    *out = v ? (OptInt64){ true, v->i } : *out;
    return true;
}

bool object_path_str(const Value *object, Str path, Arena *a, Str *out, Err *err)
{
    const Value *v;
    *out = STR("");
    if (!object_path_find(object, path, a, &v, err)) {
        return false;
    }
    if (v && v->kind != VALUE_STRING) {
        return wrong_type(str_cut_prefix(path, STR(".")), v, "string", a, err);
    }
    *out = v ? value_as_str(v) : *out;
    return true;
}

const Value *crd_path_get(const Value *object, Str path)
{
    Str rest = str_cut_prefix(path, STR(".")), field;
    const Value *at = object;
    while (at && str_next_piece(&rest, '.', &field)) {
        at = value_get(at, field);
    }
    return at;
}

/* -- scale ------------------------------------------------------------------------------------- */

static void set_str(Value *object, const char *key, Str s, Arena *a)
{
    if (s.len) {
        value_set(object, str_from_c(key), value_str(s), a);
    }
}

static Value scale_metadata(const Value *object, Arena *a)
{
    static const char *const kept[] = { "name", "namespace", "uid", "resourceVersion",
                                        "creationTimestamp" };
    const Value *metadata = value_get_lit(object, "metadata");
    Value out = value_object();
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        set_str(&out, kept[i], value_get_str(metadata, str_from_c(kept[i])), a);
    }
    return out;
}

static Value scale_of(const Value *object, OptInt64 spec, OptInt64 status, Str selector, Arena *a)
{
    Value out = value_object(), wanted = value_object(), found = value_object();
    value_set_lit(&out, "kind", value_str(STR("Scale")), a);
    value_set_lit(&out, "apiVersion", value_str(STR("autoscaling/v1")), a);
    value_set_lit(&out, "metadata", scale_metadata(object, a), a);
    if ((int32_t)spec.value != 0) {
        value_set_lit(&wanted, "replicas", value_int((int32_t)spec.value), a);
    }
    value_set_lit(&out, "spec", wanted, a);
    value_set_lit(&found, "replicas", value_int((int32_t)status.value), a);
    set_str(&found, "selector", selector, a);
    value_set_lit(&out, "status", found, a);
    return out;
}

bool crd_scale_get(const Crd *crd, const CrdVersion *v, const Value *object, Arena *a, Value *out,
                   Err *err)
{
    OptInt64 spec, status;
    Str selector = STR("");
    (void)crd;
    if (!object_path_int(object, v->scale.spec_replicas, a, &spec, err) ||
        !object_path_int(object, v->scale.status_replicas, a, &status, err) ||
        (v->scale.label_selector.len &&
         !object_path_str(object, v->scale.label_selector, a, &selector, err))) {
        return false;
    }
    *out = scale_of(object, spec, status, selector, a);
    if (!spec.set) {
        return err_set(err, a, ERR_NOT_FOUND, "the spec replicas field \"%.*s\" does not exist",
                       STR_ARG(v->scale.spec_replicas));
    }
    return true;
}

bool crd_scale_put(const CrdVersion *v, int64_t replicas, Value *object, Arena *a, Err *err)
{
    Str fields = str_cut_prefix(v->scale.spec_replicas, STR(".")), rest = fields, field;
    Value *at = object;
    while (str_next_piece(&rest, '.', &field)) {
        if (!rest.ptr || rest.len == 0) {
            break;
        }
        Value *next = value_get(at, field);
        if (!next) {
            next = value_set(at, field, value_object(), a);
        } else if (next->kind != VALUE_OBJECT) {
            Str so_far = str_slice(fields, 0, (size_t)(field.ptr + field.len - fields.ptr));
            return err_set(err, a, ERR_TYPE,
                           "value cannot be set because .%.*s is not a map[string]interface{}",
                           STR_ARG(so_far));
        }
        at = next;
    }
    value_set(at, field, value_int(replicas), a);
    return true;
}

/* What must hold of the numbers that a scale shows. */
static void check_replicas(const Value *object, Str at, FieldErrors *errs)
{
    OptInt64 replicas;
    Err err;
    Path path = path_child_str(NULL, at);
    if (!object_path_int(object, at, errs->arena, &replicas, &err)) {
        field_invalid_int(errs, path, 0, err.msg);
    } else if (replicas.value < 0) {
        field_invalid_int(errs, path, replicas.value, STR("should be a non-negative integer"));
    } else if (replicas.value > INT32_MAX) {
        field_invalid_int(errs, path, replicas.value,
                          STR("should be less than or equal to 2147483647"));
    }
}

void object_path_check_scale(const CrdVersion *v, bool with_spec, const Value *object,
                             FieldErrors *errs)
{
    Str selector;
    Err err;
    if (!v->has_scale) {
        return;
    }
    if (with_spec) {
        check_replicas(object, v->scale.spec_replicas, errs);
    }
    check_replicas(object, v->scale.status_replicas, errs);
    if (v->scale.label_selector.ptr &&
        !object_path_str(object, v->scale.label_selector, errs->arena, &selector, &err)) {
        field_invalid_str(errs, path_child_str(NULL, v->scale.label_selector), STR(""), err.msg);
    }
}
