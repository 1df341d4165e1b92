/* SPDX-License-Identifier: Apache-2.0 */
/* podgate psa check: what in these pods goes against a level? */
#include "analyze/objects.h"
#include "cli/fields.h"
#include "cli/given.h"
#include "cli/psa.h"
#include "cli/table.h"

#include <stdint.h>

typedef struct Args {
    StrList files;
    Str namespace;
    Str level;
    bool as_given;
    bool strict;
    OutputArgs output;
} Args;

static const CliOption options[] = {
    GIVEN_FILES_ROW(Args, files,
                    "what is checked: a file, a folder, or - for standard input; "
                    "repeatable"),
    GIVEN_NAMESPACE_ROW(Args, namespace, GIVEN_NAMESPACE_HELP),
    { .name = STR_INIT("level"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, level),
      .value = STR_INIT("LEVEL[:VERSION]"),
      .help = STR_INIT("privileged, baseline or restricted, as of latest or a version such as "
                       "v1.25 (default: restricted:latest)") },
    { .name = STR_INIT("as-given"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, as_given),
      .help = STR_INIT("check pods as they are written, without what the API server fills in") },
    { .name = STR_INIT("strict"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, strict),
      .help = STR_INIT("refuse fields and kinds that are not known, instead of warning") },
};

static const CliOptionGroup group = { STR_INIT("The question"), options, COUNT_OF(options) };

typedef struct Report {
    const Args *args;
    PsaLevelVersion level;
    PsaSubjects subjects;
    PsaResult *results; /* one for each */
    DocPlaces *places;  /* of all fields that go against the level */
    size_t violating;
} Report;

static Str level_text(PsaLevelVersion level, Arena *a)
{
    Buf b = buf_new(a);
    psa_level_version_write(level, &b);
    return buf_str(&b);
}

/* -- for people ----------------------------------------------------------------------------------
 */

/* A row is for one container, or for the pod: its places stand together, but for those of the pod.
 */
static bool starts_row(const PsaPlace *first, const PsaPlace *before, const PsaPlace *p)
{
    return p == first || (p->container && p->container != before->container) ||
           (!p->container && first->container && before->container);
}

/* The fields of a row, from its first place on. */
static Str fields_text(const PsaPlace *first, Arena *a)
{
    Buf b = buf_new(a);
    for (const PsaPlace *p = first; p; p = p->next) {
        if (p->container == first->container) {
            buf_add(&b, p == first ? STR("") : STR(", "));
            buf_add(&b, p->path);
        } else if (first->container) {
            break;
        }
    }
    return buf_str(&b);
}

static Str place_of(const Report *r, const PsaSubject *s, const PsaPlace *p, Arena *a)
{
    return object_places_get(r->places, s->source, psa_subject_path(s, p->path, a), a);
}

static void add_rows(const Report *r, Table *t, const PsaSubject *s, const PsaViolation *v)
{
    Arena *a = t->arena;
    const PsaPlace *before = NULL;
    for (const PsaPlace *p = v->places; p; before = p, p = p->next) {
        if (starts_row(v->places, before, p)) {
            table_row(t, (Str[]){
                             place_of(r, s, p, a),
                             s->namespace,
                             psa_subject_text(s, a),
                             p->container ? p->container->name : STR("<pod>"),
                             psa_check_id(v->check),
                             fields_text(p, a),
                         });
        }
    }
}

static void write_table(Cli *cli, const Report *r)
{
    Arena *a = cli->arena;
    Table t = table_new(a, 6);
    table_row(&t, (Str[]){ STR("PLACE"), STR("NAMESPACE"), STR("OBJECT"), STR("CONTAINER"),
                           STR("CHECK"), STR("FIELD") });
    for (size_t i = 0; i < r->subjects.count; i++) {
        for (size_t j = 0; j < r->results[i].count; j++) {
            add_rows(r, &t, &r->subjects.items[i], &r->results[i].violations[j]);
        }
    }
    if (r->violating) {
        table_write(&t, cli->out_color, &cli->out);
        buf_byte(&cli->out, '\n');
    }
    for (size_t i = 0; i < r->subjects.count; i++) {
        if (!psa_allowed(&r->results[i])) {
            table_color_write(&cli->out, cli->out_color, TABLE_BOLD,
                              psa_subject_text(&r->subjects.items[i], a));
            buf_printf(&cli->out,
                       " violates PodSecurity \"%.*s\": ", STR_ARG(level_text(r->level, a)));
            psa_write_detail(&r->results[i], &cli->out);
            buf_byte(&cli->out, '\n');
        }
    }
    if (!r->violating) {
        buf_printf(&cli->out, "%.*s: no violation of %.*s\n",
                   STR_ARG(psa_count_text(r->subjects.count, "object", a)),
                   STR_ARG(level_text(r->level, a)));
    }
}

static void write_names(Cli *cli, const Report *r)
{
    for (size_t i = 0; i < r->subjects.count; i++) {
        if (!psa_allowed(&r->results[i])) {
            buf_add(&cli->out, psa_subject_text(&r->subjects.items[i], cli->arena));
            buf_byte(&cli->out, '\n');
        }
    }
}

/* -- as data -------------------------------------------------------------------------------------
 */

static Value violation_to_value(const Report *r, const PsaSubject *s, const PsaViolation *v,
                                Arena *a)
{
    Value fields = value_array();
    for (const PsaPlace *p = v->places; p; p = p->next) {
        Value field = value_object();
        output_add_str(&field, STR("container"), p->container ? p->container->name : STR_ABSENT, a);
        output_add_str(&field, STR("field"), p->path, a);
        output_add_str(&field, STR("place"), place_of(r, s, p, a), a);
        value_add(&fields, field, a);
    }
    Value value = value_object();
    output_add_str(&value, STR("check"), psa_check_id(v->check), a);
    output_add_str(&value, STR("level"), psa_level_name(psa_check_level(v->check)), a);
    output_add_str(&value, STR("reason"), v->reason, a);
    output_add_str(&value, STR("detail"), v->detail, a);
    value_set_lit(&value, "fields", fields, a);
    return value;
}

static Value subject_to_value(const Report *r, const PsaSubject *s, const PsaResult *result,
                              Arena *a)
{
    Value v = value_object();
    output_add_str(&v, STR("object"), psa_subject_text(s, a), a);
    output_add_str(&v, STR("namespace"), s->namespace, a);
    output_add_str(&v, STR("place"), object_origin_text(&s->source->origin, a), a);
    value_set_lit(&v, "allowed", value_bool(psa_allowed(result)), a);
    if (!psa_allowed(result)) {
        Buf reason = buf_new(a);
        Buf detail = buf_new(a);
        Value violations = value_array();
        psa_write_reason(result, &reason);
        psa_write_detail(result, &detail);
        for (size_t i = 0; i < result->count; i++) {
            value_add(&violations, violation_to_value(r, s, &result->violations[i], a), a);
        }
        output_add_str(&v, STR("reason"), buf_str(&reason), a);
        output_add_str(&v, STR("detail"), buf_str(&detail), a);
        value_set_lit(&v, "violations", violations, a);
    }
    return v;
}

static Value report_to_value(const Report *r, Arena *a)
{
    Value items = value_array();
    for (size_t i = 0; i < r->subjects.count; i++) {
        value_add(&items, subject_to_value(r, &r->subjects.items[i], &r->results[i], a), a);
    }
    Value v = value_object();
    output_add_str(&v, STR("kind"), STR("PodSecurityReport"), a);
    output_add_str(&v, STR("level"), level_text(r->level, a), a);
    value_set_lit(&v, "items", items, a);
    return v;
}

/* -- the command ---------------------------------------------------------------------------------
 */

static void check_all(const Cli *cli, Report *r)
{
    const PsaOptions how = { .places = true };
    r->results = new(cli->arena, PsaResult, r->subjects.count);
    for (size_t i = 0; i < r->subjects.count; i++) {
        psa_evaluate(&r->subjects.items[i].pod, r->level, &how, cli->arena, &r->results[i]);
        r->violating += !psa_allowed(&r->results[i]);
    }
}

static void find_places(Report *r, Arena *a)
{
    r->places = doc_places_new(a);
    for (size_t i = 0; i < r->subjects.count; i++) {
        const PsaSubject *s = &r->subjects.items[i];
        for (size_t j = 0; j < r->results[i].count; j++) {
            for (const PsaPlace *p = r->results[i].violations[j].places; p; p = p->next) {
                object_places_add(r->places, s->source, psa_subject_path(s, p->path, a), a);
            }
        }
    }
    doc_places_find(r->places);
}

static void answer(Cli *cli, Report *r)
{
    const OutputArgs *output = &r->args->output;
    if (output_is(output, STR("name"))) {
        write_names(cli, r);
        return;
    }
    find_places(r, cli->arena);
    if (output_is(output, STR("table"))) {
        write_table(cli, r);
    } else {
        Value v = report_to_value(r, cli->arena);
        output_value(cli, output, &v);
    }
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    Args *args = arguments;
    Report r = { .args = args, .level = { PSA_RESTRICTED, PSA_LATEST } };
    KubeTarget target = kube_target(KUBE_MINOR_NEWEST);
    FileObjects objects;
    Err err;
    StrList files;
    if (!given_files(cli, args->files, operands, &files)) {
        return CLI_ERROR;
    }
    if (files.count == 0) {
        return cli_usage(cli, "-f says what is checked");
    }
    if (args->level.ptr && !psa_level_version_parse(args->level, cli->arena, &r.level, &err)) {
        return cli_usage(cli, "--level: %.*s", STR_ARG(err.msg));
    }
    if (!state_read_files(cli, files, &objects) ||
        !fields_check(cli, &objects, &target, args->strict)) {
        return CLI_ERROR;
    }
    objects_fill_namespaces(&objects, given_namespace(args->namespace), cli->arena);
    if (!psa_subjects_read(cli, &objects, args->as_given, &r.subjects)) {
        return CLI_ERROR;
    }
    if (r.subjects.count == 0) {
        return cli_error(cli, "no pods and nothing that makes pods among %.*s",
                         STR_ARG(psa_count_text(objects.count, "object", cli->arena)));
    }
    check_all(cli, &r);
    answer(cli, &r);
    return r.violating ? CLI_NO : CLI_YES;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &output_options, offsetof(Args, output) },
    { NULL, 0 },
};

const CliCommand cli_command_psa_check = {
    .name = STR_INIT("check"),
    .operands = STR_INIT("-f PATH"),
    .operands_max = SIZE_MAX,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT("Say what in pods goes against a level, and where it stands"),
    .description = STR_INIT(
        "Checks the pods of -f, and the pods that the workloads there would create. The table has "
        "a "
        "row for each container and check: where the first field stands that is wrong or missing, "
        "and which fields those are.\nExit status: 0 no violation, 1 at least one."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
