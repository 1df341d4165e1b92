/* SPDX-License-Identifier: Apache-2.0 */
/* Removing what a manager applied before and applies no more. */
#ifndef PODGATE_KUBE_MANAGED_PRUNE_H
#define PODGATE_KUBE_MANAGED_PRUNE_H

#include "kube/managed/versions.h"

/* merged: live and configuration, in the version of the request
 * last: what the manager owned before, in last_version
 * entries: of all managers, the manager's own as it is now
 * What goes is what only this manager owned. */
Value managed_prune(const ManagedVersions *versions, const Value *merged, FieldSet last,
                    Str last_version, const ManagedEntries *entries);

#endif
