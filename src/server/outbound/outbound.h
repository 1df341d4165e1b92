/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of ours to other servers, over HTTP(S): libcurl with GnuTLS.
 *
 * Nothing is shared with the process around it: no proxies or credentials from the environment, no
 * signals, no files (keys are handed over in memory). Calls may be made from any thread, several at
 * a time; connections are kept and used again.
 *
 * What fails is told in the words that Go's net/http and crypto/tls have for it, as these are what
 * users of Kubernetes know.
 */
#ifndef PODGATE_SERVER_OUTBOUND_OUTBOUND_H
#define PODGATE_SERVER_OUTBOUND_OUTBOUND_H

#include "server/http/http.h"

typedef struct Outbound Outbound;

enum {
    OUTBOUND_ANSWER_BYTES_MAX = 16 * 1024 * 1024, /* where a call names no limit */
    OUTBOUND_HEADERS_MAX = 64,                    /* more of an answer are not kept */
    OUTBOUND_CONNECT_MS_MAX = 30000,              /* of who names no timeout, or a longer one */
};

typedef struct OutboundCall {
    Str method;                /* "POST" */
    Str url;                   /* "https://webhook.apps.svc:443/validate?timeout=10s" */
    const HttpHeader *headers; /* may be NULL */
    size_t header_count;
    Str body; /* absent for none */
    Str bearer_token;
    /* Who the other side must be: signed by one of these; absent: by one that the system trusts. */
    Str ca_pem;
    bool insecure;   /* whoever it is */
    Str server_name; /* in its certificate; absent: the host of the URL */
    Str connect_to;  /* "127.0.0.1:8443", where it is really; absent: where the URL says */
    Str proxy;       /* URL of what to go through; absent: nothing, whatever the environment says */
    Str cert_pem;    /* with key_pem: our own certificate */
    Str key_pem;
    int64_t timeout_ms;      /* of all of it; 0: none, but for connecting */
    int64_t head_ms;         /* from the request to the head of its answer; 0: none of its own */
    size_t answer_bytes_max; /* of its body; 0: OUTBOUND_ANSWER_BYTES_MAX */
    bool only_http_1;        /* not HTTP/2, though the other side may offer it */
    int minor;               /* errors in the words of this minor of Kubernetes (its Go's) */
} OutboundCall;

typedef enum OutboundEnd {
    OUTBOUND_ANSWERED, /* whatever the status */
    OUTBOUND_FAILED,
    OUTBOUND_TIMED_OUT,
    OUTBOUND_TOO_LARGE,
    OUTBOUND_CANCELLED, /* by the reader, or outbound_cancel() */
} OutboundEnd;

typedef struct OutboundAnswer {
    OutboundEnd end;
    int status;
    const HttpHeader *headers;
    size_t header_count;
    Str body;
    Str error; /* unless answered: `Post "https://...": dial tcp 127.0.0.1:1: connect: ...` */
    int64_t took_micros;
} OutboundAnswer;

/* The first header of that name, any case; absent when there is none. */
Str outbound_header(const OutboundAnswer *answer, Str name);

/* `Post "URL": ` and the problem: how Go tells of a call that failed. */
Str outbound_url_error(const OutboundCall *call, Str problem, Arena *a);

WARN_UNUSED bool outbound_new(Arena *a, Outbound **out, Err *err);
/* Ends all calls that are under way, and any that is made from now on; from any thread. */
void outbound_stop(Outbound *o);
/* No call may be under way. NULL is accepted. */
void outbound_free(Outbound *o);

/* Makes the call and waits for its end. The answer lies in the arena. */
void outbound_call(Outbound *o, const OutboundCall *call, Arena *a, OutboundAnswer *out);
/* The same for several at once, each with its own timeout. */
void outbound_call_all(Outbound *o, const OutboundCall *calls, size_t count, Arena *a,
                       OutboundAnswer *out);

/* -- answers that are read while they come (a watch) ------------------------------------------- */

typedef struct OutboundCancel OutboundCancel;
OutboundCancel *outbound_cancel_new(void); /* NULL: no memory */
void outbound_cancel_free(OutboundCancel *c);
/* Ends the call that was given this, or the next one that is; from any thread. */
void outbound_cancel(OutboundCancel *c);

typedef struct OutboundReader {
    void *context;
    /* Bytes of the body, as they come; status is that of the answer. Called once with none when the
     * head of the answer has come: a stream may be silent for long. False ends the call. Must not
     * jump out. */
    bool (*on_body)(void *context, int status, Str bytes);
    OutboundCancel *cancel; /* may be NULL */
} OutboundReader;

/* Makes the call, gives the body to the reader and returns when it has ended. out has no body. */
void outbound_read(Outbound *o, const OutboundCall *call, const OutboundReader *reader, Arena *a,
                   OutboundAnswer *out);

#endif
