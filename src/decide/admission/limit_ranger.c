/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LimitRanger: the LimitRanges of a namespace give containers their default requests and limits,
 * and hold containers, whole pods and claims to a minimum, a maximum and a ratio.
 *
 * Source: Kubernetes plugin/pkg/admission/limitranger; the defaults of a LimitRange itself are
 * those of pkg/apis/core/v1/defaults.go.
 */
#include "kube/resources.h"
#include "decide/admission/run.h"

#define LIMIT_RANGER_ANNOTATION "kubernetes.io/limit-ranger"

/* From here on a pod's sums take in what only some of its containers say. */
enum { PARTIAL_SUMS_SINCE = 28 };

/* Above this a thousandfold does not fit an int64. */
#define MILLI_MAX (INT64_MAX / 1000)

/* One item of spec.limits, defaults applied. */
typedef struct Limit {
    Str type;
    ResourceList min;
    ResourceList max;
    ResourceList default_limit;
    ResourceList default_request;
    ResourceList ratio;
} Limit;

static Limit read_limit(const Value *item, Arena *a)
{
    Limit l = {
        .type = value_get_str(item, STR("type")),
        .min = resources_read(value_get_lit(item, "min"), a),
        .max = resources_read(value_get_lit(item, "max"), a),
        .default_limit = resources_read(value_get_lit(item, "default"), a),
        .default_request = resources_read(value_get_lit(item, "defaultRequest"), a),
        .ratio = resources_read(value_get_lit(item, "maxLimitRequestRatio"), a),
    };
    if (str_eq(l.type, STR("Container"))) {
        /* what is not said: the limit from the maximum, the request from the limit, else from the
         * minimum */
        l.default_limit = resources_prefer(l.default_limit, l.max, a);
        l.default_request = resources_prefer(l.default_request, l.default_limit, a);
        l.default_request = resources_prefer(l.default_request, l.min, a);
    }
    return l;
}

static ObjectList limit_ranges(const AdmissionRun *run)
{
    ObjectKey key = { STR(""), STR("LimitRange"), run->request->namespace, STR("") };
    return run->facts->objects(run->facts->cluster, key);
}

static bool is_pod(const AdmissionRun *run)
{
    return admission_is_pod(run) || admission_is_pod_resize(run);
}

/* Pods on create and resize, claims on create and update; not what is being deleted already. */
static bool applies(const AdmissionRun *run)
{
    bool pod = admission_is_pod(run) && run->request->operation == ADMISSION_CREATE;
    if (!pod && !admission_is_pod_resize(run) &&
        !admission_is(run, "", "persistentvolumeclaims", "")) {
        return false;
    }
    return value_is_null(value_at(run->old_object, "metadata", "deletionTimestamp", NULL));
}

/* -- defaults -----------------------------------------------------------------------------------
 */

/* Adds "cpu, memory request for container c" to the annotation's text. */
static void describe_set(Buf *annotation, const Value *names, const char *what, const char *kind,
                         Str container)
{
    if (names->len == 0) {
        return;
    }
    buf_add(annotation, annotation->len ? STR("; ") : STR("LimitRanger plugin set: "));
    for (uint32_t i = 0; i < names->len; i++) {
        buf_add(annotation, i ? STR(", ") : STR(""));
        buf_add(annotation, value_as_str(&names->items[i]));
    }
    buf_printf(annotation, " %s for %s %.*s", what, kind, STR_ARG(container));
}

/* Sets what the container leaves open; returns the names set, in order. */
static Value set_missing(Value *resources, const char *which, ResourceList defaults, Arena *a)
{
    Value names = value_array();
    for (size_t i = 0; i < defaults.count; i++) {
        const Resource *d = &defaults.items[i];
        const Value *given = value_get(resources, str_from_c(which));
        if (value_get(given, d->name) != NULL) {
            continue;
        }
        Value *list = value_need_object(resources, str_from_c(which), a);
        if (list) {
            value_set(list, d->name, value_str(quantity_text(&d->quantity, a)), a);
            value_sort_keys(list);
            value_add(&names, value_str(d->name), a);
        }
    }
    return names;
}

static void set_container_defaults(AdmissionRun *run, const char *list, const char *kind,
                                   ResourceList limits, ResourceList requests, Buf *annotation)
{
    Arena *a = run->arena;
    VALUE_EACH_ITEM(container, value_at(admission_own(run), "spec", list, NULL)) {
        Value *resources = value_need_object(container, STR("resources"), a);
        if (resources == NULL) {
            continue;
        }
        Str name = value_get_str(container, STR("name"));
        Value set_limits = set_missing(resources, "limits", limits, a);
        Value set_requests = set_missing(resources, "requests", requests, a);
        describe_set(annotation, &set_requests, "request", kind, name);
        describe_set(annotation, &set_limits, "limit", kind, name);
    }
}

static bool mutate(AdmissionRun *run)
{
    if (!applies(run) || !is_pod(run)) {
        return true;
    }
    Arena *a = run->arena;
    ObjectList ranges = limit_ranges(run);
    for (size_t i = 0; i < ranges.count; i++) {
        ResourceList limits = { NULL, 0 };
        ResourceList requests = { NULL, 0 };
        VALUE_EACH_ITEM(item, value_at(ranges.items[i], "spec", "limits", NULL)) {
            Limit l = read_limit(item, a);
            if (str_eq(l.type, STR("Container"))) {
                /* a later item's word counts */
                limits = resources_prefer(l.default_limit, limits, a);
                requests = resources_prefer(l.default_request, requests, a);
            }
        }
        if (limits.count + requests.count == 0) {
            continue;
        }
        Buf annotation = buf_new(a);
        set_container_defaults(run, "containers", "container", limits, requests, &annotation);
        set_container_defaults(run, "initContainers", "init container", limits, requests,
                               &annotation);
        if (annotation.len > 0) {
            Value *metadata = value_need_object(admission_own(run), STR("metadata"), a);
            Value *annotations = value_need_object(metadata, STR("annotations"), a);
            value_set_lit(annotations, LIMIT_RANGER_ANNOTATION, value_str(buf_str(&annotation)), a);
            admission_note(run, "%.*s", STR_ARG(buf_str(&annotation)));
        }
    }
    return true;
}

/* -- constraints ----------------------------------------------------------------------------------
 */

/* Three amounts at one precision: thousandths where all of them fit. An absent one is 0. */
typedef struct Amounts {
    int64_t request;
    int64_t limit;
    int64_t enforced;
} Amounts;

static Amounts compare_at(const Quantity *request, const Quantity *limit, const Quantity *enforced)
{
    Quantity zero = quantity_from_int(0, QUANTITY_DECIMAL_SI);
    request = request ? request : &zero;
    limit = limit ? limit : &zero;
    Amounts v = { quantity_value(request), quantity_value(limit), quantity_value(enforced) };
    if (v.request <= MILLI_MAX && v.limit <= MILLI_MAX && v.enforced <= MILLI_MAX) {
        v = (Amounts){ quantity_milli_value(request), quantity_milli_value(limit),
                       quantity_milli_value(enforced) };
    }
    return v;
}

/* What one constraint is held against, and where its complaints go. */
typedef struct Check {
    Str type;
    ResourceList requests;
    ResourceList limits;
    Value *errors; /* of strings */
    Arena *arena;
} Check;

static void complain(const Check *c, const char *format, ...) PRINTF_LIKE(2, 3);
static void complain(const Check *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Str text = arena_vprintf(c->arena, format, args);
    va_end(args);
    value_add(c->errors, value_str(text), c->arena);
}

static void check_min(const Check *c, const Resource *min)
{
    const Quantity *request = resources_find(c->requests, min->name);
    const Quantity *limit = resources_find(c->limits, min->name);
    Amounts v = compare_at(request, limit, &min->quantity);
    Str enforced = quantity_text(&min->quantity, c->arena);
    if (request == NULL) {
        complain(c, "minimum %.*s usage per %.*s is %.*s.  No request is specified",
                 STR_ARG(min->name), STR_ARG(c->type), STR_ARG(enforced));
    } else if (v.request < v.enforced) {
        complain(c, "minimum %.*s usage per %.*s is %.*s, but request is %.*s", STR_ARG(min->name),
                 STR_ARG(c->type), STR_ARG(enforced), STR_ARG(quantity_text(request, c->arena)));
    } else if (limit && v.limit < v.enforced) {
        complain(c, "minimum %.*s usage per %.*s is %.*s, but limit is %.*s", STR_ARG(min->name),
                 STR_ARG(c->type), STR_ARG(enforced), STR_ARG(quantity_text(limit, c->arena)));
    }
}

static void check_max(const Check *c, const Resource *max)
{
    const Quantity *request = resources_find(c->requests, max->name);
    const Quantity *limit = resources_find(c->limits, max->name);
    Amounts v = compare_at(request, limit, &max->quantity);
    Str enforced = quantity_text(&max->quantity, c->arena);
    if (limit == NULL) {
        complain(c, "maximum %.*s usage per %.*s is %.*s.  No limit is specified",
                 STR_ARG(max->name), STR_ARG(c->type), STR_ARG(enforced));
    } else if (v.limit > v.enforced) {
        complain(c, "maximum %.*s usage per %.*s is %.*s, but limit is %.*s", STR_ARG(max->name),
                 STR_ARG(c->type), STR_ARG(enforced), STR_ARG(quantity_text(limit, c->arena)));
    } else if (request && v.request > v.enforced) {
        complain(c, "maximum %.*s usage per %.*s is %.*s, but request is %.*s", STR_ARG(max->name),
                 STR_ARG(c->type), STR_ARG(enforced), STR_ARG(quantity_text(request, c->arena)));
    }
}

/* For claims, which have requests alone. */
static void check_max_request(const Check *c, const Resource *max)
{
    const Quantity *request = resources_find(c->requests, max->name);
    Amounts v = compare_at(request, NULL, &max->quantity);
    Str enforced = quantity_text(&max->quantity, c->arena);
    if (request == NULL) {
        complain(c, "maximum %.*s usage per %.*s is %.*s.  No request is specified",
                 STR_ARG(max->name), STR_ARG(c->type), STR_ARG(enforced));
    } else if (v.request > v.enforced) {
        complain(c, "maximum %.*s usage per %.*s is %.*s, but request is %.*s", STR_ARG(max->name),
                 STR_ARG(c->type), STR_ARG(enforced), STR_ARG(quantity_text(request, c->arena)));
    }
}

static void check_ratio(const Check *c, const Resource *max)
{
    const Quantity *request = resources_find(c->requests, max->name);
    const Quantity *limit = resources_find(c->limits, max->name);
    Amounts v = compare_at(request, limit, &max->quantity);
    Str enforced = quantity_text(&max->quantity, c->arena);
    if (request == NULL || v.request == 0) {
        complain(c,
                 "%.*s max limit to request ratio per %.*s is %.*s, but no request is specified or "
                 "request is 0",
                 STR_ARG(max->name), STR_ARG(c->type), STR_ARG(enforced));
        return;
    }
    if (limit == NULL || v.limit == 0) {
        complain(c,
                 "%.*s max limit to request ratio per %.*s is %.*s, but no limit is specified or "
                 "limit is 0",
                 STR_ARG(max->name), STR_ARG(c->type), STR_ARG(enforced));
        return;
    }
    double ratio = (double)v.limit / (double)v.request;
    bool fine = quantity_value(&max->quantity) <= MILLI_MAX;
    double observed = fine ? ratio * 1000 : ratio;
    double allowed = (double)(fine ? quantity_milli_value(&max->quantity)
                                   : quantity_value(&max->quantity));
    if (observed > allowed) {
        complain(c, "%.*s max limit to request ratio per %.*s is %.*s, but provided ratio is %f",
                 STR_ARG(max->name), STR_ARG(c->type), STR_ARG(enforced), ratio);
    }
}

typedef void CheckOne(const Check *c, const Resource *r);

static void check_each(const Check *c, CheckOne *check, ResourceList list)
{
    for (size_t i = 0; i < list.count; i++) {
        check(c, &list.items[i]);
    }
}

static void check_limit(const Check *c, const Limit *l)
{
    check_each(c, check_min, l->min);
    check_each(c, check_max, l->max);
    check_each(c, check_ratio, l->ratio);
}

static void check_containers(Check *c, const Value *spec, const Limit *l)
{
    static const char *const lists[] = { "containers", "initContainers" };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        VALUE_EACH_ITEM(container, value_get(spec, str_from_c(lists[i]))) {
            c->requests = resources_read(value_at(container, "resources", "requests", NULL),
                                         c->arena);
            c->limits = resources_read(value_at(container, "resources", "limits", NULL), c->arena);
            check_limit(c, l);
        }
    }
}

/* Of an older API server: a sum only where every container says something, in plain numbers; then
 * the largest init container. */
static ResourceList full_sums(const Value *spec, const char *which, Arena *a)
{
    ResourceList sum = { NULL, 0 };
    bool first = true;
    VALUE_EACH_ITEM(container, value_get_lit(spec, "containers")) {
        ResourceList own = resources_read(value_at(container, "resources", which, NULL), a);
        ResourceList both = { new(a, Resource, own.count), 0 };
        for (size_t i = 0; i < own.count; i++) {
            Resource r = own.items[i];
            bool is_cpu = str_eq(r.name, STR("cpu"));
            r.quantity = is_cpu
                             ? quantity_from_milli(quantity_milli_value(&r.quantity),
                                                   QUANTITY_DECIMAL_SI)
                             : quantity_from_int(quantity_value(&r.quantity), QUANTITY_DECIMAL_SI);
            const Quantity *before = resources_find(sum, r.name);
            if (before) {
                quantity_add(&r.quantity, before);
            }
            if (first || before) {
                both.items[both.count++] = r;
            }
        }
        sum = both;
        first = false;
    }
    VALUE_EACH_ITEM(container, value_get_lit(spec, "initContainers")) {
        sum = resources_max(sum, resources_read(value_at(container, "resources", which, NULL), a),
                            a);
    }
    return sum;
}

static void check_pod(Check *c, const Value *spec, const Limit *l, const KubeTarget *target)
{
    bool partial = target->minor >= PARTIAL_SUMS_SINCE;
    c->requests = partial ? resources_of_pod(spec, "requests", target, c->arena)
                          : full_sums(spec, "requests", c->arena);
    c->limits = partial ? resources_of_pod(spec, "limits", target, c->arena)
                        : full_sums(spec, "limits", c->arena);
    check_limit(c, l);
}

/* Refuses with all complaints: one alone, several as [a, b], equal ones once. */
static bool refuse(AdmissionRun *run, const Value *errors)
{
    Buf text = buf_new(run->arena);
    size_t written = 0;
    for (uint32_t i = 0; i < errors->len; i++) {
        Str error = value_as_str(&errors->items[i]);
        bool seen = false;
        for (uint32_t j = 0; j < i && !seen; j++) {
            seen = str_eq(error, value_as_str(&errors->items[j]));
        }
        if (!seen) {
            buf_add(&text, written++ ? STR(", ") : STR(""));
            buf_add(&text, error);
        }
    }
    Str all = buf_str(&text);
    return admission_forbid_str(run, written > 1 ? arena_printf(run->arena, "[%.*s]", STR_ARG(all))
                                                 : all);
}

static bool validate(AdmissionRun *run)
{
    if (!applies(run)) {
        return true;
    }
    Arena *a = run->arena;
    const Value *spec = value_get_lit(&run->object, "spec");
    ObjectList ranges = limit_ranges(run);
    for (size_t i = 0; i < ranges.count; i++) {
        Value errors = value_array();
        VALUE_EACH_ITEM(item, value_at(ranges.items[i], "spec", "limits", NULL)) {
            Limit l = read_limit(item, a);
            Check c = { .type = l.type, .errors = &errors, .arena = a };
            if (!is_pod(run)) {
                if (str_eq(l.type, STR("PersistentVolumeClaim"))) {
                    c.requests = resources_read(value_at(spec, "resources", "requests", NULL), a);
                    check_each(&c, check_min, l.min);
                    check_each(&c, check_max_request, l.max);
                }
            } else if (str_eq(l.type, STR("Container"))) {
                check_containers(&c, spec, &l);
            } else if (str_eq(l.type, STR("Pod"))) {
                check_pod(&c, spec, &l, run->request->target);
            }
        }
        if (errors.len > 0) {
            return refuse(run, &errors);
        }
    }
    return true;
}

const AdmissionPlugin admission_limit_ranger = {
    .name = STR_INIT("LimitRanger"),
    .operations = ADMISSION_CREATE | ADMISSION_UPDATE,
    .mutate = mutate,
    .validate = validate,
};
