/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that were in a cluster before, put into this one as they are: uid, times, status, owners,
 * who owns which field. A create would give them new ones.
 *
 * All become visible in one commit, so that nobody sees a pod whose owner has yet to come. What an
 * API server does with an object that it reads from its storage is done with them: versions that
 * are not served any more become one that is, fields that the version does not have go, missing
 * defaults are filled in. They are not refused for what validation says: a real cluster keeps what
 * it has, too.
 *
 * Needs that no controller runs yet.
 */
#include "kube/groups/convert.h"
#include "kube/resource_table.h"
#include "server/apiserver/load.h"

#include <time.h>

/* One object on its way in. */
typedef struct Restored {
    const FileObject *file;
    ObjectKey key;
    Value object;
    Str uid;
    bool is_custom;
    KubeKind kind; /* unless it is custom */
} Restored;

typedef struct Restore {
    Loader *loader;
    ApiServer *server;
    const KubeTarget *target;
    Arena arena;
    Str now;
    Restored *items;
    size_t count;
    Map by_key;      /* Restored * by place: the last one counts */
    Map uids;        /* of all that there is */
    Map definitions; /* of custom kinds, by group/kind */
} Restore;

static Str meta_str(const Value *object, const char *field)
{
    Str s = value_as_str(value_at(object, "metadata", field, NULL));
    return s.ptr ? s : STR("");
}

bool restore_is_for(const FileObject *file)
{
    return meta_str(file->object, "uid").len > 0 && meta_str(file->object, "name").len > 0;
}

/* For what does not say since when it is there. */
static Str now_text(ApiServer *s, Arena *a)
{
    int64_t seconds;
    int32_t micros;
    char text[32];
    struct tm t;
    apiserver_now(s, &seconds, &micros);
    time_t now = (time_t)seconds;
    gmtime_r(&now, &t);
    return arena_str(a, str_from(text, strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &t)));
}

/* -- kinds ------------------------------------------------------------------------------------- */

/* The version in which the kind is kept: its own where that is served. False when none is. */
static bool served_kind(const KubeKind *k, const KubeTarget *target, KubeKind *out)
{
    if (resource_is_served(k, target)) {
        *out = *k;
        return true;
    }
    Str group = kube_storage_group(k->group, k->kind);
    return kube_kind_find_resource(group, STR(""), k->resource, target, out) &&
           resource_is_served(out, target);
}

static Str definition_key(Str group, Str kind, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s", STR_ARG(group), STR_ARG(kind));
}

static bool is_definition(const Value *object)
{
    return str_eq(value_get_str(object, STR("kind")), STR("CustomResourceDefinition")) &&
           str_starts_with(value_get_str(object, STR("apiVersion")), STR("apiextensions.k8s.io/"));
}

static void add_definition(Restore *r, const Value *object)
{
    const Value *spec = value_get_lit(object, "spec");
    Str group = value_get_str(spec, STR("group"));
    Str kind = value_get_str(value_get_lit(spec, "names"), STR("kind"));
    if (group.len && kind.len) {
        map_set(&r->definitions, definition_key(group, kind, &r->arena), (void *)(uintptr_t)spec);
    }
}

static const Value *definition_of(Restore *r, Str api_version, Str kind)
{
    Str group, version;
    kube_split_api_version(api_version, &group, &version);
    return map_get(&r->definitions, definition_key(group, kind, &r->arena));
}

/* -- one object -------------------------------------------------------------------------------- */

/* Decoded and with defaults, in the version it was given in. */
static bool read_object(Restore *r, Restored *o, const KubeKind *k, Str *problem)
{
    AdmissionOptions options = { .steps = ADMISSION_STEP_DECODE | ADMISSION_STEP_DEFAULT,
                                 .no_patch = true };
    AdmissionRequest request = {
        .operation = ADMISSION_CREATE,
        .user = &apiserver_itself.user,
        .group = k->group,
        .version = k->version,
        .resource = k->resource,
        .subresource = STR(""),
        .kind = k->kind,
        .namespace = k->namespaced ? meta_str(o->file->object, "namespace") : STR(""),
        .name = STR(""),
        .object = &o->object,
        .target = r->target,
        .options = &options,
    };
    AdmissionDecision decision;
    admission_decide(store_facts(r->server->store), &request, &r->arena, &decision);
    *problem = decision.status.message;
    o->object = decision.object;
    return decision.allowed;
}

static bool read_known(Restore *r, Restored *o, const KubeKind *k)
{
    Str problem;
    if (!served_kind(k, r->target, &o->kind)) {
        load_note(r->loader, o->file, true, "kind %.*s of %.*s is not served by Kubernetes 1.%d",
                  STR_ARG(k->kind), STR_ARG(k->api_version), r->target->minor);
        return false;
    }
    if (!read_object(r, o, k, &problem)) {
        load_note(r->loader, o->file, true, "%.*s", STR_ARG(problem));
        return false;
    }
    Value converted;
    if (!kube_convert(&o->object, o->kind.api_version, r->target, &r->arena, &converted)) {
        load_note(r->loader, o->file, true, "%.*s \"%.*s\" cannot be turned into %.*s",
                  STR_ARG(k->kind), STR_ARG(meta_str(o->file->object, "name")),
                  STR_ARG(o->kind.api_version));
        return false;
    }
    o->object = value_copy(&converted, &r->arena);
    o->key = (ObjectKey){ o->kind.group, o->kind.kind, STR(""), STR("") };
    return true;
}

/* A custom resource: its definition came along, so the object stays as it is. */
static bool read_custom(Restore *r, Restored *o)
{
    const Value *object = o->file->object;
    Str group, version;
    Str kind = value_get_str(object, STR("kind"));
    kube_split_api_version(value_get_str(object, STR("apiVersion")), &group, &version);
    if (definition_of(r, value_get_str(object, STR("apiVersion")), kind) == NULL) {
        r->loader->load->unknown++;
        return false;
    }
    o->is_custom = true;
    o->key = (ObjectKey){ group, kind, STR(""), STR("") };
    return true;
}

static bool is_namespaced(Restore *r, const Restored *o)
{
    if (!o->is_custom) {
        return o->kind.namespaced;
    }
    const Value *spec = definition_of(r, value_get_str(&o->object, STR("apiVersion")), o->key.kind);
    return str_eq(value_get_str(spec, STR("scope")), STR("Namespaced"));
}

static bool read_one(Restore *r, const FileObject *file, Restored *o)
{
    KubeKind k;
    *o = (Restored){ .file = file, .object = value_copy(file->object, &r->arena) };
    Value *metadata = value_get_lit(&o->object, "metadata");
    value_set_lit(metadata, "resourceVersion", value_str(STR("0")), &r->arena); /* for its place */
    if (value_is_null(value_get_lit(metadata, "creationTimestamp"))) {
        value_set_lit(metadata, "creationTimestamp", value_str(r->now), &r->arena);
    }
    value_remove(metadata, STR("selfLink"));
    bool known = kube_kind_find(value_get_str(file->object, STR("apiVersion")),
                                value_get_str(file->object, STR("kind")), &k) &&
                 k.resource.len;
    if (!(known ? read_known(r, o, &k) : read_custom(r, o))) {
        return false;
    }
    o->key.namespace = is_namespaced(r, o) ? meta_str(&o->object, "namespace") : STR("");
    o->key.name = meta_str(&o->object, "name");
    o->uid = meta_str(&o->object, "uid");
    return true;
}

static void add(Restore *r, const Restored *o)
{
    Str group = kube_storage_group(o->key.group, o->key.kind);
    Str key = arena_printf(&r->arena, "%.*s/%.*s/%.*s/%.*s", STR_ARG(group), STR_ARG(o->key.kind),
                           STR_ARG(o->key.namespace), STR_ARG(o->key.name));
    void **at = map_at(&r->by_key, key);
    if (*at == NULL) {
        *at = &r->items[r->count++];
    }
    *(Restored *)*at = *o;
    map_set(&r->uids, o->uid, *at);
}

/* -- owners ------------------------------------------------------------------------------------ */

/* An owner that did not come along: the garbage collector would take the object for what its owner
 * left behind. */
static void drop_missing_owners(Restore *r, Restored *o)
{
    Value *metadata = value_get_lit(&o->object, "metadata");
    Value *owners = value_get_lit(metadata, "ownerReferences");
    for (size_t i = 0; i < value_len(owners);) {
        const Value *owner = value_item(owners, i);
        if (map_has(&r->uids, value_get_str(owner, STR("uid")))) {
            i++;
            continue;
        }
        if (r->loader->load->ownerless++ == 0) {
            Str kind = value_get_str(owner, STR("kind")), name = value_get_str(owner, STR("name"));
            load_note(r->loader, o->file, false,
                      "%.*s \"%.*s\" is owned by %.*s \"%.*s\", which is not there: it is kept "
                      "without that owner",
                      STR_ARG(o->key.kind), STR_ARG(o->key.name), STR_ARG(kind), STR_ARG(name));
        }
        (void)value_remove_item(owners, i);
    }
    if (owners && value_len(owners) == 0) {
        value_remove(metadata, STR("ownerReferences"));
    }
}

/* -- validation -------------------------------------------------------------------------------- */

/* What would be said of an update that changes nothing: what is wrong stays, but not in silence. */
static void tell_invalid(Restore *r, const Restored *o)
{
    AdmissionOptions options = { .steps = ADMISSION_STEP_DECODE | ADMISSION_STEP_DEFAULT |
                                          ADMISSION_STEP_VALIDATE,
                                 .no_patch = true };
    AdmissionRequest request = {
        .operation = ADMISSION_UPDATE,
        .user = &apiserver_itself.user,
        .group = o->kind.group,
        .version = o->kind.version,
        .resource = o->kind.resource,
        .subresource = STR(""),
        .kind = o->kind.kind,
        .namespace = o->key.namespace,
        .name = o->key.name,
        .object = &o->object,
        .old_object = &o->object,
        .target = r->target,
        .options = &options,
    };
    AdmissionDecision decision;
    ArenaMark mark = arena_mark(&r->arena);
    admission_decide(store_facts(r->server->store), &request, &r->arena, &decision);
    if (!decision.allowed) {
        r->loader->load->invalid++;
        load_note(r->loader, o->file, false, "kept as it is, though %.*s",
                  STR_ARG(decision.status.message));
    }
    arena_rewind(&r->arena, mark);
}

/* -- all of them ------------------------------------------------------------------------------- */

static bool go_on(Loader *l)
{
    ApiLoad *load = l->load;
    return load->go_on == NULL || load->go_on(load->context, ++l->done, l->all);
}

static bool read_all(Restore *r, const FileObjects *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        if (is_definition(objects->items[i].object)) {
            add_definition(r, objects->items[i].object);
        }
    }
    for (size_t i = 0; i < objects->count; i++) {
        Restored o;
        if (!restore_is_for(&objects->items[i])) {
            continue;
        }
        if (read_one(r, &objects->items[i], &o)) {
            add(r, &o);
        }
        if (!go_on(r->loader)) {
            return false;
        }
    }
    return true;
}

static void need_namespaces(Restore *r)
{
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < r->count; i++) {
        if (r->items[i].key.namespace.len) {
            load_need_namespace(r->loader, r->items[i].key.namespace, &a);
            arena_reset(&a);
        }
    }
    arena_done(&a);
}

static void commit(Restore *r)
{
    StoreReader reader;
    Store *store = r->server->store;
    StoreChange *changes = new(&r->arena, StoreChange, r->count);
    store_write_begin(store, &reader);
    uint64_t version = store_version(store);
    for (size_t i = 0; i < r->count; i++) {
        Restored *o = &r->items[i];
        drop_missing_owners(r, o);
        Str text = arena_printf(&r->arena, "%llu", (unsigned long long)++version);
        value_set_lit(value_get_lit(&o->object, "metadata"), "resourceVersion", value_str(text),
                      &r->arena);
        bool is_there = store_find(store, &o->key) != NULL;
        changes[i] = (StoreChange){ o->key, is_there ? STORE_MODIFIED : STORE_ADDED, &o->object,
                                    version };
    }
    store_commit(store, changes, r->count);
    for (size_t i = 0; i < r->count; i++) {
        if (!r->items[i].is_custom) {
            tell_invalid(r, &r->items[i]);
        }
    }
    store_write_end(store, &reader);
    store_leave(store, &reader);
    r->loader->load->loaded += r->count;
}

bool restore_objects(Loader *l, const FileObjects *objects)
{
    Restore r = { .loader = l, .server = l->server, .target = &l->server->options.target };
    arena_init(&r.arena, 0);
    r.now = now_text(l->server, &r.arena);
    r.items = new(&r.arena, Restored, objects->count);
    r.by_key = map_new(&r.arena);
    r.uids = map_new(&r.arena);
    r.definitions = map_new(&r.arena);
    StoreReader reader;
    store_read_begin(l->server->store, &reader);
    bool done = read_all(&r, objects);
    store_read_end(l->server->store, &reader);
    store_leave(l->server->store, &reader);
    if (done && r.count) {
        need_namespaces(&r);
        commit(&r);
    }
    arena_done(&r.arena);
    return done;
}
