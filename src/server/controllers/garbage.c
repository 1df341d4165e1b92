/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The garbage collector: objects whose owners are gone go too; an owner that is deleted in the
 * foreground waits for its dependents, one that orphans lets go of them first.
 *
 * Keys: the uid of an object that is to be looked at. Whether an owner is there is always asked of
 * the store, never of the graph; the graph tells who depends on whom.
 *
 * Source: Kubernetes pkg/controller/garbagecollector
 */
#include "server/controllers/garbage_graph.h"
#include "server/controllers/resources.h"

#define FINALIZER_ORPHAN "orphan"
#define FINALIZER_FOREGROUND "foregroundDeletion"

typedef struct State {
    GarbageGraph *graph;
} State;

static GarbageGraph *graph_of(const Ctl *c)
{
    return ((State *)c->state)->graph;
}

/* -- what objects say -------------------------------------------------------------------------- */

static const Value *owner_refs(const Value *object)
{
    return value_at(object, "metadata", "ownerReferences", NULL);
}

static bool has_finalizer(const Value *object, const char *finalizer)
{
    VALUE_EACH_ITEM(f, value_at(object, "metadata", "finalizers", NULL)) {
        if (str_eq(value_as_str(f), str_from_c(finalizer))) {
            return true;
        }
    }
    return false;
}

/* Is it being deleted, and waits for its dependents? */
static bool awaits_dependents(const Value *object)
{
    return ctl_is_deleted(object) && has_finalizer(object, FINALIZER_FOREGROUND);
}

static Str ref_uid(const Value *ref)
{
    return value_get_str(ref, STR("uid"));
}

static StrList owner_uids(const Value *object, Arena *a)
{
    const Value *refs = owner_refs(object);
    Str *uids = new(a, Str, value_len(refs));
    size_t count = 0;
    VALUE_EACH_ITEM(ref, refs) {
        uids[count++] = ref_uid(ref);
    }
    return (StrList){ uids, count };
}

/* -- changes ----------------------------------------------------------------------------------- */

static void enqueue_dependents(Ctl *c, Str uid)
{
    const GarbageNode *n = garbage_graph_find(graph_of(c), uid);
    for (size_t i = 0; n && i < n->dependent_count; i++) {
        ctl_enqueue(c, STR(""), n->dependents[i]->uid);
    }
}

/* Owners that wait may not need to any more. */
static void enqueue_owners(Ctl *c, const Value *object)
{
    VALUE_EACH_ITEM(ref, owner_refs(object)) {
        ctl_enqueue(c, STR(""), ref_uid(ref));
    }
}

static bool same_refs(const Value *a, const Value *b)
{
    const Value *left = owner_refs(a), *right = owner_refs(b);
    return value_len(left) == value_len(right) &&
           (value_len(left) == 0 || value_equal(left, right));
}

static void observe_object(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    const Value *object = &event->object->object;
    const Value *old = event->old ? &event->old->object : NULL;
    Str uid = ctl_uid(object);
    GarbagePlace place = { kind->group, kind->kind, event->object->namespace, event->object->name };
    if (event->kind == STORE_DELETED) {
        enqueue_dependents(c, uid);
        enqueue_owners(c, object);
        garbage_graph_remove(graph_of(c), uid);
        return;
    }
    garbage_graph_put(graph_of(c), uid, &place, owner_uids(object, c->arena));
    if (old && !same_refs(old, object)) {
        enqueue_owners(c, old);
        ctl_enqueue(c, STR(""), uid);
    } else if (old == NULL && value_len(owner_refs(object))) {
        ctl_enqueue(c, STR(""), uid);
    }
    if (ctl_is_deleted(object) &&
        (awaits_dependents(object) || has_finalizer(object, FINALIZER_ORPHAN))) {
        ctl_enqueue(c, STR(""), uid);
        if (awaits_dependents(object)) {
            enqueue_dependents(c, uid);
        }
    }
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    if (str_eq(kind->kind, STR("CustomResourceDefinition")) && event->kind != STORE_DELETED) {
        ctl_enqueue(c, STR(""), STR("")); /* to watch its kind */
    }
    if (ctl_uid(&event->object->object).len) {
        observe_object(c, kind, event);
    }
}

/* Objects of a kind that are no more there. */
typedef struct Lost {
    Ctl *ctl;
    const CtlKind *kind;
    const GarbageNode **nodes;
    size_t count;
} Lost;

static void look_for(void *context, const GarbageNode *n)
{
    Lost *lost = context;
    const GarbagePlace *p = &n->place;
    if (!n->is_there || !str_eq(p->kind, lost->kind->kind) ||
        !str_eq(p->group, lost->kind->group)) {
        return;
    }
    const Value *object = ctl_get(lost->ctl, p->group, p->kind, p->namespace, p->name);
    if (object == NULL || !str_eq(ctl_uid(object), n->uid)) {
        lost->nodes[lost->count++] = n;
    }
}

static void missed(Ctl *c, const CtlKind *kind)
{
    GarbageGraph *g = graph_of(c);
    Lost lost = { c, kind, new(c->arena, const GarbageNode *, garbage_graph_size(g) + 1), 0 };
    garbage_graph_each(g, look_for, &lost);
    for (size_t i = 0; i < lost.count; i++) {
        Str uid = arena_str(c->arena, lost.nodes[i]->uid);
        for (size_t k = 0; k < lost.nodes[i]->owner_count; k++) {
            ctl_enqueue(c, STR(""), lost.nodes[i]->owners[k]->uid);
        }
        enqueue_dependents(c, uid);
        garbage_graph_remove(g, uid);
    }
}

/* Events own nothing and are owned by nobody. */
static void watch_all(Ctl *c)
{
    CtlResources all = ctl_resources(c);
    for (size_t i = 0; i < all.count; i++) {
        if (!all.items[i].is_alias && !str_eq(all.items[i].kind, STR("Event"))) {
            ctl_watch(c, all.items[i].group, all.items[i].kind);
        }
    }
}

/* -- an object to work on ---------------------------------------------------------------------- */

typedef struct Item {
    const GarbageNode *node;
    const Value *object; /* as it is now */
    CtlResource resource;
} Item;

/* False when it is gone, or another one has its name. */
static bool find_item(Ctl *c, const GarbageNode *n, Item *out)
{
    if (n == NULL || !n->is_there) {
        return false;
    }
    *out = (Item){ n,
                   ctl_get(c, n->place.group, n->place.kind, n->place.namespace, n->place.name),
                   { .namespaced = false } };
    if (out->object == NULL || !str_eq(ctl_uid(out->object), n->uid)) {
        return false;
    }
    Str api_version = value_get_str(out->object, STR("apiVersion"));
    return ctl_resource_find(c, api_version, n->place.kind, &out->resource);
}

static CtlObject place_of(const Item *item)
{
    return ctl_place(&item->resource, item->node->place.namespace, item->node->place.name);
}

static bool is_done(bool ok, const ApiResponse *r)
{
    return ok || r->code == 404;
}

static bool delete_item(Ctl *c, const Item *item, const char *propagation)
{
    Value preconditions = value_object();
    Value options = value_object();
    value_set_lit(&preconditions, "uid", value_str(item->node->uid), c->arena);
    value_set_lit(&options, "preconditions", preconditions, c->arena);
    value_set_lit(&options, "propagationPolicy", value_str(str_from_c(propagation)), c->arena);
    CtlObject at = place_of(item);
    ApiResponse response;
    bool ok = ctl_delete(c, &at, &options, &response);
    return is_done(ok, &response) || response.code == 409;
}

/* {"metadata": {"resourceVersion": ..., "KEY": value}}, a merge patch */
static bool patch_metadata(Ctl *c, const Item *item, const char *key, Value value)
{
    Value metadata = value_object();
    Value patch = value_object();
    const Value *version = value_at(item->object, "metadata", "resourceVersion", NULL);
    value_set_lit(&metadata, "resourceVersion", version ? *version : value_null(), c->arena);
    value_set(&metadata, str_from_c(key), value, c->arena);
    value_set_lit(&patch, "metadata", metadata, c->arena);
    CtlObject at = place_of(item);
    ApiResponse response;
    bool ok = ctl_patch(c, &at, "application/merge-patch+json", &patch, &response);
    return is_done(ok, &response);
}

static bool remove_finalizer(Ctl *c, const Item *item, const char *finalizer)
{
    Value kept = value_array();
    VALUE_EACH_ITEM(f, value_at(item->object, "metadata", "finalizers", NULL)) {
        if (!str_eq(value_as_str(f), str_from_c(finalizer))) {
            value_add(&kept, *f, c->arena);
        }
    }
    return patch_metadata(c, item, "finalizers", kept.len ? kept : value_null());
}

/* Takes owners away. A strategic merge patch, which nobody's change in between can hurt; for custom
 * resources the list as it is to be. */
static bool remove_owners(Ctl *c, const Item *item, StrList uids)
{
    Arena *a = c->arena;
    if (item->resource.is_custom) {
        Value kept = value_array();
        VALUE_EACH_ITEM(ref, owner_refs(item->object)) {
            if (!str_list_has(uids, ref_uid(ref))) {
                value_add(&kept, *ref, a);
            }
        }
        return patch_metadata(c, item, "ownerReferences", kept.len ? kept : value_null());
    }
    Value refs = value_array();
    for (size_t i = 0; i < uids.count; i++) {
        Value ref = value_object();
        value_set_lit(&ref, "$patch", value_str(STR("delete")), a);
        value_set_lit(&ref, "uid", value_str(uids.items[i]), a);
        value_add(&refs, ref, a);
    }
    Value metadata = value_object();
    Value patch = value_object();
    value_set_lit(&metadata, "ownerReferences", refs, a);
    value_set_lit(&metadata, "uid", value_str(item->node->uid), a);
    value_set_lit(&patch, "metadata", metadata, a);
    CtlObject at = place_of(item);
    ApiResponse response;
    bool ok = ctl_patch(c, &at, NULL, &patch, &response);
    return is_done(ok, &response);
}

/* -- an owner that is being deleted ------------------------------------------------------------ */

/* Lets go of all dependents, then of the owner. */
static bool orphan_dependents(Ctl *c, const Item *owner)
{
    const GarbageNode *n = owner->node;
    bool done = true;
    for (size_t i = 0; i < n->dependent_count; i++) {
        Item dependent;
        if (find_item(c, n->dependents[i], &dependent)) {
            done &= remove_owners(c, &dependent, (StrList){ &n->uid, 1 });
        }
    }
    return done && remove_finalizer(c, owner, FINALIZER_ORPHAN);
}

static bool blocks(const Value *dependent, Str owner)
{
    VALUE_EACH_ITEM(ref, owner_refs(dependent)) {
        if (str_eq(ref_uid(ref), owner) && value_get_bool(ref, STR("blockOwnerDeletion")).value) {
            return true;
        }
    }
    return false;
}

/* The last blocking dependent that goes has it looked at again. */
static bool await_dependents(Ctl *c, const Item *owner)
{
    const GarbageNode *n = owner->node;
    bool is_blocked = false;
    for (size_t i = 0; i < n->dependent_count; i++) {
        Item dependent;
        if (find_item(c, n->dependents[i], &dependent) && blocks(dependent.object, n->uid)) {
            is_blocked = true;
            if (!awaits_dependents(dependent.object)) {
                ctl_enqueue(c, STR(""), dependent.node->uid);
            }
        }
    }
    return is_blocked || remove_finalizer(c, owner, FINALIZER_FOREGROUND);
}

/* -- a dependent ------------------------------------------------------------------------------- */

typedef enum OwnerState {
    OWNER_SOLID,
    OWNER_GONE,
    OWNER_WAITS, /* it is being deleted, and waits for its dependents */
    OWNER_UNKNOWN,
} OwnerState;

/* An owner that is there, but not where a dependent of this namespace can have it. */
static void report_elsewhere(Ctl *c, const Item *item, const Value *ref)
{
    const GarbageNode *n = garbage_graph_find(graph_of(c), ref_uid(ref));
    if (n == NULL || !n->is_there) {
        return;
    }
    Str api_version = value_get_str(ref, STR("apiVersion"));
    Str kind = value_get_str(ref, STR("kind"));
    Str name = value_get_str(ref, STR("name"));
    Str namespace = item->node->place.namespace;
    ctl_event(c, item->object, "Warning", "OwnerRefInvalidNamespace",
              "ownerRef [%.*s/%.*s, namespace: %.*s, name: %.*s, uid: %.*s] does not exist in "
              "namespace \"%.*s\"",
              STR_ARG(api_version), STR_ARG(kind), STR_ARG(namespace), STR_ARG(name),
              STR_ARG(ref_uid(ref)), STR_ARG(namespace));
}

static OwnerState owner_state(Ctl *c, const Item *item, const Value *ref)
{
    CtlResource r;
    Str namespace = item->node->place.namespace;
    Str api_version = value_get_str(ref, STR("apiVersion"));
    if (!ctl_resource_find(c, api_version, value_get_str(ref, STR("kind")), &r) ||
        (r.namespaced && namespace.len == 0)) {
        return OWNER_UNKNOWN;
    }
    const Value *owner = ctl_get(c, r.group, r.kind, r.namespaced ? namespace : STR(""),
                                 value_get_str(ref, STR("name")));
    if (owner == NULL || !str_eq(ctl_uid(owner), ref_uid(ref))) {
        report_elsewhere(c, item, ref);
        return OWNER_GONE;
    }
    return awaits_dependents(owner) ? OWNER_WAITS : OWNER_SOLID;
}

/* Owners that wait for each other: the item's does not wait for it any more. */
static bool unblock_owners(Ctl *c, const Item *item)
{
    Arena *a = c->arena;
    Value refs = value_array();
    VALUE_EACH_ITEM(ref, owner_refs(item->object)) {
        if (value_get_bool(ref, STR("blockOwnerDeletion")).value) {
            Value changed = value_copy(ref, a);
            value_set_lit(&changed, "blockOwnerDeletion", value_bool(false), a);
            value_add(&refs, changed, a);
        } else if (item->resource.is_custom) {
            value_add(&refs, *ref, a);
        }
    }
    if (item->resource.is_custom) {
        return patch_metadata(c, item, "ownerReferences", refs);
    }
    Value metadata = value_object();
    Value patch = value_object();
    value_set_lit(&metadata, "ownerReferences", refs, a);
    value_set_lit(&metadata, "uid", value_str(item->node->uid), a);
    value_set_lit(&patch, "metadata", metadata, a);
    CtlObject at = place_of(item);
    ApiResponse response;
    bool ok = ctl_patch(c, &at, NULL, &patch, &response);
    return is_done(ok, &response);
}

/* Its owner waits for it, and it has dependents itself: they go first. */
static bool delete_with_dependents(Ctl *c, const Item *item)
{
    const GarbageNode *n = item->node;
    for (size_t i = 0; i < n->dependent_count; i++) {
        Item dependent;
        if (find_item(c, n->dependents[i], &dependent) && awaits_dependents(dependent.object)) {
            if (!unblock_owners(c, item)) {
                return false;
            }
            break;
        }
    }
    return delete_item(c, item, "Foreground");
}

static bool delete_unowned(Ctl *c, const Item *item)
{
    const char *propagation = has_finalizer(item->object, FINALIZER_ORPHAN)       ? "Orphan"
                              : has_finalizer(item->object, FINALIZER_FOREGROUND) ? "Foreground"
                                                                                  : "Background";
    return delete_item(c, item, propagation);
}

static bool sync_dependent(Ctl *c, const Item *item)
{
    size_t counts[OWNER_UNKNOWN + 1] = { 0 };
    const Value *refs = owner_refs(item->object);
    Str *useless = new(c->arena, Str, value_len(refs));
    size_t useless_count = 0;
    VALUE_EACH_ITEM(ref, refs) {
        OwnerState state = owner_state(c, item, ref);
        counts[state]++;
        if (state == OWNER_GONE || state == OWNER_WAITS) {
            useless[useless_count++] = ref_uid(ref);
        }
    }
    if (counts[OWNER_UNKNOWN]) {
        return false; /* its kind may come to be served */
    }
    if (counts[OWNER_SOLID]) {
        return useless_count == 0 || remove_owners(c, item, (StrList){ useless, useless_count });
    }
    return counts[OWNER_WAITS] && item->node->dependent_count ? delete_with_dependents(c, item)
                                                              : delete_unowned(c, item);
}

static bool sync(Ctl *c, Str unused, Str uid)
{
    (void)unused;
    Item item;
    if (uid.len == 0) {
        watch_all(c);
        return true;
    }
    if (!find_item(c, garbage_graph_find(graph_of(c), uid), &item)) {
        return true;
    }
    if (ctl_is_deleted(item.object)) {
        if (has_finalizer(item.object, FINALIZER_ORPHAN)) {
            return orphan_dependents(c, &item);
        }
        return !has_finalizer(item.object, FINALIZER_FOREGROUND) || await_dependents(c, &item);
    }
    return value_len(owner_refs(item.object)) == 0 || sync_dependent(c, &item);
}

static void start(Ctl *c)
{
    State *s = c->state;
    s->graph = garbage_graph_new();
    watch_all(c);
}

static void stop(Ctl *c)
{
    garbage_graph_free(graph_of(c));
}

const Controller controller_garbage = {
    .name = STR_INIT("generic-garbage-collector"),
    .source = STR_INIT("garbage-collector-controller"),
    .kinds = { { STR_INIT("apiextensions.k8s.io"), STR_INIT("CustomResourceDefinition") } },
    .observe = observe,
    .missed = missed,
    .sync = sync,
    .start = start,
    .stop = stop,
    .state_bytes = sizeof(State),
};
