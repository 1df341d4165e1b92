/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Field selectors: `metadata.name=web,status.phase!=Running`.
 *
 * Source: k8s.io/apimachinery pkg/fields
 */
#ifndef PODGATE_KUBE_FIELD_SELECTOR_H
#define PODGATE_KUBE_FIELD_SELECTOR_H

#include "base/err.h"

typedef struct FieldTerm {
    Str field;
    Str value;
    bool not_equal;
} FieldTerm;

/* All terms must hold; none holds for everything. */
typedef struct FieldSelector {
    const FieldTerm *terms; /* in the order of their text */
    size_t count;
} FieldSelector;

/* "=", "==" and "!="; a backslash keeps ",", "=" and itself in a value. Messages are the API
 * server's. */
WARN_UNUSED bool field_selector_parse(Str text, Arena *a, FieldSelector *out, Err *err);

/* The value that the selector wants the field to have; absent when it leaves that open. */
Str field_selector_exact(const FieldSelector *s, Str field);

#endif
