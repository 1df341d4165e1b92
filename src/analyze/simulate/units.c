/* SPDX-License-Identifier: Apache-2.0 */
/* What was taken in, as units: each workload at the top of its chain, and pods without one. */
#include "analyze/simulate/intake_private.h"
#include "kube/workload.h"

#include <stdlib.h>

enum { OWNERS_MAX = 8 /* a chain: Pod, ReplicaSet, Deployment */ };

/* The workload at the top of the chain, as far as it is there. */
static Load *top_of(Intake *in, Load *load)
{
    for (int i = 0; i < OWNERS_MAX; i++) {
        Load *above = intake_find_load(in, &load->owner, load->namespace);
        if (!above || above == load) {
            break;
        }
        load = above;
    }
    return load;
}

static void add_names(Str to[SIMULATE_NAMES_MAX], size_t *to_count, const Str *from, size_t count)
{
    for (size_t i = 0; i < count && *to_count < SIMULATE_NAMES_MAX; i++) {
        to[(*to_count)++] = from[i];
    }
}

static void hand_up(Load *top, int64_t count, const Str *names, size_t name_count)
{
    top->running += count;
    add_names(top->names, &top->name_count, names, name_count);
}

static Str object_text(Str group, Str kind, Str name, Arena *a)
{
    Str stored = str_eq(group, STR("extensions")) ? STR("apps") : group;
    return arena_printf(a, "%.*s%s%.*s/%.*s", STR_ARG(arena_lower(a, kind)), stored.len ? "." : "",
                        STR_ARG(stored), STR_ARG(name));
}

/* The pod's spec in a workload, or a pod's own. */
static const Value *spec_of(const Value *object)
{
    const Value *spec = value_get_lit(object, "spec");
    const Value *job = value_at(spec, "jobTemplate", "spec", NULL);
    const Value *template = value_get_lit(job ? job : spec, "template");
    return template ? value_get_lit(template, "spec") : spec;
}

static bool is_system(Str namespace, const Value *object)
{
    Str class = value_get_str(spec_of(object), STR("priorityClassName"));
    return str_eq(namespace, STR("kube-system")) || str_starts_with(class, STR("system-"));
}

/* Objects of manifests may leave the namespace out. */
static void fill_namespace(Intake *in, FileObject *source, Str namespace)
{
    if (value_as_str(value_at(source->object, "metadata", "namespace", NULL)).len) {
        return;
    }
    Value *copy = new(&in->arena, Value, 1);
    *copy = value_copy(source->object, &in->arena);
    Value *meta = value_need_object(copy, STR("metadata"), &in->arena);
    if (meta) {
        value_set_lit(meta, "namespace", value_str(namespace), &in->arena);
    }
    source->object = copy;
}

static SimulateUnit unit_of_load(Intake *in, const Load *load)
{
    SimulateUnit u = {
        .source = load->source,
        .namespace = load->namespace,
        .kind = load->kind,
        .text = object_text(load->group, load->kind, load->name, &in->arena),
        .controller = workload_controller(load->group, load->kind),
        .node = STR(""),
        .running = load->running,
        .is_system = is_system(load->namespace, load->source.object),
    };
    add_names(u.names, &u.name_count, load->names, load->name_count);
    fill_namespace(in, &u.source, u.namespace);
    return u;
}

static SimulateUnit unit_of_group(Intake *in, const Group *g)
{
    bool is_mirror = str_eq(g->owner.kind, STR("Node"));
    bool is_owned = g->owner.kind.len && !is_mirror;
    SimulateUnit u = {
        .source = g->source,
        .namespace = g->namespace,
        .kind = is_owned ? g->owner.kind : STR("Pod"),
        .text = is_owned ? object_text(g->owner.group, g->owner.kind, g->owner.name, &in->arena)
                         : object_text(STR(""), STR("Pod"), g->names[0], &in->arena),
        .controller = is_owned ? workload_controller(g->owner.group, g->owner.kind) : STR(""),
        .node = is_mirror ? g->owner.name : STR(""),
        .running = g->count,
        .is_system = is_system(g->namespace, g->source.object),
    };
    add_names(u.names, &u.name_count, g->names, g->name_count);
    fill_namespace(in, &u.source, u.namespace);
    return u;
}

static int unit_cmp(const void *left, const void *right)
{
    const SimulateUnit *a = left;
    const SimulateUnit *b = right;
    if (a->is_system != b->is_system) {
        return a->is_system ? -1 : 1;
    }
    int by_namespace = str_cmp(a->namespace, b->namespace);
    int by_text = by_namespace ? by_namespace : str_cmp(a->text, b->text);
    return by_text ? by_text : str_cmp(a->names[0], b->names[0]);
}

static void make_units(Intake *in, SimulateUnits *out)
{
    out->items = new(&in->arena, SimulateUnit, in->loads.count + in->group_count + 1);
    for (size_t i = 0; i < in->loads.count; i++) {
        Load *load = in->loads.entries[i].value;
        Load *top = top_of(in, load);
        out->pods += (size_t)load->running;
        if (top != load && load->running) {
            hand_up(top, load->running, load->names, load->name_count);
            load->running = 0;
        }
    }
    for (size_t i = 0; i < in->group_count; i++) {
        Group *g = in->groups[i];
        Load *load = intake_find_load(in, &g->owner, g->namespace);
        out->pods += (size_t)g->count;
        if (load) {
            hand_up(top_of(in, load), g->count, g->names, g->name_count);
        } else {
            out->items[out->count++] = unit_of_group(in, g);
        }
        arena_reset(&in->scratch);
    }
    for (size_t i = 0; i < in->loads.count; i++) {
        Load *load = in->loads.entries[i].value;
        in->finished += load->has_ended;
        if (load->source.object && top_of(in, load) == load) {
            out->items[out->count++] = unit_of_load(in, load);
        }
        arena_reset(&in->scratch);
    }
    if (out->count) {
        qsort(out->items, out->count, sizeof *out->items, unit_cmp);
    }
}

void intake_finish(Intake *in, FileObjects *objects, SimulateUnits *units)
{
    *units = (SimulateUnits){ 0 };
    make_units(in, units);
    units->finished = in->finished;
    units->webhooks = in->webhooks;
    for (size_t i = 0; i < in->unknown.count; i++) {
        if (!map_has(&in->defined, in->unknown.entries[i].key)) {
            const FileObject *first = in->unknown.entries[i].value;
            intake_keep(in, first, first->object, true);
        }
    }
    *objects = (FileObjects){ in->objects, in->object_count };
}
