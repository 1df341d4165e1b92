/* SPDX-License-Identifier: Apache-2.0 */
/* podgate serve: its options, and what its files share. */
#ifndef PODGATE_CLI_SERVE_H
#define PODGATE_CLI_SERVE_H

#include "cli/live.h"
#include "cli/plugins.h"
#include "cli/pod_security.h"

typedef struct ServeArgs {
    LiveArgs live;
    StrList state;
    StrList presets;
    Str kubernetes_version;
    Str policies;
    Str enforcement;
    Str cache;
    Str cache_age;
    PluginArgs plugins;
    PodSecurityArgs pod_security;
    Str listen;
    Str cert_file;
    Str key_file;
    Str client_ca_file;
    Str stop_delay;
    Str history;
    Str history_mb;
    Str history_days;
    Str authorizer;
    Str authorized_ttl;
    Str unauthorized_ttl;
    Str authorizer_timeout;
    Str events;
} ServeArgs;

/* -- serve_files: files that are read again when they change ----------------------------------- */

/* What tells a file from the one that was at its path before; 0: none is there. */
int64_t serve_file_look(Str path, Arena *a);

typedef struct ServeCertificate {
    Str cert_file;
    Str key_file;
    Str cert_pem;
    Str key_pem;
    int64_t seen[2]; /* serve_file_look() of each */
} ServeCertificate;

/* Reads both into the arena. */
WARN_UNUSED bool serve_certificate_read(ServeCertificate *c, Arena *a, Err *err);
/* Are the files others than those that were read? */
bool serve_certificate_is_new(const ServeCertificate *c, Arena *a);

/* -- serve_history: --history and its bounds ----------------------------------------------------
 */

struct HistoryOptions; /* server/history/history.h */

/* False after a message. Without --history the file is absent. */
WARN_UNUSED bool serve_history_read(const Cli *cli, const ServeArgs *args,
                                    struct HistoryOptions *out);

/* -- serve_cluster: the API server, as a pod or as who has a kubeconfig ------------------------ */

/* Without options of LiveArgs: the service account that every pod is given. */
WARN_UNUSED bool serve_access(const Cli *cli, const LiveArgs *args, KubeconfigAccess *out);

#endif
