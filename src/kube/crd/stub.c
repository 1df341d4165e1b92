/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/crd/crd.h"

bool crd_read(const Value *definition, const KubeTarget *target, Arena *a, Crd *out, Err *err)
{
    (void)out;
    (void)definition;
    (void)target;
    return err_set(err, a, ERR_UNSUPPORTED, "not yet");
}
const CrdVersion *crd_version(const Crd *crd, Str name)
{
    for (size_t i = 0; i < crd->version_count; i++) {
        if (str_eq(crd->versions[i].name, name)) {
            return &crd->versions[i];
        }
    }
    return NULL;
}
const CrdVersion *crd_storage_version(const Crd *crd)
{
    for (size_t i = 0; i < crd->version_count; i++) {
        if (crd->versions[i].storage) {
            return &crd->versions[i];
        }
    }
    return NULL;
}
Str crd_deprecation_warning(const Crd *crd, const CrdVersion *v, Arena *a)
{
    (void)crd;
    (void)v;
    (void)a;
    return STR_ABSENT;
}
Value crd_definition_convert(const Value *in, Str to_api_version, Arena *a)
{
    (void)to_api_version;
    return value_copy(in, a);
}
bool crd_definition_decode(Value *definition, const KubeTarget *target, Arena *a, Err *err)
{
    (void)definition;
    (void)target;
    (void)a;
    (void)err;
    return true;
}
void crd_definition_default(Value *definition, Arena *a)
{
    (void)definition;
    (void)a;
}
void crd_definition_prepare(Value *definition, const Value *old, Arena *a)
{
    (void)definition;
    (void)old;
    (void)a;
}
void crd_definition_validate(const Value *definition, const Value *old, Str request_version,
                             const KubeTarget *target, FieldErrors *errs)
{
    (void)definition;
    (void)old;
    (void)request_version;
    (void)target;
    (void)errs;
}
void crd_definition_validate_status(const Value *definition, const Value *old,
                                    const KubeTarget *target, FieldErrors *errs)
{
    (void)definition;
    (void)old;
    (void)target;
    (void)errs;
}
bool crd_decode(const Crd *crd, const CrdVersion *v, bool is_lenient, Value *object, Arena *a,
                Value *unknown, Err *err)
{
    (void)crd;
    (void)v;
    (void)is_lenient;
    (void)object;
    (void)a;
    (void)unknown;
    (void)err;
    return true;
}
void crd_default(const CrdVersion *v, Value *object, Arena *a)
{
    (void)v;
    (void)object;
    (void)a;
}
void crd_validate(const Crd *crd, const CrdVersion *v, const Value *object, FieldErrors *errs)
{
    (void)crd;
    (void)v;
    (void)object;
    (void)errs;
}
void crd_validate_update(const Crd *crd, const CrdVersion *v, const Value *object,
                         const Value *old, FieldErrors *errs)
{
    (void)old;
    crd_validate(crd, v, object, errs);
}
void crd_validate_status(const Crd *crd, const CrdVersion *v, const Value *object,
                         const Value *old, FieldErrors *errs)
{
    (void)old;
    crd_validate(crd, v, object, errs);
}
bool crd_scale_get(const Crd *crd, const CrdVersion *v, const Value *object, Arena *a, Value *out,
                   Err *err)
{
    (void)crd;
    (void)v;
    (void)object;
    (void)out;
    return err_set(err, a, ERR_UNSUPPORTED, "not yet");
}
bool crd_scale_put(const CrdVersion *v, int64_t replicas, Value *object, Arena *a, Err *err)
{
    (void)v;
    (void)replicas;
    (void)object;
    return err_set(err, a, ERR_UNSUPPORTED, "not yet");
}
const Value *crd_path_get(const Value *object, Str path)
{
    (void)object;
    (void)path;
    return NULL;
}
Value crd_openapi_v2(const Crd *crd, const CrdVersion *v, Arena *a)
{
    (void)crd;
    (void)v;
    (void)a;
    return value_object();
}
Value crd_openapi_v3(const Crd *crd, const CrdVersion *v, Arena *a)
{
    (void)crd;
    (void)v;
    (void)a;
    return value_object();
}
