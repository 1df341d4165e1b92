/* SPDX-License-Identifier: Apache-2.0 */
/* The PodSecurityPolicies of a new layer: all of them by name, and an index of the changed ones. */
#include "cluster/layer.h"
#include "decide/psp/policy.h"

static uint64_t policy_hash(const void *row)
{
    return str_hash(((const PolicyRow *)row)->name);
}

static bool is_policy(const Change *c)
{
    return str_eq(c->key.group, STR("policy")) && str_eq(c->key.kind, STR("PodSecurityPolicy")) &&
           (c->policy || c->removed);
}

/* The list below with the changes (sorted by name) merged in. */
static PspPolicyList merge(Snapshot *s, PspPolicyList below, ChangeList changes)
{
    const struct PspPolicy **items = new(&s->arena, const struct PspPolicy *,
                                          below.count + changes.count);
    size_t n = 0;
    for (size_t i = 0, j = 0; i < below.count || j < changes.count;) {
        int order = j == changes.count ? -1
                    : i == below.count ? 1
                                       : str_cmp(below.items[i]->name, changes.items[j]->key.name);
        if (order < 0) {
            items[n++] = below.items[i++];
            continue;
        }
        i += order == 0;
        if (changes.items[j]->policy) {
            items[n++] = changes.items[j]->policy;
        }
        j++;
    }
    return (PspPolicyList){ items, n };
}

void layer_build_policies(Snapshot *s, ChangeList changes, Arena *scratch)
{
    ChangeList mine = { new(scratch, Change *, changes.count), 0 };
    for (size_t i = 0; i < changes.count; i++) {
        if (is_policy(changes.items[i])) {
            mine.items[mine.count++] = changes.items[i];
        }
    }
    if (mine.count == 0) {
        return;
    }
    s->policies = index_new(&s->arena, mine.count);
    PolicyRow *rows = new(&s->arena, PolicyRow, mine.count);
    for (size_t i = 0; i < mine.count; i++) {
        rows[i] = (PolicyRow){ mine.items[i]->key.name, mine.items[i]->policy };
        index_add(&s->policies, policy_hash(&rows[i]), &rows[i], policy_hash);
    }
    s->policy_list = merge(s, layer_policies(s->below), mine);
    s->has_policies = true;
}
