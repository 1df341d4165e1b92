/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields that nobody owns by writing to a resource, since the registry puts them back: the status
 * of an object, at its status the rest of it. Since 1.22.
 *
 * Source: Kubernetes pkg/registry, GetResetFields of each strategy
 */
#include "kube/managed/reset.h"

#include "kube/managed/typed.h"

enum { RESET_SINCE = 22, DEPTH_MAX = 2, PATHS_MAX = 3 };

typedef struct ResetRow {
    Str group; /* absent: any */
    Str kind;  /* absent: any of the group */
    Str subresource;
    Str paths[PATHS_MAX][DEPTH_MAX];
} ResetRow;

/* The first that fits. */
static const ResetRow rows[] = {
    { STR_INIT(""),
      STR_INIT("Pod"),
      STR_INIT("status"),
      { { STR_INIT("spec") },
        { STR_INIT("metadata"), STR_INIT("deletionTimestamp") },
        { STR_INIT("metadata"), STR_INIT("ownerReferences") } } },
    { STR_INIT("apps"),
      STR_INIT("Deployment"),
      STR_INIT("status"),
      { { STR_INIT("spec") }, { STR_INIT("metadata"), STR_INIT("labels") } } },
    { STR_INIT("certificates.k8s.io"),
      STR_INIT("CertificateSigningRequest"),
      STR_INIT("status"),
      { { STR_INIT("spec") }, { STR_INIT("status"), STR_INIT("conditions") } } },
    { STR_INIT("certificates.k8s.io"),
      STR_INIT("CertificateSigningRequest"),
      STR_INIT("approval"),
      { { STR_INIT("spec") }, { STR_INIT("status"), STR_INIT("certificate") } } },
    { STR_INIT("certificates.k8s.io"),
      STR_INIT("CertificateSigningRequest"),
      STR_INIT(""),
      { { STR_INIT("spec") }, { STR_INIT("status") } } },
#define WHOLE_STATUS(group, kind)        \
    {                                    \
        group, kind, STR_INIT("status"), \
        {                                \
            { STR_INIT("spec") },        \
            {                            \
                STR_INIT("metadata")     \
            }                            \
        }                                \
    }
    WHOLE_STATUS(STR_INIT("apiregistration.k8s.io"), { 0 }),
    WHOLE_STATUS(STR_INIT("certificates.k8s.io"), { 0 }),
    WHOLE_STATUS(STR_INIT("flowcontrol.apiserver.k8s.io"), { 0 }),
    WHOLE_STATUS(STR_INIT("internal.apiserver.k8s.io"), { 0 }),
    WHOLE_STATUS(STR_INIT("networking.k8s.io"), STR_INIT("ServiceCIDR")),
    WHOLE_STATUS(STR_INIT("resource.k8s.io"), { 0 }),
    WHOLE_STATUS(STR_INIT("scheduling.k8s.io"), { 0 }),
    WHOLE_STATUS(STR_INIT("storage.k8s.io"), { 0 }),
    WHOLE_STATUS(STR_INIT("storagemigration.k8s.io"), { 0 }),
    { { 0 }, { 0 }, STR_INIT("status"), { { STR_INIT("spec") } } },
    { { 0 }, { 0 }, { 0 }, { { STR_INIT("status") } } },
};

static bool fits(const ResetRow *row, const ManagedRequest *req)
{
    ptrdiff_t slash = str_index(req->api_version, STR("/"));
    Str group = slash < 0 ? STR("") : str_from(req->api_version.ptr, (size_t)slash);
    return (!row->group.ptr || str_eq(row->group, group)) &&
           (!row->kind.ptr || str_eq(row->kind, req->kind)) &&
           (!row->subresource.ptr || str_eq(row->subresource, req->subresource));
}

FieldSet managed_reset_fields(const ManagedRequest *req, Arena *a)
{
    FieldSet set = { NULL, 0 };
    if (req->target->minor < RESET_SINCE || !req->type || typed_is_custom(req->type)) {
        return set;
    }
    const ResetRow *row = rows;
    while (!fits(row, req)) { /* the last fits always */
        row++;
    }
    for (size_t i = 0; i < PATHS_MAX && row->paths[i][0].ptr; i++) {
        FieldPath top = { NULL, path_field(row->paths[i][0]) };
        FieldPath below = { &top, path_field(row->paths[i][1]) };
        const FieldPath *path = row->paths[i][1].ptr ? &below : &top;
        set = field_set_union(set, field_set_of(path, true, (FieldSet){ NULL, 0 }, a), a);
    }
    return set;
}
