/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals taken apart: the messages are those of real API servers and clients. */
#include "analyze/explain/refusal.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct Row {
    const char *text;
    const char *want; /* each refusal as JSON with single quotes, without its sentence; a line each
                       */
} Row;

static const Row rows[] = {
    { "Error from server (Forbidden): error when creating \"pod.yaml\": pods \"p\" is forbidden: "
      "PodSecurityPolicy: unable to admit pod: [spec.securityContext.hostNetwork: Invalid value: "
      "true: Host network is not allowed to be used spec.volumes[0]: Invalid value: \"hostPath\": "
      "hostPath volumes are not allowed to be used]\n",
      "{'decidedBy':'PodSecurityPolicy','file':'pod.yaml','resource':'pods','name':'p','points':[{'"
      "field':'spec.securityContext.hostNetwork','reason':'Invalid "
      "value','value':'true','detail':'Host network is not allowed to be "
      "used'},{'field':'spec.volumes[0]','reason':'Invalid "
      "value','value':'\\'hostPath\\'','detail':'hostPath volumes are not allowed to be used'}]}" },
    { "  Warning  FailedCreate  0s (x9 over 2s)  replicaset-controller  Error creating: pods "
      "\"web-956c67785-\" is forbidden: PodSecurityPolicy: unable to admit pod: []",
      "{'decidedBy':'PodSecurityPolicy','resource':'pods','name':'web-956c67785-','event':true,'"
      "points':[]}" },
    { "Error from server (Forbidden): error when creating \"x\": pods \"p\" is forbidden: unable "
      "to validate against any pod security policy: "
      "[spec.containers[0].securityContext.capabilities.add: Invalid value: \"NET_ADMIN\": "
      "capability may not be added "
      "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: Forbidden: seccomp may "
      "not be set]",
      "{'decidedBy':'PodSecurityPolicy','file':'x','resource':'pods','name':'p','points':[{'field':"
      "'spec.containers[0].securityContext.capabilities.add','reason':'Invalid "
      "value','value':'\\'NET_ADMIN\\'','detail':'capability may not be "
      "added'},{'field':'pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/"
      "pod]','reason':'Forbidden','detail':'seccomp may not be set'}]}" },
    { "pods \"p\" is forbidden: PodSecurityPolicy: no providers available to validate pod request",
      "{'decidedBy':'PodSecurityPolicy','resource':'pods','name':'p','noPolicies':true,'points':[]"
      "}" },
    { "Error from server (Forbidden): error when creating \"p.yaml\": pods \"p\" is forbidden: "
      "violates PodSecurity \"restricted:v1.25\": allowPrivilegeEscalation != false (container "
      "\"c\" must set securityContext.allowPrivilegeEscalation=false), seccompProfile (pod or "
      "containers \"a, b\", \"c\" must set securityContext.seccompProfile.type to "
      "\"RuntimeDefault\" or \"Localhost\")",
      "{'decidedBy':'PodSecurity','file':'p.yaml','resource':'pods','name':'p','level':'restricted'"
      ",'version':'v1.25','points':[{'field':'allowPrivilegeEscalation','reason':'"
      "allowPrivilegeEscalation != false','detail':'container \\'c\\' must set "
      "securityContext.allowPrivilegeEscalation=false'},{'field':'seccompProfile_restricted','"
      "reason':'seccompProfile','detail':'pod or containers \\'a, b\\', \\'c\\' must set "
      "securityContext.seccompProfile.type to \\'RuntimeDefault\\' or \\'Localhost\\''}]}" },
    { "Warning: would violate PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true, "
      "hostPID=true)\ndeployment.apps/web created",
      "{'decidedBy':'PodSecurity','level':'baseline','version':'latest','warning':true,'points':[{'"
      "field':'hostNamespaces','reason':'host namespaces','detail':'hostNetwork=true, "
      "hostPID=true'}]}" },
    { "Error from server (Forbidden): pods is forbidden: User \"bob\" cannot list resource "
      "\"pods\" in API group \"\" in the namespace \"shop\"",
      "{'decidedBy':'RBAC','resource':'pods','namespace':'shop','user':'bob','verb':'list','points'"
      ":[]}" },
    { "Error from server (Forbidden): deployments.apps \"web\" is forbidden: User "
      "\"system:serviceaccount:shop:ci\" cannot patch resource \"deployments/scale\" in API group "
      "\"apps\" in the namespace \"shop\": RBAC: clusterrole.rbac.authorization.k8s.io \"x\" not "
      "found",
      "{'decidedBy':'RBAC','resource':'deployments','group':'apps','name':'web','namespace':'shop',"
      "'user':'system:serviceaccount:shop:ci','verb':'patch','apiGroup':'apps','subresource':'"
      "scale','reason':'RBAC: clusterrole.rbac.authorization.k8s.io \\'x\\' not "
      "found','points':[]}" },
    { "Error from server (Forbidden): nodes is forbidden: User \"bob\" cannot list resource "
      "\"nodes\" in API group \"\" at the cluster scope",
      "{'decidedBy':'RBAC','resource':'nodes','user':'bob','verb':'list','points':[]}" },
    { "Error from server (Forbidden): forbidden: User \"bob\" cannot get path \"/metrics\"",
      "{'decidedBy':'RBAC','user':'bob','verb':'get','path':'/metrics','points':[]}" },
    { "pods is forbidden: User \"old\" cannot create pods in the namespace \"x\"",
      "{'decidedBy':'RBAC','resource':'pods','namespace':'x','user':'old','verb':'create','points':"
      "[]}" },
    { "Error from server (Forbidden): error when creating \"q\": pods \"p\" is forbidden: exceeded "
      "quota: team, requested: limits.memory=2Gi,pods=1, used: limits.memory=3Gi,pods=4, limited: "
      "limits.memory=4Gi,pods=4",
      "{'decidedBy':'ResourceQuota','file':'q','resource':'pods','name':'p','subject':'team','"
      "reason':'requested: limits.memory=2Gi,pods=1, used: limits.memory=3Gi,pods=4, limited: "
      "limits.memory=4Gi,pods=4','amounts':[{'resource':'limits.memory','requested':'2Gi','used':'"
      "3Gi','limited':'4Gi'},{'resource':'pods','requested':'1','used':'4','limited':'4'}],'points'"
      ":[]}" },
    { "pods \"p\" is forbidden: failed quota: team: must specify limits.cpu,requests.cpu",
      "{'decidedBy':'ResourceQuota','resource':'pods','name':'p','subject':'team','reason':'must "
      "specify limits.cpu,requests.cpu','points':[]}" },
    { "pods \"p\" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, memory max "
      "limit to request ratio per Container is 2, but provided ratio is 4.000000, maximum memory "
      "usage per Pod is 1Gi.  No limit is specified]",
      "{'decidedBy':'LimitRange','resource':'pods','name':'p','points':[{'field':'cpu','reason':'"
      "LimitRange','value':'2','detail':'maximum cpu usage per Container is 1, but limit is "
      "2'},{'field':'memory','reason':'LimitRange','value':'4.000000','detail':'memory max limit "
      "to request ratio per Container is 2, but provided ratio is "
      "4.000000'},{'field':'memory','reason':'LimitRange','detail':'maximum memory usage per Pod "
      "is 1Gi.  No limit is specified'}]}" },
    { "pods \"p\" is forbidden: minimum memory usage per Container is 10Mi, but request is 1Mi",
      "{'decidedBy':'LimitRange','resource':'pods','name':'p','points':[{'field':'memory','reason':"
      "'LimitRange','value':'1Mi','detail':'minimum memory usage per Container is 10Mi, but "
      "request is 1Mi'}]}" },
    { "Error from server: error when creating \"x.yaml\": admission webhook "
      "\"validation.gatekeeper.sh\" denied the request: [psp-host] no host network\n",
      "{'decidedBy':'Webhook','file':'x.yaml','subject':'validation.gatekeeper.sh','reason':'[psp-"
      "host] no host network','points':[]}" },
    { "Error from server: admission webhook \"w\" denied the request without explanation",
      "{'decidedBy':'Webhook','subject':'w','reason':'without explanation','points':[]}" },
    { "Error from server (Forbidden): error when creating \"a\": admission webhook \"podgate.io\" "
      "denied the request: pods \"p\" is forbidden: PodSecurityPolicy: unable to admit pod: []",
      "{'decidedBy':'Webhook','file':'a','subject':'podgate.io','reason':'pods \\'p\\' is "
      "forbidden: PodSecurityPolicy: unable to admit pod: "
      "[]','points':[]}\n{'decidedBy':'PodSecurityPolicy','resource':'pods','name':'p','points':[]"
      "}" },
    { "Error from server (InternalError): error when creating \"p.yaml\": Internal error occurred: "
      "failed calling webhook \"w.io\": Post \"https://w.ns.svc:443/?timeout=10s\": x509: unknown "
      "authority",
      "{'decidedBy':'Webhook','subject':'w.io','reason':'could not be called: Post "
      "\\'https://w.ns.svc:443/?timeout=10s\\': x509: unknown authority','points':[]}" },
    { "The Pod \"p\" is invalid: \n* spec.containers[0].image: Required value\n* "
      "spec.containers[0].ports[0].containerPort: Invalid value: 800000: must be between 1 and "
      "65535, inclusive\n",
      "{'decidedBy':'Validation','resource':'Pod','name':'p','points':[{'field':'spec.containers[0]"
      ".image','reason':'Required "
      "value'},{'field':'spec.containers[0].ports[0].containerPort','reason':'Invalid "
      "value','value':'800000','detail':'must be between 1 and 65535, inclusive'}]}" },
    { "The Deployment \"d\" is invalid: spec.selector: Required value",
      "{'decidedBy':'Validation','resource':'Deployment','name':'d','points':[{'field':'spec."
      "selector','reason':'Required value'}]}" },
    { "pods \"p\" is forbidden: error looking up service account shop/ci: serviceaccount \"ci\" "
      "not found",
      "{'decidedBy':'ServiceAccount','resource':'pods','name':'p','namespace':'shop','subject':'ci'"
      ",'reason':'serviceaccount \\'ci\\' not found','points':[]}" },
    { "Error from server (Forbidden): error when creating \"p\": pods \"p\" is forbidden: unable "
      "to create new content in namespace old because it is being terminated",
      "{'decidedBy':'Namespace','file':'p','resource':'pods','name':'p','namespace':'old','reason':"
      "'because it is being terminated','points':[]}" },
    { "Error from server (NotFound): error when creating \"p.yaml\": namespaces \"none\" not found",
      "{'decidedBy':'Namespace','file':'p.yaml','namespace':'none','reason':'it is not "
      "there','points':[]}" },
    { "roles.rbac.authorization.k8s.io \"r\" is forbidden: user \"bob\" (groups=[\"a\"]) is "
      "attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], "
      "Resources:[\"pods\"], Verbs:[\"get\"]}",
      "{'decidedBy':'Escalation','resource':'roles','group':'rbac.authorization.k8s.io','name':'r',"
      "'user':'bob','points':[]}" },
    { "{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"pods \\\"p\\\" is forbidden: "
      "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1\",\"code\":403}",
      "{'decidedBy':'ResourceQuota','resource':'pods','name':'p','subject':'q','reason':'requested:"
      " pods=1, used: pods=1, limited: "
      "pods=1','amounts':[{'resource':'pods','requested':'1','used':'1','limited':'1'}],'points':[]"
      "}" },
    { "apiVersion: v1\nkind: Event\nmetadata: {name: e, namespace: shop}\nreason: "
      "FailedCreate\nmessage: 'Error creating: pods \"web-1-\" is forbidden: PodSecurityPolicy: "
      "unable to admit pod: []'\n",
      "{'decidedBy':'PodSecurityPolicy','resource':'pods','name':'web-1-','namespace':'shop','"
      "event':true,'points':[]}" },
    { "pods \"p\" is forbidden: no PriorityClass with name high was found",
      "{'decidedBy':'Other','resource':'pods','name':'p','points':[]}" },
    { "time=\"x\" msg=\"pods \\\"p\\\" is forbidden: unable to validate against any pod security "
      "policy: []\"",
      "{'decidedBy':'PodSecurityPolicy','resource':'pods','name':'p','points':[]}" },
    { "nothing of this is a refusal\n", "" },
    { "", "" },
};

static Str text_of(const Refusals *refusals, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < refusals->count; i++) {
        Value v = refusal_to_value(&refusals->items[i], a);
        value_remove(&v, STR("sentence"));
        VALUE_EACH_ITEM(point, value_get_lit(&v, "points")) {
            value_remove(point, STR("text"));
        }
        buf_add(&b, i ? STR("\n") : STR(""));
        json_write(&v, &b);
    }
    for (size_t i = 0; i < b.len; i++) {
        b.ptr[i] = b.ptr[i] == '"' ? '\'' : b.ptr[i];
    }
    return buf_str(&b);
}

static void taken_apart(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        Refusals refusals;
        refusals_read(str_from_c(rows[i].text), &a, &refusals);
        Str got = text_of(&refusals, &a);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            printf("row %zu: %s\nwant %s\ngot  %.*s\n;;\n", i, rows[i].text, rows[i].want,
                   STR_ARG(got));
            failed++;
        }
        arena_done(&a);
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(taken_apart) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
