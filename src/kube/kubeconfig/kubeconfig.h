/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubeconfigs: where clusters are reached and as whom, as kubectl keeps it.
 *
 * Pure: files that a kubeconfig names are not read here, plugins that it names are not run; who
 * makes calls does that (server/remote).
 *
 * Several files count as one, as kubectl has it: of a name that several files have, the first
 * file's entry counts alone, and so does the first current-context. Paths are relative to the file
 * that they stand in.
 *
 * Messages begin with "file:line:column: " and the field's path.
 *
 * Source: k8s.io/client-go tools/clientcmd (loader.go, client_config.go, validation.go)
 */
#ifndef PODGATE_KUBE_KUBECONFIG_KUBECONFIG_H
#define PODGATE_KUBE_KUBECONFIG_KUBECONFIG_H

#include "base/err.h"
#include "doc/doc.h"

typedef struct KubeconfigFile {
    Str path;
    Str text;
} KubeconfigFile;

/* clusters[i], users[i] or contexts[i]. */
typedef struct KubeconfigEntry {
    Str name;
    const Value *value; /* its cluster, user or context */
    const Doc *doc;
    Str path;   /* of that in the document: "clusters[0].cluster" */
    Str folder; /* that paths are relative to; "" for none */
} KubeconfigEntry;

typedef struct KubeconfigEntries {
    const KubeconfigEntry *items; /* in the order of the files, each name once */
    size_t count;
} KubeconfigEntries;

typedef struct Kubeconfig {
    KubeconfigEntries clusters;
    KubeconfigEntries users;
    KubeconfigEntries contexts;
    Str current_context; /* "" for none */
} Kubeconfig;

/* Bytes that are there, or a file that has them; both absent for none. */
typedef struct KubeconfigBytes {
    Str data;
    Str file;
} KubeconfigBytes;

typedef struct KubeconfigVariable {
    Str name;
    Str value;
} KubeconfigVariable;

/* A program that says who one is: it prints an ExecCredential. */
typedef struct KubeconfigExec {
    Str api_version; /* client.authentication.k8s.io/v1, v1beta1 or v1alpha1 */
    Str command;     /* a path, or a name to be looked for in PATH */
    StrList args;
    const KubeconfigVariable *env;
    size_t env_count;
    Str install_hint; /* absent for none */
    bool provides_cluster_info;
} KubeconfigExec;

/* One context with all that it refers to. Texts that are not there are absent. */
typedef struct KubeconfigAccess {
    Str context;
    Str namespace; /* "default" where none is named */
    Str server;    /* "https://host:6443" */
    KubeconfigBytes ca;
    bool insecure;
    Str tls_server_name;
    Str proxy_url;
    KubeconfigBytes cert;
    KubeconfigBytes key;
    Str token;
    Str token_file; /* unless token is there */
    Str username;
    Str password;
    const KubeconfigExec *exec; /* NULL for none */
    Str as;
    Str as_uid;
    StrList as_groups;
    const Value *as_extra; /* an object of lists; or NULL */
} KubeconfigAccess;

/* Reads and merges; the texts outlive what is read. No file at all makes an empty kubeconfig. */
WARN_UNUSED bool kubeconfig_read(const KubeconfigFile *files, size_t count, Arena *a,
                                 Kubeconfig *out, Err *err);

/* What a context says; "" is the current one. */
WARN_UNUSED bool kubeconfig_access(const Kubeconfig *k, Str context, Arena *a,
                                   KubeconfigAccess *out, Err *err);

/* The paths of $KUBECONFIG ("a:b"), or the one that stands for it when it is absent or empty. */
StrList kubeconfig_paths(Str variable, Str home, Arena *a);

#endif
