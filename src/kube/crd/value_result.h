/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What validating a value against a schema finds. Private to validate_*.c.
 *
 * Alternatives (anyOf, oneOf) tell of the one that fits best: matches counts the checks passed.
 */
#ifndef PODGATE_KUBE_CRD_VALUE_RESULT_H
#define PODGATE_KUBE_CRD_VALUE_RESULT_H

#include "kube/crd/structural.h"

/* Where a value stands: "spec.list[0].k", "" at the root. */
typedef struct ValuePlace {
    const struct ValuePlace *parent;
    Str name;       /* of a member; absent: index */
    size_t index;   /* of an item */
    bool is_joined; /* no dot between the root and it */
} ValuePlace;

typedef enum ValueErrorKind {
    VALUE_ERROR_INVALID,
    VALUE_ERROR_TYPE,
    VALUE_ERROR_REQUIRED,
    VALUE_ERROR_ENUM,
    VALUE_ERROR_LONG,      /* texts; limit */
    VALUE_ERROR_MANY,      /* items and members; limit, actual */
    VALUE_ERROR_COMPOSITE, /* of the value as a whole: without its place */
} ValueErrorKind;

typedef struct ValueError {
    struct ValueError *next;
    ValueErrorKind kind;
    Str place;
    Str value; /* as printed; absent: "" */
    Str message;
    const Value *allowed; /* of an enum */
    size_t limit;
    size_t actual;
} ValueError;

typedef struct ValueResult {
    ValueError *first;
    ValueError *last;
    size_t matches;
} ValueResult;

typedef struct ValueCheck {
    const KubeTarget *target;
    bool of_default;
    Arena *arena;
} ValueCheck;

/* The value against the schema. */
ValueResult value_check(const ValueCheck *c, const Value *v, const CrdSchema *s,
                        const ValuePlace *place);

ValueError *value_result_add(ValueResult *r, ValueErrorKind kind, const ValuePlace *place,
                             Arena *a);
/* `... in body ...`: the place, then the words */
void value_result_say(ValueError *e, const char *format, Arena *a, ...) PRINTF_LIKE(2, 4);
void value_result_merge(ValueResult *r, const ValueResult *more);
Str value_place_render(const ValuePlace *place, Arena *a);

/* Numbers and texts (validate_scalar.c). */
ValueResult value_check_number(const ValueCheck *c, const Value *v, const CrdSchema *s,
                               const ValuePlace *place);
ValueResult value_check_text(const ValueCheck *c, const Value *v, const CrdSchema *s,
                             const ValuePlace *place);
ValueResult value_check_format(const ValueCheck *c, const Value *v, const CrdSchema *s,
                               const ValuePlace *place);
ValueResult value_check_enum(const ValueCheck *c, const Value *v, const CrdSchema *s,
                             const ValuePlace *place);
/* As swag.IsFloat64AJSONInteger has it. */
bool value_is_whole(double f);
/* allOf, anyOf, oneOf, not (validate_choice.c). */
ValueResult value_check_choices(const ValueCheck *c, const Value *v, const CrdSchema *s,
                                const ValuePlace *place);
/* The format as far as it counts; "" for one that is not known. */
Str value_format(const ValueCheck *c, const CrdSchema *s);

#endif
