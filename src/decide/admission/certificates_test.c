/* SPDX-License-Identifier: Apache-2.0 */
/* The plugins of certificate requests: who may approve and sign, what nobody may ask for. */
#include "decide/admission/test_chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* A request for CN=x of system:masters; keys and signatures are not looked at here. */
#define MASTERS                                                                              \
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTURVd0xnSUJBREFsTVFvd0NBWURWUVFEREFGNE" \
    "1SY3dGUVlEVlFRS0RBNXplWE4wWlcwNmJXRnpkR1Z5Y3pBQQpvQUF3QUFNQkFBPT0KLS0tLS1FTkQgQ0VSVElG" \
    "SUNBVEUgUkVRVUVTVC0tLS0tCg=="
#define CSR(signer, request, status)                                                             \
    "{'apiVersion':'certificates.k8s.io/v1','kind':'CertificateSigningRequest','metadata':{"     \
    "'name':'r'},'spec':{'request':'" request "','usages':['client auth'],'signerName':'" signer \
    "'},'status':{" status "}}"
#define CLIENT "kubernetes.io/kube-apiserver-client"
#define APPROVED "'conditions':[{'type':'Approved','status':'True'}]"
#define GRANT(verb, signer)                                                                      \
    "[{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'ClusterRole','metadata':{'name':"     \
    "'signers'},'rules':[{'apiGroups':['certificates.k8s.io'],'resources':['signers'],"          \
    "'resourceNames':['" signer "'],'verbs':['" verb "']}]},"                                    \
    "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'ClusterRoleBinding','metadata':{"      \
    "'name':'signers'},'roleRef':{'apiGroup':'rbac.authorization.k8s.io','kind':'ClusterRole',"  \
    "'name':'signers'},'subjects':[{'kind':'User','apiGroup':'rbac.authorization.k8s.io','name'" \
    ":'alice'}]}]"
#define FORBIDDEN "certificatesigningrequests.certificates.k8s.io \"r\" is forbidden: "

#define APPROVES(what, state_, why)                                                               \
    {                                                                                             \
        .name = what, .resource = "certificatesigningrequests/approval", .state = state_,         \
        .object = CSR(CLIENT, MASTERS, APPROVED), .old = CSR(CLIENT, MASTERS, ""), .message = why \
    }

static void approval_needs_rights(void **state)
{
    (void)state;
    static const ChainRow rows[] = {
        APPROVES("nobody's right", NULL,
                 FORBIDDEN "user not permitted to approve requests with signerName \"" CLIENT "\""),
        APPROVES("another verb", GRANT("sign", CLIENT),
                 FORBIDDEN "user not permitted to approve requests with signerName \"" CLIENT "\""),
        APPROVES("for the signer", GRANT("approve", CLIENT), NULL),
        APPROVES("for its domain", GRANT("approve", "kubernetes.io/*"), NULL),
        APPROVES("for another domain", GRANT("approve", "example.com/*"),
                 FORBIDDEN "user not permitted to approve requests with signerName \"" CLIENT "\""),
    };
    chain_check(rows, COUNT_OF(rows));
}

#define ISSUED                                                                     \
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1BY3dBREFBQXdFQQotLS0tLUVORCBDRVJUSUZJ" \
    "Q0FURS0tLS0tCg=="
#define WITH_CERTIFICATE "'certificate':'" ISSUED "'"
#define FAILED "'conditions':[{'type':'Failed','status':'True'}]"
#define SIGNS(what, state_, status, old_status, why)                                     \
    {                                                                                    \
        .name = what, .resource = "certificatesigningrequests/status", .state = state_,  \
        .object = CSR(CLIENT, MASTERS, status), .old = CSR(CLIENT, MASTERS, old_status), \
        .message = why                                                                   \
    }

static void signing_needs_rights(void **state)
{
    (void)state;
    static const char why[] = FORBIDDEN
        "user not permitted to sign requests with signerName \"" CLIENT "\"";
    static const ChainRow rows[] = {
        SIGNS("nothing changes", NULL, "", "'conditions':[]", NULL),
        SIGNS("a condition, without rights", NULL, FAILED, "", why),
        SIGNS("a certificate, without rights", NULL, WITH_CERTIFICATE, "", why),
        SIGNS("a certificate, with rights", GRANT("sign", CLIENT), WITH_CERTIFICATE, "", NULL),
        SIGNS("the same certificate", NULL, WITH_CERTIFICATE, WITH_CERTIFICATE, NULL),
        SIGNS("with rights", GRANT("sign", CLIENT), FAILED, "", NULL),
        SIGNS("for the domain", GRANT("sign", "kubernetes.io/*"), FAILED, "", NULL),
    };
    chain_check(rows, COUNT_OF(rows));
}

static void nobody_becomes_a_master(void **state)
{
    (void)state;
    static const ChainRow rows[] = {
        { .name = "system:masters",
          .resource = "certificatesigningrequests",
          .object = CSR(CLIENT, MASTERS, ""),
          .message = FORBIDDEN "use of kubernetes.io/kube-apiserver-client signer with "
                               "system:masters group is not allowed" },
        { .name = "another signer may",
          .resource = "certificatesigningrequests",
          .object = CSR("example.com/x", MASTERS, "") },
        { .name = "switched off",
          .resource = "certificatesigningrequests",
          .object = CSR(CLIENT, MASTERS, ""),
          .off = ADMISSION_PLUGIN_BIT(ADMISSION_CERTIFICATE_SUBJECT_RESTRICTION) },
    };
    chain_check(rows, COUNT_OF(rows));
}

#define CLASS(name, mark, time)                                                               \
    "{'apiVersion':'networking.k8s.io/v1','kind':'IngressClass','metadata':{'name':'" name    \
    "','creationTimestamp':'" time "','annotations':{'ingressclass.kubernetes.io/is-default-" \
    "class':'" mark "'}},'spec':{'controller':'e.x/y'}}"
#define INGRESS(meta, spec)                                                             \
    "{'apiVersion':'networking.k8s.io/v1','kind':'Ingress','metadata':{'name':'i'" meta \
    "},'spec':{" spec "'defaultBackend':{'service':{'name':'s','port':{'number':1}}}}}"

static void ingress_classes(void **state)
{
    (void)state;
    static const char one[] = "[" CLASS("a", "true", "") "," CLASS("b", "false", "") "]";
    static const char two[] = "[" CLASS("a", "true", "2021-01-01T00:00:00Z") "," CLASS(
        "b", "true", "2022-01-01T00:00:00Z") "]";
    static const ChainRow rows[] = {
        { .name = "no classes",
          .resource = "ingresses",
          .object = INGRESS("", ""),
          .want = { { "/spec/ingressClassName", NULL } } },
        { .name = "the default",
          .resource = "ingresses",
          .state = one,
          .object = INGRESS("", ""),
          .want = { { "/spec/ingressClassName", "'a'" } } },
        { .name = "another is named",
          .resource = "ingresses",
          .state = one,
          .object = INGRESS("", "'ingressClassName':'b',"),
          .want = { { "/spec/ingressClassName", "'b'" } } },
        { .name = "as it was named before",
          .resource = "ingresses",
          .state = one,
          .object = INGRESS(",'annotations':{'kubernetes.io/ingress.class':''}", ""),
          .want = { { "/spec/ingressClassName", NULL } } },
        { .name = "two defaults",
          .resource = "ingresses",
          .state = two,
          .object = INGRESS("", ""),
          .message = "ingresses.networking.k8s.io \"i\" is forbidden: Internal error occurred: 2 "
                     "default IngressClasses were found, only 1 allowed" },
        { .name = "the newer one, since 1.26",
          .resource = "ingresses",
          .state = two,
          .minor = 26,
          .object = INGRESS("", ""),
          .want = { { "/spec/ingressClassName", "'b'" } } },
    };
    chain_check(rows, COUNT_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(approval_needs_rights),
        cmocka_unit_test(signing_needs_rights),
        cmocka_unit_test(nobody_becomes_a_master),
        cmocka_unit_test(ingress_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
