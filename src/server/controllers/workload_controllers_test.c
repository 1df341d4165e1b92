/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of the controllers of StatefulSets, DaemonSets and Jobs. */
#include "doc/json.h"
#include "kube/pod/test_pod.h"
#include "kube/workloads/template_hash.h"
#include "server/controllers/daemonset.h"
#include "server/controllers/job.h"
#include "server/controllers/statefulset.h"

/* -- revisions --------------------------------------------------------------------------------- */

#define SET                                                                               \
    "{'metadata':{'name':'s','namespace':'n','annotations':{'k':'v'},'uid':'u'},'spec':{" \
    "'replicas':1,'template':{'metadata':{'labels':{'a':'b'}},'spec':{'nodeName':'<n>'}}}}"
#define DATA                                                                        \
    "{'spec':{'template':{'$patch':'replace','metadata':{'creationTimestamp':null," \
    "'labels':{'a':'b'}},'spec':{'nodeName':'<n>'}}}}"

static void revisions_of_templates(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value set = test_json(SET, &a);
    Value data = revision_data(&set, &a);
    Value revision = revision_new(&set, &stateful_kind, data, 3, &a);
    Buf raw = buf_new(&a);
    json_write_html_safe(&data, &raw);
    test_same_text("what is hashed", buf_str(&raw),
                   "{\"spec\":{\"template\":{\"$patch\":\"replace\",\"metadata\":{"
                   "\"creationTimestamp\":null,\"labels\":{\"a\":\"b\"}},\"spec\":{"
                   "\"nodeName\":\"\\u003cn\\u003e\"}}}}");
    test_same_json("a revision", &revision,
                   "{'apiVersion':'apps/v1','kind':'ControllerRevision','metadata':{"
                   "'namespace':'n','labels':{'a':'b'},'annotations':{'k':'v'},"
                   "'ownerReferences':[{'apiVersion':'apps/v1','kind':'StatefulSet','name':'s',"
                   "'uid':'u','controller':true,'blockOwnerDeletion':true}]},'data':" DATA
                   ",'revision':3}",
                   &a);
    assert_true(revision_has(&revision, &data));
    Value *spec = value_at(&set, "spec", "template", "spec", NULL);
    value_set_lit(spec, "nodeName", value_str(STR("other")), &a);
    Value other = revision_data(&set, &a);
    assert_false(revision_has(&revision, &other));
    Value before = revision_apply(&set, &revision, &a);
    test_same_json("the template as it was", value_at(&before, "spec", NULL),
                   "{'replicas':1,'template':{'metadata':{'creationTimestamp':null,"
                   "'labels':{'a':'b'}},'spec':{'nodeName':'<n>'}}}",
                   &a);
    arena_done(&a);
}

static void revisions_in_order(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value list = test_json(
        "[{'revision':3,'metadata':{'name':'d'}},"
        "{'revision':1,'metadata':{'name':'c','creationTimestamp':'2021-01-01T00:00:01Z'}},"
        "{'revision':1,'metadata':{'name':'b','creationTimestamp':'2021-01-01T00:00:00Z'}},"
        "{'revision':1,'metadata':{'name':'a','creationTimestamp':'2021-01-01T00:00:01Z'}}]",
        &a);
    const Value *items[4];
    PodList revisions = { items, 4 };
    for (size_t i = 0; i < 4; i++) {
        items[i] = value_item(&list, i);
    }
    revisions_sort(&revisions);
    static const char *const want[] = { "b", "a", "c", "d" };
    for (size_t i = 0; i < 4; i++) {
        test_same_text("in order", ctl_name(items[i]), want[i]);
    }
    arena_done(&a);
}

/* -- StatefulSets ------------------------------------------------------------------------------ */

static void numbers_of_pods(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t ordinal;
        bool is_member;
    } rows[] = {
        { "web-0", 0, true },    { "web-12", 12, true }, { "web-x-0", 0, false },
        { "web", -1, false },    { "web-", -1, false },  { "web-a", -1, false },
        { "web-1a", -1, false }, { "-3", 3, false },     { "web-99999999999", -1, false },
        { "web--1", 1, false },
    };
    Arena a;
    arena_init(&a, 0);
    Value set = test_json("{'metadata':{'name':'web'}}", &a);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str json = arena_printf(&a, "{'metadata':{'name':'%s'}}", rows[i].name);
        Value pod = test_json(arena_cstr(&a, json), &a);
        assert_int_equal(stateful_ordinal(&pod, NULL), rows[i].ordinal);
        assert_int_equal(stateful_is_member(&set, &pod), rows[i].is_member);
    }
    arena_done(&a);
}

/* -- DaemonSets -------------------------------------------------------------------------------- */

#define TAINT(key, effect) "{'key':'" key "','effect':'" effect "'}"
#define NODE(taints) \
    "{'metadata':{'name':'n','labels':{'disk':'ssd'}},'spec':{'taints':[" taints "]}}"

static void nodes_of_daemons(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *template_spec;
        const char *node;
        bool runs;
        bool stays;
    } rows[] = {
        { "nothing is asked", "{}", NODE(""), true, true },
        { "the node", "{'nodeName':'n'}", NODE(""), true, true },
        { "another node", "{'nodeName':'m'}", NODE(""), false, false },
        { "a label", "{'nodeSelector':{'disk':'ssd'}}", NODE(""), true, true },
        { "another label", "{'nodeSelector':{'disk':'hdd'}}", NODE(""), false, false },
        { "affinity",
          "{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{"
          "'nodeSelectorTerms':[{'matchExpressions':[{'key':'disk','operator':'NotIn',"
          "'values':['ssd']}]}]}}}}",
          NODE(""), false, false },
        { "no pods are scheduled", "{}", NODE(TAINT("k", "NoSchedule")), false, true },
        { "pods go", "{}", NODE(TAINT("k", "NoExecute")), false, false },
        { "others are preferred", "{}", NODE(TAINT("k", "PreferNoSchedule")), true, true },
        { "tolerated", "{'tolerations':[{'key':'k','operator':'Exists'}]}",
          NODE(TAINT("k", "NoExecute")), true, true },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value set = value_object(), template = value_object(), spec = value_object();
        Value pod = value_object();
        Value pod_spec = test_json(rows[i].template_spec, &a);
        Value node = test_json(rows[i].node, &a);
        value_set_lit(&template, "spec", pod_spec, &a);
        value_set_lit(&spec, "template", template, &a);
        value_set_lit(&set, "spec", spec, &a);
        value_set_lit(&pod, "spec", pod_spec, &a);
        bool stays;
        bool runs = daemon_runs_on(&set, &pod, &node, &stays, &a);
        if (runs != rows[i].runs || stays != rows[i].stays) {
            fail_msg("%s: runs %d, stays %d", rows[i].name, runs, stays);
        }
    }
    arena_done(&a);
}

static void nodes_of_pods(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value pod = test_json("{'spec':{'affinity':{'podAffinity':{},'nodeAffinity':{"
                          "'requiredDuringSchedulingIgnoredDuringExecution':{"
                          "'nodeSelectorTerms':[{'matchExpressions':[]}]}}}}}",
                          &a);
    test_same_text("none", daemon_node_of(&pod), "");
    daemon_bind(&pod, STR("n"), &a);
    test_same_json("bound", &pod,
                   "{'spec':{'affinity':{'podAffinity':{},'nodeAffinity':{"
                   "'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':[{"
                   "'matchFields':[{'key':'metadata.name','operator':'In','values':['n']}]}]}}}}}",
                   &a);
    test_same_text("bound for", daemon_node_of(&pod), "n");
    value_set_lit(value_get_lit(&pod, "spec"), "nodeName", value_str(STR("m")), &a);
    test_same_text("on", daemon_node_of(&pod), "m");
    arena_done(&a);
}

/* -- Jobs -------------------------------------------------------------------------------------- */

static void ends_of_jobs(void **state)
{
    (void)state;
    static const struct {
        const char *conditions;
        const char *end;
    } rows[] = {
        { "[]", "" },
        { "[{'type':'Suspended','status':'True'}]", "" },
        { "[{'type':'Complete','status':'False'}]", "" },
        { "[{'type':'FailureTarget','status':'True'},{'type':'Failed','status':'True'}]",
          "Failed" },
        { "[{'type':'Complete','status':'True'}]", "Complete" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str json = arena_printf(&a, "{'status':{'conditions':%s}}", rows[i].conditions);
        Value job = test_json(arena_cstr(&a, json), &a);
        test_same_text(rows[i].conditions, value_get_str(job_end(&job), STR("type")), rows[i].end);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(revisions_of_templates), cmocka_unit_test(revisions_in_order),
        cmocka_unit_test(numbers_of_pods),        cmocka_unit_test(nodes_of_daemons),
        cmocka_unit_test(nodes_of_pods),          cmocka_unit_test(ends_of_jobs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
