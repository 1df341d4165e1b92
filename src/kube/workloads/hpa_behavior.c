/* SPDX-License-Identifier: Apache-2.0 */
/* Behavior under the names of Go's fields: a row for each. */
#include "kube/workloads/hpa_behavior.h"

#include "kube/workloads/parts.h"

static const struct {
    Str member;
    Str go_name;
} rule_members[] = {
    { STR_INIT("stabilizationWindowSeconds"), STR_INIT("StabilizationWindowSeconds") },
    { STR_INIT("selectPolicy"), STR_INIT("SelectPolicy") },
    { STR_INIT("policies"), STR_INIT("Policies") },
};
static const struct {
    Str member;
    Str go_name;
} policy_members[] = {
    { STR_INIT("type"), STR_INIT("Type") },
    { STR_INIT("value"), STR_INIT("Value") },
    { STR_INIT("periodSeconds"), STR_INIT("PeriodSeconds") },
};

static Value or_null(const Value *v)
{
    return v ? *v : value_null();
}

/* As Go's decoder looks a member up: in any case. */
static const Value *get_ignoring_case(const Value *object, Str key)
{
    VALUE_EACH_MEMBER(m, object) {
        if (str_eq_ignore_case(member_key(m), key)) {
            return &m->value;
        }
    }
    return NULL;
}

static Value policies_to_go(const Value *policies, Arena *a)
{
    if (!value_is(policies, VALUE_ARRAY)) {
        return value_null();
    }
    Value out = value_array();
    VALUE_EACH_ITEM(policy, policies) {
        Value item = value_object();
        for (size_t i = 0; i < COUNT_OF(policy_members); i++) {
            value_set(&item, policy_members[i].go_name,
                      or_null(value_get(policy, policy_members[i].member)), a);
        }
        value_add(&out, item, a);
    }
    return out;
}

static Value rules_to_go(const Value *rules, Arena *a)
{
    if (!value_is(rules, VALUE_OBJECT)) {
        return value_null();
    }
    Value out = value_object();
    value_set_lit(&out, "StabilizationWindowSeconds",
                  or_null(value_get_lit(rules, "stabilizationWindowSeconds")), a);
    value_set_lit(&out, "SelectPolicy", or_null(value_get_lit(rules, "selectPolicy")), a);
    value_set_lit(&out, "Policies", policies_to_go(value_get_lit(rules, "policies"), a), a);
    return out;
}

static Value policies_from_go(const Value *policies, Arena *a)
{
    Value out = value_array();
    VALUE_EACH_ITEM(policy, policies) {
        Value item = value_object();
        for (size_t i = 0; i < COUNT_OF(policy_members); i++) {
            const Value *v = get_ignoring_case(policy, policy_members[i].go_name);
            if (!value_is_null(v)) {
                value_set(&item, policy_members[i].member, *v, a);
            }
        }
        value_add(&out, item, a);
    }
    return out;
}

static Value rules_from_go(const Value *rules, Arena *a)
{
    Value out = value_object();
    for (size_t i = 0; i < COUNT_OF(rule_members); i++) {
        const Value *v = get_ignoring_case(rules, rule_members[i].go_name);
        if (value_is(v, VALUE_ARRAY)) {
            value_set(&out, rule_members[i].member, policies_from_go(v, a), a);
        } else if (!value_is_null(v)) {
            value_set(&out, rule_members[i].member, *v, a);
        }
    }
    return out;
}

Value hpa_behavior_to_go(const Value *behavior, Arena *a)
{
    Value out = value_object();
    value_set_lit(&out, "ScaleUp", rules_to_go(value_get_lit(behavior, "scaleUp"), a), a);
    value_set_lit(&out, "ScaleDown", rules_to_go(value_get_lit(behavior, "scaleDown"), a), a);
    return out;
}

Value hpa_behavior_from_go(const Value *given, Arena *a)
{
    static const struct {
        Str member;
        Str go_name;
    } directions[] = {
        { STR_INIT("scaleUp"), STR_INIT("ScaleUp") },
        { STR_INIT("scaleDown"), STR_INIT("ScaleDown") },
    };
    Value behavior = value_object();
    for (size_t i = 0; i < COUNT_OF(directions); i++) {
        const Value *rules = get_ignoring_case(given, directions[i].go_name);
        if (value_is(rules, VALUE_OBJECT)) {
            value_set(&behavior, directions[i].member, rules_from_go(rules, a), a);
        }
    }
    return behavior;
}
