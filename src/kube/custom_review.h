/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversion of custom resources by a webhook: the ConversionReview that it is sent, and what its
 * answer means. Nobody is called here.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apiserver/conversion/webhook_converter.go
 */
#ifndef PODGATE_KUBE_CUSTOM_REVIEW_H
#define PODGATE_KUBE_CUSTOM_REVIEW_H

#include "kube/crd/crd.h"

/* One object on its way into another version. */
typedef struct CustomReview {
    Str version;        /* of the review: "v1" or "v1beta1" */
    Str uid;            /* of the request */
    Str to_api_version; /* "example.org/v1" */
    const Value *object;
} CustomReview;

/* The first version of ConversionReview that both know; absent when none is. */
Str custom_review_version(const Crd *crd);
/* The body to be posted. */
Str custom_review_body(const CustomReview *r, Arena *a);
/* The object that comes back, with the metadata that it had but for labels and annotations. answer:
 * the body of the answer. Fails with the message of the 500 that clients get. */
WARN_UNUSED bool custom_review_read(const CustomReview *r, Str answer, Arena *a, Value *out,
                                    Err *err);
/* The same for what never became an answer: why is the client's word. */
Str custom_review_failure(const CustomReview *r, Str why, Arena *a);

#endif
