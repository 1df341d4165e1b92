/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Definitions as objects: defaults, and their two versions.
 *
 * Source: k8s.io/apiextensions-apiserver
 * pkg/apis/apiextensions/{v1,v1beta1}/{defaults,conversion}.go,
 * pkg/registry/customresourcedefinition/strategy.go
 */
#include "kube/crd/structural.h"

#define V1 STR("apiextensions.k8s.io/v1")

static Str str_of(const Value *object, const char *key)
{
    Str s = value_get_str(object, str_from_c(key));
    return s.ptr ? s : STR("");
}

static bool is_v1(const Value *definition)
{
    return str_eq(value_get_str(definition, STR("apiVersion")), V1);
}

/* -- defaults ---------------------------------------------------------------------------------- */

static void default_names(Value *names, Arena *a)
{
    Str kind = str_of(names, "kind");
    if (!str_of(names, "singular").len) {
        Str singular = arena_lower(a, kind);
        if (singular.len) {
            value_set_lit(names, "singular", value_str(singular), a);
        }
    }
    if (!str_of(names, "listKind").len && kind.len) {
        value_set_lit(names, "listKind", value_str(arena_concat(a, kind, STR("List"))), a);
    }
}

static Value strings_of(Str one, Arena *a)
{
    Value list = value_array();
    value_add(&list, value_str(one), a);
    return list;
}

static void default_service(Value *client, Arena *a)
{
    Value *service = value_get_lit(client, "service");
    if (value_is(service, VALUE_OBJECT) && value_is_null(value_get_lit(service, "port"))) {
        value_set_lit(service, "port", value_int(443), a);
    }
}

static void default_conversion(Value *spec, bool v1, Arena *a)
{
    Value *conversion = value_get_lit(spec, "conversion");
    if (value_is_null(conversion)) {
        Value none = value_object();
        value_set_lit(&none, "strategy", value_str(STR("None")), a);
        value_set_lit(spec, "conversion", none, a);
        return;
    }
    if (v1) {
        default_service(value_at(conversion, "webhook", "clientConfig", NULL), a);
        return;
    }
    default_service(value_get_lit(conversion, "webhookClientConfig"), a);
    if (str_eq(str_of(conversion, "strategy"), STR("Webhook")) &&
        value_len(value_get_lit(conversion, "conversionReviewVersions")) == 0) {
        value_set_lit(conversion, "conversionReviewVersions", strings_of(STR("v1beta1"), a), a);
    }
}

static void default_beta_versions(Value *spec, Arena *a)
{
    const Value *versions = value_get_lit(spec, "versions");
    Str version = str_of(spec, "version");
    if (value_len(versions) == 0 && version.len) {
        Value one = value_object(), list = value_array();
        value_set_lit(&one, "name", value_str(version), a);
        value_set_lit(&one, "served", value_bool(true), a);
        value_set_lit(&one, "storage", value_bool(true), a);
        value_add(&list, one, a);
        value_set_lit(spec, "versions", list, a);
    } else if (!version.len && value_len(versions)) {
        Str first = str_of(value_item(versions, 0), "name");
        if (first.len) {
            value_set_lit(spec, "version", value_str(first), a);
        }
    }
    if (value_is_null(value_get_lit(spec, "preserveUnknownFields"))) {
        value_set_lit(spec, "preserveUnknownFields", value_bool(true), a);
    }
    if (!str_of(spec, "scope").len) {
        value_set_lit(spec, "scope", value_str(STR("Namespaced")), a);
    }
}

static Str storage_version(const Value *definition)
{
    VALUE_EACH_ITEM(v, value_at(definition, "spec", "versions", NULL)) {
        if (value_get_bool(v, STR("storage")).value) {
            return str_of(v, "name");
        }
    }
    return STR_ABSENT;
}

static void store_version(Value *definition, Arena *a)
{
    Str storage = storage_version(definition);
    Value *status = value_need_object(definition, STR("status"), a);
    Value *stored = value_get_lit(status, "storedVersions");
    if (!storage.ptr || !status) {
        return;
    }
    VALUE_EACH_ITEM(v, stored) {
        if (str_eq(value_as_str(v), storage)) {
            return;
        }
    }
    if (!value_is(stored, VALUE_ARRAY)) {
        value_set_lit(status, "storedVersions", strings_of(storage, a), a);
    } else {
        value_add(stored, value_str(storage), a);
    }
}

void crd_definition_default(Value *definition, Arena *a)
{
    bool v1 = is_v1(definition);
    Value *spec = value_need_object(definition, STR("spec"), a);
    if (!spec) {
        return;
    }
    if (!v1) {
        default_beta_versions(spec, a);
    }
    Value *names = value_need_object(spec, STR("names"), a);
    if (names) {
        default_names(names, a);
    }
    default_conversion(spec, v1, a);
    if (value_len(value_at(definition, "status", "storedVersions", NULL)) == 0) {
        store_version(definition, a);
    }
}

/* -- before it is stored ----------------------------------------------------------------------- */

/* The status of a definition that nobody has looked at yet. */
static Value empty_status(Arena *a)
{
    Value names = value_object(), status = value_object();
    value_set_lit(&names, "plural", value_str(STR("")), a);
    value_set_lit(&names, "kind", value_str(STR("")), a);
    value_set_lit(&status, "conditions", value_null(), a);
    value_set_lit(&status, "acceptedNames", names, a);
    value_set_lit(&status, "storedVersions", value_null(), a);
    return status;
}

void crd_definition_prepare(Value *definition, const Value *old, Arena *a)
{
    Value *metadata = value_need_object(definition, STR("metadata"), a);
    const Value *old_status = value_get_lit(old, "status");
    if (!old) {
        value_set_lit(definition, "status", empty_status(a), a);
        if (metadata) {
            value_set_lit(metadata, "generation", value_int(1), a);
        }
    } else if (old_status) {
        value_set_lit(definition, "status", value_copy(old_status, a), a);
    } else {
        value_remove(definition, STR("status"));
    }
    const Value *spec = value_get_lit(definition, "spec"), *was = value_get_lit(old, "spec");
    if (old && metadata && spec && was && !value_equal(spec, was)) {
        int64_t generation = value_get_int(value_get_lit(old, "metadata"), STR("generation")).value;
        value_set_lit(metadata, "generation", value_int(generation + 1), a);
    }
    store_version(definition, a);
}

/* -- the two versions --------------------------------------------------------------------------
 */

static void copy_member(Value *to, const char *key, const Value *from, Arena *a)
{
    const Value *v = value_get(from, str_from_c(key));
    if (!value_is_null(v)) {
        value_set(to, str_from_c(key), *v, a);
    }
}

static void set_some(Value *to, const char *key, const Value *v, Arena *a)
{
    if (!value_is_null(v)) {
        value_set(to, str_from_c(key), *v, a);
    }
}

/* Columns with the other name for their path. */
static Value rename_columns(const Value *columns, const char *from, const char *to, Arena *a)
{
    Value out = value_array();
    VALUE_EACH_ITEM(column, columns) {
        Value renamed = value_object();
        VALUE_EACH_MEMBER(m, column) {
            bool is_path = str_eq(member_key(m), str_from_c(from));
            value_append(&renamed, is_path ? str_from_c(to) : member_key(m), m->value, a);
        }
        value_add(&out, renamed, a);
    }
    return out;
}

static Value convert_conversion(const Value *in, bool to_v1, Arena *a)
{
    Value out = value_object(), webhook = value_object();
    copy_member(&out, "strategy", in, a);
    if (to_v1) {
        const Value *client = value_get_lit(in, "webhookClientConfig");
        const Value *versions = value_get_lit(in, "conversionReviewVersions");
        set_some(&webhook, "clientConfig", client, a);
        set_some(&webhook, "conversionReviewVersions", versions, a);
        if (webhook.len) {
            if (value_is_null(versions)) {
                value_set_lit(&webhook, "conversionReviewVersions", value_null(), a);
            }
            value_set_lit(&out, "webhook", webhook, a);
        }
        return out;
    }
    const Value *from = value_get_lit(in, "webhook");
    set_some(&out, "webhookClientConfig", value_get_lit(from, "clientConfig"), a);
    set_some(&out, "conversionReviewVersions", value_get_lit(from, "conversionReviewVersions"), a);
    return out;
}

/* Whether all versions have the same there. */
static bool is_common(const Value *versions, const char *key)
{
    const Value *first = value_get(value_item(versions, 0), str_from_c(key));
    VALUE_EACH_ITEM(v, versions) {
        const Value *other = value_get(v, str_from_c(key));
        bool none = value_is_null(first) || (first->kind == VALUE_ARRAY && first->len == 0);
        bool other_none = value_is_null(other) || (other->kind == VALUE_ARRAY && other->len == 0);
        if (none != other_none || (!none && !crd_go_equal(first, other))) {
            return false;
        }
    }
    return true;
}

static const char *const version_fields[] = { "name", "served", "storage", "deprecated",
                                              "deprecationWarning" };

static Value version_head(const Value *v, Arena *a)
{
    Value out = value_object();
    for (size_t i = 0; i < COUNT_OF(version_fields); i++) {
        copy_member(&out, version_fields[i], v, a);
    }
    return out;
}

static Value spec_to_v1(const Value *in, Arena *a)
{
    Value out = value_object(), versions = value_array();
    const Value *validation = value_get_lit(in, "validation");
    const Value *subresources = value_get_lit(in, "subresources");
    const Value *columns = value_get_lit(in, "additionalPrinterColumns");
    VALUE_EACH_ITEM(v, value_get_lit(in, "versions")) {
        Value one = version_head(v, a);
        const Value *own = value_get_lit(v, "schema");
        set_some(&one, "schema", value_is_null(validation) ? own : validation, a);
        own = value_get_lit(v, "subresources");
        set_some(&one, "subresources", value_is_null(subresources) ? own : subresources, a);
        own = value_get_lit(v, "additionalPrinterColumns");
        Value renamed = rename_columns(value_is_null(columns) ? own : columns, "JSONPath",
                                       "jsonPath", a);
        if (renamed.len) {
            value_set_lit(&one, "additionalPrinterColumns", renamed, a);
        }
        value_add(&versions, one, a);
    }
    copy_member(&out, "group", in, a);
    copy_member(&out, "names", in, a);
    copy_member(&out, "scope", in, a);
    value_set_lit(&out, "versions", value_get_lit(in, "versions") ? versions : value_null(), a);
    if (value_get_lit(in, "conversion")) {
        value_set_lit(&out, "conversion",
                      convert_conversion(value_get_lit(in, "conversion"), true, a), a);
    }
    if (value_get_bool(in, STR("preserveUnknownFields")).value) {
        value_set_lit(&out, "preserveUnknownFields", value_bool(true), a);
    }
    return out;
}

static Value spec_to_beta(const Value *in, Arena *a)
{
    Value out = value_object(), versions = value_array();
    const Value *from = value_get_lit(in, "versions"), *first = value_item(from, 0);
    bool schema = is_common(from, "schema"), subresources = is_common(from, "subresources");
    bool columns = is_common(from, "additionalPrinterColumns");
    copy_member(&out, "group", in, a);
    copy_member(&out, "version", first, a);
    if (str_of(first, "name").len) {
        value_set_lit(&out, "version", value_str(str_of(first, "name")), a);
    }
    copy_member(&out, "names", in, a);
    copy_member(&out, "scope", in, a);
    set_some(&out, "validation", schema ? value_get_lit(first, "schema") : NULL, a);
    set_some(&out, "subresources", subresources ? value_get_lit(first, "subresources") : NULL, a);
    VALUE_EACH_ITEM(v, from) {
        Value one = version_head(v, a);
        set_some(&one, "schema", schema ? NULL : value_get_lit(v, "schema"), a);
        set_some(&one, "subresources", subresources ? NULL : value_get_lit(v, "subresources"), a);
        Value renamed = rename_columns(value_get_lit(v, "additionalPrinterColumns"), "jsonPath",
                                       "JSONPath", a);
        if (!columns && renamed.len) {
            value_set_lit(&one, "additionalPrinterColumns", renamed, a);
        }
        value_add(&versions, one, a);
    }
    if (versions.len) {
        value_set_lit(&out, "versions", versions, a);
    }
    Value renamed = rename_columns(value_get_lit(first, "additionalPrinterColumns"), "jsonPath",
                                   "JSONPath", a);
    if (columns && renamed.len) {
        value_set_lit(&out, "additionalPrinterColumns", renamed, a);
    }
    if (value_get_lit(in, "conversion")) {
        value_set_lit(&out, "conversion",
                      convert_conversion(value_get_lit(in, "conversion"), false, a), a);
    }
    value_set_lit(&out, "preserveUnknownFields",
                  value_bool(value_get_bool(in, STR("preserveUnknownFields")).value), a);
    return out;
}

Value crd_definition_convert(const Value *in, Str to_api_version, Arena *a)
{
    Value out = value_object();
    if (str_eq(value_get_str(in, STR("apiVersion")), to_api_version)) {
        return *in;
    }
    bool to_v1 = str_eq(to_api_version, V1);
    VALUE_EACH_MEMBER(m, in) {
        Value v = m->value;
        if (str_eq(member_key(m), STR("apiVersion"))) {
            v = value_str(to_api_version);
        } else if (str_eq(member_key(m), STR("spec"))) {
            v = to_v1 ? spec_to_v1(&m->value, a) : spec_to_beta(&m->value, a);
        }
        value_append(&out, member_key(m), v, a);
    }
    return out;
}
