/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about RBAC as data. */
#ifndef PODGATE_ANALYZE_RBAC_REPORT_H
#define PODGATE_ANALYZE_RBAC_REPORT_H

#include "analyze/rbac/matrix.h"
#include "analyze/rbac/who_can.h"
#include "doc/value.h"

/* {"kind", "name", "namespace"} */
Value rbac_subject_key_value(const RbacSubjectKey *key, Arena *a);
/* "ServiceAccount psp-test/app", "Group system:serviceaccounts" */
Str rbac_subject_key_text(const RbacSubjectKey *key, Arena *a);
Value rbac_strings_value(StrList list, Arena *a);

/* {"user", "groups"} */
Value rbac_user_value(const UserInfo *user, Arena *a);

/* A WhoCanReport. */
Value who_can_to_value(RbacCluster *c, const WhoCan *answer, Arena *a);

/* AccessMatrixReports: of a user, of two users, of a resource. */
Value matrix_to_value(const Matrix *m, const UserInfo *user, Arena *a);
/* What the second has otherwise than the first. */
Value matrix_diff_to_value(const Matrix *from, const UserInfo *from_user, const Matrix *to,
                           const UserInfo *to_user, Arena *a);
Value matrix_for_to_value(const MatrixQuestion *q, MatrixSubjects subjects, Arena *a);

#endif
