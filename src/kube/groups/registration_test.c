/* SPDX-License-Identifier: Apache-2.0 */
/* Webhook configurations and APIServices: what is wrong with them, and their defaults. */
#include "kube/groups/api_service.h"
#include "kube/groups/test_groups.h"
#include "kube/groups/webhooks.h"

static void service_create(const Value *object, const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    api_service_validate_create(object, errs);
}

static void service_update(const Value *object, const Value *old, const KubeTarget *t,
                           FieldErrors *errs)
{
    (void)t;
    api_service_validate_update(object, old, errs);
}

static const GroupKind webhooks = { webhooks_apply_defaults, webhooks_validate_create,
                                    webhooks_validate_update };
static const GroupKind service = { api_service_apply_defaults, service_create, service_update };

#define HOOKS(version, kind, hooks)                                          \
    "{'apiVersion':'admissionregistration.k8s.io/" version "','kind':'" kind \
    "WebhookConfiguration','metadata':{'name':'x'},'webhooks':[" hooks "]}"
#define VALIDATING(hooks) HOOKS("v1", "Validating", hooks)
#define GOOD "'name':'a.b.c','sideEffects':'None','admissionReviewVersions':['v1'],"
#define URL(url) "{" GOOD "'clientConfig':{'url':'" url "'}}"
#define RULE(rule) "{" GOOD "'clientConfig':{'url':'https://x'},'rules':[{" rule "}]}"

static void tells_what_is_wrong_with_webhooks(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good", VALIDATING(URL("https://x/y")), "" },
        { "nothing", VALIDATING("{}"),
          "webhooks[0].name: Required value\n"
          "webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun\n"
          "webhooks[0].clientConfig: Required value: exactly one of url or service is required\n"
          "webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1" },
        { "nothing before",
          HOOKS("v1beta1", "Mutating", "{'name':'a.b.c','clientConfig':{'url':'https://x'}}"), "" },
        { "values",
          VALIDATING("{'name':'a.b.c','sideEffects':'Some','failurePolicy':'Z',"
                     "'matchPolicy':'Q','timeoutSeconds':99,"
                     "'admissionReviewVersions':['v9','v9'],"
                     "'clientConfig':{'url':'https://x'}}"),
          "webhooks[0].failurePolicy: Unsupported value: \"Z\": supported values: \"Fail\", "
          "\"Ignore\"\n"
          "webhooks[0].matchPolicy: Unsupported value: \"Q\": supported values: \"Equivalent\", "
          "\"Exact\"\n"
          "webhooks[0].sideEffects: Unsupported value: \"Some\": supported values: \"None\", "
          "\"NoneOnDryRun\"\n"
          "webhooks[0].timeoutSeconds: Invalid value: 99: the timeout value must be between 1 and "
          "30 seconds\n"
          "webhooks[0].admissionReviewVersions[1]: Invalid value: \"v9\": duplicate version\n"
          "webhooks[0].admissionReviewVersions: Invalid value: []string{\"v9\", \"v9\"}: must "
          "include at least one of v1, v1beta1" },
        { "reinvocation",
          HOOKS("v1", "Mutating",
                "{" GOOD "'reinvocationPolicy':'X',"
                "'clientConfig':{'url':'https://x'}}"),
          "webhooks[0].reinvocationPolicy: Unsupported value: \"X\": supported values: "
          "\"IfNeeded\", \"Never\"" },
        { "the same name", VALIDATING(URL("https://x") "," URL("https://y")),
          "webhooks[1].name: Duplicate value: \"a.b.c\"" },
        { "the same name stays", VALIDATING(URL("https://x") "," URL("https://y")), "",
          VALIDATING(URL("https://x") "," URL("https://z")) },
        { "http", VALIDATING(URL("http://x")),
          "webhooks[0].clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL "
          "scheme; desired format: https://host[/path]" },
        { "more than a URL", VALIDATING(URL("https://u@/p?q#f")),
          "webhooks[0].clientConfig.url: Invalid value: \"\": host must be provided; desired "
          "format: https://host[/path]\n"
          "webhooks[0].clientConfig.url: Invalid value: \"u\": user information is not permitted "
          "in "
          "the URL\n"
          "webhooks[0].clientConfig.url: Invalid value: \"f\": fragments are not permitted in the "
          "URL\n"
          "webhooks[0].clientConfig.url: Invalid value: \"q\": query parameters are not permitted "
          "in the URL" },
        { "no URL", VALIDATING(URL("https://a b")),
          "webhooks[0].clientConfig.url: Required value: url must be a valid URL: parse "
          "\"https://a "
          "b\": invalid character \" \" in host name; desired format: https://host[/path]" },
        { "a bad port", VALIDATING(URL("https://a:b")),
          "webhooks[0].clientConfig.url: Required value: url must be a valid URL: parse "
          "\"https://a:b\": invalid port \":b\" after host; desired format: https://host[/path]" },
        { "service",
          VALIDATING("{" GOOD "'clientConfig':{'service':{'namespace':'n','name':'',"
                     "'path':'a//B/','port':0}}}"),
          "webhooks[0].clientConfig.service.namespace: Required value: service namespace is "
          "required\n"
          "webhooks[0].clientConfig.service.port: Invalid value: 0: port is not valid: must be "
          "between 1 and 65535, inclusive\n"
          "webhooks[0].clientConfig.service.path: Invalid value: \"a//B/\": must start with a '/'\n"
          "webhooks[0].clientConfig.service.path: Invalid value: \"a//B/\": segment[0] may not be "
          "empty\n"
          "webhooks[0].clientConfig.service.path: Invalid value: \"a//B/\": segment[1] may not be "
          "empty\n"
          "webhooks[0].clientConfig.service.path: Invalid value: \"a//B/\": segment[2]: a "
          "lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
          "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex "
          "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)"
          "*')" },
        { "rule",
          VALIDATING(RULE("'operations':['*','X'],'apiGroups':['*',''],'apiVersions':[''],"
                          "'resources':['a/*','a/b','*/*','*','c',''],'scope':'Y'")),
          "webhooks[0].rules[0].operations: Invalid value: "
          "[]admissionregistration.OperationType{\"*\", \"X\"}: if '*' is present, must not "
          "specify "
          "other operations\n"
          "webhooks[0].rules[0].operations[1]: Unsupported value: \"X\": supported values: \"*\", "
          "\"CONNECT\", \"CREATE\", \"DELETE\", \"UPDATE\"\n"
          "webhooks[0].rules[0].apiGroups: Invalid value: []string{\"*\", \"\"}: if '*' is "
          "present, "
          "must not specify other API groups\n"
          "webhooks[0].rules[0].apiVersions[0]: Required value\n"
          "webhooks[0].rules[0].resources[1]: Invalid value: \"a/b\": if 'a/*' is present, must "
          "not specify a/b\n"
          "webhooks[0].rules[0].resources[5]: Required value\n"
          "webhooks[0].rules[0].resources: Invalid value: []string{\"a/*\", \"a/b\", \"*/*\", "
          "\"*\", \"c\", \"\"}: if '*/*' is present, must not specify other resources\n"
          "webhooks[0].rules[0].resources: Invalid value: []string{\"a/*\", \"a/b\", \"*/*\", "
          "\"*\", \"c\", \"\"}: if '*' is present, must not specify other resources without "
          "subresources\n"
          "webhooks[0].rules[0].scope: Unsupported value: \"Y\": supported values: \"*\", "
          "\"Cluster\", \"Namespaced\"" },
    };
    GROUP_ERRORS(&webhooks, rows);
}

static void fills_in_webhooks(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "v1",
          HOOKS("v1", "Mutating",
                "{" GOOD "'clientConfig':{'service':{'namespace':'n','name':"
                "'s'}},'rules':[{}]}"),
          HOOKS("v1", "Mutating",
                "{" GOOD "'clientConfig':{'service':{'namespace':'n','name':'s','port':443}},"
                "'rules':[{'scope':'*'}],'failurePolicy':'Fail','matchPolicy':'Equivalent',"
                "'namespaceSelector':{},'objectSelector':{},'timeoutSeconds':10,"
                "'reinvocationPolicy':'Never'}") },
        { "v1beta1", HOOKS("v1beta1", "Validating", "{'name':'a','clientConfig':{}}"),
          HOOKS("v1beta1", "Validating",
                "{'name':'a','clientConfig':{},'failurePolicy':'Ignore','matchPolicy':'Exact',"
                "'namespaceSelector':{},'objectSelector':{},'sideEffects':'Unknown',"
                "'timeoutSeconds':30,'admissionReviewVersions':['v1beta1']}") },
    };
    GROUP_DEFAULTS(&webhooks, rows);
}

#define SERVICE(name, spec)                                                                   \
    "{'apiVersion':'apiregistration.k8s.io/v1','kind':'APIService','metadata':{'name':'" name \
    "'},'spec':{" spec "}}"
#define NUMBERS "'groupPriorityMinimum':1,'versionPriority':1,"

static void api_services(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good",
          SERVICE("v1.a", NUMBERS "'group':'a','version':'v1','service':{'name':'s',"
                                  "'namespace':'n'}"),
          "" },
        { "nothing", SERVICE("v1.a", ""),
          "metadata.name: Invalid value: \"v1.a\": must be `spec.version+\".\"+spec.group`: \".\"\n"
          "spec.group: Required value: only v1 may have an empty group and it better be legacy "
          "kube\n"
          "spec.version: Invalid value: \"\": a DNS-1035 label must consist of lower case "
          "alphanumeric characters or '-', start with an alphabetic character, and end with an "
          "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
          "'[a-z]([-a-z0-9]*[a-z0-9])?')\n"
          "spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000\n"
          "spec.versionPriority: Invalid value: 0: must be positive and less than 1000" },
        { "local with a bundle",
          SERVICE("v1.a", NUMBERS "'group':'a','version':'v1','caBundle':'eA==',"
                                  "'insecureSkipTLSVerify':true"),
          "spec.caBundle: Invalid value: \"1 bytes\": local APIServices may not have a caBundle\n"
          "spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have "
          "insecureSkipTLSVerify" },
        { "service",
          SERVICE("v1.a", NUMBERS "'group':'a','version':'v1','caBundle':'eA==',"
                                  "'insecureSkipTLSVerify':true,'service':{'port':0}"),
          "spec.service.namespace: Required value\n"
          "spec.service.name: Required value\n"
          "spec.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, "
          "inclusive\n"
          "spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is "
          "present" },
    };
    GROUP_ERRORS(&service, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_is_wrong_with_webhooks),
        cmocka_unit_test(fills_in_webhooks),
        cmocka_unit_test(api_services),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
