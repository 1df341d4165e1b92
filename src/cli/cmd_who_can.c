/* SPDX-License-Identifier: Apache-2.0 */
/* podgate who-can: every subject that may do this, and the bindings that say so. */
#include "analyze/grant.h"
#include "analyze/rbac/report.h"
#include "cli/output.h"
#include "cli/question.h"
#include "cli/source.h"
#include "cli/table.h"

#include <stdlib.h>

typedef struct Args {
    Str namespace;
    bool all_namespaces;
    Str subresource;
    bool members;
    bool no_headers;
    OutputArgs output;
    SourceArgs source;
} Args;

enum { WARNINGS_MAX = 50 }; /* of one kind; the rest is counted */

static const CliOption options[] = {
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(Args, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("ask about this namespace alone") },
    { .name = STR_INIT("all-namespaces"),
      .letter = 'A',
      .kind = CLI_FLAG,
      .offset = offsetof(Args, all_namespaces),
      .help = STR_INIT("ask about all namespaces: the default") },
    { .name = STR_INIT("subresource"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, subresource),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("a part of the resource: log, exec, scale, status") },
    { .name = STR_INIT("members"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, members),
      .help = STR_INIT("list the users and service accounts that a group stands for as well") },
    { .name = STR_INIT("no-headers"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, no_headers),
      .help = STR_INIT("leave the headings out") },
};

static const CliOptionGroup group = { STR_INIT("The question"), options, COUNT_OF(options) };

/* -- the table --------------------------------------------------------------------------------- */

/* A subject and one binding that gives it what was asked about. */
typedef struct Line {
    RbacSubjectKey subject;
    const WhoCanGrant *grant;
} Line;

static int by_line(const void *left, const void *right)
{
    const Line *a = left;
    const Line *b = right;
    int order = rbac_subject_key_cmp(&a->subject, &b->subject);
    return order ? order : (a->grant > b->grant) - (a->grant < b->grant);
}

static size_t lines_of(WhoCanGrants grants, Arena *a, Line **out)
{
    size_t max = 0;
    for (size_t i = 0; i < grants.count; i++) {
        max += grants.items[i].of->binding->subject_count;
    }
    *out = new(a, Line, max + 1);
    size_t count = 0;
    for (size_t i = 0; i < grants.count; i++) {
        const RbacBinding *b = grants.items[i].of->binding;
        for (uint32_t k = 0; k < b->subject_count; k++) {
            if (b->subjects[k].kind != RBAC_SUBJECT_NOBODY) {
                (*out)[count++] = (Line){ rbac_subject_key(&b->subjects[k]), &grants.items[i] };
            }
        }
    }
    qsort(*out, count, sizeof(**out), by_line);
    return count;
}

static Str join(StrList list, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < list.count; i++) {
        buf_add(&b, i ? STR(",") : STR(""));
        buf_add(&b, list.items[i]);
    }
    return buf_str(&b);
}

static void add_grants(Table *t, WhoCanGrants grants, bool has_names, Arena *a)
{
    Line *lines;
    size_t count = lines_of(grants, a, &lines);
    for (size_t i = 0; i < count; i++) {
        if (i && !by_line(&lines[i - 1], &lines[i])) {
            continue; /* a binding that names it twice */
        }
        const RbacBinding *b = lines[i].grant->of->binding;
        Str namespace = rbac_binding_namespace(b);
        table_row(t, (Str[]){ rbac_subject_key_text(&lines[i].subject, a),
                              namespace.len ? namespace : STR("*"), grant_binding_text(b, a),
                              grant_role_text(b, a),
                              has_names ? join(lines[i].grant->names, a) : STR("") });
    }
}

/* Those that no binding names: they are what a group stands for. */
static void add_members(Table *t, RbacCluster *c, WhoCanGrants grants, Arena *a)
{
    WhoCanSubjects subjects = who_can_subjects(c, grants, a);
    for (size_t i = 0; i < subjects.count; i++) {
        const WhoCanSubject *s = &subjects.items[i];
        for (size_t k = 0; k < s->via_count; k++) {
            const WhoCanVia *via = &s->via[k];
            if (s->key.kind == SUBJECT_GROUP || rbac_subject_key_equal(&via->as, &s->key)) {
                continue;
            }
            for (size_t g = 0; g < via->count; g++) {
                const RbacBinding *b = via->grants[g]->of->binding;
                Str namespace = rbac_binding_namespace(b);
                table_row(
                    t, (Str[]){ rbac_subject_key_text(&s->key, a),
                                namespace.len ? namespace : STR("*"), grant_binding_text(b, a),
                                grant_role_text(b, a),
                                arena_concat(a, STR("as "), rbac_subject_key_text(&via->as, a)) });
            }
        }
    }
}

static Table start_table(const Args *args, size_t columns, Str last, Arena *a)
{
    Table t = table_new(a, columns);
    t.trim = true;
    if (!args->no_headers) {
        table_row(
            &t, (Str[]){ STR("SUBJECT"), STR("IN NAMESPACE"), STR("BINDING"), STR("ROLE"), last });
    }
    return t;
}

static void write_table(Cli *cli, const Args *args, RbacCluster *c, const WhoCan *answer)
{
    Arena *a = cli->arena;
    Table t = args->members ? start_table(args, 5, STR("THROUGH"), a)
                            : start_table(args, 4, STR(""), a);
    add_grants(&t, answer->grants, false, a);
    if (args->members) {
        add_members(&t, c, answer->grants, a);
    }
    Str everywhere = STR("*");
    table_row(&t, (Str[]){ STR("Group " RBAC_GROUP_MASTERS), everywhere, STR("<none>"),
                           STR("<may everything>"), STR("") });
    if (who_can_every_node(c, &answer->question, a)) {
        table_row(&t, (Str[]){ STR("Group system:nodes"), everywhere, STR("<none>"),
                               STR("<Node authorizer>"), STR("") });
    }
    table_write(&t, false, &cli->out);
    if (answer->named.count) {
        buf_lit(&cli->out, "\nSome names only:\n");
        t = start_table(args, 5, STR("NAMES"), a);
        add_grants(&t, answer->named, true, a);
        table_write(&t, false, &cli->out);
    }
}

static void write_names(Cli *cli, const WhoCan *answer)
{
    Line *lines;
    size_t count = lines_of(answer->grants, cli->arena, &lines);
    for (size_t i = 0; i < count; i++) {
        if (!i || rbac_subject_key_cmp(&lines[i - 1].subject, &lines[i].subject)) {
            buf_add(&cli->out, rbac_subject_key_text(&lines[i].subject, cli->arena));
            buf_byte(&cli->out, '\n');
        }
    }
}

/* -- what is not as it should be --------------------------------------------------------------- */

static void warn_about(const Cli *cli, const RbacDangling *d, size_t i, size_t count,
                       const char *meaning)
{
    if (i < WARNINGS_MAX) {
        cli_warn(cli, "%.*s: %s", STR_ARG(rbac_dangling_text(d, cli->arena)), meaning);
    } else if (i == WARNINGS_MAX) {
        cli_warn(cli, "and %zu more such bindings (-o json lists them)", count - i);
    }
}

static void warn(const Cli *cli, RbacCluster *c, const WhoCan *answer)
{
    for (size_t i = 0; i < answer->broken.count; i++) {
        RbacDangling d = { RBAC_DANGLING_ROLE, answer->broken.items[i].of->binding, NULL };
        warn_about(cli, &d, i, answer->broken.count, "it grants nothing");
    }
    WhoCanMissing missing = who_can_missing_accounts(c, answer, cli->arena);
    for (size_t i = 0; i < missing.count; i++) {
        warn_about(cli, &missing.items[i], i, missing.count, "whoever creates it may do this");
    }
}

/* -- the answer -------------------------------------------------------------------------------- */

static CliStatus answer(Cli *cli, const Args *args, const State *state, StrList operands)
{
    RbacCluster *c = rbac_cluster_new(state->snapshot, &state->target, cli->arena);
    WhoCanQuestion question;
    if (!question_read(cli, c, operands.items[0], operands.items[1], args->subresource,
                       args->source.fail_on_unknown, &question)) {
        return CLI_ERROR;
    }
    if (args->namespace.ptr && !question.namespaced && question.is_resource) {
        cli_warn(cli, "%.*s are in no namespace: RoleBindings grant nothing of them",
                 STR_ARG(question.resource));
    }
    question.namespace = args->namespace;
    WhoCan found;
    who_can(c, &question, cli->arena, &found);
    warn(cli, c, &found);
    if (output_is(&args->output, STR("name"))) {
        write_names(cli, &found);
    } else if (output_is(&args->output, STR("table"))) {
        write_table(cli, args, c, &found);
    } else {
        Value v = who_can_to_value(c, &found, cli->arena);
        output_value(cli, &args->output, &v);
    }
    return found.grants.count ? CLI_YES : CLI_NO;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    State state;
    if (args->namespace.ptr && args->all_namespaces) {
        return cli_usage(cli, "--namespace and --all-namespaces exclude each other");
    }
    if (args->namespace.ptr && !args->namespace.len) {
        return cli_usage(cli, "--namespace needs a name");
    }
    if (!source_open(cli, &args->source, &(SourceOptions){ 0 }, &state)) {
        return CLI_ERROR;
    }
    CliStatus status = answer(cli, args, &state, operands);
    state_close(&state);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &output_options, offsetof(Args, output) },
    SOURCE_OPTION_USES(Args, source),
    { NULL, 0 },
};

const CliCommand cli_command_who_can = {
    .name = STR_INIT("who-can"),
    .operands = STR_INIT("VERB RESOURCE[.GROUP][/NAME] | VERB /URL"),
    .operands_min = 2,
    .operands_max = 2,
    .summary = STR_INIT("Say who may do something, and through which binding and role"),
    .description = STR_INIT(
        "Every subject that a binding lets do it, cluster-wide or in which namespaces. RESOURCE is "
        "anything that kubectl takes: pods, po, Deployment, pods/log, widgets.example.org; or a "
        "URL such as /healthz. Members of system:masters may everything and are always "
        "listed.\nExit status 1: nobody may but they."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
