/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a command line by the rows that describe it. */
#include "cli/options.h"

typedef struct Reader {
    const Cli *cli;
    const CliCommand *command;
    StrList words;
    size_t at;
    char *args;
} Reader;

/* The option and the struct it is read into; NULL when there is none such. */
static const CliOption *find(const Reader *r, Str name, char letter, char **group_args)
{
    for (const CliOptionUse *use = r->command->options; use && use->group; use++) {
        for (size_t i = 0; i < use->group->count; i++) {
            const CliOption *option = &use->group->options[i];
            if (letter ? option->letter == letter : str_eq(option->name, name)) {
                *group_args = r->args + use->offset;
                return option;
            }
        }
    }
    return NULL;
}

static bool unknown(const Reader *r, Str given)
{
    StrList names = { NULL, 0 };
    size_t count = 0;
    for (const CliOptionUse *use = r->command->options; use && use->group; use++) {
        count += use->group->count;
    }
    Str *items = new(r->cli->arena, Str, count + 1);
    for (const CliOptionUse *use = r->command->options; use && use->group; use++) {
        for (size_t i = 0; i < use->group->count; i++) {
            items[names.count++] = use->group->options[i].name;
        }
    }
    items[names.count++] = STR("help");
    names.items = items;
    Str near = cli_suggest(names, str_cut_prefix(given, STR("--")), r->cli->arena);
    if (near.ptr) {
        cli_usage(r->cli, "unknown option %.*s; did you mean --%.*s?", STR_ARG(given),
                  STR_ARG(near));
    } else {
        cli_usage(r->cli, "unknown option %.*s", STR_ARG(given));
    }
    return false;
}

static bool set_flag(const Reader *r, const CliOption *option, char *args, Str value)
{
    bool on = !value.ptr || str_eq(value, STR("true"));
    if (!on && !str_eq(value, STR("false"))) {
        cli_usage(r->cli, "--%.*s is true or false, not \"%.*s\"", STR_ARG(option->name),
                  STR_ARG(value));
        return false;
    }
    memcpy(args + option->offset, &on, sizeof(on));
    return true;
}

static bool check_choice(const Reader *r, const CliOption *option, Str value)
{
    if (str_list_has(option->choices, value)) {
        return true;
    }
    Buf b = buf_new(r->cli->arena);
    for (size_t i = 0; i < option->choices.count; i++) {
        buf_add(&b, i == 0 ? STR("") : i + 1 < option->choices.count ? STR(", ") : STR(" or "));
        buf_add(&b, option->choices.items[i]);
    }
    cli_usage(r->cli, "--%.*s is %.*s, not \"%.*s\"", STR_ARG(option->name), STR_ARG(buf_str(&b)),
              STR_ARG(value));
    return false;
}

static void add_to_list(Arena *a, char *place, Str value)
{
    StrList list;
    memcpy(&list, place, sizeof(list));
    /* A power of two is full: lists come from a command line, so copying costs little. */
    if ((list.count & (list.count - 1)) == 0) {
        Str *grown = new(a, Str, list.count ? list.count * 2 : 1);
        if (list.count) {
            memcpy(grown, list.items, list.count * sizeof(Str));
        }
        list.items = grown;
    }
    ((Str *)list.items)[list.count++] = value;
    memcpy(place, &list, sizeof(list));
}

static bool set_value(const Reader *r, const CliOption *option, char *args, Str value)
{
    if (option->kind == CLI_CHOICE && !check_choice(r, option, value)) {
        return false;
    }
    if (option->kind == CLI_LIST) {
        add_to_list(r->cli->arena, args + option->offset, value);
    } else {
        memcpy(args + option->offset, &value, sizeof(value));
    }
    return true;
}

/* The next word as the value of an option that came without one. */
static bool next_value(Reader *r, const CliOption *option, char *args)
{
    if (r->at >= r->words.count) {
        cli_usage(r->cli, "--%.*s needs a value: %.*s", STR_ARG(option->name),
                  STR_ARG(option->value));
        return false;
    }
    return set_value(r, option, args, r->words.items[r->at++]);
}

static bool read_long(Reader *r, Str word, bool *help)
{
    Str name;
    Str value;
    bool has_value = str_split_once(str_drop(word, 2), '=', &name, &value);
    if (str_eq(name, STR("help")) && !has_value) {
        *help = true;
        return true;
    }
    char *args;
    const CliOption *option = find(r, name, '\0', &args);
    if (!option) {
        return unknown(r, arena_concat(r->cli->arena, STR("--"), name));
    }
    if (option->kind == CLI_FLAG) {
        return set_flag(r, option, args, has_value ? value : STR_ABSENT);
    }
    return has_value ? set_value(r, option, args, value) : next_value(r, option, args);
}

static bool read_letters(Reader *r, Str word, bool *help)
{
    for (size_t i = 1; i < word.len; i++) {
        char letter = word.ptr[i];
        if (letter == 'h') {
            *help = true;
            return true;
        }
        char *args;
        const CliOption *option = find(r, STR_ABSENT, letter, &args);
        if (!option) {
            return unknown(r, word.len == 2 ? word : arena_printf(r->cli->arena, "-%c", letter));
        }
        if (option->kind == CLI_FLAG) {
            if (!set_flag(r, option, args, STR_ABSENT)) {
                return false;
            }
            continue;
        }
        Str rest = str_cut_prefix(str_drop(word, i + 1), STR("="));
        return i + 1 < word.len ? set_value(r, option, args, rest) : next_value(r, option, args);
    }
    return true;
}

static bool check_operands(const Reader *r, StrList operands)
{
    const CliCommand *command = r->command;
    if (operands.count > command->operands_max) {
        cli_usage(r->cli, "unexpected argument \"%.*s\"",
                  STR_ARG(operands.items[command->operands_max]));
        return false;
    }
    if (operands.count < command->operands_min) {
        cli_usage(r->cli, "needs %.*s", STR_ARG(command->operands));
        return false;
    }
    return true;
}

bool options_read(const Cli *cli, const CliCommand *command, StrList words, void *args,
                  StrList *operands, bool *help)
{
    Reader r = { .cli = cli, .command = command, .words = words, .args = args };
    Str *rest = new(cli->arena, Str, words.count + 1);
    StrList found = { rest, 0 };
    bool options_end = false;
    *help = false;
    while (r.at < words.count && !*help) {
        Str word = words.items[r.at++];
        bool ok = true;
        bool is_operand = options_end || word.len < 2 || word.ptr[0] != '-';
        if (is_operand && command->operands_are_command && !options_end) {
            cli_usage(cli, "unexpected argument \"%.*s\"; a command comes after --", STR_ARG(word));
            ok = false;
        } else if (is_operand) {
            rest[found.count++] = word;
        } else if (str_eq(word, STR("--"))) {
            options_end = true;
        } else if (word.ptr[1] == '-') {
            ok = read_long(&r, word, help);
        } else {
            ok = read_letters(&r, word, help);
        }
        if (!ok) {
            return false;
        }
    }
    if (!*help && !check_operands(&r, found)) {
        return false;
    }
    *operands = found;
    return true;
}
