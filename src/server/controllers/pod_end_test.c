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

static void what_is_told(void **state)
{
    (void)state;
    static const struct {
        int code;
        int minor;
        const char *phase;
        const char *initialized; /* what else the condition says */
        const char *why;         /* of the conditions that are no more */
        const char *reason;      /* of the container's end */
    } rows[] = {
        { 0, 20, "Succeeded", ",'reason':'PodCompleted'", "'reason':'PodCompleted'", "Completed" },
        { 3, 20, "Failed", "",
          "'reason':'ContainersNotReady','message':'containers with unready status: [a b]'",
          "Error" },
        { 3, 26, "Failed", "", "'reason':'PodFailed'", "Error" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        KubeTarget target = kube_target(rows[i].minor);
        Value pod = test_json(POD, &a);
        Value status = pod_ended_status(&pod, rows[i].code, STR("T1"), &target, &a);
        Str want = arena_printf(
            &a,
            "{'phase':'%s','conditions':[{'type':'Initialized','status':'True'%s},"
            "{'type':'Ready','status':'False',%s,'lastTransitionTime':'T1'},"
            "{'type':'ContainersReady','status':'False',%s,'lastTransitionTime':'T1'}],"
            "'containerStatuses':[{'name':'a','state':{'terminated':{'exitCode':%d,'reason':'%s',"
            "'startedAt':'T0','finishedAt':'T1','containerID':'c://1'}},'ready':false,"
            "'restartCount':0,'containerID':'c://1','started':false}]}",
            rows[i].phase, rows[i].initialized, rows[i].why, rows[i].why, rows[i].code,
            rows[i].reason);
        test_same_json("status", &status, arena_cstr(&a, want), &a);
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
