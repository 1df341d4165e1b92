/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PodSecurityPolicy: a pod is admitted when one of the policies that the requester or the pod's
 * service account may use accepts it. What the policies say is decide/psp; who may use which comes
 * from decide/rbac, for all policies at once.
 *
 * A grant on podsecuritypolicies counts in group policy, in extensions (where the policies came
 * from), and in podgate.io (where they live on clusters that serve them no more).
 *
 * Source: Kubernetes plugin/pkg/admission/security/podsecuritypolicy
 */
#include "decide/admission/pod_security_policy.h"

#include "decide/rbac/rbac.h"

/* -- who may use which ------------------------------------------------------------------------- */

static void find_names(const AdmissionRun *run, const UserInfo *user, RbacNames *out)
{
    rbac_names_allowed(run->facts, user, STR("use"), psp_grant_groups, STR("podsecuritypolicies"),
                       run->request->namespace, run->arena, out);
}

bool psp_account_of(const AdmissionRun *run, UserInfo *out)
{
    Arena *a = run->arena;
    Str account = value_as_str(value_at(&run->object, "spec", "serviceAccountName", NULL));
    if (account.len == 0) {
        return false;
    }
    Str namespace = run->request->namespace;
    /* unlike one that logged in, it is not in system:authenticated */
    Str *groups = new(a, Str, 2);
    groups[0] = STR(RBAC_GROUP_SERVICE_ACCOUNTS);
    groups[1] = arena_concat(a, STR(RBAC_GROUP_SERVICE_ACCOUNTS ":"), namespace);
    Str prefix = arena_concat(a, STR("system:serviceaccount:"), namespace);
    *out = (UserInfo){
        .name = arena_concat(a, arena_concat(a, prefix, STR(":")), account),
        .groups = { groups, 2 },
    };
    return true;
}

/* The names that the pod's service account may use; none when the pod has no account. */
static void find_account_names(const AdmissionRun *run, RbacNames *out)
{
    UserInfo account;
    *out = (RbacNames){ 0 };
    if (psp_account_of(run, &account)) {
        find_names(run, &account, out);
    }
}

/* What lets the policy be used: the account's right before the requester's, as the plugin asks. */
static bool find_grant(const RbacNames *account, const RbacNames *user, Str policy,
                       PspCandidate *out)
{
    const RbacNameGrant *grant = rbac_names_find(account, policy);
    out->grantee = PSP_GRANTED_TO_SERVICE_ACCOUNT;
    if (grant == NULL) {
        grant = rbac_names_find(user, policy);
        out->grantee = PSP_GRANTED_TO_USER;
    }
    out->by = grant ? grant->by : NULL;
    return grant != NULL;
}

/* The policies that may be used, by name. Costs by what was granted, unless that is all. */
static PspCandidates find_candidates(const AdmissionRun *run)
{
    Arena *a = run->arena;
    const Facts *f = run->facts;
    RbacNames account, user;
    find_account_names(run, &account);
    find_names(run, run->request->user, &user);
    PspCandidates found = { NULL, 0 };
    if (account.all || user.all) {
        PspPolicyList all = f->psp_policies(f->cluster);
        found.items = new(a, PspCandidate, all.count);
        for (size_t i = 0; i < all.count; i++) {
            PspCandidate *c = &found.items[found.count];
            c->policy = all.items[i];
            found.count += find_grant(&account, &user, all.items[i]->name, c);
        }
        return found;
    }
    found.items = new(a, PspCandidate, account.count + user.count);
    for (size_t i = 0, j = 0; i < account.count || j < user.count;) {
        int order = i == account.count ? 1
                    : j == user.count  ? -1
                                       : str_cmp(account.items[i].name, user.items[j].name);
        Str name = order <= 0 ? account.items[i].name : user.items[j].name;
        i += order <= 0;
        j += order >= 0;
        PspCandidate *c = &found.items[found.count];
        c->policy = f->psp_policy(f->cluster, name);
        found.count += c->policy && find_grant(&account, &user, name, c);
    }
    return found;
}

static bool providers_exist(const AdmissionRun *run, PspCandidates candidates)
{
    for (size_t i = 0; i < candidates.count; i++) {
        if (candidates.items[i].policy->build_error.ptr == NULL) {
            return true;
        }
    }
    return psp_any_provider(run->facts->psp_policies(run->facts->cluster));
}

/* -- the two passes ---------------------------------------------------------------------------- */

static bool looks_at(const AdmissionRun *run)
{
    if (run->request->group.len || !str_eq(run->request->resource, STR("pods"))) {
        return false;
    }
    if (run->options->psp_needs_policies &&
        run->facts->psp_policies(run->facts->cluster).count == 0) {
        return false;
    }
    PspScope scope = {
        .is_update = run->request->operation == ADMISSION_UPDATE,
        .subresource = run->request->subresource,
        .object = &run->object,
        .old = run->old_object,
        .target = run->request->target,
    };
    return psp_looks_at(&scope);
}

/* False when the pod is refused. */
static bool decide(AdmissionRun *run, PspPass pass, PspDecision *decision)
{
    Arena *a = run->arena;
    PodView *pod = new(a, PodView, 1);
    Err err;
    if (!pod_view_read(&run->object, a, pod, &err)) {
        return admission_refuse(run, status_bad_request(a, err.msg));
    }
    PspCandidates candidates;
    if (!run->request->access) {
        candidates = find_candidates(run);
    } else if (!psp_candidates_asked(run, pass, pod, &candidates)) {
        run->decision->allowed = false;
        run->decision->waits = true;
        return false;
    }
    PspRequest request = {
        .candidates = candidates.items,
        .candidate_count = candidates.count,
        .providers_exist = providers_exist(run, candidates),
        .pod = pod,
        .pass = pass,
        .target = run->request->target,
        .explain = run->options->explain,
    };
    psp_admit(&request, a, decision);
    if (!decision->allowed) {
        (void)admission_forbid_str(run, decision->message);
    } else {
        run->decision->psp = decision->policy->name;
        Str text = arena_concat(a, STR("policy "), decision->policy->name);
        admission_note_str(
            run, decision->mutates ? arena_concat(a, text, STR(", which changes the pod")) : text);
    }
    run->last_trace->psp = decision;
    return decision->allowed;
}

static bool mutate(AdmissionRun *run)
{
    if (run->request->operation != ADMISSION_CREATE || !looks_at(run)) {
        return true;
    }
    PspDecision *decision = new(run->arena, PspDecision, 1);
    if (!decide(run, PSP_MUTATING, decision)) {
        return false;
    }
    if (!admission_patch(run, &decision->patch)) {
        return false;
    }
    run->psp_admitted = true;
    admission_audit(run, STR("podsecuritypolicy.admission.k8s.io/admit-policy"),
                    decision->policy->name);
    return true;
}

static bool validate(AdmissionRun *run)
{
    /* Where the registry does nothing between the passes, the policy that admitted the pod accepts
     * what it made of it: once is enough. */
    bool was_asked = run->psp_admitted && !(run->options->steps & ADMISSION_STEP_PREPARE);
    if (was_asked || !looks_at(run)) {
        return true;
    }
    PspDecision *decision = new(run->arena, PspDecision, 1);
    if (!decide(run, PSP_VALIDATING, decision)) {
        return false;
    }
    admission_audit(run, STR("podsecuritypolicy.admission.k8s.io/validate-policy"),
                    decision->policy->name);
    return true;
}

const AdmissionPlugin admission_pod_security_policy = {
    .name = STR_INIT("PodSecurityPolicy"),
    .operations = ADMISSION_CREATE | ADMISSION_UPDATE,
    .mutate = mutate,
    .validate = validate,
};
