/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole chain over manifests: any bytes that are documents with objects are admitted or refused
 * with a status. The patch of what is admitted makes of the object sent the object decided.
 */
#include "cluster.h"

#include "decide/admission/admission.h"
#include "doc/json.h"
#include "doc/patch.h"

static void admit(const Value *object, const KubeTarget *target, Arena *a)
{
    static const Str groups[] = { STR_INIT("system:serviceaccounts"),
                                  STR_INIT("system:authenticated") };
    UserInfo user = { .name = STR("alice"), .groups = { groups, COUNT_OF(groups) } };
    AdmissionRequest request = {
        .operation = ADMISSION_CREATE,
        .user = &user,
        .group = STR(""),
        .version = STR("v1"),
        .resource = STR("pods"),
        .subresource = STR(""),
        .kind = STR("Pod"),
        .namespace = STR("default"),
        .name = STR(""),
        .object = object,
        .target = target,
    };
    AdmissionDecision decision;
    Err err = { 0 };
    admission_decide(snapshot_facts(fuzz_cluster()), &request, a, &decision);
    if (!decision.allowed) {
        HOLDS(decision.status.code >= 400 && decision.status.message.len);
        return;
    }
    Value made = *object;
    HOLDS(patch_apply(&made, &decision.patch, a, &err));
    HOLDS(value_equal(&made, &decision.object));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    FileObjects objects;
    Err err = { 0 };
    KubeTarget old = kube_target(20);
    KubeTarget new_one = kube_target(KUBE_MINOR_NEWEST);
    if (files_read_text(STR("input"), str_from((const char *)data, size), NULL, &a, &objects,
                        &err)) {
        for (size_t i = 0; i < objects.count; i++) {
            admit(objects.items[i].object, &old, &a);
            admit(objects.items[i].object, &new_one, &a);
        }
    } else {
        HOLDS(err.code != ERR_NONE && err.msg.len);
    }
    arena_done(&a);
    return 0;
}
