/* SPDX-License-Identifier: Apache-2.0 */
/* What a snapshot holds, walked through: its namespaces and its roles. */
#include "cluster/layer.h"

#include <stdlib.h>

static int by_text(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

static void add_objects(const Snapshot *top, const Snapshot *layer, Map *found)
{
    ObjectKey key = { STR(""), STR("Namespace"), STR(""), STR("") };
    const ObjectListRow *namespaces = layer_find_objects(top, &key);
    for (size_t i = 0; namespaces && i < namespaces->list.count; i++) {
        map_at(found, namespaces->names[i]);
    }
    for (size_t i = 0; i < layer->objects.count; i++) {
        const ObjectListRow *row = layer->objects.rows[i];
        if (row->key.namespace.len && !map_has(found, row->key.namespace) &&
            layer_find_objects(top, &row->key)->list.count) {
            map_at(found, row->key.namespace);
        }
    }
}

StrList snapshot_namespaces(const Snapshot *s, Arena *a)
{
    Map found = map_new(a);
    for (const Snapshot *layer = s; layer; layer = layer->below) {
        add_objects(s, layer, &found);
        for (size_t i = 0; i < layer->bindings.count; i++) {
            const BindingListRow *row = layer->bindings.rows[i];
            if (row->namespace.len && layer_bindings(s, row->namespace).count) {
                map_at(&found, row->namespace);
            }
        }
        for (size_t i = 0; i < layer->roles.count; i++) {
            const RoleRow *row = layer->roles.rows[i];
            if (row->role && row->namespace.len && !map_has(&found, row->namespace) &&
                layer_find_role(s, row->namespace, row->name)->role) {
                map_at(&found, row->namespace);
            }
        }
    }
    Str *items = new(a, Str, found.count + 1);
    for (size_t i = 0; i < found.count; i++) {
        items[i] = found.entries[i].key;
    }
    qsort(items, found.count, sizeof(*items), by_text);
    return (StrList){ items, found.count };
}

static int by_role(const void *left, const void *right)
{
    const RbacRole *a = *(const RbacRole *const *)left;
    const RbacRole *b = *(const RbacRole *const *)right;
    int order = str_cmp(a->namespace, b->namespace);
    return order ? order : str_cmp(a->name, b->name);
}

SnapshotRoles snapshot_roles(const Snapshot *s, Arena *a)
{
    size_t max = 0;
    for (const Snapshot *layer = s; layer; layer = layer->below) {
        max += layer->roles.count;
    }
    const RbacRole **items = new(a, const RbacRole *, max + 1);
    size_t count = 0;
    for (const Snapshot *layer = s; layer; layer = layer->below) {
        for (size_t i = 0; i < layer->roles.count; i++) {
            const RoleRow *row = layer->roles.rows[i];
            /* a layer above may have another row for it, which is the one that counts */
            if (row->role && (layer == s || layer_find_role(s, row->namespace, row->name) == row)) {
                items[count++] = row->role;
            }
        }
    }
    qsort(items, count, sizeof(const RbacRole *), by_role);
    return (SnapshotRoles){ items, count };
}
