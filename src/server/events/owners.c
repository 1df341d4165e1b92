/* SPDX-License-Identifier: Apache-2.0 */
/* The workload behind the owner of a pod. */
#include "server/events/owners.h"

#include "base/sha256.h"

#include <stdlib.h>

enum {
    KEPT_MAX = 256,
    EACH_MS = 200, /* a read in so many milliseconds, */
    BURST = 25,    /* after so many at once */
};

typedef struct Kept {
    uint8_t digest[SHA256_BYTES]; /* of the owner's namespace, name and uid */
    bool has_above;
    EventObject above;
    Arena arena; /* holds it */
} Kept;

struct EventOwners {
    Remote *remote;
    int64_t call_ms;
    Kept kept[KEPT_MAX];
    size_t count;
    size_t next; /* to make room */
    int64_t tokens_ms;
    int64_t filled_ms;
};

EventOwners *event_owners_new(Remote *remote, int64_t call_ms)
{
    EventOwners *o = calloc(1, sizeof(*o));
    if (!o) {
        abort(); /* as an arena does when the system has no memory */
    }
    o->remote = remote;
    o->call_ms = call_ms;
    o->tokens_ms = BURST * EACH_MS;
    return o;
}

void event_owners_free(EventOwners *o)
{
    if (o) {
        for (size_t i = 0; i < o->count; i++) {
            arena_done(&o->kept[i].arena);
        }
        free(o);
    }
}

/* Where those that may have one above them are read; absent for others. */
static Str resource_of(const EventObject *owner)
{
    if (str_eq(owner->api_version, STR("apps/v1")) && str_eq(owner->kind, STR("ReplicaSet"))) {
        return STR("replicasets");
    }
    if (str_starts_with(owner->api_version, STR("batch/v1")) && str_eq(owner->kind, STR("Job"))) {
        return STR("jobs");
    }
    return STR_ABSENT;
}

static bool may_read(EventOwners *o, int64_t now_ms)
{
    int64_t max = BURST * EACH_MS;
    o->tokens_ms += o->filled_ms ? now_ms - o->filled_ms : 0;
    o->tokens_ms = o->tokens_ms < max ? o->tokens_ms : max;
    o->filled_ms = now_ms;
    if (o->tokens_ms < EACH_MS) {
        return false;
    }
    o->tokens_ms -= EACH_MS;
    return true;
}

static Kept *room(EventOwners *o)
{
    Kept *k = o->count < KEPT_MAX ? &o->kept[o->count++] : &o->kept[o->next++ % KEPT_MAX];
    arena_done(&k->arena);
    arena_init(&k->arena, 0);
    k->has_above = false;
    return k;
}

/* False: it could not be read this time. */
static bool read(EventOwners *o, const EventObject *owner, Str resource, Arena *a,
                 EventObject *above, bool *has_above)
{
    Value object;
    RemoteProblem problem;
    Str path = arena_printf(a, "/apis/%.*s/namespaces/%.*s/%.*s/%.*s", STR_ARG(owner->api_version),
                            STR_ARG(owner->namespace), STR_ARG(resource), STR_ARG(owner->name));
    *has_above = false;
    if (!remote_get_within(o->remote, path, o->call_ms, a, &object, &problem)) {
        return problem.status == 403 || problem.status == 404;
    }
    const Value *metadata = value_get_lit(&object, "metadata");
    if (!str_eq(value_get_str(metadata, STR("uid")), owner->uid)) {
        return true; /* another one of that name */
    }
    VALUE_EACH_ITEM(x, value_get_lit(metadata, "ownerReferences")) {
        if (value_get_bool(x, STR("controller")).value) {
            *above = (EventObject){ value_get_str(x, STR("apiVersion")),
                                    value_get_str(x, STR("kind")), owner->namespace,
                                    value_get_str(x, STR("name")), value_get_str(x, STR("uid")) };
            *has_above = true;
        }
    }
    return true;
}

EventObject event_owners_find(EventOwners *o, const EventObject *owner, int64_t now_ms, Arena *a)
{
    Str resource = resource_of(owner);
    uint8_t digest[SHA256_BYTES];
    if (!resource.ptr) {
        return *owner;
    }
    sha256(arena_printf(a, "%.*s/%.*s/%.*s/%.*s", STR_ARG(owner->kind), STR_ARG(owner->namespace),
                        STR_ARG(owner->name), STR_ARG(owner->uid)),
           digest);
    for (size_t i = 0; i < o->count; i++) {
        const Kept *k = &o->kept[i];
        if (memcmp(k->digest, digest, sizeof(digest)) == 0) {
            return k->has_above ? k->above : *owner;
        }
    }
    EventObject above;
    bool has_above;
    if (!may_read(o, now_ms) || !read(o, owner, resource, a, &above, &has_above)) {
        return *owner;
    }
    Kept *k = room(o);
    memcpy(k->digest, digest, sizeof(digest));
    k->has_above = has_above;
    if (has_above) {
        k->above = (EventObject){ arena_str(&k->arena, above.api_version),
                                  arena_str(&k->arena, above.kind),
                                  arena_str(&k->arena, above.namespace),
                                  arena_str(&k->arena, above.name),
                                  arena_str(&k->arena, above.uid) };
    }
    return has_above ? k->above : *owner;
}
