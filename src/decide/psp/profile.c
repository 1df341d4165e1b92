/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seccomp and AppArmor profiles in their two forms: the annotations' ("runtime/default",
 * "unconfined", "localhost/x") and the API fields' ({type, localhostProfile}).
 */
#include "decide/psp/attempt.h"

static const Str localhost = STR_INIT("localhost/");

Str psp_profile_text(const ProfileView *profile, Arena *a)
{
    if (!profile) {
        return STR_ABSENT;
    }
    if (str_eq(profile->type, STR("RuntimeDefault"))) {
        return STR("runtime/default");
    }
    if (str_eq(profile->type, STR("Unconfined"))) {
        return STR("unconfined");
    }
    if (str_eq(profile->type, STR("Localhost")) && profile->localhost_profile.ptr) {
        return arena_concat(a, localhost, profile->localhost_profile);
    }
    return STR("");
}

bool psp_profile_is_known(Str text)
{
    return str_eq(text, STR("runtime/default")) || str_eq(text, STR("docker/default")) ||
           str_eq(text, STR("unconfined")) ||
           (str_starts_with(text, localhost) && text.len > localhost.len);
}

static Value profile_of_type(Str type, Arena *a)
{
    Value profile = value_object();
    value_set_lit(&profile, "type", value_str(type), a);
    return profile;
}

Value psp_profile_value(Str text, Arena *a)
{
    if (str_eq(text, STR("unconfined"))) {
        return profile_of_type(STR("Unconfined"), a);
    }
    if (!str_starts_with(text, localhost)) {
        return profile_of_type(STR("RuntimeDefault"), a);
    }
    Value profile = profile_of_type(STR("Localhost"), a);
    value_set_lit(&profile, "localhostProfile", value_str(str_cut_prefix(text, localhost)), a);
    return profile;
}
