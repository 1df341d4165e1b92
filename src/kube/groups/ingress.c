/* SPDX-License-Identifier: Apache-2.0 */
/* Ingresses: defaults and validation. */
#include "kube/groups/ingress.h"

#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"

enum { CLASS_MAY_MATCH_SINCE = 28 }; /* class annotation and field may say the same */

static const Str path_types[] = { STR_INIT("Exact"), STR_INIT("ImplementationSpecific"),
                                  STR_INIT("Prefix") };

typedef struct IngressCheck {
    FieldErrors *errs;
    bool is_beta; /* of a v1beta1 */
    bool may_have_bad_secrets;
    bool may_have_bad_wildcard_rules;
} IngressCheck;

/* -- defaults -----------------------------------------------------------------------------------
 */

void ingress_apply_defaults(Value *ingress, const KubeTarget *t, Arena *a)
{
    (void)t;
    if (is_version(ingress, "v1")) {
        return;
    }
    VALUE_EACH_ITEM(rule, value_at(ingress, "spec", "rules", NULL)) {
        VALUE_EACH_ITEM(path, value_at(rule, "http", "paths", NULL)) {
            default_to(path, STR("pathType"), value_str(STR("ImplementationSpecific")), a);
        }
    }
}

/* -- backends -----------------------------------------------------------------------------------
 */

/* A backend of either shape. */
typedef struct Backend {
    const Value *resource;
    bool has_service;
    Str name;
    Str port_name;
    int64_t port_number;
} Backend;

static Backend read_backend(const Value *in, bool is_beta)
{
    Backend b = { .resource = object_of(in, "resource") };
    if (is_beta) {
        const Value *port = value_get_lit(in, "servicePort");
        b.name = str_of(in, "serviceName");
        b.port_name = value_as_str(port);
        b.port_number = value_as_int(port).value;
        b.has_service = b.name.len > 0 || b.port_number != 0 || b.port_name.ptr;
        return b;
    }
    const Value *service = object_of(in, "service");
    const Value *port = value_get_lit(service, "port");
    b.has_service = service != NULL;
    b.name = str_of(service, "name");
    b.port_name = str_of(port, "name");
    b.port_number = int_of(port, "number");
    return b;
}

static void check_port(const IngressCheck *c, const Backend *b, const Path *path,
                       const Path *service)
{
    Path port = path_child(service, "port");
    if (b->port_name.len > 0 && b->port_number != 0) {
        field_invalid_str(c->errs, *path, STR(""), STR("cannot set both port name & port number"));
    } else if (b->port_name.len > 0) {
        name_report(c->errs,
                    c->is_beta ? path_child(path, "servicePort") : path_child(&port, "name"),
                    b->port_name, name_check_port_name(b->port_name));
    } else if (b->port_number != 0) {
        NameMessages messages = name_check_port_number(b->port_number);
        for (size_t i = 0; i < messages.count; i++) {
            field_invalid_int(
                c->errs, c->is_beta ? path_child(path, "servicePort") : path_child(&port, "number"),
                b->port_number, messages.items[i]);
        }
    } else {
        field_required(c->errs, *path, STR("port name or number is required"));
    }
}

static void check_backend(const IngressCheck *c, const Value *in, const Path *path)
{
    Backend b = read_backend(in, c->is_beta);
    if (b.resource && b.has_service) {
        field_invalid_str(c->errs, *path, STR(""),
                          STR("cannot set both resource and service backends"));
    } else if (b.resource) {
        Path resource = path_child(path, "resource");
        ingress_validate_object_reference(b.resource, &resource, c->errs);
    } else if (b.has_service) {
        Path service = path_child(path, "service");
        Path name = c->is_beta ? path_child(path, "serviceName") : path_child(&service, "name");
        if (b.name.len == 0) {
            field_required(c->errs, name, STR(""));
        } else {
            name_report(c->errs, name, b.name, name_check_dns1035_label(b.name));
        }
        check_port(c, &b, path, &service);
    } else {
        field_invalid_str(c->errs, *path, STR(""), STR("resource or service backend is required"));
    }
}

/* -- rules --------------------------------------------------------------------------------------
 */

static void check_literal_path(const IngressCheck *c, Str text, const Path *path)
{
    static const Str sequences[] = { STR_INIT("//"), STR_INIT("/./"), STR_INIT("/../"),
                                     STR_INIT("%2f"), STR_INIT("%2F") };
    static const Str suffixes[] = { STR_INIT("/.."), STR_INIT("/.") };
    Arena *a = c->errs->arena;
    for (size_t i = 0; i < COUNT_OF(sequences); i++) {
        if (str_contains(text, sequences[i])) {
            field_invalid_str(c->errs, path_child(path, "path"), text,
                              arena_printf(a, "must not contain '%.*s'", STR_ARG(sequences[i])));
        }
    }
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        if (str_ends_with(text, suffixes[i])) {
            field_invalid_str(c->errs, path_child(path, "path"), text,
                              arena_printf(a, "cannot end with '%.*s'", STR_ARG(suffixes[i])));
        }
    }
}

static void check_http_path(const IngressCheck *c, const Value *in, const Path *path)
{
    Str type = value_get_str(in, STR("pathType"));
    Str text = str_of(in, "path");
    if (type.ptr == NULL) {
        field_required(c->errs, path_child(path, "pathType"), STR("pathType must be specified"));
        return;
    }
    bool is_literal = str_eq(type, STR("Exact")) || str_eq(type, STR("Prefix"));
    if (!is_literal && !str_eq(type, STR("ImplementationSpecific"))) {
        field_not_supported(c->errs, path_child(path, "pathType"), type, STR_LIST(path_types));
    } else {
        if (!str_starts_with(text, STR("/")) && (is_literal || text.len > 0)) {
            field_invalid_str(c->errs, path_child(path, "path"), text,
                              STR("must be an absolute path"));
        }
        if (is_literal) {
            check_literal_path(c, text, path);
        }
    }
    Path backend = path_child(path, "backend");
    check_backend(c, value_get_lit(in, "backend"), &backend);
}

static void check_rule_value(const IngressCheck *c, const Value *rule, const Path *path)
{
    const Value *http = object_of(rule, "http");
    if (http == NULL) {
        return;
    }
    Path http_path = path_child(path, "http");
    Path paths = path_child(&http_path, "paths");
    const Value *list = list_of(http, "paths");
    if (value_len(list) == 0) {
        field_required(c->errs, paths, STR(""));
    }
    for (size_t i = 0; i < value_len(list); i++) {
        Path item = path_index(&paths, i);
        check_http_path(c, value_item(list, i), &item);
    }
}

static NameMessages check_host(Str host)
{
    return str_index_byte(host, '*') >= 0 ? name_check_wildcard_dns1123_subdomain(host)
                                          : name_check_dns1123_subdomain(host);
}

static void check_rules(const IngressCheck *c, const Value *rules, const Path *path)
{
    for (size_t i = 0; i < value_len(rules); i++) {
        const Value *rule = value_item(rules, i);
        Path item = path_index(path, i);
        Str host = str_of(rule, "host");
        if (host.len > 0) {
            if (name_ip_kind(host) != NAME_IP_NONE) {
                field_invalid_str(c->errs, path_child(&item, "host"), host,
                                  STR("must be a DNS name, not an IP address"));
            }
            name_report(c->errs, path_child(&item, "host"), host, check_host(host));
        }
        if (str_index_byte(host, '*') < 0 || !c->may_have_bad_wildcard_rules) {
            check_rule_value(c, rule, &item);
        }
    }
}

/* -- the spec -----------------------------------------------------------------------------------
 */

static void check_tls(const IngressCheck *c, const Value *list, const Path *path)
{
    for (size_t i = 0; i < value_len(list); i++) {
        const Value *tls = value_item(list, i);
        Path item = path_index(path, i);
        Path hosts = path_child(&item, "hosts");
        size_t h = 0;
        VALUE_EACH_ITEM(v, list_of(tls, "hosts")) {
            Str host = value_as_str(v);
            name_report(c->errs, path_index(&hosts, h++), host, check_host(host));
        }
        Str secret = str_of(tls, "secretName");
        if (secret.len > 0 && !c->may_have_bad_secrets) {
            name_report(c->errs, path_child(&item, "secretName"), secret,
                        name_check_dns1123_subdomain(secret));
        }
    }
}

static void check_spec(const IngressCheck *c, const Value *spec, const Path *path)
{
    Str backend_name = c->is_beta ? STR("backend") : STR("defaultBackend");
    const Value *backend = member_object(spec, backend_name);
    const Value *rules = list_of(spec, "rules");
    if (value_len(rules) == 0 && backend == NULL) {
        bool is_nil = !value_is(rules, VALUE_ARRAY);
        field_invalid_raw(c->errs, *path,
                          is_nil ? STR("[]networking.IngressRule(nil)")
                                 : STR("[]networking.IngressRule{}"),
                          arena_printf(c->errs->arena, "either `%.*s` or `rules` must be specified",
                                       STR_ARG(backend_name)));
    }
    if (backend) {
        Path at = path_child_str(path, backend_name);
        check_backend(c, backend, &at);
    }
    Path rules_path = path_child(path, "rules");
    check_rules(c, rules, &rules_path);
    Path tls = path_child(path, "tls");
    check_tls(c, list_of(spec, "tls"), &tls);
    Str class = value_get_str(spec, STR("ingressClassName"));
    if (class.ptr) {
        name_report(c->errs, path_child(path, "ingressClassName"), class,
                    name_check_dns1123_subdomain(class));
    }
}

static void check_ingress(const IngressCheck *c, const Value *ingress)
{
    check_meta(ingress, true, name_check_dns1123_subdomain, c->errs);
    Path spec = path_root("spec");
    check_spec(c, value_get_lit(ingress, "spec"), &spec);
}

/* -- the whole ----------------------------------------------------------------------------------
 */

void ingress_validate_create(const Value *ingress, const KubeTarget *t, FieldErrors *errs)
{
    bool is_beta = !is_version(ingress, "v1");
    IngressCheck c = { errs, is_beta, is_beta, is_beta };
    check_ingress(&c, ingress);
    Str annotation = value_as_str(
        value_at(ingress, "metadata", "annotations", "kubernetes.io/ingress.class", NULL));
    Str class = value_as_str(value_at(ingress, "spec", "ingressClassName", NULL));
    if (annotation.ptr == NULL || class.ptr == NULL) {
        return;
    }
    Path annotations = path_root("annotations");
    Path at = path_child(&annotations, "kubernetes.io/ingress.class");
    if (t->minor < CLASS_MAY_MATCH_SINCE) {
        field_invalid_str(errs, at, annotation,
                          STR("can not be set when the class field is also set"));
    } else if (!str_eq(annotation, class)) {
        field_invalid_str(errs, at, annotation,
                          STR("must match `ingressClassName` when both are specified"));
    }
}

/* What is stored and wrong may stay. */
static bool has_bad_secret(const Value *ingress)
{
    VALUE_EACH_ITEM(tls, value_at(ingress, "spec", "tls", NULL)) {
        Str secret = str_of(tls, "secretName");
        if (secret.len > 0 && name_check_dns1123_subdomain(secret).count > 0) {
            return true;
        }
    }
    return false;
}

static bool has_bad_wildcard_rule(const Value *ingress, bool is_beta, Arena *a)
{
    FieldErrors found = field_errors_new(a);
    IngressCheck c = { &found, is_beta, false, false };
    Path path = path_root("rule");
    VALUE_EACH_ITEM(rule, value_at(ingress, "spec", "rules", NULL)) {
        if (str_index_byte(str_of(rule, "host"), '*') >= 0) {
            check_rule_value(&c, rule, &path);
        }
    }
    return found.count > 0;
}

void ingress_validate_update(const Value *ingress, const Value *old, const KubeTarget *t,
                             FieldErrors *errs)
{
    (void)t;
    check_meta_update(ingress, old, errs);
    bool is_beta = !is_version(ingress, "v1");
    IngressCheck c = { errs, is_beta, is_beta || has_bad_secret(old),
                       is_beta || has_bad_wildcard_rule(old, is_beta, errs->arena) };
    check_ingress(&c, ingress);
}

/* -- status -------------------------------------------------------------------------------------
 */

void load_balancer_validate_status(const Value *status, const Path *path, FieldErrors *errs)
{
    Path list = path_child(path, "ingress");
    size_t i = 0;
    VALUE_EACH_ITEM(ingress, list_of(status, "ingress")) {
        Path item = path_index(&list, i++);
        Str ip = str_of(ingress, "ip");
        Str host = str_of(ingress, "hostname");
        if (ip.len > 0 && name_ip_kind(ip) == NAME_IP_NONE) {
            field_invalid_str(errs, path_child(&item, "ip"), ip, STR("must be a valid IP address"));
        }
        if (host.len > 0) {
            name_report(errs, path_child(&item, "hostname"), host,
                        name_check_dns1123_subdomain(host));
            if (name_ip_kind(host) != NAME_IP_NONE) {
                field_invalid_str(errs, path_child(&item, "hostname"), host,
                                  STR("must be a DNS name, not an IP address"));
            }
        }
    }
}

void ingress_validate_status_update(const Value *ingress, const Value *old, FieldErrors *errs)
{
    check_meta_update(ingress, old, errs);
    Path status = path_root("status");
    Path balancer = path_child(&status, "loadBalancer");
    load_balancer_validate_status(value_at(ingress, "status", "loadBalancer", NULL), &balancer,
                                  errs);
}
