/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded API server: authentication, the stateless handler of server/api over the store, the
 * commit of what it writes, watches. Sockets are server/http's.
 *
 * Threads: apiserver_serve() may be called from any number of threads.
 */
#ifndef PODGATE_SERVER_APISERVER_APISERVER_H
#define PODGATE_SERVER_APISERVER_APISERVER_H

#include "cluster/files.h"
#include "decide/admission/admission.h"
#include "kube/target.h"
#include "server/http/http.h"

typedef struct ApiServer ApiServer;
struct Authenticator; /* server/auth/auth.h */
struct CertAuthority; /* server/auth/certs.h */
struct Data;          /* server/data/data.h */

/* Where a service of the cluster is reached. */
typedef struct ApiServiceAddress {
    Str namespace;
    Str name;
    int64_t port; /* of the service; 0: any */
    Str address;  /* "127.0.0.1:8443" */
} ApiServiceAddress;

typedef struct ApiServerOptions {
    KubeTarget target;
    AdmissionOptions admission;
    StrList presets; /* "kubernetes" is always there */
    struct Authenticator *auth;
    struct CertAuthority *ca; /* of the server's and the clients' certificates; NULL for none */
    int nodes;                /* how many to make, with a kubelet that runs what is put on them */
    Str root_ca;              /* PEM, for those who run inside the cluster; absent: they get none */
    int64_t clock_offset;     /* how many seconds its clock is ahead of the machine's */
    const ApiServiceAddress *service_addresses; /* for webhooks */
    size_t service_address_count;
    bool is_plain;         /* no controllers: the store and the API alone */
    bool controllers_wait; /* for apiserver_start_controllers() */
    bool may_have_nodes;   /* where nodes of a cluster are there by then, none are made */
    bool runs_all_nodes;   /* pods run on those, too; set by apiserver_start_controllers() */
    struct Data *data;     /* keeps what is committed; NULL: nobody does */
    bool is_old;           /* the data were served before: what was taken away stays so */
    Str snapshots;         /* the folder of those that may be restored; absent: none may */
    Str from;              /* a snapshot to start with, unless is_old; absent: nothing is there */
    bool is_upgraded;      /* as another version, though: it has roles of its own */
    /* One JSON line for each request (audit.k8s.io/v1 Event); NULL for none. Called by any thread.
     */
    void (*audit)(void *context, Str line);
    void *audit_context;
} ApiServerOptions;

WARN_UNUSED bool apiserver_new(const ApiServerOptions *o, Arena *a, ApiServer **out, Err *err);
/* Webhooks that are being asked are waited for no longer, and no more are asked. NULL is accepted.
 */
void apiserver_stop_asking(ApiServer *s);
/* Stops the controllers, ends watches, frees. */
void apiserver_free(ApiServer *s);

/* Waits until all that was committed is kept; false when something could not be, ever. */
WARN_UNUSED bool apiserver_flush(ApiServer *s, Arena *a, Err *err);

typedef struct ApiLoad {
    /* Called after each object; false: leave the rest. NULL for none. */
    bool (*go_on)(void *context, size_t done, size_t all);
    void *context;
    Buf *notes; /* gets a line for each object that something is to be said of, with its place */
    /* all from 0: */
    size_t loaded;
    size_t refused;
    size_t unknown;   /* of kinds that no version has; nothing is noted of them */
    size_t invalid;   /* among the loaded: what validation would refuse */
    size_t ownerless; /* owners that are not there, of objects that are; the first is noted */
} ApiLoad;

/* Starts the controllers of a server that was made with controllers_wait. */
WARN_UNUSED bool apiserver_start_controllers(ApiServer *s, Arena *a, Err *err);

/* Writes the objects of files. Those that have a uid were in a cluster before and are put back as
 * they were there: uid, times, status, owners; validation is asked, and not obeyed. They need
 * controllers that wait. Others are written as an administrator would with create or, when there
 * already, update. Namespaces that are missing are made. False when go_on said so. */
WARN_UNUSED bool apiserver_load(ApiServer *s, const FileObjects *objects, ApiLoad *load);

/* An HttpHandler: context is the ApiServer. */
void apiserver_serve(void *context, const HttpRequest *request, Arena *a, HttpResponse *out);

/* The same for what the listener refuses: bodies that are too large, too many headers. */
void apiserver_refuse(void *context, const HttpRequest *request, Arena *a, HttpResponse *out);

#endif
