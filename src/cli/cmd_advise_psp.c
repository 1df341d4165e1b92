/* SPDX-License-Identifier: Apache-2.0 */
/* podgate advise psp: the strictest PodSecurityPolicy that still admits the workloads. */
#include "analyze/advise/psp.h"
#include "cli/advise.h"
#include "cli/table.h"
#include "doc/json.h"
#include "doc/pointer.h"

typedef struct Args {
    Str per;
    Str name;
    bool grant;
    bool prove;
    OutputArgs output;
    AdviseArgs workloads;
} Args;

static const Str per_names[] = { STR_INIT("workload"), STR_INIT("service-account"),
                                 STR_INIT("namespace"), STR_INIT("all") };
static const AdvisePer per_values[] = { ADVISE_PER_WORKLOAD, ADVISE_PER_ACCOUNT,
                                        ADVISE_PER_NAMESPACE, ADVISE_PER_ALL };
static const Str formats[] = { STR_INIT("yaml"), STR_INIT("table"), STR_INIT("json") };

static const CliOption options[] = {
    { .name = STR_INIT("per"),
      .kind = CLI_CHOICE,
      .offset = offsetof(Args, per),
      .value = STR_INIT("WHAT"),
      .help = STR_INIT("a policy for each workload, service-account or namespace, or one for all "
                       "(default)"),
      .choices = { per_names, COUNT_OF(per_names) } },
    { .name = STR_INIT("name"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, name),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("the name of the policy, or what the names of several begin with (default: "
                       "advised)") },
    { .name = STR_INIT("grant"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, grant),
      .help = STR_INIT("add the role and the bindings that let the workloads use the policy") },
    { .name = STR_INIT("prove"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, prove),
      .help = STR_INIT(
          "show the proof: who is refused without each thing that the policy allows") },
    OUTPUT_ROW(Args, output.format, formats, COUNT_OF(formats),
               "yaml (default), to be applied, with the evidence as comments; table; or "
               "json, a report"),
};

static const CliOptionGroup group = { STR_INIT("The advice"), options, COUNT_OF(options) };

static Str value_text(const AdvisePsp *psp, const AdviseLine *line, Arena *a)
{
    const Value *v = pointer_get(&psp->policy, line->path, a);
    if (!v || v->kind == VALUE_STRING) {
        return v ? value_as_str(v) : STR("");
    }
    Buf b = buf_new(a);
    /* of a range the line is that of its first number */
    if (str_ends_with(line->path, STR("/min"))) {
        Str range = str_cut_suffix(line->path, STR("/min"));
        const Value *max = value_get_lit(pointer_get(&psp->policy, range, a), "max");
        json_write(v, &b);
        if (max && !value_equal(max, v)) {
            buf_byte(&b, '-');
            json_write(max, &b);
        }
        return buf_str(&b);
    }
    json_write(v, &b);
    return buf_str(&b);
}

/* "/spec/hostPorts/0/min" is "hostPorts". */
static Str field_text(Str path, Arena *a)
{
    Str rest = path;
    Str name;
    Str field = STR("");
    size_t index;
    while (pointer_next(&rest, a, &name)) {
        bool is_part = str_eq(name, STR("spec")) || str_eq(name, STR("metadata")) ||
                       str_eq(name, STR("min")) || str_eq(name, STR("ranges")) ||
                       str_eq(name, STR("annotations")) || pointer_index(name, &index);
        if (!is_part) {
            field = field.len ? arena_printf(a, "%.*s.%.*s", STR_ARG(field), STR_ARG(name)) : name;
        }
    }
    return field;
}

static void write_policy(Cli *cli, const Args *args, const AdvisePsp *psp)
{
    Arena *a = cli->arena;
    Table t = table_new(a, 3);
    buf_printf(&cli->out, "PodSecurityPolicy %.*s, for %zu workload%s\n", STR_ARG(psp->name),
               psp->workload_count, psp->workload_count == 1 ? "" : "s");
    table_row(&t, (Str[]){ STR("FIELD"), STR("VALUE"), STR("WHY") });
    for (const AdviseLine *line = psp->lines; line; line = line->next) {
        table_cell(&t, field_text(line->path, a), TABLE_PLAIN);
        table_cell(&t, value_text(psp, line, a), TABLE_PLAIN);
        table_cell(&t, line->text, line->evidence ? TABLE_PLAIN : TABLE_DIM);
    }
    table_write(&t, cli->out_color, &cli->out);
    if (!args->prove) {
        return;
    }
    Table proof = table_new(a, 3);
    buf_byte(&cli->out, '\n');
    table_row(&proof, (Str[]){ STR("WITHOUT"), STR("WORKLOAD"), STR("OUTCOME") });
    for (size_t i = 0; i < psp->taken_count; i++) {
        const AdviseTaken *taken = &psp->taken[i];
        table_row(&proof,
                  (Str[]){ taken->what,
                           arena_printf(a, "%.*s/%.*s", STR_ARG(taken->pod->workload->namespace),
                                        STR_ARG(taken->pod->workload->text)),
                           taken->how });
    }
    table_write(&proof, cli->out_color, &cli->out);
}

static void write_table(Cli *cli, const Args *args, const AdvisePspReport *report)
{
    for (size_t i = 0; i < report->count; i++) {
        buf_add(&cli->out, i ? STR("\n") : STR(""));
        write_policy(cli, args, &report->policies[i]);
    }
    buf_printf(
        &cli->out,
        "\nProof: %zu pod%s admitted again as they are; %zu things taken away, each needed\n",
        report->pod_count, report->pod_count == 1 ? "" : "s", report->grant_count);
}

static AdvisePer per_of(Str name)
{
    for (size_t i = 0; i < COUNT_OF(per_names); i++) {
        if (str_eq(per_names[i], name)) {
            return per_values[i];
        }
    }
    return ADVISE_PER_ALL;
}

static CliStatus answer(Cli *cli, const Args *args, AdviseInputs *inputs)
{
    AdvisePspQuestion question = { .per = per_of(args->per), .name = args->name };
    AdvisePspReport report;
    Err err;
    if (!advise_psp(inputs, &question, cli->arena, &report, &err)) {
        return cli_fail(cli, &err);
    }
    if (!advise_report_skipped(cli, &args->workloads, inputs)) {
        return CLI_ERROR;
    }
    for (const AnalyzeNote *n = report.notes.first; n; n = n->next) {
        cli_warn(cli, "%.*s", STR_ARG(n->text));
    }
    if (str_eq(args->output.format, STR("table"))) {
        write_table(cli, args, &report);
    } else if (str_eq(args->output.format, STR("json"))) {
        Value v = advise_psp_to_value(&report, inputs, args->prove, cli->arena);
        output_value(cli, &args->output, &v);
    } else {
        const AdvisePspYaml how = { .with_grants = args->grant, .with_proof = args->prove };
        advise_psp_write_yaml(&report, how, &cli->out);
    }
    return CLI_YES;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    AdviseAsked asked;
    (void)operands;
    if (!advise_open(cli, &args->workloads, false, &asked)) {
        return CLI_ERROR;
    }
    CliStatus status = answer(cli, args, &asked.inputs);
    advise_close(&asked);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    ADVISE_OPTION_USES(Args, workloads),
    { NULL, 0 },
};

const CliCommand cli_command_advise_psp = {
    .name = STR_INIT("psp"),
    .operands = STR_INIT("-f PATH"),
    .summary = STR_INIT("Write the strictest PodSecurityPolicy that admits workloads as they are"),
    .description = STR_INIT(
        "Every pod is looked at as the API server would, those that run beside their workload's "
        "template. The policy allows what they ask for and nothing else, and sets nothing by "
        "default, since that could break them. Each line says who needs it.\n"
        "The policy is proved before it is printed: every pod is admitted again, and whatever is "
        "taken away from it, some pod is refused, or would be changed.\n"
        "Exit status: 0, the policy is printed; 2, the call or its input is wrong."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
