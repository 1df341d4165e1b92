/* SPDX-License-Identifier: Apache-2.0 */
/* Deciding every unit of a cluster before and after a change. */
#include "analyze/simulate/simulate.h"

#include "analyze/objects.h"
#include "analyze/simulate/change.h"
#include "analyze/simulate/compare.h"
#include "analyze/simulate/reduce.h"
#include "analyze/simulate/simulate_private.h"
#include "cluster/preset.h"

#include <stdlib.h>

enum { PROGRESS_EVERY = 64 };

/* -- units that are alike ---------------------------------------------------------------------- */

static Value key_of(Simulation *s, const AdmitItem *item)
{
    Value key = reduce_to_key(&item->workload.pod, &s->scratch);
    value_add(&key, value_str(item->namespace), &s->scratch);
    value_add(&key, value_str(item->user.name), &s->scratch);
    return key;
}

/* The place of a unit that is decided as one with this key is, or a free one. */
static Known *find_known(Simulation *s, const Value *key, uint64_t hash)
{
    size_t at = hash & (s->known_cap - 1);
    while (s->known[at].is_used &&
           (s->known[at].hash != hash || !value_equal(&s->known[at].key, key))) {
        at = (at + 1) & (s->known_cap - 1);
    }
    return &s->known[at];
}

static void remember(Simulation *s, Known *place, const Value *key, uint64_t hash, bool allowed)
{
    PackSize size = value_pack_size(key, NULL);
    *place = (Known){
        .is_used = true,
        .allowed = allowed,
        .hash = hash,
        .key = value_pack(key, size, NULL, arena_alloc(s->arena, pack_bytes(size))),
    };
}

/* -- the report -------------------------------------------------------------------------------- */

static SimulateChange *add_change(Simulation *s)
{
    if (s->report.count == s->change_cap) {
        size_t cap = s->change_cap ? s->change_cap * 2 : 64;
        SimulateChange *grown = new(s->arena, SimulateChange, cap);
        if (s->report.count) {
            memcpy(grown, s->changes, s->report.count * sizeof *grown);
        }
        s->changes = grown;
        s->change_cap = cap;
    }
    return &s->changes[s->report.count++];
}

static void count(Simulation *s, SimulateVerdict verdict, int64_t pods)
{
    s->report.by[verdict].units++;
    s->report.by[verdict].pods += pods > 0 ? pods : 0;
}

/* lost: pods that start before the change, and do not after it. */
static SimulateChange *add(Simulation *s, const SimulateUnit *unit, const AdmitItem *before,
                           const AdmitItem *after, int64_t pods, int64_t lost)
{
    SimulateChange *change = add_change(s);
    compare_explain(before, after, simulate_facts(s, true), s->arena, change);
    change->unit = unit;
    change->pods = pods;
    if (change->verdict == SIMULATE_REFUSED) {
        change->lost = unit->node.len ? 0 : lost; /* a node runs its own pods all the same */
        s->report.system_refused += unit->is_system;
    }
    s->report.switched += change->verdict == SIMULATE_CHANGED &&
                          !str_eq(change->before.policy, change->after.policy);
    count(s, change->verdict, change->verdict == SIMULATE_REFUSED ? change->lost : pods);
    return change;
}

/* A unit of a namespace without quotas: one of its pods is as good as the other. */
static void ask_one(Simulation *s, const SimulateUnit *unit, const AdmitItem *item, int64_t pods)
{
    SimulateReport *r = &s->report;
    Value key = key_of(s, item);
    uint64_t hash = value_hash(&key);
    Known *known = find_known(s, &key, hash);
    if (!known->is_used) {
        AdmitItem before = *item;
        AdmitItem after = *item;
        simulate_decide(s, false, false, &before);
        simulate_decide(s, true, false, &after);
        r->decisions += 2;
        if (compare_verdict(&before, &after) != SIMULATE_SAME) {
            simulate_decide(s, false, true, &before);
            simulate_decide(s, true, true, &after);
            add(s, unit, &before, &after, pods, pods);
            return;
        }
        remember(s, known, &key, hash, before.decision.allowed);
    }
    count(s, SIMULATE_SAME, pods);
    r->refused_before += !known->allowed;
}

/* One of a namespace with quotas: the first pod tells that does not start any more. */
static void ask_each(Simulation *s, const SimulateUnit *unit, const AdmitItem *item, int64_t pods,
                     const Quotas *quotas)
{
    int64_t asked = pods > 0 ? pods : 1;
    int64_t start_before = simulate_count_starting(s, quotas, false, asked, item);
    int64_t start_after = simulate_count_starting(s, quotas, true, asked, item);
    int64_t more = start_before > start_after ? start_before : start_after;
    AdmitItem before = *item;
    AdmitItem after = *item;
    simulate_decide_next(s, quotas, false, true, asked, more > 0 ? more - 1 : 0, &before);
    simulate_decide_next(s, quotas, true, true, asked, more > 0 ? more - 1 : 0, &after);
    if (compare_verdict(&before, &after) != SIMULATE_SAME) {
        SimulateChange *change = add(s, unit, &before, &after, pods,
                                     pods > 0 ? start_before - start_after : pods);
        if (change->verdict == SIMULATE_REFUSED && quotas->books[1].quotas.count) {
            simulate_find_raises(s, quotas, asked, start_before, item, change);
        }
        return;
    }
    count(s, SIMULATE_SAME, pods);
    s->report.refused_before += start_before == 0;
}

static const Value *labels_of(const AdmitItem *item)
{
    return value_at(&item->workload.pod, "metadata", "labels", NULL);
}

static void ask_about(Simulation *s, const SimulateUnit *unit)
{
    SimulateReport *r = &s->report;
    const SimulateQuestion *q = s->question;
    AdmitItem item;
    Err err;
    if (!simulate_prepare(s, unit, &item, &err)) {
        r->not_decided++;
        analyze_note(&r->notes, arena_printf(s->arena, "%.*s; it is not decided", STR_ARG(err.msg)),
                     s->arena);
        return;
    }
    if (q->selector && !label_selector_matches(q->selector, labels_of(&item))) {
        return;
    }
    int64_t pods = simulate_pods(unit, &item);
    r->units++;
    r->pods += pods > 0 ? (size_t)pods : 0;
    const Quotas *quotas = simulate_quotas(s, unit->namespace);
    if (quotas) {
        ask_each(s, unit, &item, pods, quotas);
    } else {
        ask_one(s, unit, &item, pods);
    }
}

/* -- the whole cluster ------------------------------------------------------------------------- */

static bool is_in_scope(const SimulateQuestion *q, const SimulateUnit *unit)
{
    return q->namespaces.count == 0 || str_list_has(q->namespaces, unit->namespace);
}

static const Value *pod_spec_of(const Value *object)
{
    const Value *spec = value_get_lit(object, "spec");
    const Value *job = value_at(spec, "jobTemplate", "spec", NULL);
    const Value *template = value_get_lit(job ? job : spec, "template");
    return template ? value_get_lit(template, "spec") : spec;
}

static Str account_of(const Value *object)
{
    const Value *spec = pod_spec_of(object);
    Str name = value_get_str(spec, STR("serviceAccountName"));
    name = name.len ? name : value_get_str(spec, STR("serviceAccount"));
    return name.len ? name : STR("default");
}

/* The cluster as it is, with what controllers make for accounts. */
static const Snapshot *complete(Simulation *s, const Snapshot *cluster)
{
    const SimulateQuestion *q = s->question;
    PodAccount *accounts = new(s->arena, PodAccount, q->units->count + 1);
    size_t n = 0;
    for (size_t i = 0; i < q->units->count; i++) {
        const SimulateUnit *unit = &q->units->items[i];
        if (is_in_scope(q, unit)) {
            accounts[n++] = (PodAccount){ unit->namespace, account_of(unit->source.object) };
        }
    }
    const Snapshot *completed = accounts_complete(snapshot_acquire(cluster), accounts, n,
                                                  q->how->target, &s->report.notes, s->arena);
    return preset_complete(completed, q->how->presets);
}

static int change_cmp(const void *left, const void *right)
{
    const SimulateChange *a = left;
    const SimulateChange *b = right;
    bool a_refused = a->verdict == SIMULATE_REFUSED;
    bool b_refused = b->verdict == SIMULATE_REFUSED;
    if (a->unit->is_system != b->unit->is_system) {
        return a->unit->is_system ? -1 : 1;
    }
    if (a_refused != b_refused) {
        return a_refused ? -1 : 1;
    }
    return a->unit < b->unit ? -1 : a->unit > b->unit; /* they are sorted */
}

/* The changes are sorted: the ways out of the first refusals. */
static void find_ways(Simulation *s)
{
    const SimulateReport *r = &s->report;
    size_t found = 0;
    for (size_t i = 0; i < r->count && found < s->question->ways_max; i++) {
        AdmitItem item;
        SimulateChange *change = &s->changes[i];
        if (change->verdict == SIMULATE_REFUSED && !change->raise_count &&
            simulate_prepare(s, change->unit, &item, NULL)) {
            UserInfo user = item.user;
            const RemedyQuestion question = {
                .cluster = r->after,
                .object = change->unit->source.object,
                .user = &user,
                .namespace = change->unit->namespace,
                .plugins = r->plugins_after,
                .pod_security = s->question->how->pod_security,
                .target = s->question->how->target,
                .wanted = SIMULATE_WAYS,
            };
            Remedy *remedy = new(s->arena, Remedy, 1);
            remedy_find(&question, s->arena, remedy);
            change->remedy = remedy;
            found++;
        }
        arena_reset(&s->scratch);
    }
}

static void make_known(Simulation *s)
{
    s->known_cap = 256;
    while (s->known_cap < 2 * s->question->units->count) {
        s->known_cap *= 2;
    }
    s->known = new(s->arena, Known, s->known_cap);
}

static void ask_all(Simulation *s)
{
    const SimulateQuestion *q = s->question;
    make_known(s);
    s->quotas = map_new(s->arena);
    arena_init(&s->scratch, 0);
    for (size_t i = 0; i < q->units->count; i++) {
        if (is_in_scope(q, &q->units->items[i])) {
            ask_about(s, &q->units->items[i]);
        }
        arena_reset(&s->scratch);
        if (q->progress && i % PROGRESS_EVERY == 0) {
            q->progress(q->progress_context, i, q->units->count);
        }
    }
    if (s->report.count) {
        qsort(s->changes, s->report.count, sizeof *s->changes, change_cmp);
    }
    find_ways(s);
    arena_done(&s->scratch);
    s->report.changes = s->changes;
}

/* Does PodSecurityPolicy have nothing to go by? */
static bool has_no_policy(const Facts *facts)
{
    return facts->psp_policies(facts->cluster).count == 0;
}

void simulate_plugins(const AdmitQuestion *how, const Facts *before, const Facts *after,
                      uint64_t *plugins_before, uint64_t *plugins_after)
{
    const uint64_t psp = ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY_POLICY) & ~how->plugins_on;
    *plugins_before = admit_plugins(how, before);
    *plugins_after = admit_plugins(how, after);
    if (has_no_policy(before)) {
        *plugins_before &= ~psp;
        *plugins_after &= has_no_policy(after) ? ~psp : UINT64_MAX;
    }
}

bool simulate_ask(const Snapshot *cluster, const SimulateQuestion *question, Arena *a,
                  SimulateReport *out, Err *err)
{
    Simulation s = { .question = question, .arena = a, .err = err };
    SimulateReport *r = &s.report;
    r->before = complete(&s, cluster);
    if (!change_lay(r->before, question, a, &r->notes, &r->after, err)) {
        simulate_report_done(r);
        return false;
    }
    simulate_plugins(question->how, snapshot_facts(r->before), snapshot_facts(r->after),
                     &r->plugins_before, &r->plugins_after);
    ask_all(&s);
    *out = *r;
    return true;
}

void simulate_report_done(SimulateReport *report)
{
    snapshot_release(report->before);
    snapshot_release(report->after);
    report->before = report->after = NULL;
}
