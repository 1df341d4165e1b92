/* SPDX-License-Identifier: Apache-2.0 */
/* An object as `kubectl describe` prints one that it has no description of its own for. */
#ifndef PODGATE_CLI_DESCRIBE_H
#define PODGATE_CLI_DESCRIBE_H

#include "base/buf.h"
#include "doc/value.h"

/* Name, namespace, labels, annotations, then every other field under a readable label; ends with
 * `Events:  <none>`, as files have none. Sorts the object's members. */
void describe_object(Value *object, Buf *out);

/* "hostIPC" as "Host IPC", "apiVersion" as "API Version". */
Str describe_label(Str field, Arena *a);

#endif
