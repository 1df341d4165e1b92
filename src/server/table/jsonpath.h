/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSONPath as Kubernetes reads it in the columns of custom resources: fields, indexes and slices,
 * wildcards, filters, recursive descent. Without templates (text, ranges).
 *
 * Source: k8s.io/client-go util/jsonpath.
 */
#ifndef PODGATE_SERVER_TABLE_JSONPATH_H
#define PODGATE_SERVER_TABLE_JSONPATH_H

#include "doc/value.h"

typedef enum JsonPathStepKind {
    JSONPATH_FIELD,    /* .name */
    JSONPATH_WILDCARD, /* .* */
    JSONPATH_SLICE,    /* [1], [1:3], [*] */
    JSONPATH_FILTER,   /* [?(@.left == right)] */
    JSONPATH_UNION,    /* [0,2] */
    JSONPATH_DESCEND,  /* .. */
    JSONPATH_LITERAL,  /* within filters: "text", 1, true */
} JsonPathStepKind;

typedef struct JsonPath {
    const struct JsonPathStep *steps;
    size_t count;
} JsonPath;

typedef struct JsonPathBound {
    bool known;
    bool derived; /* the end of [n], one after n */
    int64_t value;
} JsonPathBound;

typedef struct JsonPathStep {
    JsonPathStepKind kind;
    Str text; /* a field's name, a filter's operator ("" for there is one) */
    JsonPathBound from, to, by;
    const JsonPath *parts; /* the sides of a filter; the parts of a union */
    size_t part_count;
    Value literal;
} JsonPathStep;

enum { JSONPATH_RESULTS_MAX = 10000 }; /* of any step; more is an error */

/* text: without braces, ".spec.items[*].name". False when it is none. */
WARN_UNUSED bool jsonpath_parse(Str text, Arena *a, JsonPath *out);
/* What it leads to, as an array; missing fields lead to nothing. False when it cannot be followed
 * (an index that is out of bounds, or of what is no list). */
WARN_UNUSED bool jsonpath_find(const JsonPath *path, const Value *root, Arena *a, Value *out);

#endif
