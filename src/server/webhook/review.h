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
#include "doc/limits.h"

typedef struct ReviewOptions {
    const KubeTarget *target;
    uint64_t plugins;        /* which plugins decide; bits of AdmissionPluginId */
    const DocLimits *limits; /* NULL for doc_limits_default */
} ReviewOptions;

/* The plugins that a webhook stands in for: those that decide by policy. */
extern const uint64_t review_plugins_default;

typedef struct ReviewResult {
    bool allowed;
    Str uid;
    AdmissionDecision decision; /* zero when nothing had to be decided (a delete) */
} ReviewResult;

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
