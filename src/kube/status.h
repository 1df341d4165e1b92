/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Status that the API server answers with when it refuses, and its usual wordings.
 *
 * Source: k8s.io/apimachinery pkg/api/errors.
 */
#ifndef PODGATE_KUBE_STATUS_H
#define PODGATE_KUBE_STATUS_H

#include "base/field.h"
#include "doc/value.h"

typedef struct Status {
    int code;   /* HTTP status; 200 or 201 when nothing is wrong */
    Str reason; /* "Forbidden", "Invalid", "NotFound", ...; "" for none */
    Str message;
    /* details; each may be empty */
    Str kind; /* a resource ("pods") or a kind ("Pod"), as the real one */
    Str group;
    Str name;
    const FieldError *causes; /* a chain, or NULL */
    Str cause;                /* an only cause that is no field error, its message; or empty */
    Str cause_reason;         /* of that; may be empty */
    Str cause_field;          /* of that; may be empty */
    int retry_after_seconds;
    bool has_details; /* details are written even when there is nothing in them */
} Status;

/* 403 `pods "x" is forbidden: why`; without a name `pods is forbidden: why`. resource carries no
 * group; group is printed after it: `deployments.apps "x" is forbidden`. */
Status status_forbidden(Arena *a, Str group, Str resource, Str name, Str why);
/* 422 `Pod "x" is invalid: ...`; group is printed after the kind: `Role.rbac.authorization.k8s.io`.
 */
Status status_invalid(Arena *a, Str group, Str kind, Str name, const FieldErrors *errs);
/* 404 `pods "x" not found` */
Status status_not_found(Arena *a, Str group, Str resource, Str name);
/* 409 `pods "x" already exists`, reason AlreadyExists */
Status status_already_exists(Arena *a, Str group, Str resource, Str name);
/* 409 `Operation cannot be fulfilled on pods "x": why`, reason Conflict */
Status status_conflict(Arena *a, Str group, Str resource, Str name, Str why);
/* 400 */
Status status_bad_request(Arena *a, Str why);
/* 500 `Internal error occurred: why` */
Status status_internal(Arena *a, Str why);

/* 500 as the API server answers when an error has no Status of its own: the message alone */
Status status_unknown(Arena *a, Str message);
/* 500 with retryAfterSeconds, reason ServerTimeout; operation as in "create pod" */
Status status_server_timeout(Arena *a, Str resource, Str operation, Str message,
                             int retry_after_seconds);

/* 429 `Too many requests: why` */
Status status_too_many_requests(Arena *a, Str why);

/* {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",...} */
Value status_to_value(const Status *s, Arena *a);

#endif
