/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ?fieldValidation=: what the API server says about fields of a body that it does not know, or that
 * are there twice.
 *
 * Ignore drops them silently, which is all that servers did before 1.25. Warn does so too and sends
 * a Warning header for each; Strict refuses the body. Bodies in protobuf have nothing to say here.
 *
 * Source: sigs.k8s.io/json, k8s.io/apimachinery pkg/runtime/serializer/json.
 */
#ifndef PODGATE_KUBE_STRICT_H
#define PODGATE_KUBE_STRICT_H

#include "kube/schema.h"

typedef enum FieldValidation {
    FIELD_VALIDATION_IGNORE,
    FIELD_VALIDATION_WARN,
    FIELD_VALIDATION_STRICT,
} FieldValidation;

/* The parameter as given; "" or absent takes the version's own way. False for a value that there
 * is not: the error is added, at fieldValidation, for an Invalid of meta.k8s.io CreateOptions (or
 * the like). Versions that do not have the parameter take any value. errs may be NULL. */
WARN_UNUSED bool field_validation_parse(Str parameter, const KubeTarget *target,
                                        FieldValidation *out, FieldErrors *errs);

enum { STRICT_ERRORS_MAX = 100 }; /* what comes after is not told, as there */

/* `unknown field "spec.foo"`, `duplicate field "spec.replicas"`: each once, in the order of the
 * document; none when all is well. t is the type of the body, NULL when its fields are not known
 * (then only repeated ones are told: a custom resource, a patch). To be asked of a body that could
 * be decoded: what is no JSON, or of the wrong type, is passed over.
 *
 * The raw text, since objects have each key once when they have been read. */
StrList strict_errors(const SchemaType *t, Str json, const KubeTarget *target, Arena *a);
/* The same of a body in YAML, whose repeated keys are told first, all in one error of several
 * lines. Such a text cannot stand in a Warning header: then the server leaves it out. */
StrList strict_errors_yaml(const SchemaType *t, Str yaml, const KubeTarget *target, Arena *a);
/* `strict decoding error: unknown field "a", unknown field "b"`: how Strict refuses. Creating and
 * updating put `Deployment in version "v1" cannot be handled as a Deployment: ` before it (400). */
Str strict_error_text(StrList errors, Arena *a);

#endif
