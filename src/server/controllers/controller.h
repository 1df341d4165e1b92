/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a controller is, and what it works with.
 *
 * All controllers run in the manager's one thread, so they need no locks among themselves. The
 * manager hands the changes of the kinds that a controller watches to observe(), which says what
 * has to be looked at again (keys: a namespace and a name, of whatever the controller cares for);
 * sync() then brings the cluster to where the object of a key wants it to be. A sync is given up
 * and tried again by returning false: after 5 ms, 10 ms, ... as client-go's work queues do.
 *
 * What is read stays valid until the sync (or observe, or tick) returns, and is what was stored at
 * the time of that call: never change it, value_copy() first. What is written goes through the API
 * as any client's writes do: with the rights of the controller's service account, admission and
 * validation.
 *
 * To add a controller, add its file and a row in controllers.def.
 */
#ifndef PODGATE_SERVER_CONTROLLERS_CONTROLLER_H
#define PODGATE_SERVER_CONTROLLERS_CONTROLLER_H

#include "server/apiserver/internal.h"

enum { CTL_KINDS_MAX = 12 };

typedef struct CtlKind {
    Str group;
    Str kind;
} CtlKind;

struct Manager;
struct Controller;

/* A controller at work. */
typedef struct Ctl {
    struct Manager *manager;
    const struct Controller *controller;
    ApiCaller caller;
    void *state;  /* controller->state_bytes, zeroed at the start */
    Arena *arena; /* reset after each call */
    ApiServer *server;
    const KubeTarget *target;
    int failures;   /* of the key that is synced: how often it was given up in a row */
    Str host;       /* of the events it makes; or absent */
    Str field_path; /* what part of the object they are about; or absent */
} Ctl;

typedef struct Controller {
    Str name;       /* its service account in kube-system, and the source of its events */
    Str source;     /* of its events, when it is another */
    Str user;       /* who it is instead, when it has no service account */
    StrList groups; /* of user */
    Str agent;      /* owns the fields it sets; absent for "kube-controller-manager" */
    CtlKind kinds[CTL_KINDS_MAX];
    /* Looks at one change of such a kind; must not write. Objects that are there at the start come
     * as STORE_ADDED. */
    void (*observe)(Ctl *c, const CtlKind *kind, const StoreEvent *event);
    /* Changes of the kind were lost, deletions too: there were more than the history holds. What is
     * there follows as STORE_ADDED. Must not write; may be NULL. */
    void (*missed)(Ctl *c, const CtlKind *kind);
    /* False: try again later. */
    bool (*sync)(Ctl *c, Str namespace, Str name);
    void (*tick)(Ctl *c); /* every tick_ms; may write */
    int tick_ms;
    bool (*is_on)(const ApiServerOptions *o); /* NULL: always */
    Str action; /* its events are those of events.k8s.io, of this action; absent: of the core group
                 */
    size_t state_bytes;
    void (*start)(Ctl *c); /* before the first observe(); may write */
    void (*stop)(Ctl *c);  /* frees what the state holds */
} Controller;

/* -- the queue
 * -------------------------------------------------------------------------------------- */

/* Each key is in the queue once; the earlier time counts. */
void ctl_enqueue(Ctl *c, Str namespace, Str name);
void ctl_enqueue_after(Ctl *c, Str namespace, Str name, int64_t milliseconds);

/* Watches one more kind from now on; nothing when it does already. May be called in start() and
 * sync(). What there is comes to observe() soon. */
void ctl_watch(Ctl *c, Str group, Str kind);

/* -- reading
 * ---------------------------------------------------------------------------------------- */

/* NULL when there is none. In the version that is stored. */
const Value *ctl_get(Ctl *c, Str group, Str kind, Str namespace, Str name);
/* All of a namespace, or of all for an absent one; by namespace and name. */
const Value *const *ctl_list(Ctl *c, Str group, Str kind, Str namespace, size_t *count);

int64_t ctl_now(const Ctl *c, int32_t *micros); /* unix time, as the server has it */
/* "2021-01-02T03:04:05Z" */
Str ctl_now_text(Ctl *c);
Str ctl_time_text(int64_t seconds, Arena *a);

/* -- writing
 * ---------------------------------------------------------------------------------------- */

typedef struct CtlObject { /* the place of an object */
    const char *api_version;
    const char *resource;
    Str namespace;           /* "" for cluster-scoped kinds */
    Str name;                /* "" to create */
    const char *subresource; /* or NULL */
} CtlObject;

/* Each is true for an answer below 300; *out (may be NULL) gets the answer. */
bool ctl_create(Ctl *c, const CtlObject *at, const Value *object, ApiResponse *out);
bool ctl_update(Ctl *c, const CtlObject *at, const Value *object, ApiResponse *out);
/* A strategic merge patch; type: another content type, or NULL. */
bool ctl_patch(Ctl *c, const CtlObject *at, const char *type, const Value *patch, ApiResponse *out);
/* options: DeleteOptions without kind, or NULL. */
bool ctl_delete(Ctl *c, const CtlObject *at, const Value *options, ApiResponse *out);

/* What an answer that is no success says of itself. */
Str ctl_message(const ApiResponse *r);

/* Tells of something in an Event about an object. type: "Normal" or "Warning". Events that repeat
 * are counted, as client-go does. */
void ctl_event(Ctl *c, const Value *about, const char *type, const char *reason, const char *format,
               ...) PRINTF_LIKE(5, 6);

/* -- parts of objects
 * -------------------------------------------------------------------------------- */

Str ctl_name(const Value *object);
Str ctl_namespace(const Value *object);
Str ctl_uid(const Value *object);
bool ctl_is_deleted(const Value *object); /* it has a deletionTimestamp */
/* The owner that controls it; NULL for none. */
const Value *ctl_controller_of(const Value *object);
/* Is it controlled by owner? By uid. */
bool ctl_is_controlled_by(const Value *object, const Value *owner);
/* metadata.ownerReferences' entry of an owner that controls. */
Value ctl_owner_reference(const Value *owner, const char *api_version, const char *kind, Arena *a);

#endif
