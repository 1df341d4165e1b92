/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs, read record by record: API server audit logs, Falco's alerts, recorded AdmissionReviews.
 *
 * A record is a JSON object. It may be a line (as the API server and Falco write them), several
 * lines, an item of a list on a line (what an audit webhook is sent) or of a list that is the whole
 * file. Memory is bounded by the largest record, not by the file: a list is taken apart while it is
 * read. What is no record is told with its place and passed over; reading goes on with the next
 * line.
 */
#ifndef PODGATE_ANALYZE_AUDIT_LOG_H
#define PODGATE_ANALYZE_AUDIT_LOG_H

#include "base/err.h"
#include "doc/value.h"

enum {
    LOG_RECORD_BYTES_MAX = 16 << 20,
    LOG_DEPTH_MAX = 200, /* arrays and objects inside each other in a record */
};

typedef enum LogKind {
    LOG_AUDIT,  /* an Event of audit.k8s.io */
    LOG_FALCO,  /* an alert */
    LOG_REVIEW, /* an AdmissionReview */
    LOG_KIND_COUNT,
} LogKind;

typedef struct LogRecord {
    LogKind kind;
    const Value *value; /* lives until the sink returns */
    Str file;
    size_t line; /* that it starts in */
} LogRecord;

typedef struct LogSink {
    void *context;
    /* scratch is emptied once the record is done with. */
    void (*record)(void *context, const LogRecord *r, Arena *scratch);
    /* "audit.log:12: ..."; message lives until this returns. */
    void (*problem)(void *context, Str message);
    void (*progress)(void *context, Str file, size_t bytes); /* or NULL */
} LogSink;

typedef struct LogCounts {
    size_t records[LOG_KIND_COUNT];
    size_t bad; /* what was no record */
    size_t bytes;
} LogCounts;

/* Reads each path in turn, "-" for standard input; counts are added to *counts. False when a file
 * cannot be opened or read: err is in a. */
WARN_UNUSED bool log_read(StrList paths, const LogSink *sink, Arena *a, LogCounts *counts,
                          Err *err);

/* The same of a text, which is read in pieces of so many bytes. */
void log_read_text(Str name, Str text, size_t piece, const LogSink *sink, LogCounts *counts);

#endif
