/* SPDX-License-Identifier: Apache-2.0 */
/* How controllers read the store, write through the API and look into objects. */
#include "server/apiserver/clock.h"
#include "server/controllers/private.h"

/* -- the queue
 * -------------------------------------------------------------------------------------- */

enum { DAYS_MAX = 100 };
#define MILLISECONDS_MAX (DAYS_MAX * INT64_C(86400000))

void ctl_enqueue_after(Ctl *c, Str namespace, Str name, int64_t milliseconds)
{
    Manager *m = c->manager;
    /* whoever waits for longer looks at the time again then */
    milliseconds = milliseconds < MILLISECONDS_MAX ? milliseconds : MILLISECONDS_MAX;
    work_queue_add(m->queue, (uint32_t)((Running *)c - m->running), namespace, name,
                   manager_clock(m) + milliseconds * 1000000);
}

void ctl_enqueue(Ctl *c, Str namespace, Str name)
{
    ctl_enqueue_after(c, namespace, name, 0);
}

/* -- reading
 * ---------------------------------------------------------------------------------------- */

/* What is read between begin and end stays until the call ends. */
static ReadMark *begin_read(Ctl *c)
{
    Manager *m = c->manager;
    if (m->is_reading) {
        return NULL;
    }
    ReadMark *mark = new(c->arena, ReadMark, 1);
    store_read_begin(apiserver_store(c->server), &mark->reader);
    mark->next = m->marks;
    m->marks = mark;
    return mark;
}

static void end_read(Ctl *c, ReadMark *mark)
{
    if (mark) {
        store_read_end(apiserver_store(c->server), &mark->reader);
    }
}

const Value *ctl_get(Ctl *c, Str group, Str kind, Str namespace, Str name)
{
    ReadMark *mark = begin_read(c);
    ObjectKey key = { group, kind, namespace, name };
    const StoreObject *found = store_find(apiserver_store(c->server), &key);
    end_read(c, mark);
    return found ? &found->object : NULL;
}

const Value *const *ctl_list(Ctl *c, Str group, Str kind, Str namespace, size_t *count)
{
    ReadMark *mark = begin_read(c);
    ObjectKey key = { group, kind, namespace, STR_ABSENT };
    const StoreObject *const *items = store_list(apiserver_store(c->server), &key, count);
    /* allocating cannot fail: the arena has no ceiling */
    const Value **out = new(c->arena, const Value *, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        out[i] = &items[i]->object;
    }
    end_read(c, mark);
    return out;
}

int64_t ctl_now(const Ctl *c, int32_t *micros)
{
    int64_t seconds;
    int32_t unused;
    apiserver_now(c->server, &seconds, micros ? micros : &unused);
    return seconds;
}

Str ctl_time_text(int64_t seconds, Arena *a)
{
    return clock_text(seconds, a);
}

Str ctl_now_text(Ctl *c)
{
    return ctl_time_text(ctl_now(c, NULL), c->arena);
}

/* -- writing
 * ---------------------------------------------------------------------------------------- */

static Str uri_of(const CtlObject *at, Arena *a)
{
    Buf b = buf_new(a);
    bool is_core = strchr(at->api_version, '/') == NULL;
    buf_printf(&b, "/%s/%s", is_core ? "api" : "apis", at->api_version);
    if (at->namespace.len) {
        buf_printf(&b, "/namespaces/%.*s", STR_ARG(at->namespace));
    }
    buf_printf(&b, "/%s", at->resource);
    if (at->name.len) {
        buf_printf(&b, "/%.*s", STR_ARG(at->name));
    }
    if (at->subresource) {
        buf_printf(&b, "/%s", at->subresource);
    }
    return buf_str(&b);
}

static bool call(Ctl *c, Str method, const CtlObject *at, Str type, const Value *body,
                 ApiResponse *out)
{
    ApiResponse unused;
    ApiResponse *response = out ? out : &unused;
    apiserver_internal(c->server, &c->caller, method, uri_of(at, c->arena), type, body, c->arena,
                       response);
    return response->code < 300;
}

bool ctl_create(Ctl *c, const CtlObject *at, const Value *object, ApiResponse *out)
{
    CtlObject place = *at;
    if (at->subresource == NULL) {
        place.name = STR("");
    }
    return call(c, STR("POST"), &place, STR(""), object, out);
}

bool ctl_update(Ctl *c, const CtlObject *at, const Value *object, ApiResponse *out)
{
    return call(c, STR("PUT"), at, STR(""), object, out);
}

bool ctl_patch(Ctl *c, const CtlObject *at, const char *type, const Value *patch, ApiResponse *out)
{
    Str text = type ? str_from_c(type) : STR("application/strategic-merge-patch+json");
    return call(c, STR("PATCH"), at, text, patch, out);
}

bool ctl_delete(Ctl *c, const CtlObject *at, const Value *options, ApiResponse *out)
{
    return call(c, STR("DELETE"), at, STR(""), options, out);
}

Str ctl_message(const ApiResponse *r)
{
    return r->is_status ? r->status.message : value_get_str(&r->body, STR("message"));
}

/* -- parts of objects
 * -------------------------------------------------------------------------------- */

Str ctl_name(const Value *object)
{
    return value_as_str(value_at(object, "metadata", "name", NULL));
}

Str ctl_namespace(const Value *object)
{
    return value_as_str(value_at(object, "metadata", "namespace", NULL));
}

Str ctl_uid(const Value *object)
{
    return value_as_str(value_at(object, "metadata", "uid", NULL));
}

bool ctl_is_deleted(const Value *object)
{
    return !value_is_null(value_at(object, "metadata", "deletionTimestamp", NULL));
}

const Value *ctl_controller_of(const Value *object)
{
    VALUE_EACH_ITEM(owner, value_at(object, "metadata", "ownerReferences", NULL)) {
        if (value_get_bool(owner, STR("controller")).value) {
            return owner;
        }
    }
    return NULL;
}

bool ctl_is_controlled_by(const Value *object, const Value *owner)
{
    const Value *ref = ctl_controller_of(object);
    return ref && str_eq(value_get_str(ref, STR("uid")), ctl_uid(owner));
}

Value ctl_owner_reference(const Value *owner, const char *api_version, const char *kind, Arena *a)
{
    Value ref = value_object();
    value_set_lit(&ref, "apiVersion", value_str(str_from_c(api_version)), a);
    value_set_lit(&ref, "kind", value_str(str_from_c(kind)), a);
    value_set_lit(&ref, "name", value_str(ctl_name(owner)), a);
    value_set_lit(&ref, "uid", value_str(ctl_uid(owner)), a);
    value_set_lit(&ref, "controller", value_bool(true), a);
    value_set_lit(&ref, "blockOwnerDeletion", value_bool(true), a);
    return ref;
}
