/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The picture of a cluster that goes on changing: objects come in as lists and watches bring them,
 * and from time to time a snapshot is made of them.
 *
 *     live_state_put(), live_state_remove()          one event
 *     live_state_list_begin(), put..., list_end()    a whole list: what it lacks is gone
 *     live_state_snapshot()                          what is known now, to be published
 *
 * A snapshot costs what has changed, not what there is (layers.h).
 *
 * Policies may come from several groups (podgate.io, policy): of one name that of podgate.io
 * counts.
 *
 * Of each object only what decisions read is kept, as JSON; a snapshot has the compiled forms.
 *
 * One thread at a time; snapshots may be read by any.
 */
#ifndef PODGATE_CLUSTER_LIVE_STATE_H
#define PODGATE_CLUSTER_LIVE_STATE_H

#include "cluster/snapshot.h"

typedef struct LiveState LiveState;

/* on_note is told of objects that cannot be used (a policy that does not compile: it grants
 * nothing as long as that is so); may be NULL. text is valid during the call. */
LiveState *live_state_new(void (*on_note)(void *context, Str text), void *context);
void live_state_free(LiveState *s);

/* Adds or replaces. False for what is no object: it has no kind or name. */
bool live_state_put(LiveState *s, const Value *object);
/* key.group is that of the object's apiVersion. */
void live_state_remove(LiveState *s, ObjectKey key);

/* Between these two, what is put of the group and kind is all there is of it. Lists of several
 * kinds may be open at once, but one of each. */
void live_state_list_begin(LiveState *s, Str group, Str kind);
void live_state_list_end(LiveState *s, Str group, Str kind);

/* Have objects changed since the last snapshot? */
bool live_state_is_changed(const LiveState *s);
/* Of all objects as they are now; the caller owns one reference. */
const Snapshot *live_state_snapshot(LiveState *s);

/* Every object as it is kept, in no order. False ends it, and is returned. */
bool live_state_each(const LiveState *s, bool (*each)(void *context, Str json), void *context);

typedef struct LiveStateStats {
    size_t objects;
    size_t object_bytes; /* kept for making layers again */
    size_t layers;       /* of the last snapshot */
    size_t base_made;    /* how often all was compiled */
} LiveStateStats;
LiveStateStats live_state_stats(const LiveState *s);

#endif
