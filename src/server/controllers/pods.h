/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What controllers of pods have in common: making pods of a template, claiming those that match,
 * telling which count.
 *
 * Source: Kubernetes pkg/controller (controller_utils.go, controller_ref_manager.go),
 * pkg/api/v1/pod.
 */
#ifndef PODGATE_SERVER_CONTROLLERS_PODS_H
#define PODGATE_SERVER_CONTROLLERS_PODS_H

#include "kube/selector.h"
#include "server/controllers/controller.h"

typedef struct PodList { /* or other objects */
    const Value **items;
    size_t count;
} PodList;

/* The kind of an owner of pods. */
typedef struct OwnerKind {
    const char *api_version;
    const char *kind;
    const char *resource;
} OwnerKind;

/* Neither ended nor going. */
bool pod_is_active(const Value *pod);
bool pod_is_ready(const Value *pod);
/* Ready for at least so many seconds. */
bool pod_is_available(const Value *pod, int64_t min_ready_seconds, int64_t now);
/* The condition of a type; NULL for none. */
const Value *pod_condition(const Value *pod, Str type);

/* Creates a pod of the owner's template, with an event. False: *why gets the API's message. A
 * namespace that goes away is no failure. */
bool pods_create_one(Ctl *c, const Value *owner, const OwnerKind *kind, Str *why);
/* The same in two steps: the pod of the template, with its owner; a copy that may be changed. */
bool pods_make(Ctl *c, const Value *owner, const OwnerKind *kind, Value *out, Str *why);
bool pods_create_made(Ctl *c, const Value *owner, const Value *pod, Str *why);
/* As many, in batches of 1, 2, 4, ... until one fails. Returns how many were made. */
size_t pods_create(Ctl *c, const Value *owner, const OwnerKind *kind, size_t count, Str *why);
bool pods_delete_one(Ctl *c, const Value *owner, const Value *pod, Str *why);

/* What is owned. */
typedef struct OwnedKind {
    const char *api_version;
    const char *resource;
    Str group;
    Str kind;
    bool (*counts)(const Value *object); /* others are not looked at; NULL: all do */
    bool (*fits)(const Value *owner, const Value *object); /* beside the selector, or NULL */
} OwnedKind;

/* Pods that are active. */
extern const OwnedKind owned_pods;

/* Of the namespace's objects those that belong to owner: orphans that match are adopted, owned ones
 * that do not are let go. False: something was refused, try again. */
bool owned_claim(Ctl *c, const Value *owner, const OwnerKind *kind, const LabelSelector *selector,
                 const OwnedKind *owned, PodList *out);

/* The first count of pods are those to delete first. related: pods of other owners that may stand
 * in for them on the same node. */
void pods_sort_to_delete(Ctl *c, PodList *pods, const PodList *related);

/* Enqueues what the change of an owned object concerns: its controller of the kind, the one it had
 * before, or, when nobody controls it, each owner that would take it. */
void owned_observe(Ctl *c, const OwnerKind *kind, Str group, const StoreEvent *event,
                   bool (*matches)(Ctl *c, const Value *owner, const Value *object));

#endif
