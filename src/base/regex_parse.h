/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: the tree that a pattern is read into. Private to regex*.c. */
#ifndef PODGATE_BASE_REGEX_PARSE_H
#define PODGATE_BASE_REGEX_PARSE_H

#include "base/regex.h"

typedef enum RegexNodeKind {
    REGEX_NODE_CLASS,
    REGEX_NODE_ASSERT,
    REGEX_NODE_SEQUENCE, /* its parts one after the other; none match the empty text */
    REGEX_NODE_CHOICE,
    REGEX_NODE_REPEAT, /* its one part, min to max times */
} RegexNodeKind;

typedef struct RegexNode {
    RegexNodeKind kind;
    RegexAssert holds;
    const RegexClass *class;
    struct RegexNode **parts;
    size_t count;
    size_t cap;
    int32_t min;
    int32_t max; /* -1 for any number */
} RegexNode;

/* NULL with what Go says of the pattern. */
RegexNode *regex_parse(Str pattern, Arena *a, Str *problem);

#endif
