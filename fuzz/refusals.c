/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusals: of any text each one that is found is a sentence that reads the same alone, whose
 * points stand in it; a pod made of them can be looked at.
 */
#include "fuzz.h"

#include "analyze/explain/tie.h"
#include "doc/json.h"
#include "kube/pod_view.h"

static void check_points(const Refusal *r)
{
    for (size_t i = 0; i < r->point_count; i++) {
        const RefusalPoint *p = &r->points[i];
        HOLDS(p->text.len > 0 && str_contains(r->sentence, p->text));
        HOLDS(p->value.len <= p->text.len && p->detail.len <= p->text.len);
    }
    HOLDS(r->kind < REFUSAL_KIND_COUNT && refusal_kind_name(r->kind).len > 0);
}

static void check_pod(const Refusal *r, Arena *a)
{
    PodView view;
    Err err = { 0 };
    Value pod = tie_pod_of(r, a);
    HOLDS(pod.kind == VALUE_OBJECT);
    HOLDS(pod_view_read(&pod, a, &view, &err) || err.msg.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    Str text = arena_str(&a, str_from((const char *)data, size));
    Refusals found;
    refusals_read(text, &a, &found);
    for (size_t i = 0; i < found.count; i++) {
        const Refusal *r = &found.items[i];
        Refusal again;
        HOLDS(r->sentence.len > 0);
        HOLDS(refusal_read(r->sentence, &a, &again));
        HOLDS(again.kind == r->kind && again.point_count == r->point_count);
        HOLDS(str_eq(again.user, r->user) && str_eq(again.name, r->name));
        check_points(r);
        check_pod(r, &a);
        Buf b = buf_new(&a);
        Value v = refusal_to_value(r, &a);
        json_write(&v, &b);
    }
    arena_done(&a);
    return 0;
}
