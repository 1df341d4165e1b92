/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Approves the client certificates that kubelets ask for, where RBAC lets the requester create
 * certificatesigningrequests/nodeclient, or selfnodeclient for its own.
 *
 * Source: Kubernetes pkg/controller/certificates/approver
 */
#include "server/controllers/csr.h"

/* May the requester create this subresource of requests? */
static bool is_permitted(Ctl *c, const Value *csr, const char *subresource)
{
    static const struct {
        const char *from;
        const char *to;
    } members[] = {
        { "username", "user" }, { "uid", "uid" }, { "groups", "groups" }, { "extra", "extra" }
    };
    Arena *a = c->arena;
    Value review = value_object(), spec = value_object(), asked = value_object();
    value_set_lit(&asked, "group", value_str(STR("certificates.k8s.io")), a);
    value_set_lit(&asked, "resource", value_str(STR("certificatesigningrequests")), a);
    value_set_lit(&asked, "subresource", value_str(str_from_c(subresource)), a);
    value_set_lit(&asked, "verb", value_str(STR("create")), a);
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        const Value *member = value_at(csr, "spec", members[i].from, NULL);
        if (!value_is_null(member)) {
            value_set(&spec, str_from_c(members[i].to), *member, a);
        }
    }
    value_set_lit(&spec, "resourceAttributes", asked, a);
    value_set_lit(&review, "apiVersion", value_str(STR("authorization.k8s.io/v1")), a);
    value_set_lit(&review, "kind", value_str(STR("SubjectAccessReview")), a);
    value_set_lit(&review, "spec", spec, a);
    CtlObject at = { .api_version = "authorization.k8s.io/v1", .resource = "subjectaccessreviews" };
    ApiResponse response;
    return ctl_create(c, &at, &review, &response) &&
           value_as_bool(value_at(&response.body, "status", "allowed", NULL)).value;
}

static bool approve(Ctl *c, const Value *csr, const char *message)
{
    Value approved = value_copy(csr, c->arena);
    csr_add_condition(&approved, "Approved", "AutoApproved", str_from_c(message), c->arena);
    return csr_update(c, &approved, "approval");
}

static bool sync(Ctl *c, Str unused, Str name)
{
    (void)unused;
    const Value *csr = csr_get_open(c, name);
    if (csr == NULL || csr_has(csr, "Approved") || csr_has(csr, "Denied")) {
        return true;
    }
    Str signer = value_as_str(value_at(csr, "spec", "signerName", NULL));
    Str pem;
    CertRequest request;
    if (!str_eq(signer, STR(CSR_SIGNER_KUBELET_CLIENT))) {
        return true;
    }
    if (!csr_read(csr, c->arena, &pem, &request)) {
        return false;
    }
    if (csr_kubelet_client_error(&request, csr_usages(csr, c->arena), c->target).ptr) {
        return true;
    }
    bool is_own = str_eq(value_as_str(value_at(csr, "spec", "username", NULL)), request.cn);
    if (is_own && is_permitted(c, csr, "selfnodeclient")) {
        return approve(c, csr,
                       "Auto approving self kubelet client certificate after "
                       "SubjectAccessReview.");
    }
    /* False: rights may come later. */
    return is_permitted(c, csr, "nodeclient") &&
           approve(c, csr, "Auto approving kubelet client certificate after SubjectAccessReview.");
}

const Controller controller_csr_approving = {
    .name = STR_INIT("certificate-controller"),
    .kinds = { CSR_KIND },
    .observe = csr_observe,
    .sync = sync,
};
