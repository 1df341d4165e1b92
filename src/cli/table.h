/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables for people, aligned as kubectl aligns them: three blanks between columns, none narrower
 * than six, the last one not padded. Width is counted in terminal cells, not bytes.
 */
#ifndef PODGATE_CLI_TABLE_H
#define PODGATE_CLI_TABLE_H

#include "base/buf.h"

typedef enum TableColor {
    TABLE_PLAIN,
    TABLE_RED,
    TABLE_GREEN,
    TABLE_YELLOW,
    TABLE_DIM,
    TABLE_BOLD,
} TableColor;

typedef struct TableCell {
    Str text;
    TableColor color;
} TableCell;

typedef struct Table {
    Arena *arena;
    size_t columns;
    size_t count; /* of cells; rows follow each other */
    size_t cap;
    TableCell *cells;
    bool trim; /* no blanks at the end of a line (kubectl leaves them where the last cell is empty)
                */
} Table;

/* columns of at least 1. */
Table table_new(Arena *a, size_t columns);
/* Adds the next cell; a row is full after `columns` of them. text is not copied. Control
 * characters in it are shown as blanks. */
void table_cell(Table *t, Str text, TableColor color);
/* A whole row of plain cells, as many as the table has columns. */
void table_row(Table *t, const Str *cells);
void table_write(const Table *t, bool color, Buf *b);

/* text in a colour, or as it is when color is false. */
void table_color_write(Buf *b, bool color, TableColor which, Str text);
/* How many terminal cells a UTF-8 text takes. */
size_t table_text_width(Str text);
/* A message as it is, unless it is longer than anybody reads (thousands of policies refuse, each
 * with its list): then its start, at a word's end, how much more there is and where: "-v shows
 * all". */
Str table_text_cut(Str text, const char *where, Arena *a);

#endif
