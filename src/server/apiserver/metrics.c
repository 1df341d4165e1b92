/* SPDX-License-Identifier: Apache-2.0 */
/* What /metrics has of the API server. */
#include "server/apiserver/metrics.h"

#include "kube/resource_table.h"
#include "server/data/data.h"
#include "server/metrics/metrics.h"

#include <stdio.h>
#include <stdlib.h>

enum { LABELS_BYTES_MAX = 320 };

struct Metrics {
    Counters *requests;
};

Metrics *metrics_new(void)
{
    Metrics *m = calloc(1, sizeof *m);
    if (m == NULL) {
        abort();
    }
    m->requests = counters_new();
    return m;
}

void metrics_free(Metrics *m)
{
    if (m) {
        counters_free(m->requests);
        free(m);
    }
}

/* -- counting -----------------------------------------------------------------------------------
 */

/* The verb as a real server counts it: the method, but for what a method does not tell. */
static Str verb_label(const ApiRequest *request, const RequestInfo *info)
{
    static const struct {
        Str verb;
        Str label;
    } rows[] = {
        { STR_INIT("list"), STR_INIT("LIST") },
        { STR_INIT("watch"), STR_INIT("WATCH") },
        { STR_INIT("deletecollection"), STR_INIT("DELETECOLLECTION") },
    };
    if (str_starts_with(request->content_type, STR("application/apply-patch"))) {
        return STR("APPLY");
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(info->verb, rows[i].verb)) {
            return rows[i].label;
        }
    }
    static const Str methods[] = { STR_INIT("GET"),   STR_INIT("POST"), STR_INIT("PUT"),
                                   STR_INIT("PATCH"), STR_INIT("HEAD"), STR_INIT("OPTIONS"),
                                   STR_INIT("DELETE") };
    return str_list_has((StrList){ methods, COUNT_OF(methods) }, request->method) ? request->method
                                                                                  : STR("other");
}

/* A client can ask for anything: only what there is has a label. */
static int write_labels(const ApiRequest *request, const ApiResponse *response, char *out)
{
    const RequestInfo *info = &response->info;
    KubeKind kind = response->kind;
    bool known = kind.resource.len > 0;
    Str none = STR("");
    Str verb = verb_label(request, info);
    const char *scope = !known                ? ""
                        : info->name.len      ? "resource"
                        : info->namespace.len ? "namespace"
                                              : "cluster";
    ResourceEntry entry;
    Str subresource = known && resource_find(&kind, info->subresource, request->target, &entry)
                          ? info->subresource
                          : none;
    return snprintf(out, LABELS_BYTES_MAX,
                    "code=\"%d\",component=\"apiserver\",group=\"%.*s\",resource=\"%.*s\","
                    "scope=\"%s\",subresource=\"%.*s\",verb=\"%.*s\",version=\"%.*s\"",
                    response->code, STR_ARG(known ? kind.group : none),
                    STR_ARG(known ? kind.resource : none), scope, STR_ARG(subresource),
                    STR_ARG(verb), STR_ARG(known ? info->api_version : none));
}

void metrics_count(Metrics *m, const ApiRequest *request, const ApiResponse *response)
{
    char text[LABELS_BYTES_MAX];
    int len = write_labels(request, response, text);
    counters_add(m->requests, str_from(text, len > 0 && len < LABELS_BYTES_MAX ? (size_t)len : 0),
                 1);
}

/* -- writing ------------------------------------------------------------------------------------
 */

void metrics_write_requests(Metrics *m, Buf *b)
{
    counters_write(m->requests, STR("apiserver_request_total"),
                   STR("Requests by what they asked for and the answer."), b);
}

/* Of the form that is stored: a kind in several versions counts once. */
static bool is_stored_form(const KubeKind *k, const KubeTarget *target)
{
    if (!k->resource.len || !resource_is_served(k, target) || !resource_is_stored(k, target)) {
        return false;
    }
    KubeKind stored = resource_stored_kind(k, target);
    return str_eq(stored.api_version, k->api_version);
}

void metrics_write_objects(Store *s, const KubeTarget *target, Buf *b)
{
    const char *name = target->minor < 22 ? "etcd_object_counts" : "apiserver_storage_objects";
    buf_printf(b, "# HELP %s Stored objects by resource.\n# TYPE %s gauge\n", name, name);
    for (size_t i = 0; i < kube_kind_count(); i++) {
        KubeKind kind = kube_kind_at(i);
        if (is_stored_form(&kind, target)) {
            size_t count;
            (void)store_list(s, &(ObjectKey){ kind.group, kind.kind, STR_ABSENT, STR("") }, &count);
            buf_printf(b, "%s{resource=\"%.*s%s%.*s\"} %zu\n", name, STR_ARG(kind.resource),
                       kind.group.len ? "." : "", STR_ARG(kind.group), count);
        }
    }
}

static void write_one(Buf *b, const char *name, const char *type, const char *help, double value)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n%s %.9g\n", name, help, name, type, name, value);
}

void metrics_write_data(const DataStats *stats, Buf *b)
{
    write_one(b, "podgate_data_transactions_total", "counter",
              "Transactions that were written to --data, an fsync each.",
              (double)stats->transactions);
    write_one(b, "podgate_data_changes_total", "counter", "Changes of objects in them.",
              (double)stats->changes);
    write_one(b, "podgate_data_failures_total", "counter",
              "Transactions that the disk did not take, whose changes were refused.",
              (double)stats->failures);
}
