/* SPDX-License-Identifier: Apache-2.0 */
/* podgate rbac graph: who is bound to what, as a picture. */
#include "analyze/rbac/graph.h"
#include "analyze/rbac/subject.h"
#include "cli/rbac.h"

typedef struct Args {
    Str who;
    Str verb;
    Str resource;
    Str namespace;
    bool defaults;
    bool whole;
    bool no_legend;
    OutputArgs output;
    SourceArgs source;
} Args;

static const CliOption options[] = {
    { .name = STR_INIT("who"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, who),
      .value = STR_INIT("SUBJECT"),
      .help = STR_INIT("only what binds user:NAME, group:NAME or sa:NAMESPACE/NAME, or a group "
                       "that it is in") },
    { .name = STR_INIT("resource"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, resource),
      .value = STR_INIT("RESOURCE[.GROUP][/SUBRESOURCE]"),
      .help = STR_INIT("only roles with a rule about it, and their bindings") },
    { .name = STR_INIT("verb"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, verb),
      .value = STR_INIT("VERB"),
      .help = STR_INIT("only roles with a rule that grants it (on --resource)") },
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(Args, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("only the namespace, and what binds its service accounts cluster-wide") },
    { .name = STR_INIT("defaults"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, defaults),
      .help = STR_INIT("also what Kubernetes makes by itself") },
    { .name = STR_INIT("whole"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, whole),
      .help = STR_INIT("draw every object, also where more than 500 are") },
    { .name = STR_INIT("no-legend"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, no_legend),
      .help = STR_INIT("leave the legend out") },
};
static const CliOptionGroup group = { STR_INIT("What is drawn"), options, COUNT_OF(options) };

static const Str formats[] = { STR_INIT("dot"), STR_INIT("svg"), STR_INIT("json"),
                               STR_INIT("yaml") };
static const CliOption format_rows[] = {
    OUTPUT_ROW(OutputArgs, format, formats, COUNT_OF(formats),
               "dot (default), json, yaml, or svg, for which Graphviz must be there"),
};
static const CliOptionGroup format_options = { STR_INIT("The result"), format_rows,
                                               COUNT_OF(format_rows) };

static bool write_graph(Cli *cli, const Args *args, const RbacGraph *graph)
{
    Value v = rbac_graph_to_value(graph, cli->arena);
    if (output_value(cli, &args->output, &v)) {
        return true;
    }
    if (!output_is(&args->output, STR("svg"))) {
        rbac_graph_write_dot(graph, !args->no_legend, &cli->out);
        return true;
    }
    Buf text = buf_new(cli->arena);
    rbac_graph_write_dot(graph, !args->no_legend, &text);
    static const char *const dot[] = { "dot", "-Tsvg", NULL };
    return rbac_filter(cli, dot, buf_str(&text), &cli->out);
}

static CliStatus answer(Cli *cli, const Args *args, const RbacInventory *inventory)
{
    UserInfo who;
    Err err;
    if (args->who.ptr && !rbac_subject_parse(args->who, cli->arena, &who, &err)) {
        return cli_usage(cli, "--who: %.*s", STR_ARG(err.msg));
    }
    RbacGraphQuestion question = {
        .who = args->who.ptr ? &who : NULL,
        .verb = args->verb,
        .namespace = args->namespace,
        .defaults = args->defaults,
        .whole = args->whole,
    };
    if (args->resource.ptr) {
        RbacResource resource = rbac_resource_read(cli, inventory->cluster, args->resource);
        question.group = resource.group;
        question.resource = resource.resource;
        question.subresource = resource.subresource;
    }
    RbacGraph graph;
    rbac_graph_make(inventory, &question, cli->arena, &graph);
    if (!inventory->cluster->knows_accounts) {
        cli_warn(cli, "there are no service accounts among the objects: which of them are missing "
                      "is not known");
    }
    if (!graph.node_count) {
        cli_warn(cli, "there is nothing to draw");
    }
    return write_graph(cli, args, &graph) ? CLI_YES : CLI_ERROR;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    (void)operands;
    State state;
    RbacInventory inventory;
    if (!rbac_open(cli, &args->source, &rbac_source_options, &state, &inventory)) {
        return CLI_ERROR;
    }
    CliStatus status = answer(cli, args, &inventory);
    rbac_close(&state, &inventory);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &format_options, offsetof(Args, output) },
    SOURCE_OPTION_USES(Args, source),
    { NULL, 0 },
};

const CliCommand cli_command_rbac_graph = {
    .name = STR_INIT("graph"),
    .summary = STR_INIT("Draw who is bound to what, for Graphviz"),
    .description = STR_INIT(
        "Subjects, bindings, roles and their rules, and the pod security policies that those "
        "name; what is referred to and not there is drawn with a red dotted line. More than 500 "
        "nodes are drawn as one box for all namespaces that look alike.\nkubectl get "
        "sa,roles,rolebindings,clusterroles,clusterrolebindings -A -o json | podgate rbac graph "
        "--state - | dot -Tsvg\nExit status: 0."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
