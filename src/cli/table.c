/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for people. */
#include "cli/table.h"

#include <locale.h>
#include <wchar.h>

enum { PADDING = 3, COLUMN_CELLS_MIN = 6 };

Table table_new(Arena *a, size_t columns)
{
    return (Table){ .arena = a, .columns = columns };
}

/* Text from a manifest must not steer the terminal. */
static Str without_controls(Str text, Arena *a)
{
    size_t at = 0;
    while (at < text.len && (unsigned char)text.ptr[at] >= ' ' && text.ptr[at] != 0x7F) {
        at++;
    }
    if (at == text.len) {
        return text;
    }
    char *clean = new(a, char, text.len);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        clean[i] = c < ' ' || c == 0x7F ? ' ' : text.ptr[i];
    }
    return str_from(clean, text.len);
}

void table_cell(Table *t, Str text, TableColor color)
{
    if (t->count == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        TableCell *grown = new(t->arena, TableCell, cap);
        if (t->count) {
            memcpy(grown, t->cells, t->count * sizeof(TableCell));
        }
        t->cells = grown;
        t->cap = cap;
    }
    t->cells[t->count++] = (TableCell){ without_controls(text, t->arena), color };
}

void table_row(Table *t, const Str *cells)
{
    for (size_t i = 0; i < t->columns; i++) {
        table_cell(t, cells[i], TABLE_PLAIN);
    }
}

/* The next code point of valid UTF-8; a byte that is not takes one place. */
static wchar_t next_rune(Str *text)
{
    unsigned char first = (unsigned char)text->ptr[0];
    size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    if (first < 0x80 || more == 0 || more >= text->len) {
        *text = str_drop(*text, 1);
        return first < 0x80 ? (wchar_t)first : L'?';
    }
    uint32_t code = first & (0x3Fu >> more);
    for (size_t i = 1; i <= more; i++) {
        code = code << 6 | ((unsigned char)text->ptr[i] & 0x3Fu);
    }
    *text = str_drop(*text, more + 1);
    return (wchar_t)code;
}

size_t table_text_width(Str text)
{
    static locale_t utf8; /* made once; the program has one thread here */
    size_t width = 0;
    bool ascii = true;
    for (size_t i = 0; i < text.len && ascii; i++) {
        ascii = (unsigned char)text.ptr[i] < 0x80;
    }
    if (ascii) {
        return text.len;
    }
    if (!utf8) {
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    }
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    while (text.len) {
        int cells = wcwidth(next_rune(&text));
        width += cells < 0 ? 1 : (size_t)cells;
    }
    if (utf8) {
        uselocale(before);
    }
    return width;
}

Str table_text_cut(Str text, const char *where, Arena *a)
{
    enum { MESSAGE_MAX = 4000, MESSAGE_SHOWN = 1500 };
    if (text.len <= MESSAGE_MAX) {
        return text;
    }
    size_t end = MESSAGE_SHOWN;
    while (end > 0 && text.ptr[end] != ' ') {
        end--;
    }
    end = end ? end : MESSAGE_SHOWN; /* one word: no character of more bytes is cut in two */
    while (end > 0 && ((unsigned char)text.ptr[end] & 0xC0) == 0x80) {
        end--;
    }
    return arena_printf(a, "%.*s ... and %zu bytes more (%s)", (int)end, text.ptr, text.len - end,
                        where);
}

void table_color_write(Buf *b, bool color, TableColor which, Str text)
{
    static const Str codes[] = {
        [TABLE_PLAIN] = STR_INIT(""),         [TABLE_RED] = STR_INIT("\033[31m"),
        [TABLE_GREEN] = STR_INIT("\033[32m"), [TABLE_YELLOW] = STR_INIT("\033[33m"),
        [TABLE_DIM] = STR_INIT("\033[2m"),    [TABLE_BOLD] = STR_INIT("\033[1m"),
    };
    if (!color || which == TABLE_PLAIN || text.len == 0) {
        buf_add(b, text);
        return;
    }
    buf_add(b, codes[which]);
    buf_add(b, text);
    buf_lit(b, "\033[0m");
}

static void write_blanks(Buf *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_byte(b, ' ');
    }
}

void table_write(const Table *t, bool color, Buf *b)
{
    size_t *widths = new(t->arena, size_t, t->columns);
    for (size_t i = 0; i < t->count; i++) {
        size_t width = table_text_width(t->cells[i].text) + PADDING;
        size_t *column = &widths[i % t->columns];
        *column = width > *column ? width : *column;
    }
    for (size_t i = 0; i < t->columns; i++) {
        widths[i] = widths[i] < COLUMN_CELLS_MIN ? COLUMN_CELLS_MIN : widths[i];
    }
    size_t blanks = 0; /* owed before the next text of the line */
    for (size_t i = 0; i < t->count; i++) {
        const TableCell *cell = &t->cells[i];
        bool is_last = i % t->columns == t->columns - 1;
        if (cell->text.len || (is_last && !t->trim)) {
            write_blanks(b, blanks);
            blanks = 0;
        }
        table_color_write(b, color, cell->color, cell->text);
        blanks += is_last ? 0 : widths[i % t->columns] - table_text_width(cell->text);
        if (is_last) {
            buf_byte(b, '\n');
            blanks = 0;
        }
    }
}
