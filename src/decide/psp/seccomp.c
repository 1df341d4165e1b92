/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seccomp profiles, from the policy's annotations
 * seccomp.security.alpha.kubernetes.io/{allowedProfileNames,defaultProfileName}.
 *
 * Fields    annotation seccomp.security.alpha.kubernetes.io/pod and, for a container,
 *           container.seccomp.security.alpha.kubernetes.io/NAME; from 1.19 on securityContext
 *           .seccompProfile of both. A container without its own has the pod's.
 * Default   the default profile, on a pod that has none. Before 1.25 it is the annotation that is
 *           set (the API server copies it into the field); a pod that has the field only gains the
 *           annotation.
 * Refused   any profile, when none is allowed; else what is not allowed, no profile included. "*"
 *           allows all. From 1.19 on docker/default and runtime/default are the same.
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/seccomp
 *
 * From 1.25 on the field decides, as an annotation alone does nothing in clusters from 1.27 on: a
 * default is written into both, and under a policy that restricts profiles an annotation alone is
 * copied into the field. Where both are there, both must be allowed.
 */
#include "decide/psp/attempt.h"

#define SECCOMP_POD "seccomp.security.alpha.kubernetes.io/pod"
#define SECCOMP_CONTAINER "container.seccomp.security.alpha.kubernetes.io/"

static bool by_field(const PspAttempt *at)
{
    return at->target->minor >= PSP_SECCOMP_BY_FIELD_MINOR;
}

static Str field_text(const PspAttempt *at, const ProfileView *profile)
{
    return at->target->minor >= 19 ? psp_profile_text(profile, at->arena) : STR_ABSENT;
}

static void read_pod(PspAttempt *at)
{
    at->seccomp.annotation = pod_annotation(at->pod, STR(SECCOMP_POD));
    at->seccomp.field = field_text(at, at->pod->security.seccomp);
}

static void read_container(PspAttempt *at, PspContainer *c)
{
    c->seccomp.annotation = pod_annotation_with_suffix(at->pod, STR(SECCOMP_CONTAINER),
                                                       c->view->name);
    c->seccomp.field = field_text(at, c->view->security.seccomp);
}

/* -- defaults ---------------------------------------------------------------------------------- */

/* A default or an annotation that must reach the field; true when it is a profile. */
static bool set_field(PspProfile *profile, Str text)
{
    if (!psp_profile_is_known(text)) {
        return false;
    }
    profile->field = text;
    return true;
}

static bool restricts(const PspPolicy *policy)
{
    return policy->seccomp.allowed.count && !policy->seccomp.any;
}

static void default_pod(PspAttempt *at)
{
    Str by_default = at->policy->seccomp.default_profile;
    PspProfile *profile = &at->seccomp;
    if (!by_field(at)) {
        if (profile->annotation.len == 0) {
            Str text = profile->field.ptr ? profile->field : by_default;
            if (text.len) {
                profile->annotation = text;
                at->set |= PSP_SET_SECCOMP;
            }
        }
        return;
    }
    if (profile->field.ptr) {
        return;
    }
    if (profile->annotation.len) {
        if (restricts(at->policy) && set_field(profile, profile->annotation)) {
            at->set |= PSP_SET_SECCOMP_FIELD;
        }
    } else if (by_default.len && set_field(profile, by_default)) {
        profile->annotation = by_default;
        at->set |= PSP_SET_SECCOMP | PSP_SET_SECCOMP_FIELD;
    }
}

static void default_container(PspAttempt *at, PspContainer *c)
{
    if (by_field(at) && !c->seccomp.field.ptr && c->seccomp.annotation.len &&
        restricts(at->policy) && set_field(&c->seccomp, c->seccomp.annotation)) {
        c->set |= PSP_SET_SECCOMP_FIELD;
    }
}

/* -- checks ------------------------------------------------------------------------------------ */

static bool is_runtime_default(Str profile)
{
    return str_eq(profile, STR("runtime/default")) || str_eq(profile, STR("docker/default"));
}

static bool allows(const PspAttempt *at, Str profile)
{
    const PspProfiles *profiles = &at->policy->seccomp;
    if (str_list_has(profiles->allowed, profile)) {
        return true;
    }
    return at->target->minor >= 19 && is_runtime_default(profile) &&
           (str_list_has(profiles->allowed, STR("runtime/default")) ||
            str_list_has(profiles->allowed, STR("docker/default")));
}

/* False when it is refused. key is the annotation's, where the API server reports both forms. */
static bool check(PspAttempt *at, Str profile, Str prefix, Str name)
{
    const PspProfiles *profiles = &at->policy->seccomp;
    bool none_allowed = !profiles->any && profiles->allowed.count == 0;
    if (none_allowed ? profile.len == 0 : profiles->any || allows(at, profile)) {
        return true;
    }
    if (psp_fails(at)) {
        Path pod = path_root("pod");
        Path metadata = path_child(&pod, "metadata");
        Path annotations = path_child(&metadata, "annotations");
        Path key = path_key(&annotations, arena_concat(at->arena, prefix, name));
        field_forbidden(at->errs, key,
                        none_allowed
                            ? STR("seccomp may not be set")
                            : arena_printf(at->arena,
                                           "%.*s is not an allowed seccomp profile. "
                                           "Valid values are %.*s",
                                           STR_ARG(profile), STR_ARG(profiles->allowed_text)));
    }
    return false;
}

/* The field, and then an annotation that is there beside it. */
static void check_both(PspAttempt *at, const PspProfile *profile, Str prefix, Str name)
{
    if (check(at, profile->field, prefix, name) && profile->annotation.len) {
        check(at, profile->annotation, prefix, name);
    }
}

static void check_pod(PspAttempt *at)
{
    const PspProfile *profile = &at->seccomp;
    if (by_field(at)) {
        check_both(at, profile, STR(SECCOMP_POD), STR(""));
    } else {
        check(at, profile->annotation.len ? profile->annotation : profile->field, STR(SECCOMP_POD),
              STR(""));
    }
}

static void check_container(PspAttempt *at, const PspContainer *c)
{
    Str prefix = STR(SECCOMP_CONTAINER);
    const PspProfile *own = &c->seccomp;
    if (by_field(at)) {
        const PspProfile *profile = own->field.ptr || own->annotation.ptr ? own : &at->seccomp;
        check_both(at, profile, prefix, c->view->name);
    } else {
        check(at,
              own->field.ptr          ? own->field
              : own->annotation.ptr   ? own->annotation
              : at->seccomp.field.ptr ? at->seccomp.field
                                      : at->seccomp.annotation,
              prefix, c->view->name);
    }
}

/* -- patches ----------------------------------------------------------------------------------- */

static void patch_pod(const PspAttempt *at, PspPatchPod *patch)
{
    if (at->set & PSP_SET_SECCOMP) {
        psp_patch_set(&patch->annotations, STR(SECCOMP_POD), value_str(at->seccomp.annotation));
    }
    if (at->set & PSP_SET_SECCOMP_FIELD) {
        psp_patch_set(&patch->security, STR("seccompProfile"),
                      psp_profile_value(at->seccomp.field, at->arena));
    }
}

static void patch_container(const PspAttempt *at, const PspContainer *c, PspPatchObject *security,
                            PspPatchObject *annotations)
{
    (void)annotations;
    if (c->set & PSP_SET_SECCOMP_FIELD) {
        psp_patch_set(security, STR("seccompProfile"),
                      psp_profile_value(c->seccomp.field, at->arena));
    }
}

const PspStrategy psp_strategy_seccomp = {
    .name = STR_INIT("seccomp.security.alpha.kubernetes.io/allowedProfileNames"),
    .read_pod = read_pod,
    .read_container = read_container,
    .default_pod = default_pod,
    .default_container = default_container,
    .check_pod = check_pod,
    .check_container = check_container,
    .patch_pod = patch_pod,
    .patch_container = patch_container,
};
