/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the client share.
 *
 * A line is a curl multi handle with its connections; a call borrows one and gives it back. A
 * transfer is one call on its way. Memory of a transfer is its own until it has ended: libcurl's
 * callbacks must not jump out of it.
 */
#ifndef PODGATE_SERVER_OUTBOUND_PRIVATE_H
#define PODGATE_SERVER_OUTBOUND_PRIVATE_H

#include "base/buf.h"
#include "server/outbound/outbound.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    OUTBOUND_LINES_KEPT_MAX = 16,
    OUTBOUND_KEYS_KEPT_MAX = 32,
    OUTBOUND_ADDRESS_MAX = 80,
};

/* PEM text as a file that libcurl can open: with GnuTLS it takes certificates by path only. Kept,
 * since a connection is used again for who has the same paths. */
typedef struct OutboundFile {
    uint8_t digest[32];
    int fd;
} OutboundFile;

struct Outbound {
    pthread_mutex_t lock;
    CURLM *lines[OUTBOUND_LINES_KEPT_MAX]; /* free ones */
    size_t line_count;
    struct OutboundUse *uses; /* lines with calls under way */
    bool stopped;
    OutboundFile files[2 * OUTBOUND_KEYS_KEPT_MAX];
    size_t file_count;
};

/* A line while calls are made over it. */
typedef struct OutboundUse {
    struct OutboundUse *next;
    CURLM *line;
} OutboundUse;

struct OutboundCancel {
    pthread_mutex_t lock;
    bool cancelled;
    CURLM *line; /* to be woken */
};

typedef struct Transfer {
    Outbound *outbound;
    const OutboundCall *call;
    const OutboundReader *reader; /* or NULL */
    OutboundAnswer *out;
    Arena *memory; /* without a ceiling */
    CURL *easy;
    struct curl_slist *headers;
    struct curl_slist *connect_to;
    const char *url;   /* as libcurl has it */
    Str verified_name; /* what the other side must be called */
    int own_files[2];  /* descriptors to be closed at the end */
    size_t own_file_count;
    Buf body;
    HttpHeader *answer_headers;
    int64_t head_due_ms; /* monotonic: when the head must have come; 0: no longer, or not yet */
    bool too_large;
    bool stopped;                       /* by the reader or who cancels */
    bool head_late;                     /* the request was sent, and no answer has begun */
    Str tls_problem;                    /* absent: the certificate is fine */
    char address[OUTBOUND_ADDRESS_MAX]; /* "127.0.0.1:443": the first that was tried */
    char message[CURL_ERROR_SIZE];      /* libcurl's own words */
} Transfer;

/* False, with out->error, when libcurl cannot be asked. */
bool transfer_begin(Transfer *t);
int64_t outbound_now_ms(void);
/* Fills in out, but for the body, which is added to it when there is no reader. */
void transfer_end(Transfer *t, CURLcode code);
void transfer_free(Transfer *t);

/* A path of the text; -1 when there can be none. *owned: to be closed by the caller. */
int outbound_file(Outbound *o, Str text, bool *owned);

/* What Go has against the certificates of the session; absent when nothing. session: a
 * gnutls_session_t. */
Str outbound_verify(void *session, Str ca_pem, Str name, int minor, Arena *a);

/* What Go's net/http says of a call that ended with code. */
Str outbound_words(const Transfer *t, CURLcode code, Arena *a);

#endif
