/* SPDX-License-Identifier: Apache-2.0 */
/* podgate advise pss: the strictest Pod Security Standard that the workloads meet. */
#include "analyze/advise/pss.h"
#include "cli/advise.h"
#include "cli/pod_security.h"
#include "cli/table.h"

typedef struct Args {
    Str per;
    Str config;
    OutputArgs output;
    AdviseArgs workloads;
} Args;

static const Str per_names[] = { STR_INIT("workload"), STR_INIT("namespace") };
static const Str formats[] = { STR_INIT("table"), STR_INIT("yaml"), STR_INIT("json") };

static const CliOption options[] = {
    { .name = STR_INIT("per"),
      .kind = CLI_CHOICE,
      .offset = offsetof(Args, per),
      .value = STR_INIT("WHAT"),
      .help = STR_INIT("a level for each namespace (default) or workload"),
      .choices = { per_names, COUNT_OF(per_names) } },
    { .name = STR_INIT("config"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(Args, config),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("the API server's PodSecurityConfiguration, alone or in an "
                       "AdmissionConfiguration: who is exempt") },
    OUTPUT_ROW(Args, output.format, formats, COUNT_OF(formats),
               "table (default), with the kubectl commands; yaml, namespaces with their "
               "labels to be applied; or json, a report"),
};

static const CliOptionGroup group = { STR_INIT("The advice"), options, COUNT_OF(options) };

static TableColor color_of(PsaLevel level)
{
    return level == PSA_RESTRICTED ? TABLE_GREEN : level == PSA_BASELINE ? TABLE_YELLOW : TABLE_RED;
}

static Str first_way(const AdvisePssItem *item, Arena *a)
{
    if (item->is_exempt) {
        return STR("exempt: labels do nothing here");
    }
    if (item->in_the_way_count == 0) {
        return STR("");
    }
    return arena_printf(a, "%.*s: %zu of %zu workload%s",
                        STR_ARG(advise_pss_level_text(item->next, a)), item->in_the_way_count,
                        item->count, item->count == 1 ? "" : "s");
}

/* One row for each thing in the way of something. */
static void write_ways(Cli *cli, const AdvisePssReport *report)
{
    Arena *a = cli->arena;
    Table t = table_new(a, 5);
    t.trim = true;
    table_row(&t, (Str[]){ STR("NAMESPACE"), STR("WORKLOAD"), STR("IN THE WAY OF"), STR("CHECK"),
                           STR("FIELD") });
    size_t rows = 0;
    for (size_t i = 0; i < report->count; i++) {
        const AdvisePssItem *item = &report->items[i];
        for (size_t k = 0; k < item->in_the_way_count; k++) {
            const AdviseInTheWay *way = &item->in_the_way[k];
            for (size_t v = 0; v < way->result.count; v++) {
                const PsaViolation *found = &way->result.violations[v];
                const PsaPlace *place = found->places;
                Str more = place && place->next ? STR(", ...") : STR("");
                table_row(&t,
                          (Str[]){ item->namespace, way->workload->text,
                                   advise_pss_level_text(item->next, a), psa_check_id(found->check),
                                   place ? arena_concat(a, place->path, more) : STR("") });
                rows++;
            }
        }
    }
    if (rows) {
        buf_byte(&cli->out, '\n');
        table_write(&t, cli->out_color, &cli->out);
    }
}

static void write_commands(Cli *cli, const AdvisePssReport *report)
{
    buf_byte(&cli->out, '\n');
    for (size_t i = 0; i < report->count && !report->per_workload; i++) {
        if (!report->items[i].is_exempt) {
            buf_add(&cli->out, advise_pss_command(&report->items[i], cli->arena));
            buf_byte(&cli->out, '\n');
        }
    }
}

static void write_table(Cli *cli, const AdvisePssReport *report)
{
    Arena *a = cli->arena;
    Table t = table_new(a, 4);
    t.trim = true;
    table_row(&t,
              (Str[]){ STR("NAMESPACE"), report->per_workload ? STR("WORKLOAD") : STR("WORKLOADS"),
                       STR("MEETS"), STR("IN THE WAY OF THE NEXT") });
    for (size_t i = 0; i < report->count; i++) {
        const AdvisePssItem *item = &report->items[i];
        table_cell(&t, item->namespace, TABLE_PLAIN);
        table_cell(&t,
                   report->per_workload ? item->workloads[0]->text
                                        : arena_printf(a, "%zu", item->count),
                   TABLE_PLAIN);
        table_cell(&t, advise_pss_level_text(item->meets, a), color_of(item->meets.level));
        table_cell(&t, first_way(item, a), TABLE_PLAIN);
    }
    table_write(&t, cli->out_color, &cli->out);
    write_ways(cli, report);
    if (!report->per_workload) {
        write_commands(cli, report);
    }
    for (size_t i = 0; i < report->count; i++) {
        const AdvisePssItem *item = &report->items[i];
        if (item->runtime_class.len) {
            buf_printf(&cli->out,
                       "\nAll that is in the way in %.*s has runtime class %.*s: where that keeps "
                       "pods apart by itself, it can be exempted (exemptions.runtimeClasses).\n",
                       STR_ARG(item->namespace), STR_ARG(item->runtime_class));
        }
    }
}

static CliStatus answer(Cli *cli, const Args *args, const PsaConfig *config,
                        const AdviseInputs *inputs)
{
    AdvisePssQuestion question = { .per_workload = str_eq(args->per, STR("workload")),
                                   .config = config };
    AdvisePssReport report;
    if (!advise_report_skipped(cli, &args->workloads, inputs)) {
        return CLI_ERROR;
    }
    if (question.per_workload && str_eq(args->output.format, STR("yaml"))) {
        return cli_usage(cli, "labels are of namespaces: -o yaml does not go with --per workload");
    }
    advise_pss(inputs, &question, cli->arena, &report);
    if (output_is(&args->output, STR("table"))) {
        write_table(cli, &report);
    } else if (output_is(&args->output, STR("yaml"))) {
        advise_pss_write_yaml(&report, &cli->out);
    } else {
        Value v = advise_pss_to_value(&report, inputs, cli->arena);
        output_value(cli, &args->output, &v);
    }
    return CLI_YES;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    const PodSecurityArgs security = { .config = args->config };
    PsaConfig config;
    AdviseAsked asked;
    (void)operands;
    if (!pod_security_read(cli, &security, &config) ||
        !advise_open(cli, &args->workloads, false, &asked)) {
        return CLI_ERROR;
    }
    CliStatus status = answer(cli, args, &config, &asked.inputs);
    advise_close(&asked);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    ADVISE_OPTION_USES(Args, workloads),
    { NULL, 0 },
};

const CliCommand cli_command_advise_pss = {
    .name = STR_INIT("pss"),
    .operands = STR_INIT("-f PATH"),
    .summary = STR_INIT("Say which Pod Security Standard workloads meet, and the labels for it"),
    .description = STR_INIT(
        "The strictest level, and of it the newest version, that admits every pod of a namespace, "
        "or of a workload; the fields in the way of the next stricter one; and the labels to set: "
        "enforce what is met, audit and warn of the next.\n"
        "Exit status: 0, the advice is printed; 2, the call or its input is wrong."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
