/* SPDX-License-Identifier: Apache-2.0 */
/* Pods that run. */
#include "analyze/advise/pods.h"

enum { DEPTH_MAX = 200 }; /* that two pods are compared to; the readers allow less */

static bool is_profile_annotation(Str key)
{
    return str_contains(key, STR("seccomp")) || str_contains(key, STR("apparmor"));
}

static bool annotations_cover(const Value *a, const Value *b)
{
    VALUE_EACH_MEMBER(m, a) {
        if (is_profile_annotation(member_key(m)) &&
            !str_eq(value_as_str(&m->value), value_get_str(b, member_key(m)))) {
            return false;
        }
    }
    return true;
}

/* What differs from pod to pod and means nothing. */
static bool is_of_one_pod(Str key, size_t depth)
{
    static const Str keys[] = { STR_INIT("nodeName"), STR_INIT("hostname") };
    return depth == 0 && str_list_has((StrList){ keys, COUNT_OF(keys) }, key);
}

static bool alike(const Value *a, const Value *b, size_t depth);

static bool members_alike(const Value *a, const Value *b, size_t depth)
{
    VALUE_EACH_MEMBER(m, a) {
        if (!is_of_one_pod(member_key(m), depth) &&
            !alike(&m->value, value_get(b, member_key(m)), depth + 1)) {
            return false;
        }
    }
    VALUE_EACH_MEMBER(m, b) {
        if (!is_of_one_pod(member_key(m), depth) && !value_get(a, member_key(m))) {
            return false;
        }
    }
    return true;
}

/* Equal, but for what is given to each pod: its node, the name of its token's volume, the name of a
 * set's claim. */
static bool alike(const Value *a, const Value *b, size_t depth)
{
    static const Str token = STR_INIT("kube-api-access-");
    if (!a || !b || a->kind != b->kind || depth > DEPTH_MAX) {
        return false;
    }
    if (a->kind == VALUE_OBJECT) {
        return members_alike(a, b, depth);
    }
    if (a->kind == VALUE_ARRAY) {
        bool same = a->len == b->len;
        for (uint32_t i = 0; same && i < a->len; i++) {
            same = alike(&a->items[i], &b->items[i], depth + 1);
        }
        return same;
    }
    return value_equal(a, b) ||
           (str_starts_with(value_as_str(a), token) && str_starts_with(value_as_str(b), token));
}

bool advise_pods_alike(const Value *a, const Value *b)
{
    const Value *left = value_at(a, "metadata", "annotations", NULL);
    const Value *right = value_at(b, "metadata", "annotations", NULL);
    return alike(value_get_lit(a, "spec"), value_get_lit(b, "spec"), 0) &&
           annotations_cover(left, right) && annotations_cover(right, left);
}

/* Without containers that were put into the running pod to look into it: no pod is created with
 * one. */
static Value spec_to_send(const Value *spec, Arena *a)
{
    static const Str ephemeral = STR_INIT("ephemeralContainers");
    if (!spec || !value_get(spec, ephemeral)) {
        return spec ? *spec : value_object();
    }
    Value out = value_object();
    VALUE_EACH_MEMBER(m, spec) {
        if (!str_eq(member_key(m), ephemeral)) {
            value_append(&out, member_key(m), m->value, a);
        }
    }
    return out;
}

Value advise_pod_to_send(const Value *pod, Arena *a)
{
    static const Str kept[] = { STR_INIT("namespace"), STR_INIT("name"), STR_INIT("generateName"),
                                STR_INIT("labels"), STR_INIT("annotations") };
    const Value *from = value_get_lit(pod, "metadata");
    Value meta = value_object();
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        const Value *v = value_get(from, kept[i]);
        if (!value_is_null(v)) {
            value_set(&meta, kept[i], value_copy(v, a), a);
        }
    }
    value_remove(value_get_lit(&meta, "annotations"), STR("kubernetes.io/psp"));
    Value out = value_object();
    value_set_lit(&out, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&out, "kind", value_str(STR("Pod")), a);
    value_set_lit(&out, "metadata", meta, a);
    value_set_lit(&out, "spec", spec_to_send(value_get_lit(pod, "spec"), a), a);
    return out;
}
