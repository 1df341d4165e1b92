/* SPDX-License-Identifier: Apache-2.0 */
/* Field selectors on objects: which fields, which values, which messages. */
#include "kube/selectable.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Value parse(const char *json, Arena *a)
{
    Buf b = buf_new(a);
    for (; *json; json++) {
        buf_byte(&b, *json == '\'' ? '"' : *json);
    }
    Value v;
    Err err = { 0 };
    if (!json_read(STR("test"), buf_str(&b), NULL, a, &v, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    return v;
}

#define KNOWN "\"metadata.name\", \"metadata.namespace\""
#define ONLY(field) "\"" field "\" is not a known field selector: only " KNOWN

static const struct {
    int minor;
    const char *api_version; /* NULL: a custom resource */
    const char *kind;
    const char *selector;
    const char *message; /* NULL: it is taken */
} check_rows[] = {
    { 20, "v1", "ConfigMap", "metadata.name=a,metadata.namespace!=b", NULL },
    { 20, "v1", "ConfigMap", "=", NULL },
    { 20, "v1", "ConfigMap", "spec.nope=1", ONLY("spec.nope") },
    { 20, "v1", "ConfigMap", "=x", ONLY("") },
    { 20, "apps/v1", "ReplicaSet", "status.replicas=1", ONLY("status.replicas") },
    { 20, "v1", "Pod", "spec.nodeName=n,status.podIP=1,status.podIPs=1,spec.host=n", NULL },
    { 20, "v1", "Pod", "spec.hostNetwork=true", "field label not supported: spec.hostNetwork" },
    { 28, "v1", "Pod", "spec.hostNetwork=true", NULL },
    { 20, "v1", "Namespace", "metadata.namespace=n",
      "field label not supported: metadata.namespace" },
    { 20, "v1", "Service", "spec.type=ClusterIP", ONLY("spec.type") },
    { 32, "v1", "Service", "spec.type=ClusterIP", NULL },
    { 32, "v1", "Service", "spec.x=1", "field label not supported: spec.x" },
    { 20, "batch/v1", "Job", "x=1", "field label \"x\" not supported for batchv1.Job" },
    { 24, "batch/v1", "Job", "x=1", "field label \"x\" not supported for Job" },
    { 20, "batch/v1beta1", "CronJob", "x=1", "field label \"x\" not supported for \"CronJob\"" },
    { 25, "batch/v1", "CronJob", "x=1", ONLY("x") },
    { 20, "events.k8s.io/v1", "Event", "regarding.name=a,reason=b", NULL },
    { 20, "events.k8s.io/v1", "Event", "involvedObject.name=a",
      "field label not supported: involvedObject.name" },
    { 34, "resource.k8s.io/v1", "ResourceSlice", "x=1",
      "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: x" },
    { 20, NULL, NULL, "metadata.name=a", NULL },
    { 20, NULL, NULL, "spec.x=a", "field label not supported: spec.x" },
};

static void checks(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(check_rows); i++) {
        KubeTarget target = kube_target(check_rows[i].minor);
        KubeKind kind = { 0 };
        const char *version = check_rows[i].api_version;
        assert_true(!version ||
                    kube_kind_find(str_from_c(version), str_from_c(check_rows[i].kind), &kind));
        FieldSelector s;
        Err err;
        assert_true(field_selector_parse(str_from_c(check_rows[i].selector), &a, &s, &err));
        Str message = STR_ABSENT;
        bool taken = field_selector_check(&s, version ? &kind : NULL, &target, &a, &message);
        assert_int_equal(taken, check_rows[i].message == NULL);
        if (!taken) {
            assert_string_equal(arena_cstr(&a, message), check_rows[i].message);
        }
    }
    arena_done(&a);
}

#define POD                                                                                     \
    "{'metadata':{'name':'p','namespace':'n'},'spec':{'nodeName':'w'},'status':{'phase':'Run'," \
    "'podIP':'10.0.0.1','podIPs':[{'ip':'10.0.0.2'}]}}"

static const struct {
    const char *api_version;
    const char *kind;
    const char *object;
    const char *selector;
    bool matches;
} match_rows[] = {
    { "v1", "Pod", POD, "metadata.name=p,metadata.namespace=n,spec.nodeName=w", true },
    { "v1", "Pod", POD, "metadata.name=p,spec.nodeName!=w", false },
    { "v1", "Pod", POD, "spec.host=w", true },
    { "v1", "Pod", POD, "status.podIP=10.0.0.2", true },
    { "v1", "Pod", POD, "status.podIPs=10.0.0.2", false },
    { "v1", "Pod", POD, "status.podIPs=", true },
    { "v1", "Pod", POD, "spec.hostNetwork=false", true },
    { "v1", "Pod", POD, "status.nominatedNodeName=", true },
    { "v1", "Pod", POD, "=", true },
    { "v1", "Node", "{'metadata':{'name':'a'}}", "spec.unschedulable=false", true },
    { "v1", "Node", "{'spec':{'unschedulable':true}}", "spec.unschedulable=false", false },
    { "v1", "Secret", "{'type':'Opaque'}", "type=Opaque", true },
    { "v1", "ReplicationController", "{'status':{'replicas':3}}", "status.replicas=3", true },
    { "v1", "ReplicationController", "{}", "status.replicas=0", true },
    { "batch/v1", "Job", "{'status':{'succeeded':1}}", "status.successful=1", true },
    { "batch/v1", "Job", "{}", "status.successful!=0", false },
    { "v1", "Event", "{'source':{'component':'c'},'reportingComponent':'r'}", "source=c", true },
    { "v1", "Event", "{'source':{},'reportingComponent':'r'}", "source=r", true },
    { "v1", "Event", "{'source':{},'reportingComponent':'r'}", "reportingComponent=r", true },
    { "v1", "Event", "{'regarding':{'name':'x'}}", "involvedObject.name=x", true },
    { "events.k8s.io/v1", "Event", "{'involvedObject':{'name':'x'}}", "regarding.name=x", true },
    { "events.k8s.io/v1", "Event", "{'regarding':{'name':'x'},'reportingController':'c'}",
      "regarding.name=x,reportingController=c", true },
};

static void matches(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(match_rows); i++) {
        KubeKind kind;
        assert_true(kube_kind_find(str_from_c(match_rows[i].api_version),
                                   str_from_c(match_rows[i].kind), &kind));
        Value object = parse(match_rows[i].object, &a);
        FieldSelector s;
        Err err;
        assert_true(field_selector_parse(str_from_c(match_rows[i].selector), &a, &s, &err));
        if (field_selector_matches(&s, &kind, &object) != match_rows[i].matches) {
            fail_msg("%s %s", match_rows[i].object, match_rows[i].selector);
        }
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(checks), cmocka_unit_test(matches) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
