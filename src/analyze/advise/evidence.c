/* SPDX-License-Identifier: Apache-2.0 */
/* Who needs what. */
#include "analyze/advise/evidence.h"

#include <stdlib.h>

enum {
    NAMED_MAX = 3, /* in a line of text; the rest is counted */
    LOOKED_AT_MAX = 200,
};

static bool same_container(const ContainerView *a, const ContainerView *b)
{
    return a == b || (a && b && a->class == b->class && str_eq(a->name, b->name));
}

/* The pods of a workload come one after the other, so only its own asks are gone through. */
static bool has(const AdviseEvidence *e, const AdvisePod *pod, const ContainerView *container)
{
    if (!e->own || e->own->pod->workload != pod->workload) {
        return false;
    }
    for (const AdviseAsk *ask = e->own; ask; ask = ask->next) {
        if (same_container(ask->container, container)) {
            return true;
        }
    }
    return false;
}

void advise_evidence_add(AdviseEvidence *e, const AdvisePod *pod, const ContainerView *container,
                         Arena *a)
{
    if (has(e, pod, container)) {
        return;
    }
    AdviseAsk *ask = new(a, AdviseAsk, 1);
    ask->pod = pod;
    ask->container = container;
    if (!e->own || e->own->pod->workload != pod->workload) {
        e->own = ask;
    }
    if (e->last) {
        e->last->next = ask;
    } else {
        e->first = ask;
    }
    e->last = ask;
    e->count++;
}

/* Of many, some may stand there twice: it is not worth the time to look through them. */
static bool has_anywhere(const AdviseEvidence *e, const AdviseAsk *wanted)
{
    size_t looked_at = 0;
    for (const AdviseAsk *ask = e->first; ask && looked_at < LOOKED_AT_MAX; ask = ask->next) {
        if (ask->pod->workload == wanted->pod->workload &&
            same_container(ask->container, wanted->container)) {
            return true;
        }
        looked_at++;
    }
    return false;
}

void advise_evidence_join(AdviseEvidence *e, const AdviseEvidence *other, Arena *a)
{
    for (const AdviseAsk *ask = other->first; ask; ask = ask->next) {
        if (!has_anywhere(e, ask)) {
            advise_evidence_add(e, ask->pod, ask->container, a);
        }
    }
}

static Str class_text(const ContainerView *c)
{
    return c->class == CONTAINER_INIT        ? STR("init container")
           : c->class == CONTAINER_EPHEMERAL ? STR("ephemeral container")
                                             : STR("container");
}

Str advise_ask_text(const AdviseAsk *ask, bool with_namespace, Arena *a)
{
    const AdviseWorkload *w = ask->pod->workload;
    Buf b = buf_new(a);
    buf_add(&b, w->text);
    if (with_namespace) {
        buf_lit(&b, " in ");
        buf_add(&b, w->namespace);
    }
    if (ask->container) {
        buf_byte(&b, ' ');
        buf_add(&b, class_text(ask->container));
        buf_byte(&b, ' ');
        buf_add(&b, ask->container->name);
    }
    if (ask->pod->running.len) {
        buf_lit(&b, " (in pod/");
        buf_add(&b, ask->pod->running);
        buf_byte(&b, ')');
    }
    return buf_str(&b);
}

Str advise_evidence_text(const AdviseEvidence *e, bool with_namespace, Arena *a)
{
    Buf b = buf_new(a);
    size_t named = 0;
    for (const AdviseAsk *ask = e->first; ask && named < NAMED_MAX; ask = ask->next) {
        bool is_last = named + 1 == e->count;
        buf_add(&b, named == 0 ? STR("") : is_last ? STR(" and ") : STR(", "));
        buf_add(&b, advise_ask_text(ask, with_namespace, a));
        named++;
    }
    if (e->count > named) {
        buf_printf(&b, " and %zu more", e->count - named);
    }
    return buf_str(&b);
}

Value advise_evidence_value(const AdviseEvidence *e, Arena *a)
{
    Value list = value_array();
    for (const AdviseAsk *ask = e->first; ask; ask = ask->next) {
        Value v = value_object();
        value_set_lit(&v, "object", value_str(ask->pod->workload->text), a);
        value_set_lit(&v, "namespace", value_str(ask->pod->workload->namespace), a);
        if (ask->container) {
            value_set_lit(&v, "container", value_str(ask->container->name), a);
        }
        if (ask->pod->running.len) {
            value_set_lit(&v, "pod", value_str(ask->pod->running), a);
        }
        value_add(&list, v, a);
    }
    return list;
}

/* -- values -------------------------------------------------------------------------------------
 */

void advise_needs_init(AdviseNeeds *n, Arena *a)
{
    *n = (AdviseNeeds){ .map = map_new(a) };
}

AdviseNeed *advise_needs_text(AdviseNeeds *n, Str text)
{
    AdviseNeed *need = map_get(&n->map, text);
    if (!need) {
        need = new(n->map.arena, AdviseNeed, 1);
        need->text = text;
        map_set(&n->map, text, need);
    }
    return need;
}

AdviseNeed *advise_needs_number(AdviseNeeds *n, int64_t number)
{
    Str key = str_from((const char *)&number, sizeof number);
    AdviseNeed *need = map_get(&n->map, key);
    if (!need) {
        need = new(n->map.arena, AdviseNeed, 1);
        need->number = number;
        need->text = STR("");
        map_set(&n->map, str_from((const char *)&need->number, sizeof number), need);
    }
    return need;
}

static int compare(const void *left, const void *right)
{
    const AdviseNeed *l = *(AdviseNeed *const *)left;
    const AdviseNeed *r = *(AdviseNeed *const *)right;
    int order = (l->number > r->number) - (l->number < r->number);
    return order ? order : str_cmp(l->text, r->text);
}

void advise_needs_sort(AdviseNeeds *n)
{
    n->items = new(n->map.arena, AdviseNeed *, n->map.count + 1);
    n->count = n->map.count;
    for (size_t i = 0; i < n->count; i++) {
        n->items[i] = n->map.entries[i].value;
    }
    qsort(n->items, n->count, sizeof *n->items, compare);
}
