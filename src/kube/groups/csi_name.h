/* SPDX-License-Identifier: Apache-2.0 */
/* Names of CSI drivers. */
#ifndef PODGATE_KUBE_GROUPS_CSI_NAME_H
#define PODGATE_KUBE_GROUPS_CSI_NAME_H

#include "kube/names.h"

static inline void check_csi_driver_name(FieldErrors *errs, Path path, Str name)
{
    enum { BYTES_MAX = 63 };
    if (name.len == 0) {
        field_required(errs, path, STR(""));
    }
    if (name.len > BYTES_MAX) {
        field_too_long(errs, path, BYTES_MAX);
    }
    Str lower = arena_lower(errs->arena, name);
    name_report(errs, path, name, name_check_dns1123_subdomain(lower));
}

#endif
