/* SPDX-License-Identifier: Apache-2.0 */
/* Rights as sets. */
#include "analyze/rbac/rights.h"

void rbac_held_add(RbacHeld *held, const RbacRule *rule, const RbacBinding *b, Arena *a)
{
    if (held->count == held->cap) {
        size_t cap = held->cap ? held->cap * 2 : 8;
        RbacGrant *items = new(a, RbacGrant, cap);
        if (held->count) {
            memcpy(items, held->items, held->count * sizeof *items);
        }
        held->items = items;
        held->cap = cap;
    }
    held->items[held->count++] = (RbacGrant){ rule, b };
}

void rbac_held_join(RbacHeld *held, const RbacHeld *more, Arena *a)
{
    for (size_t i = 0; i < more->count; i++) {
        rbac_held_add(held, more->items[i].rule, more->items[i].binding, a);
    }
}

static bool lists_equal(StrList a, StrList b)
{
    for (size_t i = 0; a.count == b.count && i < a.count; i++) {
        if (!str_eq(a.items[i], b.items[i])) {
            return false;
        }
    }
    return a.count == b.count;
}

bool rbac_held_equal(const RbacHeld *a, const RbacHeld *b)
{
    for (size_t i = 0; a->count == b->count && i < a->count; i++) {
        const RbacRule *x = a->items[i].rule;
        const RbacRule *y = b->items[i].rule;
        if (x != y &&
            !(lists_equal(x->verbs, y->verbs) && lists_equal(x->api_groups, y->api_groups) &&
              lists_equal(x->resources, y->resources) &&
              lists_equal(x->resource_names, y->resource_names) && lists_equal(x->urls, y->urls))) {
            return false;
        }
    }
    return a->count == b->count;
}

/* -- single rights ----------------------------------------------------------------------------- */

typedef struct Right {
    Str verb;
    Str group;
    Str resource;
    Str name; /* absent: of any */
    Str url;  /* absent of a resource */
    const RbacBinding *by;
} Right;

static bool has_or_star(StrList list, Str s)
{
    return str_list_has(list, s) || str_list_has(list, STR("*"));
}

static bool url_is_covered(StrList urls, Str url)
{
    RbacRule rule = { .urls = urls, .verb_bits = UINT32_MAX };
    RbacRequest request = { .verb = STR("get"), .path = url };
    return rbac_rule_allows(&rule, &request);
}

static bool resource_is_covered(StrList resources, Str resource)
{
    if (has_or_star(resources, resource)) {
        return true;
    }
    ptrdiff_t slash = str_index_byte(resource, '/');
    for (size_t i = 0; slash >= 0 && i < resources.count; i++) {
        Str r = resources.items[i];
        if (str_starts_with(r, STR("*/")) &&
            str_eq(str_drop(r, 1), str_drop(resource, (size_t)slash))) {
            return true;
        }
    }
    return false;
}

static bool rule_covers(const RbacRule *rule, const Right *r)
{
    if (!has_or_star(rule->verbs, r->verb)) {
        return false;
    }
    if (r->url.ptr) {
        return url_is_covered(rule->urls, r->url);
    }
    return has_or_star(rule->api_groups, r->group) &&
           resource_is_covered(rule->resources, r->resource) &&
           (rule->resource_names.count == 0 ||
            (r->name.ptr && str_list_has(rule->resource_names, r->name)));
}

static bool is_covered(const RbacHeld *held, const Right *r)
{
    for (size_t i = 0; i < held->count; i++) {
        if (rule_covers(held->items[i].rule, r)) {
            return true;
        }
    }
    return false;
}

/* -- what remains ------------------------------------------------------------------------------ */

/* Lists of texts that grow together: rights that differ in one part only. */
typedef struct Line {
    RbacRule rule;
    const RbacBinding *by;
} Line;

typedef struct Minus {
    Arena *arena;
    const RbacHeld *held;
    Map lines; /* of rights that differ in their verb alone */
    size_t seen;
    bool covered; /* one of them is */
} Minus;

static void append(StrList *list, Str text, Arena *a)
{
    /* room for a power of two: a list that is at one grows */
    if ((list->count & (list->count - 1)) == 0) {
        Str *items = new(a, Str, list->count ? list->count * 2 : 1);
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
    }
    ((Str *)(uintptr_t)list->items)[list->count++] = text;
}

static StrList one(Str text, Arena *a)
{
    StrList list = { 0 };
    append(&list, text, a);
    return list;
}

static bool take(Minus *m, const Right *r)
{
    if (++m->seen > RBAC_RIGHTS_MAX) {
        return false;
    }
    if (is_covered(m->held, r)) {
        m->covered = true;
        return true;
    }
    Arena *a = m->arena;
    Str key = r->url.ptr
                  ? arena_printf(a, "url\n%.*s", STR_ARG(r->url))
                  : arena_printf(a, "%.*s\n%.*s\n%s%.*s", STR_ARG(r->group), STR_ARG(r->resource),
                                 r->name.ptr ? "=" : "", STR_ARG(r->name));
    void **place = map_at(&m->lines, key);
    if (!*place) {
        Line *fresh = new(a, Line, 1);
        fresh->by = r->by;
        if (r->url.ptr) {
            fresh->rule.urls = one(r->url, a);
        } else {
            fresh->rule.api_groups = one(r->group, a);
            fresh->rule.resources = one(r->resource, a);
            if (r->name.ptr) {
                fresh->rule.resource_names = one(r->name, a);
            }
        }
        *place = fresh;
    }
    Line *line = *place;
    if (!str_list_has(line->rule.verbs, r->verb)) {
        append(&line->rule.verbs, r->verb, a);
    }
    return true;
}

static bool take_names(Minus *m, Right *r, StrList names)
{
    r->name = STR_ABSENT;
    if (names.count == 0) {
        return take(m, r);
    }
    for (size_t i = 0; i < names.count; i++) {
        r->name = names.items[i];
        if (!take(m, r)) {
            return false;
        }
    }
    return true;
}

static bool take_rule(Minus *m, const RbacGrant *grant)
{
    const RbacRule *rule = grant->rule;
    for (size_t v = 0; v < rule->verbs.count; v++) {
        Right r = { .verb = rule->verbs.items[v], .by = grant->binding };
        for (size_t g = 0; g < rule->api_groups.count; g++) {
            for (size_t k = 0; k < rule->resources.count; k++) {
                r.group = rule->api_groups.items[g];
                r.resource = rule->resources.items[k];
                if (!take_names(m, &r, rule->resource_names)) {
                    return false;
                }
            }
        }
        for (size_t u = 0; u < rule->urls.count; u++) {
            Right url = { .verb = r.verb, .url = rule->urls.items[u], .by = grant->binding };
            if (!take(m, &url)) {
                return false;
            }
        }
    }
    return true;
}

static void write_list(Buf *b, StrList list)
{
    for (size_t i = 0; i < list.count; i++) {
        buf_add(b, list.items[i]);
        buf_byte(b, ',');
    }
    buf_byte(b, '\n');
}

typedef enum Part { RESOURCES, NAMES, URLS } Part;

static StrList *part_of(RbacRule *rule, Part part)
{
    return part == RESOURCES ? &rule->resources
           : part == NAMES   ? &rule->resource_names
                             : &rule->urls;
}

/* Puts lines together that differ in one part only. */
static Map merge(const Map *lines, Part part, Arena *a)
{
    Map merged = map_new(a);
    for (size_t i = 0; i < lines->count; i++) {
        Line *line = lines->entries[i].value;
        StrList mine = *part_of(&line->rule, part);
        Buf key = buf_new(a);
        buf_printf(&key, "%p %d\n", (const void *)line->by, mine.count > 0);
        for (Part other = RESOURCES; other <= URLS; other++) {
            if (other != part) {
                write_list(&key, *part_of(&line->rule, other));
            }
        }
        write_list(&key, line->rule.verbs);
        write_list(&key, line->rule.api_groups);
        void **place = map_at(&merged, buf_str(&key));
        if (!*place) {
            *place = line;
            continue;
        }
        for (size_t k = 0; k < mine.count; k++) {
            append(part_of(&((Line *)*place)->rule, part), mine.items[k], a);
        }
    }
    return merged;
}

bool rbac_held_minus(const RbacHeld *from, const RbacHeld *held, Arena *a, RbacHeld *out,
                     bool *untouched)
{
    Minus m = { .arena = a, .held = held, .lines = map_new(a) };
    for (size_t i = 0; i < from->count; i++) {
        if (!take_rule(&m, &from->items[i])) {
            return false;
        }
    }
    Map lines = merge(&m.lines, RESOURCES, a);
    lines = merge(&lines, NAMES, a);
    lines = merge(&lines, URLS, a);
    *untouched = !m.covered;
    *out = (RbacHeld){ 0 };
    for (size_t i = 0; i < lines.count; i++) {
        Line *line = lines.entries[i].value;
        rbac_held_add(out, &line->rule, line->by, a);
    }
    return true;
}

/* -- what two have in common ------------------------------------------------------------------- */

static StrList lists_meet(StrList x, StrList y, Arena *a)
{
    if (str_list_has(x, STR("*"))) {
        return y;
    }
    if (str_list_has(y, STR("*"))) {
        return x;
    }
    StrList both = { 0 };
    for (size_t i = 0; i < x.count; i++) {
        if (str_list_has(y, x.items[i])) {
            append(&both, x.items[i], a);
        }
    }
    return both;
}

static void add_covered(StrList narrow, StrList wide, StrList *out, Arena *a)
{
    for (size_t i = 0; i < narrow.count; i++) {
        if (resource_is_covered(wide, narrow.items[i]) && !str_list_has(*out, narrow.items[i])) {
            append(out, narrow.items[i], a);
        }
    }
}

static StrList urls_meet(StrList x, StrList y, Arena *a)
{
    StrList both = { 0 };
    for (size_t i = 0; i < x.count; i++) {
        if (url_is_covered(y, x.items[i])) {
            append(&both, x.items[i], a);
        }
    }
    for (size_t i = 0; i < y.count; i++) {
        if (url_is_covered(x, y.items[i]) && !str_list_has(both, y.items[i])) {
            append(&both, y.items[i], a);
        }
    }
    return both;
}

bool rbac_rules_meet(const RbacRule *x, const RbacRule *y, Arena *a, RbacRule *out)
{
    *out = (RbacRule){ .verbs = lists_meet(x->verbs, y->verbs, a) };
    if (out->verbs.count == 0) {
        return false;
    }
    out->urls = urls_meet(x->urls, y->urls, a);
    out->api_groups = lists_meet(x->api_groups, y->api_groups, a);
    add_covered(x->resources, y->resources, &out->resources, a);
    add_covered(y->resources, x->resources, &out->resources, a);
    bool named = x->resource_names.count && y->resource_names.count;
    out->resource_names = named ? lists_meet(x->resource_names, y->resource_names, a)
                          : x->resource_names.count ? x->resource_names
                                                    : y->resource_names;
    if (!out->api_groups.count || !out->resources.count || (named && !out->resource_names.count)) {
        out->api_groups = out->resources = out->resource_names = (StrList){ 0 };
    }
    return out->urls.count || out->resources.count;
}

/* -- does a rule give it? ---------------------------------------------------------------------- */

/* RESOURCE[.GROUP][/SUBRESOURCE] */
static void read_target(Str text, RbacRequest *request)
{
    Str resource;
    str_split_once(text, '/', &resource, &request->subresource);
    str_split_once(resource, '.', &request->resource, &request->api_group);
}

static bool gives_on(const RbacRule *rule, Str verbs, Str target)
{
    RbacRequest request = {
        .name = rule->resource_names.count ? rule->resource_names.items[0] : STR(""),
        .namespace = STR(""),
        .path = STR(""),
        .is_resource = true,
    };
    read_target(target, &request);
    while (str_next_piece(&verbs, ',', &request.verb)) {
        /* What is created has no name yet: a rule with names never covers it. */
        bool nameless = str_eq(request.verb, STR("create")) && !request.subresource.len;
        if (!(nameless && rule->resource_names.count) && rbac_rule_allows(rule, &request)) {
            return true;
        }
    }
    return false;
}

bool rbac_rule_gives(const RbacRule *rule, Str verbs, Str targets)
{
    Str target;
    while (str_next_piece(&targets, ',', &target)) {
        if (gives_on(rule, verbs, target)) {
            return true;
        }
    }
    return false;
}

static bool is_one_of(Str list, Str word)
{
    Str piece;
    while (str_next_piece(&list, ',', &piece)) {
        if (str_eq(piece, word)) {
            return true;
        }
    }
    return false;
}

RbacRule rbac_rule_part(const RbacRule *rule, Str verbs, Str targets, Arena *a)
{
    RbacRule part = *rule;
    Str *kept_verbs = new(a, Str, rule->verbs.count + 1);
    Str *kept_resources = new(a, Str, rule->resources.count + 1);
    part.verbs = (StrList){ kept_verbs, 0 };
    part.resources = (StrList){ kept_resources, 0 };
    part.urls = (StrList){ 0 };
    for (size_t i = 0; i < rule->verbs.count; i++) {
        Str verb = rule->verbs.items[i];
        if (str_eq(verb, STR("*")) || is_one_of(verbs, verb)) {
            kept_verbs[part.verbs.count++] = verb;
        }
    }
    for (size_t i = 0; i < rule->resources.count; i++) {
        RbacRule alone = *rule;
        alone.resources = (StrList){ &rule->resources.items[i], 1 };
        if (rbac_rule_gives(&alone, verbs, targets)) {
            kept_resources[part.resources.count++] = rule->resources.items[i];
        }
    }
    return part;
}
