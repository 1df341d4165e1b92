/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allowedFlexVolumes: which FlexVolume drivers may be used.
 *
 * Fields    spec.volumes[*].flexVolume.driver
 * Refused   a driver that is not listed; an empty list allows every driver
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/provider.go
 */
#include "decide/psp/attempt.h"

void psp_check_flex_volume(PspAttempt *at, const VolumeView *v, size_t i)
{
    StrList allowed = at->policy->flex_drivers;
    if (allowed.count && !str_list_has(allowed, v->driver) && psp_fails(at)) {
        PspVolumePath path;
        psp_volume_path(&path, i);
        field_invalid_str(at->errs, path_child(&path.item, "driver"), v->driver,
                          STR("Flexvolume driver is not allowed to be used"));
    }
}
