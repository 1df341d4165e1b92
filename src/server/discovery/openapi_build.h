/* SPDX-License-Identifier: Apache-2.0 */
/* How OpenAPI documents are made. Private to src/server/discovery. */
#ifndef PODGATE_SERVER_DISCOVERY_OPENAPI_BUILD_H
#define PODGATE_SERVER_DISCOVERY_OPENAPI_BUILD_H

#include "server/discovery/parts.h"

typedef struct OpenApiBuild {
    const DiscoveryRequest *request;
    const KubeTarget *target;
    Arena *arena;
    bool is_v3;
    bool *wanted;             /* for each struct: a model of it is needed */
    const SchemaType **queue; /* those, in the order they were found */
    size_t queue_len;
    size_t queue_done;  /* models of the first are written */
    bool wants_schemas; /* the models of schemas within custom resource definitions */
    Value models;
    Value paths;
} OpenApiBuild;

OpenApiBuild openapi_build_new(const DiscoveryRequest *r, bool is_v3, Arena *a);
/* Adds the paths of a version, and what models they need. */
void openapi_add_version(OpenApiBuild *b, Str group, Str version);
/* The whole document; title of the API in info. */
Value openapi_finish(OpenApiBuild *b);

/* -- models (openapi_models.c) ------------------------------------------------------------------
 */

/* "io.k8s.api.core.v1.Pod" */
Str openapi_model_name(const SchemaType *t, Arena *a);
/* {"$ref": ...} to a model by its name. */
Value openapi_ref(const OpenApiBuild *b, Str model);
/* The same to a struct, which is then wanted. */
Value openapi_ref_type(OpenApiBuild *b, const SchemaType *t);
/* Writes the models that are wanted, and those that they want. */
void openapi_write_models(OpenApiBuild *b);
/* {"group":, "kind":, "version":} */
Value openapi_gvk(Str group, Str version, Str kind, Arena *a);
/* The models that no struct of the tables stands for: Quantity, Time, ... */
void openapi_write_special_models(OpenApiBuild *b);
enum OpenApiSpecial {
    OPENAPI_QUANTITY,
    OPENAPI_TIME,
    OPENAPI_MICRO_TIME,
    OPENAPI_INT_OR_STRING,
    OPENAPI_RAW,
    OPENAPI_FIELDS,
    OPENAPI_PATCH,
    OPENAPI_SPECIAL_COUNT,
};
Str openapi_special_name(enum OpenApiSpecial special);
/* Of the schema in a definition of custom resources, of that version of its group. */
Str openapi_schema_model_name(Str version, const char *name, Arena *a);

/* -- paths (openapi_paths.c) --------------------------------------------------------------------
 */

/* The models that a resource's operations speak of. */
typedef struct OpenApiResource {
    const ServedResource *served;
    Str group;
    Str version;
    Value model;      /* a reference; null when there is none */
    Value list_model; /* the same */
} OpenApiResource;
void openapi_add_paths(OpenApiBuild *b, const OpenApiResource *r);

/* -- custom resources (openapi_custom.c) --------------------------------------------------------
 */

/* Adds the models of a custom resource; their references. */
void openapi_add_custom(OpenApiBuild *b, Str group, Str version, const ServedResource *s,
                        OpenApiResource *out);

/* -- protobuf (openapi_proto.c) -----------------------------------------------------------------
 */

/* A version 2 document in the form openapi.v2.Document. */
Str openapi_proto(const Value *document, Arena *a);

#endif
