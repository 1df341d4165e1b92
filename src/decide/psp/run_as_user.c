/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runAsUser: the user id of a container's processes.
 *
 * Fields    securityContext.runAsUser and runAsNonRoot of each container, else of the pod
 * Default   MustRunAs: runAsUser is the first id of the first range
 *           MustRunAsNonRoot: runAsNonRoot true, when neither field is set
 * Refused   MustRunAs: an id outside all ranges
 *           MustRunAsNonRoot: runAsNonRoot false, or runAsUser 0
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/user
 */
#include "decide/psp/attempt.h"

static void read_container(PspAttempt *at, PspContainer *c)
{
    const ContainerSecurityView *own = &c->view->security;
    const PodSecurityView *pod = &at->pod->security;
    c->run_as_user = own->run_as_user.set ? own->run_as_user : pod->run_as_user;
    c->run_as_non_root = own->run_as_non_root.set ? own->run_as_non_root : pod->run_as_non_root;
}

static void default_container(PspAttempt *at, PspContainer *c)
{
    const PspIdRule *rule = &at->policy->run_as_user;
    if (c->run_as_user.set) {
        return;
    }
    if (rule->rule == PSP_MUST_RUN_AS) {
        c->run_as_user = (OptInt64){ true, rule->ranges[0].min };
        c->set |= PSP_SET_RUN_AS_USER;
    } else if (rule->rule == PSP_MUST_RUN_AS_NON_ROOT && !c->run_as_non_root.set) {
        c->run_as_non_root = (OptBool){ true, true };
        c->set |= PSP_SET_RUN_AS_NON_ROOT;
    }
}

static void check_container(PspAttempt *at, const PspContainer *c)
{
    const PspIdRule *rule = &at->policy->run_as_user;
    Path security = path_child(c->path, "securityContext");
    if (rule->rule == PSP_MUST_RUN_AS) {
        if (!psp_id_in_ranges(rule, c->run_as_user.value) && psp_fails(at)) {
            Str ranges = psp_ranges_text(rule, at->arena);
            field_invalid_int(at->errs, path_child(&security, "runAsUser"), c->run_as_user.value,
                              arena_concat(at->arena, STR("must be in the ranges: "), ranges));
        }
    } else if (rule->rule == PSP_MUST_RUN_AS_NON_ROOT) {
        /* After the defaults at least one of the two is set. */
        if (c->run_as_non_root.set && !c->run_as_non_root.value) {
            if (psp_fails(at)) {
                field_invalid_bool(at->errs, path_child(&security, "runAsNonRoot"), false,
                                   STR("must be true"));
            }
        } else if (c->run_as_user.set && c->run_as_user.value == 0 && psp_fails(at)) {
            field_invalid_int(at->errs, path_child(&security, "runAsUser"), 0,
                              STR("running with the root UID is forbidden"));
        }
    }
}

static void patch_container(const PspAttempt *at, const PspContainer *c, PspPatchObject *security,
                            PspPatchObject *annotations)
{
    (void)at, (void)annotations;
    if (c->set & PSP_SET_RUN_AS_USER) {
        psp_patch_set(security, STR("runAsUser"), value_int(c->run_as_user.value));
    }
    if (c->set & PSP_SET_RUN_AS_NON_ROOT) {
        psp_patch_set(security, STR("runAsNonRoot"), value_bool(true));
    }
}

static bool matters_to(const PspPolicy *policy)
{
    return policy->run_as_user.rule != PSP_RUN_AS_ANY;
}

const PspStrategy psp_strategy_run_as_user = {
    .name = STR_INIT("runAsUser"),
    .matters_to = matters_to,
    .read_container = read_container,
    .default_container = default_container,
    .check_container = check_container,
    .patch_container = patch_container,
};
