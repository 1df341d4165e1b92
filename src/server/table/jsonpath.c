/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath: reading one. */
#include <stdlib.h>

#include "server/table/jsonpath.h"

enum { NESTING_MAX = 4, STEPS_MAX = 64 };

typedef struct Reader {
    Str rest;
    int nesting;
    Arena *arena;
    JsonPathStep *steps;
    size_t count;
} Reader;

static bool parse_nested(Str text, int nesting, Arena *a, JsonPath *out);

static bool add_step(Reader *r, JsonPathStep step)
{
    if (r->count == STEPS_MAX) {
        return false;
    }
    r->steps[r->count++] = step;
    return true;
}

/* -- fields ------------------------------------------------------------------------------------ */

static bool is_terminator(char c)
{
    return strchr(" \t\r\n.,[]$@{}", c) != NULL;
}

/* Up to the next terminator; a backslash keeps what follows. */
static Str take_word(Reader *r)
{
    Buf word = buf_new(r->arena);
    size_t at = 0;
    while (at < r->rest.len && (r->rest.ptr[at] == '\0' || !is_terminator(r->rest.ptr[at]))) {
        if (r->rest.ptr[at] == '\\' && ++at == r->rest.len) {
            break;
        }
        buf_byte(&word, r->rest.ptr[at++]);
    }
    r->rest = str_drop(r->rest, at);
    return buf_str(&word);
}

static bool take_field(Reader *r)
{
    Str name = take_word(r);
    JsonPathStepKind kind = str_eq(name, STR("*")) ? JSONPATH_WILDCARD : JSONPATH_FIELD;
    return add_step(r, (JsonPathStep){ .kind = kind, .text = name });
}

/* -- brackets ---------------------------------------------------------------------------------- */

static bool read_bound(Str text, JsonPathBound *out)
{
    if (text.len == 0) {
        return true;
    }
    out->known = str_to_int64(text, &out->value) && text.ptr[0] != '+' && text.len < 12;
    return out->known;
}

static bool add_slice(Reader *r, Str text)
{
    JsonPathStep step = { .kind = JSONPATH_SLICE };
    JsonPathBound *const bounds[] = { &step.from, &step.to, &step.by };
    Str rest = text, piece;
    size_t count = 0;
    while (str_next_piece(&rest, ':', &piece)) {
        if (count == COUNT_OF(bounds) || !read_bound(piece, bounds[count++])) {
            return false;
        }
    }
    if (count == 1) {
        step.to = (JsonPathBound){ true, true, step.from.value + 1 };
    }
    return add_step(r, step);
}

static bool add_union(Reader *r, Str text)
{
    JsonPath *parts = new(r->arena, JsonPath, STEPS_MAX);
    Str rest = text, piece;
    size_t count = 0;
    while (str_next_piece(&rest, ',', &piece)) {
        Str part = arena_printf(r->arena, "[%.*s]", STR_ARG(str_trim(piece)));
        if (count == STEPS_MAX || !parse_nested(part, r->nesting + 1, r->arena, &parts[count++])) {
            return false;
        }
    }
    return add_step(r,
                    (JsonPathStep){ .kind = JSONPATH_UNION, .parts = parts, .part_count = count });
}

static bool take_brackets(Reader *r)
{
    ptrdiff_t end = str_index_byte(r->rest, ']');
    if (end < 0) {
        return false;
    }
    Str text = str_slice(r->rest, 0, (size_t)end);
    r->rest = str_drop(r->rest, (size_t)end + 1);
    if (str_index_byte(text, ',') >= 0) {
        return add_union(r, text);
    }
    if (text.len >= 2 && text.ptr[0] == '\'' && text.ptr[text.len - 1] == '\'') {
        /* the name is read as after a dot: dots within it part it, unless escaped */
        JsonPath inner;
        Str name = str_slice(text, 1, text.len - 1);
        if (!parse_nested(arena_concat(r->arena, STR("."), name), r->nesting + 1, r->arena,
                          &inner)) {
            return false;
        }
        for (size_t i = 0; i < inner.count; i++) {
            if (!add_step(r, inner.steps[i])) {
                return false;
            }
        }
        return true;
    }
    return add_slice(r, str_eq(text, STR("*")) ? STR(":") : text);
}

/* -- filters ----------------------------------------------------------------------------------- */

/* Where the parenthesis of a filter ends: not within its quotes. -1 when nowhere. */
static ptrdiff_t filter_end(Str text)
{
    char quote = 0;
    bool closed = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if ((c == '"' || c == '\'') && !quote) {
            quote = c;
        } else if (quote && c == quote && text.ptr[i - 1] != '\\') {
            closed = true;
        } else if (c == ')' && (!quote || closed)) {
            return (ptrdiff_t)i;
        }
    }
    return -1;
}

static bool take_filter(Reader *r)
{
    ptrdiff_t end = filter_end(r->rest);
    if (end < 0 || !str_starts_with(str_drop(r->rest, (size_t)end + 1), STR("]"))) {
        return false;
    }
    Str text = str_slice(r->rest, 0, (size_t)end);
    r->rest = str_drop(r->rest, (size_t)end + 2);
    size_t from = 0, to;
    while (from < text.len && !strchr("!<>=", text.ptr[from])) {
        from++;
    }
    for (to = from; to < text.len && strchr("!<>=", text.ptr[to]); to++) {
    }
    bool compares = from > 0 && to > from && to < text.len;
    JsonPath *sides = new(r->arena, JsonPath, 2);
    JsonPathStep step = {
        .kind = JSONPATH_FILTER, .text = STR(""), .parts = sides, .part_count = compares ? 2 : 1
    };
    if (compares) {
        step.text = str_slice(text, from, to);
        return parse_nested(str_slice(text, 0, from), r->nesting + 1, r->arena, &sides[0]) &&
               parse_nested(str_drop(text, to), r->nesting + 1, r->arena, &sides[1]) &&
               add_step(r, step);
    }
    return parse_nested(text, r->nesting + 1, r->arena, &sides[0]) && add_step(r, step);
}

static bool take_quoted(Reader *r, char quote)
{
    Buf text = buf_new(r->arena);
    for (size_t i = 0; i < r->rest.len; i++) {
        char c = r->rest.ptr[i];
        if (c == quote) {
            r->rest = str_drop(r->rest, i + 1);
            return add_step(r, (JsonPathStep){ .kind = JSONPATH_LITERAL,
                                               .literal = value_str(buf_str(&text)) });
        }
        if (c == '\\' && i + 1 < r->rest.len) {
            c = r->rest.ptr[++i];
        }
        buf_byte(&text, c);
    }
    return false;
}

/* true, false or a number */
static bool take_plain_literal(Reader *r)
{
    size_t len = 0;
    while (len < r->rest.len && !strchr(" ,[]$@{}", r->rest.ptr[len])) {
        len++;
    }
    Str word = str_slice(r->rest, 0, len);
    JsonPathStep step = { .kind = JSONPATH_LITERAL };
    int64_t number;
    char *end;
    const char *text = arena_cstr(r->arena, word);
    r->rest = str_drop(r->rest, len);
    if (str_eq(word, STR("true")) || str_eq(word, STR("false"))) {
        step.literal = value_bool(word.len == 4);
    } else if (str_to_int64(word, &number)) {
        step.literal = value_int(number);
    } else {
        step.literal = value_float(strtod(text, &end));
        if (end == text || *end) {
            return false;
        }
    }
    return add_step(r, step);
}

/* -- all of it --------------------------------------------------------------------------------- */

static bool take(Reader *r, Str prefix)
{
    if (!str_starts_with(r->rest, prefix)) {
        return false;
    }
    r->rest = str_drop(r->rest, prefix.len);
    return true;
}

static bool take_step(Reader *r)
{
    if (take(r, STR(" ")) || take(r, STR("@")) || take(r, STR("$"))) {
        return true;
    }
    if (take(r, STR("[?("))) {
        return take_filter(r);
    }
    if (take(r, STR(".."))) {
        bool again = r->count && r->steps[r->count - 1].kind == JSONPATH_DESCEND;
        if (again || !add_step(r, (JsonPathStep){ .kind = JSONPATH_DESCEND })) {
            return false;
        }
        return r->rest.len == 0 || strchr("[.?@$ ", r->rest.ptr[0]) || take_field(r);
    }
    if (take(r, STR("["))) {
        return take_brackets(r);
    }
    if (take(r, STR("."))) {
        return take_field(r);
    }
    if (take(r, STR("\""))) {
        return take_quoted(r, '"');
    }
    if (take(r, STR("'"))) {
        return take_quoted(r, '\'');
    }
    return take_plain_literal(r);
}

static bool parse_nested(Str text, int nesting, Arena *a, JsonPath *out)
{
    Reader r = { .rest = text.ptr ? text : STR(""), .nesting = nesting, .arena = a };
    if (nesting > NESTING_MAX) {
        return false;
    }
    r.steps = new(a, JsonPathStep, STEPS_MAX);
    while (r.rest.len) {
        if (!take_step(&r)) {
            return false;
        }
    }
    *out = (JsonPath){ r.steps, r.count };
    return true;
}

bool jsonpath_parse(Str text, Arena *a, JsonPath *out)
{
    return parse_nested(text, 0, a, out);
}
