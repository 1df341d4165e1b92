/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/crd/crd.h"

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

