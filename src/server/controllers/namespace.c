/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends namespaces: deletes what is in them, says in their status what still stays and why, and
 * takes the finalizer off when nothing does.
 *
 * Source: Kubernetes pkg/controller/namespace/deletion
 */
#include "server/controllers/namespace_status.h"
#include "server/controllers/resources.h"

/* How often it is looked whether what stayed is still there. */
enum { RETRY_MS = 200 };

enum { PODS_FIRST_SINCE = 33 }; /* OrderedNamespaceDeletion */

static const Str finalizer_kubernetes = STR_INIT("kubernetes");

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    (void)kind;
    if (event->kind != STORE_DELETED && ctl_is_deleted(&event->object->object)) {
        ctl_enqueue(c, STR(""), event->object->name);
    }
}

/* -- what is in it ----------------------------------------------------------------------------- */

static bool has_unmarked(const Value *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!ctl_is_deleted(items[i])) {
            return true;
        }
    }
    return false;
}

static void delete_each(Ctl *c, const CtlResource *r, const Value *const *items, size_t count,
                        const Value *options)
{
    for (size_t i = 0; i < count; i++) {
        if (!ctl_is_deleted(items[i])) {
            CtlObject at = ctl_place(r, ctl_namespace(items[i]), ctl_name(items[i]));
            (void)ctl_delete(c, &at, options, NULL);
        }
    }
}

/* Deletes what there is of one resource, and counts what stays. */
static void delete_content(Ctl *c, const CtlResource *r, Str namespace, NamespaceContent *content)
{
    size_t count;
    const Value *const *items = ctl_list(c, r->group, r->kind, namespace, &count);
    if (count == 0) {
        return;
    }
    if (has_unmarked(items, count)) {
        Value options = value_object();
        value_set_lit(&options, "propagationPolicy", value_str(STR("Background")), c->arena);
        CtlObject all = ctl_place(r, namespace, STR(""));
        if (count == 1 || !ctl_delete(c, &all, &options, NULL)) {
            delete_each(c, r, items, count, &options);
        }
        items = ctl_list(c, r->group, r->kind, namespace, &count);
    }
    namespace_content_add(content, str_from_c(r->resource), r->group, items, count, c->arena);
}

static void delete_all(Ctl *c, Str namespace, NamespaceContent *content)
{
    CtlResources all = ctl_resources(c);
    for (size_t i = 0; i < all.count && c->target->minor >= PODS_FIRST_SINCE; i++) {
        if (str_eq(all.items[i].kind, STR("Pod")) && all.items[i].group.len == 0) {
            delete_content(c, &all.items[i], namespace, content);
            if (content->resource_count) {
                return;
            }
        }
    }
    for (size_t i = 0; i < all.count; i++) {
        if (all.items[i].namespaced) {
            delete_content(c, &all.items[i], namespace, content);
        }
    }
}

/* -- the namespace ----------------------------------------------------------------------------- */

static const Value *find(Ctl *c, Str name)
{
    return ctl_get(c, STR(""), STR("Namespace"), STR(""), name);
}

static bool update_status(Ctl *c, const Value *stored, const NamespaceContent *content)
{
    Value namespace = value_copy(stored, c->arena);
    if (!namespace_set_conditions(&namespace, content, ctl_now_text(c), c->arena)) {
        return true;
    }
    CtlObject at = { "v1", "namespaces", STR(""), ctl_name(stored), "status" };
    return ctl_update(c, &at, &namespace, NULL);
}

/* Takes the finalizer off; with the last one the namespace goes. */
static bool finalize(Ctl *c, Str name)
{
    const Value *stored = find(c, name);
    if (stored == NULL) {
        return true;
    }
    Value namespace = value_copy(stored, c->arena);
    Value kept = value_array();
    VALUE_EACH_ITEM(f, value_at(stored, "spec", "finalizers", NULL)) {
        if (!str_eq(value_as_str(f), finalizer_kubernetes)) {
            value_add(&kept, *f, c->arena);
        }
    }
    Value *spec = value_need_object(&namespace, STR("spec"), c->arena);
    if (spec == NULL) {
        return true;
    }
    value_set_lit(spec, "finalizers", kept, c->arena);
    CtlObject at = { "v1", "namespaces", STR(""), name, "finalize" };
    return ctl_update(c, &at, &namespace, NULL);
}

static bool sync(Ctl *c, Str unused, Str name)
{
    (void)unused;
    const Value *stored = find(c, name);
    if (stored == NULL || !ctl_is_deleted(stored) ||
        value_len(value_at(stored, "spec", "finalizers", NULL)) == 0) {
        return true;
    }
    NamespaceContent content = { .resource_count = 0 };
    delete_all(c, name, &content);
    if (!update_status(c, stored, &content)) {
        return false;
    }
    if (content.resource_count) {
        ctl_enqueue_after(c, STR(""), name, RETRY_MS);
        return true;
    }
    return finalize(c, name);
}

const Controller controller_namespace = {
    .name = STR_INIT("namespace-controller"),
    .kinds = { { STR_INIT(""), STR_INIT("Namespace") } },
    .observe = observe,
    .sync = sync,
};
