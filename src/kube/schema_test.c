/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding and encoding as Go does, and what is found wrong on the way. */
#include "doc/json.h"
#include "kube/kinds.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static Value read(const char *text, Arena *a)
{
    Value v;
    Err err;
    if (!json_read(STR("row"), str_from_c(text), NULL, a, &v, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    return v;
}

static Str written(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    json_write(v, &b);
    return buf_str(&b);
}

#define META "\"metadata\":{\"creationTimestamp\":null}"

static void normalises_as_go_does(void **state)
{
    (void)state;
    static const struct {
        const char *type; /* a struct */
        const char *in;
        const char *want; /* JSON, or "!" and the message */
        int minor;        /* 0: 20 */
    } rows[] = {
        /* what omitempty leaves out, and what it does not */
        { "core/v1.Pod", "{}", "{" META ",\"spec\":{\"containers\":null},\"status\":{}}", 0 },
        { "core/v1.Pod", "null", "{" META ",\"spec\":{\"containers\":null},\"status\":{}}", 0 },
        { "core/v1.Pod", "{\"spec\":{}}",
          "{\"metadata\":{},\"spec\":{\"containers\":null},\"status\":{}}", 34 },
        { "core/v1.Container", "{\"name\":\"c\",\"image\":\"\",\"args\":[],\"env\":null}",
          "{\"name\":\"c\",\"resources\":{}}", 0 },
        { "core/v1.PodSpec", "{\"hostNetwork\":false,\"nodeSelector\":{},\"containers\":[]}",
          "{\"containers\":[]}", 0 },
        { "core/v1.PodSpec",
          "{\"terminationGracePeriodSeconds\":0,\"securityContext\":{},\"containers\":[]}",
          "{\"containers\":[],\"terminationGracePeriodSeconds\":0,\"securityContext\":{}}", 0 },
        { "core/v1.SecurityContext", "{\"privileged\":false,\"runAsUser\":0,\"capabilities\":{}}",
          "{\"capabilities\":{},\"privileged\":false,\"runAsUser\":0}", 0 },
        { "rbac/v1.Role", "{}", "{" META ",\"rules\":null}", 0 },
        { "core/v1.ISCSIPersistentVolumeSource", "{}",
          "{\"targetPortal\":\"\",\"iqn\":\"\",\"lun\":0}", 0 },
        { "admission/v1.AdmissionRequest", "{\"uid\":\"u\"}",
          "{\"uid\":\"u\",\"kind\":{\"group\":\"\",\"version\":\"\",\"kind\":\"\"},\"resource\":{"
          "\"group\":\"\",\"version\":\"\",\"resource\":\"\"},\"operation\":\"\",\"userInfo\":{},"
          "\"object\":null,\"oldObject\":null,\"options\":null}",
          0 },
        /* the order of the type, and of the keys of a map */
        { "core/v1.ConfigMap", "{\"data\":{\"b\":\"\",\"a\":\"1\"},\"kind\":\"ConfigMap\"}",
          "{\"kind\":\"ConfigMap\"," META ",\"data\":{\"a\":\"1\",\"b\":\"\"}}", 0 },
        /* null in lists and maps */
        { "core/v1.Container", "{\"args\":[null,\"x\"],\"ports\":[null]}",
          "{\"name\":\"\",\"args\":[\"\",\"x\"],\"ports\":[{\"containerPort\":0}],"
          "\"resources\":{}}",
          0 },
        { "core/v1.ResourceRequirements", "{\"limits\":{\"cpu\":null}}",
          "{\"limits\":{\"cpu\":\"0\"}}", 0 },
        { "meta/v1.ObjectMeta", "{\"labels\":{\"a\":null}}",
          "{\"creationTimestamp\":null,\"labels\":{\"a\":\"\"}}", 0 },
        /* unknown fields, and those of other versions */
        { "core/v1.ContainerPort", "{\"containerPort\":1,\"ContainerPort\":2,\"x\":{}}",
          "{\"containerPort\":1}", 0 },
        { "core/v1.PodSpec", "{\"containers\":[],\"hostUsers\":false}", "{\"containers\":[]}", 0 },
        { "core/v1.PodSpec", "{\"containers\":[],\"hostUsers\":false}",
          "{\"containers\":[],\"hostUsers\":false}", 25 },
        { "meta/v1.ObjectMeta", "{\"clusterName\":\"c\"}",
          "{\"creationTimestamp\":null,\"clusterName\":\"c\"}", 23 },
        { "core/v1.PodIP", "{}", "{}", 30 },
        { "core/v1.PodIP", "{}", "{\"ip\":\"\"}", 31 },
        { "core/v1.Probe", "{\"exec\":{}}", "{\"exec\":{}}", 22 },
        { "core/v1.Probe", "{\"exec\":{}}", "{\"exec\":{}}", 23 },
        /* scalars */
        { "core/v1.ResourceRequirements",
          "{\"limits\":{\"d\":\"1.5Gi\",\"c\":\" 1000m \",\"b\":0.5,\"a\":2}}",
          "{\"limits\":{\"a\":\"2\",\"b\":\"500m\",\"c\":\"1\",\"d\":\"1536Mi\"}}", 0 },
        { "core/v1.HTTPGetAction", "{\"port\":\"http\"}", "{\"port\":\"http\"}", 0 },
        { "core/v1.HTTPGetAction", "{\"port\":8080}", "{\"port\":8080}", 0 },
        { "core/v1.HTTPGetAction", "{}", "{\"port\":0}", 0 },
        { "core/v1.ContainerPort", "{\"containerPort\":80.0}", "{\"containerPort\":80}", 0 },
        { "core/v1.Secret", "{\"data\":{\"a\":\"YQ==\",\"b\":\"YQ=\\n=\",\"c\":null}}",
          "{" META ",\"data\":{\"a\":\"YQ==\",\"b\":\"YQ==\",\"c\":null}}", 0 },
        { "meta/v1.ObjectMeta", "{\"creationTimestamp\":\"2020-12-31T23:30:00.9-01:00\"}",
          "{\"creationTimestamp\":\"2021-01-01T00:30:00Z\"}", 0 },
        { "meta/v1.ObjectMeta", "{\"creationTimestamp\":\"2020-03-01T00:30:00+01:00\"}",
          "{\"creationTimestamp\":\"2020-02-29T23:30:00Z\"}", 0 },
        { "meta/v1.ObjectMeta", "{\"creationTimestamp\":\"0001-01-01T00:00:00Z\"}",
          "{\"creationTimestamp\":null}", 0 },
        { "coordination/v1.LeaseSpec", "{\"renewTime\":\"2021-01-01T00:00:00.000001Z\"}",
          "{\"renewTime\":\"2021-01-01T00:00:00.000001Z\"}", 0 },
        { "meta/v1.ManagedFieldsEntry", "{\"fieldsV1\":{\"f:b\":{},\"f:a\":{\".\":{}}}}",
          "{\"fieldsV1\":{\"f:b\":{},\"f:a\":{\".\":{}}}}", 0 },
        /* what is refused */
        { "core/v1.Pod", "[]", "!readObjectStart: expect { or n, but found [", 0 },
        { "core/v1.Pod", "{\"spec\":{\"containers\":[{\"image\":1}]}}",
          "!spec.containers[0].image: ReadString: expects \" or n, but found 1", 0 },
        { "core/v1.Pod", "{\"spec\":{\"containers\":{}}}",
          "!spec.containers: decode slice: expect [ or n, but found {", 0 },
        { "core/v1.Pod", "{\"metadata\":{\"labels\":{\"a.b/c\":true}}}",
          "!metadata.labels[a.b/c]: ReadString: expects \" or n, but found t", 0 },
        { "core/v1.Pod", "{\"metadata\":{\"labels\":[]}}",
          "!metadata.labels: ReadMapCB: expect { or n, but found [", 0 },
        { "core/v1.PodSpec", "{\"hostPID\":\"true\"}",
          "!hostPID: ReadBool: expect t or f, but found \"", 0 },
        { "core/v1.ContainerPort", "{\"hostPort\":\"80\"}",
          "!hostPort: readUint32: unexpected character: \xff", 0 },
        { "core/v1.ContainerPort", "{\"hostPort\":2147483648}",
          "!hostPort: ReadInt32: overflow: 2147483648", 0 },
        { "core/v1.ContainerPort", "{\"hostPort\":1.5}",
          "!hostPort: assertInteger: can not decode float as int", 0 },
        { "core/v1.SecurityContext", "{\"runAsUser\":9223372036854775808}",
          "!runAsUser: ReadInt64: overflow: 9223372036854775808", 0 },
        { "core/v1.SecurityContext", "{\"runAsUser\":1e300}",
          "!runAsUser: ReadInt64: overflow: 1e+300", 0 },
        { "core/v1.HTTPGetAction", "{\"port\":true}",
          "!port: unmarshalerDecoder: json: cannot unmarshal bool into Go value of type int32", 0 },
        { "core/v1.ResourceRequirements", "{\"limits\":{\"cpu\":\"x\"}}",
          "!limits[cpu]: unmarshalerDecoder: quantities must match the regular expression "
          "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
          0 },
        { "core/v1.Secret", "{\"data\":{\"a\":\"!\"}}",
          "!data[a]: base64Codec: illegal base64 data", 0 },
        { "meta/v1.ObjectMeta", "{\"creationTimestamp\":\"yesterday\"}",
          "!creationTimestamp: unmarshalerDecoder: parsing time \"yesterday\" as "
          "\"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as \"2006\"",
          0 },
        { "meta/v1.ObjectMeta", "{\"creationTimestamp\":\"2021-02-29T00:00:00Z\"}",
          "!creationTimestamp: unmarshalerDecoder: parsing time \"2021-02-29T00:00:00Z\": day out "
          "of range",
          0 },
        { "coordination/v1.LeaseSpec", "{\"renewTime\":\"2021-01-01T00:00:00Z\"}",
          "!renewTime: unmarshalerDecoder: parsing time \"2021-01-01T00:00:00Z\" as "
          "\"2006-01-02T15:04:05.000000Z07:00\": cannot parse \"Z\" as \".000000\"",
          0 },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const SchemaType *t = schema_find_type(str_from_c(rows[i].type));
        assert_non_null(t);
        KubeTarget target = kube_target(rows[i].minor ? rows[i].minor : 20);
        Value in = read(rows[i].in, &a);
        Value out;
        Err err = { 0 };
        bool ok = schema_normalise(t, &in, &target, &a, &out, NULL, &err);
        Str got = ok ? written(&out, &a) : arena_concat(&a, STR("!"), err.msg);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("%s %s:\ngot  %.*s\nwant %s", rows[i].type, rows[i].in, STR_ARG(got),
                     rows[i].want);
        }
        Value again;
        if (ok && (!schema_normalise(t, &out, &target, &a, &again, NULL, &err) ||
                   !value_equal(&out, &again))) {
            fail_msg("%s %s: changes again", rows[i].type, rows[i].in);
        }
    }
    arena_done(&a);
}

static void decoding_keeps_empty_lists(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(20);
    const SchemaType *t = schema_find_type(STR("core/v1.PodSecurityContext"));
    Value in = read("{\"supplementalGroups\":[],\"sysctls\":null,\"fsGroup\":null}", &a);
    Value out;
    Err err;
    assert_true(schema_decode(t, &in, &target, &a, &out, NULL, &err));
    assert_true(str_eq(written(&out, &a), STR("{\"supplementalGroups\":[]}")));
    schema_encode(t, &out, &target);
    assert_true(str_eq(written(&out, &a), STR("{}")));
    arena_done(&a);
}

static void checks(void **state)
{
    (void)state;
    static const struct {
        const char *in; /* a v1 Pod */
        const char *want;
    } rows[] = {
        { "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"x\"}}", "" },
        { "{\"spec\":{\"containers\":[{\"imagePullPolcy\":\"x\",\"Image\":1}]}}",
          "spec.containers[0].imagePullPolcy: unknown field, did you mean \"imagePullPolicy\"?\n"
          "spec.containers[0].Image: unknown field, did you mean \"image\"?\n" },
        { "{\"spec\":{\"quux\":1,\"containres\":[]}}",
          "spec.quux: unknown field\n"
          "spec.containres: unknown field, did you mean \"containers\"?\n" },
        { "{\"spec\":{\"hostUsers\":false}}",
          "spec.hostUsers: unknown field: Kubernetes 1.25 introduced it\n" },
        { "{\"metadata\":{\"labels\":{\"a\":1}},\"spec\":[]}",
          "metadata.labels[a]: expected a string, found number\n"
          "spec: expected an object, found array\n" },
        { "{\"spec\":{\"containers\":[{\"ports\":[{\"hostPort\":\"80\"},{\"hostPort\":1e99}]},"
          "{\"tty\":1}]}}",
          "spec.containers[0].ports[0].hostPort: expected an integer, found the string\n"
          "spec.containers[0].ports[1].hostPort: 1e+99 is out of the range of a 32-bit integer\n"
          "spec.containers[1].tty: expected true or false, found number\n" },
        { "{\"spec\":{\"containers\":[null,{\"args\":[1,null]}]}}",
          "spec.containers[1].args[0]: expected a string, found number\n" },
        { "[]", ": expected an object, found array\n" },
    };
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(20);
    const SchemaType *pod = schema_find(STR("v1"), STR("Pod"));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value in = read(rows[i].in, &a);
        SchemaReport report = schema_report_new(&a);
        bool ok = schema_check(pod, &in, &target, &report);
        Buf got = buf_new(&a);
        for (const SchemaNote *n = report.first; n; n = n->next) {
            buf_printf(&got, "%.*s: %.*s\n", STR_ARG(n->path), STR_ARG(n->message));
        }
        if (!str_eq(buf_str(&got), str_from_c(rows[i].want)) || ok != (report.count == 0)) {
            fail_msg("%s:\ngot  %.*s\nwant %s", rows[i].in, STR_ARG(buf_str(&got)), rows[i].want);
        }
    }
    arena_done(&a);
}

static void keeps_a_limited_number_of_notes(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(20);
    Value in = value_object();
    for (int i = 0; i < SCHEMA_NOTES_MAX + 7; i++) {
        value_set(&in, arena_printf(&a, "unknown%d", i), value_int(1), &a);
    }
    SchemaReport report = schema_report_new(&a);
    assert_false(schema_check(schema_find(STR("v1"), STR("Pod")), &in, &target, &report));
    assert_int_equal(report.count, SCHEMA_NOTES_MAX + 7);
    size_t kept = 0;
    for (const SchemaNote *n = report.first; n; n = n->next) {
        kept++;
    }
    assert_int_equal(kept, SCHEMA_NOTES_MAX);
    arena_done(&a);
}

/* Every field is found by its name, in its version, and points at a type. */
static void tables_hold_together(void **state)
{
    (void)state;
    size_t fields = 0;
    for (size_t i = 0; i < schema_struct_count; i++) {
        const SchemaType *t = &schema_types[schema_first_struct + i];
        assert_int_equal(schema_kind(t), SCHEMA_STRUCT);
        assert_ptr_equal(schema_find_type(schema_type_name(t)), t);
        assert_true(t->field_count <= SCHEMA_FIELDS_MAX);
        for (unsigned j = 0; j < t->field_count; j++, fields++) {
            const SchemaField *f = &schema_fields_of(t)[j];
            KubeTarget target = { .minor = f->since ? f->since : 20 };
            Str name = schema_field_name(f);
            const SchemaField *found = schema_field(t, name, &target);
            if (found != f) {
                fail_msg("%.*s.%.*s", STR_ARG(schema_type_name(t)), STR_ARG(name));
            }
            bool is_list = schema_kind(schema_field_type(f)) == SCHEMA_LIST;
            assert_true(is_list || !(f->flags & SCHEMA_KEYED));
            assert_int_equal(schema_list_keys(f).count > 0, (f->flags & SCHEMA_KEYED) != 0);
        }
        assert_null(schema_field_any(t, STR("noSuchField")));
        assert_null(schema_field_any(t, STR("")));
    }
    assert_true(fields > 5000);
    const SchemaField *containers = schema_field_any(schema_find_type(STR("core/v1.PodSpec")),
                                                     STR("containers"));
    assert_true(containers->flags & SCHEMA_MERGE);
    assert_true(str_eq(schema_merge_key(containers), STR("name")));
    assert_null(
        schema_merge_key(schema_field_any(schema_find_type(STR("core/v1.Container")), STR("args")))
            .ptr);
}

static void kinds(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        int minor;
        const char *api_version; /* NULL: not found */
        const char *kind;
    } rows[] = {
        { "po", 20, "v1", "Pod" },
        { "pod", 20, "v1", "Pod" },
        { "Pods", 20, "v1", "Pod" },
        { "deploy", 20, "apps/v1", "Deployment" },
        { "deployments.apps", 20, "apps/v1", "Deployment" },
        { "deployments.v1.apps", 20, "apps/v1", "Deployment" },
        { "deployments.v1beta1.apps", 20, "apps/v1beta1", "Deployment" },
        { "deployments.extensions", 20, "extensions/v1beta1", "Deployment" },
        { "psp", 20, "policy/v1beta1", "PodSecurityPolicy" },
        { "psp", 25, "podgate.io/v1", "PodSecurityPolicy" },
        { "podsecuritypolicies.policy", 25, "policy/v1beta1", "PodSecurityPolicy" },
        { "cronjobs", 20, "batch/v1beta1", "CronJob" },
        { "cronjobs", 21, "batch/v1", "CronJob" },
        { "events", 20, "v1", "Event" },
        { "ev.events.k8s.io", 20, "events.k8s.io/v1", "Event" },
        { "clusterroles", 20, "rbac.authorization.k8s.io/v1", "ClusterRole" },
        { "roles.v1alpha1.rbac.authorization.k8s.io", 20, "rbac.authorization.k8s.io/v1alpha1",
          "Role" },
        { "crd", 20, "apiextensions.k8s.io/v1", "CustomResourceDefinition" },
        { "crd", 15, "apiextensions.k8s.io/v1beta1", "CustomResourceDefinition" },
        { "endpoints", 20, "v1", "Endpoints" },
        { "ing", 20, "extensions/v1beta1", "Ingress" },
        { "ing", 22, "networking.k8s.io/v1", "Ingress" },
        { "widgets", 20, NULL, NULL },
        { "deployments.nope", 20, NULL, NULL },
        { "", 20, NULL, NULL },
        { "podlist", 20, NULL, NULL },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        KubeTarget target = kube_target(rows[i].minor);
        KubeKind k = { 0 };
        bool found = kube_kind_find_typed(str_from_c(rows[i].typed), &target, &k);
        if (found != (rows[i].kind != NULL) ||
            !str_eq(k.api_version, str_from_c(rows[i].api_version)) ||
            !str_eq(k.kind, str_from_c(rows[i].kind))) {
            fail_msg("\"%s\": got %.*s %.*s", rows[i].typed, STR_ARG(k.api_version),
                     STR_ARG(k.kind));
        }
    }
    for (size_t i = 0; i < kube_kind_count(); i++) {
        KubeKind k = kube_kind_at(i);
        KubeKind found;
        assert_true(kube_kind_find(k.api_version, k.kind, &found));
        assert_ptr_equal(found.type, k.type);
        assert_true(k.resource.len == 0 || schema_field_any(k.type, STR("apiVersion")));
    }
    KubeTarget target = kube_target(20);
    KubeKind k;
    assert_true(kube_kind_find_resource(STR("apps"), STR(""), STR("deployments"), &target, &k));
    assert_true(str_eq(k.version, STR("v1")) && k.namespaced);
    assert_false(kube_kind_find_resource(STR(""), STR(""), STR("deployments"), &target, &k));
    assert_true(kube_kind_find(STR("v1"), STR("PodList"), &k));
    assert_true(str_eq(kube_kind_of_items(&k), STR("Pod")));
    assert_true(kube_kind_find(STR("v1"), STR("List"), &k));
    assert_null(kube_kind_of_items(&k).ptr);
}

static void versions_are_ordered(void **state)
{
    (void)state;
    static const char *const order[] = { "v10",      "v2",      "v1",        "v11beta2",
                                         "v10beta3", "v3beta1", "v12alpha1", "v11alpha2",
                                         "foo1",     "foo10" };
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        for (size_t j = 0; j < COUNT_OF(order); j++) {
            int got = kube_version_cmp(str_from_c(order[i]), str_from_c(order[j]));
            assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalises_as_go_does),
        cmocka_unit_test(decoding_keeps_empty_lists),
        cmocka_unit_test(checks),
        cmocka_unit_test(keeps_a_limited_number_of_notes),
        cmocka_unit_test(tables_hold_together),
        cmocka_unit_test(kinds),
        cmocka_unit_test(versions_are_ordered),
    };
    return cmocka_run_group_tests_name("kube/schema", tests, NULL, NULL);
}
