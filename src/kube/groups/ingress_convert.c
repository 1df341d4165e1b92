/* SPDX-License-Identifier: Apache-2.0 */
/* The two shapes of an Ingress. */
#include "kube/groups/ingress.h"
#include "kube/groups/members.h"

static void rename_member(Value *object, Str from, Str to, Arena *a)
{
    const Value *v = value_get(object, from);
    if (v) {
        Value kept = *v;
        value_remove(object, from);
        value_set(object, to, kept, a);
    }
}

/* Calls convert for every backend of the rules. */
static void each_backend(Value *spec, void (*convert)(Value *backend, Arena *a), Arena *a)
{
    VALUE_EACH_ITEM(rule, value_get_lit(spec, "rules")) {
        VALUE_EACH_ITEM(path, value_at(rule, "http", "paths", NULL)) {
            Value *backend = value_get_lit(path, "backend");
            if (value_is(backend, VALUE_OBJECT)) {
                convert(backend, a);
            }
        }
    }
}

/* -- from v1beta1 -------------------------------------------------------------------------------
 */

static void backend_to_v1(Value *backend, Arena *a)
{
    Str name = value_get_str(backend, STR("serviceName"));
    const Value *port = value_get_lit(backend, "servicePort");
    int64_t number = value_as_int(port).value;
    bool named = value_is(port, VALUE_STRING);
    if (name.len > 0 || number != 0 || named) {
        Value service = value_object();
        value_set_lit(&service, "name", value_str(name), a);
        Value in = value_object();
        if (named && port->len > 0) {
            value_set_lit(&in, "name", *port, a);
        } else if (number != 0) {
            value_set_lit(&in, "number", value_int(number), a);
        }
        value_set_lit(&service, "port", in, a);
        value_set_lit(backend, "service", service, a);
    }
    value_remove(backend, STR("serviceName"));
    value_remove(backend, STR("servicePort"));
}

void ingress_to_v1(Value *ingress, Arena *a)
{
    Value *spec = value_get_lit(ingress, "spec");
    if (!value_is(spec, VALUE_OBJECT)) {
        return;
    }
    rename_member(spec, STR("backend"), STR("defaultBackend"), a);
    Value *backend = value_get_lit(spec, "defaultBackend");
    if (value_is(backend, VALUE_OBJECT)) {
        backend_to_v1(backend, a);
    }
    each_backend(spec, backend_to_v1, a);
}

/* -- from v1 ------------------------------------------------------------------------------------
 */

static void backend_to_v1beta1(Value *backend, Arena *a)
{
    const Value *service = object_of(backend, "service");
    if (service) {
        const Value *port = value_get_lit(service, "port");
        Str named = value_get_str(port, STR("name"));
        Str name = value_get_str(service, STR("name"));
        if (name.len > 0) {
            value_set_lit(backend, "serviceName", value_str(name), a);
        }
        value_set_lit(backend, "servicePort",
                      named.len > 0 ? value_str(named) : value_int(int_of(port, "number")), a);
        value_remove(backend, STR("service"));
    } else if (is_unset(backend, STR("servicePort"))) {
        value_set_lit(backend, "servicePort", value_int(0), a); /* Go writes the struct always */
    }
}

void ingress_to_v1beta1(Value *ingress, Arena *a)
{
    Value *spec = value_get_lit(ingress, "spec");
    if (!value_is(spec, VALUE_OBJECT)) {
        return;
    }
    rename_member(spec, STR("defaultBackend"), STR("backend"), a);
    Value *backend = value_get_lit(spec, "backend");
    if (value_is(backend, VALUE_OBJECT)) {
        backend_to_v1beta1(backend, a);
    }
    each_backend(spec, backend_to_v1beta1, a);
}
