/* SPDX-License-Identifier: Apache-2.0 */
/* From a workload to the pods that its controller creates. */
#include "kube/workload.h"

#include "kube/kinds.h"

#define HASH "xxxxxxxxxx" /* a pod-template-hash, or the time of a CronJob's run */

/* Everything a row's finishing touch works on. */
typedef struct Touch {
    const Value *object;
    Str name;
    Value *pod;
    Value *meta; /* of the pod */
    Value *spec;
    Arena *arena;
} Touch;

typedef struct WorkloadRow {
    Str group;
    Str kind;
    Str template_path;
    Str controller;
    Str infix;                             /* between the object's name and the pod's random end */
    int64_t (*count)(const Value *object); /* NULL: one pod */
    void (*touch)(Touch *);                /* what the controller adds beside labels; may be NULL */
} WorkloadRow;

static void set_label(Touch *t, Str key, Str value)
{
    Value *labels = value_need_object(t->meta, STR("labels"), t->arena);
    if (labels) {
        value_set(labels, key, value_str(value), t->arena);
    }
}

static void touch_deployment(Touch *t)
{
    set_label(t, STR("pod-template-hash"), STR(HASH));
}

static void touch_job(Touch *t)
{
    set_label(t, STR("job-name"), t->name);
}

static void touch_cron_job(Touch *t)
{
    set_label(t, STR("job-name"), arena_printf(t->arena, "%.*s-" HASH, STR_ARG(t->name)));
}

/* A volume that stands for one of the set's claims: named as the claim, and the claim's name has
 * the set's and the pod's number added. */
static Value claim_volume(const Touch *t, Str claim)
{
    Value source = value_object();
    value_set_lit(
        &source, "claimName",
        value_str(arena_printf(t->arena, "%.*s-%.*s-0", STR_ARG(claim), STR_ARG(t->name))),
        t->arena);
    Value volume = value_object();
    value_set_lit(&volume, "name", value_str(claim), t->arena);
    value_set_lit(&volume, "persistentVolumeClaim", source, t->arena);
    return volume;
}

static bool has_claim(const Value *claims, Str name)
{
    VALUE_EACH_ITEM(claim, claims) {
        if (str_eq(value_get_str(value_get_lit(claim, "metadata"), STR("name")), name)) {
            return true;
        }
    }
    return false;
}

/* Pods of a set have names, a host name each, and a volume for each claim, in place of a volume of
 * that name in the template. */
static void touch_stateful_set(Touch *t)
{
    Str pod_name = arena_printf(t->arena, "%.*s-0", STR_ARG(t->name));
    value_remove(t->meta, STR("generateName"));
    value_set_lit(t->meta, "name", value_str(pod_name), t->arena);
    set_label(t, STR("statefulset.kubernetes.io/pod-name"), pod_name);
    value_set_lit(t->spec, "hostname", value_str(pod_name), t->arena);
    const Value *set = value_get_lit(t->object, "spec");
    Str service = value_get_str(set, STR("serviceName"));
    if (service.len) {
        value_set_lit(t->spec, "subdomain", value_str(service), t->arena);
    }
    const Value *claims = value_get_lit(set, "volumeClaimTemplates");
    if (value_len(claims) == 0) {
        return;
    }
    Value volumes = value_array();
    VALUE_EACH_ITEM(claim, claims) {
        Str name = value_get_str(value_get_lit(claim, "metadata"), STR("name"));
        value_add(&volumes, claim_volume(t, name), t->arena);
    }
    VALUE_EACH_ITEM(volume, value_get_lit(t->spec, "volumes")) {
        if (!has_claim(claims, value_get_str(volume, STR("name")))) {
            value_add(&volumes, *volume, t->arena);
        }
    }
    value_set_lit(t->spec, "volumes", volumes, t->arena);
}

/* A daemon's pod stays where others are driven away. */
static void touch_daemon_set(Touch *t)
{
    static const struct {
        Str key;
        Str effect;
        bool of_host_network;
    } rows[] = {
        { STR_INIT("node.kubernetes.io/not-ready"), STR_INIT("NoExecute"), false },
        { STR_INIT("node.kubernetes.io/unreachable"), STR_INIT("NoExecute"), false },
        { STR_INIT("node.kubernetes.io/disk-pressure"), STR_INIT("NoSchedule"), false },
        { STR_INIT("node.kubernetes.io/memory-pressure"), STR_INIT("NoSchedule"), false },
        { STR_INIT("node.kubernetes.io/pid-pressure"), STR_INIT("NoSchedule"), false },
        { STR_INIT("node.kubernetes.io/unschedulable"), STR_INIT("NoSchedule"), false },
        { STR_INIT("node.kubernetes.io/network-unavailable"), STR_INIT("NoSchedule"), true },
    };
    Value list = value_array();
    VALUE_EACH_ITEM(given, value_get_lit(t->spec, "tolerations")) {
        value_add(&list, *given, t->arena);
    }
    bool host_network = value_get_bool(t->spec, STR("hostNetwork")).value;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].of_host_network && !host_network) {
            continue;
        }
        Value toleration = value_object();
        value_set_lit(&toleration, "key", value_str(rows[i].key), t->arena);
        value_set_lit(&toleration, "operator", value_str(STR("Exists")), t->arena);
        value_set_lit(&toleration, "effect", value_str(rows[i].effect), t->arena);
        value_add(&list, toleration, t->arena);
    }
    value_set_lit(t->spec, "tolerations", list, t->arena);
}

static int64_t count_replicas(const Value *object)
{
    OptInt64 replicas = value_as_int(value_at(object, "spec", "replicas", NULL));
    return replicas.set ? replicas.value : 1;
}

static int64_t count_nodes(const Value *object)
{
    (void)object;
    return WORKLOAD_PODS_PER_NODE;
}

/* A Job with fewer completions than parallel pods starts only so many. */
static int64_t count_of_job(const Value *spec)
{
    OptInt64 parallel = value_get_int(spec, STR("parallelism"));
    OptInt64 completions = value_get_int(spec, STR("completions"));
    int64_t pods = parallel.set ? parallel.value : 1;
    return completions.set && completions.value < pods ? completions.value : pods;
}

static int64_t count_job(const Value *object)
{
    return count_of_job(value_get_lit(object, "spec"));
}

static int64_t count_cron_job(const Value *object)
{
    return count_of_job(value_at(object, "spec", "jobTemplate", "spec", NULL));
}

static const WorkloadRow rows[] = {
    { .kind = STR_INIT("Pod"), .group = STR_INIT("") },
    { .kind = STR_INIT("PodTemplate"),
      .group = STR_INIT(""),
      .template_path = STR_INIT("template") },
    { .kind = STR_INIT("ReplicationController"),
      .group = STR_INIT(""),
      .template_path = STR_INIT("spec.template"),
      .controller = STR_INIT("replication-controller"),
      .count = count_replicas },
    { .kind = STR_INIT("ReplicaSet"),
      .group = STR_INIT("apps"),
      .template_path = STR_INIT("spec.template"),
      .controller = STR_INIT("replicaset-controller"),
      .count = count_replicas },
    { .kind = STR_INIT("Deployment"),
      .group = STR_INIT("apps"),
      .template_path = STR_INIT("spec.template"),
      .controller = STR_INIT("replicaset-controller"),
      .infix = STR_INIT(HASH "-"),
      .count = count_replicas,
      .touch = touch_deployment },
    { .kind = STR_INIT("StatefulSet"),
      .group = STR_INIT("apps"),
      .template_path = STR_INIT("spec.template"),
      .controller = STR_INIT("statefulset-controller"),
      .count = count_replicas,
      .touch = touch_stateful_set },
    { .kind = STR_INIT("DaemonSet"),
      .group = STR_INIT("apps"),
      .template_path = STR_INIT("spec.template"),
      .controller = STR_INIT("daemon-set-controller"),
      .count = count_nodes,
      .touch = touch_daemon_set },
    { .kind = STR_INIT("Job"),
      .group = STR_INIT("batch"),
      .template_path = STR_INIT("spec.template"),
      .controller = STR_INIT("job-controller"),
      .count = count_job,
      .touch = touch_job },
    { .kind = STR_INIT("CronJob"),
      .group = STR_INIT("batch"),
      .template_path = STR_INIT("spec.jobTemplate.spec.template"),
      .controller = STR_INIT("job-controller"),
      .infix = STR_INIT(HASH "-"),
      .count = count_cron_job,
      .touch = touch_cron_job },
};

/* Deployments, DaemonSets and ReplicaSets were in group extensions before they were in apps. */
static const WorkloadRow *find(Str group, Str kind)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(rows[i].kind, kind) &&
            (str_eq(rows[i].group, group) ||
             (str_eq(rows[i].group, STR("apps")) && str_eq(group, STR("extensions"))))) {
            return &rows[i];
        }
    }
    return NULL;
}

bool workload_is(Str group, Str kind)
{
    return find(group, kind) != NULL;
}

Str workload_controller(Str group, Str kind)
{
    const WorkloadRow *row = find(group, kind);
    return row && row->controller.ptr ? row->controller : STR("");
}

static const Value *template_of(const WorkloadRow *row, const Value *object)
{
    const Value *at = object;
    Str rest = row->template_path;
    Str step;
    while (str_next_piece(&rest, '.', &step)) {
        at = value_get(at, step);
    }
    return at;
}

/* Labels, annotations and finalizers of the template. */
static Value pod_meta(const Value *template, Str namespace, Arena *a)
{
    static const Str kept[] = { STR_INIT("labels"), STR_INIT("annotations"),
                                STR_INIT("finalizers") };
    Value meta = value_object();
    const Value *from = value_get_lit(template, "metadata");
    if (namespace.len) {
        value_set_lit(&meta, "namespace", value_str(namespace), a);
    }
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        const Value *v = value_get(from, kept[i]);
        if (!value_is_null(v)) {
            value_set(&meta, kept[i], value_copy(v, a), a);
        }
    }
    return meta;
}

static Value pod_of(const WorkloadRow *row, const Value *object, const Value *template, Arena *a)
{
    const Value *owner = value_get_lit(object, "metadata");
    Str name = value_get_str(owner, STR("name"));
    Value meta = pod_meta(template, value_get_str(owner, STR("namespace")), a);
    value_set_lit(&meta, "generateName",
                  value_str(arena_printf(a, "%.*s-%.*s", STR_ARG(name), STR_ARG(row->infix))), a);
    Value pod = value_object();
    value_set_lit(&pod, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&pod, "kind", value_str(STR("Pod")), a);
    value_set_lit(&pod, "metadata", meta, a);
    const Value *spec = value_get_lit(template, "spec");
    value_set_lit(&pod, "spec", spec ? value_copy(spec, a) : value_object(), a);
    if (row->touch) {
        Touch touch = { .object = object,
                        .name = name,
                        .pod = &pod,
                        .meta = value_get_lit(&pod, "metadata"),
                        .spec = value_get_lit(&pod, "spec"),
                        .arena = a };
        row->touch(&touch);
    }
    return pod;
}

bool workload_read(const Value *object, Arena *a, Workload *out, Err *err)
{
    Str group;
    Str version;
    kube_split_api_version(value_get_str(object, STR("apiVersion")), &group, &version);
    const WorkloadRow *row = find(group, value_get_str(object, STR("kind")));
    if (!row) {
        return err_set(err, a, ERR_UNSUPPORTED, "no pods come from a %.*s",
                       STR_ARG(value_get_str(object, STR("kind"))));
    }
    Workload w = {
        .kind = row->kind,
        .template_path = row->template_path.ptr ? row->template_path : STR(""),
        .controller = row->controller.ptr ? row->controller : STR(""),
        .pods = row->count ? row->count(object) : 1,
    };
    if (!row->template_path.len) {
        w.pod = *object;
        *out = w;
        return true;
    }
    const Value *template = template_of(row, object);
    const Value *spec = value_get_lit(template, "spec");
    if (!value_is(template, VALUE_OBJECT) || (spec && !value_is(spec, VALUE_OBJECT))) {
        return err_set(err, a, ERR_TYPE, "%.*s: a pod template is needed",
                       STR_ARG(row->template_path));
    }
    w.pod = pod_of(row, object, template, a);
    *out = w;
    return true;
}
