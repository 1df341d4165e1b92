/* SPDX-License-Identifier: Apache-2.0 */
/* Text with tabs into aligned text. */
#include "cli/tabs.h"

#include "cli/table.h"

typedef struct Line {
    const Str *cells; /* all but the last end with a tab */
    size_t count;
} Line;

static Line split(Str text, Arena *a)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == '\t';
    }
    Str *cells = new(a, Str, count);
    Str rest = text;
    for (size_t i = 0; i < count; i++) {
        Str cell;
        cells[i] = str_next_piece(&rest, '\t', &cell) ? cell : STR("");
    }
    return (Line){ cells, count };
}

/* The end of the block of lines from `at` on that have a cell `column`, and its widest. */
static size_t block_end(const Line *lines, size_t count, size_t at, size_t column, size_t *width)
{
    *width = 0;
    while (at < count && lines[at].count > column + 1) {
        size_t cell = table_text_width(lines[at].cells[column]);
        *width = cell > *width ? cell : *width;
        at++;
    }
    return at;
}

void tabs_align(Str text, size_t padding, Buf *out)
{
    Arena *a = out->arena;
    size_t count = 0;
    size_t columns = 1;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == '\n';
    }
    Line *lines = new(a, Line, count + 1);
    Str rest = str_cut_suffix(text, STR("\n"));
    Str line;
    count = 0;
    while (str_next_piece(&rest, '\n', &line)) {
        lines[count] = split(line, a);
        columns = lines[count].count > columns ? lines[count].count : columns;
        count++;
    }
    size_t *ends = new(a, size_t, columns);
    size_t *widths = new(a, size_t, columns);
    for (size_t i = 0; i < count; i++) {
        for (size_t column = 0; column + 1 < lines[i].count; column++) {
            if (ends[column] <= i) {
                ends[column] = block_end(lines, count, i, column, &widths[column]);
            }
            buf_add(out, lines[i].cells[column]);
            size_t at = table_text_width(lines[i].cells[column]);
            for (; at < widths[column] + padding; at++) {
                buf_byte(out, ' ');
            }
        }
        buf_add(out, lines[i].cells[lines[i].count - 1]);
        buf_byte(out, '\n');
    }
}
