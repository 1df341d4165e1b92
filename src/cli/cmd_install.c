/* SPDX-License-Identifier: Apache-2.0 */
/* podgate install: how it is called; what it does is in run_install.c. */
#include "cli/commands.h"
#include "cli/install.h"
#include "cli/output.h"

static const Str formats[] = { STR_INIT("yaml"), STR_INIT("json") };
static const Str failure_policies[] = { STR_INIT("Fail"), STR_INIT("Ignore") };

static const Str authorizers[] = { STR_INIT("rbac"), STR_INIT("subjectaccessreview") };
static const Str on_off[] = { STR_INIT("off"), STR_INIT("on") };

static const CliOption rows[] = {
    { .name = STR_INIT("dry-run"),
      .kind = CLI_FLAG,
      .offset = offsetof(InstallArgs, dry_run),
      .help = STR_INIT("print the objects and change nothing; no cluster is asked") },
    OUTPUT_ROW(InstallArgs, format, formats, COUNT_OF(formats), "the same, as yaml or json"),
    { .name = STR_INIT("kubernetes-version"),
      .kind = CLI_TEXT,
      .offset = offsetof(InstallArgs, kubernetes_version),
      .value = STR_INIT("1.MINOR"),
      .help = STR_INIT("print them for this version (default: 1.21 and newer)") },
    { .name = STR_INIT("image"),
      .kind = CLI_TEXT,
      .offset = offsetof(InstallArgs, image),
      .value = STR_INIT("IMAGE"),
      .help = STR_INIT("the image of its pods (default: podgate, of this version)") },
    { .name = STR_INIT("replicas"),
      .kind = CLI_TEXT,
      .offset = offsetof(InstallArgs, replicas),
      .value = STR_INIT("N"),
      .help = STR_INIT("how many of them (default: 2)") },
    { .name = STR_INIT("webhook-url"),
      .kind = CLI_TEXT,
      .offset = offsetof(InstallArgs, webhook_url),
      .value = STR_INIT("URL"),
      .help = STR_INIT("a podgate serve outside of the cluster, https://HOST[:PORT]: nothing but "
                       "the custom resource and the webhook configurations is installed") },
    { .name = STR_INIT("ca-file"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(InstallArgs, ca_file),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("with --webhook-url: who signed its certificate, PEM (default: who the API "
                       "server's system trusts)") },
    { .name = STR_INIT("failure-policy"),
      .kind = CLI_CHOICE,
      .offset = offsetof(InstallArgs, failure_policy),
      .value = STR_INIT("POLICY"),
      .help = STR_INIT("what becomes of pods while podgate is away: Fail (default) refuses them, "
                       "Ignore lets them pass"),
      .choices = { failure_policies, COUNT_OF(failure_policies) } },
    { .name = STR_INIT("authorizer"),
      .kind = CLI_CHOICE,
      .offset = offsetof(InstallArgs, authorizer),
      .value = STR_INIT("HOW"),
      .help = STR_INIT("who may use a policy: rbac (default), or subjectaccessreview, which asks "
                       "the API server; its account has the rights for the one or the other"),
      .choices = { authorizers, COUNT_OF(authorizers) } },
    { .name = STR_INIT("events"),
      .kind = CLI_CHOICE,
      .offset = offsetof(InstallArgs, events),
      .value = STR_INIT("on|off"),
      .help = STR_INIT("Events on workloads whose pods would be refused, and the right to write "
                       "them (default: off)"),
      .choices = { on_off, COUNT_OF(on_off) } },
    { .name = STR_INIT("enforcement"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(InstallArgs, enforcement),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("how strict to be, and who is exempt, as podgate serve --enforcement takes "
                       "it: kept in ConfigMap " INSTALL_ENFORCEMENT ", whose changes are in force "
                       "once they reach the pods") },
    { .name = STR_INIT("cert-manager"),
      .kind = CLI_FLAG,
      .offset = offsetof(InstallArgs, cert_manager),
      .help = STR_INIT("let cert-manager make and renew the certificate") },
    { .name = STR_INIT("no-wait"),
      .kind = CLI_FLAG,
      .offset = offsetof(InstallArgs, no_wait),
      .help = STR_INIT("register the webhooks at once, whether podgate answers already or not") },
    { .name = STR_INIT("timeout"),
      .kind = CLI_TEXT,
      .offset = offsetof(InstallArgs, timeout),
      .value = STR_INIT("SECONDS"),
      .help = STR_INIT("how long it may take until podgate answers (default: 120)") },
};
static const CliOptionGroup group = { STR_INIT("The installation"), rows, COUNT_OF(rows) };

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &install_place_options, offsetof(InstallArgs, place) },
    { NULL, 0 },
};

const CliCommand cli_command_install = {
    .name = STR_INIT("install"),
    .summary = STR_INIT("Install the admission webhook in a cluster"),
    .description = STR_INIT(
        "Applies everything that podgate needs in a cluster (server-side, as field manager "
        "podgate): the custom resource for PodSecurityPolicies, its namespace, accounts with no "
        "more rights than are needed, its pods, a certificate of an authority of its own, and, "
        "once a pod is ready, the webhook configurations. Running it again brings an installation "
        "up to date and keeps its certificate."),
    .options = uses,
    .args_size = sizeof(InstallArgs),
    .run = cli_install_run,
};
