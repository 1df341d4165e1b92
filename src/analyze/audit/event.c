/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of the audit log, as requests.
 *
 * Source: k8s.io/apiserver pkg/apis/audit/v1/types.go, pkg/audit/request.go
 */
#include "analyze/audit/event.h"

#include "analyze/audit/when.h"
#include "base/url.h"
#include "kube/kinds.h"

static Str text_of(const Value *object, Str key)
{
    Str s = value_get_str(object, key);
    return s.ptr ? s : STR("");
}

static UserInfo read_user(const Value *v, Arena *a)
{
    return (UserInfo){
        .name = text_of(v, STR("username")),
        .uid = text_of(v, STR("uid")),
        .groups = value_str_list(value_get_lit(v, "groups"), a),
        .extra = value_is(value_get_lit(v, "extra"), VALUE_OBJECT) ? value_get_lit(v, "extra")
                                                                   : NULL,
    };
}

static AuditStage read_stage(Str text)
{
    static const struct {
        Str name;
        AuditStage stage;
    } rows[] = {
        { STR_INIT("RequestReceived"), AUDIT_REQUEST_RECEIVED },
        { STR_INIT("ResponseStarted"), AUDIT_RESPONSE_STARTED },
        { STR_INIT("ResponseComplete"), AUDIT_RESPONSE_COMPLETE },
        { STR_INIT("Panic"), AUDIT_PANIC },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(text, rows[i].name)) {
            return rows[i].stage;
        }
    }
    return AUDIT_STAGE_UNKNOWN;
}

/* When it came in; older versions say it elsewhere. */
static void read_time(const Value *v, AuditEvent *e)
{
    const Str texts[] = {
        value_get_str(v, STR("requestReceivedTimestamp")),
        value_get_str(v, STR("stageTimestamp")),
        value_get_str(v, STR("timestamp")),
        value_get_str(value_get_lit(v, "metadata"), STR("creationTimestamp")),
    };
    for (size_t i = 0; i < COUNT_OF(texts) && !e->has_time; i++) {
        e->has_time = when_read(texts[i], &e->time);
    }
}

static void read_object(const Value *ref, AuditEvent *e)
{
    e->is_resource = value_is(ref, VALUE_OBJECT);
    e->group = text_of(ref, STR("apiGroup"));
    e->version = text_of(ref, STR("apiVersion"));
    if (!e->group.len) { /* v1alpha1 has both in one */
        kube_split_api_version(e->version, &e->group, &e->version);
    }
    e->resource = text_of(ref, STR("resource"));
    e->subresource = text_of(ref, STR("subresource"));
    e->namespace = text_of(ref, STR("namespace"));
    e->object_name = text_of(ref, STR("name"));
    /* The name of what is created stands in its body, which authorizers do not see; that of a
     * subresource's object stands in the URL. */
    bool has_no_name = str_eq(e->verb, STR("create")) && !e->subresource.len;
    e->name = has_no_name ? STR("") : e->object_name;
}

/* -- what came of it ----------------------------------------------------------------------------
 */

Str audit_annotation(const AuditEvent *e, Str key)
{
    return value_get_str(e->annotations, key);
}

/* `... is forbidden: User "x" cannot list resource ...`, as authorizers refuse; admission plugins
 * use other words behind `is forbidden: `. */
static bool is_authorizers_refusal(const AuditEvent *e)
{
    return str_index(e->message, STR("orbidden: User \"")) >= 0 &&
           str_index(e->message, STR("\" cannot ")) >= 0;
}

static AuditOutcome outcome_of(const AuditEvent *e)
{
    if (e->code == 401) {
        return AUDIT_UNAUTHENTICATED;
    }
    if (e->code == 403 && is_authorizers_refusal(e) &&
        str_index(e->message, STR("\" cannot impersonate ")) >= 0 && !e->impersonates &&
        !str_eq(e->verb, STR("impersonate"))) {
        return AUDIT_NOT_IMPERSONATED;
    }
    Str decision = audit_annotation(e, STR("authorization.k8s.io/decision"));
    if (decision.len) {
        return str_eq(decision, STR("allow")) ? AUDIT_AUTHORIZED : AUDIT_FORBIDDEN;
    }
    if (e->stage == AUDIT_REQUEST_RECEIVED) {
        return AUDIT_UNDECIDED;
    }
    bool refused = e->code == 403 && (!e->message.len || is_authorizers_refusal(e));
    return refused ? AUDIT_FORBIDDEN : AUDIT_AUTHORIZED;
}

bool audit_refused_by_admission(const AuditEvent *e)
{
    bool writes = str_eq(e->verb, STR("create")) || str_eq(e->verb, STR("update")) ||
                  str_eq(e->verb, STR("patch")) || str_eq(e->verb, STR("delete")) ||
                  str_eq(e->verb, STR("deletecollection"));
    return e->outcome == AUDIT_AUTHORIZED && e->is_resource && writes && e->code == 403;
}

bool audit_event_read(const LogRecord *r, Arena *a, AuditEvent *out, Err *err)
{
    const Value *v = r->value;
    AuditEvent e = {
        .file = r->file,
        .line = r->line,
        .id = text_of(v, STR("auditID")),
        .stage = read_stage(value_get_str(v, STR("stage"))),
        .verb = text_of(v, STR("verb")),
        .real = read_user(value_get_lit(v, "user"), a),
        .request_object = value_get_lit(v, "requestObject"),
        .response_object = value_get_lit(v, "responseObject"),
        .annotations = value_get_lit(v, "annotations"),
        .impersonated = value_get_lit(v, "impersonatedUser"),
    };
    if (!e.verb.len || e.stage == AUDIT_STAGE_UNKNOWN) {
        return err_set(err, a, ERR_TYPE, "%.*s:%zu: an audit event without %s", STR_ARG(r->file),
                       r->line, e.verb.len ? "a stage that is known" : "a verb");
    }
    if (!value_is(e.impersonated, VALUE_OBJECT)) {
        e.impersonated = NULL;
    }
    e.impersonates = e.impersonated != NULL;
    e.user = e.impersonates ? read_user(e.impersonated, a) : e.real;
    str_split_once(text_of(v, STR("requestURI")), '?', &e.path, &e.query);
    Str unescaped;
    if (url_unescape_path(e.path, a, &unescaped)) {
        e.path = unescaped;
    }
    read_object(value_get_lit(v, "objectRef"), &e);
    const Value *status = value_get_lit(v, "responseStatus");
    e.code = value_get_int(status, STR("code")).value;
    e.message = text_of(status, STR("message"));
    read_time(v, &e);
    e.outcome = outcome_of(&e);
    if (!e.user.name.len && e.outcome != AUDIT_UNAUTHENTICATED) {
        return err_set(err, a, ERR_TYPE, "%.*s:%zu: an audit event without a user",
                       STR_ARG(r->file), r->line);
    }
    *out = e;
    return true;
}

RbacRequest audit_event_request(const AuditEvent *e)
{
    return (RbacRequest){
        .user = &e->user,
        .verb = e->verb,
        .api_group = e->group,
        .resource = e->resource,
        .subresource = e->subresource,
        .name = e->name,
        .namespace = e->namespace,
        .is_resource = e->is_resource,
        .path = e->path,
    };
}

/* -- stages -------------------------------------------------------------------------------------
 */

enum { STAGES_MAX = 1 << 20 }; /* of open watches; more are counted twice, once they end */

static uint64_t *find_slot(const AuditStages *s, uint64_t hash)
{
    size_t at = (size_t)hash & (s->cap - 1);
    while (s->slots[at] && s->slots[at] != hash) {
        at = (at + 1) & (s->cap - 1);
    }
    return &s->slots[at];
}

/* Makes room: without those that are gone, and larger when that is not enough. */
static void make_room(AuditStages *s)
{
    AuditStages next = { .arena = s->arena, .cap = s->cap ? s->cap : 64 };
    while (next.cap < (s->held + 1) * 4) {
        next.cap *= 2;
    }
    if (next.cap == s->cap && s->spare) {
        next.slots = s->spare;
        memset(next.slots, 0, next.cap * sizeof(uint64_t));
    } else {
        next.slots = new(s->arena, uint64_t, next.cap);
    }
    for (size_t i = 0; i < s->cap; i++) {
        if (s->slots[i] > 1) {
            *find_slot(&next, s->slots[i]) = s->slots[i];
            next.held++;
        }
    }
    next.used = next.held;
    next.spare = next.cap == s->cap ? s->slots : NULL;
    *s = next;
}

bool audit_stages_take(AuditStages *s, const AuditEvent *e)
{
    if (e->stage == AUDIT_REQUEST_RECEIVED) {
        return false;
    }
    if (!e->id.len) {
        return e->stage != AUDIT_RESPONSE_STARTED;
    }
    uint64_t hash = str_hash(e->id) | 2;
    uint64_t *slot = s->cap ? find_slot(s, hash) : NULL;
    bool known = slot && *slot;
    if (e->stage != AUDIT_RESPONSE_STARTED) {
        if (known) {
            *slot = 1;
            s->held--;
        }
        return !known;
    }
    /* of who is not known there is no other event */
    if (known || s->held >= STAGES_MAX || e->outcome == AUDIT_UNAUTHENTICATED) {
        return !known;
    }
    if ((s->used + 1) * 2 > s->cap) {
        make_room(s);
    }
    *find_slot(s, hash) = hash;
    s->used++;
    s->held++;
    return true;
}
