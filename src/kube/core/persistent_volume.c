/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PersistentVolumes: a row for each source, in the order in which the API server looks at them. The
 * rules that sources share with volumes of pods are those of kube/pod.
 */
#include "kube/core/parts.h"
#include "kube/core/changed.h"
#include "kube/pod/check_volumes.h"
#include "kube/pod/defaults_parts.h"
#include "kube/pod/validate_parts.h"
#include "kube/quantity.h"

enum { ONE_POD_MODE_MINOR = 27 };

/* -- defaults ---------------------------------------------------------------------------------- */

/* Sources are defaulted as those of a pod's volume. */
static void default_sources(Value *spec, const KubeTarget *t, Arena *a)
{
    static const Str sources[] = { STR_INIT("azureDisk"), STR_INIT("hostPath"), STR_INIT("iscsi"),
                                   STR_INIT("rbd"), STR_INIT("scaleIO") };
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        const Value *source = value_get(spec, sources[i]);
        if (value_is(source, VALUE_OBJECT)) {
            Value volume = value_object();
            value_set(&volume, sources[i], *source, a);
            pod_default_volume(&volume, t, a);
            value_set(spec, sources[i], *value_get(&volume, sources[i]), a);
        }
    }
}

static void default_phase(Value *object, Arena *a)
{
    Value *status = value_need_object(object, STR("status"), a);
    if (status) {
        pod_default_str(status, STR("phase"), STR("Pending"), a);
    }
}

void persistent_volume_apply_defaults(Value *volume, const KubeTarget *t, Arena *a)
{
    if (!value_is(volume, VALUE_OBJECT)) {
        return;
    }
    default_phase(volume, a);
    Value *spec = value_need_object(volume, STR("spec"), a);
    if (!spec) {
        return;
    }
    pod_default_str(spec, STR("persistentVolumeReclaimPolicy"), STR("Retain"), a);
    if (value_is_null(value_get_lit(spec, "volumeMode"))) {
        value_set_lit(spec, "volumeMode", value_str(STR("Filesystem")), a);
    }
    pod_default_resource_list(value_get_lit(spec, "capacity"), a);
    default_sources(spec, t, a);
}

void persistent_volume_prepare_for_create(Value *volume, const KubeTarget *t, Arena *a)
{
    (void)t;
    value_set_lit(volume, "status", value_object(), a);
    default_phase(volume, a); /* as it comes out of the store */
}

void persistent_volume_prepare_for_update(Value *volume, const Value *old, const KubeTarget *t,
                                          Arena *a)
{
    (void)t;
    core_keep(volume, old, STR("status"), a);
}

/* -- sources ----------------------------------------------------------------------------------- */

static void check_glusterfs(VolumeCheck *v, const Value *source, const Path *path)
{
    Path at = path_child(path, "endpointsNamespace");
    Str namespace = value_get_str(source, STR("endpointsNamespace"));
    if (namespace.ptr && namespace.len == 0) {
        field_invalid_str(
            v->check->errs, at, namespace,
            STR("if the endpointnamespace is set, it must be a valid namespace name"));
    } else if (namespace.ptr) {
        check_name(v->check, namespace, name_check_dns1123_label, at);
    }
}

/* A reference to a secret has a name and, as the volume has no namespace, a namespace. */
static void check_secret_place(VolumeCheck *v, const Value *source, const Path *path)
{
    const Value *ref = object_of(source, "secretRef");
    if (ref) {
        Path ref_path = path_child(path, "secretRef");
        check_required(v->check, ref, STR("name"), &ref_path);
        check_required(v->check, ref, STR("namespace"), &ref_path);
    }
}

static void check_azure_file(VolumeCheck *v, const Value *source, const Path *path)
{
    Str namespace = value_get_str(source, STR("secretNamespace"));
    if (namespace.ptr && namespace.len == 0) {
        field_required(v->check->errs, path_child(path, "secretNamespace"), STR(""));
    }
}

static void check_local(VolumeCheck *v, const Value *source, const Path *path)
{
    PodCheck *c = v->check;
    if (check_required(c, source, STR("path"), path)) {
        check_no_backsteps(c, str_of(source, "path"), path_child(path, "path"));
    }
    if (!object_of(v->volume, "nodeAffinity")) {
        field_required(c->errs, path_child(v->path, "nodeAffinity"),
                       STR("Local volume requires node affinity"));
    }
}

static void check_storageos(VolumeCheck *v, const Value *source, const Path *path)
{
    PodCheck *c = v->check;
    if (check_required(c, source, STR("volumeName"), path)) {
        check_name(c, str_of(source, "volumeName"), name_check_dns1123_label,
                   path_child(path, "volumeName"));
    }
    Str namespace = str_of(source, "volumeNamespace");
    if (namespace.len) {
        check_name(c, namespace, name_check_dns1123_label, path_child(path, "volumeNamespace"));
    }
    check_secret_place(v, source, path);
}

static void check_csi(VolumeCheck *v, const Value *source, const Path *path)
{
    static const struct {
        Str member;
        Str shown;
    } refs[] = {
        { STR_INIT("controllerPublishSecretRef"), STR_INIT("controllerPublishSecretRef") },
        { STR_INIT("controllerExpandSecretRef"), STR_INIT("controllerExpandSecretRef") },
        { STR_INIT("nodePublishSecretRef"), STR_INIT("nodePublishSecretRef ") }, /* with a blank */
    };
    static const Str parts[] = { STR_INIT("name"), STR_INIT("namespace") };
    PodCheck *c = v->check;
    volume_check_csi_driver(v, source, path);
    check_required(c, source, STR("volumeHandle"), path);
    for (size_t i = 0; i < COUNT_OF(refs); i++) {
        const Value *ref = check_object(source, refs[i].member);
        Path ref_path = path_child_str(path, refs[i].shown);
        for (size_t k = 0; k < COUNT_OF(parts) && ref; k++) {
            if (check_required(c, ref, parts[k], &ref_path)) {
                check_name(c, check_str(ref, parts[k]), name_check_dns1123_label,
                           path_child_str(path, parts[k]));
            }
        }
    }
}

#define NONE    \
    {           \
        NULL, 0 \
    }

static const VolumeRow rows[] = {
    /* member; its name when it is one too many; its name in other errors; required; the rest */
    { STR_INIT("hostPath"), NONE, NONE, { NONE }, volume_check_host_path },
    { STR_INIT("gcePersistentDisk"),
      NONE,
      STR_INIT("persistentDisk"),
      { STR_INIT("pdName") },
      volume_check_partition },
    { STR_INIT("awsElasticBlockStore"),
      NONE,
      NONE,
      { STR_INIT("volumeID") },
      volume_check_partition },
    { STR_INIT("glusterfs"),
      NONE,
      NONE,
      { STR_INIT("endpoints"), STR_INIT("path") },
      check_glusterfs },
    { STR_INIT("flocker"), NONE, NONE, { NONE }, volume_check_flocker },
    { STR_INIT("nfs"), NONE, NONE, { STR_INIT("server"), STR_INIT("path") }, volume_check_nfs },
    { STR_INIT("rbd"), NONE, NONE, { NONE }, volume_check_rbd },
    { STR_INIT("quobyte"), NONE, NONE, { NONE }, volume_check_quobyte },
    { STR_INIT("cephfs"), STR_INIT("cephFS"), NONE, { NONE }, volume_check_monitors },
    { STR_INIT("iscsi"), NONE, NONE, { STR_INIT("targetPortal") }, volume_check_persistent_iscsi },
    { STR_INIT("cinder"), NONE, NONE, { STR_INIT("volumeID") }, check_secret_place },
    { STR_INIT("fc"), NONE, NONE, { NONE }, volume_check_fc },
    { STR_INIT("flexVolume"), NONE, NONE, { STR_INIT("driver") }, volume_check_flex },
    { STR_INIT("azureFile"),
      NONE,
      NONE,
      { STR_INIT("secretName"), STR_INIT("shareName") },
      check_azure_file },
    { STR_INIT("vsphereVolume"), NONE, NONE, { STR_INIT("volumePath") }, NULL },
    { STR_INIT("photonPersistentDisk"), NONE, NONE, { STR_INIT("pdID") }, NULL },
    { STR_INIT("portworxVolume"), NONE, NONE, { STR_INIT("volumeID") }, NULL },
    { STR_INIT("azureDisk"),
      NONE,
      NONE,
      { STR_INIT("diskName"), STR_INIT("diskURI") },
      volume_check_azure_disk },
    { STR_INIT("scaleIO"),
      NONE,
      NONE,
      { STR_INIT("gateway"), STR_INIT("system"), STR_INIT("volumeName") },
      NULL },
    { STR_INIT("local"), NONE, NONE, { NONE }, check_local },
    { STR_INIT("storageos"), NONE, NONE, { NONE }, check_storageos },
    { STR_INIT("csi"), NONE, NONE, { NONE }, check_csi },
};

static void check_source(VolumeCheck *v, const VolumeRow *row, const Value *source)
{
    Path path = path_child_str(v->path, row->path.ptr ? row->path : row->member);
    for (size_t i = 0; i < VOLUME_REQUIRED_MAX && row->required[i].ptr; i++) {
        check_required(v->check, source, row->required[i], &path);
    }
    if (row->rest) {
        row->rest(v, source, &path);
    }
}

static void check_sources(VolumeCheck *v)
{
    FieldErrors *errs = v->check->errs;
    size_t sources = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const VolumeRow *row = &rows[i];
        const Value *source = check_object(v->volume, row->member);
        if (!source) {
            continue;
        }
        bool is_alone = sources++ == 0 || str_eq(row->member, STR("flexVolume"));
        if (is_alone) {
            check_source(v, row, source);
        } else {
            field_forbidden(errs,
                            path_child_str(v->path, row->clash.ptr ? row->clash : row->member),
                            STR("may not specify more than 1 volume type"));
        }
    }
    if (!sources) {
        field_required(errs, *v->path, STR("must specify a volume type"));
    }
}

/* -- the spec ---------------------------------------------------------------------------------- */

static void check_access_modes(const Value *spec, const KubeTarget *t, const Path *path,
                               FieldErrors *errs)
{
    static const Str modes[] = { STR_INIT("ReadOnlyMany"), STR_INIT("ReadWriteMany"),
                                 STR_INIT("ReadWriteOnce"), STR_INIT("ReadWriteOncePod") };
    StrList known = CHECK_LIST(modes);
    known.count -= t->minor < ONE_POD_MODE_MINOR;
    const Value *asked = value_get_lit(spec, "accessModes");
    Path at = path_child(path, "accessModes");
    if (!value_len(asked)) {
        field_required(errs, at, STR(""));
    }
    bool one_pod = false, others = false;
    VALUE_EACH_ITEM(mode, asked) {
        Str text = value_as_str(mode);
        if (!str_list_has(known, text)) {
            field_not_supported(errs, at, text, known);
        } else if (str_eq(text, STR("ReadWriteOncePod"))) {
            one_pod = true;
        } else {
            others = true;
        }
    }
    if (one_pod && others) {
        field_forbidden(errs, at, STR("may not use ReadWriteOncePod with other access modes"));
    }
}

static Str dump_capacity(const Value *capacity, const Value *raw, Arena *a)
{
    if (value_is_null(capacity)) {
        return STR("core.ResourceList(nil)");
    }
    Buf b = buf_new(a);
    buf_lit(&b, "core.ResourceList{");
    bool is_first = true;
    VALUE_EACH_MEMBER(m, capacity) {
        buf_add(&b, is_first ? STR("") : STR(", "));
        is_first = false;
        buf_go_quoted(&b, member_key(m));
        buf_byte(&b, ':');
        buf_add(&b, dump_quantity(core_raw_quantity(&m->value, value_get(raw, member_key(m))), a));
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

static void check_capacity(const Value *spec, const Value *raw, const Path *spec_path,
                           FieldErrors *errs)
{
    static const Str known[] = { STR_INIT("storage") };
    const Value *capacity = value_get_lit(spec, "capacity");
    Path path = path_child(spec_path, "capacity");
    if (!value_len(capacity)) {
        field_required(errs, path, STR(""));
    }
    if (value_len(capacity) != 1 || !value_get_lit(capacity, "storage")) {
        const Value *sent = value_at(raw, "spec", "capacity", NULL);
        field_not_supported_raw(errs, path, dump_capacity(capacity, sent, errs->arena),
                                CHECK_LIST(known));
    }
    VALUE_EACH_MEMBER(m, capacity) {
        Str text = value_as_str(&m->value);
        Path item = path_key(&path, member_key(m));
        Quantity q;
        if (!quantity_parse(text, NULL, &q, NULL)) {
            continue;
        }
        if (quantity_value(&q) < 0) {
            field_invalid_int(errs, item, quantity_value(&q),
                              STR("must be a valid resource quantity"));
        }
        if (quantity_sign(&q) <= 0) {
            field_invalid_str(errs, item, text, STR("must be greater than zero"));
        }
    }
}

/* Go's path.Clean gives "/". */
static bool is_root_path(Str file_path)
{
    if (!str_starts_with(file_path, STR("/"))) {
        return false;
    }
    int64_t depth = 0;
    Str part;
    while (str_next_piece(&file_path, '/', &part)) {
        if (str_eq(part, STR(".."))) {
            depth -= depth > 0;
        } else if (part.len && !str_eq(part, STR("."))) {
            depth++;
        }
    }
    return depth == 0;
}

static void check_spec(PodCheck *c, const Value *spec, const Value *raw, const Path *path)
{
    static const Str policies[] = { STR_INIT("Delete"), STR_INIT("Recycle"), STR_INIT("Retain") };
    static const Str volume_modes[] = { STR_INIT("Block"), STR_INIT("Filesystem") };
    FieldErrors *errs = c->errs;
    Path policy_path = path_child(path, "persistentVolumeReclaimPolicy");
    check_access_modes(spec, c->target, path, errs);
    check_capacity(spec, raw, path, errs);
    Str policy = str_of(spec, "persistentVolumeReclaimPolicy");
    if (policy.len && !str_list_has(CHECK_LIST(policies), policy)) {
        field_not_supported(errs, policy_path, policy, CHECK_LIST(policies));
    }
    const Value *affinity = object_of(spec, "nodeAffinity");
    if (affinity) {
        Path affinity_path = path_child(path, "nodeAffinity");
        Path required = path_child(&affinity_path, "required");
        if (object_of(affinity, "required")) {
            check_node_selector(c, object_of(affinity, "required"), &required);
        } else {
            field_required(errs, required, STR("must specify required node constraints"));
        }
    }
    VolumeCheck v = { .check = c, .volume = spec, .path = path };
    check_sources(&v);
    const Value *host_path = object_of(spec, "hostPath");
    if (host_path && is_root_path(str_of(host_path, "path")) && str_eq(policy, STR("Recycle"))) {
        field_forbidden(errs, policy_path, STR("may not be 'recycle' for a hostPath mount of '/'"));
    }
    Str class = str_of(spec, "storageClassName");
    if (class.len) {
        check_name(c, class, name_check_dns1123_subdomain, path_child(path, "storageClassName"));
    }
    check_supported_if_set(c, spec, STR("volumeMode"), CHECK_LIST(volume_modes), path);
}

/* Mount options as an annotation, for sources that mount nothing. */
static void check_mount_options(const Value *volume, FieldErrors *errs)
{
    static const Str key = STR_INIT("volume.beta.kubernetes.io/mount-options");
    static const Str mounting[] = {
        STR_INIT("gcePersistentDisk"),
        STR_INIT("awsElasticBlockStore"),
        STR_INIT("glusterfs"),
        STR_INIT("nfs"),
        STR_INIT("rbd"),
        STR_INIT("quobyte"),
        STR_INIT("iscsi"),
        STR_INIT("cinder"),
        STR_INIT("cephfs"),
        STR_INIT("azureFile"),
        STR_INIT("vsphereVolume"),
        STR_INIT("azureDisk"),
        STR_INIT("photonPersistentDisk"),
    };
    const Value *spec = value_get_lit(volume, "spec");
    for (size_t i = 0; i < COUNT_OF(mounting); i++) {
        if (check_object(spec, mounting[i])) {
            return;
        }
    }
    if (value_get_str(value_at(volume, "metadata", "annotations", NULL), key).ptr) {
        Path metadata = path_root("metadata");
        Path annotations = path_child(&metadata, "annotations");
        field_forbidden(errs, path_child_str(&annotations, key),
                        STR("may not specify mount options for this volume type"));
    }
}

static void check_volume(const Value *volume, const Value *raw, const KubeTarget *t,
                         FieldErrors *errs)
{
    core_check_metadata(volume, false, name_check_dns1123_subdomain, errs);
    PodCheck c = pod_check_new(errs, t, value_get_lit(volume, "metadata"));
    Path path = path_root("spec");
    check_spec(&c, value_get_lit(volume, "spec"), raw, &path);
}

void persistent_volume_validate(const Value *volume, const Value *raw, const KubeTarget *t,
                                FieldErrors *errs)
{
    check_volume(volume, raw, t, errs);
    check_mount_options(volume, errs);
}

/* -- updates ----------------------------------------------------------------------------------- */

/* The sources alone; the secret for growing may be added later. */
static Value sources_of(const Value *spec, const Value *old_spec, Arena *a)
{
    Value sources = value_object();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const Value *source = value_get(spec, rows[i].member);
        if (!value_is_null(source)) {
            value_set(&sources, rows[i].member, value_copy(source, a), a);
        }
    }
    const Value *old_csi = object_of(old_spec, "csi");
    if (old_csi && !object_of(old_csi, "controllerExpandSecretRef")) {
        value_remove(value_get_lit(&sources, "csi"), STR("controllerExpandSecretRef"));
    }
    return sources;
}

void persistent_volume_validate_update(const Value *volume, const Value *old, const Value *raw,
                                       const KubeTarget *t, FieldErrors *errs)
{
    Arena *a = errs->arena;
    persistent_volume_validate(volume, raw, t, errs);
    check_volume(volume, raw, t, errs);
    const Value *spec = value_get_lit(volume, "spec");
    const Value *old_spec = value_get_lit(old, "spec");
    Value now = sources_of(spec, old_spec, a);
    Value before = sources_of(old_spec, old_spec, a);
    Path path = path_root("spec");
    core_check_unchanged(&now, &before, "core.PersistentVolumeSource",
                         path_child(&path, "persistentvolumesource"),
                         STR("spec.persistentvolumesource is immutable after creation"), errs);
    core_check_same_pointer(spec, old_spec, STR("volumeMode"), errs);
    if (object_of(old_spec, "nodeAffinity") &&
        !core_same(value_get_lit(spec, "nodeAffinity"), value_get_lit(old_spec, "nodeAffinity"),
                   a)) {
        field_invalid_raw(errs, path_root("nodeAffinity"),
                          object_of(spec, "nodeAffinity")
                              ? STR("core.VolumeNodeAffinity{Required:(*core.NodeSelector)"
                                    "(" META_POINTER_TEXT ")}")
                              : STR("\"null\""),
                          CORE_IMMUTABLE);
    }
}

void persistent_volume_validate_status_update(const Value *volume, const Value *old,
                                              const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    core_check_metadata_update(volume, old, errs);
}
