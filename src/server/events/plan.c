/* SPDX-License-Identifier: Apache-2.0 */
/* A table that is searched from end to end: it is small, and events are rare. */
#include "server/events/plan.h"

#include <stdlib.h>
#include <string.h>

struct EventPlan {
    EventPlanOptions options;
    EventEntry **entries;
    size_t count;
    int64_t tokens_ms; /* in units of each_ms */
    int64_t filled_ms; /* when that was so */
};

EventPlan *event_plan_new(const EventPlanOptions *options, int64_t now_ms)
{
    EventPlan *p = calloc(1, sizeof(*p));
    EventEntry **entries = calloc(options->entries_max, sizeof(*entries));
    if (!p || !entries) {
        abort(); /* as an arena does when the system has no memory */
    }
    p->options = *options;
    p->entries = entries;
    p->tokens_ms = options->burst * options->each_ms;
    p->filled_ms = now_ms;
    return p;
}

static void entry_free(EventEntry *e)
{
    free((char *)(uintptr_t)e->message.ptr);
    free((char *)(uintptr_t)e->written_name.ptr);
    free(e);
}

void event_plan_free(EventPlan *p)
{
    if (p) {
        for (size_t i = 0; i < p->count; i++) {
            entry_free(p->entries[i]);
        }
        free(p->entries);
        free(p);
    }
}

/* -- entries ----------------------------------------------------------------------------------- */

static Str copy(Str s)
{
    char *c = malloc(s.len + 1);
    if (!c) {
        abort();
    }
    if (s.len) {
        memcpy(c, s.ptr, s.len);
    }
    return str_from(c, s.len);
}

static void replace(Str *at, Str s)
{
    char *old = (char *)(uintptr_t)at->ptr;
    *at = copy(s);
    free(old);
}

static Str put(char **at, Str s)
{
    char *to = *at;
    if (s.len) {
        memcpy(to, s.ptr, s.len);
    }
    *at += s.len;
    return str_from(to, s.len);
}

static EventEntry *entry_new(const EventObject *about, Str topic)
{
    size_t size = about->api_version.len + about->kind.len + about->namespace.len +
                  about->name.len + about->uid.len + topic.len;
    EventEntry *e = calloc(1, sizeof(*e) + size);
    if (!e) {
        abort();
    }
    char *at = (char *)(e + 1);
    e->about = (EventObject){ put(&at, about->api_version), put(&at, about->kind),
                              put(&at, about->namespace), put(&at, about->name),
                              put(&at, about->uid) };
    e->topic = put(&at, topic);
    return e;
}

static bool is_same(const EventEntry *e, const EventObject *about, Str topic)
{
    const EventObject *x = &e->about;
    return str_eq(x->name, about->name) && str_eq(x->namespace, about->namespace) &&
           str_eq(x->uid, about->uid) && str_eq(x->kind, about->kind) &&
           str_eq(x->api_version, about->api_version) && str_eq(e->topic, topic);
}

/* Makes room: what was not heard of for the longest, and waits for nothing. */
static bool forget_one(EventPlan *p)
{
    size_t oldest = p->count;
    for (size_t i = 0; i < p->count; i++) {
        if (!p->entries[i]->pending &&
            (oldest == p->count || p->entries[i]->used_ms < p->entries[oldest]->used_ms)) {
            oldest = i;
        }
    }
    if (oldest == p->count) {
        return false;
    }
    entry_free(p->entries[oldest]);
    p->entries[oldest] = p->entries[--p->count];
    return true;
}

bool event_plan_add(EventPlan *p, const EventObject *about, Str topic, Str message, int64_t time,
                    int64_t now_ms)
{
    EventEntry *e = NULL;
    for (size_t i = 0; i < p->count && !e; i++) {
        e = is_same(p->entries[i], about, topic) ? p->entries[i] : NULL;
    }
    if (!e) {
        if (p->count == p->options.entries_max && !forget_one(p)) {
            return false;
        }
        e = p->entries[p->count++] = entry_new(about, topic);
        e->first_time = time;
        e->not_before_ms = now_ms;
    }
    replace(&e->message, message);
    e->last_time = time;
    e->used_ms = now_ms;
    e->count++;
    e->pending = true;
    return true;
}

/* -- when -------------------------------------------------------------------------------------- */

static void fill(EventPlan *p, int64_t now_ms)
{
    int64_t max = p->options.burst * p->options.each_ms;
    p->tokens_ms += now_ms - p->filled_ms;
    p->tokens_ms = p->tokens_ms < max ? p->tokens_ms : max;
    p->filled_ms = now_ms;
}

/* The one that waits for the longest. */
static EventEntry *next(const EventPlan *p)
{
    EventEntry *first = NULL;
    for (size_t i = 0; i < p->count; i++) {
        EventEntry *e = p->entries[i];
        if (e->pending && (!first || e->not_before_ms < first->not_before_ms)) {
            first = e;
        }
    }
    return first;
}

EventEntry *event_plan_take(EventPlan *p, int64_t now_ms, int64_t *wait_ms)
{
    fill(p, now_ms);
    EventEntry *e = next(p);
    if (!e) {
        *wait_ms = -1;
        return NULL;
    }
    int64_t until_due = e->not_before_ms - now_ms;
    int64_t until_token = p->options.each_ms - p->tokens_ms;
    *wait_ms = until_due > until_token ? until_due : until_token;
    if (*wait_ms > 0) {
        return NULL;
    }
    p->tokens_ms -= p->options.each_ms;
    e->pending = false;
    e->not_before_ms = now_ms + p->options.again_ms;
    return e;
}

void event_plan_failed(EventPlan *p, EventEntry *e, int64_t now_ms)
{
    (void)p;
    (void)now_ms; /* its next turn is far enough */
    e->pending = true;
}

void event_plan_name(EventEntry *e, Str name)
{
    replace(&e->written_name, name);
}

void event_plan_hurry(EventPlan *p)
{
    for (size_t i = 0; i < p->count; i++) {
        p->entries[i]->not_before_ms = 0;
    }
}
