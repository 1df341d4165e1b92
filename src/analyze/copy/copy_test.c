/* SPDX-License-Identifier: Apache-2.0 */
/* What a copy of a cluster has, row by row. */
#include "analyze/copy/copy.h"

#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

#define DEFINITION                                                                                \
    "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: d}, " \
    "spec: {group: x.io, names: {kind: Widget}}}"
#define WIDGET "{apiVersion: x.io/v1, kind: Widget, metadata: {name: w}}"
#define SECRET(rest) "{apiVersion: v1, kind: Secret, metadata: {name: s}, " rest "}"

static const struct {
    const char *in; /* documents */
    CopyOptions options;
    const char *want; /* kinds and names, then what is left out */
} rows[] = {
    { "{apiVersion: v1, kind: Pod, metadata: {name: p, uid: u}}\n---\n{apiVersion: v1, kind: "
      "Namespace, metadata: {name: ns}}",
      { 0 },
      "Namespace/ns Pod/p ; manifests=1" },
    { "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: 1}\n---\n{apiVersion: v1, kind: Pod, "
      "metadata: {name: p}, spec: 2}",
      { 0 },
      "Pod/p ; manifests=1 repeated=1" },
    { "{apiVersion: apps/v1, kind: Deployment, metadata: {name: p}}\n---\n{apiVersion: "
      "extensions/v1beta1, kind: Deployment, metadata: {name: p}}",
      { 0 },
      "Deployment/p ; manifests=1 repeated=1" },
    { "{apiVersion: v1, kind: Event, metadata: {name: e}}\n---\n{apiVersion: events.k8s.io/v1, "
      "kind: Event, metadata: {name: f}}",
      { 0 },
      "; 2 Event: they tell of a moment" },
    { "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: l}}",
      { 0 },
      "; 1 Lease: they tell of a moment" },
    { WIDGET, { 0 }, "; 1 Widget: no CustomResourceDefinition of theirs is there (unknown)" },
    { WIDGET "\n---\n" DEFINITION, { 0 }, "CustomResourceDefinition/d Widget/w ; manifests=2" },
    { "{apiVersion: v1, kind: Endpoints, metadata: {name: e, annotations: "
      "{control-plane.alpha.kubernetes.io/leader: x}}}\n---\n{apiVersion: v1, kind: Endpoints, "
      "metadata: {name: f}}",
      { 0 },
      "Endpoints/f ; 1 Endpoints: they tell of a moment manifests=1" },
    { "{apiVersion: v1, kind: Node, metadata: {name: a}, status: {nodeInfo: {kubeletVersion: "
      "v1.24.3}}}\n---\n{apiVersion: v1, kind: Node, metadata: {name: b}, status: {nodeInfo: "
      "{kubeletVersion: v1.27.1-eks}}}",
      { 0 },
      "Node/a Node/b ; manifests=2 minor=27" },
    { "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, "
      "metadata: {name: w}}",
      { 0 },
      "; 1 ValidatingWebhookConfiguration: what they call is not in the copy" },
    { "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, "
      "metadata: {name: w}}",
      { .webhooks = true },
      "ValidatingWebhookConfiguration/w ; manifests=1" },
    { SECRET("data: {a: eA==}"), { 0 }, "Secret/s ; manifests=1 redacted=1" },
    { SECRET("data: {a: eA==}"), { .secret_values = true }, "Secret/s ; manifests=1" },
    { "{}", { 0 }, "; 1 : no CustomResourceDefinition of theirs is there (unknown)" },
};

static FileObjects read(const char *text, Arena *a)
{
    FileObjects objects;
    DocList docs;
    Err err;
    assert_true(docs_read(STR("t"), str_from_c(text), NULL, a, &docs, &err));
    objects.items = new(a, FileObject, docs.count);
    objects.count = docs.count;
    for (size_t i = 0; i < docs.count; i++) {
        objects.items[i] = (FileObject){ .object = &docs.items[i].root };
    }
    return objects;
}

static Str text_of(const CopyResult *r, Arena *a)
{
    const struct {
        const char *name;
        size_t count;
    } counts[] = { { "manifests", r->manifests },
                   { "repeated", r->repeated },
                   { "redacted", r->redacted },
                   { "minor", (size_t)r->minor } };
    Buf b = buf_new(a);
    for (size_t i = 0; i < r->objects.count; i++) {
        const Value *object = r->objects.items[i].object;
        buf_printf(&b, "%.*s/%.*s ", STR_ARG(value_get_str(object, STR("kind"))),
                   STR_ARG(value_as_str(value_at(object, "metadata", "name", NULL))));
    }
    buf_byte(&b, ';');
    for (size_t i = 0; i < r->left_out_count; i++) {
        const CopyLeftOut *l = &r->left_out[i];
        buf_printf(&b, " %zu %.*s: %.*s%s", l->count, STR_ARG(l->kind), STR_ARG(l->why),
                   l->is_unknown ? " (unknown)" : "");
    }
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        if (counts[i].count) {
            buf_printf(&b, " %s=%zu", counts[i].name, counts[i].count);
        }
    }
    return buf_str(&b);
}

static void taken(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        CopyResult result;
        arena_init(&a, 0);
        FileObjects in = read(rows[i].in, &a);
        copy_objects(&in, &rows[i].options, &a, &result);
        Str got = text_of(&result, &a);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            printf("row %zu:\nwant %s\ngot  %.*s\n", i, rows[i].want, STR_ARG(got));
            failed++;
        }
        arena_done(&a);
    }
    assert_int_equal(failed, 0);
}

static void secrets(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *want;
    } texts[] = {
        { SECRET("data: {a: eA==}, stringData: {b: x}"),
          "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\","
          "\"annotations\":{\"podgate.io/redacted\":\"true\"}},\"data\":{\"a\":"
          "\"cmVkYWN0ZWQ=\"},\"stringData\":{\"b\":\"redacted\"}}" },
        { SECRET("type: kubernetes.io/dockerconfigjson, data: {.dockerconfigjson: eA==}"),
          "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\","
          "\"annotations\":{\"podgate.io/redacted\":\"true\"}},\"type\":"
          "\"kubernetes.io/dockerconfigjson\",\"data\":{\".dockerconfigjson\":"
          "\"eyJhdXRocyI6e319\"}}" },
        { SECRET("type: kubernetes.io/service-account-token, data: {token: eA==}"),
          "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\","
          "\"annotations\":{\"podgate.io/redacted\":\"true\"}},\"type\":"
          "\"kubernetes.io/service-account-token\"}" },
        { SECRET("data: {}"), "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":"
                              "\"s\"},\"data\":{}}" },
        { "{apiVersion: v1, kind: Secret, metadata: {annotations: "
          "{kubectl.kubernetes.io/last-applied-configuration: x}}, data: {a: eA==}}",
          "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"annotations\":"
          "{\"podgate.io/redacted\":\"true\"}},\"data\":{\"a\":\"cmVkYWN0ZWQ=\"}}" },
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        Arena a;
        CopyResult result;
        arena_init(&a, 0);
        Buf b = buf_new(&a);
        FileObjects in = read(texts[i].in, &a);
        copy_objects(&in, &(CopyOptions){ 0 }, &a, &result);
        json_write(result.objects.items[0].object, &b);
        if (!str_eq(buf_str(&b), str_from_c(texts[i].want))) {
            fail_msg("row %zu:\nwant %s\ngot  %.*s", i, texts[i].want, STR_ARG(buf_str(&b)));
        }
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(taken), cmocka_unit_test(secrets) };
    return cmocka_run_group_tests_name("analyze/copy", tests, NULL, NULL);
}
