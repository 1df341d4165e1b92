/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of decide/rbac share among themselves. */
#ifndef PODGATE_DECIDE_RBAC_INTERNAL_H
#define PODGATE_DECIDE_RBAC_INTERNAL_H

#include "decide/rbac/rbac.h"

/* rbac_rule_allows() with verb_bits = rbac_verb_bits(req->verb) worked out once. */
bool rbac_rule_covers(const RbacRule *rule, uint32_t verb_bits, const RbacRequest *req);
/* The same whatever the name; req is for a resource. */
bool rbac_rule_covers_resource(const RbacRule *rule, uint32_t verb_bits, const RbacRequest *req);

uint32_t rbac_verb_bits_of(StrList verbs);
/* Same lists in the same order. */
bool rbac_rules_equal(const RbacRule *a, const RbacRule *b);
/* A `rules` list (NULL for none); path is its place. */
bool rbac_rules_compile(const Value *rules, const Path *path, Arena *a, FieldErrors *errs,
                        const RbacRule **out, size_t *count);

/* Calls visit with each list of bindings that name the user: of the cluster, then of namespace
 * when that is not "". Stops when visit returns false. Lists may have bindings in common. */
typedef bool RbacListVisit(void *context, RbacBindingList list);
void rbac_visit_lists(const Facts *f, const UserInfo *user, Str namespace, RbacListVisit *visit,
                      void *context);

/* The first binding by (cluster before namespace, name). */
bool rbac_binding_before(const RbacBinding *a, const RbacBinding *b);

/* Missing, null, false, 0 or empty: what Go cannot tell from a field that was not given. */
bool rbac_value_is_unset(const Value *v);

/* Whether one of the paths, which may end with "*", matches path. */
bool rbac_urls_match(StrList urls, Str path);

/* "&", "<" and ">" as the API server escapes them in refusals */
Str rbac_escape_html(Str s, Arena *a);

/* `["a" "b"]`, as Go's %q prints a list */
void rbac_write_quoted_list(Buf *b, StrList list);

/* How a missing role is called: by the authorizer's cache or by the storage. */
typedef enum RbacMissingForm {
    RBAC_MISSING_KINDS,     /* `clusterrole.rbac.authorization.k8s.io "x" not found` */
    RBAC_MISSING_RESOURCES, /* `clusterroles.rbac.authorization.k8s.io "x" not found` */
} RbacMissingForm;

/* One for each binding in list whose role is missing, as Go's aggregate of errors: one alone,
 * several as `[a, b]`, equal ones once. "" when none is missing. */
Str rbac_missing_roles_text(const Facts *f, RbacBindingList list, RbacMissingForm form, Arena *a);

static inline bool rbac_user_is_master(const UserInfo *user)
{
    return str_list_has(user->groups, STR(RBAC_GROUP_MASTERS));
}

#endif
