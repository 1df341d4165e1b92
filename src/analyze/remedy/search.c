/* SPDX-License-Identifier: Apache-2.0 */
/* Trying parts, and looking for those that are needed. */
#include "analyze/remedy/search.h"

#include "decide/psp/object.h"

#include <stdlib.h>

/* -- one try ------------------------------------------------------------------------------------
 */

/* The snapshot as parts leave it: an own reference. */
static const Snapshot *lay_over(const RemedySearch *s, const RemedyParts *parts, size_t skip,
                                Arena *a)
{
    const Snapshot *cluster = s->question->cluster;
    const Facts *facts = snapshot_facts(cluster);
    SnapshotBuilder *b = NULL;
    for (size_t i = 0; i < parts->count; i++) {
        const RemedyPart *part = &parts->items[i];
        bool seen = part->of_workload || i == skip;
        for (size_t j = 0; j < i && !seen; j++) {
            seen = j != skip && remedy_same_object(&parts->items[j], part);
        }
        if (seen) {
            continue;
        }
        if (!b) {
            b = snapshot_builder_new(cluster, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
        }
        const Value *base = facts->object(facts->cluster, part->object);
        Value *object = new(a, Value, 1);
        *object = base ? *base : value_object();
        remedy_apply(parts, skip, part, a, object);
        snapshot_builder_put(b, object, NULL);
    }
    return b ? snapshot_builder_finish(b) : snapshot_acquire(cluster);
}

/* The pass that refused, or else the first in which policies were tried. */
static void find_refusal(RemedyTrial *trial)
{
    trial->refused_by = STR("");
    for (const AdmissionTrace *t = trial->decision.trace; t; t = t->next) {
        if (t->refused) {
            trial->refused_by = t->plugin;
        }
        if (t->psp && (!trial->psp || t->refused)) {
            trial->psp = t->psp;
        }
    }
}

static void try_in(RemedySearch *s, const RemedyParts *parts, size_t skip, bool explain, Arena *a,
                   RemedyTrial *out)
{
    const RemedyQuestion *q = s->question;
    const RemedyPart workload = { .of_workload = true };
    *out = (RemedyTrial){ .object = *q->object };
    remedy_apply(parts, skip, &workload, a, &out->object);
    out->snapshot = lay_over(s, parts, skip, a);
    s->decisions++;
    Workload w;
    Err err;
    if (!workload_read(&out->object, a, &w, &err)) {
        out->decision.status = status_bad_request(a, err.msg);
        out->refused_by = STR("");
        return;
    }
    const AdmissionOptions how = {
        .plugins = q->plugins,
        .pod_security = q->pod_security,
        .steps = ADMISSION_STEPS_ALL,
        .explain = explain,
        .no_patch = true,
    };
    const AdmissionRequest request = {
        .operation = ADMISSION_CREATE,
        .user = q->user,
        .group = STR(""),
        .version = STR("v1"),
        .resource = STR("pods"),
        .subresource = STR(""),
        .kind = STR("Pod"),
        .namespace = q->namespace,
        .name = STR(""),
        .object = &w.pod,
        .target = q->target,
        .options = &how,
    };
    admission_decide(snapshot_facts(out->snapshot), &request, a, &out->decision);
    find_refusal(out);
}

void remedy_try(RemedySearch *s, const RemedyParts *parts, size_t skip, bool explain,
                RemedyTrial *out)
{
    try_in(s, parts, skip, explain, s->arena, out);
}

void remedy_trial_done(RemedyTrial *trial)
{
    snapshot_release(trial->snapshot);
    trial->snapshot = NULL;
}

/* Would the API server take the policies as parts leave them? One that was refused before is not
 * made worse. */
static bool policies_are_valid(const RemedySearch *s, const RemedyParts *parts, size_t skip,
                               Arena *a)
{
    const Facts *facts = snapshot_facts(s->question->cluster);
    for (size_t i = 0; i < parts->count; i++) {
        const RemedyPart *part = &parts->items[i];
        if (i == skip || part->of_workload ||
            !str_eq(part->object.kind, STR("PodSecurityPolicy"))) {
            continue;
        }
        const Value *base = facts->object(facts->cluster, part->object);
        Value object = base ? *base : value_object();
        FieldErrors before = field_errors_new(a);
        FieldErrors after = field_errors_new(a);
        psp_validate(&object, s->question->target, &before);
        remedy_apply(parts, skip, part, a, &object);
        psp_validate(&object, s->question->target, &after);
        if (after.count > before.count) {
            return false;
        }
    }
    return true;
}

bool remedy_admits(RemedySearch *s, const RemedyParts *parts, size_t skip)
{
    Arena scratch;
    arena_init(&scratch, 0);
    RemedyTrial trial;
    try_in(s, parts, skip, false, &scratch, &trial);
    bool admits = trial.decision.allowed && policies_are_valid(s, parts, skip, &scratch);
    remedy_trial_done(&trial);
    arena_done(&scratch);
    return admits;
}

/* -- searching ----------------------------------------------------------------------------------
 */

void remedy_minimise(RemedySearch *s, RemedyParts *parts)
{
    bool again = true;
    while (again) {
        again = false;
        for (size_t i = parts->count; i-- > 0;) {
            if (!parts->items[i].restricts && remedy_admits(s, parts, i)) {
                memmove(&parts->items[i], &parts->items[i + 1],
                        (parts->count - i - 1) * sizeof(RemedyPart));
                parts->count--;
                again = true;
            }
        }
    }
}

/* Parts may have given way to others, so that none is new and yet something changed. */
static bool same_parts(const RemedyParts *a, const RemedyPart *items, size_t count)
{
    if (a->count != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (a->items[i].op != items[i].op || !value_equal(&a->items[i].value, &items[i].value)) {
            return false;
        }
    }
    return true;
}

bool remedy_search(RemedySearch *s, Str policy, RemedyPropose *propose, RemedyParts *parts,
                   Str *why)
{
    for (size_t round = 0; round < REMEDY_ROUNDS_MAX; round++) {
        RemedyTrial trial;
        remedy_try(s, parts, SIZE_MAX, true, &trial);
        bool allowed = trial.decision.allowed;
        size_t count = parts->count;
        RemedyPart *before = new(s->arena, RemedyPart, count + 1);
        if (count) {
            memcpy(before, parts->items, count * sizeof(RemedyPart));
        }
        if (!allowed) {
            *why = arena_str(s->arena, trial.decision.status.message);
            propose(s, &trial, policy, parts);
        }
        remedy_trial_done(&trial);
        if (allowed) {
            if (!remedy_admits(s, parts, SIZE_MAX)) {
                *why = STR("the API server would not take the policy so changed");
                return false;
            }
            remedy_minimise(s, parts);
            return true;
        }
        if (same_parts(parts, before, count)) {
            return false;
        }
    }
    return false;
}

void remedy_take(RemedySearch *s, const RemedyParts *parts, Str target, RemedyWay *way)
{
    RemedyTrial trial;
    remedy_try(s, parts, SIZE_MAX, false, &trial);
    *way = (RemedyWay){
        .found = true,
        .none = STR(""),
        .target = arena_str(s->arena, target),
        .parts = parts->items,
        .count = parts->count,
        .patch = value_null(),
        .admitted_by = trial.decision.psp.len ? arena_str(s->arena, trial.decision.psp) : STR(""),
    };
    remedy_trial_done(&trial);
    remedy_objects(s, parts, way);
}

/* -- what was tried -----------------------------------------------------------------------------
 */

const PspTried *remedy_tried(const RemedyTrial *trial, Str policy)
{
    for (size_t i = 0; trial->psp && i < trial->psp->tried_count; i++) {
        if (str_eq(trial->psp->tried[i].candidate.policy->name, policy)) {
            return &trial->psp->tried[i];
        }
    }
    return NULL;
}

static int fewer_errors_first(const void *a, const void *b)
{
    const PspTried *first = *(const PspTried *const *)a;
    const PspTried *second = *(const PspTried *const *)b;
    if (first->errs.count != second->errs.count) {
        return first->errs.count < second->errs.count ? -1 : 1;
    }
    return str_cmp(first->candidate.policy->name, second->candidate.policy->name);
}

StrList remedy_refusing(RemedySearch *s, const RemedyTrial *trial)
{
    bool by_policy = str_eq(trial->refused_by, STR("PodSecurityPolicy"));
    size_t all = by_policy && trial->psp ? trial->psp->tried_count : 0;
    const PspTried **tried = new(s->arena, const PspTried *, all + 1);
    size_t count = 0;
    for (size_t i = 0; i < all; i++) {
        if (trial->psp->tried[i].outcome == PSP_REFUSED) {
            tried[count++] = &trial->psp->tried[i];
        }
    }
    qsort(tried, count, sizeof(*tried), fewer_errors_first);
    size_t max = count > REMEDY_POLICIES_VERY_MANY ? REMEDY_POLICIES_OF_VERY_MANY
                 : count > REMEDY_POLICIES_MANY    ? REMEDY_POLICIES_OF_MANY
                                                   : REMEDY_POLICIES_MAX;
    count = count < max ? count : max;
    Str *names = new(s->arena, Str, count + 1);
    for (size_t i = 0; i < count; i++) {
        names[i] = arena_str(s->arena, tried[i]->candidate.policy->name);
    }
    return (StrList){ names, count };
}

const FieldError *remedy_contradiction(const RemedyTrial *trial)
{
    const FieldError *e = trial->refused_by.len ? NULL : trial->decision.status.causes;
    while (e && !(str_ends_with(e->path, STR(".securityContext")) &&
                  str_contains(e->detail, STR("`allowPrivilegeEscalation`")))) {
        e = e->next;
    }
    return e;
}
