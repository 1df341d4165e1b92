/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits that Pod Security asks for: the checks of the level that the namespace enforces name the
 * fields they object to, and a row a check says what to do with them. Where one field of the pod
 * does for all containers, that one is set.
 */
#include "analyze/remedy/edit.h"

#include "decide/psa/policy.h"
#include "kube/pod_view.h"

typedef struct PsaEdit {
    RemedySearch *s;
    const RemedyTrial *trial;
    const PsaViolation *violation;
    const PsaPlace *at;
    PodPlace place;
    Str security;
    RemedyParts *parts;
} PsaEdit;

static Str below(const PsaEdit *x, Str pointer, Str name)
{
    return remedy_pointer_add(pointer, name, x->s->arena);
}

/* -- rows ---------------------------------------------------------------------------------------
 */

/* The field that is named goes. */
static void remove_field(PsaEdit *x)
{
    Str pointer = x->place.pointer;
    Str rest = x->place.rest;
    Str name;
    while (rest.len && str_next_piece(&rest, '.', &name)) {
        pointer = below(x, pointer, name);
    }
    remedy_edit_remove(x->s, x->trial, x->parts, pointer);
}

/* A profile without a type is none: it goes as a whole. */
static void remove_profile(PsaEdit *x)
{
    x->place.rest = str_cut_suffix(x->place.rest, STR(".type"));
    remove_field(x);
}

static void app_armor(PsaEdit *x)
{
    Str key = str_cut_prefix(x->at->path, STR("metadata.annotations["));
    if (key.len == x->at->path.len) {
        remove_profile(x);
        return;
    }
    key = str_cut_suffix(str_cut_prefix(str_cut_suffix(key, STR("]")), STR("\"")), STR("\""));
    Str annotations = remedy_pod_pointer(x->s, STR("/metadata/annotations"));
    remedy_edit_remove(x->s, x->trial, x->parts, below(x, annotations, key));
}

static void volume(PsaEdit *x)
{
    remedy_edit_volume(x->s, x->trial, &x->place, true, x->parts);
}

static void host_port(PsaEdit *x)
{
    const Value *ports = value_get_lit(x->place.in_pod, "ports");
    Str rest = str_cut_prefix(x->place.rest, STR("ports["));
    Str number;
    int64_t index;
    if (str_split_once(rest, ']', &number, &rest) && str_to_int64(number, &index) && index >= 0) {
        OptInt64 port = value_get_int(value_item(ports, (size_t)index), STR("hostPort"));
        remedy_edit_host_port(x->s, x->trial, &x->place, port.value, x->parts);
    }
}

static void capabilities(PsaEdit *x)
{
    Str capabilities = below(x, x->security, STR("capabilities"));
    Str rest = str_cut_prefix(x->place.rest, STR("securityContext.capabilities.add["));
    if (rest.len == x->place.rest.len) {
        remedy_edit_list_add(x->s, x->parts, below(x, capabilities, STR("drop")),
                             value_str(STR("ALL")));
        return;
    }
    Str number;
    int64_t index;
    const Value *list = value_at(x->place.in_pod, "securityContext", "capabilities", "add", NULL);
    if (str_split_once(rest, ']', &number, &rest) && str_to_int64(number, &index) && index >= 0) {
        const Value *name = value_item(list, (size_t)index);
        if (name) {
            remedy_edit_list_remove(x->s, x->parts, below(x, capabilities, STR("add")), *name);
        }
    }
}

static void escalation(PsaEdit *x)
{
    remedy_edit_escalation(x->s, x->trial, &x->place, x->parts);
}

/* What a container says itself goes, the pod says it for all. */
static void for_all(PsaEdit *x, Str field, Value wanted)
{
    Str pod = remedy_pod_pointer(x->s, STR("/spec/securityContext"));
    if (x->place.is_container) {
        remedy_edit_remove(x->s, x->trial, x->parts, below(x, x->security, field));
    }
    remedy_edit_set(x->s, x->parts, below(x, pod, field), wanted);
}

static void non_root(PsaEdit *x)
{
    Str own = below(x, x->security, STR("runAsNonRoot"));
    if (x->place.is_container && remedy_workload_at(x->s, x->trial, own)) {
        remedy_edit_set(x->s, x->parts, own, value_bool(true));
    } else {
        for_all(x, STR("runAsNonRoot"), value_bool(true));
    }
}

static void seccomp_restricted(PsaEdit *x)
{
    Value v = value_object();
    value_set_lit(&v, "type", value_str(STR("RuntimeDefault")), x->s->arena);
    for_all(x, STR("seccompProfile"), v);
}

static void sysctl(PsaEdit *x)
{
    const Value *list = value_at(&x->trial->decision.object, "spec", "securityContext", "sysctls",
                                 NULL);
    Str rest = str_cut_prefix(x->place.rest, STR("securityContext.sysctls["));
    Str number;
    int64_t index;
    if (!str_split_once(rest, ']', &number, &rest) || !str_to_int64(number, &index) || index < 0) {
        return;
    }
    Value wanted = value_object();
    value_set_lit(&wanted, "name",
                  value_str(value_get_str(value_item(list, (size_t)index), STR("name"))),
                  x->s->arena);
    remedy_edit_list_remove(x->s, x->parts,
                            remedy_pod_pointer(x->s, STR("/spec/securityContext/sysctls")), wanted);
}

typedef struct PsaEditRow {
    Str check;
    void (*edit)(PsaEdit *x);
} PsaEditRow;

static const PsaEditRow rows[] = {
    { STR_INIT("allowPrivilegeEscalation"), escalation },
    { STR_INIT("appArmorProfile"), app_armor },
    { STR_INIT("capabilities_baseline"), capabilities },
    { STR_INIT("capabilities_restricted"), capabilities },
    { STR_INIT("hostNamespaces"), remove_field },
    { STR_INIT("hostPathVolumes"), volume },
    { STR_INIT("hostPorts"), host_port },
    { STR_INIT("hostProbesAndHostLifecycle"), remove_field },
    { STR_INIT("privileged"), remove_field },
    { STR_INIT("procMount"), remove_field },
    { STR_INIT("restrictedVolumes"), volume },
    { STR_INIT("runAsNonRoot"), non_root },
    { STR_INIT("runAsUser"), remove_field },
    { STR_INIT("seLinuxOptions"), remove_field },
    { STR_INIT("seccompProfile_baseline"), remove_profile },
    { STR_INIT("seccompProfile_restricted"), seccomp_restricted },
    { STR_INIT("windowsHostProcess"), remove_field },
    { STR_INIT("sysctls"), sysctl },
};

static void edit_place(PsaEdit *x)
{
    Str id = psa_check_id(x->violation->check);
    bool annotation = str_starts_with(x->at->path, STR("metadata.annotations["));
    if (!annotation && !remedy_pod_place(x->s, x->trial, x->at->path, &x->place)) {
        return;
    }
    x->security = remedy_pointer_add(x->place.pointer, STR("securityContext"), x->s->arena);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(rows[i].check, id)) {
            rows[i].edit(x);
            return;
        }
    }
    if (!annotation) {
        remove_field(x); /* a check that is newer than this table */
    }
}

/* What the namespace enforces, as the plugin reads it. */
static PsaLevelVersion enforced(const RemedySearch *s, const RemedyTrial *trial)
{
    const Facts *facts = snapshot_facts(trial->snapshot);
    ObjectKey key = { STR(""), STR("Namespace"), STR(""), s->question->namespace };
    const Value *namespace = facts->object(facts->cluster, key);
    const PsaConfig *config = s->question->pod_security ? s->question->pod_security
                                                        : &psa_config_default;
    FieldErrors errs = field_errors_new(s->arena);
    PsaPolicy policy;
    psa_policy_from_labels(value_at(namespace, "metadata", "labels", NULL), &config->defaults,
                           &errs, &policy);
    return policy.modes[PSA_ENFORCE];
}

void remedy_edit_psa(RemedySearch *s, const RemedyTrial *trial, RemedyParts *parts)
{
    PodView view;
    Err err;
    if (!pod_view_read(&trial->decision.object, s->arena, &view, &err)) {
        return;
    }
    const PsaConfig *config = s->question->pod_security;
    PsaOptions options = {
        .minor_max = config && config->minor_max ? config->minor_max : s->question->target->minor,
        .places = true,
    };
    PsaResult result;
    psa_evaluate(&view, enforced(s, trial), &options, s->arena, &result);
    for (size_t i = 0; i < result.count; i++) {
        for (const PsaPlace *at = result.violations[i].places; at; at = at->next) {
            PsaEdit x = {
                .s = s, .trial = trial, .violation = &result.violations[i], .at = at, .parts = parts
            };
            edit_place(&x);
        }
    }
}
