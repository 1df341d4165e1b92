/* SPDX-License-Identifier: Apache-2.0 */
/* podgate test: recorded cases decided again. */
#include "cli/case_match.h"
#include "cli/case_run.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cluster/files.h"
#include "base/map.h"
#include "doc/json.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    RECORDED_MINOR = 20,
    LINE_BYTES_MAX = 64 << 20,
    FOLDER_DEPTH_MAX = 16,
};

typedef struct Args {
    Str format;
    Str version;
    StrList topics;
    StrList ids;
    bool verbose;
} Args;

typedef struct Topic {
    Str name;
    size_t passed;
    size_t failed;
    size_t unsupported;
    size_t unjudged; /* decided, but nothing to compare with */
} Topic;

typedef struct Run {
    Cli *cli;
    const Args *args;
    CaseRunner runner;
    Arena scratch; /* of one case */
    Map topics;    /* of Topic */
    bool failed;
} Run;

static bool is_json(const Run *r)
{
    return str_eq(r->args->format, STR("json"));
}

static Topic *topic_of(Run *r, Str name)
{
    Topic *t = map_get(&r->topics, name);
    if (t == NULL) {
        t = new(r->cli->arena, Topic, 1);
        t->name = arena_str(r->cli->arena, name.ptr ? name : STR(""));
        map_set(&r->topics, t->name, t);
    }
    return t;
}

/* One line: {"id", "got", "pass"}, or {"id", "unsupported": true}. */
static void write_line(Run *r, Str id, const Value *got, OptBool pass)
{
    Value line = value_object();
    Arena *a = &r->scratch;
    value_set_lit(&line, "id", value_str(id), a);
    if (got) {
        value_set_lit(&line, "got", *got, a);
    } else {
        value_set_lit(&line, "unsupported", value_bool(true), a);
    }
    if (pass.set) {
        value_set_lit(&line, "pass", value_bool(pass.value), a);
    }
    Buf text = buf_new(a);
    json_write(&line, &text);
    buf_add(&r->cli->out, buf_str(&text));
    buf_byte(&r->cli->out, '\n');
}

static bool is_selected(const Run *r, Str topic, Str id)
{
    return (r->args->topics.count == 0 || str_list_has(r->args->topics, topic)) &&
           (r->args->ids.count == 0 || str_list_has(r->args->ids, id));
}

/* One case; the others go on whatever is wrong with it. */
static void run_case(Run *r, const Value *test, Str place)
{
    Str id = value_get_str(test, STR("id"));
    Str topic = value_get_str(test, STR("topic"));
    if (!is_selected(r, topic, id)) {
        return;
    }
    Value got;
    Err err = { 0 };
    Topic *t = topic_of(r, topic);
    CaseOutcome outcome = case_decide(&r->runner, test, &r->scratch, &got, &err);
    if (err.code != ERR_NONE) {
        cli_warn(r->cli, "%.*s: %.*s: %.*s", STR_ARG(place), STR_ARG(id), STR_ARG(err.msg));
    }
    if (outcome != CASE_DECIDED) {
        t->unsupported++;
        r->failed = true;
        if (is_json(r)) {
            write_line(r, id, NULL, (OptBool){ false, false });
        }
        return;
    }
    const Value *expect = value_get_lit(test, "expect");
    OptBool pass = { value_is(expect, VALUE_OBJECT), false };
    Str difference = STR("");
    if (pass.set) {
        pass.value = case_matches(test, &got, &r->scratch, &difference);
    }
    t->unjudged += !pass.set;
    t->passed += pass.set && pass.value;
    t->failed += pass.set && !pass.value;
    r->failed |= pass.set && !pass.value;
    if (is_json(r)) {
        write_line(r, id, &got, pass);
    } else if (pass.set && !pass.value) {
        buf_printf(&r->cli->out, "FAILED %.*s", STR_ARG(id));
        if (r->args->verbose) {
            buf_printf(&r->cli->out, ": %.*s", STR_ARG(difference));
        }
        buf_byte(&r->cli->out, '\n');
    }
}

/* -- files ------------------------------------------------------------------------------------- */

static bool run_line(Run *r, Str place, Str line)
{
    Value test;
    Err err;
    if (!json_read(place, line, &doc_limits_default, &r->scratch, &test, &err)) {
        cli_fail(r->cli, &err);
        return false;
    }
    if (test.kind != VALUE_OBJECT) {
        cli_error(r->cli, "%.*s: a case is an object", STR_ARG(place));
        return false;
    }
    run_case(r, &test, place);
    return true;
}

/* One case a line; the memory of a case is free again before the next is read. */
static bool run_stream(Run *r, Str path, FILE *in)
{
    char *line = NULL;
    size_t cap = 0;
    bool ok = true;
    size_t number = 0;
    for (ssize_t got; ok && (got = getline(&line, &cap, in)) >= 0;) {
        number++;
        arena_reset(&r->scratch);
        Str text = str_trim(str_from(line, (size_t)got));
        Str place = arena_printf(&r->scratch, "%.*s:%zu", STR_ARG(path), number);
        if (got > LINE_BYTES_MAX) {
            cli_error(r->cli, "%.*s: a line of more than %d bytes", STR_ARG(place), LINE_BYTES_MAX);
            ok = false;
        } else if (text.len > 0) {
            ok = run_line(r, place, text) && cli_flush(r->cli);
        }
    }
    if (ok && ferror(in)) {
        cli_error(r->cli, "%.*s: %s", STR_ARG(path), strerror(errno));
        ok = false;
    }
    free(line);
    return ok;
}

static bool run_file(Run *r, Str path)
{
    if (str_eq(path, STR("-"))) {
        return run_stream(r, path, stdin);
    }
    FILE *in = fopen(arena_cstr(r->cli->arena, path), "re");
    if (in == NULL) {
        cli_error(r->cli, "%.*s: %s", STR_ARG(path), strerror(errno));
        return false;
    }
    bool ok = run_stream(r, path, in);
    fclose(in);
    return ok;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool run_path(Run *r, Str path, unsigned depth);

/* The *.jsonl files of a folder and those in it, by name. */
static bool run_folder(Run *r, Str path, unsigned depth)
{
    struct dirent **entries;
    int count = scandir(arena_cstr(r->cli->arena, path), &entries, not_hidden, alphasort);
    if (count < 0) {
        cli_error(r->cli, "%.*s: %s", STR_ARG(path), strerror(errno));
        return false;
    }
    bool ok = true;
    for (int i = 0; i < count; i++) {
        Str name = str_from_c(entries[i]->d_name);
        Str child = arena_printf(r->cli->arena, "%.*s/%.*s", STR_ARG(path), STR_ARG(name));
        struct stat st;
        bool folder = lstat(child.ptr, &st) == 0 && S_ISDIR(st.st_mode);
        if (ok && (folder || str_ends_with(name, STR(".jsonl")))) {
            ok = run_path(r, child, depth + 1);
        }
        free(entries[i]);
    }
    free(entries);
    return ok;
}

static bool run_path(Run *r, Str path, unsigned depth)
{
    struct stat st;
    bool folder = !str_eq(path, STR("-")) && stat(arena_cstr(r->cli->arena, path), &st) == 0 &&
                  S_ISDIR(st.st_mode);
    if (folder && depth == FOLDER_DEPTH_MAX) {
        cli_error(r->cli, "%.*s: more than %d folders deep", STR_ARG(path), FOLDER_DEPTH_MAX);
        return false;
    }
    return folder ? run_folder(r, path, depth) : run_file(r, path);
}

/* -- the summary --------------------------------------------------------------------------------
 */

static Str count_text(Arena *a, size_t n)
{
    return arena_printf(a, "%zu", n);
}

static void add_row(Table *t, const Topic *topic)
{
    Arena *a = t->arena;
    size_t cases = topic->passed + topic->failed + topic->unsupported + topic->unjudged;
    table_cell(t, topic->name, TABLE_PLAIN);
    table_cell(t, count_text(a, cases), TABLE_PLAIN);
    table_cell(t, count_text(a, topic->passed), topic->passed ? TABLE_GREEN : TABLE_PLAIN);
    table_cell(t, count_text(a, topic->failed), topic->failed ? TABLE_RED : TABLE_PLAIN);
    table_cell(t, count_text(a, topic->unsupported),
               topic->unsupported ? TABLE_YELLOW : TABLE_PLAIN);
}

static void write_summary(Run *r)
{
    Table t = table_new(r->cli->arena, 5);
    Topic all = { .name = STR("all") };
    table_row(&t, (Str[]){ STR("TOPIC"), STR("CASES"), STR("PASSED"), STR("FAILED"),
                           STR("UNSUPPORTED") });
    for (size_t i = 0; i < r->topics.count; i++) {
        const Topic *topic = r->topics.entries[i].value;
        add_row(&t, topic);
        all.passed += topic->passed;
        all.failed += topic->failed;
        all.unsupported += topic->unsupported;
        all.unjudged += topic->unjudged;
    }
    add_row(&t, &all);
    table_write(&t, r->cli->out_color, &r->cli->out);
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    const Args *args = arguments;
    KubeTarget target = kube_target(RECORDED_MINOR);
    Err err;
    if (args->version.ptr && !kube_target_parse(args->version, cli->arena, &target, &err)) {
        return cli_usage(cli, "--kubernetes-version: %.*s", STR_ARG(err.msg));
    }
    Run r = { .cli = cli, .args = args, .topics = map_new(cli->arena) };
    case_runner_init(&r.runner, &target);
    arena_init(&r.scratch, 0);
    bool ok = true;
    for (size_t i = 0; ok && i < operands.count; i++) {
        ok = run_path(&r, operands.items[i], 0);
    }
    if (ok && !is_json(&r)) {
        write_summary(&r);
    }
    arena_done(&r.scratch);
    case_runner_done(&r.runner);
    return !ok ? CLI_ERROR : r.failed ? CLI_NO : CLI_YES;
}

static const Str formats[] = { STR_INIT("table"), STR_INIT("json") };

static const CliOption options[] = {
    OUTPUT_ROW(Args, format, formats, COUNT_OF(formats),
               "table: a summary by topic; json: a line for each case"),
    { .name = STR_INIT("verbose"),
      .letter = 'v',
      .kind = CLI_FLAG,
      .offset = offsetof(Args, verbose),
      .help = STR_INIT("say where a failed case differs from its recording") },
    { .name = STR_INIT("topic"),
      .kind = CLI_LIST,
      .offset = offsetof(Args, topics),
      .value = STR_INIT("TOPIC"),
      .help = STR_INIT("only cases of this topic; repeatable") },
    { .name = STR_INIT("id"),
      .kind = CLI_LIST,
      .offset = offsetof(Args, ids),
      .value = STR_INIT("ID"),
      .help = STR_INIT("only this case; repeatable") },
    { .name = STR_INIT("kubernetes-version"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, version),
      .value = STR_INIT("1.MINOR"),
      .help = STR_INIT("decide as this version does (default: 1.20, which was recorded)") },
};

static const CliOptionGroup option_group = { STR_INIT("Options"), options, COUNT_OF(options) };

static const CliOptionUse uses[] = { { &option_group, 0 }, { NULL, 0 } };

const CliCommand cli_command_test = {
    .name = STR_INIT("test"),
    .operands = STR_INIT("CASES.jsonl|FOLDER|-..."),
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT("Decide recorded cases of a real API server and compare"),
    .description = STR_INIT(
        "Each line of a file is a case: objects that the cluster holds, a request, and what a real "
        "API server answered. With -o json every case is decided and printed on a line, those "
        "without a recorded answer too.\n\nThe exit status is 0 when all cases agree, 1 when some "
        "do not or are not supported, 2 when a file cannot be read."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
