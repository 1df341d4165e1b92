/* SPDX-License-Identifier: Apache-2.0 */
/* podgate review: AdmissionReview on standard input, AdmissionReview on standard output. */
#include "cli/cli.h"
#include "cli/plugins.h"
#include "cli/state.h"
#include "doc/json.h"
#include "server/webhook/review.h"

#include <errno.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024 };

typedef struct Args {
    bool stream;
    PluginArgs plugins;
    StateArgs state;
} Args;

static const CliOption options[] = {
    { .name = STR_INIT("stream"),
      .kind = CLI_FLAG,
      .offset = offsetof(Args, stream),
      .help = STR_INIT("one review a line in, one answer a line out, until the input ends") },
};

static const CliOptionGroup group = { STR_INIT("The reviews"), options, COUNT_OF(options) };

/* Standard input, read in pieces; a review is a line of it, or all of it. */
typedef struct Input {
    Arena arena; /* of the buffer alone */
    char *ptr;   /* JSON_PADDING more bytes than cap are there */
    size_t from; /* what was handed out before this is done with */
    size_t len;
    size_t cap;
    size_t scanned; /* no line ends before this */
    size_t bytes_max;
    bool ended;
} Input;

static void make_room(Input *in)
{
    if (in->from > 0) {
        memmove(in->ptr, in->ptr + in->from, in->len - in->from);
        in->len -= in->from;
        in->scanned -= in->from;
        in->from = 0;
    }
    if (in->cap - in->len >= READ_BYTES) {
        return;
    }
    Arena grown;
    arena_init(&grown, 0);
    size_t cap = in->cap * 2 + READ_BYTES;
    char *ptr = arena_alloc(&grown, cap + JSON_PADDING);
    if (in->len) {
        memcpy(ptr, in->ptr, in->len);
    }
    arena_done(&in->arena);
    in->arena = grown;
    in->ptr = ptr;
    in->cap = cap;
}

/* Reads once. False after a message. */
static bool fill(const Cli *cli, Input *in)
{
    make_room(in);
    ssize_t got;
    do {
        got = read(STDIN_FILENO, in->ptr + in->len, in->cap - in->len);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        cli_error(cli, "standard input: %s", errno == EBADF ? "it is closed" : strerror(errno));
        return false;
    }
    in->ended = got == 0;
    in->len += (size_t)got;
    return true;
}

/* Decides one review; its answer and a newline go to cli->out. */
static CliStatus answer(Cli *cli, const State *state, uint64_t plugins, Str name, char *text,
                        size_t len, Arena *a, Err *err)
{
    ReviewOptions review = {
        .target = &state->target,
        .plugins = plugins,
        .limits = &review_limits,
    };
    ReviewResult result;
    if (!review_answer(state->facts, &review, name, text, len, a, &cli->out, &result, err)) {
        return cli_fail(cli, err);
    }
    buf_byte(&cli->out, '\n');
    return result.allowed ? CLI_YES : CLI_NO;
}

/* What a stream answers to a line that is no review, so that each line has its answer. */
static void refuse(Cli *cli, Str why, Arena *a)
{
    Status bad = status_bad_request(a, why);
    Value response = value_object();
    value_set_lit(&response, "uid", value_str(STR("")), a);
    value_set_lit(&response, "allowed", value_bool(false), a);
    value_set_lit(&response, "status", status_to_value(&bad, a), a);
    Value review = value_object();
    value_set_lit(&review, "kind", value_str(STR("AdmissionReview")), a);
    value_set_lit(&review, "apiVersion", value_str(STR("admission.k8s.io/v1")), a);
    value_set_lit(&review, "response", response, a);
    json_write(&review, &cli->out);
    buf_byte(&cli->out, '\n');
}

static CliStatus review_one(Cli *cli, const State *state, uint64_t plugins, Input *in)
{
    while (!in->ended) {
        if (!fill(cli, in)) {
            return CLI_ERROR;
        }
        if (in->len > in->bytes_max) {
            return cli_error(cli, "standard input: more than %zu bytes", in->bytes_max);
        }
    }
    Err err;
    return answer(cli, state, plugins, STR("<stdin>"), in->ptr, in->len, cli->arena, &err);
}

/* The next whole line, without its end; false when more must be read first. */
static bool next_line(Input *in, char **line, size_t *len)
{
    const char *end = in->len > in->scanned
                          ? memchr(in->ptr + in->scanned, '\n', in->len - in->scanned)
                          : NULL;
    in->scanned = in->len;
    if (!end && !(in->ended && in->len > in->from)) {
        return false;
    }
    size_t to = end ? (size_t)(end - in->ptr) : in->len;
    *line = in->ptr + in->from;
    *len = to - in->from;
    in->from = end ? to + 1 : to;
    in->scanned = in->from;
    return true;
}

static bool is_blank(const char *line, size_t len)
{
    return str_trim(str_from(line, len)).len == 0;
}

/* An error is worse than a denial. */
static CliStatus worse(CliStatus a, CliStatus b)
{
    return a > b ? a : b;
}

static CliStatus review_stream(Cli *cli, const State *state, uint64_t plugins, Input *in)
{
    Arena arena; /* of one review */
    arena_init(&arena, 0);
    CliStatus status = CLI_YES;
    size_t number = 0;
    bool ok = true;
    while (ok) {
        char *line;
        size_t len;
        if (next_line(in, &line, &len)) {
            number++;
            if (is_blank(line, len)) {
                continue;
            }
            arena_reset(&arena);
            Str name = arena_printf(&arena, "<stdin>:%zu", number);
            /* The answer is made in a buffer of the whole run, all else in the arena: what the
             * reader changes after the line's end is the newline that was read. */
            char kept[JSON_PADDING];
            memcpy(kept, line + len, sizeof(kept));
            Err err;
            CliStatus one = answer(cli, state, plugins, name, line, len, &arena, &err);
            memcpy(line + len, kept, sizeof(kept));
            if (one == CLI_ERROR) {
                refuse(cli, err.msg, &arena);
            }
            status = worse(status, one);
            continue;
        }
        /* Answers leave before waiting for more. */
        ok = cli_flush(cli);
        if (in->ended) {
            break;
        }
        if (ok && in->len - in->from > in->bytes_max) {
            ok = false;
            cli_error(cli, "<stdin>:%zu: a line of more than %zu bytes", number + 1, in->bytes_max);
        }
        ok = ok && fill(cli, in);
    }
    arena_done(&arena);
    return ok ? status : CLI_ERROR;
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    (void)operands;
    const Args *args = arguments;
    State state;
    PluginChoice choice;
    if (str_list_has(args->state.paths, STR("-"))) {
        return cli_usage(cli, "--state - : standard input is where the review comes from");
    }
    if (!plugins_read(cli, &args->plugins, &choice) || !state_open(cli, &args->state, &state)) {
        return CLI_ERROR;
    }
    uint64_t plugins = plugins_apply(choice, review_plugins_default);
    Input in = { .bytes_max = REVIEW_BYTES_MAX };
    arena_init(&in.arena, 0);
    CliStatus status = args->stream ? review_stream(cli, &state, plugins, &in)
                                    : review_one(cli, &state, plugins, &in);
    arena_done(&in.arena);
    state_close(&state);
    return status;
}

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &plugin_options, offsetof(Args, plugins) },
    { &state_options, offsetof(Args, state) },
    { NULL, 0 },
};

const CliCommand cli_command_review = {
    .name = STR_INIT("review"),
    .summary = STR_INIT("Answer an AdmissionReview, as an admission webhook does"),
    .description = STR_INIT(
        "Reads an AdmissionReview (admission.k8s.io v1 or v1beta1, JSON) from standard input and "
        "writes the one that answers it to standard output.\n"
        "With --stream every line has an answer; one that is no review is told on standard error "
        "and answered with a refusal of code 400.\n"
        "Exit status: 0 allowed, 1 denied, 2 not a review; with --stream, the worst of all "
        "lines."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
