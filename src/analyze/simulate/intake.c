/* SPDX-License-Identifier: Apache-2.0 */
/* A cluster's objects, reduced to what decides. */
#include "analyze/simulate/intake_private.h"
#include "analyze/simulate/reduce.h"
#include "kube/kinds.h"
#include "kube/workload.h"

#include <assert.h>
#include <stdlib.h>

Intake *intake_new(void)
{
    Intake *in = calloc(1, sizeof *in);
    assert(in);
    arena_init(&in->arena, 0);
    arena_init(&in->scratch, 0);
    pack_texts_init(&in->texts);
    in->loads = map_new(&in->arena);
    in->unknown = map_new(&in->arena);
    in->defined = map_new(&in->arena);
    return in;
}

void intake_free(Intake *in)
{
    if (in) {
        pack_texts_done(&in->texts);
        arena_done(&in->scratch);
        arena_done(&in->arena);
        free(in);
    }
}

size_t intake_bytes(const Intake *in)
{
    return in->arena.held + in->texts.arena.held;
}

/* -- keeping ----------------------------------------------------------------------------------- */

static const Value *pack(Intake *in, const Value *v)
{
    PackSize size = value_pack_size(v, &in->texts);
    Value *out = new(&in->arena, Value, 1);
    *out = value_pack(v, size, &in->texts, arena_alloc(&in->arena, pack_bytes(size)));
    return out;
}

static Str keep_text(Intake *in, Str text)
{
    return arena_str(&in->arena, text.ptr ? text : STR(""));
}

/* Objects come file by file. */
static Str keep_file(Intake *in, Str file)
{
    if (!in->file.ptr || !str_eq(in->file, file)) {
        in->file = keep_text(in, file);
    }
    return in->file;
}

/* reduced: of the object; lies in scratch, and shares what it can with the object. */
static FileObject keep_source(Intake *in, const FileObject *object, const Value *reduced,
                              bool stays)
{
    FileObject kept = *object;
    kept.object = pack(in, reduced);
    if (!stays) {
        kept.doc = NULL;
        kept.path = keep_text(in, object->path);
        kept.origin.file = keep_file(in, object->origin.file);
    }
    return kept;
}

void intake_keep(Intake *in, const FileObject *object, const Value *reduced, bool stays)
{
    if (in->object_count == in->object_cap) {
        size_t cap = in->object_cap ? in->object_cap * 2 : 64;
        FileObject *grown = new(&in->arena, FileObject, cap);
        if (in->object_count) {
            memcpy(grown, in->objects, in->object_count * sizeof *grown);
        }
        in->objects = grown;
        in->object_cap = cap;
    }
    in->objects[in->object_count++] = keep_source(in, object, reduced, stays);
}

/* -- owners ------------------------------------------------------------------------------------ */

static Owner owner_of(const Value *object)
{
    VALUE_EACH_ITEM(reference, value_at(object, "metadata", "ownerReferences", NULL)) {
        if (value_get_bool(reference, STR("controller")).value) {
            Owner owner = {
                .kind = value_get_str(reference, STR("kind")),
                .name = value_get_str(reference, STR("name")),
                .api_version = value_get_str(reference, STR("apiVersion")),
            };
            Str version;
            kube_split_api_version(owner.api_version, &owner.group, &version);
            if (owner.kind.len && owner.name.len) {
                return owner;
            }
        }
    }
    return (Owner){ .kind = STR("") };
}

static Owner keep_owner(Intake *in, Owner owner)
{
    if (!owner.kind.len) {
        return owner;
    }
    owner.kind = keep_text(in, owner.kind);
    owner.name = keep_text(in, owner.name);
    owner.api_version = keep_text(in, owner.api_version);
    Str version;
    kube_split_api_version(owner.api_version, &owner.group, &version);
    return owner;
}

/* extensions is where apps' kinds once were. */
static Str load_key(Str group, Str kind, Str namespace, Str name, Arena *a)
{
    Str stored = str_eq(group, STR("extensions")) ? STR("apps") : group;
    return arena_printf(a, "%.*s.%.*s/%.*s/%.*s", STR_ARG(kind), STR_ARG(stored),
                        STR_ARG(namespace), STR_ARG(name));
}

Load *intake_find_load(Intake *in, const Owner *owner, Str namespace)
{
    if (!owner->kind.len) {
        return NULL;
    }
    return map_get(&in->loads,
                   load_key(owner->group, owner->kind, namespace, owner->name, &in->scratch));
}

static Str namespace_of(const Value *object)
{
    Str namespace = value_as_str(value_at(object, "metadata", "namespace", NULL));
    return namespace.len ? namespace : STR("default");
}

static Str name_of(const Value *object)
{
    const Value *meta = value_get_lit(object, "metadata");
    Str name = value_get_str(meta, STR("name"));
    return name.len ? name : value_get_str(meta, STR("generateName"));
}

/* -- pods -------------------------------------------------------------------------------------- */

static bool has_ended(const Value *pod)
{
    Str phase = value_as_str(value_at(pod, "status", "phase", NULL));
    return str_eq(phase, STR("Succeeded")) || str_eq(phase, STR("Failed")) ||
           !value_is_null(value_at(pod, "metadata", "deletionTimestamp", NULL));
}

static void count_pod(Intake *in, int64_t *count, Str names[SIMULATE_NAMES_MAX], size_t *name_count,
                      Str name)
{
    ++*count;
    if (*name_count < SIMULATE_NAMES_MAX) {
        names[(*name_count)++] = keep_text(in, name);
    }
}

static void grow_groups(Intake *in)
{
    if (in->group_count == in->group_cap) {
        size_t cap = in->group_cap ? in->group_cap * 2 : 256;
        Group **grown = new(&in->arena, Group *, cap);
        if (in->group_count) {
            memcpy(grown, in->groups, in->group_count * sizeof *grown);
        }
        in->groups = grown;
        in->group_cap = cap;
    }
    if (in->slot_cap > 2 * in->group_count) {
        return;
    }
    in->slot_cap = in->slot_cap ? in->slot_cap * 2 : 1024;
    in->slots = new(&in->arena, uint32_t, in->slot_cap);
    for (size_t i = 0; i < in->group_count; i++) {
        size_t at = in->groups[i]->hash & (in->slot_cap - 1);
        while (in->slots[at]) {
            at = (at + 1) & (in->slot_cap - 1);
        }
        in->slots[at] = (uint32_t)i + 1;
    }
}

static bool is_of_group(Intake *in, const Group *g, uint64_t hash, const Owner *owner,
                        Str namespace, const Value *key)
{
    if (g->hash != hash || !str_eq(g->namespace, namespace) ||
        !str_eq(g->owner.kind, owner->kind) || !str_eq(g->owner.name, owner->name) ||
        !str_eq(g->owner.group, owner->group)) {
        return false;
    }
    Value other = reduce_to_key(g->source.object, &in->scratch);
    return value_equal(&other, key);
}

static uint64_t group_hash(const Owner *owner, Str namespace, const Value *key)
{
    uint64_t h = value_hash(key);
    h ^= str_hash(namespace) * 3;
    h ^= str_hash(owner->name) * 5;
    h *= 0x9E3779B97F4A7C15u;
    return h ^ (h >> 32);
}

static void put_pod(Intake *in, const FileObject *object, bool stays)
{
    const Value *pod = object->object;
    Str namespace = namespace_of(pod);
    if (has_ended(pod)) {
        in->finished++;
        return;
    }
    Owner owner = owner_of(pod);
    Load *load = intake_find_load(in, &owner, namespace);
    if (load) {
        count_pod(in, &load->running, load->names, &load->name_count, name_of(pod));
        return;
    }
    Value reduced = reduce_pod(pod, owner.kind, &in->scratch);
    Value key = reduce_to_key(&reduced, &in->scratch);
    uint64_t hash = group_hash(&owner, namespace, &key);
    grow_groups(in);
    size_t at = hash & (in->slot_cap - 1);
    for (; in->slots[at]; at = (at + 1) & (in->slot_cap - 1)) {
        Group *g = in->groups[in->slots[at] - 1];
        if (is_of_group(in, g, hash, &owner, namespace, &key)) {
            count_pod(in, &g->count, g->names, &g->name_count, name_of(pod));
            return;
        }
    }
    Group *g = new(&in->arena, Group, 1);
    g->hash = hash;
    g->source = keep_source(in, object, &reduced, stays);
    g->owner = keep_owner(in, owner);
    g->namespace = keep_text(in, namespace);
    count_pod(in, &g->count, g->names, &g->name_count, name_of(pod));
    in->groups[in->group_count++] = g;
    in->slots[at] = (uint32_t)in->group_count;
}

/* -- workloads --------------------------------------------------------------------------------- */

static bool job_has_ended(const Value *job)
{
    VALUE_EACH_ITEM(condition, value_at(job, "status", "conditions", NULL)) {
        Str type = value_get_str(condition, STR("type"));
        if ((str_eq(type, STR("Complete")) || str_eq(type, STR("Failed"))) &&
            str_eq(value_get_str(condition, STR("status")), STR("True"))) {
            return true;
        }
    }
    return false;
}

static void put_load(Intake *in, const FileObject *object, Str group, Str kind, bool stays)
{
    const Value *v = object->object;
    Str namespace = namespace_of(v);
    Str name = name_of(v);
    Str key = load_key(group, kind, namespace, name, &in->scratch);
    Load *load = map_get(&in->loads, key);
    if (!load) {
        load = new(&in->arena, Load, 1);
        map_set(&in->loads, keep_text(in, key), load);
    }
    load->group = keep_text(in, group);
    load->kind = keep_text(in, kind);
    load->namespace = keep_text(in, namespace);
    load->name = keep_text(in, name);
    load->owner = keep_owner(in, owner_of(v));
    load->has_ended = str_eq(kind, STR("Job")) && job_has_ended(v);
    /* What is left of an earlier revision makes no pods. */
    OptInt64 replicas = value_as_int(value_at(v, "spec", "replicas", NULL));
    bool is_old = load->owner.kind.len && replicas.set && replicas.value == 0;
    load->source = (FileObject){ .object = NULL };
    if (!is_old && !load->has_ended) {
        Value reduced = reduce_object(v, false, &in->scratch);
        load->source = keep_source(in, object, &reduced, stays);
    }
}

/* -- the rest ---------------------------------------------------------------------------------- */

typedef struct KeptKind {
    Str group;
    Str kind;
    bool with_status;
} KeptKind;

static const KeptKind kept_kinds[] = {
    { STR_INIT(""), STR_INIT("Namespace"), true },
    { STR_INIT(""), STR_INIT("ServiceAccount"), false },
    { STR_INIT(""), STR_INIT("LimitRange"), false },
    { STR_INIT(""), STR_INIT("ResourceQuota"), true },
    { STR_INIT("rbac.authorization.k8s.io"), STR_INIT("Role"), false },
    { STR_INIT("rbac.authorization.k8s.io"), STR_INIT("RoleBinding"), false },
    { STR_INIT("rbac.authorization.k8s.io"), STR_INIT("ClusterRole"), false },
    { STR_INIT("rbac.authorization.k8s.io"), STR_INIT("ClusterRoleBinding"), false },
    { STR_INIT("policy"), STR_INIT("PodSecurityPolicy"), false },
    { STR_INIT("extensions"), STR_INIT("PodSecurityPolicy"), false },
    { STR_INIT("podgate.io"), STR_INIT("PodSecurityPolicy"), false },
    { STR_INIT("scheduling.k8s.io"), STR_INIT("PriorityClass"), false },
    { STR_INIT("node.k8s.io"), STR_INIT("RuntimeClass"), false },
};

static const KeptKind *find_kept(Str group, Str kind)
{
    for (size_t i = 0; i < COUNT_OF(kept_kinds); i++) {
        if (str_eq(kept_kinds[i].kind, kind) && str_eq(kept_kinds[i].group, group)) {
            return &kept_kinds[i];
        }
    }
    return NULL;
}

/* A token's secret says whose it is; what is in it is nobody's business. */
static void put_secret(Intake *in, const FileObject *object, bool stays)
{
    Str type = value_get_str(object->object, STR("type"));
    if (str_eq(type, STR("kubernetes.io/service-account-token"))) {
        Value reduced = reduce_object(object->object, false, &in->scratch);
        (void)value_remove(&reduced, STR("data"));
        intake_keep(in, object, &reduced, stays);
    }
}

static void put_definition(Intake *in, const Value *object)
{
    Str kind = value_as_str(value_at(object, "spec", "names", "kind", NULL));
    Str group = value_as_str(value_at(object, "spec", "group", NULL));
    Str key = arena_printf(&in->arena, "%.*s.%.*s", STR_ARG(kind), STR_ARG(group));
    map_set(&in->defined, key, in);
}

static void put_unknown(Intake *in, const FileObject *object, Str group, Str kind, bool stays)
{
    Str key = arena_printf(&in->scratch, "%.*s.%.*s", STR_ARG(kind), STR_ARG(group));
    if (map_has(&in->unknown, key)) {
        return;
    }
    FileObject *first = new(&in->arena, FileObject, 1);
    Value head = reduce_object(object->object, false, &in->scratch);
    *first = keep_source(in, object, &head, stays);
    map_set(&in->unknown, keep_text(in, key), first);
}

void intake_put(Intake *in, const FileObject *object, bool stays)
{
    const Value *v = object->object;
    Str kind = value_get_str(v, STR("kind"));
    Str group;
    Str version;
    Str api_version = value_get_str(v, STR("apiVersion"));
    kube_split_api_version(api_version, &group, &version);
    const KeptKind *kept;
    KubeKind known;
    if (str_eq(kind, STR("Pod")) && str_eq(api_version, STR("v1"))) {
        put_pod(in, object, stays);
    } else if (workload_is(group, kind)) {
        if (!str_eq(kind, STR("PodTemplate"))) {
            put_load(in, object, group, kind, stays);
        }
    } else if ((kept = find_kept(group, kind))) {
        Value reduced = reduce_object(v, kept->with_status, &in->scratch);
        intake_keep(in, object, &reduced, stays);
    } else if (str_eq(kind, STR("Secret")) && !group.len) {
        put_secret(in, object, stays);
    } else if (str_eq(kind, STR("CustomResourceDefinition"))) {
        put_definition(in, v);
    } else if (str_ends_with(kind, STR("WebhookConfiguration"))) {
        in->webhooks++;
    } else if (!kube_kind_find(api_version, kind, &known)) {
        put_unknown(in, object, group, kind, stays);
    }
    arena_reset(&in->scratch);
}
