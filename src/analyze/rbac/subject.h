/* SPDX-License-Identifier: Apache-2.0 */
/* A subject as a user types it. */
#ifndef PODGATE_ANALYZE_RBAC_SUBJECT_H
#define PODGATE_ANALYZE_RBAC_SUBJECT_H

#include "base/err.h"
#include "decide/rbac/rbac.h"

/* `user:NAME`, `group:NAME`, `sa:NAMESPACE/NAME`, the same with `=` and with NAMESPACE:NAME,
 * `system:serviceaccount:NAMESPACE:NAME`, or as results print one: `ServiceAccount NAMESPACE/NAME`.
 * A name alone is a user or a group, whichever is bound; NAMESPACE/NAME is a service account. The
 * user that comes out is in the groups that the API server puts it into. */
WARN_UNUSED bool rbac_subject_parse(Str text, Arena *a, UserInfo *out, Err *err);

#endif
