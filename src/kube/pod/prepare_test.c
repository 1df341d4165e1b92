/* SPDX-License-Identifier: Apache-2.0 */
/* Preparing a pod: QoS classes, dropped members, profiles as annotations and as fields. */
#include "kube/pod/test_pod.h"
#include "kube/pod/prepare.h"
#include "kube/pod/qos.h"

#define BOTH(cpu, memory) "{'cpu':'" cpu "','memory':'" memory "'}"
#define SET(requests, limits) "{'resources':{'requests':" requests ",'limits':" limits "}}"

static void qos_classes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *containers;
        const char *init;
        const char *want;
    } rows[] = {
        { "no containers", "[]", "[]", "BestEffort" },
        { "nothing asked", "[{'resources':{}}]", "[]", "BestEffort" },
        { "only zeros", "[" SET(BOTH("0", "0"), BOTH("0", "0")) "]", "[]", "BestEffort" },
        { "other resources do not count",
          "[{'resources':{'limits':{'ephemeral-storage':'1Gi','nvidia.com/gpu':'1'}}}]", "[]",
          "BestEffort" },
        { "requests equal limits", "[" SET(BOTH("1", "1Gi"), BOTH("1", "1Gi")) "]", "[]",
          "Guaranteed" },
        { "equal in other words", "[" SET(BOTH("1000m", "1024Mi"), BOTH("1", "1Gi")) "]", "[]",
          "Guaranteed" },
        { "requests below limits", "[" SET(BOTH("1", "1Gi"), BOTH("2", "1Gi")) "]", "[]",
          "Burstable" },
        { "requests only", "[{'resources':{'requests':{'cpu':'1'}}}]", "[]", "Burstable" },
        { "a limit for one resource only", "[" SET("{'cpu':'1'}", "{'cpu':'1'}") "]", "[]",
          "Burstable" },
        { "one container without limits", "[" SET(BOTH("1", "1Gi"), BOTH("1", "1Gi")) ",{}]", "[]",
          "Burstable" },
        { "an init container without limits", "[" SET(BOTH("1", "1Gi"), BOTH("1", "1Gi")) "]",
          "[{}]", "Burstable" },
        { "an init container with limits", "[" SET(BOTH("1", "1Gi"), BOTH("1", "1Gi")) "]",
          "[" SET(BOTH("2", "1Mi"), BOTH("2", "1Mi")) "]", "Guaranteed" },
        { "sums that happen to agree",
          "[" SET(BOTH("1", "1Gi"), BOTH("2", "1Gi")) "," SET(BOTH("2", "1Gi"),
                                                              BOTH("1", "1Gi")) "]",
          "[]", "Guaranteed" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value pod = test_json(
            arena_cstr(&a, arena_printf(&a, "{'spec':{'containers':%s,'initContainers':%s}}",
                                        rows[i].containers, rows[i].init)),
            &a);
        KubeTarget target = kube_target(20);
        test_same_text(rows[i].name, pod_qos_name(pod_qos(&pod, &target)), rows[i].want);
    }
    arena_done(&a);
}

#define SECCOMP "seccomp.security.alpha.kubernetes.io/pod"
#define SECCOMP_C "container.seccomp.security.alpha.kubernetes.io/"
#define APPARMOR_C "container.apparmor.security.beta.kubernetes.io/"
#define PROFILE(type) "{'type':'" type "'}"
#define LOCAL(path) "{'type':'Localhost','localhostProfile':'" path "'}"

typedef struct SkewRow {
    const char *name;
    int minor;
    const char *annotations;
    const char *spec;
    const char *want_annotations; /* NULL for none */
    const char *want_spec;
} SkewRow;

static const SkewRow skew_rows[] = {
    { "a pod's seccomp field becomes an annotation", 20, NULL,
      "{'securityContext':{'seccompProfile':" PROFILE("RuntimeDefault") "}}",
      "{'" SECCOMP "':'runtime/default'}",
      "{'securityContext':{'seccompProfile':" PROFILE("RuntimeDefault") "}}" },
    { "unconfined and localhost", 20, NULL,
      "{'securityContext':{'seccompProfile':" PROFILE(
          "Unconfined") "},'containers':[{'name':'c',"
                        "'securityContext':{'seccompProfile':" LOCAL("a/b.json") "}}]}",
      "{'" SECCOMP "':'unconfined','" SECCOMP_C "c':'localhost/a/b.json'}",
      "{'securityContext':{'seccompProfile':" PROFILE(
          "Unconfined") "},'containers':[{'name':'c',"
                        "'securityContext':{'seccompProfile':" LOCAL("a/b.json") "}}]}" },
    { "a type that is none gives no annotation", 20, NULL,
      "{'securityContext':{'seccompProfile':" PROFILE(
          "X") "},'containers':[{'name':'c',"
               "'securityContext':{'seccompProfile':" PROFILE("Localhost") "}}]}",
      NULL,
      "{'securityContext':{'seccompProfile':" PROFILE(
          "X") "},'containers':[{'name':'c',"
               "'securityContext':{'seccompProfile':" PROFILE("Localhost") "}}]}" },
    { "annotations become fields", 20,
      "{'" SECCOMP "':'docker/default','" SECCOMP_C "i':'unconfined','" SECCOMP_C
      "c':'localhost/x','" SECCOMP_C "e':'runtime/default'}",
      "{'initContainers':[{'name':'i'}],'containers':[{'name':'c'}],"
      "'ephemeralContainers':[{'name':'e'}]}",
      "{'" SECCOMP "':'docker/default','" SECCOMP_C "i':'unconfined','" SECCOMP_C
      "c':'localhost/x','" SECCOMP_C "e':'runtime/default'}",
      "{'securityContext':{'seccompProfile':" PROFILE(
          "RuntimeDefault") "},"
                            "'initContainers':[{'name':'i','securityContext':{'seccompProfile'"
                            ":" PROFILE("Unconfined") "}}],'containers':[{'name':'c','"
                                                      "securityContext':{'seccompProfile':" LOCAL(
                                                          "x") "}}],"
                                                               "'ephemeralContainers':[{'name':'e',"
                                                               "'securityContext':{'seccompProfile'"
                                                               ":" PROFILE(
                                                                   "RuntimeDefault") "}}]}" },
    { "annotations that are none give no field", 20,
      "{'" SECCOMP "':'','" SECCOMP_C "c':'localhost/'}", "{'containers':[{'name':'c'}]}",
      "{'" SECCOMP "':'','" SECCOMP_C "c':'localhost/'}", "{'containers':[{'name':'c'}]}" },
    { "where both are, neither changes", 20, "{'" SECCOMP "':'unconfined'}",
      "{'securityContext':{'seccompProfile':" PROFILE("RuntimeDefault") "}}",
      "{'" SECCOMP "':'unconfined'}",
      "{'securityContext':{'seccompProfile':" PROFILE("RuntimeDefault") "}}" },
    { "nothing before the field", 18, "{'" SECCOMP "':'unconfined'}", "{}",
      "{'" SECCOMP "':'unconfined'}", "{}" },
    { "nothing after the annotation", 27, "{'" SECCOMP "':'unconfined'}", "{}",
      "{'" SECCOMP "':'unconfined'}", "{}" },
    { "an AppArmor annotation stays one before the field", 29, "{'" APPARMOR_C "c':'unconfined'}",
      "{'containers':[{'name':'c'}]}", "{'" APPARMOR_C "c':'unconfined'}",
      "{'containers':[{'name':'c'}]}" },
    { "an AppArmor annotation becomes a field", 30,
      "{'" APPARMOR_C "c':'localhost/p','" APPARMOR_C "d':'docker/default'}",
      "{'containers':[{'name':'c'},{'name':'d'}]}",
      "{'" APPARMOR_C "c':'localhost/p','" APPARMOR_C "d':'docker/default'}",
      "{'containers':[{'name':'c','securityContext':{'appArmorProfile':" LOCAL(
          "p") "}},"
               "{'name':'d'}]}" },
    { "no field where the pod says the same, or the path is padded", 30,
      "{'" APPARMOR_C "c':'unconfined','" APPARMOR_C "d':'localhost/ x'}",
      "{'securityContext':{'appArmorProfile':" PROFILE(
          "Unconfined") "},"
                        "'containers':[{'name':'c'},{'name':'d'}]}",
      "{'" APPARMOR_C "c':'unconfined','" APPARMOR_C "d':'localhost/ x'}",
      "{'securityContext':{'appArmorProfile':" PROFILE(
          "Unconfined") "},"
                        "'containers':[{'name':'c'},{'name':'d'}]}" },
    { "AppArmor fields become annotations", 30, NULL,
      "{'securityContext':{'appArmorProfile':" PROFILE(
          "RuntimeDefault") "},"
                            "'containers':[{'name':'c'},{'name':'d','securityContext':{'"
                            "appArmorProfile':" PROFILE("Unconfined") "}}]}",
      "{'" APPARMOR_C "c':'runtime/default','" APPARMOR_C "d':'unconfined'}",
      "{'securityContext':{'appArmorProfile':" PROFILE(
          "RuntimeDefault") "},"
                            "'containers':[{'name':'c'},{'name':'d','securityContext':{'"
                            "appArmorProfile':" PROFILE("Unconfined") "}}]}" },
    { "no new AppArmor annotations from 1.34 on", 34, NULL,
      "{'securityContext':{'appArmorProfile':" PROFILE(
          "RuntimeDefault") "},"
                            "'containers':[{'name':'c'}]}",
      NULL,
      "{'securityContext':{'appArmorProfile':" PROFILE(
          "RuntimeDefault") "},"
                            "'containers':[{'name':'c'}]}" },
    { "Windows has no AppArmor", 30, "{'" APPARMOR_C "c':'unconfined'}",
      "{'os':{'name':'windows'},'containers':[{'name':'c'}]}", "{'" APPARMOR_C "c':'unconfined'}",
      "{'os':{'name':'windows'},'containers':[{'name':'c'}]}" },
};

static void skew(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(skew_rows); i++) {
        const SkewRow *r = &skew_rows[i];
        KubeTarget t = kube_target(r->minor);
        Value pod = value_object();
        if (r->annotations) {
            Value meta = value_object();
            value_set_lit(&meta, "annotations", test_json(r->annotations, &a), &a);
            value_set_lit(&pod, "metadata", meta, &a);
        }
        value_set_lit(&pod, "spec", test_json(r->spec, &a), &a);
        for (int again = 0; again < 2; again++) {
            pod_sync_seccomp(&pod, &t, &a);
            pod_sync_apparmor(&pod, &t, &a);
            test_same_json(r->name, value_get_lit(&pod, "spec"), r->want_spec, &a);
            const Value *annotations = value_at(&pod, "metadata", "annotations", NULL);
            if (r->want_annotations) {
                assert_non_null(annotations);
                test_same_json(r->name, annotations, r->want_annotations, &a);
            } else {
                assert_null(annotations);
            }
        }
    }
    arena_done(&a);
}

typedef struct DropCase {
    const char *name;
    int minor;
    const char *spec;
    const char *old; /* NULL on create */
    const char *want;
} DropCase;

static const DropCase drop_cases[] = {
    { "ephemeral containers, ephemeral volumes", 20,
      "{'ephemeralContainers':[{}],'volumes':[{'name':'v','ephemeral':{}}]}", NULL,
      "{'volumes':[{'name':'v'}]}" },
    { "on by then", 23, "{'ephemeralContainers':[{}],'volumes':[{'name':'v','ephemeral':{}}]}",
      NULL, "{'ephemeralContainers':[{}],'volumes':[{'name':'v','ephemeral':{}}]}" },
    { "in use already", 20, "{'ephemeralContainers':[{}]}", "{'ephemeralContainers':[{}]}",
      "{'ephemeralContainers':[{}]}" },
    { "an empty list is not in use", 20, "{'ephemeralContainers':[{}]}",
      "{'ephemeralContainers':[]}", "{}" },
    { "procMount", 20,
      "{'containers':[{'securityContext':{'procMount':'Unmasked'}},{'securityContext':{}},{}]}",
      NULL,
      "{'containers':[{'securityContext':{'procMount':'Default'}},{'securityContext':{}},{}]}" },
    { "procMount in use", 20, "{'containers':[{'securityContext':{'procMount':'Unmasked'}}]}",
      "{'containers':[{'securityContext':{'procMount':'Unmasked'}}]}",
      "{'containers':[{'securityContext':{'procMount':'Unmasked'}}]}" },
    { "what 1.20 has on", 20,
      "{'overhead':{},'preemptionPolicy':'Never','runtimeClassName':'r','setHostnameAsFQDN':true,"
      "'securityContext':{'fsGroupChangePolicy':'Always','runAsGroup':1,'sysctls':[]},"
      "'volumes':[{'csi':{}},{'emptyDir':{'sizeLimit':'1'}}]}",
      NULL,
      "{'overhead':{},'preemptionPolicy':'Never','runtimeClassName':'r','setHostnameAsFQDN':true,"
      "'securityContext':{'fsGroupChangePolicy':'Always','runAsGroup':1,'sysctls':[]},"
      "'volumes':[{'csi':{}},{'emptyDir':{'sizeLimit':'1'}}]}" },
    { "newer features", 25,
      "{'hostUsers':false,'schedulingGates':[{}],'containers':[{'resizePolicy':[{}],"
      "'restartPolicy':'Always','resources':{'claims':[{}]},'lifecycle':{'preStop':{'sleep':{}}},"
      "'livenessProbe':{'grpc':{},'terminationGracePeriodSeconds':1},"
      "'volumeMounts':[{'name':'v','recursiveReadOnly':'Enabled','subPath':'x'}]}],"
      "'topologySpreadConstraints':[{'minDomains':1,'nodeTaintsPolicy':'Honor'}],"
      "'affinity':{'podAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':"
      "[{'matchLabelKeys':['a'],'namespaceSelector':{}}],"
      "'preferredDuringSchedulingIgnoredDuringExecution':"
      "[{'podAffinityTerm':{'mismatchLabelKeys':['a']}}]}}}",
      NULL,
      "{'containers':[{'resources':{},'lifecycle':{'preStop':{}},"
      "'livenessProbe':{'grpc':{},'terminationGracePeriodSeconds':1},"
      "'volumeMounts':[{'name':'v','subPath':'x'}]}],'topologySpreadConstraints':[{}],"
      "'affinity':{'podAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':"
      "[{'namespaceSelector':{}}],'preferredDuringSchedulingIgnoredDuringExecution':"
      "[{'podAffinityTerm':{}}]}}}" },
    { "the newest keeps all", KUBE_MINOR_NEWEST, "{'hostUsers':false,'volumes':[{'image':{}}]}",
      NULL, "{'hostUsers':false,'volumes':[{'image':{}}]}" },
};

static void dropping(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(drop_cases); i++) {
        const DropCase *r = &drop_cases[i];
        KubeTarget t = kube_target(r->minor);
        Value pod = value_object();
        Value old = value_object();
        value_set_lit(&pod, "spec", test_json(r->spec, &a), &a);
        if (r->old) {
            value_set_lit(&old, "spec", test_json(r->old, &a), &a);
        }
        pod_drop_disabled_fields(&pod, r->old ? &old : NULL, &t, &a);
        test_same_json(r->name, value_get_lit(&pod, "spec"), r->want, &a);
    }
    arena_done(&a);
}

static void gates(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Err err;
    KubeTarget t = kube_target(20);
    assert_true(kube_target_set_feature(&t, STR("AppArmor"), false, &a, &err));
    assert_true(kube_target_set_feature(&t, STR("VolumeSubpath"), false, &a, &err));
    static const char with[] = "{'metadata':{'annotations':{'" APPARMOR_C "c':'x','z':'z'}},"
                               "'spec':{'containers':[{'volumeMounts':[{'subPath':'x'}]}]}}";
    Value pod = test_json(with, &a);
    pod_drop_disabled_fields(&pod, NULL, &t, &a);
    test_same_json("off", &pod,
                   "{'metadata':{'annotations':{'z':'z'}},"
                   "'spec':{'containers':[{'volumeMounts':[{}]}]}}",
                   &a);
    Value old = test_json(with, &a);
    pod = test_json(with, &a);
    pod_drop_disabled_fields(&pod, &old, &t, &a);
    test_same_json("off, in use", &pod, with, &a);
    arena_done(&a);
}

static void create_and_update(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget t = kube_target(20);
    Value pod = test_json("{'metadata':{'name':'p'},'spec':{'containers':[{'name':'c'}]},"
                          "'status':{'phase':'Running','podIP':'10.0.0.1'}}",
                          &a);
    Value old = value_copy(&pod, &a);
    pod_prepare_for_create(&pod, &t, &a);
    test_same_json("create", &pod,
                   "{'metadata':{'name':'p'},'spec':{'containers':[{'name':'c'}]},"
                   "'status':{'phase':'Pending','qosClass':'BestEffort'}}",
                   &a);
    pod_prepare_for_update(&pod, &old, &t, &a);
    test_same_json("update", &pod,
                   "{'metadata':{'name':'p'},'spec':{'containers':[{'name':'c'}]},"
                   "'status':{'phase':'Running','podIP':'10.0.0.1'}}",
                   &a);

    t = kube_target(33);
    pod_prepare_for_create(&pod, &t, &a);
    assert_int_equal(value_as_int(value_at(&pod, "metadata", "generation", NULL)).value, 1);
    old = value_copy(&pod, &a);
    pod_prepare_for_update(&pod, &old, &t, &a);
    assert_int_equal(value_as_int(value_at(&pod, "metadata", "generation", NULL)).value, 1);
    value_set_lit(value_get_lit(&pod, "spec"), "activeDeadlineSeconds", value_int(5), &a);
    pod_prepare_for_update(&pod, &old, &t, &a);
    assert_int_equal(value_as_int(value_at(&pod, "metadata", "generation", NULL)).value, 2);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qos_classes),       cmocka_unit_test(skew),
        cmocka_unit_test(dropping),          cmocka_unit_test(gates),
        cmocka_unit_test(create_and_update),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
