/* SPDX-License-Identifier: Apache-2.0 */
/* Webhook configurations. */
#include "kube/groups/webhooks.h"

#include "kube/groups/go_dump.h"
#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"
#include "kube/groups/webhook_client.h"
#include "kube/selector.h"

static const Str failure_policies[] = { STR_INIT("Fail"), STR_INIT("Ignore") };
static const Str match_policies[] = { STR_INIT("Equivalent"), STR_INIT("Exact") };
static const Str side_effects_beta[] = { STR_INIT("None"), STR_INIT("NoneOnDryRun"),
                                         STR_INIT("Some"), STR_INIT("Unknown") };
static const Str side_effects_v1[] = { STR_INIT("None"), STR_INIT("NoneOnDryRun") };
static const Str reinvocation_policies[] = { STR_INIT("IfNeeded"), STR_INIT("Never") };
static const Str operations[] = { STR_INIT("*"), STR_INIT("CONNECT"), STR_INIT("CREATE"),
                                  STR_INIT("DELETE"), STR_INIT("UPDATE") };
static const Str scopes[] = { STR_INIT("*"), STR_INIT("Cluster"), STR_INIT("Namespaced") };
static const Str review_versions[] = { STR_INIT("v1"), STR_INIT("v1beta1") };

static bool is_mutating(const Value *configuration)
{
    return str_eq(str_of(configuration, "kind"), STR("MutatingWebhookConfiguration"));
}

/* -- defaults -----------------------------------------------------------------------------------
 */

static void default_beta(Value *hook, Arena *a)
{
    enum { TIMEOUT_SECONDS = 30 };
    default_to(hook, STR("failurePolicy"), value_str(STR("Ignore")), a);
    default_to(hook, STR("matchPolicy"), value_str(STR("Exact")), a);
    default_to(hook, STR("sideEffects"), value_str(STR("Unknown")), a);
    default_to(hook, STR("timeoutSeconds"), value_int(TIMEOUT_SECONDS), a);
    if (value_len(list_of(hook, "admissionReviewVersions")) == 0) {
        Value versions = value_array();
        value_add(&versions, value_str(STR("v1beta1")), a);
        value_set_lit(hook, "admissionReviewVersions", versions, a);
    }
}

static void default_v1(Value *hook, Arena *a)
{
    enum { TIMEOUT_SECONDS = 10 };
    default_to(hook, STR("failurePolicy"), value_str(STR("Fail")), a);
    default_to(hook, STR("matchPolicy"), value_str(STR("Equivalent")), a);
    default_to(hook, STR("timeoutSeconds"), value_int(TIMEOUT_SECONDS), a);
}

void webhooks_apply_defaults(Value *configuration, const KubeTarget *t, Arena *a)
{
    enum { PORT = 443 };
    (void)t;
    bool is_v1 = is_version(configuration, "v1");
    VALUE_EACH_ITEM(hook, value_get_lit(configuration, "webhooks")) {
        (is_v1 ? default_v1 : default_beta)(hook, a);
        default_to(hook, STR("namespaceSelector"), value_object(), a);
        default_to(hook, STR("objectSelector"), value_object(), a);
        if (is_mutating(configuration)) {
            default_to(hook, STR("reinvocationPolicy"), value_str(STR("Never")), a);
        }
        Value *service = value_at(hook, "clientConfig", "service", NULL);
        default_to(service, STR("port"), value_int(PORT), a);
        VALUE_EACH_ITEM(rule, value_get_lit(hook, "rules")) {
            default_to(rule, STR("scope"), value_str(STR("*")), a);
        }
    }
}

/* -- rules --------------------------------------------------------------------------------------
 */

static bool has(StrList list, const char *text)
{
    return str_list_has(list, str_from_c(text));
}

/* A list that is not empty, and in which "*" stands alone. */
static void check_wildcards(const Value *rule, Str member, const char *type, const char *others,
                            const Path *path, FieldErrors *errs)
{
    const Value *list = value_get(rule, member);
    if (value_len(list) == 0) {
        field_required(errs, path_child_str(path, member), STR(""));
    }
    if (value_len(list) > 1 && has(value_str_list(list, errs->arena), "*")) {
        field_invalid_raw(
            errs, path_child_str(path, member), go_dump_strings(type, list, errs->arena),
            arena_printf(errs->arena, "if '*' is present, must not specify other %s", others));
    }
}

/* "x/y" after "x/" and "*", or after "*" and "/y". */
static void check_covered(StrList list, size_t at, Str resource, Str sub, const Path *path,
                          FieldErrors *errs)
{
    Arena *a = errs->arena;
    Str whole = list.items[at];
    StrList before = { list.items, at };
    if (str_list_has(before, arena_concat(a, resource, STR("/*")))) {
        field_invalid_str(errs, path_index(path, at), whole,
                          arena_printf(a, "if '%.*s/*' is present, must not specify %.*s",
                                       STR_ARG(resource), STR_ARG(whole)));
    }
    if (str_list_has(before, arena_concat(a, STR("*/"), sub))) {
        field_invalid_str(errs, path_index(path, at), whole,
                          arena_printf(a, "if '*/%.*s' is present, must not specify %.*s",
                                       STR_ARG(sub), STR_ARG(whole)));
    }
}

static void check_resources(const Value *in, const Path *path, FieldErrors *errs)
{
    StrList list = value_str_list(in, errs->arena);
    bool has_plain = false; /* the last without a subresource is not "*" */
    if (list.count == 0) {
        field_required(errs, *path, STR(""));
    }
    for (size_t i = 0; i < list.count; i++) {
        Str resource;
        Str sub;
        if (list.items[i].len == 0) {
            field_required(errs, path_index(path, i), STR(""));
        } else if (str_split_once(list.items[i], '/', &resource, &sub)) {
            check_covered(list, i, resource, sub, path, errs);
        } else {
            has_plain = !str_eq(list.items[i], STR("*"));
        }
    }
    if (list.count > 1 && has(list, "*/*")) {
        field_invalid_raw(errs, *path, go_dump_strings("string", in, errs->arena),
                          STR("if '*/*' is present, must not specify other resources"));
    }
    if (has(list, "*") && has_plain) {
        field_invalid_raw(
            errs, *path, go_dump_strings("string", in, errs->arena),
            STR("if '*' is present, must not specify other resources without subresources"));
    }
}

static void check_rule(const Value *rule, const Path *path, FieldErrors *errs)
{
    check_wildcards(rule, STR("operations"), "admissionregistration.OperationType", "operations",
                    path, errs);
    Path at = path_child(path, "operations");
    size_t i = 0;
    VALUE_EACH_ITEM(v, list_of(rule, "operations")) {
        Str operation = value_as_str(v);
        if (!str_list_has(STR_LIST(operations), operation)) {
            field_not_supported(errs, path_index(&at, i), operation, STR_LIST(operations));
        }
        i++;
    }
    check_wildcards(rule, STR("apiGroups"), "string", "API groups", path, errs);
    check_wildcards(rule, STR("apiVersions"), "string", "API versions", path, errs);
    at = path_child(path, "apiVersions");
    i = 0;
    VALUE_EACH_ITEM(v, list_of(rule, "apiVersions")) {
        if (value_as_str(v).len == 0) {
            field_required(errs, path_index(&at, i), STR(""));
        }
        i++;
    }
    at = path_child(path, "resources");
    check_resources(list_of(rule, "resources"), &at, errs);
    Str scope = value_get_str(rule, STR("scope"));
    if (scope.ptr && !str_list_has(STR_LIST(scopes), scope)) {
        field_not_supported(errs, path_child(path, "scope"), scope, STR_LIST(scopes));
    }
}

/* -- webhooks -----------------------------------------------------------------------------------
 */

typedef struct WebhookOptions {
    bool no_side_effects;
    bool known_version;
    bool unique_names;
} WebhookOptions;

static void check_choice(const Value *hook, Str member, StrList supported, const Path *path,
                         FieldErrors *errs)
{
    Str chosen = value_get_str(hook, member);
    if (chosen.ptr && !str_list_has(supported, chosen)) {
        field_not_supported(errs, path_child_str(path, member), chosen, supported);
    }
}

static void check_side_effects(const Value *hook, StrList allowed, const Path *path,
                               FieldErrors *errs)
{
    if (value_get_str(hook, STR("sideEffects")).ptr) {
        check_choice(hook, STR("sideEffects"), allowed, path, errs);
        return;
    }
    Buf b = buf_new(errs->arena);
    buf_lit(&b, "must specify one of ");
    for (size_t i = 0; i < allowed.count; i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_add(&b, allowed.items[i]);
    }
    field_required(errs, path_child(path, "sideEffects"), buf_str(&b));
}

static void check_hook(const Value *hook, const WebhookOptions *o, bool mutates, const Path *path,
                       FieldErrors *errs)
{
    enum { SECONDS_MAX = 30 };
    name_report_fully_qualified(errs, path_child(path, "name"), str_of(hook, "name"));
    Path rules = path_child(path, "rules");
    const Value *list = list_of(hook, "rules");
    for (size_t i = 0; i < value_len(list); i++) {
        Path item = path_index(&rules, i);
        check_rule(value_item(list, i), &item, errs);
    }
    check_choice(hook, STR("failurePolicy"), STR_LIST(failure_policies), path, errs);
    check_choice(hook, STR("matchPolicy"), STR_LIST(match_policies), path, errs);
    check_side_effects(hook,
                       o->no_side_effects ? STR_LIST(side_effects_v1) : STR_LIST(side_effects_beta),
                       path, errs);
    OptInt64 seconds = value_get_int(hook, STR("timeoutSeconds"));
    if (seconds.set && (seconds.value < 1 || seconds.value > SECONDS_MAX)) {
        field_invalid_int(errs, path_child(path, "timeoutSeconds"), seconds.value,
                          STR("the timeout value must be between 1 and 30 seconds"));
    }
    Path selector = path_child(path, "namespaceSelector");
    label_selector_validate(object_of(hook, "namespaceSelector"), &selector, errs);
    selector = path_child(path, "objectSelector");
    label_selector_validate(object_of(hook, "objectSelector"), &selector, errs);
    if (mutates) {
        check_choice(hook, STR("reinvocationPolicy"), STR_LIST(reinvocation_policies), path, errs);
    }
    Path client = path_child(path, "clientConfig");
    webhook_client_validate(value_get_lit(hook, "clientConfig"), &client, errs);
}

static bool has_known_version(StrList versions)
{
    for (size_t i = 0; i < COUNT_OF(review_versions); i++) {
        if (str_list_has(versions, review_versions[i])) {
            return true;
        }
    }
    return false;
}

static void check_versions(const Value *hook, const WebhookOptions *o, const Path *path,
                           FieldErrors *errs)
{
    const Value *in = list_of(hook, "admissionReviewVersions");
    StrList versions = value_str_list(in, errs->arena);
    if (versions.count == 0) {
        field_required(errs, *path, STR("must specify one of v1, v1beta1"));
        return;
    }
    for (size_t i = 0; i < versions.count; i++) {
        Str version = versions.items[i];
        if (str_list_has((StrList){ versions.items, i }, version)) {
            field_invalid_str(errs, path_index(path, i), version, STR("duplicate version"));
        } else {
            name_report(errs, path_index(path, i), version, name_check_dns1035_label(version));
        }
    }
    if (o->known_version && !has_known_version(versions)) {
        field_invalid_raw(errs, *path, go_dump_strings("string", in, errs->arena),
                          STR("must include at least one of v1, v1beta1"));
    }
}

static bool has_name_before(const Value *list, size_t at, Str name)
{
    for (size_t i = 0; i < at; i++) {
        if (str_eq(str_of(value_item(list, i), "name"), name)) {
            return true;
        }
    }
    return false;
}

static void check_configuration(const Value *configuration, const WebhookOptions *o,
                                FieldErrors *errs)
{
    check_plain_meta(configuration, false, name_check_dns1123_subdomain, errs);
    const Value *list = list_of(configuration, "webhooks");
    Path path = path_root("webhooks");
    for (size_t i = 0; i < value_len(list); i++) {
        const Value *hook = value_item(list, i);
        Path item = path_index(&path, i);
        Path versions = path_child(&item, "admissionReviewVersions");
        Str name = str_of(hook, "name");
        check_hook(hook, o, is_mutating(configuration), &item, errs);
        check_versions(hook, o, &versions, errs);
        if (o->unique_names && name.len > 0 && has_name_before(list, i, name)) {
            field_duplicate(errs, path_child(&item, "name"), name);
        }
    }
}

void webhooks_validate_create(const Value *configuration, const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    bool is_v1 = is_version(configuration, "v1");
    WebhookOptions o = { .no_side_effects = is_v1, .known_version = true, .unique_names = is_v1 };
    check_configuration(configuration, &o, errs);
}

/* What is stored and breaks a rule may go on breaking it. */
void webhooks_validate_update(const Value *configuration, const Value *old, const KubeTarget *t,
                              FieldErrors *errs)
{
    (void)t;
    bool is_v1 = is_version(configuration, "v1");
    WebhookOptions o = { .no_side_effects = is_v1, .known_version = true, .unique_names = is_v1 };
    const Value *list = list_of(old, "webhooks");
    for (size_t i = 0; i < value_len(list); i++) {
        const Value *hook = value_item(list, i);
        StrList versions = value_str_list(list_of(hook, "admissionReviewVersions"), errs->arena);
        o.known_version &= versions.count == 0 || has_known_version(versions);
        o.no_side_effects &= str_list_has(STR_LIST(side_effects_v1), str_of(hook, "sideEffects"));
        o.unique_names &= !has_name_before(list, i, str_of(hook, "name"));
    }
    check_configuration(configuration, &o, errs);
}
