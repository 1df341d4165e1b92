/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of copying share. */
#ifndef PODGATE_ANALYZE_COPY_PRIVATE_H
#define PODGATE_ANALYZE_COPY_PRIVATE_H

#include "analyze/copy/copy.h"

/* A Secret without its values; false when it has none. */
bool copy_redact(const Value *secret, Arena *a, Value *out);

#endif
