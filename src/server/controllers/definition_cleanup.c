/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends CustomResourceDefinitions: deletes the objects that they define, and takes their finalizer
 * off when none is left.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/controller/finalizer
 */
#include "server/controllers/resources.h"

#define GROUP "apiextensions.k8s.io"
#define KIND "CustomResourceDefinition"
#define FINALIZER "customresourcecleanup.apiextensions.k8s.io"

/* How often it is looked whether what stayed is still there. */
enum { RETRY_MS = 100 };

static const Str masters[] = { STR_INIT("system:masters"), STR_INIT("system:authenticated") };

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    (void)kind;
    if (event->kind != STORE_DELETED && ctl_is_deleted(&event->object->object)) {
        ctl_enqueue(c, STR(""), event->object->name);
    }
}

static bool has_finalizer(const Value *definition)
{
    VALUE_EACH_ITEM(f, value_at(definition, "metadata", "finalizers", NULL)) {
        if (str_eq(value_as_str(f), STR(FINALIZER))) {
            return true;
        }
    }
    return false;
}

/* -- the status ---------------------------------------------------------------------------------
 */

typedef struct Terminating {
    const char *status;
    const char *reason;
    const char *message;
} Terminating;

static const Terminating in_progress = { "True", "InstanceDeletionInProgress",
                                         "CustomResource deletion is in progress" };
static const Terminating completed = { "False", "InstanceDeletionCompleted",
                                       "removed all instances" };
static const Terminating never_established = { "False", "NeverEstablished",
                                               "resource was never established" };

static Value *find_condition(Value *definition)
{
    VALUE_EACH_ITEM(condition, value_at(definition, "status", "conditions", NULL)) {
        if (str_eq(value_get_str(condition, STR("type")), STR("Terminating"))) {
            return condition;
        }
    }
    return NULL;
}

static bool set_text(Value *condition, const char *key, const char *text, Arena *a)
{
    bool same = str_eq(value_get_str(condition, str_from_c(key)), str_from_c(text));
    value_set(condition, str_from_c(key), value_str(str_from_c(text)), a);
    return !same;
}

/* True when something changed. */
static bool set_terminating(Ctl *c, Value *definition, const Terminating *t)
{
    Arena *a = c->arena;
    Value *condition = find_condition(definition);
    Value *status = value_need_object(definition, STR("status"), a);
    if (condition == NULL && status) {
        Value *list = value_get_lit(status, "conditions");
        if (!value_is(list, VALUE_ARRAY)) {
            list = value_set_lit(status, "conditions", value_array(), a);
        }
        value_add(list, value_object(), a);
        condition = &list->items[list->len - 1];
        (void)set_text(condition, "type", "Terminating", a);
    }
    if (condition == NULL) {
        return false;
    }
    bool changed = set_text(condition, "status", t->status, a);
    if (changed) {
        value_set_lit(condition, "lastTransitionTime", value_str(ctl_now_text(c)), a);
    }
    changed |= set_text(condition, "reason", t->reason, a);
    return set_text(condition, "message", t->message, a) || changed;
}

static void remove_finalizer(Value *definition, Arena *a)
{
    Value *metadata = value_get_lit(definition, "metadata");
    Value kept = value_array();
    VALUE_EACH_ITEM(f, value_get_lit(metadata, "finalizers")) {
        if (!str_eq(value_as_str(f), STR(FINALIZER))) {
            value_add(&kept, *f, a);
        }
    }
    if (kept.len) {
        value_set_lit(metadata, "finalizers", kept, a);
    } else {
        value_remove(metadata, STR("finalizers"));
    }
}

static bool update_status(Ctl *c, Str name, const Terminating *t, bool ends)
{
    const Value *stored = ctl_get(c, STR(GROUP), STR(KIND), STR(""), name);
    if (stored == NULL) {
        return true;
    }
    Value definition = value_copy(stored, c->arena);
    if (!set_terminating(c, &definition, t) && !ends) {
        return true;
    }
    if (ends) {
        remove_finalizer(&definition, c->arena);
    }
    CtlObject at = { GROUP "/v1", "customresourcedefinitions", STR(""), name, "status" };
    if (!str_eq(value_get_str(stored, STR("apiVersion")), STR(GROUP "/v1"))) {
        at.api_version = GROUP "/v1beta1";
    }
    ApiResponse response;
    return ctl_update(c, &at, &definition, &response) || response.code == 404;
}

/* -- the objects --------------------------------------------------------------------------------
 */

/* Those of one namespace are next to each other. */
static void delete_all(Ctl *c, const CtlResource *r, const Value *const *items, size_t count)
{
    Str done = STR_ABSENT;
    for (size_t i = 0; i < count; i++) {
        Str namespace = ctl_namespace(items[i]);
        namespace = namespace.len ? namespace : STR("");
        if (ctl_is_deleted(items[i]) || (done.ptr && str_eq(done, namespace))) {
            continue;
        }
        CtlObject all = ctl_place(r, namespace, STR(""));
        (void)ctl_delete(c, &all, NULL, NULL);
        done = namespace;
    }
}

/* How many stay. */
static size_t delete_objects(Ctl *c, const CustomKind *k)
{
    CtlResource r;
    KubeKind kind;
    size_t count;
    if (!custom_kind_preferred(k, &kind) ||
        !ctl_resource_find(c, kind.api_version, kind.kind, &r)) {
        return 0;
    }
    const CrdVersion *stored = crd_storage_version(&k->crd);
    if (stored && stored->served) { /* nobody need be asked to convert what is to go */
        r.api_version = arena_cstr(c->arena, k->kinds[stored - k->crd.versions].api_version);
    }
    const Value *const *items = ctl_list(c, kind.group, kind.kind, STR_ABSENT, &count);
    if (count) {
        delete_all(c, &r, items, count);
        (void)ctl_list(c, kind.group, kind.kind, STR_ABSENT, &count);
    }
    return count;
}

static bool sync(Ctl *c, Str unused, Str name)
{
    (void)unused;
    const Value *stored = ctl_get(c, STR(GROUP), STR(KIND), STR(""), name);
    if (stored == NULL || !ctl_is_deleted(stored) || !has_finalizer(stored)) {
        return true;
    }
    const CustomKind *k = custom_kinds_get(ctl_custom_kinds(c), name);
    if (k == NULL || !k->crd.is_established) {
        return update_status(c, name, &never_established, true);
    }
    if (delete_objects(c, k)) {
        ctl_enqueue_after(c, STR(""), name, RETRY_MS);
        return update_status(c, name, &in_progress, false);
    }
    return update_status(c, name, &completed, true);
}

/* No plugin has a say: in a real server this is no request. */
static void start(Ctl *c)
{
    c->caller.bypasses = true;
}

const Controller controller_definition_cleanup = {
    .name = STR_INIT("crd_finalizer"),
    .user = STR_INIT("system:apiserver"),
    .groups = { masters, COUNT_OF(masters) },
    .agent = STR_INIT("kube-apiserver"),
    .kinds = { { STR_INIT(GROUP), STR_INIT(KIND) } },
    .observe = observe,
    .sync = sync,
    .start = start,
};
