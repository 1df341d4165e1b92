/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests from within the server: what its controllers do, they do as clients would, with rights
 * that can be refused and objects that can be invalid. They take the store's locks themselves: who
 * calls must hold none.
 */
#ifndef PODGATE_SERVER_APISERVER_INTERNAL_H
#define PODGATE_SERVER_APISERVER_INTERNAL_H

#include "cluster/store.h"
#include "server/api/api.h"
#include "server/apiserver/apiserver.h"

/* Who writes from within the server: a controller, or the server itself. */
typedef struct ApiCaller {
    UserInfo user;
    Str agent;     /* "kube-controller-manager": who owns the fields it sets */
    bool bypasses; /* admission plugins are not asked */
} ApiCaller;

/* One request from within; body NULL for none. The response's body is the caller's: nothing of the
 * store is in it. */
void apiserver_internal(ApiServer *s, const ApiCaller *caller, Str method, Str uri,
                        Str content_type, const Value *body, Arena *a, ApiResponse *out);
/* Creates an object where its kind belongs, or (unless only_new) updates the one that is there. */
bool apiserver_put(ApiServer *s, const ApiCaller *caller, const Value *object, bool only_new,
                   Arena *a, ApiResponse *out);
/* A kind that has objects: a built-in one, whether it is served or not, or one that a definition
 * serves now; then its texts lie in the arena. */
bool apiserver_find_kind(ApiServer *s, Str api_version, Str kind, Arena *a, KubeKind *out);
/* The server itself. */
extern const ApiCaller apiserver_itself;

Store *apiserver_store(ApiServer *s);
const ApiServerOptions *apiserver_options(const ApiServer *s);
/* Unix time, by the server's own clock (clock.h). */
void apiserver_now(const ApiServer *s, int64_t *seconds, int32_t *micros);
/* Seconds by which it is ahead of the machine's. */
int64_t apiserver_clock_offset(const ApiServer *s);
/* A number that differs each time. */
uint64_t apiserver_seed(ApiServer *s);

#endif
