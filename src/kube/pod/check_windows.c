/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of Windows options: users, GMSA, host processes; and of the operating system. */
#include "kube/pod/check.h"

enum { HOST_PROCESS_MINOR = 23, OS_MINOR = 24 };

/* -- runAsUserName ----------------------------------------------------------------------------- */

static bool has_control_character(Str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7F) {
            return true;
        }
    }
    return false;
}

static bool has_any_of(Str s, const char *characters)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] && strchr(characters, s.ptr[i])) {
            return true;
        }
    }
    return false;
}

static size_t count_characters(Str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++) {
        count += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    }
    return count;
}

static bool is_net_bios_domain(Str s)
{
    enum { NET_BIOS_MAX = 15 };
    return s.len && s.ptr[0] != '.' && !has_any_of(s, "\\/:*?\"<>|") &&
           count_characters(s) <= NET_BIOS_MAX;
}

static bool is_dns_domain(Str s)
{
    enum { LABEL_MAX = 63 };
    Str label;
    while (str_next_piece(&s, '.', &label)) {
        if (!label.len || label.len > LABEL_MAX || label.ptr[0] == '-' ||
            label.ptr[label.len - 1] == '-') {
            return false;
        }
        for (size_t i = 0; i < label.len; i++) {
            char ch = label.ptr[i];
            if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
                  (ch >= '0' && ch <= '9') || ch == '-')) {
                return false;
            }
        }
    }
    return true;
}

static bool is_dots_and_blanks(Str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '.' && s.ptr[i] != ' ') {
            return false;
        }
    }
    return s.len > 0;
}

static void check_run_as_user_name(PodCheck *c, Str name, Path path)
{
    enum { DOMAIN_MAX = 256, USER_MAX = 104 };
    FieldErrors *errs = c->errs;
    if (!name.len) {
        field_invalid_str(errs, path, name, STR("runAsUserName cannot be an empty string"));
        return;
    }
    if (has_control_character(name)) {
        field_invalid_str(errs, path, name, STR("runAsUserName cannot contain control characters"));
        return;
    }
    Str domain;
    Str user;
    bool has_domain = str_split_once(name, '\\', &domain, &user);
    if (!has_domain) {
        user = name;
    } else if (str_index_byte(user, '\\') >= 0) {
        field_invalid_str(errs, path, name,
                          STR("runAsUserName cannot contain more than one backslash"));
        return;
    }
    if (has_domain && domain.len >= DOMAIN_MAX) {
        field_invalid_str(errs, path, name,
                          STR("runAsUserName's Domain length must be under 256 characters"));
    }
    if (has_domain && !is_net_bios_domain(domain) && !is_dns_domain(domain)) {
        field_invalid_str(
            errs, path, name,
            STR("runAsUserName's Domain doesn't match the NetBios nor the DNS format"));
    }
    if (!user.len) {
        field_invalid_str(errs, path, name, STR("runAsUserName's User cannot be empty"));
    } else if (user.len > USER_MAX) {
        field_invalid_str(
            errs, path, name,
            STR("runAsUserName's User length must not be longer than 104 characters"));
    }
    if (is_dots_and_blanks(user)) {
        field_invalid_str(errs, path, name,
                          STR("runAsUserName's User cannot contain only periods or spaces"));
    }
    if (has_any_of(user, "\"/\\:;|=,+*?<>@[]")) {
        field_invalid_str(errs, path, name,
                          STR("runAsUserName's User cannot contain the following characters: "
                              "\"/\\:;|=,+*?<>@[]"));
    }
}

void check_windows_options(PodCheck *c, const Value *options, const Path *path)
{
    enum { SPEC_MAX = 64 * 1024 };
    Str spec_name = value_get_str(options, STR("gmsaCredentialSpecName"));
    Str spec = value_get_str(options, STR("gmsaCredentialSpec"));
    Str user = value_get_str(options, STR("runAsUserName"));
    if (spec_name.ptr) {
        check_name(c, spec_name, name_check_dns1123_subdomain,
                   path_child(path, "gmsaCredentialSpecName"));
    }
    if (spec.ptr && !spec.len) {
        field_invalid_str(c->errs, path_child(path, "gmsaCredentialSpec"), spec,
                          STR("gmsaCredentialSpec cannot be an empty string"));
    } else if (spec.len > SPEC_MAX) {
        field_invalid_str(c->errs, path_child(path, "gmsaCredentialSpec"), spec,
                          STR("gmsaCredentialSpec size must be under 64 KiB"));
    }
    if (user.ptr) {
        check_run_as_user_name(c, user, path_child(path, "runAsUserName"));
    }
}

/* -- host processes ---------------------------------------------------------------------------- */

static OptBool host_process_of(const Value *holder)
{
    return value_as_bool(
        value_at(holder, "securityContext", "windowsOptions", "hostProcess", NULL));
}

static Path host_process_path(const Path *options)
{
    return path_child(options, "hostProcess");
}

void check_windows_host_process(PodCheck *c, const Value *spec, const Path *path)
{
    static const Str gate_is_off = STR_INIT(
        "not allowed when feature gate 'WindowsHostProcessContainers' is not enabled");
    bool is_allowed = c->target->minor >= HOST_PROCESS_MINOR;
    OptBool of_pod = host_process_of(spec);
    size_t all = 0;
    size_t of_host = 0;
    if (!is_allowed && of_pod.set) {
        Path context = path_child(path, "securityContext");
        Path options = path_child(&context, "windowsOptions");
        field_forbidden(c->errs, host_process_path(&options), gate_is_off);
        return;
    }
    for (int k = 0; k < POD_CONTAINER_KINDS; k++) {
        Path list = path_child_str(path, pod_container_members[k]);
        size_t i = 0;
        VALUE_EACH_ITEM(container, value_get(spec, pod_container_members[k])) {
            Path item = path_index(&list, i++);
            Path context = path_child(&item, "securityContext");
            Path options = path_child(&context, "windowsOptions");
            OptBool own = host_process_of(container);
            all++;
            of_host += own.set ? own.value : of_pod.value;
            if (!is_allowed && own.set) {
                field_forbidden(c->errs, host_process_path(&options), gate_is_off);
            }
            if (of_pod.set && own.set && own.value != of_pod.value) {
                field_invalid_bool(
                    c->errs, host_process_path(&options), own.value,
                    arena_printf(check_arena(c),
                                 "pod hostProcess value must be identical if both are specified, "
                                 "was %s",
                                 of_pod.value ? "true" : "false"));
            }
        }
    }
    if (!of_host) {
        return;
    }
    if (!is_allowed) {
        field_forbidden(c->errs, *path,
                        STR("pod must not contain Windows hostProcess containers when feature "
                            "gate 'WindowsHostProcessContainers' is not enabled"));
        return;
    }
    if (of_host != all) {
        field_invalid_str(c->errs, *path, STR(""),
                          STR("If pod contains any hostProcess containers then all containers "
                              "must be HostProcess containers"));
    }
    if (!bool_of(spec, "hostNetwork")) {
        field_invalid_bool(
            c->errs, path_child(path, "hostNetwork"), false,
            STR("hostNetwork must be true if pod contains any hostProcess containers"));
    }
}

/* -- spec.os ----------------------------------------------------------------------------------- */

/* Members that mean nothing on Windows. */
static const Str linux_of_spec[] = { STR_INIT("hostUsers"), STR_INIT("hostPID"),
                                     STR_INIT("hostIPC"), STR_INIT("shareProcessNamespace") };
static const Str linux_of_pod[] = {
    STR_INIT("appArmorProfile"),     STR_INIT("seLinuxOptions"),
    STR_INIT("seccompProfile"),      STR_INIT("fsGroup"),
    STR_INIT("fsGroupChangePolicy"), STR_INIT("sysctls"),
    STR_INIT("runAsUser"),           STR_INIT("runAsGroup"),
    STR_INIT("supplementalGroups"),  STR_INIT("supplementalGroupsPolicy"),
};
static const Str linux_of_container[] = {
    STR_INIT("appArmorProfile"),
    STR_INIT("seLinuxOptions"),
    STR_INIT("seccompProfile"),
    STR_INIT("capabilities"),
    STR_INIT("readOnlyRootFilesystem"),
    STR_INIT("privileged"),
    STR_INIT("allowPrivilegeEscalation"),
    STR_INIT("procMount"),
    STR_INIT("runAsUser"),
    STR_INIT("runAsGroup"),
};

static void forbid(PodCheck *c, const Value *object, StrList members, const Path *path)
{
    for (size_t i = 0; i < members.count; i++) {
        const Value *v = value_get(object, members.items[i]);
        bool is_set = !value_is_null(v) && (v->kind != VALUE_ARRAY || v->len > 0);
        bool is_false_flag = value_is(v, VALUE_BOOL) && !v->b &&
                             str_starts_with(members.items[i], STR("host")) &&
                             !str_eq(members.items[i], STR("hostUsers"));
        if (is_set && !is_false_flag) {
            field_forbidden(c->errs, path_child_str(path, members.items[i]),
                            STR("cannot be set for a windows pod"));
        }
    }
}

static void check_windows_pod(PodCheck *c, const Value *spec, const Path *path)
{
    Path context = path_child(path, "securityContext");
    forbid(c, spec, CHECK_LIST(linux_of_spec), path);
    forbid(c, object_of(spec, "securityContext"), CHECK_LIST(linux_of_pod), &context);
    for (int k = 0; k < POD_CONTAINER_KINDS; k++) {
        Path list = path_child_str(path, pod_container_members[k]);
        size_t i = 0;
        VALUE_EACH_ITEM(container, value_get(spec, pod_container_members[k])) {
            Path item = path_index(&list, i++);
            Path own = path_child(&item, "securityContext");
            forbid(c, object_of(container, "securityContext"), CHECK_LIST(linux_of_container),
                   &own);
        }
    }
}

static void forbid_windows_options(PodCheck *c, const Value *holder, const Path *path)
{
    if (value_at(holder, "securityContext", "windowsOptions", NULL)) {
        Path context = path_child(path, "securityContext");
        field_forbidden(c->errs, path_child(&context, "windowsOptions"),
                        STR("windows options cannot be set for a linux pod"));
    }
}

static void check_linux_pod(PodCheck *c, const Value *spec, const Path *path)
{
    forbid_windows_options(c, spec, path);
    for (int k = 0; k < POD_CONTAINER_KINDS; k++) {
        Path list = path_child_str(path, pod_container_members[k]);
        size_t i = 0;
        VALUE_EACH_ITEM(container, value_get(spec, pod_container_members[k])) {
            Path item = path_index(&list, i++);
            forbid_windows_options(c, container, &item);
        }
    }
}

void check_os(PodCheck *c, const Value *spec, const Path *path)
{
    static const Str systems[] = { STR_INIT("linux"), STR_INIT("windows") };
    const Value *os = object_of(spec, "os");
    if (!os || c->target->minor < OS_MINOR) {
        return;
    }
    Path os_path = path_child(path, "os");
    Str name = str_of(os, "name");
    if (str_eq(name, STR("linux"))) {
        check_linux_pod(c, spec, path);
    } else if (str_eq(name, STR("windows"))) {
        check_windows_pod(c, spec, path);
    } else {
        check_enum(c, os, STR("name"), CHECK_LIST(systems), &os_path);
    }
}
