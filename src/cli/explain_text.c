/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An explanation for people: what happened and who decided in sentences, every policy in a table,
 * then the ways out.
 */
#include "cli/explain.h"

#include "analyze/grant.h"
#include "analyze/objects.h"
#include "cli/table.h"

#include <stdlib.h>

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

Str explain_message(const ExplainText *t, Str message)
{
    return t->verbose ? message : table_text_cut(message, "-v shows all", t->arena);
}

#define SENTENCE(t, ...) explain_wrapped((t), "", arena_printf((t)->arena, __VA_ARGS__))

Str explain_user_text(const UserInfo *user)
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
    table_row(&table, (Str[]){ STR("  Sent by"), explain_user_text(&admit->user) });
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
        explain_wrapped(t, "  ", explain_message(t, admit->decision.status.message));
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
    ExplainSubject *subjects = new(t->arena, ExplainSubject, p->subject_count + 1);
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

/* How far a policy is from admitting the pod as it is. */
static size_t distance(const ExplainPolicy *p)
{
    if (!p->tried || p->outcome == PSP_NO_PROVIDER) {
        return SIZE_MAX;
    }
    return p->outcome == PSP_REFUSED ? 2 + p->errs.count : p->outcome != PSP_ADMITS;
}

static int nearest_first(const void *left, const void *right)
{
    const ExplainPolicy *a = *(const ExplainPolicy *const *)left;
    const ExplainPolicy *b = *(const ExplainPolicy *const *)right;
    size_t x = distance(a);
    size_t y = distance(b);
    if (a->usable != b->usable) {
        return a->usable ? -1 : 1;
    }
    return x != y ? (x < y ? -1 : 1) : str_cmp(a->policy->name, b->policy->name);
}

/* All in their order, or of too many the nearest of each kind. */
static const ExplainPolicy **choose_policies(const ExplainText *t, const ExplainItem *item,
                                             size_t *shown)
{
    size_t count = item->policy_count;
    const ExplainPolicy **out = new(t->arena, const ExplainPolicy *, count);
    for (size_t i = 0; i < count; i++) {
        out[i] = &item->policies[i];
    }
    *shown = count;
    if (!t->verbose && count > POLICIES_SHOWN) {
        qsort(out, count, sizeof *out, nearest_first);
        *shown = POLICIES_SHOWN;
    }
    return out;
}

/* "9980 more policies are not shown: 9980 refuse it, too (-v shows all)" */
static void write_rest(const ExplainText *t, const ExplainPolicy *const *rest, size_t count)
{
    size_t usable[2] = { 0 }; /* that refuse, that admit */
    size_t others[2] = { 0 };
    for (size_t i = 0; i < count; i++) {
        bool admits = distance(rest[i]) < 2;
        ++*(rest[i]->usable ? &usable[admits] : &others[admits]);
    }
    const struct {
        size_t count;
        const char *text;
    } parts[] = { { usable[1], "admit it, too" },
                  { usable[0], "refuse it, too" },
                  { others[1], "would admit it" },
                  { others[0], "would refuse it" } };
    buf_printf(t->out, "  and %zu more:", count);
    bool first = true;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].count) {
            buf_printf(t->out, "%s %zu %s", first ? "" : ",", parts[i].count, parts[i].text);
            first = false;
        }
    }
    buf_lit(t->out, " (-v shows all)\n");
}

static void write_policies(const ExplainText *t, const ExplainItem *item)
{
    if (item->policy_count == 0) {
        return;
    }
    size_t shown;
    const ExplainPolicy **policies = choose_policies(t, item, &shown);
    explain_heading(t,
                    shown < item->policy_count
                        ? "The policies, those first that may be used for it, the nearest of them"
                        : "The policies, those first that may be used for it");
    Table table = table_new(t->arena, 5);
    table.trim = true;
    table_row(&table, (Str[]){ STR("  POLICY"), STR("MAY BE USED BY"), STR("THROUGH"),
                               STR("VERDICT"), STR("WHY, OR WHAT IT CHANGES") });
    for (size_t i = 0; i < shown; i++) {
        policy_rows(t, item, policies[i], &table);
    }
    table_write(&table, t->color, t->out);
    if (shown < item->policy_count) {
        write_rest(t, &policies[shown], item->policy_count - shown);
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
                     STR_ARG(explain_user_text(&admit->user)), item->policy_count,
                     item->policy_count == 1 ? "y" : "ies");
        }
    }
}

/* -- what it hangs on ---------------------------------------------------------------------------
 */

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
    explain_wrapped(t, "  ", explain_message(t, hold->refusal));
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
        explain_ways_write(t, &item->remedy);
    } else if (item->hold.count) {
        write_hold(t, &item->hold);
    }
    for (const AdmissionWarning *w = item->admit->decision.warnings; w; w = w->next) {
        explain_wrapped(t, "", arena_concat(t->arena, STR("Warning: "), w->text));
    }
}

/* Before the explanations of several objects: which of them need reading. */
static void write_summary(const ExplainText *t, const ExplainReport *report)
{
    Table table = table_new(t->arena, 5);
    table.trim = true;
    table_row(&table, (Str[]){ STR("NAMESPACE"), STR("OBJECT"), STR("DECISION"), STR("BY"),
                               STR("WAYS OUT") });
    for (size_t i = 0; i < report->count; i++) {
        const ExplainItem *item = &report->items[i];
        bool allowed = item->admit->decision.allowed;
        Buf ways = buf_new(t->arena);
        for (int kind = 0; kind < REMEDY_KIND_COUNT && !allowed; kind++) {
            if (item->remedy.ways[kind].found) {
                buf_printf(&ways, "%s%.*s", ways.len ? ", " : "",
                           STR_ARG(remedy_kind_name((RemedyKind)kind)));
            }
        }
        table_cell(&table, item->admit->namespace, TABLE_PLAIN);
        table_cell(&table, admit_object_text(item->admit, t->arena), TABLE_PLAIN);
        table_cell(&table, allowed ? STR("admitted") : STR("refused"),
                   allowed ? TABLE_GREEN : TABLE_RED);
        table_cell(&table,
                   allowed && item->winner ? item->winner->policy->name
                   : item->decided_by.len  ? item->decided_by
                                           : STR("<none>"),
                   TABLE_PLAIN);
        table_cell(&table, buf_str(&ways), TABLE_PLAIN);
    }
    table_write(&table, t->color, t->out);
    buf_lit(t->out, "\n----\n\n");
}

void explain_text_write(const ExplainText *t, const ExplainReport *report)
{
    if (report->count > 1) {
        write_summary(t, report);
    }
    for (size_t i = 0; i < report->count; i++) {
        if (i) {
            buf_lit(t->out, "\n----\n\n");
        }
        write_item(t, &report->items[i]);
    }
}
