/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A definition as its validation looks at it: as the API server's internal type has it, where what
 * all versions have in common stands once at the top. Private to this folder.
 */
#ifndef PODGATE_KUBE_CRD_DEFINITION_VIEW_H
#define PODGATE_KUBE_CRD_DEFINITION_VIEW_H

#include "kube/crd/structural.h"
#include "kube/names.h"

/* What a version has, or all of them. */
typedef struct DefinitionPart {
    bool has_schema;           /* validation is there, with a schema or without */
    const CrdSchema *schema;   /* or NULL */
    const Value *subresources; /* or NULL */
    const Value *columns;      /* or NULL; never empty */
} DefinitionPart;

typedef struct DefinitionVersion {
    Str name;
    bool served;
    bool storage;
    bool deprecated;
    Str warning; /* absent for none */
    DefinitionPart own;
} DefinitionVersion;

typedef struct Definition {
    bool is_beta; /* in the form of v1beta1 */
    const Value *metadata;
    const Value *status;
    Str group;
    Str scope;
    Str version;
    const Value *names;
    OptBool preserve_unknown_fields;
    DefinitionPart common;
    DefinitionVersion *versions;
    size_t version_count;
    bool has_versions; /* a list, though it may be empty */
    bool has_conversion;
    Str strategy;
    const Value *client;          /* of a webhook, or NULL */
    const Value *review_versions; /* or NULL */
} Definition;

/* How strict to be: an update does not have to mend what was wrong before. */
typedef struct DefinitionRules {
    const KubeTarget *target;
    bool allow_defaults;
    Str why_no_defaults;
    bool recognized_review_version;
    bool immutable_names;
    bool require_schema;
    bool valid_types;
    bool structural;
    bool pruned_defaults;
    bool atomic_sets;
    bool map_keys;
} DefinitionRules;

void definition_read(const Value *definition, Arena *a, Definition *out);
/* Whether the predicate holds of some part of a schema. */
bool definition_any_schema(const Definition *d, bool (*predicate)(const CrdSchema *));
bool definition_has_default(const Definition *d);
/* old: NULL for a create. */
DefinitionRules definition_rules_for(const Definition *old, bool is_beta, const KubeTarget *target,
                                     Arena *a);
/* Parts of spec; path is that of names, or of what has the columns or subresources. */
void definition_check_names(const Value *names, const Path *path, FieldErrors *errs);
void definition_require_names(const Value *names, const Path *path, FieldErrors *errs);
void definition_check_columns(const Value *columns, const Path *path, FieldErrors *errs);
void definition_check_subresources(const Value *subresources, const Path *path, FieldErrors *errs);
/* All that is wrong with a name as one error; shown is printed for it. */
void definition_check_name(FieldErrors *errs, Path path, Str value, Str shown, const char *before,
                           NameCheck *check);
Str definition_joined(NameMessages messages, Arena *a);
bool definition_part_has_status(const DefinitionPart *part);
/* A schema with all that is said of it: the rules of OpenAPI, structure, defaults. path: of what
 * holds it. */
void definition_check_schema(const DefinitionPart *part, bool has_status,
                             const DefinitionRules *rules, const Path *path, FieldErrors *errs);
/* %#v of the versions, and of one of them, as Go prints the internal type. */
Str definition_dump_versions(const Definition *d, Arena *a);
Str definition_dump_version(const DefinitionVersion *v, Arena *a);
Str definition_dump_schema(const CrdSchema *s, Arena *a);
/* items of a schema, which are a list: `apiextensions.JSONSchemaPropsOrArray{...}` */
Str definition_dump_items(const CrdSchema *s, Arena *a);
/* Whether the values x-kubernetes-list-type asks for hold, as an update may find it broken. */
bool schema_has_loose_set(const CrdSchema *s);
void schema_check_map_keys(const CrdSchema *s, const Path *path, FieldErrors *errs);
bool schema_has_known_type(const CrdSchema *s);

#endif
