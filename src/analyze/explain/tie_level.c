/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod out of what Pod Security says: each reason has the containers, volumes and values in its
 * detail, and what a level would ask for and the message does not mention is as it should be.
 */
#include "analyze/explain/tie.h"

#include "analyze/explain/refusal_parts.h"

typedef struct LevelPod {
    const Refusal *refusal;
    Value *pod;
    Arena *arena;
} LevelPod;

/* -- the pod ------------------------------------------------------------------------------------
 */

static Value *spec_of(LevelPod *p)
{
    return value_need_object(p->pod, STR("spec"), p->arena);
}

static Value *pod_security(LevelPod *p)
{
    return value_need_object(spec_of(p), STR("securityContext"), p->arena);
}

/* The item of that name of a list of the spec, made when it is not there. */
static Value *item_named(LevelPod *p, Str list, Str name)
{
    Value *spec = spec_of(p);
    Value *items = value_get(spec, list);
    items = items ? items : value_set(spec, list, value_array(), p->arena);
    VALUE_EACH_ITEM(item, items) {
        if (str_eq(value_get_str(item, STR("name")), name)) {
            return item;
        }
    }
    Value item = value_object();
    value_set_lit(&item, "name", value_str(name), p->arena);
    return value_add(items, item, p->arena);
}

static Value *container(LevelPod *p, Str name)
{
    Value *c = item_named(p, STR("containers"), name);
    value_set_lit(c, "image", value_str(STR("unknown")), p->arena);
    return c;
}

static Value *security(LevelPod *p, Str name)
{
    return value_need_object(container(p, name), STR("securityContext"), p->arena);
}

static void append(Value *object, Str key, Value v, Arena *a)
{
    Value *list = value_get(object, key);
    list = list ? list : value_set(object, key, value_array(), a);
    value_add(list, v, a);
}

static Value named(Str key, Str text, Arena *a)
{
    Value v = value_object();
    value_set(&v, key, value_str(text), a);
    return v;
}

/* -- details ------------------------------------------------------------------------------------
 */

/* Takes `"a", "b"` off the beginning of *rest: false when the next is no quoted name. */
static bool next_quoted(Str *rest, Str *name)
{
    Str text = str_cut_prefix(str_trim(*rest), STR(","));
    text = str_trim(text);
    if (!text.len || text.ptr[0] != '"') {
        return false;
    }
    size_t end = refusal_quoted_end(text, 0);
    *name = str_cut_suffix(str_slice(text, 1, end), STR("\""));
    *rest = str_drop(text, end);
    return true;
}

/* What follows a word such as "containers " in the detail; absent when it is not there. */
static Str after(Str detail, Str one, Str many)
{
    ptrdiff_t at = str_index(detail, many);
    if (at >= 0) {
        return str_drop(detail, (size_t)at + many.len);
    }
    at = str_index(detail, one);
    return at >= 0 ? str_drop(detail, (size_t)at + one.len) : STR_ABSENT;
}

static Str containers_in(Str detail)
{
    return after(detail, STR("container "), STR("containers "));
}

/* For each container that the detail names; the pod itself when it is said to set something. */
static void set_in_containers(LevelPod *p, Str detail, Str key, Value v)
{
    Str rest = containers_in(detail);
    Str name;
    while (rest.ptr && next_quoted(&rest, &name)) {
        value_set(security(p, name), key, value_copy(&v, p->arena), p->arena);
    }
}

static bool pod_sets(Str detail)
{
    return str_starts_with(detail, STR("pod ")) && !str_starts_with(detail, STR("pod or "));
}

static void set_everywhere(LevelPod *p, Str detail, Str key, Value v)
{
    if (pod_sets(detail)) {
        value_set(pod_security(p), key, v, p->arena);
    }
    set_in_containers(p, detail, key, v);
}

/* -- reasons ------------------------------------------------------------------------------------
 */

static void host_namespaces(LevelPod *p, Str detail)
{
    static const Str names[] = { STR_INIT("hostNetwork"), STR_INIT("hostPID"),
                                 STR_INIT("hostIPC") };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_contains(detail, names[i])) {
            value_set(spec_of(p), names[i], value_bool(true), p->arena);
        }
    }
}

static void host_ports(LevelPod *p, Str detail)
{
    Str rest = containers_in(detail);
    Str ports = after(detail, STR("hostPort "), STR("hostPorts "));
    Str name;
    Str piece;
    if (!rest.ptr || !ports.ptr || !next_quoted(&rest, &name)) {
        return;
    }
    while (ports.ptr && str_next_piece(&ports, ',', &piece)) {
        int64_t number;
        if (str_to_int64(str_trim(piece), &number)) {
            Value port = value_object();
            value_set_lit(&port, "containerPort", value_int(number), p->arena);
            value_set_lit(&port, "hostPort", value_int(number), p->arena);
            append(container(p, name), STR("ports"), port, p->arena);
        }
    }
}

static void privileged(LevelPod *p, Str detail)
{
    set_in_containers(p, detail, STR("privileged"), value_bool(true));
}

/* What they must set stays unset; what they must not add is added. */
static void capabilities(LevelPod *p, Str detail)
{
    Str rest = containers_in(detail);
    Str name;
    while (rest.ptr && next_quoted(&rest, &name)) {
        container(p, name);
    }
    ptrdiff_t at = str_index(detail, STR(" must not include "));
    if (at < 0) {
        return;
    }
    Str before = str_slice(detail, 0, (size_t)at);
    ptrdiff_t part = str_rindex_byte(before, ';');
    Str who = containers_in(str_drop(before, (size_t)(part + 1)));
    Str added = str_drop(detail, (size_t)at + strlen(" must not include "));
    Str capability;
    if (!who.ptr || !next_quoted(&who, &name)) {
        return;
    }
    Value *own = value_need_object(security(p, name), STR("capabilities"), p->arena);
    while (next_quoted(&added, &capability)) {
        append(own, STR("add"), value_str(capability), p->arena);
    }
    if (!str_contains(detail, STR(" must set "))) {
        append(own, STR("drop"), value_str(STR("ALL")), p->arena);
    }
}

static void volumes(LevelPod *p, Str detail)
{
    Str rest = after(detail, STR("volume "), STR("volumes "));
    Str types = after(detail, STR("volume type "), STR("volume types "));
    Str type = STR("hostPath");
    Str name;
    while (rest.ptr && next_quoted(&rest, &name)) {
        if (types.ptr) { /* each its own as long as there are more */
            (void)next_quoted(&types, &type);
        }
        Value source = value_object();
        if (str_eq(type, STR("hostPath"))) {
            source = named(STR("path"), STR("/unknown"), p->arena);
        } else if (str_eq(type, STR("nfs"))) {
            source = named(STR("server"), STR("unknown"), p->arena);
            value_set_lit(&source, "path", value_str(STR("/")), p->arena);
        }
        value_set(item_named(p, STR("volumes"), name), type, source, p->arena);
    }
}

static void non_root(LevelPod *p, Str detail)
{
    if (str_contains(detail, STR("must not set"))) {
        set_everywhere(p, detail, STR("runAsNonRoot"), value_bool(false));
    } else {
        Str rest = containers_in(detail);
        Str name;
        while (rest.ptr && next_quoted(&rest, &name)) {
            container(p, name);
        }
    }
}

static void run_as_user(LevelPod *p, Str detail)
{
    set_everywhere(p, detail, STR("runAsUser"), value_int(0));
}

static void seccomp(LevelPod *p, Str detail)
{
    Str bad = after(detail, STR("seccompProfile.type to "), STR("seccompProfile.type to "));
    Str type;
    if (str_contains(detail, STR("must not set")) && bad.ptr && next_quoted(&bad, &type)) {
        set_everywhere(p, detail, STR("seccompProfile"), named(STR("type"), type, p->arena));
    } else {
        non_root(p, detail);
    }
}

static void proc_mount(LevelPod *p, Str detail)
{
    set_in_containers(p, detail, STR("procMount"), value_str(STR("Unmasked")));
}

static void sysctls(LevelPod *p, Str detail)
{
    Str rest = detail;
    Str piece;
    while (rest.ptr && str_next_piece(&rest, ',', &piece)) {
        Value sysctl = named(STR("name"), str_trim(piece), p->arena);
        value_set_lit(&sysctl, "value", value_str(STR("1")), p->arena);
        append(pod_security(p), STR("sysctls"), sysctl, p->arena);
    }
}

static const struct {
    Str check;
    void (*set)(LevelPod *p, Str detail);
} rows[] = {
    { STR_INIT("allowPrivilegeEscalation"), non_root },
    { STR_INIT("capabilities_baseline"), capabilities },
    { STR_INIT("capabilities_restricted"), capabilities },
    { STR_INIT("hostNamespaces"), host_namespaces },
    { STR_INIT("hostPathVolumes"), volumes },
    { STR_INIT("hostPorts"), host_ports },
    { STR_INIT("privileged"), privileged },
    { STR_INIT("procMount"), proc_mount },
    { STR_INIT("restrictedVolumes"), volumes },
    { STR_INIT("runAsNonRoot"), non_root },
    { STR_INIT("runAsUser"), run_as_user },
    { STR_INIT("seccompProfile_baseline"), seccomp },
    { STR_INIT("seccompProfile_restricted"), seccomp },
    { STR_INIT("sysctls"), sysctls },
};

static bool says(const LevelPod *p, Str check)
{
    for (size_t i = 0; i < p->refusal->point_count; i++) {
        if (str_eq(p->refusal->points[i].field, check)) {
            return true;
        }
    }
    return false;
}

/* Of what restricted wants to be set, all that the message does not miss. */
static void set_unmentioned(LevelPod *p)
{
    Arena *a = p->arena;
    if (!says(p, STR("runAsNonRoot"))) {
        value_set_lit(pod_security(p), "runAsNonRoot", value_bool(true), a);
    }
    if (!says(p, STR("seccompProfile_restricted"))) {
        value_set_lit(pod_security(p), "seccompProfile",
                      named(STR("type"), STR("RuntimeDefault"), a), a);
    }
    VALUE_EACH_ITEM(c, value_get_lit(spec_of(p), "containers")) {
        Value *own = value_need_object(c, STR("securityContext"), a);
        if (!says(p, STR("allowPrivilegeEscalation"))) {
            value_set_lit(own, "allowPrivilegeEscalation", value_bool(false), a);
        }
        if (!says(p, STR("capabilities_restricted"))) {
            Value *capabilities = value_need_object(own, STR("capabilities"), a);
            append(capabilities, STR("drop"), value_str(STR("ALL")), a);
        }
    }
}

static size_t count_containers(Str detail)
{
    Str rest = containers_in(detail);
    Str name;
    size_t n = 0;
    while (rest.ptr && next_quoted(&rest, &name)) {
        n++;
    }
    return n;
}

/* In the order of the pod, as far as it is told: the longest list has it. */
static void make_containers(LevelPod *p)
{
    const RefusalPoint *longest = NULL;
    size_t most = 0;
    for (size_t i = 0; i < p->refusal->point_count; i++) {
        size_t n = count_containers(p->refusal->points[i].detail);
        if (n > most) {
            most = n;
            longest = &p->refusal->points[i];
        }
    }
    Str rest = longest ? containers_in(longest->detail) : STR_ABSENT;
    Str name;
    while (rest.ptr && next_quoted(&rest, &name)) {
        container(p, name);
    }
}

void tie_level_pod(const Refusal *refusal, Value *pod, Arena *a)
{
    LevelPod p = { .refusal = refusal, .pod = pod, .arena = a };
    make_containers(&p);
    for (size_t i = 0; i < refusal->point_count; i++) {
        for (size_t j = 0; j < COUNT_OF(rows); j++) {
            if (str_eq(rows[j].check, refusal->points[i].field)) {
                rows[j].set(&p, refusal->points[i].detail);
            }
        }
    }
    if (!value_len(value_get_lit(spec_of(&p), "containers"))) {
        container(&p, STR("c"));
    }
    if (str_eq(refusal->level, STR("restricted"))) {
        set_unmentioned(&p);
    }
}
