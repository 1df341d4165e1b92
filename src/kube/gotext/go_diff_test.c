/* SPDX-License-Identifier: Apache-2.0 */
/* Differences of pod specs, in the words of cmp.Diff. The first is a recorded one, shortened. */
#include "kube/gotext/go_diff.h"
#include "kube/pod/test_pod.h"

typedef struct Row {
    const char *name;
    const char *x;
    const char *y;
    const char *want; /* "" for the same */
} Row;

static const Row rows[] = {
    { "nothing", "{}", "{}", "" },
    { "a member of a list",
      "{'containers':[{'name':'c','image':'i:1','env':[{'name':'A','value':'1'},{'name':'B','value'"
      ":'2'}]}]}",
      "{'containers':[{'name':'c','image':'i:1','env':[{'name':'A','value':'1'},{'name':'B','value'"
      ":'3'}]}]}",
      "  core.PodSpec{\n"
      "  \tVolumes:        nil,\n"
      "  \tInitContainers: nil,\n"
      "  \tContainers: []core.Container{\n"
      "  \t\t{\n"
      "  \t\t\t... // 5 identical fields\n"
      "  \t\t\tPorts:   nil,\n"
      "  \t\t\tEnvFrom: nil,\n"
      "  \t\t\tEnv: []core.EnvVar{\n"
      "  \t\t\t\t{Name: \"A\", Value: \"1\"},\n"
      "  \t\t\t\t{\n"
      "  \t\t\t\t\tName:      \"B\",\n"
      "- \t\t\t\t\tValue:     \"2\",\n"
      "+ \t\t\t\t\tValue:     \"3\",\n"
      "  \t\t\t\t\tValueFrom: nil,\n"
      "  \t\t\t\t},\n"
      "  \t\t\t},\n"
      "  \t\t\tResources:    {},\n"
      "  \t\t\tVolumeMounts: nil,\n"
      "  \t\t\t... // 12 identical fields\n"
      "  \t\t},\n"
      "  \t},\n"
      "  \tEphemeralContainers: nil,\n"
      "  \tRestartPolicy:       \"\",\n"
      "  \t... // 25 identical fields\n"
      "  }\n" },
    { "a map", "{'nodeSelector':{'a':'b','c':'d'}}", "{'nodeSelector':{'a':'b','c':'e','f':'g'}}",
      "  core.PodSpec{\n"
      "  \t... // 6 identical fields\n"
      "  \tActiveDeadlineSeconds: nil,\n"
      "  \tDNSPolicy:             \"\",\n"
      "  \tNodeSelector: map[string]string{\n"
      "  \t\t\"a\": \"b\",\n"
      "- \t\t\"c\": \"d\",\n"
      "+ \t\t\"c\": \"e\",\n"
      "+ \t\t\"f\": \"g\",\n"
      "  \t},\n"
      "  \tServiceAccountName:           \"\",\n"
      "  \tAutomountServiceAccountToken: nil,\n"
      "  \t... // 19 identical fields\n"
      "  }\n" },
    { "quantities",
      "{'containers':[{'name':'c','image':'i:1','resources':{'limits':{'cpu':'100m','memory':'1Gi'}"
      "}}]}",
      "{'containers':[{'name':'c','image':'i:1','resources':{'limits':{'cpu':'200m','memory':'1Gi'}"
      "}}]}",
      "  core.PodSpec{\n"
      "  \tVolumes:        nil,\n"
      "  \tInitContainers: nil,\n"
      "  \tContainers: []core.Container{\n"
      "  \t\t{\n"
      "  \t\t\t... // 6 identical fields\n"
      "  \t\t\tEnvFrom: nil,\n"
      "  \t\t\tEnv:     nil,\n"
      "  \t\t\tResources: core.ResourceRequirements{\n"
      "  \t\t\t\tLimits: core.ResourceList{\n"
      "- \t\t\t\t\ts\"cpu\":    {i: resource.int64Amount{value: 100, scale: -3}, s: \"100m\", "
      "Format: \"DecimalSI\"},\n"
      "+ \t\t\t\t\ts\"cpu\":    {i: resource.int64Amount{value: 200, scale: -3}, s: \"200m\", "
      "Format: \"DecimalSI\"},\n"
      "  \t\t\t\t\ts\"memory\": {i: {...}, s: \"1Gi\", Format: \"BinarySI\"},\n"
      "  \t\t\t\t},\n"
      "  \t\t\t\tRequests: nil,\n"
      "  \t\t\t},\n"
      "  \t\t\tVolumeMounts:  nil,\n"
      "  \t\t\tVolumeDevices: nil,\n"
      "  \t\t\t... // 11 identical fields\n"
      "  \t\t},\n"
      "  \t},\n"
      "  \tEphemeralContainers: nil,\n"
      "  \tRestartPolicy:       \"\",\n"
      "  \t... // 25 identical fields\n"
      "  }\n" },
    { "a list and none",
      "{'containers':[{'name':'c','image':'i:1','ports':[{'containerPort':80,'protocol':'TCP'}]}]}",
      "{'containers':[{'name':'c','image':'i:1'}]}",
      "  core.PodSpec{\n"
      "  \tVolumes:        nil,\n"
      "  \tInitContainers: nil,\n"
      "  \tContainers: []core.Container{\n"
      "  \t\t{\n"
      "  \t\t\t... // 3 identical fields\n"
      "  \t\t\tArgs:       nil,\n"
      "  \t\t\tWorkingDir: \"\",\n"
      "- \t\t\tPorts:      []core.ContainerPort{{ContainerPort: 80, Protocol: \"TCP\"}},\n"
      "+ \t\t\tPorts:      nil,\n"
      "  \t\t\tEnvFrom:    nil,\n"
      "  \t\t\tEnv:        nil,\n"
      "  \t\t\t... // 14 identical fields\n"
      "  \t\t},\n"
      "  \t},\n"
      "  \tEphemeralContainers: nil,\n"
      "  \tRestartPolicy:       \"\",\n"
      "  \t... // 25 identical fields\n"
      "  }\n" },
    { "a pointer to a number", "{'terminationGracePeriodSeconds':30}",
      "{'terminationGracePeriodSeconds':0}",
      "  core.PodSpec{\n"
      "  \t... // 3 identical fields\n"
      "  \tEphemeralContainers:           nil,\n"
      "  \tRestartPolicy:                 \"\",\n"
      "- \tTerminationGracePeriodSeconds: &30,\n"
      "+ \tTerminationGracePeriodSeconds: &0,\n"
      "  \tActiveDeadlineSeconds:         nil,\n"
      "  \tDNSPolicy:                     \"\",\n"
      "  \t... // 22 identical fields\n"
      "  }\n" },
    { "the first of a list goes, and what is too deep",
      "{'volumes':[{'name':'a','secret':{'secretName':'x'}},{'name':'b','secret':{'secretName':'s'}"
      "}]}",
      "{'volumes':[{'name':'b','secret':{'secretName':'s'}}]}",
      "  core.PodSpec{\n"
      "  \tVolumes: []core.Volume{\n"
      "- \t\t{\n"
      "- \t\t\tName:         \"a\",\n"
      "- \t\t\tVolumeSource: core.VolumeSource{Secret: &core.SecretVolumeSource{SecretName: "
      "\"x\"}},\n"
      "- \t\t},\n"
      "  \t\t{Name: \"b\", VolumeSource: {Secret: &{SecretName: \"s\"}}},\n"
      "  \t},\n"
      "  \tInitContainers: nil,\n"
      "  \tContainers:     nil,\n"
      "  \t... // 27 identical fields\n"
      "  }\n" },
    { "of the host, in another place than in JSON", "{'hostNetwork':true}",
      "{'securityContext':{'runAsUser':1}}",
      "  core.PodSpec{\n"
      "  \t... // 10 identical fields\n"
      "  \tAutomountServiceAccountToken: nil,\n"
      "  \tNodeName:                     \"\",\n"
      "  \tSecurityContext: &core.PodSecurityContext{\n"
      "- \t\tHostNetwork:           true,\n"
      "+ \t\tHostNetwork:           false,\n"
      "  \t\tHostPID:               false,\n"
      "  \t\tHostIPC:               false,\n"
      "  \t\tShareProcessNamespace: nil,\n"
      "  \t\tSELinuxOptions:        nil,\n"
      "  \t\tWindowsOptions:        nil,\n"
      "- \t\tRunAsUser:             nil,\n"
      "+ \t\tRunAsUser:             &1,\n"
      "  \t\tRunAsGroup:            nil,\n"
      "  \t\tRunAsNonRoot:          nil,\n"
      "  \t\t... // 5 identical fields\n"
      "  \t},\n"
      "  \tImagePullSecrets: nil,\n"
      "  \tHostname:         \"\",\n"
      "  \t... // 15 identical fields\n"
      "  }\n" },
    { "a list of strings",
      "{'containers':[{'name':'c','image':'i:1','command':['sh','-c','sleep 1']}]}",
      "{'containers':[{'name':'c','image':'i:1','command':['sh','-c','echo']}]}",
      "  core.PodSpec{\n"
      "  \tVolumes:        nil,\n"
      "  \tInitContainers: nil,\n"
      "  \tContainers: []core.Container{\n"
      "  \t\t{\n"
      "  \t\t\tName:  \"c\",\n"
      "  \t\t\tImage: \"i:1\",\n"
      "  \t\t\tCommand: []string{\n"
      "  \t\t\t\t\"sh\",\n"
      "  \t\t\t\t\"-c\",\n"
      "- \t\t\t\t\"sleep 1\",\n"
      "+ \t\t\t\t\"echo\",\n"
      "  \t\t\t},\n"
      "  \t\t\tArgs:       nil,\n"
      "  \t\t\tWorkingDir: \"\",\n"
      "  \t\t\t... // 17 identical fields\n"
      "  \t\t},\n"
      "  \t},\n"
      "  \tEphemeralContainers: nil,\n"
      "  \tRestartPolicy:       \"\",\n"
      "  \t... // 25 identical fields\n"
      "  }\n" },
};

static void differences(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget t = kube_target(20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value x = test_json(rows[i].x, &a);
        Value y = test_json(rows[i].y, &a);
        Str got = go_diff(go_pod_spec(&x, &t, &a), go_pod_spec(&y, &t, &a), &a);
        test_same_text(rows[i].name, got, rows[i].want);
        arena_reset(&a);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
