/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the schedule of a CronJob ("0 3 * * mon-fri", "@hourly"), as far as to say what is wrong
 * with it. */
#ifndef PODGATE_KUBE_WORKLOADS_CRON_H
#define PODGATE_KUBE_WORKLOADS_CRON_H

#include "base/arena.h"
#include "kube/target.h"

/* What the API server's parser says of a schedule; absent when it is good.
 * Source  github.com/robfig/cron (v1.1 up to Kubernetes 1.20, v3 from then on) */
Str cron_error(Str schedule, const KubeTarget *t, Arena *a);

/* Is it a name of the tz database? */
bool cron_time_zone_is_known(Str name);

#endif
