/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a webhook is called: a URL or a service. Of webhook configurations, and of the conversion
 * of custom resources.
 *
 * Source: k8s.io/apiserver pkg/util/webhook/validation.go
 */
#ifndef PODGATE_KUBE_GROUPS_WEBHOOK_CLIENT_H
#define PODGATE_KUBE_GROUPS_WEBHOOK_CLIENT_H

#include "base/field.h"
#include "doc/value.h"

/* Whether Go's url.ParseRequestURI takes the text, and if so its scheme and host. */
bool webhook_request_uri(Str text, Arena *a, Str *scheme, Str *host);
/* A clientConfig: exactly one of url and service. path: of the clientConfig. */
void webhook_client_validate(const Value *config, const Path *path, FieldErrors *errs);

#endif
