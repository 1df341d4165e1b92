/* SPDX-License-Identifier: Apache-2.0 */
/* podgate install: the objects, printed or applied in the order in which they can be used. */
#include "cli/commands.h"
#include "cli/install.h"
#include "cli/output.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "server/webhook/regime.h"
#include "server/writing/writing.h"

#include <time.h>

enum { REPLICAS_MAX = 100, TIMEOUT_SECONDS = 120, TIMEOUT_SECONDS_MAX = 86400 };

typedef struct Install {
    Cli *cli;
    const InstallArgs *args;
    InstallChoice choice;
    InstallCertificate certificate;
    InstallCluster cluster;
    int64_t timeout;
} Install;

/* -- options ----------------------------------------------------------------------------------- */

static bool read_number(const Cli *cli, const char *option, Str text, int64_t max, int64_t *out)
{
    if (text.ptr && (!str_to_int64(text, out) || *out < 1 || *out > max)) {
        cli_usage(cli, "%s is a number from 1 to %lld, not \"%.*s\"", option, (long long)max,
                  STR_ARG(text));
        return false;
    }
    return true;
}

static bool read_url(Install *s)
{
    const InstallArgs *args = s->args;
    Err err;
    Str url = args->webhook_url;
    if (!url.ptr) {
        if (args->ca_file.ptr) {
            cli_usage(s->cli, "--ca-file is for --webhook-url");
        }
        return !args->ca_file.ptr;
    }
    if (args->cert_manager || args->image.ptr || args->replicas.ptr || args->authorizer.ptr ||
        args->events.ptr || args->enforcement.ptr) {
        cli_usage(s->cli, "--webhook-url names a podgate outside of the cluster: not with "
                          "--cert-manager, --image, --replicas, --authorizer, --events or "
                          "--enforcement");
        return false;
    }
    Str rest = str_cut_prefix(url, STR("https://"));
    if (rest.len == url.len || !rest.len || rest.ptr[0] == '/' || str_index_byte(url, '?') >= 0 ||
        str_index_byte(url, '#') >= 0 || str_index_byte(url, '@') >= 0) {
        cli_usage(s->cli, "--webhook-url is https://HOST[:PORT][/PATH], not \"%.*s\"",
                  STR_ARG(url));
        return false;
    }
    s->choice.webhook_url = str_cut_suffix(url, STR("/"));
    if (args->ca_file.ptr && !file_read_text(args->ca_file, &doc_limits_default, s->cli->arena,
                                             &s->choice.ca_bundle, &err)) {
        cli_fail(s->cli, &err);
        return false;
    }
    return true;
}

/* Looked at here, before pods that do not take it fail to start. */
static bool read_enforcement(Install *s)
{
    Err err;
    Str path = s->args->enforcement;
    if (!path.ptr) {
        return true;
    }
    Regime *regime = NULL;
    if (file_read_text(path, &doc_limits_default, s->cli->arena, &s->choice.enforcement, &err)) {
        regime = regime_read(path, s->choice.enforcement, s->cli->arena, &err);
    }
    if (!regime) {
        cli_fail(s->cli, &err);
        return false;
    }
    regime_release(regime);
    return true;
}

static bool read_options(Install *s)
{
    const InstallArgs *args = s->args;
    KubeTarget target;
    Err err;
    s->choice = (InstallChoice){ .image = args->image,
                                 .failure_policy = args->failure_policy,
                                 .cert_manager = args->cert_manager,
                                 .asks_access = str_eq(args->authorizer,
                                                       STR("subjectaccessreview")),
                                 .writes_events = str_eq(args->events, STR("on")) };
    s->timeout = TIMEOUT_SECONDS;
    if (args->kubernetes_version.ptr) {
        if (!args->dry_run && !args->format.ptr) {
            cli_usage(s->cli, "--kubernetes-version is for --dry-run and --output");
            return false;
        }
        if (!kube_target_parse(args->kubernetes_version, s->cli->arena, &target, &err)) {
            cli_usage(s->cli, "--kubernetes-version: %.*s", STR_ARG(err.msg));
            return false;
        }
        s->choice.minor = target.minor;
    }
    return install_namespace_read(s->cli, &args->place, &s->choice.namespace) && read_url(s) &&
           read_enforcement(s) &&
           read_number(s->cli, "--replicas", args->replicas, REPLICAS_MAX, &s->choice.replicas) &&
           read_number(s->cli, "--timeout", args->timeout, TIMEOUT_SECONDS_MAX, &s->timeout);
}

/* -- the certificate --------------------------------------------------------------------------- */

static bool makes_certificate(const Install *s)
{
    return !s->choice.webhook_url.len && !s->choice.cert_manager;
}

/* kept: the one that the cluster has, or NULL. */
static bool choose_certificate(Install *s, const InstallCertificate *kept)
{
    Err err;
    if (kept) {
        s->certificate = *kept;
    } else if (!install_certificate_make(s->choice.namespace, NULL, time(NULL), s->cli->arena,
                                         &s->certificate, &err)) {
        cli_fail(s->cli, &err);
        return false;
    }
    s->choice.certificate = &s->certificate;
    s->choice.ca_bundle = s->certificate.ca_bundle;
    return true;
}

static bool find_certificate(Install *s)
{
    Value secret;
    bool found;
    InstallCertificate kept;
    int64_t end;
    if (!install_find(&s->cluster, install_secret_path(&s->cluster), &secret, &found)) {
        return false;
    }
    bool is_there = found && install_certificate_read(&secret, s->cli->arena, &kept);
    if (is_there &&
        install_certificate_due(&kept, s->choice.namespace, time(NULL), s->cli->arena, &end).ptr) {
        cli_warn(s->cli,
                 "the certificate in %.*s/" INSTALL_SECRET " has to be renewed: run podgate cert",
                 STR_ARG(s->choice.namespace));
    }
    return choose_certificate(s, is_there ? &kept : NULL);
}

/* -- printed ----------------------------------------------------------------------------------- */

static CliStatus print_objects(Install *s)
{
    Cli *cli = s->cli;
    if (makes_certificate(s) && !choose_certificate(s, NULL)) {
        return CLI_ERROR;
    }
    InstallObjects objects = install_objects(&s->choice, cli->arena);
    if (str_eq(s->args->format, STR("json"))) {
        Value list = output_list(cli->arena);
        for (size_t i = 0; i < objects.count; i++) {
            value_add(value_get_lit(&list, "items"), objects.items[i], cli->arena);
        }
        json_write_pretty(&list, &cli->out);
        buf_byte(&cli->out, '\n');
        return CLI_YES;
    }
    for (size_t i = 0; i < objects.count; i++) {
        if (i) {
            buf_lit(&cli->out, "---\n");
        }
        yaml_write(&objects.items[i], &cli->out);
    }
    return CLI_YES;
}

/* -- applied ----------------------------------------------------------------------------------- */

static void tell(const Install *s, Str what, const char *done)
{
    cli_say(s->cli, arena_printf(s->cli->arena, "%.*s %s\n", STR_ARG(what), done));
}

/* A namespace that somebody made is used as it is: uninstall must not delete it. */
static bool is_of_others(const Install *s, const Value *object, bool *out)
{
    Value old;
    bool found;
    *out = false;
    if (!install_is(object, "Namespace")) {
        return true;
    }
    if (!install_find(&s->cluster, writing_path(object, s->cli->arena), &old, &found)) {
        return false;
    }
    *out = found &&
           !str_eq(value_get_str(value_at(&old, "metadata", "labels", NULL), STR(INSTALL_LABEL)),
                   STR("podgate"));
    return true;
}

static bool apply_all(const Install *s, const InstallObjects *objects, bool webhooks)
{
    for (size_t i = 0; i < objects->count; i++) {
        RemoteProblem problem;
        bool of_others;
        const Value *object = &objects->items[i];
        Str name = install_name(object, s->cli->arena);
        if (install_is_webhook(object) != webhooks) {
            continue;
        }
        if (!is_of_others(s, object, &of_others)) {
            return false;
        }
        if (of_others) {
            tell(s, name, "is used as it is");
            continue;
        }
        if (!writing_apply(s->cluster.remote, object, s->cli->arena, NULL, &problem)) {
            return install_failed(&s->cluster, "applying", name, &problem);
        }
        tell(s, name, "applied");
    }
    return true;
}

/* -- until it answers -------------------------------------------------------------------------- */

/* Why no pod is made, when that is why. */
static Str refused_pods(const Value *status)
{
    VALUE_EACH_ITEM(c, value_get_lit(status, "conditions")) {
        if (str_eq(value_get_str(c, STR("type")), STR("ReplicaFailure")) &&
            str_eq(value_get_str(c, STR("status")), STR("True"))) {
            return value_get_str(c, STR("message"));
        }
    }
    return STR("none of its pods is ready");
}

static Str not_ready_inside(Install *s)
{
    Value deployment;
    RemoteProblem problem;
    Arena *a = s->cli->arena;
    Str path = arena_printf(a, "/apis/apps/v1/namespaces/%.*s/deployments/podgate",
                            STR_ARG(s->choice.namespace));
    if (!remote_get(s->cluster.remote, path, STR_ABSENT, a, &deployment, &problem)) {
        return problem.text;
    }
    const Value *status = value_get_lit(&deployment, "status");
    OptInt64 seen = value_get_int(status, STR("observedGeneration"));
    OptInt64 made = value_get_int(value_get_lit(&deployment, "metadata"), STR("generation"));
    bool is_current = seen.set && made.set && seen.value >= made.value;
    return is_current && value_get_int(status, STR("availableReplicas")).value > 0 &&
                   value_get_int(status, STR("updatedReplicas")).value > 0
               ? STR_ABSENT
               : refused_pods(status);
}

static Str not_ready_outside(Install *s)
{
    Arena *a = s->cli->arena;
    OutboundCall call = { .method = STR("GET"),
                          .url = arena_concat(a, s->choice.webhook_url, STR("/readyz")),
                          .ca_pem = s->choice.ca_bundle,
                          .timeout_ms = 5000 };
    OutboundAnswer answer;
    outbound_call(remote_outbound(s->cluster.remote), &call, a, &answer);
    if (answer.end != OUTBOUND_ANSWERED) {
        return answer.error;
    }
    return answer.status == 200
               ? STR_ABSENT
               : arena_printf(a, "%.*s answers with status %d", STR_ARG(call.url), answer.status);
}

static bool wait_for_it(Install *s)
{
    struct timespec begin, now, pause = { 0, 500 * 1000 * 1000 };
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (;;) {
        Str why = s->choice.webhook_url.len ? not_ready_outside(s) : not_ready_inside(s);
        if (!why.ptr) {
            return true;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec - begin.tv_sec >= s->timeout) {
            cli_error(s->cli, "podgate does not answer, so the webhooks are not registered: %.*s",
                      STR_ARG(why));
            return false;
        }
        nanosleep(&pause, NULL);
    }
}

static bool apply(Install *s)
{
    if (!install_cluster_open(s->cli, &s->args->place, &s->cluster)) {
        return false;
    }
    s->choice.minor = s->cluster.minor;
    if (makes_certificate(s) && !find_certificate(s)) {
        return false;
    }
    InstallObjects objects = install_objects(&s->choice, s->cli->arena);
    return apply_all(s, &objects, false) && (s->args->no_wait || wait_for_it(s)) &&
           apply_all(s, &objects, true);
}

CliStatus cli_install_run(Cli *cli, void *arguments, StrList operands)
{
    Install s = { .cli = cli, .args = arguments };
    (void)operands;
    if (!read_options(&s)) {
        return CLI_ERROR;
    }
    if (s.args->dry_run || s.args->format.ptr) {
        return print_objects(&s);
    }
    bool ok = apply(&s);
    install_cluster_close(&s.cluster);
    return ok ? CLI_YES : CLI_ERROR;
}
