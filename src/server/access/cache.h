/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an authorizer answered, for as long as it is taken to hold. Bounded: what nobody asked for
 * the longest makes room. Any thread.
 *
 * Time is the caller's, of a clock that does not jump.
 *
 * Source: k8s.io/apiserver plugin/pkg/authorizer/webhook, for what is kept and how long
 */
#ifndef PODGATE_SERVER_ACCESS_CACHE_H
#define PODGATE_SERVER_ACCESS_CACHE_H

#include "base/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct AccessCache AccessCache;

typedef struct AccessKey {
    uint8_t digest[32]; /* of the question */
} AccessKey;

/* entries_max: at least 1 */
AccessCache *access_cache_new(size_t entries_max);
void access_cache_free(AccessCache *c);

/* False: not known, or not any more. */
bool access_cache_get(AccessCache *c, const AccessKey *key, int64_t now_ms, bool *allowed);
/* until_ms: when it has to be asked again; at or before now_ms it is not kept. */
void access_cache_put(AccessCache *c, const AccessKey *key, bool allowed, int64_t now_ms,
                      int64_t until_ms);
size_t access_cache_count(AccessCache *c);

#endif
