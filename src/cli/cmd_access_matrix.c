/* SPDX-License-Identifier: Apache-2.0 */
/* podgate access-matrix: what a subject may do, resources by verbs; or who may, subjects by verbs.
 */
#include "analyze/rbac/report.h"
#include "cli/access_matrix.h"
#include "cli/output.h"
#include "cli/question.h"
#include "cli/source.h"
#include "cli/user.h"
#include "decide/rbac/impersonate.h"

typedef struct Args {
    UserArgs user;
    Str sa;
    Str resource; /* of --for */
    Str subresource;
    Str namespace;
    bool all_namespaces;
    StrList verbs;
    StrList diff_with;
    bool members;
    bool subresources;
    bool no_headers;
    Str format;
    SourceArgs source;
} Args;

static const Str formats[] = { STR_INIT("table"), STR_INIT("icon"), STR_INIT("ascii"),
                               STR_INIT("csv"),   STR_INIT("json"), STR_INIT("yaml") };

static const CliOption options[] = {
    { .name = STR_INIT("sa"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, sa),
      .value = STR_INIT("NS:NAME"),
      .help = STR_INIT("a service account as the subject; NAME alone with --namespace") },
    { .name = STR_INIT("for"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, resource),
      .value = STR_INIT("RESOURCE[.GROUP][/NAME]"),
      .help = STR_INIT("the subjects that have access to this resource, instead of the resources "
                       "that a subject has access to") },
    { .name = STR_INIT("subresource"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, subresource),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("with --for, a part of the resource: log, exec, scale, status") },
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(Args, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("in this namespace alone, and only resources that are in namespaces") },
    { .name = STR_INIT("all-namespaces"),
      .letter = 'A',
      .kind = CLI_FLAG,
      .offset = offsetof(Args, all_namespaces),
      .help = STR_INIT("cluster-wide and in each namespace: the default") },
    { .name = STR_INIT("verbs"),
      .kind = CLI_LIST,
      .offset = offsetof(Args, verbs),
      .value = STR_INIT("VERB[,VERB]..."),
      .help = STR_INIT("the columns; all for all that there are (default: those of requests)") },
    { .name = STR_INIT("diff-with"),
      .kind = CLI_LIST,
      .offset = offsetof(Args, diff_with),
      .value = STR_INIT("SUBJECT"),
      .help = STR_INIT(
          "show only what another subject has otherwise: USER, user=USER, group=GROUP, "
          "sa=NS:NAME, or namespace=NS for the same one elsewhere; repeatable") },
    { .name = STR_INIT("members"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, members),
      .help = STR_INIT("with --for, list the users and service accounts that a group stands for as "
                       "well") },
    { .name = STR_INIT("subresources"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, subresources),
      .help = STR_INIT("list subresources without access too") },
    { .name = STR_INIT("no-headers"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, no_headers),
      .help = STR_INIT("leave the headings out") },
    OUTPUT_ROW(Args, format, formats, COUNT_OF(formats),
               "table or icon (default), ascii, csv, json or yaml"),
};

static const CliOptionGroup group = { STR_INIT("The matrix"), options, COUNT_OF(options) };

/* -- whose ------------------------------------------------------------------------------------- */

/* Whose matrix, and where. */
typedef struct Side {
    UserInfo user;
    Str namespace; /* absent: all */
} Side;

/* NS:NAME, or NAME in namespace. */
static bool read_account(const Cli *cli, Str text, Str namespace, UserInfo *out)
{
    Str ns, name;
    if (!str_split_once(text, ':', &ns, &name)) {
        name = text;
        ns = namespace;
    }
    if (!ns.len || !name.len || str_index_byte(name, ':') >= 0) {
        cli_usage(cli, "a service account is NS:NAME, or NAME with --namespace: \"%.*s\"",
                  STR_ARG(text));
        return false;
    }
    *out = rbac_cluster_user(SUBJECT_SERVICE_ACCOUNT, ns, name, cli->arena);
    return true;
}

static bool read_side(const Cli *cli, const Args *args, const State *state, Side *out)
{
    out->namespace = args->namespace;
    if (args->sa.ptr) {
        return read_account(cli, args->sa, args->namespace, &out->user);
    }
    if (!args->user.as.ptr && !args->user.groups.count && live_is_asked(&args->source.live)) {
        return source_self(cli, &args->source, &out->user);
    }
    if (!args->user.as.ptr && args->user.groups.count) {
        /* of somebody without a name who is in them */
        out->user = rbac_impersonated_user(STR(""), args->user.groups, cli->arena);
        return true;
    }
    user_warn(cli, &args->user, state->facts, state->namespaces);
    return user_read(cli, &args->user, &out->user);
}

static bool read_difference(const Cli *cli, Str text, Side *side, StrList *groups)
{
    Str key, value;
    if (!str_split_once(text, '=', &key, &value)) {
        key = STR("user");
        value = text;
    }
    if (!value.len) {
        cli_usage(cli, "--diff-with: \"%.*s\" names nobody", STR_ARG(text));
        return false;
    }
    if (str_eq(key, STR("user")) || str_eq(key, STR("as"))) {
        side->user = rbac_cluster_user(SUBJECT_USER, STR(""), value, cli->arena);
    } else if (str_eq(key, STR("group")) || str_eq(key, STR("as-group"))) {
        ((Str *)(uintptr_t)groups->items)[groups->count++] = value;
    } else if (str_eq(key, STR("sa"))) {
        return read_account(cli, value, side->namespace, &side->user);
    } else if (str_eq(key, STR("namespace")) || str_eq(key, STR("n"))) {
        side->namespace = value;
    } else {
        cli_usage(cli, "--diff-with: user, group, sa or namespace, not \"%.*s\"", STR_ARG(key));
        return false;
    }
    return true;
}

/* The first side with what --diff-with says instead. */
static bool read_other_side(const Cli *cli, const Args *args, const Side *first, Side *out)
{
    *out = *first;
    out->user.name = STR_ABSENT;
    StrList groups = { new(cli->arena, Str, args->diff_with.count), 0 };
    for (size_t i = 0; i < args->diff_with.count; i++) {
        if (!read_difference(cli, args->diff_with.items[i], out, &groups)) {
            return false;
        }
    }
    if (groups.count) {
        out->user = rbac_impersonated_user(out->user.name.ptr ? out->user.name : STR(""), groups,
                                           cli->arena);
    } else if (!out->user.name.ptr) {
        out->user = first->user;
    }
    return true;
}

/* -- columns ----------------------------------------------------------------------------------- */

static int place_of(Str verb)
{
    for (int i = 0; i < RBAC_CATALOGUE_VERBS; i++) {
        if (str_eq(rbac_catalogue_verb(i), verb)) {
            return i;
        }
    }
    return -1;
}

static bool add_verb(const Cli *cli, Str verb, int *verbs, size_t *count)
{
    if (str_eq(verb, STR("all")) || str_eq(verb, STR("*"))) {
        for (*count = 0; *count < RBAC_CATALOGUE_VERBS; ++*count) {
            verbs[*count] = (int)*count;
        }
        return true;
    }
    int place = place_of(verb);
    if (place < 0) {
        cli_usage(cli, "--verbs: there is no verb \"%.*s\"", STR_ARG(verb));
        return false;
    }
    for (size_t i = 0; i < *count; i++) {
        if (verbs[i] == place) {
            return true;
        }
    }
    verbs[(*count)++] = place;
    return true;
}

/* special: the verbs of a resource that no request has, where there is one resource only. */
static bool read_look(const Cli *cli, const Args *args, unsigned special, MatrixLook *out)
{
    static const char *const usual[] = { "get",    "list",  "watch",  "create",
                                         "update", "patch", "delete", "deletecollection" };
    int *verbs = new(cli->arena, int, RBAC_CATALOGUE_VERBS);
    *out = (MatrixLook){ .verbs = verbs,
                         .all_parts = args->subresources,
                         .no_headers = args->no_headers,
                         .has_others = !args->verbs.count && !args->resource.ptr };
    out->form = str_eq(args->format, STR("ascii")) ? MATRIX_ASCII
                : str_eq(args->format, STR("csv")) ? MATRIX_CSV
                                                   : MATRIX_ICONS;
    for (size_t i = 0; i < args->verbs.count; i++) {
        Str rest = args->verbs.items[i];
        Str verb;
        while (str_next_piece(&rest, ',', &verb)) {
            if (!add_verb(cli, verb, verbs, &out->verb_count)) {
                return false;
            }
        }
    }
    for (size_t i = 0; !args->verbs.count && i < COUNT_OF(usual); i++) {
        verbs[out->verb_count++] = place_of(str_from_c(usual[i]));
    }
    for (int i = RESOURCE_VERB_COUNT; !args->verbs.count && i < RBAC_CATALOGUE_VERBS; i++) {
        if (special >> i & 1) {
            verbs[out->verb_count++] = i;
        }
    }
    return true;
}

/* True when the format is json or yaml. */
static bool write_value(Cli *cli, const Args *args, const Value *v)
{
    OutputArgs output = { args->format };
    return output_value(cli, &output, v);
}

static bool is_data(const Args *args)
{
    return str_eq(args->format, STR("json")) || str_eq(args->format, STR("yaml"));
}

/* -- of a subject ------------------------------------------------------------------------------ */

static bool has_access(const Matrix *m)
{
    for (size_t i = 0; i < m->resources.count; i++) {
        if (m->rows[i].yes | m->rows[i].some | m->rows[i].named) {
            return true;
        }
    }
    return false;
}

static CliStatus compare(Cli *cli, const Args *args, RbacCluster *c, const MatrixLook *look,
                         const Side *first, const Matrix *from)
{
    Side other;
    if (!read_other_side(cli, args, first, &other)) {
        return CLI_ERROR;
    }
    Matrix to;
    matrix_of_user(c, &other.user, other.namespace, cli->arena, &to);
    if (!is_data(args)) {
        return matrix_diff_write(cli, look, from, &to) ? CLI_NO : CLI_YES;
    }
    Value v = matrix_diff_to_value(from, &first->user, &to, &other.user, cli->arena);
    write_value(cli, args, &v);
    return value_len(value_get_lit(&v, "resources")) ? CLI_NO : CLI_YES;
}

static CliStatus of_subject(Cli *cli, const Args *args, const State *state, RbacCluster *c)
{
    Side side;
    MatrixLook look;
    if (!read_side(cli, args, state, &side) || !read_look(cli, args, 0, &look)) {
        return CLI_ERROR;
    }
    Matrix m;
    matrix_of_user(c, &side.user, side.namespace, cli->arena, &m);
    if (args->diff_with.count) {
        return compare(cli, args, c, &look, &side, &m);
    }
    if (is_data(args)) {
        Value v = matrix_to_value(&m, &side.user, cli->arena);
        write_value(cli, args, &v);
    } else {
        matrix_write(cli, &look, &m);
    }
    return has_access(&m) ? CLI_YES : CLI_NO;
}

/* -- of a resource ----------------------------------------------------------------------------- */

/* The resource that is asked about; one that the cluster does not know takes the usual verbs. */
static bool read_resource(const Cli *cli, const Args *args, RbacCluster *c, RbacResource *out,
                          Str *name)
{
    WhoCanQuestion q;
    if (!question_read(cli, c, STR(""), args->resource, args->subresource,
                       args->source.fail_on_unknown, &q)) {
        return false;
    }
    if (!q.is_resource) {
        cli_usage(cli, "--for takes a resource; who may do something with a URL says podgate "
                       "who-can");
        return false;
    }
    Str typed = q.group.len
                    ? arena_printf(cli->arena, "%.*s.%.*s", STR_ARG(q.resource), STR_ARG(q.group))
                    : q.resource;
    *name = q.name;
    if (!rbac_cluster_find_resource(c, typed, q.subresource, out)) {
        *out = (RbacResource){ .group = q.group,
                               .resource = q.resource,
                               .subresource = q.subresource,
                               .kind = STR(""),
                               .singular = STR(""),
                               .namespaced = q.namespaced,
                               .verbs = RESOURCE_ALL };
    }
    return true;
}

static CliStatus of_resource(Cli *cli, const Args *args, RbacCluster *c)
{
    RbacResource resource;
    MatrixQuestion q = { &resource, STR(""), args->namespace, args->members };
    MatrixLook look;
    if (!read_resource(cli, args, c, &resource, &q.name) ||
        !read_look(cli, args, resource.verbs, &look)) {
        return CLI_ERROR;
    }
    if (args->namespace.ptr && !resource.namespaced) {
        cli_warn(cli, "%.*s are in no namespace: RoleBindings grant nothing of them",
                 STR_ARG(resource.resource));
    }
    MatrixSubjects subjects = matrix_of_resource(c, &q, cli->arena);
    if (is_data(args)) {
        Value v = matrix_for_to_value(&q, subjects, cli->arena);
        write_value(cli, args, &v);
    } else {
        matrix_for_write(cli, &look, &q, subjects);
    }
    return subjects.count > 1 ? CLI_YES : CLI_NO; /* system:masters are always there */
}

/* -- the call ---------------------------------------------------------------------------------- */

static bool check_call(const Cli *cli, const Args *args)
{
    bool has_subject = args->user.as.ptr || args->user.groups.count || args->sa.ptr;
    if (args->namespace.ptr && (args->all_namespaces || !args->namespace.len)) {
        cli_usage(cli, args->namespace.len ? "--namespace and --all-namespaces exclude each other"
                                           : "--namespace needs a name");
        return false;
    }
    if (args->resource.ptr) {
        if (has_subject || args->diff_with.count || args->subresources) {
            cli_usage(cli, "--for asks about all subjects: it goes with none of --as, --as-group, "
                           "--sa, --diff-with, --subresources");
            return false;
        }
        return true;
    }
    if (args->members || args->subresource.ptr) {
        cli_usage(cli, "--members and --subresource are for --for");
        return false;
    }
    if (args->sa.ptr && (args->user.as.ptr || args->user.groups.count)) {
        cli_usage(cli, "--sa and --as or --as-group exclude each other");
        return false;
    }
    if (!has_subject && !live_is_asked(&args->source.live)) {
        cli_usage(cli,
                  "whose access? --as USER, --as-group GROUP or --sa NS:NAME; or --for RESOURCE");
        return false;
    }
    return true;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    State state;
    (void)operands;
    if (!check_call(cli, args) || !source_open(cli, &args->source, &(SourceOptions){ 0 }, &state)) {
        return CLI_ERROR;
    }
    RbacCluster *c = rbac_cluster_new(state.snapshot, &state.target, cli->arena);
    CliStatus status = args->resource.ptr ? of_resource(cli, args, c)
                                          : of_subject(cli, args, &state, c);
    state_close(&state);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &user_options, offsetof(Args, user) },
    SOURCE_OPTION_USES(Args, source),
    { NULL, 0 },
};

const CliCommand cli_command_access_matrix = {
    .name = STR_INIT("access-matrix"),
    .operands = STR_INIT(""),
    .operands_max = 0,
    .summary = STR_INIT("Show all that a subject may do, or all who have access to a resource"),
    .description = STR_INIT(
        "A table of resources by verbs for a user, group or service account; for oneself with "
        "--kubeconfig alone. With --for, subjects by verbs for one resource.\nExit status 1: no "
        "access at all; with --diff-with: there is a difference."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
