/* SPDX-License-Identifier: Apache-2.0 */
/* Merging lists, for strategic.c. */
#ifndef PODGATE_DOC_STRATEGIC_LIST_H
#define PODGATE_DOC_STRATEGIC_LIST_H

#include "base/map.h"
#include "doc/strategic.h"

#define DIRECTIVE "$patch"
#define SET_ELEMENT_ORDER "$setElementOrder"

typedef struct Strategic {
    const StrategicFacts *facts;
    Arena *arena;
    Err *err;
} Strategic;

/* Messages with values as Go prints them with %v. */
bool strategic_fail(const Strategic *s, ErrCode code, const char *format, ...) PRINTF_LIKE(3, 4);
/* `expected a map[string]interface {}, but received a string` */
bool strategic_bad_type(const Strategic *s, Str expected, const Value *actual);
/* `unknown patch type: x in map: map[...]` */
bool strategic_bad_directive(const Strategic *s, const Value *directive, const Value *in);
Str strategic_go_value(const Value *v, Arena *a);

/* In strategic.c: patch merged into original, both changed on the way. */
bool strategic_merge_map(const Strategic *s, Value *original, Value *patch, StrategicType type);

/* A list merged with a patch as its field's strategy says. The result is in *original. is_deletion:
 * patch lists the items to go. live, when not NULL, gets the order that strategic_set_order() is to
 * take for that of the original: items that the patch adds stand there in the places of those that
 * it deletes, as far as these reach (Go's append() puts them into the array they left). */
bool strategic_merge_list(const Strategic *s, Value *original, Value *patch,
                          const StrategicField *field, bool is_deletion, Value *live);

/* The items of merged in the order that $setElementOrder asks for: those that it names as it names
 * them, the others where they were in original. patch is the list's patch, for its items' type. */
bool strategic_set_order(const Strategic *s, Value *merged, const Value *order,
                         const Value *original, const Value *patch, Str merge_key);

/* Is the patch's list in the order of its $setElementOrder, and a part of it? */
bool strategic_check_order(const Strategic *s, const Value *patch, const Value *order,
                           Str merge_key);

#endif
