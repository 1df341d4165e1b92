/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions, compiled. */
#include "kube/crd/structural.h"

static Str str_of(const Value *object, const char *key)
{
    Str s = value_get_str(object, str_from_c(key));
    return s.ptr ? s : STR("");
}

static void read_names(const Value *names, Arena *a, CrdNames *out)
{
    *out = (CrdNames){
        .plural = str_of(names, "plural"),
        .singular = str_of(names, "singular"),
        .kind = str_of(names, "kind"),
        .list_kind = str_of(names, "listKind"),
        .short_names = value_str_list(value_get_lit(names, "shortNames"), a),
        .categories = value_str_list(value_get_lit(names, "categories"), a),
    };
}

static void read_subresources(const Value *subresources, CrdVersion *out)
{
    const Value *scale = value_get_lit(subresources, "scale");
    out->has_status = value_is(value_get_lit(subresources, "status"), VALUE_OBJECT);
    out->has_scale = value_is(scale, VALUE_OBJECT);
    out->scale = (CrdScalePaths){ str_of(scale, "specReplicasPath"),
                                  str_of(scale, "statusReplicasPath"),
                                  value_get_str(scale, STR("labelSelectorPath")) };
}

static bool has_rules(const CrdSchema *s)
{
    return s->rules != NULL;
}

static const Value *list_of(const Value *object, const char *key)
{
    const Value *list = value_get(object, str_from_c(key));
    return value_is(list, VALUE_ARRAY) && list->len ? list : NULL;
}

static void read_version(const Value *v, const Crd *crd, Arena *a, CrdVersion *out)
{
    const Value *schema = value_at(v, "schema", "openAPIV3Schema", NULL);
    *out = (CrdVersion){
        .name = str_of(v, "name"),
        .served = value_get_bool(v, STR("served")).value,
        .storage = value_get_bool(v, STR("storage")).value,
        .deprecated = value_get_bool(v, STR("deprecated")).value,
        .deprecation_warning = value_get_str(v, STR("deprecationWarning")),
        .schema_value = value_is(schema, VALUE_OBJECT) ? schema : NULL,
        .columns = list_of(v, "additionalPrinterColumns"),
        .selectable_fields = list_of(v, "selectableFields"),
        .preserve_unknown_fields = crd->preserve_unknown_fields,
    };
    CrdSchema *schema_root = crd_schema_compile(schema, a);
    if (schema_root) {
        schema_root->is_root = true;
    }
    out->schema = schema_root;
    out->has_rules = crd_schema_has(out->schema, has_rules);
    read_subresources(value_get_lit(v, "subresources"), out);
}

static bool has_condition(const Value *status, const char *type)
{
    VALUE_EACH_ITEM(c, value_get_lit(status, "conditions")) {
        if (str_eq(value_get_str(c, STR("type")), str_from_c(type))) {
            return str_eq(value_get_str(c, STR("status")), STR("True"));
        }
    }
    return false;
}

static void read_status(const Value *status, Arena *a, Crd *out)
{
    read_names(value_get_lit(status, "acceptedNames"), a, &out->accepted);
    out->is_established = has_condition(status, "Established");
    out->names_accepted = has_condition(status, "NamesAccepted");
    out->is_terminating = has_condition(status, "Terminating");
    out->stored_versions = value_str_list(value_get_lit(status, "storedVersions"), a);
}

static void read_conversion(const Value *conversion, Arena *a, Crd *out)
{
    const Value *webhook = value_get_lit(conversion, "webhook");
    out->is_webhook_conversion = str_eq(str_of(conversion, "strategy"), STR("Webhook"));
    out->conversion_client = value_get_lit(webhook, "clientConfig");
    out->conversion_review_versions = value_str_list(
        value_get_lit(webhook, "conversionReviewVersions"), a);
}

bool crd_read(const Value *definition, const KubeTarget *target, Arena *a, Crd *out, Err *err)
{
    const Value *spec = value_get_lit(definition, "spec");
    const Value *versions = value_get_lit(spec, "versions");
    if (!value_is(spec, VALUE_OBJECT) || value_len(versions) == 0 ||
        !value_is(versions, VALUE_ARRAY)) {
        return err_set(err, a, ERR_TYPE, "a CustomResourceDefinition without versions");
    }
    *out = (Crd){
        .target = *target,
        .definition = definition,
        .name = str_of(value_get_lit(definition, "metadata"), "name"),
        .group = str_of(spec, "group"),
        .is_namespaced = str_eq(str_of(spec, "scope"), STR("Namespaced")),
        .preserve_unknown_fields = value_get_bool(spec, STR("preserveUnknownFields")).value,
        .versions = new(a, CrdVersion, versions->len),
        .version_count = versions->len,
    };
    read_names(value_get_lit(spec, "names"), a, &out->names);
    read_conversion(value_get_lit(spec, "conversion"), a, out);
    read_status(value_get_lit(definition, "status"), a, out);
    for (size_t i = 0; i < versions->len; i++) {
        read_version(&versions->items[i], out, a, &out->versions[i]);
    }
    return true;
}

const CrdVersion *crd_version(const Crd *crd, Str name)
{
    for (size_t i = 0; i < crd->version_count; i++) {
        if (str_eq(crd->versions[i].name, name)) {
            return &crd->versions[i];
        }
    }
    return NULL;
}

const CrdVersion *crd_storage_version(const Crd *crd)
{
    for (size_t i = 0; i < crd->version_count; i++) {
        if (crd->versions[i].storage) {
            return &crd->versions[i];
        }
    }
    return NULL;
}

static bool is_int_or_string(const CrdSchema *s)
{
    return s->int_or_string;
}

const SchemaType *crd_managed_type(const Crd *crd, const CrdVersion *v)
{
    enum { INT_OR_STRING_SINCE = 23 };
    if (!v->schema || crd->preserve_unknown_fields) {
        return NULL;
    }
    for (size_t i = 0; i < crd->version_count; i++) {
        if (crd->target.minor < INT_OR_STRING_SINCE &&
            crd_schema_has(crd->versions[i].schema, is_int_or_string)) {
            return NULL;
        }
    }
    return &v->schema->typed;
}

/* -- deprecated versions ------------------------------------------------------------------------
 */

typedef struct Age {
    bool is_known; /* "v1", "v2beta3" */
    int64_t stage; /* alpha, beta, stable */
    int64_t major;
    int64_t minor;
} Age;

static bool take_number(Str *rest, int64_t *out)
{
    size_t len = 0;
    while (len < rest->len && rest->ptr[len] >= '0' && rest->ptr[len] <= '9') {
        len++;
    }
    bool fine = len > 0 && rest->ptr[0] != '0' && str_to_int64(str_slice(*rest, 0, len), out);
    *rest = str_drop(*rest, len);
    return fine;
}

static Age age_of(Str version)
{
    Age age = { .stage = 2 };
    Str rest = str_cut_prefix(version, STR("v"));
    age.is_known = rest.len < version.len && take_number(&rest, &age.major);
    for (int64_t stage = 0; age.is_known && rest.len && stage < 2; stage++) {
        Str name = stage ? STR("beta") : STR("alpha");
        if (str_starts_with(rest, name)) {
            rest = str_drop(rest, name.len);
            age.stage = stage;
            age.is_known = take_number(&rest, &age.minor);
        }
    }
    age.is_known = age.is_known && rest.len == 0;
    return age;
}

/* >0 when x is to be preferred to y: by stage, then by number. */
static int64_t compare_versions(Str x, Str y)
{
    Age a = age_of(x), b = age_of(y);
    if (!a.is_known || !b.is_known) {
        return a.is_known != b.is_known ? (int64_t)a.is_known - (int64_t)b.is_known : str_cmp(y, x);
    }
    return a.stage != b.stage   ? a.stage - b.stage
           : a.major != b.major ? a.major - b.major
                                : a.minor - b.minor;
}

Str crd_deprecation_warning(const Crd *crd, const CrdVersion *v, Arena *a)
{
    if (!v->deprecated || v->deprecation_warning.ptr) {
        return v->deprecated ? v->deprecation_warning : STR_ABSENT;
    }
    const CrdVersion *best = NULL;
    for (size_t i = 0; i < crd->version_count; i++) {
        const CrdVersion *other = &crd->versions[i];
        if (other->served && !other->deprecated && compare_versions(v->name, other->name) < 0 &&
            (!best || compare_versions(other->name, best->name) > 0)) {
            best = other;
        }
    }
    Buf b = buf_new(a);
    buf_printf(&b, "%.*s/%.*s %.*s is deprecated", STR_ARG(crd->group), STR_ARG(v->name),
               STR_ARG(crd->names.kind));
    if (best) {
        buf_printf(&b, "; use %.*s/%.*s %.*s", STR_ARG(crd->group), STR_ARG(best->name),
                   STR_ARG(crd->names.kind));
    }
    return buf_str(&b);
}
