/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a webhook's answer means: of HTTP, of its JSON, of the AdmissionReview in it.
 *
 * Source: k8s.io/client-go rest/request.go, k8s.io/apimachinery pkg/api/errors, k8s.io/apiserver
 * pkg/admission/plugin/webhook/{request,errors}
 */
#include "base/base64.h"
#include "decide/webhook/webhook.h"
#include "doc/json_go.h"

#include "doc/json.h"

enum {
    WORDED_SINCE = 22,           /* "failed to call webhook: " */
    ERROR_TEXT_BYTES_MAX = 2048, /* of a body that is quoted */
};

Str webhook_failure(Str name, Str problem, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "failed calling webhook ");
    buf_go_quoted(&b, name);
    buf_printf(&b, ": %.*s", STR_ARG(problem));
    return buf_str(&b);
}

Str webhook_problem(int minor, const char *newer, Str problem, Arena *a)
{
    return minor >= WORDED_SINCE ? arena_printf(a, "%s: %.*s", newer, STR_ARG(problem)) : problem;
}

static bool fail(WebhookVerdict *out, Str problem)
{
    out->says = WEBHOOK_FAILS;
    out->problem = problem;
    return false;
}

/* -- HTTP -------------------------------------------------------------------------------------- */

static bool is_text(Str content_type)
{
    return str_starts_with(content_type, STR("text/"));
}

/* What client-go says of a status. */
static Str status_words(const Answer *answer, Arena *a)
{
    static const struct {
        int status;
        Str words; /* empty: what the other side said */
    } rows[] = {
        { 400, STR_INIT("the server rejected our request for an unknown reason") },
        { 401, STR_INIT("the server has asked for the client to provide credentials") },
        { 403, STR_INIT("") },
        { 404, STR_INIT("the server could not find the requested resource") },
        { 405, STR_INIT("the server does not allow this method on the requested resource") },
        { 406, STR_INIT("") },
        { 409, STR_INIT("the server reported a conflict") },
        { 415, STR_INIT("") },
        { 422, STR_INIT("the server rejected our request due to an error in our request") },
        { 429, STR_INIT("the server has received too many requests and has asked us to try again "
                        "later") },
        { 503, STR_INIT("the server is currently unable to handle the request") },
        { 504, STR_INIT("the server was unable to return a response in the time allotted, but may "
                        "still be processing the request") },
    };
    Str said = STR("unknown");
    if (answer->body.len && is_text(answer->content_type) && str_is_utf8(answer->body)) {
        said = str_slice(str_trim(answer->body), 0, ERROR_TEXT_BYTES_MAX);
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].status == answer->status) {
            return rows[i].words.len ? rows[i].words : said;
        }
    }
    Buf b = buf_new(a);
    if (answer->status < 500) {
        buf_printf(&b,
                   "the server responded with the status code %d but did not return more "
                   "information",
                   answer->status);
        return buf_str(&b);
    }
    buf_lit(&b, "an error on the server (");
    buf_go_quoted(&b, said);
    buf_lit(&b, ") has prevented the request from succeeding");
    return buf_str(&b);
}

/* A failure whose body is a Status speaks for itself. */
static Str failure_words(const Answer *answer, Arena *a)
{
    Value body;
    Err err;
    if (json_read(STR("answer"), answer->body, NULL, a, &body, &err) &&
        str_eq(value_get_str(&body, STR("kind")), STR("Status")) &&
        str_eq(value_get_str(&body, STR("status")), STR("Failure"))) {
        return value_get_str(&body, STR("message"));
    }
    return status_words(answer, a);
}

static bool read_http(const Answer *answer, int minor, Arena *a, WebhookVerdict *out)
{
    if (answer->error.ptr) {
        return fail(out, webhook_problem(minor, "failed to call webhook", answer->error, a));
    }
    if (answer->status < 200 || answer->status > 206) {
        return fail(out,
                    webhook_problem(minor, "failed to call webhook", failure_words(answer, a), a));
    }
    if (answer->body.len == 0) {
        Str words = arena_printf(a, "0-length response with status code: %d and content type: %.*s",
                                 answer->status, STR_ARG(answer->content_type));
        return fail(out, webhook_problem(minor, "failed to call webhook", words, a));
    }
    return true;
}

/* -- the review -------------------------------------------------------------------------------- */

static bool fail_reading(const WebhookExpectation *e, Str words, Arena *a, WebhookVerdict *out)
{
    return fail(out, webhook_problem(e->minor, "failed to call webhook", words, a));
}

static bool fail_checking(const WebhookExpectation *e, Str words, Arena *a, WebhookVerdict *out)
{
    return fail(out, webhook_problem(e->minor, "received invalid webhook response", words, a));
}

static bool read_tree(const Answer *answer, const WebhookExpectation *e, Arena *a, Value *review,
                      WebhookVerdict *out)
{
    Value any;
    Err err;
    if (json_read(STR("answer"), answer->body, NULL, a, review, &err)) {
        if (review->kind == VALUE_OBJECT) {
            return true;
        }
        Str kind = value_kind_name(review);
        Str words = arena_printf(a,
                                 "couldn't get version/kind; json parse error: json: cannot "
                                 "unmarshal %.*s into Go value of type struct { APIVersion string "
                                 "\"json:\\\"apiVersion,omitempty\\\"\"; Kind string "
                                 "\"json:\\\"kind,omitempty\\\"\" }",
                                 STR_ARG(str_eq(kind, STR("boolean")) ? STR("bool") : kind));
        return fail_reading(e, words, a, out);
    }
    bool is_json = json_go_read(answer->body, a, &any, &err);
    return fail_reading(
        e,
        is_json ? STR("the answer is JSON that is too deep or has a key twice")
                : arena_concat(a, STR("couldn't get version/kind; json parse error: "), err.msg),
        a, out);
}

/* The kind that the answer says it is. */
static bool check_kind(const Value *review, const WebhookExpectation *e, Arena *a,
                       WebhookVerdict *out)
{
    Str version = value_get_str(review, STR("apiVersion"));
    Str kind = value_get_str(review, STR("kind"));
    Str wanted = arena_printf(a, "admission.k8s.io/%.*s", STR_ARG(e->review_version));
    bool is_review = kind.len == 0 || str_eq(kind, STR("AdmissionReview"));
    bool is_known = version.len == 0 || str_eq(version, STR("admission.k8s.io/v1")) ||
                    str_eq(version, STR("admission.k8s.io/v1beta1"));
    if (!is_review || !is_known) {
        return fail_reading(e,
                            arena_printf(a,
                                         "no kind \"%.*s\" is registered for version \"%.*s\" in "
                                         "scheme \"k8s.io/apiserver/pkg/util/webhook/client.go\"",
                                         STR_ARG(kind), STR_ARG(version)),
                            a, out);
    }
    if (version.len && !str_eq(version, wanted)) {
        Str given = str_cut_prefix(version, STR("admission.k8s.io/"));
        return fail_reading(e,
                            arena_printf(a,
                                         "converting (%.*s.AdmissionReview) to "
                                         "(%.*s.AdmissionReview): unknown conversion",
                                         STR_ARG(given), STR_ARG(e->review_version)),
                            a, out);
    }
    return true;
}

typedef struct FieldRow {
    const char *path[2];
    ValueKind kind;
    const char *go; /* "AdmissionResponse.response.allowed of type bool" */
} FieldRow;

/* The members whose values must be of a type. */
static const FieldRow response_fields[] = {
    { { "uid" }, VALUE_STRING, "AdmissionResponse.response.uid of type types.UID" },
    { { "allowed" }, VALUE_BOOL, "AdmissionResponse.response.allowed of type bool" },
    { { "status" }, VALUE_OBJECT, "AdmissionResponse.response.status of type v1.Status" },
    { { "status", "code" }, VALUE_INT, "Status.response.status.code of type int32" },
    { { "status", "message" }, VALUE_STRING, "Status.response.status.message of type string" },
    { { "status", "reason" },
      VALUE_STRING,
      "Status.response.status.reason of type "
      "v1.StatusReason" },
    { { "status", "status" }, VALUE_STRING, "Status.response.status.status of type string" },
    { { "status", "details" },
      VALUE_OBJECT,
      "Status.response.status.details of type "
      "v1.StatusDetails" },
    { { "patch" }, VALUE_STRING, "AdmissionResponse.response.patch of type []uint8" },
    { { "patchType" }, VALUE_STRING, "AdmissionResponse.response.patchType of type v1.PatchType" },
    { { "auditAnnotations" },
      VALUE_OBJECT,
      "AdmissionResponse.response.auditAnnotations of type "
      "map[string]string" },
    { { "warnings" }, VALUE_ARRAY, "AdmissionResponse.response.warnings of type []string" },
};

static Str wrong_type(const Value *v, const char *go, Arena *a)
{
    Str kind = value_kind_name(v);
    return arena_printf(a, "json: cannot unmarshal %.*s into Go struct field %s",
                        STR_ARG(str_eq(kind, STR("boolean")) ? STR("bool") : kind), go);
}

/* The first item or member that is no string. */
static const Value *not_a_string(const Value *v)
{
    VALUE_EACH_ITEM(item, v) {
        if (item->kind != VALUE_STRING) {
            return item;
        }
    }
    VALUE_EACH_MEMBER(m, v) {
        if (m->value.kind != VALUE_STRING) {
            return &m->value;
        }
    }
    return NULL;
}

static bool check_types(const Value *response, const WebhookExpectation *e, Arena *a,
                        WebhookVerdict *out)
{
    for (size_t i = 0; i < COUNT_OF(response_fields); i++) {
        const FieldRow *row = &response_fields[i];
        const Value *v = value_at(response, row->path[0], row->path[1], NULL);
        if (!value_is_null(v) && v->kind != row->kind) {
            return fail_reading(e, wrong_type(v, row->go, a), a, out);
        }
    }
    const Value *wrong = not_a_string(value_get_lit(response, "warnings"));
    const Value *wrong_note = not_a_string(value_get_lit(response, "auditAnnotations"));
    if (wrong || wrong_note) {
        return fail_reading(
            e,
            wrong_type(wrong ? wrong : wrong_note, "AdmissionResponse.response of type string", a),
            a, out);
    }
    return true;
}

/* -- the patch --------------------------------------------------------------------------------- */

static bool read_patch(const Value *response, const WebhookExpectation *e, Arena *a,
                       WebhookVerdict *out)
{
    Str encoded = value_get_str(response, STR("patch"));
    const Value *type = value_get_lit(response, "patchType");
    bool has_type = !value_is_null(type);
    bool is_v1 = str_eq(e->review_version, STR("v1"));
    Buf text = buf_new(a);
    if (!base64_read(encoded, &text)) {
        return fail_reading(e, STR("illegal base64 data at input byte 0"), a, out);
    }
    out->patch = buf_str(&text);
    out->patch_type = value_as_str(type);
    if (!is_v1) {
        /* what kind of patch it is was never looked at */
        out->patch = e->mutating ? out->patch : STR("");
        out->patch_type = STR("JSONPatch");
        return true;
    }
    Str problem = STR("");
    if (!e->mutating) {
        problem = out->patch.len ? STR("validating webhook may not return response.patch")
                  : has_type     ? STR("validating webhook may not return response.patchType")
                                 : STR("");
    } else if (out->patch.len && !has_type) {
        problem = STR("webhook returned response.patch but not response.patchType");
    } else if (!out->patch.len && has_type) {
        problem = STR("webhook returned response.patchType but not response.patch");
    } else if (has_type && !out->patch_type.len) {
        problem = STR("webhook returned invalid response.patchType of \"\"");
    }
    return !problem.len || fail_checking(e, problem, a, out);
}

/* -- a refusal --------------------------------------------------------------------------------- */

/* The Status that the webhook gave, made one that refuses. */
static Value denial_of(const Value *result, const WebhookExpectation *e, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "admission webhook ");
    buf_go_quoted(&b, e->name);
    buf_lit(&b, " denied the request");
    Str message = value_get_str(result, STR("message"));
    Str reason = value_get_str(result, STR("reason"));
    int64_t code = value_get_int(result, STR("code")).value;
    if (message.len || reason.len) {
        buf_printf(&b, ": %.*s", STR_ARG(message.len ? message : reason));
    } else {
        buf_lit(&b, " without explanation");
    }
    Str status = value_get_str(result, STR("status"));
    const Value *details = value_get_lit(result, "details");
    Value out = value_object();
    value_set_lit(&out, "kind", value_str(STR("Status")), a);
    value_set_lit(&out, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&out, "metadata", value_object(), a);
    value_set_lit(
        &out, "status",
        value_str(status.len == 0 || str_eq(status, STR("Success")) ? STR("Failure") : status), a);
    value_set_lit(&out, "message", value_str(buf_str(&b)), a);
    if (reason.len) {
        value_set_lit(&out, "reason", value_str(reason), a);
    }
    if (!value_is_null(details)) {
        value_set_lit(&out, "details", *details, a);
    }
    value_set_lit(&out, "code", value_int(code < 400 || code > 999 ? 400 : code), a);
    return out;
}

/* -- the whole --------------------------------------------------------------------------------- */

static bool read_response(const Value *review, const WebhookExpectation *e, Arena *a,
                          WebhookVerdict *out)
{
    const Value *response = value_get_lit(review, "response");
    bool is_v1 = str_eq(e->review_version, STR("v1"));
    if (value_is_null(response)) {
        return fail_checking(e, STR("webhook response was absent"), a, out);
    }
    if (response->kind != VALUE_OBJECT) {
        return fail_reading(
            e, wrong_type(response, "AdmissionReview.response of type v1.AdmissionResponse", a), a,
            out);
    }
    if (!check_types(response, e, a, out)) {
        return false;
    }
    Str uid = value_get_str(response, STR("uid"));
    if (is_v1 && !str_eq(uid, e->uid)) {
        Buf b = buf_new(a);
        buf_lit(&b, "expected response.uid=");
        buf_go_quoted(&b, e->uid);
        buf_lit(&b, ", got ");
        buf_go_quoted(&b, uid);
        return fail_checking(e, buf_str(&b), a, out);
    }
    Str version = value_get_str(review, STR("apiVersion"));
    Str kind = value_get_str(review, STR("kind"));
    if (is_v1 && (!version.len || !kind.len)) {
        return fail_checking(e,
                             arena_printf(a,
                                          "expected webhook response of admission.k8s.io/v1, "
                                          "Kind=AdmissionReview, got %s, Kind=%.*s",
                                          version.len ? "admission.k8s.io/v1" : "/", STR_ARG(kind)),
                             a, out);
    }
    if (!read_patch(response, e, a, out)) {
        return false;
    }
    out->audit = value_get_lit(response, "auditAnnotations");
    out->warnings = value_get_lit(response, "warnings");
    if (!value_get_bool(response, STR("allowed")).value) {
        out->says = WEBHOOK_DENIES;
        out->denial = denial_of(value_get_lit(response, "status"), e, a);
    }
    return true;
}

void webhook_read_answer(const Answer *answer, const WebhookExpectation *expected, Arena *a,
                         WebhookVerdict *out)
{
    Value review;
    *out = (WebhookVerdict){ .says = WEBHOOK_ALLOWS, .patch = STR(""), .patch_type = STR("") };
    (void)(read_http(answer, expected->minor, a, out) &&
           read_tree(answer, expected, a, &review, out) && check_kind(&review, expected, a, out) &&
           read_response(&review, expected, a, out));
}
