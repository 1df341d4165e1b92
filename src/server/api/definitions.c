/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of CustomResourceDefinitions once they are written: their names are accepted or
 * collide with those of others, and what has its names is established. A real server's controllers
 * find that out a moment later; here it is written together with the definition, so that its
 * objects are served as soon as whoever wrote it has the answer.
 *
 * Source: k8s.io/apiextensions-apiserver 1.20 pkg/controller/{status,establish}
 */
#include "kube/managed/managed.h"
#include "server/api/definitions.h"

#define GROUP "apiextensions.k8s.io"
#define KIND "CustomResourceDefinition"
#define V1 GROUP "/v1"

static bool is_definition(const StoreChange *c)
{
    return str_eq(c->key.kind, STR(KIND)) && str_eq(c->key.group, STR(GROUP));
}

/* -- the definitions of a group, as they are with the changes -----------------------------------
 */

static void put(Settling *s, Str name, const Value *object)
{
    Value v1 = crd_definition_convert(object, STR(V1), s->arena);
    const SchemaType *type = schema_find(STR(V1), STR(KIND));
    Definition *d = NULL;
    Err err;
    for (size_t i = 0; i < s->count; i++) {
        d = str_eq(s->items[i].name, name) ? &s->items[i] : d;
    }
    d = d ? d : &s->items[s->count++];
    *d = (Definition){ .name = name, .object = v1 };
    if (!schema_decode(type, &v1, s->call->request->target, s->arena, &d->object, NULL, &err)) {
        d->object = value_copy(&v1, s->arena);
    }
}

static void take(Settling *s, Str name)
{
    for (size_t i = 0; i < s->count; i++) {
        if (str_eq(s->items[i].name, name)) {
            memmove(&s->items[i], &s->items[i + 1], (--s->count - i) * sizeof *s->items);
            return;
        }
    }
}

static bool is_of_group(const Value *definition, Str group)
{
    return str_eq(value_as_str(value_at(definition, "spec", "group", NULL)), group);
}

static Settling collect(ApiCall *call, Str group)
{
    const ApiResponse *r = call->response;
    ObjectKey all = { STR(GROUP), STR(KIND), STR_ABSENT, STR("") };
    ObjectList stored = call->facts->objects(call->facts->cluster, all);
    Settling s = { .call = call, .arena = call->arena, .group = group };
    s.items = new(s.arena, Definition, stored.count + r->change_count);
    for (size_t i = 0; i < stored.count; i++) {
        if (is_of_group(stored.items[i], group)) {
            put(&s, api_object_name(stored.items[i]), stored.items[i]);
        }
    }
    for (size_t i = 0; i < r->change_count; i++) {
        const StoreChange *c = &r->changes[i];
        if (!is_definition(c) || !is_of_group(c->object, group)) {
            continue;
        }
        if (c->kind == STORE_DELETED) {
            take(&s, c->key.name);
        } else {
            put(&s, c->key.name, c->object);
        }
    }
    return s;
}

/* -- the whole -----------------------------------------------------------------------------------
 */

static void own_status(Settling *s, const Value *before, Value *object)
{
    ManagedRequest managed = {
        .target = s->call->request->target,
        .type = schema_find(STR(V1), STR(KIND)),
        .api_version = STR(V1),
        .kind = STR(KIND),
        .manager = STR("kube-apiserver"),
        .time = api_now_text(s->call),
        .is_subresource = true,
        .subresource = STR("status"),
    };
    managed_update(&managed, before, object, s->arena);
}

static void settle_one(Settling *s, Definition *d)
{
    Value before = value_copy(&d->object, s->arena);
    api_settle_status(s, &d->object);
    if (value_equal(&before, &d->object)) {
        return;
    }
    Value object = value_copy(&d->object, s->arena);
    ObjectKey key = { STR(GROUP), STR(KIND), STR(""), d->name };
    own_status(s, &before, &object);
    schema_encode_stored(schema_find(STR(V1), STR(KIND)), &object, s->call->request->target);
    (void)api_add_change(s->call, STORE_MODIFIED, key, &object);
}

static void settle_group(ApiCall *call, Str group)
{
    Settling s = collect(call, group);
    for (size_t i = 0; i < s.count; i++) {
        settle_one(&s, &s.items[i]);
    }
}

void api_settle_definitions(ApiCall *call)
{
    const ApiResponse *r = call->response;
    size_t count = r->change_count; /* more come behind them */
    for (size_t i = 0; i < count; i++) {
        if (is_definition(&r->changes[i])) {
            settle_group(call, value_as_str(value_at(r->changes[i].object, "spec", "group", NULL)));
        }
    }
}
