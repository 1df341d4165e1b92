/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access rules as kubectl prints them.
 *
 * Source  k8s.io/kubectl pkg/cmd/auth/cani.go, pkg/util/rbac
 */
#include "cli/rules.h"

#include "base/map.h"
#include "cli/table.h"

#include <stdlib.h>

/* One line: a resource or a URL, at most one name, and its verbs. */
typedef struct Line {
    Str group;
    Str resource;
    Str name;  /* absent for none */
    Str url;   /* absent for a resource */
    Buf verbs; /* as Go prints the list, without the brackets */
    Str order; /* what lines are sorted by */
} Line;

typedef struct Lines {
    Arena *arena;
    Line **items;
    size_t count;
    size_t cap;
    Map by_resource; /* "group\nresource\nname" to the Line of it */
} Lines;

static Line *add_line(Lines *lines, Line line)
{
    if (lines->count == lines->cap) {
        size_t cap = lines->cap ? lines->cap * 2 : 64;
        Line **grown = new(lines->arena, Line *, cap);
        if (lines->count) {
            memcpy(grown, lines->items, lines->count * sizeof(Line *));
        }
        lines->items = grown;
        lines->cap = cap;
    }
    Line *place = new(lines->arena, Line, 1);
    *place = line;
    place->verbs = buf_new(lines->arena);
    lines->items[lines->count++] = place;
    return place;
}

static void add_resource_verb(Lines *lines, Str group, Str resource, Str name, Str verb)
{
    Str key = arena_printf(lines->arena, "%.*s\n%.*s\n%d%.*s", STR_ARG(group), STR_ARG(resource),
                           name.ptr != NULL, STR_ARG(name));
    Line **place = (Line **)map_at(&lines->by_resource, key);
    if (!*place) {
        *place = add_line(lines, (Line){ .group = group, .resource = resource, .name = name });
    } else {
        buf_byte(&(*place)->verbs, ' ');
    }
    buf_add(&(*place)->verbs, verb);
}

static void add_resource_rule(Lines *lines, const Value *rule)
{
    const Value *names = value_get_lit(rule, "resourceNames");
    VALUE_EACH_ITEM(group, value_get_lit(rule, "apiGroups")) {
        VALUE_EACH_ITEM(resource, value_get_lit(rule, "resources")) {
            VALUE_EACH_ITEM(verb, value_get_lit(rule, "verbs")) {
                size_t count = value_len(names);
                for (size_t i = 0; i < (count ? count : 1); i++) {
                    Str name = count ? value_as_str(value_item(names, i)) : STR_ABSENT;
                    add_resource_verb(lines, value_as_str(group), value_as_str(resource), name,
                                      value_as_str(verb));
                }
            }
        }
    }
}

static void add_url_rule(Lines *lines, const Value *rule)
{
    VALUE_EACH_ITEM(url, value_get_lit(rule, "nonResourceURLs")) {
        VALUE_EACH_ITEM(verb, value_get_lit(rule, "verbs")) {
            Line *line = add_line(lines, (Line){ .url = value_as_str(url) });
            buf_add(&line->verbs, value_as_str(verb));
        }
    }
}

/* kubectl sorts by the text that Go prints for the whole rule. */
static Str order_of(const Line *line, Arena *a)
{
    Str verbs = buf_str(&line->verbs);
    if (line->url.ptr) {
        return arena_printf(a,
                            "{Verbs:[%.*s],APIGroups:[],Resources:[],ResourceNames:[],"
                            "NonResourceURLs:[%.*s],}",
                            STR_ARG(verbs), STR_ARG(line->url));
    }
    return arena_printf(a,
                        "{Verbs:[%.*s],APIGroups:[%.*s],Resources:[%.*s],ResourceNames:[%.*s],"
                        "NonResourceURLs:[],}",
                        STR_ARG(verbs), STR_ARG(line->group), STR_ARG(line->resource),
                        STR_ARG(line->name));
}

static int by_order(const void *a, const void *b)
{
    return str_cmp((*(Line *const *)a)->order, (*(Line *const *)b)->order);
}

/* "deployments.apps/scale" of group apps and resource deployments/scale */
static Str resource_text(const Line *line, Arena *a)
{
    if (line->url.ptr) {
        return STR("");
    }
    Str base;
    Str sub;
    bool has_sub = str_split_once(line->resource, '/', &base, &sub);
    return arena_printf(a, "%.*s%s%.*s%s%.*s", STR_ARG(base), line->group.len ? "." : "",
                        STR_ARG(line->group), has_sub ? "/" : "", STR_ARG(sub));
}

void rules_write(const Value *resource_rules, const Value *url_rules, bool headers, Buf *out)
{
    Arena *a = out->arena;
    Lines lines = { .arena = a, .by_resource = map_new(a) };
    VALUE_EACH_ITEM(rule, resource_rules) {
        add_resource_rule(&lines, rule);
    }
    VALUE_EACH_ITEM(rule, url_rules) {
        add_url_rule(&lines, rule);
    }
    for (size_t i = 0; i < lines.count; i++) {
        lines.items[i]->order = order_of(lines.items[i], a);
    }
    if (lines.count) {
        qsort(lines.items, lines.count, sizeof(Line *), by_order);
    }
    Table t = table_new(a, 4);
    if (headers) {
        table_row(&t, (Str[]){ STR("Resources"), STR("Non-Resource URLs"), STR("Resource Names"),
                               STR("Verbs") });
    }
    for (size_t i = 0; i < lines.count; i++) {
        const Line *line = lines.items[i];
        table_row(&t, (Str[]){
                          resource_text(line, a),
                          arena_printf(a, "[%.*s]", STR_ARG(line->url)),
                          arena_printf(a, "[%.*s]", STR_ARG(line->name)),
                          arena_printf(a, "[%.*s]", STR_ARG(buf_str(&line->verbs))),
                      });
    }
    table_write(&t, false, out);
}
