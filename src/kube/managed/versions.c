/* SPDX-License-Identifier: Apache-2.0 */
/* Converting the objects of a request to the versions that their managers wrote. */
#include "kube/managed/versions.h"

#include "kube/kinds.h"
#include "kube/managed/reset.h"

ManagedVersions managed_versions_new(const ManagedRequest *req, const Value *live,
                                     const Value *object, Arena *a)
{
    return (ManagedVersions){ .req = req,
                              .mode = { .target = req->target },
                              .arena = a,
                              .live = live,
                              .object = object,
                              .by_name = map_new(a) };
}

/* The type of the kind in another version. Of a custom resource any version passes. */
static bool find_type(const ManagedRequest *req, Str api_version, const SchemaType **type)
{
    KubeKind kind = { .type = NULL };
    if (req->type && !typed_is_custom(req->type)) {
        if (!kube_kind_find(api_version, req->kind, &kind) ||
            !kube_kind_is_served(&kind, req->target)) {
            return false;
        }
    } else {
        Str group;
        Str own_group;
        Str version;
        kube_split_api_version(api_version, &group, &version);
        kube_split_api_version(req->api_version, &own_group, &version);
        if (!str_eq(group, own_group)) {
            return false;
        }
        kind.type = req->type;
    }
    *type = kind.type;
    return true;
}

bool managed_convert(const ManagedVersions *versions, const Value *object, Str from, Str to,
                     const SchemaType **type, Value *out)
{
    const ManagedRequest *req = versions->req;
    if (req->convert && !str_eq(from, to)) {
        if (!req->convert(req->convert_context, object, to, versions->arena, type, out)) {
            return false;
        }
        if (typed_is_custom(req->type)) {
            *type = *type ? *type : req->type;
        } else if (*type && versions->mode.is_plain) {
            schema_encode(*type, out, req->target);
        }
        return true;
    }
    *out = *object;
    if (str_eq(to, req->api_version)) {
        *type = req->type;
        return true;
    }
    return find_type(req, to, type);
}

static bool convert(const ManagedVersions *versions, ManagedVersion *v)
{
    Str own = versions->req->api_version;
    return managed_convert(versions, versions->live, own, v->api_version, &v->type, &v->live) &&
           managed_convert(versions, versions->object, own, v->api_version, &v->type, &v->object);
}

/* "a/b/c" is no version at all. */
static bool is_group_version(Str text)
{
    return str_index_byte(text, '/') == str_rindex_byte(text, '/');
}

static void compare(ManagedVersions *versions, ManagedVersion *v)
{
    Arena *a = versions->arena;
    TypedChanges *c = &v->changes;
    v->is_broken = !typed_compare(v->type, &v->live, &v->object, &versions->mode, a, c);
    v->is_same = field_set_is_empty(c->changed) && field_set_is_empty(c->removed);
    FieldSet reset = managed_reset_fields(versions->req, a);
    if (!v->is_same && !field_set_is_empty(reset)) {
        c->changed = field_set_difference_below(c->changed, reset, a);
        c->removed = field_set_difference_below(c->removed, reset, a);
    }
}

const ManagedVersion *managed_version_of(ManagedVersions *versions, Str api_version)
{
    void **place = map_at(&versions->by_name, api_version);
    if (!*place) {
        ManagedVersion *v = new(versions->arena, ManagedVersion, 1);
        *place = v;
        v->api_version = api_version;
        v->is_broken = !is_group_version(api_version);
        v->is_missing = !v->is_broken && !convert(versions, v);
        if (!v->is_broken && !v->is_missing) {
            compare(versions, v);
        }
    }
    return *place;
}
