/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label selectors, in both forms: the text (`app=web,tier in (a,b),!old`) and the struct of the API
 * (matchLabels, matchExpressions).
 *
 * Source: k8s.io/apimachinery pkg/labels, pkg/apis/meta/v1 (the 1.20 wording).
 */
#ifndef PODGATE_KUBE_SELECTOR_H
#define PODGATE_KUBE_SELECTOR_H

#include "base/err.h"
#include "base/field.h"
#include "doc/value.h"

typedef enum LabelOperator {
    LABEL_EQUALS,     /* = and == */
    LABEL_NOT_EQUALS, /* != : also where the label is missing */
    LABEL_IN,
    LABEL_NOT_IN, /* also where the label is missing */
    LABEL_EXISTS,
    LABEL_NOT_EXISTS,
    LABEL_GREATER, /* > : both are whole numbers */
    LABEL_LESS,
} LabelOperator;

typedef struct LabelTerm {
    Str key;
    LabelOperator op;
    bool is_double; /* written == */
    StrList values; /* one, unless op is LABEL_IN, LABEL_NOT_IN (one or more), ..EXISTS (none) */
} LabelTerm;

/* All terms must hold; with no terms everything matches, unless matches_nothing. */
typedef struct LabelSelector {
    const LabelTerm *terms; /* by key */
    size_t count;
    bool matches_nothing; /* made of a missing struct */
} LabelSelector;

/* The text form. "" matches everything. Messages (ERR_SYNTAX) are the API server's. */
WARN_UNUSED bool label_selector_parse(Str text, Arena *a, LabelSelector *out, Err *err);
/* The same in the words of a version other than 1.20. */
WARN_UNUSED bool label_selector_parse_as(Str text, int minor, Arena *a, LabelSelector *out,
                                         Err *err);
/* The struct form: NULL or null matches nothing, {} everything. A label key, value or operator
 * that is not valid is an error, worded as the API server words it when it uses the selector. */
WARN_UNUSED bool label_selector_read(const Value *in, Arena *a, LabelSelector *out, Err *err);
/* A map of labels that must all be there, as in a Service. NULL and {} match everything. */
LabelSelector label_selector_of_labels(const Value *labels, Arena *a);

/* labels: a map of strings, or NULL. Allocates nothing. */
bool label_selector_matches(const LabelSelector *s, const Value *labels);
/* As Kubernetes prints it: terms by key, values in order. */
Str label_selector_text(const LabelSelector *s, Arena *a);

/* Validation of the struct form as a field of an object. in may be NULL. */
void label_selector_validate(const Value *in, const Path *path, FieldErrors *errs);

#endif
