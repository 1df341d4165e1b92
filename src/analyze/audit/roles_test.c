/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles out of audit logs. The first rows ask what the tests of audit2rbac ask (pkg/process_test.go
 * and cmd/audit2rbac/audit2rbac_test.go of github.com/liggitt/audit2rbac, Apache-2.0), with its
 * ways of widening switched on: the same rules. Where podgate says otherwise the row says why.
 */
#include "analyze/audit/roles.h"

#include "cluster/files.h"
#include "cluster/preset.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

enum { EVENTS_MAX = 40 };

static const struct {
    const char *name;
    const char *options;  /* n: names, N: many names, c: cluster from two namespaces, v: verbs
                             together, d: what was denied too */
    const char *requests; /* a line each: verb resource[.group][/sub] namespace name; verb /path */
    const char *want;     /* a line for each role, for each rule */
} rows[] = {
    /* -- audit2rbac: its 13 cases, and the larger one -- */
    { "empty", "ncv", "", "" },
    { "already allowed by existing", "ncv", "get /api\nget /apis", "" },
    { "nonresource", "ncv", "get /foo", "ClusterRole from-audit:bob\n  get /foo\n" },
    { "cluster-scoped named resource", "ncv",
      "get nodes - mynode\nget storageclasses.storage.k8s.io - mysc",
      "ClusterRole from-audit:bob\n  get nodes named mynode\n"
      "  get storageclasses of storage.k8s.io named mysc\n" },
    { "cluster-scoped named resources with name expansion", "ncv",
      "get nodes - node1\nget nodes - node2\nget storageclasses.storage.k8s.io - sc1\n"
      "get storageclasses.storage.k8s.io - sc2",
      "ClusterRole from-audit:bob\n  get nodes\n  get storageclasses of storage.k8s.io\n" },
    { "cluster-scoped named resources without name expansion", "Ncv",
      "get nodes - node1\nget nodes - node2\nget storageclasses.storage.k8s.io - sc1\n"
      "get storageclasses.storage.k8s.io - sc2",
      "ClusterRole from-audit:bob\n  get nodes named node1, node2\n"
      "  get storageclasses of storage.k8s.io named sc1, sc2\n" },
    { "cluster-scoped named resources without name expansion with covering verb expansion", "Ncv",
      "get nodes - node1\nget nodes - node2\nget storageclasses.storage.k8s.io - sc1\n"
      "get storageclasses.storage.k8s.io - sc2\nlist nodes\nlist storageclasses.storage.k8s.io",
      "ClusterRole from-audit:bob\n  get, list, watch nodes\n"
      "  get, list, watch storageclasses of storage.k8s.io\n" },
    { "namespaced named resources", "ncv", "get configmaps ns1 cm1\nget pods ns2 pod1",
      "Role ns1/from-audit:bob\n  get configmaps named cm1\n"
      "Role ns2/from-audit:bob\n  get pods named pod1\n" },
    { "namespaced named resources with namespace and name expansion", "ncv",
      "get configmaps ns1 cm1\nget pods ns1 pod1\nget pods ns1 pod2\nget pods ns2 pod1\n"
      "get pods ns2 pod2\nget deployments.apps ns1 dep1\nget deployments.apps ns1 dep2\n"
      "get deployments.apps ns2 dep1\nget deployments.apps ns2 dep2",
      "ClusterRole from-audit:bob\n  get pods\n  get deployments of apps\n"
      "Role ns1/from-audit:bob\n  get configmaps named cm1\n" },
    { "namespaced named resources with namespace expansion", "Ncv",
      "get configmaps ns1 cm1\nget pods ns2 pod1\nget pods ns3 pod1\n"
      "get deployments.apps ns2 dep1\nget deployments.apps ns3 dep1\nget pods ns2 pod2\n"
      "get pods ns3 pod3\nget deployments.apps ns2 dep2\nget deployments.apps ns3 dep3",
      "ClusterRole from-audit:bob\n  get pods named pod1\n  get deployments of apps named dep1\n"
      "Role ns1/from-audit:bob\n  get configmaps named cm1\n"
      "Role ns2/from-audit:bob\n  get pods named pod2\n  get deployments of apps named dep2\n"
      "Role ns3/from-audit:bob\n  get pods named pod3\n  get deployments of apps named dep3\n" },
    { "namespaced named resources with name expansion", "nv",
      "get configmaps ns1 cm1\nget pods ns2 pod1\nget pods ns2 pod2\nget pods ns3 pod1\n"
      "get pods ns3 pod3\nget deployments.apps ns2 dep1\nget deployments.apps ns2 dep2\n"
      "get deployments.apps ns3 dep1\nget deployments.apps ns3 dep3",
      "Role ns1/from-audit:bob\n  get configmaps named cm1\n"
      "Role ns2/from-audit:bob\n  get pods\n  get deployments of apps\n"
      "Role ns3/from-audit:bob\n  get pods\n  get deployments of apps\n" },
    { "namespaced named resources without name or namespace expansion", "Nv",
      "get configmaps ns1 cm1\nget pods ns2 pod1\nget pods ns2 pod2\nget pods ns3 pod1\n"
      "get pods ns3 pod3\nget deployments.apps ns2 dep1\nget deployments.apps ns2 dep2\n"
      "get deployments.apps ns3 dep1\nget deployments.apps ns3 dep3",
      "Role ns1/from-audit:bob\n  get configmaps named cm1\n"
      "Role ns2/from-audit:bob\n  get pods named pod1, pod2\n"
      "  get deployments of apps named dep1, dep2\n"
      "Role ns3/from-audit:bob\n  get pods named pod1, pod3\n"
      "  get deployments of apps named dep1, dep3\n" },
    { "with covering cluster operation", "Nv",
      "get configmaps ns1 cm1\nget pods ns2 pod1\nget pods ns2 pod2\nget pods ns3 pod1\n"
      "get pods ns3 pod3\nget deployments.apps ns2 dep1\nget deployments.apps ns3 dep3\n"
      "list deployments.apps\nlist configmaps\nlist pods",
      "ClusterRole from-audit:bob\n  get, list, watch configmaps, pods\n"
      "  get, list, watch deployments of apps\n" },
    { "the larger one", "ncv",
      "get /api\nget /apis\nget /ui\ncreate nodes\ncreate nodes\nget nodes - node1\n"
      "update nodes - node1\nget nodes - node2\nupdate nodes - node2\nlist nodes\nwatch nodes\n"
      "list pods\nwatch pods\nget pods ns1 pod1\nget pods ns1 pod2\nget pods ns2 pod3\n"
      "get pods ns2 pod4\nupdate pods/status ns1 pod1\nupdate pods/status ns1 pod2\n"
      "update pods/status ns2 pod3\nupdate pods/status ns2 pod4\ncreate configmaps kube-system\n"
      "get configmaps kube-system mylock\nupdate configmaps kube-system mylock\n"
      "list configmaps kube-system\nwatch configmaps kube-system",
      "ClusterRole from-audit:bob\n  create, get, list, patch, update, watch nodes\n"
      "  get, list, watch pods\n  get, patch, update pods/status\n  get /ui\n"
      "Role kube-system/from-audit:bob\n  create, get, list, watch configmaps\n"
      "  get, patch, update configmaps named mylock\n" },
    { "a create has no name", "ncv", "create myresources.mygroup mynamespace myname",
      "Role mynamespace/from-audit:bob\n  create myresources of mygroup\n" },
    /* -- where podgate differs: audit2rbac drops the name of every create, and keeps the query of
     * a path, which the authorizer is not asked about -- */
    { "the name in the URL of a subresource is one", "ncv", "create pods/exec ns1 web-0",
      "Role ns1/from-audit:bob\n  create pods/exec named web-0\n" },
    { "a query is no part of a path", "ncv", "get /foo?x=y\nget /foo?x=z\nget /api?timeout=32s",
      "ClusterRole from-audit:bob\n  get /foo\n" },
    /* -- what podgate does without being asked for more -- */
    { "nothing is widened", "", "get pods ns1 a\nlist pods ns1\nget pods ns2 a\nupdate pods ns2 a",
      "Role ns1/from-audit:bob\n  get, list pods\nRole ns2/from-audit:bob\n  get, update pods\n" },
    { "everywhere covers somewhere", "", "get pods ns1 a\nlist pods ns1\nlist pods",
      "ClusterRole from-audit:bob\n  list pods\nRole ns1/from-audit:bob\n  get pods\n" },
    { "resources with the same verbs", "",
      "get pods ns1 a\nget configmaps ns1 b\nlist secrets ns1\nget deployments.apps ns1 c",
      "Role ns1/from-audit:bob\n  get configmaps, pods\n  list secrets\n"
      "  get deployments of apps\n" },
    { "paths with the same verbs", "", "get /metrics\nget /x\npost /y",
      "ClusterRole from-audit:bob\n  get /metrics, /x\n  post /y\n" },
    { "names that are few", "N",
      "get configmaps ns1 a\nget configmaps ns1 b\nupdate configmaps ns1 a",
      "Role ns1/from-audit:bob\n  get configmaps named a, b\n"
      "  update configmaps named a\n" },
    { "a name and none", "N", "get configmaps ns1 a\nlist configmaps ns1 a\nlist configmaps ns1",
      "Role ns1/from-audit:bob\n  get configmaps named a\n  list configmaps\n" },
    { "what was refused", "", "!get pods ns1 a\nlist pods ns1",
      "Role ns1/from-audit:bob\n  list pods\n" },
    { "what was refused, too", "d", "!get pods ns1 a\nlist pods ns1",
      "Role ns1/from-audit:bob\n  get, list pods\n" },
    { "a refusal of admission is none of the authorizer", "", "%create pods ns1",
      "Role ns1/from-audit:bob\n  create pods\n" },
};

/* -- logs out of short lines ------------------------------------------------------------------ */

static Str next_word(Str *rest)
{
    Str word;
    return rest->ptr && str_next_piece(rest, ' ', &word) ? word : STR("");
}

static void add_event(Buf *b, Str line, const char *user, size_t id)
{
    const char *refusal = "";
    int code = 200;
    if (str_starts_with(line, STR("!"))) {
        refusal = "x is forbidden: User \\\"bob\\\" cannot get resource";
        code = 403;
    } else if (str_starts_with(line, STR("%"))) {
        refusal = "x is forbidden: exceeded quota";
        code = 403;
    }
    Str rest = code == 403 ? str_drop(line, 1) : line;
    Str verb = next_word(&rest);
    Str what = next_word(&rest);
    Str namespace = next_word(&rest);
    Str name = next_word(&rest);
    Str whole, sub, resource, group;
    bool is_path = str_starts_with(what, STR("/"));
    str_split_once(what, '/', &whole, &sub);
    str_split_once(whole, '.', &resource, &group);
    buf_printf(b,
               "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":\"%zu\","
               "\"stage\":\"ResponseComplete\",\"verb\":\"%.*s\",\"requestURI\":\"%.*s\","
               "\"responseStatus\":{\"code\":%d,\"message\":\"%s\"},%s",
               id, STR_ARG(verb), STR_ARG(is_path ? what : STR("/api")), code, refusal, user);
    if (!is_path) {
        buf_printf(b,
                   ",\"objectRef\":{\"resource\":\"%.*s\",\"apiGroup\":\"%.*s\","
                   "\"subresource\":\"%.*s\",\"namespace\":\"%.*s\",\"name\":\"%.*s\"}",
                   STR_ARG(resource), STR_ARG(group), STR_ARG(sub),
                   STR_ARG(str_eq(namespace, STR("-")) ? STR("") : namespace), STR_ARG(name));
    }
    buf_lit(b, "}\n");
}

#define BOB "\"user\":{\"username\":\"bob\",\"groups\":[\"system:authenticated\"]}"

static Str log_of(const char *requests, Arena *a)
{
    Buf b = buf_new(a);
    Str rest = str_from_c(requests);
    Str line;
    size_t id = 0;
    while (rest.len && str_next_piece(&rest, '\n', &line)) {
        add_event(&b, line, BOB, id++);
    }
    return buf_str(&b);
}

static void on_problem(void *context, Str message)
{
    (void)context;
    fail_msg("%.*s", STR_ARG(message));
}

static const Snapshot *presets(void)
{
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    assert_true(preset_put(b, STR("kubernetes")));
    return snapshot_builder_finish(b);
}

static RolesOptions options_of(const char *letters, const Snapshot *existing)
{
    return (RolesOptions){
        .existing = existing,
        .denied = strchr(letters, 'd') != NULL,
        .names = strchr(letters, 'n') || strchr(letters, 'N'),
        .names_max = strchr(letters, 'n') ? 1 : 5,
        .cluster_from = strchr(letters, 'c') ? 2 : 0,
        .verbs_together = strchr(letters, 'v') != NULL,
    };
}

static void make(Str log, const RolesOptions *options, Arena *a, RolesReport *out)
{
    Roles *r = roles_new(options, a);
    LogSink sink = { r, roles_record, on_problem, NULL };
    LogCounts counts = { 0 };
    log_read_text(STR("log"), log, 4096, &sink, &counts);
    roles_finish(r, out);
}

static Str report_text(const RolesReport *report, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < report->role_count; i++) {
        const RolesRole *role = &report->roles[i];
        buf_printf(&b, "%s%.*s%s%.*s\n", role->namespace.len ? "Role " : "ClusterRole ",
                   STR_ARG(role->namespace), role->namespace.len ? "/" : "",
                   STR_ARG(role->subject->object_name));
        for (size_t k = 0; k < role->rule_count; k++) {
            buf_printf(&b, "  %.*s\n", STR_ARG(roles_rule_text(&role->rules[k], a)));
        }
    }
    return buf_str(&b);
}

static void must_hold(const char *name, const RolesReport *report, const Snapshot *existing,
                      Arena *a)
{
    RolesProof proof;
    roles_prove(report, existing, a, &proof);
    if (proof.refused || proof.unneeded || proof.rules != report->rule_count) {
        fail_msg("%s: %zu refused, %zu of %zu rules unneeded: %.*s", name, proof.refused,
                 proof.unneeded, proof.rules, STR_ARG(proof.first));
    }
}

static void test_rows(void **state)
{
    (void)state;
    const Snapshot *existing = presets();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        RolesOptions options = options_of(rows[i].options, existing);
        RolesReport report;
        make(log_of(rows[i].requests, &a), &options, &a, &report);
        Str got = report_text(&report, &a);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("%s: want:\n%s\ngot:\n%.*s", rows[i].name, rows[i].want, STR_ARG(got));
        }
        must_hold(rows[i].name, &report, existing, &a);
        arena_done(&a);
    }
    snapshot_release(existing);
}

/* -- subjects, impersonation, stages ----------------------------------------------------------- */

#define EVENT(id, stage, user, more)                                                           \
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":\"" id                 \
    "\",\"stage\":\"" stage                                                                    \
    "\",\"verb\":\"watch\",\"requestURI\":\"/x\",\"responseStatus\":{\"code\":200}," user more \
    "}\n"
#define USER(name) "\"user\":{\"username\":\"" name "\"}"
#define PODS ",\"objectRef\":{\"resource\":\"pods\",\"namespace\":\"ns\"}"

static void test_subjects(void **state)
{
    (void)state;
    static const Str log = STR_INIT(
        EVENT("1", "RequestReceived", USER("alice"),
              PODS) EVENT("1", "ResponseStarted", USER("alice"),
                          PODS) EVENT("2", "ResponseStarted", USER("alice"),
                                      PODS) EVENT("1", "ResponseComplete", USER("alice"), PODS)
            EVENT("3", "ResponseComplete", USER("system:serviceaccount:ns:app"), PODS)
                EVENT("4", "ResponseComplete",
                      "\"user\":{\"username\":\"root\",\"groups\":[\"system:masters\"]}", PODS)
                    EVENT("5", "ResponseComplete",
                          "\"user\":{\"username\":\"system:node:n\",\"groups\":[\"system:nodes\"]}",
                          PODS) EVENT("6", "ResponseComplete",
                                      USER("ops") ",\"impersonatedUser\":{\"username\":\"alice\","
                                                  "\"uid\":\"7\",\"groups\":["
                                                  "\"system:authenticated\",\"devs\"],\"extra\":{"
                                                  "\"reason\":[\"x\"]}}",
                                      PODS) EVENT("7", "ResponseComplete", USER("a/b"), PODS)
                        EVENT("8", "ResponseComplete", USER("a-b"), PODS));
    const Snapshot *existing = presets();
    Arena a;
    arena_init(&a, 0);
    RolesOptions options = options_of("", existing);
    RolesReport report;
    make(log, &options, &a, &report);
    assert_string_equal(arena_cstr(&a, report_text(&report, &a)),
                        "Role ns/from-audit:alice\n  watch pods\n"
                        "Role ns/from-audit:ns:app\n  watch pods\n"
                        "ClusterRole from-audit:ops\n"
                        "  impersonate groups named devs\n  impersonate users named alice\n"
                        "  impersonate uids of authentication.k8s.io named 7\n"
                        "  impersonate userextras/reason of authentication.k8s.io named x\n"
                        "Role ns/from-audit:a-b\n  watch pods\n"
                        "Role ns/from-audit:a-b-2\n  watch pods\n");
    assert_int_equal(report.accesses[0]->count, 3); /* 1 and 2, and 6 */
    assert_int_equal(report.already, 1);
    assert_int_equal(report.of_nodes, 1);
    must_hold("subjects", &report, existing, &a);
    arena_done(&a);
    snapshot_release(existing);
}

/* -- any log: allowed by the result, and no rule too many ---------------------------------------
 */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

static void random_log(uint32_t *seed, Buf *b, Arena *a)
{
    static const char *const verbs[] = {
        "get", "list", "watch", "create", "patch", "update", "deletecollection", "delete"
    };
    static const char *const kinds[] = { "pods",    "pods/log", "pods/exec", "deployments.apps",
                                         "secrets", "nodes" };
    static const char *const namespaces[] = { "a", "b", "c", "-" };
    static const char *const names[] = { "", "", "x", "y", "z" };
    size_t count = next_random(seed) % EVENTS_MAX;
    for (size_t i = 0; i < count; i++) {
        const char *verb = verbs[next_random(seed) % COUNT_OF(verbs)];
        Str line = next_random(seed) % 10 == 0
                       ? arena_printf(a, "%s /p%u", verb, next_random(seed) % 4)
                       : arena_printf(a, "%s %s %s %s", verb,
                                      kinds[next_random(seed) % COUNT_OF(kinds)],
                                      namespaces[next_random(seed) % COUNT_OF(namespaces)],
                                      names[next_random(seed) % COUNT_OF(names)]);
        const char *user = next_random(seed) % 3
                               ? BOB
                               : "\"user\":{\"username\":\"system:serviceaccount:a:app\"}";
        add_event(b, line, user, i);
    }
}

static void test_property(void **state)
{
    (void)state;
    static const char *const ways[] = { "", "n", "N", "c", "v", "nc", "Nc", "ncv", "Ncv", "Nv" };
    const Snapshot *existing = presets();
    uint32_t seed = 7;
    for (size_t i = 0; i < 300; i++) {
        Arena a;
        arena_init(&a, 0);
        Buf log = buf_new(&a);
        random_log(&seed, &log, &a);
        RolesOptions options = options_of(ways[i % COUNT_OF(ways)], existing);
        RolesReport report;
        make(buf_str(&log), &options, &a, &report);
        must_hold(arena_cstr(&a, arena_printf(&a, "log %zu:\n%.*s", i, STR_ARG(buf_str(&log)))),
                  &report, existing, &a);
        arena_done(&a);
    }
    snapshot_release(existing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_subjects),
        cmocka_unit_test(test_property),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
