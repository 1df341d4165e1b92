/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a write: which kind it has to be of, its text read, and the words in which the API
 * server says that it is not what it should be.
 *
 * Source: k8s.io/apiserver pkg/endpoints/handlers/rest.go (transformDecodeError), create.go,
 * update.go; k8s.io/apimachinery pkg/runtime/serializer
 */
#include "doc/json.h"
#include "doc/json_go.h"
#include "doc/yaml.h"
#include "kube/proto/proto.h"
#include "kube/resource_table.h"
#include "server/api/call.h"

Str api_body_kind(const ApiCall *call)
{
    ResourceEntry entry;
    bool found = resource_find(&call->kind, call->info.subresource, call->request->target, &entry);
    return found ? entry.kind : call->kind.kind;
}

Str api_body_version(const ApiCall *call)
{
    ResourceEntry entry;
    bool found = resource_find(&call->kind, call->info.subresource, call->request->target, &entry);
    return found ? entry.api_version : call->kind.api_version;
}

/* -- texts ----------------------------------------------------------------------------------------
 */

enum { SUMMARY_BYTES_MAX = 30 };

/* The start of a body, for messages. */
static Str summary(Str text, Arena *a)
{
    if (text.len == 0) {
        return STR("<empty>");
    }
    Buf b = buf_new(a);
    size_t shown = text.len < SUMMARY_BYTES_MAX ? text.len : SUMMARY_BYTES_MAX;
    if (text.ptr[0] == '{') {
        buf_add(&b, str_slice(text, 0, shown));
    } else {
        for (size_t i = 0; i < shown; i++) {
            buf_printf(&b, "%02x", (unsigned char)text.ptr[i]);
        }
    }
    if (text.len > SUMMARY_BYTES_MAX) {
        buf_lit(&b, " ...");
    }
    return buf_str(&b);
}

static bool answer_unrecognized(ApiCall *call, Str what, Str why)
{
    return api_answer_bad_request(
        call, "the object provided is unrecognized (must be of type %.*s): %.*s (%.*s)",
        STR_ARG(what), STR_ARG(why), STR_ARG(summary(call->request->body_text, call->arena)));
}

/* What Go calls the type of struct that kind and apiVersion are first read into. */
#define HEAD_TYPE                                                                             \
    "struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\" \
    "\"kind,omitempty\\\"\" }"

/* Why kind and apiVersion cannot be read; absent when they can. */
static Str head_problem(const Value *v, Arena *a)
{
    static const char *const fields[] = { "apiVersion", "kind" };
    if (value_is_null(v)) {
        return STR_ABSENT;
    }
    Str kind = value_kind_name(v);
    kind = str_eq(kind, STR("boolean")) ? STR("bool") : kind;
    if (v->kind != VALUE_OBJECT) {
        return arena_printf(a, "json: cannot unmarshal %.*s into Go value of type " HEAD_TYPE,
                            STR_ARG(kind));
    }
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        const Value *field = value_get(v, str_from_c(fields[i]));
        if (value_is_null(field) || field->kind == VALUE_STRING) {
            continue;
        }
        kind = value_kind_name(field);
        kind = str_eq(kind, STR("boolean")) ? STR("bool") : kind;
        return arena_printf(a,
                            "json: cannot unmarshal %.*s into Go struct field .%s of type string",
                            STR_ARG(kind), fields[i]);
    }
    return STR_ABSENT;
}

/* The media type without its parameters. */
static Str media_type(Str content_type)
{
    Str type, parameters;
    (void)str_split_once(content_type, ';', &type, &parameters);
    return str_trim(type);
}

static bool answer_unsupported_media(ApiCall *call)
{
    return api_answer_status(
        call, (Status){ .code = 415,
                        .reason = STR("UnsupportedMediaType"),
                        .message = STR("the body of the request was in an unknown format - "
                                       "accepted media types include: application/json, "
                                       "application/yaml, application/vnd.kubernetes.protobuf") });
}

static bool read_json(ApiCall *call, Str what, Str text, Value *out)
{
    DocLimits limits = doc_limits_request;
    limits.last_key_wins = true;
    Err err;
    if (json_read(STR("body"), text, &limits, call->arena, out, &err)) {
        return true;
    }
    if (!json_go_read(text, call->arena, out, &err)) {
        Str why = arena_concat(call->arena, STR("couldn't get version/kind; json parse error: "),
                               err.msg);
        return answer_unrecognized(call, what, why);
    }
    return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg)); /* too deep or too long */
}

static bool read_yaml(ApiCall *call, Str what, Str text, Value *out)
{
    Err err;
    const YamlRepeatedKey *repeated;
    if (yaml_read_go(text, &doc_limits_request, call->arena, out, &repeated, &err)) {
        return true;
    }
    return answer_unrecognized(call, what, err.msg);
}

void api_keep_sent(ApiCall *call, const Value *body)
{
    if (call->request->keep_sent) {
        call->response->sent = value_copy(body, call->arena);
    }
}

static bool read_proto(ApiCall *call, Str what, const SchemaType *fallback, Str text, Value *out)
{
    Err err;
    return proto_decode(text, fallback, call->request->target, call->arena, out, &err) ||
           answer_unrecognized(call, what, err.msg);
}

static bool check_head(ApiCall *call, Str what, const Value *tree)
{
    Str problem = head_problem(tree, call->arena);
    if (problem.ptr == NULL) {
        return true;
    }
    problem = arena_concat(call->arena, STR("couldn't get version/kind; json parse error: "),
                           problem);
    return answer_unrecognized(call, what, problem);
}

ApiBodyForm api_body_form(const ApiCall *call)
{
    const ApiRequest *r = call->request;
    Str type = media_type(r->content_type);
    return r->body_text.ptr == NULL                                 ? API_BODY_TREE
           : str_eq(type, STR("application/yaml"))                  ? API_BODY_YAML
           : str_eq(type, STR(PROTO_MEDIA_TYPE))                    ? API_BODY_PROTO
           : type.len == 0 || str_eq(type, STR("application/json")) ? API_BODY_JSON
                                                                    : API_BODY_UNKNOWN;
}

/* fallback: the type of what does not say what it is */
static bool read_tree(ApiCall *call, Str what, const SchemaType *fallback, Value *out)
{
    const ApiRequest *r = call->request;
    bool done = false;
    switch (api_body_form(call)) {
    case API_BODY_TREE:
        if (r->body == NULL) {
            return answer_unrecognized(
                call, what,
                STR("couldn't get version/kind; json parse error: unexpected end of JSON input"));
        }
        *out = *r->body;
        api_keep_sent(call, out);
        return true;
    case API_BODY_YAML:
        done = read_yaml(call, what, r->body_text, out);
        break;
    case API_BODY_PROTO:
        done = read_proto(call, what, fallback, r->body_text, out);
        break;
    case API_BODY_JSON:
        done = read_json(call, what, r->body_text, out);
        break;
    case API_BODY_UNKNOWN:
        return answer_unsupported_media(call);
    }
    if (!done || !check_head(call, what, out)) {
        return false;
    }
    if (value_is_null(out)) {
        *out = value_object();
    }
    api_keep_sent(call, out);
    return true;
}

/* -- an object of the call's kind
 * -------------------------------------------------------------------- */

/* The parts of the server that know kinds of their own, and what they call themselves. */
static const struct {
    Str group;
    const char *name;
} schemes[] = {
    { STR_INIT("apiextensions.k8s.io"),
      "k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go:52" },
    { STR_INIT("apiregistration.k8s.io"),
      "k8s.io/kube-aggregator/pkg/apiserver/scheme/scheme.go:32" },
    { STR_INIT(""), "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30" }, /* all others */
};

static size_t scheme_of(Str api_version)
{
    Str group, version;
    size_t i = 0;
    kube_split_api_version(api_version, &group, &version);
    while (i + 1 < COUNT_OF(schemes) && !str_eq(schemes[i].group, group)) {
        i++;
    }
    return i;
}

/* "v1" of "apps/v1" */
static Str version_part(Str api_version)
{
    Str group, version;
    kube_split_api_version(api_version, &group, &version);
    return version;
}

/* What the API server calls its own form of a group. */
static Str internal_group(Str api_version)
{
    Str group, version;
    kube_split_api_version(api_version, &group, &version);
    Str first, rest;
    (void)str_split_once(group, '.', &first, &rest);
    return group.len == 0 ? STR("core") : first;
}

/* "Nope in version "v1" cannot be handled as a ConfigMap: why" */
static bool answer_not_handled(ApiCall *call, Str given_version, Str given_kind, Str why)
{
    Str wanted = api_body_kind(call);
    return api_answer_bad_request(
        call, "%.*s in version \"%.*s\" cannot be handled as a %.*s: %.*s", STR_ARG(given_kind),
        STR_ARG(version_part(given_version)), STR_ARG(wanted), STR_ARG(why));
}

/* Is it a kind that is known, and does the body decode into it? */
static bool check_decodes(ApiCall *call, Str given_version, Str given_kind, const Value *body)
{
    const SchemaType *type = schema_find(given_version, given_kind);
    size_t scheme = scheme_of(api_body_version(call));
    if (type == NULL || scheme_of(given_version) != scheme) {
        Str why = arena_printf(call->arena,
                               "no kind \"%.*s\" is registered for version \"%.*s\" in scheme "
                               "\"%s\"",
                               STR_ARG(given_kind), STR_ARG(given_version), schemes[scheme].name);
        return answer_not_handled(call, given_version, given_kind, why);
    }
    ApiBodyForm form = api_body_form(call);
    if (form == API_BODY_PROTO) {
        return true;
    }
    Str problem = api_decode_problem(call, type, body,
                                     form == API_BODY_JSON ? call->request->body_text : STR_ABSENT);
    return (problem.ptr == NULL || answer_not_handled(call, given_version, given_kind, problem)) &&
           api_check_fields(call, type, given_version, given_kind);
}

/* Of a definition, the schemas too. */
static bool check_definition(ApiCall *call, Str given_version, Str given_kind, const Value *body)
{
    if (!str_eq(given_kind, STR("CustomResourceDefinition"))) {
        return true;
    }
    Value copy = value_copy(body, call->arena);
    Err err;
    return crd_definition_decode(&copy, call->request->target, call->arena, &err) ||
           answer_not_handled(call, given_version, given_kind, err.msg);
}

static bool check_kind(ApiCall *call, Str given_version, Str given_kind, Str version, Str kind)
{
    if (!str_eq(given_kind, kind)) {
        Str why = arena_printf(call->arena,
                               "converting (%.*s.%.*s) to (%.*s.%.*s): unknown conversion",
                               STR_ARG(version_part(given_version)), STR_ARG(given_kind),
                               STR_ARG(internal_group(version)), STR_ARG(kind));
        return answer_not_handled(call, given_version, given_kind, why);
    }
    return str_eq(given_version, version) ||
           api_answer_bad_request(call,
                                  "the API version in the data (%.*s) does not match the expected "
                                  "API version (%.*s)",
                                  STR_ARG(given_version), STR_ARG(version));
}

bool api_body_is_custom(const ApiCall *call)
{
    return call->kind.custom && !str_eq(call->info.subresource, STR("scale"));
}

bool api_read_body(ApiCall *call, Value *out)
{
    Str kind = api_body_kind(call);
    Str version = api_body_version(call);
    Value body;
    if (!read_tree(call, kind, schema_find(version, kind), &body)) {
        return false;
    }
    if (body.kind != VALUE_OBJECT) {
        return api_answer_bad_request(
            call, "the object provided is unrecognized (must be of type %.*s)", STR_ARG(kind));
    }
    if (api_body_is_custom(call)) {
        *out = body;
        return api_decode_custom(call, out);
    }
    Str given_kind = value_get_str(&body, STR("kind"));
    Str given_version = value_get_str(&body, STR("apiVersion"));
    Str full_kind = given_kind.len ? given_kind : kind;
    Str full_version = given_version.len ? given_version : version;
    if (!check_decodes(call, full_version, full_kind, &body) ||
        !check_definition(call, full_version, full_kind, &body) ||
        !check_kind(call, full_version, full_kind, version, kind)) {
        return false;
    }
    *out = body;
    if (given_kind.len == 0 || given_version.len == 0) {
        *out = value_copy(&body, call->arena);
        value_set_lit(out, "kind", value_str(kind), call->arena);
        value_set_lit(out, "apiVersion", value_str(full_version), call->arena);
    }
    return true;
}

#define OPTIONS_SCHEME "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"

/* Errors have no Status of their own there: 500 with the message alone. */
static bool answer_options_problem(ApiCall *call, Str message)
{
    return api_answer_status(call, status_unknown(call->arena, message));
}

static bool read_options_tree(ApiCall *call, const SchemaType *type, Value *out)
{
    const ApiRequest *r = call->request;
    Arena *a = call->arena;
    DocLimits limits = doc_limits_request;
    limits.last_key_wins = true;
    Err err;
    *out = r->body ? *r->body : value_object();
    if (r->body_text.len == 0) {
        return true;
    }
    ApiBodyForm form = api_body_form(call);
    if (form == API_BODY_UNKNOWN) {
        return answer_unsupported_media(call);
    }
    if (form == API_BODY_PROTO) {
        return proto_decode(r->body_text, type, r->target, a, out, &err) ||
               answer_options_problem(call, err.msg);
    }
    if (form == API_BODY_YAML) {
        const YamlRepeatedKey *repeated;
        return yaml_read_go(r->body_text, &limits, a, out, &repeated, &err) ||
               answer_options_problem(call, err.msg);
    }
    if (json_read(STR("body"), r->body_text, &limits, a, out, &err)) {
        return true;
    }
    (void)!json_go_read(r->body_text, a, out, &err);
    return answer_options_problem(
        call, arena_concat(a, STR("couldn't get version/kind; json parse error: "), err.msg));
}

bool api_read_delete_options(ApiCall *call, Value *out)
{
    Arena *a = call->arena;
    const SchemaType *type = schema_find(STR("v1"), STR("DeleteOptions"));
    if (!read_options_tree(call, type, out)) {
        return false;
    }
    if (out->len && out->kind == VALUE_OBJECT) {
        api_keep_sent(call, out);
    }
    Str head = head_problem(out, a);
    if (head.ptr) {
        return answer_options_problem(
            call, arena_concat(a, STR("couldn't get version/kind; json parse error: "), head));
    }
    if (value_is_null(out)) {
        *out = value_object();
    }
    Str kind = value_get_str(out, STR("kind"));
    Str version = value_get_str(out, STR("apiVersion"));
    if (kind.len && !str_eq(kind, STR("DeleteOptions"))) {
        return answer_options_problem(
            call, arena_printf(a,
                               "no kind \"%.*s\" is registered for version \"%.*s\" in scheme "
                               "\"" OPTIONS_SCHEME "\"",
                               STR_ARG(kind), STR_ARG(version)));
    }
    ApiBodyForm form = api_body_form(call);
    Value in = *out;
    Err err;
    Str problem = form == API_BODY_PROTO
                      ? STR_ABSENT
                      : api_decode_problem(call, type, &in,
                                           form == API_BODY_JSON ? call->request->body_text
                                                                 : STR_ABSENT);
    if (problem.ptr == NULL &&
        !schema_decode(type, &in, call->request->target, a, out, NULL, &err)) {
        problem = err.msg;
    }
    return problem.ptr == NULL || answer_options_problem(call, problem);
}
