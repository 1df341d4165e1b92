/* SPDX-License-Identifier: Apache-2.0 */
/* APIServices. */
#include "kube/groups/api_service.h"

#include "base/base64.h"
#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"

static const Str statuses[] = { STR_INIT("True"), STR_INIT("False"), STR_INIT("Unknown") };

void api_service_apply_defaults(Value *service, const KubeTarget *t, Arena *a)
{
    enum { PORT = 443 };
    (void)t;
    default_to(value_at(service, "spec", "service", NULL), STR("port"), value_int(PORT), a);
}

void api_service_mark_local(Value *service, Str now, Arena *a)
{
    if (object_of(value_get_lit(service, "spec"), "service")) {
        return;
    }
    Value condition = value_object();
    value_set_lit(&condition, "type", value_str(STR("Available")), a);
    value_set_lit(&condition, "status", value_str(STR("True")), a);
    value_set_lit(&condition, "lastTransitionTime", now.ptr ? value_str(now) : value_null(), a);
    value_set_lit(&condition, "reason", value_str(STR("Local")), a);
    value_set_lit(&condition, "message", value_str(STR("Local APIServices are always available")),
                  a);
    Value conditions = value_array();
    value_add(&conditions, condition, a);
    Value status = value_object();
    value_set_lit(&status, "conditions", conditions, a);
    value_set_lit(service, "status", status, a);
}

/* -- validation ---------------------------------------------------------------------------------
 */

/* The name is made of version and group, so the usual check of names does not do. */
static void check_name(const Value *service, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(service, "metadata");
    const Value *spec = value_get_lit(service, "spec");
    Arena *a = errs->arena;
    Str name = str_of(metadata, "name");
    Str wanted = arena_printf(a, "%.*s.%.*s", STR_ARG(str_of(spec, "version")),
                              STR_ARG(str_of(spec, "group")));
    FieldErrors found = field_errors_new(a);
    Path path = path_root("metadata");
    meta_validate(metadata, false, name_check_path_segment, &path, &found);
    bool is_segment = name_check_path_segment(name).count == 0;
    if (name.len == 0 || !is_segment || str_eq(name, wanted)) {
        field_errors_append(errs, &found);
        return;
    }
    /* right before what else is wrong with metadata; a bad generateName comes first */
    Buf b = buf_new(a);
    buf_lit(&b, "must be `spec.version+\".\"+spec.group`: ");
    buf_go_quoted(&b, wanted);
    field_invalid_str(errs, path_child(&path, "name"), name, buf_str(&b));
    field_errors_append(errs, &found);
}

static void report_range(FieldErrors *errs, Path path, int64_t value, int64_t max)
{
    if (value <= 0 || value > max) {
        field_invalid_int(
            errs, path, value,
            arena_printf(errs->arena, "must be positive and less than %lld", (long long)max));
    }
}

static void check_local(const Value *spec, size_t bundle_bytes, const Path *path, FieldErrors *errs)
{
    if (bundle_bytes > 0) {
        field_invalid_str(errs, path_child(path, "caBundle"),
                          arena_printf(errs->arena, "%zu bytes", bundle_bytes),
                          STR("local APIServices may not have a caBundle"));
    }
    if (bool_of(spec, "insecureSkipTLSVerify")) {
        field_invalid_bool(errs, path_child(path, "insecureSkipTLSVerify"), true,
                           STR("local APIServices may not have insecureSkipTLSVerify"));
    }
}

static void check_service(const Value *service, const Path *path, FieldErrors *errs)
{
    if (str_of(service, "namespace").len == 0) {
        field_required(errs, path_child(path, "namespace"), STR(""));
    }
    if (str_of(service, "name").len == 0) {
        field_required(errs, path_child(path, "name"), STR(""));
    }
    int64_t port = int_of(service, "port");
    NameMessages messages = name_check_port_number(port);
    if (messages.count > 0) {
        field_invalid_int(
            errs, path_child(path, "port"), port,
            arena_printf(errs->arena, "port is not valid: %.*s", STR_ARG(messages.items[0])));
    }
}

void api_service_validate_create(const Value *service, FieldErrors *errs)
{
    enum { GROUP_PRIORITY_MAX = 20000, VERSION_PRIORITY_MAX = 1000 };
    check_name(service, errs);
    const Value *spec = value_get_lit(service, "spec");
    Path path = path_root("spec");
    Str group = str_of(spec, "group");
    Str version = str_of(spec, "version");
    if (group.len == 0 && !str_eq(version, STR("v1"))) {
        field_required(errs, path_child(&path, "group"),
                       STR("only v1 may have an empty group and it better be legacy kube"));
    } else if (group.len > 0) {
        name_report(errs, path_child(&path, "group"), group, name_check_dns1123_subdomain(group));
    }
    name_report(errs, path_child(&path, "version"), version, name_check_dns1035_label(version));
    report_range(errs, path_child(&path, "groupPriorityMinimum"),
                 int_of(spec, "groupPriorityMinimum"), GROUP_PRIORITY_MAX);
    report_range(errs, path_child(&path, "versionPriority"), int_of(spec, "versionPriority"),
                 VERSION_PRIORITY_MAX);
    Buf bundle = buf_new(errs->arena);
    (void)!base64_read(str_of(spec, "caBundle"), &bundle);
    const Value *of = object_of(spec, "service");
    if (of == NULL) {
        check_local(spec, bundle.len, &path, errs);
        return;
    }
    Path at = path_child(&path, "service");
    check_service(of, &at, errs);
    if (bool_of(spec, "insecureSkipTLSVerify") && bundle.len > 0) {
        field_invalid_bool(errs, path_child(&path, "insecureSkipTLSVerify"), true,
                           STR("may not be true if caBundle is present"));
    }
}

void api_service_validate_update(const Value *service, const Value *old, FieldErrors *errs)
{
    check_plain_meta_update(service, old, errs);
    api_service_validate_create(service, errs);
}

void api_service_validate_status_update(const Value *service, const Value *old, FieldErrors *errs)
{
    check_plain_meta_update(service, old, errs);
    Path path = path_root("status");
    Path list = path_child(&path, "conditions");
    size_t i = 0;
    VALUE_EACH_ITEM(condition, value_at(service, "status", "conditions", NULL)) {
        Path item = path_index(&list, i++);
        Str status = str_of(condition, "status");
        if (!str_list_has(STR_LIST(statuses), status)) {
            field_not_supported(errs, path_child(&item, "status"), status, STR_LIST(statuses));
        }
    }
}
