/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies that are custom resources: no table describes them, their definition does. What clients
 * are told differs from built-in kinds: here kind and apiVersion must be said.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apiserver/customresource_handler.go;
 * k8s.io/apimachinery pkg/runtime/serializer/json, pkg/apis/meta/v1/unstructured
 */
#include "doc/json.h"
#include "kube/gotext/go_iter.h"
#include "kube/strict.h"
#include "server/api/call.h"

/* From this version on the decoder's errors are passed on as they are. */
enum { ENCODING_JSON_SINCE = 23 };
/* From this version on an apiVersion that is missing is told here, before by the registry. */
enum { VERSION_SINCE = 24 };

static Str json_text(const Value *v, Arena *a)
{
    Value sorted = value_copy(v, a);
    Buf b = buf_new(a);
    value_sort_keys(&sorted);
    json_write_html_safe(&sorted, &b);
    return buf_str(&b);
}

/* -- kind and apiVersion ------------------------------------------------------------------------
 */

static Str missing_kind(ApiCall *call, const Value *body, Str text)
{
    Arena *a = call->arena;
    text = text.ptr ? text : json_text(body, a);
    Str problem = arena_printf(a, "Object 'Kind' is missing in '%.*s'", STR_ARG(str_trim(text)));
    if (call->request->target->minor >= ENCODING_JSON_SINCE) {
        return problem;
    }
    GoIter i = { .text = text, .arena = a };
    (void)go_iter_token(&i);
    go_iter_unread(&i);
    go_iter_skip(&i);
    go_iter_fail(&i, "unmarshalerDecoder", problem);
    return go_iter_message(&i);
}

/* Why the object cannot be read; absent when it can. What says to be of the version is pruned. */
static Str decode_problem(ApiCall *call, Str text, Value *object, Value *unknown)
{
    Arena *a = call->arena;
    Err err;
    if (value_get_str(object, STR("kind")).len == 0) {
        return missing_kind(call, object, text);
    }
    if (!crd_decode(&call->kind.custom->crd, call->kind.custom_version, false, object, a, unknown,
                    &err)) {
        return err.msg;
    }
    return STR_ABSENT;
}

/* -- fieldValidation ----------------------------------------------------------------------------
 */

static FieldValidation validation_mode(ApiCall *call)
{
    FieldValidation mode;
    bool known = field_validation_parse(api_query(call, "fieldValidation"), call->request->target,
                                        &mode, NULL);
    return known ? mode : FIELD_VALIDATION_IGNORE;
}

/* Keys that are there twice, then fields that the definition does not know. */
static StrList strict_problems(ApiCall *call, Str json, Str yaml, const Value *unknown)
{
    Arena *a = call->arena;
    StrList twice = { 0 };
    if (json.ptr) {
        twice = strict_errors(NULL, json, call->request->target, a);
    } else if (yaml.ptr) {
        twice = strict_errors_yaml(NULL, yaml, call->request->target, a);
    }
    Str *all = new(a, Str, twice.count + value_len(unknown) + 1);
    size_t count = 0;
    for (; count < twice.count; count++) {
        all[count] = twice.items[count];
    }
    VALUE_EACH_ITEM(path, unknown) {
        all[count++] = arena_printf(a, "unknown field \"%.*s\"", STR_ARG(value_as_str(path)));
    }
    return (StrList){ all, count };
}

static void warn_of(ApiCall *call, StrList problems)
{
    for (size_t i = 0; i < problems.count; i++) {
        if (str_index_byte(problems.items[i], '\n') < 0) {
            api_warn(call, problems.items[i]);
        }
    }
}

/* -- the body of a create or update -------------------------------------------------------------
 */

static bool answer_not_handled(ApiCall *call, const Value *body, Str why)
{
    Str given = value_get_str(body, STR("kind"));
    Str group, version = STR("");
    kube_split_api_version(value_get_str(body, STR("apiVersion")), &group, &version);
    given = given.len ? given : call->kind.kind;
    version = version.len ? version : call->kind.version;
    return api_answer_bad_request(
        call, "%.*s in version \"%.*s\" cannot be handled as a %.*s: %.*s", STR_ARG(given),
        STR_ARG(version), STR_ARG(call->kind.kind), STR_ARG(why));
}

bool api_decode_custom(ApiCall *call, Value *body)
{
    ApiBodyForm form = api_body_form(call);
    Str json = form == API_BODY_JSON ? call->request->body_text : STR_ABSENT;
    Str yaml = form == API_BODY_YAML ? call->request->body_text : STR_ABSENT;
    FieldValidation mode = validation_mode(call);
    Value unknown = value_array();
    Value object = value_copy(body, call->arena);
    Str problem = decode_problem(call, json, &object,
                                 mode == FIELD_VALIDATION_IGNORE ? NULL : &unknown);
    if (problem.ptr) {
        return answer_not_handled(call, body, problem);
    }
    if (mode != FIELD_VALIDATION_IGNORE) {
        StrList problems = strict_problems(call, json, yaml, &unknown);
        if (mode == FIELD_VALIDATION_STRICT && problems.count) {
            return answer_not_handled(call, body, strict_error_text(problems, call->arena));
        }
        warn_of(call, problems);
    }
    Str given_version = value_get_str(&object, STR("apiVersion"));
    bool is_passed_on = given_version.len == 0 && call->request->target->minor < VERSION_SINCE;
    *body = object;
    return is_passed_on || str_eq(given_version, call->kind.api_version) ||
           api_answer_bad_request(call,
                                  "the API version in the data (%.*s) does not match the expected "
                                  "API version (%.*s)",
                                  STR_ARG(given_version), STR_ARG(call->kind.api_version));
}

/* -- patches ------------------------------------------------------------------------------------
 */

bool api_decode_patched_custom(ApiCall *call, Str text, Value *patched)
{
    Arena *a = call->arena;
    FieldValidation mode = validation_mode(call);
    Value unknown = value_array();
    Value object = value_copy(patched, a);
    Str json = json_text(patched, a);
    Str problem = decode_problem(call, json, &object,
                                 mode == FIELD_VALIDATION_IGNORE ? NULL : &unknown);
    if (problem.ptr == NULL && mode != FIELD_VALIDATION_IGNORE) {
        StrList problems = strict_problems(call, text, STR_ABSENT, &unknown);
        if (mode == FIELD_VALIDATION_STRICT && problems.count) {
            problem = strict_error_text(problems, a);
        } else {
            warn_of(call, problems);
        }
    }
    if (problem.ptr) {
        FieldErrors errs = field_errors_new(a);
        field_invalid_str(&errs, path_root("patch"), json, problem);
        return api_answer_status(call, status_invalid(a, STR(""), STR(""), STR(""), &errs));
    }
    *patched = object;
    return true;
}
