/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log: an event for each request, as audit.k8s.io/v1 has them. */
#ifndef PODGATE_SERVER_APISERVER_AUDIT_H
#define PODGATE_SERVER_APISERVER_AUDIT_H

#include "server/api/api.h"

/* One request from its arrival to its answer. */
typedef struct AuditRecord {
    Str id;               /* a UUID */
    const UserInfo *user; /* as authenticated; NULL: it was not */
    Str attempted;        /* how, when user is NULL: "bearer" */
    Str peer;             /* "127.0.0.1" */
    const ApiRequest *request;
    const ApiResponse *response; /* NULL when user is */
    int64_t received;            /* unix seconds */
    int32_t received_micros;
    int64_t answered;
    int32_t answered_micros;
} AuditRecord;

/* Does the event hold what was sent, too? Of writes, unless that is a secret or a token. */
bool audit_keeps_body(const ApiRequest *request);

/* The event. Its strings point into the record. */
Value audit_event(const AuditRecord *r, Arena *a);

/* The event of a watch that was opened, when it ends. */
void audit_event_end(Value *event, int64_t now, int32_t micros, Arena *a);

#endif
