/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allowPrivilegeEscalation, defaultAllowPrivilegeEscalation: may a process get more rights than its
 * parent has (setuid programs)?
 *
 * Fields    securityContext.allowPrivilegeEscalation of each container
 * Default   defaultAllowPrivilegeEscalation if the policy has it, else false if it forbids
 * escalation Refused   true, when the policy forbids it Source    Kubernetes 1.20,
 * pkg/security/podsecuritypolicy/provider.go
 */
#include "decide/psp/attempt.h"

static void read_container(PspAttempt *at, PspContainer *c)
{
    (void)at;
    c->allow_privilege_escalation = c->view->security.allow_privilege_escalation;
}

static void default_container(PspAttempt *at, PspContainer *c)
{
    const PspPolicy *policy = at->policy;
    if (c->allow_privilege_escalation.set) {
        return;
    }
    if (policy->default_allow_privilege_escalation.set) {
        c->allow_privilege_escalation = policy->default_allow_privilege_escalation;
        c->set |= PSP_SET_ALLOW_PRIVILEGE_ESCALATION;
    } else if (!policy->allow_privilege_escalation) {
        c->allow_privilege_escalation = (OptBool){ true, false };
        c->set |= PSP_SET_ALLOW_PRIVILEGE_ESCALATION;
    }
}

static void check_container(PspAttempt *at, const PspContainer *c)
{
    if (!at->policy->allow_privilege_escalation && c->allow_privilege_escalation.value &&
        psp_fails(at)) {
        Path security = path_child(c->path, "securityContext");
        field_invalid_bool(at->errs, path_child(&security, "allowPrivilegeEscalation"), true,
                           STR("Allowing privilege escalation for containers is not allowed"));
    }
}

static void patch_container(const PspAttempt *at, const PspContainer *c, PspPatchObject *security,
                            PspPatchObject *annotations)
{
    (void)at, (void)annotations;
    if (c->set & PSP_SET_ALLOW_PRIVILEGE_ESCALATION) {
        psp_patch_set(security, STR("allowPrivilegeEscalation"),
                      value_bool(c->allow_privilege_escalation.value));
    }
}

static bool matters_to(const PspPolicy *policy)
{
    return !policy->allow_privilege_escalation || policy->default_allow_privilege_escalation.set;
}

const PspStrategy psp_strategy_privilege_escalation = {
    .name = STR_INIT("allowPrivilegeEscalation"),
    .matters_to = matters_to,
    .read_container = read_container,
    .default_container = default_container,
    .check_container = check_container,
    .patch_container = patch_container,
};
