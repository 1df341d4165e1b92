/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions as Go's regexp (RE2) has them: whether a text has a match somewhere. Patterns
 * may come from anybody: matching takes time in proportion to the pattern times the text, whatever
 * the two are, as all ways through the pattern are walked at once (Thompson, 1968).
 *
 * Why our own: PCRE2 and the C library backtrack, RE2 is C++ and large, and none of them says what
 * Go says about a pattern that it does not take. Captures, which only who replaces text needs, are
 * read and not kept.
 *
 * Source: Go regexp/syntax (1.15)
 */
#ifndef PODGATE_BASE_REGEX_H
#define PODGATE_BASE_REGEX_H

#include "base/arena.h"

typedef struct Regex Regex;

/* The pattern, compiled into the arena. False with what Go says of it:
 * "error parsing regexp: missing closing ): `(a`". */
WARN_UNUSED bool regex_compile(Str pattern, Arena *a, const Regex **out, Str *problem);
/* scratch: for as much memory as the pattern is long; given back. */
bool regex_matches(const Regex *r, Str text, Arena *scratch);

/* -- within the two files ------------------------------------------------------------------------
 */

typedef enum RegexOp {
    REGEX_MATCH,
    REGEX_CLASS,  /* one character of the class, then next */
    REGEX_ASSERT, /* next, if what is said of the place holds */
    REGEX_SPLIT,  /* next and other */
} RegexOp;

typedef enum RegexAssert {
    REGEX_BEGIN_TEXT,
    REGEX_END_TEXT,
    REGEX_BEGIN_LINE,
    REGEX_END_LINE,
    REGEX_WORD,
    REGEX_NO_WORD,
} RegexAssert;

typedef struct RegexRange {
    uint32_t from;
    uint32_t to;
} RegexRange;

typedef struct RegexClass {
    const RegexRange *ranges; /* sorted, apart from each other */
    size_t count;
    uint64_t ascii[2]; /* the same of the first 128, a bit each */
} RegexClass;

typedef struct RegexStep {
    RegexOp op;
    RegexAssert holds;
    uint32_t next;
    uint32_t other;
    const RegexClass *class;
} RegexStep;

struct Regex {
    const RegexStep *steps;
    size_t count;
    uint32_t start;
};

#endif
