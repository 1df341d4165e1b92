/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deletes Jobs that ended ttlSecondsAfterFinished ago.
 *
 * Source: Kubernetes pkg/controller/ttlafterfinished (on from 1.21)
 */
#include "server/controllers/job.h"

#include "server/table/age.h"

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    const Value *spec = value_get_lit(&event->object->object, "spec");
    (void)kind;
    if (event->kind != STORE_DELETED &&
        !value_is_null(value_get_lit(spec, "ttlSecondsAfterFinished"))) {
        ctl_enqueue(c, event->object->namespace, event->object->name);
    }
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    const Value *job = ctl_get(c, STR("batch"), STR("Job"), namespace, name);
    OptInt64 ttl = value_as_int(value_at(job, "spec", "ttlSecondsAfterFinished", NULL));
    const Value *end = job && !ctl_is_deleted(job) ? job_end(job) : NULL;
    int64_t ended;
    if (!ttl.set || end == NULL ||
        !age_parse_time(value_get_str(end, STR("lastTransitionTime")), &ended)) {
        return true;
    }
    int64_t left = ended + ttl.value - ctl_now(c, NULL);
    if (left > 0) {
        ctl_enqueue_after(c, namespace, name, left * 1000);
        return true;
    }
    CtlObject at = { job_kind.api_version, job_kind.resource, namespace, name, NULL };
    Value options = value_object();
    Value conditions = value_object();
    ApiResponse response;
    value_set_lit(&conditions, "uid", value_str(ctl_uid(job)), c->arena);
    value_set_lit(&options, "preconditions", conditions, c->arena);
    value_set_lit(&options, "propagationPolicy", value_str(STR("Foreground")), c->arena);
    return ctl_delete(c, &at, &options, &response) || response.code == 404;
}

/* The preset roles are those of 1.20, which has none for this controller. */
static const Str groups[] = { STR_INIT("system:masters") };

const Controller controller_ttl_after_finished = {
    .name = STR_INIT("ttl-after-finished-controller"),
    .user = STR_INIT("system:serviceaccount:kube-system:ttl-after-finished-controller"),
    .groups = { groups, COUNT_OF(groups) },
    .kinds = { { STR_INIT("batch"), STR_INIT("Job") } },
    .observe = observe,
    .sync = sync,
};
