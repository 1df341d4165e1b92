/* SPDX-License-Identifier: Apache-2.0 */
/* Leases. */
#include "kube/groups/lease.h"

#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"

static void check_spec(const Value *spec, FieldErrors *errs)
{
    Path path = path_root("spec");
    OptInt64 seconds = value_get_int(spec, STR("leaseDurationSeconds"));
    OptInt64 transitions = value_get_int(spec, STR("leaseTransitions"));
    if (seconds.set && seconds.value <= 0) {
        field_invalid_int(errs, path_child(&path, "leaseDurationSeconds"), seconds.value,
                          STR("must be greater than 0"));
    }
    if (transitions.set && transitions.value < 0) {
        field_invalid_int(errs, path_child(&path, "leaseTransitions"), transitions.value,
                          STR("must to greater or equal than 0"));
    }
}

void lease_validate_create(const Value *lease, FieldErrors *errs)
{
    check_plain_meta(lease, true, name_check_dns1123_subdomain, errs);
    check_spec(value_get_lit(lease, "spec"), errs);
}

void lease_validate_update(const Value *lease, const Value *old, FieldErrors *errs)
{
    check_plain_meta_update(lease, old, errs);
    check_spec(value_get_lit(lease, "spec"), errs);
}
