/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Custom resources: CustomResourceDefinitions as objects (defaults, validation, versions), and
 * what a definition makes of the objects it defines: decoding, pruning, defaulting, validation.
 * No store and no HTTP.
 *
 * The way of a request, as the API server goes it:
 *     crd_decode()     of what came in (400 when it fails), which prunes
 *     crd_default()    and then mutating admission, crd_decode() and crd_default() again of what
 *                      a patch made
 *     crd_validate() or crd_validate_update()
 *
 * Definitions are taken in their form of apiextensions.k8s.io/v1; crd_definition_convert() makes it
 * of v1beta1.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apiserver, pkg/apis/apiextensions, pkg/registry
 */
#ifndef PODGATE_KUBE_CRD_CRD_H
#define PODGATE_KUBE_CRD_CRD_H

#include "base/err.h"
#include "base/field.h"
#include "doc/value.h"
#include "kube/schema.h"
#include "kube/target.h"

/* -- a definition, compiled --------------------------------------------------------------------
 */

/* A structural schema, compiled (structural.h). */
typedef struct CrdSchema CrdSchema;

/* Paths in the dot notation (".spec.replicas"); absent when not given. */
typedef struct CrdScalePaths {
    Str spec_replicas;
    Str status_replicas;
    Str label_selector;
} CrdScalePaths;

typedef struct CrdVersion {
    Str name; /* "v1" */
    bool served;
    bool storage;
    bool deprecated;
    Str deprecation_warning;   /* absent: the server's own words (crd_deprecation_warning) */
    const Value *schema_value; /* openAPIV3Schema; NULL when there is none */
    const CrdSchema *schema;   /* the same, compiled; NULL when there is none */
    bool has_status;           /* subresources */
    bool has_scale;
    CrdScalePaths scale;
    const Value *columns;           /* additionalPrinterColumns of v1; NULL for none */
    const Value *selectable_fields; /* NULL for none */
    bool preserve_unknown_fields;   /* of the whole definition: nothing is pruned */
    bool has_rules; /* x-kubernetes-validations somewhere, which are not evaluated */
} CrdVersion;

typedef struct CrdNames {
    Str plural;
    Str singular;
    Str kind;
    Str list_kind;
    StrList short_names;
    StrList categories;
} CrdNames;

/* What is read lives in the arena given and points into the definition, which must outlive it. */
typedef struct Crd {
    KubeTarget target;
    const Value *definition; /* of v1 */
    Str name;                /* of the definition: "widgets.example.org" */
    Str group;
    CrdNames names;    /* as asked for in spec */
    CrdNames accepted; /* of status: what is served */
    bool is_namespaced;
    bool preserve_unknown_fields;
    bool is_webhook_conversion;
    const Value *conversion_client; /* clientConfig of the webhook, or NULL */
    StrList conversion_review_versions;
    bool is_established; /* conditions */
    bool names_accepted;
    bool is_terminating;
    StrList stored_versions;
    CrdVersion *versions;
    size_t version_count;
} Crd;

/* Compiles a stored definition of v1. Fails for what no stored definition can be. */
WARN_UNUSED bool crd_read(const Value *definition, const KubeTarget *target, Arena *a, Crd *out,
                          Err *err);
/* NULL when there is none of the name. */
const CrdVersion *crd_version(const Crd *crd, Str name);
const CrdVersion *crd_storage_version(const Crd *crd);
/* A warning for whoever uses a deprecated version; absent when it is not deprecated. */
Str crd_deprecation_warning(const Crd *crd, const CrdVersion *v, Arena *a);

/* -- definitions as objects --------------------------------------------------------------------
 */

/* The definition in the form of another version ("apiextensions.k8s.io/v1", ".../v1beta1"), its
 * apiVersion included. in is not changed; may share with it. */
Value crd_definition_convert(const Value *in, Str to_api_version, Arena *a);
/* The schemas of a decoded definition (either version) as Go writes them: members in their order,
 * unknown and empty ones left out. In place. Fails with what the JSON decoder says. */
WARN_UNUSED bool crd_definition_decode(Value *definition, const KubeTarget *target, Arena *a,
                                       Err *err);
/* Defaults, in place: singular, listKind, conversion strategy, what v1beta1 fills in. Of v1 or
 * v1beta1, as apiVersion says. */
void crd_definition_default(Value *definition, Arena *a);
/* What the strategy does before a create or an update, of v1: status emptied or kept,
 * storedVersions, generation. old: NULL for a create. */
void crd_definition_prepare(Value *definition, const Value *old, Arena *a);
/* Everything wrong with a definition (of v1). old: NULL for a create. request_version: "v1" or
 * "v1beta1", by which the request came, which is more or less strict. */
void crd_definition_validate(const Value *definition, const Value *old, Str request_version,
                             const KubeTarget *target, FieldErrors *errs);
/* The same of an update of the status. */
void crd_definition_validate_status(const Value *definition, const Value *old,
                                    const KubeTarget *target, FieldErrors *errs);

/* -- objects -----------------------------------------------------------------------------------
 */

/* What the server does as it reads an object, in place: metadata is read as ObjectMeta, unknown
 * fields are pruned (as far as the definition wants it), metadata of embedded resources too.
 * Fails, which is a 400, for metadata that cannot be read. unknown: NULL, or an array that gets the
 * paths of what was pruned. is_lenient: what the store holds is read, so that what is wrong in
 * metadata is dropped rather than refused. */
WARN_UNUSED bool crd_decode(const Crd *crd, const CrdVersion *v, bool is_lenient, Value *object,
                            Arena *a, Value *unknown, Err *err);
/* Defaults of the schema, in place. */
void crd_default(const CrdVersion *v, Value *object, Arena *a);
/* Everything wrong with a new object, in the server's order: metadata, the schema, scale,
 * metadata of embedded resources, lists that are sets or maps. */
void crd_validate(const Crd *crd, const CrdVersion *v, const Value *object, FieldErrors *errs);
void crd_validate_update(const Crd *crd, const CrdVersion *v, const Value *object, const Value *old,
                         FieldErrors *errs);
/* Of an update of the subresource status. */
void crd_validate_status(const Crd *crd, const CrdVersion *v, const Value *object, const Value *old,
                         FieldErrors *errs);

/* -- scale -------------------------------------------------------------------------------------
 */

/* The Scale (autoscaling/v1) of an object. False where something in its way is of another type,
 * with the message of a 500; and, ERR_NOT_FOUND, where the object has no replicas: then *out is
 * filled all the same, with none in its spec, and a GET is a 500 ("Internal error occurred: ...")
 * with the message. */
WARN_UNUSED bool crd_scale_get(const Crd *crd, const CrdVersion *v, const Value *object, Arena *a,
                               Value *out, Err *err);
/* Sets the replicas of an object, in place. Fails where something in the way is no object. */
WARN_UNUSED bool crd_scale_put(const CrdVersion *v, int64_t replicas, Value *object, Arena *a,
                               Err *err);
/* The value at a path in the dot notation, or NULL. */
const Value *crd_path_get(const Value *object, Str path);

/* -- what others need of the schema ------------------------------------------------------------
 */

/* What ManagedRequest wants as the type of a custom resource: who owns which of its fields goes by
 * its schema. NULL where it does not: without a schema, where anything is preserved and, up
 * to 1.22, where some version has an int-or-string, which the API server of then could not model.
 */
const SchemaType *crd_managed_type(const Crd *crd, const CrdVersion *v);
/* The schema of the version as OpenAPI publishes it; an object. v3: from 1.24 on. */
Value crd_openapi_v2(const Crd *crd, const CrdVersion *v, Arena *a);
Value crd_openapi_v3(const Crd *crd, const CrdVersion *v, Arena *a);

#endif
