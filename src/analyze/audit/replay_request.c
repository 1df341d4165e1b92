/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded requests: what an audit event or an AdmissionReview asked for. */
#include "analyze/audit/replay.h"

#include "kube/kinds.h"

/* -- audit events -------------------------------------------------------------------------------
 */

static AdmissionOperation operation_of(Str verb)
{
    static const struct {
        Str verb;
        AdmissionOperation operation;
    } rows[] = {
        { STR_INIT("create"), ADMISSION_CREATE },
        { STR_INIT("update"), ADMISSION_UPDATE },
        { STR_INIT("patch"), ADMISSION_UPDATE },
        { STR_INIT("delete"), ADMISSION_DELETE },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(verb, rows[i].verb)) {
            return rows[i].operation;
        }
    }
    return 0;
}

/* Subresources whose object is the whole one. */
static bool is_admitted(Str subresource)
{
    return !subresource.len || str_eq(subresource, STR("ephemeralcontainers"));
}

static bool is_status(const Value *v)
{
    return str_eq(value_get_str(v, STR("kind")), STR("Status"));
}

/* Which object did the request come with? */
static ReplayLimit take_object(const AuditEvent *e, ReplayRequest *out)
{
    if (!e->is_resource || !out->operation || out->operation == ADMISSION_DELETE ||
        !is_admitted(e->subresource)) {
        return REPLAY_NOT_ADMITTED;
    }
    const Value *object = e->request_object;
    if (str_eq(e->verb, STR("patch"))) {
        object = is_status(e->response_object) ? NULL : e->response_object;
        if (!value_is(object, VALUE_OBJECT)) {
            return e->request_object ? REPLAY_PATCH : REPLAY_NO_OBJECT;
        }
    }
    if (!value_is(object, VALUE_OBJECT)) {
        return REPLAY_NO_OBJECT;
    }
    out->object = object;
    return REPLAY_WHOLE;
}

/* Fills in the kind; admission knows those that are built in. */
static void find_kind(ReplayRequest *r, const KubeTarget *target)
{
    KubeKind kind;
    bool known = kube_kind_find_resource(r->access.api_group, r->version, r->access.resource,
                                         target, &kind);
    if (!r->kind.len) {
        r->kind = value_get_str(r->object, STR("kind"));
    }
    if (!r->kind.len) {
        r->kind = known ? kind.kind : STR("");
    }
    if (r->limit == REPLAY_WHOLE && !known) {
        r->limit = REPLAY_CUSTOM;
    }
}

static ReplaySkip read_event(const LogRecord *r, AuditStages *stages, Arena *a, ReplayRequest *out)
{
    AuditEvent e;
    Err err;
    if (!audit_event_read(r, a, &e, &err)) {
        return REPLAY_SKIP_MALFORMED;
    }
    if (stages ? !audit_stages_take(stages, &e) : e.stage == AUDIT_REQUEST_RECEIVED) {
        return REPLAY_SKIP_STAGE;
    }
    if (e.outcome != AUDIT_AUTHORIZED && e.outcome != AUDIT_FORBIDDEN) {
        return REPLAY_SKIP_NOBODY;
    }
    out->user = e.user;
    out->access = audit_event_request(&e);
    out->operation = e.is_resource ? operation_of(e.verb) : 0;
    out->version = e.version;
    out->object_name = e.object_name;
    out->was_authorized = e.outcome == AUDIT_AUTHORIZED;
    out->limit = take_object(&e, out);
    out->dry_run = str_index(e.query, STR("dryRun=All")) >= 0;
    /* what fails later, for want of an object or for a conflict, was allowed */
    bool refused = e.outcome == AUDIT_FORBIDDEN || e.code == 403 || e.code == 422;
    out->was_allowed = (OptBool){ refused || (e.code >= 200 && e.code < 300), !refused };
    out->has_time = e.has_time;
    out->time = e.time;
    return REPLAY_NOT_SKIPPED;
}

/* -- reviews ------------------------------------------------------------------------------------
 */

static Str text_at(const Value *v, Str key)
{
    Str s = value_get_str(v, key);
    return s.ptr ? s : STR("");
}

static ReplaySkip read_review(const LogRecord *r, Arena *a, ReplayRequest *out)
{
    static const struct {
        Str name;
        AdmissionOperation operation;
        Str verb;
    } rows[] = {
        { STR_INIT("CREATE"), ADMISSION_CREATE, STR_INIT("create") },
        { STR_INIT("UPDATE"), ADMISSION_UPDATE, STR_INIT("update") },
        { STR_INIT("DELETE"), ADMISSION_DELETE, STR_INIT("delete") },
        { STR_INIT("CONNECT"), ADMISSION_CONNECT, STR_INIT("create") },
    };
    const Value *request = value_get_lit(r->value, "request");
    const Value *resource = value_get_lit(request, "resource");
    const Value *user = value_get_lit(request, "userInfo");
    Str operation = value_get_str(request, STR("operation"));
    size_t row = 0;
    while (row < COUNT_OF(rows) && !str_eq(rows[row].name, operation)) {
        row++;
    }
    out->user = (UserInfo){
        .name = text_at(user, STR("username")),
        .uid = text_at(user, STR("uid")),
        .groups = value_str_list(value_get_lit(user, "groups"), a),
        .extra = value_is(value_get_lit(user, "extra"), VALUE_OBJECT) ? value_get_lit(user, "extra")
                                                                      : NULL,
    };
    out->access = (RbacRequest){
        .api_group = text_at(resource, STR("group")),
        .resource = text_at(resource, STR("resource")),
        .subresource = text_at(request, STR("subResource")),
        .namespace = text_at(request, STR("namespace")),
        .name = text_at(request, STR("name")),
        .is_resource = true,
        .path = STR(""),
    };
    if (row == COUNT_OF(rows) || !out->user.name.len || !out->access.resource.len) {
        return REPLAY_SKIP_MALFORMED;
    }
    out->is_review = true;
    out->operation = rows[row].operation;
    out->access.verb = rows[row].verb;
    out->object_name = out->access.name;
    if (out->operation == ADMISSION_CREATE && !out->access.subresource.len) {
        out->access.name = STR("");
    }
    out->version = text_at(resource, STR("version"));
    out->kind = text_at(value_get_lit(request, "kind"), STR("kind"));
    out->object = value_get_lit(request, "object");
    out->old_object = value_get_lit(request, "oldObject");
    out->object = value_is(out->object, VALUE_OBJECT) ? out->object : NULL;
    out->old_object = value_is(out->old_object, VALUE_OBJECT) ? out->old_object : NULL;
    out->dry_run = value_get_bool(request, STR("dryRun")).value;
    out->was_authorized = true;
    const Value *response = value_get_lit(r->value, "response");
    out->was_allowed = value_get_bool(response, STR("allowed"));
    out->limit = !(out->operation & (ADMISSION_CREATE | ADMISSION_UPDATE)) ||
                         !is_admitted(out->access.subresource)
                     ? REPLAY_NOT_ADMITTED
                 : out->object ? REPLAY_WHOLE
                               : REPLAY_NO_OBJECT;
    return REPLAY_NOT_SKIPPED;
}

ReplaySkip replay_request_read(const LogRecord *r, const KubeTarget *target, AuditStages *stages,
                               Arena *a, ReplayRequest *out)
{
    *out = (ReplayRequest){ .file = r->file, .line = r->line };
    ReplaySkip skip = r->kind == LOG_REVIEW  ? read_review(r, a, out)
                      : r->kind == LOG_AUDIT ? read_event(r, stages, a, out)
                                             : REPLAY_SKIP_MALFORMED;
    out->access.user = NULL;
    if (skip == REPLAY_NOT_SKIPPED) {
        find_kind(out, target);
    }
    if (out->limit != REPLAY_WHOLE) {
        out->object = NULL;
    }
    return skip;
}
