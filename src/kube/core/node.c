/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes. */
#include "kube/core/parts.h"
#include "kube/pod/defaults_parts.h"
#include "kube/pod/go_json.h"

#include "doc/json.h"

enum {
    DYNAMIC_CONFIG_OFF_MINOR = 22, /* spec.configSource */
    DUAL_STACK_MINOR = 21,         /* more than one of podCIDRs */
};

#define AVOID_PODS_ANNOTATION "scheduler.alpha.kubernetes.io/preferAvoidPods"

/* -- defaults ---------------------------------------------------------------------------------- */

/* podCIDR is the first of podCIDRs; where both are given and differ, it wins. */
static void sync_pod_cidrs(Value *spec, Arena *a)
{
    Str single = str_of(spec, "podCIDR");
    const Value *list = value_get_lit(spec, "podCIDRs");
    Str first = value_as_str(value_item(list, 0));
    if (single.len && (!value_len(list) || !str_eq(single, first))) {
        Value only = value_array();
        value_add(&only, value_str(single), a);
        value_set_lit(spec, "podCIDRs", only, a);
    } else if (!single.len && first.len) {
        value_set_lit(spec, "podCIDR", value_str(first), a);
    }
}

void node_apply_defaults(Value *node, const KubeTarget *t, Arena *a)
{
    (void)t;
    Value *spec = value_get_lit(node, "spec");
    if (value_is(spec, VALUE_OBJECT)) {
        sync_pod_cidrs(spec, a);
    }
    Value *status = value_get_lit(node, "status");
    const Value *capacity = value_get_lit(status, "capacity");
    if (!value_is_null(capacity) && value_is_null(value_get_lit(status, "allocatable"))) {
        value_set_lit(status, "allocatable", value_copy(capacity, a), a);
    }
    pod_default_resource_list(value_get_lit(status, "capacity"), a);
    pod_default_resource_list(value_get_lit(status, "allocatable"), a);
}

/* -- prepare ----------------------------------------------------------------------------------- */

static void drop_more_cidrs(const Value *node, const Value *old, const KubeTarget *t)
{
    Value *list = value_at(node, "spec", "podCIDRs", NULL);
    bool is_used = value_len(value_at(old, "spec", "podCIDRs", NULL)) > 1;
    while (t->minor < DUAL_STACK_MINOR && !is_used && value_len(list) > 1) {
        value_remove_item(list, value_len(list) - 1);
    }
}

void node_prepare_for_create(Value *node, const KubeTarget *t, Arena *a)
{
    (void)a;
    if (t->minor >= DYNAMIC_CONFIG_OFF_MINOR) {
        value_remove(value_get_lit(node, "spec"), STR("configSource"));
        value_remove(value_get_lit(node, "status"), STR("config"));
    }
    drop_more_cidrs(node, NULL, t);
}

void node_prepare_for_update(Value *node, const Value *old, const KubeTarget *t, Arena *a)
{
    core_keep(node, old, STR("status"), a);
    if (t->minor >= DYNAMIC_CONFIG_OFF_MINOR && !value_at(old, "spec", "configSource", NULL)) {
        value_remove(value_get_lit(node, "spec"), STR("configSource"));
    }
    drop_more_cidrs(node, old, t);
}

void node_prepare_for_status_update(Value *node, const Value *old, const KubeTarget *t, Arena *a)
{
    core_keep(node, old, STR("spec"), a);
    if (t->minor >= DYNAMIC_CONFIG_OFF_MINOR && !value_at(old, "status", "config", NULL)) {
        value_remove(value_get_lit(node, "status"), STR("config"));
    }
}

/* -- taints ------------------------------------------------------------------------------------ */

static Str dump_taint(const Value *taint, Arena *a)
{
    static const struct {
        const char *before;
        Str member;
    } parts[] = {
        { "core.Taint{Key:", STR_INIT("key") },
        { ", Value:", STR_INIT("value") },
        { ", Effect:", STR_INIT("effect") },
    };
    Buf b = buf_new(a);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        buf_add(&b, str_from_c(parts[i].before));
        buf_go_quoted(&b, check_str(taint, parts[i].member));
    }
    buf_printf(&b, ", TimeAdded:(*v1.Time)(%s)}",
               str_of(taint, "timeAdded").len ? META_POINTER_TEXT : "nil");
    return buf_str(&b);
}

static bool repeats(const Value *taints, size_t index)
{
    const Value *taint = value_item(taints, index);
    for (size_t i = 0; i < index; i++) {
        const Value *other = value_item(taints, i);
        if (str_eq(str_of(taint, "key"), str_of(other, "key")) &&
            str_eq(str_of(taint, "effect"), str_of(other, "effect"))) {
            return true;
        }
    }
    return false;
}

static void check_taint(const Value *taint, const Path *path, FieldErrors *errs)
{
    static const Str effects[] = { STR_INIT("NoSchedule"), STR_INIT("PreferNoSchedule"),
                                   STR_INIT("NoExecute") };
    Str key = str_of(taint, "key");
    name_report(errs, path_child(path, "key"), key, name_check_qualified(key));
    Str value = str_of(taint, "value");
    NameMessages wrong = name_check_label_value(value);
    Buf joined = buf_new(errs->arena);
    for (size_t i = 0; i < wrong.count; i++) {
        buf_add(&joined, i ? STR(";") : STR(""));
        buf_add(&joined, wrong.items[i]);
    }
    if (wrong.count) {
        field_invalid_str(errs, path_child(path, "value"), value, buf_str(&joined));
    }
    Str effect = str_of(taint, "effect");
    if (effect.len == 0) {
        field_required(errs, path_child(path, "effect"), STR(""));
    } else if (!str_list_has(CHECK_LIST(effects), effect)) {
        field_not_supported(errs, path_child(path, "effect"), effect, CHECK_LIST(effects));
    }
}

static void check_taints(const Value *taints, const Path *path, FieldErrors *errs)
{
    for (size_t i = 0; i < value_len(taints); i++) {
        Path item = path_index(path, i);
        check_taint(value_item(taints, i), &item, errs);
        if (repeats(taints, i)) {
            field_duplicate_raw(errs, item, dump_taint(value_item(taints, i), errs->arena));
            errs->last->detail = STR("taints must be unique by key and effect pair");
        }
    }
}

static void check_own_taints(const Value *node, FieldErrors *errs)
{
    Path metadata = path_root("metadata"); /* as the API server has it */
    Path taints = path_child(&metadata, "taints");
    check_taints(value_at(node, "spec", "taints", NULL), &taints, errs);
}

/* -- annotations ------------------------------------------------------------------------------- */

static void check_avoid_pods(const Value *list, const Path *path, FieldErrors *errs)
{
    size_t i = 0;
    VALUE_EACH_ITEM(entry, list) {
        Path item = path_index(path, i++);
        Path signature = path_child(&item, "PodSignature");
        Path owner = path_child(&signature, "PodController");
        const Value *controller = value_at(entry, "podSignature", "podController", NULL);
        if (!value_is(controller, VALUE_OBJECT)) {
            field_required(errs, signature, STR(""));
        } else if (!bool_of(controller, "controller")) {
            field_invalid_bool(errs, path_child(&owner, "Controller"), false,
                               STR("must point to a controller"));
        }
    }
}

static void check_annotations(const Value *node, FieldErrors *errs)
{
    static const Str key = STR_INIT(AVOID_PODS_ANNOTATION);
    Str text = check_str(value_at(node, "metadata", "annotations", NULL), key);
    if (text.len == 0) {
        return;
    }
    Path metadata = path_root("metadata");
    Path annotations = path_child(&metadata, "annotations");
    Path list = path_child_str(&annotations, key);
    Str wrong = go_json_error(text, errs->arena);
    Value v;
    Err err;
    if (wrong.ptr) {
        field_invalid_str(errs, path_child(&annotations, "AvoidPods"), key, wrong);
    } else if (json_read(STR(""), text, NULL, errs->arena, &v, &err)) {
        check_avoid_pods(value_get_lit(&v, "preferAvoidPods"), &list, errs);
    }
}

/* -- the whole of a node ----------------------------------------------------------------------- */

static void check_resource_lists(const Value *node, const Value *raw, FieldErrors *errs)
{
    static const Str lists[] = { STR_INIT("capacity"), STR_INIT("allocatable") };
    const Value *status = value_get_lit(node, "status");
    const Value *raw_status = value_get_lit(raw, "status");
    Path status_path = path_root("status");
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        Path path = path_child_str(&status_path, lists[i]);
        const Value *raw_list = value_get(raw_status, lists[i]);
        raw_list = raw_list ? raw_list : value_get(raw_status, lists[0]);
        VALUE_EACH_MEMBER(m, value_get(status, lists[i])) {
            core_check_quantity(errs, member_key(m), &m->value, value_get(raw_list, member_key(m)),
                                path_child_str(&path, member_key(m)));
        }
    }
}

static void check_pod_cidrs(const Value *node, FieldErrors *errs)
{
    const Value *list = value_at(node, "spec", "podCIDRs", NULL);
    size_t count = value_len(list);
    Path spec = path_root("spec");
    Path path = path_child(&spec, "podCIDRs");
    Str dump = core_dump_strings("[]string", list, errs->arena);
    size_t families[NAME_IP_V6 + 1] = { 0 };
    for (size_t i = 0; i < count; i++) {
        NameIpKind kind = core_cidr_kind(value_as_str(value_item(list, i)));
        families[kind]++;
        if (kind == NAME_IP_NONE) {
            field_invalid_raw(errs, path_index(&path, i), dump, STR("must be valid CIDR"));
        }
    }
    if (count <= 1) {
        return;
    }
    if (families[NAME_IP_NONE]) {
        for (size_t i = 0; i < count; i++) {
            Str cidr = value_as_str(value_item(list, i));
            if (core_cidr_kind(cidr) == NAME_IP_NONE) {
                field_internal(errs, path,
                               arena_printf(errs->arena,
                                            "invalid PodCIDRs. failed to check with dual stack "
                                            "with error:invalid CIDR address: %.*s",
                                            STR_ARG(cidr)));
                break;
            }
        }
    }
    bool is_dual = !families[NAME_IP_NONE] && families[NAME_IP_V4] && families[NAME_IP_V6];
    if (!is_dual || count > 2) {
        field_invalid_raw(errs, path, dump,
                          STR("may specify no more than one CIDR for each IP family"));
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (str_eq(value_as_str(value_item(list, i)), value_as_str(value_item(list, k)))) {
                field_duplicate(errs, path_index(&path, i), value_as_str(value_item(list, i)));
                break;
            }
        }
    }
}

void node_validate(const Value *node, const Value *raw, const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    core_check_metadata(node, false, name_check_dns1123_subdomain, errs);
    check_annotations(node, errs);
    check_own_taints(node, errs);
    check_resource_lists(node, raw, errs);
    check_pod_cidrs(node, errs);
}

/* -- updates ----------------------------------------------------------------------------------- */

static void check_config_map(const Value *source, bool in_status, const Path *path,
                             FieldErrors *errs)
{
    static const struct {
        Str member;
        NameCheck *check;
    } rows[] = {
        { STR_INIT("namespace"), name_check_dns1123_label },
        { STR_INIT("name"), name_check_dns1123_subdomain },
        { STR_INIT("kubeletConfigKey"), name_check_config_map_key },
    };
    static const Str kept[] = { STR_INIT("uid"), STR_INIT("resourceVersion") };
    Arena *a = errs->arena;
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        Path at = path_child_str(path, kept[i]);
        bool is_set = check_str(source, kept[i]).len > 0;
        if (in_status && !is_set) {
            field_required(errs, at,
                           arena_printf(a, "%.*s must be set in status", STR_ARG(kept[i])));
        } else if (!in_status && is_set) {
            field_forbidden(errs, at,
                            arena_printf(a, "%.*s must not be set in spec", STR_ARG(kept[i])));
        }
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Path at = path_child_str(path, rows[i].member);
        Str value = check_str(source, rows[i].member);
        if (value.len) {
            name_report(errs, at, value, rows[i].check(value));
        } else {
            field_required(errs, at, arena_printf(a, "%.*s must be set", STR_ARG(rows[i].member)));
        }
    }
}

static void check_config_source(const Value *source, bool in_status, const Path *path,
                                FieldErrors *errs)
{
    if (!value_is(source, VALUE_OBJECT)) {
        return;
    }
    const Value *map = object_of(source, "configMap");
    Path map_path = path_child(path, "configMap");
    if (map) {
        check_config_map(map, in_status, &map_path, errs);
    } else {
        field_invalid_raw(errs, *path,
                          STR("core.NodeConfigSource{ConfigMap:(*core.ConfigMapNodeConfigSource)"
                              "(nil)}"),
                          STR("exactly one reference subfield must be non-nil"));
    }
}

static void check_config(const Value *node, FieldErrors *errs)
{
    static const Str members[] = { STR_INIT("assigned"), STR_INIT("active"),
                                   STR_INIT("lastKnownGood") };
    Path spec = path_root("spec");
    Path source = path_child(&spec, "configSource");
    Path status = path_root("status");
    Path config = path_child(&status, "config");
    check_config_source(value_at(node, "spec", "configSource", NULL), false, &source, errs);
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        Path path = path_child_str(&config, members[i]);
        check_config_source(value_get(value_at(node, "status", "config", NULL), members[i]), true,
                            &path, errs);
    }
}

/* An address of the node, once more. */
static void check_address_repeats(const Value *node, FieldErrors *errs)
{
    const Value *list = value_at(node, "status", "addresses", NULL);
    Path status = path_root("status");
    Path path = path_child(&status, "addresses");
    for (size_t i = 0; i < value_len(list); i++) {
        const Value *address = value_item(list, i);
        for (size_t k = 0; k < i; k++) {
            if (value_equal(address, value_item(list, k))) {
                Buf b = buf_new(errs->arena);
                buf_lit(&b, "core.NodeAddress{Type:");
                buf_go_quoted(&b, str_of(address, "type"));
                buf_lit(&b, ", Address:");
                buf_go_quoted(&b, str_of(address, "address"));
                buf_byte(&b, '}');
                field_duplicate_raw(errs, path_index(&path, i), buf_str(&b));
                break;
            }
        }
    }
}

/* True when the node keeps what it cannot change. */
static bool check_kept(const Value *node, const Value *old, FieldErrors *errs)
{
    const Value *spec = value_get_lit(node, "spec");
    const Value *old_spec = value_get_lit(old, "spec");
    const Value *now = value_get_lit(spec, "podCIDRs");
    const Value *before = value_get_lit(old_spec, "podCIDRs");
    Path path = path_root("spec");
    bool is_kept = str_eq(str_of(spec, "externalID"), str_of(old_spec, "externalID"));
    for (size_t i = 0; i < value_len(before); i++) {
        bool is_same_length = value_len(before) == value_len(now);
        if (is_same_length &&
            str_eq(value_as_str(value_item(before, i)), value_as_str(value_item(now, i)))) {
            continue;
        }
        is_kept = false;
        field_forbidden(errs, path_child(&path, "podCIDRs"),
                        STR("node updates may not change podCIDR except from \"\" to valid"));
        if (!is_same_length) {
            break;
        }
    }
    Str provider = str_of(old_spec, "providerID");
    if (provider.len && !str_eq(provider, str_of(spec, "providerID"))) {
        is_kept = false;
        field_forbidden(errs, path_child(&path, "providerID"),
                        STR("node updates may not change providerID except from \"\" to valid"));
    }
    return is_kept;
}

void node_validate_update(const Value *node, const Value *old, const Value *raw,
                          const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    core_check_metadata_update(node, old, errs);
    check_annotations(node, errs);
    check_resource_lists(node, raw, errs);
    check_address_repeats(node, errs);
    bool is_kept = check_kept(node, old, errs);
    check_config(node, errs);
    check_own_taints(node, errs);
    if (!is_kept) {
        field_forbidden(errs, path_key(NULL, STR("")),
                        STR("node updates may only change labels, taints, or capacity (or "
                            "configSource, if the DynamicKubeletConfig feature gate is enabled)"));
    }
}
