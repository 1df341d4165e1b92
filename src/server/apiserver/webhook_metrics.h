/* SPDX-License-Identifier: Apache-2.0 */
/* How often each admission webhook was called, and how long it took. */
#ifndef PODGATE_SERVER_APISERVER_WEBHOOK_METRICS_H
#define PODGATE_SERVER_APISERVER_WEBHOOK_METRICS_H

#include "decide/admission/admission.h"

typedef struct WebhookMetrics WebhookMetrics;

WebhookMetrics *webhook_metrics_new(void); /* NULL: no memory */
void webhook_metrics_free(WebhookMetrics *m);
/* The calls that led to a decision (or NULL). May be called by any thread. */
void webhook_metrics_count(WebhookMetrics *m, const AdmissionDecision *decision);
/* Into an arena without a ceiling: a lock is held. */
void webhook_metrics_write(WebhookMetrics *m, Buf *b);

#endif
