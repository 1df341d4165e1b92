/* SPDX-License-Identifier: Apache-2.0 */
/* The modes and exemptions in force, with what they have done; counted references. */
#ifndef PODGATE_SERVER_WEBHOOK_REGIME_H
#define PODGATE_SERVER_WEBHOOK_REGIME_H

#include "base/buf.h"
#include "decide/enforcement/enforcement.h"

typedef struct Regime {
    Enforcement enforcement;
    Arena arena;       /* holds it */
    size_t references; /* atomic */
    uint64_t *used;    /* by exemption; atomic */
} Regime;

/* Reads a file's text. NULL after an error, which lies in a. */
Regime *regime_read(Str name, Str text, Arena *a, Err *err);
void regime_acquire(const void *regime);
void regime_release(const void *regime);

/* An exemption of this regime applied. Any thread. */
void regime_count(const Regime *r, const EnforcementExemption *x);
/* How often each applied, and which have ended. */
void regime_write_metrics(const Regime *r, Str today, Buf *b);
/* A line for each exemption that has ended, or (since_start) was never needed; empty for none. */
void regime_write_idle(const Regime *r, Str today, bool since_start, Buf *b);

#endif
