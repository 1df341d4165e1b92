/* SPDX-License-Identifier: Apache-2.0 */
/* The object lists of a new layer: those of the layer below with the changes merged in. */
#include "cluster/layer.h"

#include <stdlib.h>

/* One object of a list in the making. */
typedef struct Entry {
    Str namespace;
    Str name;
    const Value *object; /* NULL: removed */
} Entry;

static uint64_t row_hash(const void *row)
{
    return layer_object_hash(&((const ObjectListRow *)row)->key);
}

static int entry_cmp(const Entry *a, const Entry *b)
{
    int order = str_cmp(a->namespace, b->namespace);
    return order ? order : str_cmp(a->name, b->name);
}

/* Entry i of a row. */
static Entry row_entry(const ObjectListRow *row, size_t i)
{
    return (Entry){ row->namespaces ? row->namespaces[i] : row->key.namespace, row->names[i],
                    row->list.items[i] };
}

/* Writes the row of key: the row below (may be NULL) with the entries merged in; both are sorted.
 */
static void add_row(Snapshot *s, ObjectKey key, const ObjectListRow *below, const Entry *entries,
                    size_t count)
{
    Arena *a = &s->arena;
    size_t below_count = below ? below->list.count : 0;
    size_t max = below_count + count;
    const Value **items = new(a, const Value *, max);
    Str *names = new(a, Str, max);
    Str *namespaces = key.namespace.ptr ? NULL : new(a, Str, max);
    size_t n = 0;
    for (size_t i = 0, j = 0; i < below_count || j < count;) {
        Entry e;
        if (j == count) {
            e = row_entry(below, i++);
        } else if (i == below_count) {
            e = entries[j++];
        } else {
            Entry old = row_entry(below, i);
            int order = entry_cmp(&old, &entries[j]);
            e = order < 0 ? old : entries[j];
            i += order <= 0;
            j += order >= 0;
        }
        if (e.object == NULL) {
            continue;
        }
        items[n] = e.object;
        names[n] = e.name;
        if (namespaces) {
            namespaces[n] = e.namespace;
        }
        n++;
    }
    ObjectListRow *row = new(a, ObjectListRow, 1);
    *row = (ObjectListRow){ key, { items, n }, names, namespaces };
    row->key.name = STR("");
    index_add(&s->objects, layer_object_hash(&row->key), row, row_hash);
}

static bool same_list(const Change *a, const Change *b)
{
    return str_eq(a->key.group, b->key.group) && str_eq(a->key.kind, b->key.kind);
}

void layer_build_objects(Snapshot *s, ChangeList changes, Arena *scratch)
{
    Entry *entries = new(scratch, Entry, changes.count);
    for (size_t from = 0, to; from < changes.count; from = to) {
        /* all changes of one kind, sorted by namespace and name */
        ObjectKey key = changes.items[from]->key;
        size_t count = 0;
        for (to = from; to < changes.count && same_list(changes.items[from], changes.items[to]);
             to++) {
            const Change *c = changes.items[to];
            if (c->object || c->removed) {
                entries[count++] = (Entry){ c->key.namespace, c->key.name, c->object };
            }
        }
        if (count == 0) {
            continue;
        }
        for (size_t i = 0, end; i < count; i = end) {
            for (end = i + 1; end < count && str_eq(entries[i].namespace, entries[end].namespace);
                 end++) {
            }
            key.namespace = entries[i].namespace;
            add_row(s, key, layer_find_objects(s->below, &key), entries + i, end - i);
        }
        key.namespace = STR_ABSENT;
        const ObjectListRow *below = layer_find_objects(s->below, &key);
        add_row(s, key, below, entries, count);
    }
}
