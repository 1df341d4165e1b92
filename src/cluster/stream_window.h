/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A window that moves over a file: what stands before `start` has been dealt with and is given up
 * as more is read. Private to stream*.c.
 */
#ifndef PODGATE_CLUSTER_STREAM_WINDOW_H
#define PODGATE_CLUSTER_STREAM_WINDOW_H

#include "cluster/stream.h"

typedef struct Stream {
    Str name;
    /* Up to room bytes: how many there were, 0 at the end, -1 after a failure (errno). */
    ptrdiff_t (*read)(void *source, char *to, size_t room);
    void *source;
    const DocLimits *limits;
    size_t piece;
    size_t document_max; /* a YAML document larger than this is taken apart */
    StreamSink *sink;
    void *context;
    FilesProgress *progress;
    void *progress_context;
    size_t files; /* before this one */
    size_t bytes; /* read, of all files */
    Arena *arena; /* for messages */
    Err *err;
    char *buf; /* JSON_PADDING more bytes than cap */
    size_t start;
    size_t at; /* from start to len */
    size_t len;
    size_t cap;
    size_t before; /* bytes of the file that stood before buf[0] */
    bool has_ended;
    bool failed;
    size_t line;   /* of start, from 1; 0 when it is not known any more */
    Arena scratch; /* of one document or item */
    Arena list;    /* of one List */
} Stream;

/* Reads more; start, at and len move together. False at the end of the file, after a failure, or
 * when what is in the window has reached the limit (then failed is set). */
bool stream_fill(Stream *s);
/* Is there a byte at `at`? */
static inline bool stream_has(Stream *s)
{
    return s->at < s->len || stream_fill(s);
}
/* Everything up to `at` has been dealt with. */
static inline void stream_done_with(Stream *s)
{
    s->start = s->at;
}
static inline Str stream_slice(const Stream *s, size_t from, size_t to)
{
    return str_from(s->buf + from, to - from);
}
bool stream_fail(Stream *s, ErrCode code, const char *format, ...) PRINTF_LIKE(3, 4);

/* Hands over an object, or the items of a list in memory. */
bool stream_deliver(Stream *s, Value *v, Str path, ObjectOrigin origin, unsigned depth);

/* A List that is being taken apart. */
typedef struct StreamList {
    ObjectOrigin origin;
    Value head;    /* what stands before the items; an object */
    Value waiting; /* items that do not say what they are, when the head does not either */
    size_t count;
} StreamList;
bool stream_deliver_item(Stream *s, StreamList *list, Value *item);
/* whole: the List without its items. Hands over what waits. */
bool stream_end_list(Stream *s, StreamList *list, Value *whole);

bool stream_json(Stream *s);
bool stream_yaml(Stream *s);

#endif
