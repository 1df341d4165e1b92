/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another cluster, as a client sees it that only reads: discovery, and lists in pages.
 *
 * A Remote is one cluster as one user. It reads what a kubeconfig's files hold when they are
 * needed, so that tokens and certificates that are renewed there are taken up, runs exec plugins,
 * and asks one again when the server takes what it gave no more. It writes nothing: no request but
 * GET is made here (server/writing does others, and server/access asks by POST).
 *
 * Calls may be made from any thread, several at a time. A watch is the same request with watch=1,
 * read with outbound_read(): remote_call_begin() prepares it.
 */
#ifndef PODGATE_SERVER_REMOTE_REMOTE_H
#define PODGATE_SERVER_REMOTE_REMOTE_H

#include "doc/value.h"
#include "kube/kubeconfig/kubeconfig.h"
#include "server/outbound/outbound.h"

typedef struct Remote Remote;

/* access and what it points to outlive the remote. Nothing is asked yet. */
WARN_UNUSED bool remote_new(const KubeconfigAccess *access, Arena *a, Remote **out, Err *err);
void remote_free(Remote *r);

/* What went wrong with one request. */
typedef struct RemoteProblem {
    int status; /* of an answer that is no success; 0: there was none */
    Str reason; /* of its Status: "Forbidden", "Expired"; may be empty */
    Str text;   /* for people */
} RemoteProblem;

/* GETs a JSON document. path: "/api/v1/pods?limit=500". accept: absent for application/json. */
WARN_UNUSED bool remote_get(Remote *r, Str path, Str accept, Arena *a, Value *out,
                            RemoteProblem *problem);

/* The same, within so many milliseconds. */
WARN_UNUSED bool remote_get_within(Remote *r, Str path, int64_t ms, Arena *a, Value *out,
                                   RemoteProblem *problem);

/* Fills in all of a call but the reader: credentials, certificates. For who reads streams. */
WARN_UNUSED bool remote_call_begin(Remote *r, Str path, Str accept, Arena *a, OutboundCall *out,
                                   RemoteProblem *problem);
Outbound *remote_outbound(Remote *r);
/* The server does not take our credentials (401): those of an exec plugin are asked for again by
 * the next call. False when there are none to be renewed. */
bool remote_forget_credentials(Remote *r);
/* What an answer that is no success says: the message of its Status, or its first line. */
void remote_refusal(const OutboundAnswer *answer, Arena *a, RemoteProblem *out);

/* -- discovery --------------------------------------------------------------------------------- */

typedef struct RemoteResource {
    Str group;    /* "" for the core group */
    Str version;  /* "v1": the one that the server prefers, of those that have the resource */
    Str resource; /* "deployments" */
    Str kind;
    bool namespaced;
    bool lists;
    bool watches;
} RemoteResource;

/* A group and version that could not be asked about. */
typedef struct RemoteGap {
    Str group_version;
    RemoteProblem problem;
} RemoteGap;

typedef struct RemoteResources {
    const RemoteResource *items; /* each resource once, in the order of the server */
    size_t count;
    const RemoteGap *gaps;
    size_t gap_count;
} RemoteResources;

/* Fails when the server cannot be reached or knows us not; groups that fail alone are gaps. */
WARN_UNUSED bool remote_discover(Remote *r, Arena *a, RemoteResources *out, RemoteProblem *problem);
/* The minor version, "27" of "27+", from /version. */
WARN_UNUSED bool remote_minor(Remote *r, Arena *a, int *out, RemoteProblem *problem);

/* -- lists ------------------------------------------------------------------------------------- */

typedef struct RemoteList {
    Str namespace; /* absent: of all */
    Str labels;    /* selectors, as they are typed; absent for none */
    Str fields;
    int64_t limit; /* of a page; 0 for 500 */
    /* Each object, with its apiVersion and kind. False ends the list. */
    bool (*on_item)(void *context, Value *item);
    /* What came so far is of the past: all comes again. */
    void (*on_restart)(void *context);
    void *context;
    bool forgets; /* a page's objects are gone when the next one is asked for */
    Str version;  /* out: resourceVersion of the list; a watch goes on from there */
} RemoteList;

/* Lists all objects of a resource. A list that got too old between two pages begins anew. */
WARN_UNUSED bool remote_list(Remote *r, const RemoteResource *resource, RemoteList *list, Arena *a,
                             RemoteProblem *problem);

#endif
