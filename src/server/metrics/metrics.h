/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server counts, in the text format that Prometheus reads. Counting may be done by any
 * thread.
 */
#ifndef PODGATE_SERVER_METRICS_METRICS_H
#define PODGATE_SERVER_METRICS_METRICS_H

#include "base/buf.h"

/* -- counters: one name, a row for each set of labels ------------------------------------------ */

typedef struct Counters Counters;

Counters *counters_new(void);
void counters_free(Counters *c);
/* labels: `code="200",verb="GET"`. There is room for some 1,500 rows; what comes later, or has very
 * long labels, is counted in one row without labels. */
void counters_add(Counters *c, Str labels, uint64_t n);
/* HELP, TYPE and the rows. */
void counters_write(Counters *c, Str name, Str help, Buf *b);

/* -- histograms of durations ------------------------------------------------------------------- */

enum { HISTOGRAM_BUCKETS = 16 };

/* Upper bounds from 50 microseconds, each twice the one before. Starts zeroed. */
typedef struct Histogram {
    uint64_t counts[HISTOGRAM_BUCKETS + 1]; /* the last: above every bound; atomic */
    uint64_t nanoseconds;                   /* the sum; atomic */
} Histogram;

void histogram_add(Histogram *h, uint64_t nanoseconds);
/* The rows of one histogram; labels may be empty. */
void histogram_write(const Histogram *h, Str name, Str labels, Buf *b);
/* HELP and TYPE, before the rows. */
void metrics_write_head(Str name, const char *type, const char *help, Buf *b);

/* -- one number -------------------------------------------------------------------------------- */

void metrics_write_one(Str name, const char *type, const char *help, double value, Buf *b);

#endif
