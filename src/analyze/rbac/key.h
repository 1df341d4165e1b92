/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What bindings may call a subject: itself, the user name of a service account, the groups that it
 * is in by what it is. And an index by that.
 */
#ifndef PODGATE_ANALYZE_RBAC_KEY_H
#define PODGATE_ANALYZE_RBAC_KEY_H

#include "cluster/index.h"
#include "decide/rbac/rbac.h"

typedef struct RbacSubjectKey {
    SubjectKind kind;
    Str namespace; /* of a service account, else "" */
    Str name;
} RbacSubjectKey;

static inline RbacSubjectKey rbac_subject_key(const RbacSubject *s)
{
    return (RbacSubjectKey){ (SubjectKind)s->kind, rbac_subject_namespace(s),
                             rbac_subject_name(s) };
}
uint64_t rbac_subject_key_hash(const RbacSubjectKey *key);
bool rbac_subject_key_equal(const RbacSubjectKey *a, const RbacSubjectKey *b);
/* Users, groups, service accounts; by namespace and name. */
int rbac_subject_key_cmp(const RbacSubjectKey *a, const RbacSubjectKey *b);

/* itself, its other name, and three groups */
enum { RBAC_SUBJECT_NAMES_MAX = 5 };
/* All that bindings may call the subject, itself first; the names are in a where they are made. A
 * group stands for somebody who is in it and of whom nothing else is known. */
size_t rbac_subject_names(const RbacSubjectKey *key, Arena *a,
                          RbacSubjectKey out[RBAC_SUBJECT_NAMES_MAX]);

#endif
