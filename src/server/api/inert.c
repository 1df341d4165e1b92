/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that a real API server acts by and this one only keeps: whoever writes one is told, so
 * that nobody takes a policy that is not asked for one that allows.
 */
#include "server/api/call.h"

static const Str kinds[] = {
    STR_INIT("MutatingAdmissionPolicy"),
    STR_INIT("MutatingAdmissionPolicyBinding"),
    STR_INIT("ValidatingAdmissionPolicy"),
    STR_INIT("ValidatingAdmissionPolicyBinding"),
};

void api_warn_inert(ApiCall *call)
{
    static const Str verbs[] = { STR_INIT("create"), STR_INIT("patch"), STR_INIT("update") };
    const KubeKind *k = &call->kind;
    if (call->request->serving &&
        str_list_has((StrList){ verbs, COUNT_OF(verbs) }, call->info.verb) &&
        str_list_has((StrList){ kinds, COUNT_OF(kinds) }, k->kind)) {
        api_warn(call,
                 arena_printf(call->arena, "podgate keeps %.*s objects but does not evaluate them",
                              STR_ARG(k->kind)));
    }
}
