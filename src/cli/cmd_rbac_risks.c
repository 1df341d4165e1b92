/* SPDX-License-Identifier: Apache-2.0 */
/* podgate rbac risks: rights that are worth more than they look. */
#include "analyze/grant.h"
#include "analyze/rbac/risks.h"
#include "analyze/rbac/subject.h"
#include "cli/rbac.h"
#include "cli/table.h"

#include "base/map.h"

typedef struct Args {
    Str who;
    Str namespace;
    Str severity;
    StrList risks;
    bool defaults;
    bool summary;
    OutputArgs output;
    SourceArgs source;
} Args;

static const Str severity_names[] = { STR_INIT("low"), STR_INIT("medium"), STR_INIT("high"),
                                      STR_INIT("critical") };

static const CliOption options[] = {
    { .name = STR_INIT("who"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, who),
      .value = STR_INIT("SUBJECT"),
      .help = STR_INIT("only those of user:NAME, group:NAME or sa:NAMESPACE/NAME, or of a group "
                       "that it is in") },
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(Args, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("only rights that hold in the namespace") },
    { .name = STR_INIT("severity"),
      .kind = CLI_CHOICE,
      .offset = offsetof(Args, severity),
      .value = STR_INIT("LEVEL"),
      .help = STR_INIT("only risks at least as severe: low (default), medium, high, critical"),
      .choices = { severity_names, COUNT_OF(severity_names) } },
    { .name = STR_INIT("risk"),
      .kind = CLI_LIST,
      .offset = offsetof(Args, risks),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("only this risk, such as secrets-read; repeatable") },
    { .name = STR_INIT("defaults"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, defaults),
      .help = STR_INIT("also what Kubernetes grants by itself") },
    { .name = STR_INIT("summary"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, summary),
      .help = STR_INIT("only how many there are of each risk, in how many bindings and "
                       "namespaces") },
};
static const CliOptionGroup group = { STR_INIT("The question"), options, COUNT_OF(options) };

static TableColor color_of(RbacSeverity s)
{
    return s >= RBAC_HIGH ? TABLE_RED : s == RBAC_MEDIUM ? TABLE_YELLOW : TABLE_PLAIN;
}

static void write_table(Cli *cli, const RbacRisks *risks)
{
    Arena *a = cli->arena;
    if (!risks->count) {
        return;
    }
    Table t = table_new(a, 8);
    t.trim = true;
    table_row(&t, (Str[]){ STR("SEVERITY"), STR("RISK"), STR("SUBJECT"), STR("IN NAMESPACE"),
                           STR("BINDING"), STR("ROLE"), STR("RULE"), STR("ADMISSION PREVENTS") });
    for (size_t i = 0; i < risks->count; i++) {
        const RbacRisk *r = &risks->items[i];
        Str namespace = rbac_binding_namespace(r->binding);
        table_cell(&t, rbac_severity_name(r->severity), color_of(r->severity));
        table_cell(&t, r->id, TABLE_PLAIN);
        table_cell(&t, grant_subject_text(r->subject, a), TABLE_PLAIN);
        table_cell(&t, namespace.len ? namespace : STR("*"), TABLE_PLAIN);
        table_cell(&t, grant_binding_text(r->binding, a), TABLE_PLAIN);
        table_cell(&t, grant_role_text(r->binding, a), TABLE_PLAIN);
        table_cell(&t, rbac_risk_rules_text(r, a), TABLE_PLAIN);
        table_cell(&t, rbac_risk_where_text(r, a), TABLE_DIM);
    }
    table_write(&t, cli->out_color, &cli->out);
}

/* -- the summary --------------------------------------------------------------------------------
 */

/* All of one severity and risk. */
typedef struct Tally {
    const RbacRisk *first;
    size_t count;
    Map subjects;
    Map bindings;
    Map namespaces;
    bool everywhere;
} Tally;

static void count_one(Tally *t, const RbacRisk *r, Arena *a)
{
    Str namespace = rbac_binding_namespace(r->binding);
    t->count++;
    map_at(&t->subjects, grant_subject_text(r->subject, a));
    map_at(&t->bindings, str_from((const char *)&r->binding, sizeof r->binding));
    if (namespace.len) {
        map_at(&t->namespaces, namespace);
    } else {
        t->everywhere = true;
    }
}

static void tally_row(Table *t, const Tally *tally, Arena *a)
{
    size_t many = tally->namespaces.count;
    table_cell(t, rbac_severity_name(tally->first->severity), color_of(tally->first->severity));
    table_cell(t, tally->first->id, TABLE_PLAIN);
    table_cell(t, arena_printf(a, "%zu", tally->count), TABLE_PLAIN);
    table_cell(t, arena_printf(a, "%zu", tally->subjects.count), TABLE_PLAIN);
    table_cell(t, arena_printf(a, "%zu", tally->bindings.count), TABLE_PLAIN);
    table_cell(t,
               !tally->everywhere ? arena_printf(a, "%zu", many)
               : many             ? arena_printf(a, "*, and %zu", many)
                                  : STR("*"),
               TABLE_PLAIN);
}

/* Of a large cluster's table of risks nobody sees the top any more. In its order: the most severe
 * first. */
static void write_summary(Cli *cli, const RbacRisks *risks)
{
    Arena *a = cli->arena;
    if (!risks->count) {
        return;
    }
    Map tallies = map_new(a);
    for (size_t i = 0; i < risks->count; i++) {
        const RbacRisk *r = &risks->items[i];
        void **place = map_at(&tallies, arena_printf(a, "%d %.*s", r->severity, STR_ARG(r->id)));
        if (!*place) {
            Tally *fresh = new(a, Tally, 1);
            *fresh = (Tally){ r, 0, map_new(a), map_new(a), map_new(a), false };
            *place = fresh;
        }
        count_one(*place, r, a);
    }
    Table t = table_new(a, 6);
    t.trim = true;
    table_row(&t, (Str[]){ STR("SEVERITY"), STR("RISK"), STR("COUNT"), STR("SUBJECTS"),
                           STR("BINDINGS"), STR("NAMESPACES") });
    for (size_t i = 0; i < tallies.count; i++) {
        tally_row(&t, tallies.entries[i].value, a);
    }
    table_write(&t, cli->out_color, &cli->out);
}

static bool read_question(const Cli *cli, const Args *args, UserInfo *who, RbacRiskQuestion *out)
{
    Err err;
    *out = (RbacRiskQuestion){
        .namespace = args->namespace,
        .ids = args->risks,
        .defaults = args->defaults,
    };
    if (args->who.ptr) {
        if (!rbac_subject_parse(args->who, cli->arena, who, &err)) {
            cli_usage(cli, "--who: %.*s", STR_ARG(err.msg));
            return false;
        }
        out->who = who;
    }
    Str *names = new(cli->arena, Str, rbac_risk_rule_count + 3);
    size_t count = 0;
    for (size_t i = 0; i < rbac_risk_rule_count; i++) {
        names[count++] = rbac_risk_rules[i].id;
    }
    names[count++] = STR(RBAC_RISK_EVERYTHING);
    names[count++] = STR(RBAC_RISK_WILDCARD);
    names[count++] = STR(RBAC_RISK_ANONYMOUS);
    for (size_t i = 0; i < args->risks.count; i++) {
        if (!str_list_has((StrList){ names, count }, args->risks.items[i])) {
            Str near = cli_suggest((StrList){ names, count }, args->risks.items[i], cli->arena);
            cli_usage(cli, "--risk: there is none called \"%.*s\"%s%.*s",
                      STR_ARG(args->risks.items[i]), near.ptr ? "; did you mean " : "",
                      STR_ARG(near));
            return false;
        }
    }
    return !args->severity.ptr || rbac_severity_parse(args->severity, &out->least);
}

static void write_risks(Cli *cli, const Args *args, const RbacInventory *inventory,
                        const RbacRisks *risks)
{
    if (args->summary) {
        write_summary(cli, risks);
        return;
    }
    Value v = rbac_risks_to_value(inventory, risks, cli->arena);
    if (!output_value(cli, &args->output, &v)) {
        write_table(cli, risks);
    }
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    (void)operands;
    State state;
    RbacInventory inventory;
    RbacRiskQuestion question;
    UserInfo who;
    if (args->summary && !output_is(&args->output, STR("table"))) {
        return cli_usage(cli, "--summary is a table: it goes with no other --output");
    }
    if (!read_question(cli, args, &who, &question) ||
        !rbac_open(cli, &args->source, &rbac_source_options, &state, &inventory)) {
        return CLI_ERROR;
    }
    RbacRisks risks;
    rbac_risks_find(&inventory, &question, cli->arena, &risks);
    write_risks(cli, args, &inventory, &risks);
    rbac_close(&state, &inventory);
    return risks.count ? CLI_NO : CLI_YES;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &output_data_options, offsetof(Args, output) },
    SOURCE_OPTION_USES(Args, source),
    { NULL, 0 },
};

const CliCommand cli_command_rbac_risks = {
    .name = STR_INIT("risks"),
    .summary = STR_INIT("Find rights that are worth more than they look"),
    .description = STR_INIT(
        "Reading secrets, creating pods, exec, escalate, bind, impersonate, webhooks, "
        "certificates, "
        "tokens, ...: who has them, through which binding, role and rule. Where a right makes "
        "pods, "
        "what admission still prevents in each namespace, by Pod Security labels or by the pod "
        "security policies that may be used there, lowers the severity.\nExit status: 1 when there "
        "are such rights, 0 when not."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
