/* SPDX-License-Identifier: Apache-2.0 */
/* How custom resources are shown. */
#include "server/table/custom.h"

#include "doc/json.h"
#include "server/table/age.h"
#include "server/table/columns.h"
#include "server/table/jsonpath.h"

/* -- columns ----------------------------------------------------------------------------------- */

/* What is shown where the definition names no columns. */
static Value age_column(Arena *a)
{
    Value column = value_object();
    value_set_lit(&column, "name", value_str(STR("Age")), a);
    value_set_lit(&column, "type", value_str(STR("date")), a);
    value_set_lit(&column, "description", value_str(STR(TABLE_CREATED)), a);
    value_set_lit(&column, "jsonPath", value_str(STR(".metadata.creationTimestamp")), a);
    return column;
}

static Str column_path(const Value *column)
{
    Str path = value_get_str(column, STR("jsonPath"));
    return path.ptr ? path : value_get_str(column, STR("JSONPath")); /* of v1beta1 */
}

/* The columns up to the first whose path cannot be read, as the server takes them. */
static Value columns_of(const TableOptions *o, Arena *a)
{
    Value columns = value_array();
    const Value *given = value_get(o->custom_version, STR("additionalPrinterColumns"));
    if (value_len(given) == 0) {
        value_add(&columns, age_column(a), a);
    }
    VALUE_EACH_ITEM(column, given) {
        JsonPath path;
        if (!jsonpath_parse(column_path(column), a, &path)) {
            break;
        }
        value_add(&columns, *column, a);
    }
    return columns;
}

Value custom_columns(const TableOptions *o, Arena *a)
{
    Value given = columns_of(o, a), columns = value_array();
    Str name = o->target->minor < TABLE_NAME_CHANGED ? STR(TABLE_NAME_OLD) : STR(TABLE_NAME_NEW);
    value_add(&columns,
              table_column_definition(STR("Name"), STR("string"), STR("name"), name, 0, a), a);
    VALUE_EACH_ITEM(column, &given) {
        Str description = value_get_str(column, STR("description"));
        if (description.len == 0) {
            description = arena_printf(
                a, "Custom resource definition column (in JSONPath format): %.*s",
                STR_ARG(column_path(column)));
        }
        value_add(&columns,
                  table_column_definition(value_get_str(column, STR("name")),
                                          value_get_str(column, STR("type")),
                                          value_get_str(column, STR("format")), description,
                                          value_get_int(column, STR("priority")).value, a),
                  a);
    }
    return columns;
}

/* -- cells ------------------------------------------------------------------------------------- */

/* As Go prints it; lists and objects as JSON. */
static Value text_cell(const Value *value, Arena *a)
{
    if (value_is(value, VALUE_STRING)) {
        return *value;
    }
    if (value_is_null(value)) {
        return table_cell(STR("<no value>"));
    }
    Value sorted = value_copy(value, a);
    value_sort_keys(&sorted);
    Buf text = buf_new(a);
    json_write_html_safe(&sorted, &text);
    return table_cell(buf_str(&text));
}

static Value date_cell(const TableOptions *o, Str text, Arena *a)
{
    int64_t time;
    if (text.len == 0 || str_eq(text, STR("null"))) {
        return table_cell(STR("<unknown>"));
    }
    return table_cell(age_parse_time(text, &time) ? age_since(text, o->now, a) : STR("<invalid>"));
}

static Value typed_cell(const TableOptions *o, Str type, const Value *value, Arena *a)
{
    if (str_eq(type, STR("string"))) {
        return text_cell(value, a);
    }
    if (str_eq(type, STR("integer"))) {
        if (value_is(value, VALUE_FLOAT) && value->f > -9.2e18 && value->f < 9.2e18) {
            return value_int((int64_t)value->f);
        }
        return value_is(value, VALUE_INT) ? *value : value_null();
    }
    if (str_eq(type, STR("number"))) {
        if (value_is(value, VALUE_INT)) {
            return *value;
        }
        return value_is(value, VALUE_FLOAT) ? *value : value_null();
    }
    if (str_eq(type, STR("boolean"))) {
        return value_is(value, VALUE_BOOL) ? *value : value_null();
    }
    if (str_eq(type, STR("date")) && value_is(value, VALUE_STRING)) {
        return date_cell(o, value_as_str(value), a);
    }
    return value_null();
}

Value custom_cells(const TableOptions *o, const Value *object, Arena *a)
{
    Value given = columns_of(o, a), cells = value_array();
    value_add(&cells, value_str(table_text(object, "metadata.name")), a);
    VALUE_EACH_ITEM(column, &given) {
        JsonPath path;
        Value found = value_array(), cell = value_null();
        if (jsonpath_parse(column_path(column), a, &path) &&
            jsonpath_find(&path, object, a, &found) && found.len) {
            cell = typed_cell(o, value_get_str(column, STR("type")), &found.items[0], a);
        }
        value_add(&cells, cell, a);
    }
    return cells;
}
