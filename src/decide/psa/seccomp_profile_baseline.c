/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccompProfile_baseline (baseline, v1.0 on): seccomp must not be turned off. Until v1.18 the
 * annotations say so, and only they are read; from v1.19 on the fields, and only they. Restricted
 * has its own rule from v1.19 on.
 *
 * Fields   spec.securityContext.seccompProfile.type
 *          spec.{initContainers,containers,ephemeralContainers}[*].securityContext.seccompProfile.type
 *          metadata.annotations["seccomp.security.alpha.kubernetes.io/pod"]
 *          metadata.annotations["container.seccomp.security.alpha.kubernetes.io/NAME"], of
 * containers that the pod has Allowed  unset, RuntimeDefault, Localhost; in annotations
 * runtime/default, docker/default, localhost/..., but not the empty string Source   Pod Security
 * Standards, baseline, "Seccomp"
 */
#include "decide/psa/check.h"

#define POD_ANNOTATION STR("seccomp.security.alpha.kubernetes.io/pod")
#define CONTAINER_ANNOTATION_PREFIX STR("container.seccomp.security.alpha.kubernetes.io/")

static void read_annotation(const PodView *pod, Str key, const ContainerView *c, PsaList *bad,
                            PsaCheckOut *out)
{
    const Value *v = value_get(pod->annotations, key);
    Str value = value_as_str(v);
    if (!v || str_eq(value, STR("runtime/default")) || str_eq(value, STR("docker/default")) ||
        str_starts_with(value, STR("localhost/"))) {
        return;
    }
    Buf text = buf_new(out->arena);
    buf_add(&text, key);
    buf_byte(&text, '=');
    buf_go_quoted(&text, value);
    psa_list_add(bad, buf_str(&text), out->arena);
    psa_place_annotation(out, key);
    if (out->last_place) {
        out->last_place->container = c;
    }
}

static void seccomp_profile_baseline_1_0(const PodView *pod, PsaCheckOut *out)
{
    PsaList annotations = { 0 };
    if (!value_len(pod->annotations)) {
        return;
    }
    read_annotation(pod, POD_ANNOTATION, NULL, &annotations, out);
    POD_EACH_CONTAINER(c, pod) {
        Str key = arena_concat(out->arena, CONTAINER_ANNOTATION_PREFIX, c->name);
        read_annotation(pod, key, c, &annotations, out);
    }
    if (annotations.count) {
        psa_list_to_set(&annotations);
        Buf *b = psa_fail(out, STR("seccompProfile"));
        psa_write_plural(annotations.count, STR("forbidden annotation "),
                         STR("forbidden annotations "), b);
        psa_write_plain(&annotations, b);
    }
}

void psa_seccomp_read(const PodView *pod, PsaCheckOut *out, PsaSeccomp *bad)
{
    static const Str field = STR_INIT("securityContext.seccompProfile.type");
    const ProfileView *profile = pod->security.seccomp;
    bad->pod = profile && !psa_profile_is_confined(profile);
    if (bad->pod) {
        psa_list_add(&bad->values, profile->type, out->arena);
        psa_place(out, NULL, field);
    }
    POD_EACH_CONTAINER(c, pod) {
        profile = c->security.seccomp;
        if (profile && !psa_profile_is_confined(profile)) {
            psa_list_add(&bad->containers, c->name, out->arena);
            psa_list_add(&bad->values, profile->type, out->arena);
            psa_place(out, c, field);
        }
    }
}

void psa_seccomp_fail(PsaSeccomp *bad, PsaCheckOut *out)
{
    psa_list_to_set(&bad->values);
    Buf *b = psa_fail(out, STR("seccompProfile"));
    psa_write_setters(bad->pod, &bad->containers, b);
    buf_lit(b, " must not set securityContext.seccompProfile.type to ");
    psa_write_quoted(&bad->values, b);
}

static void seccomp_profile_baseline_1_19(const PodView *pod, PsaCheckOut *out)
{
    PsaSeccomp bad = { 0 };
    psa_seccomp_read(pod, out, &bad);
    if (bad.values.count) {
        psa_seccomp_fail(&bad, out);
    }
}

const PsaCheck psa_check_seccomp_profile_baseline = {
    .id = STR_INIT("seccompProfile_baseline"),
    .level = PSA_BASELINE,
    .title = STR_INIT("seccomp not turned off"),
    .versions = { { 0, seccomp_profile_baseline_1_0 }, { 19, seccomp_profile_baseline_1_19 } },
};
