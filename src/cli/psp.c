/* SPDX-License-Identifier: Apache-2.0 */
/* The policies of the state, and who may use one. */
#include "cli/psp.h"

#include "decide/admission/policy_use.h"
#include "kube/schema.h"

/* Decoded and encoded as the API server does, with the one default that the type has. */
static bool as_stored(const Cli *cli, const State *state, const Value *policy, Value *out)
{
    const SchemaType *type = schema_find(value_get_str(policy, STR("apiVersion")),
                                         STR("PodSecurityPolicy"));
    Err err;
    if (!type) {
        *out = value_copy(policy, cli->arena);
    } else if (!schema_normalise(type, policy, &state->target, cli->arena, out, NULL, &err)) {
        cli_fail(cli, &err);
        return false;
    }
    Value *spec = value_need_object(out, STR("spec"), cli->arena);
    if (spec && !value_get_lit(spec, "allowPrivilegeEscalation")) {
        value_set_lit(spec, "allowPrivilegeEscalation", value_bool(true), cli->arena);
    }
    return true;
}

bool psp_objects(const Cli *cli, const State *state, StrList names, Value **out, size_t *count)
{
    const Facts *facts = state->facts;
    ObjectKey key = { STR("policy"), STR("PodSecurityPolicy"), STR(""), STR("") };
    ObjectList all = facts->objects(facts->cluster, key);
    size_t max = names.count ? names.count : all.count;
    Value *found = new(cli->arena, Value, max + 1);
    for (size_t i = 0; i < max; i++) {
        key.name = names.count ? names.items[i] : STR("");
        const Value *policy = names.count ? facts->object(facts->cluster, key) : all.items[i];
        if (!policy) {
            cli_error(cli, "podsecuritypolicies.policy \"%.*s\" not found", STR_ARG(key.name));
            return false;
        }
        if (!as_stored(cli, state, policy, &found[i])) {
            return false;
        }
    }
    *out = found;
    *count = max;
    return true;
}

bool psp_rule_grants(const RbacRule *rule, Str policy)
{
    /* A rule with names grants none of them to a request for every policy. */
    return psp_rule_allows_use(rule, policy, NULL) &&
           (policy.len || rule->resource_names.count == 0);
}

static bool role_grants(const RbacRole *role, Str policy)
{
    for (size_t i = 0; role && i < role->rule_count; i++) {
        if (psp_rule_grants(&role->rules[i], policy)) {
            return true;
        }
    }
    return false;
}

static bool is_masters(const RbacBinding *binding, const RbacSubject *subject)
{
    return str_eq(rbac_binding_name(binding), STR("cluster-admin")) &&
           subject->kind == SUBJECT_GROUP &&
           str_eq(rbac_subject_name(subject), STR(RBAC_GROUP_MASTERS));
}

static size_t collect(const Facts *facts, RbacBindingList bindings, Str policy, PspUse *into)
{
    size_t count = 0;
    for (size_t i = 0; i < bindings.count; i++) {
        const RbacBinding *binding = bindings.items[i];
        if (!role_grants(rbac_binding_role(facts, binding), policy)) {
            continue;
        }
        for (uint32_t k = 0; k < binding->subject_count; k++) {
            const RbacSubject *subject = &binding->subjects[k];
            if (subject->kind != RBAC_SUBJECT_NOBODY && !is_masters(binding, subject)) {
                if (into) {
                    into[count] = (PspUse){ binding, subject };
                }
                count++;
            }
        }
    }
    return count;
}

void psp_uses(const State *state, Str policy, Arena *a, PspUses *out)
{
    const Facts *facts = state->facts;
    *out = (PspUses){ 0 };
    /* Counted first, then written down. */
    for (int writing = 0; writing < 2; writing++) {
        size_t count = 0;
        for (size_t i = 0; i <= state->namespaces.count; i++) {
            Str namespace = i == 0 ? STR("") : state->namespaces.items[i - 1];
            RbacBindingList bindings = facts->rbac_all_bindings(facts->cluster, namespace);
            count += collect(facts, bindings, policy, writing ? out->items + count : NULL);
        }
        if (!writing) {
            out->items = new(a, PspUse, count + 1);
        }
        out->count = count;
    }
}
