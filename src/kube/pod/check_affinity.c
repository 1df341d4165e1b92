/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of what decides where a pod runs: affinity, tolerations, spreading. */
#include "kube/pod/check.h"

enum {
    WEIGHT_MAX = 100,
    SELECTOR_PATH_MINOR = 21, /* until then a term's selector was called matchExpressions */
};

static void check_weight(PodCheck *c, const Value *weighted, const Path *path)
{
    int64_t weight = int_of(weighted, "weight");
    if (weight <= 0 || weight > WEIGHT_MAX) {
        field_invalid_int(c->errs, path_child(path, "weight"), weight,
                          STR("must be in the range 1-100"));
    }
}

/* -- nodes ------------------------------------------------------------------------------------- */

static bool is_one_of(Str s, Str first, Str second)
{
    return str_eq(s, first) || str_eq(s, second);
}

static void check_node_expression(PodCheck *c, const Value *requirement, const Path *path)
{
    Str operator= str_of(requirement, "operator");
    size_t values = value_len(value_get_lit(requirement, "values"));
    Path values_path = path_child(path, "values");
    if (is_one_of(operator, STR("In"), STR("NotIn"))) {
        if (!values) {
            field_required(c->errs, values_path,
                           STR("must be specified when `operator` is 'In' or 'NotIn'"));
        }
    } else if (is_one_of(operator, STR("Exists"), STR("DoesNotExist"))) {
        if (values) {
            field_forbidden(
                c->errs, values_path,
                STR("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
        }
    } else if (is_one_of(operator, STR("Gt"), STR("Lt"))) {
        if (values != 1) {
            field_required(c->errs, values_path,
                           STR("must be specified single value when `operator` is 'Lt' or 'Gt'"));
        }
    } else {
        field_invalid_str(c->errs, path_child(path, "operator"), operator,
                          STR("not a valid selector operator"));
    }
    check_name(c, str_of(requirement, "key"), name_check_qualified, path_child(path, "key"));
}

static void check_node_field(PodCheck *c, const Value *requirement, const Path *path)
{
    Str operator= str_of(requirement, "operator");
    Str key = str_of(requirement, "key");
    const Value *values = value_get_lit(requirement, "values");
    Path values_path = path_child(path, "values");
    if (!is_one_of(operator, STR("In"), STR("NotIn"))) {
        field_invalid_str(c->errs, path_child(path, "operator"), operator,
                          STR("not a valid selector operator"));
    } else if (value_len(values) != 1) {
        field_required(
            c->errs, values_path,
            STR("must be only one value when `operator` is 'In' or 'NotIn' for node field "
                "selector"));
    }
    if (!str_eq(key, STR("metadata.name"))) {
        field_invalid_str(c->errs, path_child(path, "key"), key,
                          STR("not a valid field selector key"));
        return;
    }
    size_t i = 0;
    VALUE_EACH_ITEM(name, values) {
        Path item = path_index(&values_path, i++);
        Str text = value_as_str(name);
        check_name(c, text.ptr ? text : STR(""), name_check_dns1123_subdomain, item);
    }
}

static void check_node_term(PodCheck *c, const Value *term, const Path *path)
{
    Path expressions = path_child(path, "matchExpressions");
    Path fields = path_child(path, "matchFields");
    size_t i = 0;
    VALUE_EACH_ITEM(requirement, value_get_lit(term, "matchExpressions")) {
        Path item = path_index(&expressions, i++);
        check_node_expression(c, requirement, &item);
    }
    i = 0;
    VALUE_EACH_ITEM(requirement, value_get_lit(term, "matchFields")) {
        Path item = path_index(&fields, i++);
        check_node_field(c, requirement, &item);
    }
}

void check_node_selector(PodCheck *c, const Value *selector, const Path *path)
{
    const Value *list = value_get_lit(selector, "nodeSelectorTerms");
    Path terms = path_child(path, "nodeSelectorTerms");
    if (!value_len(list)) {
        field_required(c->errs, terms, STR("must have at least one node selector term"));
    }
    size_t i = 0;
    VALUE_EACH_ITEM(term, list) {
        Path item = path_index(&terms, i++);
        check_node_term(c, term, &item);
    }
}

static void check_node_affinity(PodCheck *c, const Value *affinity, const Path *path)
{
    const Value *required = object_of(affinity, "requiredDuringSchedulingIgnoredDuringExecution");
    if (required) {
        Path own = path_child(path, "requiredDuringSchedulingIgnoredDuringExecution");
        check_node_selector(c, required, &own);
    }
    Path preferred = path_child(path, "preferredDuringSchedulingIgnoredDuringExecution");
    size_t i = 0;
    VALUE_EACH_ITEM(weighted,
                    value_get_lit(affinity, "preferredDuringSchedulingIgnoredDuringExecution")) {
        Path item = path_index(&preferred, i++);
        Path preference = path_child(&item, "preference");
        check_weight(c, weighted, &item);
        check_node_term(c, value_get_lit(weighted, "preference"), &preference);
    }
}

/* -- pods -------------------------------------------------------------------------------------- */

static void check_pod_term(PodCheck *c, const Value *term, const Path *path)
{
    Path selector = c->target->minor < SELECTOR_PATH_MINOR ? path_child(path, "matchExpressions")
                                                           : path_child(path, "labelSelector");
    check_label_selector(c, value_get_lit(term, "labelSelector"), &selector);
    Path namespaces = path_child(path, "namespaceSelector");
    check_label_selector(c, value_get_lit(term, "namespaceSelector"), &namespaces);
    VALUE_EACH_ITEM(name, value_get_lit(term, "namespaces")) {
        Str text = value_as_str(name);
        check_name(c, text.ptr ? text : STR(""), name_check_dns1123_label,
                   path_child(path, "namespace"));
    }
    Str key = str_of(term, "topologyKey");
    Path key_path = path_child(path, "topologyKey");
    if (!key.len) {
        field_required(c->errs, key_path, STR("can not be empty"));
    }
    check_name(c, key, name_check_qualified, key_path);
}

static void check_pod_affinity(PodCheck *c, const Value *affinity, const Path *path)
{
    Path required = path_child(path, "requiredDuringSchedulingIgnoredDuringExecution");
    size_t i = 0;
    VALUE_EACH_ITEM(term,
                    value_get_lit(affinity, "requiredDuringSchedulingIgnoredDuringExecution")) {
        Path item = path_index(&required, i++);
        check_pod_term(c, term, &item);
    }
    Path preferred = path_child(path, "preferredDuringSchedulingIgnoredDuringExecution");
    i = 0;
    VALUE_EACH_ITEM(weighted,
                    value_get_lit(affinity, "preferredDuringSchedulingIgnoredDuringExecution")) {
        Path item = path_index(&preferred, i++);
        Path term = path_child(&item, "podAffinityTerm");
        check_weight(c, weighted, &item);
        check_pod_term(c, value_get_lit(weighted, "podAffinityTerm"), &term);
    }
}

void check_affinity(PodCheck *c, const Value *affinity, const Path *path)
{
    static const struct {
        Str member;
        void (*check)(PodCheck *c, const Value *affinity, const Path *path);
    } kinds[] = {
        { STR_INIT("nodeAffinity"), check_node_affinity },
        { STR_INIT("podAffinity"), check_pod_affinity },
        { STR_INIT("podAntiAffinity"), check_pod_affinity },
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        Path kind_path = path_child_str(path, kinds[i].member);
        kinds[i].check(c, value_get(affinity, kinds[i].member), &kind_path);
    }
}

/* -- tolerations ------------------------------------------------------------------------------- */

static void check_toleration_value(PodCheck *c, const Value *toleration, const Path *path)
{
    static const Str operators[] = { STR_INIT("Equal"), STR_INIT("Exists") };
    Str operator= str_of(toleration, "operator");
    Str value = str_of(toleration, "value");
    Path operator_path = path_child(path, "operator");
    if (!operator.len || str_eq(operator, STR("Equal"))) {
        NameMessages wrong = name_check_label_value(value);
        Buf joined = buf_new(check_arena(c));
        for (size_t i = 0; i < wrong.count; i++) {
            if (i) {
                buf_byte(&joined, ';');
            }
            buf_add(&joined, wrong.items[i]);
        }
        if (wrong.count) {
            field_invalid_str(c->errs, operator_path, value, buf_str(&joined));
        }
    } else if (str_eq(operator, STR("Exists"))) {
        if (value.len) {
            field_invalid_raw(c->errs, operator_path, dump_toleration(toleration, check_arena(c)),
                              STR("value must be empty when `operator` is 'Exists'"));
        }
    } else {
        field_not_supported(c->errs, operator_path, operator, CHECK_LIST(operators));
    }
}

static void check_toleration(PodCheck *c, const Value *toleration, const Path *path)
{
    static const Str effects[] = { STR_INIT("NoSchedule"), STR_INIT("PreferNoSchedule"),
                                   STR_INIT("NoExecute") };
    Str key = str_of(toleration, "key");
    Str operator= str_of(toleration, "operator");
    Str effect = str_of(toleration, "effect");
    Path effect_path = path_child(path, "effect");
    if (key.len) {
        check_name(c, key, name_check_qualified, path_child(path, "key"));
    } else if (!str_eq(operator, STR("Exists"))) {
        field_invalid_str(c->errs, path_child(path, "operator"), operator,
                          STR("operator must be Exists when `key` is empty, which means \"match "
                              "all values and all keys\""));
    }
    bool has_seconds = value_get_int(toleration, STR("tolerationSeconds")).set;
    if (has_seconds && !str_eq(effect, STR("NoExecute"))) {
        field_invalid_str(c->errs, effect_path, effect,
                          STR("effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    check_toleration_value(c, toleration, path);
    if (effect.len && !str_list_has(CHECK_LIST(effects), effect)) {
        field_not_supported(c->errs, effect_path, effect, CHECK_LIST(effects));
    }
}

void check_tolerations(PodCheck *c, const Value *tolerations, const Path *path)
{
    size_t i = 0;
    VALUE_EACH_ITEM(toleration, tolerations) {
        Path item = path_index(path, i++);
        check_toleration(c, toleration, &item);
    }
}

/* -- spreading --------------------------------------------------------------------------------- */

void check_spread_constraints(PodCheck *c, const Value *constraints, const Path *path)
{
    static const Str actions[] = { STR_INIT("DoNotSchedule"), STR_INIT("ScheduleAnyway") };
    Arena *a = check_arena(c);
    /* What later constraints repeat; counted first, as the earlier one carries the error. */
    Map last = map_new(a);
    size_t count = value_len(constraints);
    Str *pairs = new(a, Str, count ? count : 1);
    size_t i = 0;
    VALUE_EACH_ITEM(constraint, constraints) {
        Str key = str_of(constraint, "topologyKey");
        Str action = str_of(constraint, "whenUnsatisfiable");
        pairs[i] = arena_printf(a, "{%.*s, %.*s}", STR_ARG(key), STR_ARG(action));
        map_set(&last, pairs[i], constraint);
        i++;
    }
    i = 0;
    VALUE_EACH_ITEM(constraint, constraints) {
        Path item = path_index(path, i);
        int64_t skew = int_of(constraint, "maxSkew");
        Str action = str_of(constraint, "whenUnsatisfiable");
        if (skew <= 0) {
            field_invalid_int(c->errs, path_child(&item, "maxSkew"), skew,
                              STR("must be greater than zero"));
        }
        if (!str_of(constraint, "topologyKey").len) {
            field_required(c->errs, path_child(&item, "topologyKey"), STR("can not be empty"));
        }
        if (!str_list_has(CHECK_LIST(actions), action)) {
            field_not_supported(c->errs, path_child(&item, "whenUnsatisfiable"), action,
                                CHECK_LIST(actions));
        }
        if (map_get(&last, pairs[i]) != constraint) {
            field_duplicate(c->errs, path_child(&item, "{topologyKey, whenUnsatisfiable}"),
                            pairs[i]);
        }
        i++;
    }
}
