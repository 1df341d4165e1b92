/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about RBAC as data. */
#ifndef PODGATE_ANALYZE_RBAC_REPORT_H
#define PODGATE_ANALYZE_RBAC_REPORT_H

#include "analyze/rbac/who_can.h"
#include "doc/value.h"

/* {"kind", "name", "namespace"} */
Value rbac_subject_key_value(const RbacSubjectKey *key, Arena *a);
/* "ServiceAccount psp-test/app", "Group system:serviceaccounts" */
Str rbac_subject_key_text(const RbacSubjectKey *key, Arena *a);
Value rbac_strings_value(StrList list, Arena *a);

/* A WhoCanReport. */
Value who_can_to_value(RbacCluster *c, const WhoCan *answer, Arena *a);

#endif
