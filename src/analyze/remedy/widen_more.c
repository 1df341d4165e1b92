/* SPDX-License-Identifier: Apache-2.0 */
/* Widenings by volumes, sysctls and profiles. */
#include "analyze/remedy/widening.h"

#define POD_KEYS "pod.metadata.annotations["

/* -- volumes ------------------------------------------------------------------------------------
 */

/* Do all containers of the pod mount it read-only? */
static bool is_mounted_read_only(const Widening *w, Str volume)
{
    static const Str lists[] = { STR_INIT("containers"), STR_INIT("initContainers"),
                                 STR_INIT("ephemeralContainers") };
    const Value *spec = value_get_lit(&w->trial->decision.object, "spec");
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        VALUE_EACH_ITEM(container, value_get(spec, lists[i])) {
            VALUE_EACH_ITEM(mount, value_get_lit(container, "volumeMounts")) {
                if (str_eq(value_get_str(mount, STR("name")), volume) &&
                    !value_get_bool(mount, STR("readOnly")).value) {
                    return false;
                }
            }
        }
    }
    return true;
}

static void allow_host_path(const Widening *w, const Value *volume, bool restricts)
{
    Str path = value_as_str(value_at(volume, "hostPath", "path", NULL));
    Value v = widening_named(STR("pathPrefix"), path, w->s->arena);
    if (is_mounted_read_only(w, value_get_str(volume, STR("name")))) {
        value_set_lit(&v, "readOnly", value_bool(true), w->s->arena);
    }
    widening_add(w, REMEDY_LIST_ADD, STR("/spec/allowedHostPaths"), v, restricts);
}

void widening_mount(Widening *w)
{
    Str number;
    Str rest;
    int64_t index;
    Str path = str_cut_prefix(w->place.rest, STR("volumeMounts["));
    if (!str_split_once(path, ']', &number, &rest) || !str_to_int64(number, &index) || index < 0) {
        return;
    }
    const Value *mount = value_item(value_get_lit(w->place.in_pod, "volumeMounts"), (size_t)index);
    Str name = value_get_str(mount, STR("name"));
    VALUE_EACH_ITEM(volume, value_at(&w->trial->decision.object, "spec", "volumes", NULL)) {
        if (str_eq(value_get_str(volume, STR("name")), name)) {
            allow_host_path(w, volume, false);
        }
    }
}

/* A list of what is allowed that is empty lets in everything: it is filled in along with the type,
 * so that the type does not open more than is needed. */
static void volume_type(Widening *w)
{
    Arena *a = w->s->arena;
    Str type = widening_unquoted(w->e->value);
    if (!type.len) {
        return;
    }
    widening_list_add(w, STR("/spec/volumes"), value_str(type));
    const Value *source = value_get(w->place.in_pod, type);
    Str driver = value_get_str(source, STR("driver"));
    if (str_eq(type, STR("hostPath")) && w->policy->host_path_count == 0) {
        allow_host_path(w, w->place.in_pod, true);
    } else if (str_eq(type, STR("csi")) && w->policy->csi_drivers.count == 0) {
        widening_add(w, REMEDY_LIST_ADD, STR("/spec/allowedCSIDrivers"),
                     widening_named(STR("name"), driver, a), true);
    } else if (str_eq(type, STR("flexVolume")) && w->policy->flex_drivers.count == 0) {
        widening_add(w, REMEDY_LIST_ADD, STR("/spec/allowedFlexVolumes"),
                     widening_named(STR("driver"), driver, a), true);
    }
}

void widening_volume(Widening *w)
{
    Arena *a = w->s->arena;
    Str rest = w->place.rest;
    if (str_starts_with(rest, STR("hostPath"))) {
        allow_host_path(w, w->place.in_pod, false);
    } else if (str_starts_with(rest, STR("csi"))) {
        widening_list_add(w, STR("/spec/allowedCSIDrivers"),
                          widening_named(STR("name"), widening_unquoted(w->e->value), a));
    } else if (str_starts_with(rest, STR("driver"))) {
        widening_list_add(w, STR("/spec/allowedFlexVolumes"),
                          widening_named(STR("driver"), widening_unquoted(w->e->value), a));
    } else {
        volume_type(w);
    }
}

/* -- sysctls and profiles -----------------------------------------------------------------------
 */

static bool sysctl_matches(Str pattern, Str name)
{
    return str_ends_with(pattern, STR("*"))
               ? str_starts_with(name, str_cut_suffix(pattern, STR("*")))
               : str_eq(name, pattern);
}

void widening_sysctl(Widening *w)
{
    Str number;
    Str rest;
    int64_t index;
    Str path = str_cut_prefix(w->e->path, STR("pod.spec.securityContext.sysctls["));
    if (!str_split_once(path, ']', &number, &rest) || !str_to_int64(number, &index) || index < 0) {
        return;
    }
    const Value *list = value_at(&w->trial->decision.object, "spec", "securityContext", "sysctls",
                                 NULL);
    Str name = value_get_str(value_item(list, (size_t)index), STR("name"));
    StrList forbidden = w->policy->forbidden_sysctls;
    for (size_t i = 0; i < forbidden.count; i++) {
        if (sysctl_matches(forbidden.items[i], name)) {
            widening_add(w, REMEDY_LIST_REMOVE, STR("/spec/forbiddenSysctls"),
                         value_str(arena_str(w->s->arena, forbidden.items[i])), false);
        }
    }
    if (str_starts_with(w->e->detail, STR("unsafe"))) {
        widening_list_add(w, STR("/spec/allowedUnsafeSysctls"), value_str(name));
    }
}

static Str field_text(const Value *profile, Arena *a)
{
    Str type = value_get_str(profile, STR("type"));
    if (str_eq(type, STR("Localhost"))) {
        return arena_concat(a, STR("localhost/"), value_get_str(profile, STR("localhostProfile")));
    }
    return str_eq(type, STR("RuntimeDefault")) ? STR("runtime/default") : STR("unconfined");
}

/* The seccomp profile that an objection under an annotation's key is about. */
static Str seccomp_of(const Widening *w, Str key)
{
    const Value *pod = &w->trial->decision.object;
    Str text = value_get_str(value_at(pod, "metadata", "annotations", NULL), key);
    if (text.len) {
        return text;
    }
    static const Str lists[] = { STR_INIT("containers"), STR_INIT("initContainers"),
                                 STR_INIT("ephemeralContainers") };
    Str name = str_drop(key, (size_t)(str_rindex_byte(key, '/') + 1));
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        VALUE_EACH_ITEM(c, value_get(value_get_lit(pod, "spec"), lists[i])) {
            const Value *own = value_at(c, "securityContext", "seccompProfile", NULL);
            if (own && str_eq(value_get_str(c, STR("name")), name)) {
                return field_text(own, w->s->arena);
            }
        }
    }
    return field_text(value_at(pod, "spec", "securityContext", "seccompProfile", NULL),
                      w->s->arena);
}

/* A profile that is set becomes one of those allowed; for one that must be set the policy gets a
 * default. */
static void profile(Widening *w, Str key, Str prefix, const PspProfiles *profiles, Str wording)
{
    Arena *a = w->s->arena;
    Str allowed = arena_concat(a, prefix, STR("allowedProfileNames"));
    Str given = STR("");
    ptrdiff_t at = str_index(w->e->detail, wording);
    if (at > 0) {
        given = str_slice(w->e->detail, 0, (size_t)at);
    } else if (str_eq(w->e->detail, STR("seccomp may not be set"))) {
        given = seccomp_of(w, key);
    }
    if (given.len) {
        Str text = arena_printf(a, "%.*s%s%.*s", STR_ARG(profiles->allowed_text),
                                profiles->allowed_text.len ? "," : "", STR_ARG(given));
        widening_add(w, REMEDY_SET, remedy_pointer_add(STR("/metadata/annotations"), allowed, a),
                     value_str(text), false);
    } else if (profiles->allowed_text.ptr) {
        Str taken = remedy_profile_taken(profiles);
        if (!taken.len) { /* it allows none: one that every node has */
            taken = STR("runtime/default");
            widening_add(w, REMEDY_SET,
                         remedy_pointer_add(STR("/metadata/annotations"), allowed, a),
                         value_str(taken), false);
        }
        Str by_default = arena_concat(a, prefix, STR("defaultProfileName"));
        widening_add(w, REMEDY_SET, remedy_pointer_add(STR("/metadata/annotations"), by_default, a),
                     value_str(arena_str(a, taken)), false);
    }
}

bool widening_profiles(Widening *w)
{
    Str key = str_cut_prefix(w->e->path, STR(POD_KEYS));
    if (key.len == w->e->path.len) {
        return false;
    }
    key = str_cut_suffix(key, STR("]"));
    if (str_starts_with(key, STR("container.apparmor"))) {
        profile(w, key, STR("apparmor.security.beta.kubernetes.io/"), &w->policy->app_armor,
                STR(" is not an allowed profile"));
    } else {
        profile(w, key, STR("seccomp.security.alpha.kubernetes.io/"), &w->policy->seccomp,
                STR(" is not an allowed seccomp profile"));
    }
    return true;
}
