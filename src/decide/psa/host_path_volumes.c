/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostPathVolumes (baseline, v1.0 on): a pod must not mount paths of its node. Restricted has a
 * wider rule of its own, restrictedVolumes, in every version.
 *
 * Fields   spec.volumes[*].hostPath
 * Allowed  unset; {} is set
 * Source   Pod Security Standards, baseline, "HostPath Volumes"
 */
#include "decide/psa/check.h"

static void host_path_volumes_1_0(const PodView *pod, PsaCheckOut *out)
{
    PsaList volumes = { 0 };
    for (size_t i = 0; i < pod->volume_count; i++) {
        if (volume_has(&pod->volumes[i], VOLUME_HOST_PATH)) {
            psa_list_add(&volumes, pod->volumes[i].name, out->arena);
            psa_place_item(out, NULL, STR("volumes"), i, STR("hostPath"));
        }
    }
    if (volumes.count) {
        Buf *b = psa_fail(out, STR("hostPath volumes"));
        psa_write_plural(volumes.count, STR("volume "), STR("volumes "), b);
        psa_write_quoted(&volumes, b);
    }
}

const PsaCheck psa_check_host_path_volumes = {
    .id = STR_INIT("hostPathVolumes"),
    .level = PSA_BASELINE,
    .title = STR_INIT("no volume that is a path of the node"),
    .versions = { { 0, host_path_volumes_1_0 } },
};
