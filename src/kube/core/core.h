/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of the core group but pods and namespaces: what the API server fills in when it decodes
 * one (defaults), what its registry makes of one before it is validated (prepare), and what is
 * wrong with one (validate): every error, in the API server's order and words.
 *
 * Objects are in the decoded form of kube/schema.h and are changed in place. `old` is the object as
 * stored, decoded and defaulted. Maps are walked in the order of the tree, where the API server
 * walks them in no order at all.
 *
 * Source: k8s.io/kubernetes pkg/apis/core/{v1,validation}, pkg/registry/core (1.20, and later
 * versions where they are known to differ).
 */
#ifndef PODGATE_KUBE_CORE_CORE_H
#define PODGATE_KUBE_CORE_CORE_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

/* -- secrets, config maps, service accounts ---------------------------------------------------- */

/* stringData goes into data. */
void secret_apply_defaults(Value *secret, const KubeTarget *t, Arena *a);
void secret_validate(const Value *secret, const KubeTarget *t, FieldErrors *errs);
void secret_validate_update(const Value *secret, const Value *old, const KubeTarget *t,
                            FieldErrors *errs);

void config_map_apply_defaults(Value *map, const KubeTarget *t, Arena *a);
void config_map_validate(const Value *map, const KubeTarget *t, FieldErrors *errs);
void config_map_validate_update(const Value *map, const Value *old, const KubeTarget *t,
                                FieldErrors *errs);

/* Of the secrets it refers to only the names stay. */
void service_account_prepare(Value *account, Arena *a);
void service_account_validate(const Value *account, const KubeTarget *t, FieldErrors *errs);
void service_account_validate_update(const Value *account, const Value *old, const KubeTarget *t,
                                     FieldErrors *errs);

/* -- services and endpoints -------------------------------------------------------------------- */

void service_apply_defaults(Value *service, const KubeTarget *t, Arena *a);
void service_prepare_for_create(Value *service, const KubeTarget *t, Arena *a);
void service_prepare_for_update(Value *service, const Value *old, const KubeTarget *t, Arena *a);
void service_validate(const Value *service, const KubeTarget *t, FieldErrors *errs);
void service_validate_update(const Value *service, const Value *old, const KubeTarget *t,
                             FieldErrors *errs);
void service_validate_status_update(const Value *service, const Value *old, const KubeTarget *t,
                                    FieldErrors *errs);

void endpoints_apply_defaults(Value *endpoints, const KubeTarget *t, Arena *a);
void endpoints_validate(const Value *endpoints, const KubeTarget *t, FieldErrors *errs);
void endpoints_validate_update(const Value *endpoints, const Value *old, const KubeTarget *t,
                               FieldErrors *errs);

/* -- nodes and events -------------------------------------------------------------------------- */

void node_apply_defaults(Value *node, const KubeTarget *t, Arena *a);
void node_prepare_for_create(Value *node, const KubeTarget *t, Arena *a);
void node_prepare_for_update(Value *node, const Value *old, const KubeTarget *t, Arena *a);
void node_prepare_for_status_update(Value *node, const Value *old, const KubeTarget *t, Arena *a);
/* raw   as sent, for the quantities that messages show; may be NULL, as below */
void node_validate(const Value *node, const Value *raw, const KubeTarget *t, FieldErrors *errs);
void node_validate_update(const Value *node, const Value *old, const Value *raw,
                          const KubeTarget *t, FieldErrors *errs);

/* Events have two forms: v1 and that of events.k8s.io; group and version say which. Creates and
 * updates are held against the same rules, but for the newest version. */
void event_validate(const Value *event, Str group, Str version, FieldErrors *errs);
/* old: NULL when only what holds of any event is to be checked. */
void event_validate_update(const Value *event, const Value *old, Str group, Str version,
                           FieldErrors *errs);

/* -- limits and quotas ------------------------------------------------------------------------- */

void limit_range_apply_defaults(Value *range, const KubeTarget *t, Arena *a);
void limit_range_validate(const Value *range, const Value *raw, const KubeTarget *t,
                          FieldErrors *errs);

void resource_quota_apply_defaults(Value *quota, const KubeTarget *t, Arena *a);
void resource_quota_validate(const Value *quota, const Value *raw, const KubeTarget *t,
                             FieldErrors *errs);
void resource_quota_validate_update(const Value *quota, const Value *old, const Value *raw,
                                    const KubeTarget *t, FieldErrors *errs);
void resource_quota_validate_status_update(const Value *quota, const Value *old, const Value *raw,
                                           const KubeTarget *t, FieldErrors *errs);

/* -- volumes ----------------------------------------------------------------------------------- */

void persistent_volume_apply_defaults(Value *volume, const KubeTarget *t, Arena *a);
void persistent_volume_prepare_for_create(Value *volume, const KubeTarget *t, Arena *a);
void persistent_volume_prepare_for_update(Value *volume, const Value *old, const KubeTarget *t,
                                          Arena *a);
void persistent_volume_validate(const Value *volume, const Value *raw, const KubeTarget *t,
                                FieldErrors *errs);
void persistent_volume_validate_update(const Value *volume, const Value *old, const Value *raw,
                                       const KubeTarget *t, FieldErrors *errs);
void persistent_volume_validate_status_update(const Value *volume, const Value *old,
                                              const KubeTarget *t, FieldErrors *errs);

void claim_apply_defaults(Value *claim, const KubeTarget *t, Arena *a);
void claim_prepare_for_create(Value *claim, const KubeTarget *t, Arena *a);
void claim_prepare_for_update(Value *claim, const Value *old, const KubeTarget *t, Arena *a);
void claim_prepare_for_status_update(Value *claim, const Value *old, const KubeTarget *t, Arena *a);
void claim_validate(const Value *claim, const KubeTarget *t, FieldErrors *errs);
void claim_validate_update(const Value *claim, const Value *old, const KubeTarget *t,
                           FieldErrors *errs);
void claim_validate_status_update(const Value *claim, const Value *old, const KubeTarget *t,
                                  FieldErrors *errs);

/* -- replication controllers and pod templates ------------------------------------------------- */

void replication_controller_apply_defaults(Value *rc, const KubeTarget *t, Arena *a);
void replication_controller_prepare_for_create(Value *rc, const KubeTarget *t, Arena *a);
void replication_controller_prepare_for_update(Value *rc, const Value *old, const KubeTarget *t,
                                               Arena *a);
void replication_controller_validate(const Value *rc, const KubeTarget *t, FieldErrors *errs);
void replication_controller_validate_update(const Value *rc, const Value *old, const KubeTarget *t,
                                            FieldErrors *errs);
void replication_controller_validate_status_update(const Value *rc, const Value *old,
                                                   const KubeTarget *t, FieldErrors *errs);

void pod_template_object_apply_defaults(Value *template, const KubeTarget *t, Arena *a);
void pod_template_object_prepare_for_create(Value *template, const KubeTarget *t, Arena *a);
void pod_template_object_prepare_for_update(Value *template, const Value *old, const KubeTarget *t,
                                            Arena *a);
void pod_template_object_validate(const Value *template, const KubeTarget *t, FieldErrors *errs);
void pod_template_object_validate_update(const Value *template, const Value *old,
                                         const KubeTarget *t, FieldErrors *errs);

#endif
