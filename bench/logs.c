/* SPDX-License-Identifier: Apache-2.0 */
/* An audit log, read for what it tells and parsed alone. */
#include "logs.h"

#include "analyze/audit/events.h"
#include "analyze/audit/roles.h"

#include <yyjson.h>

enum { NAMESPACES = 20, PIECE = 256 * 1024 };

Str logs_make(Arena *a, int lines)
{
    static const char *const verbs[] = { "get", "list", "watch", "update", "patch", "create" };
    static const char *const resources[] = { "pods", "configmaps", "secrets", "services",
                                             "endpoints" };
    Buf b = buf_new(a);
    for (int i = 0; i < lines; i++) {
        const char *verb = verbs[i % (int)COUNT_OF(verbs)];
        const char *resource = resources[i / 7 % (int)COUNT_OF(resources)];
        int ns = i * 31 % NAMESPACES;
        buf_printf(
            &b,
            "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\","
            "\"auditID\":\"3c1b5c80-5c1a-4d21-9e1e-%012d\",\"stage\":\"ResponseComplete\","
            "\"requestURI\":\"/api/v1/namespaces/ns-%d/%s/x-%d?timeout=10s\",\"verb\":\"%s\","
            "\"user\":{\"username\":\"system:serviceaccount:ns-%d:app\",\"uid\":"
            "\"8b5f3f1e-32d0-4e8c-b6cf-05d8f8e1a5aa\",\"groups\":[\"system:serviceaccounts\","
            "\"system:serviceaccounts:ns-%d\",\"system:authenticated\"]},\"sourceIPs\":"
            "[\"10.0.0.1\"],\"userAgent\":\"app/v1 (linux/amd64) kubernetes/faecb19\","
            "\"objectRef\":{\"resource\":\"%s\",\"namespace\":\"ns-%d\",\"name\":\"x-%d\","
            "\"apiVersion\":\"v1\"},\"responseStatus\":{\"metadata\":{},\"code\":200},"
            "\"requestReceivedTimestamp\":\"2021-03-01T10:%02d:00.000000Z\","
            "\"stageTimestamp\":\"2021-03-01T10:%02d:00.100000Z\",\"annotations\":{"
            "\"authorization.k8s.io/decision\":\"allow\",\"authorization.k8s.io/reason\":"
            "\"RBAC: allowed by RoleBinding \\\"app/ns-%d\\\" of Role \\\"app\\\" to "
            "ServiceAccount \\\"app/ns-%d\\\"\"}}\n",
            i, ns, resource, i, verb, ns, ns, resource, ns, i, i / 60 % 60, i / 60 % 60, ns, ns);
    }
    return buf_str(&b);
}

uint64_t logs_parse(Str log)
{
    uint64_t values = 0;
    Str line;
    while (log.len && str_next_piece(&log, '\n', &line)) {
        if (line.len) {
            yyjson_doc *doc = yyjson_read(line.ptr, line.len, 0);
            values += yyjson_doc_get_val_count(doc);
            yyjson_doc_free(doc);
        }
    }
    return values;
}

static void on_problem(void *context, Str message)
{
    (void)message;
    ++*(uint64_t *)context;
}

uint64_t logs_events(Str log)
{
    Arena a;
    arena_init(&a, 0);
    EventsOptions options = { .step = WHEN_HOUR };
    Events *events = events_new(&options, &a);
    LogSink sink = { events, events_record, on_problem, NULL };
    LogCounts counts = { 0 };
    EventsReport report;
    log_read_text(STR("log"), log, PIECE, &sink, &counts);
    events_finish(events, &report);
    uint64_t result = report.events + counts.bad;
    arena_done(&a);
    return result;
}

uint64_t logs_roles(Str log)
{
    static const Snapshot *empty;
    if (!empty) {
        empty = snapshot_builder_finish(snapshot_builder_new(NULL, 0));
    }
    Arena a;
    arena_init(&a, 0);
    RolesOptions options = { .existing = empty };
    Roles *roles = roles_new(&options, &a);
    LogSink sink = { roles, roles_record, on_problem, NULL };
    LogCounts counts = { 0 };
    RolesReport report;
    log_read_text(STR("log"), log, PIECE, &sink, &counts);
    roles_finish(roles, &report);
    uint64_t result = report.rule_count + counts.bad;
    arena_done(&a);
    return result;
}
