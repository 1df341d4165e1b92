/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, written as cases of the kind that recorded.h plays. */
#include "decide/psa/recorded.h"

#include "doc/json.h"
#include "doc/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Arena arena;

typedef struct Row {
    const char *name;
    const char *given;  /* YAML: request, and what else matters */
    const char *expect; /* YAML, without metrics when there are none */
} Row;

#define L "pod-security.kubernetes.io/"
#define NAMESPACE(labels) "namespaces: [{metadata: {name: ns, labels: {" labels "}}}]\n"
#define CONFIG                                                                       \
    "config: {apiVersion: pod-security.admission.config.k8s.io/v1, kind: "           \
    "PodSecurityConfiguration, exemptions: {namespaces: [free], usernames: [root], " \
    "runtimeClasses: [kata]}}\n"
#define POD_KIND "kind: {group: '', version: v1, kind: Pod}, "
#define POD_REQUEST(operation, user, rest)                                                 \
    "request: {operation: " operation ", resource: {group: '', resource: pods}, " POD_KIND \
    "name: p, namespace: ns, userInfo: {username: " user "}, " rest "}\n"
#define HOST_POD "{apiVersion: v1, kind: Pod, spec: {hostPID: true, containers: [{image: i}]}}"
#define EVALUATED(decision, mode, level)                                                    \
    "'pod_security_evaluations_total{decision=\"" decision "\",mode=\"" mode                \
    "\",policy_level=\"" level "\",policy_version=\"latest\",request_operation=\"create\"," \
    "resource=\"pod\",subresource=\"\"} 1'"
#define EXEMPTED                                                                    \
    "'pod_security_exemptions_total{request_operation=\"create\",resource=\"pod\"," \
    "subresource=\"\"} 1'"
#define ALLOWED "{allowed: true, auditAnnotations: {}, warnings: [], metrics: []}"
#define FOUND " PodSecurity \"baseline:latest\": host namespaces (hostPID=true)"
#define VIOLATES "violates" FOUND
#define WOULD_VIOLATE "would violate" FOUND

static const Row rows[] = {
    { "a pod that the namespace refuses",
      NAMESPACE(L "enforce: baseline") POD_REQUEST("CREATE", "u", "object: " HOST_POD),
      "{allowed: false, code: 403, message: 'pods \"p\" is forbidden: " VIOLATES "', "
      "auditAnnotations: {enforce-policy: 'baseline:latest'}, warnings: [], "
      "metrics: [" EVALUATED(
          "deny", "enforce",
          "baseline") "], "
                      "status: {metadata: {}, status: Failure, reason: Forbidden, code: 403, "
                      "message: 'pods \"p\" is forbidden: " VIOLATES
                      "', details: {name: p, kind: pods}}}" },
    { "a pod that is noted and warned of",
      NAMESPACE(L "audit: baseline, " L "warn: baseline")
          POD_REQUEST("CREATE", "u", "object: " HOST_POD),
      "{allowed: true, auditAnnotations: {audit-violations: '" WOULD_VIOLATE "', "
      "enforce-policy: 'privileged:latest'}, warnings: ['" WOULD_VIOLATE "'], "
      "metrics: [" EVALUATED("allow", "enforce", "privileged") ", " EVALUATED(
          "deny", "audit", "baseline") ", " EVALUATED("deny", "warn", "baseline") "]}" },
    { "an exempt user",
      CONFIG NAMESPACE(L "enforce: baseline") POD_REQUEST("CREATE", "root", "object: " HOST_POD),
      "{allowed: true, auditAnnotations: {exempt: user}, warnings: [], metrics: [" EXEMPTED "]}" },
    { "an exempt runtime class",
      CONFIG NAMESPACE(L "enforce: baseline, " L "warn: bogus")
          POD_REQUEST("CREATE", "u", "object: {spec: {hostPID: true, runtimeClassName: kata}}"),
      "{allowed: true, auditAnnotations: {exempt: runtimeClass}, warnings: [], "
      "metrics: [" EXEMPTED "]}" },
    { "a subresource that does not change the pod",
      NAMESPACE(L "enforce: baseline")
          POD_REQUEST("CREATE", "u", "requestSubResource: eviction, object: {kind: Eviction}"),
      ALLOWED },
    { "a namespace that is not there", POD_REQUEST("CREATE", "u", "object: " HOST_POD),
      "{allowed: false, code: 500, "
      "message: 'Internal error occurred: failed to lookup namespace \"ns\"', "
      "auditAnnotations: {error: 'Internal error occurred: failed to lookup namespace \"ns\": "
      "namespaces \"ns\" not found'}, warnings: [], "
      "metrics: ['pod_security_errors_total{fatal=\"true\",request_operation=\"create\","
      "resource=\"pod\",subresource=\"\"} 1'], "
      "status: {metadata: {}, status: Failure, reason: InternalError, code: 500, "
      "message: 'Internal error occurred: failed to lookup namespace \"ns\"', "
      "details: {causes: [{message: 'failed to lookup namespace \"ns\"'}]}}}" },
    { "an update that changes no image",
      NAMESPACE(L "enforce: baseline")
          POD_REQUEST("UPDATE", "u", "object: " HOST_POD ", oldObject: " HOST_POD),
      ALLOWED },
    { "a controller is warned of, not refused",
      NAMESPACE(
          L
          "enforce: baseline") "request: {operation: UPDATE, resource: {group: apps, resource: "
                               "deployments}, "
                               "kind: {group: apps, version: v1, kind: Deployment}, namespace: ns, "
                               "object: {spec: {template: {spec: {hostPID: true}}}}}",
      "{allowed: true, auditAnnotations: {}, warnings: ['" WOULD_VIOLATE "'], "
      "metrics: ['pod_security_evaluations_total{decision=\"deny\",mode=\"warn\","
      "policy_level=\"baseline\",policy_version=\"latest\",request_operation=\"update\","
      "resource=\"controller\",subresource=\"\"} 1']}" },
    { "a controller without a template",
      NAMESPACE(L "enforce: baseline") "request: {operation: CREATE, resource: {group: '', "
                                       "resource: replicationcontrollers}, "
                                       "kind: {group: '', version: v1, kind: "
                                       "ReplicationController}, namespace: ns, "
                                       "object: {spec: {template: null}}}",
      ALLOWED },
    { "a kind that holds no pod",
      NAMESPACE(L "warn: baseline") "request: {operation: CREATE, resource: {group: '', resource: "
                                    "configmaps}, "
                                    "kind: {group: '', version: v1, kind: ConfigMap}, namespace: "
                                    "ns, object: {}}",
      "{allowed: true, warnings: [], auditAnnotations: {error: 'failed to extract pod template: "
      "unexpected object type: /v1, Kind=ConfigMap'}, "
      "metrics: ['pod_security_errors_total{fatal=\"true\",request_operation=\"create\","
      "resource=\"controller\",subresource=\"\"} 1']}" },
    { "a policy on a namespace that is exempt",
      CONFIG "request: {operation: CREATE, resource: {group: '', resource: namespaces}, "
             "kind: {group: '', version: v1, kind: Namespace}, name: free, namespace: free, "
             "object: {metadata: {name: free, labels: {" L "enforce: baseline, " L
             "audit-version: v1.2}}}}",
      "{allowed: true, auditAnnotations: {}, metrics: [], warnings: ['namespace \"free\" is exempt "
      "from Pod Security, and the policy (enforce=baseline:latest) will be ignored']}" },
    { "a stricter level is tried on the pods there are",
      "existingPods:\n"
      "- {metadata: {namespace: ns, name: c}, spec: {hostPID: true}}\n"
      "- {metadata: {namespace: other, name: a}, spec: {hostPID: true}}\n"
      "- {repeat: 2, pod: {metadata: {namespace: ns, name: b}, spec: {hostIPC: true}}}\n"
      "- {metadata: {namespace: ns, name: d}, spec: {volumes: [{hostPath: {}}]}}\n"
      "request: {operation: UPDATE, resource: {group: '', resource: namespaces}, "
      "kind: {group: '', version: v1, kind: Namespace}, name: ns, namespace: ns, "
      "object: {metadata: {name: ns, labels: {" L "enforce: baseline}}}, "
      "oldObject: {metadata: {name: ns}}}",
      "{allowed: true, auditAnnotations: {}, metrics: [], warnings: ['existing pods in namespace "
      "\"ns\" violate the new PodSecurity enforce level \"baseline:latest\"', "
      "'b00000 (and 2 other pods): host namespaces', 'd: hostPath volumes']}" },
    { "pods that cannot be listed",
      "podListError: true\n"
      "request: {operation: UPDATE, resource: {group: '', resource: namespaces}, "
      "kind: {group: '', version: v1, kind: Namespace}, name: ns, namespace: ns, "
      "object: {metadata: {name: ns, labels: {" L "enforce: baseline}}}, "
      "oldObject: {metadata: {name: ns}}}",
      "{allowed: true, auditAnnotations: {}, metrics: [], warnings: ['failed to list pods while "
      "checking new PodSecurity enforce level']}" },
};

static Value read_yaml(const Row *row, Str text)
{
    Value v;
    Err err;
    if (!yaml_read(str_from_c(row->name), text, NULL, &arena, &v, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    return v;
}

static Str json_of(const Value *v)
{
    Buf b = buf_new(&arena);
    json_write(v, &b);
    return buf_str(&b);
}

static void requests_are_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        arena_reset(&arena);
        Str text = arena_concat(&arena, STR("topic: psa-admission\n"), str_from_c(rows[i].given));
        Value recorded = read_yaml(&rows[i], text);
        Value expect = read_yaml(&rows[i], str_from_c(rows[i].expect));
        Value got;
        Err err;
        if (!psa_recorded_decide(&recorded, &arena, &got, &err)) {
            fail_msg("%s: %.*s", rows[i].name, STR_ARG(err.msg));
        }
        if (!value_equal(&got, &expect)) {
            fail_msg("%s\n  is   %.*s\n  want %.*s", rows[i].name, STR_ARG(json_of(&got)),
                     STR_ARG(json_of(&expect)));
        }
    }
}

static void the_decoders_words_do_not_count(void **state)
{
    (void)state;
    Row row = { .name = "comparing" };
    Value recorded = read_yaml(&row, STR("{class: decode-error, expect: {auditAnnotations: {error: "
                                         "'failed to decode object: x'}}}"));
    Value same = read_yaml(&row, STR("{auditAnnotations: {error: 'failed to decode object: y'}}"));
    Value other = read_yaml(&row, STR("{auditAnnotations: {error: 'failed to decode pod'}}"));
    assert_true(psa_recorded_agrees(&recorded, &same, &arena));
    assert_false(psa_recorded_agrees(&recorded, &other, &arena));
}

int main(void)
{
    arena_init(&arena, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_answered),
        cmocka_unit_test(the_decoders_words_do_not_count),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_done(&arena);
    return failed;
}
