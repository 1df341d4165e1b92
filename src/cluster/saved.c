/* SPDX-License-Identifier: Apache-2.0 */
/* A cluster in a file: written and read line by line, so that it may be of any size. */
#include "cluster/saved.h"

#include "doc/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FORM = 1, TAIL_BYTES = 128, NAME_LEN_MAX = 200 };

static const Str items_end = STR_INIT("\"items\":[");
static const Str end_start = STR_INIT("],\"end\":");

static void add_to_sum(SavedSum *sum, Str line)
{
    sum->checksum = (sum->checksum ^ str_hash(line)) * 0x9E3779B97F4A7C15u;
    sum->checksum ^= sum->checksum >> 32;
}

bool saved_is_name(Str name)
{
    bool ok = name.len > 0 && name.len <= NAME_LEN_MAX && name.ptr[0] != '.' && name.ptr[0] != '-';
    for (size_t i = 0; i < name.len && ok; i++) {
        char c = name.ptr[i];
        ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_' || c == '.';
    }
    return ok;
}

/* -- writing -------------------------------------------------------------------------------------
 */

static void write_member(const char *key, Str value, Buf *b)
{
    if (value.ptr) {
        buf_printf(b, ",\"%s\":", key);
        json_write_str(value, false, b);
    }
}

void saved_write_head(const SavedHead *head, SavedSum *sum, Buf *b)
{
    size_t from = b->len;
    *sum = (SavedSum){ 0 };
    buf_printf(
        b,
        "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"%llu\"},"
        "\"podgate\":{\"form\":%d,\"kubernetes\":\"1.%d\"",
        (unsigned long long)head->version, FORM, head->minor);
    if (head->clock_offset) {
        buf_printf(b, ",\"clockOffsetSeconds\":%lld", (long long)head->clock_offset);
    }
    write_member("created", head->created, b);
    write_member("caCert", head->ca_cert, b);
    write_member("caKey", head->ca_key, b);
    write_member("tokenKey", head->token_key, b);
    buf_lit(b, "},\"items\":[");
    add_to_sum(sum, str_from(b->ptr + from, b->len - from));
}

void saved_write_object(const Value *object, SavedSum *sum, Buf *b)
{
    buf_add(b, sum->objects ? STR(",\n") : STR("\n"));
    size_t from = b->len;
    json_write(object, b);
    add_to_sum(sum, str_from(b->ptr + from, b->len - from));
    sum->objects++;
}

void saved_write_end(SavedSum *sum, Buf *b)
{
    buf_printf(b, "\n],\"end\":{\"objects\":%llu,\"checksum\":\"%016llx\"}}\n",
               (unsigned long long)sum->objects, (unsigned long long)sum->checksum);
}

/* -- reading -------------------------------------------------------------------------------------
 */

typedef struct SavedReader {
    Str path;
    FILE *file;
    char *line;
    size_t cap;
    size_t number;
} SavedReader;

static bool damaged(const SavedReader *r, const char *what, Arena *a, Err *err)
{
    return err_set(err, a, ERR_SYNTAX, "%.*s:%zu: the snapshot is damaged: %s", STR_ARG(r->path),
                   r->number, what);
}

static bool open_file(Str path, Arena *a, SavedReader *r, Err *err)
{
    *r = (SavedReader){ .path = path, .file = fopen(arena_cstr(a, path), "re") };
    return r->file || err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
}

static void close_file(SavedReader *r)
{
    free(r->line);
    if (r->file) {
        fclose(r->file);
    }
}

/* Without its newline. */
static bool next_line(SavedReader *r, Arena *a, Str *out, Err *err)
{
    errno = 0;
    ssize_t n = getline(&r->line, &r->cap, r->file);
    r->number++;
    if (n < 0) {
        return errno ? err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(r->path), strerror(errno))
                     : damaged(r, "it ends too early", a, err);
    }
    *out = str_cut_suffix(str_from(r->line, (size_t)n), STR("\n"));
    return true;
}

static bool read_head(SavedReader *r, Arena *a, SavedHead *out, SavedSum *sum, Err *err)
{
    Str line;
    Value head;
    int64_t version, minor;
    if (!next_line(r, a, &line, err)) {
        return false;
    }
    if (!str_ends_with(line, items_end) ||
        !json_read(r->path, arena_concat(a, line, STR("]}")), NULL, a, &head, NULL)) {
        return err_set(err, a, ERR_SYNTAX, "%.*s: is no snapshot of podgate's", STR_ARG(r->path));
    }
    const Value *about = value_get_lit(&head, "podgate");
    OptInt64 form = value_get_int(about, STR("form"));
    Str kubernetes = value_get_str(about, STR("kubernetes"));
    if (form.set && form.value > FORM) {
        return err_set(
            err, a, ERR_UNSUPPORTED,
            "%.*s: is in form %lld, this podgate knows forms up to %d: it was written by a "
            "newer one",
            STR_ARG(r->path), (long long)form.value, FORM);
    }
    if (!str_to_int64(value_as_str(value_at(&head, "metadata", "resourceVersion", NULL)),
                      &version) ||
        version < 0 || !form.set || !str_starts_with(kubernetes, STR("1.")) ||
        !str_to_int64(str_drop(kubernetes, 2), &minor)) {
        return err_set(err, a, ERR_SYNTAX, "%.*s: is no snapshot of podgate's", STR_ARG(r->path));
    }
    *out = (SavedHead){ .version = (uint64_t)version,
                        .created = value_get_str(about, STR("created")),
                        .minor = (int)minor,
                        .clock_offset = value_get_int(about, STR("clockOffsetSeconds")).value,
                        .ca_cert = value_get_str(about, STR("caCert")),
                        .ca_key = value_get_str(about, STR("caKey")),
                        .token_key = value_get_str(about, STR("tokenKey")) };
    *sum = (SavedSum){ 0 };
    add_to_sum(sum, line);
    return true;
}

/* The last line: {"objects":2,"checksum":"..."} and a brace. */
static bool read_end(const SavedReader *r, Str line, Arena *a, SavedSum *out, Err *err)
{
    Value end;
    Str text = str_cut_suffix(str_drop(line, end_start.len), STR("}"));
    char digits[17] = "";
    char *rest;
    if (!json_read(r->path, text, NULL, a, &end, NULL)) {
        return damaged(r, "its end is no JSON", a, err);
    }
    Str checksum = value_get_str(&end, STR("checksum"));
    OptInt64 objects = value_get_int(&end, STR("objects"));
    memcpy(digits, checksum.len ? checksum.ptr : "", checksum.len < 16 ? checksum.len : 16);
    *out = (SavedSum){ strtoull(digits, &rest, 16), (uint64_t)objects.value };
    return (checksum.len == 16 && *rest == '\0' && objects.set) ||
           damaged(r, "it has no checksum", a, err);
}

static bool read_object(const SavedReader *r, Str line, SavedEach *each, void *context, Arena *a,
                        Err *err)
{
    Value object;
    char *text = arena_alloc(a, line.len + JSON_PADDING);
    memcpy(text, line.len ? line.ptr : "", line.len);
    if (!json_read_insitu(r->path, text, line.len, NULL, a, &object, NULL) ||
        object.kind != VALUE_OBJECT) {
        return damaged(r, "this is no object", a, err);
    }
    return each == NULL || each(context, &object, a, err);
}

static bool read_all(SavedReader *r, SavedEach *each, void *context, Arena *a, SavedHead *head,
                     Err *err)
{
    SavedSum sum, wanted;
    Str line;
    Err inner;
    Arena one;
    if (!read_head(r, a, head, &sum, err)) {
        return false;
    }
    arena_init(&one, 0);
    bool good;
    while ((good = next_line(r, &one, &line, &inner)) && !str_starts_with(line, end_start)) {
        line = str_cut_suffix(line, STR(","));
        add_to_sum(&sum, line);
        sum.objects++;
        if (!(good = read_object(r, line, each, context, &one, &inner))) {
            break;
        }
        arena_reset(&one);
    }
    good = good && read_end(r, line, &one, &wanted, &inner);
    if (good && (wanted.objects != sum.objects || wanted.checksum != sum.checksum)) {
        good = damaged(r, "it is not what was written", &one, &inner);
    }
    if (!good) {
        err_set(err, a, inner.code, "%.*s", STR_ARG(inner.msg));
    }
    arena_done(&one);
    return good;
}

bool saved_read(Str path, SavedEach *each, void *context, Arena *a, SavedHead *head, Err *err)
{
    SavedReader r;
    bool good = open_file(path, a, &r, err) && read_all(&r, each, context, a, head, err);
    close_file(&r);
    return good;
}

static bool read_info(SavedReader *r, Arena *a, SavedInfo *out, Err *err)
{
    char tail[TAIL_BYTES];
    SavedSum sum, wanted;
    if (!read_head(r, a, &out->head, &sum, err)) {
        return false;
    }
    if (fseek(r->file, 0, SEEK_END) != 0) {
        return err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(r->path), strerror(errno));
    }
    out->bytes = (uint64_t)ftell(r->file);
    (void)fseek(r->file, -(long)(out->bytes < TAIL_BYTES ? out->bytes : TAIL_BYTES), SEEK_END);
    Str text = str_from(tail, fread(tail, 1, sizeof tail, r->file));
    ptrdiff_t at = str_index(text, end_start);
    text = str_cut_suffix(str_drop(text, at < 0 ? 0 : (size_t)at), STR("\n"));
    if (at < 0) {
        return damaged(r, "it has no end", a, err);
    }
    if (!read_end(r, text, a, &wanted, err)) {
        return false;
    }
    out->objects = wanted.objects;
    return true;
}

bool saved_info(Str path, Arena *a, SavedInfo *out, Err *err)
{
    SavedReader r;
    SavedInfo made = { 0 };
    bool good = open_file(path, a, &r, err) && read_info(&r, a, &made, err);
    close_file(&r);
    if (good) {
        *out = made;
    }
    return good;
}
