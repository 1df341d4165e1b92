/* SPDX-License-Identifier: Apache-2.0 */
/* The table of checks, and running those of a level and version over a pod. */
#include "decide/psa/check.h"

#define ROW(name) &psa_check_##name,
static const PsaCheck *const psa_checks[] = { PSA_CHECK_LIST(ROW) };
#undef ROW
_Static_assert(COUNT_OF(psa_checks) == PSA_CHECK_COUNT,
               "PSA_CHECK_COUNT is the rows of checks.def");

const PsaCheck *psa_check_at(size_t i)
{
    return psa_checks[i];
}

Str psa_check_id(const PsaCheck *check)
{
    return check->id;
}

PsaLevel psa_check_level(const PsaCheck *check)
{
    return check->level;
}

Str psa_check_title(const PsaCheck *check)
{
    return check->title;
}

PsaCheckRun *psa_check_run_at(const PsaCheck *check, int64_t minor)
{
    PsaCheckRun *run = NULL;
    for (size_t i = 0; i < PSA_CHECK_VERSIONS_MAX && check->versions[i].run; i++) {
        if (check->versions[i].since_minor > minor) {
            break;
        }
        run = check->versions[i].run;
    }
    return run;
}

/* A bit for each row whose place a restricted check takes at this version. */
static uint32_t replaced_rows(int64_t minor)
{
    uint32_t rows = 0;
    for (size_t i = PSA_CHECK_COUNT; i-- > 0 && psa_checks[i]->level == PSA_RESTRICTED;) {
        const PsaCheck *check = psa_checks[i];
        if (!check->replaces || check->replaces_since_minor > minor) {
            continue;
        }
        size_t row = 0;
        while (psa_checks[row] != check->replaces) {
            row++;
        }
        rows |= (uint32_t)1 << row;
    }
    return rows;
}

/* A bit for each row that runs at the level, if it has a rule for the version at all. */
static uint32_t rows_of_level(PsaLevel level, int64_t minor)
{
    if (level == PSA_RESTRICTED) {
        return ~replaced_rows(minor);
    }
    uint32_t rows = 0;
    for (size_t i = 0; i < PSA_CHECK_COUNT; i++) {
        rows |= (uint32_t)(psa_checks[i]->level == level) << i;
    }
    return rows;
}

static int64_t effective_minor(PsaVersion v, const PsaOptions *options)
{
    int64_t max = PSA_MINOR_NEWEST;
    if (options && options->minor_max > 0 && options->minor_max < max) {
        max = options->minor_max;
    }
    return v.is_latest || v.minor > max ? max : v.minor;
}

void psa_evaluate(const PodView *pod, PsaLevelVersion policy, const PsaOptions *options, Arena *a,
                  PsaResult *out)
{
    out->count = 0;
    if (policy.level == PSA_PRIVILEGED) {
        return;
    }
    int64_t minor = effective_minor(policy.version, options);
    uint32_t rows = rows_of_level(policy.level, minor);
    for (size_t i = 0; i < PSA_CHECK_COUNT; i++) {
        const PsaCheck *check = psa_checks[i];
        PsaCheckRun *run = rows >> i & 1 ? psa_check_run_at(check, minor) : NULL;
        if (!run) {
            continue;
        }
        PsaCheckOut said = { .arena = a, .wants_places = options && options->places };
        run(pod, &said);
        if (said.failed) {
            out->violations[out->count++] = (PsaViolation){
                .check = check,
                .reason = said.reason,
                .detail = buf_str(&said.detail),
                .places = said.first_place,
            };
        }
    }
}

void psa_write_reason(const PsaResult *r, Buf *b)
{
    for (size_t i = 0; i < r->count; i++) {
        if (i) {
            buf_lit(b, ", ");
        }
        buf_add(b, r->violations[i].reason);
    }
}

void psa_write_detail(const PsaResult *r, Buf *b)
{
    for (size_t i = 0; i < r->count; i++) {
        const PsaViolation *v = &r->violations[i];
        if (i) {
            buf_lit(b, ", ");
        }
        buf_add(b, v->reason);
        if (v->detail.len) {
            buf_lit(b, " (");
            buf_add(b, v->detail);
            buf_byte(b, ')');
        }
    }
}
