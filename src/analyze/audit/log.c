/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs, read record by record.
 *
 * The first record is found by its brackets, wherever it ends. Once one stood alone on its line,
 * the text is taken to be one of lines: each is then handed to the parser as it is, which is
 * several times as fast, and a broken line costs no other.
 */
#include "analyze/audit/log.h"

#include "analyze/audit/frames.h"
#include "doc/json.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const DocLimits limits = {
    .bytes_max = LOG_RECORD_BYTES_MAX,
    .depth_max = LOG_DEPTH_MAX,
    .list_max = 1000000,
    .last_key_wins = true,
};

typedef struct Reader {
    LogWindow window;
    Str name;
    const LogSink *sink;
    LogCounts *counts;
    Arena arena;       /* of one record */
    bool lines;        /* records stand on lines of their own */
    bool in_list;      /* within a list that is taken apart */
    bool list_is_bare; /* which is no member of an object */
    size_t list_line;
    size_t told; /* bytes, to the sink's progress */
} Reader;

static void problem(Reader *r, size_t line, const char *what)
{
    r->counts->bad++;
    r->sink->problem(r->sink->context,
                     arena_printf(&r->arena, "%.*s:%zu: %s", STR_ARG(r->name), line, what));
}

/* -- records ------------------------------------------------------------------------------------
 */

static bool is_audit(const Value *v)
{
    Str api_version = value_get_str(v, STR("apiVersion"));
    if (str_starts_with(api_version, STR("audit.k8s.io/"))) {
        return str_eq(value_get_str(v, STR("kind")), STR("Event"));
    }
    /* an item of a list has neither */
    return !api_version.len && value_get_str(v, STR("auditID")).ptr &&
           value_get_str(v, STR("verb")).ptr;
}

static bool classify(const Value *v, LogKind *kind)
{
    if (is_audit(v)) {
        *kind = LOG_AUDIT;
    } else if (str_eq(value_get_str(v, STR("kind")), STR("AdmissionReview"))) {
        *kind = LOG_REVIEW;
    } else if (value_get_str(v, STR("rule")).ptr &&
               (value_get_str(v, STR("priority")).ptr || value_get_str(v, STR("output")).ptr)) {
        *kind = LOG_FALCO;
    } else {
        return false;
    }
    return true;
}

/* What every audit event has, and this one does not; NULL when nothing is missing. */
static const char *audit_problem(const Value *v)
{
    static const Str versions[] = { STR_INIT(""), STR_INIT("audit.k8s.io/v1"),
                                    STR_INIT("audit.k8s.io/v1beta1"),
                                    STR_INIT("audit.k8s.io/v1alpha1") };
    static const Str stages[] = { STR_INIT("RequestReceived"), STR_INIT("ResponseStarted"),
                                  STR_INIT("ResponseComplete"), STR_INIT("Panic") };
    if (!str_list_has((StrList){ versions, COUNT_OF(versions) },
                      value_get_str(v, STR("apiVersion")))) {
        return "a version of audit.k8s.io that is not known";
    }
    if (!value_get_str(v, STR("verb")).len) {
        return "an audit event without a verb";
    }
    if (!str_list_has((StrList){ stages, COUNT_OF(stages) }, value_get_str(v, STR("stage")))) {
        return "an audit event without a stage that is known";
    }
    return NULL;
}

static void deliver_one(Reader *r, const Value *v, size_t line)
{
    LogRecord record = { .value = v, .file = r->name, .line = line };
    if (!value_is(v, VALUE_OBJECT) || !classify(v, &record.kind)) {
        problem(r, line, "neither an audit event nor a Falco alert nor an AdmissionReview");
        return;
    }
    const char *what = record.kind == LOG_AUDIT ? audit_problem(v) : NULL;
    if (what) {
        problem(r, line, what);
        return;
    }
    r->counts->records[record.kind]++;
    r->sink->record(r->sink->context, &record, &r->arena);
}

/* A record, or a list of them: an EventList, a List. */
static void deliver(Reader *r, const Value *v, size_t line)
{
    const Value *items = value_get_lit(v, "items");
    if (value_is(v, VALUE_ARRAY)) {
        items = v;
    }
    if (!value_is(items, VALUE_ARRAY)) {
        deliver_one(r, v, line);
    }
    VALUE_EACH_ITEM(item, items) {
        deliver_one(r, item, line);
    }
}

/* The size bytes that come next are a record. False when they are no JSON. */
static bool parse(Reader *r, size_t size)
{
    char *text = r->window.ptr + r->window.from;
    size_t line = r->window.line;
    char kept[JSON_PADDING]; /* of what follows, which the parser writes over */
    memcpy(kept, text + size, sizeof(kept));
    window_take(&r->window, size); /* lines are counted before the text is changed */
    Value v;
    Err err;
    Str place = arena_printf(&r->arena, "%.*s:%zu", STR_ARG(r->name), line);
    bool ok = json_read_insitu(place, text, size, &limits, &r->arena, &v, &err);
    memcpy(text + size, kept, sizeof(kept));
    if (ok) {
        deliver(r, &v, line);
    } else {
        r->counts->bad++;
        r->sink->problem(r->sink->context, err.msg);
    }
    arena_reset(&r->arena);
    return ok;
}

/* -- finding them -------------------------------------------------------------------------------
 */

/* Blanks and line ends go by; also, between the items of a list, commas. False at the end. */
static bool skip_blanks(Reader *r)
{
    LogWindow *w = &r->window;
    while (window_has(w, 0)) {
        char c = window_at(w, 0);
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || (c == ',' && r->in_list)) {
            window_take(w, 1);
        } else {
            return true;
        }
    }
    return false;
}

/* Does nothing but blanks follow on the line? */
static bool line_ends(Reader *r)
{
    for (size_t i = 0; window_has(&r->window, i); i++) {
        char c = window_at(&r->window, i);
        if (c == '\n') {
            return true;
        }
        if (c != ' ' && c != '\t' && c != '\r') {
            return false;
        }
    }
    return true;
}

static void pass_over_line(Reader *r, const char *what)
{
    problem(r, r->window.line, what);
    r->in_list = false;
    window_take_line(&r->window);
    arena_reset(&r->arena);
}

/* What frame_find() or frame_rest() came to, when that is no object. */
static void pass_over(Reader *r, const Frame *frame)
{
    size_t line = r->window.line;
    bool next_is_record = frame->lines > 0;
    window_take(&r->window, frame->size);
    problem(r, line,
            frame->end == FRAME_CUT     ? "cut off: the text ends within a record"
            : frame->end == FRAME_LARGE ? "a record of more than 16 MiB"
                                        : "no JSON, or cut off");
    arena_reset(&r->arena);
    r->in_list = false;
    /* broken by the start of the next record, which stands at the start of a line */
    if (frame->end == FRAME_BROKEN && next_is_record && window_has(&r->window, 0) &&
        window_at(&r->window, 0) == '{') {
        return;
    }
    window_take_line(&r->window);
}

static void end_list(Reader *r)
{
    size_t line = r->list_line;
    window_take(&r->window, 1); /* ] */
    r->in_list = false;
    if (!r->list_is_bare) {
        Frame rest = frame_rest(&r->window);
        if (rest.end != FRAME_WHOLE) {
            pass_over(r, &rest);
            return;
        }
        window_take(&r->window, rest.size);
    }
    r->lines = line == r->window.line && line_ends(r);
}

static void read_frame(Reader *r)
{
    Frame frame = frame_find(&r->window, !r->in_list);
    size_t line = r->window.line;
    if (frame.end == FRAME_LIST) {
        r->in_list = true;
        r->list_is_bare = false;
        r->list_line = line;
        window_take(&r->window, frame.size);
        return;
    }
    if (frame.end != FRAME_WHOLE) {
        pass_over(r, &frame);
        return;
    }
    bool alone = frame.lines == 0 && !r->in_list;
    if (parse(r, frame.size) && alone) {
        r->lines = line_ends(r);
    }
}

/* The next line's size when it has not more than a record may have; else it is read as a frame. */
static bool find_line(LogWindow *w, size_t *size)
{
    size_t seen = 0;
    for (;;) {
        size_t there = w->len - w->from;
        const char *end = there > seen ? memchr(w->ptr + w->from + seen, '\n', there - seen) : NULL;
        if (end || there > LOG_RECORD_BYTES_MAX) {
            *size = end ? (size_t)(end - w->ptr) - w->from : 0;
            return end && *size <= LOG_RECORD_BYTES_MAX;
        }
        seen = there;
        if (!window_more(w)) {
            *size = seen;
            return seen <= LOG_RECORD_BYTES_MAX;
        }
    }
}

static void read_line(Reader *r)
{
    size_t size;
    if (!find_line(&r->window, &size)) {
        read_frame(r);
        return;
    }
    bool last = r->window.ended && r->window.from + size == r->window.len;
    char first = window_at(&r->window, 0);
    if (first != '{' && first != '[') {
        pass_over_line(r, "no JSON object");
        return;
    }
    if (last && r->window.ptr[r->window.len - 1] != '}' && first == '{') {
        /* only here: elsewhere the parser says more */
        pass_over_line(r, "cut off: the last line is not complete");
        return;
    }
    parse(r, size);
}

static void read_next(Reader *r)
{
    char c = window_at(&r->window, 0);
    if (r->in_list && c == ']') {
        end_list(r);
    } else if (r->lines && !r->in_list) {
        read_line(r);
    } else if (c == '{') {
        read_frame(r);
    } else if (c == '[' && !r->in_list) {
        r->in_list = true;
        r->list_is_bare = true;
        r->list_line = r->window.line;
        window_take(&r->window, 1);
    } else if (c == '\x1f') {
        pass_over_line(r, "not text: decompress it first, as with zcat FILE | podgate ... -");
    } else {
        pass_over_line(r, "no JSON object");
    }
}

enum { PROGRESS_BYTES = 1 << 20 };

static void read_all(Reader *r)
{
    arena_init(&r->arena, 0);
    while (skip_blanks(r)) {
        read_next(r);
        if (r->sink->progress && r->window.bytes - r->told >= PROGRESS_BYTES) {
            r->told = r->window.bytes;
            r->sink->progress(r->sink->context, r->name, r->counts->bytes + r->told);
        }
    }
    if (r->in_list && !r->window.failed) {
        problem(r, r->window.line, "cut off: the text ends within a list");
    }
    r->counts->bytes += r->window.bytes;
    arena_done(&r->arena);
}

/* -- sources ------------------------------------------------------------------------------------
 */

typedef struct FileSource {
    int fd;
    int error;
} FileSource;

static ptrdiff_t read_file(void *context, char *at, size_t room)
{
    FileSource *f = context;
    ssize_t got;
    do {
        got = read(f->fd, at, room);
    } while (got < 0 && errno == EINTR);
    f->error = got < 0 ? errno : 0;
    return got;
}

static bool read_path(Str path, const LogSink *sink, Arena *a, LogCounts *counts, Err *err)
{
    bool is_stdin = str_eq(path, STR("-"));
    FileSource file = { .fd = STDIN_FILENO };
    if (!is_stdin) {
        if (memchr(path.ptr, '\0', path.len)) {
            return err_set(err, a, ERR_IO, "%.*s: no such file", STR_ARG(path));
        }
        file.fd = open(arena_cstr(a, path), O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (file.fd < 0) {
            return err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
        }
    }
    Reader r = {
        .name = is_stdin ? STR("<stdin>") : path,
        .sink = sink,
        .counts = counts,
    };
    window_init(&r.window, (LogSource){ &file, read_file });
    read_all(&r);
    bool failed = r.window.failed;
    window_done(&r.window);
    if (!is_stdin) {
        close(file.fd);
    }
    return !failed || err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(file.error));
}

bool log_read(StrList paths, const LogSink *sink, Arena *a, LogCounts *counts, Err *err)
{
    for (size_t i = 0; i < paths.count; i++) {
        if (!read_path(paths.items[i], sink, a, counts, err)) {
            return false;
        }
    }
    return true;
}

typedef struct TextSource {
    Str rest;
    size_t piece;
} TextSource;

static ptrdiff_t read_text(void *context, char *at, size_t room)
{
    TextSource *t = context;
    size_t count = t->rest.len < t->piece ? t->rest.len : t->piece;
    count = count < room ? count : room;
    if (count) {
        memcpy(at, t->rest.ptr, count);
    }
    t->rest = str_drop(t->rest, count);
    return (ptrdiff_t)count;
}

void log_read_text(Str name, Str text, size_t piece, const LogSink *sink, LogCounts *counts)
{
    TextSource source = { text, piece ? piece : 1 };
    Reader r = { .name = name, .sink = sink, .counts = counts };
    window_init(&r.window, (LogSource){ &source, read_text });
    read_all(&r);
    window_done(&r.window);
}
