/* SPDX-License-Identifier: Apache-2.0 */
/* StorageClasses. */
#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"
#include "kube/groups/storage.h"

enum {
    PARAMETERS_MAX = 512,
    PARAMETERS_BYTES_MAX = 256 * 1024,
};

static const Str reclaim_policies[] = { STR_INIT("Delete"), STR_INIT("Retain") };
static const Str binding_modes[] = { STR_INIT("Immediate"), STR_INIT("WaitForFirstConsumer") };

void storage_class_apply_defaults(Value *class, const KubeTarget *t, Arena *a)
{
    (void)t;
    default_to(class, STR("reclaimPolicy"), value_str(reclaim_policies[0]), a);
    default_to(class, STR("volumeBindingMode"), value_str(binding_modes[0]), a);
}

static void check_parameters(const Value *parameters, FieldErrors *errs)
{
    Path path = path_root("parameters");
    if (value_len(parameters) > PARAMETERS_MAX) {
        field_too_long(errs, path, PARAMETERS_MAX);
        return;
    }
    size_t bytes = 0;
    VALUE_EACH_MEMBER(m, parameters) {
        if (m->key_len == 0) {
            field_invalid_str(errs, path, STR(""), STR("field can not be empty."));
        }
        bytes += m->key_len + value_as_str(&m->value).len;
    }
    if (bytes > PARAMETERS_BYTES_MAX) {
        field_too_long(errs, path, PARAMETERS_BYTES_MAX);
    }
}

/* -- topologies ---------------------------------------------------------------------------------
 */

static void check_topology_values(const Value *values, const Path *path, FieldErrors *errs)
{
    if (value_len(values) == 0) {
        field_required(errs, *path, STR(""));
    }
    StrList list = value_str_list(values, errs->arena);
    for (size_t i = 0; i < list.count; i++) {
        if (str_list_has((StrList){ list.items, i }, list.items[i])) {
            field_duplicate(errs, path_index(path, i), list.items[i]);
        }
    }
}

static void check_topology(const Value *term, const Path *path, FieldErrors *errs)
{
    Path expressions = path_child(path, "matchLabelExpressions");
    const Value *list = list_of(term, "matchLabelExpressions");
    for (size_t i = 0; i < value_len(list); i++) {
        const Value *expression = value_item(list, i);
        Path item = path_index(&expressions, i);
        Path values = path_child(&item, "values");
        Str key = str_of(expression, "key");
        check_topology_values(list_of(expression, "values"), &values, errs);
        name_report(errs, path_child(&item, "key"), key, name_check_qualified(key));
        for (size_t before = 0; before < i; before++) {
            if (str_eq(str_of(value_item(list, before), "key"), key)) {
                field_duplicate(errs, path_child(&item, "key"), key);
                break;
            }
        }
    }
}

static bool is_subset(const Value *values, const Value *of, Arena *a)
{
    StrList list = value_str_list(values, a);
    StrList others = value_str_list(of, a);
    for (size_t i = 0; i < list.count; i++) {
        if (!str_list_has(others, list.items[i])) {
            return false;
        }
    }
    return true;
}

/* The values of a key; of several expressions with it the last counts. NULL when there is none. */
static const Value *expression_of(const Value *expressions, Str key)
{
    const Value *found = NULL;
    VALUE_EACH_ITEM(e, expressions) {
        found = str_eq(str_of(e, "key"), key) ? e : found;
    }
    return found;
}

/* Every key of one has the same set of values in the other. */
static bool is_covered(const Value *term, const Value *by, Arena *a)
{
    const Value *list = list_of(term, "matchLabelExpressions");
    VALUE_EACH_ITEM(e, list) {
        Str key = str_of(e, "key");
        const Value *mine = expression_of(list, key);
        const Value *other = expression_of(list_of(by, "matchLabelExpressions"), key);
        if (other == NULL || !is_subset(list_of(mine, "values"), list_of(other, "values"), a) ||
            !is_subset(list_of(other, "values"), list_of(mine, "values"), a)) {
            return false;
        }
    }
    return true;
}

static void check_topologies(const Value *list, FieldErrors *errs)
{
    enum { COMPARED_MAX = 1000 }; /* the real server compares all with all, at any cost */
    Path path = path_root("allowedTopologies");
    for (size_t i = 0; i < value_len(list); i++) {
        const Value *term = value_item(list, i);
        Path item = path_index(&path, i);
        check_topology(term, &item, errs);
        /* the API server compares with as many empty terms as there are terms, too */
        bool is_empty = value_len(list_of(term, "matchLabelExpressions")) == 0;
        for (size_t n = 0; is_empty && n < value_len(list) && n < COMPARED_MAX; n++) {
            field_duplicate(errs, path_child(&item, "matchLabelExpressions"), STR(""));
        }
        for (size_t before = 0; before < i && before < COMPARED_MAX; before++) {
            const Value *other = value_item(list, before);
            if (is_covered(term, other, errs->arena) && is_covered(other, term, errs->arena)) {
                field_duplicate(errs, path_child(&item, "matchLabelExpressions"), STR(""));
            }
        }
    }
}

/* -- the whole ----------------------------------------------------------------------------------
 */

void storage_class_validate_create(const Value *class, const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    check_meta(class, false, name_check_dns1123_subdomain, errs);
    Str provisioner = str_of(class, "provisioner");
    if (provisioner.len == 0) {
        field_required(errs, path_root("provisioner"), STR(""));
    } else {
        name_report(errs, path_root("provisioner"), provisioner,
                    name_check_qualified(arena_lower(errs->arena, provisioner)));
    }
    check_parameters(value_get_lit(class, "parameters"), errs);
    Str policy = str_of(class, "reclaimPolicy");
    if (policy.len > 0 && !str_list_has(STR_LIST(reclaim_policies), policy)) {
        field_not_supported(errs, path_root("reclaimPolicy"), policy, STR_LIST(reclaim_policies));
    }
    Str mode = value_get_str(class, STR("volumeBindingMode"));
    if (mode.ptr == NULL) {
        field_required(errs, path_root("volumeBindingMode"), STR(""));
    } else if (!str_list_has(STR_LIST(binding_modes), mode)) {
        field_not_supported(errs, path_root("volumeBindingMode"), mode, STR_LIST(binding_modes));
    }
    check_topologies(list_of(class, "allowedTopologies"), errs);
}

/* Nil and empty are not the same to reflect.DeepEqual, but the store keeps no empty maps. */
static bool same_parameters(const Value *class, const Value *old)
{
    const Value *now = value_get_lit(class, "parameters");
    const Value *before = value_get_lit(old, "parameters");
    return value_is_null(now) || value_is_null(before) ? value_is_null(now) == value_is_null(before)
                                                       : value_equal(now, before);
}

/* The same rules where they are declared with the type: one text for all. */
static void check_fixed(const Value *class, const Value *old, FieldErrors *errs)
{
    static const Str fixed[] = { STR_INIT("provisioner"), STR_INIT("reclaimPolicy"),
                                 STR_INIT("volumeBindingMode") };
    if (!same_parameters(class, old)) {
        field_immutable(errs, path_root("parameters"));
    }
    for (size_t i = 0; i < COUNT_OF(fixed); i++) {
        if (!str_eq(value_get_str(class, fixed[i]), value_get_str(old, fixed[i]))) {
            field_immutable(errs, path_child_str(NULL, fixed[i]));
        }
    }
}

void storage_class_validate_update(const Value *class, const Value *old, const KubeTarget *t,
                                   FieldErrors *errs)
{
    storage_class_validate_create(class, t, errs);
    check_meta_update(class, old, errs);
    if (t->minor >= FIELD_DECLARED_SINCE) {
        check_fixed(class, old, errs);
        return;
    }
    if (!same_parameters(class, old)) {
        field_forbidden(errs, path_root("parameters"), STR("updates to parameters are forbidden."));
    }
    if (!str_eq(str_of(class, "provisioner"), str_of(old, "provisioner"))) {
        field_forbidden(errs, path_root("provisioner"),
                        STR("updates to provisioner are forbidden."));
    }
    if (!str_eq(str_of(class, "reclaimPolicy"), str_of(old, "reclaimPolicy"))) {
        field_forbidden(errs, path_root("reclaimPolicy"),
                        STR("updates to reclaimPolicy are forbidden."));
    }
    Str mode = str_of(class, "volumeBindingMode");
    if (!str_eq(mode, str_of(old, "volumeBindingMode"))) {
        field_invalid_str(errs, path_root("volumeBindingMode"), mode, IMMUTABLE);
    }
}
