/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of text. Recursion is as deep as the tree, which its maker bounds. */
#include "kube/gotext/go_text.h"

enum { COLUMN_MAX = 80, LIST_CAP_MIN = 8 };

TextNode *text_line(Str line, Arena *a)
{
    TextNode *node = new(a, TextNode, 1);
    *node = (TextNode){ .kind = TEXT_LINE, .line = line };
    return node;
}

TextNode *text_wrap(Str prefix, const TextNode *value, Str suffix, Arena *a)
{
    TextNode *node = new(a, TextNode, 1);
    *node = (TextNode){ .kind = TEXT_WRAP, .line = prefix, .value = value, .suffix = suffix };
    return node;
}

TextNode *text_list(Arena *a)
{
    TextNode *node = new(a, TextNode, 1);
    *node = (TextNode){ .kind = TEXT_LIST };
    return node;
}

void text_add(TextNode *list, TextRecord record, Arena *a)
{
    if (list->count == list->cap) {
        list->cap = list->cap ? list->cap * 2 : LIST_CAP_MIN;
        TextRecord *more = new(a, TextRecord, list->cap);
        for (size_t i = 0; i < list->count; i++) {
            more[i] = list->records[i];
        }
        list->records = more;
    }
    list->records[list->count++] = record;
}

bool text_is_line(const TextNode *node, Str line)
{
    return node && node->kind == TEXT_LINE && str_eq(node->line, line);
}

/* -- counts ------------------------------------------------------------------------------------ */

static size_t total(const GoStats *s)
{
    return s->identical + s->removed + s->inserted + s->modified;
}

bool go_stats_is_zero(const GoStats *s)
{
    return total(s) == 0;
}

void go_stats_add(GoStats *s, const GoStats *more)
{
    s->name = more->name;
    s->identical += more->identical;
    s->removed += more->removed;
    s->inserted += more->inserted;
    s->modified += more->modified;
}

void text_add_ellipsis(TextNode *list, const GoStats *stats, Arena *a)
{
    TextRecord *last = list->count ? &list->records[list->count - 1] : NULL;
    if (last && text_is_line(last->value, STR("..."))) {
        go_stats_add(&last->stats, stats);
        return;
    }
    const TextNode *dots = text_line(STR("..."), a);
    text_add(list, (TextRecord){ .value = dots, .no_comma = true, .stats = *stats }, a);
}

/* "3 identical, 1 removed, and 2 modified fields" */
static void write_stats(Buf *b, const GoStats *s)
{
    static const Str labels[] = { STR_INIT("identical"), STR_INIT("removed"), STR_INIT("inserted"),
                                  STR_INIT("modified") };
    const size_t counts[] = { s->identical, s->removed, s->inserted, s->modified };
    size_t kinds = 0;
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        kinds += counts[i] > 0;
    }
    size_t done = 0;
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        if (!counts[i]) {
            continue;
        }
        if (done) {
            buf_add(b, kinds == 2 ? STR(" and ") : done + 1 == kinds ? STR(", and ") : STR(", "));
        }
        buf_printf(b, "%zu %.*s", counts[i], STR_ARG(labels[i]));
        done++;
    }
    buf_byte(b, ' ');
    if (total(s) == 1) {
        buf_add(b, s->name);
    } else if (str_eq(s->name, STR("entry"))) {
        buf_lit(b, "entries");
    } else {
        buf_add(b, s->name);
        buf_byte(b, 's');
    }
}

/* -- on one line ------------------------------------------------------------------------------- */

size_t text_len(const TextNode *node)
{
    if (node->kind == TEXT_LINE) {
        return node->line.len;
    }
    if (node->kind == TEXT_WRAP) {
        return node->line.len + text_len(node->value) + node->suffix.len;
    }
    size_t len = 0;
    for (size_t i = 0; i < node->count; i++) {
        const TextRecord *r = &node->records[i];
        len += r->key.len + (r->key.len ? 2 : 0) + text_len(r->value);
        len += i + 1 < node->count ? 2 : 0;
    }
    return len;
}

/* Appends node as one line to b; gives the node with all that fits on a line made one. */
static const TextNode *compact(const TextNode *node, char mark, Buf *b, Arena *a)
{
    size_t start = b->len;
    if (node->kind == TEXT_LINE) {
        buf_add(b, node->line);
        return node;
    }
    if (node->kind == TEXT_WRAP) {
        buf_add(b, node->line);
        const TextNode *value = compact(node->value, mark, b, a);
        buf_add(b, node->suffix);
        return value->kind == TEXT_LINE ? text_line(arena_str(a, str_drop(buf_str(b), start)), a)
                                        : text_wrap(node->line, value, node->suffix, a);
    }
    bool many_lines = false;
    TextNode *list = text_list(a);
    for (size_t i = 0; i < node->count; i++) {
        TextRecord r = node->records[i];
        buf_add(b, r.key);
        if (r.key.len) {
            buf_lit(b, ": ");
        }
        r.value = compact(r.value, mark ? mark : r.mark, b, a);
        many_lines |= r.mark || r.value->kind != TEXT_LINE || !go_stats_is_zero(&r.stats);
        if (i + 1 < node->count) {
            buf_lit(b, ", ");
        }
        text_add(list, r, a);
    }
    if (many_lines || (mark && b->len - start > COLUMN_MAX)) {
        return list;
    }
    return text_line(arena_str(a, str_drop(buf_str(b), start)), a);
}

/* -- on many lines ----------------------------------------------------------------------------- */

static void new_line(Buf *b, char mark, size_t depth)
{
    buf_byte(b, '\n');
    buf_byte(b, mark ? mark : ' ');
    buf_byte(b, ' ');
    for (size_t i = 0; i < depth; i++) {
        buf_byte(b, '\t');
    }
}

/* Keys of neighbouring one-line values are padded to one width. */
static bool is_aligned(const TextRecord *r)
{
    return r->key.len && r->value->kind == TEXT_LINE;
}

static size_t key_width(const TextNode *list, size_t i)
{
    size_t first = i;
    while (first > 0 && is_aligned(&list->records[first - 1])) {
        first--;
    }
    size_t widest = 0;
    for (size_t j = first; j < list->count && is_aligned(&list->records[j]); j++) {
        widest = list->records[j].key.len > widest ? list->records[j].key.len : widest;
    }
    return widest;
}

/* A list of lines without keys, as many on a line as fit. */
static bool is_simple(const TextNode *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const TextRecord *r = &list->records[i];
        if (r->mark || r->key.len || r->value->kind != TEXT_LINE || !go_stats_is_zero(&r->stats)) {
            return false;
        }
    }
    return list->count > 0;
}

static void expand_simple(const TextNode *list, char mark, size_t depth, Buf *b)
{
    size_t width = 0;
    for (size_t i = 0; i < list->count; i++) {
        Str line = list->records[i].value->line;
        if (!width || width + line.len + 2 > COLUMN_MAX) {
            new_line(b, mark, depth + 1);
            width = 0;
        } else {
            buf_byte(b, ' ');
        }
        buf_add(b, line);
        buf_byte(b, ',');
        width += line.len + 2;
    }
    new_line(b, mark, depth);
}

static void expand(const TextNode *node, char mark, size_t depth, Buf *b)
{
    if (node->kind == TEXT_LINE) {
        buf_add(b, node->line);
        return;
    }
    if (node->kind == TEXT_WRAP) {
        buf_add(b, node->line);
        expand(node->value, mark, depth, b);
        buf_add(b, node->suffix);
        return;
    }
    if (is_simple(node)) {
        expand_simple(node, mark, depth, b);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        const TextRecord *r = &node->records[i];
        char now = mark ? mark : r->mark;
        new_line(b, now, depth + 1);
        if (r->key.len) {
            buf_add(b, r->key);
            buf_lit(b, ": ");
        }
        for (size_t pad = is_aligned(r) ? key_width(node, i) - r->key.len : 0; pad > 0; pad--) {
            buf_byte(b, ' ');
        }
        expand(r->value, now, depth + 1, b);
        if (!r->no_comma) {
            buf_byte(b, ',');
        }
        if (!go_stats_is_zero(&r->stats)) {
            buf_lit(b, " // ");
            write_stats(b, &r->stats);
        }
    }
    new_line(b, mark, depth);
}

Str text_render(const TextNode *node, Arena *a)
{
    Buf line = buf_new(a);
    const TextNode *fitted = compact(node, 0, &line, a);
    Buf b = buf_new(a);
    buf_lit(&b, "  ");
    expand(fitted, 0, 0, &b);
    buf_byte(&b, '\n');
    return buf_str(&b);
}
