/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Go's decoder says of a value of the wrong type: `json: cannot unmarshal string into Go
 * struct field PodSpec.spec.hostNetwork of type bool`. Upstream puts that into an annotation; what
 * it decides does not hang on it, and it changes with Go's version (this is that of Go 1.24).
 */
#ifndef PODGATE_DECIDE_PSA_GO_ERROR_H
#define PODGATE_DECIDE_PSA_GO_ERROR_H

#include "kube/schema.h"

/* The complaint about the first value in v, by the order of the document, that is none of its type;
 * absent when this knows of none. */
Str psa_go_error(const SchemaType *type, const Value *v, const KubeTarget *target, Arena *a);

/* "bool", "number", ... as encoding/json calls a value. */
const char *psa_go_kind(const Value *v);

#endif
