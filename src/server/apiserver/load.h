/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of files on their way into the store. Private to this folder. */
#ifndef PODGATE_SERVER_APISERVER_LOAD_H
#define PODGATE_SERVER_APISERVER_LOAD_H

#include "server/apiserver/private.h"

typedef struct Loader {
    ApiServer *server;
    Map namespaces; /* that are known to be there */
    Arena kept;     /* holds their names */
    ApiLoad *load;
    size_t done;
    size_t all;
} Loader;

/* Makes the namespace of an object; one that is an object itself comes over it. */
void load_need_namespace(Loader *l, Str name, Arena *a);
/* A line for an object, with where it stands; refused: it is left out. */
void load_note(Loader *l, const FileObject *file, bool refused, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Does the object come from a cluster? Then it is restored, not created. */
bool restore_is_for(const FileObject *file);
/* All of these. False when somebody said to leave the rest. */
bool restore_objects(Loader *l, const FileObjects *objects);

#endif
