/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest edit of the workload. */
#include "analyze/remedy/edit.h"

#include "doc/patch.h"
#include "doc/pointer.h"

/* -- places -------------------------------------------------------------------------------------
 */

Str remedy_pod_pointer(const RemedySearch *s, Str below)
{
    Buf b = buf_new(s->arena);
    Str rest = s->workload.template_path;
    Str name;
    while (rest.len && str_next_piece(&rest, '.', &name)) {
        pointer_append(&b, name);
    }
    buf_add(&b, below);
    return buf_str(&b);
}

Str remedy_pointer_add(Str pointer, Str name, Arena *a)
{
    Buf b = buf_new(a);
    buf_add(&b, pointer);
    pointer_append(&b, name);
    return buf_str(&b);
}

const Value *remedy_workload_at(const RemedySearch *s, const RemedyTrial *trial, Str pointer)
{
    return remedy_at(&trial->object, pointer, s->arena);
}

/* "containers[2].x.y" as its list, number and rest; false when it is no list's item. */
static bool split_item(Str path, Str *list, size_t *index, Str *rest)
{
    Str after;
    Str number;
    if (!str_split_once(path, '[', list, &after) || !str_split_once(after, ']', &number, rest) ||
        !pointer_index(number, index)) {
        return false;
    }
    *rest = str_cut_prefix(*rest, STR("."));
    return true;
}

bool remedy_pod_place(const RemedySearch *s, const RemedyTrial *trial, Str path, PodPlace *out)
{
    Str spec_path = str_cut_prefix(path, STR("spec."));
    if (spec_path.len == path.len) {
        return false;
    }
    const Value *spec = value_get_lit(&trial->decision.object, "spec");
    Str base = remedy_pod_pointer(s, STR("/spec"));
    *out = (PodPlace){
        .pointer = base,
        .rest = spec_path,
        .item = remedy_workload_at(s, trial, base),
        .in_pod = spec,
    };
    Str list;
    Str rest;
    size_t index;
    if (!split_item(spec_path, &list, &index, &rest)) {
        return true;
    }
    bool is_volume = str_eq(list, STR("volumes"));
    bool is_container = str_eq(list, STR("containers")) || str_eq(list, STR("initContainers")) ||
                        str_eq(list, STR("ephemeralContainers"));
    if (!is_volume && !is_container) {
        return true;
    }
    const Value *item = value_item(value_get(spec, list), index);
    Str name = value_get_str(item, STR("name"));
    Buf b = buf_new(s->arena);
    buf_add(&b, base);
    pointer_append(&b, list);
    pointer_append(&b, arena_concat(s->arena, STR("="), name));
    out->is_volume = is_volume;
    out->is_container = is_container;
    out->name = name;
    out->pointer = buf_str(&b);
    out->rest = rest;
    out->item = name.len ? remedy_workload_at(s, trial, out->pointer) : NULL;
    out->in_pod = item;
    return true;
}

bool psp_field_is(const PspField *field, const PodPlace *place)
{
    return (field->of == PSP_OF_CONTAINER) == place->is_container &&
           (field->how == PSP_PREFIX ? str_starts_with(place->rest, field->path)
                                     : str_eq(place->rest, field->path));
}

/* -- parts --------------------------------------------------------------------------------------
 */

static void add(RemedySearch *s, RemedyParts *parts, RemedyOp op, Str pointer, Value v)
{
    remedy_add(s, parts,
               (RemedyPart){ .op = op, .of_workload = true, .pointer = pointer, .value = v });
}

void remedy_edit_set(RemedySearch *s, RemedyParts *parts, Str pointer, Value v)
{
    add(s, parts, REMEDY_SET, pointer, v);
}

void remedy_edit_remove(RemedySearch *s, const RemedyTrial *trial, RemedyParts *parts, Str pointer)
{
    if (remedy_workload_at(s, trial, pointer)) {
        add(s, parts, REMEDY_REMOVE, pointer, value_null());
    }
}

void remedy_edit_list_add(RemedySearch *s, RemedyParts *parts, Str pointer, Value v)
{
    add(s, parts, REMEDY_LIST_ADD, pointer, v);
}

void remedy_edit_list_remove(RemedySearch *s, RemedyParts *parts, Str pointer, Value v)
{
    add(s, parts, REMEDY_LIST_REMOVE, pointer, v);
}

/* -- edits that both kinds of policy ask for ----------------------------------------------------
 */

static const Str container_lists[] = { STR_INIT("initContainers"), STR_INIT("containers"),
                                       STR_INIT("ephemeralContainers") };

static Value with_name(Str name, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "name", value_str(name), a);
    return v;
}

static bool mounts(const Value *container, Str volume)
{
    VALUE_EACH_ITEM(mount, value_get_lit(container, "volumeMounts")) {
        if (str_eq(value_get_str(mount, STR("name")), volume)) {
            return true;
        }
    }
    return false;
}

static void remove_volume(RemedySearch *s, const RemedyTrial *trial, Str volume, RemedyParts *parts)
{
    Arena *a = s->arena;
    Str base = remedy_pod_pointer(s, STR("/spec"));
    remedy_edit_list_remove(s, parts, remedy_pointer_add(base, STR("volumes"), a),
                            with_name(volume, a));
    for (size_t i = 0; i < COUNT_OF(container_lists); i++) {
        Str list = remedy_pointer_add(base, container_lists[i], a);
        VALUE_EACH_ITEM(container, remedy_workload_at(s, trial, list)) {
            if (mounts(container, volume)) {
                Str step = arena_concat(a, STR("="), value_get_str(container, STR("name")));
                Str at = remedy_pointer_add(list, step, a);
                remedy_edit_list_remove(s, parts, remedy_pointer_add(at, STR("volumeMounts"), a),
                                        with_name(volume, a));
            }
        }
    }
}

void remedy_edit_volume(RemedySearch *s, const RemedyTrial *trial, const PodPlace *volume,
                        bool may_be_empty_dir, RemedyParts *parts)
{
    Arena *a = s->arena;
    if (!volume->item) { /* the account's token, or a claim of a StatefulSet */
        bool is_token = value_get_lit(volume->in_pod, "secret") ||
                        value_get_lit(volume->in_pod, "projected");
        Str pointer = remedy_pod_pointer(s, STR("/spec/automountServiceAccountToken"));
        if (is_token && !remedy_workload_at(s, trial, pointer)) {
            remedy_edit_set(s, parts, pointer, value_bool(false));
        }
        return;
    }
    bool is_empty_dir = volume->item->len == 1 || value_get_lit(volume->item, "emptyDir");
    if (may_be_empty_dir && !is_empty_dir) {
        Value v = with_name(volume->name, a);
        value_set_lit(&v, "emptyDir", value_object(), a);
        /* the item as a whole: its other source has to go at the same time */
        remedy_edit_set(s, parts, volume->pointer, v);
        return;
    }
    remove_volume(s, trial, volume->name, parts);
}

void remedy_edit_inherited(RemedySearch *s, const RemedyTrial *trial, const PodPlace *place,
                           Str field, RemedyParts *parts)
{
    Str security = remedy_pointer_add(place->pointer, STR("securityContext"), s->arena);
    Str own = remedy_pointer_add(security, field, s->arena);
    if (remedy_workload_at(s, trial, own)) {
        remedy_edit_remove(s, trial, parts, own);
    } else {
        Str pod = remedy_pod_pointer(s, STR("/spec/securityContext"));
        remedy_edit_remove(s, trial, parts, remedy_pointer_add(pod, field, s->arena));
    }
}

void remedy_edit_host_port(RemedySearch *s, const RemedyTrial *trial, const PodPlace *container,
                           int64_t port, RemedyParts *parts)
{
    Arena *a = s->arena;
    Str ports = remedy_pointer_add(container->pointer, STR("ports"), a);
    bool host_network =
        value_get_bool(value_get_lit(&trial->decision.object, "spec"), STR("hostNetwork")).value;
    size_t i = 0;
    VALUE_EACH_ITEM(item, value_get_lit(container->item, "ports")) {
        OptInt64 given = value_get_int(item, STR("hostPort"));
        OptInt64 inner = value_get_int(item, STR("containerPort"));
        if (given.set && given.value == port) {
            Str at = remedy_pointer_add(ports, arena_printf(a, "%zu", i), a);
            remedy_edit_remove(s, trial, parts, remedy_pointer_add(at, STR("hostPort"), a));
        }
        /* on the node's network every port is the node's: if that stays, the port goes */
        if (host_network && (given.set ? given.value : inner.value) == port) {
            Value wanted = value_copy(item, a);
            value_remove(&wanted, STR("hostPort"));
            remedy_edit_list_remove(s, parts, ports, wanted);
        }
        i++;
    }
}

/* What the API does not take beside allowPrivilegeEscalation false. */
static void remove_escalators(RemedySearch *s, const RemedyTrial *trial, const PodPlace *container,
                              RemedyParts *parts)
{
    Arena *a = s->arena;
    Str security = remedy_pointer_add(container->pointer, STR("securityContext"), a);
    const Value *own = value_get_lit(container->item, "securityContext");
    if (value_get_bool(own, STR("privileged")).value) {
        remedy_edit_remove(s, trial, parts, remedy_pointer_add(security, STR("privileged"), a));
    }
    VALUE_EACH_ITEM(name, value_at(own, "capabilities", "add", NULL)) {
        Str capability = value_as_str(name);
        if (str_eq(capability, STR("SYS_ADMIN")) || str_eq(capability, STR("CAP_SYS_ADMIN"))) {
            Str list = remedy_pointer_add(security, STR("capabilities"), a);
            remedy_edit_list_remove(s, parts, remedy_pointer_add(list, STR("add"), a), *name);
        }
    }
}

void remedy_edit_escalation(RemedySearch *s, const RemedyTrial *trial, const PodPlace *container,
                            RemedyParts *parts)
{
    Arena *a = s->arena;
    Str security = remedy_pointer_add(container->pointer, STR("securityContext"), a);
    remedy_edit_set(s, parts, remedy_pointer_add(security, STR("allowPrivilegeEscalation"), a),
                    value_bool(false));
    remove_escalators(s, trial, container, parts);
}

/* -- the search ---------------------------------------------------------------------------------
 */

static void propose(RemedySearch *s, const RemedyTrial *trial, Str policy, RemedyParts *parts)
{
    if (str_eq(trial->refused_by, STR("PodSecurity"))) {
        remedy_edit_psa(s, trial, parts);
        return;
    }
    if (str_eq(trial->refused_by, STR("LimitRanger"))) {
        remedy_edit_limits(s, trial, parts);
        return;
    }
    if (remedy_is_excess(trial)) {
        remedy_edit_quota(s, trial, parts);
        return;
    }
    PodPlace place;
    const FieldError *contradiction = remedy_contradiction(trial);
    if (contradiction && remedy_pod_place(s, trial, contradiction->path, &place)) {
        remove_escalators(s, trial, &place, parts);
    }
    const PspTried *tried = remedy_tried(trial, policy);
    for (const FieldError *e = tried ? tried->errs.first : NULL; e; e = e->next) {
        remedy_edit_psp(s, trial, tried->candidate.policy, e, parts);
    }
}

void remedy_edit(RemedySearch *s, const RemedyTrial *refusal, RemedyWay *way)
{
    StrList policies = remedy_refusing(s, refusal);
    bool by_policy = str_eq(refusal->refused_by, STR("PodSecurityPolicy"));
    /* one search does, whichever policy admits it */
    bool one_search = str_eq(refusal->refused_by, STR("PodSecurity")) ||
                      str_eq(refusal->refused_by, STR("LimitRanger")) ||
                      remedy_is_excess(refusal) || remedy_contradiction(refusal) != NULL;
    if (by_policy && policies.count == 0) {
        way->none = STR("no policy may be used for it, whatever it says");
        return;
    }
    if (!by_policy && !one_search) {
        way->none = arena_concat(s->arena, remedy_refuser_text(s, refusal),
                                 STR(", and that is no security policy"));
        return;
    }
    if (one_search) {
        static const Str nothing = STR_INIT("");
        policies = (StrList){ &nothing, 1 };
    }
    way->none = STR("no edit was found that would do");
    RemedyParts best = { 0 };
    for (size_t i = 0; i < policies.count && !(way->found && best.count == 1); i++) {
        RemedyParts parts = { 0 };
        Str why = STR("");
        if (!remedy_search(s, policies.items[i], propose, &parts, &why)) {
            if (!way->found && why.len) {
                way->none = arena_printf(s->arena, "no edit was found that would do: %.*s",
                                         STR_ARG(why));
            }
        } else if (!way->found || parts.count < best.count) {
            best = parts;
            remedy_take(s, &parts, policies.items[i], way);
            way->patch = patch_diff(s->question->object, &way->objects[0], s->arena);
        }
    }
}
