/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image references ("registry.example:5000/team/app:1.2@sha256:..."), as far as defaulting looks
 * at them.
 *
 * Source: github.com/docker/distribution reference, k8s.io/kubernetes pkg/util/parsers.
 */
#ifndef PODGATE_KUBE_POD_IMAGE_REF_H
#define PODGATE_KUBE_POD_IMAGE_REF_H

#include "base/str.h"

/* The tag that an image runs with: its own, "latest" when it has neither tag nor digest, "" when
 * it has a digest only or is no valid reference. */
Str image_ref_tag(Str image);

#endif
