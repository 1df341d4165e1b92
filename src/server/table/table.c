/* SPDX-License-Identifier: Apache-2.0 */
/* Objects as tables: which kind is shown how, and the table around the cells. */
#include "server/table/age.h"
#include "server/table/columns.h"
#include "server/table/custom.h"
#include "server/table/partial.h"

static const TableFamily *const families[] = {
    &table_admission, &table_autoscaling, &table_certificates, &table_core,    &table_csi,
    &table_events,    &table_flowcontrol, &table_network,      &table_nodes,   &table_pods,
    &table_policy,    &table_rbac,        &table_resource,     &table_storage, &table_workloads,
};

/* -- what nothing is known of ------------------------------------------------------------------ */

static Value cell_created(const TableCell *c)
{
    int64_t time;
    Str created = table_text(c->object, "metadata.creationTimestamp");
    return table_cell(age_parse_time(created, &time) ? created : STR("0001-01-01T00:00:00Z"));
}

static const TableColumn default_columns[] = {
    TABLE_COLUMN_NAME,
    { "Created At", "date", "", TABLE_CREATED, cell_created, NULL, 0, 0, 0 },
};

static const TableKind default_kind = { TABLE_KIND("", "", default_columns) };

static const TableKind *find_kind(const TableOptions *o)
{
    for (size_t f = 0; f < COUNT_OF(families); f++) {
        for (size_t k = 0; k < families[f]->count; k++) {
            const TableKind *kind = &families[f]->kinds[k];
            if (str_eq(o->kind, str_from_c(kind->kind)) &&
                str_eq(o->group, str_from_c(kind->group)) && o->target->minor >= kind->since) {
                return kind;
            }
        }
    }
    return &default_kind;
}

/* -- columns and rows -------------------------------------------------------------------------- */

static bool is_column_in(const TableColumn *column, const KubeTarget *target)
{
    return target->minor >= column->since && (!column->until || target->minor < column->until);
}

Value table_column_definition(Str name, Str type, Str format, Str description, int64_t priority,
                              Arena *a)
{
    Value column = value_object();
    value_set_lit(&column, "name", value_str(name), a);
    value_set_lit(&column, "type", value_str(type), a);
    value_set_lit(&column, "format", value_str(format), a);
    value_set_lit(&column, "description", value_str(description), a);
    value_set_lit(&column, "priority", value_int(priority), a);
    return column;
}

static Value column_definitions(const TableOptions *o, const TableKind *kind, Arena *a)
{
    Value columns = value_array();
    for (size_t i = 0; i < kind->column_count; i++) {
        const TableColumn *c = &kind->columns[i];
        if (c->name && is_column_in(c, o->target)) {
            value_add(&columns,
                      table_column_definition(str_from_c(c->name), str_from_c(c->type),
                                              str_from_c(c->format), str_from_c(c->description),
                                              c->priority, a),
                      a);
        }
    }
    return columns;
}

static Str table_version(const TableOptions *o)
{
    return o->table_version.len ? o->table_version : STR("meta.k8s.io/v1");
}

static Value row_object(const TableOptions *o, const Value *object, Arena *a)
{
    switch (o->include) {
    case TABLE_INCLUDE_NONE:
        return value_null();
    case TABLE_INCLUDE_OBJECT:
        return *object;
    case TABLE_INCLUDE_METADATA:
        break;
    }
    return partial_of_object(table_version(o), object, a);
}

static Value table_row(const TableOptions *o, const TableKind *kind, const Value *object, Arena *a)
{
    TableCell cell = { .object = object, .target = o->target, .now = o->now, .arena = a };
    Value cells = value_array(), row = value_object();
    if (o->custom_version) {
        cells = custom_cells(o, object, a);
    }
    for (size_t i = 0; !o->custom_version && i < kind->column_count; i++) {
        if (is_column_in(&kind->columns[i], o->target)) {
            cell.column = &kind->columns[i];
            value_add(&cells, cell.column->cell(&cell), a);
        }
    }
    value_set_lit(&row, "cells", cells, a);
    Value conditions = kind->conditions ? kind->conditions(&cell) : value_null();
    if (!value_is_null(&conditions)) {
        value_set_lit(&row, "conditions", conditions, a);
    }
    value_set_lit(&row, "object", row_object(o, object, a), a);
    return row;
}

/* -- tables ------------------------------------------------------------------------------------ */

static Value make_table(const TableOptions *o, const TableKind *kind, Value metadata, Value rows,
                        Arena *a)
{
    Value table = value_object();
    value_set_lit(&table, "kind", value_str(STR("Table")), a);
    value_set_lit(&table, "apiVersion", value_str(table_version(o)), a);
    value_set_lit(&table, "metadata", metadata, a);
    value_set_lit(&table, "columnDefinitions",
                  o->no_columns       ? value_null()
                  : o->custom_version ? custom_columns(o, a)
                                      : column_definitions(o, kind, a),
                  a);
    value_set_lit(&table, "rows", rows, a);
    return table;
}

/* Puts row before those that come after it. Lists of such kinds are short. */
static void insert_row(const TableKind *kind, Value *objects, const Value *object, Arena *a)
{
    size_t at = objects->len;
    while (at > 0 && kind->compare(object, &objects->items[at - 1]) < 0) {
        at--;
    }
    value_insert(objects, at, *object, a);
}

Value table_of_list(const TableOptions *o, const Value *items, const Value *metadata, Arena *a)
{
    static const char *const kept[] = { "selfLink", "resourceVersion", "continue",
                                        "remainingItemCount" };
    const TableKind *kind = o->custom_version ? &default_kind : find_kind(o);
    Value rows = value_array(), sorted = value_array(), list = value_object();
    if (kind->compare) {
        VALUE_EACH_ITEM(item, items) {
            insert_row(kind, &sorted, item, a);
        }
        items = &sorted;
    }
    VALUE_EACH_ITEM(item, items) {
        value_add(&rows, table_row(o, kind, item, a), a);
    }
    if (rows.len == 0 && kind == &default_kind && !o->custom_version) {
        rows = value_null();
    }
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        Str key = str_from_c(kept[i]);
        const Value *value = value_get(metadata, key);
        if (value && !(value->kind == VALUE_STRING && value->len == 0)) {
            value_set(&list, key, *value, a);
        }
    }
    return make_table(o, kind, list, rows, a);
}

Value table_of_object(const TableOptions *o, const Value *object, Arena *a)
{
    const TableKind *kind = o->custom_version ? &default_kind : find_kind(o);
    Value rows = value_array(), metadata = value_object();
    value_add(&rows, table_row(o, kind, object, a), a);
    Str version = table_text(object, "metadata.resourceVersion");
    if (version.len) {
        value_set_lit(&metadata, "resourceVersion", value_str(version), a);
    }
    return make_table(o, kind, metadata, rows, a);
}

bool table_include_parse(Str text, Arena *a, TableInclude *out, Status *status)
{
    if (text.len == 0 || str_eq(text, STR("Metadata"))) {
        *out = TABLE_INCLUDE_METADATA;
    } else if (str_eq(text, STR("None"))) {
        *out = TABLE_INCLUDE_NONE;
    } else if (str_eq(text, STR("Object"))) {
        *out = TABLE_INCLUDE_OBJECT;
    } else {
        Buf why = buf_new(a);
        buf_lit(&why, "Unable to convert to Table as requested: includeObject: Invalid value: ");
        buf_go_quoted(&why, text);
        buf_lit(&why, ": must be 'Metadata', 'Object', 'None', or empty");
        *status = status_bad_request(a, buf_str(&why));
        return false;
    }
    return true;
}
