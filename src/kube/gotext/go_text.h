/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a difference as a tree: what fits is printed on one line, the rest in columns.
 *
 * Source: github.com/google/go-cmp 0.5.2, cmp/report_text.go.
 */
#ifndef PODGATE_KUBE_GOTEXT_GO_TEXT_H
#define PODGATE_KUBE_GOTEXT_GO_TEXT_H

#include "base/buf.h"

/* How many records an ellipsis stands for. */
typedef struct GoStats {
    Str name; /* "field" */
    size_t identical;
    size_t removed;
    size_t inserted;
    size_t modified;
} GoStats;

typedef struct TextNode TextNode;

typedef struct TextRecord {
    char mark; /* '-', '+' or 0 */
    Str key;
    const TextNode *value;
    bool no_comma;
    GoStats stats; /* what its comment counts */
} TextRecord;

typedef enum TextKind { TEXT_LINE, TEXT_WRAP, TEXT_LIST } TextKind;

struct TextNode {
    TextKind kind;
    Str line;   /* of a line; what stands before the value of a wrap */
    Str suffix; /* of a wrap */
    const TextNode *value;
    TextRecord *records; /* of a list */
    size_t count;
    size_t cap;
};

TextNode *text_line(Str line, Arena *a);
TextNode *text_wrap(Str prefix, const TextNode *value, Str suffix, Arena *a);
TextNode *text_list(Arena *a);
void text_add(TextNode *list, TextRecord record, Arena *a);
/* "..." at the end, unless one is there already; counts are added up. */
void text_add_ellipsis(TextNode *list, const GoStats *stats, Arena *a);
bool text_is_line(const TextNode *node, Str line);
/* Its length on one line. */
size_t text_len(const TextNode *node);
bool go_stats_is_zero(const GoStats *s);
void go_stats_add(GoStats *s, const GoStats *more);

/* The whole, on lines that begin with two spaces or a mark and one. */
Str text_render(const TextNode *node, Arena *a);

#endif
