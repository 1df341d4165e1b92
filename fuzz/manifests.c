/* SPDX-License-Identifier: Apache-2.0 */
/* Whole manifests: any bytes are decided or refused with a message, in every form of a report; a
 * pod that was admitted is admitted again by the same policy. */
#include "cluster.h"

#include "analyze/admit.h"
#include "analyze/objects.h"
#include "doc/json.h"

static bool ask(const FileObjects *objects, Arena *a, AdmitReport *out, Err *err)
{
    static const UserInfo user = { .name = STR_INIT("bob"), .uid = STR_INIT("") };
    KubeTarget target = kube_target(KUBE_MINOR_NEWEST);
    AdmitQuestion question = {
        .objects = objects,
        .user = &user,
        .explain = true,
        .target = &target,
    };
    return admit_ask(fuzz_cluster(), &question, a, out, err);
}

/* The pod as it would be stored, asked about once more. */
static void ask_again(const AdmitItem *item, Arena *a)
{
    if (!item->decision.psp.ptr || item->workload.template_path.len) {
        return; /* nobody decided, or a controller sends it, which the pod itself does not say */
    }
    Value pod = value_copy(&item->decision.object, a);
    value_remove(&pod, STR("status"));
    FileObject again = *item->source;
    again.object = &pod;
    FileObjects objects = { &again, 1 };
    AdmitReport report;
    Err err;
    HOLDS(ask(&objects, a, &report, &err));
    HOLDS(report.count == 1 && report.denied == 0);
    HOLDS(str_eq(report.items[0].decision.psp, item->decision.psp));
    admit_report_done(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    FileObjects objects;
    AdmitReport report;
    Err err = { 0 };
    if (!files_read_text(STR("input"), str_from((const char *)data, size), NULL, &a, &objects,
                         &err)) {
        HOLDS(err.msg.len > 0);
        arena_done(&a);
        return 0;
    }
    objects_fill_namespaces(&objects, STR("default"), &a);
    if (ask(&objects, &a, &report, &err)) {
        Value v = admit_to_value(&report, &a);
        Buf b = buf_new(&a);
        json_write(&v, &b);
        for (size_t i = 0; i < report.count; i++) {
            if (report.items[i].decision.allowed && objects.count == 1) {
                ask_again(&report.items[i], &a);
            }
        }
        admit_report_done(&report);
    } else {
        HOLDS(err.msg.len > 0);
    }
    arena_done(&a);
    return 0;
}
