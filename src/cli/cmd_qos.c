/* SPDX-License-Identifier: Apache-2.0 */
/* podgate qos: which class do pods get, why, and which goes first when memory is short? */
#include "analyze/objects.h"
#include "analyze/qos.h"
#include "cli/fields.h"
#include "cli/given.h"
#include "cli/output.h"
#include "cli/state.h"
#include "cli/table.h"
#include "kube/quantity.h"

#include <stdint.h>

typedef struct Args {
    StrList files;
    Str namespace;
    Str node_memory;
    OutputArgs output;
    StateArgs state;
} Args;

static const CliOption options[] = {
    GIVEN_FILES_ROW(Args, files,
                    "what is looked at: a file, a folder, or - for standard input; "
                    "repeatable. Without it: what --state holds"),
    GIVEN_NAMESPACE_ROW(Args, namespace, GIVEN_NAMESPACE_HELP),
    { .name = STR_INIT("node-memory"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, node_memory),
      .value = STR_INIT("QUANTITY"),
      .help = STR_INIT("the memory of nodes that the state does not hold, such as 16Gi") },
};

static const CliOptionGroup group = { STR_INIT("The question"), options, COUNT_OF(options) };

static TableColor color_of(PodQos qos)
{
    return qos == POD_QOS_GUARANTEED    ? TABLE_GREEN
           : qos == POD_QOS_BEST_EFFORT ? TABLE_RED
                                        : TABLE_YELLOW;
}

/* "750", or where containers differ "web=750 log=999"; "2..999" where the node is not known. */
static Str score_text(const QosItem *item, Arena *a)
{
    Buf b = buf_new(a);
    bool same = true;
    for (size_t i = 0; i < item->container_count; i++) {
        const QosContainer *c = &item->containers[i];
        if (!c->oom_score_adjust.set) {
            return arena_printf(a, "%d..%d", POD_OOM_BURSTABLE_MIN, POD_OOM_BURSTABLE_MAX);
        }
        same &= c->oom_score_adjust.value == item->containers[0].oom_score_adjust.value;
    }
    for (size_t i = 0; i < item->container_count && !(same && i > 0); i++) {
        const QosContainer *c = &item->containers[i];
        buf_add(&b, i ? STR(" ") : STR(""));
        if (!same) {
            buf_add(&b, c->name);
            buf_byte(&b, '=');
        }
        buf_printf(&b, "%lld", (long long)c->oom_score_adjust.value);
    }
    return buf_str(&b);
}

static void write_table(Cli *cli, const QosReport *report)
{
    Arena *a = cli->arena;
    bool has_nodes = false;
    for (size_t i = 0; i < report->count; i++) {
        has_nodes |= report->items[i].node.len > 0;
    }
    Table t = table_new(a, has_nodes ? 8 : 7);
    if (has_nodes) {
        table_cell(&t, STR("NODE"), TABLE_PLAIN);
    }
    static const Str heads[] = { STR_INIT("NAMESPACE"), STR_INIT("OBJECT"),   STR_INIT("CLASS"),
                                 STR_INIT("OOM SCORE"), STR_INIT("PRIORITY"), STR_INIT("EVICTED"),
                                 STR_INIT("WHY") };
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        table_cell(&t, heads[i], TABLE_PLAIN);
    }
    for (size_t i = 0; i < report->count; i++) {
        const QosItem *item = &report->items[i];
        if (has_nodes) {
            table_cell(&t, item->node.len ? item->node : STR("<none>"), TABLE_PLAIN);
        }
        table_cell(&t, item->namespace, TABLE_PLAIN);
        table_cell(&t, kube_object_text(&item->kind, item->name, a), TABLE_PLAIN);
        table_cell(&t, pod_qos_name(item->answer.qos), color_of(item->answer.qos));
        table_cell(&t, score_text(item, a), TABLE_PLAIN);
        table_cell(&t, arena_printf(a, "%lld", (long long)item->priority), TABLE_PLAIN);
        table_cell(&t, item->evicted ? arena_printf(a, "%zu", item->evicted) : STR("never"),
                   TABLE_PLAIN);
        table_cell(&t, qos_reason_text(&item->answer, a), TABLE_PLAIN);
    }
    table_write(&t, cli->out_color, &cli->out);
}

static bool read_memory(const Cli *cli, Str text, int64_t *bytes)
{
    Quantity q;
    Err err;
    *bytes = 0;
    if (!text.ptr) {
        return true;
    }
    if (!quantity_parse(text, cli->arena, &q, &err) || quantity_sign(&q) <= 0) {
        cli_usage(cli, "--node-memory is an amount of memory such as 16Gi, not \"%.*s\"",
                  STR_ARG(text));
        return false;
    }
    *bytes = quantity_value(&q);
    return true;
}

static CliStatus answer(Cli *cli, const Args *args, const State *state, FileObjects *objects,
                        int64_t node_memory)
{
    objects_fill_namespaces(objects, given_namespace(args->namespace), cli->arena);
    QosQuestion question = {
        .objects = objects,
        .node_memory = node_memory,
        .target = &state->target,
    };
    QosReport report;
    Err err;
    if (!qos_ask(state->snapshot, &question, cli->arena, &report, &err)) {
        return cli_fail(cli, &err);
    }
    for (const AnalyzeNote *note = report.notes.first; note; note = note->next) {
        cli_warn(cli, "%.*s", STR_ARG(note->text));
    }
    if (output_is(&args->output, STR("table"))) {
        write_table(cli, &report);
    } else {
        Value v = qos_to_value(&report, cli->arena);
        output_value(cli, &args->output, &v);
    }
    qos_report_done(&report);
    return CLI_YES;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    Args *args = arguments;
    StrList files;
    if (!given_files(cli, args->files, operands, &files)) {
        return CLI_ERROR;
    }
    if (files.count == 0 && args->state.paths.count == 0) {
        return cli_usage(cli, "-f or --state says what is looked at");
    }
    int64_t node_memory;
    FileObjects objects = { 0 };
    State state;
    if (!given_stdin_once(cli, files, args->state.paths) ||
        !read_memory(cli, args->node_memory, &node_memory) ||
        (files.count && !state_read_files(cli, files, &objects)) ||
        !state_open(cli, &args->state, &state)) {
        return CLI_ERROR;
    }
    if (files.count == 0) {
        objects = state.objects;
    }
    CliStatus status = files.count == 0 ||
                               fields_check(cli, &objects, &state.target, args->state.strict)
                           ? answer(cli, args, &state, &objects, node_memory)
                           : CLI_ERROR;
    state_close(&state);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &output_data_options, offsetof(Args, output) },
    { &state_options, offsetof(Args, state) },
    { NULL, 0 },
};

const CliCommand cli_command_qos = {
    .name = STR_INIT("qos"),
    .operands = STR_INIT("-f PATH"),
    .operands_max = SIZE_MAX,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT("Say which QoS class pods get, why, and which is evicted first"),
    .description = STR_INIT(
        "Pods, and the pods that workloads make, are looked at with the defaults of the API server "
        "and of the namespace's limit ranges. For each: its quality-of-service class and what "
        "makes "
        "it no better, the OOM score adjustment that the kubelet sets, and when its node evicts it "
        "for want of memory.\nExit status: 0."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
