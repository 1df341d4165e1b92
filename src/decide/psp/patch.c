/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a policy's defaults as RFC 6902 operations: `add` of one member where the object is
 * there, `add` of the whole object where it is not.
 */
#include "decide/psp/attempt.h"

#include "doc/pointer.h"

static void write_op(PspPatch *patch, Str name, Str path, Value v)
{
    Value op = value_object();
    value_set_lit(&op, "op", value_str(name), patch->arena);
    value_set_lit(&op, "path", value_str(path), patch->arena);
    value_set_lit(&op, "value", v, patch->arena);
    value_add(&patch->ops, op, patch->arena);
}

/* path is kept. value is the object where it is now. */
static PspPatchObject object_at(PspPatch *patch, Str path, const Value *value)
{
    return (PspPatchObject){ patch, path, value_is(value, VALUE_OBJECT), value_object() };
}

void psp_patch_set(PspPatchObject *object, Str member, Value v)
{
    Arena *a = object->patch->arena;
    if (!object->exists) {
        value_set(&object->members, member, v, a);
        return;
    }
    Buf path = buf_new(a);
    buf_add(&path, object->path);
    pointer_append(&path, member);
    write_op(object->patch, STR("add"), buf_str(&path), v);
}

/* Adds an object that was not there and has gained members. */
static void finish(PspPatchObject *object)
{
    if (!object->exists && object->members.len) {
        write_op(object->patch, STR("add"), object->path, object->members);
    }
}

/* A null in the list is an empty container, as in Go, and must be one to gain members. */
static void fill_null(PspPatch *patch, const PodView *pod, const ContainerView *c)
{
    Str list = container_class_field(c->class);
    if (value_is_null(value_item(value_get(pod->spec, list), c->index))) {
        write_op(patch, STR("replace"),
                 arena_printf(patch->arena, "/spec/%.*s/%u", STR_ARG(list), c->index),
                 value_object());
    }
}

Value psp_attempt_patch(const PspAttempt *at)
{
    PspPatch patch = { at->arena, value_array() };
    const PodView *pod = at->pod;
    const Value *metadata = value_get_lit(pod->pod, "metadata");
    PspPatchObject meta = object_at(&patch, STR("/metadata"), metadata);
    PspPatchPod objects = {
        .annotations = object_at(&patch, STR("/metadata/annotations"), pod->annotations),
        .spec = object_at(&patch, STR("/spec"), pod->spec),
        .security = object_at(&patch, STR("/spec/securityContext"), pod->security.value),
    };
    for (size_t i = 0; i < psp_pod_strategies.count; i++) {
        const PspStrategy *s = psp_pod_strategies.items[i];
        if (s->patch_pod) {
            s->patch_pod(at, &objects);
        }
    }
    if (objects.spec.exists) {
        finish(&objects.security);
    } else if (objects.security.members.len) {
        psp_patch_set(&objects.spec, STR("securityContext"), objects.security.members);
    }
    finish(&objects.spec);
    for (size_t i = 0; i < at->container_count; i++) {
        const PspContainer *c = &at->containers[i];
        if (!c->set) {
            continue;
        }
        fill_null(&patch, pod, c->view);
        Str list = container_class_field(c->view->class);
        PspPatchObject security = object_at(
            &patch,
            arena_printf(at->arena, "/spec/%.*s/%u/securityContext", STR_ARG(list), c->view->index),
            c->view->security.value);
        for (size_t j = 0; j < psp_container_strategies.count; j++) {
            const PspStrategy *s = psp_container_strategies.items[j];
            if (s->patch_container) {
                s->patch_container(at, c, &security, &objects.annotations);
            }
        }
        finish(&security);
    }
    psp_patch_set(&objects.annotations, STR(PSP_ANNOTATION), value_str(at->policy->name));
    if (meta.exists) {
        finish(&objects.annotations);
    } else {
        psp_patch_set(&meta, STR("annotations"), objects.annotations.members);
        finish(&meta);
    }
    return patch.ops;
}
