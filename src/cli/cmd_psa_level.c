/* SPDX-License-Identifier: Apache-2.0 */
/* podgate psa level: which level does each workload and namespace meet already? */
#include "base/map.h"
#include "analyze/objects.h"
#include "cli/fields.h"
#include "cli/given.h"
#include "cli/psa.h"
#include "cli/table.h"

#include <stdint.h>
#include <stdlib.h>

typedef struct Args {
    StrList files;
    bool as_given;
    OutputArgs output;
    StateArgs state;
} Args;

static const CliOption options[] = {
    GIVEN_FILES_ROW(Args, files,
                    "what is looked at: a file, a folder, or - for standard input; "
                    "repeatable. Without it: what --state holds"),
    { .name = STR_INIT("as-given"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, as_given),
      .help = STR_INIT("look at pods as they are written, without what the API server fills in") },
};

static const CliOptionGroup group = { STR_INIT("The question"), options, COUNT_OF(options) };

/* One pod, or what makes pods: the strictest level that it meets. */
typedef struct Entry {
    const PsaSubject *subject;
    PsaLevel level;
    PsaResult in_the_way; /* of the next level */
} Entry;

typedef struct NamespaceEntry {
    Str name;
    PsaLevel level; /* that all of its pods meet */
    size_t objects;
    size_t in_the_way; /* those that meet no more than it */
} NamespaceEntry;

typedef struct Report {
    Entry *entries;
    size_t count;
    NamespaceEntry *namespaces; /* by name */
    size_t namespace_count;
} Report;

static void find_level(Entry *e, const PsaOptions *how, Arena *a)
{
    e->level = PSA_PRIVILEGED;
    while (e->level < PSA_RESTRICTED) {
        PsaLevelVersion next = { (PsaLevel)(e->level + 1), PSA_LATEST };
        psa_evaluate(&e->subject->pod, next, how, a, &e->in_the_way);
        if (!psa_allowed(&e->in_the_way)) {
            return;
        }
        e->level = next.level;
    }
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const NamespaceEntry *)a)->name, ((const NamespaceEntry *)b)->name);
}

static void find_namespaces(Report *r, Arena *a)
{
    Map found = map_new(a);
    r->namespaces = new(a, NamespaceEntry, r->count);
    for (size_t i = 0; i < r->count; i++) {
        const Entry *e = &r->entries[i];
        NamespaceEntry **at = (NamespaceEntry **)map_at(&found, e->subject->namespace);
        if (!*at) {
            *at = &r->namespaces[r->namespace_count++];
            **at = (NamespaceEntry){ e->subject->namespace, e->level, 0, 0 };
        }
        NamespaceEntry *n = *at;
        if (e->level < n->level) {
            n->level = e->level;
            n->in_the_way = 0;
        }
        n->in_the_way += e->level == n->level && e->level != PSA_RESTRICTED;
        n->objects++;
    }
    qsort(r->namespaces, r->namespace_count, sizeof(NamespaceEntry), by_name);
}

/* "restricted" after "baseline"; absent after the last. */
static Str next_name(PsaLevel level)
{
    return level == PSA_RESTRICTED ? STR_ABSENT : psa_level_name((PsaLevel)(level + 1));
}

static TableColor color_of(PsaLevel level)
{
    return level == PSA_RESTRICTED ? TABLE_GREEN : level == PSA_BASELINE ? TABLE_YELLOW : TABLE_RED;
}

static void write_table(Cli *cli, const Report *r)
{
    Arena *a = cli->arena;
    Table objects = table_new(a, 4);
    table_row(&objects, (Str[]){ STR("NAMESPACE"), STR("OBJECT"), STR("MEETS"),
                                 STR("IN THE WAY OF THE NEXT LEVEL") });
    for (size_t i = 0; i < r->count; i++) {
        const Entry *e = &r->entries[i];
        Buf why = buf_new(a);
        if (e->level != PSA_RESTRICTED) {
            buf_printf(&why, "%.*s: ", STR_ARG(next_name(e->level)));
            psa_write_reason(&e->in_the_way, &why);
        }
        table_cell(&objects, e->subject->namespace, TABLE_PLAIN);
        table_cell(&objects, psa_subject_text(e->subject, a), TABLE_PLAIN);
        table_cell(&objects, psa_level_name(e->level), color_of(e->level));
        table_cell(&objects, buf_str(&why), TABLE_PLAIN);
    }
    table_write(&objects, cli->out_color, &cli->out);
    buf_byte(&cli->out, '\n');
    Table namespaces = table_new(a, 3);
    table_row(&namespaces,
              (Str[]){ STR("NAMESPACE"), STR("MEETS"), STR("IN THE WAY OF THE NEXT LEVEL") });
    for (size_t i = 0; i < r->namespace_count; i++) {
        const NamespaceEntry *n = &r->namespaces[i];
        table_cell(&namespaces, n->name, TABLE_PLAIN);
        table_cell(&namespaces, psa_level_name(n->level), color_of(n->level));
        table_cell(&namespaces,
                   n->level == PSA_RESTRICTED
                       ? STR("")
                       : arena_printf(a, "%.*s: %zu of %.*s", STR_ARG(next_name(n->level)),
                                      n->in_the_way,
                                      STR_ARG(psa_count_text(n->objects, "object", a))),
                   TABLE_PLAIN);
    }
    table_write(&namespaces, cli->out_color, &cli->out);
}

static void write_names(Cli *cli, const Report *r)
{
    for (size_t i = 0; i < r->namespace_count; i++) {
        buf_printf(&cli->out, "%.*s %.*s\n", STR_ARG(r->namespaces[i].name),
                   STR_ARG(psa_level_name(r->namespaces[i].level)));
    }
}

static Value entry_to_value(const Entry *e, Arena *a)
{
    Value v = value_object();
    output_add_str(&v, STR("object"), psa_subject_text(e->subject, a), a);
    output_add_str(&v, STR("namespace"), e->subject->namespace, a);
    output_add_str(&v, STR("place"), object_origin_text(&e->subject->source->origin, a), a);
    output_add_str(&v, STR("level"), psa_level_name(e->level), a);
    output_add_str(&v, STR("next"), next_name(e->level), a);
    if (e->level != PSA_RESTRICTED) {
        Buf reason = buf_new(a);
        Buf detail = buf_new(a);
        psa_write_reason(&e->in_the_way, &reason);
        psa_write_detail(&e->in_the_way, &detail);
        output_add_str(&v, STR("reason"), buf_str(&reason), a);
        output_add_str(&v, STR("detail"), buf_str(&detail), a);
    }
    return v;
}

static Value report_to_value(const Report *r, Arena *a)
{
    Value objects = value_array();
    Value namespaces = value_array();
    for (size_t i = 0; i < r->count; i++) {
        value_add(&objects, entry_to_value(&r->entries[i], a), a);
    }
    for (size_t i = 0; i < r->namespace_count; i++) {
        const NamespaceEntry *n = &r->namespaces[i];
        Value v = value_object();
        output_add_str(&v, STR("namespace"), n->name, a);
        output_add_str(&v, STR("level"), psa_level_name(n->level), a);
        output_add_str(&v, STR("next"), next_name(n->level), a);
        value_set_lit(&v, "objects", value_int((int64_t)n->objects), a);
        value_set_lit(&v, "inTheWay", value_int((int64_t)n->in_the_way), a);
        value_add(&namespaces, v, a);
    }
    Value v = value_object();
    output_add_str(&v, STR("kind"), STR("PodSecurityLevels"), a);
    value_set_lit(&v, "namespaces", namespaces, a);
    value_set_lit(&v, "objects", objects, a);
    return v;
}

static CliStatus answer(Cli *cli, const Args *args, const FileObjects *objects,
                        const KubeTarget *target)
{
    Arena *a = cli->arena;
    PsaSubjects subjects;
    const PsaOptions how = { .minor_max = target->minor };
    if (!psa_subjects_read(cli, objects, args->as_given, &subjects)) {
        return CLI_ERROR;
    }
    if (subjects.count == 0) {
        return cli_error(cli, "no pods and nothing that makes pods among %.*s",
                         STR_ARG(psa_count_text(objects->count, "object", a)));
    }
    Report r = { .entries = new(a, Entry, subjects.count), .count = subjects.count };
    for (size_t i = 0; i < r.count; i++) {
        r.entries[i].subject = &subjects.items[i];
        find_level(&r.entries[i], &how, a);
    }
    find_namespaces(&r, a);
    if (output_is(&args->output, STR("table"))) {
        write_table(cli, &r);
    } else if (output_is(&args->output, STR("name"))) {
        write_names(cli, &r);
    } else {
        Value v = report_to_value(&r, a);
        output_value(cli, &args->output, &v);
    }
    return CLI_YES;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    Args *args = arguments;
    FileObjects objects;
    KubeTarget target;
    StrList files;
    if (!given_files(cli, args->files, operands, &files)) {
        return CLI_ERROR;
    }
    if (files.count == 0) {
        files = args->state.paths;
    }
    if (files.count == 0) {
        return cli_usage(cli, "-f or --state says what is looked at");
    }
    if (!state_target(cli, &args->state, &target) || !state_read_files(cli, files, &objects) ||
        !fields_check(cli, &objects, &target, args->state.strict)) {
        return CLI_ERROR;
    }
    objects_fill_namespaces(&objects, STR("default"), cli->arena);
    return answer(cli, args, &objects, &target);
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &output_options, offsetof(Args, output) },
    { &state_options, offsetof(Args, state) },
    { NULL, 0 },
};

const CliCommand cli_command_psa_level = {
    .name = STR_INIT("level"),
    .operands = STR_INIT("-f PATH"),
    .operands_max = SIZE_MAX,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT("Say which level workloads and namespaces meet already"),
    .description = STR_INIT(
        "For each pod, each workload and each namespace of -f or --state: the strictest Pod "
        "Security "
        "Standard that it meets, and what stands between it and the next. -o name prints "
        "namespaces and their levels alone.\nExit status: 0."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
