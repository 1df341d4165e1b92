/* SPDX-License-Identifier: Apache-2.0 */
/* Who can read secrets, and how. */
#include "analyze/rbac/secrets_private.h"

#include "analyze/rbac/rights.h"

#include <stdlib.h>

static bool is_asked_for(const SecretFind *f, const RbacBinding *b, const RbacSubject *s)
{
    const RbacSecretQuestion *q = f->question;
    (void)b;
    return !q->who || rbac_subject_is(s, q->who);
}

static bool is_everything(const RbacRule *rule)
{
    return str_list_has(rule->verbs, STR("*")) && str_list_has(rule->resources, STR("*")) &&
           str_list_has(rule->api_groups, STR("*")) && rule->resource_names.count == 0;
}

typedef void Visit(SecretFind *f, const SecretOpen *o);

/* A role is looked at once, however many bindings it has. The last word has the bits of all. */
static const uint32_t *bits_of(SecretFind *f, const RbacClusterBinding *b)
{
    void **place = map_at(&f->roles, str_from((const char *)&b->role, sizeof b->role));
    if (!*place) {
        size_t count = b->role->rule_count;
        uint32_t *bits = new(f->arena, uint32_t, count + 1);
        for (size_t i = 0; i < count; i++) {
            for (size_t w = 0; w < secret_way_count; w++) {
                bool opens = rbac_rule_gives(&b->role->rules[i], secret_ways[w].verbs,
                                             secret_ways[w].targets);
                bits[i] |= (uint32_t)opens << w;
            }
            bits[count] |= bits[i];
        }
        *place = bits;
    }
    return *place;
}

/* One way, by each rule of the role that opens it, up to one that opens it for every name. A rule
 * of everything reads: that says it. */
static void visit_way(SecretFind *f, const RbacClusterBinding *b, const RbacSubject *s, size_t way,
                      const uint32_t *bits, Visit *visit)
{
    for (size_t i = 0; i < b->role->rule_count; i++) {
        const RbacRule *rule = &b->role->rules[i];
        if ((bits[i] >> way & 1) &&
            (secret_ways[way].id == RBAC_WAY_READ || !is_everything(rule)) &&
            (f->defaults || !rbac_is_default_rule(f->inventory, b->binding, s, rule))) {
            visit(f, &(SecretOpen){ way, b->binding, s, rule });
            if (!rule->resource_names.count) {
                return;
            }
        }
    }
}

static void visit_subject(SecretFind *f, const RbacClusterBinding *b, const RbacSubject *s,
                          Visit *visit)
{
    const uint32_t *bits = bits_of(f, b);
    uint32_t all = bits[b->role->rule_count];
    for (size_t w = 0; w < secret_way_count && all; w++) {
        if ((all >> w & 1) && !(secret_ways[w].is_cluster_scoped && b->binding->namespace_len)) {
            visit_way(f, b, s, w, bits, visit);
        }
    }
}

static void visit_all(SecretFind *f, Visit *visit)
{
    const RbacCluster *cluster = f->inventory->cluster;
    for (size_t i = 0; i < cluster->binding_count; i++) {
        const RbacClusterBinding *b = &cluster->bindings[i];
        for (uint32_t k = 0; b->role && k < b->binding->subject_count; k++) {
            if (b->binding->subjects[k].kind != RBAC_SUBJECT_NOBODY) {
                visit_subject(f, b, &b->binding->subjects[k], visit);
            }
        }
    }
}

static void visit_direct(SecretFind *f, const SecretOpen *o)
{
    if (!secret_acts_as_somebody(secret_ways[o->way].id)) {
        secret_add_direct(f, &f->all, o);
    }
}

static void visit_asked(SecretFind *f, const SecretOpen *o)
{
    if (!is_asked_for(f, o->binding, o->subject)) {
        return;
    }
    if (!secret_acts_as_somebody(secret_ways[o->way].id)) {
        secret_add_direct(f, f->out, o);
    }
    if (secret_acts_as_somebody(secret_ways[o->way].id) ||
        secret_runs_as_account(secret_ways[o->way].id)) {
        secret_add_as_others(f, o);
    }
    secret_add_masters(f, o);
}

/* -- what was asked for ------------------------------------------------------------------------ */

/* In which pods the secrets of an access stand: with one secret asked for, those that hold it; else
 * how many secrets there are. False when there is none. */
static bool find_pods(SecretFind *f, RbacSecretAccess *access)
{
    const RbacSecretQuestion *q = f->question;
    const RbacMounts *mounts = &f->out->mounts;
    size_t secrets = 0;
    const RbacMount *last = NULL;
    for (size_t i = 0; i < mounts->count; i++) {
        const RbacMount *m = &mounts->items[i];
        if ((access->namespace.len && !str_eq(access->namespace, m->namespace)) ||
            (q->namespace.ptr && !str_eq(q->namespace, m->namespace)) ||
            (q->secret.ptr && !str_eq(q->secret, m->secret)) ||
            (access->pods.count && !str_list_has(access->pods, m->pod))) {
            continue;
        }
        if (q->secret.ptr) {
            secret_add_text(&access->via, arena_printf(f->arena, "in %.*s", STR_ARG(m->by)),
                            f->arena);
        }
        secrets += !last || !str_eq(last->secret, m->secret) ||
                   !str_eq(last->namespace, m->namespace);
        last = m;
    }
    if (secrets && !q->secret.ptr) {
        secret_add_text(&access->via,
                        arena_printf(f->arena, "in pods that hold %zu of them", secrets), f->arena);
    }
    return secrets > 0;
}

static bool is_answer(SecretFind *f, RbacSecretAccess *access)
{
    const RbacSecretQuestion *q = f->question;
    if (q->namespace.ptr && access->namespace.len && !str_eq(access->namespace, q->namespace)) {
        return false;
    }
    if (q->secret.ptr && access->secret.len && !str_eq(access->secret, q->secret)) {
        return false;
    }
    return !access->mounted || find_pods(f, access);
}

static int by_secret(const void *left, const void *right)
{
    const RbacSecretAccess *a = left;
    const RbacSecretAccess *b = right;
    int order = str_cmp(a->namespace, b->namespace);
    order = order ? order : str_cmp(a->secret, b->secret);
    order = order ? order : (int)a->way - (int)b->way;
    order = order ? order
                  : str_cmp(rbac_binding_namespace(a->binding), rbac_binding_namespace(b->binding));
    order = order ? order : str_cmp(rbac_binding_name(a->binding), rbac_binding_name(b->binding));
    return order                      ? order
           : a->subject != b->subject ? (a->subject < b->subject ? -1 : 1)
                                      : (a->rule > b->rule) - (a->rule < b->rule);
}

void rbac_secrets_find(const RbacInventory *inventory, const RbacSecretQuestion *question, Arena *a,
                       RbacSecretReport *out)
{
    *out = (RbacSecretReport){ 0 };
    SecretFind f = {
        .inventory = inventory, .question = question, .arena = a, .out = out, .roles = map_new(a)
    };
    rbac_mounts_find(inventory->facts, a, &out->mounts);
    f.defaults = true; /* whoever made the right: it can be used by who acts as its owner */
    visit_all(&f, visit_direct);
    secret_index_accounts(&f);
    f.defaults = question->defaults;
    visit_all(&f, visit_asked);
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
        if (is_answer(&f, &out->items[i])) {
            out->items[kept++] = out->items[i];
        }
    }
    out->count = kept;
    if (kept) {
        qsort(out->items, kept, sizeof *out->items, by_secret);
    }
}
