/* SPDX-License-Identifier: Apache-2.0 */
/* What a conversion webhook is sent, and what comes back. */
#include "kube/custom_review.h"

#include "doc/json.h"
#include "doc/json_go.h"
#include "kube/kinds.h"
#include "kube/meta.h"

#define GROUP "apiextensions.k8s.io"

Str custom_review_version(const Crd *crd)
{
    for (size_t i = 0; i < crd->conversion_review_versions.count; i++) {
        Str version = crd->conversion_review_versions.items[i];
        if (str_eq(version, STR("v1")) || str_eq(version, STR("v1beta1"))) {
            return version;
        }
    }
    return STR_ABSENT;
}

/* -- the request --------------------------------------------------------------------------------
 */

/* An answer that says nothing is sent along, as Go writes it. */
static Value empty_response(Arena *a)
{
    Value response = value_object(), result = value_object();
    value_set_lit(&response, "uid", value_str(STR("")), a);
    value_set_lit(&response, "convertedObjects", value_null(), a);
    value_set_lit(&result, "metadata", value_object(), a);
    value_set_lit(&response, "result", result, a);
    return response;
}

Str custom_review_body(const CustomReview *r, Arena *a)
{
    Value review = value_object(), request = value_object(), objects = value_array();
    Str api_version = arena_concat(a, STR(GROUP "/"), r->version);
    value_add(&objects, *r->object, a);
    value_set_lit(&request, "uid", value_str(r->uid), a);
    value_set_lit(&request, "desiredAPIVersion", value_str(r->to_api_version), a);
    value_set_lit(&request, "objects", objects, a);
    value_set_lit(&review, "kind", value_str(STR("ConversionReview")), a);
    value_set_lit(&review, "apiVersion", value_str(api_version), a);
    value_set_lit(&review, "request", request, a);
    value_set_lit(&review, "response", empty_response(a), a);
    Buf b = buf_new(a);
    json_write_html_safe(&review, &b);
    return buf_str(&b);
}

/* -- words --------------------------------------------------------------------------------------
 */

/* "example.org/v1, Kind=Widget" */
static Str kind_text(Str api_version, Str kind, Arena *a)
{
    Str group, version;
    kube_split_api_version(api_version, &group, &version);
    return arena_printf(a, "%.*s/%.*s, Kind=%.*s", STR_ARG(group), STR_ARG(version), STR_ARG(kind));
}

static Str text_of(const Value *v, const char *key)
{
    Str s = value_get_str(v, str_from_c(key));
    return s.ptr ? s : STR("");
}

static Str who(const CustomReview *r, Arena *a)
{
    return kind_text(text_of(r->object, "apiVersion"), text_of(r->object, "kind"), a);
}

Str custom_review_failure(const CustomReview *r, Str why, Arena *a)
{
    return arena_printf(a, "conversion webhook for %.*s failed: %.*s", STR_ARG(who(r, a)),
                        STR_ARG(why));
}

static bool fail(const CustomReview *r, Str why, Arena *a, Err *err)
{
    return err_set(err, a, ERR_TYPE, "%.*s", STR_ARG(custom_review_failure(r, why, a)));
}

/* what: "object", "object at index 0", "metadata" */
static bool fail_invalid(const CustomReview *r, const char *what, Str why, Arena *a, Err *err)
{
    return err_set(err, a, ERR_TYPE, "conversion webhook for %.*s returned invalid %s: %.*s",
                   STR_ARG(who(r, a)), what, STR_ARG(why));
}

/* -- the answer ---------------------------------------------------------------------------------
 */

/* The kind and uid of the review, which v1 looks at. */
static bool check_head(const CustomReview *r, const Value *review, const Value *response, Arena *a,
                       Err *err)
{
    if (!str_eq(r->version, STR("v1"))) {
        return true;
    }
    Str wanted = kind_text(STR(GROUP "/v1"), STR("ConversionReview"), a);
    Str given = kind_text(text_of(review, "apiVersion"), text_of(review, "kind"), a);
    if (!str_eq(wanted, given)) {
        return fail(r,
                    arena_printf(a, "expected webhook response of %.*s, got %.*s", STR_ARG(wanted),
                                 STR_ARG(given)),
                    a, err);
    }
    Str uid = text_of(response, "uid");
    if (response && !str_eq(uid, r->uid)) {
        Buf b = buf_new(a);
        buf_lit(&b, "expected response.uid=");
        buf_go_quoted(&b, r->uid);
        buf_lit(&b, ", got ");
        buf_go_quoted(&b, uid);
        return fail(r, buf_str(&b), a, err);
    }
    return true;
}

static bool check_result(const CustomReview *r, const Value *response, Arena *a, Err *err)
{
    const Value *result = value_get_lit(response, "result");
    Str status = text_of(result, "status"), message = text_of(result, "message");
    if (str_eq(status, STR("Success"))) {
        return true;
    }
    if (message.len == 0) {
        message = arena_printf(a, "response.result.status was '%.*s', not 'Success'",
                               STR_ARG(status));
    }
    return fail(r, message, a, err);
}

/* The version and kind that were asked for. */
static bool check_kind(const CustomReview *r, const Value *made, Arena *a, Err *err)
{
    Str version = text_of(made, "apiVersion"), kind = text_of(made, "kind");
    Str wanted = text_of(r->object, "kind");
    const char *what = "object at index 0";
    if (!str_eq(version, r->to_api_version)) {
        return fail_invalid(r, what,
                            arena_printf(a, "invalid groupVersion (expected %.*s, received %.*s)",
                                         STR_ARG(r->to_api_version), STR_ARG(version)),
                            a, err);
    }
    return str_eq(kind, wanted) ||
           fail_invalid(r, what,
                        arena_printf(a, "invalid kind (expected %.*s, received %.*s)",
                                     STR_ARG(wanted), STR_ARG(kind)),
                        a, err);
}

/* It is still the same object. */
static bool check_identity(const CustomReview *r, const Value *made, Arena *a, Err *err)
{
    static const struct {
        const char *key;
        const char *words;
    } rows[] = { { "name", "name" }, { "namespace", "namespace" }, { "uid", "UID" } };
    const Value *old = value_get_lit(r->object, "metadata");
    const Value *now = value_get_lit(made, "metadata");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str wanted = text_of(old, rows[i].key), given = text_of(now, rows[i].key);
        if (!str_eq(wanted, given)) {
            return fail_invalid(r, "object",
                                arena_printf(a, "must have the same %s: %.*s != %.*s",
                                             rows[i].words, STR_ARG(wanted), STR_ARG(given)),
                                a, err);
        }
    }
    return true;
}

/* What Go calls the type of a value. */
static const char *go_type(const Value *v)
{
    switch (v->kind) {
    case VALUE_BOOL:
        return "bool";
    case VALUE_INT:
        return "int64";
    case VALUE_UINT:
    case VALUE_FLOAT:
        return "float64";
    case VALUE_STRING:
        return "string";
    case VALUE_ARRAY:
        return "[]interface {}";
    case VALUE_OBJECT:
        return "map[string]interface {}";
    default:
        return "<nil>";
    }
}

/* Labels, annotations: the only ones that a webhook may change. */
static bool take_texts(const CustomReview *r, const char *key, const Value *from, Value *metadata,
                       Arena *a, Err *err)
{
    const Value *texts = value_get(from, str_from_c(key));
    if (value_is_null(texts)) {
        value_remove(metadata, str_from_c(key));
        return true;
    }
    if (texts->kind != VALUE_OBJECT) {
        return fail_invalid(r, "metadata",
                            arena_printf(a, "invalid metadata.%s of type %s in converted object",
                                         key, go_type(texts)),
                            a, err);
    }
    VALUE_EACH_MEMBER(m, texts) {
        if (m->value.kind != VALUE_STRING) {
            return fail_invalid(
                r, "metadata",
                arena_printf(a, "metadata.%s[%.*s] must be a string, but is %s in converted object",
                             key, STR_ARG(member_key(m)), go_type(&m->value)),
                a, err);
        }
    }
    value_set(metadata, str_from_c(key), *texts, a);
    return true;
}

static bool check_texts(const CustomReview *r, const Value *metadata, Arena *a, Err *err)
{
    FieldErrors errs = field_errors_new(a);
    Path at = path_root("metadata"), labels = path_child(&at, "labels");
    meta_validate_labels(value_get_lit(metadata, "labels"), &labels, &errs);
    if (errs.count == 0) {
        return true;
    }
    Buf b = buf_new(a);
    field_errors_write_aggregate(&errs, &b);
    return fail_invalid(r, "metadata", buf_str(&b), a, err);
}

static bool restore_metadata(const CustomReview *r, Value *made, Arena *a, Err *err)
{
    const Value *from = value_get_lit(made, "metadata");
    const Value *old = value_get_lit(r->object, "metadata");
    if (!value_is(from, VALUE_OBJECT)) {
        Str why = from ? arena_printf(a, "invalid metadata of type %s in converted object",
                                      go_type(from))
                       : STR("missing metadata in converted object");
        return fail_invalid(r, "metadata", why, a, err);
    }
    Value metadata = old ? value_copy(old, a) : value_object();
    if (!take_texts(r, "labels", from, &metadata, a, err) ||
        !take_texts(r, "annotations", from, &metadata, a, err) ||
        !check_texts(r, &metadata, a, err)) {
        return false;
    }
    value_set_lit(made, "metadata", metadata, a);
    return true;
}

bool custom_review_read(const CustomReview *r, Str answer, Arena *a, Value *out, Err *err)
{
    Value review;
    Err problem;
    if (!json_read(STR("answer"), answer, NULL, a, &review, &problem)) {
        (void)!json_go_read(answer, a, &review, &problem);
        return fail(r, problem.msg, a, err);
    }
    const Value *response = value_get_lit(&review, "response");
    response = value_is(response, VALUE_OBJECT) ? response : NULL;
    if (!check_head(r, &review, response, a, err)) {
        return false;
    }
    if (response == NULL) {
        return fail(r, STR("no response provided"), a, err);
    }
    if (!check_result(r, response, a, err)) {
        return false;
    }
    const Value *objects = value_get_lit(response, "convertedObjects");
    if (value_len(objects) != 1) {
        return err_set(err, a, ERR_TYPE,
                       "conversion webhook for %.*s returned %zu objects, expected 1",
                       STR_ARG(who(r, a)), value_len(objects));
    }
    Value made = value_copy(value_item(objects, 0), a);
    if (!check_kind(r, &made, a, err) || !check_identity(r, &made, a, err) ||
        !restore_metadata(r, &made, a, err)) {
        return false;
    }
    *out = made;
    return true;
}
