/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FlowSchemas and PriorityLevelConfigurations: defaults and validation. Objects are in the decoded
 * form. That those of the names "exempt" and "catch-all" say what they must is not checked.
 *
 * Source: Kubernetes pkg/apis/flowcontrol (1.20)
 */
#ifndef PODGATE_KUBE_GROUPS_FLOW_CONTROL_H
#define PODGATE_KUBE_GROUPS_FLOW_CONTROL_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

void flow_schema_apply_defaults(Value *schema, const KubeTarget *t, Arena *a);
void flow_schema_validate_create(const Value *schema, const KubeTarget *t, FieldErrors *errs);
void flow_schema_validate_update(const Value *schema, const Value *old, const KubeTarget *t,
                                 FieldErrors *errs);

void priority_level_apply_defaults(Value *level, const KubeTarget *t, Arena *a);
void priority_level_validate_create(const Value *level, const KubeTarget *t, FieldErrors *errs);
void priority_level_validate_update(const Value *level, const Value *old, const KubeTarget *t,
                                    FieldErrors *errs);

/* The status of either, through its subresource. */
void flow_control_validate_status(const Value *object, FieldErrors *errs);

#endif
