/* SPDX-License-Identifier: Apache-2.0 */
/* podgate import: from a dump or a running cluster to a dump that is served as it is. */
#include "analyze/objects.h"
#include "cli/commands.h"
#include "cli/import.h"
#include "cli/state.h"

static bool skips(const void *context, Str group, Str kind)
{
    return copy_skips_kind(group, kind, context);
}

typedef struct Source {
    FileObjects objects;
    int minor;
    size_t missing;
} Source;

static bool read_source(const Cli *cli, const ImportArgs *args, StrList paths,
                        const CopyOptions *options, Source *out)
{
    *out = (Source){ .minor = 0 };
    if (live_is_asked(&args->live)) {
        LiveRead live;
        LiveOptions o = { .skips = skips, .context = options };
        if (!live_read(cli, &args->live, &o, &live)) {
            return false;
        }
        *out = (Source){ live.objects, live.minor, live.missing };
        return true;
    }
    if (!state_read_files(cli, paths, &out->objects)) {
        return false;
    }
    objects_fill_namespaces(&out->objects, STR("default"), cli->arena);
    return true;
}

/* -- what is said of it ------------------------------------------------------------------------ */

/* True when something is there that --strict does not let pass. */
static bool tell_unknown(const Cli *cli, const CopyResult *r)
{
    bool any = false;
    for (size_t i = 0; i < r->left_out_count; i++) {
        const CopyLeftOut *l = &r->left_out[i];
        if (l->is_unknown) {
            cli_warn(cli, "%.*s: %zu of kind %.*s (%.*s) left out: %.*s",
                     STR_ARG(object_place(l->first, STR(""), cli->arena)), l->count,
                     STR_ARG(l->kind), STR_ARG(l->api_version), STR_ARG(l->why));
            any = true;
        }
    }
    return any;
}

static void describe(const Cli *cli, const ImportArgs *args, const Source *source,
                     const CopyResult *r)
{
    Buf b = buf_new(cli->arena);
    int minor = source->minor ? source->minor : r->minor;
    buf_printf(&b, "%zu object%s of %zu kind%s copied\n", r->objects.count,
               r->objects.count == 1 ? "" : "s", r->kinds, r->kinds == 1 ? "" : "s");
    for (size_t i = 0; i < r->left_out_count; i++) {
        const CopyLeftOut *l = &r->left_out[i];
        if (!l->is_unknown) {
            buf_printf(&b, "  left out  %zu of kind %.*s: %.*s\n", l->count, STR_ARG(l->kind),
                       STR_ARG(l->why));
        }
    }
    if (r->redacted) {
        buf_printf(&b, "  secrets   %zu without values (--with-secrets copies them)\n",
                   r->redacted);
    }
    if (r->manifests) {
        buf_printf(&b, "  created   %zu without a uid: podgate up creates them anew\n",
                   r->manifests);
    }
    if (source->missing) {
        buf_printf(&b, "  missing   %zu kind%s that could not be read\n", source->missing,
                   source->missing == 1 ? "" : "s");
    }
    buf_lit(&b, "  serve it  podgate up");
    if (minor) {
        buf_printf(&b, " --kubernetes-version 1.%d", minor);
    }
    Str at = args->out.ptr && !str_eq(args->out, STR("-")) ? args->out : STR("FILE");
    buf_printf(&b, " --state %.*s\n", STR_ARG(at));
    cli_say(cli, buf_str(&b));
}

CliStatus cli_import_run(Cli *cli, void *arguments, StrList operands)
{
    const ImportArgs *args = arguments;
    CopyOptions options = { .secret_values = args->with_secrets, .webhooks = args->with_webhooks };
    Source source;
    CopyResult result;
    if (live_is_asked(&args->live) == (operands.count > 0)) {
        return cli_usage(cli, operands.count
                                  ? "either a dump or --kubeconfig and --context, not both"
                                  : "a dump of a cluster is needed, or --kubeconfig or --context");
    }
    if (args->with_secrets && args->redact_secrets) {
        return cli_usage(cli, "--with-secrets and --redact-secrets contradict each other");
    }
    if (!read_source(cli, args, operands, &options, &source)) {
        return CLI_ERROR;
    }
    copy_objects(&source.objects, &options, cli->arena, &result);
    bool unknown = tell_unknown(cli, &result);
    if (args->strict && (unknown || source.missing)) {
        return cli_error(cli, "nothing is written, as the copy would not be whole (--strict)");
    }
    if (!import_write(cli, args, &result.objects)) {
        return CLI_ERROR;
    }
    describe(cli, args, &source, &result);
    return CLI_YES;
}
