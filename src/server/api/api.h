/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API server answers to one request: impersonation, authorization, then the handler of the
 * resource with the admission chain. No socket, no store: a handler is given the request and the
 * facts of one cluster and returns the response; what a write would change is in the response, for
 * the caller to carry out or (a test case, a dry run) to drop. So is what webhooks must be asked
 * before there can be an answer.
 *
 * The user is authenticated already.
 *
 * Source: k8s.io/apiserver 1.20, pkg/server (the handler chain), pkg/endpoints/{filters,handlers},
 * pkg/registry/generic.
 */
#ifndef PODGATE_SERVER_API_API_H
#define PODGATE_SERVER_API_API_H

#include "cluster/store.h"
#include "decide/admission/admission.h"
#include "decide/rbac/impersonate.h"
#include "kube/custom_review.h"
#include "kube/field_selector.h"
#include "kube/kinds.h"
#include "kube/request_info.h"
#include "kube/selector.h"
#include "kube/status.h"
#include "kube/target.h"
#include "server/table/accept.h"
#include "server/table/table.h"

/* What was found out about a bearer token that somebody asks about. */
typedef struct ApiTokenAnswer {
    bool authenticated;
    UserInfo user;
    StrList audiences;
    Str error;
} ApiTokenAnswer;

/* A token to be issued to a service account. */
typedef struct ApiTokenOrder {
    Str namespace;
    Str account;
    Str account_uid;
    StrList audiences;
    int64_t expires;    /* unix seconds */
    int64_t warn_after; /* from when on its use is told in the audit log; 0 for never */
    Str bound_kind;     /* "Pod", "Secret", "Node" or "" */
    Str bound_name;
    Str bound_uid;
    Str node_name; /* of a pod; or absent */
    Str node_uid;  /* absent when there is no such node */
    Str id;        /* absent for none */
} ApiTokenOrder;

/* What a path that only this server has answers: a status, bytes with their type, or a value. */
typedef struct ApiOwnAnswer {
    bool is_refused;
    Status status;
    Str bytes; /* absent for none */
    Str content_type;
    Value value;
    bool is_snapshot; /* of all objects, by whoever sends the response */
} ApiOwnAnswer;

typedef enum ApiOwnPath {
    API_OWN_PATH_NONE,   /* there is no such path */
    API_OWN_PATH_NOT_SO, /* not by this method */
    API_OWN_PATH_ANSWERED,
} ApiOwnPath;

struct ApiRequest;

/* What a server that keeps objects adds to a request; a snapshot of files has none of it. */
typedef struct ApiServing {
    void *context;
    Store *store;        /* held for reading or writing by the caller */
    int64_t now_seconds; /* unix time */
    int32_t now_micros;
    uint64_t seed; /* of what is chosen at random in this request */
    void (*review_token)(void *context, Str token, StrList audiences, int64_t now, Arena *a,
                         ApiTokenAnswer *out);
    Str (*issue_token)(void *context, const ApiTokenOrder *order, int64_t now, Arena *a);
    /* What is wrong with the key or the signature of a certificate request (DER); or absent. */
    Str (*certificate_request_error)(void *context, Str der, Arena *a);
    /* Paths beside Kubernetes', for whom RBAC lets; may be NULL. */
    ApiOwnPath (*own_path)(void *context, Str path, const struct ApiRequest *request, Arena *a,
                           ApiOwnAnswer *out);
    Str (*metrics)(void *context, Arena *a); /* more for /metrics; may be NULL */
    StrList audiences;                       /* of the server itself */
    Str server_address;                      /* "127.0.0.1:6443", for discovery */
    bool asks;                               /* what a handler asks for (webhooks) is asked */
} ApiServing;

/* A question to somebody outside, and what became of it; see decide/ask.h. */
typedef struct ApiAsk {
    uint8_t key[32]; /* of who is asked what */
    Ask ask;
} ApiAsk;

typedef struct ApiAnswer {
    uint8_t key[32];
    Answer answer;
} ApiAnswer;

typedef struct ApiRequest {
    Str method; /* "GET" */
    Str uri;    /* path and query as in the request line */
    const UserInfo *user;
    const RbacImpersonation *impersonate; /* NULL for none */
    Str content_type;                     /* of the body; "" for application/json */
    const Value *body;                    /* parsed; NULL for none, or when body_text is given */
    Str body_text;                        /* as sent; absent for none */
    Str accept;
    Str user_agent;
    Str host;        /* at which the server was reached */
    Str name_suffix; /* ends generated names; absent for "xxxxx" */
    const KubeTarget *target;
    const AdmissionOptions *admission; /* NULL for admission_options_default */
    const ApiServing *serving;         /* NULL: answers over a snapshot */
    const ApiAnswer *answers;          /* to what earlier runs of this request asked */
    size_t answer_count;
    bool keep_sent; /* the response is to hold a copy of the body, as sent */
} ApiRequest;

/* What a write changes; the object is the response's body. */
typedef enum ApiWrite {
    API_WRITE_NOTHING,
    API_WRITE_CREATE,
    API_WRITE_UPDATE,
    API_WRITE_DELETE,
} ApiWrite;

/* What a watch follows, and how its events are sent. Lives in the request's arena. */
typedef struct ApiWatch {
    KubeKind kind;
    Str namespace; /* absent: of all */
    LabelSelector labels;
    FieldSelector fields;
    uint64_t version; /* follow what comes after it */
    bool from_now;    /* not from that version on but from now */
    bool initial;     /* first tell what there is */
    bool initial_end; /* and that it was all */
    bool bookmarks;
    int64_t timeout_seconds; /* 0: until the client goes */
    AcceptChoice form;
    TableInclude include;
    const KubeTarget *target;
    /* Shows a stored object in the version of the kind, where a webhook converts: set by who can
     * ask it. NULL: it is shown as if the versions were alike. */
    const Value *(*convert)(void *context, const Value *stored, Arena *a);
    void *convert_context;
} ApiWatch;

typedef struct ApiResponse {
    /* With some, the rest is to be dropped: the request must be handled again, with the same seed
     * and time, once their answers are there. */
    const ApiAsk *asks;
    size_t ask_count;
    int code;
    Status status; /* when it is one */
    bool is_status;
    Value body; /* the object, list or Status; a string is plain text */
    Str bytes;  /* sent as it is, with content_type; then body is not looked at */
    /* Of a list, beside its items: what each is of, NULL for one that was converted; or NULL. */
    const StoreObject *const *list_items;
    Str content_type;
    AcceptChoice form;
    ApiWrite write;
    ObjectKey key;                     /* of what is written */
    const AdmissionDecision *decision; /* when admission was asked */
    StoreChange *changes;              /* for store_commit(), in order */
    size_t change_count;
    const ApiWatch *watch;  /* then the body is a stream */
    bool is_snapshot;       /* and then, of all objects */
    StrList warnings;       /* texts of Warning headers, without code and quotes */
    Str location;           /* of a redirect; or absent */
    Str conversion_problem; /* a webhook did not convert an object: the message of a 500 */
    RequestInfo info;
    KubeKind kind; /* of what info asks for; kind.resource is empty where that is not served */
    UserInfo user; /* as it acted: impersonation done */
    /* For the audit log. */
    Value sent;          /* with keep_sent: the body, when there was one that could be read */
    bool impersonated;   /* user is not who asked */
    bool was_authorized; /* it came so far that RBAC was asked */
    bool authorized;     /* what RBAC said, and why */
    Str authorization_reason;
    Str issued_id;     /* of a token that was issued; or absent */
    int removed_minor; /* of a deprecated version: the release that does not serve it; else 0 */
} ApiResponse;

/* Answers. Allocates from the arena only; never fails: an error is a response. */
void api_handle(const Facts *facts, const ApiRequest *request, Arena *a, ApiResponse *out);

/* Does it only read? Then it needs no lock against writers. */
bool api_is_read(Str method, Str uri);

/* The body as it is sent: in its form, or plain text. content_type is filled in. */
Str api_render(ApiResponse *r, Arena *a);

/* One event of a watch as a line of JSON; absent when the event does not concern it. first: is it
 * the first that is sent (a table's columns go with that)? */
Str api_watch_event(const ApiWatch *w, const StoreEvent *event, bool first, int64_t now, Arena *a);
/* Does the watch follow this object? False for NULL. */
bool api_watch_has(const ApiWatch *w, const StoreObject *o);
/* Is what it follows a custom resource whose definition is another by now, or gone? Then it is to
 * end. The store is held. */
bool api_watch_is_over(const ApiWatch *w, const Facts *facts);
#define API_NO_REVIEW_VERSION "no supported conversion review versions"
/* What a webhook is to be asked for an object in another version; false when there is no version of
 * the review that both know. */
WARN_UNUSED bool api_conversion_begin(const KubeKind *k, Str to_api_version, const Value *object,
                                      uint64_t seed, Arena *a, CustomReview *review, Ask *out);
/* What it answered. Fails with the message for the client. */
WARN_UNUSED bool api_conversion_end(const KubeKind *k, const CustomReview *review,
                                    const Answer *answer, Arena *a, Value *out, Err *err);
/* One object that was there when the watch began, and that it follows. */
Str api_watch_initial(const ApiWatch *w, const Value *object, bool first, int64_t now, Arena *a);
/* A bookmark: nothing up to version was left out. */
Str api_watch_bookmark(const ApiWatch *w, uint64_t version, Arena *a);
/* The same, and what there was when the watch began has been sent. */
Str api_watch_initial_end(const ApiWatch *w, uint64_t version, Arena *a);
/* What ends the watch: an error with this message (500). */
Str api_watch_failure(Str message, Arena *a);
/* The history does not reach back to where the watch stands. */
Str api_watch_expired(const ApiWatch *w, uint64_t version, uint64_t oldest, Arena *a);

#endif
