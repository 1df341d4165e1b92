/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controllers/event_log.h"

#include <stdlib.h>

enum {
    SLOTS = 4096,       /* a power of two */
    RECORDS_MAX = 4096, /* those not asked for the longest go first */
    SIMILAR_MAX = 10,   /* of messages, before they count as one event */
    BURST = 25,
};
#define SECOND_NS INT64_C(1000000000)
#define SIMILAR_NS (600 * SECOND_NS)
#define REFILL_NS (300 * SECOND_NS)

typedef struct Record {
    struct Record *next;  /* of its slot */
    struct Record *newer; /* in the order of use */
    struct Record *older;
    uint64_t hash;
    /* of an event */
    int64_t count;
    int64_t first;
    Str name; /* of the event; owned */
    /* of similar events */
    uint64_t messages[SIMILAR_MAX]; /* hashes of those seen */
    size_t message_count;
    int64_t last;
    /* of an object */
    double tokens;
    int64_t refilled;
    Str key; /* behind the record */
} Record;

struct EventLog {
    Record *slots[SLOTS];
    Record *newest;
    Record *oldest;
    size_t count;
};

EventLog *event_log_new(void)
{
    EventLog *log = calloc(1, sizeof *log);
    if (log == NULL) {
        abort();
    }
    return log;
}

static void unlink_use(EventLog *log, Record *r)
{
    *(r->newer ? &r->newer->older : &log->newest) = r->older;
    *(r->older ? &r->older->newer : &log->oldest) = r->newer;
}

static void link_use(EventLog *log, Record *r)
{
    r->newer = NULL;
    r->older = log->newest;
    *(r->older ? &r->older->newer : &log->oldest) = r;
    log->newest = r;
}

static void drop(EventLog *log, Record *r)
{
    Record **at = &log->slots[r->hash & (SLOTS - 1)];
    while (*at != r) {
        at = &(*at)->next;
    }
    *at = r->next;
    unlink_use(log, r);
    log->count--;
    free((char *)(uintptr_t)r->name.ptr);
    free(r);
}

void event_log_free(EventLog *log)
{
    while (log && log->oldest) {
        drop(log, log->oldest);
    }
    free(log);
}

static Record *record_need(EventLog *log, Str key)
{
    uint64_t hash = str_hash(key);
    Record **slot = &log->slots[hash & (SLOTS - 1)];
    for (Record *r = *slot; r; r = r->next) {
        if (r->hash == hash && str_eq(r->key, key)) {
            unlink_use(log, r);
            link_use(log, r);
            return r;
        }
    }
    if (log->count >= RECORDS_MAX) {
        drop(log, log->oldest);
    }
    Record *r = calloc(1, sizeof *r + key.len + 1);
    if (r == NULL) {
        abort();
    }
    memcpy(r + 1, key.ptr, key.len);
    r->key = str_from((char *)(r + 1), key.len);
    r->hash = hash;
    r->next = *slot;
    *slot = r;
    link_use(log, r);
    log->count++;
    return r;
}

/* Is this one of so many that they are told of as one? */
static bool is_aggregated(EventLog *log, Str key, const EventReport *e)
{
    Record *r = record_need(log, key);
    uint64_t message = str_hash(e->message);
    bool known = false;
    if (r->last == 0 || e->now - r->last > SIMILAR_NS) {
        r->message_count = 0;
    }
    r->last = e->now;
    for (size_t i = 0; i < r->message_count; i++) {
        known = known || r->messages[i] == message;
    }
    if (!known) {
        r->messages[r->message_count++] = message;
    }
    if (r->message_count < SIMILAR_MAX) {
        return false;
    }
    r->message_count--;
    return true;
}

static bool may_pass(EventLog *log, Str key, int64_t now)
{
    Record *r = record_need(log, key);
    if (r->refilled == 0) {
        r->tokens = BURST;
    } else {
        r->tokens += (double)(now - r->refilled) / (double)REFILL_NS;
        r->tokens = r->tokens > BURST ? BURST : r->tokens;
    }
    r->refilled = now;
    if (r->tokens < 1) {
        return false;
    }
    r->tokens -= 1;
    return true;
}

static void keep_name(Record *r, Str name)
{
    char *copy = malloc(name.len + 1);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, name.ptr, name.len);
    r->name = str_from(copy, name.len);
}

EventAnswer event_log_add(EventLog *log, const EventReport *e, Arena *a)
{
    Str about = arena_printf(a, "%.*s\n%.*s\n%.*s", STR_ARG(e->object), STR_ARG(e->type),
                             STR_ARG(e->reason));
    Str key = arena_printf(a, "=%.*s\n%.*s", STR_ARG(about), STR_ARG(e->message));
    EventAnswer out = { .first = e->now, .message = e->message };
    out.name = arena_printf(a, "%.*s.%llx", STR_ARG(e->name), (unsigned long long)e->now);
    if (is_aggregated(log, arena_concat(a, STR("~"), about), e)) {
        out.message = arena_concat(a, STR("(combined from similar events): "), e->message);
        key = arena_concat(a, STR("*"), about);
    }
    Record *r = record_need(log, key);
    if (r->count == 0) {
        r->first = e->now;
        keep_name(r, out.name);
    }
    out.count = ++r->count;
    out.first = r->first;
    out.name = arena_str(a, r->name);
    out.skip = !may_pass(log, arena_concat(a, STR("#"), e->object), e->now);
    return out;
}
