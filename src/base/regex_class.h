/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: sets of characters. Private to regex*.c. */
#ifndef PODGATE_BASE_REGEX_CLASS_H
#define PODGATE_BASE_REGEX_CLASS_H

#include "base/regex.h"

enum { REGEX_RUNE_MAX = 0x10FFFF };

/* A class in the making: ranges in any order. */
typedef struct ClassBuild {
    Arena *arena;
    RegexRange *ranges;
    size_t count;
    size_t cap;
} ClassBuild;

void class_add(ClassBuild *b, uint32_t from, uint32_t to);
/* The same, in upper and lower case. */
void class_add_folded(ClassBuild *b, uint32_t from, uint32_t to);
void class_add_all(ClassBuild *b, const ClassBuild *more);
/* Everything but what is in it. */
void class_negate(ClassBuild *b);
/* By a name: 'd', 's', 'w'; "[:alpha:]" without brackets; a general category or "Any". False for
 * an unknown one. */
bool class_add_perl(ClassBuild *b, char name);
bool class_add_posix(ClassBuild *b, Str name);
bool class_add_category(ClassBuild *b, Str name);
const RegexClass *class_done(ClassBuild *b);

#endif
