/* SPDX-License-Identifier: Apache-2.0 */
/* A refusal for people: what it says field by field, and what of the cluster is behind it. */
#include "analyze/grant.h"
#include "cli/explain.h"
#include "cli/table.h"

enum { SAYERS_SHOWN = 10, SUBJECTS_SHOWN = 4, POINTS_SHOWN = 30 };

static void write_head(const ExplainText *t, const Refusal *r)
{
    Buf b = buf_new(t->arena);
    if (r->resource.len) {
        buf_add(&b, r->resource);
        if (r->subresource.len) {
            buf_printf(&b, "/%.*s", STR_ARG(r->subresource));
        }
        buf_printf(&b, "%s%.*s", r->group.len ? "." : "", STR_ARG(r->group));
    } else {
        buf_lit(&b, "A request");
    }
    if (r->name.len) {
        buf_printf(&b, " \"%.*s\"", STR_ARG(r->name));
    }
    if (r->namespace.len) {
        buf_printf(&b, " in namespace %.*s", STR_ARG(r->namespace));
    }
    table_color_write(t->out, t->color, TABLE_BOLD, buf_str(&b));
    buf_add(t->out, r->is_warning ? STR(" would be ") : STR(" was "));
    table_color_write(t->out, t->color, TABLE_RED, STR("refused"));
    buf_printf(t->out, " by %.*s.\n", STR_ARG(refusal_decider(r, t->arena)));
    if (r->is_event) {
        explain_wrapped(t, "",
                        STR("A controller met this when it made a pod: the workload is "
                            "there, its pods are not."));
    }
    if (r->file.len) {
        explain_wrapped(t, "", arena_printf(t->arena, "It stands in %.*s.", STR_ARG(r->file)));
    }
}

static Str shown(Str text)
{
    return text.len ? text : STR("-");
}

static void write_points(const ExplainText *t, const Refusal *r)
{
    if (!r->point_count) {
        return;
    }
    bool levels = r->kind == REFUSAL_POD_SECURITY;
    explain_heading(t, "What it objects to");
    Table table = table_new(t->arena, 3);
    table.trim = true;
    table_row(&table, (Str[]){ levels ? STR("  CHECK") : STR("  FIELD"),
                               levels ? STR("WHAT IS WRONG") : STR("VALUE"), STR("WHY") });
    for (size_t i = 0; i < r->point_count && (t->verbose || i < POINTS_SHOWN); i++) {
        const RefusalPoint *p = &r->points[i];
        table_row(&table, (Str[]){ arena_printf(t->arena, "  %.*s", STR_ARG(shown(p->field))),
                                   levels ? p->kind : shown(p->value),
                                   p->detail.len ? p->detail : p->kind });
    }
    table_write(&table, t->color, t->out);
    if (!t->verbose && r->point_count > POINTS_SHOWN) {
        buf_printf(t->out, "  and %zu more (-v shows all)\n", r->point_count - POINTS_SHOWN);
    }
}

static void write_amounts(const ExplainText *t, const Refusal *r)
{
    if (!r->amount_count) {
        return;
    }
    explain_heading(t, "What there is not enough of");
    Table table = table_new(t->arena, 4);
    table_row(&table, (Str[]){ STR("  RESOURCE"), STR("REQUESTED"), STR("USED"), STR("LIMIT") });
    for (size_t i = 0; i < r->amount_count; i++) {
        const RefusalAmount *amount = &r->amounts[i];
        table_row(&table,
                  (Str[]){ arena_printf(t->arena, "  %.*s", STR_ARG(amount->resource)),
                           shown(amount->requested), shown(amount->used), shown(amount->limited) });
    }
    table_write(&table, t->color, t->out);
}

/* What such a refusal means, where the message does not say it. */
static void write_meaning(const ExplainText *t, const Refusal *r)
{
    Str text = STR("");
    if (r->kind == REFUSAL_PSP && r->no_policies) {
        text = STR("The cluster runs PodSecurityPolicy and has no policy that can be used at all: "
                   "no pod may be created until there is one.");
    } else if (r->kind == REFUSAL_PSP && r->point_count == 0) {
        text = STR("The list is empty: no policy was tried. Neither the pod's service account nor "
                   "who sends it may use any; a Role with the verb use on podsecuritypolicies, and "
                   "a RoleBinding to the service account, are missing.");
    } else if (r->kind == REFUSAL_PSP) {
        text = STR("The list holds what every policy said that may be used for the pod, one after "
                   "the other: to satisfy one of them is enough.");
    } else if (r->kind == REFUSAL_ESCALATION) {
        text = STR("Who makes a role or binds one must have all that it grants, or the verbs "
                   "escalate and bind.");
    } else if (r->reason.len && !r->amount_count) {
        text = arena_printf(t->arena, "It says: %.*s", STR_ARG(r->reason));
    } else if (r->kind == REFUSAL_OTHER) {
        text = arena_printf(t->arena, "It says: %.*s", STR_ARG(shown(r->why)));
    }
    if (text.len) {
        explain_wrapped(t, "", text);
    }
}

static Str said_text(const ExplainText *t, const TieSayer *sayer)
{
    return sayer->more
               ? arena_printf(t->arena, "%zu, and would say %zu more", sayer->said, sayer->more)
               : arena_printf(t->arena, "%zu", sayer->said);
}

static bool is_masters(const ExplainSubject *s)
{
    return str_eq(rbac_subject_name(s->subject), STR(RBAC_GROUP_MASTERS));
}

/* A row for the policy, and one more for each further subject that may use it. */
static void sayer_rows(const ExplainText *t, const TieSayer *sayer, Table *table)
{
    size_t rows = 0;
    Str name = arena_printf(t->arena, "  %.*s", STR_ARG(sayer->policy->name));
    for (size_t i = 0; i < sayer->subject_count && (t->verbose || rows < SUBJECTS_SHOWN); i++) {
        const ExplainSubject *s = &sayer->subjects[i];
        if (t->verbose || !is_masters(s)) {
            table_row(table, (Str[]){ rows ? STR("") : name, rows ? STR("") : said_text(t, sayer),
                                      grant_subject_text(s->subject, t->arena),
                                      grant_binding_text(s->binding, t->arena) });
            rows++;
        }
    }
    if (rows == 0) {
        table_row(table, (Str[]){ name, said_text(t, sayer), STR("nobody"), STR("-") });
    }
}

static void write_sayers(const ExplainText *t, const Tie *tie)
{
    if (!tie->sayer_count) {
        return;
    }
    bool empty = tie->refusal->point_count == 0;
    Str heading = arena_printf(t->arena,
                               "Policies of the cluster%s, and who may use them in namespace %.*s",
                               empty ? "" : " that say so", STR_ARG(tie->namespace));
    explain_heading(t, arena_cstr(t->arena, heading));
    Table table = table_new(t->arena, 4);
    table.trim = true;
    table_row(&table,
              (Str[]){ STR("  POLICY"), STR("OBJECTIONS"), STR("MAY BE USED BY"), STR("THROUGH") });
    for (size_t i = 0; i < tie->sayer_count && (t->verbose || i < SAYERS_SHOWN); i++) {
        sayer_rows(t, &tie->sayers[i], &table);
    }
    table_write(&table, t->color, t->out);
    if (!t->verbose && tie->sayer_count > SAYERS_SHOWN) {
        buf_printf(t->out, "  and %zu more (-v shows all)\n", tie->sayer_count - SAYERS_SHOWN);
    }
}

static void write_objects(const ExplainText *t, const Tie *tie)
{
    if (!tie->object_count) {
        return;
    }
    explain_heading(t, "In the cluster");
    for (size_t i = 0; i < tie->object_count; i++) {
        const TieObject *o = &tie->objects[i];
        explain_wrapped(t, "  ",
                        arena_printf(t->arena, "%.*s %.*s%s%.*s: %.*s", STR_ARG(o->kind),
                                     STR_ARG(o->namespace), o->namespace.len ? "/" : "",
                                     STR_ARG(o->name), STR_ARG(o->text)));
    }
}

void explain_tie_write(const ExplainText *t, const Tie *tie, bool has_cluster)
{
    const Refusal *r = tie->refusal;
    write_head(t, r);
    write_meaning(t, r);
    write_points(t, r);
    write_amounts(t, r);
    if (!has_cluster) {
        return;
    }
    write_sayers(t, tie);
    if (tie->has_access) {
        explain_heading(t, "May he, by the RBAC of the cluster?");
        explain_access_write(t, &tie->access);
    }
    write_objects(t, tie);
}
