/* SPDX-License-Identifier: Apache-2.0 */
/* A live state in a file. */
#include "server/live/cache.h"

#include "cluster/files.h"
#include "doc/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CACHE_FORMAT = 1 };

/* FNV-1a: against accidents. Who may write the file could write any. */
static uint64_t digest(uint64_t h, Str s)
{
    for (size_t i = 0; i < s.len; i++) {
        h = (h ^ (unsigned char)s.ptr[i]) * UINT64_C(1099511628211);
    }
    return h;
}
#define DIGEST_START UINT64_C(14695981039346656037)

/* -- writing ----------------------------------------------------------------------------------- */

typedef struct Writer {
    FILE *file;
    uint64_t digest;
} Writer;

static bool put(Writer *w, Str s)
{
    w->digest = digest(w->digest, s);
    return fwrite(s.ptr, 1, s.len, w->file) == s.len;
}

static bool put_object(void *writer, Str json)
{
    return put(writer, json) && put(writer, STR("\n"));
}

bool cache_write(Str path, Str of, const LiveState *s, int64_t now, Arena *a, Err *err)
{
    Buf head = buf_new(a);
    buf_printf(&head, "{\"podgateCache\":%d,\"of\":", CACHE_FORMAT);
    json_write_str(of, false, &head);
    buf_printf(&head, ",\"time\":%lld,\"objects\":%zu}\n", (long long)now,
               live_state_stats(s).objects);
    const char *to = arena_cstr(a, path);
    const char *beside = arena_cstr(a, arena_concat(a, path, STR(".new")));
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    Writer w = { fd < 0 ? NULL : fdopen(fd, "w"), DIGEST_START };
    if (!w.file) {
        err_set(err, a, ERR_IO, "%s: %s", beside, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    bool ok = put(&w, buf_str(&head)) && live_state_each(s, put_object, &w);
    Str end = arena_printf(a, "{\"fnv64\":\"%016llx\"}\n", (unsigned long long)w.digest);
    ok = ok && put(&w, end) && fflush(w.file) == 0 && fsync(fd) == 0;
    int problem = errno;
    ok = (fclose(w.file) == 0) && ok;
    if (ok && rename(beside, to) == 0) {
        return true;
    }
    problem = ok ? errno : problem;
    unlink(beside);
    return err_set(err, a, ERR_IO, "%s: %s", to, strerror(problem));
}

/* -- reading ----------------------------------------------------------------------------------- */

static bool damaged(Str path, Arena *a, Err *err)
{
    return err_set(err, a, ERR_SYNTAX, "%.*s: damaged or no cache of podgate", STR_ARG(path));
}

static bool read_line(Str path, Str line, Arena *a, Value *out)
{
    Err ignored;
    return json_read(path, line, &doc_limits_default, a, out, &ignored) &&
           value_is(out, VALUE_OBJECT);
}

/* Cuts the last line off and compares what it says. */
static bool check_digest(Str path, Str *text, Arena *a)
{
    Str body = *text;
    Value end;
    if (!str_ends_with(body, STR("\n"))) {
        return false;
    }
    ptrdiff_t at = str_rindex_byte(str_slice(body, 0, body.len - 1), '\n');
    if (at < 0 || !read_line(path, str_drop(body, (size_t)at + 1), a, &end)) {
        return false;
    }
    *text = str_slice(body, 0, (size_t)at + 1);
    Str found = arena_printf(a, "%016llx", (unsigned long long)digest(DIGEST_START, *text));
    return str_eq(value_get_str(&end, STR("fnv64")), found);
}

bool cache_read(Str path, Str of, int64_t now, int64_t seconds_max, LiveState *s, int64_t *written,
                Arena *a, Err *err)
{
    Str text, line;
    Value v;
    if (!file_read_text(path, &doc_limits_default, a, &text, err)) {
        return false;
    }
    if (!check_digest(path, &text, a) || !str_next_piece(&text, '\n', &line) ||
        !read_line(path, line, a, &v)) {
        return damaged(path, a, err);
    }
    OptInt64 format = value_get_int(&v, STR("podgateCache"));
    OptInt64 time = value_get_int(&v, STR("time"));
    if (!format.set || format.value != CACHE_FORMAT || !time.set) {
        return damaged(path, a, err);
    }
    Str found = value_get_str(&v, STR("of"));
    if (!str_eq(found, of)) {
        return err_set(err, a, ERR_TYPE, "%.*s: it is of %.*s, not of %.*s", STR_ARG(path),
                       STR_ARG(found), STR_ARG(of));
    }
    if (time.value > now || now - time.value > seconds_max) {
        return err_set(err, a, ERR_LIMIT, "%.*s: %s", STR_ARG(path),
                       time.value > now ? "written in the future" : "too old");
    }
    Arena each;
    arena_init(&each, 0);
    bool ok = true;
    while (ok && text.len && str_next_piece(&text, '\n', &line)) {
        ok = !line.len || (read_line(path, line, &each, &v) && live_state_put(s, &v));
        arena_reset(&each);
    }
    arena_done(&each);
    *written = time.value;
    return ok || damaged(path, a, err);
}
