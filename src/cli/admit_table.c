/* SPDX-License-Identifier: Apache-2.0 */
/* An admit report for people: a table of all objects, then why each that was denied was. */
#include "cli/admit_table.h"

#include "analyze/grant.h"
#include "cli/table.h"

enum { CHANGES_SHOWN_MAX = 4, POLICIES_SHOWN_MAX = 20 };

typedef struct Writer {
    const AdmitReport *report;
    bool verbose;
    bool color;
    Buf *out;
    Arena *arena;
} Writer;

static Str changes_text(const Value *patch, Arena *a)
{
    StrList changes = admit_changes(patch, a);
    Buf b = buf_new(a);
    for (size_t i = 0; i < changes.count && i < CHANGES_SHOWN_MAX; i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_add(&b, changes.items[i]);
    }
    if (changes.count > CHANGES_SHOWN_MAX) {
        buf_printf(&b, " and %zu more", changes.count - CHANGES_SHOWN_MAX);
    }
    return buf_str(&b);
}

static void write_summary(const Writer *w)
{
    Table t = table_new(w->arena, 5);
    t.trim = true;
    table_row(&t, (Str[]){ STR("NAMESPACE"), STR("OBJECT"), STR("DECISION"), STR("POLICY"),
                           STR("CHANGED") });
    for (size_t i = 0; i < w->report->count; i++) {
        const AdmitItem *item = &w->report->items[i];
        const AdmissionDecision *d = &item->decision;
        table_cell(&t, item->namespace, TABLE_PLAIN);
        table_cell(&t, admit_object_text(item, w->arena), TABLE_PLAIN);
        table_cell(&t, d->allowed ? STR("allowed") : STR("denied"),
                   d->allowed ? TABLE_GREEN : TABLE_RED);
        table_cell(&t, d->allowed && d->psp.ptr ? d->psp : STR("<none>"), TABLE_PLAIN);
        table_cell(&t,
                   d->allowed && item->psp ? changes_text(&item->psp->patch, w->arena) : STR(""),
                   TABLE_PLAIN);
    }
    table_write(&t, w->color, w->out);
}

/* "3 pods would not start" */
static void write_consequence(const Writer *w, const Workload *load)
{
    if (load->pods == WORKLOAD_PODS_PER_NODE) {
        buf_lit(w->out, ": no node would get its pod");
    } else if (load->pods == 0) {
        buf_lit(w->out, ": it asks for no pod now, and none would start");
    } else if (load->controller.len) {
        buf_printf(w->out, ": %lld pod%s would not start%s", (long long)load->pods,
                   load->pods == 1 ? "" : "s",
                   str_eq(load->kind, STR("CronJob")) ? " at each run" : "");
    }
}

static void write_error(const Writer *w, const AdmitProblem *p, const char *indent)
{
    buf_printf(w->out, "%s%.*s: ", indent, STR_ARG(p->place));
    field_error_write(p->error, w->out);
    buf_byte(w->out, '\n');
}

/* The errors of each policy under its name. */
static void write_problems(const Writer *w, const AdmitItem *item, bool all)
{
    AdmitProblems problems;
    admit_problems(item, all, w->arena, &problems);
    Str policy = STR_ABSENT;
    size_t policies = 0;
    for (size_t i = 0; i < problems.count; i++) {
        const AdmitProblem *p = &problems.items[i];
        bool is_next = p->policy.ptr && !str_eq(p->policy, policy);
        policies += is_next;
        if (policies > POLICIES_SHOWN_MAX && !w->verbose) {
            policy = p->policy;
            continue;
        }
        if (is_next) {
            buf_printf(w->out, "  %.*s:\n", STR_ARG(p->policy));
            policy = p->policy;
        }
        write_error(w, p, p->policy.ptr ? "    " : "  ");
    }
    if (policies > POLICIES_SHOWN_MAX && !w->verbose) {
        size_t more = policies - POLICIES_SHOWN_MAX;
        buf_printf(w->out, "  and %zu more polic%s (-v shows all, podgate explain the nearest)\n",
                   more, more == 1 ? "y" : "ies");
    }
}

static bool was_tried(const PspDecision *psp, Str policy)
{
    for (size_t i = 0; i < psp->tried_count; i++) {
        if (str_eq(psp->tried[i].candidate.policy->name, policy)) {
            return true;
        }
    }
    return false;
}

/* A denial with `[]` says nothing: no policy was tried at all, and these were not for want of a
 * right to use them. */
static void write_unusable(const Writer *w, const AdmitItem *item)
{
    const Facts *facts = w->report->facts;
    PspPolicyList all = facts->psp_policies(facts->cluster);
    Buf names = buf_new(w->arena);
    size_t count = 0;
    for (size_t i = 0; i < all.count; i++) {
        if (!was_tried(item->psp, all.items[i]->name)) {
            if (count < POLICIES_SHOWN_MAX) {
                buf_printf(&names, "%s%.*s", count ? ", " : "", STR_ARG(all.items[i]->name));
            }
            count++;
        }
    }
    if (count > POLICIES_SHOWN_MAX) {
        buf_printf(&names, " and %zu more", count - POLICIES_SHOWN_MAX);
    }
    if (count) {
        buf_printf(w->out, "  neither service account %.*s/%.*s nor %.*s may use %.*s\n",
                   STR_ARG(item->namespace), STR_ARG(item->account_name),
                   STR_ARG(item->user.name.len ? item->user.name : STR("the user")),
                   STR_ARG(buf_str(&names)));
    }
}

static void write_tried(const Writer *w, const AdmitItem *item)
{
    Arena *a = w->arena;
    Table t = table_new(a, 5);
    table_row(&t, (Str[]){ STR("  POLICY"), STR("MAY BE USED BY"), STR("AS"), STR("THROUGH"),
                           STR("SAYS") });
    for (size_t i = 0; i < item->psp->tried_count; i++) {
        const PspTried *tried = &item->psp->tried[i];
        bool by_account = tried->candidate.grantee == PSP_GRANTED_TO_SERVICE_ACCOUNT;
        const UserInfo *user = by_account ? &item->account : &item->user;
        const RbacBinding *by = tried->candidate.by;
        const RbacSubject *subject = by ? rbac_binding_subject_of(by, user) : NULL;
        table_row(&t,
                  (Str[]){
                      arena_printf(a, "  %.*s", STR_ARG(tried->candidate.policy->name)),
                      by_account
                          ? arena_printf(a, "service account %.*s", STR_ARG(item->account_name))
                      : user->name.len ? user->name
                                       : STR("the user"),
                      subject ? grant_subject_text(subject, a) : STR("Group " RBAC_GROUP_MASTERS),
                      by ? grant_binding_text(by, a) : STR("<may everything>"),
                      admit_outcome_text(tried, a),
                  });
    }
    table_write(&t, w->color, w->out);
}

static void write_item(const Writer *w, const AdmitItem *item)
{
    const AdmissionDecision *d = &item->decision;
    buf_byte(w->out, '\n');
    table_color_write(w->out, w->color, TABLE_BOLD, admit_object_text(item, w->arena));
    buf_printf(w->out, " in %.*s is ", STR_ARG(item->namespace));
    if (d->allowed) {
        buf_printf(w->out, "allowed%s%.*s\n", d->psp.ptr ? " by " : "", STR_ARG(d->psp));
    } else {
        buf_lit(w->out, "denied");
        write_consequence(w, &item->workload);
        Str message = w->verbose ? d->status.message
                                 : table_text_cut(d->status.message, "-v shows all", w->arena);
        buf_printf(w->out, "\n  %.*s\n", STR_ARG(message));
    }
    if (w->verbose && item->workload.controller.len) {
        buf_printf(w->out, "  its pods are created by %.*s\n", STR_ARG(item->user.name));
    }
    if (item->psp && item->psp->tried_count && w->verbose) {
        write_tried(w, item);
    }
    if (!d->allowed || w->verbose) {
        write_problems(w, item, w->verbose);
    }
    if (item->psp && (w->verbose || (!d->allowed && item->psp->tried_count == 0))) {
        write_unusable(w, item);
    }
    for (const AdmissionWarning *warning = d->warnings; warning; warning = warning->next) {
        buf_printf(w->out, "  warning: %.*s\n", STR_ARG(warning->text));
    }
}

void admit_table_write(const AdmitReport *report, bool verbose, bool color, Buf *out)
{
    Writer w = { report, verbose, color, out, out->arena };
    write_summary(&w);
    for (size_t i = 0; i < report->count; i++) {
        const AdmitItem *item = &report->items[i];
        if (verbose || !item->decision.allowed || item->decision.warnings) {
            write_item(&w, item);
        }
    }
}
