/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a body that does not decode: of any text there is an end, and what decodes by the
 * tables is complained of by no tree. */
#include "fuzz.h"

#include "doc/json.h"
#include "kube/gotext/decode_error.h"
#include "kube/gotext/json_type_error.h"
#include "kube/gotext/unstructured_error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(20);
    Str text = str_from((const char *)data, size);
    Value v = value_null();
    Err err;
    bool is_json = json_read(STR("input"), text, NULL, &a, &v, &err);
    const SchemaType *t = schema_find(value_get_str(&v, STR("apiVersion")),
                                      value_get_str(&v, STR("kind")));
    t = t ? t : schema_find_type(STR("core/v1.Pod"));
    Str problem = decode_error_text(t, text, &target, &a);
    HOLDS(problem.ptr == NULL || problem.len > 0);
    if (is_json) {
        bool fits = schema_fits(t, &v, &target, &a, &err);
        HOLDS(fits || json_type_error_text(t, &v, &target, &a).ptr);
        HOLDS(!fits || !unstructured_error_text(t, &v, &target, &a).ptr);
    }
    arena_done(&a);
    return 0;
}
