/* SPDX-License-Identifier: Apache-2.0 */
/* Which webhooks a request concerns. */
#include "decide/webhook/webhook.h"
#include "kube/resource_table.h"
#include "kube/selector.h"

#define GROUP "admissionregistration.k8s.io"

/* -- all there are ----------------------------------------------------------------------------- */

/* How many webhooks of that name stand before this one. */
static size_t same_before(const Value *hooks, const Value *hook)
{
    size_t n = 0;
    for (const Value *h = hooks->items; h < hook; h++) {
        n += str_eq(value_get_str(h, STR("name")), value_get_str(hook, STR("name")));
    }
    return n;
}

Webhook *webhook_list(const Facts *facts, bool mutating, Arena *a, size_t *count)
{
    ObjectKey key = { STR(GROUP),
                      mutating ? STR("MutatingWebhookConfiguration")
                               : STR("ValidatingWebhookConfiguration"),
                      STR(""), STR("") };
    ObjectList list = facts->objects(facts->cluster, key);
    *count = 0;
    size_t all = 0;
    for (size_t i = 0; i < list.count; i++) {
        all += value_len(value_get_lit(list.items[i], "webhooks"));
    }
    Webhook *out = all ? new(a, Webhook, all) : NULL;
    for (size_t i = 0; i < list.count; i++) {
        const Value *hooks = value_get_lit(list.items[i], "webhooks");
        Str configuration = value_as_str(value_at(list.items[i], "metadata", "name", NULL));
        VALUE_EACH_ITEM(hook, hooks) {
            Str name = value_get_str(hook, STR("name"));
            out[*count] = (Webhook){
                .hook = hook,
                .configuration = configuration,
                .name = name,
                .id = arena_printf(a, "%.*s/%.*s/%zu", STR_ARG(configuration), STR_ARG(name),
                                   same_before(hooks, hook)),
                .index = *count,
            };
            ++*count;
        }
    }
    return out;
}

bool webhook_is_exempt(const WebhookRequest *r)
{
    static const Str kinds[] = {
        STR_INIT("MutatingWebhookConfiguration"), STR_INIT("ValidatingWebhookConfiguration"),
        STR_INIT("ValidatingAdmissionPolicy"),    STR_INIT("ValidatingAdmissionPolicyBinding"),
        STR_INIT("MutatingAdmissionPolicy"),      STR_INIT("MutatingAdmissionPolicyBinding"),
    };
    return str_eq(r->as.group, STR(GROUP)) &&
           str_list_has((StrList){ kinds, COUNT_OF(kinds) }, r->as.kind);
}

/* -- rules ------------------------------------------------------------------------------------- */

static bool has(const Value *list, Str wanted)
{
    VALUE_EACH_ITEM(item, list) {
        Str s = value_as_str(item);
        if (str_eq(s, STR("*")) || str_eq(s, wanted)) {
            return true;
        }
    }
    return false;
}

static bool has_resource(const Value *list, Str resource, Str subresource)
{
    VALUE_EACH_ITEM(item, list) {
        Str main, sub = STR("");
        (void)str_split_once(value_as_str(item), '/', &main, &sub);
        if ((str_eq(main, STR("*")) || str_eq(main, resource)) &&
            (str_eq(sub, STR("*")) || str_eq(sub, subresource))) {
            return true;
        }
    }
    return false;
}

/* Namespaces are cluster-scoped, though they count as within themselves. */
static bool is_in_scope(const Value *rule, const WebhookRequest *r)
{
    Str scope = value_get_str(rule, STR("scope"));
    bool is_namespace = r->as.group.len == 0 && str_eq(r->as.version, STR("v1")) &&
                        str_eq(r->resource, STR("namespaces"));
    bool namespaced = !is_namespace && r->namespace.len > 0;
    return scope.len == 0 || str_eq(scope, STR("*")) ||
           (str_eq(scope, STR("Namespaced")) && namespaced) ||
           (str_eq(scope, STR("Cluster")) && !namespaced);
}

static bool rule_matches(const Value *rule, const WebhookRequest *r, Str group, Str version)
{
    return is_in_scope(rule, r) && has(value_get_lit(rule, "operations"), r->operation) &&
           has(value_get_lit(rule, "apiGroups"), group) &&
           has(value_get_lit(rule, "apiVersions"), version) &&
           has_resource(value_get_lit(rule, "resources"), r->resource, r->subresource);
}

/* -- equivalent versions ----------------------------------------------------------------------- */

static void add_equivalent(WebhookRequest *r, WebhookVersion v)
{
    bool same = str_eq(v.group, r->as.group) && str_eq(v.version, r->as.version);
    if (!same && r->equivalent_count < WEBHOOK_EQUIVALENTS_MAX) {
        r->equivalents[r->equivalent_count++] = v;
    }
}

/* The other versions of a built-in resource that have the subresource, too. */
static void find_built_in(WebhookRequest *r, const KubeKind *asked)
{
    KubeKind stored = resource_stored_kind(asked, r->target);
    for (size_t i = 0; i < kube_kind_count(); i++) {
        KubeKind k = kube_kind_at(i);
        ResourceEntry entry;
        if (!str_eq(k.resource, asked->resource) || !str_eq(k.kind, asked->kind) ||
            !resource_is_served(&k, r->target)) {
            continue;
        }
        KubeKind other = resource_stored_kind(&k, r->target);
        if (str_eq(other.api_version, stored.api_version) &&
            resource_find(&k, r->subresource, r->target, &entry)) {
            add_equivalent(r,
                           (WebhookVersion){ k.group, k.version, entry.kind, entry.api_version });
        }
    }
}

static void find_custom(WebhookRequest *r, Arena *a)
{
    ObjectKey key = { STR("apiextensions.k8s.io"), STR("CustomResourceDefinition"), STR(""),
                      arena_printf(a, "%.*s.%.*s", STR_ARG(r->resource), STR_ARG(r->as.group)) };
    const Value *crd = r->as.group.len ? r->facts->object(r->facts->cluster, key) : NULL;
    VALUE_EACH_ITEM(v, value_at(crd, "spec", "versions", NULL)) {
        if (value_get_bool(v, STR("served")).value) {
            Str name = value_get_str(v, STR("name"));
            Str full = arena_printf(a, "%.*s/%.*s", STR_ARG(r->as.group), STR_ARG(name));
            add_equivalent(r, (WebhookVersion){ r->as.group, name, r->as.kind, full });
        }
    }
}

static void find_equivalents(WebhookRequest *r, Arena *a)
{
    KubeKind asked;
    if (r->has_equivalents) {
        return;
    }
    r->has_equivalents = true;
    if (kube_kind_find_resource(r->as.group, r->as.version, r->resource, r->target, &asked)) {
        find_built_in(r, &asked);
    } else {
        find_custom(r, a);
    }
}

static bool match_rules(const Webhook *w, WebhookRequest *r, Arena *a, WebhookVersion *as)
{
    const Value *rules = value_get_lit(w->hook, "rules");
    *as = r->as;
    VALUE_EACH_ITEM(rule, rules) {
        if (rule_matches(rule, r, r->as.group, r->as.version)) {
            return true;
        }
    }
    if (!str_eq(value_get_str(w->hook, STR("matchPolicy")), STR("Equivalent"))) {
        return false;
    }
    find_equivalents(r, a);
    VALUE_EACH_ITEM(rule, rules) {
        for (size_t i = 0; i < r->equivalent_count; i++) {
            if (rule_matches(rule, r, r->equivalents[i].group, r->equivalents[i].version)) {
                *as = r->equivalents[i];
                return true;
            }
        }
    }
    return false;
}

/* -- selectors --------------------------------------------------------------------------------- */

static const Value *labels_of(const Value *object)
{
    return value_at(object, "metadata", "labels", NULL);
}

/* False with *refusal when the selector cannot be read. */
static bool read_selector(const Value *in, Arena *a, LabelSelector *out, Status *refusal)
{
    static const Value everything = { .kind = VALUE_OBJECT };
    Err err;
    if (label_selector_read(value_is_null(in) ? &everything : in, a, out, &err)) {
        return true;
    }
    *refusal = status_internal(a, err.msg);
    return false;
}

static WebhookMatch match_namespace(const Webhook *w, const WebhookRequest *r, const Value *object,
                                    Arena *a, Status *refusal)
{
    bool is_namespace = str_eq(r->resource, STR("namespaces"));
    bool writes = str_eq(r->operation, STR("CREATE")) || str_eq(r->operation, STR("UPDATE"));
    LabelSelector selector;
    if (r->namespace.len == 0 && !is_namespace) {
        return WEBHOOK_MATCH_YES;
    }
    if (!read_selector(value_get_lit(w->hook, "namespaceSelector"), a, &selector, refusal)) {
        return WEBHOOK_MATCH_REFUSED;
    }
    if (selector.count == 0 && !selector.matches_nothing) {
        return WEBHOOK_MATCH_YES;
    }
    const Value *namespace = object;
    if (!is_namespace || r->subresource.len || !writes) {
        ObjectKey key = { STR(""), STR("Namespace"), STR(""), r->namespace };
        namespace = r->facts->object(r->facts->cluster, key);
        if (!namespace) {
            *refusal = status_not_found(a, STR(""), STR("namespaces"), r->namespace);
            return WEBHOOK_MATCH_REFUSED;
        }
    }
    return label_selector_matches(&selector, labels_of(namespace)) ? WEBHOOK_MATCH_YES
                                                                   : WEBHOOK_MATCH_NO;
}

/* What has no metadata (the options of an exec) has no labels, and is not selected. */
static bool selects(const LabelSelector *selector, const Value *object)
{
    return object && value_get_lit(object, "metadata") &&
           label_selector_matches(selector, labels_of(object));
}

static WebhookMatch match_object(const Webhook *w, const Value *object, const Value *old, Arena *a,
                                 Status *refusal)
{
    LabelSelector selector;
    if (!read_selector(value_get_lit(w->hook, "objectSelector"), a, &selector, refusal)) {
        return WEBHOOK_MATCH_REFUSED;
    }
    bool all = selector.count == 0 && !selector.matches_nothing;
    return all || selects(&selector, object) || selects(&selector, old) ? WEBHOOK_MATCH_YES
                                                                        : WEBHOOK_MATCH_NO;
}

/* matchConditions are not evaluated: a webhook with some is asked wherever the rest matches, since
 * one that is not asked could let through what it is there to stop. */
WebhookMatch webhook_match(const Webhook *w, WebhookRequest *r, const Value *object,
                           const Value *old, Arena *a, WebhookVersion *as, Status *refusal)
{
    Status namespace_refusal = { 0 };
    WebhookMatch in_namespace = match_namespace(w, r, object, a, &namespace_refusal);
    if (in_namespace == WEBHOOK_MATCH_NO) {
        return WEBHOOK_MATCH_NO;
    }
    WebhookMatch selected = match_object(w, object, old, a, refusal);
    if (selected == WEBHOOK_MATCH_NO || !match_rules(w, r, a, as)) {
        return WEBHOOK_MATCH_NO;
    }
    if (in_namespace == WEBHOOK_MATCH_REFUSED) {
        *refusal = namespace_refusal;
    }
    return in_namespace == WEBHOOK_MATCH_REFUSED ? in_namespace : selected;
}
