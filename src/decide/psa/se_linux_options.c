/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seLinuxOptions (baseline, v1.0 on): no SELinux user or role, and no type but those of containers.
 *
 * Fields   spec.securityContext.seLinuxOptions.{type,user,role}
 *          spec.{initContainers,containers,ephemeralContainers}[*].securityContext.seLinuxOptions
 *          .{type,user,role}
 * Allowed  type: unset, empty, container_t, container_init_t, container_kvm_t, and from v1.31 on
 *          container_engine_t; user and role: unset, empty
 * Source   Pod Security Standards, baseline, "SELinux"
 */
#include "decide/psa/check.h"

typedef struct BadOptions {
    PsaList types;
    bool user;
    bool role;
} BadOptions;

static bool type_is_allowed_1_0(Str type)
{
    return type.len == 0 || str_eq(type, STR("container_t")) ||
           str_eq(type, STR("container_init_t")) || str_eq(type, STR("container_kvm_t"));
}

static bool type_is_allowed_1_31(Str type)
{
    return type_is_allowed_1_0(type) || str_eq(type, STR("container_engine_t"));
}

/* True when some option is bad. c: NULL for the pod's options. */
static bool read_options(const SeLinuxView *options, bool (*type_is_allowed)(Str),
                         const ContainerView *c, PsaCheckOut *out, BadOptions *bad)
{
    if (!options) {
        return false;
    }
    bool found = false;
    if (!type_is_allowed(options->type)) {
        psa_list_add(&bad->types, options->type, out->arena);
        psa_place(out, c, STR("securityContext.seLinuxOptions.type"));
        found = true;
    }
    if (options->user.len) {
        psa_place(out, c, STR("securityContext.seLinuxOptions.user"));
        found = bad->user = true;
    }
    if (options->role.len) {
        psa_place(out, c, STR("securityContext.seLinuxOptions.role"));
        found = bad->role = true;
    }
    return found;
}

static void write_bad(BadOptions *bad, Buf *b)
{
    const char *separator = "";
    if (bad->types.count) {
        psa_list_to_set(&bad->types);
        psa_write_plural(bad->types.count, STR("type "), STR("types "), b);
        psa_write_quoted(&bad->types, b);
        separator = "; ";
    }
    if (bad->user) {
        buf_add(b, str_from_c(separator));
        buf_lit(b, "user may not be set");
        separator = "; ";
    }
    if (bad->role) {
        buf_add(b, str_from_c(separator));
        buf_lit(b, "role may not be set");
    }
}

static void check(const PodView *pod, bool (*type_is_allowed)(Str), PsaCheckOut *out)
{
    BadOptions bad = { 0 };
    PsaList containers = { 0 };
    bool pod_is_bad = read_options(pod->security.se_linux, type_is_allowed, NULL, out, &bad);
    POD_EACH_CONTAINER(c, pod) {
        if (read_options(c->security.se_linux, type_is_allowed, c, out, &bad)) {
            psa_list_add(&containers, c->name, out->arena);
        }
    }
    if (pod_is_bad || containers.count) {
        Buf *b = psa_fail(out, STR("seLinuxOptions"));
        psa_write_setters(pod_is_bad, &containers, b);
        buf_lit(b, " set forbidden securityContext.seLinuxOptions: ");
        write_bad(&bad, b);
    }
}

static void se_linux_options_1_0(const PodView *pod, PsaCheckOut *out)
{
    check(pod, type_is_allowed_1_0, out);
}

static void se_linux_options_1_31(const PodView *pod, PsaCheckOut *out)
{
    check(pod, type_is_allowed_1_31, out);
}

const PsaCheck psa_check_se_linux_options = {
    .id = STR_INIT("seLinuxOptions"),
    .level = PSA_BASELINE,
    .title = STR_INIT("no SELinux user or role, no type but those of containers"),
    .versions = { { 0, se_linux_options_1_0 }, { 31, se_linux_options_1_31 } },
};
