/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other objects a pod names.
 *
 * Source: Kubernetes pkg/api/pod/util.go, VisitPodSecretNames and VisitPodConfigmapNames
 */
#include "decide/admission/pod_references.h"

#include "kube/pod/containers.h"

bool pod_is_mirror(const Value *pod)
{
    return !value_is_null(value_at(pod, "metadata", "annotations", POD_MIRROR_ANNOTATION, NULL));
}

bool pod_has_volume(const Value *spec, const char *source)
{
    VALUE_EACH_ITEM(volume, value_get_lit(spec, "volumes")) {
        if (!value_is_null(value_get(volume, str_from_c(source)))) {
            return true;
        }
    }
    return false;
}

static bool volume_projects(const Value *volume, const char *source)
{
    VALUE_EACH_ITEM(projection, value_at(volume, "projected", "sources", NULL)) {
        if (!value_is_null(value_get(projection, str_from_c(source)))) {
            return true;
        }
    }
    return false;
}

bool pod_projects(const Value *spec, const char *source)
{
    VALUE_EACH_ITEM(volume, value_get_lit(spec, "volumes")) {
        if (volume_projects(volume, source)) {
            return true;
        }
    }
    return false;
}

bool pod_projects_token(const Value *spec)
{
    return pod_projects(spec, "serviceAccountToken");
}

/* Through envFrom (member: secretRef) or valueFrom (member: secretKeyRef)? */
static bool environment_names(const Value *spec, const char *from, const char *key)
{
    POD_EACH_CONTAINER(container, spec) {
        VALUE_EACH_ITEM(source, value_get_lit(container, "envFrom")) {
            if (!value_is_null(value_get(source, str_from_c(from)))) {
                return true;
            }
        }
        VALUE_EACH_ITEM(env, value_get_lit(container, "env")) {
            if (!value_is_null(value_at(env, "valueFrom", key, NULL))) {
                return true;
            }
        }
    }
    return false;
}

/* Volume sources that name a Secret, and the member that does; NULL where the source always does.
 */
static const char *const secret_sources[][2] = {
    { "azureFile", NULL },        { "cephfs", "secretRef" },
    { "cinder", "secretRef" },    { "flexVolume", "secretRef" },
    { "rbd", "secretRef" },       { "secret", NULL },
    { "scaleIO", "secretRef" },   { "iscsi", "secretRef" },
    { "storageos", "secretRef" }, { "csi", "nodePublishSecretRef" },
};

static bool volume_names_secret(const Value *volume)
{
    for (size_t i = 0; i < COUNT_OF(secret_sources); i++) {
        const Value *source = value_get(volume, str_from_c(secret_sources[i][0]));
        const char *member = secret_sources[i][1];
        if (!value_is_null(source) &&
            (member == NULL || !value_is_null(value_get(source, str_from_c(member))))) {
            return true;
        }
    }
    return volume_projects(volume, "secret");
}

bool pod_names_secret(const Value *spec)
{
    if (value_len(value_get_lit(spec, "imagePullSecrets")) > 0 ||
        environment_names(spec, "secretRef", "secretKeyRef")) {
        return true;
    }
    VALUE_EACH_ITEM(volume, value_get_lit(spec, "volumes")) {
        if (volume_names_secret(volume)) {
            return true;
        }
    }
    return false;
}

bool pod_names_config_map(const Value *spec)
{
    return environment_names(spec, "configMapRef", "configMapKeyRef") ||
           pod_has_volume(spec, "configMap") || pod_projects(spec, "configMap");
}
