/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that several parts of pod validation make. */
#include "kube/pod/check.h"

#include "kube/meta.h"

bool check_required(PodCheck *c, const Value *object, Str member, const Path *path)
{
    if (check_str(object, member).len) {
        return true;
    }
    field_required(c->errs, path_child_str(path, member), STR(""));
    return false;
}

void check_name(PodCheck *c, Str value, NameCheck *check, Path path)
{
    name_report(c->errs, path, value, check(value));
}

void check_supported_if_set(PodCheck *c, const Value *object, Str member, StrList supported,
                            const Path *path)
{
    Str value = value_get_str(object, member);
    if (value.ptr && !str_list_has(supported, value)) {
        field_not_supported(c->errs, path_child_str(path, member), value, supported);
    }
}

void check_enum(PodCheck *c, const Value *object, Str member, StrList supported, const Path *path)
{
    if (check_required(c, object, member, path)) {
        check_supported_if_set(c, object, member, supported, path);
    }
}

bool check_has_backstep(Str file_path)
{
    Str part;
    while (str_next_piece(&file_path, '/', &part)) {
        if (str_eq(part, STR(".."))) {
            return true;
        }
    }
    return false;
}

void check_no_backsteps(PodCheck *c, Str file_path, Path path)
{
    if (check_has_backstep(file_path)) {
        field_invalid_str(c->errs, path, file_path, STR("must not contain '..'"));
    }
}

void check_descending_path(PodCheck *c, Str file_path, Path path)
{
    if (str_starts_with(file_path, STR("/"))) {
        field_invalid_str(c->errs, path, file_path, STR("must be a relative path"));
    }
    check_no_backsteps(c, file_path, path);
}

void check_non_reserved_path(PodCheck *c, Str file_path, Path path)
{
    check_descending_path(c, file_path, path);
    if (str_starts_with(file_path, STR("..")) && !str_starts_with(file_path, STR("../"))) {
        field_invalid_str(c->errs, path, file_path, STR("must not start with '..'"));
    }
}

void check_file_mode(PodCheck *c, const Value *object, Str member, const Path *path)
{
    enum { MODE_MAX = 0777 };
    OptInt64 mode = value_get_int(object, member);
    if (mode.set && (mode.value < 0 || mode.value > MODE_MAX)) {
        field_invalid_int(c->errs, path_child_str(path, member), mode.value,
                          STR("must be a number between 0 and 0777 (octal), both inclusive"));
    }
}

static void check_selector_requirement(PodCheck *c, const Value *requirement, const Path *path)
{
    Str operator= str_of(requirement, "operator");
    size_t values = value_len(value_get_lit(requirement, "values"));
    if (str_eq(operator, STR("In")) || str_eq(operator, STR("NotIn"))) {
        if (!values) {
            field_required(c->errs, path_child(path, "values"),
                           STR("must be specified when `operator` is 'In' or 'NotIn'"));
        }
    } else if (str_eq(operator, STR("Exists")) || str_eq(operator, STR("DoesNotExist"))) {
        if (values) {
            field_forbidden(
                c->errs, path_child(path, "values"),
                STR("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
        }
    } else {
        field_invalid_str(c->errs, path_child(path, "operator"), operator,
                          STR("not a valid selector operator"));
    }
    check_name(c, str_of(requirement, "key"), name_check_qualified, path_child(path, "key"));
}

void check_label_selector(PodCheck *c, const Value *selector, const Path *path)
{
    Path labels = path_child(path, "matchLabels");
    meta_validate_labels(value_get_lit(selector, "matchLabels"), &labels, c->errs);
    Path list = path_child(path, "matchExpressions");
    size_t i = 0;
    VALUE_EACH_ITEM(requirement, value_get_lit(selector, "matchExpressions")) {
        Path item = path_index(&list, i++);
        check_selector_requirement(c, requirement, &item);
    }
}
