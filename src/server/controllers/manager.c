/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that runs the controllers: changes are told, keys are synced, one at a time. */
#include "server/controllers/private.h"

#include <stdlib.h>
#include <time.h>

#define ROW(name) extern const Controller controller_##name;
#include "server/controllers/controllers.def"
CONTROLLER_LIST(ROW)
#undef ROW
#define ROW(name) &controller_##name,
static const Controller *const rows[] = { CONTROLLER_LIST(ROW) NULL };
#undef ROW

enum { NANOSECONDS = 1000000000 };

int64_t manager_clock(const Manager *m)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (t.tv_sec + apiserver_clock_offset(m->server)) * NANOSECONDS + t.tv_nsec;
}

void manager_wake(Manager *m)
{
    if (m == NULL) {
        return;
    }
    pthread_mutex_lock(&m->lock);
    m->is_woken = true;
    pthread_cond_signal(&m->wake);
    pthread_mutex_unlock(&m->lock);
}

/* Called by whoever committed. */
static void wake_watch(void *context)
{
    KindWatch *w = context;
    __atomic_store_n(&w->is_woken, true, __ATOMIC_RELEASE);
    manager_wake(w->manager);
}

void manager_end_call(Manager *m)
{
    for (ReadMark *mark = m->marks; mark; mark = mark->next) {
        store_leave(apiserver_store(m->server), &mark->reader);
    }
    m->marks = NULL;
    arena_reset(&m->arena);
}

/* -- changes --------------------------------------------------------------------------------------
 */

static void tell(Manager *m, const KindWatch *w, uint64_t whom, const StoreEvent *event)
{
    for (uint32_t i = 0; i < m->count; i++) {
        Ctl *c = &m->running[i].ctl;
        if (whom >> i & 1 && c->controller->observe) {
            c->controller->observe(c, &w->kind, event);
        }
    }
}

/* What there is, to those who have not heard of it. The store is held. */
static void tell_all(Manager *m, const KindWatch *w, uint64_t whom)
{
    ObjectKey key = { w->kind.group, w->kind.kind, STR_ABSENT, STR_ABSENT };
    size_t count;
    const StoreObject *const *items = store_list(apiserver_store(m->server), &key, &count);
    for (size_t i = 0; i < count; i++) {
        StoreEvent event = { STORE_ADDED, items[i]->version, items[i], NULL };
        tell(m, w, whom, &event);
    }
}

static void tell_of_loss(Manager *m, const KindWatch *w)
{
    for (uint32_t i = 0; i < m->count; i++) {
        Ctl *c = &m->running[i].ctl;
        if (w->wanted >> i & 1 && c->controller->missed) {
            c->controller->missed(c, &w->kind);
        }
    }
}

static void open_watch(Manager *m, KindWatch *w)
{
    Store *store = apiserver_store(m->server);
    w->events = store_watch_open(store, w->kind.group, w->kind.kind, store_version(store),
                                 wake_watch, w);
    store_watch_reads_ahead(w->events);
    tell_all(m, w, w->wanted);
}

/* The store is held. */
static void hear(Manager *m, KindWatch *w)
{
    StoreEvent event;
    for (;;) {
        switch (store_watch_next(w->events, &event)) {
        case STORE_WATCH_NONE:
            return;
        case STORE_WATCH_EVENT:
            tell(m, w, w->wanted, &event);
            break;
        case STORE_WATCH_EXPIRED:
            store_watch_close(w->events);
            tell_of_loss(m, w);
            open_watch(m, w);
            return;
        }
    }
}

/* Runs f with the store held still, as one call to controllers. */
static void with_store(Manager *m, void (*f)(Manager *m, KindWatch *w, uint64_t whom), KindWatch *w,
                       uint64_t whom)
{
    Store *store = apiserver_store(m->server);
    StoreReader r;
    bool outer = m->is_reading;
    if (outer) {
        f(m, w, whom);
        return;
    }
    store_read_begin(store, &r);
    m->is_reading = true;
    f(m, w, whom);
    m->is_reading = false;
    store_read_end(store, &r);
    store_leave(store, &r);
}

static void hear_woken(Manager *m, KindWatch *unused, uint64_t whom)
{
    (void)unused;
    (void)whom;
    for (KindWatch *w = m->watches; w; w = w->next) {
        if (__atomic_exchange_n(&w->is_woken, false, __ATOMIC_ACQUIRE)) {
            hear(m, w);
        }
    }
}

static void begin_watch(Manager *m, KindWatch *w, uint64_t whom)
{
    w->wanted |= whom;
    if (w->events == NULL) {
        open_watch(m, w);
    } else {
        tell_all(m, w, whom);
    }
}

void ctl_watch(Ctl *c, Str group, Str kind)
{
    Manager *m = c->manager;
    uint64_t bit = (uint64_t)1 << ((Running *)c - m->running);
    KindWatch *w = m->watches;
    while (w && !(str_eq(w->kind.group, group) && str_eq(w->kind.kind, kind))) {
        w = w->next;
    }
    if (w == NULL) {
        w = calloc(1, sizeof *w + group.len + kind.len + 1);
        if (w == NULL) {
            abort();
        }
        char *text = (char *)(w + 1);
        memcpy(text, group.len ? group.ptr : "", group.len);
        memcpy(text + group.len, kind.ptr, kind.len);
        w->kind = (CtlKind){ str_from(text, group.len), str_from(text + group.len, kind.len) };
        w->manager = m;
        w->next = m->watches;
        m->watches = w;
    }
    if (!(w->wanted & bit)) {
        with_store(m, begin_watch, w, bit);
    }
}

/* -- the loop
 * ---------------------------------------------------------------------------------------- */

static void start_controllers(Manager *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        Ctl *c = &m->running[i].ctl;
        if (c->controller->start) {
            c->controller->start(c);
            manager_end_call(m);
        }
    }
    for (uint32_t i = 0; i < m->count; i++) {
        Ctl *c = &m->running[i].ctl;
        for (size_t k = 0; k < CTL_KINDS_MAX && c->controller->kinds[k].kind.len; k++) {
            ctl_watch(c, c->controller->kinds[k].group, c->controller->kinds[k].kind);
            manager_end_call(m);
        }
    }
}

/* Until when nothing is due. */
static int64_t run_ticks(Manager *m)
{
    int64_t next = INT64_MAX;
    for (uint32_t i = 0; i < m->count; i++) {
        Running *r = &m->running[i];
        if (r->next_tick <= manager_clock(m)) {
            r->ctl.controller->tick(&r->ctl);
            manager_end_call(m);
            r->next_tick = manager_clock(m) + (int64_t)r->ctl.controller->tick_ms * 1000000;
        }
        next = r->next_tick < next ? r->next_tick : next;
    }
    return next;
}

/* One key, when one is due. */
static bool run_item(Manager *m, int64_t *next)
{
    WorkItem *item = work_queue_take(m->queue, manager_clock(m), next);
    if (item == NULL) {
        return false;
    }
    Ctl *c = &m->running[item->controller].ctl;
    c->failures = item->failures;
    bool done = c->controller->sync(c, item->namespace, item->name);
    manager_end_call(m);
    work_queue_done(m->queue, item, done, manager_clock(m));
    return true;
}

/* By the machine's clock, which is never below 0. */
static struct timespec machine_time(const Manager *m, int64_t time)
{
    int64_t here = time == INT64_MIN || time == INT64_MAX
                       ? 0
                       : time - apiserver_clock_offset(m->server) * NANOSECONDS;
    here = here < 0 ? 0 : here;
    return (struct timespec){ .tv_sec = (time_t)(here / NANOSECONDS),
                              .tv_nsec = (long)(here % NANOSECONDS) };
}

/* False: it is to end. until: INT64_MIN for at once, INT64_MAX for no time. */
static bool sleep_until(Manager *m, int64_t until)
{
    /* whoever sets the clock wakes: the offset holds as long as it sleeps */
    struct timespec t = machine_time(m, until);
    pthread_mutex_lock(&m->lock);
    while (!m->is_woken && !m->is_stopping) {
        if (until == INT64_MAX) {
            pthread_cond_wait(&m->wake, &m->lock);
        } else if (pthread_cond_timedwait(&m->wake, &m->lock, &t) != 0) {
            break;
        }
    }
    m->is_woken = false;
    bool goes_on = !m->is_stopping;
    pthread_mutex_unlock(&m->lock);
    return goes_on;
}

static void *run(void *context)
{
    Manager *m = context;
    int64_t until = INT64_MIN;
    start_controllers(m);
    while (sleep_until(m, until)) {
        int64_t next_item = INT64_MAX;
        with_store(m, hear_woken, NULL, 0);
        manager_end_call(m);
        int64_t next_tick = run_ticks(m);
        until = run_item(m, &next_item) ? INT64_MIN : next_item < next_tick ? next_item : next_tick;
    }
    return NULL;
}

/* -- start and stop
 * ----------------------------------------------------------------------------------- */

static void add_controller(Manager *m, const Controller *row)
{
    static const Str agent = STR_INIT("kube-controller-manager");
    static const Str account_groups[] = { STR_INIT("system:serviceaccounts"),
                                          STR_INIT("system:serviceaccounts:kube-system"),
                                          STR_INIT("system:authenticated") };
    Running *r = &m->running[m->count];
    char *name = NULL;
    UserInfo user = { .name = row->user, .groups = row->groups };
    if (!row->user.len) {
        static const Str prefix = STR_INIT("system:serviceaccount:kube-system:");
        name = malloc(prefix.len + row->name.len);
        if (name == NULL) {
            abort();
        }
        memcpy(name, prefix.ptr, prefix.len);
        memcpy(name + prefix.len, row->name.ptr, row->name.len);
        user.name = str_from(name, prefix.len + row->name.len);
        user.groups = (StrList){ account_groups, COUNT_OF(account_groups) };
    }
    r->ctl = (Ctl){ .manager = m,
                    .controller = row,
                    .caller = { .user = user, .agent = row->agent.len ? row->agent : agent },
                    .arena = &m->arena,
                    .server = m->server,
                    .target = &apiserver_options(m->server)->target };
    r->ctl.state = calloc(1, row->state_bytes + 1);
    r->log = event_log_new();
    r->next_tick = row->tick ? INT64_MIN : INT64_MAX;
    m->count++;
}

bool manager_start(ApiServer *s, Manager **out)
{
    Manager *m = calloc(1, sizeof *m);
    pthread_condattr_t monotonic;
    if (m == NULL) {
        return false;
    }
    m->server = s;
    m->queue = work_queue_new();
    m->running = calloc(COUNT_OF(rows), sizeof(Running));
    arena_init(&m->arena, 0);
    pthread_mutex_init(&m->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&m->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    for (size_t i = 0; m->running && rows[i]; i++) {
        if (rows[i]->is_on == NULL || rows[i]->is_on(apiserver_options(s))) {
            add_controller(m, rows[i]);
        }
    }
    m->is_started = m->running && pthread_create(&m->thread, NULL, run, m) == 0;
    if (!m->is_started) {
        manager_stop(m);
        return false;
    }
    *out = m;
    return true;
}

static void end_thread(Manager *m)
{
    if (m->is_started) {
        pthread_mutex_lock(&m->lock);
        m->is_stopping = true;
        pthread_cond_signal(&m->wake);
        pthread_mutex_unlock(&m->lock);
        pthread_join(m->thread, NULL);
    }
}

static void free_controllers(Manager *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        Ctl *c = &m->running[i].ctl;
        if (c->controller->stop) {
            c->controller->stop(c);
        }
        if (!c->controller->user.len) {
            free((void *)(uintptr_t)c->caller.user.name.ptr);
        }
        free(c->state);
        event_log_free(m->running[i].log);
    }
    free(m->running);
}

void manager_stop(Manager *m)
{
    if (m == NULL) {
        return;
    }
    end_thread(m);
    while (m->watches) {
        KindWatch *w = m->watches;
        m->watches = w->next;
        if (w->events) {
            store_watch_close(w->events);
        }
        free(w);
    }
    free_controllers(m);
    work_queue_free(m->queue);
    arena_done(&m->arena);
    pthread_mutex_destroy(&m->lock);
    pthread_cond_destroy(&m->wake);
    free(m);
}
