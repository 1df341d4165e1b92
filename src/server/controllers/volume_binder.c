/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binds claims to PersistentVolumes that suit them, and keeps the phases of both. Nothing is
 * provisioned: there is no storage here.
 *
 * Keys: a claim by namespace and name, a volume by its name alone.
 *
 * Source: Kubernetes pkg/controller/volume/persistentvolume
 */
#include "server/controllers/resources.h"
#include "server/controllers/volume_match.h"

#define BOUND_BY "pv.kubernetes.io/bound-by-controller"
#define BIND_COMPLETED "pv.kubernetes.io/bind-completed"

static Str volume_name(const Value *claim)
{
    return value_as_str(value_at(claim, "spec", "volumeName", NULL));
}

static const Value *find_volume(Ctl *c, Str name)
{
    return ctl_get(c, STR(""), STR("PersistentVolume"), STR(""), name);
}

/* A change of volumes may help any claim that has none. */
static void enqueue_unbound(Ctl *c)
{
    size_t count;
    const Value *const *claims = ctl_list(c, STR(""), STR("PersistentVolumeClaim"), STR_ABSENT,
                                          &count);
    for (size_t i = 0; i < count; i++) {
        Str phase = value_as_str(value_at(claims[i], "status", "phase", NULL));
        if (!str_eq(phase, STR("Bound"))) {
            ctl_enqueue(c, ctl_namespace(claims[i]), ctl_name(claims[i]));
        }
    }
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    const StoreObject *o = event->object;
    if (str_eq(kind->kind, STR("PersistentVolume"))) {
        const Value *ref = value_at(&o->object, "spec", "claimRef", NULL);
        ctl_enqueue(c, STR(""), o->name);
        if (ref) {
            ctl_enqueue(c, value_get_str(ref, STR("namespace")), value_get_str(ref, STR("name")));
        }
        enqueue_unbound(c);
        return;
    }
    ctl_enqueue(c, o->namespace, o->name);
    if (volume_name(&o->object).len) {
        ctl_enqueue(c, STR(""), volume_name(&o->object));
    }
}

/* -- writing ----------------------------------------------------------------------------------- */

static CtlObject place(const Value *object, const char *subresource)
{
    Str namespace = ctl_namespace(object);
    bool is_claim = namespace.len > 0;
    return (CtlObject){ "v1", is_claim ? "persistentvolumeclaims" : "persistentvolumes",
                        is_claim ? namespace : STR(""), ctl_name(object), subresource };
}

/* *object becomes what is stored then. */
static bool write(Ctl *c, Value *object, const char *subresource)
{
    CtlObject at = place(object, subresource);
    ApiResponse response;
    if (!ctl_update(c, &at, object, &response)) {
        return false;
    }
    *object = value_copy(&response.body, c->arena);
    return true;
}

static bool set_phase(Ctl *c, const Value *stored, Str phase)
{
    if (str_eq(value_as_str(value_at(stored, "status", "phase", NULL)), phase)) {
        return true;
    }
    Value object = value_copy(stored, c->arena);
    Value *status = value_need_object(&object, STR("status"), c->arena);
    if (status == NULL) {
        return true;
    }
    value_set_lit(status, "phase", value_str(phase), c->arena);
    return write(c, &object, "status");
}

static void annotate(Value *object, const char *key, Arena *a)
{
    Value *metadata = value_need_object(object, STR("metadata"), a);
    Value *annotations = metadata ? value_need_object(metadata, STR("annotations"), a) : NULL;
    if (annotations) {
        value_set(annotations, str_from_c(key), value_str(STR("yes")), a);
    }
}

/* -- binding ----------------------------------------------------------------------------------- */

static bool bind_volume(Ctl *c, Value *volume, const Value *claim)
{
    Arena *a = c->arena;
    const Value *old = value_at(volume, "spec", "claimRef", NULL);
    if (value_get_str(old, STR("uid")).len) {
        return true;
    }
    Value ref = value_object();
    value_set_lit(&ref, "kind", value_str(STR("PersistentVolumeClaim")), a);
    value_set_lit(&ref, "namespace", value_str(ctl_namespace(claim)), a);
    value_set_lit(&ref, "name", value_str(ctl_name(claim)), a);
    value_set_lit(&ref, "uid", value_str(ctl_uid(claim)), a);
    value_set_lit(&ref, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&ref, "resourceVersion", *value_at(claim, "metadata", "resourceVersion", NULL),
                  a);
    if (value_is_null(old)) {
        annotate(volume, BOUND_BY, a);
    }
    value_set_lit(value_get_lit(volume, "spec"), "claimRef", ref, a);
    return write(c, volume, NULL);
}

static bool bind_claim(Ctl *c, Value *claim, const Value *volume)
{
    Arena *a = c->arena;
    bool is_named = volume_name(claim).len > 0;
    const Value *done = value_at(claim, "metadata", "annotations", BIND_COMPLETED, NULL);
    if (!is_named || done == NULL) {
        if (!is_named) {
            annotate(claim, BOUND_BY, a);
        }
        annotate(claim, BIND_COMPLETED, a);
        value_set_lit(value_get_lit(claim, "spec"), "volumeName", value_str(ctl_name(volume)), a);
        if (!write(c, claim, NULL)) {
            return false;
        }
    }
    const Value *modes = value_at(volume, "spec", "accessModes", NULL);
    const Value *capacity = value_at(volume, "spec", "capacity", NULL);
    Value status = value_object();
    value_set_lit(&status, "phase", value_str(STR("Bound")), a);
    if (modes) {
        value_set_lit(&status, "accessModes", *modes, a);
    }
    if (capacity) {
        value_set_lit(&status, "capacity", *capacity, a);
    }
    if (value_equal(value_get_lit(claim, "status"), &status)) {
        return true;
    }
    value_set_lit(claim, "status", status, a);
    return write(c, claim, "status");
}

static bool bind(Ctl *c, const Value *stored_claim, const Value *stored_volume)
{
    Value claim = value_copy(stored_claim, c->arena);
    Value volume = value_copy(stored_volume, c->arena);
    return bind_volume(c, &volume, &claim) && set_phase(c, &volume, STR("Bound")) &&
           bind_claim(c, &claim, &volume);
}

/* -- claims ------------------------------------------------------------------------------------ */

/* Why nothing is bound. True when binding has to wait for a pod. */
static bool awaits_pod(const Value *class)
{
    return str_eq(value_get_str(class, STR("volumeBindingMode")), STR("WaitForFirstConsumer"));
}

static void tell_why(Ctl *c, const Value *claim, const Value *class)
{
    Str name = volume_class(claim);
    if (name.len == 0) {
        ctl_event(c, claim, "Normal", "FailedBinding",
                  "no persistent volumes available for this claim and no storage class is set");
    } else if (class == NULL) {
        ctl_event(c, claim, "Warning", "ProvisioningFailed",
                  "storageclass.storage.k8s.io \"%.*s\" not found", STR_ARG(name));
    } else if (awaits_pod(class)) {
        ctl_event(c, claim, "Normal", "WaitForFirstConsumer",
                  "waiting for first consumer to be created before binding");
    } else {
        ctl_event(c, claim, "Normal", "ExternalProvisioning",
                  "waiting for a volume to be created, either by external provisioner \"%.*s\" or "
                  "manually created by system administrator",
                  STR_ARG(value_get_str(class, STR("provisioner"))));
    }
}

static bool sync_unbound(Ctl *c, const Value *claim)
{
    size_t count;
    const Value *const *volumes = ctl_list(c, STR(""), STR("PersistentVolume"), STR(""), &count);
    Str name = volume_class(claim);
    const Value *class = name.len
                             ? ctl_get(c, STR("storage.k8s.io"), STR("StorageClass"), STR(""), name)
                             : NULL;
    const Value *volume = volume_find(claim, volumes, count, c->arena);
    if (volume && (!awaits_pod(class) || volume_is_for(volume, claim))) {
        return bind(c, claim, volume);
    }
    tell_why(c, claim, class);
    return set_phase(c, claim, STR("Pending"));
}

static bool sync_claim(Ctl *c, Str namespace, Str name)
{
    const Value *claim = ctl_get(c, STR(""), STR("PersistentVolumeClaim"), namespace, name);
    if (claim == NULL || (ctl_is_deleted(claim) && volume_name(claim).len == 0)) {
        return true;
    }
    if (volume_name(claim).len == 0) {
        return sync_unbound(c, claim);
    }
    const Value *volume = find_volume(c, volume_name(claim));
    bool was_bound = value_at(claim, "metadata", "annotations", BIND_COMPLETED, NULL) != NULL;
    bool is_free = volume && value_is_null(value_at(volume, "spec", "claimRef", NULL));
    if (volume && (volume_is_for(volume, claim) || (is_free && !was_bound))) {
        return bind(c, claim, volume);
    }
    return set_phase(c, claim, was_bound ? STR("Lost") : STR("Pending"));
}

/* -- volumes ----------------------------------------------------------------------------------- */

static bool sync_volume(Ctl *c, Str name)
{
    const Value *volume = find_volume(c, name);
    if (volume == NULL) {
        return true;
    }
    const Value *ref = value_at(volume, "spec", "claimRef", NULL);
    if (value_get_str(ref, STR("uid")).len == 0) {
        return set_phase(c, volume, STR("Available"));
    }
    const Value *claim = ctl_get(c, STR(""), STR("PersistentVolumeClaim"),
                                 value_get_str(ref, STR("namespace")),
                                 value_get_str(ref, STR("name")));
    if (claim == NULL || !volume_is_for(volume, claim)) {
        return set_phase(c, volume, STR("Released"));
    }
    return !str_eq(volume_name(claim), name) || set_phase(c, volume, STR("Bound"));
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    return namespace.len ? sync_claim(c, namespace, name) : sync_volume(c, name);
}

const Controller controller_volume_binder = {
    .name = STR_INIT("persistent-volume-binder"),
    .source = STR_INIT("persistentvolume-controller"),
    .kinds = { { STR_INIT(""), STR_INIT("PersistentVolume") },
               { STR_INIT(""), STR_INIT("PersistentVolumeClaim") } },
    .observe = observe,
    .sync = sync,
};
