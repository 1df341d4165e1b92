/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives approved certificate requests their certificates: those of Kubernetes' own signers, each
 * with its rules. What breaks a rule gets the condition Failed.
 *
 * Source: Kubernetes pkg/controller/certificates/signer, pkg/controller/certificates/authority
 */
#include "base/base64.h"
#include "server/controllers/csr.h"

enum {
    DURATION_SINCE = 22, /* spec.expirationSeconds */
    MINUTE = 60,
    HOUR = 60 * MINUTE,
    SECONDS_MAX = 365 * 24 * HOUR, /* --cluster-signing-duration */
    SECONDS_MIN = 10 * MINUTE,
    BACKDATE = 5 * MINUTE, /* clocks differ */
    SHORT = 8 * HOUR,      /* below that the end is not moved with the beginning */
};

/* -- the signers: why one does not sign; absent when it does ------------------------------------
 */

static Str client_error(StrList usages, Arena *a)
{
    bool has_client_auth = false;
    for (size_t i = 0; i < usages.count; i++) {
        Str usage = usages.items[i];
        if (str_eq(usage, STR("client auth"))) {
            has_client_auth = true;
        } else if (!str_eq(usage, STR("digital signature")) &&
                   !str_eq(usage, STR("key encipherment"))) {
            return arena_printf(a, "invalid usage for client certificate: %.*s", STR_ARG(usage));
        }
    }
    return has_client_auth ? STR_ABSENT
                           : STR("missing required usage for client certificate: client auth");
}

/* False for a signer that is somebody else's. */
static bool ask_signer(Ctl *c, Str signer, const CertRequest *r, StrList usages, Str *why)
{
    if (str_eq(signer, STR(CSR_SIGNER_CLIENT))) {
        *why = client_error(usages, c->arena);
    } else if (str_eq(signer, STR(CSR_SIGNER_KUBELET_CLIENT))) {
        *why = csr_kubelet_client_error(r, usages, c->target);
    } else if (str_eq(signer, STR(CSR_SIGNER_KUBELET_SERVING))) {
        *why = csr_kubelet_serving_error(r, usages, c->target);
    } else if (str_eq(signer, STR(CSR_SIGNER_LEGACY))) {
        *why = STR_ABSENT; /* signs whatever is approved */
    } else {
        return false;
    }
    return true;
}

/* -- signing ------------------------------------------------------------------------------------
 */

static int64_t seconds_of(const Value *csr, const KubeTarget *t)
{
    OptInt64 wanted = value_as_int(value_at(csr, "spec", "expirationSeconds", NULL));
    if (!wanted.set || t->minor < DURATION_SINCE || wanted.value > SECONDS_MAX) {
        return SECONDS_MAX;
    }
    return wanted.value < SECONDS_MIN ? SECONDS_MIN : wanted.value;
}

static bool sign(Ctl *c, const Value *csr, Str pem, StrList usages)
{
    Arena *a = c->arena;
    int64_t now = ctl_now(c, NULL);
    int64_t seconds = seconds_of(csr, c->target);
    CertGrant grant = {
        .usages = usages,
        .not_before = now - BACKDATE,
        .not_after = now + seconds - (seconds < SHORT ? 0 : BACKDATE),
    };
    Str certificate;
    Err err;
    if (!cert_request_sign(apiserver_options(c->server)->ca, pem, &grant, a, &certificate, &err)) {
        return false;
    }
    Buf text = buf_new(a);
    base64_write(certificate, &text);
    Value signed_one = value_copy(csr, a);
    Value *status = value_need_object(&signed_one, STR("status"), a);
    value_set_lit(status, "certificate", value_str(buf_str(&text)), a);
    return csr_update(c, &signed_one, "status");
}

static bool sync(Ctl *c, Str unused, Str name)
{
    (void)unused;
    const Value *csr = csr_get_open(c, name);
    if (csr == NULL || !csr_has(csr, "Approved") || csr_has(csr, "Denied") ||
        csr_has(csr, "Failed")) {
        return true;
    }
    Str pem, why;
    CertRequest request;
    StrList usages = csr_usages(csr, c->arena);
    if (!csr_read(csr, c->arena, &pem, &request)) {
        return false;
    }
    Str signer = value_as_str(value_at(csr, "spec", "signerName", NULL));
    if (!ask_signer(c, signer, &request, usages, &why)) {
        return true;
    }
    if (!why.ptr) {
        return sign(c, csr, pem, usages);
    }
    Value failed = value_copy(csr, c->arena);
    csr_add_condition(&failed, "Failed", "SignerValidationFailure", why, c->arena);
    return csr_update(c, &failed, "status");
}

static bool is_on(const ApiServerOptions *o)
{
    return o->ca != NULL;
}

const Controller controller_csr_signing = {
    .name = STR_INIT("certificate-controller"),
    .kinds = { CSR_KIND },
    .observe = csr_observe,
    .sync = sync,
    .is_on = is_on,
};
