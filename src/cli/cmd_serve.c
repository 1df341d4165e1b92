/* SPDX-License-Identifier: Apache-2.0 */
/* podgate serve: the admission webhook of a running cluster. How it is called; what it does is in
 * run_serve.c. */
#include "cli/commands.h"
#include "cli/serve.h"

static const Str policy_groups[] = { STR_INIT("podgate.io"), STR_INIT("policy"), STR_INIT("both") };

static const Str on_off[] = { STR_INIT("off"), STR_INIT("on") };
static const Str authorizers[] = { STR_INIT("rbac"), STR_INIT("subjectaccessreview") };

static const CliOption authorizer_rows[] = {
    { .name = STR_INIT("authorizer"),
      .kind = CLI_CHOICE,
      .offset = offsetof(ServeArgs, authorizer),
      .value = STR_INIT("HOW"),
      .choices = { authorizers, COUNT_OF(authorizers) },
      .help = STR_INIT("who may use a policy: by the cluster's RBAC objects, which are watched "
                       "(rbac, the default), or by asking the API server each time "
                       "(subjectaccessreview), for clusters with other authorizers, too") },
    { .name = STR_INIT("authorizer-cache-authorized-ttl"),
      .kind = CLI_TEXT,
      .offset = offsetof(ServeArgs, authorized_ttl),
      .value = STR_INIT("SECONDS"),
      .help = STR_INIT("how long a yes of the API server is kept (default: 300)") },
    { .name = STR_INIT("authorizer-cache-unauthorized-ttl"),
      .kind = CLI_TEXT,
      .offset = offsetof(ServeArgs, unauthorized_ttl),
      .value = STR_INIT("SECONDS"),
      .help = STR_INIT("and a no (default: 30)") },
    { .name = STR_INIT("authorizer-timeout"),
      .kind = CLI_TEXT,
      .offset = offsetof(ServeArgs, authorizer_timeout),
      .value = STR_INIT("SECONDS"),
      .help = STR_INIT("how long a review waits for all that it asks; what is not answered by then "
                       "is a no (default: 3)") },
};

static const CliOption cluster_rows[] = {
    { .name = STR_INIT("policies"),
      .kind = CLI_CHOICE,
      .offset = offsetof(ServeArgs, policies),
      .value = STR_INIT("GROUP"),
      .choices = { policy_groups, COUNT_OF(policy_groups) },
      .help = STR_INIT("where PodSecurityPolicies are kept: as custom resources of podgate.io, in "
                       "policy/v1beta1 of clusters that still serve it, or in both (default)") },
    { .name = STR_INIT("enforcement"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(ServeArgs, enforcement),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("how strict to be: enforce, warn or audit, by namespace, and who is exempt "
                       "until when; read again when it changes") },
    { .name = STR_INIT("events"),
      .kind = CLI_CHOICE,
      .offset = offsetof(ServeArgs, events),
      .value = STR_INIT("on|off"),
      .choices = { on_off, COUNT_OF(on_off) },
      .help = STR_INIT("write an Event on the workload whose pods would be refused, in the modes "
                       "warn and audit (default: off)") },
    { .name = STR_INIT("state"),
      .letter = 's',
      .kind = CLI_LIST,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(ServeArgs, state),
      .value = STR_INIT("PATH"),
      .help = STR_INIT("decide by these manifests instead of a running cluster; repeatable") },
    { .name = STR_INIT("preset"),
      .kind = CLI_LIST,
      .offset = offsetof(ServeArgs, presets),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("with --state: a platform's default objects, too; repeatable") },
    { .name = STR_INIT("kubernetes-version"),
      .kind = CLI_TEXT,
      .offset = offsetof(ServeArgs, kubernetes_version),
      .value = STR_INIT("1.MINOR"),
      .help = STR_INIT("answer as this version (default: the cluster's)") },
    { .name = STR_INIT("cache"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(ServeArgs, cache),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("keep what is known of the cluster there, and start from it when the API "
                       "server cannot be reached") },
    { .name = STR_INIT("cache-max-age"),
      .kind = CLI_TEXT,
      .offset = offsetof(ServeArgs, cache_age),
      .value = STR_INIT("SECONDS"),
      .help = STR_INIT("do not start from an older one (default: 86400)") },
};

static const CliOption server_rows[] = {
    { .name = STR_INIT("listen"),
      .kind = CLI_TEXT,
      .offset = offsetof(ServeArgs, listen),
      .value = STR_INIT("ADDRESS:PORT"),
      .help = STR_INIT("where the API server reaches it (default: 0.0.0.0:8443)") },
    { .name = STR_INIT("tls-cert-file"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(ServeArgs, cert_file),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("its certificate, PEM; read again when it changes") },
    { .name = STR_INIT("tls-private-key-file"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(ServeArgs, key_file),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("the certificate's key, PEM") },
    { .name = STR_INIT("client-ca-file"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(ServeArgs, client_ca_file),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("answer reviews only of clients with a certificate of this authority") },
    { .name = STR_INIT("shutdown-delay"),
      .kind = CLI_TEXT,
      .offset = offsetof(ServeArgs, stop_delay),
      .value = STR_INIT("SECONDS"),
      .help = STR_INIT("when told to stop, say so on /readyz and go on for so long (default: 0)") },
};

static const CliOption history_rows[] = {
    { .name = STR_INIT("history"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(ServeArgs, history),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("keep every decision there, for podgate history and podgate report") },
    { .name = STR_INIT("history-max-mb"),
      .kind = CLI_TEXT,
      .offset = offsetof(ServeArgs, history_mb),
      .value = STR_INIT("MB"),
      .help = STR_INIT("the oldest make room when it would take more of the disk (default: 256)") },
    { .name = STR_INIT("history-max-days"),
      .kind = CLI_TEXT,
      .offset = offsetof(ServeArgs, history_days),
      .value = STR_INIT("DAYS"),
      .help = STR_INIT("forget what is older (default: 30)") },
};

static const CliOptionGroup cluster_options = { STR_INIT("The cluster"), cluster_rows,
                                                COUNT_OF(cluster_rows) };
static const CliOptionGroup authorizer_options = { STR_INIT("Who may use a policy"),
                                                   authorizer_rows, COUNT_OF(authorizer_rows) };
static const CliOptionGroup server_options = { STR_INIT("The server"), server_rows,
                                               COUNT_OF(server_rows) };
static const CliOptionGroup history_options = { STR_INIT("The history"), history_rows,
                                                COUNT_OF(history_rows) };

static const CliOptionUse uses[] = {
    { &live_options, offsetof(ServeArgs, live) },
    { &cluster_options, 0 },
    { &authorizer_options, 0 },
    { &plugin_options, offsetof(ServeArgs, plugins) },
    { &pod_security_options, offsetof(ServeArgs, pod_security) },
    { &server_options, 0 },
    { &history_options, 0 },
    { NULL, 0 },
};

const CliCommand cli_command_serve = {
    .name = STR_INIT("serve"),
    .summary = STR_INIT("Serve the admission webhook of a running cluster"),
    .description = STR_INIT(
        "Answers the AdmissionReviews of a cluster's API server: /mutate and /validate decide by "
        "the "
        "cluster's PodSecurityPolicies, its RBAC and its Pod Security labels, which are listed and "
        "watched; /healthz, /readyz and /metrics say how it is.\nIn a pod the cluster is the one "
        "that "
        "it runs in. While the API server cannot be reached it goes on with what it knows."),
    .options = uses,
    .args_size = sizeof(ServeArgs),
    .run = cli_serve_run,
};
