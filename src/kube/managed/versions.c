/* SPDX-License-Identifier: Apache-2.0 */
/* Converting the objects of a request to the versions that their managers wrote. */
#include "kube/managed/versions.h"

#include "kube/kinds.h"

ManagedVersions managed_versions_new(const ManagedRequest *req, const Value *live,
                                     const Value *object, Arena *a)
{
    return (ManagedVersions){
        .req = req, .mode = { .target = req->target }, .arena = a, .live = live, .object = object,
        .by_name = map_new(a)
    };
}

/* Another version whose objects look the same. Of a custom resource any is taken for one. */
static bool same_shape(const ManagedVersions *versions, ManagedVersion *v)
{
    const ManagedRequest *req = versions->req;
    KubeKind kind = { .type = NULL };
    if (req->type) {
        if (!kube_kind_find(v->api_version, req->kind, &kind) ||
            !kube_kind_is_served(&kind, req->target)) {
            return false;
        }
    } else {
        Str group;
        Str own_group;
        Str version;
        kube_split_api_version(v->api_version, &group, &version);
        kube_split_api_version(req->api_version, &own_group, &version);
        if (!str_eq(group, own_group)) {
            return false;
        }
    }
    v->type = kind.type;
    v->live = *versions->live;
    v->object = *versions->object;
    return true;
}

static bool convert(const ManagedVersions *versions, ManagedVersion *v)
{
    const ManagedRequest *req = versions->req;
    if (str_eq(v->api_version, req->api_version)) {
        v->type = req->type;
        v->live = *versions->live;
        v->object = *versions->object;
        return true;
    }
    if (!req->convert) {
        return same_shape(versions, v);
    }
    return req->convert(req->convert_context, versions->live, v->api_version, versions->arena,
                        &v->type, &v->live) &&
           req->convert(req->convert_context, versions->object, v->api_version, versions->arena,
                        &v->type, &v->object);
}

/* "a/b/c" is no version at all. */
static bool is_group_version(Str text)
{
    return str_index_byte(text, '/') == str_rindex_byte(text, '/');
}

const ManagedVersion *managed_version_of(ManagedVersions *versions, Str api_version)
{
    void **place = map_at(&versions->by_name, api_version);
    if (!*place) {
        ManagedVersion *v = new (versions->arena, ManagedVersion, 1);
        *place = v;
        v->api_version = api_version;
        v->is_broken = !is_group_version(api_version);
        v->is_missing = !v->is_broken && !convert(versions, v);
        if (!v->is_broken && !v->is_missing) {
            v->is_broken = !typed_compare(v->type, &v->live, &v->object, &versions->mode,
                                          versions->arena, &v->changes);
        }
    }
    return *place;
}
