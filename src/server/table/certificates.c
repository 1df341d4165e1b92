/* SPDX-License-Identifier: Apache-2.0 */
/* How certificate requests and trust bundles are shown. */
#include "server/table/age.h"
#include "server/table/columns.h"

static bool has_condition_of_type(const TableCell *c, const char *type)
{
    const Value *conditions = table_field(c->object, "status.conditions");
    return table_find(conditions, "type", str_from_c(type)) != NULL;
}

/* "Approved,Issued"; denial goes before approval */
static Value cell_request_condition(const TableCell *c)
{
    const char *first = has_condition_of_type(c, "Denied")     ? "Denied"
                        : has_condition_of_type(c, "Approved") ? "Approved"
                                                               : "Pending";
    bool is_issued = table_text(c->object, "status.certificate").len > 0;
    return table_cell(arena_printf(c->arena, "%s%s%s", first,
                                   has_condition_of_type(c, "Failed") ? ",Failed" : "",
                                   is_issued ? ",Issued" : ""));
}

static Value cell_requested_duration(const TableCell *c)
{
    OptInt64 seconds = value_as_int(table_field(c->object, "spec.expirationSeconds"));
    return table_cell(seconds.set ? age_of_seconds(seconds.value, c->arena) : STR("<none>"));
}

static Value cell_pod_request_state(const TableCell *c)
{
    Str state = STR("Pending");
    VALUE_EACH_ITEM(condition, table_field(c->object, "status.conditions")) {
        Str type = value_get_str(condition, STR("type"));
        if (str_eq(type, STR("Issued")) || str_eq(type, STR("Denied")) ||
            str_eq(type, STR("Failed"))) {
            state = type;
        }
    }
    return table_cell(state);
}

static const TableColumn signing_request_columns[] = {
    TABLE_COLUMN_NAME,
    TABLE_COLUMN_AGE,
    { "SignerName", "string", "",
      "Requested signer for the request. It is a qualified name in the form: "
      "`scope-hostname.io/name`. If empty, it will be defaulted:\n 1. If it's a kubelet client "
      "certificate, it is assigned\n    \"kubernetes.io/kube-apiserver-client-kubelet\".\n 2. If "
      "it's a kubelet serving certificate, it is assigned\n    "
      "\"kubernetes.io/kubelet-serving\".\n 3. Otherwise, it is assigned "
      "\"kubernetes.io/legacy-unknown\".\nDistribution of trust for signers happens out of band. "
      "You can select on this field using `spec.signerName`.",
      cell_text_or_none, "spec.signerName", 0, 0, 0 },
    { "Requestor", "string", "", "Base64-encoded PKCS#10 CSR data", cell_text, "spec.username", 0,
      0, 0 },
    { "RequestedDuration", "string", "",
      "expirationSeconds is the requested duration of validity of the issued certificate. The "
      "certificate signer may issue a certificate with a different validity duration so a client "
      "must check the delta between the notBefore and and notAfter fields in the issued "
      "certificate to determine the actual duration.\n\nThe v1.22+ in-tree implementations of "
      "the well-known Kubernetes signers will honor this field as long as the requested duration "
      "is not greater than the maximum duration they will honor per the "
      "--cluster-signing-duration CLI flag to the Kubernetes controller manager.\n\nCertificate "
      "signers may not honor this field for various reasons:\n\n  1. Old signer that is unaware "
      "of the field (such as the in-tree\n     implementations prior to v1.22)\n  2. Signer "
      "whose configured maximum is shorter than the requested duration\n  3. Signer whose "
      "configured minimum is longer than the requested duration\n\nThe minimum valid value for "
      "expirationSeconds is 600, i.e. 10 minutes.\n\nAs of v1.22, this field is beta and is "
      "controlled via the CSRDuration feature gate.",
      cell_requested_duration, NULL, 0, 22, 24 },
    { "RequestedDuration", "string", "",
      "expirationSeconds is the requested duration of validity of the issued certificate. The "
      "certificate signer may issue a certificate with a different validity duration so a client "
      "must check the delta between the notBefore and and notAfter fields in the issued "
      "certificate to determine the actual duration.\n\nThe v1.22+ in-tree implementations of "
      "the well-known Kubernetes signers will honor this field as long as the requested duration "
      "is not greater than the maximum duration they will honor per the "
      "--cluster-signing-duration CLI flag to the Kubernetes controller manager.\n\nCertificate "
      "signers may not honor this field for various reasons:\n\n  1. Old signer that is unaware "
      "of the field (such as the in-tree\n     implementations prior to v1.22)\n  2. Signer "
      "whose configured maximum is shorter than the requested duration\n  3. Signer whose "
      "configured minimum is longer than the requested duration\n\nThe minimum valid value for "
      "expirationSeconds is 600, i.e. 10 minutes.",
      cell_requested_duration, NULL, 0, 24, 0 },
    { "Condition", "string", "", "Conditions applied to the request, such as approval or denial.",
      cell_request_condition, NULL, 0, 0, 0 },
};

static const TableColumn trust_bundle_columns[] = {
    TABLE_COLUMN_NAME,
    { "SignerName", "string", "",
      "signerName indicates the associated signer, if any.\n\nIn order to create or update a "
      "ClusterTrustBundle that sets signerName, you must have the following cluster-scoped "
      "permission: group=certificates.k8s.io resource=signers resourceName=<the signer name> "
      "verb=attest.\n\nIf signerName is not empty, then the ClusterTrustBundle object must be "
      "named with the signer name as a prefix (translating slashes to colons). For example, for "
      "the signer name `example.com/foo`, valid ClusterTrustBundle object names include "
      "`example.com:foo:abc` and `example.com:foo:v1`.\n\nIf signerName is empty, then the "
      "ClusterTrustBundle object's name must not have such a prefix.\n\nList/watch requests for "
      "ClusterTrustBundles can filter on this field using a `spec.signerName=NAME` field "
      "selector.",
      cell_text_or_none, "spec.signerName", 0, 0, 0 },
};

static const TableColumn pod_request_columns[] = {
    TABLE_COLUMN_NAME,
    { "PodName", "string", "",
      "podName is the name of the pod into which the certificate will be mounted.", cell_text,
      "spec.podName", 0, 0, 0 },
    { "ServiceAccountName", "string", "",
      "serviceAccountName is the name of the service account the pod is running as.", cell_text,
      "spec.serviceAccountName", 0, 0, 0 },
    { "NodeName", "string", "", "nodeName is the name of the node the pod is assigned to.",
      cell_text, "spec.nodeName", 0, 0, 0 },
    { "SignerName", "string", "",
      "signerName indicates the requested signer.\n\nAll signer names beginning with "
      "`kubernetes.io` are reserved for use by the Kubernetes project.  There is currently one "
      "well-known signer documented by the Kubernetes project, "
      "`kubernetes.io/kube-apiserver-client-pod`, which will issue client certificates "
      "understood by kube-apiserver.  It is currently unimplemented.",
      cell_text, "spec.signerName", 0, 0, 0 },
    { "State", "string", "", "Is the request Pending, Issued, Denied, or Failed?",
      cell_pod_request_state, NULL, 0, 0, 0 },
};

static const TableKind certificates_kinds[] = {
    { TABLE_KIND("certificates.k8s.io", "CertificateSigningRequest", signing_request_columns) },
    { TABLE_KIND("certificates.k8s.io", "ClusterTrustBundle", trust_bundle_columns) },
    { TABLE_KIND("certificates.k8s.io", "PodCertificateRequest", pod_request_columns) },
};

const TableFamily table_certificates = { certificates_kinds, COUNT_OF(certificates_kinds) };
