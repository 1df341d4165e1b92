/* SPDX-License-Identifier: Apache-2.0 */
/* Objects as files give them: where their fields stand, which namespaces they are in. */
#ifndef PODGATE_ANALYZE_OBJECTS_H
#define PODGATE_ANALYZE_OBJECTS_H

#include "cluster/files.h"
#include "doc/places.h"

/* `file.yaml:12:7`: where a field of the object stands; the nearest thing above it when it is not
 * there. field is a path within the object, "" for its start. Of an object whose document was not
 * kept (cluster/stream.h): where the object stands. */
Str object_place(const FileObject *object, Str field, Arena *a);

/* The same for many fields of many objects, at the cost of reading each document once more: all are
 * asked for, doc_places_find() looks for them, then each place can be had. */
void object_places_add(DocPlaces *places, const FileObject *object, Str field, Arena *a);
Str object_places_get(const DocPlaces *places, const FileObject *object, Str field, Arena *a);

/* Puts objects that name no namespace and need one into namespace: they are replaced by copies. */
void objects_fill_namespaces(FileObjects *objects, Str namespace, Arena *a);

/* The namespaces that objects of the lists are in, or are: each once, sorted. */
StrList objects_namespaces(const FileObjects *const *lists, size_t count, Arena *a);

#endif
