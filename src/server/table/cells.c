/* SPDX-License-Identifier: Apache-2.0 */
/* Cells that many kinds share, and help for writing others. */
#include <stdlib.h>

#include "kube/selector.h"
#include "server/table/age.h"
#include "server/table/columns.h"

const Value *table_field(const Value *object, const char *path)
{
    Str rest = str_from_c(path), name;
    while (object && str_next_piece(&rest, '.', &name)) {
        object = value_get(object, name);
    }
    return object;
}

const Value *table_find(const Value *list, const char *key, Str value)
{
    VALUE_EACH_ITEM(item, list) {
        Str text = value_get_str(item, str_from_c(key));
        if (text.ptr && str_eq(text, value)) {
            return item;
        }
    }
    return NULL;
}

bool table_has_condition(const Value *object, const char *type, const char *status)
{
    const Value *found = table_find(table_field(object, "status.conditions"), "type",
                                    str_from_c(type));
    return str_eq(value_get_str(found, STR("status")), str_from_c(status));
}

static int compare_texts(const void *left, const void *right)
{
    return str_cmp(value_as_str((const Value *)left), value_as_str((const Value *)right));
}

void table_sort_texts(Value *texts)
{
    uint32_t kept = 0;
    if (texts->len > 1) {
        qsort(texts->items, texts->len, sizeof(Value), compare_texts);
    }
    for (uint32_t i = 0; i < texts->len; i++) {
        if (kept == 0 || compare_texts(&texts->items[kept - 1], &texts->items[i]) != 0) {
            texts->items[kept++] = texts->items[i];
        }
    }
    texts->len = kept;
}

/* -- one field --------------------------------------------------------------------------------- */

static const Value *own_field(const TableCell *c)
{
    return table_field(c->object, c->column->path);
}

static Str own_text(const TableCell *c)
{
    return value_as_str(own_field(c));
}

Value cell_text(const TableCell *c)
{
    return table_cell(own_text(c));
}

Value cell_text_or_none(const TableCell *c)
{
    Str text = own_text(c);
    return table_cell(text.len ? text : STR("<none>"));
}

Value cell_text_or_unset(const TableCell *c)
{
    Str text = own_text(c);
    return table_cell(text.ptr ? text : STR("<unset>"));
}

Value cell_int(const TableCell *c)
{
    return value_int(value_as_int(own_field(c)).value);
}

Value cell_int_or_none(const TableCell *c)
{
    OptInt64 number = value_as_int(own_field(c));
    return number.set ? value_int(number.value) : table_cell(STR("<none>"));
}

Value cell_bool(const TableCell *c)
{
    return value_bool(value_as_bool(own_field(c)).value);
}

Value cell_count(const TableCell *c)
{
    return value_int((int64_t)value_len(own_field(c)));
}

Value cell_age(const TableCell *c)
{
    return table_cell(age_since(own_text(c), c->now, c->arena));
}

Value cell_quantity(const TableCell *c)
{
    Str text = own_text(c);
    return table_cell(text.len ? text : STR("0"));
}

Value cell_joined(const TableCell *c)
{
    TableSome all = table_some(SIZE_MAX, c->arena);
    VALUE_EACH_ITEM(item, own_field(c)) {
        table_some_add(&all, value_as_str(item), ",");
    }
    return table_some_cell(&all, STR(""), c->arena);
}

/* -- pod templates ----------------------------------------------------------------------------- */

static Value of_containers(const TableCell *c, Str field)
{
    TableSome all = table_some(SIZE_MAX, c->arena);
    VALUE_EACH_ITEM(container, value_get(own_field(c), STR("containers"))) {
        table_some_add(&all, value_get_str(container, field), ",");
    }
    return table_some_cell(&all, STR(""), c->arena);
}

Value cell_containers(const TableCell *c)
{
    return of_containers(c, STR("name"));
}

Value cell_images(const TableCell *c)
{
    return of_containers(c, STR("image"));
}

/* -- labels and selectors ---------------------------------------------------------------------- */

Value cell_labels(const TableCell *c)
{
    const Value *labels = own_field(c);
    if (value_len(labels) == 0) {
        return table_cell(STR("<none>"));
    }
    Value sorted = value_copy(labels, c->arena);
    value_sort_keys(&sorted);
    Buf text = buf_new(c->arena);
    VALUE_EACH_MEMBER(m, &sorted) {
        if (text.len) {
            buf_byte(&text, ',');
        }
        buf_add(&text, member_key(m));
        buf_byte(&text, '=');
        buf_add(&text, value_as_str(&m->value));
    }
    return table_cell(buf_str(&text));
}

Value cell_selector(const TableCell *c)
{
    LabelSelector selector;
    if (!label_selector_read(own_field(c), c->arena, &selector, NULL)) {
        return table_cell(STR("<error>"));
    }
    Str text = label_selector_text(&selector, c->arena);
    return table_cell(text.len ? text : STR("<none>"));
}

/* -- some of many ------------------------------------------------------------------------------ */

TableSome table_some(size_t max, Arena *a)
{
    return (TableSome){ .text = buf_new(a), .max = max };
}

void table_some_add(TableSome *s, Str text, const char *separator)
{
    if (s->count < s->max) {
        if (s->count) {
            buf_add(&s->text, str_from_c(separator));
        }
        buf_add(&s->text, text);
    }
    s->count++;
}

Value table_some_cell(TableSome *s, Str empty, Arena *a)
{
    Str text = buf_str(&s->text);
    if (s->count > s->max) {
        return table_cell(arena_printf(a, "%.*s + %zu more...", STR_ARG(text), s->count - s->max));
    }
    return table_cell(text.len ? text : empty);
}
