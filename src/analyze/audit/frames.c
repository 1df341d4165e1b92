/* SPDX-License-Identifier: Apache-2.0 */
/* Where JSON objects start and end in a stream. */
#include "analyze/audit/frames.h"

#include "doc/json.h"

enum { READ_BYTES = 256 * 1024 };

/* -- the window ---------------------------------------------------------------------------------
 */

void window_init(LogWindow *w, LogSource source)
{
    *w = (LogWindow){ .source = source, .line = 1 };
    arena_init(&w->arena, 0);
}

void window_done(LogWindow *w)
{
    arena_done(&w->arena);
}

static void make_room(LogWindow *w)
{
    if (w->cap - w->len >= READ_BYTES) {
        return;
    }
    if (w->from > w->cap / 2) {
        memmove(w->ptr, w->ptr + w->from, w->len - w->from);
        w->len -= w->from;
        w->from = 0;
    }
    if (w->cap - w->len >= READ_BYTES) {
        return;
    }
    Arena grown;
    arena_init(&grown, 0);
    size_t cap = (w->len - w->from) * 2 + 2 * (size_t)READ_BYTES;
    char *ptr = arena_alloc(&grown, cap + JSON_PADDING);
    if (w->len > w->from) {
        memcpy(ptr, w->ptr + w->from, w->len - w->from);
    }
    w->len -= w->from;
    w->from = 0;
    arena_done(&w->arena);
    w->arena = grown;
    w->ptr = ptr;
    w->cap = cap;
}

bool window_more(LogWindow *w)
{
    if (w->ended) {
        return false;
    }
    make_room(w);
    ptrdiff_t got = w->source.read(w->source.context, w->ptr + w->len, w->cap - w->len);
    if (got <= 0) {
        w->ended = true;
        w->failed = got < 0;
        return false;
    }
    w->len += (size_t)got;
    w->bytes += (size_t)got;
    return true;
}

void window_take(LogWindow *w, size_t count)
{
    const char *at = w->ptr + w->from;
    const char *end = at + count;
    while (count && (at = memchr(at, '\n', (size_t)(end - at)))) {
        w->line++;
        at++;
    }
    w->from += count;
}

bool window_take_line(LogWindow *w)
{
    for (;;) {
        const char *at = w->len > w->from ? memchr(w->ptr + w->from, '\n', w->len - w->from) : NULL;
        if (at) {
            w->from = (size_t)(at - w->ptr) + 1;
            w->line++;
            return true;
        }
        w->from = w->len;
        if (!window_more(w)) {
            return false;
        }
    }
}

/* -- objects ------------------------------------------------------------------------------------
 */

typedef struct Scan {
    LogWindow *w;
    size_t at; /* behind from */
    size_t lines;
    size_t depth;
    char open[LOG_DEPTH_MAX]; /* '{' or '[' */
    char before;              /* the last byte that is no white space */
    bool at_line_start;
    size_t key;     /* where the last string started, */
    size_t key_end; /* and the offset of its closing quote */
} Scan;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* at is behind the opening quote; ends behind the closing one. False: there is none. */
static bool scan_string(Scan *s, FrameEnd *why)
{
    s->key = s->at;
    while (window_has(s->w, s->at)) {
        char c = window_at(s->w, s->at++);
        if (c == '"') {
            s->key_end = s->at - 1;
            return true;
        }
        if (c == '\n') { /* never in a string: the record was cut off */
            s->at--;
            *why = FRAME_BROKEN;
            return false;
        }
        if (c == '\\' && window_has(s->w, s->at) && window_at(s->w, s->at) != '\n') {
            s->at++;
        }
        if (s->at > LOG_RECORD_BYTES_MAX) {
            *why = FRAME_LARGE;
            return false;
        }
    }
    *why = FRAME_CUT;
    return false;
}

/* An object on a line of its own may be a value here; else what came before it was cut off and this
 * is the next record. */
static bool may_open(const Scan *s)
{
    if (!s->at_line_start || s->depth == 0) {
        return true;
    }
    return s->before == ':' || s->open[s->depth - 1] == '[';
}

static bool opens_items(const Scan *s)
{
    return s->depth == 1 && s->before == ':' && s->key_end - s->key == 5 &&
           memcmp(s->w->ptr + s->w->from + s->key, "items", 5) == 0;
}

static bool closes(const Scan *s, char c)
{
    return s->depth > 0 && s->open[s->depth - 1] == (c == '}' ? '{' : '[');
}

static Frame scan_object(Scan *s, bool may_step)
{
    while (window_has(s->w, s->at)) {
        if (s->at > LOG_RECORD_BYTES_MAX) {
            return (Frame){ FRAME_LARGE, s->at, s->lines };
        }
        char c = window_at(s->w, s->at);
        FrameEnd why;
        if (is_blank(c)) {
            s->at++;
            s->lines += c == '\n';
            s->at_line_start = c == '\n';
            continue;
        }
        if ((c == '{' || c == '[') && (s->depth == LOG_DEPTH_MAX || (c == '{' && !may_open(s)))) {
            return (Frame){ FRAME_BROKEN, s->at, s->lines };
        }
        if ((c == '}' || c == ']') && !closes(s, c)) {
            return (Frame){ FRAME_BROKEN, s->at, s->lines };
        }
        s->at++;
        if (c == '"' && !scan_string(s, &why)) {
            return (Frame){ why, s->at, s->lines };
        }
        if (c == '[' && may_step && opens_items(s)) {
            return (Frame){ FRAME_LIST, s->at, s->lines };
        }
        if (c == '{' || c == '[') {
            s->open[s->depth++] = c;
        }
        if ((c == '}' || c == ']') && --s->depth == 0) {
            return (Frame){ FRAME_WHOLE, s->at, s->lines };
        }
        s->before = c;
        s->at_line_start = false;
    }
    return (Frame){ FRAME_CUT, s->at, s->lines };
}

Frame frame_find(LogWindow *w, bool may_step)
{
    Scan s = { .w = w };
    return scan_object(&s, may_step);
}

Frame frame_rest(LogWindow *w)
{
    Scan s = { .w = w, .depth = 1, .open = { '{' }, .before = ']' };
    return scan_object(&s, false);
}
