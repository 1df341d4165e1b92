/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of the chain: requests as rows. Each row is decided in a namespace n with a service
 * account default (whose token is not mounted) and a policy that allows everything and that the
 * user alice may use.
 */
#ifndef PODGATE_DECIDE_ADMISSION_TEST_CHAIN_H
#define PODGATE_DECIDE_ADMISSION_TEST_CHAIN_H

#include "decide/admission/admission.h"

typedef struct ChainRow {
    const char *name;
    const char *state;    /* more objects: a JSON array in single quotes, or NULL */
    const char *object;   /* what is sent; a pod where it says no kind */
    const char *old;      /* what is stored: then it is an update; or NULL */
    const char *user;     /* "alice" where NULL; members of system:nodes where it starts so */
    const char *resource; /* "pods" where NULL */
    int minor;            /* 20 where 0 */
    uint64_t off;         /* plugins that do not run, bits of AdmissionPluginId */
    /* What comes of it: the message of the refusal, or what the object then has. */
    const char *message;
    /* "/spec/priority" and "0", NULL for nothing there; ends with NULL */
    const char *want[9][2];
} ChainRow;

/* Decides every row and compares. */
void chain_check(const ChainRow *rows, size_t count);

/* Decides one row; the decision stays until the next row or chain_forget(). */
void chain_decide(const ChainRow *row, Arena *a, AdmissionDecision *out);
void chain_forget(void);

#endif
