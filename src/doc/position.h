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

/* Finds a field by its path as messages print it: "spec.containers[0].image",
 * "metadata.annotations[a.b/c]", "metadata.annotations.a.b/c", "items[3].spec". Names that contain
 * dots are told by the names that are there. *out is where the field's name stands (an item of a
 * list: where it starts). False when there is no such field: *out is then the nearest thing above
 * it that is there, at least the document's start. What an alias or merge key brings in stands
 * where its anchor is.
 *
 * Reads the document again; a document whose text has changed since gives some place in it. */
bool doc_position(const Doc *d, Str field_path, DocPosition *out);

/* A byte offset as line and column. Lines end with LF, CR LF or CR. Linear in offset. */
DocPosition doc_position_of_offset(Str text, size_t offset);

#endif
