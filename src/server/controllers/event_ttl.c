/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events go an hour after they were written last, as those of an API server do (--event-ttl), where
 * it is a matter of etcd.
 */
#include "server/controllers/controller.h"
#include "server/table/age.h"

enum { TTL_SECONDS = 60 * 60 };

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    (void)kind;
    if (event->kind == STORE_ADDED) {
        ctl_enqueue_after(c, event->object->namespace, event->object->name, TTL_SECONDS * 1000);
    }
}

/* When it was written last, as far as it says so itself. */
static int64_t written(const Value *event)
{
    const Value *times[] = {
        value_at(event, "metadata", "creationTimestamp", NULL),
        value_get_lit(event, "lastTimestamp"),
        value_get_lit(event, "eventTime"),
        value_at(event, "series", "lastObservedTime", NULL),
    };
    int64_t last = 0, at;
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        if (age_parse_time(value_as_str(times[i]), &at) && at > last) {
            last = at;
        }
    }
    return last;
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    const Value *event = ctl_get(c, STR(""), STR("Event"), namespace, name);
    if (event == NULL) {
        return true;
    }
    int64_t left = written(event) + TTL_SECONDS - ctl_now(c, NULL);
    if (left > TTL_SECONDS) { /* it says that it is of the future */
        left = TTL_SECONDS;
    }
    if (left > 0) {
        ctl_enqueue_after(c, namespace, name, left * 1000);
        return true;
    }
    CtlObject at = {
        .api_version = "v1", .resource = "events", .namespace = namespace, .name = name
    };
    ApiResponse response;
    return ctl_delete(c, &at, NULL, &response) || response.code == 404;
}

static const Str groups[] = { STR_INIT("system:masters") };

const Controller controller_event_ttl = {
    .name = STR_INIT("event-ttl"),
    .user = STR_INIT("system:apiserver"),
    .groups = { groups, COUNT_OF(groups) },
    .agent = STR_INIT("kube-apiserver"),
    .kinds = { { STR_INIT(""), STR_INIT("Event") } },
    .observe = observe,
    .sync = sync,
};
