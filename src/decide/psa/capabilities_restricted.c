/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capabilities_restricted (restricted, v1.22 on): every container must drop ALL capabilities, and
 * may add back only NET_BIND_SERVICE. From v1.25 on pods that declare Windows need not.
 *
 * Fields   spec.{initContainers,containers,ephemeralContainers}[*].securityContext.capabilities
 *          .{add,drop}
 * Allowed  drop: a list with exactly "ALL" in it; add: unset, NET_BIND_SERVICE
 * Source   Pod Security Standards, restricted, "Capabilities"
 */
#include "decide/psa/check.h"

static void capabilities_restricted_1_22(const PodView *pod, PsaCheckOut *out)
{
    static const Str all = STR_INIT("ALL");
    PsaList missing_drop = { 0 };
    PsaList adding = { 0 };
    PsaList added = { 0 };
    POD_EACH_CONTAINER(c, pod) {
        const CapabilitiesView *caps = c->security.capabilities;
        if (!caps || !psa_str_in(all, caps->drop.items, caps->drop.count)) {
            psa_list_add(&missing_drop, c->name, out->arena);
            psa_place(out, c, STR("securityContext.capabilities.drop"));
        }
        size_t before = added.count;
        for (size_t i = 0; caps && i < caps->add.count; i++) {
            if (!str_eq(caps->add.items[i], STR("NET_BIND_SERVICE"))) {
                psa_list_add(&added, caps->add.items[i], out->arena);
                psa_place_item(out, c, STR("securityContext.capabilities.add"), i, STR_ABSENT);
            }
        }
        if (added.count != before) {
            psa_list_add(&adding, c->name, out->arena);
        }
    }
    if (!missing_drop.count && !adding.count) {
        return;
    }
    Buf *b = psa_fail(out, STR("unrestricted capabilities"));
    if (missing_drop.count) {
        psa_write_containers(&missing_drop, b);
        buf_lit(b, " must set securityContext.capabilities.drop=[\"ALL\"]");
    }
    if (adding.count) {
        if (missing_drop.count) {
            buf_lit(b, "; ");
        }
        psa_list_to_set(&added);
        psa_write_containers(&adding, b);
        buf_lit(b, " must not include ");
        psa_write_quoted(&added, b);
        buf_lit(b, " in securityContext.capabilities.add");
    }
}

static void capabilities_restricted_1_25(const PodView *pod, PsaCheckOut *out)
{
    if (!psa_pod_is_windows(pod)) {
        capabilities_restricted_1_22(pod, out);
    }
}

const PsaCheck psa_check_capabilities_restricted = {
    .id = STR_INIT("capabilities_restricted"),
    .level = PSA_RESTRICTED,
    .title = STR_INIT("all capabilities dropped, none added but NET_BIND_SERVICE"),
    .versions = { { 22, capabilities_restricted_1_22 }, { 25, capabilities_restricted_1_25 } },
    .replaces = &psa_check_capabilities_baseline,
    .replaces_since_minor = 22,
};
