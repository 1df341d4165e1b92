/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits that limit ranges ask for: a container's request or limit goes to the nearest value that is
 * allowed. Limits of whole pods, and ratios, are left alone: which container should give way is not
 * ours to say.
 */
#include "analyze/remedy/edit.h"

#include "kube/quantity.h"

typedef struct LimitEdit {
    RemedySearch *s;
    RemedyParts *parts;
    Str container;       /* its pointer in the workload */
    const Value *in_pod; /* as it was decided: with the defaults of limit ranges */
} LimitEdit;

/* Less than 0, 0 or more; 0 for what is no quantity. */
static int compare(const Value *a, const Value *b, Arena *arena)
{
    Quantity x;
    Quantity y;
    Err err;
    Buf text[2] = { buf_new(arena), buf_new(arena) };
    const Value *values[] = { a, b };
    for (size_t i = 0; i < 2; i++) {
        OptInt64 number = value_as_int(values[i]);
        if (number.set) {
            buf_int(&text[i], number.value);
        } else {
            buf_add(&text[i], value_as_str(values[i]));
        }
    }
    return quantity_parse(buf_str(&text[0]), arena, &x, &err) &&
                   quantity_parse(buf_str(&text[1]), arena, &y, &err)
               ? quantity_cmp(&x, &y)
               : 0;
}

static const Value *given(const LimitEdit *e, Str list, Str resource)
{
    return value_get(value_get(value_get_lit(e->in_pod, "resources"), list), resource);
}

static void set(const LimitEdit *e, Str list, Str resource, Value v)
{
    Arena *a = e->s->arena;
    Str at = remedy_pointer_add(e->container, STR("resources"), a);
    at = remedy_pointer_add(remedy_pointer_add(at, list, a), resource, a);
    remedy_edit_set(e->s, e->parts, at, v);
}

static void lower(const LimitEdit *e, Str resource, const Value *max)
{
    static const Str lists[] = { STR_INIT("limits"), STR_INIT("requests") };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        const Value *v = given(e, lists[i], resource);
        if ((!v && i == 0) || (v && compare(v, max, e->s->arena) > 0)) {
            set(e, lists[i], resource, *max);
        }
    }
}

static void raise(const LimitEdit *e, Str resource, const Value *min)
{
    static const Str lists[] = { STR_INIT("requests"), STR_INIT("limits") };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        const Value *v = given(e, lists[i], resource);
        if ((!v && i == 0) || (v && compare(v, min, e->s->arena) < 0)) {
            set(e, lists[i], resource, *min);
        }
    }
}

static void edit_container(const LimitEdit *e, const Value *limit)
{
    VALUE_EACH_MEMBER(max, value_get_lit(limit, "max")) {
        lower(e, member_key(max), &max->value);
    }
    VALUE_EACH_MEMBER(min, value_get_lit(limit, "min")) {
        raise(e, member_key(min), &min->value);
    }
}

static void edit_containers(RemedySearch *s, const RemedyTrial *trial, const Value *limit,
                            RemedyParts *parts)
{
    static const Str lists[] = { STR_INIT("containers"), STR_INIT("initContainers") };
    const Value *spec = value_get_lit(&trial->decision.object, "spec");
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        for (size_t k = 0; k < value_len(value_get(spec, lists[i])); k++) {
            PodPlace place;
            Str path = arena_printf(s->arena, "spec.%.*s[%zu].resources", STR_ARG(lists[i]), k);
            if (remedy_pod_place(s, trial, path, &place) && place.item) {
                LimitEdit e = { s, parts, place.pointer, place.in_pod };
                edit_container(&e, limit);
            }
        }
    }
}

void remedy_edit_limits(RemedySearch *s, const RemedyTrial *trial, RemedyParts *parts)
{
    const Facts *facts = snapshot_facts(trial->snapshot);
    ObjectKey key = { STR(""), STR("LimitRange"), s->question->namespace, STR("") };
    ObjectList all = facts->objects(facts->cluster, key);
    for (size_t i = 0; i < all.count; i++) {
        VALUE_EACH_ITEM(limit, value_at(all.items[i], "spec", "limits", NULL)) {
            if (str_eq(value_get_str(limit, STR("type")), STR("Container"))) {
                edit_containers(s, trial, limit, parts);
            }
        }
    }
}
