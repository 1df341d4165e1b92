/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dropping the members of features that are off: a row for each member, with the gate or the
 * minor version that turned it on. A member stays when the stored pod uses it already.
 *
 * A feature whose gate is no KubeFeature is taken as off below the minor version in which it was
 * on by default.
 */
#include "kube/pod/containers.h"
#include "kube/pod/prepare.h"

/* The kind of object that has the member. */
typedef enum Place {
    AT_SPEC,
    AT_POD_SECURITY,
    AT_VOLUME,
    AT_EMPTY_DIR,
    AT_SPREAD,
    AT_AFFINITY_TERM,
    AT_CONTAINER,
    AT_CONTAINER_SECURITY,
    AT_RESOURCES,
    AT_PROBE, /* of any kind */
    AT_LIFECYCLE_HOOK,
    AT_MOUNT,
} Place;

enum { NO_GATE = FEATURE_COUNT };

typedef struct DropRow {
    Place place;
    Str member;
    int gate;  /* a KubeFeature or NO_GATE */
    int minor; /* for NO_GATE: on from here */
} DropRow;

static const DropRow rows[] = {
    { AT_SPEC, STR_INIT("ephemeralContainers"), FEATURE_EPHEMERAL_CONTAINERS, 0 },
    { AT_SPEC, STR_INIT("hostUsers"), NO_GATE, 33 },
    { AT_SPEC, STR_INIT("os"), NO_GATE, 24 },
    { AT_SPEC, STR_INIT("overhead"), FEATURE_POD_OVERHEAD, 0 },
    { AT_SPEC, STR_INIT("preemptionPolicy"), FEATURE_NON_PREEMPTING_PRIORITY, 0 },
    { AT_SPEC, STR_INIT("resourceClaims"), NO_GATE, 34 },
    { AT_SPEC, STR_INIT("resources"), FEATURE_POD_LEVEL_RESOURCES, 0 },
    { AT_SPEC, STR_INIT("runtimeClassName"), FEATURE_RUNTIME_CLASS, 0 },
    { AT_SPEC, STR_INIT("schedulingGates"), NO_GATE, 27 },
    { AT_SPEC, STR_INIT("setHostnameAsFQDN"), FEATURE_SET_HOSTNAME_AS_FQDN, 0 },
    { AT_POD_SECURITY, STR_INIT("fsGroupChangePolicy"), FEATURE_CONFIGURABLE_FS_GROUP_POLICY, 0 },
    { AT_POD_SECURITY, STR_INIT("runAsGroup"), FEATURE_RUN_AS_GROUP, 0 },
    { AT_POD_SECURITY, STR_INIT("seLinuxChangePolicy"), NO_GATE, 33 },
    { AT_POD_SECURITY, STR_INIT("supplementalGroupsPolicy"), NO_GATE, 33 },
    { AT_POD_SECURITY, STR_INIT("sysctls"), FEATURE_SYSCTLS, 0 },
    { AT_VOLUME, STR_INIT("csi"), FEATURE_CSI_INLINE_VOLUME, 0 },
    { AT_VOLUME, STR_INIT("ephemeral"), FEATURE_GENERIC_EPHEMERAL_VOLUME, 0 },
    { AT_VOLUME, STR_INIT("image"), NO_GATE, 35 },
    { AT_EMPTY_DIR, STR_INIT("sizeLimit"), FEATURE_LOCAL_STORAGE_CAPACITY_ISOLATION, 0 },
    { AT_SPREAD, STR_INIT("matchLabelKeys"), NO_GATE, 27 },
    { AT_SPREAD, STR_INIT("minDomains"), NO_GATE, 27 },
    { AT_SPREAD, STR_INIT("nodeAffinityPolicy"), NO_GATE, 26 },
    { AT_SPREAD, STR_INIT("nodeTaintsPolicy"), NO_GATE, 26 },
    { AT_AFFINITY_TERM, STR_INIT("matchLabelKeys"), NO_GATE, 31 },
    { AT_AFFINITY_TERM, STR_INIT("mismatchLabelKeys"), NO_GATE, 31 },
    { AT_AFFINITY_TERM, STR_INIT("namespaceSelector"), NO_GATE, 22 },
    { AT_CONTAINER, STR_INIT("resizePolicy"), NO_GATE, 33 },
    { AT_CONTAINER, STR_INIT("restartPolicy"), NO_GATE, 29 },
    { AT_CONTAINER_SECURITY, STR_INIT("runAsGroup"), FEATURE_RUN_AS_GROUP, 0 },
    { AT_RESOURCES, STR_INIT("claims"), NO_GATE, 34 },
    { AT_PROBE, STR_INIT("grpc"), NO_GATE, 24 },
    { AT_PROBE, STR_INIT("terminationGracePeriodSeconds"), NO_GATE, 25 },
    { AT_LIFECYCLE_HOOK, STR_INIT("sleep"), NO_GATE, 30 },
    { AT_MOUNT, STR_INIT("recursiveReadOnly"), NO_GATE, 31 },
    { AT_MOUNT, STR_INIT("subPath"), FEATURE_VOLUME_SUBPATH, 0 },
    { AT_MOUNT, STR_INIT("subPathExpr"), FEATURE_VOLUME_SUBPATH, 0 },
};

static bool is_on(const DropRow *row, const KubeTarget *t)
{
    return row->gate == NO_GATE ? t->minor >= row->minor : kube_has(t, (KubeFeature)row->gate);
}

/* What is done at each object of a place; true ends the walk. */
typedef bool Visit(Value *object, Str member);

static bool has_member(Value *object, Str member)
{
    const Value *v = value_get(object, member);
    return !value_is_null(v) && (v->kind != VALUE_ARRAY || v->len > 0);
}

static bool remove_member(Value *object, Str member)
{
    value_remove(object, member);
    return false;
}

static bool visit_items(const Value *list, Visit *visit, Str member)
{
    VALUE_EACH_ITEM(item, list) {
        if (visit(item, member)) {
            return true;
        }
    }
    return false;
}

static bool visit_affinity_terms(const Value *spec, Visit *visit, Str member)
{
    static const Str kinds[] = { STR_INIT("podAffinity"), STR_INIT("podAntiAffinity") };
    const Value *affinity = value_get_lit(spec, "affinity");
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const Value *kind = value_get(affinity, kinds[i]);
        if (visit_items(value_get_lit(kind, "requiredDuringSchedulingIgnoredDuringExecution"),
                        visit, member)) {
            return true;
        }
        VALUE_EACH_ITEM(weighted,
                        value_get_lit(kind, "preferredDuringSchedulingIgnoredDuringExecution")) {
            Value *term = value_get_lit(weighted, "podAffinityTerm");
            if (visit(term, member)) {
                return true;
            }
        }
    }
    return false;
}

static bool visit_container(Value *c, Place place, Visit *visit, Str member)
{
    switch (place) {
    case AT_CONTAINER:
        return visit(c, member);
    case AT_CONTAINER_SECURITY:
        return visit(value_get_lit(c, "securityContext"), member);
    case AT_RESOURCES:
        return visit(value_get_lit(c, "resources"), member);
    case AT_PROBE:
        return visit(value_get_lit(c, "livenessProbe"), member) ||
               visit(value_get_lit(c, "readinessProbe"), member) ||
               visit(value_get_lit(c, "startupProbe"), member);
    case AT_LIFECYCLE_HOOK:
        return visit(value_at(c, "lifecycle", "postStart", NULL), member) ||
               visit(value_at(c, "lifecycle", "preStop", NULL), member);
    case AT_MOUNT:
        return visit_items(value_get_lit(c, "volumeMounts"), visit, member);
    default:
        return false;
    }
}

/* Every object of the place; true as soon as visit says so. */
static bool visit_place(Value *spec, Place place, Visit *visit, Str member)
{
    switch (place) {
    case AT_SPEC:
        return visit(spec, member);
    case AT_POD_SECURITY:
        return visit(value_get_lit(spec, "securityContext"), member);
    case AT_VOLUME:
        return visit_items(value_get_lit(spec, "volumes"), visit, member);
    case AT_EMPTY_DIR:
        VALUE_EACH_ITEM(volume, value_get_lit(spec, "volumes")) {
            if (visit(value_get_lit(volume, "emptyDir"), member)) {
                return true;
            }
        }
        return false;
    case AT_SPREAD:
        return visit_items(value_get_lit(spec, "topologySpreadConstraints"), visit, member);
    case AT_AFFINITY_TERM:
        return visit_affinity_terms(spec, visit, member);
    default:
        POD_EACH_CONTAINER(c, spec) {
            if (visit_container(c, place, visit, member)) {
                return true;
            }
        }
        return false;
    }
}

static bool is_default_proc_mount(const Value *mount)
{
    return value_is_null(mount) || str_eq(value_as_str(mount), STR("Default"));
}

/* procMount is not dropped but made Default, which 1.12 stored in every container. */
static void reset_proc_mount(const Value *spec, const Value *old_spec, const KubeTarget *t)
{
    if (kube_has(t, FEATURE_PROC_MOUNT_TYPE)) {
        return;
    }
    POD_EACH_CONTAINER(old, old_spec) {
        if (!is_default_proc_mount(value_at(old, "securityContext", "procMount", NULL))) {
            return;
        }
    }
    POD_EACH_CONTAINER(c, spec) {
        Value *mount = value_at(c, "securityContext", "procMount", NULL);
        if (!value_is_null(mount)) {
            *mount = value_str(STR("Default"));
        }
    }
}

static bool has_apparmor_annotation(const Value *annotations)
{
    VALUE_EACH_MEMBER(m, annotations) {
        if (str_starts_with(member_key(m), STR(POD_APPARMOR_CONTAINER_PREFIX))) {
            return true;
        }
    }
    return false;
}

static void drop_apparmor_annotations(Value *pod, const Value *old, const KubeTarget *t, Arena *a)
{
    Value *annotations = value_at(pod, "metadata", "annotations", NULL);
    if (kube_has(t, FEATURE_APP_ARMOR) || !has_apparmor_annotation(annotations) ||
        has_apparmor_annotation(value_at(old, "metadata", "annotations", NULL))) {
        return;
    }
    Value kept = value_object();
    VALUE_EACH_MEMBER(m, annotations) {
        if (!str_starts_with(member_key(m), STR(POD_APPARMOR_CONTAINER_PREFIX))) {
            value_set(&kept, member_key(m), m->value, a);
        }
    }
    *annotations = kept;
}

void pod_drop_disabled_fields(Value *pod, const Value *old, const KubeTarget *t, Arena *a)
{
    Value *spec = value_get_lit(pod, "spec");
    Value *old_spec = value_get_lit(old, "spec");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const DropRow *row = &rows[i];
        if (!is_on(row, t) && !visit_place(old_spec, row->place, has_member, row->member)) {
            visit_place(spec, row->place, remove_member, row->member);
        }
    }
    reset_proc_mount(spec, old_spec, t);
    drop_apparmor_annotations(pod, old, t, a);
}
