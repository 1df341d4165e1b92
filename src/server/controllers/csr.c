/* SPDX-License-Identifier: Apache-2.0 */
/* Source: Kubernetes pkg/controller/certificates, pkg/apis/certificates/helpers.go */
#include "server/controllers/csr.h"

#include "base/base64.h"

enum {
    V1_SINCE = 19,
    NO_RSA_SINCE = 27, /* only RSA keys encipher keys: others need not ask for it */
};

void csr_observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    (void)kind;
    if (event->kind != STORE_DELETED) {
        ctl_enqueue(c, STR(""), event->object->name);
    }
}

const Value *csr_get_open(Ctl *c, Str name)
{
    const Value *csr = ctl_get(c, STR("certificates.k8s.io"), STR("CertificateSigningRequest"),
                               STR(""), name);
    return value_as_str(value_at(csr, "status", "certificate", NULL)).len ? NULL : csr;
}

bool csr_read(const Value *csr, Arena *a, Str *pem, CertRequest *out)
{
    Err err;
    Buf b = buf_new(a);
    Str text = value_as_str(value_at(csr, "spec", "request", NULL));
    if (text.ptr == NULL || !base64_read(text, &b)) {
        return false;
    }
    *pem = buf_str(&b);
    return cert_request_read(*pem, a, out, &err);
}

StrList csr_usages(const Value *csr, Arena *a)
{
    return value_str_list(value_at(csr, "spec", "usages", NULL), a);
}

bool csr_has(const Value *csr, const char *type)
{
    VALUE_EACH_ITEM(condition, value_at(csr, "status", "conditions", NULL)) {
        if (str_eq(value_get_str(condition, STR("type")), str_from_c(type))) {
            return true;
        }
    }
    return false;
}

const char *csr_api_version(const Ctl *c)
{
    return c->target->minor >= V1_SINCE ? "certificates.k8s.io/v1" : "certificates.k8s.io/v1beta1";
}

bool csr_update(Ctl *c, Value *csr, const char *subresource)
{
    CtlObject at = {
        .api_version = csr_api_version(c),
        .resource = "certificatesigningrequests",
        .name = ctl_name(csr),
        .subresource = subresource,
    };
    ApiResponse response;
    value_set_lit(csr, "apiVersion", value_str(str_from_c(at.api_version)), c->arena);
    return ctl_update(c, &at, csr, &response) || response.code == 404;
}

void csr_add_condition(Value *csr, const char *type, const char *reason, Str message, Arena *a)
{
    Value *status = value_need_object(csr, STR("status"), a);
    Value *list = value_get_lit(status, "conditions");
    if (!value_is(list, VALUE_ARRAY)) {
        list = value_set_lit(status, "conditions", value_array(), a);
    }
    Value condition = value_object();
    value_set_lit(&condition, "type", value_str(str_from_c(type)), a);
    value_set_lit(&condition, "status", value_str(STR("True")), a);
    value_set_lit(&condition, "reason", value_str(str_from_c(reason)), a);
    value_set_lit(&condition, "message", value_str(message), a);
    value_add(list, condition, a);
}

/* -- what kubelets ask for ----------------------------------------------------------------------
 */

typedef struct KubeletUsages {
    Str purpose;
    Str mismatch;
} KubeletUsages;

static const KubeletUsages client_usages = {
    STR_INIT("client auth"),
    STR_INIT("usages did not match [client auth digital signature key encipherment]"),
};
static const KubeletUsages serving_usages = {
    STR_INIT("server auth"),
    STR_INIT("usages did not match [digital signature key encipherment server auth]"),
};

static bool usages_match(const KubeletUsages *wanted, StrList usages, const KubeTarget *t)
{
    bool enciphers = false, signs = false, has_purpose = false;
    for (size_t i = 0; i < usages.count; i++) {
        Str usage = usages.items[i];
        enciphers |= str_eq(usage, STR("key encipherment"));
        signs |= str_eq(usage, STR("digital signature"));
        has_purpose |= str_eq(usage, wanted->purpose);
        if (!str_eq(usage, STR("key encipherment")) && !str_eq(usage, STR("digital signature")) &&
            !str_eq(usage, wanted->purpose)) {
            return false;
        }
    }
    return signs && has_purpose && (enciphers || t->minor >= NO_RSA_SINCE);
}

static bool is_of_nodes(const CertRequest *r)
{
    return r->organizations.count == 1 && str_eq(r->organizations.items[0], STR("system:nodes"));
}

static bool is_named_as_node(const CertRequest *r)
{
    return r->cn.ptr && str_starts_with(r->cn, STR("system:node:"));
}

static const Str no_nodes = STR_INIT("subject organization is not system:nodes");
static const Str no_node = STR_INIT("subject common name does not begin with system:node:");
static const Str no_emails = STR_INIT("Email subjectAltNames are not allowed");
static const Str no_uris = STR_INIT("URI subjectAltNames are not allowed");

Str csr_kubelet_client_error(const CertRequest *r, StrList usages, const KubeTarget *t)
{
    return !is_of_nodes(r)                            ? no_nodes
           : r->dns_names.count                       ? STR("DNS subjectAltNames are not allowed")
           : r->emails.count                          ? no_emails
           : r->ip_addresses.count                    ? STR("IP subjectAltNames are not allowed")
           : r->uris.count                            ? no_uris
           : !is_named_as_node(r)                     ? no_node
           : !usages_match(&client_usages, usages, t) ? client_usages.mismatch
                                                      : STR_ABSENT;
}

Str csr_kubelet_serving_error(const CertRequest *r, StrList usages, const KubeTarget *t)
{
    return !is_of_nodes(r) ? no_nodes
           : !r->dns_names.count && !r->ip_addresses.count
               ? STR("DNS or IP subjectAltName is required")
           : r->emails.count                           ? no_emails
           : r->uris.count                             ? no_uris
           : !usages_match(&serving_usages, usages, t) ? serving_usages.mismatch
           : !is_named_as_node(r)                      ? no_node
                                                       : STR_ABSENT;
}
