/* SPDX-License-Identifier: Apache-2.0 */
/* --service-address: where services of the cluster are reached. */
#include "cli/up.h"

enum { PORT_MAX = 65535 };

static bool is_port(Str text, int64_t *out)
{
    return str_to_int64(text, out) && *out > 0 && *out <= PORT_MAX;
}

static bool is_label(Str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return false;
        }
    }
    return s.len > 0;
}

static bool read_one(Str text, ApiServiceAddress *out)
{
    Str service, host, port;
    int64_t number;
    if (!str_split_once(text, '=', &service, &out->address)) {
        return false;
    }
    if (!str_split_once(service, '/', &out->namespace, &service)) {
        return false;
    }
    out->port = 0;
    if (str_split_once(service, ':', &out->name, &port) && !is_port(port, &out->port)) {
        return false;
    }
    ptrdiff_t colon = str_rindex_byte(out->address, ':');
    host = colon < 0 ? STR("") : str_slice(out->address, 0, (size_t)colon);
    return host.len && is_port(str_drop(out->address, (size_t)colon + 1), &number) &&
           is_label(out->namespace) && is_label(out->name);
}

bool up_services_read(StrList texts, Arena *a, UpServices *out, Err *err)
{
    ApiServiceAddress *items = new(a, ApiServiceAddress, texts.count);
    for (size_t i = 0; i < texts.count; i++) {
        if (!read_one(texts.items[i], &items[i])) {
            return err_set(err, a, ERR_USAGE,
                           "--service-address is NAMESPACE/NAME[:PORT]=HOST:PORT, as in "
                           "apps/webhook=127.0.0.1:8443, not \"%.*s\"",
                           STR_ARG(texts.items[i]));
        }
    }
    *out = (UpServices){ items, texts.count };
    return true;
}

static bool is_given(const UpServices *services, Str namespace, Str name)
{
    for (size_t i = 0; i < services->count; i++) {
        if (str_eq(services->items[i].namespace, namespace) &&
            str_eq(services->items[i].name, name)) {
            return true;
        }
    }
    return false;
}

Str up_services_missing(const FileObjects *objects, const UpServices *services, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < objects->count; i++) {
        const Value *object = objects->items[i].object;
        if (!str_ends_with(value_get_str(object, STR("kind")), STR("WebhookConfiguration"))) {
            continue;
        }
        VALUE_EACH_ITEM(hook, value_get_lit(object, "webhooks")) {
            const Value *service = value_at(hook, "clientConfig", "service", NULL);
            Str namespace = value_get_str(service, STR("namespace"));
            Str name = value_get_str(service, STR("name"));
            Str both = arena_printf(a, "%.*s/%.*s", STR_ARG(namespace), STR_ARG(name));
            if (name.len && !is_given(services, namespace, name) &&
                !str_contains(buf_str(&b), both)) {
                buf_add(&b, b.len ? STR(", ") : STR(""));
                buf_add(&b, both);
            }
        }
    }
    return b.len ? buf_str(&b) : STR_ABSENT;
}
