/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where many fields stand, found in one reading of each document: what doc_position() is for one
 * field, for a report that names thousands.
 *
 *     DocPlaces *places = doc_places_new(arena);
 *     doc_places_add(places, doc, path);     all of them first
 *     doc_places_find(places);
 *     doc_places_get(places, doc, path, &position);
 */
#ifndef PODGATE_DOC_PLACES_H
#define PODGATE_DOC_PLACES_H

#include "doc/position.h"

typedef struct DocPlaces DocPlaces;

DocPlaces *doc_places_new(Arena *a);
/* Asks for a field. d and field_path must outlive the places; asking twice costs nothing. */
void doc_places_add(DocPlaces *p, const Doc *d, Str field_path);
/* Reads every document that was asked about, once. Those of one text are best asked about in their
 * order. */
void doc_places_find(DocPlaces *p);
/* As doc_position(), for a field that was asked for. */
bool doc_places_get(const DocPlaces *p, const Doc *d, Str field_path, DocPosition *out);

#endif
