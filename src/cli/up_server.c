/* SPDX-License-Identifier: Apache-2.0 */
/* The server of podgate up: from its options to answers. */
#include "cli/up.h"

#include "analyze/objects.h"
#include "cli/fields.h"
#include "cli/progress.h"
#include "cli/server_memory.h"
#include "cli/snapshots.h"
#include "cli/state.h"
#include "cluster/preset.h"
#include "decide/admission/admission.h"
#include "doc/json.h"
#include "server/apiserver/apiserver.h"
#include "server/apiserver/clock.h"
#include "server/auth/auth.h"
#include "server/auth/certs.h"
#include "server/data/data.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    MINOR_DEFAULT = 20, /* the newest that knows all of PodSecurityPolicy, as it was recorded */
    MINOR_WITHOUT_POLICY = 25, /* from here on clusters have none unless somebody brings some */
    NODES_DEFAULT = 1,
    NODES_MAX = 1000,
    DESCRIPTORS = 16384,
};

struct UpServer {
    UpAddress listen;
    KubeTarget target;
    PsaConfig pod_security;
    PluginChoice plugins;
    int64_t nodes;
    int64_t clock_offset;
    bool requires_policies; /* PodSecurityPolicy is on, and lets nothing in without them */
    TokenFile tokens;
    UpServices services;
    int audit;    /* descriptor; -1 */
    int listener; /* until the listener has it; -1 */
    FileObjects objects;
    size_t loaded;   /* of objects */
    size_t left_out; /* of objects: refused, or of no kind that is known */
    CertAuthority *ca;
    CertPair cert;
    CertPair admin;
    UpData data;
    Str snapshots; /* the folder of those that may be restored; absent when nobody knows */
    Authenticator *auth;
    ApiServer *api;
    HttpServer *http;
    Str url;
    size_t policies;
};

static const Str admin_name = STR_INIT("podgate-admin");
static const Str admin_groups[] = { STR_INIT("system:masters") };

/* -- what the options say ---------------------------------------------------------------------- */

static bool read_listen(const Cli *cli, const UpArgs *args, UpServer *s)
{
    Err err;
    if (!up_listen_read(args->listen, cli->arena, &s->listen, &err)) {
        cli_usage(cli, "%.*s", STR_ARG(err.msg));
        return false;
    }
    if (!s->listen.is_loopback && !args->no_anonymous) {
        cli_usage(
            cli,
            "--listen %.*s: other machines could reach it; --no-anonymous turns away who does "
            "not say who he is",
            STR_ARG(args->listen));
        return false;
    }
    return true;
}

static bool read_version(const Cli *cli, const UpArgs *args, UpServer *s)
{
    Err err;
    s->target = kube_target(MINOR_DEFAULT);
    if (args->kubernetes_version.ptr &&
        !kube_target_parse(args->kubernetes_version, cli->arena, &s->target, &err)) {
        cli_usage(cli, "--kubernetes-version: %.*s", STR_ARG(err.msg));
        return false;
    }
    return true;
}

static bool read_nodes(const Cli *cli, const UpArgs *args, UpServer *s)
{
    s->nodes = NODES_DEFAULT;
    if (args->nodes.ptr &&
        (!str_to_int64(args->nodes, &s->nodes) || s->nodes < 0 || s->nodes > NODES_MAX)) {
        cli_usage(cli, "--nodes is a number from 0 to %d, not \"%.*s\"", NODES_MAX,
                  STR_ARG(args->nodes));
        return false;
    }
    return true;
}

static bool read_clock(const Cli *cli, const UpArgs *args, UpServer *s)
{
    int64_t now = (int64_t)time(NULL);
    int64_t wanted;
    Err err;
    if (!args->clock.ptr) {
        return true;
    }
    if (!clock_read(args->clock, now, cli->arena, &wanted, &err)) {
        cli_usage(cli, "--clock: %.*s", STR_ARG(err.msg));
        return false;
    }
    s->clock_offset = wanted - now;
    return true;
}

static bool check_presets(const Cli *cli, StrList presets)
{
    for (size_t i = 0; i < presets.count; i++) {
        if (!str_list_has(preset_names(), presets.items[i])) {
            Str near = cli_suggest(preset_names(), presets.items[i], cli->arena);
            cli_usage(cli, "--preset: there is none called \"%.*s\"%s%.*s",
                      STR_ARG(presets.items[i]), near.ptr ? "; did you mean " : "", STR_ARG(near));
            return false;
        }
    }
    return true;
}

static bool read_tokens(const Cli *cli, const UpArgs *args, UpServer *s)
{
    Str text;
    Err err;
    if (args->token_file.ptr &&
        (!file_read_text(args->token_file, &doc_limits_default, cli->arena, &text, &err) ||
         !token_file_read(args->token_file, text, cli->arena, &s->tokens, &err))) {
        cli_fail(cli, &err);
        return false;
    }
    return true;
}

static bool read_services(const Cli *cli, const UpArgs *args, UpServer *s)
{
    Err err;
    if (!up_services_read(args->service_addresses, cli->arena, &s->services, &err)) {
        cli_usage(cli, "%.*s", STR_ARG(err.msg));
        return false;
    }
    return true;
}

static bool read_options(const Cli *cli, const UpArgs *args, UpServer *s)
{
    if (!read_listen(cli, args, s) || !read_version(cli, args, s) || !read_nodes(cli, args, s) ||
        !read_clock(cli, args, s) || !check_presets(cli, args->presets) ||
        !plugins_read(cli, &args->plugins, &s->plugins) ||
        !pod_security_read(cli, &args->pod_security, &s->pod_security) ||
        !read_tokens(cli, args, s) || !read_services(cli, args, s)) {
        return false;
    }
    s->pod_security.minor_max = s->target.minor;
    return true;
}

static bool open_data(const Cli *cli, const UpArgs *args, UpServer *s)
{
    Err err;
    if (args->from.ptr && args->presets.count) {
        cli_usage(cli, "--preset is for a cluster that begins empty: a snapshot has what it had");
        return false;
    }
    if (!up_data_open(args, cli->arena, &s->data, &err)) {
        cli_fail(cli, &err);
        return false;
    }
    if (!args->clock.ptr) {
        s->clock_offset = s->data.clock_offset;
    }
    if (s->data.minor && !args->kubernetes_version.ptr) {
        s->target = kube_target(s->data.minor);
        s->pod_security.minor_max = s->target.minor;
    }
    Err unknown;
    s->snapshots = snapshots_folder(cli->arena, &s->snapshots, &unknown) ? s->snapshots
                                                                         : STR_ABSENT;
    if (s->data.is_old && (args->state.count || args->presets.count)) {
        cli_warn(cli,
                 "%.*s holds a cluster already: --state and --preset are for a new one, and are "
                 "not read",
                 STR_ARG(args->data));
    }
    return true;
}

static bool read_state(const Cli *cli, const UpArgs *args, UpServer *s)
{
    if (!args->state.count || s->data.is_old) {
        return true;
    }
    if (!state_read_files(cli, args->state, &s->objects) ||
        !fields_check(cli, &s->objects, &s->target, args->strict)) {
        return false;
    }
    if (!s->objects.count) {
        cli_warn(cli, "there are no objects in what --state names");
    }
    objects_fill_namespaces(&s->objects, STR("default"), cli->arena);
    return true;
}

/* -- the audit log ----------------------------------------------------------------------------- */

static bool open_audit(const Cli *cli, const UpArgs *args, UpServer *s)
{
    if (args->audit_log.ptr) {
        s->audit = open(arena_cstr(cli->arena, args->audit_log),
                        O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (s->audit < 0) {
            cli_error(cli, "%.*s: %s", STR_ARG(args->audit_log), strerror(errno));
            return false;
        }
    }
    return true;
}

/* One write a line: lines of several threads stay whole, as the file is only appended to. */
static void audit(void *context, Str line)
{
    UpServer *s = context;
    ssize_t n = write(s->audit, line.ptr, line.len);
    (void)n; /* a full disk must not end what the log is about */
}

/* -- certificates ------------------------------------------------------------------------------ */

/* Certificates are good from then on by the server's clock and by the machine's, which clients
 * have.
 */
static int64_t first_second(const UpServer *s, int64_t now)
{
    return s->clock_offset < 0 ? now + s->clock_offset : now;
}

/* Its own are made at each start, under an authority that stays. */
static bool issue_certificates(UpServer *s, int64_t now, Arena *a, Err *err)
{
    int64_t first = first_second(s, now); /* of what the server itself looks at */
    return cert_issue_server(s->ca, up_names(&s->listen, a), now, a, &s->cert, err) &&
           cert_issue_client(s->ca, admin_name, (StrList){ admin_groups, 1 }, first, a, &s->admin,
                             err);
}

static bool make_authority(UpServer *s, int64_t now, Arena *a, Err *err)
{
    UpKeys *keys = &s->data.keys;
    if (keys->ca_cert.ptr) {
        return cert_authority_load(keys->ca_cert, keys->ca_key, a, &s->ca, err);
    }
    if (!cert_authority_new(STR("podgate"), first_second(s, now), a, &s->ca, err)) {
        return false;
    }
    keys->ca_cert = cert_authority_pem(s->ca);
    return cert_authority_key_pem(s->ca, a, &keys->ca_key, err);
}

static bool make_keys(const UpArgs *args, UpServer *s, Arena *a, Err *err)
{
    int64_t now = (int64_t)time(NULL);
    AuthOptions auth = { .tokens = args->token_file.ptr ? &s->tokens : NULL,
                         .no_anonymous = args->no_anonymous,
                         .minor = s->target.minor,
                         .token_key = s->data.keys.token_key };
    return make_authority(s, now, a, err) && issue_certificates(s, now, a, err) &&
           auth_new(&auth, a, &s->auth, err) &&
           jwt_key_pem(auth_issuer(s->auth)->key, a, &s->data.keys.token_key, err) &&
           (s->data.is_old || up_data_keep_keys(&s->data, a, err));
}

/* -- the server -------------------------------------------------------------------------------- */

/* Each client holds a descriptor. */
static void allow_many_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Clients inside a 1.20 cluster are told of no certificate, as in the recorded one: its Secrets of
 * tokens have none, kube-root-ca.crt is empty. */
static Str root_ca(const UpServer *s)
{
    return s->target.minor > MINOR_DEFAULT ? cert_authority_pem(s->ca) : STR_ABSENT;
}

static bool start_api(const UpArgs *args, UpServer *s, Arena *a, Err *err)
{
    ApiServerOptions api = {
        .target = s->target,
        .admission = admission_options_default,
        .presets = args->presets,
        .auth = s->auth,
        .ca = s->ca,
        .nodes = (int)s->nodes,
        .may_have_nodes = args->nodes.ptr == NULL,
        .controllers_wait = true,
        .is_plain = args->no_controllers,
        .root_ca = root_ca(s),
        .data = s->data.data,
        .is_old = s->data.is_old,
        .from = s->data.from,
        .snapshots = s->snapshots,
        .is_upgraded = (s->data.is_old || s->data.from.ptr) && s->data.minor != s->target.minor,
        .service_addresses = s->services.items,
        .service_address_count = s->services.count,
        .clock_offset = s->clock_offset,
        .audit = s->audit >= 0 ? audit : NULL,
        .audit_context = s,
    };
    api.admission.plugins = plugins_apply(s->plugins, ADMISSION_DEFAULT_PLUGINS);
    api.admission.pod_security = &s->pod_security;
    uint64_t psp = ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY_POLICY);
    api.admission.psp_needs_policies = s->target.minor >= MINOR_WITHOUT_POLICY &&
                                       !(s->plugins.on & psp);
    s->requires_policies = (api.admission.plugins & psp) && !api.admission.psp_needs_policies;
    return apiserver_new(&api, a, &s->api, err);
}

static bool go_on(void *context, size_t done, size_t all)
{
    progress_count(context, "loading", done, all);
    return !up_signal_came();
}

static bool load(const Cli *cli, const UpArgs *args, UpServer *s, Err *err)
{
    Buf notes = buf_new(cli->arena);
    Progress progress = progress_new(cli);
    ApiLoad load = { .go_on = go_on, .context = &progress, .notes = &notes };
    bool done = apiserver_load(s->api, &s->objects, &load);
    progress_end(&progress);
    if (!done) {
        return err_set(err, cli->arena, ERR_IO, "ended by a signal while --state was loaded");
    }
    up_warn_load(cli, &load);
    s->loaded = load.loaded;
    s->left_out = load.refused + load.unknown;
    return !args->strict || !load.refused ||
           err_set(err, cli->arena, ERR_USAGE, "%zu object%s of --state %s refused (--strict)",
                   load.refused, load.refused == 1 ? "" : "s", load.refused == 1 ? "was" : "were");
}

/* Where it was served before, so that kubeconfigs that were given out still work. */
static bool listen_again(const Cli *cli, const UpArgs *args, UpServer *s)
{
    UpAddress before;
    if (args->listen.ptr || !s->data.listen.ptr ||
        !up_listen_read(s->data.listen, cli->arena, &before, NULL) ||
        !(before.is_loopback || args->no_anonymous)) {
        return false;
    }
    if (!http_listen(before.address, &before.port, cli->arena, &s->listener, NULL)) {
        cli_warn(cli,
                 "%.*s, where this cluster was served before, is taken; kubeconfigs of then do "
                 "not work",
                 STR_ARG(s->data.listen));
        return false;
    }
    s->listen = before;
    return true;
}

/* First of all, so that the port is known, or what is wrong with it. Clients wait. */
static bool listen_on(const Cli *cli, const UpArgs *args, UpServer *s, Err *err)
{
    Arena *a = cli->arena;
    if (!listen_again(cli, args, s) &&
        !http_listen(s->listen.address, &s->listen.port, a, &s->listener, err)) {
        return false;
    }
    s->url = up_url(&s->listen, a);
    return true;
}

/* Only now that all of it is on the disk: one that is ended before begins anew. */
static bool finish_data(UpServer *s, Arena *a, Err *err)
{
    Str listen = arena_printf(a,
                              str_index_byte(s->listen.address, ':') >= 0 ? "[%.*s]:%d" : "%.*s:%d",
                              STR_ARG(s->listen.address), s->listen.port);
    return apiserver_flush(s->api, a, err) &&
           up_data_ready(&s->data, listen, s->target.minor, s->clock_offset, a, err);
}

static bool serve(UpServer *s, Arena *a, Err *err)
{
    HttpServerOptions http = {
        .address = s->listen.address,
        .port = s->listen.port,
        .listener = s->listener,
        .cert_pem = s->cert.cert_pem,
        .key_pem = s->cert.key_pem,
        .client_ca_pem = cert_authority_pem(s->ca),
        .handler = apiserver_serve,
        .on_refused = apiserver_refuse,
        .context = s->api,
    };
    s->listener = -1;
    return http_server_start(&http, a, &s->http, err);
}

static bool write_kubeconfig(const UpServer *s, const UpArgs *args, Str path, Arena *a, Err *err)
{
    bool is_default = str_eq(args->name, STR("default"));
    UpKubeconfig k = { .name = is_default ? STR("") : args->name,
                       .url = s->url,
                       .ca_pem = cert_authority_pem(s->ca),
                       .cert_pem = s->admin.cert_pem,
                       .key_pem = s->admin.key_pem };
    return up_kubeconfig_write(path, &k, a, err);
}

bool up_server_write_kubeconfig(Cli *cli, const UpServer *s, const UpArgs *args, Str path)
{
    Err err;
    if (!write_kubeconfig(s, args, path, cli->arena, &err)) {
        cli_fail(cli, &err);
        return false;
    }
    return true;
}

bool up_server_start(Cli *cli, const UpArgs *args, Str kubeconfig, UpServer **out)
{
    Arena *a = cli->arena;
    UpServer *s = new(a, UpServer, 1);
    Err err;
    s->audit = s->listener = -1;
    if (!read_options(cli, args, s) || !open_data(cli, args, s) || !read_state(cli, args, s) ||
        !open_audit(cli, args, s)) {
        up_server_stop(s);
        return false;
    }
    allow_many_descriptors();
    if (!listen_on(cli, args, s, &err) || !make_keys(args, s, a, &err) ||
        !start_api(args, s, a, &err) || !load(cli, args, s, &err) || !finish_data(s, a, &err) ||
        !apiserver_start_controllers(s->api, a, &err) || !serve(s, a, &err) ||
        !write_kubeconfig(s, args, kubeconfig, a, &err)) {
        cli_fail(cli, &err);
        up_server_stop(s);
        return false;
    }
    server_memory_settle();
    *out = s;
    return true;
}

void up_server_stop(UpServer *s)
{
    apiserver_stop_asking(s->api);
    http_server_stop(s->http);
    apiserver_free(s->api);
    auth_free(s->auth);
    cert_authority_free(s->ca);
    data_close(s->data.data);
    if (s->listener >= 0) {
        close(s->listener);
    }
    if (s->audit >= 0) {
        close(s->audit);
    }
}

/* -- what it says of itself -------------------------------------------------------------------- */

/* "3 PodSecurityPolicies (a, b, c)", asked of the server as its administrator would. */
static Str policies_text(UpServer *s, Arena *a)
{
    enum { NAMED_MAX = 5 };
    HttpRequest request = { .method = STR("GET"),
                            .target = STR("/apis/policy/v1beta1/podsecuritypolicies"),
                            .client_cn = admin_name,
                            .client_organizations = { admin_groups, 1 } };
    HttpResponse response = { .status = 200 };
    Value list;
    apiserver_serve(s->api, &request, a, &response);
    if (response.status != 200 || !json_read(STR("list"), response.body, NULL, a, &list, NULL)) {
        return STR_ABSENT;
    }
    const Value *items = value_get_lit(&list, "items");
    size_t count = s->policies = value_len(items);
    Buf b = buf_new(a);
    if (count == 0 && s->requires_policies) {
        return STR("none, so no pod gets in: create a PodSecurityPolicy, or serve with\n"
                   "            --disable-admission-plugins PodSecurityPolicy");
    }
    buf_printf(&b, "%zu PodSecurityPolic%s", count, count == 1 ? "y" : "ies");
    for (size_t i = 0; i < count && i < NAMED_MAX; i++) {
        buf_printf(&b, "%s%.*s", i ? ", " : " (",
                   STR_ARG(value_as_str(value_at(value_item(items, i), "metadata", "name", NULL))));
    }
    buf_add(&b, count > NAMED_MAX ? STR(", ...)") : count ? STR(")") : STR(""));
    return buf_str(&b);
}

void up_server_describe(Cli *cli, UpServer *s, Str kubeconfig, Str how_to_end)
{
    Arena *a = cli->arena;
    Buf b = buf_new(a);
    buf_printf(&b, "Kubernetes 1.%d is served at %.*s\n", s->target.minor, STR_ARG(s->url));
    Str policies = policies_text(s, a);
    if (policies.ptr) {
        buf_printf(&b, "  policies  %.*s\n", STR_ARG(policies));
    }
    if (s->objects.count) {
        buf_printf(&b, "  loaded    %zu object%s", s->loaded, s->loaded == 1 ? "" : "s");
        if (s->left_out) {
            buf_printf(&b, "; %zu left out", s->left_out);
        }
        buf_byte(&b, '\n');
    }
    Str missing = up_services_missing(&s->objects, &s->services, a);
    if (missing.ptr) {
        buf_printf(&b,
                   "  webhooks  are asked at services, and nothing runs here: --service-address "
                   "says where\n            %.*s %s\n",
                   STR_ARG(missing), str_index_byte(missing, ',') < 0 ? "is" : "are");
    }
    buf_printf(&b,
               "  use it    export KUBECONFIG=%.*s\n"
               "            kubectl get %s\n"
               "  end it    %.*s\n",
               STR_ARG(kubeconfig), s->policies ? "psp" : "namespaces", STR_ARG(how_to_end));
    cli_say(cli, buf_str(&b));
}
