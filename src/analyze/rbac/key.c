/* SPDX-License-Identifier: Apache-2.0 */
/* What bindings may call a subject. */
#include "analyze/rbac/key.h"

#include "analyze/rbac/cluster.h"

uint64_t rbac_subject_key_hash(const RbacSubjectKey *key)
{
    return index_hash_mix(index_hash_mix(str_hash(key->name), str_hash(key->namespace)),
                          (uint64_t)key->kind);
}

bool rbac_subject_key_equal(const RbacSubjectKey *a, const RbacSubjectKey *b)
{
    return a->kind == b->kind && str_eq(a->name, b->name) && str_eq(a->namespace, b->namespace);
}

int rbac_subject_key_cmp(const RbacSubjectKey *a, const RbacSubjectKey *b)
{
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    int order = str_cmp(a->namespace, b->namespace);
    return order ? order : str_cmp(a->name, b->name);
}

size_t rbac_subject_names(const RbacSubjectKey *key, Arena *a,
                          RbacSubjectKey out[RBAC_SUBJECT_NAMES_MAX])
{
    size_t count = 0;
    out[count++] = *key;
    UserInfo user = rbac_cluster_user(key->kind, key->namespace, key->name, a);
    Str namespace, name;
    if (key->kind == SUBJECT_SERVICE_ACCOUNT) {
        out[count++] = (RbacSubjectKey){ SUBJECT_USER, STR(""), user.name };
    } else if (key->kind == SUBJECT_USER &&
               rbac_split_service_account(key->name, &namespace, &name)) {
        out[count++] = (RbacSubjectKey){ SUBJECT_SERVICE_ACCOUNT, namespace, name };
    }
    for (size_t i = 0; i < user.groups.count && count < RBAC_SUBJECT_NAMES_MAX; i++) {
        if (key->kind != SUBJECT_GROUP || !str_eq(user.groups.items[i], key->name)) {
            out[count++] = (RbacSubjectKey){ SUBJECT_GROUP, STR(""), user.groups.items[i] };
        }
    }
    return count;
}
