/* SPDX-License-Identifier: Apache-2.0 */
/* Objects out of files that may be larger than memory: the window, and handing over. */
#include "cluster/stream_window.h"

#include "doc/json.h"
#include "kube/object.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIECE = 1 << 20,
    WHOLE_MAX = 4 << 20,
    WHOLE_TOTAL_MAX = 16 << 20,
    DOCUMENT_MAX = 1 << 20,
    LIST_DEPTH_MAX = 8,
};

/* -- the window -------------------------------------------------------------------------------- */

bool stream_fail(Stream *s, ErrCode code, const char *format, ...)
{
    if (!s->failed) {
        va_list args;
        va_start(args, format);
        s->failed = true;
        *s->err = (Err){ code, arena_vprintf(s->arena, format, args) };
        va_end(args);
    }
    return false;
}

static bool make_room(Stream *s)
{
    if (s->start > 0) {
        memmove(s->buf, s->buf + s->start, s->len - s->start);
        s->before += s->start;
        s->at -= s->start;
        s->len -= s->start;
        s->start = 0;
    }
    if (s->cap - s->len >= s->piece) {
        return true;
    }
    if (s->len > s->limits->bytes_max) {
        return stream_fail(s, ERR_LIMIT,
                           "%.*s: byte %zu: a document or an item of a List that is larger than "
                           "%zu bytes",
                           STR_ARG(s->name), s->before, s->limits->bytes_max);
    }
    size_t cap = s->cap ? s->cap * 2 : 2 * s->piece;
    char *grown = realloc(s->buf, cap + JSON_PADDING);
    if (!grown) {
        return stream_fail(s, ERR_LIMIT, "%.*s: out of memory", STR_ARG(s->name));
    }
    s->buf = grown;
    s->cap = cap;
    return true;
}

bool stream_fill(Stream *s)
{
    if (s->failed || s->has_ended || !make_room(s)) {
        return false;
    }
    ptrdiff_t got = s->read(s->source, s->buf + s->len, s->piece);
    if (got < 0) {
        return stream_fail(s, ERR_IO, "%.*s: %s", STR_ARG(s->name), strerror(errno));
    }
    s->has_ended = got == 0;
    s->len += (size_t)got;
    s->bytes += (size_t)got;
    if (s->progress) {
        s->progress(s->progress_context, s->name, s->files + 1, s->bytes);
    }
    return got > 0;
}

/* -- handing over ------------------------------------------------------------------------------ */

static bool not_an_object(Stream *s, const Value *v, const ObjectOrigin *origin)
{
    Str kind = value_is_null(v) ? STR("null") : value_kind_name(v);
    return stream_fail(s, ERR_TYPE, "%.*s: not an object of the API but %.*s",
                       STR_ARG(object_origin_text(origin, &s->scratch)), STR_ARG(kind));
}

bool stream_deliver(Stream *s, Value *v, Str path, ObjectOrigin origin, unsigned depth)
{
    Str item_kind;
    if (v->kind != VALUE_OBJECT) {
        return not_an_object(s, v, &origin);
    }
    if (!object_is_list(v, &item_kind)) {
        FileObject object = { .object = v, .path = path, .origin = origin };
        s->sink(s->context, &object, false);
        return true;
    }
    if (depth == LIST_DEPTH_MAX) {
        return stream_fail(s, ERR_LIMIT, "%.*s: more than %d Lists inside each other",
                           STR_ARG(object_origin_text(&origin, &s->scratch)), LIST_DEPTH_MAX);
    }
    Value *items = value_get_lit(v, "items");
    for (uint32_t i = 0; i < value_len(items); i++) {
        Str item_path = arena_printf(&s->scratch, "%.*s%sitems[%u]", STR_ARG(path),
                                     path.len ? "." : "", i);
        object_inherit(&items->items[i], v, item_kind, &s->scratch);
        origin.item = (OptInt64){ true, i };
        if (!stream_deliver(s, &items->items[i], item_path, origin, depth + 1)) {
            return false;
        }
    }
    return true;
}

static bool deliver_numbered(Stream *s, const StreamList *list, Value *item, size_t i)
{
    ObjectOrigin origin = list->origin;
    origin.item = (OptInt64){ true, (int64_t)i };
    return stream_deliver(s, item, arena_printf(&s->scratch, "items[%zu]", i), origin, 1);
}

/* A copy that shares nothing. Recursion is bounded by the readers' depth. */
static Value copy_deep(const Value *v, Arena *a)
{
    Value out = value_copy(v, a);
    if (out.kind == VALUE_STRING) {
        return value_str(arena_str(a, value_as_str(&out)));
    }
    VALUE_EACH_ITEM(item, &out) {
        *item = copy_deep(item, a);
    }
    VALUE_EACH_MEMBER(m, &out) {
        m->key = arena_str(a, member_key(m)).ptr;
        m->value = copy_deep(&m->value, a);
    }
    return out;
}

/* Does the list say what an item is that does not say it itself? */
static bool is_told(const Value *head)
{
    return value_get_lit(head, "kind") && value_get_lit(head, "apiVersion");
}

bool stream_deliver_item(Stream *s, StreamList *list, Value *item)
{
    size_t i = list->count++;
    if (value_is(item, VALUE_OBJECT) && !value_get_lit(item, "kind")) {
        if (!is_told(&list->head)) {
            Value pair = value_array();
            value_add(&pair, value_int((int64_t)i), &s->list);
            value_add(&pair, copy_deep(item, &s->list), &s->list);
            value_add(&list->waiting, pair, &s->list);
            return true;
        }
        Str item_kind = str_cut_suffix(value_get_str(&list->head, STR("kind")), STR("List"));
        object_inherit(item, &list->head, item_kind, &s->scratch);
    }
    return deliver_numbered(s, list, item, i);
}

bool stream_end_list(Stream *s, StreamList *list, Value *whole)
{
    Str item_kind;
    Value items = value_array();
    if (!value_is(whole, VALUE_OBJECT)) {
        return not_an_object(s, whole, &list->origin);
    }
    if (value_get_lit(whole, "items")) {
        return stream_fail(s, ERR_DUPLICATE, "%.*s: key \"items\" is set twice",
                           STR_ARG(object_origin_text(&list->origin, &s->scratch)));
    }
    value_set_lit(whole, "items", items, &s->list);
    if (!object_is_list(whole, &item_kind)) {
        return stream_fail(s, ERR_UNSUPPORTED,
                           "%.*s: a document with items that is no List is too large to be read",
                           STR_ARG(object_origin_text(&list->origin, &s->scratch)));
    }
    VALUE_EACH_ITEM(pair, &list->waiting) {
        Value *item = value_item(pair, 1);
        object_inherit(item, whole, item_kind, &s->list);
        if (!deliver_numbered(s, list, item, (size_t)value_as_int(value_item(pair, 0)).value)) {
            return false;
        }
    }
    return true;
}

/* -- files ------------------------------------------------------------------------------------- */

typedef struct Reading {
    const StreamOptions *options;
    StreamSink *sink;
    void *context;
    Arena *arena;
    Err *err;
    size_t whole_left;
    size_t files;
    size_t bytes;
} Reading;

static size_t or_default(size_t given, size_t usual)
{
    return given ? given : usual;
}

static void stream_init(Stream *s, Str name, const Reading *r)
{
    const StreamOptions *o = r->options;
    *s = (Stream){
        .name = name,
        .limits = o->limits ? o->limits : &doc_limits_default,
        .piece = or_default(o->window, PIECE),
        .document_max = o->window ? o->window : DOCUMENT_MAX,
        .sink = r->sink,
        .context = r->context,
        .progress = o->progress,
        .progress_context = o->progress_context,
        .files = r->files,
        .bytes = r->bytes,
        .arena = r->arena,
        .err = r->err,
        .line = 1,
    };
    arena_init(&s->scratch, 0);
    arena_init(&s->list, 0);
}

static void stream_done(Stream *s)
{
    free(s->buf);
    arena_done(&s->scratch);
    arena_done(&s->list);
}

static bool run(Stream *s)
{
    Str bom = STR("\xEF\xBB\xBF");
    while (s->len < 4 && stream_fill(s)) {
    }
    if (s->failed || !doc_check_encoding(s->name, stream_slice(s, 0, s->len), s->arena, s->err)) {
        return false;
    }
    if (str_starts_with(stream_slice(s, 0, s->len), bom)) {
        s->start = s->at = bom.len;
    }
    for (;;) {
        while (s->at < s->len && memchr(" \t\r\n", s->buf[s->at], 4)) {
            s->at++;
        }
        if (s->at < s->len || !stream_fill(s)) {
            break;
        }
    }
    bool is_json = s->at < s->len && (s->buf[s->at] == '{' || s->buf[s->at] == '[');
    s->at = s->start;
    return !s->failed && (is_json ? stream_json(s) : stream_yaml(s)) && !s->failed;
}

static ptrdiff_t read_fd(void *source, char *to, size_t room)
{
    for (;;) {
        ptrdiff_t got = read(*(const int *)source, to, room);
        if (got >= 0 || errno != EINTR) {
            return got;
        }
    }
}

/* What has been read so far is all there is: it is kept, and read as any file. */
static bool read_whole(Reading *r, const Stream *s)
{
    FilesOptions options = { .limits = r->options->limits };
    FileObjects objects;
    Str text = arena_str(r->arena, stream_slice(s, 0, s->len));
    if (!files_read_text(s->name, text, &options, r->arena, &objects, r->err)) {
        return false;
    }
    for (size_t i = 0; i < objects.count; i++) {
        r->sink(r->context, &objects.items[i], true);
    }
    r->whole_left -= s->len;
    return true;
}

static bool read_open(Reading *r, Str path, int fd)
{
    Stream s;
    size_t whole = or_default(r->options->whole_max, WHOLE_MAX);
    whole = whole < r->whole_left ? whole : r->whole_left;
    stream_init(&s, path, r);
    s.read = read_fd;
    s.source = &fd;
    while (s.len <= whole && stream_fill(&s)) {
    }
    bool ok = !s.failed && (s.has_ended && s.len <= whole ? read_whole(r, &s) : run(&s));
    r->bytes = s.bytes;
    r->files++;
    stream_done(&s);
    return ok;
}

static bool read_path(Reading *r, Str path)
{
    if (str_eq(path, STR("-"))) {
        return read_open(r, path, STDIN_FILENO);
    }
    int fd = open(arena_cstr(r->arena, path), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return err_set(r->err, r->arena, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
    }
    bool ok = read_open(r, path, fd);
    close(fd);
    return ok;
}

static Reading reading_new(const StreamOptions *options, StreamSink *sink, void *context, Arena *a,
                           Err *err)
{
    static const StreamOptions none = { 0 };
    options = options ? options : &none;
    return (Reading){
        .options = options,
        .sink = sink,
        .context = context,
        .arena = a,
        .err = err,
        .whole_left = or_default(options->whole_total_max, WHOLE_TOTAL_MAX),
    };
}

bool stream_read(StrList paths, const StreamOptions *options, StreamSink *sink, void *context,
                 Arena *a, Err *err)
{
    Reading r = reading_new(options, sink, context, a, err);
    for (size_t i = 0; i < paths.count; i++) {
        StrList files;
        if (!files_list(paths.items[i], a, &files, err)) {
            return false;
        }
        for (size_t j = 0; j < files.count; j++) {
            if (!read_path(&r, files.items[j])) {
                return false;
            }
        }
    }
    return true;
}

/* -- a text ------------------------------------------------------------------------------------ */

static ptrdiff_t read_text(void *source, char *to, size_t room)
{
    Str *rest = source;
    size_t count = rest->len < room ? rest->len : room;
    if (count) {
        memcpy(to, rest->ptr, count);
    }
    *rest = str_drop(*rest, count);
    return (ptrdiff_t)count;
}

bool stream_read_text(Str name, Str text, const StreamOptions *options, StreamSink *sink,
                      void *context, Arena *a, Err *err)
{
    Reading r = reading_new(options, sink, context, a, err);
    Stream s;
    stream_init(&s, name, &r);
    s.read = read_text;
    s.source = &text;
    bool ok = run(&s);
    stream_done(&s);
    return ok;
}
