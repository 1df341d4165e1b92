/* SPDX-License-Identifier: Apache-2.0 */
/* ControllerRevisions: a template as it was once. Source: Kubernetes pkg/apis/apps */
#include "doc/json.h"
#include "kube/workloads/parts.h"

static void validate_create(const Value *object, const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    part_check_metadata(object, errs);
    if (value_is_null(value_get_lit(object, "data"))) {
        field_required(errs, path_root("data"), STR("data is mandatory"));
    }
    int64_t revision = int_of(object, "revision");
    if (revision < 0) {
        field_invalid_int(errs, path_root("revision"), revision,
                          STR("must be greater than or equal to 0"));
    }
}

/* The bytes that the API server keeps undecoded. */
static Str dump_data(const Value *data, const KubeTarget *t, Arena *a)
{
    enum { AS_JSON_MINOR = 34 };
    Buf json = buf_new(a);
    Buf b = buf_new(a);
    json_write(data, &json);
    Str text = buf_str(&json);
    if (t->minor >= AS_JSON_MINOR) {
        return text;
    }
    buf_lit(&b, "runtime.Unknown{TypeMeta:runtime.TypeMeta{APIVersion:\"\", Kind:\"\"}, "
                "Raw:[]uint8{");
    for (size_t i = 0; i < text.len; i++) {
        buf_printf(&b, "%s0x%x", i ? ", " : "", (unsigned)(unsigned char)text.ptr[i]);
    }
    buf_lit(&b, "}, ContentEncoding:\"\", ContentType:\"application/json\"}");
    return buf_str(&b);
}

static void validate_update(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    const Value *data = value_get_lit(object, "data");
    const Value *old_data = value_get_lit(old, "data");
    part_check_metadata_update(object, old, errs);
    validate_create(object, t, errs);
    bool is_same = value_is_null(data) ? value_is_null(old_data)
                                       : old_data && value_equal(data, old_data);
    if (is_same) {
        return;
    }
    if (value_is_null(data)) {
        field_invalid_null(errs, path_root("data"), STR("field is immutable"));
    } else {
        field_invalid_raw(errs, path_root("data"), dump_data(data, t, errs->arena),
                          STR("field is immutable"));
    }
}

const WorkloadRules workload_rules_controllerrevisions = {
    .group = STR_INIT("apps"),
    .resource = STR_INIT("controllerrevisions"),
    .validate_create = validate_create,
    .validate_update = validate_update,
};
