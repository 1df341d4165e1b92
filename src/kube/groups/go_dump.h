/* SPDX-License-Identifier: Apache-2.0 */
/* Values as Go prints them with %#v: in messages about values that are no plain ones. */
#ifndef PODGATE_KUBE_GROUPS_GO_DUMP_H
#define PODGATE_KUBE_GROUPS_GO_DUMP_H

#include "doc/value.h"

/* `[]networking.PolicyType{"Ingress"}`; a missing list is `[]networking.PolicyType(nil)`. type is
 * that of the items. */
Str go_dump_strings(const char *type, const Value *list, Arena *a);
/* The bytes that a base64 text stands for: `[]byte{0x2d, 0x2d}`. */
Str go_dump_bytes(Str bytes, Arena *a);
/* A metav1.LabelSelector; NULL is `null` as field errors print a nil pointer. */
Str go_dump_label_selector(const Value *selector, Arena *a);
/* `(*string)(nil)` or the same with an address. */
void go_dump_pointer(Buf *b, const char *type, const Value *v);

#endif
