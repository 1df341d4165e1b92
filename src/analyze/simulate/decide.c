/* SPDX-License-Identifier: Apache-2.0 */
/* One unit, decided in one of the two clusters. */
#include "analyze/simulate/simulate_private.h"

/* Who sends the pod: its controller, its node, or the user who is asked about. */
static UserInfo sender(const SimulateUnit *unit, const AdmitItem *item, Arena *a)
{
    if (unit->node.len) {
        Str *groups = new(a, Str, 2);
        groups[0] = STR("system:nodes");
        groups[1] = STR("system:authenticated");
        return (UserInfo){
            .name = arena_printf(a, "system:node:%.*s", STR_ARG(unit->node)),
            .uid = STR(""),
            .groups = { groups, 2 },
        };
    }
    return unit->controller.len && !item->workload.controller.len
               ? admit_account(STR("kube-system"), unit->controller, a)
               : item->user;
}

bool simulate_prepare(Simulation *s, const SimulateUnit *unit, AdmitItem *out, Err *err)
{
    if (!admit_item_prepare(&unit->source, s->question->how->user, &s->scratch, out, err)) {
        return false;
    }
    out->user = sender(unit, out, &s->scratch);
    return true;
}

const Facts *simulate_facts(const Simulation *s, bool after)
{
    return snapshot_facts(after ? s->report.after : s->report.before);
}

void simulate_decide_by(Simulation *s, const Facts *facts, bool after, bool explain,
                        uint64_t without, AdmitItem *item)
{
    const SimulateReport *r = &s->report;
    const AdmitQuestion *how = s->question->how;
    /* That a node sends only what is its own is no question here: the pod was there. */
    if (str_starts_with(item->user.name, STR("system:node:"))) {
        without |= ADMISSION_PLUGIN_BIT(ADMISSION_NODE_RESTRICTION);
    }
    const AdmissionOptions options = {
        .plugins = (after ? r->plugins_after : r->plugins_before) & ~without,
        .pod_security = how->pod_security,
        .steps = ADMISSION_STEPS_ALL,
        .explain = explain,
        .no_patch = true,
    };
    admit_item_decide(facts, &options, how->target, NULL, &s->scratch, item);
}

void simulate_decide(Simulation *s, bool after, bool explain, AdmitItem *item)
{
    simulate_decide_by(s, simulate_facts(s, after), after, explain, 0, item);
}

int64_t simulate_pods(const SimulateUnit *unit, const AdmitItem *item)
{
    if (!item->workload.template_path.len) {
        return unit->running;
    }
    if (item->workload.pods == WORKLOAD_PODS_PER_NODE && unit->running) {
        return unit->running;
    }
    return item->workload.pods > 0 || item->workload.pods == WORKLOAD_PODS_PER_NODE
               ? item->workload.pods
               : unit->running;
}
