/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of pod validation share: the state of one validation, reading members that may be
 * absent, and the checks that more than one of them makes. Private to kube/pod.
 */
#ifndef PODGATE_KUBE_POD_CHECK_H
#define PODGATE_KUBE_POD_CHECK_H

#include "base/field.h"
#include "base/map.h"
#include "doc/value.h"
#include "kube/names.h"
#include "kube/pod/containers.h"
#include "kube/pod/dump_template.h"
#include "kube/target.h"

typedef struct PodCheck {
    FieldErrors *errs;
    const KubeTarget *target;
    const Value *metadata; /* of the pod; NULL for a template */
    Map volumes;           /* name to the volume (Value *): those without errors */
    bool may_mix_huge_pages;
    bool has_host_users; /* no user namespace of its own */
} PodCheck;

static inline Arena *check_arena(const PodCheck *c)
{
    return c->errs->arena;
}

/* -- members: what is absent is Go's zero value ------------------------------------------------ */

/* Never absent. */
static inline Str check_str(const Value *object, Str member)
{
    Str s = value_get_str(object, member);
    return s.ptr ? s : STR("");
}
static inline int64_t check_int(const Value *object, Str member)
{
    return value_get_int(object, member).value;
}
static inline bool check_bool(const Value *object, Str member)
{
    return value_get_bool(object, member).value;
}
/* The member when it is an object, else NULL: a pointer to a struct. */
static inline const Value *check_object(const Value *object, Str member)
{
    const Value *v = value_get(object, member);
    return value_is(v, VALUE_OBJECT) ? v : NULL;
}
#define str_of(object, literal) check_str((object), STR(literal))
#define int_of(object, literal) check_int((object), STR(literal))
#define bool_of(object, literal) check_bool((object), STR(literal))
#define object_of(object, literal) check_object((object), STR(literal))

/* -- shared checks ----------------------------------------------------------------------------- */

#define CHECK_RANGE_TEXT(low, high) "must be between " #low " and " #high ", inclusive"
#define CHECK_NOT_NEGATIVE STR("must be greater than or equal to 0")

#define CHECK_LIST(array) ((StrList){ (array), COUNT_OF(array) })

/* The member must be a string that is not empty. */
bool check_required(PodCheck *c, const Value *object, Str member, const Path *path);
/* With NameCheck: each message as an error at path. */
void check_name(PodCheck *c, Str value, NameCheck *check, Path path);
/* The member, where set, must be one of supported. */
void check_supported_if_set(PodCheck *c, const Value *object, Str member, StrList supported,
                            const Path *path);
/* Required when empty, and one of supported else. */
void check_enum(PodCheck *c, const Value *object, Str member, StrList supported, const Path *path);

/* Paths of files. */
bool check_has_backstep(Str file_path);
void check_no_backsteps(PodCheck *c, Str file_path, Path path);
void check_descending_path(PodCheck *c, Str file_path, Path path);
void check_non_reserved_path(PodCheck *c, Str file_path, Path path);
/* A file mode, where set, is 0 to 0777. */
void check_file_mode(PodCheck *c, const Value *object, Str member, const Path *path);

/* A metav1.LabelSelector; NULL is fine. */
void check_label_selector(PodCheck *c, const Value *selector, const Path *path);

/* -- parts of a pod ---------------------------------------------------------------------------- */

void check_pod_annotations(PodCheck *c, const Value *annotations, const Value *spec,
                           const Path *path);
void check_pod_spec(PodCheck *c, const Value *spec, const Path *path);

/* Fills in c->volumes. */
void check_volumes(PodCheck *c, const Value *volumes, const Path *path);
/* The spec of a PersistentVolumeClaim. */
void check_claim_spec(PodCheck *c, const Value *spec, const Path *path);
/* A core.NodeSelector: its terms. */
void check_node_selector(PodCheck *c, const Value *selector, const Path *path);

void check_containers(PodCheck *c, const Value *spec, const Path *spec_path);
void check_init_containers(PodCheck *c, const Value *spec, const Path *spec_path);
void check_ephemeral_containers(PodCheck *c, const Value *spec, const Path *path);
void check_image_has_no_space(PodCheck *c, const Value *container, const Path *path);

void check_env(PodCheck *c, const Value *env, const Path *path);
void check_env_from(PodCheck *c, const Value *env_from, const Path *path);
/* fieldRef and resourceFieldRef, in volumes and environments. */
void check_field_ref(PodCheck *c, const Value *field_ref, StrList supported, const Path *path);
void check_resource_field_ref(PodCheck *c, const Value *field_ref, bool in_volume,
                              const Path *path);

/* Each accepts NULL. */
void check_probe(PodCheck *c, const Value *probe, const Path *path);
void check_lifecycle(PodCheck *c, const Value *lifecycle, const Path *path);

void check_volume_mounts(PodCheck *c, const Value *container, const Path *path);
void check_volume_devices(PodCheck *c, const Value *container, const Path *path);

void check_resources(PodCheck *c, const Value *resources, const Path *path);
/* A quantity: not negative, and whole where the resource is counted. */
void check_quantity(PodCheck *c, Str resource, const Value *quantity, const Path *path);

void check_pod_security(PodCheck *c, const Value *spec, const Path *spec_path);
void check_container_security(PodCheck *c, const Value *context, const Path *path);
void check_windows_options(PodCheck *c, const Value *options, const Path *path);
void check_windows_host_process(PodCheck *c, const Value *spec, const Path *path);
/* spec.os, and what a pod of that system may not set. */
void check_os(PodCheck *c, const Value *spec, const Path *path);
/* An annotation's value. */
void check_seccomp_text(PodCheck *c, Str profile, Path path);

void check_affinity(PodCheck *c, const Value *affinity, const Path *path);
void check_tolerations(PodCheck *c, const Value *tolerations, const Path *path);
void check_spread_constraints(PodCheck *c, const Value *constraints, const Path *path);
void check_dns_config(PodCheck *c, const Value *spec, const Path *path);

/* -- values as Go prints them with %#v --------------------------------------------------------- */

Str dump_security_context(const Value *context, const KubeTarget *t, Arena *a);
Str dump_seccomp_profile(const Value *profile, Arena *a);
Str dump_toleration(const Value *toleration, Arena *a);
Str dump_lifecycle(const Value *lifecycle, const KubeTarget *t, Arena *a);
Str dump_probe(const Value *probe, const KubeTarget *t, Arena *a);
/* []string{"a", "b"} */
Str dump_strings(const Value *list, Arena *a);

#endif
