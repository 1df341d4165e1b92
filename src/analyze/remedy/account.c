/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another service account: one of the namespace that may use a policy that admits the pod. Of
 * several it is the one whose policy is the strictest.
 */
#include "analyze/accounts.h"
#include "analyze/remedy/edit.h"

#include "doc/patch.h"

enum { ACCOUNTS_MAX = 64 /* that are tried */ };

/* The names of the others; how many there are. */
static size_t find_others(const RemedySearch *s, PodAccount *out)
{
    const Facts *facts = snapshot_facts(s->question->cluster);
    ObjectKey key = { STR(""), STR("ServiceAccount"), s->question->namespace, STR("") };
    ObjectList all = facts->objects(facts->cluster, key);
    size_t count = 0;
    for (size_t i = 0; i < all.count && count < ACCOUNTS_MAX; i++) {
        Str name = value_as_str(value_at(all.items[i], "metadata", "name", NULL));
        if (name.len && !str_eq(name, remedy_account_of(s))) {
            out[count++] = (PodAccount){ s->question->namespace, name };
        }
    }
    return count;
}

static int64_t openness_of(const RemedySearch *s, Str policy)
{
    const Facts *facts = snapshot_facts(s->question->cluster);
    const PspPolicy *p = facts->psp_policy(facts->cluster, policy);
    return p ? remedy_openness(p) : INT64_MAX - 1;
}

static void try_accounts(RemedySearch *s, const PodAccount *accounts, size_t count, RemedyWay *way)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        RemedyParts parts = { 0 };
        remedy_edit_set(s, &parts, remedy_pod_pointer(s, STR("/spec/serviceAccountName")),
                        value_str(accounts[i].name));
        RemedyWay found;
        if (!remedy_admits(s, &parts, SIZE_MAX)) {
            continue;
        }
        remedy_take(s, &parts, accounts[i].name, &found);
        int64_t opens = openness_of(s, found.admitted_by);
        if (opens < least) {
            least = opens;
            *way = found;
            way->patch = patch_diff(s->question->object, &way->objects[0], s->arena);
        }
    }
}

void remedy_account(RemedySearch *s, const RemedyTrial *refusal, RemedyWay *way)
{
    if (!str_eq(refusal->refused_by, STR("PodSecurityPolicy")) &&
        !str_eq(refusal->refused_by, STR("ServiceAccount"))) {
        way->none = remedy_no_rights_text(s, refusal);
        return;
    }
    PodAccount *accounts = new(s->arena, PodAccount, ACCOUNTS_MAX);
    size_t count = find_others(s, accounts);
    if (!count) {
        way->none = STR("the namespace has no other that is known of");
        return;
    }
    way->none = STR("no other of the namespace may use a policy that admits it");
    /* manifests leave out the tokens that a cluster has for each */
    RemedyQuestion question = *s->question;
    AnalyzeNotes notes = { NULL, NULL };
    question.cluster = accounts_complete(snapshot_acquire(s->question->cluster), accounts, count,
                                         s->question->target, &notes, s->arena);
    RemedySearch in = *s;
    in.question = &question;
    try_accounts(&in, accounts, count, way);
    s->decisions = in.decisions;
    snapshot_release(question.cluster);
}
