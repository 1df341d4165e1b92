/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an object counts for under a ResourceQuota.
 *
 * Source: Kubernetes pkg/quota/v1/evaluator/core, k8s.io/apiserver pkg/quota/v1/generic
 */
#include "decide/admission/quota_usage.h"

#include "kube/pod/qos.h"

#include <stdlib.h>

#define REQUESTS "requests."
#define LIMITS "limits."
#define HUGE_PAGES "hugepages-"
#define STORAGE_CLASS_SUFFIX ".storageclass.storage.k8s.io/"

enum {
    CONTAINERS_NAMED_SINCE = 24,    /* in what a quota asks for */
    OVERHEAD_OF_LIMITED_SINCE = 28, /* limits count overhead only of what is limited */
    ALLOCATED_PORTS_SINCE = 24,     /* a balancer may do without ports of the nodes */
    CLASS_OF_CLAIMS_SINCE = 34,     /* claims are in a scope by their volume attributes class */
};

static int by_name(const void *left, const void *right)
{
    return str_cmp(((const Resource *)left)->name, ((const Resource *)right)->name);
}

/* A list in the making. */
static void add(ResourceList *list, Str name, Quantity quantity)
{
    list->items[list->count++] = (Resource){ name, quantity };
}

static ResourceList sorted(ResourceList list)
{
    if (list.count > 0) {
        qsort(list.items, list.count, sizeof *list.items, by_name);
    }
    return list;
}

static Quantity number(int64_t n)
{
    return quantity_from_int(n, QUANTITY_DECIMAL_SI);
}

/* -- pods
 * ------------------------------------------------------------------------------------------ */

/* Resources whose requests and limits are counted under names of their own. */
static const Str compute[] = { STR_INIT("cpu"), STR_INIT("memory"), STR_INIT("ephemeral-storage") };

static bool is_compute(Str name)
{
    return str_list_has((StrList){ compute, COUNT_OF(compute) }, name);
}

/* Kubernetes' own resources, unlike nvidia.com/gpu. */
static bool is_native(Str name)
{
    return str_index_byte(name, '/') < 0 || str_contains(name, STR("kubernetes.io/"));
}

/* Under which names requests and limits count: cpu, requests.cpu, limits.cpu, requests.x.com/gpu.
 */
static ResourceList compute_usage(ResourceList requests, ResourceList limits, Arena *a)
{
    ResourceList out = { new(a, Resource, 1 + 2 * requests.count + limits.count), 0 };
    add(&out, STR("pods"), number(1));
    for (size_t i = 0; i < requests.count; i++) {
        const Resource *r = &requests.items[i];
        Str qualified = arena_concat(a, STR(REQUESTS), r->name);
        if (is_compute(r->name) || str_starts_with(r->name, STR(HUGE_PAGES))) {
            add(&out, r->name, r->quantity);
            add(&out, qualified, r->quantity);
        } else if (!is_native(r->name) && !str_starts_with(r->name, STR(REQUESTS))) {
            add(&out, qualified, r->quantity);
        }
    }
    for (size_t i = 0; i < limits.count; i++) {
        const Resource *r = &limits.items[i];
        if (is_compute(r->name)) {
            add(&out, arena_concat(a, STR(LIMITS), r->name), r->quantity);
        }
    }
    return sorted(out);
}

/* Pods that have ended use nothing but their place in the store. */
static bool has_ended(const Value *pod)
{
    Str phase = value_as_str(value_at(pod, "status", "phase", NULL));
    return str_eq(phase, STR("Failed")) || str_eq(phase, STR("Succeeded"));
}

/* The overhead of a pod counts towards its limits too; later only where it has one. */
static ResourceList add_overhead(ResourceList limits, ResourceList overhead,
                                 const KubeTarget *target, Arena *a)
{
    size_t kept = 0;
    for (size_t i = 0; i < overhead.count && target->minor >= OVERHEAD_OF_LIMITED_SINCE; i++) {
        const Quantity *limit = resources_find(limits, overhead.items[i].name);
        if (limit && !quantity_is_zero(limit)) {
            overhead.items[kept++] = overhead.items[i];
        }
    }
    overhead.count = target->minor >= OVERHEAD_OF_LIMITED_SINCE ? kept : overhead.count;
    return resources_add(limits, overhead, a);
}

static ResourceList pod_usage(const Value *pod, const KubeTarget *target, Arena *a)
{
    if (has_ended(pod)) {
        return (ResourceList){ NULL, 0 };
    }
    const Value *spec = value_get_lit(pod, "spec");
    ResourceList overhead = resources_read(value_get_lit(spec, "overhead"), a);
    ResourceList requests = resources_of_pod(spec, "requests", target, a);
    requests = resources_add(requests, overhead, a);
    ResourceList limits = resources_of_pod(spec, "limits", target, a);
    limits = add_overhead(limits, overhead, target, a);
    return compute_usage(requests, limits, a);
}

static bool pod_concerns(Str name)
{
    if (str_eq(name, STR("pods")) || is_compute(name) || str_starts_with(name, STR(HUGE_PAGES))) {
        return true;
    }
    Str requested = str_cut_prefix(name, STR(REQUESTS));
    if (requested.len < name.len) {
        return is_compute(requested) || str_starts_with(requested, STR(HUGE_PAGES)) ||
               !is_native(name);
    }
    return is_compute(str_cut_prefix(name, STR(LIMITS)));
}

/* One requirement on the name of the pod's priority class. */
static bool class_matches(Str class, const Value *scope)
{
    Str operator= value_get_str(scope, STR("operator"));
    if (str_eq(operator, STR("Exists"))) {
        return class.len > 0;
    }
    if (str_eq(operator, STR("DoesNotExist"))) {
        return class.len == 0;
    }
    bool listed = false;
    VALUE_EACH_ITEM(value, value_get_lit(scope, "values")) {
        listed |= class.len > 0 && str_eq(value_as_str(value), class);
    }
    return str_eq(operator, STR("NotIn")) ? !listed : listed;
}

/* Does an affinity term name namespaces, or may it reach others? */
static bool crosses_namespaces(const Value *spec)
{
    static const char *const kinds[] = { "podAffinity", "podAntiAffinity" };
    static const char *const when[] = { "requiredDuringSchedulingIgnoredDuringExecution",
                                        "preferredDuringSchedulingIgnoredDuringExecution" };
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        for (size_t w = 0; w < COUNT_OF(when); w++) {
            VALUE_EACH_ITEM(item, value_at(spec, "affinity", kinds[k], when[w], NULL)) {
                const Value *weighted = value_get_lit(item, "podAffinityTerm");
                const Value *term = weighted ? weighted : item;
                if (value_len(value_get_lit(term, "namespaces")) > 0 ||
                    !value_is_null(value_get_lit(term, "namespaceSelector"))) {
                    return true;
                }
            }
        }
    }
    return false;
}

static bool pod_in_scope(const Value *pod, const Value *scope, const KubeTarget *target)
{
    Str name = value_get_str(scope, STR("scopeName"));
    const Value *spec = value_get_lit(pod, "spec");
    OptInt64 deadline = value_get_int(spec, STR("activeDeadlineSeconds"));
    bool terminating = deadline.set && deadline.value >= 0;
    bool best_effort = pod_qos(pod, target) == POD_QOS_BEST_EFFORT;
    if (str_eq(name, STR("PriorityClass"))) {
        return class_matches(value_get_str(spec, STR("priorityClassName")), scope);
    }
    return (str_eq(name, STR("Terminating")) && terminating) ||
           (str_eq(name, STR("NotTerminating")) && !terminating) ||
           (str_eq(name, STR("BestEffort")) && best_effort) ||
           (str_eq(name, STR("NotBestEffort")) && !best_effort) ||
           (str_eq(name, STR("CrossNamespacePodAffinity")) && crosses_namespaces(spec));
}

static int str_order(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

/* The names of the containers that leave a resource open; count 0 for none. */
static StrList lacking(const Value *spec, Str resource, Arena *a)
{
    static const char *const lists[] = { "containers", "initContainers" };
    Str *names = new(a, Str,
                      value_len(value_get_lit(spec, "containers")) +
                          value_len(value_get_lit(spec, "initContainers")) + 1);
    size_t count = 0;
    for (size_t l = 0; l < COUNT_OF(lists); l++) {
        VALUE_EACH_ITEM(container, value_get(spec, str_from_c(lists[l]))) {
            const Value *resources = value_get_lit(container, "resources");
            ResourceList usage = compute_usage(
                resources_read(value_get_lit(resources, "requests"), a),
                resources_read(value_get_lit(resources, "limits"), a), a);
            if (!resources_has(usage, resource)) {
                names[count++] = value_get_str(container, STR("name"));
            }
        }
    }
    if (count > 0) {
        qsort(names, count, sizeof *names, str_order);
    }
    return (StrList){ names, count };
}

/* Where cpu or memory are under a quota, every container must say what it takes; or the pod, where
 * it can. */
static Str pod_missing(const Value *pod, ResourceList required, const KubeTarget *target, Arena *a)
{
    static const Str asked[] = { STR_INIT("cpu"),           STR_INIT("limits.cpu"),
                                 STR_INIT("limits.memory"), STR_INIT("memory"),
                                 STR_INIT("requests.cpu"),  STR_INIT("requests.memory") };
    const Value *spec = value_get_lit(pod, "spec");
    bool names = target->minor >= CONTAINERS_NAMED_SINCE;
    Buf b = buf_new(a);
    if (resources_has_pod_level(spec, target)) {
        return STR("");
    }
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        StrList containers = { NULL, 0 };
        if (resources_has(required, asked[i])) {
            containers = lacking(spec, asked[i], a);
        }
        if (containers.count == 0) {
            continue;
        }
        buf_add(&b, !b.len ? STR("") : names ? STR("; ") : STR(","));
        buf_add(&b, asked[i]);
        for (size_t j = 0; j < containers.count && names; j++) {
            bool repeated = j > 0 && str_eq(containers.items[j], containers.items[j - 1]);
            buf_add(&b, j == 0 ? STR(" for: ") : repeated ? STR("") : STR(","));
            buf_add(&b, repeated ? STR("") : containers.items[j]);
        }
    }
    return buf_str(&b);
}

/* -- services and claims
 * ----------------------------------------------------------------------------- */

static int64_t allocated_ports(const Value *spec)
{
    int64_t count = 0;
    VALUE_EACH_ITEM(port, value_get_lit(spec, "ports")) {
        count += value_get_int(port, STR("nodePort")).value != 0;
    }
    return count;
}

static ResourceList service_usage(const Value *service, const KubeTarget *target, Arena *a)
{
    const Value *spec = value_get_lit(service, "spec");
    Str type = value_get_str(spec, STR("type"));
    int64_t ports = (int64_t)value_len(value_get_lit(spec, "ports"));
    bool balancer = str_eq(type, STR("LoadBalancer"));
    OptBool allocates = value_get_bool(spec, STR("allocateLoadBalancerNodePorts"));
    if (balancer && allocates.set && !allocates.value && target->minor >= ALLOCATED_PORTS_SINCE) {
        ports = allocated_ports(spec);
    }
    ResourceList out = { new(a, Resource, 2), 0 };
    add(&out, STR("services.loadbalancers"), number(balancer));
    add(&out, STR("services.nodeports"),
        number(balancer || str_eq(type, STR("NodePort")) ? ports : 0));
    return out;
}

static bool service_concerns(Str name)
{
    return str_eq(name, STR("services.loadbalancers")) || str_eq(name, STR("services.nodeports"));
}

static ResourceList claim_usage(const Value *claim, const KubeTarget *target, Arena *a)
{
    (void)target;
    const Value *spec = value_get_lit(claim, "spec");
    ResourceList requests = resources_read(value_at(spec, "resources", "requests", NULL), a);
    const Quantity *storage = resources_find(requests, STR("storage"));
    Str class = value_get_str(spec, STR("storageClassName"));
    Str old_class = value_as_str(value_at(claim, "metadata", "annotations",
                                          "volume.beta.kubernetes.io/storage-class", NULL));
    class = old_class.ptr ? old_class : class;
    ResourceList out = { new(a, Resource, 3), 0 };
    if (class.len) {
        Str prefix = arena_concat(a, class, STR(STORAGE_CLASS_SUFFIX));
        add(&out, arena_concat(a, prefix, STR("persistentvolumeclaims")), number(1));
        if (storage) {
            add(&out, arena_concat(a, prefix, STR("requests.storage")), *storage);
        }
    }
    if (storage) {
        add(&out, STR("requests.storage"), *storage);
    }
    return sorted(out);
}

static bool claim_concerns(Str name)
{
    return str_eq(name, STR("requests.storage")) ||
           str_ends_with(name, STR(STORAGE_CLASS_SUFFIX "requests.storage")) ||
           str_ends_with(name, STR(STORAGE_CLASS_SUFFIX "persistentvolumeclaims"));
}

static bool class_in(const Value *scope, Str class)
{
    return class.len > 0 && class_matches(class, scope);
}

/* By the class that the claim asks for, the one that it has, or the one it is on its way to. */
static bool claim_in_scope(const Value *claim, const Value *scope, const KubeTarget *target)
{
    if (target->minor < CLASS_OF_CLAIMS_SINCE ||
        !str_eq(value_get_str(scope, STR("scopeName")), STR("VolumeAttributesClass"))) {
        return false;
    }
    const Value *status = value_get_lit(claim, "status");
    Str classes[] = {
        value_as_str(value_at(claim, "spec", "volumeAttributesClassName", NULL)),
        value_get_str(status, STR("currentVolumeAttributesClassName")),
        value_as_str(
            value_at(status, "modifyVolumeStatus", "targetVolumeAttributesClassName", NULL)),
    };
    bool has_any = false;
    for (size_t i = 0; i < COUNT_OF(classes); i++) {
        has_any |= classes[i].len > 0;
        if (class_in(scope, classes[i])) {
            return true;
        }
    }
    return !has_any && class_matches(STR(""), scope);
}

/* -- the rows
 * ------------------------------------------------------------------------------------------ */

static const QuotaKind kinds[] = {
    { .resource = STR_INIT("pods"),
      .kind = STR_INIT("Pod"),
      .operations = ADMISSION_CREATE,
      .usage = pod_usage,
      .concerns = pod_concerns,
      .in_scope = pod_in_scope,
      .missing = pod_missing },
    { .resource = STR_INIT("services"),
      .kind = STR_INIT("Service"),
      .operations = ADMISSION_CREATE | ADMISSION_UPDATE,
      .alias = STR_INIT("services"),
      .usage = service_usage,
      .concerns = service_concerns },
    { .resource = STR_INIT("persistentvolumeclaims"),
      .kind = STR_INIT("PersistentVolumeClaim"),
      .operations = ADMISSION_CREATE | ADMISSION_UPDATE,
      .alias = STR_INIT("persistentvolumeclaims"),
      .usage = claim_usage,
      .concerns = claim_concerns,
      .in_scope = claim_in_scope },
    { .resource = STR_INIT("configmaps"),
      .kind = STR_INIT("ConfigMap"),
      .operations = ADMISSION_CREATE,
      .alias = STR_INIT("configmaps") },
    { .resource = STR_INIT("resourcequotas"),
      .kind = STR_INIT("ResourceQuota"),
      .operations = ADMISSION_CREATE,
      .alias = STR_INIT("resourcequotas") },
    { .resource = STR_INIT("replicationcontrollers"),
      .kind = STR_INIT("ReplicationController"),
      .operations = ADMISSION_CREATE,
      .alias = STR_INIT("replicationcontrollers") },
    { .resource = STR_INIT("secrets"),
      .kind = STR_INIT("Secret"),
      .operations = ADMISSION_CREATE,
      .alias = STR_INIT("secrets") },
};

QuotaKind quota_kind_find(Str group, Str resource, Str kind)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (group.len == 0 && str_eq(kinds[i].resource, resource)) {
            return kinds[i];
        }
    }
    return (QuotaKind){
        .group = group, .resource = resource, .kind = kind, .operations = ADMISSION_CREATE
    };
}

Str quota_count_name(const QuotaKind *kind, Arena *a)
{
    return arena_printf(a, "count/%.*s%s%.*s", STR_ARG(kind->resource), kind->group.len ? "." : "",
                        STR_ARG(kind->group));
}

ResourceList quota_usage(const QuotaKind *kind, const Value *object, const KubeTarget *target,
                         Arena *a)
{
    ResourceList counts = { new(a, Resource, 2), 0 };
    add(&counts, quota_count_name(kind, a), number(1));
    if (kind->alias.len) {
        add(&counts, kind->alias, number(1));
    }
    counts = sorted(counts);
    return kind->usage ? resources_add(counts, kind->usage(object, target, a), a) : counts;
}

bool quota_concerns(const QuotaKind *kind, Str name, Arena *a)
{
    return str_eq(name, quota_count_name(kind, a)) ||
           (kind->alias.len && str_eq(name, kind->alias)) ||
           (kind->concerns && kind->concerns(name));
}

bool quota_in_scopes(const QuotaKind *kind, const Value *object, const Value *spec,
                     const KubeTarget *target)
{
    VALUE_EACH_ITEM(scope, value_get_lit(spec, "scopes")) {
        Member members[] = {
            { "scopeName", sizeof "scopeName" - 1, *scope },
            { "operator", sizeof "operator" - 1, value_str(STR("Exists")) },
        };
        Value selector = { .kind = VALUE_OBJECT, .len = COUNT_OF(members), .members = members };
        if (!kind->in_scope || !kind->in_scope(object, &selector, target)) {
            return false;
        }
    }
    VALUE_EACH_ITEM(selector, value_at(spec, "scopeSelector", "matchExpressions", NULL)) {
        if (!kind->in_scope || !kind->in_scope(object, selector, target)) {
            return false;
        }
    }
    return true;
}
