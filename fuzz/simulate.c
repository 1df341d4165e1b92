/* SPDX-License-Identifier: Apache-2.0 */
/* Simulations: whatever a cluster holds, a change that changes nothing breaks nothing; what a
 * policy breaks that lets nothing in is reported in every form. */
#include "cluster.h"

#include "analyze/simulate/simulate.h"
#include "doc/json.h"

static const char shut[] = "apiVersion: policy/v1beta1\n"
                           "kind: PodSecurityPolicy\n"
                           "metadata: {name: b-open}\n"
                           "spec:\n"
                           "  runAsUser: {rule: MustRunAs, ranges: [{min: 7, max: 7}]}\n"
                           "  seLinux: {rule: RunAsAny}\n"
                           "  supplementalGroups: {rule: RunAsAny}\n"
                           "  fsGroup: {rule: RunAsAny}\n";

static bool ask(const SimulateUnits *units, const FileObjects *with, Arena *a, SimulateReport *out)
{
    static const UserInfo user = { .name = STR_INIT("bob"), .uid = STR_INIT("") };
    KubeTarget target = kube_target(24);
    AdmitQuestion how = { .user = &user, .target = &target };
    SimulateQuestion question = {
        .units = units,
        .with = with,
        .how = &how,
        .ways_max = 1,
    };
    Err err;
    return simulate_ask(fuzz_cluster(), &question, a, out, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const FileObjects nothing = { NULL, 0 };
    Arena a;
    arena_init(&a, 0);
    FileObjects objects;
    FileObjects changed;
    Err err = { 0 };
    if (!files_read_text(STR("input"), str_from((const char *)data, size), NULL, &a, &objects,
                         &err)) {
        arena_done(&a);
        return 0;
    }
    SimulateUnits units;
    SimulateReport report;
    Intake *in = intake_new();
    for (size_t i = 0; i < objects.count; i++) {
        intake_put(in, &objects.items[i], i % 2);
    }
    intake_finish(in, &objects, &units);
    HOLDS(ask(&units, &nothing, &a, &report));
    HOLDS(report.count == 0);
    simulate_report_done(&report);
    HOLDS(files_read_text(STR("shut"), STR(shut), NULL, &a, &changed, &err));
    HOLDS(ask(&units, &changed, &a, &report));
    Value v = simulate_to_value(&report, &a);
    Buf b = buf_new(&a);
    json_write(&v, &b);
    simulate_report_done(&report);
    intake_free(in);
    arena_done(&a);
    return 0;
}
