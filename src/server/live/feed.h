/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What decisions need to know of a running cluster, kept current: each kind is listed and watched
 * by a thread of its own, changes are gathered and published as snapshots.
 *
 * A list comes in pages; a watch goes on from where it ended, with bookmarks, and is taken up again
 * where it broke off. When the cluster has forgotten that place all is listed anew. While the
 * cluster cannot be reached, what was known goes on to be used, and the feed says how old it is;
 * attempts come at rising intervals, not in step with those of other replicas.
 */
#ifndef PODGATE_SERVER_LIVE_FEED_H
#define PODGATE_SERVER_LIVE_FEED_H

#include "cluster/snapshot.h"
#include "server/remote/remote.h"

enum {
    FEED_PUBLISH_MS = 20, /* changes that come within this are published together */
    FEED_SOURCES_MAX = 16,
};

/* A resource that is watched. */
typedef struct FeedSource {
    Str group;        /* "" for the core group */
    StrList versions; /* that will do, the best first */
    Str resource;
    Str kind;
    /* A cluster may lack it: then there are none, and it is asked for again from time to time. */
    bool may_lack;
    bool is_custom; /* it comes with its CustomResourceDefinition, which is waited for then */
} FeedSource;

typedef struct FeedOptions {
    Remote *remote;
    FeedSource sources[FEED_SOURCES_MAX];
    size_t source_count;
    /* Takes the reference over; one call at a time, from a thread of the feed. */
    void (*publish)(void *context, const Snapshot *s);
    /* One line, from any thread of the feed. */
    void (*log)(void *context, Str text);
    void *context;
    Str cache_file; /* absent for none; see cache.h */
    Str cache_of;   /* the cluster, and what of it is followed: a file of another is not used */
    int64_t cache_seconds_max; /* older ones are not used */
} FeedOptions;

typedef struct Feed Feed;

/* Publishes once everything is known; before that what a cache file has, when there is one that
 * fits. */
WARN_UNUSED bool feed_start(const FeedOptions *options, Arena *a, Feed **out, Err *err);
/* Ends the threads; nothing is published any more. NULL is allowed. */
void feed_stop(Feed *f);

typedef struct FeedState {
    bool synced;       /* every source was listed since the start */
    bool from_cache;   /* and until then what was published is a cache file's */
    int64_t behind_ms; /* since the source that was heard of the longest ago was; a watch that is
                        * open counts as heard */
    Str waiting_for;   /* a source that is not synced or cannot be reached: "roles"; or absent */
    uint64_t lists;    /* since the start */
    uint64_t watches;
    uint64_t events;
    uint64_t failures;
} FeedState;
void feed_state(Feed *f, FeedState *out);

#endif
