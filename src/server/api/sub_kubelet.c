/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an API server hands on to a kubelet or a pod: pods/log, exec, attach and portforward, and
 * the proxies of pods, nodes and services. Here are no kubelets and no containers; what is refused
 * before they would be asked is refused in the API server's words, and the rest says that there
 * is nobody to ask.
 *
 * Source: Kubernetes pkg/registry/core/pod/{strategy.go,rest}, pkg/registry/core/service/rest.go
 */
#include "kube/schema_walk.h"
#include "server/api/call.h"

#define NOBODY "podgate up runs no kubelets and no containers"

static const Value *find_pod(ApiCall *call, Str name)
{
    const Value *pod = api_find(call, name);
    if (pod == NULL) {
        (void)api_answer_not_found(call, name);
    }
    return pod;
}

/* -- containers -------------------------------------------------------------------------------- */

static const char *const container_lists[] = { "initContainers", "containers",
                                               "ephemeralContainers" };

static bool has_container(const Value *pod, Str name)
{
    const Value *spec = value_get_lit(pod, "spec");
    for (size_t i = 0; i < COUNT_OF(container_lists); i++) {
        VALUE_EACH_ITEM(c, value_get(spec, str_from_c(container_lists[i]))) {
            if (str_eq(value_get_str(c, STR("name")), name)) {
                return true;
            }
        }
    }
    return false;
}

static Str container_names(const Value *pod, Arena *a)
{
    Buf b = buf_new(a);
    const Value *spec = value_get_lit(pod, "spec");
    for (size_t i = 0; i < COUNT_OF(container_lists); i++) {
        VALUE_EACH_ITEM(c, value_get(spec, str_from_c(container_lists[i]))) {
            buf_add(&b, b.len ? STR(" ") : STR(""));
            buf_add(&b, value_get_str(c, STR("name")));
        }
    }
    return buf_str(&b);
}

/* The container that is meant, by name or because it is the only one. */
static bool choose_container(ApiCall *call, const Value *pod, Str *out)
{
    Str name = api_query(call, "container");
    const Value *containers = value_at(pod, "spec", "containers", NULL);
    *out = name;
    if (name.len) {
        return has_container(pod, name) ||
               api_answer_bad_request(call, "container %.*s is not valid for pod %.*s",
                                      STR_ARG(name), STR_ARG(call->info.name));
    }
    if (value_len(containers) == 1) {
        *out = value_get_str(&containers->items[0], STR("name"));
        return true;
    }
    if (value_len(containers) == 0) {
        return api_answer_bad_request(call, "a container name must be specified for pod %.*s",
                                      STR_ARG(call->info.name));
    }
    Str names = container_names(pod, call->arena);
    return api_answer_bad_request(
        call, "a container name must be specified for pod %.*s, choose one of: [%.*s]",
        STR_ARG(call->info.name), STR_ARG(names));
}

static bool answer_nobody(ApiCall *call, Str what)
{
    Str message = arena_printf(call->arena, "%.*s: " NOBODY, STR_ARG(what));
    return api_answer_status(
        call, (Status){ .code = 501, .reason = STR("NotImplemented"), .message = message });
}

static Str node_of(const Value *pod)
{
    Str node = value_as_str(value_at(pod, "spec", "nodeName", NULL));
    return node.ptr ? node : STR("");
}

/* The node that a pod names is there. */
static bool check_node(ApiCall *call, Str node)
{
    ObjectKey key = { STR(""), STR("Node"), STR(""), node };
    return call->facts->object(call->facts->cluster, key) ||
           api_answer_status(call, status_not_found(call->arena, STR(""), STR("nodes"), node));
}

/* -- pods/log ---------------------------------------------------------------------------------- */

typedef struct LogOptions {
    OptInt64 since_seconds;
    OptInt64 tail_lines;
    OptInt64 limit_bytes;
    bool since_time;
} LogOptions;

static bool read_number(ApiCall *call, const char *key, OptInt64 *out)
{
    Str text = api_query(call, key);
    *out = (OptInt64){ .set = text.ptr != NULL };
    if (text.ptr == NULL || str_to_int64(text, &out->value)) {
        return true;
    }
    Buf quoted = buf_new(call->arena);
    buf_go_quoted(&quoted, text);
    bool digits = text.len > 0;
    for (size_t i = 0; i < text.len; i++) {
        bool sign = i == 0 && text.len > 1 && (text.ptr[0] == '-' || text.ptr[0] == '+');
        digits = digits && (sign || (text.ptr[i] >= '0' && text.ptr[i] <= '9'));
    }
    return api_answer_bad_request(call, "strconv.ParseInt: parsing %.*s: %s",
                                  STR_ARG(buf_str(&quoted)),
                                  digits ? "value out of range" : "invalid syntax");
}

static bool read_since(ApiCall *call, bool *out)
{
    Str text = api_query(call, "sinceTime");
    Str read, problem;
    *out = text.ptr != NULL;
    return text.len == 0 || str_eq(text, STR("null")) ||
           schema_time(text, false, call->arena, &read, &problem) ||
           api_answer_bad_request(call, "%.*s", STR_ARG(problem));
}

static bool check_log_options(ApiCall *call, const LogOptions *o)
{
    FieldErrors errs = field_errors_new_for(call->request->target->minor, call->arena);
    if (o->tail_lines.set && o->tail_lines.value < 0) {
        field_invalid_int(&errs, path_root("tailLines"), o->tail_lines.value,
                          STR("must be greater than or equal to 0"));
    }
    if (o->limit_bytes.set && o->limit_bytes.value < 1) {
        field_invalid_int(&errs, path_root("limitBytes"), o->limit_bytes.value,
                          STR("must be greater than 0"));
    }
    if (o->since_seconds.set && o->since_time) {
        field_forbidden(&errs, path_root("[]"),
                        STR("at most one of `sinceTime` or `sinceSeconds` may be specified"));
    } else if (o->since_seconds.set && o->since_seconds.value < 1) {
        field_invalid_int(&errs, path_root("sinceSeconds"), o->since_seconds.value,
                          STR("must be greater than 0"));
    }
    return errs.count == 0 ||
           api_answer_status(call, status_invalid(call->arena, STR(""), STR("PodLogOptions"),
                                                  call->info.name, &errs));
}

static bool answer_log(ApiCall *call)
{
    LogOptions o;
    Str container;
    if (!read_number(call, "sinceSeconds", &o.since_seconds) || !read_since(call, &o.since_time) ||
        !read_number(call, "tailLines", &o.tail_lines) ||
        !read_number(call, "limitBytes", &o.limit_bytes) || !check_log_options(call, &o)) {
        return false;
    }
    const Value *pod = find_pod(call, call->info.name);
    if (pod == NULL || !choose_container(call, pod, &container)) {
        return false;
    }
    Str node = node_of(pod);
    if (node.len == 0) {
        (void)api_answer_object(call, 204, value_null());
        call->response->bytes = STR("");
        return false;
    }
    if (!check_node(call, node)) {
        return false;
    }
    /* text, as logs are */
    Str text = arena_printf(call->arena, "container %.*s of pod %.*s has no log: " NOBODY "\n",
                            STR_ARG(container), STR_ARG(call->info.name));
    return api_answer_object(call, 501, value_str(text));
}

void api_handle_log(ApiCall *call)
{
    if (api_choose_form(call)) {
        (void)answer_log(call);
    }
}

/* -- exec, attach, portforward ----------------------------------------------------------------- */

static bool answer_stream(ApiCall *call)
{
    Str container = STR("");
    const Value *pod = find_pod(call, call->info.name);
    bool forwards = str_eq(call->info.subresource, STR("portforward"));
    if (pod == NULL || (!forwards && !choose_container(call, pod, &container))) {
        return false;
    }
    Str node = node_of(pod);
    if (node.len == 0) {
        return api_answer_bad_request(call, "pod %.*s does not have a host assigned",
                                      STR_ARG(call->info.name));
    }
    Str what = forwards ? arena_printf(call->arena, "cannot forward ports of pod %.*s",
                                       STR_ARG(call->info.name))
                        : arena_printf(call->arena, "cannot %.*s container %.*s of pod %.*s",
                                       STR_ARG(str_eq(call->info.subresource, STR("exec"))
                                                   ? STR("execute a command in")
                                                   : STR("attach to")),
                                       STR_ARG(container), STR_ARG(call->info.name));
    return check_node(call, node) && answer_nobody(call, what);
}

void api_handle_stream(ApiCall *call)
{
    (void)(api_ask_to_connect(call) && answer_stream(call));
}

/* -- proxies ----------------------------------------------------------------------------------- */

static bool answer_unavailable(ApiCall *call, Str message)
{
    return api_answer_status(
        call, (Status){ .code = 503, .reason = STR("ServiceUnavailable"), .message = message });
}

/* "name", "name:port" or "scheme:name:port". False when it is neither. */
static bool split_name(Str id, Str *name, Str *port)
{
    Str parts[3];
    size_t count = 0;
    Str rest = id, piece;
    while (str_next_piece(&rest, ':', &piece)) {
        if (count == COUNT_OF(parts)) {
            return false;
        }
        parts[count++] = piece;
    }
    Str scheme = count == 3 ? parts[0] : STR("");
    *name = parts[count == 3 ? 1 : 0];
    *port = count > 1 ? parts[count - 1] : STR("");
    return name->len &&
           (scheme.len == 0 || str_eq(scheme, STR("http")) || str_eq(scheme, STR("https")));
}

static bool proxy_pod(ApiCall *call, Str name)
{
    const Value *pod = find_pod(call, name);
    if (pod == NULL) {
        return false;
    }
    Str ip = value_as_str(value_at(pod, "status", "podIP", NULL));
    if (ip.len == 0) {
        return api_answer_bad_request(call, "address not allowed");
    }
    return answer_nobody(call, arena_printf(call->arena, "cannot reach pod %.*s", STR_ARG(name)));
}

static bool find_port(const Value *service, int64_t port)
{
    VALUE_EACH_ITEM(p, value_at(service, "spec", "ports", NULL)) {
        if (value_get_int(p, STR("port")).value == port) {
            return true;
        }
    }
    return false;
}

static bool proxy_service(ApiCall *call, Str name, Str port)
{
    Arena *a = call->arena;
    int64_t number;
    if (port.len && str_to_int64(port, &number)) {
        const Value *service = api_find(call, name);
        if (service == NULL) {
            return api_answer_not_found(call, name);
        }
        if (!find_port(service, number)) {
            return answer_unavailable(call, arena_printf(a,
                                                         "no service port %lld found for service "
                                                         "\"%.*s\"",
                                                         (long long)number, STR_ARG(name)));
        }
    }
    ObjectKey key = { STR(""), STR("Endpoints"), call->info.namespace, name };
    const Value *endpoints = call->facts->object(call->facts->cluster, key);
    if (endpoints == NULL) {
        return api_answer_status(call, status_not_found(a, STR(""), STR("endpoints"), name));
    }
    if (value_len(value_get_lit(endpoints, "subsets")) == 0) {
        return answer_unavailable(
            call, arena_printf(a, "no endpoints available for service \"%.*s\"", STR_ARG(name)));
    }
    return answer_nobody(call, arena_printf(a, "cannot reach service %.*s", STR_ARG(name)));
}

static bool proxy_node(ApiCall *call, Str name)
{
    if (api_find(call, name) == NULL) {
        return api_answer_not_found(call, name);
    }
    return answer_nobody(call, arena_printf(call->arena, "cannot reach node %.*s", STR_ARG(name)));
}

void api_handle_proxy(ApiCall *call)
{
    Str name, port;
    Str kind = arena_lower(call->arena, call->kind.kind);
    if (!api_ask_to_connect(call)) {
        return;
    }
    if (!split_name(call->info.name, &name, &port)) {
        (void)api_answer_bad_request(call, "invalid %.*s request \"%.*s\"", STR_ARG(kind),
                                     STR_ARG(call->info.name));
    } else if (str_eq(kind, STR("pod"))) {
        (void)proxy_pod(call, name);
    } else if (str_eq(kind, STR("service"))) {
        (void)proxy_service(call, name, port);
    } else {
        (void)proxy_node(call, name);
    }
}
