/* SPDX-License-Identifier: Apache-2.0 */
/* CertificateSigningRequests: what is wrong with them, their defaults, the times of conditions. */
#include "base/base64.h"
#include "kube/groups/certificates.h"
#include "kube/groups/pem.h"
#include "kube/groups/test_groups.h"

static void update_whole(const Value *object, const Value *old, const KubeTarget *t,
                         FieldErrors *errs)
{
    certificate_request_validate_update(object, old, CERTIFICATE_WHOLE, NULL, t, errs);
}

static void update_status(const Value *object, const Value *old, const KubeTarget *t,
                          FieldErrors *errs)
{
    certificate_request_validate_update(object, old, CERTIFICATE_STATUS, NULL, t, errs);
}

static void update_approval(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    certificate_request_validate_update(object, old, CERTIFICATE_APPROVAL, NULL, t, errs);
}

static void create(const Value *object, const KubeTarget *t, FieldErrors *errs)
{
    certificate_request_validate_create(object, NULL, t, errs);
}

static const GroupKind request = { certificate_request_apply_defaults, create, update_whole };
static const GroupKind status = { NULL, NULL, update_status };
static const GroupKind approval = { NULL, NULL, update_approval };

/* -----BEGIN CERTIFICATE REQUEST-----, a sequence of an empty sequence, an empty algorithm and an
 * empty signature, -----END CERTIFICATE REQUEST----- */
#define PEM                                                                               \
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUFnd0FEQUFBd0lBQUE9PQotLS0tLUVORCB" \
    "DRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K"
#define CSR(version, spec, rest)                                                          \
    "{'apiVersion':'certificates.k8s.io/" version "','kind':'CertificateSigningRequest'," \
    "'metadata':{'name':'x'},'spec':{" spec "}" rest "}"
#define GOOD "'request':'" PEM "','usages':['client auth'],'signerName':'a.b/c'"
#define WITH(conditions) CSR("v1", GOOD, ",'status':{'conditions':[" conditions "]}")
#define CONDITION(type) "{'type':'" type "','status':'True'}"

static void tells_what_is_wrong(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good", CSR("v1", GOOD, ""), "" },
        { "nothing", CSR("v1", "'request':null,'signerName':''", ""),
          "spec.request: Invalid value: []byte(nil): PEM block type must be CERTIFICATE REQUEST\n"
          "spec.usages: Required value: usages must be provided\n"
          "spec.signerName: Required value: signerName must be provided" },
        { "no PEM", CSR("v1", "'request':'eA==','usages':['client auth'],'signerName':'a.b/c'", ""),
          "spec.request: Invalid value: []byte{0x78}: PEM block type must be CERTIFICATE REQUEST" },
        { "usages",
          CSR("v1", "'request':'" PEM "','usages':['x','any','any'],'signerName':'a.b/c'", ""),
          "spec.usages[0]: Unsupported value: \"x\": supported values: \"any\", \"cert sign\", "
          "\"client auth\", \"code signing\", \"content commitment\", \"crl sign\", \"data "
          "encipherment\", \"decipher only\", \"digital signature\", \"email protection\", "
          "\"encipher only\", \"ipsec end system\", \"ipsec tunnel\", \"ipsec user\", \"key "
          "agreement\", \"key encipherment\", \"microsoft sgc\", \"netscape sgc\", \"ocsp "
          "signing\", \"s/mime\", \"server auth\", \"signing\", \"timestamping\"\n"
          "spec.usages[2]: Duplicate value: \"any\"" },
        { "legacy signer",
          CSR("v1",
              "'request':'" PEM "','usages':['any'],"
              "'signerName':'kubernetes.io/legacy-unknown'",
              ""),
          "spec.signerName: Invalid value: \"kubernetes.io/legacy-unknown\": the legacy signerName "
          "is not allowed via this API version" },
        { "no path", CSR("v1", "'request':'" PEM "','usages':['any'],'signerName':'a'", ""),
          "spec.signerName: Invalid value: \"a\": must be a fully qualified domain and path of the "
          "form 'example.com/signer-name'" },
        { "one segment", CSR("v1", "'request':'" PEM "','usages':['any'],'signerName':'a/b'", ""),
          "spec.signerName: Invalid value: \"a\": should be a domain with at least two segments "
          "separated by dots" },
        { "before, all is well", CSR("v1beta1", "'request':'" PEM "','usages':['x','x']", ""), "" },
        { "conditions",
          WITH("{'type':'','status':''}," CONDITION("Approved") "," CONDITION(
              "Denied") "," CONDITION("Denied") ",{'type':'Failed','status':'False'},{'type':'A','"
                                                "status':'B'}"),
          "status.conditions[0].type: Required value\n"
          "status.conditions[0].status: Required value\n"
          "status.conditions[2].type: Invalid value: \"Denied\": Approved and Denied conditions "
          "are "
          "mutually exclusive\n"
          "status.conditions[3].type: Invalid value: \"Denied\": Approved and Denied conditions "
          "are "
          "mutually exclusive\n"
          "status.conditions[3].type: Duplicate value: \"Denied\"\n"
          "status.conditions[4].status: Unsupported value: \"False\": supported values: \"True\"\n"
          "status.conditions[5].status: Unsupported value: \"B\": supported values: \"False\", "
          "\"True\", \"Unknown\"" },
        { "certificate", CSR("v1", GOOD, ",'status':{'certificate':'eA=='}"),
          "status.certificate: Invalid value: \"<certificate data>\": must contain at least one "
          "CERTIFICATE PEM block" },
        { "approved without approval", WITH(CONDITION("Approved")),
          "status.conditions: Forbidden: updates may not add a condition of type \"Approved\"",
          CSR("v1", GOOD, "") },
        { "taken back", CSR("v1", GOOD, ""),
          "status.conditions: Forbidden: updates may not remove a condition of type \"Failed\"",
          WITH(CONDITION("Failed")) },
    };
    static const GroupRow of_status[] = {
        { "certificate", CSR("v1", GOOD, ",'status':{'certificate':'eA=='}"),
          "status.certificate: Invalid value: \"<certificate data>\": must contain at least one "
          "CERTIFICATE PEM block",
          CSR("v1", GOOD, "") },
        { "approval", WITH(CONDITION("Denied")),
          "status.conditions: Forbidden: updates may not add a condition of type \"Denied\"",
          CSR("v1", GOOD, "") },
    };
    static const GroupRow of_approval[] = {
        { "approved", WITH(CONDITION("Approved")), "", CSR("v1", GOOD, "") },
    };
    GROUP_ERRORS(&request, rows);
    GROUP_ERRORS(&status, of_status);
    GROUP_ERRORS(&approval, of_approval);
}

static void fills_in_what_v1beta1_left_out(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "v1", CSR("v1", "'request':'" PEM "','signerName':'a.b/c'", ""),
          CSR("v1", "'request':'" PEM "','signerName':'a.b/c'", "") },
        { "v1beta1",
          CSR("v1beta1", "'request':'" PEM "'",
              ",'status':{'conditions':[{'type':'A',"
              "'status':''}]}"),
          CSR("v1beta1",
              "'request':'" PEM "','signerName':'kubernetes.io/legacy-unknown',"
              "'usages':['digital signature','key encipherment']",
              ",'status':{'conditions':[{'type':'A','status':'True'}]}") },
    };
    GROUP_DEFAULTS(&request, rows);
}

static void words_malformed_requests_as_go_does(void **state)
{
    (void)state;
    static const struct {
        Str der;
        const char *want;
    } rows[] = {
        { STR_INIT(""), "asn1: syntax error: sequence truncated" },
        { STR_INIT("\x30"), "asn1: syntax error: truncated tag or length" },
        { STR_INIT("\x30\x05"), "asn1: syntax error: data truncated" },
        { STR_INIT("\x30\x80"), "asn1: syntax error: indefinite length found (not DER)" },
        { STR_INIT("\x30\x81\x05"), "asn1: structure error: non-minimal length" },
        { STR_INIT("hello"),
          "asn1: structure error: tags don't match (16 vs {class:1 tag:8 length:101 "
          "isCompound:true}) {optional:false explicit:false application:false private:false "
          "defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} "
          "certificateRequest @2" },
        { STR_INIT("\x30\x00"), "asn1: syntax error: sequence truncated" },
        { STR_INIT("\x30\x08\x30\x00\x30\x00\x03\x02\x00\x00"), "" },
        { STR_INIT("\x30\x08\x30\x00\x30\x00\x03\x02\x00\x00x"),
          "asn1: syntax error: trailing data" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        Str got = der_request_error(rows[i].der, &a);
        group_expect(rows[i].want, got, rows[i].want, " ");
        arena_done(&a);
    }
}

static void stamps_conditions(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value object = group_read("now", WITH(CONDITION("Approved") "," CONDITION("A")), 0, &a);
    Value old = group_read("old",
                           WITH("{'type':'A','status':'True','lastTransitionTime':"
                                "'2020-01-01T00:00:00Z'}"),
                           0, &a);
    certificate_request_stamp(&object, &old, STR("2021-01-01T00:00:00Z"), &a);
    const Value *list = value_at(&object, "status", "conditions", NULL);
    static const struct {
        size_t at;
        Str member;
        const char *want;
    } rows[] = {
        { 0, STR_INIT("lastUpdateTime"), "2021-01-01T00:00:00Z" },
        { 0, STR_INIT("lastTransitionTime"), "2021-01-01T00:00:00Z" },
        { 1, STR_INIT("lastUpdateTime"), "2021-01-01T00:00:00Z" },
        { 1, STR_INIT("lastTransitionTime"), "2020-01-01T00:00:00Z" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        group_expect("stamp", value_get_str(value_item(list, rows[i].at), rows[i].member),
                     rows[i].want, " ");
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_is_wrong),
        cmocka_unit_test(fills_in_what_v1beta1_left_out),
        cmocka_unit_test(words_malformed_requests_as_go_does),
        cmocka_unit_test(stamps_conditions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
