/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing YAML as kubectl -o yaml prints it.
 *
 * The layout is that of libyaml's emitter as go-yaml v2 carries it: block style, indentation of 2,
 * lists at the indentation of their parent, lines folded at a space behind column 80, keys in
 * go-yaml's order (numbers inside them by value). Recursion is over trees whose depth the readers
 * have limited.
 *
 * One thing is done otherwise: go-yaml prints a key << bare, and nobody could read it back.
 *
 * Source: gopkg.in/yaml.v2 encode.go, emitterc.go, sorter.go.
 */
#include "doc/json.h"
#include "doc/number.h"
#include "doc/utf8.h"
#include "doc/yaml.h"
#include "doc/yaml_order.h"
#include "doc/yaml_scalar.h"
#include "doc/yaml_shape.h"

#include <math.h>

enum {
    INDENT = 2,
    WIDTH = 80,
    SIMPLE_KEY_BYTES_MAX = 128, /* longer keys are written "? key" */
};

typedef struct Emitter {
    Buf *out;
    int indent;      /* of the list or mapping being written; -1 at the root */
    int column;      /* in characters */
    bool whitespace; /* the last thing written parts what comes next */
    bool indention;  /* only indentation and indicators stand on this line so far */
} Emitter;

/* -- pieces ----------------------------------------------------------------------------------- */

static void put(Emitter *e, char c)
{
    buf_byte(e->out, c);
    e->column++;
}

static void put_newline(Emitter *e)
{
    buf_byte(e->out, '\n');
    e->column = 0;
}

/* One character of s; returns where the next one is. */
static size_t put_rune(Emitter *e, Str s, size_t at)
{
    size_t len = utf8_len((unsigned char)s.ptr[at]);
    buf_add(e->out, str_slice(s, at, at + len));
    e->column++;
    return at + len;
}

static size_t put_break(Emitter *e, Str s, size_t at)
{
    size_t next = put_rune(e, s, at);
    e->column = 0;
    return next;
}

/* To the indentation, on a new line unless nothing but indentation is on this one. */
static void write_indent(Emitter *e)
{
    int indent = e->indent > 0 ? e->indent : 0;
    if (!e->indention || e->column > indent || (e->column == indent && !e->whitespace)) {
        put_newline(e);
    }
    while (e->column < indent) {
        put(e, ' ');
    }
    e->whitespace = true;
    e->indention = true;
}

static void write_indicator(Emitter *e, Str indicator, bool is_indention)
{
    if (!e->whitespace) {
        put(e, ' ');
    }
    buf_add(e->out, indicator);
    e->column += (int)indicator.len;
    e->whitespace = false;
    e->indention = e->indention && is_indention;
}

static void end_scalar(Emitter *e)
{
    e->whitespace = false;
    e->indention = false;
}

/* -- scalars ---------------------------------------------------------------------------------- */

/* Is the space at a place of a long line one to break at? */
static bool folds_here(const Emitter *e, Str s, size_t at, bool may_fold, bool after_space)
{
    return may_fold && !after_space && e->column > WIDTH && at > 0 && at + 1 < s.len;
}

static void write_plain(Emitter *e, Str s, bool may_fold)
{
    bool after_space = false;
    if (!e->whitespace) {
        put(e, ' ');
    }
    for (size_t i = 0; i < s.len;) {
        bool space = yaml_is_space(s, i);
        if (space && folds_here(e, s, i, may_fold, after_space) && !yaml_is_space(s, i + 1)) {
            write_indent(e);
            i++;
        } else {
            i = put_rune(e, s, i);
        }
        if (!space) {
            e->indention = false;
        }
        after_space = space;
    }
    end_scalar(e);
}

static void write_single_quoted(Emitter *e, Str s, bool may_fold)
{
    bool after_space = false;
    bool after_break = false;
    write_indicator(e, STR("'"), false);
    for (size_t i = 0; i < s.len;) {
        if (yaml_is_space(s, i)) {
            if (folds_here(e, s, i, may_fold, after_space) && !yaml_is_space(s, i + 1)) {
                write_indent(e);
                i++;
            } else {
                i = put_rune(e, s, i);
            }
            after_space = true;
        } else if (yaml_is_break(s, i)) {
            if (!after_break && s.ptr[i] == '\n') {
                put_newline(e);
            }
            i = put_break(e, s, i);
            e->indention = true;
            after_break = true;
        } else {
            if (after_break) {
                write_indent(e);
            }
            if (s.ptr[i] == '\'') {
                put(e, '\'');
            }
            i = put_rune(e, s, i);
            e->indention = false;
            after_space = false;
            after_break = false;
        }
    }
    put(e, '\'');
    end_scalar(e);
}

static size_t write_escape(Emitter *e, Str s, size_t at)
{
    static const struct {
        uint32_t code;
        char name;
    } names[] = {
        { 0x00, '0' },  { 0x07, 'a' }, { 0x08, 'b' }, { 0x09, 't' },   { 0x0A, 'n' },
        { 0x0B, 'v' },  { 0x0C, 'f' }, { 0x0D, 'r' }, { 0x1B, 'e' },   { '"', '"' },
        { '\\', '\\' }, { 0x85, 'N' }, { 0xA0, '_' }, { 0x2028, 'L' }, { 0x2029, 'P' },
    };
    size_t len = utf8_len((unsigned char)s.ptr[at]);
    uint32_t code = len == 1 ? (unsigned char)s.ptr[at]
                             : (unsigned char)s.ptr[at] & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        code = code << 6 | (yaml_byte_at(s, at + i) & 0x3Fu);
    }
    size_t before = e->out->len;
    buf_byte(e->out, '\\');
    size_t named = 0;
    while (named < COUNT_OF(names) && names[named].code != code) {
        named++;
    }
    if (named < COUNT_OF(names)) {
        buf_byte(e->out, names[named].name);
    } else {
        buf_printf(e->out, code <= 0xFF ? "x%02X" : code <= 0xFFFF ? "u%04X" : "U%08X", code);
    }
    e->column += (int)(e->out->len - before);
    return at + len;
}

static void write_double_quoted(Emitter *e, Str s, bool may_fold)
{
    /* All of a text that starts with a byte order mark is escaped there, so it is here. */
    bool escape_all = str_starts_with(s, STR("\xEF\xBB\xBF"));
    bool after_space = false;
    write_indicator(e, STR("\""), false);
    for (size_t i = 0; i < s.len;) {
        if (escape_all || !yaml_is_printable(s, i) || yaml_is_break(s, i) || s.ptr[i] == '"' ||
            s.ptr[i] == '\\') {
            i = write_escape(e, s, i);
            after_space = false;
        } else if (!yaml_is_space(s, i)) {
            i = put_rune(e, s, i);
            after_space = false;
        } else {
            if (folds_here(e, s, i, may_fold, after_space)) {
                write_indent(e);
                if (yaml_is_space(s, i + 1)) {
                    put(e, '\\');
                }
                i++;
            } else {
                i = put_rune(e, s, i);
            }
            after_space = true;
        }
    }
    put(e, '"');
    end_scalar(e);
}

static size_t last_rune(Str s, size_t end)
{
    size_t at = end - 1;
    while (at > 0 && (yaml_byte_at(s, at) & 0xC0) == 0x80) {
        at--;
    }
    return at;
}

/* The | with what YAML must be told about the text: indentation when that is not seen, how it ends.
 */
static void write_literal(Emitter *e, Str s)
{
    write_indicator(e, STR("|"), false);
    if (yaml_is_space(s, 0) || yaml_is_break(s, 0)) {
        put(e, '0' + INDENT);
    }
    size_t last = last_rune(s, s.len);
    if (!yaml_is_break(s, last)) {
        put(e, '-');
    } else if (last == 0 || yaml_is_break(s, last_rune(s, last))) {
        put(e, '+');
    }
    put_newline(e);
    e->indention = true;
    e->whitespace = true;
    bool after_break = true;
    for (size_t i = 0; i < s.len;) {
        if (yaml_is_break(s, i)) {
            i = put_break(e, s, i);
            e->indention = true;
            after_break = true;
        } else {
            if (after_break) {
                write_indent(e);
            }
            i = put_rune(e, s, i);
            e->indention = false;
            after_break = false;
        }
    }
}

static int increase_indent(Emitter *e, bool is_scalar, bool indentless)
{
    int before = e->indent;
    if (before < 0) {
        e->indent = is_scalar ? INDENT : 0;
    } else if (!indentless) {
        e->indent += INDENT;
    }
    return before;
}

static void write_string(Emitter *e, Str s, bool is_key)
{
    YamlShape shape = yaml_shape_of(s);
    bool fits_plain = yaml_reads_as_string(s) && !(is_key && str_eq(s, STR("<<")));
    int before = increase_indent(e, true, false);
    bool may_fold = !is_key;
    if (str_index_byte(s, '\n') >= 0) {
        if (shape.block && !is_key) {
            write_literal(e, s);
        } else {
            write_double_quoted(e, s, may_fold);
        }
    } else if (!fits_plain) {
        write_double_quoted(e, s, may_fold);
    } else if (shape.plain) {
        write_plain(e, s, may_fold);
    } else if (shape.single_quoted && !(is_key && shape.multiline)) {
        write_single_quoted(e, s, may_fold);
    } else {
        write_double_quoted(e, s, may_fold);
    }
    e->indent = before;
}

static void write_word(Emitter *e, Str word)
{
    if (!e->whitespace) {
        put(e, ' ');
    }
    buf_add(e->out, word);
    e->column += (int)word.len;
    end_scalar(e);
}

/* By way of JSON: what reads as an integer there is printed as one. */
static void write_float(Emitter *e, double f)
{
    Buf b = buf_new(e->out->arena);
    json_write_float(f, &b);
    Value v;
    if (yaml_scalar_resolve(buf_str(&b), &v) == YAML_TAG_FLOAT) {
        b = buf_new(e->out->arena);
        number_write_g(f, 64, &b);
    } else if (v.kind == VALUE_INT && v.i == 0) {
        write_word(e, STR("0")); /* -0 */
        return;
    }
    write_word(e, buf_str(&b));
}

/* -- trees ------------------------------------------------------------------------------------ */

static void write_node(Emitter *e, const Value *v, bool in_mapping);

static void write_list(Emitter *e, const Value *v, bool in_mapping)
{
    int before = increase_indent(e, false, in_mapping && !e->indention);
    for (uint32_t i = 0; i < v->len; i++) {
        write_indent(e);
        write_indicator(e, STR("-"), true);
        write_node(e, &v->items[i], false);
    }
    e->indent = before;
}

static void write_mapping(Emitter *e, const Value *v)
{
    int before = increase_indent(e, false, false);
    const Member **sorted = yaml_sort_members(v, e->out->arena);
    for (uint32_t i = 0; i < v->len; i++) {
        Str key = utf8_repair(member_key(sorted[i]), e->out->arena);
        write_indent(e);
        if (key.len <= SIMPLE_KEY_BYTES_MAX && !yaml_shape_of(key).multiline) {
            write_string(e, key, true);
            put(e, ':');
            end_scalar(e);
        } else {
            write_indicator(e, STR("?"), true);
            write_string(e, key, false);
            write_indent(e);
            write_indicator(e, STR(":"), true);
        }
        write_node(e, &sorted[i]->value, true);
    }
    e->indent = before;
}

static void write_node(Emitter *e, const Value *v, bool in_mapping)
{
    Buf number = buf_new(e->out->arena);
    switch ((ValueKind)v->kind) {
    case VALUE_NULL:
        write_word(e, STR("null"));
        break;
    case VALUE_BOOL:
        write_word(e, v->b ? STR("true") : STR("false"));
        break;
    case VALUE_INT:
    case VALUE_UINT:
        json_write(v, &number);
        write_word(e, buf_str(&number));
        break;
    case VALUE_FLOAT:
        write_float(e, v->f);
        break;
    case VALUE_STRING:
        write_string(e, utf8_repair(value_as_str(v), e->out->arena), false);
        break;
    case VALUE_ARRAY:
        if (v->len) {
            write_list(e, v, in_mapping);
        } else {
            write_word(e, STR("[]"));
        }
        break;
    case VALUE_OBJECT:
        if (v->len) {
            write_mapping(e, v);
        } else {
            write_word(e, STR("{}"));
        }
        break;
    }
}

void yaml_write(const Value *v, Buf *b)
{
    Emitter e = { .out = b, .indent = -1, .whitespace = true, .indention = true };
    write_node(&e, v, false);
    e.indent = 0;
    write_indent(&e);
}
