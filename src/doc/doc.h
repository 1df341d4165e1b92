/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents out of a text: JSON or YAML by its content, one or several.
 */
#ifndef PODGATE_DOC_DOC_H
#define PODGATE_DOC_DOC_H

#include "base/err.h"
#include "doc/limits.h"
#include "doc/value.h"

typedef struct Doc {
    Value root;
    Str name;      /* of the source, as given */
    Str text;      /* of the whole source; must outlive what looks for positions */
    size_t offset; /* where this document starts in text */
    size_t index;  /* 0 for the first document of the source, empty ones counted */
    bool is_yaml;
} Doc;

typedef struct DocList {
    Doc *items;
    size_t count;
} DocList;

/* Reads every document of text. As kubectl: a text whose first byte that is not white space is
 * `{` is JSON (several may follow each other), as is `[`; anything else is YAML. Documents that
 * hold nothing or null are left out, so count may be 0. limits may be NULL for the default.
 * Strings of the trees lie in the arena; doc.text is text itself and is not copied. */
WARN_UNUSED bool docs_read(Str name, Str text, const DocLimits *limits, Arena *a, DocList *out,
                           Err *err);

#endif
