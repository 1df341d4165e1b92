/* SPDX-License-Identifier: Apache-2.0 */
/* Defaults and validation of RBAC objects. */
#include "decide/rbac/validate.h"

#include "kube/meta.h"
#include "kube/selector.h"

/* -- defaults --------------------------------------------------------------------------------- */

static bool is_binding(const Value *object)
{
    Str kind = value_get_str(object, STR("kind"));
    return str_eq(kind, STR("RoleBinding")) || str_eq(kind, STR("ClusterRoleBinding"));
}

static void default_group(Value *object, Arena *a)
{
    if (value_is(object, VALUE_OBJECT) && value_get_str(object, STR("apiGroup")).len == 0) {
        value_set_lit(object, "apiGroup", value_str(STR(RBAC_GROUP)), a);
    }
}

void rbac_apply_defaults(Value *object, Arena *a)
{
    if (!is_binding(object)) {
        return;
    }
    default_group(value_get_lit(object, "roleRef"), a);
    VALUE_EACH_ITEM(subject, value_get_lit(object, "subjects")) {
        Str kind = value_get_str(subject, STR("kind"));
        if (str_eq(kind, STR("User")) || str_eq(kind, STR("Group"))) {
            default_group(subject, a);
        }
    }
}

/* -- metadata --------------------------------------------------------------------------------- */

/* Any name will do that can stand in a path: role names often have colons. */
static void validate_metadata(const Value *object, bool is_namespaced, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(object, "metadata");
    Path path = path_root("metadata");
    meta_validate(metadata, is_namespaced, name_check_path_segment, &path, errs);
    meta_validate_finalizers(metadata, &path, errs);
}

static void validate_metadata_update(const Value *object, const Value *old, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(object, "metadata");
    Path path = path_root("metadata");
    meta_validate_update(metadata, value_get_lit(old, "metadata"), &path, errs);
    meta_validate_finalizers(metadata, &path, errs);
}

/* -- roles ------------------------------------------------------------------------------------ */

/* `[]string{"/x"}` */
static Str dump_strings(const Value *list, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "[]string{");
    for (uint32_t i = 0; i < value_len(list); i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_go_quoted(&b, value_as_str(value_item(list, i)));
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

static bool has_items(const Value *rule, const char *key)
{
    return value_len(value_get(rule, str_from_c(key))) > 0;
}

static void validate_rule(const Value *rule, bool is_namespaced, const Path *path,
                          FieldErrors *errs)
{
    if (!has_items(rule, "verbs")) {
        field_required(errs, path_child(path, "verbs"),
                       errs->minor >= FIELD_DECLARED_SINCE
                           ? STR("")
                           : STR("verbs must contain at least one value"));
    }
    if (has_items(rule, "nonResourceURLs")) {
        Path urls = path_child(path, "nonResourceURLs");
        Str value = dump_strings(value_get_lit(rule, "nonResourceURLs"), errs->arena);
        if (is_namespaced) {
            field_invalid_raw(errs, urls, value,
                              STR("namespaced rules cannot apply to non-resource URLs"));
        }
        if (has_items(rule, "apiGroups") || has_items(rule, "resources") ||
            has_items(rule, "resourceNames")) {
            field_invalid_raw(
                errs, urls, value,
                STR("rules cannot apply to both regular resources and non-resource URLs"));
        }
        return;
    }
    if (!has_items(rule, "apiGroups")) {
        field_required(errs, path_child(path, "apiGroups"),
                       STR("resource rules must supply at least one api group"));
    }
    if (!has_items(rule, "resources")) {
        field_required(errs, path_child(path, "resources"),
                       STR("resource rules must supply at least one resource"));
    }
}

enum { SELECTOR_SHORT_SINCE = 36 };

/* Twice over: as a field, and by using it. What the second finds, the first has found too. */
static void validate_selector(const Value *selector, const Path *path, FieldErrors *errs)
{
    Arena *a = errs->arena;
    LabelSelector read;
    Err err;
    label_selector_validate(selector, path, errs);
    if (!label_selector_read(selector, a, &read, &err)) {
        field_invalid_null(errs, *path,
                           errs->minor >= SELECTOR_SHORT_SINCE
                               ? STR("invalid label selector.")
                               : arena_printf(a, "invalid label selector: %.*s", STR_ARG(err.msg)));
    }
}

static void validate_aggregation(const Value *aggregation, FieldErrors *errs)
{
    Path path = path_root("aggregationRule");
    Path list = path_child(&path, "clusterRoleSelectors");
    const Value *selectors = value_get_lit(aggregation, "clusterRoleSelectors");
    if (value_len(selectors) == 0) {
        field_required(
            errs, list,
            STR("at least one clusterRoleSelector required if aggregationRule is non-nil"));
    }
    for (size_t i = 0; i < value_len(selectors); i++) {
        Path item = path_index(&list, i);
        validate_selector(value_item(selectors, i), &item, errs);
    }
}

static void validate_role(const Value *role, bool is_namespaced, FieldErrors *errs)
{
    validate_metadata(role, is_namespaced, errs);
    Path path = path_root("rules");
    const Value *rules = value_get_lit(role, "rules");
    for (size_t i = 0; i < value_len(rules); i++) {
        Path item = path_index(&path, i);
        validate_rule(value_item(rules, i), is_namespaced, &item, errs);
    }
    const Value *aggregation = value_get_lit(role, "aggregationRule");
    if (!is_namespaced && !value_is_null(aggregation)) {
        validate_aggregation(aggregation, errs);
    }
}

/* -- bindings --------------------------------------------------------------------------------- */

static const Str rbac_group[] = { STR_INIT(RBAC_GROUP) };
static const StrList only_rbac_group = { rbac_group, 1 };

static void validate_role_ref(const Value *ref, bool is_namespaced, FieldErrors *errs)
{
    static const Str kinds[] = { STR_INIT("Role"), STR_INIT("ClusterRole") };
    Path path = path_root("roleRef");
    StrList supported = is_namespaced ? (StrList){ kinds, 2 } : (StrList){ kinds + 1, 1 };
    Str group = value_get_str(ref, STR("apiGroup"));
    Str kind = value_get_str(ref, STR("kind"));
    Str name = value_get_str(ref, STR("name"));
    if (!str_list_has(only_rbac_group, group)) {
        field_not_supported(errs, path_child(&path, "apiGroup"), group, only_rbac_group);
    }
    if (!str_list_has(supported, kind)) {
        field_not_supported(errs, path_child(&path, "kind"), kind, supported);
    }
    if (name.len == 0) {
        field_required(errs, path_child(&path, "name"), STR(""));
    } else {
        name_report(errs, path_child(&path, "name"), name, name_check_path_segment(name));
    }
}

static void validate_service_account(const Value *subject, bool is_namespaced, const Path *path,
                                     FieldErrors *errs)
{
    static const Str core[] = { STR_INIT("") };
    Str name = value_get_str(subject, STR("name"));
    Str group = value_get_str(subject, STR("apiGroup"));
    if (name.len) {
        name_report(errs, path_child(path, "name"), name, name_check_dns1123_subdomain(name));
    }
    if (group.len) {
        field_not_supported(errs, path_child(path, "apiGroup"), group, (StrList){ core, 1 });
    }
    if (!is_namespaced && value_get_str(subject, STR("namespace")).len == 0) {
        field_required(errs, path_child(path, "namespace"), STR(""));
    }
}

/* A User or a Group. */
static void validate_named_subject(const Value *subject, Str empty_name, const Path *path,
                                   FieldErrors *errs)
{
    Str group = value_get_str(subject, STR("apiGroup"));
    if (value_get_str(subject, STR("name")).len == 0) {
        field_invalid_str(errs, path_child(path, "name"), STR(""), empty_name);
    }
    if (!str_list_has(only_rbac_group, group)) {
        field_not_supported(errs, path_child(path, "apiGroup"), group, only_rbac_group);
    }
}

static void validate_subject(const Value *subject, bool is_namespaced, const Path *path,
                             FieldErrors *errs)
{
    static const Str kinds[] = { STR_INIT("ServiceAccount"), STR_INIT("User"), STR_INIT("Group") };
    Str kind = value_get_str(subject, STR("kind"));
    if (value_get_str(subject, STR("name")).len == 0) {
        field_required(errs, path_child(path, "name"), STR(""));
    }
    if (str_eq(kind, kinds[0])) {
        validate_service_account(subject, is_namespaced, path, errs);
    } else if (str_eq(kind, kinds[1])) {
        validate_named_subject(subject, STR("user name cannot be empty"), path, errs);
    } else if (str_eq(kind, kinds[2])) {
        validate_named_subject(subject, STR("group name cannot be empty"), path, errs);
    } else {
        field_not_supported(errs, path_child(path, "kind"), kind,
                            (StrList){ kinds, COUNT_OF(kinds) });
    }
}

static void validate_binding(const Value *binding, bool is_namespaced, FieldErrors *errs)
{
    validate_metadata(binding, is_namespaced, errs);
    validate_role_ref(value_get_lit(binding, "roleRef"), is_namespaced, errs);
    Path path = path_root("subjects");
    const Value *subjects = value_get_lit(binding, "subjects");
    for (size_t i = 0; i < value_len(subjects); i++) {
        Path item = path_index(&path, i);
        validate_subject(value_item(subjects, i), is_namespaced, &item, errs);
    }
}

/* `rbac.RoleRef{APIGroup:"...", Kind:"Role", Name:"r"}` */
static Str dump_role_ref(const Value *ref, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "rbac.RoleRef{APIGroup:");
    buf_go_quoted(&b, value_get_str(ref, STR("apiGroup")));
    buf_lit(&b, ", Kind:");
    buf_go_quoted(&b, value_get_str(ref, STR("kind")));
    buf_lit(&b, ", Name:");
    buf_go_quoted(&b, value_get_str(ref, STR("name")));
    buf_byte(&b, '}');
    return buf_str(&b);
}

static bool same_role_ref(const Value *left, const Value *right)
{
    static const Str keys[] = { STR_INIT("apiGroup"), STR_INIT("kind"), STR_INIT("name") };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (!str_eq(value_get_str(left, keys[i]), value_get_str(right, keys[i]))) {
            return false;
        }
    }
    return true;
}

/* -- both ------------------------------------------------------------------------------------- */

static void validate(const Value *object, FieldErrors *errs)
{
    bool is_namespaced = !str_starts_with(value_get_str(object, STR("kind")), STR("Cluster"));
    if (is_binding(object)) {
        validate_binding(object, is_namespaced, errs);
    } else {
        validate_role(object, is_namespaced, errs);
    }
}

void rbac_validate_create(const Value *object, FieldErrors *errs)
{
    validate(object, errs);
}

enum { IMMUTABLE_SINCE = 37 }; /* roleRef in the words of other fields */

void rbac_validate_update(const Value *object, const Value *old, FieldErrors *errs)
{
    validate(object, errs);
    validate_metadata_update(object, old, errs);
    const Value *ref = value_get_lit(object, "roleRef");
    if (is_binding(object) && !same_role_ref(ref, value_get_lit(old, "roleRef"))) {
        field_invalid_raw(errs, path_root("roleRef"), dump_role_ref(ref, errs->arena),
                          errs->minor >= IMMUTABLE_SINCE ? STR("field is immutable")
                                                         : STR("cannot change roleRef"));
    }
}
