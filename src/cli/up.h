/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podgate up and podgate down: what their files share.
 *
 *     up_listen      --listen
 *     up_services    --service-address
 *     up_names       what the server is called
 *     up_place       where a server keeps its files, and which servers run
 *     up_kubeconfig  the kubeconfig of its administrator
 *     up_data        --data: what is kept of it
 *     up_server      the server itself, from options to answers
 *     up_client      a request to a server that runs
 *     up_find        which of them a command means
 *     up_load        what loading --state had to say
 *     up_wait        until a signal, or the end of a command
 *     up_background  as a process of its own
 */
#ifndef PODGATE_CLI_UP_H
#define PODGATE_CLI_UP_H

#include "cli/cli.h"
#include "cli/plugins.h"
#include "cli/pod_security.h"
#include "server/apiserver/apiserver.h"

#include <signal.h>
#include <sys/types.h>

typedef struct UpArgs {
    StrList state;
    StrList presets;
    Str kubernetes_version;
    bool strict;
    Str nodes;
    bool no_controllers;
    PluginArgs plugins;
    PodSecurityArgs pod_security;
    Str listen;
    Str token_file;
    bool no_anonymous;
    Str audit_log;
    Str data;
    Str from;
    Str clock;
    Str kubeconfig_out;
    bool background;
    Str name;
    StrList service_addresses;
} UpArgs;

/* -- up_listen --------------------------------------------------------------------------------- */

typedef struct UpAddress {
    Str address; /* an IP address */
    int port;    /* 0: any */
    bool is_loopback;
    bool is_any; /* 0.0.0.0 or :: */
} UpAddress;

/* ADDRESS:PORT, [ADDRESS]:PORT or localhost:PORT; absent text: any port of 127.0.0.1. */
WARN_UNUSED bool up_listen_read(Str text, Arena *a, UpAddress *out, Err *err);
/* https://127.0.0.1:6443, as clients on this machine reach it. */
Str up_url(const UpAddress *listen, Arena *a);

/* -- up_services ------------------------------------------------------------------------------- */

typedef struct UpServices {
    const ApiServiceAddress *items;
    size_t count;
} UpServices;

/* NAMESPACE/NAME[:PORT]=HOST:PORT, each. */
WARN_UNUSED bool up_services_read(StrList texts, Arena *a, UpServices *out, Err *err);
/* "apps/hook, apps/other": services of webhooks among the objects that are not among those; absent
 * for none. */
Str up_services_missing(const FileObjects *objects, const UpServices *services, Arena *a);

/* -- up_names ---------------------------------------------------------------------------------- */

/* Host names and addresses by which clients may call the server. */
StrList up_names(const UpAddress *listen, Arena *a);

/* -- up_place ---------------------------------------------------------------------------------- */

typedef struct UpPlace {
    Str folder; /* of its own, nobody else may enter it */
    Str kubeconfig;
    Str log;
    Str pid;
    int lock; /* of the running server; -1 */
} UpPlace;

/* Names are letters, digits, "-", "_" and ".". */
WARN_UNUSED bool up_name_check(Str name, Arena *a, Err *err);
/* Where the server of that name keeps its files, in $XDG_RUNTIME_DIR or ~/.local/state. */
WARN_UNUSED bool up_place_named(Str name, Arena *a, UpPlace *out, Err *err);
/* The names of servers that run there, sorted. */
StrList up_place_running(Arena *a);
/* A new folder for a server that nobody else needs to find. */
WARN_UNUSED bool up_place_temporary(Arena *a, UpPlace *out, Err *err);
/* Makes the folder when it is missing. */
WARN_UNUSED bool up_place_make(const UpPlace *place, Arena *a, Err *err);
/* The process that serves there; 0 for none. */
pid_t up_place_owner(const UpPlace *place);
/* Makes this process the one that serves there, until it ends. False when another does. */
WARN_UNUSED bool up_place_take(UpPlace *place, Arena *a, Err *err);
/* Removes the files and the folder. */
void up_place_remove(const UpPlace *place, Arena *a);

/* -- up_kubeconfig ----------------------------------------------------------------------------- */

typedef struct UpKubeconfig {
    Str name; /* which of several servers; or empty */
    Str url;
    Str ca_pem;
    Str cert_pem;
    Str key_pem;
} UpKubeconfig;

/* Written beside and renamed, for the user alone to read. A file that is there and was not written
 * by this function is an error. */
WARN_UNUSED bool up_kubeconfig_write(Str path, const UpKubeconfig *k, Arena *a, Err *err);

/* Is it a file that up_kubeconfig_write() has written? */
bool up_kubeconfig_is_ours(Str path, Arena *a);
/* The server and the user of the current context. */
WARN_UNUSED bool up_kubeconfig_read(Str path, Arena *a, UpKubeconfig *out, Err *err);

/* -- up_client, up_find ------------------------------------------------------------------------ */

typedef struct UpCall {
    const char *method;
    const char *path; /* and query */
    Str body;         /* JSON; absent for none */
} UpCall;

/* status and body: what it answered. */
WARN_UNUSED bool up_client_call(const UpKubeconfig *k, const UpCall *call, Arena *a, int *status,
                                Str *body, Err *err);

typedef struct UpFindArgs {
    Str name;
    Str kubeconfig;
} UpFindArgs;
extern const CliOptionGroup up_find_options;

/* Asks the server that is meant. Anything but CLI_YES comes after a message: CLI_NO when none runs,
 * CLI_ERROR when it refused. */
CliStatus up_find_call(Cli *cli, const UpFindArgs *args, const UpCall *call, Str *body);

/* -- up_data ----------------------------------------------------------------------------------- */

struct Data;

/* What makes tokens and certificates good that were given out. */
typedef struct UpKeys {
    Str ca_cert; /* PEM, as the others; absent before they are made */
    Str ca_key;
    Str token_key;
} UpKeys;

typedef struct UpData {
    struct Data *data; /* NULL without --data */
    Str from;          /* the file of the snapshot to start with; absent */
    bool is_old;       /* a cluster is in it that was served before */
    UpKeys keys;
    Str listen; /* where it was served last; absent */
    int minor;  /* the version that it was last served as; 0 for none */
    int64_t clock_offset;
} UpData;

/* Opens the directory of --data and looks at the snapshot of --from; nothing without. */
WARN_UNUSED bool up_data_open(const UpArgs *args, Arena *a, UpData *out, Err *err);
/* The keys are made: keeps them. */
WARN_UNUSED bool up_data_keep_keys(UpData *d, Arena *a, Err *err);
/* It is complete, and is served there. */
WARN_UNUSED bool up_data_ready(UpData *d, Str listen, int minor, int64_t clock_offset, Arena *a,
                               Err *err);

/* -- up_server --------------------------------------------------------------------------------- */

typedef struct UpServer UpServer;

/* Reads what the options name, makes certificates, serves. False after a message. */
WARN_UNUSED bool up_server_start(Cli *cli, const UpArgs *args, Str kubeconfig, UpServer **out);
/* Writes the administrator's kubeconfig once more. False after a message. */
WARN_UNUSED bool up_server_write_kubeconfig(Cli *cli, const UpServer *s, const UpArgs *args,
                                            Str path);
/* A few lines on standard error: what is served, how to use it and how to end it. */
void up_server_describe(Cli *cli, UpServer *s, Str kubeconfig, Str how_to_end);
void up_server_stop(UpServer *s);

/* -- up_load ----------------------------------------------------------------------------------- */

struct ApiLoad;

/* Warns of what loading had to say of objects. */
void up_warn_load(const Cli *cli, const struct ApiLoad *load);

/* -- up_wait ----------------------------------------------------------------------------------- */

/* Signals that end the server, or are passed on to the command, are kept for up_wait_...(). Call
 * before any thread is started; *before is what was blocked. */
void up_signals_block(bool for_command, sigset_t *before);
/* Has one that ends the server come? Then who works for long gives up. */
bool up_signal_came(void);
/* Those that end the server. */
void up_signals_ending(sigset_t *out);
/* Until one of them comes. */
void up_wait_signal(void);
/* Runs the command and returns its exit status: 128 + n when signal n ended it, 127 when there is
 * no such command, 126 when it cannot be run. */
int up_wait_command(Cli *cli, StrList command, Str kubeconfig, const sigset_t *before);

/* -- up_background ----------------------------------------------------------------------------- */

/* Goes on in a process of its own. In the old one: returns true and *status, what to end with, once
 * the new one serves or has failed. In the new one: false; it calls up_background_ready(). */
bool up_background_fork(Cli *cli, const UpPlace *place, CliStatus *status);
/* It serves: the old process may end. Standard error goes to the log from now on. */
void up_background_ready(void);

#endif
