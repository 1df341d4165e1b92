/* SPDX-License-Identifier: Apache-2.0 */
/* FlowSchemas. */
#include "kube/groups/flow_control.h"
#include "kube/groups/go_dump.h"
#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"

enum { PRECEDENCE_DEFAULT = 1000, PRECEDENCE_MAX = 10000 };

static const Str methods[] = { STR_INIT("ByNamespace"), STR_INIT("ByUser") };
static const Str verbs[] = {
    STR_INIT("create"), STR_INIT("delete"), STR_INIT("deletecollection"),
    STR_INIT("get"),    STR_INIT("list"),   STR_INIT("patch"),
    STR_INIT("proxy"),  STR_INIT("update"), STR_INIT("watch"),
};
static const Str subject_kinds[] = { STR_INIT("Group"), STR_INIT("ServiceAccount"),
                                     STR_INIT("User") };

void flow_schema_apply_defaults(Value *schema, const KubeTarget *t, Arena *a)
{
    (void)t;
    default_int(value_get_lit(schema, "spec"), STR("matchingPrecedence"), PRECEDENCE_DEFAULT, a);
}

/* -- subjects -----------------------------------------------------------------------------------
 */

static void check_account(const Value *account, const Path *path, FieldErrors *errs)
{
    Str name = str_of(account, "name");
    Str namespace = str_of(account, "namespace");
    if (name.len == 0) {
        field_required(errs, path_child(path, "name"), STR(""));
    } else if (!str_eq(name, STR("*"))) {
        name_report(errs, path_child(path, "name"), name, name_check_dns1123_subdomain(name));
    }
    if (namespace.len == 0) {
        field_required(errs, path_child(path, "namespace"),
                       STR("must specify namespace for service account"));
    } else {
        name_report(errs, path_child(path, "namespace"), namespace,
                    name_check_dns1123_label(namespace));
    }
}

/* The kinds, in the order in which what does not belong is told. */
static const struct {
    Str kind;
    Str member;
} subject_members[] = {
    { STR_INIT("ServiceAccount"), STR_INIT("serviceAccount") },
    { STR_INIT("User"), STR_INIT("user") },
    { STR_INIT("Group"), STR_INIT("group") },
};

static void check_subject(const Value *subject, const Path *path, FieldErrors *errs)
{
    Arena *a = errs->arena;
    Str kind = str_of(subject, "kind");
    if (!str_list_has(STR_LIST(subject_kinds), kind)) {
        field_not_supported(errs, path_child(path, "kind"), kind, STR_LIST(subject_kinds));
        return;
    }
    for (size_t i = 0; i < COUNT_OF(subject_members); i++) {
        Str member = subject_members[i].member;
        const Value *in = member_object(subject, member);
        Path at = path_child_str(path, member);
        if (!str_eq(subject_members[i].kind, kind)) {
            continue;
        }
        if (in == NULL) {
            field_required(errs, at,
                           arena_printf(a, "%.*s is required when subject kind is '%.*s'",
                                        STR_ARG(member), STR_ARG(kind)));
        } else if (i == 0) {
            check_account(in, &at, errs);
        } else if (str_of(in, "name").len == 0) {
            field_required(errs, path_child(&at, "name"), STR(""));
        }
    }
    for (size_t i = 0; i < COUNT_OF(subject_members); i++) {
        Str member = subject_members[i].member;
        if (!str_eq(subject_members[i].kind, kind) && member_object(subject, member)) {
            field_forbidden(errs, path_child_str(path, member),
                            arena_printf(a, "%.*s is forbidden when subject kind is not '%.*s'",
                                         STR_ARG(member), STR_ARG(subject_members[i].kind)));
        }
    }
}

/* -- rules --------------------------------------------------------------------------------------
 */

static bool has_wildcard(const Value *list, Arena *a)
{
    return str_list_has(value_str_list(list, a), STR("*"));
}

static void report_wildcard(FieldErrors *errs, const Value *list, const char *others, Path path)
{
    field_invalid_raw(
        errs, path, go_dump_strings("string", list, errs->arena),
        arena_printf(errs->arena, "if '*' is present, must not specify other %s", others));
}

static void check_verbs(const Value *rule, const Path *path, FieldErrors *errs)
{
    const Value *list = list_of(rule, "verbs");
    Path at = path_child(path, "verbs");
    if (value_len(list) == 0) {
        field_required(errs, at, STR("verbs must contain at least one value"));
        return;
    }
    if (has_wildcard(list, errs->arena)) {
        if (value_len(list) > 1) {
            report_wildcard(errs, list, "verbs", at);
        }
        return;
    }
    VALUE_EACH_ITEM(v, list) {
        if (!str_list_has(STR_LIST(verbs), value_as_str(v))) {
            field_not_supported_raw(errs, at, go_dump_strings("string", list, errs->arena),
                                    STR_LIST(verbs));
            return;
        }
    }
}

static void check_needed_list(const Value *rule, Str member, const char *one, const char *others,
                              const Path *path, FieldErrors *errs)
{
    const Value *list = value_get(rule, member);
    if (value_len(list) == 0) {
        field_required(
            errs, path_child_str(path, member),
            arena_printf(errs->arena, "resource rules must supply at least one %s", one));
    } else if (value_len(list) > 1 && has_wildcard(list, errs->arena)) {
        report_wildcard(errs, list, others, path_child_str(path, member));
    }
}

static void check_namespaces(const Value *rule, const Path *path, FieldErrors *errs)
{
    Arena *a = errs->arena;
    const Value *list = list_of(rule, "namespaces");
    Path at = path_child(path, "namespaces");
    if (value_len(list) == 0 && !bool_of(rule, "clusterScope")) {
        field_required(errs, at,
                       STR("resource rules that are not cluster scoped must supply at least one "
                           "namespace"));
    } else if (has_wildcard(list, a)) {
        if (value_len(list) > 1) {
            report_wildcard(errs, list, "namespaces", at);
        }
    } else {
        for (size_t i = 0; i < value_len(list); i++) {
            Str name = value_as_str(value_item(list, i));
            NameMessages messages = name_check_dns1123_label(name);
            for (size_t m = 0; m < messages.count; m++) {
                field_invalid_str(errs, path_index(&at, i), name,
                                  arena_concat(a,
                                               STR("each member of this list must be '*' or a "
                                                   "DNS-1123 label; "),
                                               messages.items[m]));
            }
        }
    }
}

static void check_resource_rule(const Value *rule, const Path *path, FieldErrors *errs)
{
    check_verbs(rule, path, errs);
    check_needed_list(rule, STR("apiGroups"), "api group", "api groups", path, errs);
    check_needed_list(rule, STR("resources"), "resource", "resources", path, errs);
    check_namespaces(rule, path, errs);
}

/* What is wrong with the path of a URL; "" when nothing is. */
static const char *url_path_error(Str text)
{
    if (text.len == 0) {
        return "must not be empty";
    }
    if (str_eq(text, STR("/"))) {
        return "";
    }
    if (text.ptr[0] != '/') {
        return "must start with slash";
    }
    if (str_index_byte(text, ' ') >= 0) {
        return "must not contain white-space";
    }
    if (str_contains(text, STR("//"))) {
        return "must not contain double slash";
    }
    ptrdiff_t star = str_index_byte(text, '*');
    bool at_end = star == (ptrdiff_t)text.len - 1 && str_ends_with(text, STR("/*"));
    return star >= 0 && !at_end ? "wildcard can only do suffix matching" : "";
}

static void check_non_resource_rule(const Value *rule, const Path *path, FieldErrors *errs)
{
    check_verbs(rule, path, errs);
    const Value *list = list_of(rule, "nonResourceURLs");
    Path at = path_child(path, "nonResourceURLs");
    if (value_len(list) == 0) {
        field_required(errs, at, STR("nonResourceURLs must contain at least one value"));
    } else if (has_wildcard(list, errs->arena)) {
        if (value_len(list) > 1) {
            report_wildcard(errs, list, "non-resource URLs", at);
        }
    } else {
        for (size_t i = 0; i < value_len(list); i++) {
            Str text = value_as_str(value_item(list, i));
            Str why = str_from_c(url_path_error(text));
            if (why.len > 0) {
                field_invalid_str(errs, path_index(&at, i), text, why);
            }
        }
    }
}

static void check_each(const Value *list, const Path *path, FieldErrors *errs,
                       void (*check)(const Value *in, const Path *path, FieldErrors *errs))
{
    for (size_t i = 0; i < value_len(list); i++) {
        Path item = path_index(path, i);
        check(value_item(list, i), &item, errs);
    }
}

static void check_rules(const Value *rules, const Path *path, FieldErrors *errs)
{
    const Value *subjects = list_of(rules, "subjects");
    const Value *resources = list_of(rules, "resourceRules");
    const Value *others = list_of(rules, "nonResourceRules");
    Path subjects_path = path_child(path, "subjects");
    Path resources_path = path_child(path, "resourceRules");
    Path others_path = path_child(path, "nonResourceRules");
    if (value_len(subjects) == 0) {
        field_required(errs, subjects_path, STR("subjects must contain at least one value"));
    }
    check_each(subjects, &subjects_path, errs, check_subject);
    if (value_len(resources) == 0 && value_len(others) == 0) {
        field_required(errs, *path,
                       STR("at least one of resourceRules and nonResourceRules has to be "
                           "non-empty"));
    }
    check_each(resources, &resources_path, errs, check_resource_rule);
    check_each(others, &others_path, errs, check_non_resource_rule);
}

/* -- the whole ----------------------------------------------------------------------------------
 */

static void check_precedence(int64_t precedence, Str name, Path path, FieldErrors *errs)
{
    if (precedence <= 0) {
        field_invalid_int(errs, path, precedence, STR("must be a positive value"));
    }
    if (precedence > PRECEDENCE_MAX) {
        field_invalid_int(errs, path, precedence,
                          arena_printf(errs->arena, "must not be greater than %d", PRECEDENCE_MAX));
    }
    if (precedence == 1 && !str_eq(name, STR("exempt"))) {
        field_invalid_int(errs, path, precedence,
                          STR("only the schema named 'exempt' may have matchingPrecedence 1"));
    }
}

void flow_schema_validate_create(const Value *schema, const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    check_meta(schema, false, name_check_dns1123_subdomain, errs);
    const Value *spec = value_get_lit(schema, "spec");
    Path path = path_root("spec");
    check_precedence(int_of(spec, "matchingPrecedence"),
                     str_of(value_get_lit(schema, "metadata"), "name"),
                     path_child(&path, "matchingPrecedence"), errs);
    const Value *method = object_of(spec, "distinguisherMethod");
    Path method_path = path_child(&path, "distinguisherMethod");
    if (method && !str_list_has(STR_LIST(methods), str_of(method, "type"))) {
        Buf b = buf_new(errs->arena);
        buf_lit(&b, "flowcontrol.FlowDistinguisherMethod{Type:");
        buf_go_quoted(&b, str_of(method, "type"));
        buf_byte(&b, '}');
        field_not_supported_raw(errs, path_child(&method_path, "type"), buf_str(&b),
                                STR_LIST(methods));
    }
    Path level = path_child(&path, "priorityLevelConfiguration");
    Str name = str_of(value_get_lit(spec, "priorityLevelConfiguration"), "name");
    if (name.len > 0) {
        name_report(errs, path_child(&level, "name"), name, name_check_dns1123_subdomain(name));
    } else {
        field_required(errs, path_child(&level, "name"), STR("must reference a priority level"));
    }
    Path rules = path_child(&path, "rules");
    check_each(list_of(spec, "rules"), &rules, errs, check_rules);
    flow_control_validate_status(schema, errs);
}

void flow_schema_validate_update(const Value *schema, const Value *old, const KubeTarget *t,
                                 FieldErrors *errs)
{
    (void)old;
    flow_schema_validate_create(schema, t, errs);
}
