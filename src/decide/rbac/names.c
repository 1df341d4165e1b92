/* SPDX-License-Identifier: Apache-2.0 */
/* Which names of a resource a user may use: the question that PodSecurityPolicy asks of `use`. */
#include "decide/rbac/internal.h"

#include <stdlib.h>

typedef struct NameSearch {
    RbacRequest req;
    StrList groups;
    uint32_t verb_bits;
    Arena *arena;
    RbacNameGrant *items;
    size_t count;
    size_t cap;
} NameSearch;

/* Doubles; what was outgrown stays in the arena. */
static void add(NameSearch *s, RbacNameGrant grant)
{
    if (s->count == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 8;
        RbacNameGrant *items = new(s->arena, RbacNameGrant, s->cap);
        if (s->count) {
            memcpy(items, s->items, s->count * sizeof(*items));
        }
        s->items = items;
    }
    s->items[s->count++] = grant;
}

static bool covers_any_group(NameSearch *s, const RbacRule *rule)
{
    for (size_t i = 0; i < s->groups.count; i++) {
        s->req.api_group = s->groups.items[i];
        if (rbac_rule_covers_resource(rule, s->verb_bits, &s->req)) {
            return true;
        }
    }
    return false;
}

static void read_binding(NameSearch *s, const RbacBinding *b, const RbacRole *role, RbacNames *out)
{
    const RbacSubject *subject = NULL;
    for (size_t i = 0; role && i < role->rule_count; i++) {
        const RbacRule *rule = &role->rules[i];
        if (!covers_any_group(s, rule)) {
            continue;
        }
        if (!subject) {
            subject = rbac_binding_subject_of(b, s->req.user);
        }
        if (rule->resource_names.count == 0 && !out->all) {
            out->all = true;
            out->all_by = (RbacNameGrant){ STR(""), b, subject };
        }
        for (size_t n = 0; n < rule->resource_names.count; n++) {
            add(s, (RbacNameGrant){ rule->resource_names.items[n], b, subject });
        }
    }
}

static int compare_names(const void *left, const void *right)
{
    const RbacNameGrant *a = left, *b = right;
    int order = str_cmp(a->name, b->name);
    if (order != 0) {
        return order;
    }
    return rbac_binding_before(a->by, b->by) ? -1 : rbac_binding_before(b->by, a->by);
}

void rbac_names_allowed(const Facts *f, const UserInfo *user, Str verb, StrList groups,
                        Str resource, Str namespace, Arena *a, RbacNames *out)
{
    *out = (RbacNames){ 0 };
    if (rbac_user_is_master(user)) {
        out->all = true;
        out->all_by = (RbacNameGrant){ STR(""), NULL, NULL };
        return;
    }
    NameSearch s = {
        .req = { .user = user,
                 .verb = verb,
                 .resource = resource,
                 .namespace = namespace,
                 .is_resource = true },
        .groups = groups,
        .verb_bits = rbac_verb_bits(verb),
        .arena = a,
    };
    RbacBindingList list = rbac_bindings_of(f, user, namespace, a);
    for (size_t i = 0; i < list.count; i++) {
        read_binding(&s, list.items[i], rbac_binding_role(f, list.items[i]), out);
    }
    if (s.count == 0) {
        return;
    }
    qsort(s.items, s.count, sizeof(*s.items), compare_names);
    size_t kept = 1;
    for (size_t i = 1; i < s.count; i++) {
        if (!str_eq(s.items[i].name, s.items[kept - 1].name)) {
            s.items[kept++] = s.items[i];
        }
    }
    out->items = s.items;
    out->count = kept;
}

const RbacNameGrant *rbac_names_find(const RbacNames *names, Str name)
{
    size_t from = 0, to = names->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = str_cmp(names->items[middle].name, name);
        if (order == 0) {
            return &names->items[middle];
        }
        if (order < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return names->all ? &names->all_by : NULL;
}
