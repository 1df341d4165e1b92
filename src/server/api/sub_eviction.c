/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pods/eviction: a deletion that disruption budgets may forbid.
 *
 * Source: Kubernetes pkg/registry/core/pod/storage/eviction.go
 */
#include "kube/managed/managed.h"
#include "kube/workloads/eviction.h"
#include "server/api/call.h"

/* The budgets of the namespace, as they are stored. */
static Value find_budgets(ApiCall *call)
{
    ObjectKey key = { STR("policy"), STR("PodDisruptionBudget"), call->info.namespace, STR("") };
    ObjectList list = call->facts->objects(call->facts->cluster, key);
    Value out = value_array();
    for (size_t i = 0; i < list.count; i++) {
        value_add(&out, *list.items[i], call->arena);
    }
    return out;
}

/* The budget's status is written by the server itself. */
static void count_eviction(ApiCall *call, const Value *budget)
{
    Arena *a = call->arena;
    ApiCall budgets = *call;
    Str version = value_get_str(budget, STR("apiVersion"));
    if (!kube_kind_find(version, STR("PodDisruptionBudget"), &budgets.kind)) {
        return;
    }
    Value counted = eviction_count(budget, call->info.name, api_now_text(call), a);
    ManagedRequest managed = {
        .target = call->request->target,
        .type = budgets.kind.type,
        .api_version = version,
        .kind = budgets.kind.kind,
        .manager = STR("kube-apiserver"),
        .time = api_now_text(call),
        .is_subresource = true,
        .subresource = STR("status"),
    };
    managed_update(&managed, budget, &counted, a);
    (void)api_change(&budgets, STORE_MODIFIED, api_object_name(budget), &counted);
}

/* dryRun stands in the query, in the options of the eviction, or in both. */
static bool read_dry_run(ApiCall *call, const Value *options)
{
    const Value *own = value_get_lit(options, "dryRun");
    call->dry_run_in_body = value_len(own) > 0;
    return true;
}

/* The pod says why it goes; one with a precondition on its version goes as it is. */
static const Value *mark(ApiCall *pods, const Value *options, const Value *stored)
{
    const Value *version = value_at(options, "preconditions", "resourceVersion", NULL);
    if (!eviction_marks_pods(pods->request->target) || api_is_dry_run(pods) ||
        !value_is_null(version)) {
        return stored;
    }
    Value *marked = new(pods->arena, Value, 1);
    *marked = eviction_mark(stored, api_now_text(pods), pods->arena);
    *marked = api_change(pods, STORE_MODIFIED, api_object_name(stored), marked);
    return marked;
}

static bool evict(ApiCall *call, const Value *eviction)
{
    Arena *a = call->arena;
    ApiCall pods = *call;
    Status refusal;
    const Value *budget;
    pods.info.subresource = STR("");
    const Value *stored = api_find(&pods, call->info.name);
    if (stored == NULL) {
        return api_answer_not_found(&pods, call->info.name);
    }
    Value budgets = find_budgets(call);
    if (!eviction_decide(stored, &budgets, call->request->target, a, &budget, &refusal)) {
        bool failed = refusal.code == 500;
        (void)api_answer_status(call, refusal);
        call->response->code = failed ? 201 : refusal.code; /* the body alone says that it failed */
        return false;
    }
    const Value *options = value_get_lit(eviction, "deleteOptions");
    if (!api_delete_stored(&pods, options, mark(&pods, options, stored))) {
        return false;
    }
    if (budget) {
        count_eviction(call, budget);
    }
    return api_answer_status(call, (Status){ .code = 201 });
}

static bool handle(ApiCall *call)
{
    Value body, eviction;
    Status refusal;
    if (!api_read_body(call, &body) || !api_admit_question(call, &body, &eviction)) {
        return false;
    }
    if (!eviction_check_name(&eviction, call->info.name, call->arena, &refusal)) {
        return api_answer_status(call, refusal);
    }
    return read_dry_run(call, value_get_lit(&eviction, "deleteOptions")) && evict(call, &eviction);
}

void api_handle_eviction(ApiCall *call)
{
    if (api_prepare_write(call)) {
        (void)handle(call);
    }
}
