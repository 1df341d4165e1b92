/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AppArmor profiles, from the policy's annotations
 * apparmor.security.beta.kubernetes.io/{allowedProfileNames,defaultProfileName}.
 *
 * Fields    annotation container.apparmor.security.beta.kubernetes.io/NAME; from 1.30 on also
 *           securityContext.appArmorProfile of the container, else of the pod
 * Default   the default profile, on a container that has none
 * Refused   what is not in the list of allowed profiles, and having no profile; without a list
 *           nothing
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/apparmor
 *
 * From 1.30 on a default is written into annotation and field, and under a policy with a list an
 * annotation alone is copied into the field. Where both are there, both must be allowed.
 */
#include "decide/psp/attempt.h"

#define APP_ARMOR "container.apparmor.security.beta.kubernetes.io/"

static bool by_field(const PspAttempt *at)
{
    return at->target->minor >= PSP_APP_ARMOR_BY_FIELD_MINOR;
}

static void read_container(PspAttempt *at, PspContainer *c)
{
    c->app_armor.annotation = pod_annotation_with_suffix(at->pod, STR(APP_ARMOR), c->view->name);
    c->app_armor.field = STR_ABSENT;
    if (by_field(at)) {
        c->app_armor.field = psp_profile_text(c->view->security.app_armor, at->arena);
        if (!c->app_armor.field.ptr && c->app_armor.annotation.len == 0) {
            c->app_armor.field = psp_profile_text(at->pod->security.app_armor, at->arena);
        }
    }
}

static void default_container(PspAttempt *at, PspContainer *c)
{
    PspProfile *profile = &c->app_armor;
    Str by_default = at->policy->app_armor.default_profile;
    if (profile->field.ptr) {
        return;
    }
    Str text = profile->annotation;
    if (text.len == 0 && by_default.len) {
        profile->annotation = text = by_default;
        c->set |= PSP_SET_APP_ARMOR;
    }
    bool decided = c->set & PSP_SET_APP_ARMOR || at->policy->app_armor.allowed_text.ptr;
    if (by_field(at) && decided && psp_profile_is_known(text)) {
        profile->field = text;
        c->set |= PSP_SET_APP_ARMOR_FIELD;
    }
}

/* False when it is refused. */
static bool check(PspAttempt *at, const PspContainer *c, Str profile)
{
    const PspProfiles *profiles = &at->policy->app_armor;
    if (profile.len && str_list_has(profiles->allowed, profile)) {
        return true;
    }
    if (psp_fails(at)) {
        Path pod = path_root("pod");
        Path metadata = path_child(&pod, "metadata");
        Path annotations = path_child(&metadata, "annotations");
        Path key = path_key(&annotations, arena_concat(at->arena, STR(APP_ARMOR), c->view->name));
        if (profile.len == 0) {
            field_forbidden(at->errs, key, STR("AppArmor profile must be set"));
            return false;
        }
        Buf b = buf_new(at->arena);
        buf_add(&b, profile);
        buf_lit(&b, " is not an allowed profile. Allowed values: ");
        buf_go_quoted(&b, profiles->allowed_text);
        field_forbidden(at->errs, key, buf_str(&b));
    }
    return false;
}

static void check_container(PspAttempt *at, const PspContainer *c)
{
    if (!at->policy->app_armor.allowed_text.ptr) {
        return;
    }
    if (!by_field(at)) {
        check(at, c, c->app_armor.annotation);
    } else if (check(at, c, c->app_armor.field) && c->app_armor.annotation.len) {
        check(at, c, c->app_armor.annotation);
    }
}

static void patch_container(const PspAttempt *at, const PspContainer *c, PspPatchObject *security,
                            PspPatchObject *annotations)
{
    if (c->set & PSP_SET_APP_ARMOR) {
        Str key = arena_concat(at->arena, STR(APP_ARMOR), c->view->name);
        psp_patch_set(annotations, key, value_str(c->app_armor.annotation));
    }
    if (c->set & PSP_SET_APP_ARMOR_FIELD) {
        psp_patch_set(security, STR("appArmorProfile"),
                      psp_profile_value(c->app_armor.field, at->arena));
    }
}

static bool matters_to(const PspPolicy *policy)
{
    return policy->app_armor.allowed_text.ptr || policy->app_armor.default_profile.len;
}

const PspStrategy psp_strategy_app_armor = {
    .name = STR_INIT("apparmor.security.beta.kubernetes.io/allowedProfileNames"),
    .matters_to = matters_to,
    .read_container = read_container,
    .default_container = default_container,
    .check_container = check_container,
    .patch_container = patch_container,
};
