/* SPDX-License-Identifier: Apache-2.0 */
/* The ways out for people: parts of edits and widenings, grants as commands. */
#include "cli/explain.h"

#include "analyze/grant.h"
#include "cli/table.h"

#define SENTENCE(t, ...) explain_wrapped((t), "", arena_printf((t)->arena, __VA_ARGS__))

/* -- ways out -----------------------------------------------------------------------------------
 */

static void write_parts(const ExplainText *t, const RemedyWay *way)
{
    for (size_t i = 0; i < way->count; i++) {
        const RemedyPart *part = &way->parts[i];
        explain_wrapped(t, "       ",
                        part->restricts
                            ? arena_printf(t->arena, "%.*s (so that it opens no more than needed)",
                                           STR_ARG(part->text))
                            : part->text);
    }
}

static Str first_of(const Value *object, const char *list)
{
    return value_as_str(value_item(value_get(object, str_from_c(list)), 0));
}

/* The objects as commands that would make them. */
static void write_commands(const ExplainText *t, const Value *objects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const Value *v = &objects[i];
        Str kind = value_get_str(v, STR("kind"));
        Str name = value_as_str(value_at(v, "metadata", "name", NULL));
        Str namespace = value_as_str(value_at(v, "metadata", "namespace", NULL));
        const Value *rule = value_item(value_get_lit(v, "rules"), 0);
        Buf *b = t->out;
        Str lower = arena_lower(t->arena, kind);
        buf_printf(b, "       kubectl create %.*s %.*s", STR_ARG(lower), STR_ARG(name));
        if (namespace.len) {
            buf_printf(b, " -n %.*s", STR_ARG(namespace));
        }
        if (rule) {
            Str group = first_of(rule, "apiGroups");
            Str url = first_of(rule, "nonResourceURLs");
            buf_printf(b, " --verb=%.*s", STR_ARG(first_of(rule, "verbs")));
            if (url.len) {
                buf_printf(b, " --non-resource-url=%.*s", STR_ARG(url));
            } else {
                Str resource;
                Str subresource;
                str_split_once(first_of(rule, "resources"), '/', &resource, &subresource);
                buf_printf(b, " --resource=%.*s%s%.*s%s%.*s", STR_ARG(resource),
                           group.len ? "." : "", STR_ARG(group), subresource.len ? "/" : "",
                           STR_ARG(subresource));
            }
            Str only = first_of(rule, "resourceNames");
            if (only.len) {
                buf_printf(b, " --resource-name=%.*s", STR_ARG(only));
            }
        } else {
            const Value *ref = value_get_lit(v, "roleRef");
            const Value *subject = value_item(value_get_lit(v, "subjects"), 0);
            Str role_kind = arena_lower(t->arena, value_get_str(ref, STR("kind")));
            Str of = value_get_str(subject, STR("namespace"));
            buf_printf(b, " --%.*s=%.*s --%s=%.*s%s%.*s", STR_ARG(role_kind),
                       STR_ARG(value_get_str(ref, STR("name"))), of.len ? "serviceaccount" : "user",
                       STR_ARG(of), of.len ? ":" : "",
                       STR_ARG(value_get_str(subject, STR("name"))));
        }
        buf_byte(b, '\n');
    }
}

static const char *widened_text(const RemedyWay *way)
{
    Str kind = way->count ? way->parts[0].object.kind : STR("");
    return str_eq(kind, STR("Namespace"))       ? "Lower what is asked in namespace"
           : str_eq(kind, STR("ResourceQuota")) ? "Raise quota"
                                                : "Widen policy";
}

static void write_way(const ExplainText *t, RemedyKind kind, const RemedyWay *way, int number)
{
    Buf b = buf_new(t->arena);
    buf_printf(&b, "%d. ", number);
    switch (kind) {
    case REMEDY_ACCOUNT:
        buf_printf(&b, "Run it as service account %.*s, if what else that may do is fine",
                   STR_ARG(way->target));
        break;
    case REMEDY_EDIT:
        buf_lit(&b, "Change the workload");
        break;
    case REMEDY_WIDEN:
        buf_printf(&b, "%s %.*s", widened_text(way), STR_ARG(way->target));
        break;
    default:
        buf_printf(&b, "Let the service account use policy %.*s, the strictest that admits it",
                   STR_ARG(way->target));
        break;
    }
    if (kind != REMEDY_GRANT && way->admitted_by.len) {
        buf_printf(&b, "; %.*s then admits it", STR_ARG(way->admitted_by));
    }
    buf_byte(&b, ':');
    explain_wrapped(t, "  ", buf_str(&b));
    if (kind == REMEDY_GRANT) {
        write_commands(t, way->objects, way->object_count);
    } else {
        write_parts(t, way);
    }
}

void explain_ways_write(const ExplainText *t, const Remedy *remedy)
{
    static const RemedyKind order[] = { REMEDY_EDIT, REMEDY_ACCOUNT, REMEDY_GRANT, REMEDY_WIDEN };
    int found = 0;
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        found += remedy->ways[order[i]].found;
    }
    explain_heading(t, found > 1
                           ? "The ways out: each does alone, and none of its parts can be left out"
                       : found ? "The way out: none of its parts can be left out"
                               : "There is no way out that podgate knows");
    int number = 0;
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        if (remedy->ways[order[i]].found) {
            write_way(t, order[i], &remedy->ways[order[i]], ++number);
        }
    }
    static const char *const names[] = { "a change of the workload", "another service account",
                                         "a grant", "a widening of a policy" };
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        const RemedyWay *way = &remedy->ways[order[i]];
        bool is_said = order[i] == REMEDY_ACCOUNT &&
                       str_eq(way->none, remedy->ways[REMEDY_GRANT].none);
        if (!way->found && !is_said) {
            explain_wrapped(t, "  ",
                            arena_printf(t->arena, "Not by %s: %.*s.", names[i],
                                         STR_ARG(explain_message(t, way->none))));
        }
    }
}

/* -- access -------------------------------------------------------------------------------------
 */

void explain_access_write(const ExplainText *t, const Access *access)
{
    Arena *a = t->arena;
    Str what = access_text(&access->request, a);
    Str user = explain_user_text(access->request.user);
    if (access->answer.allowed) {
        SENTENCE(t, "%.*s may %.*s%s%.*s.", STR_ARG(user), STR_ARG(what),
                 access->answer.reason.len ? ": " : "", STR_ARG(access->answer.reason));
        return;
    }
    SENTENCE(t, "%.*s may not %.*s: no role that is bound to him grants it.", STR_ARG(user),
             STR_ARG(what));
    if (access->bindings.count) {
        Table table = table_new(a, 2);
        table_row(&table, (Str[]){ STR("  BOUND BY"), STR("TO") });
        for (size_t i = 0; i < access->bindings.count; i++) {
            const RbacBinding *b = access->bindings.items[i];
            table_row(&table, (Str[]){ arena_printf(a, "  %.*s", STR_ARG(grant_binding_text(b, a))),
                                       grant_role_text(b, a) });
        }
        table_write(&table, t->color, t->out);
    }
    if (access->found) {
        SENTENCE(t, "%s",
                 access->exists ? "A role that is there already would do:" : "The smallest grant:");
        write_commands(t, access->objects, access->object_count);
    }
}
