/* SPDX-License-Identifier: Apache-2.0 */
/* Reading options, suggestions, tables. */
#include "cli/options.h"
#include "cli/table.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

typedef struct Shared {
    Str output;
} Shared;

typedef struct Args {
    bool quiet;
    bool verbose;
    Str namespace;
    StrList files;
    Shared shared;
} Args;

static const Str formats[] = { STR_INIT("table"), STR_INIT("json") };
static const CliOption shared_options[] = {
    { STR_INIT("output"),
      'o',
      CLI_CHOICE,
      CLI_COMPLETE_NOTHING,
      offsetof(Shared, output),
      STR_INIT("FORMAT"),
      STR_INIT("form of the result"),
      { formats, COUNT_OF(formats) } },
};
static const CliOptionGroup shared_group = { STR_INIT("Shared"), shared_options, 1 };
static const CliOption own_options[] = {
    { STR_INIT("quiet"),
      'q',
      CLI_FLAG,
      0,
      offsetof(Args, quiet),
      { 0 },
      STR_INIT("say less"),
      { 0 } },
    { STR_INIT("verbose"),
      'v',
      CLI_FLAG,
      0,
      offsetof(Args, verbose),
      { 0 },
      STR_INIT("more"),
      { 0 } },
    { STR_INIT("namespace"),
      'n',
      CLI_TEXT,
      0,
      offsetof(Args, namespace),
      STR_INIT("NS"),
      STR_INIT("where"),
      { 0 } },
    { STR_INIT("file"),
      'f',
      CLI_LIST,
      0,
      offsetof(Args, files),
      STR_INIT("FILE"),
      STR_INIT("what"),
      { 0 } },
};
static const CliOptionGroup own_group = { STR_INIT("Own"), own_options, COUNT_OF(own_options) };
static const CliOptionUse uses[] = { { &own_group, 0 },
                                     { &shared_group, offsetof(Args, shared) },
                                     { NULL, 0 } };
static const CliCommand command = {
    .name = STR_INIT("try"),
    .operands = STR_INIT("A B"),
    .operands_max = 2,
    .options = uses,
    .args_size = sizeof(Args),
};

typedef struct OptionsRow {
    const char *line; /* words parted by one blank */
    bool ok;
    const char *result; /* q v namespace files output operands */
} OptionsRow;

static const OptionsRow options_rows[] = {
    { "", true, "00|<none>||<none>|" },
    { "-qv a --", true, "11|<none>||<none>|a" },
    { "--quiet=true --verbose=false", true, "10|<none>||<none>|" },
    { "--quiet --quiet=false", true, "00|<none>||<none>|" },
    { "-n x --namespace y", true, "00|y||<none>|" },
    { "-nx", true, "00|x||<none>|" },
    { "-n=x", true, "00|x||<none>|" },
    { "--namespace=", true, "00|||<none>|" },
    { "-qn x", true, "10|x||<none>|" },
    { "-f a -f - -fb --file=c --file d", true, "00|<none>|a,-,b,c,d|<none>|" },
    { "a -o json -", true, "00|<none>||json|a,-" },
    { "-- -q --file", true, "00|<none>||<none>|-q,--file" },
    { "-n -q", true, "00|-q||<none>|" },
    { "a b c", false, NULL },
    { "--output yaml", false, NULL },
    { "--output", false, NULL },
    { "-o", false, NULL },
    { "--quiet=yes", false, NULL },
    { "--nothing", false, NULL },
    { "-qx", false, NULL },
};

static StrList split(const char *line, Arena *a)
{
    Str *words = new(a, Str, strlen(line) + 1);
    size_t count = 0;
    Str rest = *line ? str_from_c(line) : STR_ABSENT;
    Str word;
    while (str_next_piece(&rest, ' ', &word)) {
        words[count++] = word;
    }
    return (StrList){ words, count };
}

static void add_list(Buf *b, StrList list)
{
    for (size_t i = 0; i < list.count; i++) {
        buf_add(b, i ? STR(",") : STR(""));
        buf_add(b, list.items[i]);
    }
}

/* Messages of refused rows are not part of the report. */
static int silence(int fd)
{
    int kept = dup(fd);
    int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, fd);
    close(nothing);
    return kept;
}

static void options_are_read(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Cli cli = { .program = STR("podgate"), .command = STR("try"), .arena = &a };
    for (size_t i = 0; i < COUNT_OF(options_rows); i++) {
        const OptionsRow *row = &options_rows[i];
        Args args = { 0 };
        StrList operands;
        bool help;
        int kept = silence(STDERR_FILENO);
        bool ok = options_read(&cli, &command, split(row->line, &a), &args, &operands, &help);
        dup2(kept, STDERR_FILENO);
        close(kept);
        if (ok != row->ok) {
            fail_msg("%s: read: %d", row->line, ok);
        }
        if (!ok) {
            continue;
        }
        Buf b = buf_new(&a);
        buf_printf(&b, "%d%d|", args.quiet, args.verbose);
        buf_add(&b, args.namespace.ptr ? args.namespace : STR("<none>"));
        buf_byte(&b, '|');
        add_list(&b, args.files);
        buf_byte(&b, '|');
        buf_add(&b, args.shared.output.ptr ? args.shared.output : STR("<none>"));
        buf_byte(&b, '|');
        add_list(&b, operands);
        if (!str_eq(buf_str(&b), str_from_c(row->result))) {
            fail_msg("%s: got %.*s, want %s", row->line, STR_ARG(buf_str(&b)), row->result);
        }
    }
    arena_done(&a);
}

static void suggestions(void **state)
{
    (void)state;
    static const Str names[] = { STR_INIT("admit"), STR_INIT("review"), STR_INIT("can-i"),
                                 STR_INIT("kubernetes-version") };
    static const struct {
        Str given;
        Str want;
    } rows[] = {
        { STR_INIT("amdit"), STR_INIT("admit") },
        { STR_INIT("admti"), STR_INIT("admit") },
        { STR_INIT("cani"), STR_INIT("can-i") },
        { STR_INIT("reviews"), STR_INIT("review") },
        { STR_INIT("kube"), STR_INIT("kubernetes-version") },
        { STR_INIT("serve"), { NULL, 0 } },
        { STR_INIT(""), { NULL, 0 } },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str got = cli_suggest((StrList){ names, COUNT_OF(names) }, rows[i].given, &a);
        if (!str_eq(got, rows[i].want)) {
            fail_msg("%.*s: got %.*s", STR_ARG(rows[i].given), STR_ARG(got));
        }
    }
    arena_done(&a);
}

static void tables(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Table t = table_new(&a, 3);
    table_row(&t, (Str[]){ STR("NAME"), STR("X"), STR("LAST") });
    table_row(&t, (Str[]){ STR("\xC3\xA9t\xC3\xA9"), STR(""), STR("a\x1b[31m") });
    table_row(&t, (Str[]){ STR("\xE6\x97\xA5\xE6\x9C\xAC"), STR("yes"), STR("") });
    Buf b = buf_new(&a);
    table_write(&t, false, &b);
    assert_string_equal(arena_cstr(&a, buf_str(&b)), "NAME   X     LAST\n"
                                                     "\xC3\xA9t\xC3\xA9          a [31m\n"
                                                     "\xE6\x97\xA5\xE6\x9C\xAC   yes   \n");
    t.trim = true;
    b = buf_new(&a);
    table_write(&t, false, &b);
    assert_true(str_ends_with(buf_str(&b), STR("yes\n")));
    Table colored = table_new(&a, 1);
    table_cell(&colored, STR("denied"), TABLE_RED);
    b = buf_new(&a);
    table_write(&colored, true, &b);
    assert_string_equal(arena_cstr(&a, buf_str(&b)), "\033[31mdenied\033[0m\n");
    arena_done(&a);
}

static void every_row_is_whole(const CliCommand *const *list)
{
    for (; *list; list++) {
        const CliCommand *c = *list;
        assert_true(c->name.len && c->summary.len);
        assert_true((c->run != NULL) != (c->subcommands != NULL));
        assert_true(c->operands_min <= c->operands_max);
        for (const CliOptionUse *use = c->options; use && use->group; use++) {
            for (size_t i = 0; i < use->group->count; i++) {
                const CliOption *o = &use->group->options[i];
                size_t size = o->kind == CLI_FLAG ? sizeof(bool) : sizeof(Str);
                assert_true(use->offset + o->offset + size <= c->args_size);
                assert_true(o->name.len && o->help.len);
                assert_true((o->kind == CLI_FLAG) == (o->value.len == 0));
                assert_true((o->kind == CLI_CHOICE) == (o->choices.count > 0));
                assert_true(o->help.ptr[o->help.len - 1] != '.' && o->letter != 'h');
            }
        }
        if (c->subcommands) {
            every_row_is_whole(c->subcommands);
        }
    }
}

static void the_table_of_commands(void **state)
{
    (void)state;
    every_row_is_whole(cli_commands);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(suggestions),
        cmocka_unit_test(tables),
        cmocka_unit_test(the_table_of_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
