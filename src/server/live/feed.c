/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and stopping, and publishing what has changed. */
#include "server/live/cache.h"
#include "server/live/private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { CACHE_EVERY_MS = 30000, LOG_BYTES_MAX = 1024 };

int64_t feed_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void feed_log(const Feed *f, const char *format, ...)
{
    char text[LOG_BYTES_MAX];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (f->options.log && n > 0) {
        size_t len = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
        f->options.log(f->options.context, str_from(text, len));
    }
}

static struct timespec after_ms(int64_t ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

bool feed_sleep(Feed *f, int64_t ms)
{
    struct timespec until = after_ms(ms);
    pthread_mutex_lock(&f->lock);
    int waited = 0;
    while (!f->stopping && waited == 0) {
        waited = pthread_cond_timedwait(&f->stopped, &f->lock, &until);
    }
    bool go_on = !f->stopping;
    pthread_mutex_unlock(&f->lock);
    return go_on;
}

bool feed_is_stopping(Feed *f)
{
    pthread_mutex_lock(&f->lock);
    bool stopping = f->stopping;
    pthread_mutex_unlock(&f->lock);
    return stopping;
}

/* -- publishing -------------------------------------------------------------------------------- */

/* Before all is known, a decision would be made without some right or policy. */
static bool all_synced(const Feed *f)
{
    for (size_t i = 0; i < f->options.source_count; i++) {
        if (!f->followers[i].synced) {
            return false;
        }
    }
    return true;
}

static void on_note(void *context, Str text)
{
    feed_log(context, "%.*s", STR_ARG(text));
}

/* Waits until something is to be published; the lock is held. */
static bool wait_for_changes(Feed *f)
{
    while (!f->stopping && !(all_synced(f) && live_state_is_changed(f->state))) {
        pthread_cond_wait(&f->changed, &f->lock);
    }
    return !f->stopping;
}

static void save(Feed *f, bool now)
{
    int64_t at = feed_now_ms();
    if (!f->options.cache_file.ptr || (!now && at - f->saved_ms < CACHE_EVERY_MS)) {
        return;
    }
    Arena a;
    Err err;
    arena_init(&a, 0);
    f->saved_ms = at;
    if (!cache_write(f->options.cache_file, f->options.cache_of, f->state, (int64_t)time(NULL), &a,
                     &err)) {
        feed_log(f, "%.*s", STR_ARG(err.msg));
    }
    arena_done(&a);
}

static void *publisher_run(void *feed)
{
    Feed *f = feed;
    pthread_mutex_lock(&f->lock);
    bool first = true;
    while (wait_for_changes(f)) {
        /* More is on its way, as a rule: of one kubectl apply, or of a whole list. */
        struct timespec until = after_ms(FEED_PUBLISH_MS);
        while (!f->stopping && pthread_cond_timedwait(&f->stopped, &f->lock, &until) == 0) {
        }
        if (f->stopping) {
            break;
        }
        const Snapshot *s = live_state_snapshot(f->state);
        f->from_cache = false;
        save(f, first);
        pthread_mutex_unlock(&f->lock);
        f->options.publish(f->options.context, s);
        first = false;
        pthread_mutex_lock(&f->lock);
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

/* -- starting and stopping --------------------------------------------------------------------- */

static void conditions_init(Feed *f)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&f->changed, &monotonic);
    pthread_cond_init(&f->stopped, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&f->lock, NULL);
}

/* What was known when this ran the last time: better than to refuse, or to admit, everything. */
static void use_cache(Feed *f)
{
    Arena a;
    Err err;
    int64_t written;
    if (!f->options.cache_file.ptr) {
        return;
    }
    arena_init(&a, 0);
    if (access(arena_cstr(&a, f->options.cache_file), F_OK) != 0) {
        /* the first start */
    } else if (!cache_read(f->options.cache_file, f->options.cache_of, (int64_t)time(NULL),
                           f->options.cache_seconds_max, f->state, &written, &a, &err)) {
        feed_log(f, "%.*s: not used", STR_ARG(err.msg));
    } else {
        f->from_cache = true;
        f->options.publish(f->options.context, live_state_snapshot(f->state));
        feed_log(f, "%.*s: used until the cluster is known, %lld s old",
                 STR_ARG(f->options.cache_file), (long long)((int64_t)time(NULL) - written));
    }
    arena_done(&a);
}

bool feed_start(const FeedOptions *options, Arena *a, Feed **out, Err *err)
{
    Feed *f = calloc(1, sizeof(*f));
    if (!f) {
        return err_set(err, a, ERR_LIMIT, "no memory");
    }
    f->options = *options;
    conditions_init(f);
    f->state = live_state_new(on_note, f);
    for (size_t i = 0; i < options->source_count; i++) {
        Follower *x = &f->followers[i];
        x->feed = f;
        x->source = &f->options.sources[i];
        x->random = (uint64_t)feed_now_ms() * 2654435761u + (uint64_t)getpid() + i;
        x->cancel = outbound_cancel_new();
        arena_init(&x->kept, 0);
    }
    use_cache(f);
    f->publishes = pthread_create(&f->publisher, NULL, publisher_run, f) == 0;
    bool ok = f->publishes;
    for (size_t i = 0; ok && i < options->source_count; i++) {
        Follower *x = &f->followers[i];
        x->runs = x->cancel && pthread_create(&x->thread, NULL, follower_run, x) == 0;
        ok = x->runs;
    }
    if (!ok) {
        feed_stop(f);
        return err_set(err, a, ERR_LIMIT, "no threads");
    }
    *out = f;
    return true;
}

void feed_stop(Feed *f)
{
    if (!f) {
        return;
    }
    pthread_mutex_lock(&f->lock);
    f->stopping = true;
    pthread_cond_broadcast(&f->stopped);
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    for (size_t i = 0; i < f->options.source_count; i++) {
        if (f->followers[i].runs) {
            outbound_cancel(f->followers[i].cancel);
        }
    }
    for (size_t i = 0; i < f->options.source_count; i++) {
        Follower *x = &f->followers[i];
        if (x->runs) {
            pthread_join(x->thread, NULL);
        }
        outbound_cancel_free(x->cancel);
        arena_done(&x->kept);
    }
    if (f->publishes) {
        pthread_join(f->publisher, NULL);
    }
    if (all_synced(f)) {
        save(f, true);
    }
    live_state_free(f->state);
    pthread_cond_destroy(&f->changed);
    pthread_cond_destroy(&f->stopped);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

void feed_state(Feed *f, FeedState *out)
{
    int64_t now = feed_now_ms();
    pthread_mutex_lock(&f->lock);
    *out = f->counts;
    out->synced = all_synced(f);
    /* A cluster that is still as the file has it brings no change to publish. */
    out->from_cache = f->from_cache && !out->synced;
    for (size_t i = 0; i < f->options.source_count; i++) {
        const Follower *x = &f->followers[i];
        int64_t behind = x->reached ? 0 : now - x->heard_ms;
        if (!x->synced || !x->reached) {
            out->waiting_for = x->source->resource;
        }
        if (x->synced && behind > out->behind_ms) {
            out->behind_ms = behind;
        }
    }
    pthread_mutex_unlock(&f->lock);
}
