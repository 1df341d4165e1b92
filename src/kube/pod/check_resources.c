/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of resource requirements: names, amounts, and requests against limits. */
#include "kube/pod/check.h"
#include "kube/pod/member_index.h"
#include "kube/pod/resource_name.h"
#include "kube/quantity.h"

enum { LIMIT_IS_NAMED_MINOR = 28 }; /* "cpu limit of 1" */

void check_quantity(PodCheck *c, Str resource, const Value *quantity, const Path *path)
{
    static const QuantityNano nano_of_one = 1000000000;
    Str text = value_as_str(quantity);
    Quantity q;
    if (!quantity_parse(text, NULL, &q, NULL)) {
        return; /* the decoder has refused it */
    }
    if (quantity_sign(&q) < 0) {
        field_invalid_str(c->errs, *path, text, CHECK_NOT_NEGATIVE);
    }
    if (q.nano % nano_of_one != 0 && resource_is_integer(resource, check_arena(c))) {
        field_invalid_raw(c->errs, *path, dump_quantity(text, check_arena(c)),
                          STR("must be an integer"));
    }
}

static void check_list(PodCheck *c, const Member *m, const Path *list)
{
    Path path = path_key(list, member_key(m));
    resource_name_check_for_container(c->errs, member_key(m), path);
    check_quantity(c, member_key(m), &m->value, &path);
}

/* requests may not exceed limits; what cannot be overcommitted must equal them. */
static void check_request(PodCheck *c, const Member *request, const MemberIndex *limits,
                          const Path *path)
{
    Arena *a = check_arena(c);
    Str name = member_key(request);
    Str text = value_as_str(&request->value);
    const Value *limit = member_index_get(limits, name);
    if (!limit) {
        if (!resource_may_overcommit(name)) {
            field_required(c->errs, path_child(path, "limits"),
                           STR("Limit must be set for non overcommitable resources"));
        }
        return;
    }
    Quantity q;
    Quantity max;
    if (!quantity_parse(text, NULL, &q, NULL) ||
        !quantity_parse(value_as_str(limit), NULL, &max, NULL)) {
        return;
    }
    int order = quantity_cmp(&q, &max);
    Str of_limit = c->target->minor < LIMIT_IS_NAMED_MINOR
                       ? STR("")
                       : arena_printf(a, " of %.*s", STR_ARG(value_as_str(limit)));
    const char *wanted = NULL;
    if (order != 0 && !resource_may_overcommit(name)) {
        wanted = "equal to";
    } else if (order > 0) {
        wanted = "less than or equal to";
    }
    if (wanted) {
        field_invalid_str(
            c->errs, path_child(path, "requests"), text,
            arena_printf(a, "must be %s %.*s limit%.*s", wanted, STR_ARG(name), STR_ARG(of_limit)));
    }
}

void check_resources(PodCheck *c, const Value *resources, const Path *path)
{
    static const Str list_names[] = { STR_INIT("limits"), STR_INIT("requests") };
    const Value *limits = value_get_lit(resources, "limits");
    MemberIndex by_name = member_index_new(limits, check_arena(c));
    bool has_cpu_or_memory = false;
    bool has_huge_pages = false;
    for (size_t i = 0; i < COUNT_OF(list_names); i++) {
        Path list = path_child_str(path, list_names[i]);
        const Value *list_value = value_get(resources, list_names[i]);
        VALUE_EACH_MEMBER(m, list_value) {
            Str name = member_key(m);
            check_list(c, m, &list);
            if (list_value != limits) {
                check_request(c, m, &by_name, path);
            }
            has_huge_pages |= resource_is_huge_page(name);
            has_cpu_or_memory |= str_eq(name, STR("cpu")) || str_eq(name, STR("memory"));
        }
    }
    if (has_huge_pages && !has_cpu_or_memory) {
        field_forbidden(c->errs, *path, STR("HugePages require cpu or memory"));
    }
}
