/* SPDX-License-Identifier: Apache-2.0 */
/* What Jobs and the template of a CronJob have in common. Private to the folder. */
#ifndef PODGATE_KUBE_WORKLOADS_JOB_PARTS_H
#define PODGATE_KUBE_WORKLOADS_JOB_PARTS_H

#include "kube/workloads/parts.h"

/* All of a Job's spec but its selector. */
void job_check_spec(FieldErrors *errs, const Value *spec, const Path *path, const KubeTarget *t);

#endif
