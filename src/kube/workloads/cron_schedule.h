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
/* By which clocks a schedule goes: how many seconds they are ahead of UTC at a unix time. */
typedef struct CronZone {
    int64_t (*offset)(const void *context, int64_t at);
    const void *context;
} CronZone;

/* The first time after a time, unix seconds. zone: NULL for UTC. False when none comes within five
 * years. An hour that the clocks leave out has no times; one that they show twice has them twice.
 */
WARN_UNUSED bool cron_next(const CronSchedule *s, const CronZone *zone, int64_t after,
                           int64_t *out);

#endif
