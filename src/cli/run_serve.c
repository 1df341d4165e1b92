/* SPDX-License-Identifier: Apache-2.0 */
/* podgate serve, done: a cluster that is watched, and a listener that decides by it. */
#include "cli/commands.h"
#include "cli/serve.h"
#include "cli/server_memory.h"
#include "cli/state.h"
#include "cli/up.h"
#include "server/events/events.h"
#include "server/history/history.h"
#include "server/live/feed.h"
#include "server/webhook/webhook.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    MINOR_DEFAULT = 30,
    NAMESPACE_WAIT_MS = 1000,
    CACHE_SECONDS_MAX = 86400,
    FILES_LOOK_SECONDS = 1,
    STOP_DELAY_SECONDS_MAX = 3600,
    TTL_SECONDS_MAX = 86400,
    TIMEOUT_SECONDS_MAX = 30, /* an API server waits no longer for a webhook */
};

typedef struct Serve {
    Cli *cli;
    const ServeArgs *args;
    KubeTarget target;
    PluginChoice plugins;
    PsaConfig pod_security;
    UpAddress listen;
    int64_t stop_delay;
    int64_t cache_age;
    ServeCertificate certificate;
    Str client_ca;
    const Regime *regime;     /* of --enforcement, until it is handed over */
    int64_t enforcement_seen; /* serve_file_look() */
    State state;              /* with --state */
    bool has_state;
    KubeconfigAccess access;
    Remote *remote;
    Feed *feed;
    AccessOptions access_options;
    Access *authorizer; /* with --authorizer=subjectaccessreview */
    Events *events;     /* with --events=on */
    HistoryOptions history_options;
    History *history; /* with --history */
    Webhook *webhook;
    HttpServer *http;
    bool published; /* atomic: a state of the cluster */
    bool stopping;  /* atomic */
} Serve;

/* -- options ----------------------------------------------------------------------------------- */

static bool read_seconds(const Cli *cli, const char *option, Str text, int64_t usual, int64_t max,
                         int64_t *out)
{
    *out = usual;
    if (text.ptr && (!str_to_int64(text, out) || *out < 0 || *out > max)) {
        cli_usage(cli, "%s is a number of seconds from 0 to %lld, not \"%.*s\"", option,
                  (long long)max, STR_ARG(text));
        return false;
    }
    return true;
}

static bool read_listen(Serve *s)
{
    Err err;
    Str text = s->args->listen.ptr ? s->args->listen : STR("0.0.0.0:8443");
    if (!up_listen_read(text, s->cli->arena, &s->listen, &err)) {
        cli_usage(s->cli, "%.*s", STR_ARG(err.msg));
        return false;
    }
    return true;
}

static bool read_certificate(Serve *s)
{
    const ServeArgs *args = s->args;
    Err err;
    if (!args->cert_file.ptr || !args->key_file.ptr) {
        cli_usage(s->cli, "--tls-cert-file and --tls-private-key-file are needed: an API server "
                          "calls nobody without TLS");
        return false;
    }
    s->certificate = (ServeCertificate){ .cert_file = args->cert_file, .key_file = args->key_file };
    if (!serve_certificate_read(&s->certificate, s->cli->arena, &err) ||
        (args->client_ca_file.ptr && !file_read_text(args->client_ca_file, &doc_limits_default,
                                                     s->cli->arena, &s->client_ca, &err))) {
        cli_fail(s->cli, &err);
        return false;
    }
    return true;
}

/* NULL after an error. */
static const Regime *read_regime(Serve *s, Arena *a, Err *err)
{
    Str text;
    Str path = s->args->enforcement;
    s->enforcement_seen = serve_file_look(path, a);
    return file_read_text(path, &doc_limits_default, a, &text, err)
               ? regime_read(path, text, a, err)
               : NULL;
}

static bool read_enforcement(Serve *s)
{
    Err err;
    if (!s->args->enforcement.ptr) {
        return true;
    }
    s->regime = read_regime(s, s->cli->arena, &err);
    if (!s->regime) {
        cli_fail(s->cli, &err);
    }
    return s->regime != NULL;
}

static bool asks(const Serve *s)
{
    return str_eq(s->args->authorizer, STR("subjectaccessreview"));
}

static bool writes_events(const Serve *s)
{
    return str_eq(s->args->events, STR("on"));
}

static bool read_authorizer(Serve *s)
{
    const ServeArgs *args = s->args;
    AccessOptions *o = &s->access_options;
    if (!asks(s) &&
        (args->authorized_ttl.ptr || args->unauthorized_ttl.ptr || args->authorizer_timeout.ptr)) {
        cli_usage(s->cli, "--authorizer-cache-authorized-ttl, --authorizer-cache-unauthorized-ttl "
                          "and --authorizer-timeout are for --authorizer=subjectaccessreview");
        return false;
    }
    bool ok = read_seconds(s->cli, "--authorizer-cache-authorized-ttl", args->authorized_ttl,
                           ACCESS_ALLOWED_SECONDS, TTL_SECONDS_MAX, &o->allowed_ms) &&
              read_seconds(s->cli, "--authorizer-cache-unauthorized-ttl", args->unauthorized_ttl,
                           ACCESS_DENIED_SECONDS, TTL_SECONDS_MAX, &o->denied_ms) &&
              read_seconds(s->cli, "--authorizer-timeout", args->authorizer_timeout,
                           ACCESS_TIMEOUT_SECONDS, TIMEOUT_SECONDS_MAX, &o->timeout_ms);
    o->allowed_ms *= 1000;
    o->denied_ms *= 1000;
    o->timeout_ms *= 1000;
    return ok;
}

static bool read_options(Serve *s)
{
    const ServeArgs *args = s->args;
    const Cli *cli = s->cli;
    if (args->state.count && (live_is_asked(&args->live) || args->cache.ptr)) {
        cli_usage(cli, "--state stands for the cluster: not with --kubeconfig, --context or "
                       "--cache");
        return false;
    }
    if (args->state.count && asks(s)) {
        cli_usage(cli, "--authorizer=subjectaccessreview asks a cluster: not with --state");
        return false;
    }
    if (args->state.count && writes_events(s)) {
        cli_usage(cli, "--events writes to a cluster: not with --state");
        return false;
    }
    if (args->presets.count && !args->state.count) {
        cli_usage(cli, "--preset is for --state");
        return false;
    }
    return read_listen(s) && read_certificate(s) && read_enforcement(s) && read_authorizer(s) &&
           plugins_read(cli, &args->plugins, &s->plugins) &&
           pod_security_read(cli, &args->pod_security, &s->pod_security) &&
           serve_history_read(cli, args, &s->history_options) &&
           read_seconds(cli, "--shutdown-delay", args->stop_delay, 0, STOP_DELAY_SECONDS_MAX,
                        &s->stop_delay) &&
           read_seconds(cli, "--cache-max-age", args->cache_age, CACHE_SECONDS_MAX, INT32_MAX,
                        &s->cache_age);
}

/* -- the cluster ------------------------------------------------------------------------------- */

static void say(const Serve *s, Str text)
{
    char line[1200];
    int n = snprintf(line, sizeof(line), "podgate serve: %.*s\n", STR_ARG(text));
    if (n > 0) {
        cli_say(s->cli, str_from(line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1));
    }
}

static void on_log(void *context, Str text)
{
    say(context, text);
}

static void on_publish(void *context, const Snapshot *snapshot)
{
    Serve *s = context;
    webhook_publish(s->webhook, snapshot);
    __atomic_store_n(&s->published, true, __ATOMIC_RELEASE);
}

static bool open_state(Serve *s)
{
    StateArgs args = { .paths = s->args->state,
                       .presets = s->args->presets,
                       .kubernetes_version = s->args->kubernetes_version };
    if (!state_open(s->cli, &args, &s->state)) {
        return false;
    }
    s->has_state = true;
    s->target = s->state.target;
    return true;
}

/* The version of the cluster, when it says one; else a usual one. Asked for once: what depends on
 * it are wordings. */
static bool find_version(Serve *s)
{
    Err err;
    int minor;
    RemoteProblem problem;
    s->target = kube_target(MINOR_DEFAULT);
    if (s->args->kubernetes_version.ptr) {
        if (!kube_target_parse(s->args->kubernetes_version, s->cli->arena, &s->target, &err)) {
            cli_usage(s->cli, "--kubernetes-version: %.*s", STR_ARG(err.msg));
            return false;
        }
    } else if (remote_minor(s->remote, s->cli->arena, &minor, &problem)) {
        s->target = kube_target(minor);
    } else {
        cli_warn(s->cli, "%.*s: %.*s; taken for 1.%d until it is started again",
                 STR_ARG(s->access.server), STR_ARG(problem.text), MINOR_DEFAULT);
    }
    return true;
}

static bool open_cluster(Serve *s)
{
    Err err;
    if (!serve_access(s->cli, &s->args->live, &s->access)) {
        return false;
    }
    if (!remote_new(&s->access, s->cli->arena, &s->remote, &err)) {
        cli_fail(s->cli, &err);
        return false;
    }
    return find_version(s);
}

static const Str v1[] = { STR_INIT("v1") };
static const Str policy_versions[] = { STR_INIT("v1beta1") };
static const Str podgate_versions[] = { STR_INIT("v1"), STR_INIT("v1beta1"), STR_INIT("v1alpha1") };
#define RBAC STR_INIT("rbac.authorization.k8s.io")

/* What PodSecurityPolicy and Pod Security ask for. */
static const FeedSource always[] = {
    { STR_INIT(""), { v1, 1 }, STR_INIT("namespaces"), STR_INIT("Namespace"), false },
    { RBAC, { v1, 1 }, STR_INIT("roles"), STR_INIT("Role"), false },
    { RBAC, { v1, 1 }, STR_INIT("rolebindings"), STR_INIT("RoleBinding"), false },
    { RBAC, { v1, 1 }, STR_INIT("clusterroles"), STR_INIT("ClusterRole"), false },
    { RBAC, { v1, 1 }, STR_INIT("clusterrolebindings"), STR_INIT("ClusterRoleBinding"), false },
};
static const FeedSource podgate_policies = { STR_INIT("podgate.io"),
                                             { podgate_versions, 3 },
                                             STR_INIT("podsecuritypolicies"),
                                             STR_INIT("PodSecurityPolicy"),
                                             true,
                                             true };
static const FeedSource old_policies = { STR_INIT("policy"),
                                         { policy_versions, 1 },
                                         STR_INIT("podsecuritypolicies"),
                                         STR_INIT("PodSecurityPolicy"),
                                         true };

static bool start_feed(Serve *s, Err *err)
{
    FeedOptions o = { .remote = s->remote,
                      .publish = on_publish,
                      .log = on_log,
                      .context = s,
                      .cache_file = s->args->cache,
                      .cache_of = arena_printf(
                          s->cli->arena, "%.*s, policies of %.*s%s", STR_ARG(s->access.server),
                          STR_ARG(s->args->policies.ptr ? s->args->policies : STR("both")),
                          asks(s) ? ", without roles" : ""),
                      .cache_seconds_max = s->cache_age };
    for (size_t i = 0; i < COUNT_OF(always); i++) {
        if (!asks(s) || !always[i].group.len) {
            o.sources[o.source_count++] = always[i];
        }
    }
    if (!str_eq(s->args->policies, STR("policy"))) {
        o.sources[o.source_count++] = podgate_policies;
    }
    if (!str_eq(s->args->policies, STR("podgate.io"))) {
        o.sources[o.source_count++] = old_policies;
    }
    return feed_start(&o, s->cli->arena, &s->feed, err);
}

/* -- what it says of itself -------------------------------------------------------------------- */

static void write_metrics(void *context, Buf *b)
{
    const Serve *s = context;
    FeedState state;
    if (s->history) {
        history_write_metrics(s->history, b);
    }
    if (s->events) {
        events_write_metrics(s->events, b);
    }
    if (!s->feed) {
        return;
    }
    feed_state(s->feed, &state);
    const struct {
        const char *name;
        const char *type;
        const char *help;
        double value;
    } rows[] = {
        { "podgate_cluster_synced", "gauge", "1: every kind was listed since the start.",
          state.synced },
        { "podgate_cluster_from_cache", "gauge", "1: decisions are made by the cache file.",
          state.from_cache },
        { "podgate_cluster_behind_seconds", "gauge",
          "How long ago the API server was last heard of, of the kind that waits the longest.",
          (double)state.behind_ms / 1000 },
        { "podgate_lists_total", "counter", "Lists read.", (double)state.lists },
        { "podgate_watches_total", "counter", "Watches begun.", (double)state.watches },
        { "podgate_watch_events_total", "counter", "Events of watches.", (double)state.events },
        { "podgate_cluster_failures_total", "counter", "Lists and watches that failed.",
          (double)state.failures },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n%s %.9g\n", rows[i].name, rows[i].help,
                   rows[i].name, rows[i].type, rows[i].name, rows[i].value);
    }
}

static Str not_ready(void *context, Arena *a)
{
    Serve *s = context;
    FeedState state;
    if (__atomic_load_n(&s->stopping, __ATOMIC_RELAXED)) {
        return STR("stopping");
    }
    if (!s->feed) {
        return STR_ABSENT;
    }
    feed_state(s->feed, &state);
    if (state.synced || state.from_cache) {
        return STR_ABSENT;
    }
    return arena_printf(a, "waiting for %.*s", STR_ARG(state.waiting_for));
}

/* -- serving ----------------------------------------------------------------------------------- */

/* What of the exemptions is not as somebody meant it. */
static void say_idle(Serve *s, bool since_start)
{
    Arena a;
    arena_init(&a, 0);
    Buf b = buf_new(&a);
    webhook_write_idle(s->webhook, since_start, &b);
    Str rest = str_cut_suffix(buf_str(&b), STR("\n"));
    Str line;
    while (rest.len && str_next_piece(&rest, '\n', &line)) {
        say(s, line);
    }
    arena_done(&a);
}

/* Once for each request: the validating webhook knows the object as it is stored. */
static void note_events(const Serve *s, const ReviewOptions *options, const ReviewResult *result)
{
    const AdmissionRequest *r = &result->request;
    if (!result->passed_count || options->phase == REVIEW_MUTATE || r->dry_run || r->group.len ||
        !str_eq(r->kind, STR("Pod"))) {
        return;
    }
    Arena a;
    arena_init(&a, 0);
    EventObject owner = events_owner(r->object, r->namespace, &a);
    for (size_t i = 0; i < result->passed_count; i++) {
        const ReviewPassed *p = &result->passed[i];
        Str plugin = enforcement_plugin_name(p->plugin);
        (void)events_note(s->events, &owner, plugin,
                          arena_printf(&a, "would be refused, were %.*s enforced: %.*s",
                                       STR_ARG(plugin), STR_ARG(p->status.message)));
    }
    arena_done(&a);
}

static void on_decided(void *context, const ReviewOptions *options, const ReviewResult *result)
{
    const Serve *s = context;
    if (s->history) {
        history_record(s->history, options, result);
    }
    if (s->events) {
        note_events(s, options, result);
    }
}

/* The name that a pod has as its host, or that of this machine. */
static bool start_events(Serve *s, Err *err)
{
    char name[256] = "";
    if (!writes_events(s)) {
        return true;
    }
    (void)gethostname(name, sizeof(name) - 1);
    EventsOptions o = {
        .remote = s->remote, .instance = str_from_c(name), .log = on_log, .context = s
    };
    s->events = events_start(&o);
    return s->events || err_set(err, s->cli->arena, ERR_LIMIT, "no threads");
}

static bool start_history(Serve *s, Err *err)
{
    if (!s->history_options.file.ptr) {
        return true;
    }
    s->history_options.log = on_log;
    s->history_options.context = s;
    return history_open(&s->history_options, s->cli->arena, &s->history, err);
}

static bool start(Serve *s, Err *err)
{
    Arena *a = s->cli->arena;
    s->pod_security.minor_max = s->target.minor;
    if (!start_history(s, err) || !start_events(s, err)) {
        return false;
    }
    if (asks(s)) {
        s->access_options.remote = s->remote;
        s->authorizer = access_new(&s->access_options);
    }
    WebhookOptions webhook = {
        .target = s->target,
        .access = s->authorizer,
        .plugins = plugins_apply(s->plugins, review_plugins_default),
        .pod_security = s->pod_security,
        .needs_namespace = !s->has_state,
        .needs_client_cert = s->client_ca.ptr != NULL,
        .namespace_wait_ms = NAMESPACE_WAIT_MS,
        .write_metrics = write_metrics,
        .not_ready = not_ready,
        .decided = s->history || s->events ? on_decided : NULL,
        .context = s,
    };
    s->webhook = webhook_new(&webhook);
    if (s->regime) {
        webhook_set_regime(s->webhook, s->regime);
        s->regime = NULL;
        say_idle(s, false);
    }
    if (s->has_state) {
        webhook_publish(s->webhook, snapshot_acquire(s->state.snapshot));
    } else if (!start_feed(s, err)) {
        return false;
    }
    HttpServerOptions http = {
        .address = s->listen.address,
        .port = s->listen.port,
        .cert_pem = s->certificate.cert_pem,
        .key_pem = s->certificate.key_pem,
        .client_ca_pem = s->client_ca,
        .body_bytes_max = REVIEW_BYTES_MAX,
        .connection_bytes = WEBHOOK_CONNECTION_BYTES,
        .handler = webhook_serve,
        .context = s->webhook,
    };
    if (!http_server_start(&http, a, &s->http, err)) {
        return false;
    }
    s->listen.port = http_server_port(s->http);
    return true;
}

static void renew_certificate(Serve *s)
{
    Arena a;
    Err err;
    arena_init(&a, 0);
    ServeCertificate next = s->certificate;
    if (serve_certificate_is_new(&s->certificate, &a)) {
        bool ok = serve_certificate_read(&next, &a, &err) &&
                  http_server_set_certificate(s->http, next.cert_pem, next.key_pem, &a, &err);
        say(s, ok ? STR("the certificate was renewed")
                  : arena_printf(&a, "the certificate is not renewed: %.*s", STR_ARG(err.msg)));
        /* One that is half written is looked at again when it is whole. */
        memcpy(s->certificate.seen, next.seen, sizeof(next.seen));
    }
    arena_done(&a);
}

static void renew_enforcement(Serve *s)
{
    Arena a;
    Err err;
    arena_init(&a, 0);
    if (s->args->enforcement.ptr &&
        serve_file_look(s->args->enforcement, &a) != s->enforcement_seen) {
        const Regime *next = read_regime(s, &a, &err);
        if (next) {
            webhook_set_regime(s->webhook, next);
            say(s, STR("the enforcement was read again"));
            say_idle(s, false);
        } else {
            say(s, arena_printf(&a, "the enforcement stays as it was: %.*s", STR_ARG(err.msg)));
        }
    }
    arena_done(&a);
}

/* The state was published: what was needed to read it is needed no more. */
static bool is_known(const Serve *s)
{
    FeedState state;
    if (!s->feed) {
        return true;
    }
    feed_state(s->feed, &state);
    return state.synced && !state.from_cache && __atomic_load_n(&s->published, __ATOMIC_ACQUIRE);
}

static void serve_until_signal(Serve *s)
{
    sigset_t ending;
    up_signals_ending(&ending);
    const struct timespec patience = { .tv_sec = FILES_LOOK_SECONDS };
    bool settled = false;
    while (sigtimedwait(&ending, NULL, &patience) < 0) {
        renew_certificate(s);
        renew_enforcement(s);
        if (!settled && is_known(s)) {
            settled = true;
            server_memory_settle();
        }
    }
    __atomic_store_n(&s->stopping, true, __ATOMIC_RELAXED);
    if (s->stop_delay) {
        const struct timespec delay = { .tv_sec = s->stop_delay };
        say(s, STR("stopping; a second signal does it at once"));
        sigtimedwait(&ending, NULL, &delay);
    }
}

static void stop(Serve *s)
{
    http_server_stop(s->http);
    feed_stop(s->feed);
    webhook_free(s->webhook);
    events_stop(s->events);
    access_free(s->authorizer);
    remote_free(s->remote);
    history_close(s->history);
    if (s->regime) {
        regime_release(s->regime);
    }
    if (s->has_state) {
        state_close(&s->state);
    }
}

CliStatus cli_serve_run(Cli *cli, void *arguments, StrList operands)
{
    (void)operands;
    Serve s = { .cli = cli, .args = arguments };
    sigset_t before;
    Err err;
    CliStatus status = CLI_ERROR;
    server_memory_init();
    up_signals_block(false, &before);
    if (read_options(&s) && (s.args->state.count ? open_state(&s) : open_cluster(&s))) {
        if (start(&s, &err)) {
            say(&s, arena_printf(cli->arena, "listening on %.*s",
                                 STR_ARG(up_url(&s.listen, cli->arena))));
            serve_until_signal(&s);
            say_idle(&s, true);
            status = CLI_YES;
        } else {
            cli_fail(cli, &err);
        }
    }
    stop(&s);
    return status;
}
