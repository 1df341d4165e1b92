/* SPDX-License-Identifier: Apache-2.0 */
/* Who is exempt, and in which mode a namespace is. */
#include "decide/enforcement/enforcement.h"

static const Str plugin_names[] = { STR_INIT("podSecurityPolicy"), STR_INIT("podSecurity") };
static const Str mode_names[] = { STR_INIT("enforce"), STR_INIT("warn"), STR_INIT("audit") };

Str enforcement_plugin_name(EnforcementPlugin plugin)
{
    return plugin_names[plugin];
}

Str enforcement_mode_name(EnforcementMode mode)
{
    return mode_names[mode];
}

/* -- patterns ---------------------------------------------------------------------------------- */

/* * stands for any text, also none. In time of the lengths' product at most: a star that was passed
 * is never gone back to. */
static bool matches(Str pattern, Str text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, star_text = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.len && pattern.ptr[p] == text.ptr[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}

static bool any_matches(StrList patterns, Str text)
{
    for (size_t i = 0; i < patterns.count; i++) {
        if (matches(patterns.items[i], text)) {
            return true;
        }
    }
    return false;
}

/* -- modes ------------------------------------------------------------------------------------- */

EnforcementMode enforcement_mode(const Enforcement *e, EnforcementPlugin plugin, Str namespace)
{
    for (size_t i = 0; i < e->namespace_count; i++) {
        const EnforcementNamespaces *n = &e->namespaces[i];
        if (n->modes[plugin] >= 0 && any_matches(n->names, namespace)) {
            return (EnforcementMode)n->modes[plugin];
        }
    }
    return e->modes[plugin];
}

/* -- exemptions -------------------------------------------------------------------------------- */

bool enforcement_is_expired(const EnforcementExemption *x, Str today)
{
    return x->expires.len && str_cmp(x->expires, today) < 0;
}

static bool any_group(StrList wanted, StrList groups)
{
    for (size_t i = 0; i < groups.count; i++) {
        if (str_list_has(wanted, groups.items[i])) {
            return true;
        }
    }
    return false;
}

/* A pattern of one list names the namespace and the name, "*" in either stands for all. */
static bool account_matches(StrList patterns, Str namespace, const Value *spec)
{
    Str name = value_get_str(spec, STR("serviceAccountName"));
    name = name.len ? name : STR("default");
    for (size_t i = 0; i < patterns.count; i++) {
        Str of_namespace, of_name;
        if (str_split_once(patterns.items[i], '/', &of_namespace, &of_name) &&
            matches(of_namespace, namespace) && matches(of_name, name)) {
            return true;
        }
    }
    return false;
}

static bool all_match(StrList patterns, const Value *containers, Str field, size_t *seen)
{
    VALUE_EACH_ITEM(c, containers) {
        Str text = value_get_str(c, field);
        if (!any_matches(patterns, text.ptr ? text : STR(""))) {
            return false;
        }
        ++*seen;
    }
    return true;
}

static bool containers_match(StrList patterns, const Value *spec, Str field)
{
    size_t seen = 0;
    return all_match(patterns, value_get_lit(spec, "initContainers"), field, &seen) &&
           all_match(patterns, value_get_lit(spec, "containers"), field, &seen) &&
           all_match(patterns, value_get_lit(spec, "ephemeralContainers"), field, &seen) && seen;
}

static bool applies(const EnforcementExemption *x, const EnforcementSubject *s)
{
    const Value *spec = value_get_lit(s->pod, "spec");
    Str class = value_get_str(spec, STR("runtimeClassName"));
    return (!x->users.items || str_list_has(x->users, s->user->name)) &&
           (!x->groups.items || any_group(x->groups, s->user->groups)) &&
           (!x->namespaces.items || any_matches(x->namespaces, s->namespace)) &&
           (!x->service_accounts.items ||
            (spec && account_matches(x->service_accounts, s->namespace, spec))) &&
           (!x->runtime_classes.items || (class.len && str_list_has(x->runtime_classes, class))) &&
           (!x->has_selector ||
            (s->pod &&
             label_selector_matches(&x->selector, value_at(s->pod, "metadata", "labels", NULL)))) &&
           (!x->container_names.items || containers_match(x->container_names, spec, STR("name"))) &&
           (!x->images.items || containers_match(x->images, spec, STR("image")));
}

const EnforcementExemption *enforcement_find(const Enforcement *e, EnforcementPlugin plugin,
                                             const EnforcementSubject *subject, Str today)
{
    for (size_t i = 0; i < e->exemption_count; i++) {
        const EnforcementExemption *x = &e->exemptions[i];
        if (x->plugins[plugin] && !enforcement_is_expired(x, today) && applies(x, subject)) {
            return x;
        }
    }
    return NULL;
}
