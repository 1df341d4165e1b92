/* SPDX-License-Identifier: Apache-2.0 */
/* The 409 of an apply. */
#include "kube/managed/conflicts.h"

typedef struct Paths {
    Arena *arena;
    Str *items;
    size_t count;
    size_t cap;
} Paths;

static void add_path(Paths *paths, Str prefix, const FieldNode *node)
{
    if (paths->count == paths->cap) {
        size_t cap = paths->cap ? paths->cap * 2 : 16;
        Str *grown = arena_alloc(paths->arena, cap * sizeof(Str));
        if (paths->count) {
            memcpy(grown, paths->items, paths->count * sizeof(Str));
        }
        paths->items = grown;
        paths->cap = cap;
    }
    Buf b = buf_new(paths->arena);
    buf_add(&b, prefix);
    path_element_text(&node->element, &b);
    paths->items[paths->count++] = buf_str(&b);
}

/* Members of a level come before what is below it. */
static void add_paths(Paths *paths, Str prefix, FieldSet set)
{
    for (uint32_t i = 0; i < set.count; i++) {
        if (set.nodes[i].is_member) {
            add_path(paths, prefix, &set.nodes[i]);
        }
    }
    for (uint32_t i = 0; i < set.count; i++) {
        if (set.nodes[i].below.count) {
            Buf b = buf_new(paths->arena);
            buf_add(&b, prefix);
            path_element_text(&set.nodes[i].element, &b);
            add_paths(paths, buf_str(&b), set.nodes[i].below);
        }
    }
}

static Str manager_text(const ManagedEntry *e, Arena *a)
{
    Buf b = buf_new(a);
    buf_go_quoted(&b, e->manager);
    if (e->subresource.len) {
        buf_printf(&b, " with subresource \"%.*s\"", STR_ARG(e->subresource));
    }
    if (str_eq(e->operation, STR("Update"))) {
        buf_printf(&b, " using %.*s", STR_ARG(e->api_version));
    }
    return buf_str(&b);
}

void managed_conflicts_tell(const ManagedConflict *conflicts, size_t count, Arena *a,
                            ManagedApplied *out)
{
    Paths paths = { .arena = a };
    size_t *ends = arena_alloc(a, count * sizeof(size_t));
    for (size_t i = 0; i < count; i++) {
        add_paths(&paths, STR(""), conflicts[i].set);
        ends[i] = paths.count;
    }
    ManagedCause *causes = arena_alloc(a, paths.count * sizeof(ManagedCause));
    Buf b = buf_new(a);
    bool is_one = paths.count == 1;
    buf_printf(&b, "Apply failed with %zu conflict%s: ", paths.count, is_one ? "" : "s");
    for (size_t i = 0, at = 0; i < count; i++) {
        Str manager = manager_text(conflicts[i].entry, a);
        Str message = arena_concat(a, STR("conflict with "), manager);
        if (is_one) {
            buf_printf(&b, "%.*s: %.*s", STR_ARG(message), STR_ARG(paths.items[0]));
        } else {
            buf_printf(&b, "%sconflicts with %.*s:", i ? "\n" : "", STR_ARG(manager));
        }
        for (; at < ends[i]; at++) {
            causes[at] = (ManagedCause){ .message = message, .field = paths.items[at] };
            if (!is_one) {
                buf_printf(&b, "\n- %.*s", STR_ARG(paths.items[at]));
            }
        }
    }
    out->verdict = MANAGED_CONFLICT;
    out->message = buf_str(&b);
    out->causes = causes;
    out->cause_count = paths.count;
}
