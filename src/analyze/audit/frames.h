/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where JSON objects start and end in a stream, without reading what is in them: for texts that are
 * too large to be held. A list of objects in a larger object is stepped into.
 */
#ifndef PODGATE_ANALYZE_AUDIT_FRAMES_H
#define PODGATE_ANALYZE_AUDIT_FRAMES_H

#include "analyze/audit/log.h"

/* Where bytes come from: at most room of them to at; 0 at the end, -1 after a failure. */
typedef struct LogSource {
    void *context;
    ptrdiff_t (*read)(void *context, char *at, size_t room);
} LogSource;

/* A window into the source. Offsets are into the window, which grows at its end; what is before
 * `from` may be dropped when it does, and offsets are then counted anew: hold them relative to
 * from. */
typedef struct LogWindow {
    LogSource source;
    Arena arena; /* of the buffer alone */
    char *ptr;
    size_t from;
    size_t len;
    size_t cap;
    bool ended;
    bool failed;
    size_t line;  /* of from, counted from 1 */
    size_t bytes; /* read so far */
} LogWindow;

void window_init(LogWindow *w, LogSource source);
void window_done(LogWindow *w);
/* Reads once more. False at the end. */
bool window_more(LogWindow *w);
/* Is there a byte, count bytes behind from? */
static inline bool window_has(LogWindow *w, size_t count)
{
    while (w->from + count >= w->len) {
        if (!window_more(w)) {
            return false;
        }
    }
    return true;
}
static inline char window_at(const LogWindow *w, size_t count)
{
    return w->ptr[w->from + count];
}
/* Goes on by count bytes, which are there; their lines are counted. */
void window_take(LogWindow *w, size_t count);
/* Takes all up to the next line; false at the end of the text. */
bool window_take_line(LogWindow *w);

typedef enum FrameEnd {
    FRAME_WHOLE,  /* an object of size bytes */
    FRAME_LIST,   /* size bytes up to and with the [ of its member "items" */
    FRAME_CUT,    /* the text ends within it */
    FRAME_BROKEN, /* no object: size bytes up to what cannot be in it */
    FRAME_LARGE,  /* more than LOG_RECORD_BYTES_MAX */
} FrameEnd;

typedef struct Frame {
    FrameEnd end;
    size_t size;
    size_t lines; /* line ends in it */
} Frame;

/* The object that starts at from. may_step: stop at a list of items in it. */
Frame frame_find(LogWindow *w, bool may_step);
/* The rest of an object that was stepped into, after the list. */
Frame frame_rest(LogWindow *w);

#endif
