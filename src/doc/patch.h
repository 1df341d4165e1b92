/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Patch (RFC 6902): applying one, and finding one. */
#ifndef PODGATE_DOC_PATCH_H
#define PODGATE_DOC_PATCH_H

#include "base/err.h"
#include "doc/value.h"

/* An RFC 6902 array whose operations (remove, add, replace) make *to of *from. Empty when they are
 * equal. Its values are those of *to, shared. Items that moved within a list are removed and added;
 * long lists that differ much are compared item by item. */
Value patch_diff(const Value *from, const Value *to, Arena *a);

/* Applies a patch as RFC 6902 has it. *target becomes a tree of its own that shares strings only;
 * after a failure it is as it was. Messages name the operation: `operation 2 (remove "/spec/x"):
 * there is no such member`. ERR_CONFLICT for a failed test, ERR_NOT_FOUND for a path that is not
 * there, ERR_SYNTAX for what is no patch, ERR_LIMIT for one that asks too much. */
WARN_UNUSED bool patch_apply(Value *target, const Value *patch, Arena *a, Err *err);

/* The same, but what the patch does not touch stays shared with the tree that *target was: only the
 * lists and objects on the way to a change are copied. Costs by the patch, not by the document. */
WARN_UNUSED bool patch_apply_sharing(Value *target, const Value *patch, Arena *a, Err *err);

/* Applies a patch as the API server of Kubernetes 1.20 does, with the messages of its library:
 * replacing a member that is not there adds it, copying one gives null, indexes may be negative,
 * what stands before a path's first slash is not looked at.
 * Source: github.com/evanphx/json-patch v4.9.0. */
WARN_UNUSED bool patch_apply_as_server(Value *target, const Value *patch, Arena *a, Err *err);

/* The operations as Values, for those who build patches themselves. */
Value patch_op_add(Str path, Value v, Arena *a);
Value patch_op_replace(Str path, Value v, Arena *a);
Value patch_op_remove(Str path, Arena *a);

#endif
