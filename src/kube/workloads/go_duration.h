/* SPDX-License-Identifier: Apache-2.0 */
/* What Go's time.ParseDuration says of a text that is no duration ("1h30m"). */
#ifndef PODGATE_KUBE_WORKLOADS_GO_DURATION_H
#define PODGATE_KUBE_WORKLOADS_GO_DURATION_H

#include "base/arena.h"

/* Absent when it is one. Source  Go's time/format.go (1.15) */
Str go_duration_error(Str text, Arena *a);

#endif
