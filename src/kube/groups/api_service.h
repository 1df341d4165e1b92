/* SPDX-License-Identifier: Apache-2.0 */
/*
 * APIServices of v1 and v1beta1: defaults and validation. Objects are in the decoded form.
 *
 * Source: k8s.io/kube-aggregator pkg/apis/apiregistration (0.20)
 */
#ifndef PODGATE_KUBE_GROUPS_API_SERVICE_H
#define PODGATE_KUBE_GROUPS_API_SERVICE_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

void api_service_apply_defaults(Value *service, const KubeTarget *t, Arena *a);
void api_service_validate_create(const Value *service, FieldErrors *errs);
void api_service_validate_update(const Value *service, const Value *old, FieldErrors *errs);
/* Through the subresource status. */
void api_service_validate_status_update(const Value *service, const Value *old, FieldErrors *errs);

/* One that no service serves is available at once: says so in its status. now: RFC 3339; absent
 * leaves the time out. */
void api_service_mark_local(Value *service, Str now, Arena *a);

#endif
