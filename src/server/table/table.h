/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-side printing: objects as a table (`Accept: application/json;as=Table;...`), which is what
 * kubectl get shows.
 *
 * Objects are read in their encoded form, of the version that was asked for, with kind and
 * apiVersion.
 *
 * Source: Kubernetes pkg/printers/internalversion, k8s.io/apiserver pkg/registry/rest/table.go and
 * pkg/endpoints/handlers/response.go, k8s.io/apiextensions-apiserver pkg/registry/customresource.
 */
#ifndef PODGATE_SERVER_TABLE_TABLE_H
#define PODGATE_SERVER_TABLE_TABLE_H

#include "doc/value.h"
#include "kube/status.h"
#include "kube/target.h"

typedef enum TableInclude {
    TABLE_INCLUDE_METADATA, /* a PartialObjectMetadata in each row */
    TABLE_INCLUDE_NONE,
    TABLE_INCLUDE_OBJECT,
} TableInclude;

typedef struct TableOptions {
    const KubeTarget *target;
    Str group; /* of the objects; "" for the core group */
    Str kind;  /* of one of them: "Pod", also for a list of none */
    /* For a custom resource: its definition's version (spec.versions[i]), whose
     * additionalPrinterColumns make the columns. NULL for built-in kinds. */
    const Value *custom_version;
    Str table_version; /* apiVersion of the table: "meta.k8s.io/v1"; "" means that */
    TableInclude include;
    bool no_columns; /* columnDefinitions are null: all events of a watch but the first */
    int64_t now;     /* unix seconds, for ages */
} TableOptions;

/* The query parameter includeObject. Absent and "" mean Metadata. False when it is none of the
 * three: status is then the 400 to answer, which the server does after it did the work. */
bool table_include_parse(Str text, Arena *a, TableInclude *out, Status *status);

/* A list as a table. items: an array of objects, or NULL; metadata: that of the list. */
Value table_of_list(const TableOptions *o, const Value *items, const Value *metadata, Arena *a);
/* One object (of a GET, a write, a watch event) as a table of one row. */
Value table_of_object(const TableOptions *o, const Value *object, Arena *a);

#endif
