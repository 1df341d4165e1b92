/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of connections, and calls made over it. */
#include "server/outbound/private.h"

#include "base/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { POLL_MS_MAX = 60000 };

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static bool curl_is_usable;

static void curl_begin(void)
{
    curl_is_usable = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

bool outbound_new(Arena *a, Outbound **out, Err *err)
{
    pthread_once(&curl_once, curl_begin);
    Outbound *o = curl_is_usable ? calloc(1, sizeof(Outbound)) : NULL;
    if (!o) {
        return err_set(err, a, ERR_IO, "the HTTP client cannot be started");
    }
    pthread_mutex_init(&o->lock, NULL);
    *out = o;
    return true;
}

void outbound_free(Outbound *o)
{
    if (!o) {
        return;
    }
    for (size_t i = 0; i < o->line_count; i++) {
        curl_multi_cleanup(o->lines[i]);
    }
    for (size_t i = 0; i < o->file_count; i++) {
        close(o->files[i].fd);
    }
    pthread_mutex_destroy(&o->lock);
    free(o);
}

Str outbound_header(const OutboundAnswer *answer, Str name)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        if (str_eq_ignore_case(answer->headers[i].name, name)) {
            return answer->headers[i].value;
        }
    }
    return STR_ABSENT;
}

/* -- lines ------------------------------------------------------------------------------------- */

static CURLM *line_take(Outbound *o)
{
    pthread_mutex_lock(&o->lock);
    CURLM *line = o->line_count ? o->lines[--o->line_count] : NULL;
    pthread_mutex_unlock(&o->lock);
    return line ? line : curl_multi_init();
}

static void line_give(Outbound *o, CURLM *line)
{
    pthread_mutex_lock(&o->lock);
    if (o->line_count < OUTBOUND_LINES_KEPT_MAX) {
        o->lines[o->line_count++] = line;
        line = NULL;
    }
    pthread_mutex_unlock(&o->lock);
    if (line) {
        curl_multi_cleanup(line);
    }
}

/* -- stopping ---------------------------------------------------------------------------------- */

static void use_begin(Outbound *o, OutboundUse *use)
{
    pthread_mutex_lock(&o->lock);
    use->next = o->uses;
    o->uses = use;
    pthread_mutex_unlock(&o->lock);
}

static void use_end(Outbound *o, const OutboundUse *use)
{
    pthread_mutex_lock(&o->lock);
    OutboundUse **at = &o->uses;
    while (*at != use) {
        at = &(*at)->next;
    }
    *at = use->next;
    pthread_mutex_unlock(&o->lock);
}

static bool is_stopped(Outbound *o)
{
    pthread_mutex_lock(&o->lock);
    bool stopped = o->stopped;
    pthread_mutex_unlock(&o->lock);
    return stopped;
}

void outbound_stop(Outbound *o)
{
    if (!o) {
        return;
    }
    pthread_mutex_lock(&o->lock);
    o->stopped = true;
    for (OutboundUse *use = o->uses; use; use = use->next) {
        curl_multi_wakeup(use->line);
    }
    pthread_mutex_unlock(&o->lock);
}

/* -- files in memory --------------------------------------------------------------------------- */

static int memory_file(Str text)
{
    int fd = memfd_create("podgate", MFD_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    while (text.len) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n <= 0) {
            close(fd);
            return -1;
        }
        text = str_drop(text, (size_t)n);
    }
    return fd;
}

int outbound_file(Outbound *o, Str text, bool *owned)
{
    *owned = false;
    uint8_t digest[32];
    sha256(text, digest);
    pthread_mutex_lock(&o->lock);
    int fd = -1;
    for (size_t i = 0; i < o->file_count && fd < 0; i++) {
        if (memcmp(o->files[i].digest, digest, sizeof(digest)) == 0) {
            fd = o->files[i].fd;
        }
    }
    if (fd < 0) {
        fd = memory_file(text);
        *owned = fd >= 0 && o->file_count == COUNT_OF(o->files);
        if (fd >= 0 && !*owned) {
            memcpy(o->files[o->file_count].digest, digest, sizeof(digest));
            o->files[o->file_count++].fd = fd;
        }
    }
    pthread_mutex_unlock(&o->lock);
    return fd;
}

/* -- cancelling -------------------------------------------------------------------------------- */

OutboundCancel *outbound_cancel_new(void)
{
    OutboundCancel *c = calloc(1, sizeof(OutboundCancel));
    if (c) {
        pthread_mutex_init(&c->lock, NULL);
    }
    return c;
}

void outbound_cancel_free(OutboundCancel *c)
{
    if (c) {
        pthread_mutex_destroy(&c->lock);
        free(c);
    }
}

void outbound_cancel(OutboundCancel *c)
{
    pthread_mutex_lock(&c->lock);
    c->cancelled = true;
    if (c->line) {
        curl_multi_wakeup(c->line);
    }
    pthread_mutex_unlock(&c->lock);
}

static void cancel_watches(OutboundCancel *c, CURLM *line)
{
    if (c) {
        pthread_mutex_lock(&c->lock);
        c->line = line;
        pthread_mutex_unlock(&c->lock);
    }
}

static bool is_cancelled(OutboundCancel *c)
{
    if (!c) {
        return false;
    }
    pthread_mutex_lock(&c->lock);
    bool cancelled = c->cancelled;
    pthread_mutex_unlock(&c->lock);
    return cancelled;
}

/* -- calls ------------------------------------------------------------------------------------- */

/* Notes those that have ended; how many there were. */
static size_t collect(CURLM *line)
{
    size_t ended = 0;
    int left = 0;
    for (CURLMsg *m; (m = curl_multi_info_read(line, &left));) {
        if (m->msg == CURLMSG_DONE) {
            Transfer *t = NULL;
            CURLcode code = m->data.result;
            curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
            t->head_due_ms = 0;
            transfer_end(t, code);
            curl_multi_remove_handle(line, t->easy);
            ended++;
        }
    }
    return ended;
}

/* Ends those whose answer should have begun by now; how many there were. *wait_ms becomes shorter
 * when the next of them is due before. */
static size_t end_late(CURLM *line, Transfer *transfers, size_t count, int *wait_ms)
{
    size_t ended = 0;
    int64_t now = outbound_now_ms();
    for (size_t i = 0; i < count; i++) {
        Transfer *t = &transfers[i];
        if (!t->head_due_ms) {
            continue;
        }
        if (now < t->head_due_ms) {
            int64_t left = t->head_due_ms - now;
            *wait_ms = left < *wait_ms ? (int)left : *wait_ms;
            continue;
        }
        t->head_late = true;
        t->head_due_ms = 0;
        curl_multi_remove_handle(line, t->easy);
        transfer_end(t, CURLE_OPERATION_TIMEDOUT);
        ended++;
    }
    return ended;
}

static void run(Outbound *o, CURLM *line, Transfer *transfers, size_t count, size_t active,
                OutboundCancel *cancel)
{
    while (active) {
        int running = 0;
        if (curl_multi_perform(line, &running) != CURLM_OK) {
            return;
        }
        int wait_ms = POLL_MS_MAX;
        active -= collect(line);
        active -= end_late(line, transfers, count, &wait_ms);
        if (active && (is_cancelled(cancel) || is_stopped(o) ||
                       curl_multi_poll(line, NULL, 0, wait_ms, NULL) != CURLM_OK)) {
            return;
        }
    }
}

/* Those that still run (the line failed, or they were cancelled) end here. */
static void end_rest(CURLM *line, Transfer *transfers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (transfers[i].easy && transfers[i].out->end == OUTBOUND_CANCELLED) {
            curl_multi_remove_handle(line, transfers[i].easy);
            transfers[i].stopped = true;
            transfer_end(&transfers[i], CURLE_ABORTED_BY_CALLBACK);
        }
    }
}

static void make(Outbound *o, Transfer *transfers, size_t count, OutboundCancel *cancel)
{
    CURLM *line = line_take(o);
    size_t active = 0;
    cancel_watches(cancel, line);
    for (size_t i = 0; i < count; i++) {
        Transfer *t = &transfers[i];
        t->out->end = OUTBOUND_CANCELLED; /* until it has ended otherwise */
        if (!line || !transfer_begin(t)) {
            transfer_end(t, CURLE_FAILED_INIT);
        } else if (curl_multi_add_handle(line, t->easy) != CURLM_OK) {
            transfer_end(t, CURLE_FAILED_INIT);
        } else {
            active++;
        }
    }
    if (line) {
        OutboundUse use = { .line = line };
        use_begin(o, &use);
        run(o, line, transfers, count, active, cancel);
        use_end(o, &use);
        end_rest(line, transfers, count);
    }
    cancel_watches(cancel, NULL);
    bool is_good = true;
    for (size_t i = 0; i < count; i++) {
        is_good = is_good && !transfers[i].head_late;
        transfer_free(&transfers[i]);
    }
    if (line && is_good) {
        line_give(o, line);
    } else if (line) {
        curl_multi_cleanup(line); /* the next call had better not go by the same connection */
    }
}

void outbound_call_all(Outbound *o, const OutboundCall *calls, size_t count, Arena *a,
                       OutboundAnswer *out)
{
    /* Memory of their own until all descriptors are closed: a full arena jumps. */
    Arena memory;
    arena_init(&memory, 0);
    Transfer *transfers = new(&memory, Transfer, count);
    for (size_t i = 0; i < count; i++) {
        out[i] = (OutboundAnswer){ 0 };
        transfers[i] =
            (Transfer){ .outbound = o, .call = &calls[i], .out = &out[i], .memory = &memory };
    }
    make(o, transfers, count, NULL);
    arena_adopt(a, &memory);
}

void outbound_call(Outbound *o, const OutboundCall *call, Arena *a, OutboundAnswer *out)
{
    outbound_call_all(o, call, 1, a, out);
}

void outbound_read(Outbound *o, const OutboundCall *call, const OutboundReader *reader, Arena *a,
                   OutboundAnswer *out)
{
    Arena memory;
    arena_init(&memory, 0);
    *out = (OutboundAnswer){ 0 };
    Transfer t = { .outbound = o, .call = call, .reader = reader, .out = out, .memory = &memory };
    make(o, &t, 1, reader->cancel);
    arena_adopt(a, &memory);
}
