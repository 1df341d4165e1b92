/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod out of a message: each point of a PodSecurityPolicy's refusal names a field and its value,
 * and a pod that has them all is asked about again, policy by policy. What the message does not say
 * is left as a plain pod has it.
 */
#include "analyze/explain/tie.h"

#include "doc/json.h"
#include "doc/pointer.h"

enum { ITEMS_MAX = 64, STEPS_MAX = 16 };

/* A message may say anything: what was made an object is not sure to be one still. */
static Value *need(Value *object, Str key, Arena *a)
{
    return value_is(object, VALUE_OBJECT) ? value_need_object(object, key, a) : NULL;
}

static void set(Value *object, Str key, Value v, Arena *a)
{
    if (value_is(object, VALUE_OBJECT)) {
        value_set(object, key, v, a);
    }
}

/* The item of a list, which is made as long as that; items get a name. NULL for too many. */
static Value *item_at(Value *object, Str list, int64_t index, Arena *a)
{
    Value *items = value_get(object, list);
    if (!items && value_is(object, VALUE_OBJECT)) {
        items = value_set(object, list, value_array(), a);
    }
    if (!value_is(items, VALUE_ARRAY) || index < 0 || index >= ITEMS_MAX) {
        return NULL;
    }
    while ((int64_t)items->len <= index) {
        Value item = value_object();
        Str name = arena_printf(a, "%.*s%u", STR_ARG(str_slice(list, 0, 1)), items->len);
        value_set_lit(&item, "name", value_str(name), a);
        value_add(items, item, a);
    }
    return value_item(items, (size_t)index);
}

/* Where a dotted path leads, made on the way; *last is its last name. NULL when it cannot be. */
static Value *walk(Value *pod, Str path, Arena *a, Str *last)
{
    Value *at = pod;
    Str rest = path;
    Str piece;
    *last = STR("");
    for (int steps = 0; at && rest.ptr && str_next_piece(&rest, '.', &piece); steps++) {
        Str list;
        Str number;
        int64_t index;
        if (steps == STEPS_MAX) {
            return NULL;
        }
        if (str_split_once(piece, '[', &list, &number)) {
            if (!str_to_int64(str_cut_suffix(number, STR("]")), &index)) {
                return NULL;
            }
            at = item_at(at, list, index, a);
            *last = STR("");
        } else if (rest.ptr) {
            at = need(at, piece, a);
        } else {
            *last = piece;
        }
    }
    return at;
}

/* "[]int64{1, 2}" as a list of numbers, anything else as JSON, or else as the text that it is. */
static Value value_of(Str text, Arena *a)
{
    Str inner = str_cut_prefix(text, STR("[]int64{"));
    Value v = value_array();
    if (inner.len != text.len) {
        Str rest = str_cut_suffix(inner, STR("}"));
        Str piece;
        while (rest.ptr && str_next_piece(&rest, ',', &piece)) {
            int64_t n;
            if (str_to_int64(str_trim(piece), &n)) {
                value_add(&v, value_int(n), a);
            }
        }
        return v;
    }
    Err err;
    return json_read(STR("value"), text, NULL, a, &v, &err) ? v : value_str(text);
}

/* Annotations name containers: one that has no name yet gets it, or else there is one more. */
static void name_container(Value *pod, Str name, Arena *a)
{
    Value *spec = need(pod, STR("spec"), a);
    const Value *list = value_get_lit(spec, "containers");
    for (uint32_t i = 0; i < value_len(list); i++) {
        if (str_eq(value_get_str(&list->items[i], STR("name")), name)) {
            return;
        }
    }
    int64_t index = 0;
    while (index < (int64_t)value_len(list) &&
           !str_eq(value_get_str(&list->items[index], STR("name")),
                   arena_printf(a, "c%lld", (long long)index))) {
        index++;
    }
    Value *container = item_at(spec, STR("containers"), index, a);
    if (value_is(container, VALUE_OBJECT)) {
        value_set_lit(container, "name", value_str(name), a);
    }
}

static void set_annotation(Value *pod, const RefusalPoint *p, Arena *a)
{
    Str key = str_cut_suffix(str_cut_prefix(p->field, STR("pod.metadata.annotations[")), STR("]"));
    Str container = str_drop(key, (size_t)(str_rindex_byte(key, '/') + 1));
    if (str_starts_with(key, STR("container.")) && container.len) {
        name_container(pod, container, a);
    }
    ptrdiff_t end = str_index(p->detail, STR(" is not an allowed"));
    Value *meta = need(pod, STR("metadata"), a);
    Value *annotations = need(meta, STR("annotations"), a);
    if (str_ends_with(p->detail, STR("must be set")) ||
        str_starts_with(p->detail, STR("is not an allowed"))) {
        return; /* there is none */
    }
    Str profile = end > 0 ? str_slice(p->detail, 0, (size_t)end) : STR("runtime/default");
    set(annotations, key, value_str(profile), a);
}

static void append(Value *object, Str list, Value v, Arena *a)
{
    Value *items = value_get(object, list);
    if (!items && value_is(object, VALUE_OBJECT)) {
        items = value_set(object, list, value_array(), a);
    }
    if (value_is(items, VALUE_ARRAY)) {
        value_add(items, v, a);
    }
}

static void set_sysctl(Value *pod, const RefusalPoint *p, Arena *a)
{
    Str before;
    Str name;
    Str rest;
    if (str_split_once(p->detail, '"', &before, &name) && str_split_once(name, '"', &name, &rest)) {
        Value *spec = need(pod, STR("spec"), a);
        Value *security = need(spec, STR("securityContext"), a);
        Value sysctl = value_object();
        value_set_lit(&sysctl, "name", value_str(name), a);
        value_set_lit(&sysctl, "value", value_str(STR("1")), a);
        append(security, STR("sysctls"), sysctl, a);
    }
}

static Value port_of(Value number, Arena *a)
{
    Value port = value_object();
    value_set_lit(&port, "containerPort", number, a);
    value_set_lit(&port, "hostPort", number, a);
    return port;
}

/* What a volume of a type cannot do without. */
static Value source_of(Str type, Arena *a)
{
    static const struct {
        Str type;
        const char *source;
    } rows[] = {
        { STR_INIT("hostPath"), "{\"path\":\"/unknown\"}" },
        { STR_INIT("nfs"), "{\"server\":\"unknown\",\"path\":\"/\"}" },
        { STR_INIT("secret"), "{\"secretName\":\"unknown\"}" },
        { STR_INIT("configMap"), "{\"name\":\"unknown\"}" },
        { STR_INIT("persistentVolumeClaim"), "{\"claimName\":\"unknown\"}" },
        { STR_INIT("csi"), "{\"driver\":\"unknown\"}" },
        { STR_INIT("flexVolume"), "{\"driver\":\"unknown/unknown\"}" },
        { STR_INIT("gitRepo"), "{\"repository\":\"unknown\"}" },
        { STR_INIT("downwardAPI"), "{\"items\":[]}" },
        { STR_INIT("projected"), "{\"sources\":[]}" },
    };
    Value v = value_object();
    Err err;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(rows[i].type, type) &&
            json_read(STR("source"), str_from_c(rows[i].source), NULL, a, &v, &err)) {
            return v;
        }
    }
    return v;
}

/* The fields that are not where they are reported. */
static bool set_special(Value *pod, Value *at, Str last, const RefusalPoint *p, Arena *a)
{
    Value v = value_of(p->value, a);
    Str field = p->field;
    if (str_starts_with(field, STR("spec.securityContext.host"))) {
        set(need(pod, STR("spec"), a), last, value_bool(true), a);
    } else if (str_eq(last, STR("hostPort"))) {
        append(at, STR("ports"), port_of(v, a), a);
    } else if (str_eq(last, STR("add"))) {
        append(at, last, v, a);
    } else if (str_eq(last, STR("drop")) || str_eq(last, STR("readOnly"))) {
        return true; /* what is missing is missing */
    } else if (str_eq(last, STR("driver")) && str_ends_with(field, STR("].driver"))) {
        set(need(at, STR("flexVolume"), a), STR("driver"), v, a);
    } else if (str_eq(last, STR("pathPrefix"))) {
        set(at, STR("path"), v, a);
    } else if (str_eq(last, STR("fsGroup"))) {
        set(at, last, v.kind == VALUE_ARRAY && v.len ? v.items[0] : v, a);
    } else if (str_eq(last, STR("securityContext")) && v.kind == VALUE_ARRAY && v.len) {
        set(need(at, last, a), STR("runAsGroup"), v.items[0], a);
    } else if (!last.len && str_starts_with(field, STR("spec.volumes["))) {
        Str type = value_as_str(&v);
        set(at, str_eq(type, STR("cephFS")) ? STR("cephfs") : type, source_of(type, a), a);
    } else {
        return false;
    }
    return true;
}

static void set_point(Value *pod, const RefusalPoint *p, Arena *a)
{
    if (str_starts_with(p->field, STR("pod.metadata.annotations["))) {
        set_annotation(pod, p, a);
        return;
    }
    if (str_starts_with(p->field, STR("pod.spec.securityContext.sysctls["))) {
        set_sysctl(pod, p, a);
        return;
    }
    Str last;
    Value *at = str_starts_with(p->field, STR("spec.")) ? walk(pod, p->field, a, &last) : NULL;
    if (value_is(at, VALUE_OBJECT) && !set_special(pod, at, last, p, a) && last.len) {
        set(at, last, value_of(p->value, a), a);
    }
}

Value tie_pod_of(const Refusal *refusal, Arena *a)
{
    Value pod = value_object();
    value_set_lit(&pod, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&pod, "kind", value_str(STR("Pod")), a);
    Value *meta = value_set_lit(&pod, "metadata", value_object(), a);
    if (refusal->name.len) {
        bool begun = str_ends_with(refusal->name, STR("-"));
        value_set(meta, begun ? STR("generateName") : STR("name"), value_str(refusal->name), a);
    } else {
        value_set_lit(meta, "name", value_str(STR("pod")), a);
    }
    Value *spec = value_set_lit(&pod, "spec", value_object(), a);
    if (refusal->kind == REFUSAL_POD_SECURITY) {
        tie_level_pod(refusal, &pod, a);
        return pod;
    }
    item_at(spec, STR("containers"), 0, a);
    for (size_t i = 0; i < refusal->point_count; i++) {
        set_point(&pod, &refusal->points[i], a);
    }
    static const Str lists[] = { STR_INIT("containers"), STR_INIT("initContainers") };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        VALUE_EACH_ITEM(c, value_get(value_get_lit(&pod, "spec"), lists[i])) {
            if (value_is(c, VALUE_OBJECT)) {
                value_set_lit(c, "image", value_str(STR("unknown")), a);
            }
        }
    }
    return pod;
}

bool tie_says_the_same(const Refusal *refusal, Str message, Arena *a)
{
    Refusal other;
    if (!refusal_read(message, a, &other) || other.kind != refusal->kind ||
        other.point_count != refusal->point_count) {
        return false;
    }
    for (size_t i = 0; i < refusal->point_count; i++) {
        bool found = false;
        for (size_t j = 0; j < other.point_count && !found; j++) {
            found = str_eq(refusal->points[i].text, other.points[j].text);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}
