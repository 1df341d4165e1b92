/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of the controllers that belong to every cluster. */
#include "kube/pod/test_pod.h"
#include "server/controllers/disruption_count.h"
#include "server/controllers/endpoint_parts.h"
#include "server/controllers/namespace_status.h"
#include "server/controllers/volume_match.h"

enum { ITEMS_MAX = 8 };

typedef struct Items {
    const Value *items[ITEMS_MAX];
    size_t count;
} Items;

static Items items_of(const char *json, Arena *a)
{
    Items out = { .count = 0 };
    Value *list = new(a, Value, 1);
    *list = test_json(json ? json : "[]", a);
    VALUE_EACH_ITEM(item, list) {
        assert_true(out.count < ITEMS_MAX);
        out.items[out.count++] = item;
    }
    return out;
}

/* -- namespaces -------------------------------------------------------------------------------- */

#define CONDITION(type, status, time, reason, message)                              \
    "{'type':'Namespace" type "','status':'" status "','lastTransitionTime':'" time \
    "','reason':'" reason "','message':'" message "'}"
#define FOUND(time)                                                                              \
    CONDITION("DeletionDiscoveryFailure", "False", time, "ResourcesDiscovered",                  \
              "All resources successfully discovered")                                           \
    "," CONDITION(                                                                               \
        "DeletionGroupVersionParsingFailure", "False", time, "ParsedGroupVersions",              \
        "All legacy kube types successfully parsed") "," CONDITION("DeletionContentFailure",     \
                                                                   "False", time,                \
                                                                   "ContentDeleted",             \
                                                                   "All content successfully "   \
                                                                   "deleted, may be waiting on " \
                                                                   "finalization")

static void namespace_conditions(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value ns = test_json("{'status':{'phase':'Terminating'}}", &a);
    Items maps = items_of("[{'metadata':{'finalizers':['x.io/a']}},{'metadata':{'finalizers':["
                          "'x.io/b','x.io/a']}}]",
                          &a);
    Items roles = items_of("[{'metadata':{}}]", &a);
    NamespaceContent content = { .resource_count = 0 };
    namespace_content_add(&content, STR("roles"), STR("rbac.authorization.k8s.io"), roles.items,
                          roles.count, &a);
    namespace_content_add(&content, STR("configmaps"), STR(""), maps.items, maps.count, &a);
    namespace_content_add(&content, STR("pods"), STR(""), NULL, 0, &a);
    assert_true(namespace_set_conditions(&ns, &content, STR("T1"), &a));
    assert_false(namespace_set_conditions(&ns, &content, STR("T2"), &a));
    test_same_json(
        "something stays", value_at(&ns, "status", "conditions", NULL),
        "[" FOUND("T1") "," CONDITION("ContentRemaining", "True", "T1", "SomeResourcesRemain",
                                      "Some resources are remaining: configmaps. has 2 "
                                      "resource instances, "
                                      "roles.rbac.authorization.k8s.io has 1 resource "
                                      "instances") "," CONDITION("FinalizersRemaining", "True",
                                                                 "T1", "SomeFinalizersRemain",
                                                                 "Some content in the "
                                                                 "namespace has "
                                                                 "finalizers remaining: "
                                                                 "x.io/a in 2 "
                                                                 "resource instances, "
                                                                 "x.io/b in 1 resource "
                                                                 "instances") "]",
        &a);

    NamespaceContent fewer = { .resource_count = 0 };
    namespace_content_add(&fewer, STR("roles"), STR("rbac.authorization.k8s.io"), roles.items,
                          roles.count, &a);
    assert_true(namespace_set_conditions(&ns, &fewer, STR("T3"), &a));
    test_same_json(
        "only roles stay", value_at(&ns, "status", "conditions", NULL),
        "[" FOUND("T1") "," CONDITION(
            "ContentRemaining", "True", "T1", "SomeResourcesRemain",
            "Some resources are remaining: roles.rbac.authorization.k8s.io has 1 "
            "resource instances") "," CONDITION("FinalizersRemaining", "False", "T3",
                                                "ContentHasNoFinalizers",
                                                "All content-preserving finalizers finished") "]",
        &a);
    arena_done(&a);
}

/* -- disruption budgets ------------------------------------------------------------------------ */

#define READY "'status':{'conditions':[{'type':'Ready','status':'True'}]}"
#define POD(name, more) "{'metadata':{'name':'" name "'" more "}," READY "}"
#define UNREADY(name) "{'metadata':{'name':'" name "'}}"
#define BUDGET(spec) "{'metadata':{'generation':3},'spec':{" spec "}}"
#define STATUS(allowed, healthy, desired, expected)                                     \
    "'observedGeneration':3,'disruptionsAllowed':" allowed ",'currentHealthy':" healthy \
    ",'desiredHealthy':" desired ",'expectedPods':" expected

static void disruption_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *budget;
        const char *pods;
        int64_t scale;
        int minor; /* 0 for 20 */
        const char *want;
        int64_t recheck_ms;
    } rows[] = {
        { "no pods", BUDGET("'minAvailable':1"), NULL, 0, 0, "{" STATUS("0", "0", "1", "0") "}",
          0 },
        { "one may go", BUDGET("'minAvailable':1"), "[" POD("a", "") "," POD("b", "") "]", 0, 0,
          "{" STATUS("1", "2", "1", "2") "}", 0 },
        { "not all are ready", BUDGET("'minAvailable':1"), "[" POD("a", "") "," UNREADY("b") "]", 0,
          0, "{" STATUS("0", "1", "1", "2") "}", 0 },
        { "one is going already", BUDGET("'minAvailable':0"),
          "[" POD("a", ",'deletionTimestamp':'2021-01-01T00:00:00Z'") "]", 0, 0,
          "{" STATUS("0", "0", "0", "1") "}", 0 },
        { "percent, rounded up", BUDGET("'minAvailable':'50%'"),
          "[" POD("a", "") "," POD("b", "") "," POD("c", "") "]", 3, 0,
          "{" STATUS("1", "3", "2", "3") "}", 0 },
        { "unavailable", BUDGET("'maxUnavailable':1"), "[" POD("a", "") "," POD("b", "") "]", 5, 0,
          "{" STATUS("0", "2", "4", "5") "}", 0 },
        { "more unavailable than there are", BUDGET("'maxUnavailable':'200%'"),
          "[" POD("a", "") "]", 1, 0, "{" STATUS("1", "1", "0", "1") "}", 0 },
        { "an eviction that has not happened yet",
          "{'metadata':{'generation':3},'spec':{'minAvailable':1},'status':{'disruptedPods':{"
          "'a':'2021-01-01T00:00:10Z','b':'2020-12-31T23:00:00Z','gone':'2021-01-01T00:00:10Z'}}}",
          "[" POD("a", "") "," POD("b", "") "]", 0, 0,
          "{'disruptedPods':{'a':'2021-01-01T00:00:10Z'}," STATUS("0", "1", "1", "2") "}", 110000 },
        { "a condition, since 1.21", BUDGET("'minAvailable':0"), "[" POD("a", "") "]", 0, 25,
          "{" STATUS("1", "1", "0", "1") ",'conditions':[{'type':'DisruptionAllowed','status':"
                                         "'True','observedGeneration':3,'lastTransitionTime':'2021-"
                                         "01-01T00:00:20Z','reason':"
                                         "'SufficientPods','message':''}]}",
          0 },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        KubeTarget target = kube_target(rows[i].minor ? rows[i].minor : 20);
        Value budget = test_json(rows[i].budget, &a);
        Items pods = items_of(rows[i].pods, &a);
        DisruptionState s = { .now = STR("2021-01-01T00:00:20Z"),
                              .pods = { pods.items, pods.count },
                              .scale = rows[i].scale };
        Value got = disruption_status(&budget, &target, &s, &a);
        test_same_json(rows[i].name, &got, rows[i].want, &a);
        assert_int_equal(s.recheck_ms, rows[i].recheck_ms);
    }
    arena_done(&a);
}

/* -- endpoints --------------------------------------------------------------------------------- */

#define SERVED(name, ip, status)                                                                \
    "{'metadata':{'name':'" name "','namespace':'n','uid':'u-" name "','resourceVersion':'7'}," \
    "'spec':{'nodeName':'node','restartPolicy':'Always','containers':[{'name':'c','ports':["    \
    "{'name':'web','containerPort':8080,'protocol':'TCP'}]}]},'status':{'podIP':'" ip           \
    "','conditions':[{'type':'Ready','status':'" status "'}]}}"
#define ADDRESS(name, ip)                                                                      \
    "{'ip':'" ip "','nodeName':'node','targetRef':{'kind':'Pod','namespace':'n','name':'" name \
    "','uid':'u-" name "','resourceVersion':'7'}}"
#define SERVICE(spec) \
    "{'metadata':{'name':'s','namespace':'n'},'spec':{'selector':{'a':'b'}," spec "}}"
#define PORT "{'port':80,'protocol':'TCP','targetPort':'web'}"

static void endpoint_lists(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *service;
        const char *pods;
        const char *want;
    } rows[] = {
        { "no pods", SERVICE("'clusterIP':'10.0.0.1','ports':[" PORT "]"), NULL, "[]" },
        { "ready and not", SERVICE("'clusterIP':'10.0.0.1','ports':[" PORT "]"),
          "[" SERVED("b", "10.1.0.2", "True") "," SERVED("a", "10.1.0.1", "True") "," SERVED(
              "c", "10.1.0.3", "False") "]",
          "[{'addresses':[" ADDRESS("a", "10.1.0.1") "," ADDRESS(
              "b",
              "10.1.0.2") "],'notReadyAddresses':[" ADDRESS("c",
                                                            "10.1.0.3") "],'ports':[{'port':8080,'"
                                                                        "protocol':'TCP'}]}]" },
        { "without an address", SERVICE("'clusterIP':'10.0.0.1','ports':[" PORT "]"),
          "[" SERVED("a", "", "True") "]", "[]" },
        { "no such port",
          SERVICE("'clusterIP':'10.0.0.1','ports':[{'port':1,'protocol':'TCP','targetPort':'no'}]"),
          "[" SERVED("a", "10.1.0.1", "True") "]", "[]" },
        { "without ports", SERVICE("'clusterIP':'10.0.0.1'"),
          "[" SERVED("a", "10.1.0.1", "True") "]", "[]" },
        { "without ports, headless", SERVICE("'clusterIP':'None'"),
          "[" SERVED("a", "10.1.0.1", "True") "]",
          "[{'addresses':[" ADDRESS("a", "10.1.0.1") "]}]" },
        { "those that are not ready, too",
          SERVICE("'clusterIP':'None','publishNotReadyAddresses':true"),
          "[" SERVED("a", "10.1.0.1", "False") "]",
          "[{'addresses':[" ADDRESS("a", "10.1.0.1") "]}]" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value service = test_json(rows[i].service, &a);
        Items pods = items_of(rows[i].pods, &a);
        EndpointPods selected = { pods.items, pods.count };
        Value got = endpoint_subsets(&service, &selected, &a);
        test_same_json(rows[i].name, &got, rows[i].want, &a);
    }
    arena_done(&a);
}

static void endpoint_slices(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value service = test_json(SERVICE("'clusterIP':'10.0.0.1','ports':[" PORT "]"), &a);
    Items pods = items_of("[" SERVED("a", "10.1.0.1", "True") "]", &a);
    EndpointPods selected = { pods.items, pods.count };
    Value got = endpoint_slice(&service, &selected, false, &a);
    test_same_json(
        "v1beta1", &got,
        "{'addressType':'IPv4','endpoints':[{'addresses':['10.1.0.1'],'conditions':{'ready':"
        "true},'targetRef':{'kind':'Pod','namespace':'n','name':'a','uid':'u-a',"
        "'resourceVersion':'7'},'topology':{'kubernetes.io/hostname':'node'}}],"
        "'ports':[{'name':'','port':8080,'protocol':'TCP'}]}",
        &a);
    got = endpoint_slice(&service, &selected, true, &a);
    test_same_json(
        "v1", &got,
        "{'addressType':'IPv4','endpoints':[{'addresses':['10.1.0.1'],'conditions':{'ready':"
        "true,'serving':true,'terminating':false},'targetRef':{'kind':'Pod','namespace':'n',"
        "'name':'a','uid':'u-a'},'nodeName':'node'}],"
        "'ports':[{'name':'','port':8080,'protocol':'TCP'}]}",
        &a);
    arena_done(&a);
}

/* -- volumes ----------------------------------------------------------------------------------- */

#define VOLUME(name, size, more)                                                                  \
    "{'metadata':{'name':'" name "','labels':{'name':'" name "'}},'spec':{'capacity':{'storage':" \
    "'" size "'},'accessModes':['ReadWriteOnce']" more "},'status':{'phase':'Available'}}"
#define CLAIM(size, more)                                                                         \
    "{'metadata':{'name':'c','namespace':'n','uid':'u'},'spec':{'accessModes':['ReadWriteOnce']," \
    "'resources':{'requests':{'storage':'" size "'}}" more "}}"
#define REF(uid) ",'claimRef':{'name':'c','namespace':'n','uid':'" uid "'}"

static void volumes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *claim;
        const char *volumes;
        const char *want; /* NULL: none */
    } rows[] = {
        { "none", CLAIM("1Gi", ""), NULL, NULL },
        { "the smallest", CLAIM("1Gi", ""),
          "[" VOLUME("a", "3Gi", "") "," VOLUME("b", "2Gi", "") "," VOLUME("c", "1Mi", "") "]",
          "b" },
        { "the one set aside for it", CLAIM("1Gi", ""),
          "[" VOLUME("a", "1Gi", "") "," VOLUME("b", "5Gi", REF("")) "]", "b" },
        { "not one of another claim", CLAIM("1Gi", ""), "[" VOLUME("a", "1Gi", REF("other")) "]",
          NULL },
        { "of its class", CLAIM("1Gi", ",'storageClassName':'fast'"),
          "[" VOLUME("a", "1Gi", "") "," VOLUME("b", "1Gi", ",'storageClassName':'fast'") "]",
          "b" },
        { "with its modes",
          "{'metadata':{'name':'c','namespace':'n'},'spec':{'accessModes':['ReadWriteMany']}}",
          "[" VOLUME("a", "1Gi", "") "]", NULL },
        { "block and file system", CLAIM("1Gi", ",'volumeMode':'Block'"),
          "[" VOLUME("a", "1Gi", "") "]", NULL },
        { "by its labels", CLAIM("1Gi", ",'selector':{'matchLabels':{'name':'b'}}"),
          "[" VOLUME("a", "1Gi", "") "," VOLUME("b", "1Gi", "") "]", "b" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value claim = test_json(rows[i].claim, &a);
        Items all = items_of(rows[i].volumes, &a);
        const Value *got = volume_find(&claim, all.items, all.count, &a);
        Str name = got ? value_as_str(value_at(got, "metadata", "name", NULL)) : STR("(none)");
        test_same_text(rows[i].name, name, rows[i].want ? rows[i].want : "(none)");
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(namespace_conditions),
        cmocka_unit_test(disruption_numbers),
        cmocka_unit_test(endpoint_lists),
        cmocka_unit_test(endpoint_slices),
        cmocka_unit_test(volumes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
