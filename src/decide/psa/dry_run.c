/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trying a level on the pods that a namespace has already. Pods of one controller are much alike:
 * the first of each comes first, so that a limit cuts off what would add least.
 */
#include "decide/psa/admission.h"

#include "base/map.h"

#include <stdlib.h>

enum { PODS_MAX = 3000 };

/* Pods that violate the level for the same reasons. */
typedef struct Group {
    Str reason;
    Str least_name;
    size_t count;
} Group;

typedef struct Groups {
    Map by_reason;
    size_t checked; /* pods looked at */
} Groups;

/* The UID of the pod's controller; absent when it has none. */
static Str controller_uid(const Value *pod)
{
    VALUE_EACH_ITEM(ref, value_at(pod, "metadata", "ownerReferences", NULL)) {
        OptBool is_controller = value_get_bool(ref, STR("controller"));
        if (is_controller.set && is_controller.value) {
            Str uid = value_get_str(ref, STR("uid"));
            return uid.ptr ? uid : STR("");
        }
    }
    return STR_ABSENT;
}

static bool is_exempt(const Value *pod, const PsaConfig *config)
{
    Str class = value_as_str(value_at(pod, "spec", "runtimeClassName", NULL));
    return class.len && str_list_has(config->exemptions.runtime_classes, class);
}

/* Those to be checked, in the order to check them; returns how many. */
static size_t prioritise(const ObjectList *pods, const PsaConfig *config, Arena *a,
                         const Value **out)
{
    const Value **later = new(a, const Value *, pods->count);
    size_t later_count = 0;
    size_t count = 0;
    Map seen = map_new(a);
    for (size_t i = 0; i < pods->count; i++) {
        const Value *pod = pods->items[i];
        if (is_exempt(pod, config)) {
            continue;
        }
        Str uid = controller_uid(pod);
        if (uid.ptr && map_has(&seen, uid)) {
            later[later_count++] = pod;
            continue;
        }
        if (uid.ptr) {
            map_set(&seen, uid, NULL);
        }
        out[count++] = pod;
    }
    if (later_count) {
        memcpy(out + count, later, later_count * sizeof(*later));
    }
    return count + later_count;
}

/* False when the group is new, and so keeps the reason. */
static bool count_pod(Groups *groups, Str name, Str reason, Arena *a)
{
    Group *group = map_get(&groups->by_reason, reason);
    bool is_known = group != NULL;
    if (!is_known) {
        group = new(a, Group, 1);
        *group = (Group){ reason, name, 0 };
        map_set(&groups->by_reason, reason, group);
    } else if (str_cmp(name, group->least_name) < 0) {
        group->least_name = name;
    }
    group->count++;
    return is_known;
}

/* False when the pod cannot be read. What reading it took from the arena is given back, except for
 * the first pod of a group. */
static bool check_pod(const Value *pod, PsaLevelVersion enforce, int64_t minor_max, Groups *groups,
                      Arena *a)
{
    PsaOptions options = { .minor_max = minor_max };
    PodView view;
    PsaResult result;
    Err err;
    ArenaMark mark = arena_mark(a);
    if (!pod_view_read(pod, a, &view, &err)) {
        return false;
    }
    bool keeps = false;
    psa_evaluate(&view, enforce, &options, a, &result);
    if (!psa_allowed(&result)) {
        Buf reason = buf_new(a);
        psa_write_reason(&result, &reason);
        keeps = !count_pod(groups, view.name, buf_str(&reason), a);
    }
    if (!keeps) {
        arena_rewind(a, mark);
    }
    groups->checked++;
    return true;
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

static Str group_text(const Group *group, Arena *a)
{
    Buf b = buf_new(a);
    buf_add(&b, group->least_name);
    if (group->count == 2) {
        buf_lit(&b, " (and 1 other pod)");
    } else if (group->count > 2) {
        buf_printf(&b, " (and %zu other pods)", group->count - 1);
    }
    buf_lit(&b, ": ");
    buf_add(&b, group->reason);
    return buf_str(&b);
}

static StrList warnings_of(const Groups *groups, size_t total, Str namespace,
                           PsaLevelVersion enforce, Arena *a)
{
    Str *items = new(a, Str, groups->by_reason.count + 2);
    size_t count = 0;
    if (groups->checked < total) {
        items[count++] = arena_printf(
            a,
            "new PodSecurity enforce level only checked against the first "
            "%zu of %zu existing pods",
            groups->checked, total);
    }
    if (groups->by_reason.count) {
        Buf b = buf_new(a);
        buf_lit(&b, "existing pods in namespace ");
        buf_go_quoted(&b, namespace);
        buf_lit(&b, " violate the new PodSecurity enforce level \"");
        psa_level_version_write(enforce, &b);
        buf_byte(&b, '"');
        items[count++] = buf_str(&b);
    }
    Str *texts = items + count;
    for (size_t i = 0; i < groups->by_reason.count; i++) {
        texts[i] = group_text(groups->by_reason.entries[i].value, a);
    }
    count += groups->by_reason.count;
    qsort(texts, groups->by_reason.count, sizeof(Str), by_bytes);
    return (StrList){ items, count };
}

StrList psa_dry_run(const PsaConfig *config, const PsaCluster *cluster, Str namespace,
                    PsaLevelVersion enforce, Arena *a)
{
    static const Str cannot_list = STR_INIT(
        "failed to list pods while checking new PodSecurity enforce level");
    ObjectList pods = { NULL, 0 };
    if (!cluster->pods(cluster->context, namespace, &pods)) {
        return (StrList){ &cannot_list, 1 };
    }
    const Value **order = new(a, const Value *, pods.count);
    size_t total = prioritise(&pods, config, a, order);
    Groups groups = { .by_reason = map_new(a) };
    bool readable = true;
    for (size_t i = 0; readable && i < total && i < PODS_MAX; i++) {
        readable = check_pod(order[i], enforce, config->minor_max, &groups, a);
        if (cluster->time_is_over && cluster->time_is_over(cluster->context)) {
            break;
        }
    }
    if (!readable) { /* a list with a pod that does not decode is none */
        return (StrList){ &cannot_list, 1 };
    }
    return warnings_of(&groups, total, namespace, enforce, a);
}
