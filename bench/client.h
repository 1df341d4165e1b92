/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that is measured, and clients of it over TLS. Whatever goes wrong ends the process with
 * status 2.
 */
#ifndef PODGATE_BENCH_CLIENT_H
#define PODGATE_BENCH_CLIENT_H

#include "base/arena.h"
#include "server/auth/certs.h"

#include <gnutls/gnutls.h>
#include <sys/types.h>

void bench_die(const char *what);
double now_us(void);

typedef struct Served {
    pid_t pid;
    int port;
    CertPair admin; /* empty: none */
} Served;

/* podgate up with so many nodes, when it serves; data: its --data, NULL for none. */
Served served_start(const char *program, const char *nodes, const char *data, Arena *a);
void served_stop(const Served *s);
long resident_kib(pid_t pid);
/* A namespace "bench" with an account whose pods a policy admits. */
void prepare_pods(const Served *s, Arena *a);

typedef struct Client {
    int fd;
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
} Client;

int dial(int port);
Client client_open(const Served *s);
void client_close(Client *c);
void client_send(Client *c, Str request);
/* The status of an answer that is read to its end, or of a stream whose head is. */
int client_receive(Client *c);
int client_receive_head(Client *c);
/* The body of an answer to GET that is not large. */
Str client_get(Client *c, const char *path, Arena *a);
/* One request and its answer. */
int ask(Client *c, Str request);
Str get(const char *path, Arena *a);
Str post(const char *path, Str body, Arena *a);

#endif
