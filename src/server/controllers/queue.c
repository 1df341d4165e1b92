/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controllers/queue.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 256, BACKOFF_FIRST_MS = 5 };
#define BACKOFF_MAX_NS (1000 * (int64_t)1000000000)

struct WorkQueue {
    WorkItem **slots; /* a power of two of them */
    size_t slot_count;
    size_t item_count;
    WorkItem **heap; /* [0] is not used */
    size_t heap_len;
    size_t heap_cap;
    uint64_t orders;
};

static void *need(void *memory)
{
    if (memory == NULL) {
        abort();
    }
    return memory;
}

WorkQueue *work_queue_new(void)
{
    WorkQueue *q = need(calloc(1, sizeof *q));
    q->slot_count = SLOTS_FIRST;
    q->slots = need(calloc(q->slot_count, sizeof(WorkItem *)));
    q->heap_cap = SLOTS_FIRST;
    q->heap = need(calloc(q->heap_cap, sizeof(WorkItem *)));
    return q;
}

void work_queue_free(WorkQueue *q)
{
    if (q == NULL) {
        return;
    }
    for (size_t i = 0; i < q->slot_count; i++) {
        for (WorkItem *item = q->slots[i], *next; item; item = next) {
            next = item->next;
            free(item);
        }
    }
    free(q->slots);
    free(q->heap);
    free(q);
}

/* -- the table ------------------------------------------------------------------------------------
 */

static uint64_t hash_of(uint32_t controller, Str namespace, Str name)
{
    uint64_t h = str_hash(namespace) * 31 + str_hash(name);
    return (h + controller) * 0x9E3779B97F4A7C15u;
}

static void grow_table(WorkQueue *q)
{
    size_t count = q->slot_count * 2;
    WorkItem **slots = need(calloc(count, sizeof(WorkItem *)));
    for (size_t i = 0; i < q->slot_count; i++) {
        for (WorkItem *item = q->slots[i], *next; item; item = next) {
            next = item->next;
            WorkItem **slot = &slots[(item->hash >> 16) & (count - 1)];
            item->next = *slot;
            *slot = item;
        }
    }
    free(q->slots);
    q->slots = slots;
    q->slot_count = count;
}

static WorkItem **slot_of(const WorkQueue *q, uint64_t hash)
{
    return &q->slots[(hash >> 16) & (q->slot_count - 1)];
}

static WorkItem *item_need(WorkQueue *q, uint32_t controller, Str namespace, Str name)
{
    uint64_t hash = hash_of(controller, namespace, name);
    for (WorkItem *item = *slot_of(q, hash); item; item = item->next) {
        if (item->hash == hash && item->controller == controller && str_eq(item->name, name) &&
            str_eq(item->namespace, namespace)) {
            return item;
        }
    }
    if (q->item_count >= q->slot_count) {
        grow_table(q);
    }
    WorkItem *item = need(malloc(sizeof *item + namespace.len + name.len + 1));
    char *text = (char *)(item + 1);
    *item = (WorkItem){ .controller = controller, .hash = hash };
    if (namespace.len) {
        memcpy(text, namespace.ptr, namespace.len);
    }
    if (name.len) {
        memcpy(text + namespace.len, name.ptr, name.len);
    }
    item->namespace = str_from(text, namespace.len);
    item->name = str_from(text + namespace.len, name.len);
    WorkItem **slot = slot_of(q, hash);
    item->next = *slot;
    *slot = item;
    q->item_count++;
    return item;
}

static void item_drop(WorkQueue *q, WorkItem *item)
{
    WorkItem **at = slot_of(q, item->hash);
    while (*at != item) {
        at = &(*at)->next;
    }
    *at = item->next;
    q->item_count--;
    free(item);
}

/* -- the heap
 * --------------------------------------------------------------------------------------- */

static bool is_before(const WorkItem *a, const WorkItem *b)
{
    return a->due < b->due || (a->due == b->due && a->order < b->order);
}

static void place(WorkQueue *q, size_t at, WorkItem *item)
{
    q->heap[at] = item;
    item->place = at;
}

static void sift_up(WorkQueue *q, size_t at)
{
    WorkItem *item = q->heap[at];
    for (; at > 1 && is_before(item, q->heap[at / 2]); at /= 2) {
        place(q, at, q->heap[at / 2]);
    }
    place(q, at, item);
}

static void sift_down(WorkQueue *q, size_t at)
{
    WorkItem *item = q->heap[at];
    for (size_t child = at * 2; child <= q->heap_len; at = child, child *= 2) {
        if (child < q->heap_len && is_before(q->heap[child + 1], q->heap[child])) {
            child++;
        }
        if (!is_before(q->heap[child], item)) {
            break;
        }
        place(q, at, q->heap[child]);
    }
    place(q, at, item);
}

static void push(WorkQueue *q, WorkItem *item, int64_t due)
{
    if (item->place) {
        if (due < item->due) {
            item->due = due;
            sift_up(q, item->place);
        }
        return;
    }
    if (q->heap_len + 2 > q->heap_cap) {
        q->heap_cap *= 2;
        q->heap = need(realloc(q->heap, q->heap_cap * sizeof(WorkItem *)));
    }
    item->due = due;
    item->order = ++q->orders;
    place(q, ++q->heap_len, item);
    sift_up(q, q->heap_len);
}

void work_queue_add(WorkQueue *q, uint32_t controller, Str namespace, Str name, int64_t due)
{
    push(q, item_need(q, controller, namespace, name), due);
}

WorkItem *work_queue_take(WorkQueue *q, int64_t now, int64_t *next)
{
    WorkItem *first = q->heap_len ? q->heap[1] : NULL;
    if (first == NULL || first->due > now) {
        *next = first ? first->due : INT64_MAX;
        return NULL;
    }
    WorkItem *last = q->heap[q->heap_len--];
    if (q->heap_len) {
        place(q, 1, last);
        sift_down(q, 1);
    }
    first->place = 0;
    return first;
}

void work_queue_done(WorkQueue *q, WorkItem *item, bool success, int64_t now)
{
    if (success) {
        item->failures = 0;
        if (!item->place) {
            item_drop(q, item);
        }
        return;
    }
    int64_t wait = BACKOFF_MAX_NS;
    if (item->failures < 30) {
        wait = (int64_t)BACKOFF_FIRST_MS * 1000000 << item->failures;
        item->failures++;
    }
    push(q, item, now + (wait < BACKOFF_MAX_NS ? wait : BACKOFF_MAX_NS));
}
