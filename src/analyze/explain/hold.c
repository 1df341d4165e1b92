/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an admitted pod hangs on: the binding through which its policy was used is taken away, then
 * that of the policy that admits it then, until it is refused. Bindings without which it is refused
 * all the same are not among them.
 */
#include "analyze/explain/explain.h"
#include "analyze/remedy/search.h"

enum { HOLD_MAX = 16 };

typedef struct Holding {
    const RemedyQuestion *question;
    Workload workload;
    const RbacBinding *bindings[HOLD_MAX];
    size_t count;
    Arena *arena;
} Holding;

static ObjectKey key_of(const RbacBinding *b)
{
    return (ObjectKey){
        .group = STR(RBAC_GROUP),
        .kind = b->namespace_len ? STR("RoleBinding") : STR("ClusterRoleBinding"),
        .namespace = rbac_binding_namespace(b),
        .name = rbac_binding_name(b),
    };
}

/* Decides without the bindings but skip. */
static void decide_without(Holding *h, size_t skip, RemedyTrial *out)
{
    SnapshotBuilder *b = snapshot_builder_new(h->question->cluster,
                                              SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    for (size_t i = 0; i < h->count; i++) {
        if (i != skip) {
            snapshot_builder_remove(b, key_of(h->bindings[i]));
        }
    }
    const Snapshot *s = snapshot_builder_finish(b);
    RemedyQuestion question = *h->question;
    question.cluster = s;
    RemedySearch search = { .question = &question, .arena = h->arena, .workload = h->workload };
    RemedyParts nothing = { 0 };
    remedy_try(&search, &nothing, SIZE_MAX, false, out);
    snapshot_release(s); /* the trial holds it */
}

/* The binding of the policy that admitted it; NULL when there is none to take away. */
static const RbacBinding *used(const RemedyTrial *trial)
{
    const PspDecision *psp = trial->psp;
    for (size_t i = 0; psp && psp->policy && i < psp->tried_count; i++) {
        if (psp->tried[i].candidate.policy == psp->policy) {
            return psp->tried[i].candidate.by;
        }
    }
    return NULL;
}

/* The same binding as the cluster has it: the trial's is gone with the trial. */
static const RbacBinding *own(const Holding *h, const RbacBinding *b)
{
    const Facts *f = snapshot_facts(h->question->cluster);
    RbacBindingList list = f->rbac_all_bindings(f->cluster, rbac_binding_namespace(b));
    for (size_t i = 0; i < list.count; i++) {
        if (str_eq(rbac_binding_name(list.items[i]), rbac_binding_name(b))) {
            return list.items[i];
        }
    }
    return NULL;
}

static void drop_needless(Holding *h)
{
    for (size_t i = h->count; i-- > 0;) {
        RemedyTrial trial;
        decide_without(h, i, &trial);
        if (!trial.decision.allowed) {
            memmove(&h->bindings[i], &h->bindings[i + 1],
                    (h->count - i - 1) * sizeof(h->bindings[0]));
            h->count--;
        }
        remedy_trial_done(&trial);
    }
}

void explain_hold(const RemedyQuestion *question, Arena *a, ExplainHold *out)
{
    Holding h = { .question = question, .arena = a };
    Err err;
    *out = (ExplainHold){ .refusal = STR("") };
    if (!workload_read(question->object, a, &h.workload, &err)) {
        return;
    }
    for (bool refused = false; !refused;) {
        RemedyTrial trial;
        decide_without(&h, SIZE_MAX, &trial);
        refused = !trial.decision.allowed;
        const RbacBinding *b = refused ? NULL : used(&trial);
        b = b ? own(&h, b) : NULL;
        if (refused) {
            out->refusal = arena_str(a, trial.decision.status.message);
        }
        remedy_trial_done(&trial);
        if (!refused && (!b || h.count == HOLD_MAX)) {
            return;
        }
        if (b) {
            h.bindings[h.count++] = b;
        }
    }
    drop_needless(&h);
    const RbacBinding **list = new(a, const RbacBinding *, h.count + 1);
    memcpy(list, h.bindings, h.count * sizeof(list[0]));
    out->bindings = list;
    out->count = h.count;
}
