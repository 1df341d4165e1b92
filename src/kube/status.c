/* SPDX-License-Identifier: Apache-2.0 */
/* Statuses: the usual refusals, and their JSON form. */
#include "kube/status.h"

/* `pods` or `deployments.apps`; the same form serves kinds. */
static void write_qualified(Buf *b, Str group, Str resource)
{
    buf_add(b, resource);
    if (group.len) {
        buf_byte(b, '.');
        buf_add(b, group);
    }
}

/* A status about one object; message is filled in by the caller. Texts are copied, since a status
 * outlives the request that it answers. */
static Status about(Arena *a, int code, Str reason, Str group, Str kind, Str name)
{
    return (Status){
        .code = code,
        .reason = reason,
        .kind = arena_str(a, kind),
        .group = arena_str(a, group),
        .name = arena_str(a, name),
    };
}

Status status_forbidden(Arena *a, Str group, Str resource, Str name, Str why)
{
    Status s = about(a, 403, STR("Forbidden"), group, resource, name);
    Buf b = buf_new(a);
    if (group.len || resource.len) {
        write_qualified(&b, group, resource);
        buf_byte(&b, ' ');
        if (name.len) {
            buf_go_quoted(&b, name);
            buf_byte(&b, ' ');
        }
        buf_lit(&b, "is ");
    }
    buf_lit(&b, "forbidden: ");
    buf_add(&b, why);
    s.message = buf_str(&b);
    return s;
}

Status status_invalid(Arena *a, Str group, Str kind, Str name, const FieldErrors *errs)
{
    Status s = about(a, 422, STR("Invalid"), group, kind, name);
    Buf b = buf_new(a);
    write_qualified(&b, group, kind);
    buf_byte(&b, ' ');
    buf_go_quoted(&b, name);
    buf_lit(&b, " is invalid: ");
    if (errs->first) {
        field_errors_write_aggregate(errs, &b);
    } else {
        buf_lit(&b, "<nil>");
    }
    s.message = buf_str(&b);
    s.causes = errs->first;
    return s;
}

Status status_not_found(Arena *a, Str group, Str resource, Str name)
{
    Status s = about(a, 404, STR("NotFound"), group, resource, name);
    Buf b = buf_new(a);
    write_qualified(&b, group, resource);
    buf_byte(&b, ' ');
    buf_go_quoted(&b, name);
    buf_lit(&b, " not found");
    s.message = buf_str(&b);
    return s;
}

Status status_already_exists(Arena *a, Str group, Str resource, Str name)
{
    Status s = about(a, 409, STR("AlreadyExists"), group, resource, name);
    Buf b = buf_new(a);
    write_qualified(&b, group, resource);
    buf_byte(&b, ' ');
    buf_go_quoted(&b, name);
    buf_lit(&b, " already exists");
    s.message = buf_str(&b);
    return s;
}

Status status_conflict(Arena *a, Str group, Str resource, Str name, Str why)
{
    Status s = about(a, 409, STR("Conflict"), group, resource, name);
    Buf b = buf_new(a);
    buf_lit(&b, "Operation cannot be fulfilled on ");
    write_qualified(&b, group, resource);
    buf_byte(&b, ' ');
    buf_go_quoted(&b, name);
    buf_lit(&b, ": ");
    buf_add(&b, why);
    s.message = buf_str(&b);
    return s;
}

Status status_bad_request(Arena *a, Str why)
{
    return (Status){ .code = 400, .reason = STR("BadRequest"), .message = arena_str(a, why) };
}

Status status_internal(Arena *a, Str why)
{
    return (Status){
        .code = 500,
        .reason = STR("InternalError"),
        .message = arena_concat(a, STR("Internal error occurred: "), why),
        .cause = arena_str(a, why),
    };
}

Status status_unknown(Arena *a, Str message)
{
    return (Status){ .code = 500, .message = arena_str(a, message) };
}

Status status_server_timeout(Arena *a, Str resource, Str operation, Str message,
                             int retry_after_seconds)
{
    Status s = about(a, 500, STR("ServerTimeout"), STR(""), resource, operation);
    s.message = arena_str(a, message);
    s.retry_after_seconds = retry_after_seconds;
    return s;
}

Status status_too_many_requests(Arena *a, Str why)
{
    return (Status){
        .code = 429,
        .reason = STR("TooManyRequests"),
        .message = arena_concat(a, STR("Too many requests: "), why),
    };
}

static void set_str(Value *object, const char *key, Str s, Arena *a)
{
    if (s.len) {
        value_set(object, str_from_c(key), value_str(s), a);
    }
}

static Value causes_to_value(const Status *s, Arena *a)
{
    Value causes = value_array();
    if (s->cause.len) {
        Value cause = value_object();
        set_str(&cause, "reason", s->cause_reason, a);
        set_str(&cause, "message", s->cause, a);
        set_str(&cause, "field", s->cause_field, a);
        value_add(&causes, cause, a);
    }
    for (const FieldError *e = s->causes; e; e = e->next) {
        Value cause = value_object();
        Buf body = buf_new(a);
        field_error_write_body(e, &body);
        set_str(&cause, "reason", field_error_kind_reason(e->kind), a);
        set_str(&cause, "message", buf_str(&body), a);
        set_str(&cause, "field", e->path, a);
        value_add(&causes, cause, a);
    }
    return causes;
}

static Value details_to_value(const Status *s, Arena *a)
{
    Value details = value_object();
    set_str(&details, "name", s->name, a);
    set_str(&details, "group", s->group, a);
    set_str(&details, "kind", s->kind, a);
    Value causes = causes_to_value(s, a);
    if (causes.len) {
        value_set_lit(&details, "causes", causes, a);
    }
    if (s->retry_after_seconds) {
        value_set_lit(&details, "retryAfterSeconds", value_int(s->retry_after_seconds), a);
    }
    return details;
}

Value status_to_value(const Status *s, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(STR("Status")), a);
    value_set_lit(&v, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&v, "metadata", value_object(), a);
    set_str(&v, "status", s->code < 400 ? STR("Success") : STR("Failure"), a);
    set_str(&v, "message", s->message, a);
    set_str(&v, "reason", s->reason, a);
    Value details = details_to_value(s, a);
    if (details.len || s->has_details) {
        value_set_lit(&v, "details", details, a);
    }
    value_set_lit(&v, "code", value_int(s->code), a);
    return v;
}
