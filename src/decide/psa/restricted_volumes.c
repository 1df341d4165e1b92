/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restrictedVolumes (restricted, v1.0 on): only volumes that hold the pod's own data.
 *
 * Fields   spec.volumes[*]
 * Allowed  configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim,
 *          projected, secret
 * Source   Pod Security Standards, restricted, "Volume Types"
 *
 * A volume with two sources is fine when one of them is. (The API server refuses it anyway.)
 */
#include "decide/psa/check.h"

#define BIT(type) ((uint64_t)1 << (type))

static const uint64_t allowed_sources = BIT(VOLUME_CONFIG_MAP) | BIT(VOLUME_CSI) |
                                        BIT(VOLUME_DOWNWARD_API) | BIT(VOLUME_EMPTY_DIR) |
                                        BIT(VOLUME_EPHEMERAL) | BIT(VOLUME_IMAGE) |
                                        BIT(VOLUME_PERSISTENT_VOLUME_CLAIM) |
                                        BIT(VOLUME_PROJECTED) | BIT(VOLUME_SECRET);

/* The name that the message gives a volume: the first of these that it has. */
static Str bad_type(const VolumeView *v)
{
    static const VolumeType named[] = {
        VOLUME_HOST_PATH,
        VOLUME_GCE_PERSISTENT_DISK,
        VOLUME_AWS_ELASTIC_BLOCK_STORE,
        VOLUME_GIT_REPO,
        VOLUME_NFS,
        VOLUME_ISCSI,
        VOLUME_GLUSTERFS,
        VOLUME_RBD,
        VOLUME_FLEX_VOLUME,
        VOLUME_CINDER,
        VOLUME_CEPHFS,
        VOLUME_FLOCKER,
        VOLUME_FC,
        VOLUME_AZURE_FILE,
        VOLUME_VSPHERE_VOLUME,
        VOLUME_QUOBYTE,
        VOLUME_AZURE_DISK,
        VOLUME_PHOTON_PERSISTENT_DISK,
        VOLUME_PORTWORX_VOLUME,
        VOLUME_SCALE_IO,
        VOLUME_STORAGEOS,
    };
    for (size_t i = 0; i < COUNT_OF(named); i++) {
        if (volume_has(v, named[i])) {
            return volume_type_field(named[i]);
        }
    }
    return STR("unknown");
}

static void place_volume(const VolumeView *v, size_t index, Str type, PsaCheckOut *out)
{
    Str field = v->sources ? type : STR_ABSENT;
    if (volume_has(v, VOLUME_OTHER) && str_eq(type, STR("unknown"))) {
        field = v->other;
    }
    psa_place_item(out, NULL, STR("volumes"), index, field);
}

static void restricted_volumes_1_0(const PodView *pod, PsaCheckOut *out)
{
    PsaList volumes = { 0 };
    PsaList types = { 0 };
    for (size_t i = 0; i < pod->volume_count; i++) {
        const VolumeView *v = &pod->volumes[i];
        if (!(v->sources & allowed_sources)) {
            Str type = bad_type(v);
            psa_list_add(&volumes, v->name, out->arena);
            psa_list_add(&types, type, out->arena);
            place_volume(v, i, type, out);
        }
    }
    if (volumes.count) {
        psa_list_to_set(&types);
        Buf *b = psa_fail(out, STR("restricted volume types"));
        psa_write_plural(volumes.count, STR("volume "), STR("volumes "), b);
        psa_write_quoted(&volumes, b);
        psa_write_plural(volumes.count, STR(" uses "), STR(" use "), b);
        psa_write_plural(types.count, STR("restricted volume type "),
                         STR("restricted volume types "), b);
        psa_write_quoted(&types, b);
    }
}

const PsaCheck psa_check_restricted_volumes = {
    .id = STR_INIT("restrictedVolumes"),
    .level = PSA_RESTRICTED,
    .title = STR_INIT("only volumes that hold the pod's own data"),
    .versions = { { 0, restricted_volumes_1_0 } },
    .replaces = &psa_check_host_path_volumes,
    .replaces_since_minor = 0,
};
