/* SPDX-License-Identifier: Apache-2.0 */
/* Whose an object is: adopting, letting go, and who is concerned when it changes. */
#include "server/controllers/pods.h"

static bool patch_owners(Ctl *c, const CtlObject *at, Value reference, const Value *object,
                         ApiResponse *response)
{
    Arena *a = c->arena;
    Value owners = value_array();
    Value metadata = value_object();
    Value patch = value_object();
    value_add(&owners, reference, a);
    value_set_lit(&metadata, "uid", value_str(ctl_uid(object)), a);
    value_set_lit(&metadata, "ownerReferences", owners, a);
    value_set_lit(&patch, "metadata", metadata, a);
    return ctl_patch(c, at, NULL, &patch, response);
}

static bool adopt(Ctl *c, const Value *owner, const OwnerKind *kind, const CtlObject *at,
                  const Value *object)
{
    ApiResponse response;
    Value ref = ctl_owner_reference(owner, kind->api_version, kind->kind, c->arena);
    return patch_owners(c, at, ref, object, &response);
}

/* Gone, or another one of that name: nothing is left to do. */
static bool release(Ctl *c, const Value *owner, const CtlObject *at, const Value *object)
{
    ApiResponse response;
    Value ref = value_object();
    value_set_lit(&ref, "$patch", value_str(STR("delete")), c->arena);
    value_set_lit(&ref, "uid", value_str(ctl_uid(owner)), c->arena);
    return patch_owners(c, at, ref, object, &response) || response.code == 404 ||
           response.code == 422;
}

/* Pods of another owner, and those that are going, are left alone. False: try again. *mine: it
 * belongs to owner now. */
static bool claim(Ctl *c, const Value *owner, const OwnerKind *kind, const LabelSelector *selector,
                  const OwnedKind *owned, const Value *object, bool *mine)
{
    CtlObject at = { owned->api_version, owned->resource, ctl_namespace(object), ctl_name(object),
                     NULL };
    bool matches = label_selector_matches(selector, value_at(object, "metadata", "labels", NULL)) &&
                   (owned->fits == NULL || owned->fits(owner, object));
    *mine = false;
    if (ctl_controller_of(object)) {
        if (!ctl_is_controlled_by(object, owner)) {
            return true;
        }
        *mine = matches;
        return matches || ctl_is_deleted(owner) || release(c, owner, &at, object);
    }
    if (!matches || ctl_is_deleted(owner) || ctl_is_deleted(object)) {
        return true;
    }
    *mine = adopt(c, owner, kind, &at, object);
    return *mine;
}

const OwnedKind owned_pods = { "v1", "pods", STR_INIT(""), STR_INIT("Pod"), pod_is_active, NULL };

bool owned_claim(Ctl *c, const Value *owner, const OwnerKind *kind, const LabelSelector *selector,
                 const OwnedKind *owned, PodList *out)
{
    size_t count;
    const Value *const *items = ctl_list(c, owned->group, owned->kind, ctl_namespace(owner),
                                         &count);
    bool done = true;
    *out = (PodList){ .items = new(c->arena, const Value *, count + 1) };
    for (size_t i = 0; i < count; i++) {
        bool mine;
        if (owned->counts == NULL || owned->counts(items[i])) {
            done = claim(c, owner, kind, selector, owned, items[i], &mine) && done;
            if (mine) {
                out->items[out->count++] = items[i];
            }
        }
    }
    return done;
}

/* -- changes
 * ---------------------------------------------------------------------------------------- */

static void enqueue_controller(Ctl *c, const OwnerKind *kind, Str namespace, const Value *ref)
{
    if (ref && str_eq(value_get_str(ref, STR("kind")), str_from_c(kind->kind))) {
        ctl_enqueue(c, namespace, value_get_str(ref, STR("name")));
    }
}

void owned_observe(Ctl *c, const OwnerKind *kind, Str group, const StoreEvent *event,
                   bool (*matches)(Ctl *c, const Value *owner, const Value *object))
{
    const Value *object = &event->object->object;
    Str namespace = event->object->namespace;
    const Value *ref = ctl_controller_of(object);
    const Value *before = event->old ? ctl_controller_of(&event->old->object) : NULL;
    if (before && !(ref && value_equal(ref, before))) {
        enqueue_controller(c, kind, namespace, before);
    }
    if (ref || event->kind == STORE_DELETED || ctl_is_deleted(object)) {
        enqueue_controller(c, kind, namespace, ref);
        return;
    }
    size_t count;
    const Value *const *owners = ctl_list(c, group, str_from_c(kind->kind), namespace, &count);
    for (size_t i = 0; i < count; i++) {
        if (matches(c, owners[i], object)) {
            ctl_enqueue(c, namespace, ctl_name(owners[i]));
        }
    }
}
