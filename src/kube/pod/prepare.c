/* SPDX-License-Identifier: Apache-2.0 */
/* Preparing a pod for being stored. */
#include "kube/pod/prepare.h"

#include "kube/pod/qos.h"

/* From then on a pod counts the changes of its spec. */
enum { GENERATION_MINOR = 33 };

void pod_prepare_for_create(Value *pod, const KubeTarget *t, Arena *a)
{
    if (!value_is(pod, VALUE_OBJECT)) {
        return;
    }
    Value status = value_object();
    value_set_lit(&status, "phase", value_str(STR("Pending")), a);
    value_set_lit(&status, "qosClass", value_str(pod_qos_name(pod_qos(pod, t))), a);
    value_set_lit(pod, "status", status, a);
    Value *metadata = value_need_object(pod, STR("metadata"), a);
    if (metadata && t->minor >= GENERATION_MINOR) {
        value_set_lit(metadata, "generation", value_int(1), a);
    }
    pod_drop_disabled_fields(pod, NULL, t, a);
    pod_sync_seccomp(pod, t, a);
    pod_sync_apparmor(pod, t, a);
}

void pod_prepare_for_update(Value *pod, const Value *old, const KubeTarget *t, Arena *a)
{
    if (!value_is(pod, VALUE_OBJECT)) {
        return;
    }
    const Value *status = value_get_lit(old, "status");
    if (status) {
        value_set_lit(pod, "status", *status, a);
    } else {
        value_remove(pod, STR("status"));
    }
    pod_drop_disabled_fields(pod, old, t, a);
    const Value *spec = value_get_lit(pod, "spec");
    const Value *old_spec = value_get_lit(old, "spec");
    Value *metadata = value_get_lit(pod, "metadata");
    if (t->minor >= GENERATION_MINOR && spec && old_spec && value_is(metadata, VALUE_OBJECT) &&
        !value_equal(spec, old_spec)) {
        int64_t generation = value_as_int(value_at(old, "metadata", "generation", NULL)).value;
        value_set_lit(metadata, "generation", value_int(generation + 1), a);
    }
}
