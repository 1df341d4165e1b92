/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a write changed anything but the times in managedFields. Since 1.24 such a write is none:
 * the times, and with them the resourceVersion, stay.
 *
 * Source: k8s.io/apiserver pkg/endpoints/handlers/fieldmanager/equality.go
 */
#include "kube/managed/managed.h"
#include "kube/managed/versions.h"

/* Two entries of managedFields. */
static bool is_same_entry(const Value *a, const Value *b)
{
    if (a->kind != VALUE_OBJECT || b->kind != VALUE_OBJECT) {
        return value_equal(a, b);
    }
    size_t others = 0;
    VALUE_EACH_MEMBER(m, a) {
        if (str_eq(member_key(m), STR("time"))) {
            continue;
        }
        others++;
        const Value *there = value_get(b, member_key(m));
        if (!there || !value_equal(&m->value, there)) {
            return false;
        }
    }
    return others + (value_get_lit(b, "time") != NULL) == b->len;
}

bool managed_equal_but_times(const Value *a, const Value *b, Arena *arena)
{
    const Value *of_a = value_at(a, "metadata", "managedFields", NULL);
    const Value *of_b = value_at(b, "metadata", "managedFields", NULL);
    if (value_len(of_a) != value_len(of_b)) {
        return false;
    }
    for (size_t i = 0; i < value_len(of_a); i++) {
        if (!is_same_entry(&of_a->items[i], &of_b->items[i])) {
            return false;
        }
    }
    Value without_a = managed_without_fields(a, arena);
    Value without_b = managed_without_fields(b, arena);
    return value_equal(&without_a, &without_b);
}
