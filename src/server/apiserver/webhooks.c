/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the clientConfig of a webhook to a call, and to its answer.
 *
 * Source: k8s.io/apiserver pkg/util/webhook/client.go, pkg/util/proxy/proxy.go
 */
#include "server/apiserver/webhooks.h"

#include "base/base64.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

enum { HTTPS_PORT = 443 };

static const HttpHeader headers[] = {
    { STR_INIT("Content-Type"), STR_INIT("application/json") },
    { STR_INIT("Accept"), STR_INIT("application/json, */*") },
    { STR_INIT("User-Agent"), STR_INIT("kube-apiserver-admission") },
};

/* -- addresses of this machine ----------------------------------------------------------------- */

static bool same_address(const struct sockaddr *have, int family, const unsigned char *wanted)
{
    if (!have || have->sa_family != family) {
        return false;
    }
    return family == AF_INET
               ? memcmp(&((const struct sockaddr_in *)(const void *)have)->sin_addr, wanted, 4) == 0
               : memcmp(&((const struct sockaddr_in6 *)(const void *)have)->sin6_addr, wanted,
                        16) == 0;
}

/* Pods that do not run have addresses, too: those of others may be meant on this network. */
static bool is_here(Str ip, Arena *a)
{
    unsigned char bytes[16];
    const char *text = arena_cstr(a, ip);
    int family = inet_pton(AF_INET, text, bytes) == 1    ? AF_INET
                 : inet_pton(AF_INET6, text, bytes) == 1 ? AF_INET6
                                                         : AF_UNSPEC;
    if (family == AF_INET && bytes[0] == 127) {
        return true;
    }
    struct ifaddrs *all = NULL;
    bool found = false;
    if (family == AF_UNSPEC || getifaddrs(&all) != 0) {
        return false;
    }
    for (const struct ifaddrs *i = all; i && !found; i = i->ifa_next) {
        found = same_address(i->ifa_addr, family, bytes);
    }
    freeifaddrs(all);
    return found;
}

/* -- services ---------------------------------------------------------------------------------- */

typedef struct ServiceRef {
    Str namespace;
    Str name;
    int64_t port;
} ServiceRef;

static Str given_address(const ApiServerOptions *o, const ServiceRef *s)
{
    for (size_t i = 0; i < o->service_address_count; i++) {
        const ApiServiceAddress *row = &o->service_addresses[i];
        if (str_eq(row->namespace, s->namespace) && str_eq(row->name, s->name) &&
            (row->port == 0 || row->port == s->port)) {
            return row->address;
        }
    }
    return STR_ABSENT;
}

static const Value *find_port(const Value *service, int64_t port)
{
    VALUE_EACH_ITEM(p, value_at(service, "spec", "ports", NULL)) {
        if (value_get_int(p, STR("port")).value == port) {
            return p;
        }
    }
    return NULL;
}

static Str host_port(Str ip, int64_t port, Arena *a)
{
    return arena_printf(a, str_index_byte(ip, ':') >= 0 ? "[%.*s]:%lld" : "%.*s:%lld", STR_ARG(ip),
                        (long long)port);
}

typedef struct Found {
    Str address; /* on this machine */
    Str other;   /* the first that is elsewhere */
} Found;

/* addresses: objects with an ip, or texts. */
static void look_at(const Value *addresses, const Value *ports, Str port_name, Arena *a, Found *out)
{
    VALUE_EACH_ITEM(p, ports) {
        OptInt64 port = value_get_int(p, STR("port"));
        if (!port.set || !str_eq(value_get_str(p, STR("name")), port_name)) {
            continue;
        }
        VALUE_EACH_ITEM(address, addresses) {
            Str ip = address->kind == VALUE_STRING ? value_as_str(address)
                                                   : value_get_str(address, STR("ip"));
            if (!out->address.ptr && is_here(ip, a)) {
                out->address = host_port(ip, port.value, a);
            } else if (!out->other.ptr) {
                out->other = host_port(ip, port.value, a);
            }
        }
    }
}

static Found find_endpoints(const Facts *facts, const ServiceRef *s, Str port_name, Arena *a)
{
    Found found = { 0 };
    ObjectKey key = { STR(""), STR("Endpoints"), s->namespace, s->name };
    const Value *endpoints = facts->object(facts->cluster, key);
    VALUE_EACH_ITEM(subset, value_get_lit(endpoints, "subsets")) {
        look_at(value_get_lit(subset, "addresses"), value_get_lit(subset, "ports"), port_name, a,
                &found);
    }
    ObjectKey slices = { STR("discovery.k8s.io"), STR("EndpointSlice"), s->namespace, STR("") };
    ObjectList list = facts->objects(facts->cluster, slices);
    for (size_t i = 0; i < list.count && !found.address.ptr; i++) {
        const Value *slice = list.items[i];
        const Value *labels = value_at(slice, "metadata", "labels", NULL);
        if (!str_eq(value_get_str(labels, STR("kubernetes.io/service-name")), s->name)) {
            continue;
        }
        VALUE_EACH_ITEM(endpoint, value_get_lit(slice, "endpoints")) {
            OptBool ready = value_as_bool(value_at(endpoint, "conditions", "ready", NULL));
            if (!ready.set || ready.value) {
                look_at(value_get_lit(endpoint, "addresses"), value_get_lit(slice, "ports"),
                        port_name, a, &found);
            }
        }
    }
    return found;
}

/* host:port, or absent with *problem. */
static Str resolve(const Facts *facts, const ApiServerOptions *o, const ServiceRef *s, Arena *a,
                   Str *problem)
{
    Str given = given_address(o, s);
    if (given.ptr) {
        return given;
    }
    ObjectKey key = { STR(""), STR("Service"), s->namespace, s->name };
    const Value *service = facts->object(facts->cluster, key);
    const Value *port = find_port(service, s->port);
    if (!service) {
        *problem = arena_printf(a, "service \"%.*s\" not found", STR_ARG(s->name));
        return STR_ABSENT;
    }
    if (!port) {
        *problem = arena_printf(a, "no service port %lld found for service \"%.*s\"",
                                (long long)s->port, STR_ARG(s->name));
        return STR_ABSENT;
    }
    Found found = find_endpoints(facts, s, value_get_str(port, STR("name")), a);
    if (!found.address.ptr) {
        *problem =
            found.other.ptr
                ? arena_printf(a, "dial tcp %.*s: connect: no route to host", STR_ARG(found.other))
                : arena_printf(a, "no endpoints available for service \"%.*s\"", STR_ARG(s->name));
    }
    return found.address;
}

/* -- URLs -------------------------------------------------------------------------------------- */

/* As Go's path.Join("/", path): no empty elements, none that is "." or "..". */
static Str clean_path(Str path, Arena *a)
{
    Buf b = buf_new(a);
    Str rest = path.ptr ? path : STR(""), piece;
    while (str_next_piece(&rest, '/', &piece)) {
        if (str_eq(piece, STR(".."))) {
            ptrdiff_t slash = str_rindex_byte(buf_str(&b), '/');
            b.len = slash > 0 ? (size_t)slash : 0;
        } else if (piece.len && !str_eq(piece, STR("."))) {
            buf_byte(&b, '/');
            buf_add(&b, piece);
        }
    }
    return b.len ? buf_str(&b) : STR("/");
}

/* "https://host:port" and the path. */
static void split_url(Str url, Str *base, Str *path)
{
    ptrdiff_t scheme = str_index(url, STR("://"));
    size_t start = scheme < 0 ? 0 : (size_t)scheme + 3;
    ptrdiff_t slash = str_index_byte(str_drop(url, start), '/');
    *base = slash < 0 ? url : str_slice(url, 0, start + (size_t)slash);
    *path = slash < 0 ? STR("") : str_drop(url, start + (size_t)slash);
}

static void plan(const Facts *facts, const ApiServerOptions *o, const Ask *ask, int64_t ms_left,
                 Arena *a, WebhookPlan *out)
{
    const Value *service = value_get_lit(ask->client, "service");
    int64_t own_ms = ask->timeout_seconds * 1000;
    int64_t ms = own_ms < ms_left ? own_ms : ms_left;
    int64_t seconds = (ms + 999) / 1000; /* what the webhook is told is rounded up */
    Buf ca = buf_new(a);
    Str base, path;
    if (!base64_read(value_get_str(ask->client, STR("caBundle")), &ca)) {
        ca.len = 0;
    }
    out->call = (OutboundCall){
        .method = STR("POST"),
        .headers = headers,
        .header_count = COUNT_OF(headers),
        .body = ask->body,
        .ca_pem = buf_str(&ca),
        .timeout_ms = ms,
        .answer_bytes_max = WEBHOOK_ANSWER_BYTES_MAX,
        .minor = o->target.minor,
        .only_http_1 = true,
    };
    if (!value_is_null(service)) {
        OptInt64 port = value_get_int(service, STR("port"));
        ServiceRef s = { value_get_str(service, STR("namespace")),
                         value_get_str(service, STR("name")),
                         port.set && port.value ? port.value : HTTPS_PORT };
        base = arena_printf(a, "https://%.*s.%.*s.svc:%lld", STR_ARG(s.name), STR_ARG(s.namespace),
                            (long long)s.port);
        path = value_get_str(service, STR("path"));
        out->call.connect_to = arena_str(a, resolve(facts, o, &s, a, &out->problem));
    } else {
        split_url(value_get_str(ask->client, STR("url")), &base, &path);
    }
    out->call.url = arena_printf(a, "%.*s%.*s?timeout=%llds", STR_ARG(base),
                                 STR_ARG(clean_path(path, a)), (long long)seconds);
}

WebhookPlan *webhooks_plan(const Facts *facts, const ApiServerOptions *o, const ApiAsk *asks,
                           size_t count, int64_t ms_left, Arena *a)
{
    WebhookPlan *out = new(a, WebhookPlan, count);
    for (size_t i = 0; i < count; i++) {
        plan(facts, o, &asks[i].ask, ms_left, a, &out[i]);
    }
    return out;
}

/* -- calls ------------------------------------------------------------------------------------- */

void webhooks_call(Outbound *outbound, const ApiAsk *asks, const WebhookPlan *plans, size_t count,
                   Arena *a, ApiAnswer *out)
{
    OutboundCall *calls = new(a, OutboundCall, count);
    OutboundAnswer *answers = new(a, OutboundAnswer, count);
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        if (!plans[i].problem.ptr) {
            calls[made++] = plans[i].call;
        }
    }
    outbound_call_all(outbound, calls, made, a, answers);
    made = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(out[i].key, asks[i].key, sizeof(out[i].key));
        if (plans[i].problem.ptr) {
            out[i].answer = (Answer){ .error = outbound_url_error(&plans[i].call, plans[i].problem,
                                                                  a) };
            continue;
        }
        const OutboundAnswer *got = &answers[made++];
        Str type = outbound_header(got, STR("Content-Type"));
        out[i].answer = (Answer){
            .error = got->error,
            .status = got->status,
            .content_type = type.ptr ? type : STR(""),
            .body = got->body.ptr ? got->body : STR(""),
            .took_micros = got->took_micros,
        };
    }
}
