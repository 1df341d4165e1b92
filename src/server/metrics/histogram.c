/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms, and numbers that stand alone. */
#include "server/metrics/metrics.h"

enum { FIRST_BOUND_NS = 50000 };

void histogram_add(Histogram *h, uint64_t nanoseconds)
{
    size_t i = 0;
    for (uint64_t bound = FIRST_BOUND_NS; i < HISTOGRAM_BUCKETS && nanoseconds > bound;
         bound *= 2) {
        i++;
    }
    __atomic_add_fetch(&h->counts[i], 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&h->nanoseconds, nanoseconds, __ATOMIC_RELAXED);
}

void histogram_write(const Histogram *h, Str name, Str labels, Buf *b)
{
    const char *comma = labels.len ? "," : "";
    uint64_t all = 0;
    double bound = FIRST_BOUND_NS / 1e9;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++, bound *= 2) {
        all += __atomic_load_n(&h->counts[i], __ATOMIC_RELAXED);
        buf_printf(b, "%.*s_bucket{%.*s%sle=\"%.6g\"} %llu\n", STR_ARG(name), STR_ARG(labels),
                   comma, bound, (unsigned long long)all);
    }
    all += __atomic_load_n(&h->counts[HISTOGRAM_BUCKETS], __ATOMIC_RELAXED);
    buf_printf(b, "%.*s_bucket{%.*s%sle=\"+Inf\"} %llu\n", STR_ARG(name), STR_ARG(labels), comma,
               (unsigned long long)all);
    const char *open = labels.len ? "{" : "", *close = labels.len ? "}" : "";
    double seconds = (double)__atomic_load_n(&h->nanoseconds, __ATOMIC_RELAXED) / 1e9;
    buf_printf(b, "%.*s_sum%s%.*s%s %.9g\n%.*s_count%s%.*s%s %llu\n", STR_ARG(name), open,
               STR_ARG(labels), close, seconds, STR_ARG(name), open, STR_ARG(labels), close,
               (unsigned long long)all);
}

void metrics_write_head(Str name, const char *type, const char *help, Buf *b)
{
    buf_printf(b, "# HELP %.*s %s\n# TYPE %.*s %s\n", STR_ARG(name), help, STR_ARG(name), type);
}

void metrics_write_one(Str name, const char *type, const char *help, double value, Buf *b)
{
    metrics_write_head(name, type, help, b);
    buf_printf(b, "%.*s %.9g\n", STR_ARG(name), value);
}
