/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An explanation for people: what happened and who decided in sentences, every policy in a table,
 * then the ways out.
 */
#include "cli/explain.h"

#include "analyze/grant.h"
#include "analyze/objects.h"
#include "cli/table.h"

enum { WIDTH = 100, POLICIES_SHOWN = 20, SUBJECTS_SHOWN = 3, ERRORS_SHOWN = 12, CHANGES_SHOWN = 4 };

/* -- text ---------------------------------------------------------------------------------------
 */

void explain_heading(const ExplainText *t, const char *text)
{
    buf_byte(t->out, '\n');
    table_color_write(t->out, t->color, TABLE_BOLD, str_from_c(text));
    buf_byte(t->out, '\n');
}

void explain_wrapped(const ExplainText *t, const char *indent, Str text)
{
    size_t margin = strlen(indent);
    size_t used = 0;
    Str rest = text;
    Str word;
    while (str_next_piece(&rest, ' ', &word)) {
        size_t width = table_text_width(word);
        if (used && used + 1 + width > WIDTH - margin) {
            buf_byte(t->out, '\n');
            used = 0;
        }
        buf_add(t->out, used ? STR(" ") : str_from_c(indent));
        used += (used ? 1 : 0) + width;
        buf_add(t->out, word);
    }
    buf_byte(t->out, '\n');
}

#define SENTENCE(t, ...) explain_wrapped((t), "", arena_printf((t)->arena, __VA_ARGS__))

static Str user_text(const UserInfo *user)
{
    return user->name.len ? user->name : STR("a user without rights of his own");
}

/* -- what happened ------------------------------------------------------------------------------
 */

static void write_consequence(const ExplainText *t, const Workload *load)
{
    if (load->pods == WORKLOAD_PODS_PER_NODE) {
        SENTENCE(t, "No node would get its pod.");
    } else if (load->controller.len && load->pods > 0) {
        SENTENCE(t, "%lld of %lld pod%s would not start.", (long long)load->pods,
                 (long long)load->pods, load->pods == 1 ? "" : "s");
    }
}

static Str decider_text(const ExplainText *t, const ExplainItem *item)
{
    if (item->decided_by.len) {
        return arena_printf(t->arena, "the admission plugin %.*s", STR_ARG(item->decided_by));
    }
    return item->admit->decision.allowed ? STR("no policy: none was asked")
                                         : STR("the API server's own validation");
}

static void write_verdict(const ExplainText *t, const ExplainItem *item)
{
    const AdmitItem *admit = item->admit;
    bool allowed = admit->decision.allowed;
    Str object = admit_object_text(admit, t->arena);
    table_color_write(t->out, t->color, TABLE_BOLD,
                      arena_printf(t->arena, "%.*s in namespace %.*s", STR_ARG(object),
                                   STR_ARG(admit->namespace)));
    buf_lit(t->out, " is ");
    table_color_write(t->out, t->color, allowed ? TABLE_GREEN : TABLE_RED,
                      allowed ? STR("admitted") : STR("refused"));
    if (allowed && admit->decision.psp.len) {
        buf_printf(t->out, " by policy %.*s", STR_ARG(admit->decision.psp));
    }
    buf_lit(t->out, ".\n");
    if (!allowed) {
        write_consequence(t, &admit->workload);
    }
}

static void write_facts(const ExplainText *t, const ExplainItem *item)
{
    const AdmitItem *admit = item->admit;
    Table table = table_new(t->arena, 2);
    table_row(&table, (Str[]){ STR("  Decided by"), decider_text(t, item) });
    table_row(&table, (Str[]){ STR("  Sent by"), user_text(&admit->user) });
    table_row(&table, (Str[]){ STR("  Runs as"), arena_printf(t->arena, "service account %.*s/%.*s",
                                                              STR_ARG(admit->namespace),
                                                              STR_ARG(admit->account_name)) });
    if (item->level.runs) {
        Str meets = psa_level_name(item->level.meets);
        table_row(
            &table,
            (Str[]){ STR("  Pod Security"),
                     arena_printf(t->arena, "the namespace enforces %.*s%s; the pod meets %.*s",
                                  STR_ARG(item->level.text),
                                  item->level.labelled ? "" : " (by default)", STR_ARG(meets)) });
    }
    buf_byte(t->out, '\n');
    table_write(&table, t->color, t->out);
    if (!admit->decision.allowed) {
        buf_lit(t->out, "\nThe API server says\n");
        explain_wrapped(t, "  ", admit->decision.status.message);
    }
}

/* -- the table ----------------------------------------------------------------------------------
 */

static Str changes_text(const ExplainText *t, StrList changes)
{
    Buf b = buf_new(t->arena);
    for (size_t i = 0; i < changes.count && (t->verbose || i < CHANGES_SHOWN); i++) {
        buf_printf(&b, "%s%.*s", i ? ", " : "sets ", STR_ARG(changes.items[i]));
    }
    if (!t->verbose && changes.count > CHANGES_SHOWN) {
        buf_printf(&b, " and %zu more", changes.count - CHANGES_SHOWN);
    }
    return buf_str(&b);
}

static Str why_text(const ExplainText *t, const ExplainPolicy *p)
{
    if (p->errs.count == 0) {
        return changes_text(t, p->changes);
    }
    Buf b = buf_new(t->arena);
    buf_add(&b, p->errs.first->path);
    if (p->errs.count > 1) {
        buf_printf(&b, " and %zu more", p->errs.count - 1);
    }
    return buf_str(&b);
}

static void subject_cells(const ExplainText *t, Table *table, const ExplainSubject *s)
{
    Arena *a = t->arena;
    static const char *const suffix[] = { "", " (the pod's account)", " (who sends it)" };
    bool counts = s->counts_for != EXPLAIN_FOR_NOBODY;
    table_cell(table,
               arena_printf(a, "%.*s%s", STR_ARG(grant_subject_text(s->subject, a)),
                            suffix[s->counts_for]),
               counts ? TABLE_PLAIN : TABLE_DIM);
    table_cell(table, grant_binding_text(s->binding, a), counts ? TABLE_PLAIN : TABLE_DIM);
}

/* Everywhere, and nobody's news: the members of system:masters may everything. */
static bool is_masters(const ExplainSubject *s)
{
    return s->counts_for == EXPLAIN_FOR_NOBODY &&
           str_eq(rbac_subject_name(s->subject), STR(RBAC_GROUP_MASTERS));
}

/* Those that are shown, at the front of *out; how many there are. */
static size_t choose_subjects(const ExplainText *t, const ExplainPolicy *p, ExplainSubject *out)
{
    size_t count = 0;
    for (size_t i = 0; i < p->subject_count; i++) {
        if (t->verbose || !is_masters(&p->subjects[i])) {
            out[count++] = p->subjects[i];
        }
    }
    return count;
}

/* A row for each subject that is shown; the policy's own cells stand in the first. */
static void policy_rows(const ExplainText *t, const ExplainItem *item, const ExplainPolicy *p,
                        Table *table)
{
    ExplainSubject *subjects = new (t->arena, ExplainSubject, p->subject_count + 1);
    size_t count = choose_subjects(t, p, subjects);
    size_t shown = t->verbose || count <= SUBJECTS_SHOWN ? count : SUBJECTS_SHOWN;
    bool admits = p->tried && (p->outcome == PSP_ADMITS || p->outcome == PSP_ADMITS_CHANGED);
    for (size_t i = 0; i < (shown ? shown : 1); i++) {
        const char *mark = p == item->winner ? "> " : "  ";
        table_cell(table,
                   i ? STR("") : arena_printf(t->arena, "%s%.*s", mark, STR_ARG(p->policy->name)),
                   p == item->winner ? TABLE_BOLD : TABLE_PLAIN);
        if (shown) {
            subject_cells(t, table, &subjects[i]);
        } else {
            table_cell(table, p->by_masters ? STR("Group system:masters") : STR("nobody"),
                       TABLE_DIM);
            table_cell(table, p->by_masters ? STR("<may everything>") : STR("-"), TABLE_DIM);
        }
        table_cell(table, i ? STR("") : explain_verdict_text(p, t->arena),
                   !p->usable ? TABLE_DIM
                   : admits   ? TABLE_GREEN
                              : TABLE_RED);
        table_cell(table, i ? STR("") : why_text(t, p), TABLE_PLAIN);
    }
    if (shown < count) {
        table_cell(table, STR(""), TABLE_PLAIN);
        table_cell(table, arena_printf(t->arena, "and %zu more", count - shown), TABLE_DIM);
        table_cell(table, STR(""), TABLE_PLAIN);
        table_cell(table, STR(""), TABLE_PLAIN);
        table_cell(table, STR(""), TABLE_PLAIN);
    }
}

static void write_policies(const ExplainText *t, const ExplainItem *item)
{
    if (item->policy_count == 0) {
        return;
    }
    explain_heading(t, "The policies, those first that may be used for it");
    Table table = table_new(t->arena, 5);
    table.trim = true;
    table_row(&table, (Str[]){ STR("  POLICY"), STR("MAY BE USED BY"), STR("THROUGH"),
                               STR("VERDICT"), STR("WHY, OR WHAT IT CHANGES") });
    size_t shown = t->verbose || item->policy_count <= POLICIES_SHOWN ? item->policy_count
                                                                      : POLICIES_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        policy_rows(t, item, &item->policies[i], &table);
    }
    table_write(&table, t->color, t->out);
    if (shown < item->policy_count) {
        buf_printf(t->out, "  and %zu more (-v shows all)\n", item->policy_count - shown);
    }
}

/* -- why ----------------------------------------------------------------------------------------
 */

static void write_winner(const ExplainText *t, const ExplainItem *item)
{
    const ExplainPolicy *w = item->winner;
    const ExplainPolicy *r = item->runner_up;
    explain_heading(t, "Why");
    SENTENCE(t, "%.*s wins: %s.", STR_ARG(w->policy->name),
             w->changes.count
                 ? "none that may be used admits the pod as it is, and of those that admit it "
                   "changed it comes first by name"
                 : "of the policies that may be used and that change nothing it comes first by "
                   "name");
    if (w->changes.count) {
        Str changes = changes_text(t, w->changes);
        SENTENCE(t, "It %.*s.", STR_ARG(changes));
    }
    if (r) {
        SENTENCE(t, "Next in line is %.*s, which would %s.", STR_ARG(r->policy->name),
                 r->changes.count ? "change the pod" : "admit it as it is");
    } else {
        SENTENCE(t, "No other policy that may be used would admit it.");
    }
}

static void write_nearest(const ExplainText *t, const ExplainItem *item)
{
    const ExplainPolicy *p = item->runner_up;
    explain_heading(
        t, arena_cstr(t->arena,
                      arena_printf(t->arena, "What %.*s objects to%s", STR_ARG(p->policy->name),
                                   item->policy_count > 1 ? ", which comes nearest" : "")));
    size_t n = 0;
    for (const FieldError *e = p->errs.first; e && (t->verbose || n < ERRORS_SHOWN);
         e = e->next, n++) {
        Str path = admit_source_path(&item->admit->workload, e, t->arena);
        Buf b = buf_new(t->arena);
        if (item->admit->source->doc) {
            buf_printf(&b, "%.*s: ", STR_ARG(object_place(item->admit->source, path, t->arena)));
        }
        field_error_write(e, &b);
        explain_wrapped(t, "  ", buf_str(&b));
    }
    if (n < p->errs.count) {
        buf_printf(t->out, "  and %zu more (-v shows all)\n", p->errs.count - n);
    }
}

static void write_why(const ExplainText *t, const ExplainItem *item)
{
    const AdmitItem *admit = item->admit;
    if (item->winner && admit->decision.allowed) {
        write_winner(t, item);
    } else if (str_eq(item->decided_by, STR("PodSecurityPolicy"))) {
        if (item->runner_up) {
            write_nearest(t, item);
            return;
        }
        explain_heading(t, "Why");
        if (item->policy_count == 0) {
            SENTENCE(t, "The cluster runs PodSecurityPolicy and has no policy: no pod may be "
                        "created.");
        } else {
            SENTENCE(t,
                     "Neither service account %.*s/%.*s nor %.*s may use any of the %zu "
                     "polic%s: nothing was tried, so the list in the message is empty.",
                     STR_ARG(admit->namespace), STR_ARG(admit->account_name),
                     STR_ARG(user_text(&admit->user)), item->policy_count,
                     item->policy_count == 1 ? "y" : "ies");
        }
    }
}

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

static void write_way(const ExplainText *t, RemedyKind kind, const RemedyWay *way, int number)
{
    Buf b = buf_new(t->arena);
    buf_printf(&b, "%d. ", number);
    switch (kind) {
    case REMEDY_EDIT:
        buf_lit(&b, "Change the workload");
        break;
    case REMEDY_WIDEN:
        buf_printf(&b, "%s %.*s",
                   way->count && str_eq(way->parts[0].object.kind, STR("Namespace"))
                       ? "Lower what is asked in namespace"
                       : "Widen policy",
                   STR_ARG(way->target));
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

static void write_ways_out(const ExplainText *t, const Remedy *remedy)
{
    static const RemedyKind order[] = { REMEDY_EDIT, REMEDY_GRANT, REMEDY_WIDEN };
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
    static const char *const names[] = { "a change of the workload", "a grant",
                                         "a widening of a policy" };
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        const RemedyWay *way = &remedy->ways[order[i]];
        if (!way->found) {
            explain_wrapped(
                t, "  ", arena_printf(t->arena, "Not by %s: %.*s.", names[i], STR_ARG(way->none)));
        }
    }
}

static void write_hold(const ExplainText *t, const ExplainHold *hold)
{
    explain_heading(t, "What it hangs on");
    Buf b = buf_new(t->arena);
    for (size_t i = 0; i < hold->count; i++) {
        Str namespace = rbac_binding_namespace(hold->bindings[i]);
        buf_printf(&b, "%s%.*s%s%.*s",
                   i == 0                 ? ""
                   : i + 1 == hold->count ? " and "
                                          : ", ",
                   STR_ARG(grant_binding_text(hold->bindings[i], t->arena)),
                   namespace.len ? " in " : "", STR_ARG(namespace));
    }
    SENTENCE(t, "Without %.*s the pod would be refused:", STR_ARG(buf_str(&b)));
    explain_wrapped(t, "  ", hold->refusal);
}

/* -- access -------------------------------------------------------------------------------------
 */

void explain_access_write(const ExplainText *t, const Access *access)
{
    Arena *a = t->arena;
    Str what = access_text(&access->request, a);
    Str user = user_text(access->request.user);
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

/* -- all of it ----------------------------------------------------------------------------------
 */

static void write_item(const ExplainText *t, const ExplainItem *item)
{
    write_verdict(t, item);
    write_facts(t, item);
    if (item->asked_access) {
        explain_heading(t, "May he create it?");
        explain_access_write(t, &item->access);
    }
    write_policies(t, item);
    write_why(t, item);
    if (!item->admit->decision.allowed) {
        write_ways_out(t, &item->remedy);
    } else if (item->hold.count) {
        write_hold(t, &item->hold);
    }
    for (const AdmissionWarning *w = item->admit->decision.warnings; w; w = w->next) {
        explain_wrapped(t, "", arena_concat(t->arena, STR("Warning: "), w->text));
    }
}

void explain_text_write(const ExplainText *t, const ExplainReport *report)
{
    for (size_t i = 0; i < report->count; i++) {
        if (i) {
            buf_lit(t->out, "\n----\n\n");
        }
        write_item(t, &report->items[i]);
    }
}
