/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables that stand beside the checks, x_test.c beside x.c, and are run by check_test.c. Each
 * row is one pod and what one check says of it in a range of versions; rows of a check together
 * cover every version it has.
 */
#ifndef PODGATE_DECIDE_PSA_CHECK_TEST_H
#define PODGATE_DECIDE_PSA_CHECK_TEST_H

#include "decide/psa/check.h"

typedef struct PsaCase {
    const char *name;
    int from, to;       /* minors, both included */
    const char *pod;    /* YAML */
    const char *reason; /* NULL when the check has nothing to say */
    const char *detail;
    const char *places; /* the fields, with blanks between */
} PsaCase;

#define NEWEST PSA_MINOR_NEWEST
#define ALLOWED(name, from, to, pod)          \
    {                                         \
        name, from, to, pod, NULL, NULL, NULL \
    }
#define CASES_END                          \
    {                                      \
        NULL, 0, 0, NULL, NULL, NULL, NULL \
    }

#define PSA_CASES_DECLARE(name) extern const PsaCase psa_cases_##name[];
PSA_CHECK_LIST(PSA_CASES_DECLARE)
#undef PSA_CASES_DECLARE

#endif
