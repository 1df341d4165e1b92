/* SPDX-License-Identifier: Apache-2.0 */
/* podgate cert: how it is called; what it does is in run_cert.c. */
#include "cli/commands.h"
#include "cli/install.h"

static const CliOption rows[] = {
    { .name = STR_INIT("renew"),
      .kind = CLI_FLAG,
      .offset = offsetof(CertArgs, renew),
      .help = STR_INIT("make a new authority and certificate though the present one is good") },
    { .name = STR_INIT("check"),
      .kind = CLI_FLAG,
      .offset = offsetof(CertArgs, check),
      .help = STR_INIT("change nothing: exit status 1 says that something is to be done") },
};
static const CliOptionGroup group = { STR_INIT("Options"), rows, COUNT_OF(rows) };

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &install_place_options, offsetof(CertArgs, place) },
    { NULL, 0 },
};

const CliCommand cli_command_cert = {
    .name = STR_INIT("cert"),
    .summary = STR_INIT("Make or renew the certificate of the admission webhook"),
    .description = STR_INIT(
        "Looks at the certificate in the Secret podgate-tls, makes one when there is none, renews "
        "it and its authority 30 days before it ends, and sees to it that the webhook "
        "configurations trust it. While it is renewed they trust both authorities; podgate serve "
        "takes up the new one by itself."),
    .options = uses,
    .args_size = sizeof(CertArgs),
    .run = cli_cert_run,
};
