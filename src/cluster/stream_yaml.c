/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML taken apart by lines: three hyphens at the start of one begin another document, whatever
 * stands around them. A document that is larger than the window and has `items:` at its start of a
 * line is a List as kubectl prints one: its items begin with a hyphen, and each is a document.
 */
#include "cluster/stream_window.h"

#include "doc/yaml.h"

/* -- lines ------------------------------------------------------------------------------------- */

/* Reads the line that begins at `at`, and moves behind it. False at the end of the file. The text
 * is without its line break. from: where it begins, counted from start. */
static bool next_line(Stream *s, size_t *from, Str *out)
{
    *from = s->at - s->start;
    size_t seen = *from;
    if (!stream_has(s)) {
        return false;
    }
    for (;;) {
        const char *end = memchr(s->buf + s->start + seen, '\n', s->len - s->start - seen);
        if (end) {
            s->at = (size_t)(end - s->buf) + 1;
            *out = stream_slice(s, s->start + *from, s->at - 1);
            break;
        }
        seen = s->len - s->start;
        s->at = s->len;
        if (!stream_fill(s)) {
            *out = stream_slice(s, s->start + *from, s->at);
            break;
        }
    }
    *out = str_cut_suffix(*out, STR("\r"));
    return !s->failed;
}

/* Goes back to where a line began. */
static void unread(Stream *s, size_t from)
{
    s->at = s->start + from;
}

static bool is_mark(Str line, Str mark)
{
    return str_starts_with(line, mark) &&
           (line.len == mark.len || line.ptr[mark.len] == ' ' || line.ptr[mark.len] == '\t');
}

/* Nothing that a document is made of. */
static bool is_empty_line(Str line)
{
    Str text = str_trim(line);
    return text.len == 0 || text.ptr[0] == '#' || (line.len && line.ptr[0] == '%');
}

static void count_lines(Stream *s, Str text)
{
    const char *p = text.ptr;
    const char *end = text.ptr + text.len;
    while (s->line && p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        s->line++;
        p++;
    }
}

/* The line of a document's first content. */
static size_t content_line(const Stream *s, Str text)
{
    size_t line = s->line;
    Str rest = text;
    Str piece;
    while (line && str_next_piece(&rest, '\n', &piece)) {
        Str trimmed = str_trim(piece);
        if (trimmed.len && !str_eq(trimmed, STR("---")) && trimmed.ptr[0] != '#') {
            return line;
        }
        line++;
    }
    return s->line;
}

/* -- reading ----------------------------------------------------------------------------------- */

static Str part_name(Stream *s, const char *what, size_t n)
{
    return arena_printf(&s->scratch, "%.*s: %s %zu", STR_ARG(s->name), what, n);
}

static bool parse(Stream *s, Str name, Str text, Arena *a, DocList *out)
{
    if (!yaml_read_all(name, text, s->limits, a, out, s->err)) {
        s->failed = true;
        s->err->msg = arena_str(s->arena, s->err->msg);
        return false;
    }
    return true;
}

/* The documents of a text: usually one. */
static bool read_text(Stream *s, Str text)
{
    DocList docs;
    Str name = s->line == 1 ? s->name : part_name(s, "the document from line", s->line);
    if (!parse(s, name, text, &s->scratch, &docs)) {
        return false;
    }
    ObjectOrigin origin = { .file = s->name, .line = content_line(s, text) };
    for (size_t i = 0; i < docs.count; i++) {
        if (!stream_deliver(s, &docs.items[i].root, STR(""), origin, 0)) {
            return false;
        }
    }
    return true;
}

/* -- a List ------------------------------------------------------------------------------------ */

static size_t indent_of(Str line)
{
    size_t i = 0;
    while (i < line.len && line.ptr[i] == ' ') {
        i++;
    }
    return i;
}

static bool begins_item(Str line, size_t indent)
{
    return indent_of(line) == indent && line.len > indent && line.ptr[indent] == '-' &&
           (line.len == indent + 1 || line.ptr[indent + 1] == ' ');
}

/* A line that no item can have. */
static bool ends_items(Str line, size_t indent)
{
    return !is_empty_line(line) &&
           (indent_of(line) < indent || (indent == 0 && line.ptr[0] != ' ' && line.ptr[0] != '-') ||
            is_mark(line, STR("---")) || is_mark(line, STR("...")));
}

static bool read_item(Stream *s, StreamList *list, Str text)
{
    DocList docs;
    if (!parse(s, part_name(s, "items", list->count), text, &s->scratch, &docs)) {
        return false;
    }
    Value *item = docs.count ? value_item(&docs.items[0].root, 0) : NULL;
    if (!item || value_len(&docs.items[0].root) != 1) {
        return stream_fail(s, ERR_SYNTAX,
                           "%.*s: items[%zu]: not an item of a list as kubectl "
                           "prints it",
                           STR_ARG(s->name), list->count);
    }
    return stream_deliver_item(s, list, item);
}

/* `at` and start are at the first item's line. */
static bool read_items(Stream *s, StreamList *list)
{
    Str line;
    size_t from;
    do { /* a line is gone once there is no next one: the window may have moved */
        if (!next_line(s, &from, &line)) {
            return !s->failed;
        }
    } while (is_empty_line(line));
    size_t indent = indent_of(line);
    if (!begins_item(line, indent)) {
        unread(s, from);
        return true;
    }
    bool more = true;
    while (more) {
        bool ended = false;
        while ((more = next_line(s, &from, &line)) && !begins_item(line, indent)) {
            if (ends_items(line, indent)) {
                ended = true;
                break;
            }
        }
        if (s->failed) {
            return false;
        }
        size_t end = more ? s->start + from : s->at;
        if (!read_item(s, list, stream_slice(s, s->start, end))) {
            return false;
        }
        arena_reset(&s->scratch);
        s->start = end;
        if (ended) {
            s->at = end;
            return true;
        }
    }
    return !s->failed;
}

/* The members behind the items, up to the next document. */
static bool read_tail(Stream *s, Buf *out)
{
    Str line;
    size_t from;
    while (next_line(s, &from, &line)) {
        if (is_mark(line, STR("---"))) {
            unread(s, from);
            break;
        }
        buf_add(out, line);
        buf_byte(out, '\n');
        stream_done_with(s);
    }
    stream_done_with(s);
    return !s->failed;
}

/* key: where the line `items:` begins, items: where the one after it does, from start. */
static bool read_list(Stream *s, size_t key, size_t items)
{
    DocList docs;
    StreamList list = {
        .origin = { .file = s->name, .line = s->line },
        .head = value_object(),
        .waiting = value_array(),
    };
    Buf text = buf_new(&s->list);
    buf_add(&text, stream_slice(s, s->start, s->start + key));
    bool ok = parse(s, s->name, buf_str(&text), &s->list, &docs);
    if (ok && docs.count) {
        list.head = docs.items[0].root;
    }
    s->line = 0;
    s->start += items;
    s->at = s->start;
    Value whole = value_object();
    ok = ok && read_items(s, &list) && read_tail(s, &text) &&
         parse(s, s->name, buf_str(&text), &s->list, &docs);
    if (ok && docs.count) {
        whole = docs.items[0].root;
    }
    ok = ok && stream_end_list(s, &list, &whole);
    arena_reset(&s->list);
    return ok;
}

/* -- documents --------------------------------------------------------------------------------- */

static bool read_document(Stream *s)
{
    Str line;
    size_t from;
    size_t key = 0;
    size_t items = 0; /* where the items begin; 0: there are none so far */
    bool has_content = false;
    bool has_mark = false;
    while (next_line(s, &from, &line)) {
        if (is_mark(line, STR("---")) && (has_content || has_mark)) {
            unread(s, from);
            break;
        }
        has_mark |= is_mark(line, STR("---"));
        has_content |= !is_empty_line(line);
        if (str_eq(str_trim(line), STR("items:")) && line.ptr[0] == 'i' && !items) {
            key = from;
            items = s->at - s->start;
        }
        if (items && s->at - s->start > s->document_max && s->at - s->start > items) {
            return read_list(s, key, items);
        }
    }
    if (s->failed) {
        return false;
    }
    Str text = stream_slice(s, s->start, s->at);
    if (!read_text(s, text)) {
        return false;
    }
    count_lines(s, text);
    stream_done_with(s);
    arena_reset(&s->scratch);
    return true;
}

bool stream_yaml(Stream *s)
{
    stream_done_with(s);
    while (stream_has(s)) {
        if (!read_document(s)) {
            return false;
        }
    }
    return !s->failed;
}
