/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysctls (baseline, v1.0 on): only sysctls that the kernel keeps apart for each pod. The list has
 * grown with the versions.
 *
 * Fields   spec.securityContext.sysctls[*].name
 * Allowed  the names below, written with dots
 * Source   Pod Security Standards, baseline, "Sysctls"
 */
#include "decide/psa/check.h"

/* Each with the version that first allowed it, rising. */
static const struct {
    int since_minor;
    Str name;
} safe[] = {
    { 0, STR_INIT("kernel.shm_rmid_forced") },
    { 0, STR_INIT("net.ipv4.ip_local_port_range") },
    { 0, STR_INIT("net.ipv4.tcp_syncookies") },
    { 0, STR_INIT("net.ipv4.ping_group_range") },
    { 0, STR_INIT("net.ipv4.ip_unprivileged_port_start") },
    { 27, STR_INIT("net.ipv4.ip_local_reserved_ports") },
    { 29, STR_INIT("net.ipv4.tcp_keepalive_time") },
    { 29, STR_INIT("net.ipv4.tcp_fin_timeout") },
    { 29, STR_INIT("net.ipv4.tcp_keepalive_intvl") },
    { 29, STR_INIT("net.ipv4.tcp_keepalive_probes") },
    { 32, STR_INIT("net.ipv4.tcp_rmem") },
    { 32, STR_INIT("net.ipv4.tcp_wmem") },
    { 37, STR_INIT("net.ipv4.tcp_slow_start_after_idle") },
    { 37, STR_INIT("net.ipv4.tcp_notsent_lowat") },
};

static bool is_safe(Str name, int minor)
{
    for (size_t i = 0; i < COUNT_OF(safe) && safe[i].since_minor <= minor; i++) {
        if (str_eq(name, safe[i].name)) {
            return true;
        }
    }
    return false;
}

static void check(const PodView *pod, int minor, PsaCheckOut *out)
{
    PsaList names = { 0 };
    for (size_t i = 0; i < pod->security.sysctl_count; i++) {
        Str name = pod->security.sysctls[i].name;
        if (!is_safe(name, minor)) {
            psa_list_add(&names, name, out->arena);
            psa_place_item(out, NULL, STR("securityContext.sysctls"), i, STR("name"));
        }
    }
    if (names.count) {
        psa_write_plain(&names, psa_fail(out, STR("forbidden sysctls")));
    }
}

static void sysctls_1_0(const PodView *pod, PsaCheckOut *out)
{
    check(pod, 0, out);
}

static void sysctls_1_27(const PodView *pod, PsaCheckOut *out)
{
    check(pod, 27, out);
}

static void sysctls_1_29(const PodView *pod, PsaCheckOut *out)
{
    check(pod, 29, out);
}

static void sysctls_1_32(const PodView *pod, PsaCheckOut *out)
{
    check(pod, 32, out);
}

static void sysctls_1_37(const PodView *pod, PsaCheckOut *out)
{
    check(pod, 37, out);
}

const PsaCheck psa_check_sysctls = {
    .id = STR_INIT("sysctls"),
    .level = PSA_BASELINE,
    .title = STR_INIT("no sysctl that reaches beyond the pod"),
    .versions = { { 0, sysctls_1_0 },
                  { 27, sysctls_1_27 },
                  { 29, sysctls_1_29 },
                  { 32, sysctls_1_32 },
                  { 37, sysctls_1_37 } },
};
