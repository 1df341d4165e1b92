/* SPDX-License-Identifier: Apache-2.0 */
/* CSIDrivers. */
#include "kube/groups/go_dump.h"
#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"
#include "kube/groups/storage.h"

enum {
    /* on by default since */
    STORAGE_CAPACITY_SINCE = 21,
    TOKEN_REQUESTS_SINCE = 21,
    SELINUX_MOUNT_SINCE = 27,
    PREVENT_SCHEDULING_SINCE = 37,
    /* may change since */
    CAPACITY_CHANGES_SINCE = 23,
    MORE_CHANGES_SINCE = 29,
};

static const Str group_policies[] = { STR_INIT("File"), STR_INIT("None"),
                                      STR_INIT("ReadWriteOnceWithFSType") };
static const Str lifecycle_modes[] = { STR_INIT("Persistent"), STR_INIT("Ephemeral") };

/* -- defaults and features ----------------------------------------------------------------------
 */

void csi_driver_apply_defaults(Value *driver, const KubeTarget *t, Arena *a)
{
    Value *spec = value_get_lit(driver, "spec");
    if (!value_is(spec, VALUE_OBJECT)) {
        return;
    }
    default_to(spec, STR("attachRequired"), value_bool(true), a);
    default_to(spec, STR("podInfoOnMount"), value_bool(false), a);
    if (t->minor >= STORAGE_CAPACITY_SINCE) {
        default_to(spec, STR("storageCapacity"), value_bool(false), a);
    }
    default_to(spec, STR("fsGroupPolicy"), value_str(group_policies[2]), a);
    if (value_len(list_of(spec, "volumeLifecycleModes")) == 0) {
        Value modes = value_array();
        value_add(&modes, value_str(lifecycle_modes[0]), a);
        value_set_lit(spec, "volumeLifecycleModes", modes, a);
    }
    if (t->minor >= TOKEN_REQUESTS_SINCE) {
        default_to(spec, STR("requiresRepublish"), value_bool(false), a);
    }
    if (t->minor >= SELINUX_MOUNT_SINCE) {
        default_to(spec, STR("seLinuxMount"), value_bool(false), a);
    }
    if (t->minor >= PREVENT_SCHEDULING_SINCE) {
        default_to(spec, STR("preventPodSchedulingIfMissing"), value_bool(false), a);
    }
}

void csi_driver_drop_disabled(Value *driver, const Value *old, const KubeTarget *t)
{
    Value *spec = value_get_lit(driver, "spec");
    const Value *before = value_get_lit(old, "spec");
    if (t->minor < STORAGE_CAPACITY_SINCE && is_unset(before, STR("storageCapacity"))) {
        value_remove(spec, STR("storageCapacity"));
    }
    if (t->minor < TOKEN_REQUESTS_SINCE && is_unset(before, STR("tokenRequests")) &&
        is_unset(before, STR("requiresRepublish"))) {
        value_remove(spec, STR("tokenRequests"));
        value_remove(spec, STR("requiresRepublish"));
    }
}

/* -- validation ---------------------------------------------------------------------------------
 */

static void check_token_requests(const Value *list, const Path *path, FieldErrors *errs)
{
    enum { SECONDS_MIN = 600 };
    const int64_t seconds_max = (int64_t)1 << 32;
    for (size_t i = 0; i < value_len(list); i++) {
        const Value *request = value_item(list, i);
        Path item = path_index(path, i);
        Path seconds_path = path_child(&item, "expirationSeconds");
        Str audience = str_of(request, "audience");
        bool seen = false;
        for (size_t before = 0; before < i && !seen; before++) {
            seen = str_eq(str_of(value_item(list, before), "audience"), audience);
        }
        if (seen) {
            field_duplicate(errs, path_child(&item, "audience"), audience);
            continue;
        }
        OptInt64 seconds = value_get_int(request, STR("expirationSeconds"));
        if (seconds.set && seconds.value < SECONDS_MIN) {
            field_invalid_int(errs, seconds_path, seconds.value,
                              STR("may not specify a duration less than 10 minutes"));
        }
        if (seconds.set && seconds.value > seconds_max) {
            field_invalid_int(errs, seconds_path, seconds.value,
                              STR("may not specify a duration larger than 2^32 seconds"));
        }
    }
}

static void check_set(const Value *spec, Str member, const char *shown, const Path *path,
                      FieldErrors *errs)
{
    if (is_unset(spec, member)) {
        field_required(errs, path_child_str(path, str_from_c(shown)), STR(""));
    }
}

static void check_spec(const Value *spec, const KubeTarget *t, FieldErrors *errs)
{
    Path path = path_root("spec");
    check_set(spec, STR("attachRequired"), "attachedRequired", &path, errs);
    check_set(spec, STR("podInfoOnMount"), "podInfoOnMount", &path, errs);
    if (t->minor >= STORAGE_CAPACITY_SINCE) {
        check_set(spec, STR("storageCapacity"), "storageCapacity", &path, errs);
    }
    Str policy = value_get_str(spec, STR("fsGroupPolicy"));
    if (policy.ptr && !str_list_has(STR_LIST(group_policies), policy)) {
        field_not_supported(errs, path_child(&path, "fsGroupPolicy"), policy,
                            STR_LIST(group_policies));
    }
    Path requests = path_child(&path, "tokenRequests");
    check_token_requests(list_of(spec, "tokenRequests"), &requests, errs);
    VALUE_EACH_ITEM(v, list_of(spec, "volumeLifecycleModes")) {
        Str mode = value_as_str(v);
        if (!str_list_has(STR_LIST(lifecycle_modes), mode)) {
            field_not_supported(errs, path_child(&path, "volumeLifecycleModes"), mode,
                                STR_LIST(lifecycle_modes));
        }
    }
}

void csi_driver_validate_create(const Value *driver, const KubeTarget *t, FieldErrors *errs)
{
    check_meta(driver, false, name_check_dns1123_subdomain, errs);
    check_spec(value_get_lit(driver, "spec"), t, errs);
}

/* The fields that may not change, as the messages name them. */
static const struct {
    Str member;
    Str shown;
    int until; /* first minor version where it may; 0 for never */
} fixed_fields[] = {
    { STR_INIT("attachRequired"), STR_INIT("attachedRequired"), 0 },
    { STR_INIT("fsGroupPolicy"), STR_INIT("fsGroupPolicy"), MORE_CHANGES_SINCE },
    { STR_INIT("podInfoOnMount"), STR_INIT("podInfoOnMount"), MORE_CHANGES_SINCE },
    { STR_INIT("storageCapacity"), STR_INIT("storageCapacity"), CAPACITY_CHANGES_SINCE },
    { STR_INIT("volumeLifecycleModes"), STR_INIT("volumeLifecycleModes"), 0 },
};

static void report_fixed(const Value *spec, Str member, Path path, FieldErrors *errs)
{
    const Value *now = value_get(spec, member);
    if (str_eq(member, STR("volumeLifecycleModes"))) {
        field_invalid_raw(errs, path,
                          go_dump_strings("storage.VolumeLifecycleMode", now, errs->arena),
                          IMMUTABLE);
    } else if (value_is(now, VALUE_BOOL)) {
        field_invalid_bool(errs, path, now->b, IMMUTABLE);
    } else if (value_is_null(now)) {
        field_invalid_null(errs, path, IMMUTABLE);
    } else {
        field_invalid_str(errs, path, value_as_str(now), IMMUTABLE);
    }
}

void csi_driver_validate_update(const Value *driver, const Value *old, const KubeTarget *t,
                                FieldErrors *errs)
{
    const Value *spec = value_get_lit(driver, "spec");
    const Value *before = value_get_lit(old, "spec");
    check_meta_update(driver, old, errs);
    check_spec(spec, t, errs);
    Path path = path_root("spec");
    for (size_t i = 0; i < COUNT_OF(fixed_fields); i++) {
        const Value *now = value_get(spec, fixed_fields[i].member);
        const Value *was = value_get(before, fixed_fields[i].member);
        bool same = value_is_null(now) || value_is_null(was)
                        ? value_is_null(now) == value_is_null(was)
                        : value_equal(now, was);
        if (!same && (fixed_fields[i].until == 0 || t->minor < fixed_fields[i].until)) {
            report_fixed(spec, fixed_fields[i].member, path_child_str(&path, fixed_fields[i].shown),
                         errs);
        }
    }
}
