/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controllers/scheduler_fit.h"

#include "kube/selector.h"

static Str text(const Value *object, const char *key)
{
    return value_get_str(object, str_from_c(key));
}

/* -- taints
 * ------------------------------------------------------------------------------------------- */

bool scheduler_tolerates(const Value *pod, const Value *taint)
{
    VALUE_EACH_ITEM(t, value_at(pod, "spec", "tolerations", NULL)) {
        Str effect = text(t, "effect");
        Str key = text(t, "key");
        bool exists = str_eq(text(t, "operator"), STR("Exists"));
        if ((!effect.len || str_eq(effect, text(taint, "effect"))) &&
            (!key.len || str_eq(key, text(taint, "key"))) &&
            (exists || str_eq(text(t, "value"), text(taint, "value")))) {
            return true;
        }
    }
    return false;
}

static bool is_cordoned(const Value *pod, const Value *node, Arena *a)
{
    Value taint = value_object();
    value_set_lit(&taint, "key", value_str(STR("node.kubernetes.io/unschedulable")), a);
    value_set_lit(&taint, "effect", value_str(STR("NoSchedule")), a);
    return value_as_bool(value_at(node, "spec", "unschedulable", NULL)).value &&
           !scheduler_tolerates(pod, &taint);
}

static const Value *untolerated(const Value *pod, const Value *node)
{
    VALUE_EACH_ITEM(taint, value_at(node, "spec", "taints", NULL)) {
        if (!str_eq(text(taint, "effect"), STR("PreferNoSchedule")) &&
            !scheduler_tolerates(pod, taint)) {
            return taint;
        }
    }
    return NULL;
}

/* -- affinity to nodes
 * ---------------------------------------------------------------------------------- */

static bool read_term(const Value *requirement, Arena *a, LabelTerm *out)
{
    static const struct {
        Str name;
        LabelOperator op;
    } operators[] = {
        { STR_INIT("In"), LABEL_IN },         { STR_INIT("NotIn"), LABEL_NOT_IN },
        { STR_INIT("Exists"), LABEL_EXISTS }, { STR_INIT("DoesNotExist"), LABEL_NOT_EXISTS },
        { STR_INIT("Gt"), LABEL_GREATER },    { STR_INIT("Lt"), LABEL_LESS },
    };
    for (size_t i = 0; i < COUNT_OF(operators); i++) {
        if (str_eq(text(requirement, "operator"), operators[i].name)) {
            *out = (LabelTerm){ .key = text(requirement, "key"),
                                .op = operators[i].op,
                                .values = value_str_list(value_get_lit(requirement, "values"), a) };
            return true;
        }
    }
    return false;
}

static bool matches_all(const Value *requirements, const Value *labels, Arena *a)
{
    VALUE_EACH_ITEM(requirement, requirements) {
        LabelTerm term;
        LabelSelector selector = { .terms = &term, .count = 1 };
        if (!read_term(requirement, a, &term) || !label_selector_matches(&selector, labels)) {
            return false;
        }
    }
    return true;
}

/* A term without requirements matches nothing. */
static bool matches_term(const Value *term, const Value *node, Arena *a)
{
    const Value *expressions = value_get_lit(term, "matchExpressions");
    const Value *fields = value_get_lit(term, "matchFields");
    Value names = value_object();
    value_set_lit(&names, "metadata.name",
                  value_str(value_as_str(value_at(node, "metadata", "name", NULL))), a);
    return value_len(expressions) + value_len(fields) > 0 &&
           matches_all(expressions, value_at(node, "metadata", "labels", NULL), a) &&
           matches_all(fields, &names, a);
}

bool scheduler_wants(const Value *pod, const Value *node, Arena *a)
{
    LabelSelector selector = label_selector_of_labels(value_at(pod, "spec", "nodeSelector", NULL),
                                                      a);
    const Value *required = value_at(pod, "spec", "affinity", "nodeAffinity",
                                     "requiredDuringSchedulingIgnoredDuringExecution", NULL);
    if (!label_selector_matches(&selector, value_at(node, "metadata", "labels", NULL))) {
        return false;
    }
    if (value_is_null(required)) {
        return true;
    }
    VALUE_EACH_ITEM(term, value_get_lit(required, "nodeSelectorTerms")) {
        if (matches_term(term, node, a)) {
            return true;
        }
    }
    return false;
}

/* -- ports
 * ------------------------------------------------------------------------------------------------
 */

static bool same_address(Str a, Str b)
{
    bool any_a = !a.len || str_eq(a, STR("0.0.0.0"));
    bool any_b = !b.len || str_eq(b, STR("0.0.0.0"));
    return any_a || any_b || str_eq(a, b);
}

static bool takes_port(const Value *pod, const Value *port)
{
    VALUE_EACH_ITEM(container, value_at(pod, "spec", "containers", NULL)) {
        VALUE_EACH_ITEM(other, value_get_lit(container, "ports")) {
            if (value_get_int(other, STR("hostPort")).value ==
                    value_get_int(port, STR("hostPort")).value &&
                str_eq(text(other, "protocol"), text(port, "protocol")) &&
                same_address(text(other, "hostIP"), text(port, "hostIP"))) {
                return true;
            }
        }
    }
    return false;
}

static bool has_ports(const Value *pod, const Value *const *pods, size_t count)
{
    VALUE_EACH_ITEM(container, value_at(pod, "spec", "containers", NULL)) {
        VALUE_EACH_ITEM(port, value_get_lit(container, "ports")) {
            if (value_get_int(port, STR("hostPort")).value == 0) {
                continue;
            }
            for (size_t i = 0; i < count; i++) {
                if (takes_port(pods[i], port)) {
                    return false;
                }
            }
        }
    }
    return true;
}

/* -- all
 * ----------------------------------------------------------------------------------------------------
 */

Str scheduler_misfit(const Value *pod, const Value *node, const Value *const *pods, size_t count,
                     const KubeTarget *target, Arena *a)
{
    if (is_cordoned(pod, node, a)) {
        return STR("node(s) were unschedulable");
    }
    if (!has_ports(pod, pods, count)) {
        return STR("node(s) didn't have free ports for the requested pod ports");
    }
    if (!scheduler_wants(pod, node, a)) {
        return target->minor >= 22 ? STR("node(s) didn't match Pod's node affinity/selector")
                                   : STR("node(s) didn't match Pod's node affinity");
    }
    const Value *taint = untolerated(pod, node);
    if (taint == NULL) {
        return STR_ABSENT;
    }
    const char *format = target->minor >= 24
                             ? "node(s) had untolerated taint {%.*s: %.*s}"
                             : "node(s) had taint {%.*s: %.*s}, that the pod didn't tolerate";
    return arena_printf(a, format, STR_ARG(text(taint, "key")), STR_ARG(text(taint, "value")));
}
