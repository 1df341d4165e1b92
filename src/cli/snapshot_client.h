/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to a rehearsal cluster that runs, by the kubeconfig that podgate up wrote. */
#ifndef PODGATE_CLI_SNAPSHOT_CLIENT_H
#define PODGATE_CLI_SNAPSHOT_CLIENT_H

#include "cli/cli.h"

typedef struct SnapshotClient {
    Str host;
    Str port;
    Str ca_pem;
    Str cert_pem;
    Str key_pem;
} SnapshotClient;

/* The cluster of a kubeconfig; absent: of KUBECONFIG when podgate up wrote that, else the one of
 * that name in the background (absent: "default"). */
WARN_UNUSED bool snapshot_client_find(Str kubeconfig, Str name, Arena *a, SnapshotClient *out,
                                      Err *err);

/* Called with the body, piece by piece, when the status is 200. */
typedef bool SnapshotClientSink(void *context, Str piece, Arena *a, Err *err);

/* One request without a body. False, with the server's own message, for any other status. */
WARN_UNUSED bool snapshot_client_ask(const SnapshotClient *c, Str method, Str path,
                                     SnapshotClientSink *sink, void *context, Arena *a, Err *err);

#endif
