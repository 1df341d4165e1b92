/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes and claims stay while they are used: a PersistentVolume while it is bound, a claim while
 * a pod on a node names it. Afterwards what is being deleted loses its finalizer.
 *
 * Source: Kubernetes pkg/controller/volume/{pvprotection,pvcprotection}
 */
#include "server/controllers/resources.h"

static bool has_finalizer(const Value *object, Str finalizer)
{
    VALUE_EACH_ITEM(f, value_at(object, "metadata", "finalizers", NULL)) {
        if (str_eq(value_as_str(f), finalizer)) {
            return true;
        }
    }
    return false;
}

/* Writes the object with the finalizer or without it. */
static bool set_finalizer(Ctl *c, const CtlObject *at, const Value *stored, Str finalizer, bool on)
{
    Value kept = value_array();
    VALUE_EACH_ITEM(f, value_at(stored, "metadata", "finalizers", NULL)) {
        if (!str_eq(value_as_str(f), finalizer)) {
            value_add(&kept, *f, c->arena);
        }
    }
    if (on) {
        value_add(&kept, value_str(finalizer), c->arena);
    }
    Value object = value_copy(stored, c->arena);
    value_set_lit(value_get_lit(&object, "metadata"), "finalizers", kept, c->arena);
    ApiResponse response;
    return ctl_update(c, at, &object, &response) || response.code == 404;
}

/* Takes it off what is being deleted and not used, and gives it to what lacks it. */
static bool protect(Ctl *c, const CtlObject *at, const Value *object, Str finalizer, bool is_used)
{
    bool has = has_finalizer(object, finalizer);
    if (ctl_is_deleted(object)) {
        return !has || is_used || set_finalizer(c, at, object, finalizer, false);
    }
    return has || set_finalizer(c, at, object, finalizer, true);
}

static void enqueue_itself(Ctl *c, const StoreEvent *event)
{
    if (event->kind != STORE_DELETED) {
        ctl_enqueue(c, event->object->namespace, event->object->name);
    }
}

/* -- volumes ----------------------------------------------------------------------------------- */

static void observe_volume(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    (void)kind;
    enqueue_itself(c, event);
}

static bool sync_volume(Ctl *c, Str namespace, Str name)
{
    (void)namespace;
    const Value *volume = ctl_get(c, STR(""), STR("PersistentVolume"), STR(""), name);
    if (volume == NULL) {
        return true;
    }
    CtlObject at = { "v1", "persistentvolumes", STR(""), name, NULL };
    Str phase = value_as_str(value_at(volume, "status", "phase", NULL));
    return protect(c, &at, volume, STR("kubernetes.io/pv-protection"), str_eq(phase, STR("Bound")));
}

const Controller controller_pv_protection = {
    .name = STR_INIT("pv-protection-controller"),
    .kinds = { { STR_INIT(""), STR_INIT("PersistentVolume") } },
    .observe = observe_volume,
    .sync = sync_volume,
};

/* -- claims ------------------------------------------------------------------------------------ */

/* The claim of a pod's volume; absent for none. */
static Str claim_of(const Value *pod, const Value *volume, Arena *a)
{
    if (!value_is_null(value_get_lit(volume, "ephemeral"))) {
        return arena_printf(a, "%.*s-%.*s", STR_ARG(ctl_name(pod)),
                            STR_ARG(value_get_str(volume, STR("name"))));
    }
    return value_as_str(value_at(volume, "persistentVolumeClaim", "claimName", NULL));
}

static void observe_claim(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    if (!str_eq(kind->kind, STR("Pod"))) {
        enqueue_itself(c, event);
        return;
    }
    const Value *pod = &event->object->object;
    if (event->kind == STORE_DELETED) {
        VALUE_EACH_ITEM(volume, value_at(pod, "spec", "volumes", NULL)) {
            Str claim = claim_of(pod, volume, c->arena);
            if (claim.len) {
                ctl_enqueue(c, event->object->namespace, claim);
            }
        }
    }
}

/* A pod that is on no node yet does not count: no kubelet will start it with such a claim. */
static bool uses(const Value *pod, Str name, Arena *a)
{
    if (value_as_str(value_at(pod, "spec", "nodeName", NULL)).len == 0) {
        return false;
    }
    VALUE_EACH_ITEM(volume, value_at(pod, "spec", "volumes", NULL)) {
        if (str_eq(claim_of(pod, volume, a), name)) {
            return true;
        }
    }
    return false;
}

static bool is_used(Ctl *c, Str namespace, Str name)
{
    size_t count;
    const Value *const *pods = ctl_list(c, STR(""), STR("Pod"), namespace, &count);
    for (size_t i = 0; i < count; i++) {
        if (uses(pods[i], name, c->arena)) {
            return true;
        }
    }
    return false;
}

static bool sync_claim(Ctl *c, Str namespace, Str name)
{
    const Value *claim = ctl_get(c, STR(""), STR("PersistentVolumeClaim"), namespace, name);
    if (claim == NULL) {
        return true;
    }
    CtlObject at = { "v1", "persistentvolumeclaims", namespace, name, NULL };
    return protect(c, &at, claim, STR("kubernetes.io/pvc-protection"),
                   ctl_is_deleted(claim) && is_used(c, namespace, name));
}

const Controller controller_pvc_protection = {
    .name = STR_INIT("pvc-protection-controller"),
    .kinds = { { STR_INIT(""), STR_INIT("PersistentVolumeClaim") },
               { STR_INIT(""), STR_INIT("Pod") } },
    .observe = observe_claim,
    .sync = sync_claim,
};
