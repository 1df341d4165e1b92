/* SPDX-License-Identifier: Apache-2.0 */
/* Label selectors: the struct form, matching, printing, validation. The text form is read in
 * selector_parse.c. */
#include "kube/selector.h"

#include "kube/meta.h"
#include "kube/selector_term.h"

#include <stdlib.h>

/* -- terms --------------------------------------------------------------------------------------
 */

static Str joined(NameMessages messages, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < messages.count; i++) {
        if (i) {
            buf_lit(&b, "; ");
        }
        buf_add(&b, messages.items[i]);
    }
    return buf_str(&b);
}

static Str quoted(Str s, Arena *a)
{
    Buf b = buf_new(a);
    buf_go_quoted(&b, s);
    return buf_str(&b);
}

bool label_key_check(Str key, Arena *a, Err *err)
{
    NameMessages messages = name_check_qualified(key);
    return messages.count == 0 || err_set(err, a, ERR_SYNTAX, "invalid label key %.*s: %.*s",
                                          STR_ARG(quoted(key, a)), STR_ARG(joined(messages, a)));
}

static bool check_value_count(const LabelTerm *term, Arena *a, Err *err)
{
    size_t count = term->values.count;
    int64_t number;
    switch (term->op) {
    case LABEL_IN:
    case LABEL_NOT_IN:
        return count > 0 || err_set(err, a, ERR_SYNTAX,
                                    "for 'in', 'notin' operators, values set can't be empty");
    case LABEL_EQUALS:
    case LABEL_NOT_EQUALS:
        return count == 1 ||
               err_set(err, a, ERR_SYNTAX, "exact-match compatibility requires one single value");
    case LABEL_EXISTS:
    case LABEL_NOT_EXISTS:
        return count == 0 || err_set(err, a, ERR_SYNTAX,
                                     "values set must be empty for exists and does not exist");
    case LABEL_GREATER:
    case LABEL_LESS:
        break;
    }
    if (count != 1) {
        return err_set(err, a, ERR_SYNTAX,
                       "for 'Gt', 'Lt' operators, exactly one value is required");
    }
    return str_to_int64(term->values.items[0], &number) ||
           err_set(err, a, ERR_SYNTAX, "for 'Gt', 'Lt' operators, the value must be an integer");
}

bool label_term_check(const LabelTerm *term, Arena *a, Err *err)
{
    if (!label_key_check(term->key, a, err) || !check_value_count(term, a, err)) {
        return false;
    }
    for (size_t i = 0; i < term->values.count; i++) {
        Str value = term->values.items[i];
        NameMessages messages = name_check_label_value(value);
        if (messages.count) {
            return err_set(err, a, ERR_SYNTAX, "invalid label value: %.*s: at key: %.*s: %.*s",
                           STR_ARG(quoted(value, a)), STR_ARG(quoted(term->key, a)),
                           STR_ARG(joined(messages, a)));
        }
    }
    return true;
}

/* Terms of one key keep their order. */
void label_terms_sort(LabelTerm *terms, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        LabelTerm term = terms[i];
        size_t at = i;
        while (at > 0 && str_cmp(terms[at - 1].key, term.key) > 0) {
            terms[at] = terms[at - 1];
            at--;
        }
        terms[at] = term;
    }
}

/* -- the struct form ----------------------------------------------------------------------------
 */

static const struct {
    Str name;
    LabelOperator op;
} operators[] = {
    { STR_INIT("In"), LABEL_IN },
    { STR_INIT("NotIn"), LABEL_NOT_IN },
    { STR_INIT("Exists"), LABEL_EXISTS },
    { STR_INIT("DoesNotExist"), LABEL_NOT_EXISTS },
};

static bool read_operator(Str name, LabelOperator *out)
{
    for (size_t i = 0; i < COUNT_OF(operators); i++) {
        if (str_eq(operators[i].name, name)) {
            *out = operators[i].op;
            return true;
        }
    }
    return false;
}

static Str str_or_empty(const Value *v)
{
    Str s = value_as_str(v);
    return s.ptr ? s : STR("");
}

static LabelTerm equals(const Member *m, Arena *a)
{
    Str *value = new(a, Str, 1);
    *value = str_or_empty(&m->value);
    return (LabelTerm){ .key = member_key(m), .op = LABEL_EQUALS, .values = { value, 1 } };
}

bool label_selector_read(const Value *in, Arena *a, LabelSelector *out, Err *err)
{
    if (value_is_null(in)) {
        *out = (LabelSelector){ .matches_nothing = true };
        return true;
    }
    const Value *labels = value_get_lit(in, "matchLabels");
    const Value *expressions = value_get_lit(in, "matchExpressions");
    LabelTerm *terms = new(a, LabelTerm, value_len(labels) + value_len(expressions));
    size_t count = 0;
    VALUE_EACH_MEMBER(m, labels) {
        terms[count] = equals(m, a);
        if (!label_term_check(&terms[count++], a, err)) {
            return false;
        }
    }
    VALUE_EACH_ITEM(e, expressions) {
        LabelTerm *term = &terms[count++];
        Str operator= str_or_empty(value_get_lit(e, "operator"));
        if (!read_operator(operator, & term->op)) {
            return err_set(err, a, ERR_SYNTAX, "%.*s is not a valid pod selector operator",
                           STR_ARG(quoted(operator, a)));
        }
        term->key = str_or_empty(value_get_lit(e, "key"));
        term->values = value_str_list(value_get_lit(e, "values"), a);
        if (!label_term_check(term, a, err)) {
            return false;
        }
    }
    label_terms_sort(terms, count);
    *out = (LabelSelector){ .terms = terms, .count = count };
    return true;
}

LabelSelector label_selector_of_labels(const Value *labels, Arena *a)
{
    LabelTerm *terms = new(a, LabelTerm, value_len(labels));
    size_t count = 0;
    VALUE_EACH_MEMBER(m, labels) {
        terms[count++] = equals(m, a);
    }
    label_terms_sort(terms, count);
    return (LabelSelector){ .terms = terms, .count = count };
}

/* -- matching -----------------------------------------------------------------------------------
 */

static bool compares(const LabelTerm *term, Str label)
{
    int64_t left;
    int64_t right;
    if (!str_to_int64(label, &left) || !str_to_int64(term->values.items[0], &right)) {
        return false;
    }
    return term->op == LABEL_GREATER ? left > right : left < right;
}

static bool term_matches(const LabelTerm *term, const Value *labels)
{
    const Value *label = value_get(labels, term->key);
    bool has = label && str_list_has(term->values, str_or_empty(label));
    switch (term->op) {
    case LABEL_EQUALS:
    case LABEL_IN:
        return has;
    case LABEL_NOT_EQUALS:
    case LABEL_NOT_IN:
        return !has;
    case LABEL_EXISTS:
        return label != NULL;
    case LABEL_NOT_EXISTS:
        return label == NULL;
    case LABEL_GREATER:
    case LABEL_LESS:
        return label && compares(term, str_or_empty(label));
    }
    return false;
}

bool label_selector_matches(const LabelSelector *s, const Value *labels)
{
    for (size_t i = 0; i < s->count; i++) {
        if (!term_matches(&s->terms[i], labels)) {
            return false;
        }
    }
    return !s->matches_nothing;
}

/* -- printing -----------------------------------------------------------------------------------
 */

static int cmp_str(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

static void write_values(Buf *b, StrList values)
{
    Str *sorted = new(b->arena, Str, values.count);
    if (values.count) {
        memcpy(sorted, values.items, values.count * sizeof(Str));
        qsort(sorted, values.count, sizeof(Str), cmp_str);
    }
    for (size_t i = 0; i < values.count; i++) {
        if (i) {
            buf_byte(b, ',');
        }
        buf_add(b, sorted[i]);
    }
}

static void write_term(Buf *b, const LabelTerm *term)
{
    static const Str between[] = {
        [LABEL_EQUALS] = STR_INIT("="),    [LABEL_NOT_EQUALS] = STR_INIT("!="),
        [LABEL_IN] = STR_INIT(" in ("),    [LABEL_NOT_IN] = STR_INIT(" notin ("),
        [LABEL_GREATER] = STR_INIT(">"),   [LABEL_LESS] = STR_INIT("<"),
        [LABEL_NOT_EXISTS] = STR_INIT(""), [LABEL_EXISTS] = STR_INIT(""),
    };
    if (term->op == LABEL_NOT_EXISTS) {
        buf_byte(b, '!');
    }
    buf_add(b, term->key);
    buf_add(b, term->is_double ? STR("==") : between[term->op]);
    write_values(b, term->values);
    if (term->op == LABEL_IN || term->op == LABEL_NOT_IN) {
        buf_byte(b, ')');
    }
}

Str label_selector_text(const LabelSelector *s, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < s->count; i++) {
        if (i) {
            buf_byte(&b, ',');
        }
        write_term(&b, &s->terms[i]);
    }
    return buf_str(&b);
}

/* -- validation ---------------------------------------------------------------------------------
 */

static void validate_expression(const Value *e, const Path *path, FieldErrors *errs)
{
    Str operator= str_or_empty(value_get_lit(e, "operator"));
    size_t count = value_len(value_get_lit(e, "values"));
    LabelOperator op;
    if (!read_operator(operator, & op)) {
        field_invalid_str(errs, path_child(path, "operator"), operator,
                          STR("not a valid selector operator"));
    } else if ((op == LABEL_IN || op == LABEL_NOT_IN) && count == 0) {
        field_required(errs, path_child(path, "values"),
                       STR("must be specified when `operator` is 'In' or 'NotIn'"));
    } else if ((op == LABEL_EXISTS || op == LABEL_NOT_EXISTS) && count > 0) {
        field_forbidden(errs, path_child(path, "values"),
                        STR("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    }
    Str key = str_or_empty(value_get_lit(e, "key"));
    name_report(errs, path_child(path, "key"), key, name_check_qualified(key));
}

void label_selector_validate(const Value *in, const Path *path, FieldErrors *errs)
{
    Path labels = path_child(path, "matchLabels");
    meta_validate_labels(value_get_lit(in, "matchLabels"), &labels, errs);
    const Value *expressions = value_get_lit(in, "matchExpressions");
    Path list = path_child(path, "matchExpressions");
    for (size_t i = 0; i < value_len(expressions); i++) {
        Path item = path_index(&list, i);
        validate_expression(value_item(expressions, i), &item, errs);
    }
}
