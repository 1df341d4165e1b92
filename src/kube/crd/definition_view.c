/* SPDX-License-Identifier: Apache-2.0 */
/* A definition as its validation looks at it. */
#include "kube/crd/definition_view.h"

static Str str_of(const Value *object, const char *key)
{
    Str s = value_get_str(object, str_from_c(key));
    return s.ptr ? s : STR("");
}

static const Value *some(const Value *v)
{
    return value_is_null(v) || (v->kind == VALUE_ARRAY && v->len == 0) ? NULL : v;
}

static DefinitionPart read_part(const Value *in, const char *schema_key, Arena *a)
{
    const Value *validation = some(value_get(in, str_from_c(schema_key)));
    return (DefinitionPart){
        .has_schema = validation != NULL,
        .schema = crd_schema_compile(value_get_lit(validation, "openAPIV3Schema"), a),
        .subresources = some(value_get_lit(in, "subresources")),
        .columns = some(value_get_lit(in, "additionalPrinterColumns")),
    };
}

bool definition_part_has_status(const DefinitionPart *part)
{
    return !value_is_null(value_get_lit(part->subresources, "status"));
}

static void read_versions(const Value *versions, Arena *a, Definition *out)
{
    out->has_versions = value_is(versions, VALUE_ARRAY);
    out->versions = new(a, DefinitionVersion, value_len(versions));
    VALUE_EACH_ITEM(v, versions) {
        out->versions[out->version_count++] = (DefinitionVersion){
            .name = str_of(v, "name"),
            .served = value_get_bool(v, STR("served")).value,
            .storage = value_get_bool(v, STR("storage")).value,
            .deprecated = value_get_bool(v, STR("deprecated")).value,
            .warning = value_get_str(v, STR("deprecationWarning")),
            .own = read_part(v, "schema", a),
        };
    }
}

static bool equal_or_none(const Value *x, const Value *y)
{
    return x && y ? crd_go_equal(x, y) : !x == !y;
}

static const Value *source_of(const DefinitionPart *part)
{
    return part->schema ? part->schema->source : NULL;
}

/* What is the same in all versions is taken to the top, as the conversion from v1 does. */
static void hoist(Definition *d)
{
    bool schema = true, subresources = true, columns = true;
    if (d->version_count == 0) {
        return;
    }
    DefinitionPart first = d->versions[0].own;
    for (size_t i = 1; i < d->version_count; i++) {
        const DefinitionPart *own = &d->versions[i].own;
        schema = schema && own->has_schema == first.has_schema &&
                 equal_or_none(source_of(own), source_of(&first));
        subresources = subresources && equal_or_none(own->subresources, first.subresources);
        columns = columns && equal_or_none(own->columns, first.columns);
    }
    for (size_t i = 0; i < d->version_count; i++) {
        DefinitionPart *own = &d->versions[i].own;
        if (schema) {
            own->has_schema = false;
            own->schema = NULL;
        }
        own->subresources = subresources ? NULL : own->subresources;
        own->columns = columns ? NULL : own->columns;
    }
    if (schema) {
        d->common.has_schema = first.has_schema;
        d->common.schema = first.schema;
    }
    d->common.subresources = subresources ? first.subresources : NULL;
    d->common.columns = columns ? first.columns : NULL;
    d->version = d->versions[0].name;
}

static void read_conversion(const Value *spec, Definition *out)
{
    const Value *conversion = some(value_get_lit(spec, "conversion"));
    const Value *webhook = value_get_lit(conversion, "webhook");
    out->has_conversion = conversion != NULL;
    out->strategy = str_of(conversion, "strategy");
    out->client = some(out->is_beta ? value_get_lit(conversion, "webhookClientConfig")
                                    : value_get_lit(webhook, "clientConfig"));
    out->review_versions = some(
        value_get_lit(out->is_beta ? conversion : webhook, "conversionReviewVersions"));
}

void definition_read(const Value *definition, Arena *a, Definition *out)
{
    const Value *spec = value_get_lit(definition, "spec");
    *out = (Definition){
        .is_beta = str_ends_with(str_of(definition, "apiVersion"), STR("/v1beta1")),
        .metadata = value_get_lit(definition, "metadata"),
        .status = value_get_lit(definition, "status"),
        .group = str_of(spec, "group"),
        .scope = str_of(spec, "scope"),
        .version = str_of(spec, "version"),
        .names = value_get_lit(spec, "names"),
        .preserve_unknown_fields = value_get_bool(spec, STR("preserveUnknownFields")),
    };
    read_versions(value_get_lit(spec, "versions"), a, out);
    read_conversion(spec, out);
    if (out->is_beta) {
        out->common = read_part(spec, "validation", a);
    } else {
        out->preserve_unknown_fields.set = true;
        hoist(out);
    }
}
