/* SPDX-License-Identifier: Apache-2.0 */
/* Why a pod is not put on a node. */
#include "server/controllers/scheduler_fit.h"

#include "kube/pod/test_pod.h"

static void fits(void **state)
{
    (void)state;
#define NODE(spec) "{'metadata':{'name':'n1','labels':{'disk':'ssd','cores':'8'}},'spec':" spec "}"
#define REQUIRED(terms)                                                   \
    "{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuring" \
    "Execution':{'nodeSelectorTerms':" terms "}}}}"
#define AFFINITY "node(s) didn't match Pod's node affinity"
#define TAINT "[{'key':'k','value':'v','effect':'NoSchedule'}]"
    static const struct {
        const char *spec; /* of the pod */
        const char *node;
        const char *want; /* NULL: it fits */
    } rows[] = {
        { "{}", NODE("{}"), NULL },
        { "{}", NODE("{'unschedulable':true}"), "node(s) were unschedulable" },
        { "{'tolerations':[{'operator':'Exists'}]}", NODE("{'unschedulable':true}"), NULL },
        { "{'nodeSelector':{'disk':'ssd'}}", NODE("{}"), NULL },
        { "{'nodeSelector':{'disk':'hdd'}}", NODE("{}"), AFFINITY },
        { REQUIRED("[{'matchExpressions':[{'key':'disk','operator':'In','values':['a','ssd']}]}]"),
          NODE("{}"), NULL },
        { REQUIRED("[{'matchExpressions':[{'key':'cores','operator':'Gt','values':['8']}]},"
                   "{'matchExpressions':[{'key':'cores','operator':'Gt','values':['7']}]}]"),
          NODE("{}"), NULL },
        { REQUIRED("[{'matchExpressions':[{'key':'disk','operator':'Exists'},"
                   "{'key':'cores','operator':'Lt','values':['8']}]}]"),
          NODE("{}"), AFFINITY },
        { REQUIRED("[{}]"), NODE("{}"), AFFINITY },
        { REQUIRED("[{'matchFields':[{'key':'metadata.name','operator':'In','values':['n1']}]}]"),
          NODE("{}"), NULL },
        { REQUIRED("[{'matchFields':[{'key':'metadata.name','operator':'In','values':['n2']}]}]"),
          NODE("{}"), AFFINITY },
        { "{}", NODE("{'taints':" TAINT "}"),
          "node(s) had taint {k: v}, that the pod didn't tolerate" },
        { "{'tolerations':[{'key':'k','value':'v'}]}", NODE("{'taints':" TAINT "}"), NULL },
        { "{'tolerations':[{'key':'k','value':'w'}]}", NODE("{'taints':" TAINT "}"),
          "node(s) had taint {k: v}, that the pod didn't tolerate" },
        { "{}", NODE("{'taints':[{'key':'k','effect':'PreferNoSchedule'}]}"), NULL },
        { "{'containers':[{'ports':[{'hostPort':80,'protocol':'TCP'}]}]}", NODE("{}"),
          "node(s) didn't have free ports for the requested pod ports" },
        { "{'containers':[{'ports':[{'hostPort':80,'protocol':'UDP'}]}]}", NODE("{}"), NULL },
    };
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(20);
    Value other = test_json(
        "{'spec':{'containers':[{'ports':[{'hostPort':80,'protocol':'TCP'}]}]}}", &a);
    const Value *const others[] = { &other };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value pod = value_object();
        Value node = test_json(rows[i].node, &a);
        value_set_lit(&pod, "spec", test_json(rows[i].spec, &a), &a);
        Str got = scheduler_misfit(&pod, &node, others, COUNT_OF(others), &target, &a);
        assert_string_equal(arena_cstr(&a, got), rows[i].want ? rows[i].want : "");
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(fits) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
