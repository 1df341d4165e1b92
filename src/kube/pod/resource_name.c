/* SPDX-License-Identifier: Apache-2.0 */
/* Names of resources. */
#include "kube/pod/resource_name.h"

#include "kube/names.h"

#define LIST(array) ((StrList){ (array), COUNT_OF(array) })

static const Str container_names[] = { STR_INIT("cpu"), STR_INIT("memory"),
                                       STR_INIT("ephemeral-storage") };

static const Str counted_names[] = {
    STR_INIT("pods"),
    STR_INIT("resourcequotas"),
    STR_INIT("services"),
    STR_INIT("replicationcontrollers"),
    STR_INIT("secrets"),
    STR_INIT("configmaps"),
    STR_INIT("persistentvolumeclaims"),
    STR_INIT("services.nodeports"),
    STR_INIT("services.loadbalancers"),
};

/* Standard ones that are neither of a container nor counted. */
static const Str other_names[] = {
    STR_INIT("requests.cpu"), STR_INIT("requests.memory"),  STR_INIT("requests.ephemeral-storage"),
    STR_INIT("limits.cpu"),   STR_INIT("limits.memory"),    STR_INIT("limits.ephemeral-storage"),
    STR_INIT("storage"),      STR_INIT("requests.storage"),
};

bool resource_is_huge_page(Str name)
{
    return str_starts_with(name, STR("hugepages-"));
}

bool resource_is_native(Str name)
{
    return str_index_byte(name, '/') < 0 || str_contains(name, STR("kubernetes.io/"));
}

bool resource_is_extended(Str name, Arena *a)
{
    if (resource_is_native(name) || str_starts_with(name, STR("requests."))) {
        return false;
    }
    return name_check_qualified(arena_concat(a, STR("requests."), name)).count == 0;
}

bool resource_may_overcommit(Str name)
{
    return resource_is_native(name) && !resource_is_huge_page(name);
}

bool resource_is_integer(Str name, Arena *a)
{
    return str_list_has(LIST(counted_names), name) || resource_is_extended(name, a);
}

bool resource_is_standard_for_container(Str name)
{
    return str_list_has(LIST(container_names), name) || resource_is_huge_page(name);
}

bool resource_is_standard(Str name)
{
    return resource_is_standard_for_container(name) || str_list_has(LIST(counted_names), name) ||
           str_list_has(LIST(other_names), name) ||
           str_starts_with(name, STR("requests.hugepages-"));
}

void resource_name_check(FieldErrors *errs, Str name, Path path)
{
    bool is_good = name_report(errs, path, name, name_check_qualified(name));
    if (is_good && str_index_byte(name, '/') < 0 && !resource_is_standard(name)) {
        field_invalid_str(errs, path, name,
                          STR("must be a standard resource type or fully qualified"));
    }
}

void resource_name_check_for_container(FieldErrors *errs, Str name, Path path)
{
    resource_name_check(errs, name, path);
    if (str_index_byte(name, '/') < 0) {
        if (!resource_is_standard_for_container(name)) {
            field_invalid_str(errs, path, name, STR("must be a standard resource for containers"));
        }
    } else if (!resource_is_native(name) && !resource_is_extended(name, errs->arena)) {
        field_invalid_str(errs, path, name, STR("doesn't follow extended resource name standard"));
    }
}
