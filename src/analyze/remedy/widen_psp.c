/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Widenings of a PodSecurityPolicy that its own objections ask for: a row for each field that one
 * can be about. An ID, a port, a path or a name is let in alone, not the whole range of them.
 */
#include "analyze/remedy/edit.h"

#define POD_KEYS "pod.metadata.annotations["

typedef struct Widening {
    RemedySearch *s;
    const RemedyTrial *trial;
    const PspPolicy *policy;
    const FieldError *e;
    PodPlace place;
    RemedyParts *parts;
} Widening;

/* -- parts of a policy ---------------------------------------------------------------------------
 */

static void add(const Widening *w, RemedyOp op, Str pointer, Value v, bool restricts)
{
    RemedyPart part = {
        .op = op,
        .object = { STR("policy"), STR("PodSecurityPolicy"), STR(""),
                    arena_str(w->s->arena, w->policy->name) },
        .api_version = arena_str(w->s->arena, w->policy->api_version),
        .pointer = pointer,
        .value = v,
        .restricts = restricts,
    };
    remedy_add(w->s, w->parts, part);
}

static void allow(const Widening *w, Str pointer)
{
    add(w, REMEDY_SET, pointer, value_bool(true), false);
}

static void list_add(const Widening *w, Str pointer, Value v)
{
    add(w, REMEDY_LIST_ADD, pointer, v, false);
}

static Str unquoted(Str text)
{
    return str_cut_suffix(str_cut_prefix(text, STR("\"")), STR("\""));
}

static Value named(Str member, Str name, Arena *a)
{
    Value v = value_object();
    value_set(&v, member, value_str(name), a);
    return v;
}

static Value range(int64_t id, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "min", value_int(id), a);
    value_set_lit(&v, "max", value_int(id), a);
    return v;
}

/* -- one function for each kind of objection -----------------------------------------------------
 */

static void host_namespace(Widening *w)
{
    Str name = str_cut_prefix(w->place.rest, STR("securityContext."));
    allow(w, remedy_pointer_add(STR("/spec"), name, w->s->arena));
}

static void escalation(Widening *w)
{
    allow(w, STR("/spec/allowPrivilegeEscalation"));
}

/* Where it forbids escalation it would set false on what must not be false. */
static void privileged(Widening *w)
{
    allow(w, STR("/spec/privileged"));
    if (!w->policy->allow_privilege_escalation) {
        escalation(w);
    }
}

static void read_only_root(Widening *w)
{
    add(w, REMEDY_SET, STR("/spec/readOnlyRootFilesystem"), value_bool(false), false);
}

static void proc_mount(Widening *w)
{
    list_add(w, STR("/spec/allowedProcMountTypes"), value_str(unquoted(w->e->value)));
    if (w->policy->proc_mount_types.count == 0) {
        add(w, REMEDY_LIST_ADD, STR("/spec/allowedProcMountTypes"), value_str(STR("Default")),
            true);
    }
}

static void capability_add(Widening *w)
{
    Str name = unquoted(w->e->value);
    list_add(w, STR("/spec/allowedCapabilities"), value_str(name));
    if (str_list_has(w->policy->required_drop_capabilities, name)) {
        add(w, REMEDY_LIST_REMOVE, STR("/spec/requiredDropCapabilities"), value_str(name), false);
    }
    bool admin = str_eq(name, STR("SYS_ADMIN")) || str_eq(name, STR("CAP_SYS_ADMIN"));
    if (admin && !w->policy->allow_privilege_escalation) {
        escalation(w);
    }
}

static void capability_drop(Widening *w)
{
    static const Str wording = STR_INIT(" is required to be dropped but was not found");
    add(w, REMEDY_LIST_REMOVE, STR("/spec/requiredDropCapabilities"),
        value_str(str_cut_suffix(w->e->detail, wording)), false);
}

static void run_as_user(Widening *w)
{
    int64_t id;
    if (w->policy->run_as_user.rule == PSP_MUST_RUN_AS && str_to_int64(w->e->value, &id)) {
        list_add(w, STR("/spec/runAsUser/ranges"), range(id, w->s->arena));
    } else {
        add(w, REMEDY_SET, STR("/spec/runAsUser/rule"), value_str(STR("RunAsAny")), false);
    }
}

/* `group 7 must be in the ranges: ...`, or that there must be one at all */
static void groups(Widening *w, Str pointer)
{
    Str number;
    Str rest;
    int64_t id;
    if (str_split_once(str_cut_prefix(w->e->detail, STR("group ")), ' ', &number, &rest) &&
        str_to_int64(number, &id)) {
        list_add(w, remedy_pointer_add(pointer, STR("ranges"), w->s->arena),
                 range(id, w->s->arena));
    } else {
        add(w, REMEDY_SET, remedy_pointer_add(pointer, STR("rule"), w->s->arena),
            value_str(STR("MayRunAs")), false);
    }
}

static void run_as_group(Widening *w)
{
    groups(w, STR("/spec/runAsGroup"));
}

static void fs_group(Widening *w)
{
    groups(w, STR("/spec/fsGroup"));
}

static void supplemental_groups(Widening *w)
{
    groups(w, STR("/spec/supplementalGroups"));
}

static void se_linux(Widening *w)
{
    add(w, REMEDY_SET, STR("/spec/seLinux/rule"), value_str(STR("RunAsAny")), false);
}

static void runtime_class(Widening *w)
{
    list_add(w, STR("/spec/runtimeClass/allowedRuntimeClassNames"),
             value_str(unquoted(w->e->value)));
}

static void resource_claim(Widening *w)
{
    list_add(w, STR("/spec/volumes"), value_str(STR(PSP_VOLUME_RESOURCE_CLAIM)));
}

static void host_port(Widening *w)
{
    int64_t port;
    if (str_to_int64(w->e->value, &port)) {
        list_add(w, STR("/spec/hostPorts"), range(port, w->s->arena));
    }
}

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
    Value v = named(STR("pathPrefix"), path, w->s->arena);
    if (is_mounted_read_only(w, value_get_str(volume, STR("name")))) {
        value_set_lit(&v, "readOnly", value_bool(true), w->s->arena);
    }
    add(w, REMEDY_LIST_ADD, STR("/spec/allowedHostPaths"), v, restricts);
}

static void mount_read_only(Widening *w)
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
    Str type = unquoted(w->e->value);
    if (!type.len) {
        return;
    }
    list_add(w, STR("/spec/volumes"), value_str(type));
    const Value *source = value_get(w->place.in_pod, type);
    Str driver = value_get_str(source, STR("driver"));
    if (str_eq(type, STR("hostPath")) && w->policy->host_path_count == 0) {
        allow_host_path(w, w->place.in_pod, true);
    } else if (str_eq(type, STR("csi")) && w->policy->csi_drivers.count == 0) {
        add(w, REMEDY_LIST_ADD, STR("/spec/allowedCSIDrivers"), named(STR("name"), driver, a),
            true);
    } else if (str_eq(type, STR("flexVolume")) && w->policy->flex_drivers.count == 0) {
        add(w, REMEDY_LIST_ADD, STR("/spec/allowedFlexVolumes"), named(STR("driver"), driver, a),
            true);
    }
}

static void volume(Widening *w)
{
    Arena *a = w->s->arena;
    Str rest = w->place.rest;
    if (str_starts_with(rest, STR("hostPath"))) {
        allow_host_path(w, w->place.in_pod, false);
    } else if (str_starts_with(rest, STR("csi"))) {
        list_add(w, STR("/spec/allowedCSIDrivers"), named(STR("name"), unquoted(w->e->value), a));
    } else if (str_starts_with(rest, STR("driver"))) {
        list_add(w, STR("/spec/allowedFlexVolumes"),
                 named(STR("driver"), unquoted(w->e->value), a));
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

static void sysctl(Widening *w)
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
            add(w, REMEDY_LIST_REMOVE, STR("/spec/forbiddenSysctls"),
                value_str(arena_str(w->s->arena, forbidden.items[i])), false);
        }
    }
    if (str_starts_with(w->e->detail, STR("unsafe"))) {
        list_add(w, STR("/spec/allowedUnsafeSysctls"), value_str(name));
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
        add(w, REMEDY_SET, remedy_pointer_add(STR("/metadata/annotations"), allowed, a),
            value_str(text), false);
    } else if (profiles->allowed_text.ptr) {
        Str taken = remedy_profile_taken(profiles);
        if (!taken.len) { /* it allows none: one that every node has */
            taken = STR("runtime/default");
            add(w, REMEDY_SET, remedy_pointer_add(STR("/metadata/annotations"), allowed, a),
                value_str(taken), false);
        }
        Str by_default = arena_concat(a, prefix, STR("defaultProfileName"));
        add(w, REMEDY_SET, remedy_pointer_add(STR("/metadata/annotations"), by_default, a),
            value_str(arena_str(a, taken)), false);
    }
}

static bool widen_profiles(Widening *w)
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

/* -- the rows -----------------------------------------------------------------------------------
 */

typedef struct WidenRow {
    Str rest;
    bool is_prefix;
    void (*widen)(Widening *w);
} WidenRow;

static const WidenRow pod_rows[] = {
    { STR_INIT("securityContext.host"), true, host_namespace },
    { STR_INIT("securityContext.fsGroup"), false, fs_group },
    { STR_INIT("securityContext.supplementalGroups"), false, supplemental_groups },
    { STR_INIT("securityContext.seLinuxOptions"), true, se_linux },
    { STR_INIT("runtimeClassName"), false, runtime_class },
    { STR_INIT("resourceClaims"), true, resource_claim },
};

static const WidenRow container_rows[] = {
    { STR_INIT("securityContext.privileged"), false, privileged },
    { STR_INIT("securityContext.allowPrivilegeEscalation"), false, escalation },
    { STR_INIT("securityContext.readOnlyRootFilesystem"), false, read_only_root },
    { STR_INIT("securityContext.procMount"), false, proc_mount },
    { STR_INIT("securityContext.capabilities.add"), false, capability_add },
    { STR_INIT("securityContext.capabilities.drop"), false, capability_drop },
    { STR_INIT("securityContext.runAsUser"), false, run_as_user },
    { STR_INIT("securityContext.runAsNonRoot"), false, run_as_user },
    { STR_INIT("securityContext.seLinuxOptions"), true, se_linux },
    { STR_INIT("securityContext.windowsOptions.hostProcess"), false, privileged },
    { STR_INIT("securityContext"), false, run_as_group },
    { STR_INIT("hostPort"), false, host_port },
    { STR_INIT("volumeMounts["), true, mount_read_only },
};

static void widen_row(Widening *w, const WidenRow *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].is_prefix ? str_starts_with(w->place.rest, rows[i].rest)
                              : str_eq(w->place.rest, rows[i].rest)) {
            rows[i].widen(w);
            return;
        }
    }
}

void remedy_widen_psp(RemedySearch *s, const RemedyTrial *trial, const PspPolicy *policy,
                      const FieldError *e, RemedyParts *parts)
{
    Widening w = { .s = s, .trial = trial, .policy = policy, .e = e, .parts = parts };
    if (widen_profiles(&w)) {
        return;
    }
    if (str_starts_with(e->path, STR("pod.spec.securityContext.sysctls["))) {
        sysctl(&w);
        return;
    }
    if (!remedy_pod_place(s, trial, e->path, &w.place)) {
        return;
    }
    if (w.place.is_volume) {
        volume(&w);
    } else if (w.place.is_container) {
        widen_row(&w, container_rows, COUNT_OF(container_rows));
    } else {
        widen_row(&w, pod_rows, COUNT_OF(pod_rows));
    }
}

void remedy_widen_escalation(RemedySearch *s, const PspPolicy *policy, RemedyParts *parts)
{
    Widening w = { .s = s, .policy = policy, .parts = parts };
    escalation(&w);
}
