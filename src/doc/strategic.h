/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategic merge patch: Kubernetes' merge patch that knows which lists are merged by a key.
 *
 * What it must know about the types of the objects it is told through StrategicFacts, so that this
 * file knows no Kubernetes type. Directives: `$patch: replace|delete` in objects and in items of
 * merged lists, `$deleteFromPrimitiveList/x`, `$setElementOrder/x`, `$retainKeys`.
 *
 * Source: k8s.io/apimachinery pkg/util/strategicpatch (1.20), whose messages and oddities are kept:
 * the result may still hold directives where the patch brought something new; decoding it drops
 * them as unknown fields.
 */
#ifndef PODGATE_DOC_STRATEGIC_H
#define PODGATE_DOC_STRATEGIC_H

#include "base/err.h"
#include "doc/value.h"

/* A type of the schema, whatever the facts take for one. */
typedef const void *StrategicType;

typedef struct StrategicField {
    StrategicType type; /* of the value, or of an item when the value is a list */
    bool merge;         /* patchStrategy merge */
    bool replace;       /* patchStrategy replace */
    Str merge_key;      /* patchMergeKey; absent for none */
} StrategicField;

typedef enum StrategicLookup {
    STRATEGIC_FOUND,
    STRATEGIC_NOT_STRUCT, /* type has no fields (a map, a string) */
    STRATEGIC_NO_FIELD,   /* type has no such field */
    STRATEGIC_NOT_LIST,   /* asked for a list, and the field is none */
} StrategicLookup;

typedef struct StrategicFacts {
    const void *schema; /* handed back to each question */
    /* The field of a type that is patched with a list (is_list) or an object. Names are matched
     * exactly and then, as Go does, without regard to case. */
    StrategicLookup (*field)(const void *schema, StrategicType type, Str name, bool is_list,
                             StrategicField *out);
    /* What Go calls the type's kind ("struct", "map", "string", "slice") and the type ("PodSpec"):
     * for messages. */
    Str (*go_kind)(const void *schema, StrategicType type);
    Str (*go_name)(const void *schema, StrategicType type);
} StrategicFacts;

/* *target with the patch merged in; both stay as they are. type is that of *target.
 * Codes: ERR_SYNTAX for a malformed directive (the API server answers 400), ERR_UNSUPPORTED for
 * lists of lists (422), ERR_TYPE for anything else (500). */
WARN_UNUSED bool strategic_apply(const Value *target, const Value *patch,
                                 const StrategicFacts *facts, StrategicType type, Arena *a,
                                 Value *out, Err *err);

#endif
