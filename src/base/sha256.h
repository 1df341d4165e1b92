/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4), for names that are hashes; not for secrets. */
#ifndef PODGATE_BASE_SHA256_H
#define PODGATE_BASE_SHA256_H

#include "base/str.h"

enum { SHA256_BYTES = 32 };

void sha256(Str bytes, uint8_t out[SHA256_BYTES]);

#endif
