/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the feed share. */
#ifndef PODGATE_SERVER_LIVE_PRIVATE_H
#define PODGATE_SERVER_LIVE_PRIVATE_H

#include "cluster/live_state.h"
#include "server/live/feed.h"

#include <pthread.h>

/* One resource and the thread that follows it. */
typedef struct Follower {
    struct Feed *feed;
    const FeedSource *source;
    pthread_t thread;
    bool runs;
    OutboundCancel *cancel;
    uint64_t random;
    /* Of its thread alone. */
    Str version;          /* of the API: "v1" */
    Arena kept;           /* holds resource_version */
    Str resource_version; /* to watch from; empty: to be listed */
    unsigned failed;      /* in a row */
    unsigned lacked;      /* in a row: though defined, it was not served */
    /* Under the feed's lock. */
    bool synced;
    bool reached;     /* a watch is open, or the list was just read */
    int64_t heard_ms; /* monotonic: the last answer */
} Follower;

struct Feed {
    FeedOptions options;
    Follower followers[FEED_SOURCES_MAX];
    pthread_t publisher;
    bool publishes;
    pthread_mutex_t lock; /* of state and what is below */
    pthread_cond_t changed;
    pthread_cond_t stopped;
    LiveState *state;
    bool stopping;
    bool from_cache;
    int64_t saved_ms;
    FeedState counts; /* the numbers of it */
};

int64_t feed_now_ms(void);
void feed_log(const Feed *f, const char *format, ...) PRINTF_LIKE(2, 3);
/* Sleeps that long, or until the feed stops: false. */
bool feed_sleep(Feed *f, int64_t ms);
bool feed_is_stopping(Feed *f);

/* The thread of a follower. */
void *follower_run(void *follower);

#endif
