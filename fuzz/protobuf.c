/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies in protobuf, for the version that the first byte picks: reading one twice gives the same,
 * and what was read is an object like any other. A body with another magic is read as a message of
 * a pod. */
#include "fuzz.h"

#include "doc/json.h"
#include "kube/proto/proto.h"

static Str text_of(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    json_write(v, &b);
    return buf_str(&b);
}

static bool decode(Str body, const SchemaType *fallback, const KubeTarget *target, Arena *a,
                   Value *out, Err *err)
{
    return str_starts_with(body, STR("k8s")) ? proto_decode(body, fallback, target, a, out, err)
                                             : proto_read(fallback, body, target, a, out, err);
}

static void check(Str body, const KubeTarget *target, Arena *a)
{
    const SchemaType *pod = schema_find_type(STR("core/v1.Pod"));
    Err err = { 0 };
    Err again_err = { 0 };
    Value v;
    Value again;
    bool ok = decode(body, pod, target, a, &v, &err);
    HOLDS(ok == decode(body, pod, target, a, &again, &again_err));
    HOLDS(str_eq(err.msg, again_err.msg));
    if (!ok) {
        HOLDS(err.code != ERR_NONE && err.msg.len > 0);
        return;
    }
    Str text = text_of(&v, a);
    HOLDS(str_eq(text, text_of(&again, a)));
    /* It has each key once, is UTF-8, and goes through JSON unharmed. */
    DocLimits limits = doc_limits_default;
    limits.depth_max = DOC_DEPTH_MAX;
    HOLDS(json_read(STR("written"), text, &limits, a, &again, NULL));
    HOLDS(value_equal(&v, &again));
    const SchemaType *t = schema_find(value_get_str(&v, STR("apiVersion")),
                                      value_get_str(&v, STR("kind")));
    Value normal;
    if (!t || schema_normalise(t, &v, target, a, &normal, NULL, &err)) {
        return;
    }
    HOLDS(err.code == ERR_TYPE && err.msg.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { OLDEST = 20, VERSIONS = KUBE_MINOR_NEWEST - OLDEST + 1 };
    if (size == 0) {
        return 0;
    }
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(OLDEST + data[0] % VERSIONS);
    check(str_from((const char *)data + 1, size - 1), &target, &a);
    arena_done(&a);
    return 0;
}
