/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of APIs that a later Kubernetes serves no more: what clients are warned of.
 *
 * Source: the lifecycle tags of k8s.io/api and zz_generated.prerelease-lifecycle.go
 */
#include "server/api/call.h"

/* From 1.19 on. */
enum { WARNED_SINCE = 19 };

static const struct {
    Str api_version;
    Str kind; /* "" for all */
    int deprecated;
    int removed;
    Str replacement; /* apiVersion; "" for none */
} rows[] = {
    { STR_INIT("extensions/v1beta1"), STR_INIT("Ingress"), 14, 22,
      STR_INIT("networking.k8s.io/v1") },
    { STR_INIT("networking.k8s.io/v1beta1"), STR_INIT(""), 19, 22,
      STR_INIT("networking.k8s.io/v1") },
    { STR_INIT("rbac.authorization.k8s.io/v1beta1"), STR_INIT(""), 17, 22,
      STR_INIT("rbac.authorization.k8s.io/v1") },
    { STR_INIT("rbac.authorization.k8s.io/v1alpha1"), STR_INIT(""), 17, 22,
      STR_INIT("rbac.authorization.k8s.io/v1") },
    { STR_INIT("scheduling.k8s.io/v1beta1"), STR_INIT(""), 14, 22,
      STR_INIT("scheduling.k8s.io/v1") },
    { STR_INIT("scheduling.k8s.io/v1alpha1"), STR_INIT(""), 14, 22,
      STR_INIT("scheduling.k8s.io/v1") },
    { STR_INIT("admissionregistration.k8s.io/v1beta1"), STR_INIT(""), 16, 22,
      STR_INIT("admissionregistration.k8s.io/v1") },
    { STR_INIT("apiextensions.k8s.io/v1beta1"), STR_INIT(""), 16, 22,
      STR_INIT("apiextensions.k8s.io/v1") },
    { STR_INIT("apiregistration.k8s.io/v1beta1"), STR_INIT(""), 19, 22,
      STR_INIT("apiregistration.k8s.io/v1") },
    { STR_INIT("authentication.k8s.io/v1beta1"), STR_INIT("TokenReview"), 19, 22,
      STR_INIT("authentication.k8s.io/v1") },
    { STR_INIT("authorization.k8s.io/v1beta1"), STR_INIT(""), 19, 22,
      STR_INIT("authorization.k8s.io/v1") },
    { STR_INIT("certificates.k8s.io/v1beta1"), STR_INIT("CertificateSigningRequest"), 19, 22,
      STR_INIT("certificates.k8s.io/v1") },
    { STR_INIT("coordination.k8s.io/v1beta1"), STR_INIT("Lease"), 19, 22,
      STR_INIT("coordination.k8s.io/v1") },
    { STR_INIT("storage.k8s.io/v1beta1"), STR_INIT("CSIDriver"), 19, 22,
      STR_INIT("storage.k8s.io/v1") },
    { STR_INIT("storage.k8s.io/v1beta1"), STR_INIT("CSINode"), 17, 22,
      STR_INIT("storage.k8s.io/v1") },
    { STR_INIT("storage.k8s.io/v1beta1"), STR_INIT("StorageClass"), 19, 22,
      STR_INIT("storage.k8s.io/v1") },
    { STR_INIT("storage.k8s.io/v1beta1"), STR_INIT("VolumeAttachment"), 19, 22,
      STR_INIT("storage.k8s.io/v1") },
    { STR_INIT("batch/v1beta1"), STR_INIT("CronJob"), 21, 25, STR_INIT("batch/v1") },
    { STR_INIT("discovery.k8s.io/v1beta1"), STR_INIT("EndpointSlice"), 21, 25,
      STR_INIT("discovery.k8s.io/v1") },
    { STR_INIT("events.k8s.io/v1beta1"), STR_INIT("Event"), 19, 25, STR_INIT("events.k8s.io/v1") },
    { STR_INIT("autoscaling/v2beta1"), STR_INIT("HorizontalPodAutoscaler"), 22, 25,
      STR_INIT("autoscaling/v2") },
    { STR_INIT("autoscaling/v2beta2"), STR_INIT("HorizontalPodAutoscaler"), 23, 26,
      STR_INIT("autoscaling/v2") },
    { STR_INIT("policy/v1beta1"), STR_INIT("PodDisruptionBudget"), 21, 25, STR_INIT("policy/v1") },
    { STR_INIT("policy/v1beta1"), STR_INIT("PodSecurityPolicy"), 21, 25, STR_INIT("") },
    { STR_INIT("node.k8s.io/v1beta1"), STR_INIT("RuntimeClass"), 22, 25,
      STR_INIT("node.k8s.io/v1") },
    { STR_INIT("flowcontrol.apiserver.k8s.io/v1beta1"), STR_INIT(""), 23, 26,
      STR_INIT("flowcontrol.apiserver.k8s.io/v1beta3") },
    { STR_INIT("flowcontrol.apiserver.k8s.io/v1beta2"), STR_INIT(""), 26, 29,
      STR_INIT("flowcontrol.apiserver.k8s.io/v1beta3") },
    { STR_INIT("storage.k8s.io/v1beta1"), STR_INIT("CSIStorageCapacity"), 24, 27,
      STR_INIT("storage.k8s.io/v1") },
};

/* Versions that were replaced while the minor's own lifecycle tags do not say so yet: what counts
 * is the minor that deprecates. */
void api_warn_deprecated(ApiCall *call)
{
    int minor = call->request->target->minor;
    const KubeKind *k = &call->kind;
    if (call->request->serving == NULL || minor < WARNED_SINCE) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!str_eq(rows[i].api_version, k->api_version) || minor < rows[i].deprecated ||
            (rows[i].kind.len && !str_eq(rows[i].kind, k->kind))) {
            continue;
        }
        call->response->removed_minor = rows[i].removed;
        Buf b = buf_new(call->arena);
        buf_printf(&b, "%.*s %.*s is deprecated in v1.%d+, unavailable in v1.%d+",
                   STR_ARG(k->api_version), STR_ARG(k->kind), rows[i].deprecated, rows[i].removed);
        if (rows[i].replacement.len) {
            buf_printf(&b, "; use %.*s %.*s", STR_ARG(rows[i].replacement), STR_ARG(k->kind));
        }
        api_warn(call, buf_str(&b));
        return;
    }
}
