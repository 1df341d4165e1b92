/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pod Security Standards: does a pod meet a level, as a given version of Kubernetes defines it?
 *
 *     PsaResult result;
 *     psa_evaluate(&pod, (PsaLevelVersion){ PSA_RESTRICTED, PSA_LATEST }, NULL, arena, &result);
 *     if (!psa_allowed(&result)) ... psa_write_detail(&result, &text);
 *
 * Each check is a file of its own, with a row in checks.def. The object is judged as given: nothing
 * is defaulted or validated here.
 *
 * Source: k8s.io/pod-security-admission, as of Kubernetes 1.37.
 */
#ifndef PODGATE_DECIDE_PSA_PSA_H
#define PODGATE_DECIDE_PSA_PSA_H

#include "base/buf.h"
#include "kube/pod_view.h"

/* From lax to strict: levels compare as numbers. */
typedef enum PsaLevel { PSA_PRIVILEGED, PSA_BASELINE, PSA_RESTRICTED } PsaLevel;
enum { PSA_LEVEL_COUNT = 3 };

/* The newest version with a rule of its own. Newer versions, and latest, are judged as this one. */
enum { PSA_MINOR_NEWEST = 37 };

typedef struct PsaVersion {
    bool is_latest;
    int64_t minor; /* of v1.minor; 0 for latest */
} PsaVersion;

#define PSA_LATEST ((PsaVersion){ true, 0 })

typedef struct PsaLevelVersion {
    PsaLevel level;
    PsaVersion version;
} PsaLevelVersion;

static inline bool psa_version_eq(PsaVersion a, PsaVersion b)
{
    return a.is_latest == b.is_latest && a.minor == b.minor;
}

static inline bool psa_level_version_eq(PsaLevelVersion a, PsaLevelVersion b)
{
    return a.level == b.level && psa_version_eq(a.version, b.version);
}

/* What the API server says of a text that is no level, or no version. */
extern const Str psa_level_error;
extern const Str psa_version_error;

/* "baseline"; exact. False leaves *out alone. */
WARN_UNUSED bool psa_level_parse(Str text, PsaLevel *out);
/* "latest" or "v1.N". False leaves *out alone. */
WARN_UNUSED bool psa_version_parse(Str text, PsaVersion *out);
/* "restricted" or "restricted:v1.25"; without a version, latest. */
WARN_UNUSED bool psa_level_version_parse(Str text, Arena *a, PsaLevelVersion *out, Err *err);

Str psa_level_name(PsaLevel level);
void psa_version_write(PsaVersion v, Buf *b);
/* "restricted:v1.25": what was asked for, not what it is judged as. */
void psa_level_version_write(PsaLevelVersion v, Buf *b);

/* -- the checks ------------------------------------------------------------------------------ */

typedef struct PsaCheck PsaCheck;
enum { PSA_CHECK_COUNT = 19 };

/* Check i, in the order of results: baseline first, then restricted, each by id. */
const PsaCheck *psa_check_at(size_t i);
Str psa_check_id(const PsaCheck *check);
PsaLevel psa_check_level(const PsaCheck *check);
/* One line for people: what the check forbids. */
Str psa_check_title(const PsaCheck *check);

/* One field that a check objects to. A missing field that should be there is named as well. */
typedef struct PsaPlace {
    struct PsaPlace *next;
    const ContainerView *container; /* NULL for what belongs to the pod */
    Str path;                       /* "spec.containers[0].securityContext.privileged" */
} PsaPlace;

typedef struct PsaViolation {
    const PsaCheck *check;
    Str reason;
    Str detail;             /* may be empty */
    const PsaPlace *places; /* in the order of the pod; NULL unless asked for */
} PsaViolation;

/* Violations in the order of the checks; none when the pod is allowed. Texts and places live in the
 * arena, and point into the pod. */
typedef struct PsaResult {
    size_t count;
    PsaViolation violations[PSA_CHECK_COUNT];
} PsaResult;

static inline bool psa_allowed(const PsaResult *r)
{
    return r->count == 0;
}

typedef struct PsaOptions {
    int64_t minor_max; /* judge newer versions as this one; 0 for PSA_MINOR_NEWEST */
    bool places;       /* name the fields, for people */
} PsaOptions;

/* Runs every check of the level. A pod that meets it costs no allocation. options may be NULL. */
void psa_evaluate(const PodView *pod, PsaLevelVersion policy, const PsaOptions *options, Arena *a,
                  PsaResult *out);

/* Two defaults of the API server change verdicts, and a pod of a manifest has not had them: a
 * volume without a source is an emptyDir, and under hostNetwork a container's port is the node's
 * too. Makes the view as if it had. */
void psa_apply_defaults(PodView *pod, Arena *a);

/* All reasons, "a, b"; `a (detail), b`. */
void psa_write_reason(const PsaResult *r, Buf *b);
void psa_write_detail(const PsaResult *r, Buf *b);

#endif
