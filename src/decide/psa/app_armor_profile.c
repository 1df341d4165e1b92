/* SPDX-License-Identifier: Apache-2.0 */
/*
 * appArmorProfile (baseline, v1.0 on): no profile but the runtime's own or one of the node's.
 *
 * Fields   spec.securityContext.appArmorProfile.type
 *          spec.{initContainers,containers,ephemeralContainers}[*].securityContext.appArmorProfile.type
 *          metadata.annotations["container.apparmor.security.beta.kubernetes.io/..."]
 * Allowed  unset, RuntimeDefault, Localhost; in annotations empty, runtime/default, localhost/...
 * Source   Pod Security Standards, baseline, "AppArmor"
 *
 * What follows the annotation's prefix need not be the name of a container.
 */
#include "decide/psa/check.h"

#define ANNOTATION_PREFIX STR("container.apparmor.security.beta.kubernetes.io/")

static bool annotation_is_bad(const Member *m)
{
    Str value = value_as_str(&m->value);
    return str_starts_with(member_key(m), ANNOTATION_PREFIX) && value.len &&
           !str_eq(value, STR("runtime/default")) && !str_starts_with(value, STR("localhost/"));
}

/* Each as KEY="value", sorted. */
static void read_annotations(const PodView *pod, PsaCheckOut *out, PsaList *bad)
{
    VALUE_EACH_MEMBER(m, pod->annotations) {
        if (annotation_is_bad(m)) {
            Buf text = buf_new(out->arena);
            buf_add(&text, member_key(m));
            buf_byte(&text, '=');
            buf_go_quoted(&text, value_as_str(&m->value));
            psa_list_add(bad, buf_str(&text), out->arena);
            psa_place_annotation(out, member_key(m));
        }
    }
    psa_list_to_set(bad);
}

static void write_detail(bool pod, const PsaList *containers, const PsaList *annotations,
                         const PsaList *values, Buf *b)
{
    psa_write_setters(pod, containers, b);
    if (annotations->count) {
        if (pod || containers->count) {
            buf_lit(b, " and ");
        }
        psa_write_plural(annotations->count, STR("annotation"), STR("annotations"), b);
    }
    buf_lit(b, " must not set AppArmor profile type to ");
    psa_write_quoted(values, b);
}

static void app_armor_profile_1_0(const PodView *pod, PsaCheckOut *out)
{
    static const Str field = STR_INIT("securityContext.appArmorProfile.type");
    PsaList containers = { 0 };
    PsaList values = { 0 };
    PsaList annotations = { 0 };
    const ProfileView *profile = pod->security.app_armor;
    bool pod_is_bad = profile && !psa_profile_is_confined(profile);
    if (pod_is_bad) {
        psa_list_add(&values, profile->type, out->arena);
        psa_place(out, NULL, field);
    }
    POD_EACH_CONTAINER(c, pod) {
        profile = c->security.app_armor;
        if (profile && !psa_profile_is_confined(profile)) {
            psa_list_add(&containers, c->name, out->arena);
            psa_list_add(&values, profile->type, out->arena);
            psa_place(out, c, field);
        }
    }
    psa_list_to_set(&values);
    read_annotations(pod, out, &annotations);
    if (!pod_is_bad && !containers.count && !annotations.count) {
        return;
    }
    for (size_t i = 0; i < annotations.count; i++) {
        psa_list_add(&values, annotations.items[i], out->arena);
    }
    Buf *b = psa_fail(out, values.count == 1 ? STR("forbidden AppArmor profile")
                                             : STR("forbidden AppArmor profiles"));
    write_detail(pod_is_bad, &containers, &annotations, &values, b);
}

const PsaCheck psa_check_app_armor_profile = {
    .id = STR_INIT("appArmorProfile"),
    .level = PSA_BASELINE,
    .title = STR_INIT("no AppArmor profile but RuntimeDefault or one of the node's"),
    .versions = { { 0, app_armor_profile_1_0 } },
};
