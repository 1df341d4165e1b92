/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schemas of custom resources as trees of structs, for those who walk them. One struct stands for
 * what the API server has as JSONSchemaProps, Structural and NestedValueValidation.
 *
 * Values of the wrong type count as absent: crd_definition_decode() has refused them.
 * Recursion over a schema is bounded by the depth that documents are read with.
 */
#ifndef PODGATE_KUBE_CRD_STRUCTURAL_H
#define PODGATE_KUBE_CRD_STRUCTURAL_H

#include "base/regex.h"
#include "kube/crd/crd.h"

typedef struct CrdNumber {
    bool set;
    double value;
} CrdNumber;

typedef struct CrdProperty {
    Str name;
    struct CrdSchema *schema;
} CrdProperty;

typedef struct CrdSchemas {
    struct CrdSchema **items;
    size_t count;
} CrdSchemas;

struct CrdSchema {
    SchemaType typed; /* of kind SCHEMA_CUSTOM; comes first, as what it points to is this struct */
    bool is_root;     /* of a whole custom resource */
    const Value *source; /* the openAPIV3Schema that this is */
    /* what makes the structure */
    Str type; /* "" for none */
    Str title;
    Str description;
    const Value *default_value; /* NULL for none; never null */
    bool nullable;
    bool has_items; /* items may be a list (items_list), which is refused */
    struct CrdSchema *items;
    CrdSchemas items_list;
    CrdProperty *properties; /* by name */
    size_t property_count;
    bool has_additional;
    bool additional_allows;
    struct CrdSchema *additional; /* NULL where it is a truth value */
    /* x-kubernetes-... */
    bool preserve_unknown_fields;
    bool forbids_unknown_fields; /* the same, given as false */
    bool embedded_resource;
    bool int_or_string;
    StrList list_map_keys;
    Str list_type; /* absent for none */
    Str map_type;
    const Value *rules; /* NULL for none */
    /* validation of values */
    Str format;
    CrdNumber maximum;
    CrdNumber minimum;
    bool exclusive_maximum;
    bool exclusive_minimum;
    OptInt64 max_length;
    OptInt64 min_length;
    Str pattern;
    const Regex *regex;  /* NULL: no pattern, or a broken one */
    Str pattern_problem; /* absent unless broken */
    OptInt64 max_items;
    OptInt64 min_items;
    bool unique_items;
    CrdNumber multiple_of;
    const Value *enums; /* NULL for none or an empty list */
    OptInt64 max_properties;
    OptInt64 min_properties;
    StrList required;
    CrdSchemas all_of;
    CrdSchemas one_of;
    CrdSchemas any_of;
    struct CrdSchema *not_of;
    /* what no structural schema has */
    Str id;
    Str schema_url;
    Str ref; /* absent for none */
    CrdProperty *pattern_properties;
    size_t pattern_property_count;
    CrdProperty *definitions;
    size_t definition_count;
    bool has_dependencies;
    CrdProperty *dependencies; /* schema: NULL where it is a list of names */
    size_t dependency_count;
    bool has_additional_items;
    struct CrdSchema *additional_items;
};

/* The schema that a type of kind SCHEMA_CUSTOM is part of. */
static inline const CrdSchema *crd_schema_of_type(const SchemaType *t)
{
    return (const CrdSchema *)(const void *)t;
}

/* NULL for what is no schema. */
CrdSchema *crd_schema_compile(const Value *schema, Arena *a);
/* The property's schema, or NULL. */
const CrdSchema *crd_schema_property(const CrdSchema *s, Str name);
/* The schema of a member of an object: a property's, or that of additional ones, or NULL. */
const CrdSchema *crd_schema_member(const CrdSchema *s, Str name);
/* Whether the predicate holds of a schema or of one within it. */
bool crd_schema_has(const CrdSchema *s, bool (*predicate)(const CrdSchema *s));

/* A structural schema that takes apiVersion, kind and metadata of its objects for what they are. */
static inline CrdSchema crd_schema_as_resource(const CrdSchema *s)
{
    CrdSchema root = s ? *s : (CrdSchema){ 0 };
    root.embedded_resource = true;
    return root;
}

/* Whole numbers of more than 64 bits become floats, as they are to Go. In place. */
void crd_go_numbers(Value *v);
/* As Go compares what it holds: integers and others are never equal, members in any order. */
bool crd_go_equal(const Value *x, const Value *y);
/* A value of any type as messages of the minor version (0: 1.20) print it: as Go does with %#v,
 * since 1.34 as JSON. */
Str crd_go_dump(const Value *v, int minor, Arena *a);
/* `Invalid value: ...` with a value of any type. */
void crd_field_invalid(FieldErrors *errs, Path path, const Value *v, Str detail);
/* `Duplicate value: ...` with the same. */
void crd_field_duplicate(FieldErrors *errs, Path path, const Value *v);

/* -- parts of crd.h, over a schema -------------------------------------------------------------
 */

/* Prunes what the schema does not know; s NULL knows nothing. */
void crd_prune(Value *object, const CrdSchema *s, bool is_resource, const Path *path, Arena *a,
               Value *unknown);
/* Removes nulls where none are wanted and no default stands in for them. */
void crd_prune_nulls(Value *object, const CrdSchema *s);
void crd_apply_defaults(Value *object, const CrdSchema *s, Arena *a);
/* Reads metadata of embedded resources (and of the object itself, is_resource) as ObjectMeta,
 * in place. False with one error in errs. */
WARN_UNUSED bool crd_coerce(Value *object, const CrdSchema *s, bool is_resource, bool drop_invalid,
                            const KubeTarget *target, const Path *path, FieldErrors *errs);
/* One metadata as ObjectMeta, encoded. False with what the decoder says. */
WARN_UNUSED bool crd_coerce_metadata(Value *metadata, bool drop_invalid, const KubeTarget *target,
                                     Arena *a, Str *problem);
/* apiVersion, kind and metadata of embedded resources. */
void crd_validate_embedded(const Value *object, const CrdSchema *s, bool is_resource,
                           const Path *path, FieldErrors *errs);
/* Lists that are sets or maps. */
void crd_validate_lists(const Value *object, const CrdSchema *s, const Path *path,
                        FieldErrors *errs);
/* A value against a schema, as OpenAPI has it. of_default: the value is one of a schema's own
 * defaults, for which formats and int-or-string are taken a little differently. path may be NULL.
 */
void crd_validate_value(const Value *v, const CrdSchema *s, bool of_default,
                        const KubeTarget *target, const Path *path, FieldErrors *errs);
/* Whether the format of a schema counts for its type; others are as if they were not there. */
bool crd_format_counts(const CrdSchema *s, const KubeTarget *target);
/* Is the format known, and if so, whether the text is of it. */
bool crd_format_is_known(Str format, const KubeTarget *target);
bool crd_format_matches(Str format, Str text, Arena *a);

/* Whether a schema is structural; the errors are in order of their texts. */
void crd_validate_structural(const CrdSchema *s, const Path *path, FieldErrors *errs);
/* What keeps a schema from being read as a structural one at all; absent for nothing. */
Str crd_schema_problem(const CrdSchema *s, Arena *a);
/* Whether a default has members that its own schema prunes. */
bool crd_schema_has_unpruned_default(const CrdSchema *s, const KubeTarget *target, Arena *a);
/* Whether its defaults are values that it takes. */
void crd_validate_defaults(const CrdSchema *s, bool require_pruned, const KubeTarget *target,
                           const Path *path, FieldErrors *errs);

#endif
