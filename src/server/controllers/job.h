/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs at work. Private to the controllers of Jobs and CronJobs. */
#ifndef PODGATE_SERVER_CONTROLLERS_JOB_H
#define PODGATE_SERVER_CONTROLLERS_JOB_H

#include "server/controllers/pods.h"

extern const OwnerKind job_kind;

/* The condition that ended it, Complete or Failed; NULL while it runs. */
const Value *job_end(const Value *job);
bool job_is_suspended(const Value *job);

/* Indexes from first to last. */
typedef struct JobIndexes {
    int64_t first;
    int64_t last;
} JobIndexes;

/* How a Job stands. */
typedef struct JobState {
    Ctl *c;
    const Value *job;
    PodList pods; /* all of it */
    PodList active;
    int64_t parallelism;
    int64_t running; /* active ones, as the status will have it */
    int64_t succeeded;
    int64_t failed;
    bool refused; /* something was */
    /* Of an Indexed Job: how many indexes there are, and which have succeeded, in their order. */
    int64_t completions;
    JobIndexes *done;
    size_t done_count;
    int64_t *active_indexes; /* of the active pods, once job_drop_wrong_indexes() has looked */
} JobState;

void job_count(JobState *s);
/* Creates pods that are missing, deletes those that are too many. */
void job_manage(JobState *s);
void job_delete_active(JobState *s);

bool job_is_indexed(const JobState *s);
/* What has succeeded. */
void job_count_indexes(JobState *s);
/* "0-2,5" */
Str job_indexes_text(const JobState *s);
/* Deletes active pods that have no index of the Job, or that of another. Takes time by the square
 * of their number, as job_next_index() does for all pods of a Job together. */
void job_drop_wrong_indexes(JobState *s);
/* The first from there on that has neither succeeded nor an active pod; below 0 for none. */
int64_t job_next_index(const JobState *s, int64_t from);
/* The pod as that of an index. */
Value job_pod_of_index(const JobState *s, const Value *made, int64_t index);
/* Restarts of containers, of a Job whose pods restart them, are as many as may be. */
bool job_restarted_enough(const JobState *s);

/* The job with its status to be, while it is worked out. */
typedef struct JobOutcome {
    Value job;
    Value *status;
    bool is_changed;
} JobOutcome;

void job_add_condition(Ctl *c, JobOutcome *o, const char *type, const char *reason,
                       const char *message);
/* True when it is another than before. */
bool job_set_suspended(Ctl *c, JobOutcome *o, bool suspended);
/* The numbers. */
void job_fill_status(JobState *s, JobOutcome *o);

#endif
