/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allowedHostPaths: which paths of the node may be mounted.
 *
 * Fields    spec.volumes[*].hostPath.path; volumeMounts[*].readOnly of every container
 * Refused   a path below none of the prefixes; writable mounts of a path that is below read-only
 *           prefixes alone. An empty list allows every path.
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/util
 *
 * A prefix ends where a segment of the path ends; one trailing slash of either is not looked at.
 */
#include "decide/psp/attempt.h"

static bool has_path_prefix(Str path, Str prefix)
{
    path = str_cut_suffix(path, STR("/"));
    prefix = str_cut_suffix(prefix, STR("/"));
    return str_starts_with(path, prefix) && (path.len == prefix.len || path.ptr[prefix.len] == '/');
}

typedef enum Verdict { REFUSED, READ_ONLY, WRITABLE } Verdict;

static Verdict verdict_on(const PspPolicy *policy, Str path)
{
    Verdict verdict = policy->host_path_count ? REFUSED : WRITABLE;
    for (uint32_t i = 0; i < policy->host_path_count && verdict != WRITABLE; i++) {
        if (has_path_prefix(path, policy->host_paths[i].prefix)) {
            verdict = policy->host_paths[i].read_only ? READ_ONLY : WRITABLE;
        }
    }
    return verdict;
}

static void check_mounts(PspAttempt *at, const VolumeView *v)
{
    for (size_t i = 0; i < at->container_count; i++) {
        const ContainerView *c = at->containers[i].view;
        for (size_t j = 0; j < c->mount_count; j++) {
            if (str_eq(c->mounts[j].name, v->name) && !c->mounts[j].read_only && psp_fails(at)) {
                ContainerPath path;
                container_path(&path, c);
                Path mounts = path_child(&path.item, "volumeMounts");
                Path mount = path_index(&mounts, j);
                field_invalid_bool(at->errs, path_child(&mount, "readOnly"), false,
                                   STR("must be read-only"));
            }
        }
    }
}

void psp_check_host_path(PspAttempt *at, const VolumeView *v, size_t i)
{
    switch (verdict_on(at->policy, v->path)) {
    case REFUSED:
        if (psp_fails(at)) {
            PspVolumePath path;
            psp_volume_path(&path, i);
            Path host_path = path_child(&path.item, "hostPath");
            field_invalid_str(at->errs, path_child(&host_path, "pathPrefix"), v->path,
                              STR("is not allowed to be used"));
        }
        break;
    case READ_ONLY:
        check_mounts(at, v);
        break;
    case WRITABLE:
        break;
    }
}
