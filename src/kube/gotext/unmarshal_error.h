/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an API server from 1.23 on says about a body that is JSON, but has a value of the wrong type
 * somewhere: `json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type
 * string`.
 *
 * Unlike its forerunner (decode_error.h) that decoder reads on, and tells the first such value; a
 * type with a reader of its own (times, quantities, int-or-string) ends it at once.
 *
 * Source: sigs.k8s.io/json internal/golang/encoding/json/decode.go
 */
#ifndef PODGATE_KUBE_GOTEXT_UNMARSHAL_ERROR_H
#define PODGATE_KUBE_GOTEXT_UNMARSHAL_ERROR_H

#include "kube/schema.h"

/* The message for a document, as json_go_read() gives it, as an object of the type. Absent when
 * that decoder takes it. */
Str unmarshal_error_text(const SchemaType *type, const Value *document, const KubeTarget *target,
                         Arena *a);

#endif
