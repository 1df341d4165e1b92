/* SPDX-License-Identifier: Apache-2.0 */
/* Defaulting of quantities: Kubernetes keeps thousandths. */
#include "kube/pod/defaults_parts.h"
#include "kube/quantity.h"

void pod_default_resource_list(Value *list, Arena *a)
{
    enum { MILLI = -3 };
    VALUE_EACH_MEMBER(m, list) {
        Quantity q;
        Err err;
        if (quantity_parse(value_as_str(&m->value), a, &q, &err)) {
            quantity_round_up(&q, MILLI);
            m->value = value_str(quantity_text(&q, a));
        }
    }
}
