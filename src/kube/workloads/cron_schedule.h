/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a CronJob runs.
 *
 * Source  github.com/robfig/cron (v1.1 up to Kubernetes 1.20, v3 from then on)
 */
#ifndef PODGATE_KUBE_WORKLOADS_CRON_SCHEDULE_H
#define PODGATE_KUBE_WORKLOADS_CRON_SCHEDULE_H

#include "base/str.h"
#include "kube/target.h"

enum { CRON_FIELDS = 5 };

typedef struct CronSchedule {
    uint64_t fields[CRON_FIELDS]; /* bits: minute, hour, day of month, month, day of week */
    bool any_day;                 /* of the month */
    bool any_weekday;
    int64_t every; /* seconds, for "@every ..."; else 0 */
} CronSchedule;

/* schedule: one that cron_error() finds nothing wrong with. False for others. */
WARN_UNUSED bool cron_read(Str schedule, const KubeTarget *t, CronSchedule *out);
/* The first time after a time, unix seconds in UTC. False when none comes within five years. */
WARN_UNUSED bool cron_next(const CronSchedule *s, int64_t after, int64_t *out);

#endif
