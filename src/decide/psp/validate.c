/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes a PodSecurityPolicy invalid: one function for each field, in a table in the order in
 * which the API server reports. The paths are the API server's, odd ones included.
 */
#include "decide/psp/object.h"
#include "decide/psp/policy.h"
#include "kube/names.h"

#include <stdlib.h>

typedef struct Validation {
    const Value *spec;
    const KubeTarget *target;
    FieldErrors *errs;
    Path path;         /* "spec" */
    bool is_own_group; /* podgate.io */
} Validation;

static const Value *field_of(const Validation *v, Str name)
{
    const Value *field = value_get(v->spec, name);
    return value_is_null(field) ? NULL : field;
}

/* -- rules and ranges -------------------------------------------------------------------------- */

/* As Go's %#v prints it. */
static Str ranges_text(const Value *ranges, Arena *a)
{
    if (!ranges) {
        return STR("[]policy.IDRange(nil)");
    }
    Buf b = buf_new(a);
    buf_lit(&b, "[]policy.IDRange{");
    for (uint32_t i = 0; i < ranges->len; i++) {
        const Value *range = &ranges->items[i];
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_lit(&b, "policy.IDRange{Min:");
        buf_int(&b, value_get_int(range, STR("min")).value);
        buf_lit(&b, ", Max:");
        buf_int(&b, value_get_int(range, STR("max")).value);
        buf_byte(&b, '}');
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

static void check_ranges(const Validation *v, const Path *at, const Value *ranges)
{
    Path list = path_child(at, "ranges");
    for (uint32_t i = 0; i < value_len(ranges); i++) {
        Path item = path_index(&list, i);
        int64_t min = value_get_int(&ranges->items[i], STR("min")).value;
        int64_t max = value_get_int(&ranges->items[i], STR("max")).value;
        if (min < 0) {
            field_invalid_int(v->errs, path_child(&item, "min"), min,
                              STR("min cannot be negative"));
        }
        if (max < 0) {
            field_invalid_int(v->errs, path_child(&item, "max"), max,
                              STR("max cannot be negative"));
        }
        if (min > max) {
            field_invalid_int(v->errs, path_child(&item, "min"), min,
                              STR("min cannot be greater than max"));
        }
    }
}

/* field.rule must be one of supported, which is how the message lists them. */
static bool check_rule(const Validation *v, Str field, StrList supported)
{
    Str rule = value_get_str(field_of(v, field), STR("rule"));
    if (str_list_has(supported, rule)) {
        return true;
    }
    Path at = path_child_str(&v->path, field);
    field_not_supported(v->errs, path_child(&at, "rule"), rule, supported);
    return false;
}

static void check_ids(const Validation *v, Str field, StrList supported)
{
    check_rule(v, field, supported);
    Path at = path_child_str(&v->path, field);
    check_ranges(v, &at, value_get_lit(field_of(v, field), "ranges"));
}

static void check_run_as_user(const Validation *v)
{
    static const Str rules[] = { STR_INIT("MustRunAs"), STR_INIT("MustRunAsNonRoot"),
                                 STR_INIT("RunAsAny") };
    check_ids(v, STR("runAsUser"), (StrList){ rules, COUNT_OF(rules) });
}

static void check_run_as_group(const Validation *v)
{
    static const Str rules[] = { STR_INIT("MustRunAs"), STR_INIT("RunAsAny"),
                                 STR_INIT("MayRunAs") };
    const Value *group = field_of(v, STR("runAsGroup"));
    if (!group || !check_rule(v, STR("runAsGroup"), (StrList){ rules, COUNT_OF(rules) })) {
        return;
    }
    Path at = path_child(&v->path, "runAsGroup");
    const Value *ranges = value_get_lit(group, "ranges");
    bool any = str_eq(value_get_str(group, STR("rule")), STR("RunAsAny"));
    if (any == (value_len(ranges) > 0)) {
        field_invalid_raw(v->errs, path_child(&at, "ranges"), ranges_text(ranges, v->errs->arena),
                          any ? STR("Ranges must be empty")
                              : STR("must provide at least one range"));
    }
    if (!any) {
        check_ranges(v, &at, ranges);
    }
}

static void check_se_linux(const Validation *v)
{
    static const Str rules[] = { STR_INIT("MustRunAs"), STR_INIT("RunAsAny") };
    check_rule(v, STR("seLinux"), (StrList){ rules, COUNT_OF(rules) });
}

static const Str group_rules[] = { STR_INIT("MayRunAs"), STR_INIT("MustRunAs"),
                                   STR_INIT("RunAsAny") };

static void check_supplemental_groups(const Validation *v)
{
    check_ids(v, STR("supplementalGroups"), (StrList){ group_rules, COUNT_OF(group_rules) });
}

static void check_fs_group(const Validation *v)
{
    check_ids(v, STR("fsGroup"), (StrList){ group_rules, COUNT_OF(group_rules) });
}

/* -- lists of names ---------------------------------------------------------------------------- */

static int compare_str(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

/* policy/v1beta1 knows the types up to 1.24; podgate.io/v1 those that came later, too. */
static bool is_volume_type_in(const Validation *v, VolumeType type)
{
    switch (type) {
    case VOLUME_OTHER:
        return false;
    case VOLUME_EPHEMERAL:
        return v->target->minor >= 19;
    case VOLUME_IMAGE:
        return v->is_own_group && v->target->minor >= 31;
    default:
        return true;
    }
}

static void check_volumes(const Validation *v)
{
    Str types[VOLUME_TYPE_COUNT + 2] = { STR("*") };
    size_t count = 1;
    if (v->is_own_group && v->target->minor >= 26) {
        types[count++] = STR(PSP_VOLUME_RESOURCE_CLAIM);
    }
    for (VolumeType t = 0; t < VOLUME_TYPE_COUNT; t++) {
        if (is_volume_type_in(v, t)) {
            types[count++] = psp_volume_name(t);
        }
    }
    qsort(types, count, sizeof(Str), compare_str);
    StrList supported = { types, count };
    VALUE_EACH_ITEM(type, field_of(v, STR("volumes"))) {
        if (!str_list_has(supported, value_as_str(type))) {
            field_not_supported(v->errs, path_child(&v->path, "volumes"), value_as_str(type),
                                supported);
        }
    }
}

static bool list_has(const Value *list, Str s)
{
    VALUE_EACH_ITEM(item, list) {
        if (str_eq(value_as_str(item), s)) {
            return true;
        }
    }
    return false;
}

/* As Go's %#v prints a list of strings of the type. */
static Str list_text(const Value *list, Str type, Arena *a)
{
    Buf b = buf_new(a);
    buf_add(&b, type);
    buf_byte(&b, '{');
    for (uint32_t i = 0; i < list->len; i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_go_quoted(&b, value_as_str(&list->items[i]));
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

/* The API server gives these three fields without "spec". */
static void check_against_drops(const Validation *v, Str field)
{
    const Value *drops = field_of(v, STR("requiredDropCapabilities"));
    VALUE_EACH_ITEM(capability, field_of(v, field)) {
        if (list_has(drops, value_as_str(capability))) {
            field_invalid_str(v->errs, path_child_str(NULL, field), value_as_str(capability),
                              arena_printf(v->errs->arena,
                                           "capability is listed in %.*s and "
                                           "requiredDropCapabilities",
                                           STR_ARG(field)));
        }
    }
}

static void check_capabilities(const Validation *v)
{
    const Value *drops = field_of(v, STR("requiredDropCapabilities"));
    if (value_len(drops) && list_has(field_of(v, STR("allowedCapabilities")), STR("*"))) {
        field_invalid_raw(v->errs, path_root("requiredDropCapabilities"),
                          list_text(drops, STR("[]core.Capability"), v->errs->arena),
                          STR("must be empty when all capabilities are allowed by a wildcard"));
    }
    check_against_drops(v, STR("defaultAddCapabilities"));
    check_against_drops(v, STR("allowedCapabilities"));
}

static void check_privilege_escalation(const Validation *v)
{
    OptBool allowed = value_as_bool(field_of(v, STR("allowPrivilegeEscalation")));
    OptBool by_default = value_as_bool(field_of(v, STR("defaultAllowPrivilegeEscalation")));
    if (by_default.value && allowed.set && !allowed.value) {
        field_invalid_bool(v->errs, path_child(&v->path, "defaultAllowPrivilegeEscalation"), true,
                           STR("Cannot set DefaultAllowPrivilegeEscalation to true without also "
                               "setting AllowPrivilegeEscalation to true"));
    }
}

static void check_proc_mount_types(const Validation *v)
{
    static const Str types[] = { STR_INIT("Default"), STR_INIT("Unmasked") };
    const StrList supported = { types, COUNT_OF(types) };
    const Value *list = field_of(v, STR("allowedProcMountTypes"));
    Path at = path_child(&v->path, "allowedProcMountTypes");
    for (uint32_t i = 0; i < value_len(list); i++) {
        Str type = value_as_str(&list->items[i]);
        if (!str_list_has(supported, type)) {
            field_not_supported(v->errs, path_index(&at, i), type, supported);
        }
    }
}

/* -- volumes' details -------------------------------------------------------------------------- */

static bool has_backstep(Str path)
{
    for (Str rest = path.ptr ? path : STR(""), piece; str_next_piece(&rest, '/', &piece);) {
        if (str_eq(piece, STR(".."))) {
            return true;
        }
    }
    return false;
}

static void check_host_paths(const Validation *v)
{
    const Value *list = field_of(v, STR("allowedHostPaths"));
    Path at = path_child(&v->path, "allowedHostPaths");
    for (uint32_t i = 0; i < value_len(list); i++) {
        Str prefix = value_get_str(&list->items[i], STR("pathPrefix"));
        if (prefix.len == 0) {
            field_required(v->errs, path_index(&at, i), STR("is required"));
            return; /* what follows is not looked at */
        }
        if (has_backstep(prefix)) {
            field_invalid_str(v->errs, path_index(&at, i), prefix, STR("must not contain '..'"));
        }
    }
}

static void check_flex_volumes(const Validation *v)
{
    const Value *list = field_of(v, STR("allowedFlexVolumes"));
    Path at = path_child(&v->path, "allowedFlexVolumes");
    Path again = path_child(&at, "allowedFlexVolumes");
    for (uint32_t i = 0; i < value_len(list); i++) {
        if (value_get_str(&list->items[i], STR("driver")).len == 0) {
            Path item = path_index(&again, i);
            field_required(v->errs, path_child(&item, "driver"), STR("must specify a driver"));
        }
    }
}

static void check_csi_drivers(const Validation *v)
{
    enum { DRIVER_NAME_MAX = 63 };
    const Value *list = field_of(v, STR("allowedCSIDrivers"));
    Path at = path_child(&v->path, "allowedCSIDrivers");
    Path again = path_child(&at, "allowedCSIDriver");
    for (uint32_t i = 0; i < value_len(list); i++) {
        Str driver = value_get_str(&list->items[i], STR("name"));
        Path item = path_index(&again, i);
        Path name = path_child(&item, "name");
        if (driver.len == 0) {
            field_required(v->errs, name, STR(""));
        }
        if (driver.len > DRIVER_NAME_MAX) {
            field_too_long(v->errs, name, DRIVER_NAME_MAX);
        }
        name_report(v->errs, name, driver,
                    name_check_dns1123_subdomain(arena_lower(v->errs->arena, driver)));
    }
}

/* -- sysctls ----------------------------------------------------------------------------------- */

static void check_sysctl_list(const Validation *v, Str field)
{
    const Value *list = field_of(v, field);
    Path at = path_child_str(&v->path, field);
    bool covers_all = false;
    for (uint32_t i = 0; i < value_len(list); i++) {
        Str sysctl = value_as_str(&list->items[i]);
        if (sysctl.len == 0) {
            field_invalid_str(v->errs, path_index(&at, i), sysctl, STR("empty sysctl not allowed"));
        } else if (!name_is_sysctl_pattern(sysctl)) {
            field_invalid_str(
                v->errs, path_index(&at, i), sysctl,
                arena_printf(
                    v->errs->arena,
                    "must have at most %d characters and match regex " NAME_SYSCTL_PATTERN_REGEX,
                    NAME_SYSCTL_MAX));
        } else if (sysctl.ptr[0] == '*') {
            covers_all = true;
        }
    }
    if (covers_all && list->len > 1) {
        field_forbidden(v->errs, path_child(&at, "items"),
                        STR("if '*' is present, must not specify other sysctls"));
    }
}

/* Which of the two, each perhaps a pattern, is covered by the other? */
typedef enum Overlap { APART, ALLOWED_COVERED, FORBIDDEN_COVERED } Overlap;

static Overlap overlap_of(Str allowed, Str forbidden)
{
    bool allowed_all = str_ends_with(allowed, STR("*"));
    bool forbidden_all = str_ends_with(forbidden, STR("*"));
    Str allowed_prefix = str_cut_suffix(allowed, STR("*"));
    Str forbidden_prefix = str_cut_suffix(forbidden, STR("*"));
    if (forbidden_all && str_starts_with(allowed_prefix, forbidden_prefix)) {
        return ALLOWED_COVERED;
    }
    if (allowed_all && str_starts_with(forbidden_prefix, allowed_prefix)) {
        return FORBIDDEN_COVERED;
    }
    return !allowed_all && !forbidden_all && str_eq(allowed, forbidden) ? ALLOWED_COVERED : APART;
}

static void check_sysctl_overlap(const Validation *v)
{
    const Value *allowed = field_of(v, STR("allowedUnsafeSysctls"));
    const Value *forbidden = field_of(v, STR("forbiddenSysctls"));
    Path allowed_at = path_child(&v->path, "allowedUnsafeSysctls");
    Path forbidden_at = path_child(&v->path, "forbiddenSysctls");
    for (uint32_t i = 0; i < value_len(allowed); i++) {
        Str a = value_as_str(&allowed->items[i]);
        for (uint32_t j = 0; j < value_len(forbidden); j++) {
            Str f = value_as_str(&forbidden->items[j]);
            Overlap overlap = overlap_of(a, f);
            bool of_allowed = overlap == ALLOWED_COVERED;
            if (overlap != APART) {
                field_invalid_str(
                    v->errs, of_allowed ? path_index(&allowed_at, i) : path_index(&forbidden_at, j),
                    of_allowed ? a : f,
                    arena_concat(v->errs->arena, STR("sysctl overlaps with "), of_allowed ? f : a));
            }
        }
    }
}

static void check_sysctls(const Validation *v)
{
    check_sysctl_list(v, STR("allowedUnsafeSysctls"));
    check_sysctl_list(v, STR("forbiddenSysctls"));
    check_sysctl_overlap(v);
}

/* -- runtime classes --------------------------------------------------------------------------- */

static void check_runtime_class(const Validation *v)
{
    const Value *class = field_of(v, STR("runtimeClass"));
    if (!class) {
        return;
    }
    Path at = path_child(&v->path, "runtimeClass");
    Path names = path_child(&at, "allowedRuntimeClassNames");
    const Value *list = value_get_lit(class, "allowedRuntimeClassNames");
    for (uint32_t i = 0; i < value_len(list); i++) {
        Str name = value_as_str(&list->items[i]);
        Path item = path_index(&names, i);
        if (!str_eq(name, STR("*"))) {
            name_report(v->errs, item, name, name_check_dns1123_subdomain(name));
        }
        const Value before = { .kind = VALUE_ARRAY, .len = i, .items = list->items };
        if (list_has(&before, name)) {
            field_duplicate(v->errs, item, name);
        }
    }
    bool any = list_has(list, STR("*"));
    const Value *by_default = value_get_lit(class, "defaultRuntimeClassName");
    if (!value_is_null(by_default)) {
        Str name = value_as_str(by_default);
        name_report(v->errs, path_child(&at, "defaultRuntimeClassName"), name,
                    name_check_dns1123_subdomain(name));
        if (!any && !list_has(list, name)) {
            Buf b = buf_new(v->errs->arena);
            buf_lit(&b, "default ");
            buf_go_quoted(&b, name);
            buf_lit(&b, " must be allowed");
            field_required(v->errs, names, buf_str(&b));
        }
    }
    if (any && list->len > 1) {
        field_invalid_raw(v->errs, names, list_text(list, STR("[]string"), v->errs->arena),
                          STR("if '*' is present, must not specify other RuntimeClass names"));
    }
}

/* -- annotations ------------------------------------------------------------------------------- */

static void check_app_armor(FieldErrors *errs, Path path, Str profile, Str whole)
{
    if (profile.len == 0 || str_eq(profile, STR("runtime/default")) ||
        str_eq(profile, STR("unconfined")) || str_starts_with(profile, STR("localhost/"))) {
        return;
    }
    Buf b = buf_new(errs->arena);
    buf_lit(&b, "invalid AppArmor profile name: ");
    buf_go_quoted(&b, profile);
    field_invalid_str(errs, path, whole, buf_str(&b));
}

static void check_seccomp(FieldErrors *errs, Path path, Str profile)
{
    if (str_eq(profile, STR("runtime/default")) || str_eq(profile, STR("docker/default")) ||
        str_eq(profile, STR("unconfined"))) {
        return;
    }
    if (!str_starts_with(profile, STR("localhost/"))) {
        field_invalid_str(errs, path, profile, STR("must be a valid seccomp profile"));
        return;
    }
    Str file = str_cut_prefix(profile, STR("localhost/"));
    if (str_starts_with(file, STR("/"))) {
        field_invalid_str(errs, path, file, STR("must be a relative path"));
    }
    if (has_backstep(file)) {
        field_invalid_str(errs, path, file, STR("must not contain '..'"));
    }
}

static void check_annotations(const Value *psp, FieldErrors *errs)
{
    const Value *annotations = value_at(psp, "metadata", "annotations", NULL);
    Path metadata = path_root("metadata");
    Path at = path_child(&metadata, "annotations");
    Path key = path_key(&at, STR("apparmor.security.beta.kubernetes.io/defaultProfileName"));
    Str value = value_get_str(annotations, key.name);
    check_app_armor(errs, key, value, value);

    key = path_key(&at, STR("apparmor.security.beta.kubernetes.io/allowedProfileNames"));
    value = value_get_str(annotations, key.name);
    for (Str rest = value, piece; rest.ptr && str_next_piece(&rest, ',', &piece);) {
        check_app_armor(errs, key, piece, value);
    }

    key = path_key(&at, STR("seccomp.security.alpha.kubernetes.io/defaultProfileName"));
    value = value_get_str(annotations, key.name);
    if (value.len) {
        check_seccomp(errs, key, value);
    }

    key = path_key(&at, STR("seccomp.security.alpha.kubernetes.io/allowedProfileNames"));
    value = value_get_str(annotations, key.name);
    for (Str rest = value, piece; value.len && str_next_piece(&rest, ',', &piece);) {
        if (!str_eq(piece, STR("*"))) {
            check_seccomp(errs, key, piece);
        }
    }
}

/* -- the whole --------------------------------------------------------------------------------- */

/* In the order of the messages. */
static void (*const spec_checks[])(const Validation *v) = {
    check_run_as_user,      check_run_as_group,  check_se_linux,     check_supplemental_groups,
    check_fs_group,         check_volumes,       check_capabilities, check_privilege_escalation,
    check_proc_mount_types, check_host_paths,    check_flex_volumes, check_csi_drivers,
    check_sysctls,          check_runtime_class,
};

void psp_validate(const Value *psp, const KubeTarget *target, FieldErrors *errs)
{
    const Validation v = {
        .spec = value_get_lit(psp, "spec"),
        .target = target,
        .errs = errs,
        .path = path_root("spec"),
        .is_own_group = str_starts_with(value_get_str(psp, STR("apiVersion")), STR("podgate.io/")),
    };
    check_annotations(psp, errs);
    for (size_t i = 0; i < COUNT_OF(spec_checks); i++) {
        spec_checks[i](&v);
    }
}
