/* SPDX-License-Identifier: Apache-2.0 */
/* What other objects a pod names. Private to src/decide/admission. */
#ifndef PODGATE_DECIDE_ADMISSION_POD_REFERENCES_H
#define PODGATE_DECIDE_ADMISSION_POD_REFERENCES_H

#include "doc/value.h"

/* The kubelet's annotation on the pods that it shows for its static ones. */
#define POD_MIRROR_ANNOTATION "kubernetes.io/config.mirror"

bool pod_is_mirror(const Value *pod);
/* Does the spec name a Secret or ConfigMap: for pulling images, in an environment, as a volume? */
bool pod_names_secret(const Value *spec);
bool pod_names_config_map(const Value *spec);
/* Does a volume of the spec project this source? */
bool pod_projects(const Value *spec, const char *source);
/* Does a volume of the spec project a service account's token? */
bool pod_projects_token(const Value *spec);
/* Does a volume of the spec have this source? */
bool pod_has_volume(const Value *spec, const char *source);

#endif
