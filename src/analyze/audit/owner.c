/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which workload a pod of a log belongs to.
 *
 * Source: k8s.io/apimachinery pkg/util/rand (the characters of random suffixes); names of pods in
 * pkg/controller: ReplicaSets are called after a hash of their template, Jobs of a CronJob after
 * the time that they are for.
 */
#include "analyze/audit/owner.h"

enum { SUFFIX = 5, HASH_MIN = 6, HASH_MAX = 10, TIME_MIN = 8, TIME_MAX = 10, ORDINAL_MAX = 4 };

static bool is_random(Str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!memchr("bcdfghjklmnpqrstvwxz2456789", s.ptr[i], 27)) {
            return false;
        }
    }
    return true;
}

static bool is_number(Str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
    }
    return s.len > 0;
}

/* At the last dash; false when there is none with something before it. */
static bool split_last(Str name, Str *before, Str *after)
{
    ptrdiff_t dash = str_rindex_byte(name, '-');
    if (dash <= 0) {
        return false;
    }
    *before = str_slice(name, 0, (size_t)dash);
    *after = str_drop(name, (size_t)dash + 1);
    return true;
}

static bool is_template_hash(Str s)
{
    return s.len >= HASH_MIN && s.len <= HASH_MAX && (is_random(s) || is_number(s));
}

static Str kind_and_name(const char *kind, Str name, Arena *a)
{
    return arena_printf(a, "%s/%.*s", kind, STR_ARG(name));
}

static Str of_controller(Str kind, Str name, Arena *a)
{
    Str before, after;
    bool has_suffix = split_last(name, &before, &after);
    if (str_eq(kind, STR("ReplicaSet")) && has_suffix && is_template_hash(after)) {
        return kind_and_name("deployment", before, a);
    }
    if (str_eq(kind, STR("Job")) && has_suffix && is_number(after) && after.len >= TIME_MIN &&
        after.len <= TIME_MAX) {
        return kind_and_name("cronjob", before, a);
    }
    Str lower = arena_lower(a, kind);
    return kind_and_name(arena_cstr(a, lower), name, a);
}

Str owner_of_pod(const Value *pod, Str name, Arena *a)
{
    const Value *meta = value_get_lit(pod, "metadata");
    VALUE_EACH_ITEM(reference, value_get_lit(meta, "ownerReferences")) {
        if (value_get_bool(reference, STR("controller")).value) {
            return of_controller(value_get_str(reference, STR("kind")),
                                 value_get_str(reference, STR("name")), a);
        }
    }
    Str own = value_get_str(meta, STR("name"));
    Str generate = value_get_str(meta, STR("generateName"));
    if (!own.len && generate.len) {
        Str base = str_cut_suffix(generate, STR("-"));
        return of_controller(STR("ReplicaSet"), base, a);
    }
    return kind_and_name("pod", own.len ? own : name, a);
}

Str owner_of_pod_name(Str name, Arena *a)
{
    Str before, after, base, hash;
    if (!split_last(name, &before, &after)) {
        return name;
    }
    if (after.len == SUFFIX && is_random(after)) {
        if (split_last(before, &base, &hash) && is_template_hash(hash)) {
            bool is_time = is_number(hash) && hash.len >= TIME_MIN;
            return is_time ? base : kind_and_name("deployment", base, a);
        }
        return before;
    }
    return is_number(after) && after.len <= ORDINAL_MAX ? before : name;
}

bool owner_is(Str workload, Str asked)
{
    Str kind, name;
    if (str_eq(workload, asked)) {
        return true;
    }
    bool has_kind = str_split_once(workload, '/', &kind, &name);
    if (str_index_byte(asked, '/') < 0) {
        return has_kind && str_eq(name, asked);
    }
    /* a workload of which only the name is known may be of any kind */
    Str asked_kind, asked_name;
    str_split_once(asked, '/', &asked_kind, &asked_name);
    return !has_kind && str_eq(workload, asked_name);
}
