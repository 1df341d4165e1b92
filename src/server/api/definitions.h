/* SPDX-License-Identifier: Apache-2.0 */
/* The definitions of one group, as they are settled. Private to definition*.c. */
#ifndef PODGATE_SERVER_API_DEFINITIONS_H
#define PODGATE_SERVER_API_DEFINITIONS_H

#include "server/api/call.h"

typedef struct Definition {
    Str name;
    Value object; /* of v1, decoded */
} Definition;

typedef struct Settling {
    ApiCall *call;
    Arena *arena;
    Str group; /* of the custom resources */
    Definition *items;
    size_t count;
} Settling;

/* Brings the status of one of them up to date: names, and conditions. */
void api_settle_status(Settling *s, Value *definition);

#endif
