/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields that lists and watches of a kind can be selected by (?fieldSelector=): which there
 * are, what they are of an object, and what the API server says of others.
 *
 * Most kinds have the name and the namespace; rows for the others are in resource_table.def.
 * A NULL kind stands for a custom resource.
 */
#ifndef PODGATE_KUBE_SELECTABLE_H
#define PODGATE_KUBE_SELECTABLE_H

#include "kube/field_selector.h"
#include "kube/kinds.h"

bool field_selectable(const KubeKind *kind, Str field, const KubeTarget *target);
/* Where a value that is a number is written. */
typedef struct FieldNumber {
    char text[24];
} FieldNumber;
/* The field's value of an object (in any version that the kind is served in), with its default. ""
 * when it is not set or there is no such field. Points into the object or into *number. */
Str field_selectable_value(const KubeKind *kind, Str field, const Value *object,
                           FieldNumber *number);

/* Whether all fields of the selector are known. False with the message of the 400 otherwise. */
WARN_UNUSED bool field_selector_check(const FieldSelector *s, const KubeKind *kind,
                                      const KubeTarget *target, Arena *a, Str *message);
/* object may be NULL: then nothing but an empty selector matches. Allocates nothing. */
bool field_selector_matches(const FieldSelector *s, const KubeKind *kind, const Value *object);

#endif
