/* SPDX-License-Identifier: Apache-2.0 */
/* One unit under quotas, its pods one after the other. */
#include "analyze/simulate/simulate_private.h"

/* Decides whatever the quotas say: the pod as it would be stored. */
static bool store(Simulation *s, bool after, const AdmitItem *prepared, Value *out)
{
    AdmitItem item = *prepared;
    simulate_decide_by(s, simulate_facts(s, after), after, false,
                       ADMISSION_PLUGIN_BIT(ADMISSION_RESOURCE_QUOTA), &item);
    *out = item.decision.object;
    return item.decision.allowed;
}

/* Those that run; those that a manifest asks for where nothing says what runs, but for jobs that
 * come and go, and for what could not start. */
static int64_t pods_counted(Simulation *s, const SimulateUnit *unit, const AdmitItem *item)
{
    Value pod;
    if (unit->running || str_eq(unit->kind, STR("CronJob"))) {
        return unit->running;
    }
    return store(s, false, item, &pod) ? simulate_pods(unit, item) : 0;
}

static void count_unit(Simulation *s, const SimulateUnit *unit, Quotas *quotas)
{
    AdmitItem item;
    if (!simulate_prepare(s, unit, &item, NULL)) {
        return;
    }
    int64_t pods = pods_counted(s, unit, &item);
    for (int after = 0; after < 2 && pods > 0; after++) {
        if (quotas->books[after].quotas.count) {
            Value pod;
            (void)store(s, after, &item, &pod);
            quota_book_add(&quotas->books[after], &pod, pods, s->question->how->target, s->arena);
        }
    }
}

/* NULL: the namespace has no quota, before or after. */
const Quotas *simulate_quotas(Simulation *s, Str namespace)
{
    void **place = map_at(&s->quotas, namespace);
    if (*place) {
        return *place == s ? NULL : *place;
    }
    Quotas *quotas = new(s->arena, Quotas, 1);
    for (int after = 0; after < 2; after++) {
        quotas->books[after] = quota_book_new(simulate_facts(s, after), namespace, s->arena);
    }
    bool has_any = quotas->books[0].quotas.count || quotas->books[1].quotas.count;
    *place = has_any ? (void *)quotas : (void *)s;
    const SimulateUnits *units = s->question->units;
    for (size_t i = 0; i < units->count && has_any; i++) {
        if (str_eq(units->items[i].namespace, namespace)) {
            count_unit(s, &units->items[i], quotas);
        }
    }
    return has_any ? quotas : NULL;
}

/* The decision about the pod that is to start when so many of its workload have. */
void simulate_decide_next(Simulation *s, const Quotas *quotas, bool after, bool explain,
                          int64_t pods, int64_t started, AdmitItem *item)
{
    const QuotaBook *book = &quotas->books[after];
    QuotaFacts facts;
    if (!book->quotas.count) {
        simulate_decide(s, after, explain, item);
        return;
    }
    Value pod;
    (void)store(s, after, item, &pod);
    quota_facts_init(&facts, simulate_facts(s, after), item->namespace, book, &pod, pods, started,
                     s->question->how->target, &s->scratch);
    simulate_decide_by(s, &facts.facts, after, explain, 0, item);
}

/* How many of the pods start. */
int64_t simulate_count_starting(Simulation *s, const Quotas *quotas, bool after, int64_t pods,
                                const AdmitItem *prepared)
{
    int64_t low = 0; /* so many start */
    int64_t high = pods;
    int64_t at = pods - 1; /* mostly all do, or none */
    while (low < high) {
        AdmitItem item = *prepared;
        simulate_decide_next(s, quotas, after, false, pods, at, &item);
        s->report.decisions++;
        if (item.decision.allowed) {
            low = at + 1;
        } else {
            high = at;
            if (at == pods - 1) {
                at = 0;
                continue;
            }
        }
        at = low + (high - low) / 2;
    }
    return low;
}

void simulate_find_raises(Simulation *s, const Quotas *quotas, int64_t pods, int64_t wanted,
                          const AdmitItem *prepared, SimulateChange *out)
{
    Value pod;
    Quotas raised = *quotas;
    (void)store(s, true, prepared, &pod);
    raised.books[1] = quota_book_raise(&quotas->books[1], &pod, pods, wanted,
                                       s->question->how->target, s->arena, &out->raises,
                                       &out->raise_count);
    /* Something else may be in the way as well. */
    if (simulate_count_starting(s, &raised, true, pods, prepared) < wanted) {
        out->raise_count = 0;
    }
}
