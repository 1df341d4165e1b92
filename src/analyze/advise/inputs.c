/* SPDX-License-Identifier: Apache-2.0 */
/* The workloads that advice is given about. */
#include "analyze/advise/inputs.h"

#include "analyze/advise/pods.h"
#include "analyze/objects.h"
#include "base/map.h"
#include "decide/admission/admission.h"

#include <stdlib.h>

enum { OWNERS_MAX = 8 }; /* of a chain of owners */

/* An object that pods come from. */
typedef struct Node {
    const FileObject *source;
    Workload workload;
    KubeKind kind;
    Str namespace;
    Str name;
    struct Node *owner; /* NULL: nothing that is there owns it */
    AdviseWorkload *into;
    AdvisePod **pods; /* of an owner */
    size_t pod_count;
    size_t pod_cap;
} Node;

typedef struct Reading {
    const AdviseSource *source;
    Node *nodes;
    size_t count;
    Map by_key; /* to Node */
    AdviseInputs inputs;
    Arena *arena;
    Err *err;
} Reading;

/* -- owners --------------------------------------------------------------------------------------
 */

static Str key_of(Str namespace, Str group, Str kind, Str name, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s/%.*s/%.*s", STR_ARG(namespace), STR_ARG(group), STR_ARG(kind),
                        STR_ARG(name));
}

/* extensions/v1beta1 had what is in apps now. */
static Str group_of(Str api_version)
{
    Str group;
    Str version;
    kube_split_api_version(api_version, &group, &version);
    return str_eq(group, STR("extensions")) ? STR("apps") : group;
}

static Node *controller_of(const Reading *r, const Node *node)
{
    const Value *owners = value_at(node->source->object, "metadata", "ownerReferences", NULL);
    VALUE_EACH_ITEM(owner, owners) {
        if (value_get_bool(owner, STR("controller")).value) {
            Str key = key_of(node->namespace, group_of(value_get_str(owner, STR("apiVersion"))),
                             value_get_str(owner, STR("kind")), value_get_str(owner, STR("name")),
                             r->arena);
            Node *found = map_get(&r->by_key, key);
            return found == node ? NULL : found;
        }
    }
    return NULL;
}

static Node *root_of(Node *node)
{
    for (size_t i = 0; i < OWNERS_MAX && node->owner; i++) {
        node = node->owner;
    }
    return node;
}

/* -- what counts ---------------------------------------------------------------------------------
 */

static bool is_pod(const Node *node)
{
    return !node->workload.template_path.len;
}

/* Something that is owned and is over, or waits to be rolled back to. */
static bool is_past(const Node *node)
{
    const Value *object = node->source->object;
    if (is_pod(node)) {
        Str phase = value_as_str(value_at(object, "status", "phase", NULL));
        return str_eq(phase, STR("Succeeded")) || str_eq(phase, STR("Failed"));
    }
    if (str_eq(node->kind.kind, STR("Job"))) {
        return value_as_int(value_at(object, "status", "active", NULL)).value == 0;
    }
    return node->workload.pods == 0;
}

static bool knows(const Node *root, const Value *sent)
{
    for (size_t i = 0; i < root->pod_count; i++) {
        if (advise_pods_alike(&root->pods[i]->sent, sent)) {
            return true;
        }
    }
    return false;
}

/* -- pods ----------------------------------------------------------------------------------------
 */

static bool is_mirror(const Value *pod)
{
    return value_at(pod, "metadata", "annotations", "kubernetes.io/config.mirror", NULL) != NULL;
}

static Str account_of(const Value *pod)
{
    const Value *spec = value_get_lit(pod, "spec");
    Str name = value_get_str(spec, STR("serviceAccountName"));
    if (!name.len) {
        name = value_get_str(spec, STR("serviceAccount"));
    }
    return is_mirror(pod) ? STR("") : name.len ? name : STR("default");
}

static void add_pod(Reading *r, Node *root, const Node *node)
{
    Arena *a = r->arena;
    Value sent = is_pod(node) ? advise_pod_to_send(&node->workload.pod, a) : node->workload.pod;
    if (knows(root, &sent)) {
        return;
    }
    if (root->pod_count == root->pod_cap) {
        root->pod_cap = root->pod_cap ? root->pod_cap * 2 : 1;
        AdvisePod **grown = new(a, AdvisePod *, root->pod_cap);
        if (root->pod_count) {
            memcpy(grown, root->pods, root->pod_count * sizeof *grown);
        }
        root->pods = grown;
    }
    AdvisePod *pod = new(a, AdvisePod, 1);
    pod->workload = root->into;
    pod->sent = sent;
    pod->running = is_pod(node) && node != root ? node->name : STR("");
    pod->account = account_of(&sent);
    Str policy = value_as_str(
        value_at(node->source->object, "metadata", "annotations", "kubernetes.io/psp", NULL));
    pod->policy = policy.len && is_pod(node) ? policy : STR("");
    root->pods[root->pod_count++] = pod;
}

static AdmissionDecision decide(const Reading *r, const AdvisePod *pod,
                                const AdmissionOptions *options)
{
    static const UserInfo nobody = { .name = STR_INIT("system:anonymous") };
    AdmissionRequest request = {
        .operation = ADMISSION_CREATE,
        .user = &nobody,
        .group = STR(""),
        .version = STR("v1"),
        .resource = STR("pods"),
        .subresource = STR(""),
        .kind = STR("Pod"),
        .namespace = pod->workload->namespace,
        .name = STR(""),
        .object = &pod->sent,
        .target = r->source->target,
        .options = options,
    };
    AdmissionDecision decision;
    admission_decide(snapshot_facts(r->inputs.snapshot), &request, r->arena, &decision);
    return decision;
}

/* Reads the pod as plugins see it; absent, or why that cannot be. */
static Str complete(const Reading *r, AdvisePod *pod, bool runs)
{
    const uint64_t plugins = ADMISSION_PLUGIN_BIT(ADMISSION_SERVICE_ACCOUNT);
    const AdmissionOptions defaults = {
        .plugins = plugins,
        .steps = ADMISSION_STEP_DECODE | ADMISSION_STEP_DEFAULT,
        .no_patch = true,
        .only_mutating = true,
    };
    const AdmissionOptions all = { .plugins = plugins,
                                   .steps = ADMISSION_STEPS_ALL,
                                   .no_patch = true };
    AdmissionDecision decision = decide(r, pod, &defaults);
    if (decision.allowed && !runs) {
        AdmissionDecision whole = decide(r, pod, &all);
        decision.allowed = whole.allowed;
        decision.status = whole.status;
    }
    if (!decision.allowed) {
        return decision.status.message;
    }
    pod->pod = decision.object;
    Err err;
    return pod_view_read(&pod->pod, r->arena, &pod->view, &err) ? STR_ABSENT : err.msg;
}

/* -- the whole -----------------------------------------------------------------------------------
 */

static bool read_node(Reading *r, const FileObject *source, Node *node)
{
    const Value *meta = value_get_lit(source->object, "metadata");
    Arena *a = r->arena;
    node->source = source;
    node->namespace = value_get_str(meta, STR("namespace"));
    node->name = value_get_str(meta, STR("name"));
    if (!node->name.len) {
        node->name = value_get_str(meta, STR("generateName"));
    }
    if (!node->name.len) {
        return err_set(r->err, a, ERR_TYPE, "%.*s: metadata.name: a name is needed",
                       STR_ARG(object_place(source, STR("metadata"), a)));
    }
    if (!node->namespace.ptr) {
        node->namespace = STR("default");
    }
    return workload_read(source->object, a, &node->workload, r->err) ||
           err_context(r->err, a, "%.*s", STR_ARG(object_place(source, STR(""), a)));
}

/* Workloads among the objects; everything else is laid over the cluster. */
static bool split(Reading *r, const Snapshot *cluster)
{
    const FileObjects *objects = r->source->objects;
    SnapshotBuilder *b = snapshot_builder_new(cluster, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    bool ok = true;
    r->nodes = new(r->arena, Node, objects->count + 1);
    for (size_t i = 0; i < objects->count && ok; i++) {
        const FileObject *o = &objects->items[i];
        Node *node = &r->nodes[r->count];
        Str namespace = value_as_str(value_at(o->object, "metadata", "namespace", NULL));
        if (kube_kind_find(value_get_str(o->object, STR("apiVersion")),
                           value_get_str(o->object, STR("kind")), &node->kind) &&
            workload_is(node->kind.group, node->kind.kind)) {
            if (!r->source->namespace.ptr || str_eq(namespace, r->source->namespace)) {
                ok = read_node(r, o, node);
                r->count++;
            }
        } else if (!r->source->are_in_cluster) {
            snapshot_builder_put(b, o->object, &o->origin);
        }
    }
    for (const SnapshotNote *n = snapshot_builder_notes(b); n && ok; n = n->next) {
        ok = !n->is_error || err_set(r->err, r->arena, ERR_TYPE, "%.*s", STR_ARG(n->text));
    }
    if (ok && r->count == 0 && !r->source->may_be_empty) {
        ok = err_set(r->err, r->arena, ERR_NOT_FOUND,
                     "no pods and nothing that makes pods among %zu object%s%s%.*s", objects->count,
                     objects->count == 1 ? "" : "s",
                     r->source->namespace.ptr ? " in namespace " : "",
                     STR_ARG(r->source->namespace));
    }
    if (!ok) {
        snapshot_builder_free(b);
        return false;
    }
    r->inputs.snapshot = snapshot_builder_finish(b);
    return true;
}

static AdviseWorkload *workload_of(const Node *node, Arena *a)
{
    AdviseWorkload *w = new(a, AdviseWorkload, 1);
    w->source = node->source;
    w->kind = node->kind;
    w->namespace = node->namespace;
    w->name = node->name;
    w->text = arena_printf(a, "%.*s/%.*s", STR_ARG(kube_kind_singular(&node->kind, a)),
                           STR_ARG(node->name));
    return w;
}

static int by_name(const void *left, const void *right)
{
    const AdviseWorkload *l = *(AdviseWorkload *const *)left;
    const AdviseWorkload *r = *(AdviseWorkload *const *)right;
    int order = str_cmp(l->namespace, r->namespace);
    return order ? order : str_cmp(l->text, r->text);
}

/* Every root, with the pods that it is known by. */
static void gather(Reading *r)
{
    Arena *a = r->arena;
    for (size_t i = 0; i < r->count; i++) {
        const Node *n = &r->nodes[i];
        map_set(&r->by_key,
                key_of(n->namespace, group_of(n->kind.api_version), n->kind.kind, n->name, a),
                &r->nodes[i]);
    }
    r->inputs.workloads = new(a, AdviseWorkload *, r->count);
    for (size_t i = 0; i < r->count; i++) {
        Node *node = &r->nodes[i];
        node->owner = controller_of(r, node);
    }
    for (size_t i = 0; i < r->count; i++) {
        Node *root = root_of(&r->nodes[i]);
        if (!root->into) {
            root->into = workload_of(root, a);
            r->inputs.workloads[r->inputs.count++] = root->into;
            add_pod(r, root, root);
        }
    }
    for (size_t i = 0; i < r->count; i++) {
        Node *node = &r->nodes[i];
        Node *root = root_of(node);
        if (root != node && !is_past(node)) {
            add_pod(r, root, node);
        }
        root->into->pods = root->pods;
        root->into->pod_count = root->pod_count;
        root->into->account = root->pods[0]->account;
    }
    qsort(r->inputs.workloads, r->inputs.count, sizeof(AdviseWorkload *), by_name);
}

static void complete_accounts(Reading *r)
{
    size_t count = 0;
    for (size_t i = 0; i < r->inputs.count; i++) {
        count += r->inputs.workloads[i]->pod_count;
    }
    PodAccount *accounts = new(r->arena, PodAccount, count + 1);
    size_t used = 0;
    for (size_t i = 0; i < r->inputs.count; i++) {
        const AdviseWorkload *w = r->inputs.workloads[i];
        for (size_t k = 0; k < w->pod_count; k++) {
            Str name = w->pods[k]->account;
            accounts[used++] = (PodAccount){ w->namespace, name.len ? name : STR("default") };
        }
    }
    AnalyzeNotes unsaid = { 0 }; /* advice needs no account to be there */
    r->inputs.given = snapshot_acquire(r->inputs.snapshot);
    r->inputs.snapshot = accounts_complete(r->inputs.snapshot, accounts, used, r->source->target,
                                           &unsaid, r->arena);
}

void advise_inputs_skip(AdviseInputs *inputs, size_t i, Str why, Arena *a)
{
    AdviseSkipped *skipped = new(a, AdviseSkipped, 1);
    skipped->workload = inputs->workloads[i];
    skipped->why = why;
    AdviseSkipped **end = &inputs->skipped;
    while (*end) {
        end = &(*end)->next;
    }
    *end = skipped;
    inputs->skipped_count++;
    inputs->count--;
    memmove(&inputs->workloads[i], &inputs->workloads[i + 1],
            (inputs->count - i) * sizeof *inputs->workloads);
}

static void complete_pods(Reading *r)
{
    for (size_t i = 0; i < r->inputs.count; i++) {
        const AdviseWorkload *w = r->inputs.workloads[i];
        Str why = STR_ABSENT;
        for (size_t k = 0; k < w->pod_count && !why.ptr; k++) {
            bool runs = w->pods[k]->running.len ||
                        value_at(w->source->object, "metadata", "uid", NULL);
            why = complete(r, w->pods[k], runs);
        }
        if (why.ptr) {
            advise_inputs_skip(&r->inputs, i--, why, r->arena);
        }
    }
}

bool advise_inputs_read(const Snapshot *cluster, const AdviseSource *source, Arena *a,
                        AdviseInputs *out, Err *err)
{
    Reading r = { .source = source, .by_key = map_new(a), .arena = a, .err = err };
    if (!split(&r, cluster)) {
        return false;
    }
    r.inputs.target = source->target;
    r.inputs.objects = source->objects;
    gather(&r);
    complete_accounts(&r);
    complete_pods(&r);
    *out = r.inputs;
    return true;
}

void advise_inputs_done(AdviseInputs *inputs)
{
    snapshot_release(inputs->snapshot);
    snapshot_release(inputs->given);
    inputs->snapshot = inputs->given = NULL;
}
