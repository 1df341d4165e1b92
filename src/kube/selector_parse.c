/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text form of label selectors.
 *
 *     selector = [ term { "," term } ]      term = KEY | "!" KEY | KEY op
 *     op = ("=" | "==" | "!=" | ">" | "<") [ VALUE ] | ("in" | "notin") "(" [ VALUE ] {...} ")"
 *
 * The walk over tokens follows the original step by step, because its messages tell of it.
 */
#include "kube/names.h"
#include "kube/selector_term.h"

#include <stdlib.h>

typedef enum Token {
    TOKEN_ERROR,
    TOKEN_END,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_NOT,
    TOKEN_DOUBLE_EQUALS,
    TOKEN_EQUALS,
    TOKEN_GREATER,
    TOKEN_NAME,
    TOKEN_IN,
    TOKEN_LESS,
    TOKEN_NOT_EQUALS,
    TOKEN_NOT_IN,
    TOKEN_OPEN,
} Token;

typedef struct Lexeme {
    Token token;
    Str text; /* of a TOKEN_ERROR: the message */
} Lexeme;

/* From these versions on problems are field errors, and operators are named in another way. */
enum { FIELD_ERRORS_SINCE = 21, OPERATORS_LISTED_SINCE = 22 };

typedef struct Parser {
    Str rest;
    Lexeme next;
    int minor;
    Arena *arena;
    Err *err;
} Parser;

static const struct {
    Str text;
    Token token;
} words[] = {
    { STR_INIT(")"), TOKEN_CLOSE },       { STR_INIT(","), TOKEN_COMMA },
    { STR_INIT("!"), TOKEN_NOT },         { STR_INIT("=="), TOKEN_DOUBLE_EQUALS },
    { STR_INIT("="), TOKEN_EQUALS },      { STR_INIT(">"), TOKEN_GREATER },
    { STR_INIT("in"), TOKEN_IN },         { STR_INIT("<"), TOKEN_LESS },
    { STR_INIT("!="), TOKEN_NOT_EQUALS }, { STR_INIT("notin"), TOKEN_NOT_IN },
    { STR_INIT("("), TOKEN_OPEN },
};

static Token word_token(Str text)
{
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_eq(words[i].text, text)) {
            return words[i].token;
        }
    }
    return TOKEN_ERROR;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_special(char c)
{
    return c && strchr("=!(),><", c);
}

/* The longest operator at the front: each more special character is taken as long as the run so far
 * has not been an operator that stops being one. All operators have at most two characters, and the
 * first alone is one, so this is: two when they are an operator, else one. */
static Lexeme lex_special(Str *rest)
{
    Str two = str_slice(*rest, 0, 2);
    Str text = two.len == 2 && is_special(two.ptr[1]) && word_token(two) != TOKEN_ERROR
                   ? two
                   : str_slice(*rest, 0, 1);
    *rest = str_drop(*rest, text.len);
    return (Lexeme){ word_token(text), text };
}

static Lexeme lex(Str *rest)
{
    while (rest->len && is_space(rest->ptr[0])) {
        *rest = str_drop(*rest, 1);
    }
    if (rest->len == 0 || rest->ptr[0] == '\0') {
        *rest = STR(""); /* the original takes a NUL for the end */
        return (Lexeme){ TOKEN_END, STR("") };
    }
    if (is_special(rest->ptr[0])) {
        return lex_special(rest);
    }
    size_t len = 0;
    while (len < rest->len && rest->ptr[len] && !is_special(rest->ptr[len]) &&
           !is_space(rest->ptr[len])) {
        len++;
    }
    Str text = str_slice(*rest, 0, len);
    bool is_nul = len < rest->len && rest->ptr[len] == '\0';
    *rest = str_drop(*rest, len + is_nul); /* as there, a NUL after a name is swallowed */
    Token token = word_token(text);
    return (Lexeme){ token == TOKEN_ERROR ? TOKEN_NAME : token, text };
}

/* "in" and "notin" are names wherever a key or a value stands. */
static Token as_value(Lexeme l)
{
    return l.token == TOKEN_IN || l.token == TOKEN_NOT_IN ? TOKEN_NAME : l.token;
}

static Lexeme consume(Parser *p)
{
    Lexeme l = p->next;
    p->next = lex(&p->rest);
    return l;
}

static bool unexpected(Parser *p, Lexeme l, const char *expected)
{
    return err_set(p->err, p->arena, ERR_SYNTAX, "found '%.*s'%s", STR_ARG(l.text), expected);
}

/* -- terms, in the words of newer versions ----------------------------------------------------- */

static void report_messages(FieldErrors *errs, Path path, Str value, NameMessages messages)
{
    Buf b = buf_new(errs->arena);
    for (size_t i = 0; i < messages.count; i++) {
        buf_add(&b, i ? STR("; ") : STR(""));
        buf_add(&b, messages.items[i]);
    }
    if (messages.count) {
        field_invalid_str(errs, path, value, buf_str(&b));
    }
}

static bool fail_with(Parser *p, const FieldErrors *errs)
{
    Buf b = buf_new(p->arena);
    if (errs->count == 0) {
        return true;
    }
    field_errors_write_aggregate(errs, &b);
    return err_set(p->err, p->arena, ERR_SYNTAX, "%.*s", STR_ARG(buf_str(&b)));
}

static bool check_key(Parser *p, Str key)
{
    if (p->minor < FIELD_ERRORS_SINCE) {
        return label_key_check(key, p->arena, p->err);
    }
    FieldErrors errs = field_errors_new(p->arena);
    report_messages(&errs, path_root("<nil>"), key, name_check_qualified(key));
    return fail_with(p, &errs);
}

static bool check_term(Parser *p, const LabelTerm *term)
{
    if (p->minor < FIELD_ERRORS_SINCE) {
        return label_term_check(term, p->arena, p->err);
    }
    FieldErrors errs = field_errors_new(p->arena);
    bool compares = term->op == LABEL_GREATER || term->op == LABEL_LESS;
    Path values = path_root("values");
    for (size_t i = 0; compares && i < term->values.count; i++) {
        int64_t number;
        if (!str_to_int64(term->values.items[i], &number)) {
            field_invalid_str(&errs, path_index(&values, i), term->values.items[i],
                              STR("for 'Gt', 'Lt' operators, the value must be an integer"));
        }
    }
    for (size_t i = 0; i < term->values.count; i++) {
        Str value = term->values.items[i];
        Path item = path_index(&values, i);
        report_messages(&errs, path_key(&item, term->key), value, name_check_label_value(value));
    }
    return fail_with(p, &errs);
}

/* The key; *op is set when no operator follows. */
static bool parse_key(Parser *p, LabelTerm *term, bool *is_done)
{
    Lexeme l = consume(p);
    bool is_not = l.token == TOKEN_NOT;
    if (is_not) {
        l = consume(p);
    }
    if (as_value(l) != TOKEN_NAME) {
        return unexpected(p, l, ", expected: identifier");
    }
    if (!check_key(p, l.text)) {
        return false;
    }
    term->key = l.text;
    term->op = is_not ? LABEL_NOT_EXISTS : LABEL_EXISTS;
    *is_done = is_not || p->next.token == TOKEN_END || p->next.token == TOKEN_COMMA;
    return true;
}

static bool parse_operator(Parser *p, LabelTerm *term)
{
    Lexeme l = consume(p);
    switch (l.token) {
    case TOKEN_IN:
        term->op = LABEL_IN;
        return true;
    case TOKEN_NOT_IN:
        term->op = LABEL_NOT_IN;
        return true;
    case TOKEN_EQUALS:
    case TOKEN_DOUBLE_EQUALS:
        term->op = LABEL_EQUALS;
        term->is_double = l.token == TOKEN_DOUBLE_EQUALS;
        return true;
    case TOKEN_NOT_EQUALS:
        term->op = LABEL_NOT_EQUALS;
        return true;
    case TOKEN_GREATER:
        term->op = LABEL_GREATER;
        return true;
    case TOKEN_LESS:
        term->op = LABEL_LESS;
        return true;
    default:
        return unexpected(p, l,
                          p->minor >= OPERATORS_LISTED_SINCE
                              ? ", expected: in, notin, =, ==, !=, gt, lt"
                              : ", expected: '=', '!=', '==', 'in', notin'");
    }
}

/* A growing set of values. */
typedef struct Values {
    Str *items;
    size_t count;
    size_t cap;
} Values;

static void add_value(Parser *p, Values *v, Str value)
{
    if (v->count == v->cap) {
        size_t cap = v->cap ? v->cap * 2 : 4;
        Str *items = new(p->arena, Str, cap);
        if (v->count) {
            memcpy(items, v->items, v->count * sizeof(Str));
        }
        v->items = items;
        v->cap = cap;
    }
    v->items[v->count++] = value;
}

static int cmp_str(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

static StrList sorted_set(Values *v)
{
    if (v->count == 0) {
        return (StrList){ NULL, 0 };
    }
    qsort(v->items, v->count, sizeof(Str), cmp_str);
    size_t kept = 1;
    for (size_t i = 1; i < v->count; i++) {
        if (!str_eq(v->items[i], v->items[kept - 1])) {
            v->items[kept++] = v->items[i];
        }
    }
    return (StrList){ v->items, kept };
}

/* What stands between the parentheses, up to the closing one, which is left. Empty places count as
 * empty values. */
static bool parse_list(Parser *p, Values *values)
{
    for (;;) {
        Lexeme l = consume(p);
        Token token = as_value(l);
        Token next = as_value(p->next);
        if (token == TOKEN_NAME) {
            add_value(p, values, l.text);
            if (next == TOKEN_CLOSE) {
                return true;
            }
            if (next != TOKEN_COMMA) {
                return unexpected(p, p->next, ", expected: ',' or ')'");
            }
        } else if (token == TOKEN_COMMA) {
            if (values->count == 0) {
                add_value(p, values, STR(""));
            }
            if (next == TOKEN_CLOSE) {
                add_value(p, values, STR(""));
                return true;
            }
            if (next == TOKEN_COMMA) {
                consume(p);
                add_value(p, values, STR(""));
            }
        } else {
            return unexpected(p, l, ", expected: ',', or identifier");
        }
    }
}

static bool parse_set(Parser *p, Values *values)
{
    Lexeme open = consume(p);
    if (open.token != TOKEN_OPEN) {
        return unexpected(p, open, " expected: '('");
    }
    Token next = as_value(p->next);
    if (next == TOKEN_CLOSE) {
        add_value(p, values, STR(""));
    } else if (next != TOKEN_NAME && next != TOKEN_COMMA) {
        return unexpected(p, p->next, ", expected: ',', ')' or identifier");
    } else if (!parse_list(p, values)) {
        return false;
    }
    consume(p); /* the closing parenthesis */
    return true;
}

static bool parse_exact(Parser *p, Values *values)
{
    if (p->next.token == TOKEN_END || p->next.token == TOKEN_COMMA) {
        add_value(p, values, STR(""));
        return true;
    }
    Lexeme l = consume(p);
    if (as_value(l) != TOKEN_NAME) {
        return unexpected(p, l, ", expected: identifier");
    }
    add_value(p, values, l.text);
    return true;
}

static bool parse_term(Parser *p, LabelTerm *term)
{
    bool is_done = false;
    if (!parse_key(p, term, &is_done)) {
        return false;
    }
    if (!is_done) {
        Values values = { 0 };
        if (!parse_operator(p, term) ||
            !(term->op == LABEL_IN || term->op == LABEL_NOT_IN ? parse_set(p, &values)
                                                               : parse_exact(p, &values))) {
            return false;
        }
        term->values = sorted_set(&values);
    }
    return check_term(p, term);
}

/* Every term has a comma before the next, so there are at most this many. */
static size_t count_terms(Str text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == ',';
    }
    return count;
}

bool label_selector_parse(Str text, Arena *a, LabelSelector *out, Err *err)
{
    return label_selector_parse_as(text, 0, a, out, err);
}

bool label_selector_parse_as(Str text, int minor, Arena *a, LabelSelector *out, Err *err)
{
    Parser p = { .rest = text, .minor = minor, .arena = a, .err = err };
    LabelTerm *terms = new(a, LabelTerm, count_terms(text));
    size_t count = 0;
    p.next = lex(&p.rest);
    while (p.next.token != TOKEN_END) {
        if (as_value(p.next) != TOKEN_NAME && p.next.token != TOKEN_NOT) {
            return unexpected(&p, p.next, ", expected: !, identifier, or 'end of string'");
        }
        if (!parse_term(&p, &terms[count++])) {
            return err_context(err, a, "unable to parse requirement");
        }
        Lexeme l = consume(&p);
        if (l.token == TOKEN_END) {
            break;
        }
        if (l.token != TOKEN_COMMA) {
            return unexpected(&p, l, ", expected: ',' or 'end of string'");
        }
        if (as_value(p.next) != TOKEN_NAME && p.next.token != TOKEN_NOT) {
            return unexpected(&p, p.next, ", expected: identifier after ','");
        }
    }
    label_terms_sort(terms, count);
    *out = (LabelSelector){ .terms = terms, .count = count };
    return true;
}
