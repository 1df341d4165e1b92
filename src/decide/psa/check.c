/* SPDX-License-Identifier: Apache-2.0 */
/* The forms that the messages of the checks are made of. */
#include "decide/psa/check.h"

#include <stdlib.h>

enum { LIST_ITEMS_MIN = 4 };

/* -- places --------------------------------------------------------------------------------- */

static void add_place(PsaCheckOut *out, const ContainerView *c, const Path *path)
{
    PsaPlace *place = new(out->arena, PsaPlace, 1);
    place->container = c;
    place->path = path_render(path, out->arena);
    if (out->last_place) {
        out->last_place->next = place;
    } else {
        out->first_place = place;
    }
    out->last_place = place;
}

void psa_place_add(PsaCheckOut *out, const ContainerView *c, Str list, size_t index, Str field)
{
    ContainerPath container;
    Path spec = path_root("spec");
    const Path *at = &spec;
    if (c) {
        container_path(&container, c);
        at = &container.item;
    }
    Path list_path = path_child_str(at, list);
    Path item = path_index(&list_path, index);
    if (list.ptr) {
        at = &item;
    }
    Path whole = path_child_str(at, field);
    add_place(out, c, field.ptr ? &whole : at);
}

void psa_place_add_annotation(PsaCheckOut *out, Str key)
{
    Path metadata = path_root("metadata");
    Path annotations = path_child(&metadata, "annotations");
    Path annotation = path_key(&annotations, key);
    add_place(out, NULL, &annotation);
}

/* -- lists ---------------------------------------------------------------------------------- */

void psa_list_grow(PsaList *l, Arena *a)
{
    size_t cap = l->cap ? l->cap * 2 : LIST_ITEMS_MIN;
    Str *grown = arena_alloc(a, cap * sizeof(Str));
    if (l->count) {
        memcpy(grown, l->items, l->count * sizeof(Str));
    }
    l->items = grown;
    l->cap = cap;
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

void psa_list_to_set(PsaList *l)
{
    if (l->count < 2) {
        return;
    }
    qsort(l->items, l->count, sizeof(Str), by_bytes);
    size_t kept = 1;
    for (size_t i = 1; i < l->count; i++) {
        if (!str_eq(l->items[i], l->items[kept - 1])) {
            l->items[kept++] = l->items[i];
        }
    }
    l->count = kept;
}

void psa_write_quoted(const PsaList *l, Buf *b)
{
    for (size_t i = 0; i < l->count; i++) {
        if (i) {
            buf_lit(b, ", ");
        }
        buf_byte(b, '"');
        buf_add(b, l->items[i]);
        buf_byte(b, '"');
    }
}

void psa_write_plain(const PsaList *l, Buf *b)
{
    for (size_t i = 0; i < l->count; i++) {
        if (i) {
            buf_lit(b, ", ");
        }
        buf_add(b, l->items[i]);
    }
}

void psa_write_containers(const PsaList *names, Buf *b)
{
    psa_write_plural(names->count, STR("container "), STR("containers "), b);
    psa_write_quoted(names, b);
}

void psa_write_setters(bool pod, const PsaList *containers, Buf *b)
{
    if (pod) {
        buf_lit(b, "pod");
    }
    if (containers->count) {
        if (pod) {
            buf_lit(b, " and ");
        }
        psa_write_containers(containers, b);
    }
}
