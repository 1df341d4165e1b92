/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capabilities_baseline (baseline, v1.0 on): a container may add no capability but those that
 * container runtimes give anyway. Restricted has its own rule from v1.22 on.
 *
 * Fields   spec.{initContainers,containers,ephemeralContainers}[*].securityContext.capabilities.add
 * Allowed  unset, and the names below; "chown" and "CAP_CHOWN" are other names
 * Source   Pod Security Standards, baseline, "Capabilities"
 */
#include "decide/psa/check.h"

static bool is_default(Str capability)
{
    static const Str defaults[] = {
        STR_INIT("AUDIT_WRITE"), STR_INIT("CHOWN"),   STR_INIT("DAC_OVERRIDE"),
        STR_INIT("FOWNER"),      STR_INIT("FSETID"),  STR_INIT("KILL"),
        STR_INIT("MKNOD"),       STR_INIT("SETFCAP"), STR_INIT("NET_BIND_SERVICE"),
        STR_INIT("SETGID"),      STR_INIT("SETPCAP"), STR_INIT("SETUID"),
        STR_INIT("SYS_CHROOT"),
    };
    return psa_str_in(capability, defaults, COUNT_OF(defaults));
}

static void capabilities_baseline_1_0(const PodView *pod, PsaCheckOut *out)
{
    PsaList containers = { 0 };
    PsaList capabilities = { 0 };
    POD_EACH_CONTAINER(c, pod) {
        const CapabilitiesView *caps = c->security.capabilities;
        size_t before = capabilities.count;
        for (size_t i = 0; caps && i < caps->add.count; i++) {
            if (!is_default(caps->add.items[i])) {
                psa_list_add(&capabilities, caps->add.items[i], out->arena);
                psa_place_item(out, c, STR("securityContext.capabilities.add"), i, STR_ABSENT);
            }
        }
        if (capabilities.count != before) {
            psa_list_add(&containers, c->name, out->arena);
        }
    }
    if (containers.count) {
        psa_list_to_set(&capabilities);
        Buf *b = psa_fail(out, STR("non-default capabilities"));
        psa_write_containers(&containers, b);
        buf_lit(b, " must not include ");
        psa_write_quoted(&capabilities, b);
        buf_lit(b, " in securityContext.capabilities.add");
    }
}

const PsaCheck psa_check_capabilities_baseline = {
    .id = STR_INIT("capabilities_baseline"),
    .level = PSA_BASELINE,
    .title = STR_INIT("no capability added beyond the usual ones of a container"),
    .versions = { { 0, capabilities_baseline_1_0 } },
};
