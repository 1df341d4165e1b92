/* SPDX-License-Identifier: Apache-2.0 */
/* AdmissionReview in, AdmissionReview out. */
#include "server/webhook/review_decide.h"

#include "base/base64.h"
#include "doc/json.h"

const uint64_t review_plugins_default = ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY) |
                                        ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY_POLICY);

const DocLimits review_limits = {
    .bytes_max = REVIEW_BYTES_MAX,
    .depth_max = 200,
    .alias_nodes_max = 0,
    .list_max = 100000,
};

/* An object member by name, when it is of the kind wanted or absent (null counts as absent). */
static bool need(const Value *object, Str name, Str field, ValueKind kind, bool is_required,
                 const Value **out, Arena *a, Err *err)
{
    const Value *v = value_get(object, field);
    if (value_is_null(v)) {
        *out = NULL;
        return !is_required || err_set(err, a, ERR_TYPE, "%.*s: request.%.*s: required",
                                       STR_ARG(name), STR_ARG(field));
    }
    if (v->kind != kind) {
        Value want = { .kind = (uint8_t)kind };
        return err_set(err, a, ERR_TYPE, "%.*s: request.%.*s: expected %.*s, found %.*s",
                       STR_ARG(name), STR_ARG(field), STR_ARG(value_kind_name(&want)),
                       STR_ARG(value_kind_name(v)));
    }
    *out = v;
    return true;
}

/* A string member, absent when it is not there: a value of another kind is no "absent". where names
 * the object for the message, "request." or "request.resource.". */
static bool read_str(const Value *object, Str name, const char *where, Str field, Str *out,
                     Arena *a, Err *err)
{
    const Value *v = value_get(object, field);
    if (!value_is_null(v) && v->kind != VALUE_STRING) {
        return err_set(err, a, ERR_TYPE, "%.*s: %s%.*s: expected string, found %.*s", STR_ARG(name),
                       where, STR_ARG(field), STR_ARG(value_kind_name(v)));
    }
    *out = value_as_str(v);
    return true;
}

static bool read_operation(Str text, AdmissionOperation *out)
{
    static const struct {
        Str name;
        AdmissionOperation operation;
    } operations[] = {
        { STR_INIT("CREATE"), ADMISSION_CREATE },
        { STR_INIT("UPDATE"), ADMISSION_UPDATE },
        { STR_INIT("DELETE"), ADMISSION_DELETE },
        { STR_INIT("CONNECT"), ADMISSION_CONNECT },
    };
    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        if (str_eq(text, operations[i].name)) {
            *out = operations[i].operation;
            return true;
        }
    }
    return false;
}

static bool read_user(const Value *request, Str name, Arena *a, UserInfo *out, Err *err)
{
    const Value *info;
    if (!need(request, name, STR("userInfo"), VALUE_OBJECT, true, &info, a, err)) {
        return false;
    }
    if (!read_str(info, name, "request.userInfo.", STR("username"), &out->name, a, err) ||
        !read_str(info, name, "request.userInfo.", STR("uid"), &out->uid, a, err)) {
        return false;
    }
    const Value *groups = value_get(info, STR("groups"));
    out->groups = value_str_list(groups, a);
    if (out->groups.count != value_len(groups) ||
        (!value_is_null(groups) && groups->kind != VALUE_ARRAY)) {
        return err_set(err, a, ERR_TYPE,
                       "%.*s: request.userInfo.groups: expected a list of strings", STR_ARG(name));
    }
    out->extra = value_get(info, STR("extra"));
    if (!out->name.ptr) {
        return err_set(err, a, ERR_TYPE, "%.*s: request.userInfo.username: required",
                       STR_ARG(name));
    }
    return true;
}

static bool read_request(const Value *request, Str name, const ReviewOptions *options, Arena *a,
                         UserInfo *user, AdmissionRequest *out, Str *uid, Err *err)
{
    const Value *resource;
    const Value *kind;
    const Value *operation;
    const char *in = "request.";
    const char *in_resource = "request.resource.";
    if (!need(request, name, STR("resource"), VALUE_OBJECT, true, &resource, a, err) ||
        !need(request, name, STR("kind"), VALUE_OBJECT, true, &kind, a, err) ||
        !need(request, name, STR("operation"), VALUE_STRING, true, &operation, a, err) ||
        !need(request, name, STR("object"), VALUE_OBJECT, false, &out->object, a, err) ||
        !need(request, name, STR("oldObject"), VALUE_OBJECT, false, &out->old_object, a, err) ||
        !read_user(request, name, a, user, err) ||
        !read_str(request, name, in, STR("uid"), uid, a, err) ||
        !read_str(request, name, in, STR("subResource"), &out->subresource, a, err) ||
        !read_str(request, name, in, STR("namespace"), &out->namespace, a, err) ||
        !read_str(request, name, in, STR("name"), &out->name, a, err) ||
        !read_str(resource, name, in_resource, STR("group"), &out->group, a, err) ||
        !read_str(resource, name, in_resource, STR("version"), &out->version, a, err) ||
        !read_str(resource, name, in_resource, STR("resource"), &out->resource, a, err) ||
        !read_str(kind, name, "request.kind.", STR("kind"), &out->kind, a, err)) {
        return false;
    }
    if (!read_operation(value_as_str(operation), &out->operation)) {
        return err_set(err, a, ERR_TYPE, "%.*s: request.operation: unknown operation \"%.*s\"",
                       STR_ARG(name), STR_ARG(value_as_str(operation)));
    }
    out->user = user;
    out->dry_run = value_get_bool(request, STR("dryRun")).value;
    out->target = options->target;
    if ((out->operation & (ADMISSION_CREATE | ADMISSION_UPDATE)) && !out->object) {
        return err_set(err, a, ERR_TYPE, "%.*s: request.object: required for %.*s", STR_ARG(name),
                       STR_ARG(value_as_str(operation)));
    }
    return true;
}

static void write_member(Buf *out, const char *name, Str value)
{
    buf_add(out, str_from_c(name));
    json_write_str(value, true, out);
}

static void write_patch(const Value *patch, Arena *a, Buf *out)
{
    if (value_len(patch) == 0) {
        return;
    }
    Buf json = buf_new(a);
    json_write(patch, &json);
    buf_lit(out, ",\"patchType\":\"JSONPatch\",\"patch\":\"");
    base64_write(buf_str(&json), out);
    buf_byte(out, '"');
}

static void write_answer(Str api_version, const ReviewResult *result, Arena *a, Buf *out)
{
    const AdmissionDecision *d = &result->decision;
    write_member(out, "{\"kind\":\"AdmissionReview\",\"apiVersion\":", api_version);
    write_member(out, ",\"response\":{\"uid\":", result->uid);
    if (result->allowed) {
        buf_lit(out, ",\"allowed\":true");
        write_patch(&d->patch, a, out);
    } else {
        buf_lit(out, ",\"allowed\":false,\"status\":");
        Value status = status_to_value(&d->status, a);
        json_write_html_safe(&status, out);
    }
    const char *between = ",\"auditAnnotations\":{";
    for (const AdmissionAnnotation *x = d->audit; x; x = x->next) {
        /* The API server puts its name of the webhook and a slash before the key, and takes none
         * that has another one. */
        ptrdiff_t slash = str_rindex_byte(x->key, '/');
        write_member(out, between, str_drop(x->key, (size_t)(slash + 1)));
        write_member(out, ":", x->value);
        between = ",";
    }
    if (d->audit) {
        buf_byte(out, '}');
    }
    between = ",\"warnings\":[";
    for (const AdmissionWarning *w = d->warnings; w; w = w->next) {
        write_member(out, between, w->text);
        between = ",";
    }
    if (d->warnings) {
        buf_byte(out, ']');
    }
    buf_lit(out, "}}");
}

bool review_answer(const Facts *facts, const ReviewOptions *options, Str name, char *text,
                   size_t len, Arena *a, Buf *out, ReviewResult *result, Err *err)
{
    Value review;
    if (!json_read_insitu(name, text, len, options->limits, a, &review, err)) {
        return false;
    }
    Str api_version = value_get_str(&review, STR("apiVersion"));
    Str kind = value_get_str(&review, STR("kind"));
    if (!str_eq(kind, STR("AdmissionReview")) ||
        (!str_eq(api_version, STR("admission.k8s.io/v1")) &&
         !str_eq(api_version, STR("admission.k8s.io/v1beta1")))) {
        return err_set(err, a, ERR_UNSUPPORTED,
                       "%.*s: expected an AdmissionReview of admission.k8s.io/v1 or v1beta1, found "
                       "apiVersion \"%.*s\", kind \"%.*s\"",
                       STR_ARG(name), STR_ARG(api_version), STR_ARG(kind));
    }
    const Value *request = value_get(&review, STR("request"));
    if (!value_is(request, VALUE_OBJECT)) {
        return err_set(err, a, ERR_TYPE, "%.*s: request: required", STR_ARG(name));
    }
    AdmissionOptions admission = {
        .plugins = options->plugins,
        .steps = 0,
        .pod_security = options->pod_security,
        .only_mutating = options->phase == REVIEW_MUTATE,
        .only_validating = options->phase == REVIEW_VALIDATE,
    };
    ReviewResult answer = { .allowed = true, .request = { .options = &admission } };
    if (!read_request(request, name, options, a, &answer.user, &answer.request, &answer.uid, err)) {
        return false;
    }
    answer.request.access = options->access;
    review_decide(facts, options, &admission, a, &answer);
    answer.request.user = NULL;
    answer.request.options = NULL;
    answer.request.access = NULL;
    if (!answer.waits) {
        write_answer(api_version, &answer, a, out);
    }
    if (result) {
        *result = answer;
    }
    return true;
}
