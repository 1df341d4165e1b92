/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AlwaysPullImages (optional): a node asks the registry for every image each time, so that nobody
 * runs a private image because it happens to be on the node already.
 *
 * Its validating pass could only find what its mutating pass has just set.
 *
 * Source: Kubernetes plugin/pkg/admission/alwayspullimages
 */
#include "decide/admission/run.h"
#include "kube/pod/containers.h"

/* From here on an update that brings no new image is left alone. */
enum { UPDATES_WITHOUT_IMAGES_SINCE = 21 };

static bool uses_image(const Value *spec, Str image)
{
    POD_EACH_CONTAINER(container, spec) {
        if (str_eq(value_get_str(container, STR("image")), image)) {
            return true;
        }
    }
    return false;
}

static bool brings_new_image(const AdmissionRun *run)
{
    const Value *old_spec = value_get_lit(run->old_object, "spec");
    POD_EACH_CONTAINER(container, value_get_lit(&run->object, "spec")) {
        if (!uses_image(old_spec, value_get_str(container, STR("image")))) {
            return true;
        }
    }
    return false;
}

static bool mutate(AdmissionRun *run)
{
    if (!admission_is_pod(run)) {
        return true;
    }
    if (run->request->operation == ADMISSION_UPDATE &&
        run->request->target->minor >= UPDATES_WITHOUT_IMAGES_SINCE && !brings_new_image(run)) {
        return true;
    }
    const Value always = value_str(STR("Always"));
    Value *spec = value_get_lit(admission_own(run), "spec");
    POD_EACH_CONTAINER(container, spec) {
        if (value_is(container, VALUE_OBJECT)) {
            value_set_lit(container, "imagePullPolicy", always, run->arena);
        }
    }
    VALUE_EACH_ITEM(volume, value_get_lit(spec, "volumes")) {
        Value *image = value_get_lit(volume, "image");
        if (value_is(image, VALUE_OBJECT)) {
            value_set_lit(image, "pullPolicy", always, run->arena);
        }
    }
    admission_note(run, "pulls every image always");
    return true;
}

const AdmissionPlugin admission_always_pull_images = {
    .name = STR_INIT("AlwaysPullImages"),
    .operations = ADMISSION_CREATE | ADMISSION_UPDATE,
    .mutate = mutate,
};
