/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two states: rows of two texts and what is said of them. */
#include "analyze/diff/diff.h"

#include "cluster/files.h"
#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

#define MAP(rest) "{apiVersion: v1, kind: ConfigMap, metadata: {name: m, namespace: ns" rest
#define POD(rest) \
    "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns}, spec: {" rest "}}"
#define ROLE(rules)                                                                               \
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r, namespace: ns}, " \
    "rules: [" rules "]}"
#define SECRET(data) "{apiVersion: v1, kind: Secret, metadata: {name: s}, data: " data "}"
#define CUSTOM(version, rest) \
    "{apiVersion: x.io/" version ", kind: Widget, metadata: {name: w}, " rest "}"

static const struct {
    const char *before;
    const char *after;
    bool all_fields;
    const char *want;
} rows[] = {
    { MAP("}}"), MAP("}}"), false, "" },
    { "", MAP("}}"), false, "added ConfigMap ns/m\n" },
    { MAP("}}"), "", false, "removed ConfigMap ns/m\n" },
    { MAP("}}") "\n---\n" POD(""), POD("") "\n---\n" MAP(", labels: {a: b}}}"), false,
      "changed ConfigMap ns/m\n+ metadata.labels[a]: \"b\"\n" },
    /* what every server sets anew */
    { MAP(", uid: a, resourceVersion: '1', creationTimestamp: x, generation: 1}}"),
      MAP(", uid: b, resourceVersion: '2', managedFields: [{manager: m}]}}"), false, "" },
    { MAP(", uid: a}}"), MAP(", uid: b}}"), true,
      "changed ConfigMap ns/m\n- metadata.uid: \"a\"\n+ metadata.uid: \"b\"\n" },
    { "{apiVersion: v1, kind: Event, metadata: {name: e}}", "", false, "" },
    { "{apiVersion: v1, kind: Event, metadata: {name: e}}", "", true, "removed Event /e\n" },
    { MAP("}, data: {a.b: x, c: y}}"), MAP("}, data: {a.b: z, c: y}}"), false,
      "changed ConfigMap ns/m\n- data[a.b]: \"x\"\n+ data[a.b]: \"z\"\n" },
    { MAP("}}"), MAP("}, data: {a: x}}"), false, "changed ConfigMap ns/m\n+ data[a]: \"x\"\n" },
    { MAP("}, data: {}}"), MAP("}}"), false, "" },
    /* items with names */
    { POD("containers: [{name: a, image: x}, {name: b, image: yy}]"),
      POD("containers: [{name: b, image: z}, {name: c, image: w}]"), false,
      "changed Pod ns/p\n"
      "- spec.containers[a]: {\"name\":\"a\",\"image\":\"x\"}\n"
      "- spec.containers[b].image: \"yy\"\n+ spec.containers[b].image: \"z\"\n"
      "+ spec.containers[c]: {\"name\":\"c\",\"image\":\"w\"}\n" },
    { POD("containers: [{name: a}, {name: b}]"), POD("containers: [{name: b}, {name: a}]"), false,
      "changed Pod ns/p\n- spec.containers (order): [\"a\",\"b\"]\n+ spec.containers (order): "
      "[\"b\",\"a\"]\n" },
    { POD("containers: [{name: a, ports: [{containerPort: 1}]}]"),
      POD("containers: [{name: a, ports: [{containerPort: 1, protocol: UDP}]}]"), false,
      "changed Pod ns/p\n+ spec.containers[a].ports[1].protocol: \"UDP\"\n" },
    /* and without */
    { ROLE("{verbs: [get]}, {verbs: [list]}"), ROLE("{verbs: [get]}, {verbs: [list, watch]}"),
      false,
      "changed Role ns/r\n- rules[1].verbs: [\"list\"]\n+ rules[1].verbs: [\"list\",\"watch\"]\n" },
    { ROLE("{verbs: [get]}, {verbs: [list]}"), ROLE("{verbs: [list]}"), false,
      "changed Role ns/r\n- rules[0]: {\"verbs\":[\"get\"]}\n" },
    { ROLE("{verbs: [get]}"), ROLE("{verbs: [get]}, {verbs: [list]}"), false,
      "changed Role ns/r\n+ rules[1]: {\"verbs\":[\"list\"]}\n" },
    { POD("a: 1"), POD("a: '1'"), false, "changed Pod ns/p\n- spec.a: 1\n+ spec.a: \"1\"\n" },
    { POD("a: {b: 1}"), POD("a: [1]"), false,
      "changed Pod ns/p\n- spec.a: {\"b\":1}\n+ spec.a: [1]\n" },
    /* Secrets keep what they have */
    { SECRET("{a: eA==, b: eA==}"), SECRET("{a: eQ==, c: eQ==}"), false,
      "changed Secret /s\n- data[a]: \"*** (before)\"\n+ data[a]: \"*** (after)\"\n"
      "- data[b]: \"***\"\n+ data[c]: \"***\"\n" },
    { SECRET("{}"), SECRET("{a: eQ==}"), false, "changed Secret /s\n+ data[a]: \"***\"\n" },
    { "{apiVersion: v1, kind: Secret, metadata: {name: s, annotations: {podgate.io/redacted: x}}, "
      "data: {a: eA==, b: eA==}}",
      SECRET("{a: eQ==, c: eQ==}"), false,
      "changed Secret /s\n- data[b]: \"***\"\n+ data[c]: \"***\"\n" },
    /* versions of one kind */
    { "{apiVersion: extensions/v1beta1, kind: Ingress, metadata: {name: i}, spec: {backend: "
      "{serviceName: s, servicePort: 80}}}",
      "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: "
      "{defaultBackend: {service: {name: t, port: {number: 80}}}}}",
      false,
      "changed Ingress /i\n- spec.backend.serviceName: \"s\"\n+ spec.backend.serviceName: "
      "\"t\"\n" },
    { CUSTOM("v1", "spec: 1"), CUSTOM("v2", "spec: 1"), false, "" },
    { CUSTOM("v1", "spec: 1"), CUSTOM("v2", "spec: 1"), true,
      "changed Widget /w\n- apiVersion: \"x.io/v1\"\n+ apiVersion: \"x.io/v2\"\n" },
    { POD("podSelector: {}"), POD(""), false, "changed Pod ns/p\n- spec.podSelector: {}\n" },
    { "a: b", "{}", false, "removed  /\n" },
};

static DiffState state_of(const char *text, Arena *a)
{
    DocList docs;
    Err err;
    assert_true(docs_read(STR("t"), str_from_c(text), NULL, a, &docs, &err));
    const Value **objects = new(a, const Value *, docs.count);
    size_t count = 0;
    for (size_t i = 0; i < docs.count; i++) {
        if (docs.items[i].root.len) {
            objects[count++] = &docs.items[i].root;
        }
    }
    return (DiffState){ objects, count };
}

static void write_field(const DiffField *f, const char *sign, const Value *v, Buf *b)
{
    if (v) {
        buf_printf(b, "%s %.*s: ", sign, STR_ARG(f->path));
        json_write(v, b);
        buf_byte(b, '\n');
    }
}

static Str text_of(const DiffResult *r, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < r->count; i++) {
        const DiffEntry *e = &r->entries[i];
        buf_printf(&b, "%.*s %.*s %.*s/%.*s\n", STR_ARG(diff_change_text(e->change)),
                   STR_ARG(e->kind), STR_ARG(e->namespace), STR_ARG(e->name));
        for (size_t j = 0; j < e->field_count; j++) {
            write_field(&e->fields[j], "-", e->fields[j].before, &b);
            write_field(&e->fields[j], "+", e->fields[j].after, &b);
        }
    }
    return buf_str(&b);
}

static void differences(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        DiffResult result;
        arena_init(&a, 0);
        DiffOptions options = { .target = kube_target(KUBE_MINOR_NEWEST),
                                .all_fields = rows[i].all_fields };
        DiffState before = state_of(rows[i].before, &a), after = state_of(rows[i].after, &a);
        diff_states(&before, &after, &options, &a, &result);
        Str got = text_of(&result, &a);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            printf("row %zu:\nwant %s\ngot  %.*s\n", i, rows[i].want, STR_ARG(got));
            failed++;
        }
        arena_done(&a);
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(differences) };
    return cmocka_run_group_tests_name("analyze/diff", tests, NULL, NULL);
}
