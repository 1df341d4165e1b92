/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AdmissionReview in, AdmissionReview out: what an admission webhook answers.
 *
 * The object in a review has been through the API server's defaulting and validation, so only
 * policies are asked; one review gives the verdict and the patch of the mutation. Reads
 * admission.k8s.io v1 and v1beta1 and answers in the version that asked.
 *
 * Source: k8s.io/api admission/v1.
 */
#ifndef PODGATE_SERVER_WEBHOOK_REVIEW_H
#define PODGATE_SERVER_WEBHOOK_REVIEW_H

#include "base/err.h"
#include "decide/admission/admission.h"
#include "decide/enforcement/enforcement.h"
#include "doc/limits.h"

/* A mutating webhook and a validating one are asked of the same object, one after the other. */
typedef enum ReviewPhase {
    REVIEW_WHOLE,    /* both in one */
    REVIEW_MUTATE,   /* the patch; what no policy accepts is refused here already */
    REVIEW_VALIDATE, /* of the object as it is to be stored */
} ReviewPhase;

typedef struct ReviewOptions {
    const KubeTarget *target;
    uint64_t plugins;        /* which plugins decide; bits of AdmissionPluginId */
    const DocLimits *limits; /* NULL for doc_limits_default */
    ReviewPhase phase;
    const struct PsaConfig *pod_security; /* NULL: as labels of namespaces say */
    /* What is known of namespaces may be incomplete or late: a review of one that is not known is
     * answered with an error (a 500 in the response), not without Pod Security. */
    bool needs_namespace;
    const struct Enforcement *enforcement; /* modes and exemptions; NULL: everything is enforced */
    Str today;                             /* "2026-11-30", for exemptions that end */
    /* Who says who may use a policy; NULL: the RBAC of the facts. */
    const AccessAsker *access;
} ReviewOptions;

/* What would have been refused, had the mode of its plugin been to enforce. */
typedef struct ReviewPassed {
    EnforcementPlugin plugin;
    EnforcementMode mode;
    Status status;
    Str level; /* of Pod Security: what the namespace enforces, "baseline:latest"; else absent */
} ReviewPassed;

/* How large a review may be: the object that was sent (3 MiB of it, which may be less compact in
 * JSON), the one that is stored, and what is said about them. */
enum { REVIEW_BYTES_MAX = 8 << 20 };
extern const DocLimits review_limits;

/* The plugins that a webhook stands in for: those that decide by policy. */
extern const uint64_t review_plugins_default;

typedef struct ReviewResult {
    bool allowed;
    Str uid;
    AdmissionDecision decision; /* zero when nothing had to be decided (a delete) */
    bool lacks_namespace;       /* refused because of needs_namespace */
    bool waits; /* for answers of options->access: nothing is decided and nothing written */
    /* By plugin: what it was not asked because of, NULL for none. */
    const EnforcementExemption *exempt[ENFORCEMENT_PLUGIN_COUNT];
    ReviewPassed passed[ENFORCEMENT_PLUGIN_COUNT];
    size_t passed_count;
    AdmissionRequest request; /* what was asked; its pointers lead into the arena and the text */
    UserInfo user;
} ReviewResult;

/* The Pod Security level that was asked for: "baseline:latest"; absent when none was. */
Str review_level(const AdmissionDecision *d);

/* Decides one review and writes the answer (compact JSON, no newline).
 *
 * name    for messages: a file, "<stdin>"
 * text    the review; changed while reading, JSON_PADDING writable bytes must follow text[len];
 *         the answer may point into it
 * result  may be NULL
 * Returns false for what is no AdmissionReview (an HTTP 400): nothing is written then. */
WARN_UNUSED bool review_answer(const Facts *facts, const ReviewOptions *options, Str name,
                               char *text, size_t len, Arena *a, Buf *out, ReviewResult *result,
                               Err *err);

#endif
