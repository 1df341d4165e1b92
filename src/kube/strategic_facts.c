/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of strategic merge patches, out of the tables of API types. */
#include "kube/strategic_facts.h"

/* Exactly, else in any case: the first that fits, as Go's reflection does. */
static const SchemaField *find_field(const SchemaType *t, Str name, const KubeTarget *target)
{
    const SchemaField *f = schema_field(t, name, target);
    for (unsigned i = 0; !f && i < t->field_count; i++) {
        const SchemaField *row = &schema_fields_of(t)[i];
        if (schema_field_is_in(row, target) && str_eq_ignore_case(schema_field_name(row), name)) {
            f = row;
        }
    }
    return f;
}

/* Kinds that are structs in Go, though we know no fields of all but one. */
static bool is_go_struct(SchemaKind kind)
{
    return kind == SCHEMA_STRUCT || kind == SCHEMA_INT_OR_STRING || kind == SCHEMA_QUANTITY ||
           kind == SCHEMA_TIME || kind == SCHEMA_MICRO_TIME || kind == SCHEMA_RAW;
}

static StrategicLookup field(const void *schema, StrategicType type, Str name, bool is_list,
                             StrategicField *out)
{
    const SchemaType *t = type;
    if (!is_go_struct(schema_kind(t))) {
        return STRATEGIC_NOT_STRUCT;
    }
    const SchemaField *f = find_field(t, name, schema);
    if (!f) {
        return STRATEGIC_NO_FIELD;
    }
    const SchemaType *of_field = schema_field_type(f);
    SchemaKind kind = schema_kind(of_field);
    bool has_items = kind == SCHEMA_LIST || kind == SCHEMA_BYTES;
    if (is_list && !has_items && !(f->flags & SCHEMA_POINTER)) {
        return STRATEGIC_NOT_LIST;
    }
    *out = (StrategicField){
        .type = kind == SCHEMA_LIST ? schema_item(of_field) : of_field,
        .merge = f->flags & SCHEMA_MERGE,
        .replace = f->flags & SCHEMA_REPLACE,
        .merge_key = schema_merge_key(f),
    };
    return STRATEGIC_FOUND;
}

static Str go_kind(const void *schema, StrategicType type)
{
    (void)schema;
    switch (schema_kind(type)) {
    case SCHEMA_STRING:
        return STR("string");
    case SCHEMA_BOOL:
        return STR("bool");
    case SCHEMA_INT32:
        return STR("int32");
    case SCHEMA_INT64:
        return STR("int64");
    case SCHEMA_BYTES:
    case SCHEMA_LIST:
        return STR("slice");
    case SCHEMA_MAP:
        return STR("map");
    case SCHEMA_INT_OR_STRING:
    case SCHEMA_QUANTITY:
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
    case SCHEMA_RAW:
    case SCHEMA_STRUCT:
        break;
    }
    return STR("struct");
}

static Str go_name(const void *schema, StrategicType type)
{
    (void)schema;
    switch (schema_kind(type)) {
    case SCHEMA_STRUCT: {
        Str name = schema_type_name(type); /* "core/v1.PodSpec" */
        return str_drop(name, (size_t)(str_rindex_byte(name, '.') + 1));
    }
    case SCHEMA_INT_OR_STRING:
        return STR("IntOrString");
    case SCHEMA_QUANTITY:
        return STR("Quantity");
    case SCHEMA_TIME:
        return STR("Time");
    case SCHEMA_MICRO_TIME:
        return STR("MicroTime");
    case SCHEMA_RAW:
        return STR("RawExtension");
    default:
        return STR("");
    }
}

StrategicFacts schema_strategic_facts(const KubeTarget *target)
{
    return (
        StrategicFacts){ .schema = target, .field = field, .go_kind = go_kind, .go_name = go_name };
}
