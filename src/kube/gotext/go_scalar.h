/* SPDX-License-Identifier: Apache-2.0 */
/* Scalars as json-iterator reads them, and those that read themselves. */
#ifndef PODGATE_KUBE_GOTEXT_GO_SCALAR_H
#define PODGATE_KUBE_GOTEXT_GO_SCALAR_H

#include "kube/gotext/go_iter.h"
#include "kube/schema.h"

void go_scalar_decode(GoIter *i, SchemaKind kind);

#endif
