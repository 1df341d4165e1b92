/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of new pods and of pod templates. */
#include "kube/pod/validate.h"

#include "kube/meta.h"
#include "kube/pod/prepare.h"
#include "kube/pod/resource_name.h"
#include "kube/pod/validate_parts.h"

enum { SCHEDULING_GATES_MINOR = 27 };

PodCheck pod_check_new(FieldErrors *errs, const KubeTarget *t, const Value *metadata)
{
    return (PodCheck){
        .errs = errs,
        .target = t,
        .metadata = metadata,
        .volumes = map_new(errs->arena),
        .may_mix_huge_pages = kube_has(t, FEATURE_HUGE_PAGE_STORAGE_MEDIUM_SIZE),
    };
}

/* A token needs a service account to be made out to. */
static void check_token_volumes(PodCheck *c, const Value *spec, const Path *path)
{
    if (str_of(spec, "serviceAccountName").len) {
        return;
    }
    Path volumes = path_child(path, "volumes");
    size_t i = 0;
    VALUE_EACH_ITEM(volume, value_get_lit(spec, "volumes")) {
        Path volume_path = path_index(&volumes, i++);
        Path projected = path_child(&volume_path, "projected");
        Path sources = path_child(&projected, "sources");
        size_t k = 0;
        VALUE_EACH_ITEM(source, value_at(volume, "projected", "sources", NULL)) {
            Path source_path = path_index(&sources, k++);
            if (object_of(source, "serviceAccountToken")) {
                field_forbidden(c->errs, path_child(&source_path, "serviceAccountToken"),
                                STR("must not be specified when serviceAccountName is not set"));
            }
        }
    }
}

/* The names of huge pages that containers ask for, sorted: []string{...}. */
static Str huge_pages_of(PodCheck *c, const Value *spec, size_t *count)
{
    static const Str lists[] = { STR_INIT("limits"), STR_INIT("requests") };
    Value names = value_object();
    VALUE_EACH_ITEM(container, value_get_lit(spec, "containers")) {
        for (size_t i = 0; i < COUNT_OF(lists); i++) {
            VALUE_EACH_MEMBER(m, value_get(value_get_lit(container, "resources"), lists[i])) {
                if (resource_is_huge_page(member_key(m))) {
                    value_set(&names, member_key(m), value_null(), check_arena(c));
                }
            }
        }
    }
    value_sort_keys(&names);
    Value list = value_array();
    VALUE_EACH_MEMBER(m, &names) {
        value_add(&list, value_str(member_key(m)), check_arena(c));
    }
    *count = value_len(&list);
    return dump_strings(&list, check_arena(c));
}

void pod_check_one_huge_page(PodCheck *c, const Value *spec, const Path *path)
{
    size_t count;
    Str names = huge_pages_of(c, spec, &count);
    if (!c->may_mix_huge_pages && count > 1) {
        field_invalid_raw(c->errs, *path, names,
                          STR("must use a single hugepage size in a pod spec"));
    }
}

/* Not asked of templates, which had such images before anyone looked. */
static void check_images(PodCheck *c, const Value *containers, const Path *path)
{
    size_t i = 0;
    VALUE_EACH_ITEM(container, containers) {
        Path item = path_index(path, i++);
        check_image_has_no_space(c, container, &item);
    }
}

void pod_check_metadata_and_spec(PodCheck *c, const Value *pod)
{
    const Value *metadata = value_get_lit(pod, "metadata");
    const Value *spec = value_get_lit(pod, "spec");
    Path meta_path = path_root("metadata");
    Path annotations = path_child(&meta_path, "annotations");
    Path spec_path = path_root("spec");
    Path containers = path_child(&spec_path, "containers");
    Path init_containers = path_child(&spec_path, "initContainers");

    meta_validate(metadata, true, name_check_dns1123_subdomain, &meta_path, c->errs);
    meta_validate_finalizers(metadata, &meta_path, c->errs);
    check_pod_annotations(c, value_get_lit(metadata, "annotations"), spec, &annotations);
    check_pod_spec(c, spec, &spec_path);
    check_token_volumes(c, spec, &spec_path);
    check_images(c, value_get_lit(spec, "containers"), &containers);
    check_images(c, value_get_lit(spec, "initContainers"), &init_containers);
    pod_check_one_huge_page(c, spec, &spec_path);
}

/* -- seccomp as annotation and as field -------------------------------------------------------- */

static void check_profiles_agree(PodCheck *c, Str annotation, const Value *profile,
                                 const Path *path)
{
    static const Str other_type = STR_INIT("seccomp type in annotation and field must match");
    if (!annotation.ptr || !profile) {
        return;
    }
    Str type = str_of(profile, "type");
    Str file = value_get_str(profile, STR("localhostProfile"));
    Str annotated_file = str_cut_prefix(annotation, STR("localhost/"));
    bool is_same_type = true;
    bool is_same_file = true;
    if (str_eq(type, STR("Unconfined"))) {
        is_same_type = str_eq(annotation, STR("unconfined"));
    } else if (str_eq(type, STR("RuntimeDefault"))) {
        is_same_type = str_eq(annotation, STR("runtime/default")) ||
                       str_eq(annotation, STR("docker/default"));
    } else if (str_eq(type, STR("Localhost"))) {
        is_same_type = annotated_file.len < annotation.len;
        is_same_file = file.ptr && str_eq(file, annotated_file);
    }
    if (!is_same_type) {
        field_forbidden(c->errs, path_child(path, "type"), other_type);
    } else if (!is_same_file) {
        field_forbidden(c->errs, path_child(path, "localhostProfile"),
                        STR("seccomp profile in annotation and field must match"));
    }
}

/* holder   a pod or a template */
static void check_seccomp_agrees(PodCheck *c, const Value *holder, const Path *spec_path)
{
    const Value *annotations = value_at(holder, "metadata", "annotations", NULL);
    const Value *spec = value_get_lit(holder, "spec");
    Path context = path_child(spec_path, "securityContext");
    Path profile = path_child(&context, "seccompProfile");
    check_profiles_agree(c, value_get_str(annotations, STR(POD_SECCOMP_ANNOTATION)),
                         object_of(object_of(spec, "securityContext"), "seccompProfile"), &profile);
    for (int k = 0; k < POD_CONTAINER_KINDS; k++) {
        Path list = path_child_str(spec_path, pod_container_members[k]);
        size_t i = 0;
        VALUE_EACH_ITEM(container, value_get(spec, pod_container_members[k])) {
            Path item = path_index(&list, i++);
            Path own_context = path_child(&item, "securityContext");
            Path own = path_child(&own_context, "seccompProfile");
            Str key = arena_concat(check_arena(c), STR(POD_SECCOMP_CONTAINER_PREFIX),
                                   str_of(container, "name"));
            check_profiles_agree(
                c, value_get_str(annotations, key),
                object_of(object_of(container, "securityContext"), "seccompProfile"), &own);
        }
    }
}

/* -- entry points ------------------------------------------------------------------------------ */

void pod_validate_create(const Value *pod, const KubeTarget *t, FieldErrors *errs)
{
    PodCheck c = pod_check_new(errs, t, value_get_lit(pod, "metadata"));
    const Value *spec = value_get_lit(pod, "spec");
    Path spec_path = path_root("spec");
    pod_check_metadata_and_spec(&c, pod);
    if (value_len(value_get_lit(spec, "ephemeralContainers"))) {
        field_forbidden(errs, path_child(&spec_path, "ephemeralContainers"),
                        STR("cannot be set on create"));
    }
    bool is_gated = t->minor >= SCHEDULING_GATES_MINOR &&
                    value_len(value_get_lit(spec, "schedulingGates"));
    if (is_gated && str_of(spec, "nodeName").len) {
        field_forbidden(errs, path_child(&spec_path, "nodeName"),
                        STR("cannot be set until all schedulingGates have been cleared"));
    }
    check_seccomp_agrees(&c, pod, &spec_path);
}

void pod_template_validate(const Value *template, const Path *path, const KubeTarget *t,
                           FieldErrors *errs)
{
    PodCheck c = pod_check_new(errs, t, NULL);
    const Value *metadata = value_get_lit(template, "metadata");
    const Value *spec = value_get_lit(template, "spec");
    Path labels = path_child(path, "labels");
    Path annotations = path_child(path, "annotations");
    Path spec_path = path_child(path, "spec");
    meta_validate_labels(value_get_lit(metadata, "labels"), &labels, errs);
    meta_validate_annotations(value_get_lit(metadata, "annotations"), &annotations, errs);
    check_pod_annotations(&c, value_get_lit(metadata, "annotations"), spec, &annotations);
    check_pod_spec(&c, spec, &spec_path);
    check_seccomp_agrees(&c, template, &spec_path);
    if (value_len(value_get_lit(spec, "ephemeralContainers"))) {
        field_forbidden(errs, path_child(&spec_path, "ephemeralContainers"),
                        STR("ephemeral containers not allowed in pod template"));
    }
}

void pod_template_validate_annotations(const Value *template, const Path *path, const KubeTarget *t,
                                       FieldErrors *errs)
{
    PodCheck c = pod_check_new(errs, t, NULL);
    Path annotations = path_child(path, "annotations");
    check_pod_annotations(&c, value_at(template, "metadata", "annotations", NULL),
                          value_get_lit(template, "spec"), &annotations);
}
