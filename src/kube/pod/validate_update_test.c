/* SPDX-License-Identifier: Apache-2.0 */
/* Updates, templates, metadata, and pods of no shape at all. */
#include "kube/pod/prepare.h"
#include "kube/pod/test_validate.h"

#define MAY_NOT                                                                       \
    "spec: Forbidden: pod updates may not change fields other than "                  \
    "`spec.containers[*].image`, `spec.initContainers[*].image`, "                    \
    "`spec.activeDeadlineSeconds` or `spec.tolerations` (only additions to existing " \
    "tolerations)"
#define GRACE                                                                             \
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously " \
    "negative)"
#define APPARMOR "container.apparmor.security.beta.kubernetes.io/c"

typedef struct UpdateRow {
    const char *name;
    int minor; /* 0 for 20 */
    const char *old_metadata;
    const char *old;
    const char *metadata;
    const char *spec;
    const char *want;
} UpdateRow;

static const UpdateRow rows[] = {
    { "nothing", 0, "", "", "", "", "" },
    { "labels and annotations", 0, ",'labels':{'a':'b'}", "", ",'annotations':{'c':'d'}", "", "" },
    { "images", 0, "", "'initContainers':[{'name':'i','image':'i:1'}]", "",
      "'containers':[{'name':'c','image':'i:2','imagePullPolicy':'IfNotPresent'}],"
      "'initContainers':[{'name':'i','image':'i:3'}]",
      "" },
    { "images that are none", 0, "", "", "",
      "'containers':[{'name':'c','image':'','imagePullPolicy':'IfNotPresent'}]",
      "spec.containers[0].image: Required value\nspec.containers[0].image: Required value" },
    { "a container more", 0, "", "", "",
      "'containers':[{'name':'c','image':'i:1'},{'name':'d','image':'i:1'}]",
      "spec.containers: Forbidden: pod updates may not add or remove containers" },
    { "an init container less", 0, "", "'initContainers':[{'name':'i','image':'i:1'}]", "",
      "'hostNetwork':true",
      "spec.initContainers: Forbidden: pod updates may not add or remove containers" },
    { "a deadline", 0, "", "", "", "'activeDeadlineSeconds':5", "" },
    { "an earlier deadline", 0, "", "'activeDeadlineSeconds':6", "", "'activeDeadlineSeconds':5",
      "" },
    { "a later deadline", 0, "", "'activeDeadlineSeconds':6", "",
      "'activeDeadlineSeconds':7,'hostNetwork':true",
      "spec.activeDeadlineSeconds: Invalid value: 7: must be less than or equal to previous "
      "value" },
    { "no deadline any more", 0, "", "'activeDeadlineSeconds':6", "", "",
      "spec.activeDeadlineSeconds: Invalid value: \"null\": must not update from a positive "
      "integer to nil value" },
    { "a deadline that is none", 0, "", "", "", "'activeDeadlineSeconds':-1",
      "spec.activeDeadlineSeconds: Invalid value: -1: must be between 1 and 2147483647, inclusive\n"
      "spec.activeDeadlineSeconds: Invalid value: -1: must be between 0 and 2147483647, "
      "inclusive" },
    { "one toleration more, one for longer", 0, "",
      "'tolerations':[{'key':'k','effect':'NoExecute','tolerationSeconds':5}]", "",
      "'tolerations':[{'key':'l'},{'key':'k','effect':'NoExecute','tolerationSeconds':6}]", "" },
    { "one toleration less", 0, "", "'tolerations':[{'key':'k'}]", "",
      "'tolerations':[{'key':'l'}]",
      "spec.tolerations: Forbidden: existing toleration can not be modified except its "
      "tolerationSeconds" },
    { "other members", 22, "", "'hostNetwork':false", "",
      "'hostNetwork':true,'nodeSelector':{'a':'b'},'containers':[{'name':'c','image':'i:1',"
      "'command':['x']}]",
      MAY_NOT "\nspec.hostNetwork\nspec.nodeSelector\nspec.containers[0].command" },
    { "the same in other words", 0, "",
      "'nodeSelector':{},'tolerations':[],'containers':[{'name':'c','image':'i:1','args':[],"
      "'resources':{'limits':{'cpu':'1'}}}]",
      "", "'containers':[{'name':'c','image':'i:1','resources':{'limits':{'cpu':'1000m'}}}]", "" },
    { "an empty struct is something", 22, "", "'volumes':[{'name':'v','hostPath':{'path':'/'}}]",
      "", "'volumes':[{'name':'v'}]",
      MAY_NOT "\nspec.volumes[0].emptyDir\nspec.volumes[0].hostPath" },
    { "other members up to 1.21", 0, "", "'hostNetwork':false", "", "'hostNetwork':true",
      MAY_NOT "\n"
              "  core.PodSpec{\n"
              "  \t... // 10 identical fields\n"
              "  \tAutomountServiceAccountToken: nil,\n"
              "  \tNodeName:                     \"\",\n"
              "  \tSecurityContext: &core.PodSecurityContext{\n"
              "- \t\tHostNetwork: true,\n"
              "+ \t\tHostNetwork: false,\n"
              "  \t\tHostPID:     false,\n"
              "  \t\tHostIPC:     false,\n"
              "  \t\t... // 11 identical fields\n"
              "  \t},\n"
              "  \tImagePullSecrets: nil,\n"
              "  \tHostname:         \"\",\n"
              "  \t... // 15 identical fields\n"
              "  }\n" },
    { "the wording of 1.23", 23, "", "", "", "'hostNetwork':true",
      "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`, "
      "`spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, `spec.tolerations` (only "
      "additions to existing tolerations) or " GRACE "\nspec.hostNetwork" },
    { "the wording of 1.27", 27, "", "", "", "'hostNetwork':true",
      "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
      "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
      "additions to existing tolerations)," GRACE "\nspec.hostNetwork" },
    { "a negative grace period", 23, "", "'terminationGracePeriodSeconds':-1", "",
      "'terminationGracePeriodSeconds':1", "" },
    { "gates", 27, "", "'schedulingGates':[{'name':'a'},{'name':'b'}]", "",
      "'schedulingGates':[{'name':'a'}],'nodeSelector':{'a':'b'}", "" },
    { "another gate", 27, "", "'schedulingGates':[{'name':'a'}]", "",
      "'schedulingGates':[{'name':'b'}]",
      "spec.schedulingGates[0]: Forbidden: only deletion is allowed, but found new scheduling gate "
      "'b'" },
    { "AppArmor added", 0, "", "", ",'annotations':{'" APPARMOR "':'unconfined'}", "",
      "metadata.annotations[" APPARMOR "]: Forbidden: may not add AppArmor annotations" },
    { "AppArmor changed", 0, ",'annotations':{'" APPARMOR "':'unconfined'}", "",
      ",'annotations':{'" APPARMOR "':''}", "",
      "metadata.annotations[" APPARMOR "]: Forbidden: may not remove or update AppArmor "
      "annotations" },
    { "mirror removed", 0, ",'annotations':{'kubernetes.io/config.mirror':'m'}", "'nodeName':'n'",
      "", "'nodeName':'n'",
      "metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not remove or update "
      "mirror pod annotation" },
};

static void updates(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        KubeTarget t = kube_target(rows[i].minor ? rows[i].minor : 20);
        Value old = test_pod(rows[i].old_metadata, rows[i].old, &t, &a);
        Value pod = test_pod(rows[i].metadata, rows[i].spec, &t, &a);
        Value before = value_copy(&pod, &a);
        FieldErrors errs = field_errors_new(&a);
        pod_validate_update(&pod, &old, &t, &errs);
        test_same_text(rows[i].name, test_errors_text(&errs), rows[i].want);
        assert_true(value_equal(&before, &pod));
    }
    arena_done(&a);
}

static void ephemeral_containers(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *old;
        const char *now;
        const char *want;
    } cases[] = {
        { "one more", "[{'name':'e','image':'i:1'}]",
          "[{'name':'f','image':'i:1'},{'name':'e','image':'i:1'}]", "" },
        { "one less", "[{'name':'e','image':'i:1'}]", "[]",
          "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"e\" may not be "
          "removed\n" },
        { "another image", "[{'name':'e','image':'i:1'}]", "[{'name':'e','image':'i:2'}]",
          "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"e\" may not be "
          "changed\nspec.ephemeralContainers.image" },
        { "one that is wrong", "[]", "[{'name':'c','image':'i:1'}]",
          "spec.ephemeralContainers[0].name: Duplicate value: \"c\"" },
    };
    Arena a;
    arena_init(&a, 0);
    KubeTarget t = kube_target(23);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Value old = test_pod(
            "", arena_cstr(&a, arena_printf(&a, "'ephemeralContainers':%s", cases[i].old)), &t, &a);
        Value pod = test_pod(
            "", arena_cstr(&a, arena_printf(&a, "'ephemeralContainers':%s", cases[i].now)), &t, &a);
        FieldErrors errs = field_errors_new(&a);
        pod_validate_ephemeral_containers_update(&pod, &old, &t, &errs);
        test_same_text(cases[i].name, test_errors_text(&errs), cases[i].want);
    }
    arena_done(&a);
}

static void templates(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget t = kube_target(23);
    Value template = test_json(
        "{'metadata':{'labels':{'a b':'c'},'annotations':{'d e':''}},"
        "'spec':{'containers':[{'name':'c','image':' i'}],"
        "'ephemeralContainers':[{'name':'e','image':'i'}],"
        "'volumes':[{'name':'v','projected':{'sources':[{'serviceAccountToken':{'path':'t'}}]}}]}}",
        &a);
    pod_template_apply_defaults(&template, &t, &a);
    Path root = path_root("spec");
    Path path = path_child(&root, "template");
    FieldErrors errs = field_errors_new(&a);
    pod_template_validate(&template, &path, &t, &errs);
#define NAME_PART_RULE                                                                        \
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and " \
    "end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex " \
    "used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    test_same_text("template", test_errors_text(&errs),
                   "spec.template.labels: Invalid value: \"a b\": " NAME_PART_RULE
                   "\nspec.template.annotations: Invalid value: \"d e\": " NAME_PART_RULE
                   "\nspec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not "
                   "allowed in pod template");
    arena_done(&a);
}

static void metadata(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget t = kube_target(20);
    Value pod = test_json("{'metadata':{'finalizers':['x']},'spec':{'containers':"
                          "[{'name':'c','image':'i:1'}]}}",
                          &a);
    pod_apply_defaults(&pod, &t, &a);
    FieldErrors errs = field_errors_new(&a);
    pod_validate_create(&pod, &t, &errs);
    test_same_text("metadata", test_errors_text(&errs),
                   "metadata.name: Required value: name or generateName is required\n"
                   "metadata.namespace: Required value\n"
                   "metadata.finalizers[0]: Invalid value: \"x\": name is neither a standard "
                   "finalizer name nor is it fully qualified");
    arena_done(&a);
}

/* Every member of a full pod replaced by a value of another kind: nothing may crash. The decoder
 * refuses such pods, but other callers may not have asked it. */
static void spoil(Value *at, const Value *pod, const Value *other, const KubeTarget *t, Arena *a)
{
    Value saved = *at;
    *at = *other;
    Value copy = value_copy(pod, a);
    FieldErrors errs = field_errors_new(a);
    pod_apply_defaults(&copy, t, a);
    pod_prepare_for_create(&copy, t, a);
    pod_validate_create(&copy, t, &errs);
    pod_validate_update(&copy, pod, t, &errs);
    pod_validate_update(pod, &copy, t, &errs);
    *at = saved;
    VALUE_EACH_MEMBER(m, at) {
        spoil(&m->value, pod, other, t, a);
    }
    VALUE_EACH_ITEM(item, at) {
        spoil(item, pod, other, t, a);
    }
}

static void wrong_types(void **state)
{
    (void)state;
    static const char full[] =
        "{'metadata':{'name':'p','namespace':'n','labels':{'a':'b'},'annotations':{"
        "'scheduler.alpha.kubernetes.io/tolerations':'[{}]','" APPARMOR "':'x',"
        "'seccomp.security.alpha.kubernetes.io/pod':'unconfined'}},"
        "'spec':{'hostNetwork':true,'os':{'name':'windows'},'nodeSelector':{'a':'b'},"
        "'securityContext':{'sysctls':[{'name':'a'}],'supplementalGroups':[1],"
        "'seccompProfile':{'type':'Localhost'},'appArmorProfile':{'type':'X'},"
        "'windowsOptions':{'runAsUserName':'u','hostProcess':true}},"
        "'containers':[{'name':'c','image':'i','ports':[{'containerPort':1}],"
        "'env':[{'name':'A','valueFrom':{'fieldRef':{'fieldPath':'x'},'resourceFieldRef':"
        "{'resource':'limits.cpu','divisor':'1'},'secretKeyRef':{'name':'n'}}}],"
        "'envFrom':[{'prefix':'p','secretRef':{'name':'s'}}],"
        "'volumeMounts':[{'name':'v','mountPath':'/a','subPath':'x'}],"
        "'volumeDevices':[{'name':'v','devicePath':'/b'}],"
        "'resources':{'limits':{'cpu':'1'},'requests':{'cpu':'2'}},"
        "'livenessProbe':{'httpGet':{'port':1,'httpHeaders':[{'name':'x'}]}},"
        "'lifecycle':{'preStop':{'exec':{'command':['x']}}},"
        "'securityContext':{'privileged':true,'allowPrivilegeEscalation':false,"
        "'capabilities':{'add':['CAP_SYS_ADMIN']}}}],"
        "'initContainers':[{'name':'i','image':'i','startupProbe':{}}],"
        "'ephemeralContainers':[{'name':'e','image':'i'}],"
        "'volumes':[{'name':'v','projected':{'sources':[{'secret':{'items':[{'key':'k'}]}},"
        "{'serviceAccountToken':{}},{'downwardAPI':{'items':[{'fieldRef':{}}]}}]}},"
        "{'name':'w','iscsi':{'iqn':'iqn'}},{'name':'x','fc':{'targetWWNs':['a']}},"
        "{'name':'y','ephemeral':{'volumeClaimTemplate':{'spec':{'accessModes':['x'],"
        "'resources':{'requests':{'storage':'1'}}}}}},{'name':'z','flexVolume':{'options':"
        "{'k8s.io/x':'y'}}}],"
        "'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':"
        "{'nodeSelectorTerms':[{'matchExpressions':[{'key':'k'}],'matchFields':[{'values':['v']}]}]"
        "}"
        "},'podAffinity':{'preferredDuringSchedulingIgnoredDuringExecution':[{'podAffinityTerm':"
        "{'labelSelector':{'matchLabels':{'a':'b'},'matchExpressions':[{}]},'namespaces':['n']}}]}}"
        ","
        "'tolerations':[{'key':'k'}],'topologySpreadConstraints':[{'maxSkew':1}],"
        "'dnsConfig':{'nameservers':['x'],'searches':['y'],'options':[{}]},"
        "'hostAliases':[{'ip':'x','hostnames':['h']}],'readinessGates':[{}],"
        "'schedulingGates':[{'name':'g'}],'overhead':{'cpu':'1'}}}";
    static const char *const others[] = { "null", "true",    "-1", "1.5", "'text'",
                                          "[1]",  "{'a':1}", "[]", "{}",  "18446744073709551615" };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        KubeTarget t = kube_target(i % 2 ? 20 : KUBE_MINOR_NEWEST);
        Value pod = test_json(full, &a);
        Value other = test_json(others[i], &a);
        spoil(&pod, &pod, &other, &t, &a);
        arena_reset(&a);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(updates),     cmocka_unit_test(ephemeral_containers),
        cmocka_unit_test(templates),   cmocka_unit_test(metadata),
        cmocka_unit_test(wrong_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
