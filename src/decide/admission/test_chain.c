/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of the chain: requests as rows. */
#include "decide/admission/test_chain.h"

#include "decide/psp/policy.h"
#include "decide/rbac/test_cluster.h"
#include "doc/json.h"
#include "doc/patch.h"
#include "doc/pointer.h"
#include "kube/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const char base_state[] =
    "[{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'n'},'status':{'phase':'Active'}},"
    "{'apiVersion':'v1','kind':'ServiceAccount','metadata':{'name':'default','namespace':'n'},"
    "'automountServiceAccountToken':false},"
    "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'ClusterRole','metadata':{'name':'open'},"
    "'rules':[{'apiGroups':['policy'],'resources':['podsecuritypolicies'],"
    "'resourceNames':['open'],'verbs':['use']}]},"
    "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'ClusterRoleBinding','metadata':{'name':"
    "'open'},'roleRef':{'apiGroup':'rbac.authorization.k8s.io','kind':'ClusterRole','name':'open'},"
    "'subjects':[{'kind':'User','apiGroup':'rbac.authorization.k8s.io','name':'alice'}]}]";

static const char base_policy[] =
    "{'apiVersion':'policy/v1beta1','kind':'PodSecurityPolicy','metadata':{'name':'open',"
    "'annotations':{'seccomp.security.alpha.kubernetes.io/allowedProfileNames':'*'}},"
    "'spec':{'privileged':true,'allowPrivilegeEscalation':true,'allowedCapabilities':['*'],"
    "'volumes':['*'],'hostNetwork':true,'hostPorts':[{'min':0,'max':65535}],'hostIPC':true,"
    "'hostPID':true,'runAsUser':{'rule':'RunAsAny'},'seLinux':{'rule':'RunAsAny'},"
    "'supplementalGroups':{'rule':'RunAsAny'},'fsGroup':{'rule':'RunAsAny'}}}";

enum { POLICIES_MAX = 8 };

/* A TestCluster with policies. */
typedef struct Chain {
    TestCluster cluster;
    const struct PspPolicy *policies[POLICIES_MAX];
    size_t policy_count;
} Chain;

static const struct PspPolicy *get_policy(const void *cluster, Str name)
{
    const Chain *c = cluster; /* its TestCluster comes first */
    for (size_t i = 0; i < c->policy_count; i++) {
        if (str_eq(c->policies[i]->name, name)) {
            return c->policies[i];
        }
    }
    return NULL;
}

static PspPolicyList get_policies(const void *cluster)
{
    const Chain *c = cluster;
    return (PspPolicyList){ c->policies, c->policy_count };
}

static void add_policy(Chain *c, const Value *object)
{
    Err err = { 0 };
    assert_true(c->policy_count < POLICIES_MAX);
    c->policies[c->policy_count] = psp_policy_compile(object, &c->cluster.arena, &err);
    assert_non_null(c->policies[c->policy_count]);
    c->policy_count++;
}

/* Of policies in a row only one named "open" takes the place of the one that is there. */
static void add_state(Chain *c, const char *json)
{
    Value *objects = new(&c->cluster.arena, Value, 1);
    *objects = test_json(&c->cluster.arena, json);
    Value others = value_array();
    VALUE_EACH_ITEM(object, objects) {
        if (str_eq(value_get_str(object, STR("kind")), STR("PodSecurityPolicy"))) {
            add_policy(c, object);
        } else {
            value_add(&others, *object, &c->cluster.arena);
        }
    }
    *objects = others;
    test_cluster_add_values(&c->cluster, objects);
}

static Value *complete(const char *json, Str resource, KubeKind *kind, Arena *a)
{
    Value *object = new(a, Value, 1);
    *object = test_json(a, json);
    KubeTarget target = kube_target(20);
    if (!value_get_lit(object, "kind")) {
        value_set_lit(object, "kind", value_str(STR("Pod")), a);
    }
    if (!value_get_lit(object, "apiVersion")) {
        value_set_lit(object, "apiVersion", value_str(STR("v1")), a);
    }
    Str version = value_get_str(object, STR("apiVersion"));
    if (!kube_kind_find(version, value_get_str(object, STR("kind")), kind)) {
        assert_true(kube_kind_find_resource(STR(""), STR("v1"), resource, &target, kind));
    }
    return object;
}

/* The cluster of the last row, which its decision points into. */
static Chain chain;
static bool chain_made;

void chain_forget(void)
{
    if (chain_made) {
        test_cluster_done(&chain.cluster);
        chain_made = false;
    }
}

void chain_decide(const ChainRow *row, Arena *a, AdmissionDecision *out)
{
    Chain *c = &chain;
    chain_forget();
    *c = (Chain){ .policy_count = 0 };
    test_cluster_init(&c->cluster);
    chain_made = true;
    c->cluster.facts.psp_policy = get_policy;
    c->cluster.facts.psp_policies = get_policies;
    add_state(c, base_state);
    add_state(c, row->state ? row->state : "[]");
    if (get_policy(c, STR("open")) == NULL) {
        Value *policy = new(a, Value, 1);
        *policy = test_json(a, base_policy);
        add_policy(c, policy);
    }
    static const Str people[] = { STR_INIT("system:authenticated") };
    static const Str nodes[] = { STR_INIT("system:nodes"), STR_INIT("system:authenticated") };
    Str name = str_from_c(row->user ? row->user : "alice");
    bool is_node = str_starts_with(name, STR("system:node"));
    UserInfo user = { .name = name,
                      .groups = is_node ? (StrList){ nodes, COUNT_OF(nodes) }
                                        : (StrList){ people, COUNT_OF(people) } };
    Str path = str_from_c(row->resource ? row->resource : "pods");
    Str resource, subresource;
    (void)str_split_once(path, '/', &resource, &subresource);
    KubeKind kind;
    KubeTarget target = kube_target(row->minor ? row->minor : 20);
    AdmissionOptions options = admission_options_default;
    options.plugins &= ~row->off;
    AdmissionRequest request = {
        .operation = row->old ? ADMISSION_UPDATE : ADMISSION_CREATE,
        .user = &user,
        .resource = resource,
        .subresource = subresource,
        .target = &target,
        .options = &options,
        .object = complete(row->object, resource, &kind, a),
    };
    request.old_object = row->old ? complete(row->old, resource, &kind, a) : NULL;
    request.group = kind.group;
    request.version = kind.version;
    request.kind = kind.kind;
    request.namespace = kind.namespaced ? STR("n") : STR("");
    request.name = value_as_str(value_at(request.old_object, "metadata", "name", NULL));
    request.name = request.name.ptr ? request.name : STR("");
    admission_decide(&c->cluster.facts, &request, a, out);
    if (out->allowed) {
        /* the patch makes of what was sent what would be stored */
        Value patched = *request.object;
        Err err = { 0 };
        assert_true(patch_apply(&patched, &out->patch, a, &err));
        assert_true(value_equal(&patched, &out->object));
    }
}

static Str json_at(const Value *object, const char *pointer, Arena *a)
{
    const Value *v = pointer_get(object, str_from_c(pointer), a);
    Buf b = buf_new(a);
    if (v == NULL) {
        return STR("nothing");
    }
    json_write(v, &b);
    return buf_str(&b);
}

/* In double quotes, as it is compared. */
static Str quotes(const char *text, Arena *a)
{
    Buf b = buf_new(a);
    for (; *text; text++) {
        buf_byte(&b, *text == '\'' ? '"' : *text);
    }
    return buf_str(&b);
}

static void check_row(const ChainRow *row, Arena *a)
{
    AdmissionDecision decision;
    chain_decide(row, a, &decision);
    Str message = decision.allowed ? STR("allowed") : decision.status.message;
    Str wanted = row->message ? str_from_c(row->message) : STR("allowed");
    if (!str_eq(message, wanted)) {
        fail_msg("%s:\n  got  %.*s\n  want %.*s", row->name, STR_ARG(message), STR_ARG(wanted));
    }
    for (size_t i = 0; row->want[i][0]; i++) {
        Str got = json_at(&decision.object, row->want[i][0], a);
        Str want = row->want[i][1] ? quotes(row->want[i][1], a) : STR("nothing");
        if (!str_eq(got, want)) {
            fail_msg("%s: %s:\n  got  %.*s\n  want %.*s", row->name, row->want[i][0], STR_ARG(got),
                     STR_ARG(want));
        }
    }
}

void chain_check(const ChainRow *rows, size_t count)
{
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < count; i++) {
        check_row(&rows[i], &a);
        arena_reset(&a);
    }
    arena_done(&a);
    chain_forget();
}
