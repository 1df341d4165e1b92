/* SPDX-License-Identifier: Apache-2.0 */
/* How a Go printer shows the types that are more in memory than in JSON. Private to this folder. */
#ifndef PODGATE_KUBE_WORKLOADS_TEMPLATE_PRINT_H
#define PODGATE_KUBE_WORKLOADS_TEMPLATE_PRINT_H

#include "doc/value.h"

/* text: canonical, as stored. Absent: the zero value. */
void template_print_quantity(Str text, Buf *out);
void template_print_int_or_string(const Value *v, Buf *out);
/* Absent: the zero time. */
void template_print_time(Str text, Buf *out);

#endif
