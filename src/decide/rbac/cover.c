/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether rules cover other rules.
 *
 * The wanted rules are taken apart into tuples of one group, one resource, one verb and at most one
 * name (or one verb and one path), because one tuple is covered by one held rule or by none.
 */
#include "decide/rbac/escalate.h"
#include "decide/rbac/internal.h"

#include <stdlib.h>

typedef struct Tuple {
    Str verb;
    Str group;
    Str resource; /* "pods", "pods/log" */
    Str name;     /* absent: every name */
    Str url;      /* absent for a resource */
} Tuple;

static bool has(StrList list, Str s)
{
    return str_list_has(list, s);
}

static bool covers_resource(StrList held, Str resource)
{
    if (has(held, STR("*")) || has(held, resource)) {
        return true;
    }
    ptrdiff_t slash = str_index_byte(resource, '/');
    if (slash < 0) {
        return false;
    }
    Str subresource = str_drop(resource, (size_t)slash); /* with the slash */
    for (size_t i = 0; i < held.count; i++) {
        Str h = held.items[i];
        if (h.len == subresource.len + 1 && h.ptr[0] == '*' && str_ends_with(h, subresource)) {
            return true;
        }
    }
    return false;
}

static bool covers_tuple(const RbacRule *held, const Tuple *t)
{
    if (!has(held->verbs, t->verb) && !has(held->verbs, STR("*"))) {
        return false;
    }
    if (t->url.ptr) {
        return held->resource_names.count == 0 && rbac_urls_match(held->urls, t->url);
    }
    return (has(held->api_groups, t->group) || has(held->api_groups, STR("*"))) &&
           covers_resource(held->resources, t->resource) &&
           (held->resource_names.count == 0 || (t->name.ptr && has(held->resource_names, t->name)));
}

/* -- what is missing -------------------------------------------------------------------------- */

/* The verbs missing on one resource of one group. */
typedef struct MissingVerbs {
    Str group;
    Str resource;
    Str *verbs;
    size_t count;
    size_t cap;
} MissingVerbs;

typedef struct Compare {
    Arena *arena;
    RbacRuleList held;
    size_t tuples;
    Map verbs; /* "group resource" to MissingVerbs */
    Map texts; /* the other missing tuples, written out */
} Compare;

static void write_list(Buf *b, const char *name, StrList list)
{
    if (list.count == 0) {
        return;
    }
    if (b->ptr[b->len - 1] != '{') {
        buf_lit(b, ", ");
    }
    buf_add(b, str_from_c(name));
    buf_byte(b, ':');
    rbac_write_quoted_list(b, list);
}

static Str rule_text(const RbacRule *r, Arena *a)
{
    Buf b = buf_new(a);
    buf_byte(&b, '{');
    write_list(&b, "APIGroups", r->api_groups);
    write_list(&b, "Resources", r->resources);
    write_list(&b, "NonResourceURLs", r->urls);
    write_list(&b, "ResourceNames", r->resource_names);
    write_list(&b, "Verbs", r->verbs);
    buf_byte(&b, '}');
    return buf_str(&b);
}

static void add_missing_verb(Compare *c, const Tuple *t)
{
    Str key = arena_printf(c->arena, "%.*s %.*s", STR_ARG(t->group), STR_ARG(t->resource));
    void **place = map_at(&c->verbs, key);
    if (!*place) {
        MissingVerbs *fresh = new(c->arena, MissingVerbs, 1);
        fresh->group = t->group;
        fresh->resource = t->resource;
        *place = fresh;
    }
    MissingVerbs *m = *place;
    if (m->count == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 8;
        Str *verbs = new(c->arena, Str, m->cap);
        if (m->count) {
            memcpy(verbs, m->verbs, m->count * sizeof(*verbs));
        }
        m->verbs = verbs;
    }
    m->verbs[m->count++] = t->verb;
}

/* False when there were too many. */
static bool compare(Compare *c, const Tuple *t)
{
    for (size_t i = 0; i < c->held.count; i++) {
        if (covers_tuple(c->held.items[i], t)) {
            return ++c->tuples <= RBAC_TUPLES_MAX;
        }
    }
    if (!t->url.ptr && !t->name.ptr) {
        add_missing_verb(c, t);
    } else {
        RbacRule rule = { .verbs = { &t->verb, 1 } };
        if (t->url.ptr) {
            rule.urls = (StrList){ &t->url, 1 };
        } else {
            rule.api_groups = (StrList){ &t->group, 1 };
            rule.resources = (StrList){ &t->resource, 1 };
            rule.resource_names = (StrList){ &t->name, 1 };
        }
        map_at(&c->texts, rule_text(&rule, c->arena));
    }
    return ++c->tuples <= RBAC_TUPLES_MAX;
}

static bool compare_names(Compare *c, Tuple *t, StrList names)
{
    if (names.count == 0) {
        t->name = STR_ABSENT;
        return compare(c, t);
    }
    for (size_t i = 0; i < names.count; i++) {
        t->name = names.items[i];
        if (!compare(c, t)) {
            return false;
        }
    }
    return true;
}

static bool compare_rule(Compare *c, const RbacRule *rule)
{
    Tuple t = { 0 };
    for (size_t g = 0; g < rule->api_groups.count; g++) {
        t.group = rule->api_groups.items[g];
        for (size_t r = 0; r < rule->resources.count; r++) {
            t.resource = rule->resources.items[r];
            for (size_t v = 0; v < rule->verbs.count; v++) {
                t.verb = rule->verbs.items[v];
                if (!compare_names(c, &t, rule->resource_names)) {
                    return false;
                }
            }
        }
    }
    t = (Tuple){ 0 };
    for (size_t u = 0; u < rule->urls.count; u++) {
        t.url = rule->urls.items[u];
        for (size_t v = 0; v < rule->verbs.count; v++) {
            t.verb = rule->verbs.items[v];
            if (!compare(c, &t)) {
                return false;
            }
        }
    }
    return true;
}

static int compare_texts(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

RbacMissing rbac_rules_missing(RbacRuleList held, const RbacRule *wanted, size_t count, Arena *a)
{
    Compare c = { .arena = a, .held = held, .verbs = map_new(a), .texts = map_new(a) };
    for (size_t i = 0; i < count; i++) {
        if (!compare_rule(&c, &wanted[i])) {
            return (RbacMissing){ .too_many = true };
        }
    }
    for (size_t i = 0; i < c.verbs.count; i++) {
        const MissingVerbs *m = c.verbs.entries[i].value;
        RbacRule rule = { .api_groups = { &m->group, 1 },
                          .resources = { &m->resource, 1 },
                          .verbs = { m->verbs, m->count } };
        map_at(&c.texts, rule_text(&rule, a));
    }
    Str *texts = new(a, Str, c.texts.count);
    for (size_t i = 0; i < c.texts.count; i++) {
        texts[i] = c.texts.entries[i].key;
    }
    qsort(texts, c.texts.count, sizeof(*texts), compare_texts);
    return (RbacMissing){ .rules = { texts, c.texts.count } };
}
