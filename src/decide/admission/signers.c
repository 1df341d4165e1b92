/* SPDX-License-Identifier: Apache-2.0 */
/* Source: Kubernetes plugin/pkg/admission/certificates/util.go */
#include "decide/admission/signers.h"

#include "decide/rbac/authorizer.h"

static bool allows(const AdmissionRun *run, const char *verb, Str name)
{
    RbacRequest request = {
        .user = run->request->user,
        .verb = str_from_c(verb),
        .api_group = STR("certificates.k8s.io"),
        .resource = STR("signers"),
        .is_resource = true,
        .name = name,
    };
    return authorizer_allows(run->facts, &request, run->arena);
}

bool admission_check_signer(AdmissionRun *run, const char *verb)
{
    /* the stored one: a signer that the request puts in its place is refused later */
    Str signer = value_as_str(value_at(run->old_object, "spec", "signerName", NULL));
    signer = signer.ptr ? signer : STR("");
    Str domain, rest;
    if (!str_split_once(signer, '/', &domain, &rest)) {
        domain = signer;
    }
    if (allows(run, verb, signer) ||
        allows(run, verb, arena_concat(run->arena, domain, STR("/*")))) {
        return true;
    }
    Buf b = buf_new(run->arena);
    buf_printf(&b, "user not permitted to %s requests with signerName ", verb);
    buf_go_quoted(&b, signer);
    return admission_forbid_str(run, buf_str(&b));
}
