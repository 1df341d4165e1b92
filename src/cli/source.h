/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cluster that an analysis asks: files of --state, or a running one of --kubeconfig.
 *
 * A command of this kind lists SOURCE_OPTION_USES among its options and calls source_open(). The
 * program that decides knows no network: there source_open() hands the whole call over to the one
 * that serves, when a running cluster is asked for.
 */
#ifndef PODGATE_CLI_SOURCE_H
#define PODGATE_CLI_SOURCE_H

#include "cli/live.h"
#include "cli/state.h"
#include "decide/facts.h"

typedef struct SourceArgs {
    StateArgs state;
    LiveArgs live;
    bool fail_on_unknown;
} SourceArgs;

extern const CliOptionGroup source_options; /* --fail-on-unknown, into SourceArgs */

/* Rows of a CliOptionUse list: the groups of a SourceArgs member of Args. */
#define SOURCE_OPTION_USES(Args, member)                                        \
    { &state_options, offsetof(Args, member) + offsetof(SourceArgs, state) },   \
        { &live_options, offsetof(Args, member) + offsetof(SourceArgs, live) }, \
    {                                                                           \
        &source_options, offsetof(Args, member)                                 \
    }

typedef struct SourceOptions {
    LiveOptions live;   /* which kinds of a running cluster are read */
    bool may_be_absent; /* the question makes sense without any cluster: neither option is needed */
} SourceOptions;

/* Reads what is asked for and indexes it. What is not evaluated is warned about: kinds and fields
 * that are not known, kinds that could not be read; with --fail-on-unknown each of them fails the
 * call. Close with state_close(). False after a message. */
WARN_UNUSED bool source_open(const Cli *cli, const SourceArgs *args, const SourceOptions *options,
                             State *out);

/* Before a command runs, and reads anything: can this program ask the cluster that the call is
 * about? The one that decides hands calls about a running cluster over, and does not return but
 * with a message: then false. */
WARN_UNUSED bool source_is_here(const Cli *cli, const CliCommand *command, const void *args);

/* Of a running cluster. */
WARN_UNUSED bool source_read_live(const Cli *cli, const SourceArgs *args,
                                  const SourceOptions *options, LiveRead *out);

/* Who one is in the running cluster, by the credentials of the kubeconfig: the user that it
 * impersonates, the subject of the certificate, the service account of the token; with the groups
 * that the API server adds. False after a message, when the kubeconfig does not say. */
WARN_UNUSED bool source_self(const Cli *cli, const SourceArgs *args, UserInfo *out);

#endif
