/* SPDX-License-Identifier: Apache-2.0 */
/* What the server counts, as Prometheus reads it, under the names of a real API server. */
#ifndef PODGATE_SERVER_APISERVER_METRICS_H
#define PODGATE_SERVER_APISERVER_METRICS_H

#include "server/api/api.h"

/* Requests by verb, resource and answer. */
typedef struct Metrics Metrics;

Metrics *metrics_new(void);
void metrics_free(Metrics *m);
/* May be called by any thread. More kinds of requests than there are rows for count as others. */
void metrics_count(Metrics *m, const ApiRequest *request, const ApiResponse *response);
void metrics_write_requests(Metrics *m, Buf *b);

/* How many objects there are of each resource. Needs the store held for reading. */
void metrics_write_objects(Store *s, const KubeTarget *target, Buf *b);

struct DataStats;
/* What a data directory was written. */
void metrics_write_data(const struct DataStats *stats, Buf *b);

#endif
