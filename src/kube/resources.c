/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of resources, and their sums. */
#include "kube/resources.h"

#include "doc/json.h"

#include <stdlib.h>

static int by_name(const void *left, const void *right)
{
    return str_cmp(((const Resource *)left)->name, ((const Resource *)right)->name);
}

/* A quantity in JSON: a string, or a number as it is written. */
static bool read_quantity(const Value *v, Arena *a, Quantity *out)
{
    Err err;
    if (v->kind >= VALUE_INT && v->kind <= VALUE_FLOAT) {
        Buf number = buf_new(a);
        json_write(v, &number);
        return quantity_parse(buf_str(&number), a, out, &err);
    }
    return v->kind == VALUE_STRING && quantity_parse(value_as_str(v), a, out, &err);
}

ResourceList resources_read(const Value *object, Arena *a)
{
    ResourceList list = { new(a, Resource, value_len(object)), 0 };
    VALUE_EACH_MEMBER(m, object) {
        Resource *r = &list.items[list.count];
        if (read_quantity(&m->value, a, &r->quantity)) {
            r->name = member_key(m);
            list.count++;
        }
    }
    if (list.count > 0) {
        qsort(list.items, list.count, sizeof *list.items, by_name);
    }
    return list;
}

const Quantity *resources_find(ResourceList list, Str name)
{
    for (size_t i = 0; i < list.count; i++) {
        if (str_eq(list.items[i].name, name)) {
            return &list.items[i].quantity;
        }
    }
    return NULL;
}

bool resources_has(ResourceList list, Str name)
{
    return resources_find(list, name) != NULL;
}

bool resources_equal(const Value *left, const Value *right, Arena *a)
{
    ResourceList l = resources_read(left, a);
    ResourceList r = resources_read(right, a);
    if (l.count != r.count) {
        return false;
    }
    for (size_t i = 0; i < l.count; i++) {
        if (!str_eq(l.items[i].name, r.items[i].name) ||
            quantity_cmp(&l.items[i].quantity, &r.items[i].quantity) != 0) {
            return false;
        }
    }
    return true;
}

Value resources_canonical(const Value *object, Arena *a)
{
    ResourceList list = resources_read(object, a);
    Value out = value_object();
    for (size_t i = 0; i < list.count; i++) {
        value_set(&out, list.items[i].name, value_str(quantity_text(&list.items[i].quantity, a)),
                  a);
    }
    return out;
}

/* Combines what both have; takes over what only one has (right's only when keep_right). */
typedef void Combine(Quantity *into, const Quantity *q);

static ResourceList combine(ResourceList left, ResourceList right, Combine *how, bool keep_right,
                            Arena *a)
{
    ResourceList out = { new(a, Resource, left.count + right.count), 0 };
    for (size_t i = 0, j = 0; i < left.count || j < right.count;) {
        int order = i == left.count    ? 1
                    : j == right.count ? -1
                                       : str_cmp(left.items[i].name, right.items[j].name);
        if (order > 0) {
            if (keep_right) {
                out.items[out.count++] = right.items[j];
            }
            j++;
            continue;
        }
        out.items[out.count] = left.items[i++];
        if (order == 0) {
            how(&out.items[out.count].quantity, &right.items[j++].quantity);
        }
        out.count++;
    }
    return out;
}

static void take_larger(Quantity *into, const Quantity *q)
{
    if (quantity_cmp(q, into) > 0) {
        *into = *q;
    }
}

static void keep(Quantity *into, const Quantity *q)
{
    (void)into;
    (void)q;
}

ResourceList resources_prefer(ResourceList left, ResourceList right, Arena *a)
{
    return combine(left, right, keep, true, a);
}

ResourceList resources_add(ResourceList left, ResourceList right, Arena *a)
{
    return combine(left, right, quantity_add, true, a);
}

ResourceList resources_max(ResourceList left, ResourceList right, Arena *a)
{
    return combine(left, right, take_larger, true, a);
}

ResourceList resources_subtract(ResourceList left, ResourceList right, Arena *a)
{
    return combine(left, right, quantity_sub, false, a);
}

ResourceList resources_of_containers(const Value *spec, const char *which, Arena *a)
{
    ResourceList sum = { NULL, 0 };
    VALUE_EACH_ITEM(container, value_get_lit(spec, "containers")) {
        sum = resources_add(sum, resources_read(value_at(container, "resources", which, NULL), a),
                            a);
    }
    /* init containers run one after the other, beside the restartable ones started before */
    ResourceList most = { NULL, 0 };
    ResourceList sidecars = { NULL, 0 };
    VALUE_EACH_ITEM(container, value_get_lit(spec, "initContainers")) {
        ResourceList own = resources_read(value_at(container, "resources", which, NULL), a);
        own = resources_add(own, sidecars, a);
        if (str_eq(value_get_str(container, STR("restartPolicy")), STR("Always"))) {
            sum = resources_add(
                sum, resources_read(value_at(container, "resources", which, NULL), a), a);
            sidecars = own;
        }
        most = resources_max(most, own, a);
    }
    return resources_max(sum, most, a);
}

bool resources_is_pod_level(Str name)
{
    return str_eq(name, STR("cpu")) || str_eq(name, STR("memory")) ||
           str_starts_with(name, STR("hugepages-"));
}

bool resources_has_pod_level(const Value *spec, const KubeTarget *target)
{
    static const char *const lists[] = { "requests", "limits" };
    for (size_t i = 0; i < COUNT_OF(lists) && kube_has(target, FEATURE_POD_LEVEL_RESOURCES); i++) {
        VALUE_EACH_MEMBER(m, value_at(spec, "resources", lists[i], NULL)) {
            if (resources_is_pod_level(member_key(m))) {
                return true;
            }
        }
    }
    return false;
}

ResourceList resources_of_pod(const Value *spec, const char *which, const KubeTarget *target,
                              Arena *a)
{
    ResourceList sum = resources_of_containers(spec, which, a);
    if (!kube_has(target, FEATURE_POD_LEVEL_RESOURCES)) {
        return sum;
    }
    ResourceList own = resources_read(value_at(spec, "resources", which, NULL), a);
    size_t kept = 0;
    for (size_t i = 0; i < own.count; i++) {
        if (resources_is_pod_level(own.items[i].name)) {
            own.items[kept++] = own.items[i];
        }
    }
    own.count = kept;
    return resources_prefer(own, sum, a);
}
