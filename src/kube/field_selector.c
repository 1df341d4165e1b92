/* SPDX-License-Identifier: Apache-2.0 */
/* Field selectors. */
#include "kube/field_selector.h"

#include "base/buf.h"

#include <stdlib.h>

/* The next term off *rest: up to a comma that no backslash is before. */
static bool next_term(Str *rest, Str *term)
{
    if (!rest->ptr) {
        return false;
    }
    bool escaped = false;
    for (size_t i = 0; i < rest->len; i++) {
        if (!escaped && rest->ptr[i] == ',') {
            *term = str_slice(*rest, 0, i);
            *rest = str_drop(*rest, i + 1);
            return true;
        }
        escaped = !escaped && rest->ptr[i] == '\\';
    }
    *term = *rest;
    *rest = STR_ABSENT;
    return true;
}

static bool unescape(Str s, Arena *a, Str *out, Err *err)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == ',' || c == '=') {
            return err_set(err, a, ERR_SYNTAX,
                           "invalid field selector: unescaped character in value: %d", c);
        }
        if (c == '\\') {
            Str sequence = str_slice(s, i, i + 2);
            c = sequence.len == 2 ? sequence.ptr[1] : '\0';
            if (c != '\\' && c != ',' && c != '=') {
                return err_set(err, a, ERR_SYNTAX,
                               "invalid field selector: invalid escape sequence: %.*s",
                               STR_ARG(sequence));
            }
            i++;
        }
        buf_byte(&b, c);
    }
    *out = buf_str(&b);
    return true;
}

/* Splits at the first operator; "!=" and "==" are one each. */
static bool parse_term(Str selector, Str text, Arena *a, FieldTerm *out, Err *err)
{
    for (size_t i = 0; i < text.len; i++) {
        Str op = str_slice(text, i, i + 2);
        bool not_equal = str_eq(op, STR("!="));
        if (not_equal || text.ptr[i] == '=') {
            size_t op_len = not_equal || str_eq(op, STR("==")) ? 2 : 1;
            out->field = str_slice(text, 0, i);
            out->not_equal = not_equal;
            return unescape(str_drop(text, i + op_len), a, &out->value, err);
        }
    }
    return err_set(err, a, ERR_SYNTAX, "invalid selector: '%.*s'; can't understand '%.*s'",
                   STR_ARG(selector), STR_ARG(text));
}

static int compare_str(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

bool field_selector_parse(Str text, Arena *a, FieldSelector *out, Err *err)
{
    size_t count_max = 1;
    for (size_t i = 0; i < text.len; i++) {
        count_max += text.ptr[i] == ',';
    }
    Str *texts = new(a, Str, count_max);
    size_t count = 0;
    Str rest = text;
    while (next_term(&rest, &texts[count])) {
        count += texts[count].len != 0;
    }
    qsort(texts, count, sizeof(*texts), compare_str);
    FieldTerm *terms = new(a, FieldTerm, count);
    for (size_t i = 0; i < count; i++) {
        if (!parse_term(text, texts[i], a, &terms[i], err)) {
            return false;
        }
    }
    *out = (FieldSelector){ terms, count };
    return true;
}

Str field_selector_exact(const FieldSelector *s, Str field)
{
    for (size_t i = 0; i < s->count; i++) {
        if (!s->terms[i].not_equal && str_eq(s->terms[i].field, field)) {
            return s->terms[i].value;
        }
    }
    return STR_ABSENT;
}
