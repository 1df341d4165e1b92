/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A schema on the first line (after a byte that picks the version of Kubernetes), an object on the
 * second: what a definition makes of the object. Decoding and defaulting twice is as once; nothing
 * that a definition may bring ends the process.
 */
#include "fuzz.h"

#include "doc/json.h"
#include "kube/crd/crd.h"

static bool read_line(Str *rest, Arena *a, Value *out)
{
    Str line;
    Err err;
    return str_next_piece(rest, '\n', &line) &&
           json_read(STR("input"), line, &doc_limits_request, a, out, &err);
}

/* A definition of widgets.example.org with the schema. */
static Value definition_with(const Value *schema, Arena *a)
{
    static const char text[] =
        "{\"apiVersion\":\"apiextensions.k8s.io/v1\",\"kind\":\"CustomResourceDefinition\","
        "\"metadata\":{\"name\":\"widgets.example.org\"},\"spec\":{\"group\":\"example.org\","
        "\"scope\":\"Cluster\",\"names\":{\"plural\":\"widgets\",\"kind\":\"Widget\"},"
        "\"versions\":[{\"name\":\"v1\",\"served\":true,\"storage\":true,\"schema\":{},"
        "\"subresources\":{\"scale\":{\"specReplicasPath\":\".spec.replicas\","
        "\"statusReplicasPath\":\".status.replicas\"}}}]}}";
    Value out;
    Err err;
    HOLDS(json_read(STR("definition"), STR(text), NULL, a, &out, &err));
    Value *versions = value_at(&out, "spec", "versions", NULL);
    value_set_lit(value_get_lit(value_item(versions, 0), "schema"), "openAPIV3Schema", *schema, a);
    return out;
}

static void check_definition(const Value *definition, const KubeTarget *target, Arena *a)
{
    FieldErrors errs = field_errors_new_for(target->minor, a);
    crd_definition_validate(definition, NULL, STR("v1"), target, &errs);
    FieldErrors again = field_errors_new_for(target->minor, a);
    crd_definition_validate(definition, definition, STR("v1"), target, &again);
    Value beta = crd_definition_convert(definition, STR("apiextensions.k8s.io/v1beta1"), a);
    Value back = crd_definition_convert(&beta, STR("apiextensions.k8s.io/v1"), a);
    HOLDS(value_equal(value_at(definition, "spec", "versions", NULL),
                      value_at(&back, "spec", "versions", NULL)));
}

static void check_object(const Crd *crd, Value object, Arena *a)
{
    const CrdVersion *v = crd_version(crd, STR("v1"));
    Err err;
    Value unknown = value_array();
    if (object.kind != VALUE_OBJECT) {
        return;
    }
    value_set_lit(&object, "apiVersion", value_str(STR("example.org/v1")), a);
    value_set_lit(&object, "kind", value_str(STR("Widget")), a);
    if (!crd_decode(crd, v, false, &object, a, &unknown, &err)) {
        HOLDS(err.msg.len > 0);
        HOLDS(crd_decode(crd, v, true, &object, a, NULL, &err) || err.msg.len > 0);
        return;
    }
    Value once = value_copy(&object, a);
    HOLDS(crd_decode(crd, v, false, &object, a, NULL, &err));
    HOLDS(value_equal(&once, &object));
    crd_default(v, &object, a);
    once = value_copy(&object, a);
    crd_default(v, &object, a);
    HOLDS(value_equal(&once, &object));
    FieldErrors errs = field_errors_new_for(crd->target.minor, a);
    crd_validate(crd, v, &object, &errs);
    crd_validate_update(crd, v, &object, &once, &errs);
    Value scale;
    if (crd_scale_get(crd, v, &object, a, &scale, &err)) {
        HOLDS(crd_scale_put(v, 3, &object, a, &err));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { OLDEST = 20, VERSIONS = KUBE_MINOR_NEWEST - OLDEST + 1 };
    Arena a;
    Value schema, object;
    Crd crd;
    Err err;
    if (size == 0) {
        return 0;
    }
    arena_init(&a, 0);
    KubeTarget target = kube_target(OLDEST + data[0] % VERSIONS);
    Str rest = str_from((const char *)data + 1, size - 1);
    if (read_line(&rest, &a, &schema)) {
        Value definition = definition_with(&schema, &a);
        if (crd_definition_decode(&definition, &target, &a, &err)) {
            crd_definition_default(&definition, &a);
            check_definition(&definition, &target, &a);
            HOLDS(crd_read(&definition, &target, &a, &crd, &err));
            (void)crd_openapi_v2(&crd, &crd.versions[0], &a);
            (void)crd_openapi_v3(&crd, &crd.versions[0], &a);
            if (read_line(&rest, &a, &object)) {
                check_object(&crd, object, &a);
            }
        }
    }
    arena_done(&a);
    return 0;
}
