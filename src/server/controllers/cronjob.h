/* SPDX-License-Identifier: Apache-2.0 */
/* CronJobs: what their status says. Private to their controller. */
#ifndef PODGATE_SERVER_CONTROLLERS_CRONJOB_H
#define PODGATE_SERVER_CONTROLLERS_CRONJOB_H

#include "server/controllers/job.h"

enum { CRON_NEW_MINOR = 21 }; /* the second controller of CronJobs */

typedef struct Cron {
    Ctl *c;
    Value object; /* as it was read, then as it was written */
    PodList jobs; /* of it */
    bool tells;   /* of what lasts */
} Cron;

const char *cron_api_version(const Ctl *c);
/* Brings status.active in line with the Jobs that there are. */
void cron_look_at_jobs(Cron *s);
/* Deletes Jobs that ended, beyond the limits of history. */
void cron_end_history(Cron *s);
bool cron_delete_job(Cron *s, const Value *job);
const Value *cron_active(const Cron *s);
void cron_add_active(Cron *s, const Value *job, Str time);
/* Writes the status when it changed. False: it was refused, nothing more can be done now. */
bool cron_write_status(Cron *s);

#endif
