/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/crd/crd.h"

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

