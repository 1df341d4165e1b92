/* SPDX-License-Identifier: Apache-2.0 */
/* Source: Kubernetes pkg/controller/daemon (daemon_controller.go, util/daemonset_util.go) */
#include "server/controllers/daemonset.h"
#include "server/controllers/scheduler_fit.h"

#define AFFINITY "requiredDuringSchedulingIgnoredDuringExecution"

static bool tolerates_all(const Value *pod, const Value *node, bool only_no_execute)
{
    VALUE_EACH_ITEM(taint, value_at(node, "spec", "taints", NULL)) {
        Str effect = value_get_str(taint, STR("effect"));
        bool counts = str_eq(effect, STR("NoExecute")) ||
                      (!only_no_execute && str_eq(effect, STR("NoSchedule")));
        if (counts && !scheduler_tolerates(pod, taint)) {
            return false;
        }
    }
    return true;
}

bool daemon_runs_on(const Value *set, const Value *pod, const Value *node, bool *stays, Arena *a)
{
    Str wanted = value_as_str(value_at(set, "spec", "template", "spec", "nodeName", NULL));
    Str name = value_as_str(value_at(node, "metadata", "name", NULL));
    *stays = false;
    if ((wanted.len && !str_eq(wanted, name)) || !scheduler_wants(pod, node, a)) {
        return false;
    }
    *stays = tolerates_all(pod, node, true);
    return tolerates_all(pod, node, false);
}

Str daemon_node_of(const Value *pod)
{
    Str name = value_as_str(value_at(pod, "spec", "nodeName", NULL));
    const Value *terms = value_at(pod, "spec", "affinity", "nodeAffinity", AFFINITY,
                                  "nodeSelectorTerms", NULL);
    if (name.len) {
        return name;
    }
    VALUE_EACH_ITEM(term, terms) {
        VALUE_EACH_ITEM(field, value_get_lit(term, "matchFields")) {
            const Value *values = value_get_lit(field, "values");
            if (str_eq(value_get_str(field, STR("key")), STR("metadata.name")) &&
                str_eq(value_get_str(field, STR("operator")), STR("In")) &&
                value_len(values) == 1) {
                return value_as_str(value_item(values, 0));
            }
        }
    }
    return STR("");
}

void daemon_bind(Value *pod, Str node, Arena *a)
{
    Value names = value_array();
    Value field = value_object();
    Value fields = value_array();
    Value term = value_object();
    Value terms = value_array();
    Value required = value_object();
    value_add(&names, value_str(node), a);
    value_set_lit(&field, "key", value_str(STR("metadata.name")), a);
    value_set_lit(&field, "operator", value_str(STR("In")), a);
    value_set_lit(&field, "values", names, a);
    value_add(&fields, field, a);
    value_set_lit(&term, "matchFields", fields, a);
    value_add(&terms, term, a);
    value_set_lit(&required, "nodeSelectorTerms", terms, a);
    Value *affinity = value_need_object(value_get_lit(pod, "spec"), STR("affinity"), a);
    Value *of_node = affinity ? value_need_object(affinity, STR("nodeAffinity"), a) : NULL;
    if (of_node) {
        value_set_lit(of_node, AFFINITY, required, a);
    }
}
