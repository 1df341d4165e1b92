/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the client share. */
#ifndef PODGATE_SERVER_REMOTE_PRIVATE_H
#define PODGATE_SERVER_REMOTE_PRIVATE_H

#include "server/remote/remote.h"

#include <pthread.h>

/* What an exec plugin said. */
typedef struct ExecCredential {
    Str token;
    Str cert_pem;
    Str key_pem;
    int64_t expires; /* unix seconds; 0: it did not say */
} ExecCredential;

struct Remote {
    const KubeconfigAccess *access;
    Outbound *outbound;
    pthread_mutex_t lock; /* of what follows */
    Arena kept;           /* holds it */
    ExecCredential exec;
    bool has_exec;
};

/* Runs the plugin and reads what it prints. */
WARN_UNUSED bool exec_credential(const KubeconfigAccess *access, Arena *a, ExecCredential *out,
                                 Err *err);
/* What it printed, read. */
WARN_UNUSED bool exec_credential_read(const KubeconfigExec *exec, Str printed, Arena *a,
                                      ExecCredential *out, Err *err);
/* The document that a plugin finds in its environment. */
Str exec_info(const KubeconfigAccess *access, Arena *a);

#endif
