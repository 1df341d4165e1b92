/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would have prevented it.
 *
 * Source: Kubernetes, Pod Security Standards (names of controls)
 */
#include "analyze/audit/prevent.h"

typedef struct FalcoRow {
    Str rule;
    Prevention prevention;
} FalcoRow;

static const FalcoRow falco_rows[] = {
#define FALCO(rule, how, psp, pss, other) \
    { STR_INIT(rule), { PREVENT_##how, STR_INIT(psp), STR_INIT(pss), STR_INIT(other) } },
#include "analyze/audit/prevent.def"
#undef FALCO
};

typedef struct CheckRow {
    Str check;
    Str psp;
    Str control;
    Str other;
} CheckRow;

static const CheckRow check_rows[] = {
    { STR_INIT("appArmorProfile"), STR_INIT("annotation apparmor allowedProfileNames"),
      STR_INIT("baseline: AppArmor"), STR_INIT("") },
    { STR_INIT("capabilities_baseline"), STR_INIT("allowedCapabilities"),
      STR_INIT("baseline: Capabilities"), STR_INIT("") },
    { STR_INIT("hostNamespaces"), STR_INIT("hostNetwork: false, hostPID: false, hostIPC: false"),
      STR_INIT("baseline: Host Namespaces"), STR_INIT("") },
    { STR_INIT("hostPathVolumes"), STR_INIT("allowedHostPaths, or volumes without hostPath"),
      STR_INIT("baseline: HostPath Volumes"), STR_INIT("") },
    { STR_INIT("hostPorts"), STR_INIT("hostPorts"), STR_INIT("baseline: Host Ports"),
      STR_INIT("") },
    { STR_INIT("hostProbesAndHostLifecycle"), STR_INIT(""),
      STR_INIT("baseline: Host Probes / Lifecycle Hooks"),
      STR_INIT("a PodSecurityPolicy has no field for it") },
    { STR_INIT("privileged"), STR_INIT("privileged: false"),
      STR_INIT("baseline: Privileged Containers"), STR_INIT("") },
    { STR_INIT("procMount"), STR_INIT("allowedProcMountTypes: Default"),
      STR_INIT("baseline: /proc Mount Type"), STR_INIT("") },
    { STR_INIT("seLinuxOptions"), STR_INIT("seLinux: MustRunAs"), STR_INIT("baseline: SELinux"),
      STR_INIT("") },
    { STR_INIT("seccompProfile_baseline"),
      STR_INIT("annotation seccomp allowedProfileNames: runtime/default"),
      STR_INIT("baseline: Seccomp"), STR_INIT("") },
    { STR_INIT("sysctls"), STR_INIT("forbiddenSysctls, allowedUnsafeSysctls"),
      STR_INIT("baseline: Sysctls"), STR_INIT("") },
    { STR_INIT("windowsHostProcess"), STR_INIT(""), STR_INIT("baseline: HostProcess"),
      STR_INIT("podgate reads privileged: false for it") },
    { STR_INIT("allowPrivilegeEscalation"), STR_INIT("allowPrivilegeEscalation: false"),
      STR_INIT("restricted: Privilege Escalation"), STR_INIT("") },
    { STR_INIT("capabilities_restricted"), STR_INIT("requiredDropCapabilities: ALL"),
      STR_INIT("restricted: Capabilities"), STR_INIT("") },
    { STR_INIT("procMount_restricted"), STR_INIT("allowedProcMountTypes: Default"),
      STR_INIT("restricted: /proc Mount Type"), STR_INIT("") },
    { STR_INIT("restrictedVolumes"), STR_INIT("volumes"), STR_INIT("restricted: Volume Types"),
      STR_INIT("") },
    { STR_INIT("runAsNonRoot"), STR_INIT("runAsUser: MustRunAsNonRoot"),
      STR_INIT("restricted: Running as Non-root"), STR_INIT("") },
    { STR_INIT("runAsUser"), STR_INIT("runAsUser: MustRunAsNonRoot"),
      STR_INIT("restricted: Running as Non-root user"), STR_INIT("") },
    { STR_INIT("seccompProfile_restricted"),
      STR_INIT("annotation seccomp allowedProfileNames: runtime/default"),
      STR_INIT("restricted: Seccomp"), STR_INIT("") },
};

Prevention prevent_falco(Str rule)
{
    for (size_t i = 0; i < COUNT_OF(falco_rows); i++) {
        if (str_eq_ignore_case(falco_rows[i].rule, rule)) {
            return falco_rows[i].prevention;
        }
    }
    return (Prevention){ PREVENT_UNKNOWN, STR(""), STR(""), STR("") };
}

Prevention prevent_check(const PsaCheck *check)
{
    for (size_t i = 0; i < COUNT_OF(check_rows); i++) {
        if (str_eq(check_rows[i].check, psa_check_id(check))) {
            return (Prevention){ PREVENT_FULLY, check_rows[i].psp, check_rows[i].control,
                                 check_rows[i].other };
        }
    }
    return (Prevention){ PREVENT_FULLY, STR(""), psa_check_id(check), STR("") };
}

Str prevent_text(const Prevention *p, Arena *a)
{
    static const Str starts[] = {
        [PREVENT_FULLY] = STR_INIT(""),
        [PREVENT_PARTLY] = STR_INIT("partly"),
        [PREVENT_NOT] = STR_INIT("no admission policy"),
        [PREVENT_DONE] = STR_INIT("refused"),
        [PREVENT_UNKNOWN] = STR_INIT("not known here"),
    };
    Buf b = buf_new(a);
    Str between = starts[p->how].len ? STR(": ") : STR("");
    buf_add(&b, starts[p->how]);
    const Str parts[] = { p->psp, p->pss, p->other };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].len) {
            buf_add(&b, between);
            buf_add(&b, parts[i]);
            between = STR("; ");
        }
    }
    return buf_str(&b);
}

Str prevent_how_text(PreventHow how)
{
    static const Str texts[] = {
        [PREVENT_FULLY] = STR_INIT("Fully"),     [PREVENT_PARTLY] = STR_INIT("Partly"),
        [PREVENT_NOT] = STR_INIT("No"),          [PREVENT_DONE] = STR_INIT("Refused"),
        [PREVENT_UNKNOWN] = STR_INIT("Unknown"),
    };
    return texts[how];
}

size_t prevent_falco_count(void)
{
    return COUNT_OF(falco_rows);
}

Str prevent_falco_name(size_t i)
{
    return falco_rows[i].rule;
}
