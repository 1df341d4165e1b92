/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allowedCSIDrivers: which CSI drivers may be used for volumes that are part of a pod.
 *
 * Fields    spec.volumes[*].csi.driver
 * Refused   a driver that is not listed; an empty list allows every driver
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/provider.go
 */
#include "decide/psp/attempt.h"

void psp_check_csi(PspAttempt *at, const VolumeView *v, size_t i)
{
    StrList allowed = at->policy->csi_drivers;
    if (allowed.count && !str_list_has(allowed, v->driver) && psp_fails(at)) {
        PspVolumePath path;
        psp_volume_path(&path, i);
        Path csi = path_child(&path.item, "csi");
        field_invalid_str(at->errs, path_child(&csi, "driver"), v->driver,
                          STR("Inline CSI driver is not allowed to be used"));
    }
}
