/* SPDX-License-Identifier: Apache-2.0 */
/* The chain as a whole: who may use which policy, updates, what is refused first, what is told. */
#include "decide/admission/test_chain.h"
#include "decide/psp/psp.h"
#include "decide/rbac/rbac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define POD(more_spec) \
    "{'metadata':{'name':'p'},'spec':{" more_spec "'containers':[{'name':'c','image':'i'}]}}"
#define FORBIDDEN "pods \"p\" is forbidden: "

/* A policy that allows little, and a RoleBinding in n by which the subject may use it. */
#define STRICT                                                                                 \
    "{'apiVersion':'policy/v1beta1','kind':'PodSecurityPolicy','metadata':{'name':'strict'},"  \
    "'spec':{'runAsUser':{'rule':'MustRunAs','ranges':[{'min':7,'max':9}]},'seLinux':{'rule':" \
    "'RunAsAny'},'supplementalGroups':{'rule':'RunAsAny'},'fsGroup':{'rule':'RunAsAny'},"      \
    "'volumes':['emptyDir']}}"
#define GRANT(group, subject)                                                                     \
    "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'Role','metadata':{'name':'use',"        \
    "'namespace':'n'},'rules':[{'apiGroups':['" group "'],'resources':['podsecuritypolicies'],"   \
    "'resourceNames':['strict'],'verbs':['use']}]},"                                              \
    "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'RoleBinding','metadata':{'name':'use'," \
    "'namespace':'n'},'roleRef':{'apiGroup':'rbac.authorization.k8s.io','kind':'Role','name':"    \
    "'use'},'subjects':[" subject "]}"
#define GROUP(name) "{'kind':'Group','apiGroup':'rbac.authorization.k8s.io','name':'" name "'}"
#define ACCOUNT(name) "{'kind':'ServiceAccount','name':'" name "','namespace':'n'}"

static void policies(void **state)
{
    (void)state;
    static const ChainRow rows[] = {
        { .name = "nobody's grant",
          .object = POD(""),
          .user = "bob",
          .message = FORBIDDEN "PodSecurityPolicy: unable to admit pod: []" },
        { .name = "the wording of 1.19",
          .object = POD(""),
          .user = "bob",
          .minor = 19,
          .message = FORBIDDEN "unable to validate against any pod security policy: []" },
        { .name = "the requester's",
          .object = POD("'hostNetwork':true,"),
          .want = { { "/metadata/annotations/kubernetes.io~1psp", "'open'" },
                    { "/spec/securityContext", "{}" } } },
        { .name = "the service account's, which changes the pod",
          .state = "[" STRICT "," GRANT("policy", ACCOUNT("default")) "]",
          .object = POD(""),
          .user = "bob",
          .want = { { "/metadata/annotations/kubernetes.io~1psp", "'strict'" },
                    { "/spec/containers/0/securityContext", "{'runAsUser':7}" } } },
        { .name = "one that changes nothing goes first",
          .state = "[" STRICT "," GRANT("policy", ACCOUNT("default")) "]",
          .object = POD(""),
          .want = { { "/metadata/annotations/kubernetes.io~1psp", "'open'" } } },
        { .name = "group extensions",
          .state = "[" STRICT "," GRANT("extensions", GROUP("system:serviceaccounts")) "]",
          .object = POD(""),
          .user = "bob",
          .want = { { "/metadata/annotations/kubernetes.io~1psp", "'strict'" } } },
        { .name = "group podgate.io",
          .state = "[" STRICT "," GRANT("podgate.io", GROUP("system:serviceaccounts:n")) "]",
          .object = POD(""),
          .user = "bob",
          .want = { { "/metadata/annotations/kubernetes.io~1psp", "'strict'" } } },
        { .name = "another group",
          .state = "[" STRICT "," GRANT("apps", GROUP("system:serviceaccounts")) "]",
          .object = POD(""),
          .user = "bob",
          .message = FORBIDDEN "PodSecurityPolicy: unable to admit pod: []" },
        { .name = "service accounts are not authenticated here",
          .state = "[" STRICT "," GRANT("policy", GROUP("system:authenticated")) "]",
          .object = POD(""),
          .user = "system:nobody",
          .want = { { "/metadata/annotations/kubernetes.io~1psp", "'strict'" } } },
        { .name = "the errors of what may be used alone",
          .state = "[" STRICT "," GRANT("policy", ACCOUNT("default")) "]",
          .object = POD("'volumes':[{'name':'v','hostPath':{'path':'/'}}],"),
          .user = "bob",
          .message = FORBIDDEN
          "PodSecurityPolicy: unable to admit pod: [spec.volumes[0]: Invalid "
          "value: \"hostPath\": hostPath volumes are not allowed to be used]" },
        { .name = "the policy's refusal before the API's",
          .object = "{'metadata':{'name':'P!'},'spec':{'containers':[{'name':'c'}]}}",
          .user = "bob",
          .message = "pods \"P!\" is forbidden: PodSecurityPolicy: unable to admit pod: []" },
        { .name = "but the API's before the quota's",
          .state = "[{'apiVersion':'v1','kind':'ResourceQuota','metadata':{'name':'q','namespace':"
                   "'n'},'spec':{'hard':{'pods':'0'}}}]",
          .object = "{'metadata':{'name':'p'},'spec':{'containers':[{'name':'c'}]}}",
          .message = "Pod \"p\" is invalid: spec.containers[0].image: Required value" },
    };
    chain_check(rows, COUNT_OF(rows));
}

static void updates(void **state)
{
    (void)state;
#define STORED(metadata, image)                                                                   \
    "{'metadata':{'name':'p','namespace':'n','annotations':{'kubernetes.io/psp':'gone'}" metadata \
    "},'spec':{'containers':[{'name':'c','image':'" image "'}],'serviceAccountName':'default',"   \
    "'priority':0,'preemptionPolicy':'PreemptLowerPriority'}}"
    static const ChainRow rows[] = {
        { .name = "nothing changes",
          .object = STORED("", "i"),
          .old = STORED("", "i"),
          .off = ADMISSION_PLUGIN_BIT(ADMISSION_DEFAULT_TOLERATION_SECONDS),
          .user = "bob" },
        { .name = "finalizers only",
          .object = STORED(",'finalizers':['x.io/f']", "i"),
          .old = STORED("", "i"),
          .off = ADMISSION_PLUGIN_BIT(ADMISSION_DEFAULT_TOLERATION_SECONDS),
          .user = "bob",
          .want = { { "/metadata/finalizers", "['x.io/f']" } } },
        { .name = "an image",
          .object = STORED("", "j"),
          .old = STORED("", "i"),
          .user = "bob",
          .message = FORBIDDEN "PodSecurityPolicy: unable to validate pod: []" },
        { .name = "by one who may",
          .object = STORED("", "j"),
          .old = STORED("", "i"),
          .want = { { "/metadata/annotations/kubernetes.io~1psp", "'gone'" },
                    { "/spec/containers/0/image", "'j'" } } },
        { .name = "an update changes nothing itself",
          .state = "[" STRICT "," GRANT("policy", ACCOUNT("default")) "]",
          .object = STORED("", "j"),
          .old = STORED("", "i"),
          .user = "bob",
          .message = FORBIDDEN "PodSecurityPolicy: unable to validate pod: []" },
        { .name = "an older version of the pod",
          .object = STORED(",'resourceVersion':'1'", "j"),
          .old = STORED(",'resourceVersion':'2'", "i"),
          .message = "Operation cannot be fulfilled on pods \"p\": the object has been modified; "
                     "please apply your changes to the latest version and try again" },
        { .name = "an ephemeral container, and what else was sent",
          .object = "{'metadata':{'name':'p','labels':{'a':'b'},'managedFields':[]},'spec':{"
                    "'containers':[{'name':'c','image':'j'}],'ephemeralContainers':[{'name':'e',"
                    "'image':'i'}]}}",
          .old = STORED("", "i"),
          .resource = "pods/ephemeralcontainers",
          .minor = 24,
          .want = { { "/spec/ephemeralContainers/0/name", "'e'" },
                    { "/spec/containers/0/image", "'i'" },
                    { "/metadata/labels", NULL },
                    { "/metadata/managedFields", NULL } } },
        { .name = "who manages it is written by then",
          .object = "{'metadata':{'name':'p','managedFields':[{'manager':'m','operation':'Update',"
                    "'apiVersion':'v1','fieldsType':'FieldsV1','fieldsV1':{}}]},'spec':{"
                    "'ephemeralContainers':[{'name':'e','image':'i'}]}}",
          .old = STORED("", "i"),
          .resource = "pods/ephemeralcontainers",
          .minor = 34,
          .want = { { "/spec/containers/0/image", "'i'" },
                    { "/metadata/managedFields/0/manager", "'m'" } } },
        { .name = "priority is kept",
          .object = "{'metadata':{'name':'p','labels':{'a':'b'}},'spec':{'containers':[{'name':'c',"
                    "'image':'i'}],'serviceAccountName':'default'}}",
          .old = STORED("", "i"),
          .want = { { "/spec/priority", "0" }, { "/metadata/resourceVersion", NULL } } },
    };
    chain_check(rows, COUNT_OF(rows));
}

static void other_kinds(void **state)
{
    (void)state;
#define ROLE(verbs)                                        \
    "{'apiVersion':'rbac.authorization.k8s.io/"            \
    "v1','kind':'Role','metadata':{'name':'r'},'rules':[{" \
    "'apiGroups':[''],'resources':['pods'],'verbs':[" verbs "]}]}"
    static const ChainRow rows[] = {
        { .name = "a policy",
          .object = STRICT,
          .resource = "podsecuritypolicies",
          .want = { { "/spec/allowPrivilegeEscalation", "true" } } },
        { .name = "an invalid one, under its old group",
          .object = "{'apiVersion':'policy/v1beta1','kind':'PodSecurityPolicy','metadata':{'name':"
                    "'x'},'spec':{'runAsUser':{'rule':'RunAsAny'},'seLinux':{'rule':'RunAsAny'},"
                    "'fsGroup':{'rule':'RunAsAny'},'supplementalGroups':{'rule':'y'}}}",
          .resource = "podsecuritypolicies",
          .message = "PodSecurityPolicy.extensions \"x\" is invalid: spec.supplementalGroups.rule: "
                     "Unsupported value: \"y\": supported values: \"MayRunAs\", \"MustRunAs\", "
                     "\"RunAsAny\"" },
        { .name = "a role with more rights than one's own",
          .object = ROLE("'get'"),
          .resource = "roles",
          .message = "roles.rbac.authorization.k8s.io \"r\" is forbidden: user \"alice\" "
                     "(groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions "
                     "not currently held:\n{APIGroups:[\"\"], Resources:[\"pods\"], "
                     "Verbs:[\"get\"]}" },
        { .name = "a role without rights",
          .object = "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'Role','metadata':{'name':"
                    "'r'},'rules':[]}",
          .resource = "roles",
          .want = { { "/rules", "null" } } },
        { .name = "a namespace",
          .object = "{'kind':'Namespace','metadata':{'name':'m'}}",
          .resource = "namespaces",
          .want = { { "/spec/finalizers", "['kubernetes']" }, { "/status/phase", "'Active'" } } },
        { .name = "a kind that nobody knows more about",
          .object = "{'kind':'ConfigMap','metadata':{'generateName':'g-'},'data':{'a':'b'},'x':1}",
          .resource = "configmaps",
          .want = { { "/metadata/name", "'g-xxxxx'" }, { "/x", NULL } } },
        { .name = "of the wrong type",
          .object = "{'kind':'ConfigMap','metadata':{'name':'m'},'data':{'a':5}}",
          .resource = "configmaps",
          .message = "data[a]: ReadString: expects \" or n, but found 5" },
    };
    chain_check(rows, COUNT_OF(rows));
}

static void tells_what_it_did(void **state)
{
    (void)state;
    static const ChainRow row = {
        .name = "trace",
        .state = "[" STRICT "," GRANT("policy", ACCOUNT("default")) "]",
        .object = POD(""),
        .user = "bob",
    };
    Arena a;
    arena_init(&a, 0);
    AdmissionDecision decision;
    chain_decide(&row, &a, &decision);
    assert_true(decision.allowed);
    assert_true(str_eq(decision.psp, STR("strict")));
    const struct PspDecision *psp = NULL;
    for (const AdmissionTrace *t = decision.trace; t; t = t->next) {
        assert_false(t->refused);
        if (t->psp && t->phase == ADMISSION_MUTATING) {
            psp = t->psp;
        }
    }
    if (psp == NULL) {
        fail_msg("no trace of the policies");
        return;
    }
    assert_int_equal(psp->tried_count, 1);
    assert_int_equal(psp->tried[0].candidate.grantee, PSP_GRANTED_TO_SERVICE_ACCOUNT);
    assert_true(str_eq(rbac_binding_name(psp->tried[0].candidate.by), STR("use")));
    size_t annotations = 0;
    for (const AdmissionAnnotation *n = decision.audit; n; n = n->next) {
        annotations += str_starts_with(n->key, STR("podsecuritypolicy.admission.k8s.io/"));
        assert_true(str_eq(n->value, STR("strict")));
    }
    assert_int_equal(annotations, 2);
    chain_forget();
    arena_done(&a);
}

static void plugins_have_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < ADMISSION_PLUGIN_COUNT; i++) {
        AdmissionPluginId found;
        assert_true(admission_plugin_find(admission_plugin_name((AdmissionPluginId)i), &found));
        assert_int_equal(found, i);
    }
    AdmissionPluginId none;
    assert_false(admission_plugin_find(STR("NoSuchPlugin"), &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies),           cmocka_unit_test(updates),
        cmocka_unit_test(other_kinds),        cmocka_unit_test(tells_what_it_did),
        cmocka_unit_test(plugins_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
