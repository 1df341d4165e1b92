/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of pods, and the order in which a node evicts them. */
#include "analyze/qos.h"

#include "decide/admission/admission.h"
#include "kube/resources.h"

#include <stdlib.h>

typedef struct Asking {
    const QosQuestion *question;
    QosReport report;
    Arena *arena;
    Err *err;
} Asking;

/* -- what is looked at ------------------------------------------------------------------------- */

static bool read_item(Asking *asking, const FileObject *source, QosItem *item)
{
    Arena *a = asking->arena;
    const Value *metadata = value_get_lit(source->object, "metadata");
    Err err;
    item->source = source;
    item->namespace = value_get_str(metadata, STR("namespace"));
    item->name = value_get_str(metadata, STR("name"));
    if (!item->name.len) {
        item->name = value_get_str(metadata, STR("generateName"));
    }
    return workload_read(source->object, a, &item->workload, &err) ||
           err_set(asking->err, a, err.code, "%.*s: %.*s",
                   STR_ARG(object_origin_text(&source->origin, a)), STR_ARG(err.msg));
}

static bool lay_over(Asking *asking, const Snapshot *cluster)
{
    const FileObjects *objects = asking->question->objects;
    QosReport *report = &asking->report;
    SnapshotBuilder *b = snapshot_builder_new(cluster, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    report->items = new(asking->arena, QosItem, objects->count + 1);
    bool ok = true;
    for (size_t i = 0; i < objects->count && ok; i++) {
        const FileObject *o = &objects->items[i];
        QosItem *item = &report->items[report->count];
        if (kube_kind_find(value_get_str(o->object, STR("apiVersion")),
                           value_get_str(o->object, STR("kind")), &item->kind) &&
            workload_is(item->kind.group, item->kind.kind)) {
            ok = read_item(asking, o, item);
            report->count++;
        } else {
            snapshot_builder_put(b, o->object, &o->origin);
        }
    }
    for (const SnapshotNote *n = snapshot_builder_notes(b); n && ok; n = n->next) {
        if (n->is_error) {
            ok = err_set(asking->err, asking->arena, ERR_TYPE, "%.*s", STR_ARG(n->text));
        } else {
            analyze_note(&report->notes, arena_str(asking->arena, n->text), asking->arena);
        }
    }
    if (ok && report->count == 0) {
        ok = err_set(asking->err, asking->arena, ERR_NOT_FOUND,
                     "no pods and nothing that makes pods among %zu object%s", objects->count,
                     objects->count == 1 ? "" : "s");
    }
    if (!ok) {
        snapshot_builder_free(b);
        return false;
    }
    report->snapshot = snapshot_builder_finish(b);
    return true;
}

/* -- one pod -------------------------------------------------------------------------------------
 */

/* The pod with the defaults of the API server and of limit ranges, and its priority. */
static void complete(Asking *asking, QosItem *item)
{
    static const UserInfo nobody = { .name = STR_INIT("system:anonymous") };
    const AdmissionOptions how = {
        .plugins = ADMISSION_PLUGIN_BIT(ADMISSION_LIMIT_RANGER) |
                   ADMISSION_PLUGIN_BIT(ADMISSION_PRIORITY),
        .steps = ADMISSION_STEP_DECODE | ADMISSION_STEP_DEFAULT,
        .no_patch = true,
        .only_mutating = true,
    };
    AdmissionRequest request = {
        .operation = ADMISSION_CREATE,
        .user = &nobody,
        .group = STR(""),
        .version = STR("v1"),
        .resource = STR("pods"),
        .subresource = STR(""),
        .kind = STR("Pod"),
        .namespace = item->namespace,
        .name = STR(""),
        .object = &item->workload.pod,
        .target = asking->question->target,
        .options = &how,
    };
    AdmissionDecision decision;
    admission_decide(snapshot_facts(asking->report.snapshot), &request, asking->arena, &decision);
    item->pod = decision.object;
    if (!decision.allowed) {
        analyze_note(&asking->report.notes,
                     arena_printf(asking->arena, "%.*s: %.*s",
                                  STR_ARG(object_origin_text(&item->source->origin, asking->arena)),
                                  STR_ARG(decision.status.message)),
                     asking->arena);
    }
}

/* Of the node that the pod is on, else as asked; 0 when not known. */
static int64_t node_memory(const Asking *asking, Str node)
{
    const Facts *facts = snapshot_facts(asking->report.snapshot);
    ObjectKey key = { STR(""), STR("Node"), STR(""), node };
    const Value *object = node.len ? facts->object(facts->cluster, key) : NULL;
    ResourceList capacity = resources_read(value_at(object, "status", "capacity", NULL),
                                           asking->arena);
    const Quantity *memory = resources_find(capacity, STR("memory"));
    int64_t bytes = memory ? quantity_value(memory) : 0;
    return bytes > 0 ? bytes : asking->question->node_memory;
}

static void read_containers(const Asking *asking, QosItem *item)
{
    static const char *const lists[] = { "initContainers", "containers" };
    Arena *a = asking->arena;
    const Value *spec = value_get_lit(&item->pod, "spec");
    int64_t memory = node_memory(asking, item->node);
    /* only a burstable pod's scores hang on the node */
    bool known = memory > 0 || item->answer.qos != POD_QOS_BURSTABLE;
    item->containers = new(a, QosContainer,
                            value_len(value_get_lit(spec, "initContainers")) +
                                value_len(value_get_lit(spec, "containers")) + 1);
    for (size_t l = 0; l < COUNT_OF(lists); l++) {
        VALUE_EACH_ITEM(c, value_get(spec, str_from_c(lists[l]))) {
            QosContainer *to = &item->containers[item->container_count++];
            to->name = value_get_str(c, STR("name"));
            to->is_init = l == 0;
            to->oom_score_adjust.set = known;
            if (known) {
                to->oom_score_adjust.value = pod_oom_score_adjust(
                    &item->pod, c, memory > 0 ? memory : 1, asking->question->target, a);
            }
        }
    }
}

/* -- the order of eviction -----------------------------------------------------------------------
 */

/* What the kubelet goes by, as far as a pod's specification tells: it evicts pods that use more
 * memory than they request before others, those of low priority first, then those that use most
 * beyond their request. How much a pod uses is not known; one is taken to use what it may. */
typedef struct Candidate {
    QosItem *item;
    size_t index;
    bool is_critical;
    bool is_unlimited; /* some container may use any amount */
    int64_t requested;
    int64_t beyond; /* its limit less its request */
} Candidate;

static int64_t memory_of(const Value *spec, const char *which, const KubeTarget *target, Arena *a)
{
    const Quantity *q = resources_find(resources_of_pod(spec, which, target, a), STR("memory"));
    return q ? quantity_value(q) : 0;
}

static bool is_unlimited(const Value *spec, const KubeTarget *target)
{
    if (kube_has(target, FEATURE_POD_LEVEL_RESOURCES) &&
        value_at(spec, "resources", "limits", "memory", NULL)) {
        return false;
    }
    VALUE_EACH_ITEM(c, value_get_lit(spec, "containers")) {
        if (!value_at(c, "resources", "limits", "memory", NULL)) {
            return true;
        }
    }
    return false;
}

static Candidate candidate_of(const Asking *asking, QosItem *item, size_t index)
{
    const KubeTarget *target = asking->question->target;
    const Value *spec = value_get_lit(&item->pod, "spec");
    Candidate c = {
        .item = item,
        .index = index,
        .is_critical = pod_is_critical(&item->pod),
        .is_unlimited = is_unlimited(spec, target),
        .requested = memory_of(spec, "requests", target, asking->arena),
    };
    c.beyond = memory_of(spec, "limits", target, asking->arena) - c.requested;
    return c;
}

static int order_of(int64_t left, int64_t right)
{
    return (left > right) - (left < right);
}

static int by_eviction(const void *left, const void *right)
{
    const Candidate *l = left;
    const Candidate *r = right;
    int order = str_cmp(l->item->node, r->item->node);
    bool l_exceeds = l->is_unlimited || l->beyond > 0;
    bool r_exceeds = r->is_unlimited || r->beyond > 0;
    order = order ? order : (int)l->is_critical - (int)r->is_critical;
    order = order ? order : (int)r_exceeds - (int)l_exceeds;
    order = order ? order : order_of(l->item->priority, r->item->priority);
    order = order ? order : (int)r->is_unlimited - (int)l->is_unlimited;
    if (!order && l->is_unlimited) {
        order = order_of(l->requested, r->requested);
    }
    order = order ? order : order_of(r->beyond, l->beyond);
    return order ? order : order_of((int64_t)l->index, (int64_t)r->index);
}

static void rank(Asking *asking)
{
    QosReport *report = &asking->report;
    Candidate *all = new(asking->arena, Candidate, report->count);
    for (size_t i = 0; i < report->count; i++) {
        all[i] = candidate_of(asking, &report->items[i], i);
    }
    qsort(all, report->count, sizeof *all, by_eviction);
    size_t first = 0;
    for (size_t i = 0; i < report->count; i++) {
        if (!str_eq(all[i].item->node, all[first].item->node)) {
            first = i;
        }
        all[i].item->evicted = all[i].is_critical ? 0 : i - first + 1;
    }
}

/* -- the whole ------------------------------------------------------------------------------------
 */

bool qos_ask(const Snapshot *cluster, const QosQuestion *question, Arena *a, QosReport *out,
             Err *err)
{
    Asking asking = { .question = question, .arena = a, .err = err };
    if (!lay_over(&asking, cluster)) {
        return false;
    }
    for (size_t i = 0; i < asking.report.count; i++) {
        QosItem *item = &asking.report.items[i];
        complete(&asking, item);
        const Value *spec = value_get_lit(&item->pod, "spec");
        Str node = value_get_str(spec, STR("nodeName"));
        item->node = node.ptr ? node : STR("");
        item->priority = value_get_int(spec, STR("priority")).value;
        pod_qos_explain(&item->pod, question->target, &item->answer);
        read_containers(&asking, item);
    }
    rank(&asking);
    *out = asking.report;
    return true;
}

void qos_report_done(QosReport *report)
{
    snapshot_release(report->snapshot);
}

Str qos_reason_text(const PodQosAnswer *answer, Arena *a)
{
    switch (answer->reason) {
    case POD_QOS_ASKS_NOTHING:
        return answer->is_pod_level ? STR("spec.resources asks for no CPU and no memory")
                                    : STR("no container asks for CPU or memory");
    case POD_QOS_NO_LIMIT:
        if (answer->is_pod_level) {
            return arena_printf(a, "spec.resources has no %.*s limit", STR_ARG(answer->resource));
        }
        return arena_printf(a, "%s \"%.*s\" has no %.*s limit",
                            str_eq(answer->member, STR("containers")) ? "container"
                                                                      : "init container",
                            STR_ARG(answer->container), STR_ARG(answer->resource));
    case POD_QOS_BELOW_LIMIT:
        return arena_printf(a, "%.*s requests are not the %.*s limits", STR_ARG(answer->resource),
                            STR_ARG(answer->resource));
    case POD_QOS_ALL_IS_LIMITED:
        return STR("requests are the limits, for CPU and memory");
    }
    return STR("");
}

static Value item_to_value(const QosItem *item, Arena *a)
{
    Value v = value_object();
    Value scores = value_array();
    value_set_lit(&v, "object", value_str(kube_object_text(&item->kind, item->name, a)), a);
    value_set_lit(&v, "namespace", value_str(item->namespace), a);
    value_set_lit(&v, "place", value_str(object_origin_text(&item->source->origin, a)), a);
    if (item->node.len) {
        value_set_lit(&v, "node", value_str(item->node), a);
    }
    value_set_lit(&v, "qosClass", value_str(pod_qos_name(item->answer.qos)), a);
    value_set_lit(&v, "reason", value_str(qos_reason_text(&item->answer, a)), a);
    if (item->answer.container.len) {
        value_set_lit(&v, "container", value_str(item->answer.container), a);
    }
    if (item->answer.resource.len) {
        value_set_lit(&v, "resource", value_str(item->answer.resource), a);
    }
    value_set_lit(&v, "priority", value_int(item->priority), a);
    for (size_t i = 0; i < item->container_count; i++) {
        const QosContainer *c = &item->containers[i];
        Value score = value_object();
        value_set_lit(&score, "container", value_str(c->name), a);
        if (c->oom_score_adjust.set) {
            value_set_lit(&score, "value", value_int(c->oom_score_adjust.value), a);
        }
        value_add(&scores, score, a);
    }
    value_set_lit(&v, "oomScoreAdj", scores, a);
    if (item->evicted) {
        value_set_lit(&v, "evicted", value_int((int64_t)item->evicted), a);
    }
    return v;
}

Value qos_to_value(const QosReport *report, Arena *a)
{
    Value items = value_array();
    for (size_t i = 0; i < report->count; i++) {
        value_add(&items, item_to_value(&report->items[i], a), a);
    }
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(STR("QosReport")), a);
    value_set_lit(&v, "items", items, a);
    return v;
}
