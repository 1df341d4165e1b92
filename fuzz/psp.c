/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PodSecurityPolicy: any policies and any pod are decided or refused with a message, on any target.
 * A pod that was admitted is admitted again by the same policy, as it is; asking for reasons
 * changes no answer; a policy is validated without a word about its own strings being wrong.
 *
 *     {"minor": 20, "policies": [{...}, ...], "pod": {...}}
 */
#include "fuzz.h"

#include "decide/psp/object.h"
#include "decide/psp/psp.h"
#include "doc/json.h"
#include "doc/patch.h"

enum { POLICIES_MAX = 16 };

typedef struct Input {
    Arena *arena;
    KubeTarget target;
    PspCandidate candidates[POLICIES_MAX];
    size_t count;
    Value pod;
} Input;

static bool has_name(const Input *in, Str name)
{
    for (size_t i = 0; i < in->count; i++) {
        if (str_eq(in->candidates[i].policy->name, name)) {
            return true;
        }
    }
    return false;
}

static void read_policies(Input *in, const Value *policies)
{
    VALUE_EACH_ITEM(v, policies) {
        Err err = { 0 };
        const PspPolicy *policy = psp_policy_compile(v, in->arena, &err);
        HOLDS(policy || (err.code != ERR_NONE && err.msg.len));
        if (!policy) {
            continue;
        }
        FieldErrors errs = field_errors_new(in->arena);
        psp_validate(v, &in->target, &errs);
        if (in->count < POLICIES_MAX && !has_name(in, policy->name)) {
            in->candidates[in->count++].policy = policy;
        }
    }
}

static bool decide(const Input *in, PspPass pass, bool explain, PspDecision *out)
{
    PodView *view = new(in->arena, PodView, 1);
    Err err = { 0 };
    if (!pod_view_read(&in->pod, in->arena, view, &err)) {
        HOLDS(err.code == ERR_TYPE && err.msg.len);
        return false;
    }
    PspRequest request = { .candidates = in->candidates,
                           .candidate_count = in->count,
                           .pod = view,
                           .pass = pass,
                           .target = &in->target,
                           .explain = explain };
    psp_admit(&request, in->arena, out);
    HOLDS(out->allowed ? out->policy && !out->message.len : !out->policy && out->message.len);
    return true;
}

static void check(Input *in)
{
    PspDecision first;
    PspDecision explained;
    PspDecision again;
    Err err = { 0 };
    if (!decide(in, PSP_MUTATING, false, &first)) {
        return;
    }
    HOLDS(decide(in, PSP_MUTATING, true, &explained));
    HOLDS(explained.policy == first.policy && str_eq(explained.message, first.message));
    HOLDS(value_equal(&explained.patch, &first.patch));
    if (!first.allowed) {
        return;
    }
    HOLDS(patch_apply(&in->pod, &first.patch, in->arena, &err));
    HOLDS(decide(in, PSP_VALIDATING, false, &again));
    HOLDS(again.policy == first.policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    Value v;
    Err err = { 0 };
    if (json_read(STR("input"), str_from((const char *)data, size), NULL, &a, &v, &err)) {
        OptInt64 minor = value_get_int(&v, STR("minor"));
        bool known = minor.value >= KUBE_MINOR_MIN && minor.value <= KUBE_MINOR_NEWEST;
        Input in = { .arena = &a, .target = kube_target(known ? (int)minor.value : 20) };
        read_policies(&in, value_get_lit(&v, "policies"));
        const Value *pod = value_get_lit(&v, "pod");
        in.pod = pod ? *pod : value_null();
        check(&in);
    }
    arena_done(&a);
    return 0;
}
