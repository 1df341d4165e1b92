/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about a large cluster's RBAC: how long a dump takes to be loaded beside the parse
 * alone, and each question after that.
 *
 *     podgate-bench-rbac NAMESPACES BINDINGS ROLES ROUNDS
 *
 * prints a row for each figure: its name and the least processor time of all rounds, in
 * milliseconds. yyjson is the parse alone, json the tree of it that everything here is made of.
 */
#include "analyze/rbac/matrix.h"
#include "analyze/rbac/report.h"
#include "cluster/files.h"
#include "cluster/preset.h"
#include "doc/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <yyjson.h>

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void give_up(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(2);
}

/* -- the dump, as kubectl get -o json prints it -------------------------------------------------
 */

static void write_metadata(Buf *b, const char *name, int i, const char *namespace, int in,
                           int serial)
{
    buf_lit(b, "            \"metadata\": {\n"
               "                \"creationTimestamp\": \"2024-03-07T10:11:12Z\",\n");
    buf_printf(b, "                \"name\": \"%s-%06d\",\n", name, i);
    if (namespace) {
        buf_printf(b, "                \"namespace\": \"%s-%06d\",\n", namespace, in);
    }
    buf_printf(b,
               "                \"resourceVersion\": \"%d\",\n"
               "                \"uid\": \"0a1b2c3d-4e5f-4a6b-8c7d-%012d\"\n            }",
               1000000 + serial, serial);
}

static void start(Buf *b, const char *api_version, const char *kind)
{
    buf_printf(b,
               "%s        {\n            \"apiVersion\": \"%s\",\n            \"kind\": \"%s\",\n",
               b->ptr[b->len - 1] == '}' ? ",\n" : "", api_version, kind);
}

#define RBAC_API "rbac.authorization.k8s.io/v1"

static void write_role(Buf *b, int i, int namespaces)
{
    static const char *const resources[] = { "pods",     "secrets", "configmaps", "services",
                                             "pods/log", "events",  "endpoints" };
    start(b, RBAC_API, "Role");
    write_metadata(b, "role", i, "tenant", i % namespaces, i);
    buf_printf(b,
               ",\n            \"rules\": [\n                {\n"
               "                    \"apiGroups\": [\n                        \"\"\n"
               "                    ],\n                    \"resources\": [\n"
               "                        \"%s\",\n                        \"%s\"\n"
               "                    ],\n                    \"verbs\": [\n"
               "                        \"get\",\n                        \"list\",\n"
               "                        \"%s\"\n                    ]\n                }\n"
               "            ]\n        }",
               resources[i % 7], resources[i % 5], i % 3 ? "watch" : "create");
}

static void write_binding(Buf *b, int i, int namespaces, int roles)
{
    int in = i % namespaces;
    int role = in + i / namespaces % (roles / namespaces) * namespaces;
    start(b, RBAC_API, "RoleBinding");
    write_metadata(b, "binding", i, "tenant", in, i);
    buf_printf(b,
               ",\n            \"roleRef\": {\n"
               "                \"apiGroup\": \"rbac.authorization.k8s.io\",\n"
               "                \"kind\": \"Role\",\n                \"name\": \"role-%06d\"\n"
               "            },\n            \"subjects\": [\n                {\n",
               role);
    if (i % 2) {
        buf_printf(b,
                   "                    \"kind\": \"ServiceAccount\",\n"
                   "                    \"name\": \"app-%d\",\n"
                   "                    \"namespace\": \"tenant-%06d\"\n",
                   i % 5, in);
    } else {
        buf_printf(b,
                   "                    \"apiGroup\": \"rbac.authorization.k8s.io\",\n"
                   "                    \"kind\": \"User\",\n"
                   "                    \"name\": \"user-%06d@example.org\"\n",
                   i % 20000);
    }
    buf_lit(b, "                }\n            ]\n        }");
}

static Str write_dump(int namespaces, int bindings, int roles, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n");
    for (int i = 0; i < namespaces; i++) {
        start(&b, "v1", "Namespace");
        write_metadata(&b, "tenant", i, NULL, 0, i);
        buf_lit(&b,
                ",\n            \"spec\": {\n                \"finalizers\": [\n"
                "                    \"kubernetes\"\n                ]\n            }\n        }");
    }
    /* as an API server lists them: by namespace, then name */
    for (int i = 0; i < roles; i++) {
        write_role(&b, i % (roles / namespaces) * namespaces + i / (roles / namespaces),
                   namespaces);
    }
    for (int i = 0; i < bindings; i++) {
        int each = bindings / namespaces;
        write_binding(&b, i % each * namespaces + i / each, namespaces, roles);
    }
    buf_lit(&b, "\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {\n"
                "        \"resourceVersion\": \"\"\n    }\n}\n");
    return buf_str(&b);
}

/* -- figures ------------------------------------------------------------------------------------
 */

typedef struct Figure {
    const char *name;
    double least;
} Figure;

enum { FIGURES_MAX = 16 };
static Figure figures[FIGURES_MAX];

static void take(const char *name, double since)
{
    double took = now_ms() - since;
    size_t i = 0;
    while (figures[i].name && strcmp(figures[i].name, name) != 0) {
        i++;
    }
    if (!figures[i].name || took < figures[i].least) {
        figures[i] = (Figure){ name, took };
    }
}

static void parse_alone(Str text)
{
    double t = now_ms();
    yyjson_doc *doc = yyjson_read(text.ptr, text.len, 0);
    if (!doc) {
        give_up("not JSON");
    }
    take("yyjson", t);
    yyjson_doc_free(doc);
}

static void parse_to_tree(Str text)
{
    Arena a;
    arena_init(&a, 0);
    Value v;
    Err err;
    double t = now_ms();
    if (!json_read(STR("dump.json"), text, NULL, &a, &v, &err)) {
        give_up("not JSON");
    }
    take("json", t);
    arena_done(&a);
}

static const Snapshot *presets(void)
{
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    if (!preset_put(b, STR("kubernetes"))) {
        give_up("no preset");
    }
    return snapshot_builder_finish(b);
}

/* As commands do it: the objects of the text, indexed over the presets. */
static const Snapshot *load(Str text, Arena *a)
{
    Err err = { 0 };
    FileObjects objects;
    double t = now_ms();
    if (!files_read_text(STR("dump.json"), text, NULL, a, &objects, &err)) {
        give_up("cannot be read");
    }
    take("objects", t);
    double since = now_ms();
    const Snapshot *base = presets();
    SnapshotBuilder *b = snapshot_builder_new(base, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    snapshot_release(base);
    for (size_t i = 0; i < objects.count; i++) {
        if (!snapshot_builder_put(b, objects.items[i].object, &objects.items[i].origin)) {
            give_up("an object is refused");
        }
    }
    take("put", since);
    const Snapshot *s = snapshot_builder_finish(b);
    take("index", since);
    take("load", t);
    return s;
}

static void ask(const Snapshot *s)
{
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(KUBE_MINOR_NEWEST);
    double t = now_ms();
    RbacCluster *c = rbac_cluster_new(s, &target, &a);
    take("cluster", t);
    Str none = STR("");
    WhoCanQuestion q = {
        STR("get"), true, none, STR("secrets"), none, none, true, STR_ABSENT, none
    };
    WhoCan answer;
    who_can(c, &q, &a, &answer);
    WhoCanMissing missing = who_can_missing_accounts(c, &answer, &a);
    take("who-can", t);
    double since = now_ms();
    WhoCanSubjects subjects = who_can_subjects(c, answer.grants, &a);
    take("who-can-subjects", since);
    fprintf(stderr, "%zu bindings, %zu subjects, %zu missing\n", answer.grants.count,
            subjects.count, missing.count);

    Matrix m;
    UserInfo user = rbac_cluster_user(SUBJECT_SERVICE_ACCOUNT, STR("tenant-000001"), STR("app-1"),
                                      &a);
    since = now_ms();
    matrix_of_user(c, &user, STR_ABSENT, &a, &m);
    take("matrix", since);
    since = now_ms();
    matrix_of_user(c, &user, STR("tenant-000001"), &a, &m);
    take("matrix-namespace", since);
    RbacResource r;
    if (!rbac_cluster_find_resource(c, STR("secrets"), STR(""), &r)) {
        give_up("no secrets");
    }
    since = now_ms();
    MatrixQuestion mq = { &r, STR(""), STR_ABSENT, false };
    MatrixSubjects found = matrix_of_resource(c, &mq, &a);
    take("matrix-for", since);
    fprintf(stderr, "%zu subjects of secrets\n", found.count);
    arena_done(&a);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        give_up("NAMESPACES BINDINGS ROLES ROUNDS");
    }
    int numbers[4];
    for (int i = 0; i < 4; i++) {
        numbers[i] = (int)strtol(argv[i + 1], NULL, 10);
    }
    Arena kept;
    arena_init(&kept, 0);
    Str text = write_dump(numbers[0], numbers[1], numbers[2], &kept);
    fprintf(stderr, "%zu bytes\n", text.len);
    for (int i = 0; i < numbers[3]; i++) {
        Arena a;
        arena_init(&a, 0);
        parse_alone(text);
        parse_to_tree(text);
        const Snapshot *s = load(text, &a);
        ask(s);
        snapshot_release(s);
        arena_done(&a);
    }
    for (size_t i = 0; figures[i].name; i++) {
        printf("%s %.3f\n", figures[i].name, figures[i].least);
    }
    arena_done(&kept);
    return 0;
}
