/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an API server up to 1.22 says about a body that is JSON, but has a value of the wrong type
 * somewhere: `v1.ConfigMap.ObjectMeta: v1.ObjectMeta.Name: ReadString: expects " or n, but found 5,
 * error found in #10 byte of ...|:{"name":5}}|..., bigger context ...`.
 *
 * The place is one in the text, and what is read after the error is in the message too. So the
 * text is read again, as that decoder does.
 */
#ifndef PODGATE_KUBE_GOTEXT_DECODE_ERROR_H
#define PODGATE_KUBE_GOTEXT_DECODE_ERROR_H

#include "kube/schema.h"

/* The message for json, which is a whole document, as an object of the type. Absent when that
 * decoder takes it. */
Str decode_error_text(const SchemaType *type, Str json, const KubeTarget *target, Arena *a);

#endif
