/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON that is kept by the hundred thousand: pieces that RBAC objects, policies and namespaces have
 * in common become one byte each, of those that no JSON has (control characters are escaped in it).
 * A role binding takes a quarter of what it took.
 */
#ifndef PODGATE_CLUSTER_SHORT_JSON_H
#define PODGATE_CLUSTER_SHORT_JSON_H

#include "base/buf.h"

/* Appends the short form of what json_write() wrote. */
void short_json_add(Str json, Buf *b);
/* Appends what it was. */
void short_json_read(Str kept, Buf *b);

#endif
