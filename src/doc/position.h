/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where something stands in a source text. Trees carry no positions: when a message needs one,
 * the source is read again along the field path.
 */
#ifndef PODGATE_DOC_POSITION_H
#define PODGATE_DOC_POSITION_H

#include "doc/doc.h"

typedef struct DocPosition { /* both from 1; columns count characters */
    size_t line;
    size_t column;
} DocPosition;

/* A byte offset as line and column. Lines end with LF, CR LF or CR. Linear in offset. */
DocPosition doc_position_of_offset(Str text, size_t offset);

#endif
