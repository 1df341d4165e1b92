/* SPDX-License-Identifier: Apache-2.0 */
/* Plugins that run only where they are asked for. */
#include "decide/admission/test_admission.h"

#define NAMESPACE(annotations) \
    "[{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'ns'" annotations "}}]"
#define SELECTOR(text) ",'annotations':{'scheduler.alpha.kubernetes.io/node-selector':'" text "'}"
#define POD(spec) "{'kind':'Pod','metadata':{'name':'x'},'spec':{" spec "}}"

static void always_pull_images(void **state)
{
    (void)state;
    static const TestRow rows[] = {
        { .name = "containers of every kind",
          .plugin = ADMISSION_ALWAYS_PULL_IMAGES,
          .object = POD("'containers':[{'image':'a','imagePullPolicy':'Never'}],"
                        "'initContainers':[{'image':'b'}],'ephemeralContainers':[{'image':'c'}],"
                        "'volumes':[{'name':'v','image':{'reference':'d'}}]"),
          .at = "/spec",
          .want = "{'containers':[{'image':'a','imagePullPolicy':'Always'}],"
                  "'initContainers':[{'image':'b','imagePullPolicy':'Always'}],"
                  "'ephemeralContainers':[{'image':'c','imagePullPolicy':'Always'}],"
                  "'volumes':[{'name':'v','image':{'reference':'d','pullPolicy':'Always'}}]}" },
        { .name = "an update, up to 1.20",
          .plugin = ADMISSION_ALWAYS_PULL_IMAGES,
          .operation = ADMISSION_UPDATE,
          .object = POD("'containers':[{'image':'a'}]"),
          .old_object = POD("'containers':[{'image':'a'}]"),
          .at = "/spec/containers/0/imagePullPolicy",
          .want = "'Always'" },
        { .name = "an update without a new image",
          .plugin = ADMISSION_ALWAYS_PULL_IMAGES,
          .minor = 21,
          .operation = ADMISSION_UPDATE,
          .object = POD("'containers':[{'image':'a'}]"),
          .old_object = POD("'containers':[{'image':'b'},{'image':'a'}]"),
          .at = "/spec/containers/0/imagePullPolicy" },
        { .name = "an update with a new image",
          .plugin = ADMISSION_ALWAYS_PULL_IMAGES,
          .minor = 21,
          .operation = ADMISSION_UPDATE,
          .object = POD("'containers':[{'image':'a:2'}]"),
          .old_object = POD("'containers':[{'image':'a'}]"),
          .at = "/spec/containers/0/imagePullPolicy",
          .want = "'Always'" },
    };
    test_run_all(rows, COUNT_OF(rows));
}

static void pod_node_selector(void **state)
{
    (void)state;
    static const TestRow rows[] = {
        { .name = "no annotation",
          .plugin = ADMISSION_POD_NODE_SELECTOR,
          .cluster = NAMESPACE(""),
          .object = POD(""),
          .at = "/spec/nodeSelector" },
        { .name = "the namespace's labels are added",
          .plugin = ADMISSION_POD_NODE_SELECTOR,
          .cluster = NAMESPACE(SELECTOR("env = test , zone=a")),
          .object = POD("'nodeSelector':{'infra':'fake','zone':'a'}"),
          .at = "/spec/nodeSelector",
          .want = "{'env':'test','infra':'fake','zone':'a'}" },
        { .name = "another value",
          .plugin = ADMISSION_POD_NODE_SELECTOR,
          .cluster = NAMESPACE(SELECTOR("env=test")),
          .object = POD("'nodeSelector':{'env':'dev'}"),
          .refused = "pods \"x\" is forbidden: pod node label selector conflicts with its "
                     "namespace node label selector" },
        { .name = "no selector",
          .plugin = ADMISSION_POD_NODE_SELECTOR,
          .cluster = NAMESPACE(SELECTOR("env")),
          .object = POD(""),
          .refused = "invalid selector: [env]" },
        { .name = "two values",
          .plugin = ADMISSION_POD_NODE_SELECTOR,
          .cluster = NAMESPACE(SELECTOR("a=b=c")),
          .object = POD(""),
          .refused = "invalid selector: [a b c]" },
        { .name = "a wrong key",
          .plugin = ADMISSION_POD_NODE_SELECTOR,
          .cluster = NAMESPACE(SELECTOR("=b")),
          .object = POD(""),
          .refused = "invalid label key \"\": name part must be non-empty; name part must consist "
                     "of alphanumeric characters, '-', '_' or '.', and must start and end with an "
                     "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex "
                     "used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')" },
        { .name = "a namespace that is not there",
          .plugin = ADMISSION_POD_NODE_SELECTOR,
          .object = POD(""),
          .refused = "namespace ns does not exist" },
    };
    test_run_all(rows, COUNT_OF(rows));
}

static void pod_node_selector_configured(void **state)
{
    (void)state;
    static const TestRow rows[] = {
        { .name = "the cluster's default",
          .plugin = ADMISSION_POD_NODE_SELECTOR,
          .cluster = NAMESPACE(""),
          .object = POD(""),
          .at = "/spec/nodeSelector",
          .want = "{'env':'dev'}" },
        { .name = "the annotation counts more, but must be listed",
          .plugin = ADMISSION_POD_NODE_SELECTOR,
          .cluster = NAMESPACE(SELECTOR("env=test")),
          .object = POD(""),
          .refused = "pods \"x\" is forbidden: pod node label selector labels conflict with its "
                     "namespace whitelist" },
        { .name = "a label that is not listed",
          .plugin = ADMISSION_POD_NODE_SELECTOR,
          .cluster = NAMESPACE(""),
          .object = POD("'nodeSelector':{'gpu':'1'}"),
          .refused = "pods \"x\" is forbidden: pod node label selector labels conflict with its "
                     "namespace whitelist" },
    };
    Arena a;
    arena_init(&a, 0);
    Value config = test_json("{'clusterDefaultNodeSelector':'env=dev','ns':'env=dev,zone=a'}", &a);
    AdmissionOptions options = { .pod_node_selectors = &config };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        test_run(&rows[i], NULL, &options, &a);
    }
    arena_done(&a);
}

#define EVENT                                                                               \
    "{'kind':'Event','metadata':{'name':'x'},'source':{'component':'kubelet','host':'n1'}," \
    "'involvedObject':{'kind':'Pod','namespace':'ns','name':'p','uid':'u','apiVersion':'v1'}}"

static void event_rate_limit(void **state)
{
    (void)state;
    static const struct {
        AdmissionEventLimit limit;
        const char *object;
        const char *refused;
    } rows[] = {
        { { STR_INIT("Server"), STR_INIT("") },
          EVENT,
          "Too many requests: limit reached on type Server for key " },
        { { STR_INIT("Namespace"), STR_INIT("ns") },
          EVENT,
          "Too many requests: limit reached on type Namespace for key ns" },
        { { STR_INIT("Namespace"), STR_INIT("other") }, EVENT, NULL },
        { { STR_INIT("User"), STR_INIT("alice") },
          EVENT,
          "Too many requests: limit reached on type User for key alice" },
        { { STR_INIT("SourceAndObject"), STR_INIT("kubeletn1Podnspuv1") },
          EVENT,
          "Too many requests: limit reached on type SourceAndObject for key kubeletn1Podnspuv1" },
        { { STR_INIT("Nonsense"), STR_INIT("") }, EVENT, NULL },
        { { STR_INIT("Server"), STR_INIT("") }, POD(""), NULL },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const AdmissionOptions options = { .event_limits = &rows[i].limit, .event_limit_count = 1 };
        const TestRow row = { .name = "an event",
                              .plugin = ADMISSION_EVENT_RATE_LIMIT,
                              .resource = "events",
                              .object = rows[i].object,
                              .refused = rows[i].refused };
        test_run(&row, NULL, &options, &a);
    }
    arena_done(&a);
}

static void registry(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ADMISSION_PLUGIN_COUNT; i++) {
        AdmissionPluginId found = ADMISSION_PLUGIN_COUNT;
        assert_true(admission_plugin_find(admission_plugin_name((AdmissionPluginId)i), &found));
        assert_int_equal(found, i);
    }
    assert_int_equal(ADMISSION_DEFAULT_PLUGINS & ADMISSION_OPTIONAL_PLUGINS, 0);
    assert_int_equal(admission_options_default.plugins, ADMISSION_DEFAULT_PLUGINS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(always_pull_images),
        cmocka_unit_test(pod_node_selector),
        cmocka_unit_test(pod_node_selector_configured),
        cmocka_unit_test(event_rate_limit),
        cmocka_unit_test(registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
