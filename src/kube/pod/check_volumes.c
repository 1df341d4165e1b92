/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation of a pod's volumes: a row for each source, in the order in which the API server looks
 * at them. Rules that no row can say are in check_volume_sources.c.
 */
#include "kube/pod/check_volumes.h"

#define NONE    \
    {           \
        NULL, 0 \
    }

static const VolumeRow rows[] = {
    /* member; its name when it is one too many; its name in other errors; required; the rest */
    { STR_INIT("emptyDir"), NONE, NONE, { NONE }, volume_check_empty_dir },
    { STR_INIT("hostPath"), NONE, NONE, { NONE }, volume_check_host_path },
    { STR_INIT("gitRepo"), NONE, NONE, { STR_INIT("repository") }, volume_check_git_repo },
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
    { STR_INIT("secret"), NONE, NONE, { STR_INIT("secretName") }, volume_check_files },
    { STR_INIT("nfs"), NONE, NONE, { STR_INIT("server"), STR_INIT("path") }, volume_check_nfs },
    { STR_INIT("iscsi"), NONE, NONE, { STR_INIT("targetPortal") }, volume_check_iscsi },
    { STR_INIT("glusterfs"), NONE, NONE, { STR_INIT("endpoints"), STR_INIT("path") }, NULL },
    { STR_INIT("flocker"), NONE, NONE, { NONE }, volume_check_flocker },
    { STR_INIT("persistentVolumeClaim"), NONE, NONE, { STR_INIT("claimName") }, NULL },
    { STR_INIT("rbd"), NONE, NONE, { NONE }, volume_check_rbd },
    { STR_INIT("cinder"), NONE, NONE, { STR_INIT("volumeID") }, volume_check_secret_ref },
    { STR_INIT("cephfs"), STR_INIT("cephFS"), NONE, { NONE }, volume_check_monitors },
    { STR_INIT("quobyte"), NONE, NONE, { NONE }, volume_check_quobyte },
    { STR_INIT("downwardAPI"), STR_INIT("downwarAPI"), NONE, { NONE }, volume_check_downward_api },
    { STR_INIT("fc"), NONE, NONE, { NONE }, volume_check_fc },
    { STR_INIT("flexVolume"), NONE, NONE, { STR_INIT("driver") }, volume_check_flex },
    { STR_INIT("configMap"), NONE, NONE, { STR_INIT("name") }, volume_check_files },
    { STR_INIT("azureFile"), NONE, NONE, { STR_INIT("secretName"), STR_INIT("shareName") }, NULL },
    { STR_INIT("vsphereVolume"), NONE, NONE, { STR_INIT("volumePath") }, NULL },
    { STR_INIT("photonPersistentDisk"), NONE, NONE, { STR_INIT("pdID") }, NULL },
    { STR_INIT("portworxVolume"), NONE, NONE, { STR_INIT("volumeID") }, NULL },
    { STR_INIT("azureDisk"),
      NONE,
      NONE,
      { STR_INIT("diskName"), STR_INIT("diskURI") },
      volume_check_azure_disk },
    { STR_INIT("storageos"), NONE, NONE, { NONE }, volume_check_storageos },
    { STR_INIT("projected"), NONE, NONE, { NONE }, volume_check_projected },
    { STR_INIT("scaleIO"),
      NONE,
      NONE,
      { STR_INIT("gateway"), STR_INIT("system"), STR_INIT("volumeName") },
      NULL },
    { STR_INIT("csi"), NONE, NONE, { NONE }, volume_check_csi },
    { STR_INIT("ephemeral"), NONE, NONE, { NONE }, volume_check_ephemeral },
    { STR_INIT("image"), NONE, NONE, { NONE }, volume_check_image },
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

static void check_volume_source(VolumeCheck *v)
{
    FieldErrors *errs = v->check->errs;
    size_t sources = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const VolumeRow *row = &rows[i];
        const Value *source = check_object(v->volume, row->member);
        if (!source) {
            continue;
        }
        if (sources) {
            field_forbidden(errs,
                            path_child_str(v->path, row->clash.ptr ? row->clash : row->member),
                            STR("may not specify more than 1 volume type"));
        } else {
            sources++;
            check_source(v, row, source);
        }
        if (str_eq(row->member, STR("iscsi"))) {
            volume_check_iscsi_name(v, source);
        }
    }
    if (!sources) {
        field_required(errs, *v->path, STR("must specify a volume type"));
    }
}

/* The claims that the pod's ephemeral volumes make: <pod>-<volume>. */
static Map created_claims(const PodCheck *c, const Value *volumes)
{
    Map claims = map_new(check_arena(c));
    Str pod = str_of(c->metadata, "name");
    VALUE_EACH_ITEM(volume, volumes) {
        if (pod.len && object_of(volume, "ephemeral")) {
            Str name = str_of(volume, "name");
            map_set(&claims, arena_printf(check_arena(c), "%.*s-%.*s", STR_ARG(pod), STR_ARG(name)),
                    volume);
        }
    }
    return claims;
}

void check_volumes(PodCheck *c, const Value *volumes, const Path *path)
{
    Map claims = created_claims(c, volumes);
    size_t i = 0;
    VALUE_EACH_ITEM(volume, volumes) {
        Path item = path_index(path, i++);
        Str name = str_of(volume, "name");
        size_t errors_before = c->errs->count;
        VolumeCheck v = { .check = c, .volume = volume, .path = &item };
        check_volume_source(&v);
        if (check_required(c, volume, STR("name"), &item)) {
            check_name(c, name, name_check_dns1123_label, path_child(&item, "name"));
        }
        if (map_has(&c->volumes, name)) {
            field_duplicate(c->errs, path_child(&item, "name"), name);
        }
        if (c->errs->count == errors_before) {
            map_set(&c->volumes, name, volume);
        }
        const Value *claim = object_of(volume, "persistentVolumeClaim");
        if (claim && map_has(&claims, str_of(claim, "claimName"))) {
            Path source = path_child(&item, "persistentVolumeClaim");
            field_invalid_str(
                c->errs, path_child(&source, "claimName"), str_of(claim, "claimName"),
                STR("must not reference a PVC that gets created for an ephemeral volume"));
        }
    }
}
