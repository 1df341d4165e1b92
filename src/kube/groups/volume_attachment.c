/* SPDX-License-Identifier: Apache-2.0 */
/* VolumeAttachments. */
#include "kube/groups/csi_name.h"
#include "kube/groups/go_dump.h"
#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"
#include "kube/groups/storage.h"

enum {
    METADATA_BYTES_MAX = 256 * 1024,
    MESSAGE_BYTES_MAX = 1024,
};

static void check_source(const Value *source, const Path *path, FieldErrors *errs)
{
    Str name = value_get_str(source, STR("persistentVolumeName"));
    const Value *inlined = object_of(source, "inlineVolumeSpec");
    if (name.ptr == NULL && inlined == NULL) {
        field_required(errs, *path,
                       STR("must specify exactly one of inlineVolumeSpec and "
                           "persistentVolumeName"));
    } else if (name.ptr && inlined) {
        field_forbidden(errs, *path,
                        STR("must specify exactly one of inlineVolumeSpec and "
                            "persistentVolumeName"));
    } else if (name.ptr && name.len == 0) {
        field_required(errs, path_child(path, "persistentVolumeName"),
                       STR("must specify non empty persistentVolumeName"));
    }
}

static void check_error(const Value *error, const Path *path, FieldErrors *errs)
{
    if (str_of(error, "message").len > MESSAGE_BYTES_MAX) {
        field_too_long(errs, path_child(path, "message"), METADATA_BYTES_MAX);
    }
}

static void check_status(const Value *status, FieldErrors *errs)
{
    Path path = path_root("status");
    size_t bytes = 0;
    VALUE_EACH_MEMBER(m, value_get_lit(status, "attachmentMetadata")) {
        bytes += m->key_len + value_as_str(&m->value).len;
    }
    if (bytes > METADATA_BYTES_MAX) {
        field_too_long(errs, path_child(&path, "attachmentMetadata"), METADATA_BYTES_MAX);
    }
    Path attach = path_child(&path, "attachError");
    check_error(object_of(status, "attachError"), &attach, errs);
    Path detach = path_child(&path, "detachError");
    check_error(object_of(status, "detachError"), &detach, errs);
}

static void check_attachment(const Value *attachment, FieldErrors *errs)
{
    check_meta(attachment, false, name_check_dns1123_subdomain, errs);
    const Value *spec = value_get_lit(attachment, "spec");
    Path path = path_root("spec");
    if (str_of(spec, "attacher").len == 0 && errs->minor < FIELD_DECLARED_SINCE) {
        field_required(errs, path_child(&path, "attacher"), STR(""));
    }
    Path source = path_child(&path, "source");
    check_source(value_get_lit(spec, "source"), &source, errs);
    Str node = str_of(spec, "nodeName");
    name_report(errs, path_child(&path, "nodeName"), node, name_check_dns1123_subdomain(node));
    check_status(value_get_lit(attachment, "status"), errs);
}

void volume_attachment_validate_create(const Value *attachment, const KubeTarget *t,
                                       FieldErrors *errs)
{
    (void)t;
    check_attachment(attachment, errs);
    if (!is_version(attachment, "v1")) {
        return;
    }
    const Value *spec = value_get_lit(attachment, "spec");
    check_csi_driver_name(errs, path_root("spec.attacher"), str_of(spec, "attacher"), true);
    Str volume = value_as_str(value_at(spec, "source", "persistentVolumeName", NULL));
    if (volume.ptr) {
        name_report(errs, path_root("spec.source.persistentVolumeName"), volume,
                    name_check_dns1123_subdomain(volume));
    }
}

static Str dump_spec(const Value *spec, Arena *a)
{
    Buf b = buf_new(a);
    const Value *source = value_get_lit(spec, "source");
    buf_lit(&b, "storage.VolumeAttachmentSpec{Attacher:");
    buf_go_quoted(&b, str_of(spec, "attacher"));
    buf_lit(&b, ", Source:storage.VolumeAttachmentSource{PersistentVolumeName:");
    go_dump_pointer(&b, "string", value_get_lit(source, "persistentVolumeName"));
    buf_lit(&b, ", InlineVolumeSpec:");
    go_dump_pointer(&b, "core.PersistentVolumeSpec", value_get_lit(source, "inlineVolumeSpec"));
    buf_lit(&b, "}, NodeName:");
    buf_go_quoted(&b, str_of(spec, "nodeName"));
    buf_byte(&b, '}');
    return buf_str(&b);
}

void volume_attachment_validate_update(const Value *attachment, const Value *old,
                                       const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    check_attachment(attachment, errs);
    check_attachment(attachment, errs); /* the API server too checks, and tells, it twice */
    const Value *spec = value_get_lit(attachment, "spec");
    const Value *before = value_get_lit(old, "spec");
    if (!value_equal(spec, before)) {
        field_invalid_raw(errs, path_root("spec"), dump_spec(spec, errs->arena), IMMUTABLE);
    }
}
