/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a string's characters allow when it is written as YAML.
 *
 * Source: gopkg.in/yaml.v2 emitterc.go (yaml_emitter_analyze_scalar), encode.go.
 */
#include "doc/yaml_shape.h"

#include "doc/utf8.h"
#include "doc/yaml_scalar.h"

/* Does the character at a place mean something to YAML in block context? */
static bool is_indicator(Str s, size_t at, bool after_blank)
{
    bool before_blank = at + 1 >= s.len || yaml_is_blank(s, at + 1);
    switch (s.ptr[at]) {
    case ',':
    case '[':
    case ']':
    case '{':
    case '}':
    case '&':
    case '*':
    case '!':
    case '|':
    case '>':
    case '\'':
    case '"':
    case '%':
    case '@':
    case '`':
        return at == 0;
    case '?':
    case '-':
        return at == 0 && before_blank;
    case ':':
        return before_blank;
    case '#':
        return at == 0 || after_blank;
    default:
        return false;
    }
}

YamlShape yaml_shape_of(Str s)
{
    YamlShape shape = { .plain = true, .single_quoted = true, .block = s.len > 0 };
    bool after_blank = true; /* a blank or a break */
    bool after_space = false;
    bool after_break = false;
    bool special = false;
    if (str_starts_with(s, STR("---")) || str_starts_with(s, STR("..."))) {
        shape.plain = false;
    }
    for (size_t i = 0; i < s.len;) {
        size_t len = utf8_len((unsigned char)s.ptr[i]);
        bool is_last = i + len >= s.len;
        bool space = yaml_is_space(s, i);
        bool line_break = yaml_is_break(s, i);
        shape.plain &= !is_indicator(s, i, after_blank);
        special |= !yaml_is_printable(s, i) || (line_break && after_space);
        if (space) {
            shape.plain &= i > 0 && !is_last && !after_break;
            shape.block &= !is_last;
            shape.single_quoted &= !after_break;
        } else if (line_break) {
            shape.multiline = true;
            shape.plain = false;
        }
        after_space = space;
        after_break = line_break;
        after_blank = yaml_is_blank(s, i) || line_break;
        i += len;
    }
    if (special) {
        shape.plain = shape.single_quoted = shape.block = false;
    }
    return shape;
}

/* 1:30:45.5, which YAML 1.1 takes for a number */
static bool is_base60(Str s)
{
    size_t at = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
    size_t groups = 0;
    if (at >= s.len || s.ptr[at] < '0' || s.ptr[at] > '9') {
        return false;
    }
    while (at < s.len && ((s.ptr[at] >= '0' && s.ptr[at] <= '9') || s.ptr[at] == '_')) {
        at++;
    }
    while (at < s.len && s.ptr[at] == ':') {
        size_t digits = 0;
        at++;
        while (at + digits < s.len && s.ptr[at + digits] >= '0' && s.ptr[at + digits] <= '9') {
            digits++;
        }
        if (digits == 0 || digits > 2 || (digits == 2 && s.ptr[at] > '5')) {
            return false;
        }
        at += digits;
        groups++;
    }
    if (at < s.len && s.ptr[at] == '.') {
        at++;
        while (at < s.len && ((s.ptr[at] >= '0' && s.ptr[at] <= '9') || s.ptr[at] == '_')) {
            at++;
        }
    }
    return groups > 0 && at == s.len;
}

bool yaml_reads_as_string(Str s)
{
    Value ignored;
    return yaml_scalar_resolve(s, &ignored) == YAML_TAG_STR && !is_base60(s);
}
