/* SPDX-License-Identifier: Apache-2.0 */
/* Policy reports made of a history. */
#include "server/history/report.h"

#include "base/map.h"

#include <stdlib.h>

typedef struct FormatNames {
    const char *api_version;
    const char *kind;
    const char *cluster_kind;
} FormatNames;

static const FormatNames formats[] = {
    [REPORT_POLICY] = { "wgpolicyk8s.io/v1alpha2", "PolicyReport", "ClusterPolicyReport" },
    [REPORT_OPEN] = { "openreports.io/v1alpha1", "Report", "ClusterReport" },
};

static const struct Outcome {
    Str result; /* of history_row_result() */
    const char *name;
} outcomes[] = {
    { STR_INIT("admitted"), "pass" },     { STR_INIT("refused"), "fail" },
    { STR_INIT("would refuse"), "warn" }, { STR_INIT("error"), "error" },
    { STR_INIT("exempt"), "skip" },
};

typedef struct Report {
    Str namespace;
    Value results;
    int64_t counts[COUNT_OF(outcomes)];
} Report;

static size_t outcome_of(const HistoryRow *row)
{
    Str result = history_row_result(row);
    size_t i = 0;
    while (i + 1 < COUNT_OF(outcomes) && !str_eq(outcomes[i].result, result)) {
        i++;
    }
    return i;
}

/* -- one result -------------------------------------------------------------------------------- */

static void set_text(Value *object, const char *key, Str text, Arena *a)
{
    if (text.len) {
        value_set(object, str_from_c(key), value_str(text), a);
    }
}

static Value resource_of(const HistoryRow *row, Arena *a)
{
    const Str *t = row->texts;
    Value v = value_object();
    Str version = t[HISTORY_VERSION];
    set_text(&v, "apiVersion",
             t[HISTORY_API_GROUP].len
                 ? arena_printf(a, "%.*s/%.*s", STR_ARG(t[HISTORY_API_GROUP]), STR_ARG(version))
                 : version,
             a);
    set_text(&v, "kind", t[HISTORY_KIND], a);
    /* A request about a namespace is said to be in it. */
    if (!str_eq(t[HISTORY_RESOURCE], STR("namespaces"))) {
        set_text(&v, "namespace", t[HISTORY_NAMESPACE], a);
    }
    /* One that is refused has no name of its own yet. */
    set_text(&v, "name", t[HISTORY_NAME].len ? t[HISTORY_NAME] : t[HISTORY_GENERATE_NAME], a);
    return v;
}

static Value properties_of(const HistoryRow *row, Arena *a)
{
    static const HistoryText which[] = { HISTORY_USER,   HISTORY_OPERATION,    HISTORY_SUBRESOURCE,
                                         HISTORY_MODE,   HISTORY_EXEMPTION,    HISTORY_UID,
                                         HISTORY_REASON, HISTORY_GENERATE_NAME };
    Value v = value_object();
    for (size_t i = 0; i < COUNT_OF(which); i++) {
        Str text = row->texts[which[i]];
        if (text.len) {
            value_set(&v, history_text_name(which[i]), value_str(text), a);
        }
    }
    return v;
}

/* The policy is the one thing that a result must have. */
static Str policy_of(const HistoryRow *row)
{
    const Str *t = row->texts;
    return t[HISTORY_POLICY].len   ? t[HISTORY_POLICY]
           : t[HISTORY_PLUGIN].len ? t[HISTORY_PLUGIN]
                                   : STR("podgate");
}

static Value time_of(const HistoryRow *row, Arena *a)
{
    Value v = value_object();
    int64_t ms = ((row->time_ms % 1000) + 1000) % 1000;
    value_set_lit(&v, "seconds", value_int((row->time_ms - ms) / 1000), a);
    value_set_lit(&v, "nanos", value_int(ms * 1000000), a);
    return v;
}

static Value result_of(const HistoryRow *row, Arena *a)
{
    Value v = value_object();
    Value resources = value_array();
    set_text(&v, "source", STR("podgate"), a);
    set_text(&v, "policy", policy_of(row), a);
    set_text(&v, "rule", row->texts[HISTORY_PLUGIN], a);
    set_text(&v, "category", STR("Pod Security"), a);
    value_set_lit(&v, "result", value_str(str_from_c(outcomes[outcome_of(row)].name)), a);
    /* What only warns does not count against anybody. */
    value_set_lit(&v, "scored", value_bool(!str_eq(history_row_result(row), STR("would refuse"))),
                  a);
    value_set_lit(&v, "timestamp", time_of(row, a), a);
    set_text(&v, "message", row->texts[HISTORY_MESSAGE], a);
    value_add(&resources, resource_of(row, a), a);
    value_set_lit(&v, "resources", resources, a);
    value_set_lit(&v, "properties", properties_of(row, a), a);
    return v;
}

/* -- reports ----------------------------------------------------------------------------------- */

static int by_namespace(const void *x, const void *y)
{
    const Report *const *a = x, *const *b = y;
    return str_cmp((*a)->namespace, (*b)->namespace);
}

static Value summary_of(const Report *r, Arena *a)
{
    Value v = value_object();
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        value_set(&v, str_from_c(outcomes[i].name), value_int(r->counts[i]), a);
    }
    return v;
}

static Value report_of(const Report *r, ReportFormat format, Arena *a)
{
    const FormatNames *names = &formats[format];
    bool has_namespace = r->namespace.len;
    Value v = value_object(), metadata = value_object(), labels = value_object();
    value_set_lit(&v, "apiVersion", value_str(str_from_c(names->api_version)), a);
    value_set_lit(&v, "kind",
                  value_str(str_from_c(has_namespace ? names->kind : names->cluster_kind)), a);
    value_set_lit(&labels, "app.kubernetes.io/managed-by", value_str(STR("podgate")), a);
    set_text(&metadata, "name", STR("podgate"), a);
    set_text(&metadata, "namespace", r->namespace, a);
    value_set_lit(&metadata, "labels", labels, a);
    value_set_lit(&v, "metadata", metadata, a);
    if (format == REPORT_OPEN) {
        set_text(&v, "source", STR("podgate"), a);
    }
    value_set_lit(&v, "summary", summary_of(r, a), a);
    value_set_lit(&v, "results", r->results, a);
    return v;
}

Value report_value(const HistoryRows *rows, ReportFormat format, Arena *a)
{
    Map by_name = map_new(a);
    Report **reports = new(a, Report *, rows->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const HistoryRow *row = &rows->items[i];
        if (str_eq(row->texts[HISTORY_OPERATION], STR("DELETE"))) {
            continue; /* it is gone */
        }
        void **at = map_at(&by_name, row->texts[HISTORY_NAMESPACE]);
        if (!*at) {
            Report *fresh = new(a, Report, 1);
            *fresh = (Report){ .namespace = row->texts[HISTORY_NAMESPACE],
                               .results = value_array() };
            *at = reports[count++] = fresh;
        }
        Report *r = *at;
        r->counts[outcome_of(row)]++;
        value_add(&r->results, result_of(row, a), a);
    }
    qsort(reports, count, sizeof(Report *), by_namespace);
    Value out = value_array();
    for (size_t i = 0; i < count; i++) {
        value_add(&out, report_of(reports[i], format, a), a);
    }
    return out;
}
