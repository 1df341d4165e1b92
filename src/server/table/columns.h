/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a kind is shown: a row for each column, with the function that fills in its cells. Private to
 * this folder.
 *
 * A file holds a family of kinds: their columns and an array of TableKind at its end, which table.c
 * lists. Columns stand in the order they are sent. Where a version changed a column or its words,
 * the row of the older version stands before that of the newer.
 */
#ifndef PODGATE_SERVER_TABLE_COLUMNS_H
#define PODGATE_SERVER_TABLE_COLUMNS_H

#include "server/table/table.h"

struct TableColumn;

/* What a cell is made of. */
typedef struct TableCell {
    const Value *object;
    const struct TableColumn *column;
    const KubeTarget *target;
    int64_t now;
    Arena *arena;
} TableCell;

typedef struct TableColumn {
    const char *name; /* NULL: a cell that no definition belongs to */
    const char *type;
    const char *format;
    const char *description;
    Value (*cell)(const TableCell *c);
    const char *path; /* what the cell function looks at: "spec.replicas"; may be NULL */
    uint8_t priority; /* 1: for wide output */
    uint8_t since;    /* first minor version that has it; 0 for 1.10 and before */
    uint8_t until;    /* first minor version that has it no more; 0 for none */
} TableColumn;

typedef struct TableKind {
    const char *group;
    const char *kind;
    const TableColumn *columns;
    size_t column_count;
    uint8_t since; /* first minor version that shows it so */
    /* What is said of a row beside its cells; NULL for nothing. */
    Value (*conditions)(const TableCell *c);
    /* The order of a list; NULL for as it is. */
    int (*compare)(const Value *a, const Value *b);
} TableKind;

#define TABLE_KIND(group_, kind_, columns_) \
    .group = (group_), .kind = (kind_), .columns = (columns_), .column_count = COUNT_OF(columns_)

typedef struct TableFamily {
    const TableKind *kinds;
    size_t count;
} TableFamily;

extern const TableFamily table_admission, table_autoscaling, table_certificates, table_core,
    table_csi, table_events, table_flowcontrol, table_network, table_nodes, table_pods,
    table_policy, table_rbac, table_resource, table_storage, table_workloads;

/* -- words that many kinds share --------------------------------------------------------------- */

#define TABLE_NAME_OLD                                                                            \
    "Name must be unique within a namespace. Is required when creating resources, although some " \
    "resources may allow a client to request the generation of an appropriate name "              \
    "automatically. Name is primarily intended for creation idempotence and configuration "       \
    "definition. Cannot be updated. More info: "                                                  \
    "http://kubernetes.io/docs/user-guide/identifiers#names"
#define TABLE_NAME_NEW                                                                            \
    "Name must be unique within a namespace. Is required when creating resources, although some " \
    "resources may allow a client to request the generation of an appropriate name "              \
    "automatically. Name is primarily intended for creation idempotence and configuration "       \
    "definition. Cannot be updated. More info: "                                                  \
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names"
#define TABLE_CREATED                                                                              \
    "CreationTimestamp is a timestamp representing the server time when this object was created. " \
    "It is not guaranteed to be set in happens-before order across separate operations. Clients "  \
    "may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by "    \
    "the system. Read-only. Null for lists. More info: "                                           \
    "https://git.k8s.io/community/contributors/devel/sig-architecture/"                            \
    "api-conventions.md#metadata"

enum { TABLE_NAME_CHANGED = 27 }; /* first minor version with TABLE_NAME_NEW */

/* Two rows, one for each wording. */
#define TABLE_COLUMN_NAME_WITH(cell_, priority_)                                         \
    { "Name",          "string",    "name", TABLE_NAME_OLD,    (cell_),                  \
      "metadata.name", (priority_), 0,      TABLE_NAME_CHANGED },                        \
    {                                                                                    \
        "Name", "string", "name", TABLE_NAME_NEW, (cell_), "metadata.name", (priority_), \
            TABLE_NAME_CHANGED, 0                                                        \
    }
#define TABLE_COLUMN_NAME TABLE_COLUMN_NAME_WITH(cell_text, 0)
#define TABLE_COLUMN_AGE                                                                    \
    {                                                                                       \
        "Age", "string", "", TABLE_CREATED, cell_age, "metadata.creationTimestamp", 0, 0, 0 \
    }
/* path_: of the pod spec */
#define TABLE_COLUMN_CONTAINERS(path_, priority_)                                                \
    {                                                                                            \
        "Containers", "string", "", "Names of each container in the template.", cell_containers, \
            path_, (priority_), 0, 0                                                             \
    }
#define TABLE_COLUMN_IMAGES(path_, priority_)                                           \
    {                                                                                   \
        "Images", "string", "", "Images referenced by each container in the template.", \
            cell_images, path_, (priority_), 0, 0                                       \
    }

/* -- cells that many kinds share; each looks at its column's path ------------------------------ */

Value cell_text(const TableCell *c);          /* "" where there is none */
Value cell_text_or_none(const TableCell *c);  /* "<none>" where there is none, or "" */
Value cell_text_or_unset(const TableCell *c); /* "<unset>" where there is none */
Value cell_int(const TableCell *c);           /* 0 where there is none */
Value cell_int_or_none(const TableCell *c);   /* "<none>" where there is none */
Value cell_bool(const TableCell *c);          /* false where there is none */
Value cell_count(const TableCell *c);         /* of a list or map */
Value cell_age(const TableCell *c);
Value cell_containers(const TableCell *c); /* names of the containers of the pod spec at path */
Value cell_images(const TableCell *c);
Value cell_labels(const TableCell *c);   /* "a=b,c=d" of a map, "<none>" */
Value cell_selector(const TableCell *c); /* of a struct selector, "<none>" when it has no terms */
Value cell_quantity(const TableCell *c); /* "0" where there is none */
Value cell_joined(const TableCell *c);   /* a list of strings: "a,b" */

/* -- help for writing cells -------------------------------------------------------------------- */

/* A field by its path: "spec.template.spec". NULL when there is none. */
const Value *table_field(const Value *object, const char *path);
static inline Str table_text(const Value *object, const char *path)
{
    return value_as_str(table_field(object, path));
}
static inline int64_t table_int(const Value *object, const char *path)
{
    return value_as_int(table_field(object, path)).value;
}
/* The first item whose key is value; NULL when there is none. */
const Value *table_find(const Value *list, const char *key, Str value);
/* Is there a condition (status.conditions) of that type with that status? The first counts. */
bool table_has_condition(const Value *object, const char *type, const char *status);
/* An array of strings by bytes, each once. */
void table_sort_texts(Value *texts);
static inline Value table_cell(Str text)
{
    return value_str(text);
}
static inline bool table_is_since(const TableCell *c, int minor)
{
    return c->target->minor >= minor;
}

/* The first max of a list, then how many more: "a,b,c + 2 more...". */
typedef struct TableSome {
    Buf text;
    size_t max;
    size_t count;
} TableSome;
TableSome table_some(size_t max, Arena *a);
void table_some_add(TableSome *s, Str text, const char *separator);
/* empty: what stands for nothing */
Value table_some_cell(TableSome *s, Str empty, Arena *a);

#endif
