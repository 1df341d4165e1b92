/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a rule covers a request.
 *
 * A rule is about resources, paths or (once stored, before validation knew better) both; a request
 * for a resource looks only at verbs, groups, resources and names, one for a path only at verbs and
 * paths. "*" is a wildcard as a whole verb, group, resource or path, before a subresource
 * ("*" and "/scale") and at the end of a path ("/healthz*"), never as a resource name.
 */
#include "decide/rbac/rbac.h"

static const Str known_verbs[] = {
    STR_INIT("get"),    STR_INIT("list"),  STR_INIT("watch"),    STR_INIT("create"),
    STR_INIT("update"), STR_INIT("patch"), STR_INIT("delete"),   STR_INIT("deletecollection"),
    STR_INIT("use"),    STR_INIT("bind"),  STR_INIT("escalate"), STR_INIT("impersonate"),
};

/* Bit 0 stands for every verb that has no bit of its own. */
uint32_t rbac_verb_bits(Str verb)
{
    if (str_eq(verb, STR("*"))) {
        return UINT32_MAX;
    }
    for (uint32_t i = 0; i < COUNT_OF(known_verbs); i++) {
        if (str_eq(verb, known_verbs[i])) {
            return 2U << i;
        }
    }
    return RBAC_VERB_OTHER;
}

uint32_t rbac_verb_bits_of(StrList verbs)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < verbs.count; i++) {
        bits |= rbac_verb_bits(verbs.items[i]);
    }
    return bits;
}

static bool has_or_star(StrList list, Str s)
{
    for (size_t i = 0; i < list.count; i++) {
        if (str_eq(list.items[i], STR("*")) || str_eq(list.items[i], s)) {
            return true;
        }
    }
    return false;
}

/* bits: rbac_verb_bits(verb). A request for the verb "*" is one for a verb of that name. */
static bool verb_matches(const RbacRule *rule, uint32_t bits, Str verb)
{
    if (rule->verb_bits == UINT32_MAX) {
        return true;
    }
    if (bits == UINT32_MAX || !(rule->verb_bits & bits)) {
        return false;
    }
    return bits != RBAC_VERB_OTHER || str_list_has(rule->verbs, verb);
}

/* Whether s is the resource with its subresource: "pods/log" of "pods" and "log". */
static bool is_combined(Str s, Str resource, Str subresource)
{
    if (subresource.len == 0) {
        return str_eq(s, resource);
    }
    return s.len == resource.len + 1 + subresource.len && s.ptr[resource.len] == '/' &&
           str_starts_with(s, resource) && str_ends_with(s, subresource);
}

static bool resource_matches(StrList resources, Str resource, Str subresource)
{
    for (size_t i = 0; i < resources.count; i++) {
        Str r = resources.items[i];
        if (str_eq(r, STR("*")) || is_combined(r, resource, subresource) ||
            (subresource.len && is_combined(r, STR("*"), subresource))) {
            return true;
        }
    }
    return false;
}

bool rbac_urls_match(StrList urls, Str path)
{
    for (size_t i = 0; i < urls.count; i++) {
        Str url = urls.items[i];
        if (str_eq(url, path)) {
            return true;
        }
        if (str_ends_with(url, STR("*"))) {
            while (str_ends_with(url, STR("*"))) {
                url = str_cut_suffix(url, STR("*"));
            }
            if (str_starts_with(path, url)) {
                return true;
            }
        }
    }
    return false;
}

bool rbac_rule_covers_resource(const RbacRule *rule, uint32_t verb_bits, const RbacRequest *req)
{
    return verb_matches(rule, verb_bits, req->verb) &&
           has_or_star(rule->api_groups, req->api_group) &&
           resource_matches(rule->resources, req->resource, req->subresource);
}

bool rbac_rule_covers(const RbacRule *rule, uint32_t verb_bits, const RbacRequest *req)
{
    if (!req->is_resource) {
        return verb_matches(rule, verb_bits, req->verb) && rbac_urls_match(rule->urls, req->path);
    }
    return rbac_rule_covers_resource(rule, verb_bits, req) &&
           (rule->resource_names.count == 0 || str_list_has(rule->resource_names, req->name));
}

bool rbac_rule_allows(const RbacRule *rule, const RbacRequest *req)
{
    return rbac_rule_covers(rule, rbac_verb_bits(req->verb), req);
}
