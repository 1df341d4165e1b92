/* SPDX-License-Identifier: Apache-2.0 */
/* --enforce and --config: what Pod Security Admission is configured with, for every command that
 * asks it. */
#ifndef PODGATE_CLI_POD_SECURITY_H
#define PODGATE_CLI_POD_SECURITY_H

#include "cli/cli.h"
#include "decide/psa/config.h"

typedef struct PodSecurityArgs {
    Str enforce;
    Str config;
} PodSecurityArgs;

extern const CliOptionGroup pod_security_options; /* into PodSecurityArgs */

/* The configuration: the file's, with what --enforce says as its default. A file is a
 * PodSecurityConfiguration, or an AdmissionConfiguration that has one for plugin PodSecurity. False
 * after a message. */
WARN_UNUSED bool pod_security_read(const Cli *cli, const PodSecurityArgs *args, PsaConfig *out);

static inline bool pod_security_is_asked_for(const PodSecurityArgs *args)
{
    return args->enforce.ptr || args->config.ptr;
}

#endif
