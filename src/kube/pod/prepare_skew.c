/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seccomp and AppArmor profiles were annotations first and fields later. While both are in use the
 * API server writes each in terms of the other when a pod is created.
 *
 * Source: Kubernetes enhancements 135 (seccomp) and 24 (AppArmor), "Version Skew Strategy".
 */
#include "kube/pod/containers.h"
#include "kube/pod/prepare.h"

enum {
    SECCOMP_FIELD_MINOR = 19,
    SECCOMP_NO_ANNOTATION_MINOR = 27,
    APPARMOR_FIELD_MINOR = 30,
    APPARMOR_NO_NEW_ANNOTATION_MINOR = 34, /* annotations are still read */
    APPARMOR_PROFILE_BYTES_MAX = 4095,
};

#define LOCALHOST "localhost/"

/* runtime_default   the annotation that stands for the type RuntimeDefault */
static Str annotation_of(const Value *profile, Str runtime_default, Arena *a)
{
    Str type = value_get_str(profile, STR("type"));
    if (str_eq(type, STR("Unconfined"))) {
        return STR("unconfined");
    }
    if (str_eq(type, STR("RuntimeDefault"))) {
        return runtime_default;
    }
    Str path = value_get_str(profile, STR("localhostProfile"));
    if (str_eq(type, STR("Localhost")) && path.ptr) {
        return arena_concat(a, STR(LOCALHOST), path);
    }
    return STR("");
}

static Value profile_of(Str annotation, StrList runtime_defaults, Arena *a)
{
    Value profile = value_object();
    if (str_eq(annotation, STR("unconfined"))) {
        value_set_lit(&profile, "type", value_str(STR("Unconfined")), a);
        return profile;
    }
    if (str_list_has(runtime_defaults, annotation)) {
        value_set_lit(&profile, "type", value_str(STR("RuntimeDefault")), a);
        return profile;
    }
    Str path = str_cut_prefix(annotation, STR(LOCALHOST));
    if (path.len == annotation.len || path.len == 0) {
        return value_null();
    }
    value_set_lit(&profile, "type", value_str(STR("Localhost")), a);
    value_set_lit(&profile, "localhostProfile", value_str(path), a);
    return profile;
}

Str pod_seccomp_annotation_of(const Value *profile, Arena *a)
{
    return annotation_of(profile, STR("runtime/default"), a);
}

Value pod_seccomp_profile_of(Str annotation, Arena *a)
{
    static const Str defaults[] = { STR_INIT("runtime/default"), STR_INIT("docker/default") };
    return profile_of(annotation, (StrList){ defaults, COUNT_OF(defaults) }, a);
}

Str pod_apparmor_annotation_of(const Value *profile, Arena *a)
{
    return annotation_of(profile, STR("runtime/default"), a);
}

Value pod_apparmor_profile_of(Str annotation, Arena *a)
{
    static const Str defaults[] = { STR_INIT("runtime/default") };
    return profile_of(annotation, (StrList){ defaults, COUNT_OF(defaults) }, a);
}

static Str annotation_get(const Value *pod, Str key)
{
    return value_as_str(value_get(value_at(pod, "metadata", "annotations", NULL), key));
}

static void annotation_set(Value *pod, Str key, Str text, Arena *a)
{
    Value *metadata = value_need_object(pod, STR("metadata"), a);
    Value *annotations = metadata ? value_need_object(metadata, STR("annotations"), a) : NULL;
    if (annotations) {
        value_set(annotations, key, value_str(text), a);
    }
}

static void profile_set(Value *holder, Str member, Value profile, Arena *a)
{
    Value *context = value_need_object(holder, STR("securityContext"), a);
    if (context) {
        value_set(context, member, profile, a);
    }
}

/* holder   the pod's spec or a container */
static void sync_seccomp_of(Value *pod, Value *holder, Str key, Arena *a)
{
    Str annotation = annotation_get(pod, key);
    const Value *field = value_at(holder, "securityContext", "seccompProfile", NULL);
    if (!value_is_null(field) && !annotation.ptr) {
        Str text = pod_seccomp_annotation_of(field, a);
        if (text.len) {
            annotation_set(pod, key, text, a);
        }
    } else if (value_is_null(field) && annotation.ptr) {
        Value profile = pod_seccomp_profile_of(annotation, a);
        if (!value_is_null(&profile)) {
            profile_set(holder, STR("seccompProfile"), profile, a);
        }
    }
}

void pod_sync_seccomp(Value *pod, const KubeTarget *t, Arena *a)
{
    Value *spec = value_get_lit(pod, "spec");
    if (t->minor < SECCOMP_FIELD_MINOR || t->minor >= SECCOMP_NO_ANNOTATION_MINOR ||
        !value_is(spec, VALUE_OBJECT)) {
        return;
    }
    sync_seccomp_of(pod, spec, STR(POD_SECCOMP_ANNOTATION), a);
    spec = value_get_lit(pod, "spec"); /* an annotation may have moved it */
    POD_EACH_CONTAINER(c, spec) {
        if (value_is(c, VALUE_OBJECT)) {
            Str name = value_get_str(c, STR("name"));
            sync_seccomp_of(pod, c, arena_concat(a, STR(POD_SECCOMP_CONTAINER_PREFIX), name), a);
        }
    }
}

/* A profile's path as the validation of the field accepts it. */
static bool is_apparmor_path(Str path)
{
    return path.len && str_trim(path).len == path.len && path.len <= APPARMOR_PROFILE_BYTES_MAX;
}

static void apparmor_from_annotation(Value *container, const Value *pod_profile, Str annotation,
                                     Arena *a)
{
    Value profile = pod_apparmor_profile_of(annotation, a);
    Str path = value_get_str(&profile, STR("localhostProfile"));
    if (value_is_null(&profile) || (path.ptr && !is_apparmor_path(path))) {
        return;
    }
    /* What the pod says for all its containers is not repeated. */
    if (value_is_null(pod_profile) || !value_equal(&profile, pod_profile)) {
        profile_set(container, STR("appArmorProfile"), profile, a);
    }
}

void pod_sync_apparmor(Value *pod, const KubeTarget *t, Arena *a)
{
    const Value *spec = value_get_lit(pod, "spec");
    if (t->minor < APPARMOR_FIELD_MINOR ||
        str_eq(value_as_str(value_at(spec, "os", "name", NULL)), STR("windows"))) {
        return;
    }
    const Value *pod_profile = value_at(spec, "securityContext", "appArmorProfile", NULL);
    POD_EACH_CONTAINER(c, spec) {
        if (!value_is(c, VALUE_OBJECT)) {
            continue;
        }
        Str name = value_get_str(c, STR("name"));
        Str key = arena_concat(a, STR(POD_APPARMOR_CONTAINER_PREFIX), name);
        Str annotation = annotation_get(pod, key);
        const Value *field = value_at(c, "securityContext", "appArmorProfile", NULL);
        if (!annotation.ptr && t->minor < APPARMOR_NO_NEW_ANNOTATION_MINOR) {
            const Value *profile = value_is_null(field) ? pod_profile : field;
            Str text = pod_apparmor_annotation_of(profile, a);
            if (text.len) {
                annotation_set(pod, key, text, a);
            }
        } else if (annotation.ptr && value_is_null(field)) {
            apparmor_from_annotation(c, pod_profile, annotation, a);
        }
    }
}
