/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the listener share: a handler that shows what it was asked, and a client. */
#ifndef PODGATE_SERVER_HTTP_TEST_LISTENER_H
#define PODGATE_SERVER_HTTP_TEST_LISTENER_H

#include "base/buf.h"
#include "server/http/http.h"

#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

enum { BODY_MAX = 1000 }; /* of a request */

/* What /stream and /wait hang on: a stream that says "tick" when told to. */
typedef struct Ticker {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    HttpWaker *waker;
    int ticks;
    bool ends;
    int attached;
    int closed;
    int finished; /* responses that waited for a tick */
} Ticker;
extern Ticker ticker;

void tick(int ticks, bool ends);
void ticker_reset(void);
/* Waits until *count is at least that; false after some seconds. */
bool ticker_wait(const int *count, int at_least);

/* Handlers of /waits answer when so many are there. */
enum { MEETING = 12 };
extern pthread_barrier_t meeting;

/* A listener on 127.0.0.1 with that handler; the rest as in more. */
HttpServer *start(const HttpServerOptions *more, Arena *a);

int dial(const HttpServer *s);
/* How long send() and receive() wait. */
void set_patience(int fd, int ms);
void send_all(int fd, Str text);
/* Until the text contains part, or the end when part is absent. */
Str receive(int fd, Str part, Arena *a);
/* The answer to one request on a connection of its own. */
const char *ask(const HttpServer *s, Str request, Arena *a);

#define CLOSE "Connection: close\r\n"

void assert_has(const char *text, const char *part);

#endif
