/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a body decode into its type? In the words of the API server's decoder, which reads text: a
 * YAML body is asked about as the JSON that it is turned into.
 */
#include "doc/json.h"
#include "doc/json_go.h"
#include "kube/gotext/decode_error.h"
#include "kube/gotext/unmarshal_error.h"
#include "kube/strict.h"
#include "server/api/call.h"

/* From this version on the decoder is a copy of Go's own. */
enum { ENCODING_JSON_SINCE = 23 };

/* Does the type fit, in that decoder's words. */
static Str unmarshal_problem(ApiCall *call, const SchemaType *type, const Value *tree, Str json)
{
    Arena *a = call->arena;
    Value document;
    Err err;
    if (json.ptr && json_go_read(json, a, &document, &err)) {
        return unmarshal_error_text(type, &document, call->request->target, a);
    }
    document = value_copy(tree, a); /* it becomes JSON with its keys in order */
    value_sort_keys(&document);
    return unmarshal_error_text(type, &document, call->request->target, a);
}

Str api_decode_problem(ApiCall *call, const SchemaType *type, const Value *tree, Str json)
{
    const KubeTarget *target = call->request->target;
    Err err;
    bool fits = schema_fits(type, tree, target, call->arena, &err);
    if (target->minor >= ENCODING_JSON_SINCE) {
        Str problem = unmarshal_problem(call, type, tree, json);
        return problem.ptr || fits ? problem : err.msg;
    }
    if (fits && json.ptr == NULL) {
        return STR_ABSENT;
    }
    if (json.ptr == NULL) {
        Value sorted = value_copy(tree, call->arena);
        Buf b = buf_new(call->arena);
        value_sort_keys(&sorted);
        json_write_html_safe(&sorted, &b);
        json = buf_str(&b);
    }
    Str problem = decode_error_text(type, json, target, call->arena);
    return problem.ptr || fits ? problem : err.msg;
}

bool api_check_fields(ApiCall *call, const SchemaType *type, Str version, Str kind)
{
    FieldValidation mode;
    const ApiRequest *r = call->request;
    ApiBodyForm form = api_body_form(call);
    Arena *a = call->arena;
    if (!field_validation_parse(api_query(call, "fieldValidation"), r->target, &mode, NULL) ||
        mode == FIELD_VALIDATION_IGNORE || (form != API_BODY_JSON && form != API_BODY_YAML)) {
        return true;
    }
    StrList errors = form == API_BODY_JSON ? strict_errors(type, r->body_text, r->target, a)
                                           : strict_errors_yaml(type, r->body_text, r->target, a);
    if (mode == FIELD_VALIDATION_STRICT && errors.count) {
        Str group, short_version;
        kube_split_api_version(version, &group, &short_version);
        return api_answer_bad_request(
            call, "%.*s in version \"%.*s\" cannot be handled as a %.*s: %.*s", STR_ARG(kind),
            STR_ARG(short_version), STR_ARG(kind), STR_ARG(strict_error_text(errors, a)));
    }
    for (size_t i = 0; i < errors.count; i++) {
        if (str_index_byte(errors.items[i], '\n') < 0) {
            api_warn(call, errors.items[i]);
        }
    }
    return true;
}
