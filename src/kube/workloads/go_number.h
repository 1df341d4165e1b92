/* SPDX-License-Identifier: Apache-2.0 */
/* What Go's strconv says of a text that is no whole number of 64 bits. */
#ifndef PODGATE_KUBE_WORKLOADS_GO_NUMBER_H
#define PODGATE_KUBE_WORKLOADS_GO_NUMBER_H

#include "base/arena.h"

/* `strconv.Atoi: parsing "x": invalid syntax`; function is its name. Only for a text that
 * str_to_int64() does not take. */
Str go_int_error(const char *function, Str text, Arena *a);

#endif
