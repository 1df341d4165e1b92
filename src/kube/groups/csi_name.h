/* SPDX-License-Identifier: Apache-2.0 */
/* Names of CSI drivers. */
#ifndef PODGATE_KUBE_GROUPS_CSI_NAME_H
#define PODGATE_KUBE_GROUPS_CSI_NAME_H

#include "kube/names.h"

/* declared: the rule stands with the type since 1.36, in words of its own. */
static inline void check_csi_driver_name(FieldErrors *errs, Path path, Str name, bool declared)
{
    enum { BYTES_MAX = 63 };
    if (name.len == 0) {
        field_required(errs, path, STR(""));
        if (errs->minor >= FIELD_DECLARED_SINCE) {
            return;
        }
    }
    if (name.len > BYTES_MAX) {
        field_too_long(errs, path, BYTES_MAX);
    }
    Str lower = arena_lower(errs->arena, name);
    NameMessages problems = name_check_dns1123_subdomain(lower);
    if (declared && problems.count && errs->minor >= FIELD_DECLARED_SINCE) {
        field_invalid_str(
            errs, path, name,
            STR("an RFC 1123 subdomain must consist of alphanumeric characters, '-' "
                "or '.', and must start and end with an alphanumeric character (e.g. "
                "'Example.com', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"));
        return;
    }
    name_report(errs, path, name, problems);
}

#endif
