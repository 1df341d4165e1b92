/* SPDX-License-Identifier: Apache-2.0 */
/* podgate install, uninstall and cert: their options, and what their files share. */
#ifndef PODGATE_CLI_INSTALL_H
#define PODGATE_CLI_INSTALL_H

#include "cli/live.h"
#include "doc/doc.h"
#include "server/remote/remote.h"

#define INSTALL_NAMESPACE "podgate-system"
#define INSTALL_SECRET "podgate-tls"
#define INSTALL_ENFORCEMENT "podgate-enforcement" /* a ConfigMap */
#define INSTALL_LABEL "app.kubernetes.io/managed-by"

/* The cluster that is changed, and where podgate is in it. */
typedef struct InstallPlace {
    LiveArgs live;
    Str namespace;
} InstallPlace;
extern const CliOptionGroup install_place_options;

typedef struct InstallArgs {
    InstallPlace place;
    bool dry_run;
    Str format;
    Str kubernetes_version;
    Str image;
    Str replicas;
    Str webhook_url;
    Str ca_file;
    Str failure_policy;
    Str authorizer;
    Str events;
    Str enforcement;
    bool cert_manager;
    bool no_wait;
    Str timeout;
} InstallArgs;

typedef struct UninstallArgs {
    InstallPlace place;
    bool delete_policies;
} UninstallArgs;

typedef struct CertArgs {
    InstallPlace place;
    bool renew;
    bool check;
} CertArgs;

/* -- the manifests, deploy/ as it is (embed.py) ------------------------------------------------ */

extern const Str manifest_namespace, manifest_crd, manifest_rbac, manifest_workload,
    manifest_certificate, manifest_issuers, manifest_webhooks;

/* -- install_certificate: an authority and what it issued, as the Secret has them ---------------
 */

typedef struct InstallCertificate {
    Str ca_bundle; /* PEM: the authority's, then that of the one before */
    Str ca_key;
    Str cert;
    Str key;
} InstallCertificate;

/* False when the Secret holds none. */
bool install_certificate_read(const Value *secret, Arena *a, InstallCertificate *out);
/* A new authority and certificate for the Service in the namespace; before may be NULL. */
WARN_UNUSED bool install_certificate_make(Str namespace, const InstallCertificate *before,
                                          int64_t now, Arena *a, InstallCertificate *out, Err *err);
/* Why it has to be renewed; absent when it need not. *end is when it ends. */
Str install_certificate_due(const InstallCertificate *c, Str namespace, int64_t now, Arena *a,
                            int64_t *end);
void install_certificate_write(const InstallCertificate *c, Value *secret, Arena *a);

/* -- install_objects: what is installed ------------------------------------------------------- */

typedef struct InstallChoice {
    Str namespace;
    Str image;                             /* absent: as in the manifests */
    int64_t replicas;                      /* 0: as in the manifests */
    Str failure_policy;                    /* absent: as in the manifests */
    Str webhook_url;                       /* absent: a Service in the cluster */
    Str ca_bundle;                         /* PEM; absent for none */
    const InstallCertificate *certificate; /* NULL: none in the Secret */
    bool cert_manager;
    bool asks_access;   /* --authorizer=subjectaccessreview, and the right to ask */
    bool writes_events; /* --events=on, and the right to write them */
    Str enforcement;    /* the text of --enforcement; absent for none */
    int minor;          /* 0: of no matter */
} InstallChoice;

typedef struct InstallObjects {
    Value *items; /* in the order in which they are made: the webhooks last */
    size_t count;
} InstallObjects;

InstallObjects install_objects(const InstallChoice *choice, Arena *a);
/* Of every way to install: for who takes it away. */
InstallObjects install_objects_all(Str namespace, int minor, Arena *a);
bool install_is_webhook(const Value *object);
bool install_is(const Value *object, const char *kind);
/* "deployment.apps/podgate" as people read it: "Deployment podgate-system/podgate". */
Str install_name(const Value *object, Arena *a);

/* -- install_cluster: the cluster, asked and told ---------------------------------------------- */

typedef struct InstallCluster {
    const Cli *cli;
    KubeconfigAccess access;
    Remote *remote;
    Str namespace;
    int minor;
} InstallCluster;

/* False after a message. Close it then, too. */
WARN_UNUSED bool install_cluster_open(const Cli *cli, const InstallPlace *place,
                                      InstallCluster *out);
void install_cluster_close(InstallCluster *c);
/* What is asked for by -n; false after a message. */
WARN_UNUSED bool install_namespace_read(const Cli *cli, const InstallPlace *place, Str *out);
/* False after a message; *found says whether it is there. */
WARN_UNUSED bool install_find(const InstallCluster *c, Str path, Value *out, bool *found);
Str install_secret_path(const InstallCluster *c);
/* `DOING WHAT: problem`, and false. */
bool install_failed(const InstallCluster *c, const char *doing, Str what,
                    const RemoteProblem *problem);

#endif
