/* SPDX-License-Identifier: Apache-2.0 */
/* podgate import: from a dump or a running cluster to a dump that is served as it is. */
#include "analyze/objects.h"
#include "cli/commands.h"
#include "cli/import.h"
#include "cli/state.h"
#include "kube/target.h"

enum { MINOR_DEFAULT = 20 }; /* as podgate up has it */

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
    if (args->snapshot.ptr) {
        buf_printf(&b, " --from %.*s\n", STR_ARG(args->snapshot));
        cli_say(cli, buf_str(&b));
        return;
    }
    if (minor) {
        buf_printf(&b, " --kubernetes-version 1.%d", minor);
    }
    Str at = args->out.ptr && !str_eq(args->out, STR("-")) ? args->out : STR("FILE");
    buf_printf(&b, " --state %.*s\n", STR_ARG(at));
    cli_say(cli, buf_str(&b));
}

/* The version of a snapshot: what is asked for, else that of the cluster, as far as it is known. */
static bool read_minor(const Cli *cli, const ImportArgs *args, const Source *source,
                       const CopyResult *r, int *out)
{
    KubeTarget target;
    Err err;
    int minor = source->minor ? source->minor : r->minor;
    *out = minor < KUBE_MINOR_MIN      ? MINOR_DEFAULT
           : minor > KUBE_MINOR_NEWEST ? KUBE_MINOR_NEWEST
                                       : minor;
    if (args->kubernetes_version.ptr) {
        if (!kube_target_parse(args->kubernetes_version, cli->arena, &target, &err)) {
            cli_usage(cli, "--kubernetes-version: %.*s", STR_ARG(err.msg));
            return false;
        }
        *out = target.minor;
    }
    return true;
}

static bool write_copy(Cli *cli, const ImportArgs *args, const Source *source, const CopyResult *r)
{
    int minor;
    if (args->snapshot.ptr == NULL) {
        return import_write(cli, args, &r->objects);
    }
    return read_minor(cli, args, source, r, &minor) &&
           import_snapshot(cli, args, minor, &r->objects);
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
    if (args->snapshot.ptr && (args->out.ptr || args->format.ptr)) {
        return cli_usage(cli,
                         "--snapshot has a form and a place of its own: no --out, no --output");
    }
    if (!args->snapshot.ptr && (args->kubernetes_version.ptr || args->force)) {
        return cli_usage(cli, "--kubernetes-version and --force are for --snapshot");
    }
    if (!read_source(cli, args, operands, &options, &source)) {
        return CLI_ERROR;
    }
    copy_objects(&source.objects, &options, cli->arena, &result);
    bool unknown = tell_unknown(cli, &result);
    if (args->strict && (unknown || source.missing)) {
        return cli_error(cli, "nothing is written, as the copy would not be whole (--strict)");
    }
    if (!write_copy(cli, args, &source, &result)) {
        return CLI_ERROR;
    }
    describe(cli, args, &source, &result);
    return CLI_YES;
}
