/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controllers/pods.h"

#include "kube/workload.h"
#include "server/table/age.h"

#include <stdlib.h>

/* -- which pods count
 * --------------------------------------------------------------------------------- */

static Str phase_of(const Value *pod)
{
    return value_as_str(value_at(pod, "status", "phase", NULL));
}

bool pod_is_active(const Value *pod)
{
    return !str_eq(phase_of(pod), STR("Succeeded")) && !str_eq(phase_of(pod), STR("Failed")) &&
           !ctl_is_deleted(pod);
}

const Value *pod_condition(const Value *pod, Str type)
{
    VALUE_EACH_ITEM(condition, value_at(pod, "status", "conditions", NULL)) {
        if (str_eq(value_get_str(condition, STR("type")), type)) {
            return condition;
        }
    }
    return NULL;
}

bool pod_is_ready(const Value *pod)
{
    return str_eq(value_get_str(pod_condition(pod, STR("Ready")), STR("status")), STR("True"));
}

/* 0 when it is not, or nobody knows. */
static int64_t ready_since(const Value *pod)
{
    int64_t t;
    const Value *ready = pod_condition(pod, STR("Ready"));
    return age_parse_time(value_get_str(ready, STR("lastTransitionTime")), &t) ? t : 0;
}

bool pod_is_available(const Value *pod, int64_t min_ready_seconds, int64_t now)
{
    if (!pod_is_ready(pod)) {
        return false;
    }
    int64_t since = ready_since(pod);
    return min_ready_seconds == 0 || (since != 0 && since + min_ready_seconds < now);
}

/* -- making and deleting
 * -------------------------------------------------------------------------------- */

static bool is_namespace_going(const ApiResponse *r)
{
    VALUE_EACH_ITEM(cause, value_at(&r->body, "details", "causes", NULL)) {
        if (str_eq(value_get_str(cause, STR("reason")), STR("NamespaceTerminating"))) {
            return true;
        }
    }
    return false;
}

bool pods_make(Ctl *c, const Value *owner, const OwnerKind *kind, Value *out, Str *why)
{
    Arena *a = c->arena;
    Workload w;
    Err err;
    if (!workload_read(owner, a, &w, &err)) {
        *why = err.msg;
        return false;
    }
    *out = value_copy(&w.pod, a);
    Value owners = value_array();
    value_add(&owners, ctl_owner_reference(owner, kind->api_version, kind->kind, a), a);
    value_set_lit(value_get_lit(out, "metadata"), "ownerReferences", owners, a);
    return true;
}

bool pods_create_made(Ctl *c, const Value *owner, const Value *pod, Str *why)
{
    ApiResponse response;
    CtlObject at = { "v1", "pods", ctl_namespace(owner), STR(""), NULL };
    if (ctl_create(c, &at, pod, &response)) {
        ctl_event(c, owner, "Normal", "SuccessfulCreate", "Created pod: %.*s",
                  STR_ARG(ctl_name(&response.body)));
        return true;
    }
    *why = ctl_message(&response);
    if (is_namespace_going(&response)) {
        return true;
    }
    ctl_event(c, owner, "Warning", "FailedCreate", "Error creating: %.*s", STR_ARG(*why));
    return false;
}

bool pods_create_one(Ctl *c, const Value *owner, const OwnerKind *kind, Str *why)
{
    Value pod;
    return pods_make(c, owner, kind, &pod, why) && pods_create_made(c, owner, &pod, why);
}

size_t pods_create(Ctl *c, const Value *owner, const OwnerKind *kind, size_t count, Str *why)
{
    size_t made = 0;
    bool failed = false;
    for (size_t batch = 1; count && !failed; batch *= 2) {
        batch = batch < count ? batch : count;
        for (size_t i = 0; i < batch; i++) {
            Str reason;
            if (pods_create_one(c, owner, kind, &reason)) {
                made++;
            } else if (!failed) {
                *why = reason;
                failed = true;
            }
        }
        count -= batch;
    }
    return made;
}

bool pods_delete_one(Ctl *c, const Value *owner, const Value *pod, Str *why)
{
    ApiResponse response;
    CtlObject at = { "v1", "pods", ctl_namespace(pod), ctl_name(pod), NULL };
    if (ctl_delete(c, &at, NULL, &response)) {
        ctl_event(c, owner, "Normal", "SuccessfulDelete", "Deleted pod: %.*s",
                  STR_ARG(ctl_name(pod)));
        return true;
    }
    if (response.code == 404) {
        return true;
    }
    Str message = ctl_message(&response);
    ctl_event(c, owner, "Warning", "FailedDelete", "Error deleting: %.*s", STR_ARG(message));
    *why = arena_concat(c->arena, STR("unable to delete pods: "), message);
    return false;
}

/* -- which go first
 * ----------------------------------------------------------------------------------------- */

typedef struct Candidate {
    const Value *pod;
    size_t rank; /* how many stand on the same node */
    size_t at;
} Candidate;

static int phase_rank(const Value *pod)
{
    Str phase = phase_of(pod);
    return str_eq(phase, STR("Pending")) ? 0 : str_eq(phase, STR("Unknown")) ? 1 : 2;
}

static int64_t restarts(const Value *pod)
{
    int64_t most = 0;
    VALUE_EACH_ITEM(status, value_at(pod, "status", "containerStatuses", NULL)) {
        int64_t n = value_get_int(status, STR("restartCount")).value;
        most = n > most ? n : most;
    }
    return most;
}

static int64_t created(const Value *pod)
{
    int64_t t;
    Str text = value_as_str(value_at(pod, "metadata", "creationTimestamp", NULL));
    return age_parse_time(text, &t) ? t : 0;
}

static Str node_of(const Value *pod)
{
    return value_as_str(value_at(pod, "spec", "nodeName", NULL));
}

/* Below 0: x goes before y. */
static int compare(const Candidate *x, const Candidate *y)
{
    int on_node = (int)(node_of(x->pod).len != 0) - (int)(node_of(y->pod).len != 0);
    int phase = phase_rank(x->pod) - phase_rank(y->pod);
    int ready = (int)pod_is_ready(x->pod) - (int)pod_is_ready(y->pod);
    if (on_node || phase || ready) {
        return on_node ? on_node : phase ? phase : ready;
    }
    if (x->rank != y->rank) {
        return x->rank > y->rank ? -1 : 1;
    }
    int64_t since = ready_since(y->pod) - ready_since(x->pod);
    if (pod_is_ready(x->pod) && since) {
        return since < 0 ? -1 : 1;
    }
    int64_t more = restarts(y->pod) - restarts(x->pod);
    int64_t newer = created(y->pod) - created(x->pod);
    int64_t last = more ? more : newer ? newer : (int64_t)x->at - (int64_t)y->at;
    return last < 0 ? -1 : last > 0;
}

static int compare_items(const void *x, const void *y)
{
    return compare(x, y);
}

void pods_sort_to_delete(Ctl *c, PodList *pods, const PodList *related)
{
    Candidate *list = new(c->arena, Candidate, pods->count + 1);
    for (size_t i = 0; i < pods->count; i++) {
        list[i] = (Candidate){ pods->items[i], 0, i };
        for (size_t j = 0; j < related->count; j++) {
            list[i].rank += pod_is_active(related->items[j]) &&
                            str_eq(node_of(related->items[j]), node_of(pods->items[i]));
        }
    }
    qsort(list, pods->count, sizeof *list, compare_items);
    for (size_t i = 0; i < pods->count; i++) {
        pods->items[i] = list[i].pod;
    }
}
