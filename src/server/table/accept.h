/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which form of an answer a client takes: the Accept header, as the API server reads it.
 *
 * Two parties look at it, and each has words of its own for 406. The router compares media types
 * with what a route produces (after it said 404, 405 and 415); quality, parameters and
 * "application/..." wildcards mean nothing to it. The handler then weighs clauses and parameters.
 * Custom resources know no such router.
 *
 * Protobuf is never sent: a client that takes something else as well gets that.
 *
 * Source: k8s.io/apiserver pkg/endpoints/handlers/negotiation, rest.go (AllowsMediaTypeTransform);
 * github.com/munnerz/goautoneg; github.com/emicklei/go-restful (matchesAccept).
 */
#ifndef PODGATE_SERVER_TABLE_ACCEPT_H
#define PODGATE_SERVER_TABLE_ACCEPT_H

#include "base/arena.h"
#include "kube/status.h"
#include "kube/target.h"

typedef enum AcceptFormat {
    ACCEPT_JSON,
    ACCEPT_YAML,
} AcceptFormat;

typedef enum AcceptAs {
    ACCEPT_AS_IS,
    ACCEPT_AS_TABLE,
    ACCEPT_AS_PARTIAL,      /* PartialObjectMetadata */
    ACCEPT_AS_PARTIAL_LIST, /* PartialObjectMetadataList */
} AcceptAs;

typedef struct AcceptChoice {
    AcceptFormat format;
    AcceptAs as;
    Str as_version; /* "meta.k8s.io/v1" or "meta.k8s.io/v1beta1" when as something; literal */
    bool pretty;
} AcceptChoice;

/* What an endpoint can do. */
typedef enum AcceptEndpoint {
    ACCEPT_RESOURCE,  /* objects of built-in kinds: any form */
    ACCEPT_CUSTOM,    /* of custom resources: any form; no router */
    ACCEPT_DISCOVERY, /* /api, /apis, /apis/GROUP[/VERSION]: JSON or YAML, no other form */
    ACCEPT_JSON_ONLY, /* /version */
    ACCEPT_LOG,       /* pods/log: text/plain is taken, too; then as is */
} AcceptEndpoint;

typedef struct AcceptRequest {
    Str accept;     /* the header; absent and "" take anything */
    Str query;      /* of the URL, without "?": pretty=1 */
    Str user_agent; /* curl, Wget and browsers get pretty answers */
    AcceptEndpoint endpoint;
    bool watch;    /* a stream of events: YAML is not offered */
    bool no_table; /* the resource has no form as a table, see accept_has_table() */
    const KubeTarget *target;
} AcceptRequest;

/* Whether a resource and its subresource ("" for none) have one: not the reviews and bindings, and
 * of subresources only status and scale, from 1.24 on. */
bool accept_has_table(Str resource, Str subresource, const KubeTarget *target);

/* The router's half: false and its 406 when no media type is one that is produced. Once a route
 * was found, and before anything is done. ACCEPT_CUSTOM always passes. */
bool accept_route(const AcceptRequest *r, Arena *a, Status *status);
/* The handler's half; false and its 406. After the namespace and name were read, before the
 * object is. */
bool accept_negotiate(const AcceptRequest *r, Arena *a, AcceptChoice *out, Status *status);
/* For a Status that is no success: its format, JSON when nothing fits. Never as anything else. */
AcceptChoice accept_for_error(const AcceptRequest *r, Arena *a);

#endif
