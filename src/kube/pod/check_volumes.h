/* SPDX-License-Identifier: Apache-2.0 */
/* The sources of volumes: the shape of a row, and the rules that rows name. Private to
 * check_volume*.c. */
#ifndef PODGATE_KUBE_POD_CHECK_VOLUMES_H
#define PODGATE_KUBE_POD_CHECK_VOLUMES_H

#include "kube/pod/check.h"

typedef struct VolumeCheck {
    PodCheck *check;
    const Value *volume;
    const Path *path; /* of the volume */
} VolumeCheck;

enum { VOLUME_REQUIRED_MAX = 3 };

typedef void VolumeRule(VolumeCheck *v, const Value *source, const Path *path);

typedef struct VolumeRow {
    Str member;
    Str clash;                         /* absent: as member */
    Str path;                          /* absent: as member */
    Str required[VOLUME_REQUIRED_MAX]; /* strings that may not be empty, checked first */
    VolumeRule *rest;                  /* or NULL */
} VolumeRow;

VolumeRule volume_check_azure_disk;
VolumeRule volume_check_csi;
VolumeRule volume_check_csi_driver; /* the driver's name alone */
VolumeRule volume_check_downward_api;
VolumeRule volume_check_empty_dir;
VolumeRule volume_check_ephemeral;
VolumeRule volume_check_fc;
VolumeRule volume_check_files;
VolumeRule volume_check_flex;
VolumeRule volume_check_flocker;
VolumeRule volume_check_git_repo;
VolumeRule volume_check_host_path;
VolumeRule volume_check_image;
VolumeRule volume_check_iscsi;
VolumeRule volume_check_monitors;
VolumeRule volume_check_nfs;
VolumeRule volume_check_partition;
VolumeRule volume_check_persistent_iscsi; /* of a PersistentVolume */
VolumeRule volume_check_projected;
VolumeRule volume_check_quobyte;
VolumeRule volume_check_rbd;
VolumeRule volume_check_secret_ref;
VolumeRule volume_check_storageos;
/* The portal and the volume's name must fit one name together; at the volume's own path. */
void volume_check_iscsi_name(VolumeCheck *v, const Value *source);

#endif
