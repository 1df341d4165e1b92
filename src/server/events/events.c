/* SPDX-License-Identifier: Apache-2.0 */
/* The queue, and the thread that writes. */
#include "server/events/events.h"

#include "server/events/owners.h"
#include "server/writing/writing.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
    NOTES_MAX = 1024,
    NAMES_BYTES_MAX = 4096,
    ENTRIES_MAX = 1024,
    AGAIN_MS = 60000,
    EACH_MS = 200, /* five in a second, */
    BURST = 25,    /* after so many at once */
    CALL_MS = 5000,
    STOP_MS = 3000,
    STATUS_NOT_FOUND = 404,
    STATUS_FORBIDDEN = 403,
};

/* One piece of memory, the texts behind it. */
typedef struct Note {
    EventObject about;
    Str topic;
    Str message;
    int64_t time;
} Note;

struct Events {
    EventsOptions options;
    Arena arena; /* holds the instance */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    Note *notes[NOTES_MAX]; /* a ring */
    size_t first;
    size_t count;
    bool stopping;
    /* Atomic. */
    uint64_t sent;
    uint64_t dropped;
    uint64_t failed;
    /* Of its thread alone. */
    EventPlan *plan;
    EventOwners *owners;
    bool told; /* that it may not write */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void add(uint64_t *counter)
{
    __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

/* -- notes ------------------------------------------------------------------------------------- */

static Str put(char **at, Str s)
{
    char *to = *at;
    if (s.len) {
        memcpy(to, s.ptr, s.len);
    }
    *at += s.len;
    return str_from(to, s.len);
}

/* NULL when there is no memory, or the names are none that a cluster takes. */
static Note *note_new(const EventObject *o, Str topic, Str message)
{
    size_t size = o->api_version.len + o->kind.len + o->namespace.len + o->name.len + o->uid.len +
                  topic.len;
    Note *n = size <= NAMES_BYTES_MAX ? malloc(sizeof(*n) + size + message.len) : NULL;
    if (!n) {
        return NULL;
    }
    char *at = (char *)(n + 1);
    n->about = (EventObject){ put(&at, o->api_version), put(&at, o->kind), put(&at, o->namespace),
                              put(&at, o->name), put(&at, o->uid) };
    n->topic = put(&at, topic);
    n->message = put(&at, message);
    n->time = (int64_t)time(NULL);
    return n;
}

bool events_note(Events *e, const EventObject *about, Str topic, Str message)
{
    Note *n = note_new(about, topic, events_message(message));
    pthread_mutex_lock(&e->lock);
    bool fits = n && e->count < NOTES_MAX && !e->stopping;
    if (fits) {
        e->notes[(e->first + e->count++) % NOTES_MAX] = n;
        pthread_cond_signal(&e->changed);
    }
    pthread_mutex_unlock(&e->lock);
    if (!fits) {
        free(n);
        add(&e->dropped);
    }
    return fits;
}

void events_write_metrics(Events *e, Buf *b)
{
    const struct {
        const char *name;
        const char *help;
        uint64_t *value;
    } rows[] = {
        { "podgate_events_sent_total", "Events written or counted up.", &e->sent },
        { "podgate_events_dropped_total", "What was told of too much at once, and lost.",
          &e->dropped },
        { "podgate_events_failed_total", "Writes of Events that failed.", &e->failed },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_printf(b, "# HELP %s %s\n# TYPE %s counter\n%s %llu\n", rows[i].name, rows[i].help,
                   rows[i].name, rows[i].name,
                   (unsigned long long)__atomic_load_n(rows[i].value, __ATOMIC_RELAXED));
    }
}

/* -- writing ----------------------------------------------------------------------------------- */

static Str folder(const EventEntry *x, Arena *a)
{
    return arena_printf(a, "/api/v1/namespaces/%.*s/events", STR_ARG(x->about.namespace));
}

/* Unique among replicas, and over restarts. */
static Str fresh_name(const EventEntry *x, Arena *a)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t h = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    return arena_printf(a, "%.*s.%016llx", STR_ARG(x->about.name), (unsigned long long)h);
}

/* Where it is written already it is changed; Events are forgotten by a cluster after an hour. */
static bool write_entry(Events *e, EventEntry *x, Arena *a, RemoteProblem *problem)
{
    if (x->written_name.ptr) {
        Value patch = events_update(x, a);
        Str path = arena_printf(a, "%.*s/%.*s", STR_ARG(folder(x, a)), STR_ARG(x->written_name));
        if (writing_merge(e->options.remote, path, &patch, CALL_MS, a, problem)) {
            return true;
        }
        if (problem->status != STATUS_NOT_FOUND) {
            return false;
        }
    }
    Str name = fresh_name(x, a);
    Value event = events_object(x, name, e->options.instance, a);
    if (!writing_create(e->options.remote, folder(x, a), &event, CALL_MS, a, problem)) {
        return false;
    }
    event_plan_name(x, name);
    return true;
}

static void say(Events *e, const RemoteProblem *problem, Arena *a)
{
    if (!e->told && e->options.log) {
        e->options.log(e->options.context,
                       arena_printf(a, "events are not written: %.*s", STR_ARG(problem->text)));
    }
    e->told = true;
}

static void write_one(Events *e, EventEntry *x)
{
    Arena a;
    RemoteProblem problem = { .text = STR("") };
    arena_init(&a, 0);
    if (write_entry(e, x, &a, &problem)) {
        add(&e->sent);
        e->told = false;
    } else {
        add(&e->failed);
        say(e, &problem, &a);
        /* A namespace that is gone or going takes none: it is not tried again for itself. */
        if (problem.status != STATUS_FORBIDDEN && problem.status != STATUS_NOT_FOUND) {
            event_plan_failed(e->plan, x, now_ms());
        }
    }
    arena_done(&a);
}

/* -- its thread -------------------------------------------------------------------------------- */

/* The next note; NULL: none came before it was time to look at the plan again. wait_ms -1: until
 * one comes. */
static Note *next_note(Events *e, int64_t wait_ms, bool *stopping)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&e->lock);
    int waited = 0;
    while (!e->count && !e->stopping && waited == 0 && wait_ms) {
        waited = wait_ms < 0 ? pthread_cond_wait(&e->changed, &e->lock)
                             : pthread_cond_timedwait(&e->changed, &e->lock, &until);
    }
    Note *n = NULL;
    if (e->count) {
        n = e->notes[e->first];
        e->first = (e->first + 1) % NOTES_MAX;
        e->count--;
    }
    *stopping = e->stopping;
    pthread_mutex_unlock(&e->lock);
    return n;
}

static void take_note(Events *e, Note *n)
{
    Arena a;
    arena_init(&a, 0);
    EventObject about = event_owners_find(e->owners, &n->about, now_ms(), &a);
    if (!event_plan_add(e->plan, &about, n->topic, n->message, n->time, now_ms())) {
        add(&e->dropped);
    }
    arena_done(&a);
    free(n);
}

static void *run(void *events)
{
    Events *e = events;
    int64_t wait_ms = -1;
    bool stopping = false;
    while (!stopping) {
        Note *n = next_note(e, wait_ms, &stopping);
        if (n) {
            take_note(e, n);
        }
        EventEntry *x = event_plan_take(e->plan, now_ms(), &wait_ms);
        if (x) {
            write_one(e, x);
            wait_ms = 0;
        }
    }
    /* What is left, as far as there is time. */
    int64_t end = now_ms() + STOP_MS;
    for (Note *n; (n = next_note(e, 0, &stopping));) {
        take_note(e, n);
    }
    event_plan_hurry(e->plan);
    for (EventEntry *x; now_ms() < end && (x = event_plan_take(e->plan, now_ms(), &wait_ms));) {
        write_one(e, x);
    }
    return NULL;
}

/* -- starting and stopping --------------------------------------------------------------------- */

static void done(Events *e)
{
    event_plan_free(e->plan);
    event_owners_free(e->owners);
    pthread_cond_destroy(&e->changed);
    pthread_mutex_destroy(&e->lock);
    arena_done(&e->arena);
    free(e);
}

Events *events_start(const EventsOptions *options)
{
    static const EventPlanOptions plan = { ENTRIES_MAX, AGAIN_MS, EACH_MS, BURST };
    Events *e = calloc(1, sizeof(*e));
    if (!e) {
        abort(); /* as an arena does when the system has no memory */
    }
    e->options = *options;
    arena_init(&e->arena, 0);
    e->options.instance = arena_str(&e->arena, options->instance);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&e->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&e->lock, NULL);
    e->plan = event_plan_new(&plan, now_ms());
    e->owners = event_owners_new(options->remote, CALL_MS);
    if (pthread_create(&e->thread, NULL, run, e) != 0) {
        done(e);
        return NULL;
    }
    return e;
}

void events_stop(Events *e)
{
    if (!e) {
        return;
    }
    pthread_mutex_lock(&e->lock);
    e->stopping = true;
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->lock);
    pthread_join(e->thread, NULL);
    done(e);
}
