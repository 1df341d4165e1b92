/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controllers/pod_end.h"

#include "kube/pod/test_pod.h"

#define OWNED(kind, version)                                                       \
    "'ownerReferences':[{'apiVersion':'" version "','kind':'" kind "','name':'o'," \
    "'uid':'u','controller':true}]"
#define SAYS(code) "'annotations':{'podgate.io/exit-code':'" code "'}"
#define JOB OWNED("Job", "batch/v1")

static void which_end(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *metadata;
        const char *policy;
        int code; /* -1: it runs on */
    } rows[] = {
        { "a pod", "", "Never", -1 },
        { "of a Job", JOB, "Never", 0 },
        { "of a Job, tried again", JOB, "OnFailure", 0 },
        { "of an older API", OWNED("Job", "batch/v1beta1"), "Never", 0 },
        { "of another kind of Job", OWNED("Job", "example.org/v1"), "Never", -1 },
        { "of a ReplicaSet", OWNED("ReplicaSet", "apps/v1"), "Always", -1 },
        { "a test of Helm's", "'annotations':{'helm.sh/hook':'test'}", "Never", 0 },
        { "it says so", SAYS("0"), "OnFailure", 0 },
        { "it fails", SAYS("3"), "Never", 3 },
        { "a Job's fails", JOB "," SAYS("255"), "Never", 255 },
        { "it would be started again", JOB "," SAYS("1"), "OnFailure", -1 },
        { "it would be started again always", SAYS("0"), "Always", -1 },
        { "it runs on", JOB "," SAYS("none"), "Never", -1 },
        { "no code", JOB "," SAYS("256"), "Never", -1 },
        { "no code, either", JOB "," SAYS("-1"), "Never", -1 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        Str text = arena_printf(&a, "{'metadata':{%s},'spec':{'restartPolicy':'%s'}}",
                                rows[i].metadata, rows[i].policy);
        Value pod = test_json(arena_cstr(&a, text), &a);
        OptInt64 code = pod_exit_code(&pod);
        if (code.set != (rows[i].code >= 0) || (code.set && code.value != rows[i].code)) {
            fail_msg("%s: ends: %d, with %lld", rows[i].name, code.set, (long long)code.value);
        }
        arena_done(&a);
    }
}

#define POD                                                                                 \
    "{'spec':{'containers':[{'name':'a'},{'name':'b'}]},'status':{'phase':'Running',"       \
    "'containerStatuses':[{'name':'a','state':{'running':{'startedAt':'T0'}},'ready':true," \
    "'restartCount':0,'containerID':'c://1','started':true}]}}"
#define CONDITION(type, status, more) "{'type':'" type "','status':'" status "'" more "}"
#define CHANGED ",'lastTransitionTime':'T1'"
#define STATUSES(code, reason)                                                    \
    "'containerStatuses':[{'name':'a','state':{'terminated':{'exitCode':" code    \
    ",'reason':'" reason                                                          \
    "','startedAt':'T0','finishedAt':'T1','containerID':'c://1'}},'ready':false," \
    "'restartCount':0,'containerID':'c://1','started':false}]"

static void what_is_told(void **state)
{
    (void)state;
    static const struct {
        int code;
        int minor;
        const char *want;
    } rows[] = {
        { 0, 20,
          "{'phase':'Succeeded','conditions':[" CONDITION("Initialized", "True", ",'reason':'PodCompleted'") "," CONDITION(
              "Ready", "False", ",'reason':'PodCompleted'" CHANGED) "," CONDITION("ContainersReady",
                                                                                  "False",
                                                                                  ",'reason':'"
                                                                                  "PodCompleted"
                                                                                  "'" CHANGED) "]"
                                                                                               "," STATUSES("0",
                                                                                                            "Completed") "}" },
        { 3, 20,
          "{'phase':'Failed','conditions':[" CONDITION("Initialized", "True", "") "," CONDITION(
              "Ready", "False",
              ",'reason':'ContainersNotReady','message':'containers with "
              "unready status: [a b]'" CHANGED) "," CONDITION("ContainersReady", "False",
                                                              ",'reason':'ContainersNotReady','"
                                                              "message':"
                                                              "'containers with unready status: [a "
                                                              "b]'" CHANGED) "]," STATUSES("3",
                                                                                           "Error") "}" },
        { 3, 26,
          "{'phase':'Failed','conditions':[" CONDITION("Initialized", "True", "") "," CONDITION(
              "Ready",
              "False", ",'reason':'PodFailed'" CHANGED) "," CONDITION("ContainersReady", "False",
                                                                      ",'reason':'"
                                                                      "PodFailed'" CHANGED) "]"
                                                                                            "," STATUSES("3",
                                                                                                         "Error") "}" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        KubeTarget target = kube_target(rows[i].minor);
        Value pod = test_json(POD, &a);
        Value status = pod_ended_status(&pod, rows[i].code, STR("T1"), &target, &a);
        test_same_json("status", &status, rows[i].want, &a);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_end),
        cmocka_unit_test(what_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
