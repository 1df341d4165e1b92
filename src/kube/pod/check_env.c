/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of environment variables, and of references to a pod's own fields and resources. */
#include "kube/pod/check.h"
#include "kube/quantity.h"

enum { ANY_ENV_NAME_MINOR = 32, HOST_IPS_MINOR = 29 };

/* -- references -------------------------------------------------------------------------------- */

/* "metadata.labels['key']" -> path and subscript. */
static bool split_subscript(Str text, Str *path, Str *subscript)
{
    *path = text;
    ptrdiff_t open = str_index(text, STR("['"));
    if (!str_ends_with(text, STR("']")) || open <= 0 || (size_t)open + 4 > text.len) {
        return false;
    }
    *path = str_slice(text, 0, (size_t)open);
    *subscript = str_slice(text, (size_t)open + 2, text.len - 2);
    return true;
}

static const Str field_labels[] = {
    STR_INIT("metadata.annotations"), STR_INIT("metadata.labels"),
    STR_INIT("metadata.name"),        STR_INIT("metadata.namespace"),
    STR_INIT("metadata.uid"),         STR_INIT("spec.nodeName"),
    STR_INIT("spec.restartPolicy"),   STR_INIT("spec.serviceAccountName"),
    STR_INIT("spec.schedulerName"),   STR_INIT("status.phase"),
    STR_INIT("status.hostIP"),        STR_INIT("status.podIP"),
    STR_INIT("status.podIPs"),
};

/* The reason why a label is none; absent when it is one. */
static Str field_label_problem(const PodCheck *c, Str version, Str label)
{
    Arena *a = check_arena(c);
    Str path;
    Str subscript;
    if (!str_eq(version, STR("v1"))) {
        return arena_printf(a, "unsupported pod version: %.*s", STR_ARG(version));
    }
    if (split_subscript(label, &path, &subscript)) {
        bool has_subscripts = str_eq(path, STR("metadata.annotations")) ||
                              str_eq(path, STR("metadata.labels"));
        return has_subscripts ? STR_ABSENT
                              : arena_printf(a, "field label does not support subscript: %.*s",
                                             STR_ARG(label));
    }
    bool is_known = str_list_has(CHECK_LIST(field_labels), label) ||
                    str_eq(label, STR("spec.host")) ||
                    (c->target->minor >= HOST_IPS_MINOR && str_eq(label, STR("status.hostIPs")));
    return is_known ? STR_ABSENT
                    : arena_printf(a, "field label not supported: %.*s", STR_ARG(label));
}

void check_field_ref(PodCheck *c, const Value *field_ref, StrList supported, const Path *path)
{
    Str label = str_of(field_ref, "fieldPath");
    if (!check_required(c, field_ref, STR("apiVersion"), path) ||
        !check_required(c, field_ref, STR("fieldPath"), path)) {
        return;
    }
    Str problem = field_label_problem(c, str_of(field_ref, "apiVersion"), label);
    if (problem.ptr) {
        field_invalid_str(
            c->errs, path_child(path, "fieldPath"), label,
            arena_printf(check_arena(c), "error converting fieldPath: %.*s", STR_ARG(problem)));
        return;
    }
    Str field;
    Str subscript;
    if (split_subscript(label, &field, &subscript)) {
        bool is_annotation = str_eq(field, STR("metadata.annotations"));
        Str key = is_annotation ? arena_lower(check_arena(c), subscript) : subscript;
        name_report(c->errs, *path, subscript, name_check_qualified(key));
        return;
    }
    Str old_name = STR("spec.host");
    field = str_eq(label, old_name) ? STR("spec.nodeName") : label;
    if (!str_list_has(supported, field)) {
        field_not_supported(c->errs, path_child(path, "fieldPath"), field, supported);
    }
}

static bool is_huge_page_resource(Str resource)
{
    return str_starts_with(resource, STR("requests.hugepages-")) ||
           str_starts_with(resource, STR("limits.hugepages-"));
}

#define BYTE_DIVISORS "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei"

static void check_divisor(PodCheck *c, Str resource, const Value *field_ref, const Path *path)
{
    static const Str cpu[] = { STR_INIT("1m"), STR_INIT("1") };
    static const Str bytes[] = {
        STR_INIT("1"),   STR_INIT("1k"),  STR_INIT("1M"),  STR_INIT("1G"),  STR_INIT("1T"),
        STR_INIT("1P"),  STR_INIT("1E"),  STR_INIT("1Ki"), STR_INIT("1Mi"), STR_INIT("1Gi"),
        STR_INIT("1Ti"), STR_INIT("1Pi"), STR_INIT("1Ei"),
    };
    static const struct {
        Str resource; /* after "limits." or "requests." */
        StrList divisors;
        Str wrong;
    } rows[] = {
        { STR_INIT("cpu"),
          { cpu, COUNT_OF(cpu) },
          STR_INIT("only divisor's values 1m and 1 are supported with the cpu resource") },
        { STR_INIT("memory"),
          { bytes, COUNT_OF(bytes) },
          STR_INIT("only divisor's values " BYTE_DIVISORS
                   " are supported with the memory resource") },
        { STR_INIT("ephemeral-storage"),
          { bytes, COUNT_OF(bytes) },
          STR_INIT("only divisor's values " BYTE_DIVISORS
                   " are supported with the local ephemeral storage resource") },
        { STR_INIT("hugepages-"),
          { bytes, COUNT_OF(bytes) },
          STR_INIT("only divisor's values " BYTE_DIVISORS
                   " are supported with the hugepages resource") },
    };
    Str divisor = str_of(field_ref, "divisor");
    Quantity q;
    if (!quantity_parse(divisor, NULL, &q, NULL) || quantity_is_zero(&q)) {
        return;
    }
    bool is_limit = str_starts_with(resource, STR("limits."));
    Str rest = str_cut_prefix(resource, is_limit ? STR("limits.") : STR("requests."));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool is_it = rest.len < resource.len &&
                     (is_huge_page_resource(resource) ? i + 1 == COUNT_OF(rows)
                                                      : str_eq(rest, rows[i].resource));
        if (is_it && !str_list_has(rows[i].divisors, divisor)) {
            field_invalid_str(c->errs, path_child(path, "divisor"), resource, rows[i].wrong);
        }
    }
}

void check_resource_field_ref(PodCheck *c, const Value *field_ref, bool in_volume, const Path *path)
{
    static const Str supported[] = { STR_INIT("limits.cpu"),
                                     STR_INIT("limits.ephemeral-storage"),
                                     STR_INIT("limits.memory"),
                                     STR_INIT("requests.cpu"),
                                     STR_INIT("requests.ephemeral-storage"),
                                     STR_INIT("requests.memory") };
    Str resource = str_of(field_ref, "resource");
    bool has_container = !in_volume || check_required(c, field_ref, STR("containerName"), path);
    if (has_container && check_required(c, field_ref, STR("resource"), path)) {
        bool is_huge = kube_has(c->target, FEATURE_DOWNWARD_API_HUGE_PAGES) &&
                       is_huge_page_resource(resource);
        if (!is_huge && !str_list_has(CHECK_LIST(supported), resource)) {
            field_not_supported(c->errs, path_child(path, "resource"), resource,
                                CHECK_LIST(supported));
        }
    }
    check_divisor(c, resource, field_ref, path);
}

/* -- variables --------------------------------------------------------------------------------- */

static void check_env_name(PodCheck *c, Str name, Path path)
{
    if (c->target->minor < ANY_ENV_NAME_MINOR) {
        check_name(c, name, name_check_env_var, path);
        return;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] < ' ' || name.ptr[i] > '~' || name.ptr[i] == '=') {
            field_invalid_str(c->errs, path, name,
                              STR("a valid environment variable name must consist only of "
                                  "printable ASCII characters other than '='"));
            return;
        }
    }
}

/* A key of a config map or secret. */
static void check_key_ref(PodCheck *c, const Value *ref, const Path *path)
{
    check_name(c, str_of(ref, "name"), name_check_dns1123_subdomain, path_child(path, "name"));
    if (check_required(c, ref, STR("key"), path)) {
        check_name(c, str_of(ref, "key"), name_check_config_map_key, path_child(path, "key"));
    }
}

static void check_env_field_ref(PodCheck *c, const Value *ref, const Path *path)
{
    static const Str supported[] = {
        STR_INIT("metadata.name"), STR_INIT("metadata.namespace"),      STR_INIT("metadata.uid"),
        STR_INIT("spec.nodeName"), STR_INIT("spec.serviceAccountName"), STR_INIT("status.hostIP"),
        STR_INIT("status.podIP"),  STR_INIT("status.podIPs"),
    };
    static const Str supported_with_host_ips[] = {
        STR_INIT("metadata.name"),
        STR_INIT("metadata.namespace"),
        STR_INIT("metadata.uid"),
        STR_INIT("spec.nodeName"),
        STR_INIT("spec.serviceAccountName"),
        STR_INIT("status.hostIP"),
        STR_INIT("status.hostIPs"),
        STR_INIT("status.podIP"),
        STR_INIT("status.podIPs"),
    };
    bool has_host_ips = c->target->minor >= HOST_IPS_MINOR;
    check_field_ref(
        c, ref, has_host_ips ? CHECK_LIST(supported_with_host_ips) : CHECK_LIST(supported), path);
}

static void check_env_resource_ref(PodCheck *c, const Value *ref, const Path *path)
{
    check_resource_field_ref(c, ref, false, path);
}

static void check_value_from(PodCheck *c, const Value *var, const Path *path)
{
    static const struct {
        Str member;
        void (*check)(PodCheck *c, const Value *ref, const Path *path);
    } sources[] = {
        { STR_INIT("fieldRef"), check_env_field_ref },
        { STR_INIT("resourceFieldRef"), check_env_resource_ref },
        { STR_INIT("configMapKeyRef"), check_key_ref },
        { STR_INIT("secretKeyRef"), check_key_ref },
        { STR_INIT("fileKeyRef"), NULL }, /* newer; only counted */
    };
    const Value *from = object_of(var, "valueFrom");
    if (!from) {
        return;
    }
    size_t found = 0;
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        const Value *source = check_object(from, sources[i].member);
        if (source) {
            found++;
            Path source_path = path_child_str(path, sources[i].member);
            if (sources[i].check) {
                sources[i].check(c, source, &source_path);
            }
        }
    }
    if (!found) {
        field_invalid_str(c->errs, *path, STR(""),
                          STR("must specify one of: `fieldRef`, `resourceFieldRef`, "
                              "`configMapKeyRef` or `secretKeyRef`"));
    } else if (str_of(var, "value").len) {
        field_invalid_str(c->errs, *path, STR(""),
                          STR("may not be specified when `value` is not empty"));
    } else if (found > 1) {
        field_invalid_str(c->errs, *path, STR(""),
                          STR("may not have more than one field specified at a time"));
    }
}

void check_env(PodCheck *c, const Value *env, const Path *path)
{
    size_t i = 0;
    VALUE_EACH_ITEM(var, env) {
        Path item = path_index(path, i++);
        if (check_required(c, var, STR("name"), &item)) {
            check_env_name(c, str_of(var, "name"), path_child(&item, "name"));
        }
        Path from = path_child(&item, "valueFrom");
        check_value_from(c, var, &from);
    }
}

void check_env_from(PodCheck *c, const Value *env_from, const Path *path)
{
    static const Str sources[] = { STR_INIT("configMapRef"), STR_INIT("secretRef") };
    size_t i = 0;
    VALUE_EACH_ITEM(item, env_from) {
        Path item_path = path_index(path, i++);
        Str prefix = str_of(item, "prefix");
        if (prefix.len) {
            check_env_name(c, prefix, path_child(&item_path, "prefix"));
        }
        size_t found = 0;
        for (size_t k = 0; k < COUNT_OF(sources); k++) {
            const Value *source = check_object(item, sources[k]);
            if (!source) {
                continue;
            }
            found++;
            Path source_path = path_child_str(&item_path, sources[k]);
            if (check_required(c, source, STR("name"), &source_path)) {
                Str name = str_of(source, "name");
                name_report(c->errs, path_child(&source_path, "name"), name,
                            name_check_prefix(name_check_dns1123_subdomain, name, check_arena(c)));
            }
        }
        if (!found) {
            field_invalid_str(c->errs, *path, STR(""),
                              STR("must specify one of: `configMapRef` or `secretRef`"));
        } else if (found > 1) {
            field_invalid_str(c->errs, *path, STR(""),
                              STR("may not have more than one field specified at a time"));
        }
    }
}
