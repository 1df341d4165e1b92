/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volumes: which types of volumes a pod may have, and then what is asked of one type.
 *
 * Fields    spec.volumes[*]
 * Refused   a type that the policy does not list; "*" lists all. A list with "secret" also admits
 *           projected volumes made only of what the API server itself projects for a service
 * account. Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/provider.go and util
 */
#include "decide/psp/attempt.h"

typedef struct VolumeCheck {
    VolumeType type;
    void (*check)(PspAttempt *at, const VolumeView *v, size_t i);
} VolumeCheck;

static const VolumeCheck volume_checks[] = {
    { VOLUME_HOST_PATH, psp_check_host_path },
    { VOLUME_FLEX_VOLUME, psp_check_flex_volume },
    { VOLUME_CSI, psp_check_csi },
};

static bool is_namespace_item(const Value *item)
{
    const Value *field = value_get_lit(item, "fieldRef");
    Str version = value_get_str(field, STR("apiVersion")); /* its default is "v1" */
    return str_eq(value_get_str(item, STR("path")), STR("namespace")) && field &&
           (!version.ptr || str_eq(version, STR("v1"))) &&
           str_eq(value_get_str(field, STR("fieldPath")), STR("metadata.namespace"));
}

/* The token, the cluster's CA certificate and the namespace. */
static bool is_service_account_source(const Value *source)
{
    bool known = false;
    VALUE_EACH_MEMBER(m, source) {
        const Value *v = &m->value;
        Str key = member_key(m);
        if (v->kind == VALUE_NULL) {
            continue;
        }
        if (str_eq(key, STR("serviceAccountToken"))) {
            if (!str_eq(value_get_str(v, STR("path")), STR("token")) ||
                value_get_str(v, STR("audience")).len) {
                return false;
            }
        } else if (str_eq(key, STR("configMap"))) {
            if (!str_eq(value_get_str(v, STR("name")), STR("kube-root-ca.crt"))) {
                return false;
            }
        } else if (str_eq(key, STR("downwardAPI"))) {
            VALUE_EACH_ITEM(item, value_get_lit(v, "items")) {
                if (!is_namespace_item(item)) {
                    return false;
                }
            }
        } else {
            return false;
        }
        known = true;
    }
    return known;
}

bool psp_volume_is_of_service_account(const VolumeView *v)
{
    VALUE_EACH_ITEM(source, value_get_lit(v->source, "sources")) {
        if (!is_service_account_source(source)) {
            return false;
        }
    }
    return true;
}

static bool allows_type(const PspPolicy *policy, const VolumeView *v)
{
    if (policy->all_volumes || policy->volumes >> v->type & 1) {
        return true;
    }
    return v->type == VOLUME_PROJECTED && policy->volumes >> VOLUME_SECRET & 1 &&
           psp_volume_is_of_service_account(v);
}

static void refuse(PspAttempt *at, const VolumeView *v, size_t i)
{
    if (!psp_fails(at)) {
        return;
    }
    PspVolumePath path;
    psp_volume_path(&path, i);
    Str type = psp_volume_name(v->type);
    field_invalid_str(
        at->errs, path.item, type,
        v->type == VOLUME_OTHER
            ? arena_concat(at->arena, STR("unknown volume type for volume: "), v->other)
            : arena_concat(at->arena, type, STR(" volumes are not allowed to be used")));
}

static void check_pod(PspAttempt *at)
{
    for (size_t i = 0; i < at->pod->volume_count; i++) {
        const VolumeView *v = &at->pod->volumes[i];
        if (v->type == VOLUME_OTHER || !allows_type(at->policy, v)) {
            refuse(at, v, i);
            continue;
        }
        for (size_t k = 0; k < COUNT_OF(volume_checks); k++) {
            if (volume_checks[k].type == v->type) {
                volume_checks[k].check(at, v, i);
            }
        }
    }
}

static bool concerns(const PspAttempt *pod)
{
    return pod->pod->volume_count;
}

const PspStrategy psp_strategy_volumes = {
    .name = STR_INIT("volumes"),
    .concerns = concerns,
    .check_pod = check_pod,
};
