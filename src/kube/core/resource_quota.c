/* SPDX-License-Identifier: Apache-2.0 */
/* Resource quotas. */
#include "kube/core/parts.h"
#include "kube/pod/defaults_parts.h"
#include "kube/pod/resource_name.h"

enum { CROSS_NAMESPACE_SCOPE_MINOR = 21 };

static const Str scopes_known[] = {
    STR_INIT("Terminating"),   STR_INIT("NotTerminating"), STR_INIT("BestEffort"),
    STR_INIT("NotBestEffort"), STR_INIT("PriorityClass"),  STR_INIT("CrossNamespacePodAffinity"),
};

/* A quota may hold what is standard but for what a claim asks for. */
static bool is_standard_in_quota(Str name)
{
    return resource_is_standard(name) && !str_eq(name, STR("storage"));
}

void resource_quota_apply_defaults(Value *quota, const KubeTarget *t, Arena *a)
{
    (void)t;
    pod_default_resource_list(value_at(quota, "spec", "hard", NULL), a);
    pod_default_resource_list(value_at(quota, "status", "hard", NULL), a);
    pod_default_resource_list(value_at(quota, "status", "used", NULL), a);
}

/* -- amounts ----------------------------------------------------------------------------------- */

static void check_list(const Value *quota, const Value *raw, const char *part, Str member,
                       FieldErrors *errs)
{
    const Value *list = value_get(value_get(quota, str_from_c(part)), member);
    const Value *raw_list = value_get(value_get(raw, str_from_c(part)), member);
    Path root = path_child_str(NULL, str_from_c(part));
    Path path = path_child_str(&root, member);
    VALUE_EACH_MEMBER(m, list) {
        Str name = member_key(m);
        Path item = path_key(&path, name);
        resource_name_check(errs, name, item);
        if (str_index_byte(name, '/') < 0 && !is_standard_in_quota(name)) {
            field_invalid_str(errs, item, name, STR("must be a standard resource for quota"));
        }
        core_check_quantity(errs, name, &m->value, value_get(raw_list, name), item);
    }
}

/* -- scopes ------------------------------------------------------------------------------------ */

static bool is_known_scope(Str scope, const KubeTarget *t)
{
    StrList known = CHECK_LIST(scopes_known);
    known.count -= t->minor < CROSS_NAMESPACE_SCOPE_MINOR;
    return str_list_has(known, scope);
}

static bool scope_fits(Str scope, Str resource, const KubeTarget *t)
{
    static const Str compute[] = { STR_INIT("cpu"),          STR_INIT("memory"),
                                   STR_INIT("limits.cpu"),   STR_INIT("limits.memory"),
                                   STR_INIT("requests.cpu"), STR_INIT("requests.memory") };
    bool is_pods = str_eq(resource, STR("pods"));
    if (!is_known_scope(scope, t)) {
        return true;
    }
    return is_pods ||
           (!str_eq(scope, STR("BestEffort")) && str_list_has(CHECK_LIST(compute), resource));
}

/* The resources of the quota that a scope cannot be about. */
static size_t unfit_resources(const Value *spec, Str scope, const KubeTarget *t)
{
    size_t count = 0;
    VALUE_EACH_MEMBER(m, value_get_lit(spec, "hard")) {
        Str name = member_key(m);
        count += is_standard_in_quota(name) && !scope_fits(scope, name, t);
    }
    return count;
}

static void invalid_scopes(const Value *spec, Path path, Str detail, FieldErrors *errs)
{
    field_invalid_raw(
        errs, path,
        core_dump_strings("[]core.ResourceQuotaScope", value_get_lit(spec, "scopes"), errs->arena),
        detail);
}

/* has   the scopes found, an object used as a set */
static void check_conflicts(const Value *has, const Value *spec, const Path *path,
                            FieldErrors *errs)
{
    static const Str pairs[][2] = {
        { STR_INIT("BestEffort"), STR_INIT("NotBestEffort") },
        { STR_INIT("Terminating"), STR_INIT("NotTerminating") },
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (value_get(has, pairs[i][0]) && value_get(has, pairs[i][1])) {
            invalid_scopes(spec, *path, STR("conflicting scopes"), errs);
        }
    }
}

static void check_scopes(const Value *spec, const KubeTarget *t, const Path *spec_path,
                         FieldErrors *errs)
{
    Path path = path_child(spec_path, "scopes");
    Value has = value_object();
    VALUE_EACH_ITEM(item, value_get_lit(spec, "scopes")) {
        Str scope = value_as_str(item);
        if (!is_known_scope(scope, t)) {
            invalid_scopes(spec, path, STR("unsupported scope"), errs);
        }
        for (size_t n = unfit_resources(spec, scope, t); n > 0; n--) {
            invalid_scopes(spec, path, STR("unsupported scope applied to resource"), errs);
        }
        value_set(&has, scope, value_null(), errs->arena);
    }
    check_conflicts(&has, spec, &path, errs);
}

/* -- the scope selector ------------------------------------------------------------------------ */

static Str dump_selector(const Value *selector, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "core.ScopeSelector{MatchExpressions:[]core.ScopedResourceSelectorRequirement{");
    bool is_first = true;
    VALUE_EACH_ITEM(m, value_get_lit(selector, "matchExpressions")) {
        buf_add(&b, is_first ? STR("") : STR(", "));
        is_first = false;
        buf_lit(&b, "core.ScopedResourceSelectorRequirement{ScopeName:");
        buf_go_quoted(&b, str_of(m, "scopeName"));
        buf_lit(&b, ", Operator:");
        buf_go_quoted(&b, str_of(m, "operator"));
        buf_lit(&b, ", Values:");
        buf_add(&b, core_dump_strings("[]string", value_get_lit(m, "values"), a));
        buf_byte(&b, '}');
    }
    buf_lit(&b, "}}");
    return buf_str(&b);
}

static bool is_one_of(Str s, Str first, Str second)
{
    return str_eq(s, first) || str_eq(s, second);
}

static void check_operator(const Value *requirement, const Path *path, FieldErrors *errs)
{
    Str scope = str_of(requirement, "scopeName");
    Str operator= str_of(requirement, "operator");
    const Value *values = value_get_lit(requirement, "values");
    bool is_of_pods = is_one_of(scope, STR("BestEffort"), STR("NotBestEffort")) ||
                      is_one_of(scope, STR("Terminating"), STR("NotTerminating"));
    if (is_of_pods && !str_eq(operator, STR("Exists"))) {
        field_invalid_str(
            errs, path_child(path, "operator"), operator,
            STR("must be 'Exist' only operator when scope is any of ResourceQuotaScopeTerminating, "
                "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort and "
                "ResourceQuotaScopeNotBestEffort"));
    }
    if (is_one_of(operator, STR("In"), STR("NotIn"))) {
        if (!value_len(values)) {
            field_required(errs, path_child(path, "values"),
                           STR("must be at least one value when `operator` is 'In' or 'NotIn' for "
                               "scope selector"));
        }
    } else if (is_one_of(operator, STR("Exists"), STR("DoesNotExist"))) {
        if (value_len(values)) {
            field_invalid_raw(errs, path_child(path, "values"),
                              core_dump_strings("[]string", values, errs->arena),
                              STR("must be no value when `operator` is 'Exist' or 'DoesNotExist' "
                                  "for scope selector"));
        }
    } else {
        field_invalid_str(errs, path_child(path, "operator"), operator,
                          STR("not a valid selector operator"));
    }
}

static void check_scope_selector(const Value *spec, const KubeTarget *t, const Path *spec_path,
                                 FieldErrors *errs)
{
    const Value *selector = object_of(spec, "scopeSelector");
    Path selector_path = path_child(spec_path, "scopeSelector");
    Path path = path_child(&selector_path, "matchExpressions");
    Value has = value_object();
    VALUE_EACH_ITEM(requirement, value_get_lit(selector, "matchExpressions")) {
        Str scope = str_of(requirement, "scopeName");
        if (!is_known_scope(scope, t)) {
            field_invalid_str(errs, path_child(&path, "scopeName"), scope,
                              STR("unsupported scope"));
        }
        for (size_t n = unfit_resources(spec, scope, t); n > 0; n--) {
            field_invalid_raw(errs, path, dump_selector(selector, errs->arena),
                              STR("unsupported scope applied to resource"));
        }
        check_operator(requirement, &path, errs);
        value_set(&has, scope, value_null(), errs->arena);
    }
    check_conflicts(&has, spec, &path, errs);
}

/* -- the whole --------------------------------------------------------------------------------- */

static void check_spec(const Value *quota, const Value *raw, const KubeTarget *t, FieldErrors *errs)
{
    const Value *spec = value_get_lit(quota, "spec");
    Path path = path_root("spec");
    check_list(quota, raw, "spec", STR("hard"), errs);
    check_scopes(spec, t, &path, errs);
    check_scope_selector(spec, t, &path, errs);
}

static void check_status(const Value *quota, const Value *raw, FieldErrors *errs)
{
    check_list(quota, raw, "status", STR("hard"), errs);
    check_list(quota, raw, "status", STR("used"), errs);
}

void resource_quota_validate(const Value *quota, const Value *raw, const KubeTarget *t,
                             FieldErrors *errs)
{
    core_check_metadata(quota, true, name_check_dns1123_subdomain, errs);
    check_spec(quota, raw, t, errs);
    check_status(quota, NULL, errs);
}

static bool has_all(const Value *list, const Value *of, Arena *a)
{
    StrList have = value_str_list(list, a);
    VALUE_EACH_ITEM(item, of) {
        if (!str_list_has(have, value_as_str(item))) {
            return false;
        }
    }
    return true;
}

void resource_quota_validate_update(const Value *quota, const Value *old, const Value *raw,
                                    const KubeTarget *t, FieldErrors *errs)
{
    resource_quota_validate(quota, raw, t, errs);
    core_check_metadata_update(quota, old, errs);
    check_spec(quota, raw, t, errs);
    const Value *spec = value_get_lit(quota, "spec");
    const Value *scopes = value_get_lit(spec, "scopes");
    const Value *old_scopes = value_at(old, "spec", "scopes", NULL);
    Path path = path_root("spec");
    if (!has_all(scopes, old_scopes, errs->arena) || !has_all(old_scopes, scopes, errs->arena)) {
        invalid_scopes(spec, path_child(&path, "scopes"), CORE_IMMUTABLE, errs);
    }
}

void resource_quota_validate_status_update(const Value *quota, const Value *old, const Value *raw,
                                           const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    core_check_metadata_update(quota, old, errs);
    check_status(quota, raw, errs);
}
