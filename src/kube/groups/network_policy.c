/* SPDX-License-Identifier: Apache-2.0 */
/* NetworkPolicies: defaults and validation. */
#include "kube/groups/network_policy.h"

#include "kube/groups/go_dump.h"
#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"
#include "kube/selector.h"

static const Str protocols[] = { STR_INIT("TCP"), STR_INIT("UDP"), STR_INIT("SCTP") };
static const Str policy_types[] = { STR_INIT("Ingress"), STR_INIT("Egress") };

/* -- defaults -----------------------------------------------------------------------------------
 */

static void default_ports(const Value *rules, Arena *a)
{
    VALUE_EACH_ITEM(rule, rules) {
        VALUE_EACH_ITEM(port, value_get_lit(rule, "ports")) {
            default_to(port, STR("protocol"), value_str(protocols[0]), a);
        }
    }
}

void network_policy_apply_defaults(Value *policy, const KubeTarget *t, Arena *a)
{
    (void)t;
    Value *spec = value_get_lit(policy, "spec");
    if (!value_is(spec, VALUE_OBJECT)) {
        return;
    }
    if (value_len(list_of(spec, "policyTypes")) == 0) {
        Value types = value_array();
        value_add(&types, value_str(policy_types[0]), a);
        if (value_len(list_of(spec, "egress")) > 0) {
            value_add(&types, value_str(policy_types[1]), a);
        }
        value_set_lit(spec, "policyTypes", types, a);
    }
    default_ports(list_of(spec, "ingress"), a);
    default_ports(list_of(spec, "egress"), a);
}

/* -- blocks of addresses ------------------------------------------------------------------------
 */

typedef struct Cidr {
    uint8_t bytes[16]; /* an IPv4 address mapped to IPv6 */
    NameIpKind kind;
    int prefix; /* bits, of the address as written */
} Cidr;

/* As Go's net.ParseCIDR reads it. */
static bool read_cidr(Str text, Cidr *out)
{
    Str address;
    Str prefix;
    int64_t bits = 0;
    if (!str_split_once(text, '/', &address, &prefix) || prefix.len == 0) {
        return false;
    }
    for (size_t i = 0; i < prefix.len; i++) {
        if (prefix.ptr[i] < '0' || prefix.ptr[i] > '9') {
            return false;
        }
    }
    out->kind = name_ip_parse(address, out->bytes);
    /* Go tells the families apart by the way they are written */
    bool is_v6 = str_index_byte(address, ':') >= 0;
    enum { V4_BITS = 32, V6_BITS = 128 };
    if (out->kind == NAME_IP_NONE || !str_to_int64(prefix, &bits) ||
        bits > (is_v6 ? V6_BITS : V4_BITS)) {
        return false;
    }
    out->kind = is_v6 ? NAME_IP_V6 : NAME_IP_V4;
    out->prefix = (int)bits;
    return true;
}

/* The first bits of both are the same. Both are of 16 bytes. */
static bool contains(const Cidr *outer, const Cidr *inner)
{
    enum { V4_OFFSET_BITS = 96, BYTE_BITS = 8 };
    int bits = outer->prefix + (outer->kind == NAME_IP_V4 ? V4_OFFSET_BITS : 0);
    if (outer->kind != inner->kind) {
        return false;
    }
    int whole = bits / BYTE_BITS;
    if (memcmp(outer->bytes, inner->bytes, (size_t)whole) != 0) {
        return false;
    }
    int rest = bits % BYTE_BITS;
    return rest == 0 ||
           outer->bytes[whole] >> (BYTE_BITS - rest) == inner->bytes[whole] >> (BYTE_BITS - rest);
}

static void check_ip_block(const Value *block, const Path *path, FieldErrors *errs)
{
    Str text = str_of(block, "cidr");
    Cidr cidr;
    if (text.len == 0) {
        field_required(errs, path_child(path, "cidr"), STR(""));
        return;
    }
    if (!read_cidr(text, &cidr)) {
        field_invalid_str(errs, path_child(path, "cidr"), text, STR("not a valid CIDR"));
        return;
    }
    Path list = path_child(path, "except");
    size_t i = 0;
    VALUE_EACH_ITEM(v, list_of(block, "except")) {
        Path item = path_index(&list, i++);
        Cidr except;
        Str except_text = value_as_str(v);
        if (!read_cidr(except_text, &except)) {
            field_invalid_str(errs, item, except_text, STR("not a valid CIDR"));
            return;
        }
        if (!contains(&cidr, &except) || cidr.prefix >= except.prefix) {
            field_invalid_str(errs, item, except_text, STR("must be a strict subset of `cidr`"));
        }
    }
}

/* -- rules --------------------------------------------------------------------------------------
 */

static void report_port_number(FieldErrors *errs, Path path, int64_t number)
{
    NameMessages messages = name_check_port_number(number);
    for (size_t i = 0; i < messages.count; i++) {
        field_invalid_int(errs, path, number, messages.items[i]);
    }
}

/* endPort, which came with 1.21: the last of a range of ports. */
static void check_end_port(const Value *in, const Path *path, FieldErrors *errs)
{
    OptInt64 end = value_get_int(in, STR("endPort"));
    const Value *port = value_get_lit(in, "port");
    Path at = path_child(path, "endPort");
    if (!end.set) {
        return;
    }
    if (value_is_null(port)) {
        field_invalid_int(errs, at, end.value,
                          STR("may not be specified when `port` is not specified"));
    } else if (value_is(port, VALUE_STRING)) {
        field_invalid_int(errs, at, end.value,
                          STR("may not be specified when `port` is non-numeric"));
    } else {
        if (end.value < value_as_int(port).value) {
            field_invalid_int(errs, at, end.value, STR("must be greater than or equal to `port`"));
        }
        report_port_number(errs, at, end.value);
    }
}

static void check_port(const Value *in, const Path *path, FieldErrors *errs)
{
    Str protocol = value_get_str(in, STR("protocol"));
    if (protocol.ptr && !str_list_has(STR_LIST(protocols), protocol)) {
        field_not_supported(errs, path_child(path, "protocol"), protocol, STR_LIST(protocols));
    }
    const Value *port = value_get_lit(in, "port");
    Str name = value_as_str(port);
    if (name.ptr) {
        check_end_port(in, path, errs);
        name_report(errs, path_child(path, "port"), name, name_check_port_name(name));
        return;
    }
    if (!value_is_null(port)) {
        report_port_number(errs, path_child(path, "port"), value_as_int(port).value);
    }
    check_end_port(in, path, errs);
}

static void check_peer(const Value *peer, const Path *path, FieldErrors *errs)
{
    static const Str selectors[] = { STR_INIT("podSelector"), STR_INIT("namespaceSelector") };
    size_t peers = 0;
    for (size_t i = 0; i < COUNT_OF(selectors); i++) {
        const Value *selector = member_object(peer, selectors[i]);
        if (selector) {
            Path at = path_child_str(path, selectors[i]);
            label_selector_validate(selector, &at, errs);
            peers++;
        }
    }
    const Value *block = object_of(peer, "ipBlock");
    if (block) {
        Path at = path_child(path, "ipBlock");
        check_ip_block(block, &at, errs);
        peers++;
    }
    if (peers == 0) {
        field_required(errs, *path, STR("must specify a peer"));
    } else if (peers > 1 && block) {
        field_forbidden(errs, *path, STR("may not specify both ipBlock and another peer"));
    }
}

static void check_rules(const Value *rules, Str peers, const Path *path, FieldErrors *errs)
{
    for (size_t i = 0; i < value_len(rules); i++) {
        const Value *rule = value_item(rules, i);
        Path item = path_index(path, i);
        Path ports_path = path_child(&item, "ports");
        const Value *ports = list_of(rule, "ports");
        for (size_t p = 0; p < value_len(ports); p++) {
            Path at = path_index(&ports_path, p);
            check_port(value_item(ports, p), &at, errs);
        }
        Path peers_path = path_child_str(&item, peers);
        const Value *list = value_get(rule, peers);
        for (size_t p = 0; p < value_len(list); p++) {
            Path at = path_index(&peers_path, p);
            check_peer(value_item(list, p), &at, errs);
        }
    }
}

static void check_spec(const Value *spec, const Path *path, FieldErrors *errs)
{
    Path selector = path_child(path, "podSelector");
    label_selector_validate(value_get_lit(spec, "podSelector"), &selector, errs);
    Path ingress = path_child(path, "ingress");
    check_rules(list_of(spec, "ingress"), STR("from"), &ingress, errs);
    Path egress = path_child(path, "egress");
    check_rules(list_of(spec, "egress"), STR("to"), &egress, errs);
    Path types = path_child(path, "policyTypes");
    const Value *list = list_of(spec, "policyTypes");
    if (value_len(list) > COUNT_OF(policy_types)) {
        field_invalid_raw(errs, types, go_dump_strings("networking.PolicyType", list, errs->arena),
                          STR("may not specify more than two policyTypes"));
        return;
    }
    for (size_t i = 0; i < value_len(list); i++) {
        Str type = value_as_str(value_item(list, i));
        if (!str_list_has(STR_LIST(policy_types), type)) {
            field_not_supported(errs, path_index(&types, i), type, STR_LIST(policy_types));
        }
    }
}

/* -- the whole ----------------------------------------------------------------------------------
 */

void network_policy_validate_create(const Value *policy, const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    check_meta(policy, true, name_check_dns1123_subdomain, errs);
    Path spec = path_root("spec");
    check_spec(value_get_lit(policy, "spec"), &spec, errs);
}

void network_policy_validate_update(const Value *policy, const Value *old, const KubeTarget *t,
                                    FieldErrors *errs)
{
    (void)t;
    check_meta_update(policy, old, errs);
    Path spec = path_root("spec");
    check_spec(value_get_lit(policy, "spec"), &spec, errs);
}
