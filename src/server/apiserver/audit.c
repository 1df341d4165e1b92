/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of the audit log, at level Request for writes and Metadata for all else; one event for a
 * request, when it is answered; two for a watch, when it opens and when it ends.
 *
 * Source: k8s.io/apiserver pkg/audit, pkg/endpoints/filters/audit.go
 */
#include "server/apiserver/audit.h"

#include <stdlib.h>
#include <time.h>

enum { ANNOTATIONS_MAX = 64 };

static void set(Value *object, const char *key, Str text, Arena *a)
{
    if (text.len) {
        value_set(object, str_from_c(key), value_str(text), a);
    }
}

static Value list_of(StrList texts, Arena *a)
{
    Value list = value_array();
    for (size_t i = 0; i < texts.count; i++) {
        value_add(&list, value_str(texts.items[i]), a);
    }
    return list;
}

static Value micro_time(int64_t seconds, int32_t micros, Arena *a)
{
    struct tm t;
    time_t whole = (time_t)seconds;
    gmtime_r(&whole, &t);
    return value_str(arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", t.tm_year + 1900,
                                  t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec,
                                  (int)micros));
}

static Value user_value(const UserInfo *user, Arena *a)
{
    Value out = value_object();
    if (user) {
        set(&out, "username", user->name, a);
        set(&out, "uid", user->uid, a);
        if (user->groups.count) {
            value_set_lit(&out, "groups", list_of(user->groups, a), a);
        }
        if (value_len(user->extra)) {
            value_set_lit(&out, "extra", *user->extra, a);
        }
    }
    return out;
}

/* -- the object, the answer ---------------------------------------------------------------------
 */

static Value object_ref(const RequestInfo *info, const Value *sent, Arena *a)
{
    Value out = value_object();
    const Value *metadata = value_get_lit(sent, "metadata");
    Str name = info->name.len ? info->name : value_get_str(metadata, STR("name"));
    set(&out, "resource", info->resource, a);
    set(&out, "namespace", info->namespace, a);
    set(&out, "name", name, a);
    set(&out, "uid", value_get_str(metadata, STR("uid")), a);
    set(&out, "apiGroup", info->api_group, a);
    set(&out, "apiVersion", info->api_version, a);
    set(&out, "resourceVersion", value_get_str(metadata, STR("resourceVersion")), a);
    set(&out, "subresource", info->subresource, a);
    return out;
}

static Value response_status(const ApiResponse *r, Arena *a)
{
    Value out = value_object();
    value_set_lit(&out, "metadata", value_object(), a);
    if (r->is_status || str_eq(value_get_str(&r->body, STR("kind")), STR("Status"))) {
        static const Str kept[] = { STR_INIT("status"), STR_INIT("message"), STR_INIT("reason"),
                                    STR_INIT("details") };
        for (size_t i = 0; i < COUNT_OF(kept); i++) {
            const Value *there = value_get(&r->body, kept[i]);
            if (there) {
                value_set(&out, kept[i], *there, a);
            }
        }
    }
    value_set_lit(&out, "code", value_int(r->code), a);
    return out;
}

static Value unauthorized_status(Str attempted, Arena *a)
{
    Value out = value_object();
    value_set_lit(&out, "metadata", value_object(), a);
    value_set_lit(&out, "message",
                  value_str(arena_concat(a,
                                         attempted.len ? STR("Authentication failed, attempted: ")
                                                       : STR("Authentication failed, no "
                                                             "credentials found"),
                                         attempted)),
                  a);
    value_set_lit(&out, "code", value_int(401), a);
    return out;
}

/* -- annotations --------------------------------------------------------------------------------
 */

typedef struct Annotations {
    AdmissionAnnotation rows[ANNOTATIONS_MAX];
    size_t count;
} Annotations;

static void annotate(Annotations *all, Str key, Str value)
{
    if (all->count < ANNOTATIONS_MAX) {
        all->rows[all->count++] = (AdmissionAnnotation){ .key = key, .value = value };
    }
}

static int by_key(const void *left, const void *right)
{
    const AdmissionAnnotation *l = left, *r = right;
    return str_cmp(l->key, r->key);
}

static Value annotations(const ApiResponse *r, Arena *a)
{
    Annotations *all = new(a, Annotations, 1);
    if (r->was_authorized) {
        annotate(all, STR("authorization.k8s.io/decision"),
                 r->authorized ? STR("allow") : STR("forbid"));
        annotate(all, STR("authorization.k8s.io/reason"), r->authorization_reason);
    }
    if (r->issued_id.len) {
        annotate(all, STR("authentication.kubernetes.io/issued-credential-id"),
                 arena_concat(a, STR("JTI="), r->issued_id));
    }
    if (r->removed_minor) {
        annotate(all, STR("k8s.io/deprecated"), STR("true"));
        annotate(all, STR("k8s.io/removed-release"), arena_printf(a, "1.%d", r->removed_minor));
    }
    for (const AdmissionAnnotation *n = r->decision ? r->decision->audit : NULL; n; n = n->next) {
        annotate(all, n->key, n->value);
    }
    qsort(all->rows, all->count, sizeof all->rows[0], by_key);
    Value out = value_object();
    for (size_t i = 0; i < all->count; i++) {
        value_set(&out, all->rows[i].key, value_str(all->rows[i].value), a);
    }
    return out;
}

/* -- the whole ----------------------------------------------------------------------------------
 */

bool audit_keeps_body(const ApiRequest *request)
{
    return !api_is_read(request->method, request->uri);
}

/* What others may not read must not be read in the log. */
static bool is_confidential(const RequestInfo *info)
{
    return (info->api_group.len == 0 && str_eq(info->resource, STR("secrets"))) ||
           str_eq(info->subresource, STR("token")) ||
           str_eq(info->api_group, STR("authentication.k8s.io"));
}

static void add_request(const AuditRecord *r, const Value *sent, Value *event, Arena *a)
{
    const RequestInfo *info = &r->response->info;
    if (r->response->impersonated) {
        value_set_lit(event, "impersonatedUser", user_value(&r->response->user, a), a);
    }
    value_set_lit(event, "sourceIPs", list_of((StrList){ &r->peer, 1 }, a), a);
    set(event, "userAgent", r->request->user_agent, a);
    if (info->is_resource) {
        value_set_lit(event, "objectRef", object_ref(info, sent, a), a);
    }
    value_set_lit(event, "responseStatus", response_status(r->response, a), a);
}

Value audit_event(const AuditRecord *r, Arena *a)
{
    Value event = value_object();
    const ApiResponse *response = r->response;
    const Value *sent = response && !value_is_null(&response->sent) ? &response->sent : NULL;
    bool with_body = sent && !is_confidential(&response->info);
    bool at_start = response == NULL || response->watch;
    RequestInfo info = { 0 };
    Err err;
    if (response) {
        info = response->info;
    } else if (!request_info_read(r->request->method, r->request->uri, a, &info, &err)) {
        info = (RequestInfo){ .verb = arena_lower(a, r->request->method) };
    }
    value_set_lit(&event, "kind", value_str(STR("Event")), a);
    value_set_lit(&event, "apiVersion", value_str(STR("audit.k8s.io/v1")), a);
    value_set_lit(&event, "level", value_str(with_body ? STR("Request") : STR("Metadata")), a);
    value_set_lit(&event, "auditID", value_str(r->id), a);
    value_set_lit(&event, "stage",
                  value_str(at_start ? STR("ResponseStarted") : STR("ResponseComplete")), a);
    value_set_lit(&event, "requestURI", value_str(r->request->uri), a);
    value_set_lit(&event, "verb", value_str(info.verb), a);
    value_set_lit(&event, "user", user_value(r->user, a), a);
    if (response) {
        add_request(r, sent, &event, a);
    } else {
        value_set_lit(&event, "sourceIPs", list_of((StrList){ &r->peer, 1 }, a), a);
        set(&event, "userAgent", r->request->user_agent, a);
        if (info.is_resource) {
            value_set_lit(&event, "objectRef", object_ref(&info, NULL, a), a);
        }
        value_set_lit(&event, "responseStatus", unauthorized_status(r->attempted, a), a);
    }
    if (with_body) {
        value_set_lit(&event, "requestObject", *sent, a);
    }
    value_set_lit(&event, "requestReceivedTimestamp",
                  micro_time(r->received, r->received_micros, a), a);
    value_set_lit(&event, "stageTimestamp", micro_time(r->answered, r->answered_micros, a), a);
    Value notes = response ? annotations(response, a) : value_object();
    if (notes.len) {
        value_set_lit(&event, "annotations", notes, a);
    }
    return event;
}

void audit_event_end(Value *event, int64_t now, int32_t micros, Arena *a)
{
    value_set_lit(event, "stage", value_str(STR("ResponseComplete")), a);
    value_set_lit(event, "stageTimestamp", micro_time(now, micros, a), a);
}
