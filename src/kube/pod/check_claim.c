/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of ephemeral volumes: the template of the claim that is made for the pod. */
#include "kube/meta.h"
#include "kube/pod/check_volumes.h"
#include "kube/quantity.h"

enum { ONE_POD_MODE_MINOR = 27 };

/* What a template's metadata may not have, by Go's names with a small first letter. */
static void check_claim_metadata(PodCheck *c, const Value *metadata, const Path *path)
{
    static const struct {
        Str member;
        Str shown;
    } forbidden[] = {
        { STR_INIT("name"), STR_INIT("name") },
        { STR_INIT("generateName"), STR_INIT("generateName") },
        { STR_INIT("namespace"), STR_INIT("namespace") },
        { STR_INIT("selfLink"), STR_INIT("selfLink") },
        { STR_INIT("uid"), STR_INIT("uID") },
        { STR_INIT("resourceVersion"), STR_INIT("resourceVersion") },
        { STR_INIT("generation"), STR_INIT("generation") },
        { STR_INIT("creationTimestamp"), STR_INIT("creationTimestamp") },
        { STR_INIT("deletionTimestamp"), STR_INIT("deletionTimestamp") },
        { STR_INIT("deletionGracePeriodSeconds"), STR_INIT("deletionGracePeriodSeconds") },
        { STR_INIT("ownerReferences"), STR_INIT("ownerReferences") },
        { STR_INIT("finalizers"), STR_INIT("finalizers") },
        { STR_INIT("clusterName"), STR_INIT("clusterName") },
        { STR_INIT("managedFields"), STR_INIT("managedFields") },
    };
    Path annotations = path_child(path, "annotations");
    Path labels = path_child(path, "labels");
    meta_validate_annotations(value_get_lit(metadata, "annotations"), &annotations, c->errs);
    meta_validate_labels(value_get_lit(metadata, "labels"), &labels, c->errs);
    for (size_t i = 0; i < COUNT_OF(forbidden); i++) {
        if (!value_is_null(value_get(metadata, forbidden[i].member))) {
            field_forbidden(c->errs, path_child_str(path, forbidden[i].shown),
                            STR("cannot be set for an ephemeral volume"));
        }
    }
}

static void check_storage(PodCheck *c, const Value *spec, const Path *path)
{
    const Value *storage = value_at(spec, "resources", "requests", "storage", NULL);
    Path resources = path_child(path, "resources");
    Path storage_path = path_key(&resources, STR("storage"));
    Quantity q;
    if (!storage) {
        field_required(c->errs, storage_path, STR(""));
    } else if (quantity_parse(value_as_str(storage), NULL, &q, NULL) && quantity_sign(&q) <= 0) {
        field_invalid_str(c->errs, storage_path, value_as_str(storage),
                          STR("must be greater than zero"));
    }
}

static void check_data_source(PodCheck *c, const Value *source, const Path *path)
{
    if (!source) {
        return;
    }
    check_required(c, source, STR("name"), path);
    check_required(c, source, STR("kind"), path);
    Str kind = str_of(source, "kind");
    if (!str_of(source, "apiGroup").len && !str_eq(kind, STR("PersistentVolumeClaim"))) {
        field_invalid_str(c->errs, *path, kind, STR(""));
    }
}

void check_claim_spec(PodCheck *c, const Value *spec, const Path *path)
{
    static const Str modes[] = { STR_INIT("ReadOnlyMany"), STR_INIT("ReadWriteMany"),
                                 STR_INIT("ReadWriteOnce"), STR_INIT("ReadWriteOncePod") };
    static const Str volume_modes[] = { STR_INIT("Block"), STR_INIT("Filesystem") };
    StrList known = CHECK_LIST(modes);
    known.count -= c->target->minor < ONE_POD_MODE_MINOR;
    const Value *asked = value_get_lit(spec, "accessModes");
    Path modes_path = path_child(path, "accessModes");
    if (!value_len(asked)) {
        field_required(c->errs, modes_path, STR("at least 1 access mode is required"));
    }
    Path selector = path_child(path, "selector");
    check_label_selector(c, value_get_lit(spec, "selector"), &selector);
    bool one_pod = false, others = false;
    VALUE_EACH_ITEM(mode, asked) {
        Str text = value_as_str(mode);
        if (!str_list_has(known, text)) {
            field_not_supported(c->errs, modes_path, text, known);
        } else if (str_eq(text, STR("ReadWriteOncePod"))) {
            one_pod = true;
        } else {
            others = true;
        }
    }
    if (one_pod && others) {
        field_forbidden(c->errs, modes_path,
                        STR("may not use ReadWriteOncePod with other access modes"));
    }
    check_storage(c, spec, path);
    Str class = str_of(spec, "storageClassName");
    if (class.len) {
        check_name(c, class, name_check_dns1123_subdomain, path_child(path, "storageClassName"));
    }
    check_supported_if_set(c, spec, STR("volumeMode"), CHECK_LIST(volume_modes), path);
    Path source = path_child(path, "dataSource");
    check_data_source(c, object_of(spec, "dataSource"), &source);
}

void volume_check_ephemeral(VolumeCheck *v, const Value *source, const Path *path)
{
    PodCheck *c = v->check;
    const Value *template = object_of(source, "volumeClaimTemplate");
    Path own = path_child(path, "volumeClaimTemplate");
    if (!template) {
        field_required(c->errs, own, STR(""));
    } else {
        Path metadata = path_child(&own, "metadata");
        Path spec = path_child(&own, "spec");
        check_claim_metadata(c, value_get_lit(template, "metadata"), &metadata);
        check_claim_spec(c, value_get_lit(template, "spec"), &spec);
    }
    Str pod = str_of(c->metadata, "name");
    Str volume = str_of(v->volume, "name");
    if (!pod.len || !volume.len) {
        return;
    }
    Arena *a = check_arena(c);
    Str claim = arena_printf(a, "%.*s-%.*s", STR_ARG(pod), STR_ARG(volume));
    NameMessages wrong = name_check_dns1123_subdomain(claim);
    for (size_t i = 0; i < wrong.count; i++) {
        Buf detail = buf_new(a);
        buf_lit(&detail, "PVC name ");
        buf_go_quoted(&detail, claim);
        buf_lit(&detail, ": ");
        buf_add(&detail, wrong.items[i]);
        field_invalid_str(c->errs, path_child(v->path, "name"), volume, buf_str(&detail));
    }
}
