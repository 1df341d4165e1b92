/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of security contexts, of the pod and of containers. */
#include "kube/pod/check.h"

enum {
    SYSCTL_SLASH_MINOR = 23,
    APPARMOR_MINOR = 30,
    UNMASKED_NEEDS_USERS_MINOR = 31, /* procMount Unmasked needs a user namespace */
};

static const Str profile_types[] = { STR_INIT("Localhost"), STR_INIT("RuntimeDefault"),
                                     STR_INIT("Unconfined") };

static void check_id(PodCheck *c, const Value *context, Str member, NameMessages (*check)(int64_t),
                     const Path *path)
{
    OptInt64 id = value_get_int(context, member);
    if (id.set) {
        NameMessages wrong = check(id.value);
        for (size_t i = 0; i < wrong.count; i++) {
            field_invalid_int(c->errs, path_child_str(path, member), id.value, wrong.items[i]);
        }
    }
}

/* -- seccomp and AppArmor ---------------------------------------------------------------------- */

void check_seccomp_text(PodCheck *c, Str profile, Path path)
{
    static const Str known[] = { STR_INIT("runtime/default"), STR_INIT("docker/default"),
                                 STR_INIT("unconfined") };
    Str file = str_cut_prefix(profile, STR("localhost/"));
    if (str_list_has(CHECK_LIST(known), profile)) {
        return;
    }
    if (file.len == profile.len) {
        field_invalid_str(c->errs, path, profile, STR("must be a valid seccomp profile"));
    } else {
        check_descending_path(c, file, path);
    }
}

static void check_profile_type(PodCheck *c, const Value *profile, Str when_missing,
                               const Path *path)
{
    Str type = str_of(profile, "type");
    if (!type.len) {
        field_required(c->errs, path_child(path, "type"), when_missing);
    } else if (!str_list_has(CHECK_LIST(profile_types), type)) {
        field_not_supported(c->errs, path_child(path, "type"), type, CHECK_LIST(profile_types));
    }
}

static void check_seccomp(PodCheck *c, const Value *profile, const Path *path)
{
    if (!profile) {
        return;
    }
    check_profile_type(c, profile, STR("type is required when seccompProfile is set"), path);
    Str file = value_get_str(profile, STR("localhostProfile"));
    Path file_path = path_child(path, "localhostProfile");
    bool is_local = str_eq(str_of(profile, "type"), STR("Localhost"));
    if (is_local && !file.ptr) {
        field_required(c->errs, file_path, STR("must be set when seccomp type is Localhost"));
    } else if (is_local) {
        check_descending_path(c, file, file_path);
    } else if (file.ptr) {
        field_invalid_raw(c->errs, file_path, dump_seccomp_profile(profile, check_arena(c)),
                          STR("can only be set when seccomp type is Localhost"));
    }
}

static void check_apparmor(PodCheck *c, const Value *profile, const Path *path)
{
    enum { FILE_MAX = 4095 };
    static const Str needs_file = STR_INIT("must be set when AppArmor type is Localhost");
    if (!profile || c->target->minor < APPARMOR_MINOR) {
        return;
    }
    Str type = str_of(profile, "type");
    Str file = value_get_str(profile, STR("localhostProfile"));
    Path file_path = path_child(path, "localhostProfile");
    if (str_eq(type, STR("Localhost"))) {
        if (!file.ptr) {
            field_required(c->errs, file_path, needs_file);
        } else if (str_trim(file).len != file.len) {
            field_invalid_str(c->errs, file_path, file, STR("must not be padded with whitespace"));
        } else if (!file.len) {
            field_required(c->errs, file_path, needs_file);
        }
        if (file.len > FILE_MAX) {
            field_too_long(c->errs, file_path, FILE_MAX);
        }
    } else if (str_list_has(CHECK_LIST(profile_types), type)) {
        if (file.ptr) {
            field_invalid_str(c->errs, file_path, file,
                              STR("can only be set when AppArmor type is Localhost"));
        }
    } else {
        check_profile_type(c, profile, STR("type is required when appArmorProfile is set"), path);
    }
}

/* -- containers -------------------------------------------------------------------------------- */

static void contradiction(PodCheck *c, const Value *context, Path path, Str detail)
{
    Str dump = dump_security_context(context, c->target, check_arena(c));
    field_invalid_raw(c->errs, path, dump, detail);
}

static void check_escalation(PodCheck *c, const Value *context, const Path *path)
{
    OptBool may_escalate = value_get_bool(context, STR("allowPrivilegeEscalation"));
    if (!may_escalate.set || may_escalate.value) {
        return;
    }
    if (bool_of(context, "privileged")) {
        contradiction(
            c, context, *path,
            STR("cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
    }
    VALUE_EACH_ITEM(capability, value_at(context, "capabilities", "add", NULL)) {
        if (str_eq(value_as_str(capability), STR("CAP_SYS_ADMIN"))) {
            contradiction(c, context, *path,
                          STR("cannot set `allowPrivilegeEscalation` to false and "
                              "`capabilities.Add` CAP_SYS_ADMIN"));
        }
    }
}

void check_container_security(PodCheck *c, const Value *context, const Path *path)
{
    static const Str proc_mounts[] = { STR_INIT("Default"), STR_INIT("Unmasked") };
    if (!context) {
        return;
    }
    check_id(c, context, STR("runAsUser"), name_check_user_id, path);
    check_id(c, context, STR("runAsGroup"), name_check_group_id, path);
    check_supported_if_set(c, context, STR("procMount"), CHECK_LIST(proc_mounts), path);
    if (c->has_host_users && c->target->minor >= UNMASKED_NEEDS_USERS_MINOR &&
        str_eq(str_of(context, "procMount"), STR("Unmasked"))) {
        field_invalid_str(c->errs, path_child(path, "procMount"), STR("Unmasked"),
                          STR("`hostUsers` must be false to use `Unmasked`"));
    }
    Path seccomp = path_child(path, "seccompProfile");
    check_seccomp(c, object_of(context, "seccompProfile"), &seccomp);
    check_escalation(c, context, path);
    Path windows = path_child(path, "windowsOptions");
    check_windows_options(c, object_of(context, "windowsOptions"), &windows);
    Path apparmor = path_child(path, "appArmorProfile");
    check_apparmor(c, object_of(context, "appArmorProfile"), &apparmor);
}

/* -- pods -------------------------------------------------------------------------------------- */

/* On the node's network both numbers of a port are one. */
static void check_host_network(PodCheck *c, const Value *spec, const Path *spec_path)
{
    if (!bool_of(spec, "hostNetwork")) {
        return;
    }
    Path list = path_child(spec_path, "containers");
    size_t i = 0;
    VALUE_EACH_ITEM(container, value_get_lit(spec, "containers")) {
        Path item = path_index(&list, i++);
        Path ports = path_child(&item, "ports");
        size_t k = 0;
        VALUE_EACH_ITEM(port, value_get_lit(container, "ports")) {
            Path port_path = path_index(&ports, k++);
            int64_t number = int_of(port, "containerPort");
            if (int_of(port, "hostPort") != number) {
                field_invalid_int(c->errs, path_child(&port_path, "containerPort"), number,
                                  STR("must match `hostPort` when `hostNetwork` is true"));
            }
        }
    }
}

static bool is_sysctl(const PodCheck *c, Str name)
{
    if (c->target->minor < SYSCTL_SLASH_MINOR) {
        return name_is_sysctl(name);
    }
    Buf dotted = buf_new(check_arena(c));
    for (size_t i = 0; i < name.len; i++) {
        buf_byte(&dotted, name.ptr[i] == '/' ? '.' : name.ptr[i]);
    }
    return name_is_sysctl(buf_str(&dotted));
}

static void check_sysctls(PodCheck *c, const Value *sysctls, const Path *path)
{
#define SYSCTL_WRONG(regex) "must have at most 253 characters and match regex " regex
    static const Str with_dots = STR_INIT(SYSCTL_WRONG(NAME_SYSCTL_REGEX));
    static const Str with_slashes = STR_INIT(
        SYSCTL_WRONG("(" NAME_SYSCTL_SEGMENT_REGEX "[\\./])*" NAME_SYSCTL_SEGMENT_REGEX));
    Map names = map_new(check_arena(c));
    size_t i = 0;
    VALUE_EACH_ITEM(sysctl, sysctls) {
        Path item = path_index(path, i++);
        Path name_path = path_child(&item, "name");
        Str name = str_of(sysctl, "name");
        if (!name.len) {
            field_required(c->errs, name_path, STR(""));
        } else if (!is_sysctl(c, name)) {
            field_invalid_str(c->errs, name_path, name,
                              c->target->minor < SYSCTL_SLASH_MINOR ? with_dots : with_slashes);
        } else if (map_has(&names, name)) {
            field_duplicate(c->errs, name_path, name);
        }
        map_set(&names, name, sysctl);
    }
}

static void check_supplemental_groups(PodCheck *c, const Value *context, const Path *path)
{
    Path groups = path_child(path, "supplementalGroups");
    size_t i = 0;
    VALUE_EACH_ITEM(group, value_get_lit(context, "supplementalGroups")) {
        Path item = path_index(&groups, i++);
        int64_t id = value_as_int(group).value;
        NameMessages wrong = name_check_group_id(id);
        for (size_t k = 0; k < wrong.count; k++) {
            field_invalid_int(c->errs, item, id, wrong.items[k]);
        }
    }
}

void check_pod_security(PodCheck *c, const Value *spec, const Path *spec_path)
{
    static const Str change_policies[] = { STR_INIT("Always"), STR_INIT("OnRootMismatch") };
    const Value *context = object_of(spec, "securityContext");
    Path own = path_child(spec_path, "securityContext");
    const Path *path = &own;
    check_host_network(c, spec, spec_path);
    check_id(c, context, STR("fsGroup"), name_check_group_id, path);
    check_id(c, context, STR("runAsUser"), name_check_user_id, path);
    check_id(c, context, STR("runAsGroup"), name_check_group_id, path);
    check_supplemental_groups(c, context, path);
    /* Members of the spec that the API server holds in the security context, and names so. */
    if (bool_of(spec, "shareProcessNamespace") && bool_of(spec, "hostPID")) {
        field_invalid_bool(c->errs, path_child(path, "shareProcessNamespace"), true,
                           STR("ShareProcessNamespace and HostPID cannot both be enabled"));
    }
    Path sysctls = path_child(path, "sysctls");
    check_sysctls(c, value_get_lit(context, "sysctls"), &sysctls);
    check_supported_if_set(c, context, STR("fsGroupChangePolicy"), CHECK_LIST(change_policies),
                           path);
    Path seccomp = path_child(path, "seccompProfile");
    check_seccomp(c, object_of(context, "seccompProfile"), &seccomp);
    Path windows = path_child(path, "windowsOptions");
    check_windows_options(c, object_of(context, "windowsOptions"), &windows);
    Path apparmor = path_child(path, "appArmorProfile");
    check_apparmor(c, object_of(context, "appArmorProfile"), &apparmor);
}
