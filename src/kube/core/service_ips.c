/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of services: their cluster IPs and IP families. */
#include "kube/core/service.h"

static const Str families_known[] = { STR_INIT("IPv4"), STR_INIT("IPv6") };
static const Str policies_known[] = { STR_INIT("PreferDualStack"), STR_INIT("RequireDualStack"),
                                      STR_INIT("SingleStack") };

static const Str once_set = STR_INIT("may not change once set");

static void invalid_ips(const Value *service, Path path, Str detail, FieldErrors *errs)
{
    field_invalid_raw(errs, path, core_dump_strings("[]string", service_ips(service), errs->arena),
                      detail);
}

static const Value *families_of(const Value *service)
{
    return value_get_lit(service_spec(service), "ipFamilies");
}

static Str family_at(const Value *service, size_t i)
{
    Str family = value_as_str(value_item(families_of(service), i));
    return family.ptr ? family : STR("");
}

/* -- one service ------------------------------------------------------------------------------- */

/* clusterIP is the first of clusterIPs. */
static void check_singular(const Value *service, const Path *ips_path, FieldErrors *errs)
{
    Str ip = str_of(service_spec(service), "clusterIP");
    size_t count = value_len(service_ips(service));
    if (ip.len == 0) {
        if (count) {
            invalid_ips(service, *ips_path, STR("must be empty when clusterIP is empty"), errs);
        }
    } else if (count == 0) {
        field_required(errs, *ips_path, STR(""));
    } else if (!str_eq(service_ip_at(service, 0), ip)) {
        invalid_ips(service, *ips_path, STR("element [0] must match clusterIP"), errs);
    }
}

static void check_families(const Value *service, const Path *spec_path, FieldErrors *errs)
{
    Path path = path_child(spec_path, "ipFamilies");
    StrList known = CHECK_LIST(families_known);
    size_t count = value_len(families_of(service));
    for (size_t i = 0; i < count; i++) {
        Str family = family_at(service, i);
        if (!str_list_has(known, family)) {
            field_not_supported(errs, path_index(&path, i), family, known);
        }
        for (size_t k = 0; k < i; k++) {
            if (str_eq(family_at(service, k), family)) {
                field_duplicate(errs, path_index(&path, i), family);
                break;
            }
        }
    }
    Str policy = value_get_str(service_spec(service), STR("ipFamilyPolicy"));
    if (policy.ptr && !str_list_has(CHECK_LIST(policies_known), policy)) {
        field_not_supported(errs, path_child(spec_path, "ipFamilyPolicy"), policy,
                            CHECK_LIST(policies_known));
    }
}

/* True when all are addresses, or the only one is None. */
static bool check_addresses(const Value *service, const Path *path, FieldErrors *errs)
{
    size_t count = value_len(service_ips(service));
    bool is_good = true;
    for (size_t i = 0; i < count; i++) {
        Str ip = service_ip_at(service, i);
        if (i == 0 && str_eq(ip, STR("None"))) {
            if (count > 1) {
                is_good = false;
                invalid_ips(service, *path, STR("'None' must be the first and only value"), errs);
            }
            continue;
        }
        is_good &= name_report(errs, path_index(path, i), ip, name_check_ip(ip));
    }
    if (count > 2) {
        invalid_ips(service, *path, STR("may only hold up to 2 values"), errs);
    }
    return is_good;
}

static void check_families_of_ips(const Value *service, const Path *path, FieldErrors *errs)
{
    size_t count = value_len(service_ips(service));
    if (count > 1) {
        bool has_4 = false;
        bool has_6 = false;
        for (size_t i = 0; i < count; i++) {
            bool is_6 = core_is_ip6(service_ip_at(service, i));
            has_4 |= !is_6;
            has_6 |= is_6;
        }
        if (!has_4 || !has_6) {
            invalid_ips(service, *path, STR("may specify no more than one IP for each IP family"),
                        errs);
        }
    }
    if (service_is_headless(service)) {
        return;
    }
    size_t families = value_len(families_of(service));
    for (size_t i = 0; i < count && i < families; i++) {
        Str ip = service_ip_at(service, i);
        Str family = family_at(service, i);
        bool is_6 = core_is_ip6(ip);
        if (str_eq(family, is_6 ? STR("IPv4") : STR("IPv6"))) {
            field_invalid_str(
                errs, path_index(path, i), ip,
                arena_printf(errs->arena,
                             "expected an %.*s value as indicated by `ipFamilies[%zu]`",
                             STR_ARG(family), i));
        }
    }
}

void service_check_ips(const Value *service, FieldErrors *errs)
{
    if (service_is_type(service, "ExternalName")) {
        return;
    }
    Path spec_path = path_root("spec");
    Path ips_path = path_child(&spec_path, "clusterIPs");
    check_singular(service, &ips_path, errs);
    check_families(service, &spec_path, errs);
    if (check_addresses(service, &ips_path, errs)) {
        check_families_of_ips(service, &ips_path, errs);
    }
}

/* -- updates ----------------------------------------------------------------------------------- */

static bool is_single_stack(const Value *service)
{
    return str_eq(str_of(service_spec(service), "ipFamilyPolicy"), STR("SingleStack"));
}

static void check_ips_kept(const Value *service, const Value *old, FieldErrors *errs)
{
    if (service_is_headless(service) && service_is_headless(old)) {
        return;
    }
    Path spec_path = path_root("spec");
    Path path = path_child(&spec_path, "clusterIPs");
    size_t now = value_len(service_ips(service));
    size_t before = value_len(service_ips(old));
    if (now == before) {
        for (size_t i = 0; i < now; i++) {
            if (!str_eq(service_ip_at(service, i), service_ip_at(old, i))) {
                invalid_ips(service, path_index(&path, i), once_set, errs);
            }
        }
        return;
    }
    if (now == 0) {
        invalid_ips(service, path_index(&path, 0), STR("primary clusterIP can not be unset"), errs);
    }
    if (before > 0 && now > 0 && !str_eq(service_ip_at(service, 0), service_ip_at(old, 0))) {
        invalid_ips(service, path_index(&path, 0), once_set, errs);
    }
    if (before > now && now == 1 && !is_single_stack(service)) {
        invalid_ips(service, path_index(&path, 0),
                    STR("`ipFamilyPolicy` must be set to 'SingleStack' when releasing the "
                        "secondary clusterIP"),
                    errs);
    }
}

static void invalid_families(const Value *service, Path path, Str detail, FieldErrors *errs)
{
    field_invalid_raw(errs, path,
                      core_dump_strings("[]core.IPFamily", families_of(service), errs->arena),
                      detail);
}

static void check_families_kept(const Value *service, const Value *old, FieldErrors *errs)
{
    if (service_is_headless(service) || service_is_headless(old)) {
        return;
    }
    Path spec_path = path_root("spec");
    Path path = path_child(&spec_path, "ipFamilies");
    Path ips_path = path_child(&spec_path, "clusterIPs");
    size_t now = value_len(families_of(service));
    size_t before = value_len(families_of(old));
    if (now == before) {
        for (size_t i = 0; i < now; i++) {
            if (!str_eq(family_at(service, i), family_at(old, i))) {
                invalid_families(service, path_index(&path, 0), once_set, errs);
            }
        }
        return;
    }
    if (before > now && value_len(service_ips(service)) == 0) {
        invalid_families(service, path_index(&path, 0), STR("primary ipFamily can not be unset"),
                         errs);
    }
    if (before > 0 && now > 0 && !str_eq(family_at(service, 0), family_at(old, 0))) {
        invalid_ips(service, path_index(&path, 0), once_set, errs);
    }
    if (before > now && now == 1 && !is_single_stack(service)) {
        invalid_ips(service, path_index(&ips_path, 0),
                    STR("`ipFamilyPolicy` must be set to 'SingleStack' when releasing the "
                        "secondary ipFamily"),
                    errs);
    }
}

void service_check_ips_update(const Value *service, const Value *old, FieldErrors *errs)
{
    if (service_is_type(service, "ExternalName") || service_is_type(old, "ExternalName")) {
        return;
    }
    check_ips_kept(service, old, errs);
    check_families_kept(service, old, errs);
}
