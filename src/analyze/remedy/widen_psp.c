/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Widenings of a PodSecurityPolicy that its own objections ask for: a row for each field that one
 * can be about. An ID, a port, a path or a name is let in alone, not the whole range of them.
 */
#include "analyze/remedy/widening.h"

/* -- parts of a policy ---------------------------------------------------------------------------
 */

void widening_add(const Widening *w, RemedyOp op, Str pointer, Value v, bool restricts)
{
    RemedyPart part = {
        .op = op,
        .object = { STR("policy"), STR("PodSecurityPolicy"), STR(""),
                    arena_str(w->s->arena, w->policy->name) },
        .api_version = arena_str(w->s->arena, w->policy->api_version),
        .pointer = pointer,
        .value = v,
        .restricts = restricts,
    };
    remedy_add(w->s, w->parts, part);
}

static void allow(const Widening *w, Str pointer)
{
    widening_add(w, REMEDY_SET, pointer, value_bool(true), false);
}

void widening_list_add(const Widening *w, Str pointer, Value v)
{
    widening_add(w, REMEDY_LIST_ADD, pointer, v, false);
}

Str widening_unquoted(Str text)
{
    return str_cut_suffix(str_cut_prefix(text, STR("\"")), STR("\""));
}

Value widening_named(Str member, Str name, Arena *a)
{
    Value v = value_object();
    value_set(&v, member, value_str(name), a);
    return v;
}

static Value range(int64_t id, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "min", value_int(id), a);
    value_set_lit(&v, "max", value_int(id), a);
    return v;
}

/* -- one function for each kind of objection -----------------------------------------------------
 */

static void host_namespace(Widening *w)
{
    Str name = str_cut_prefix(w->place.rest, STR("securityContext."));
    allow(w, remedy_pointer_add(STR("/spec"), name, w->s->arena));
}

static void escalation(Widening *w)
{
    allow(w, STR("/spec/allowPrivilegeEscalation"));
}

/* Where it forbids escalation it would set false on what must not be false. */
static void privileged(Widening *w)
{
    allow(w, STR("/spec/privileged"));
    if (!w->policy->allow_privilege_escalation) {
        escalation(w);
    }
}

static void read_only_root(Widening *w)
{
    widening_add(w, REMEDY_SET, STR("/spec/readOnlyRootFilesystem"), value_bool(false), false);
}

static void proc_mount(Widening *w)
{
    widening_list_add(w, STR("/spec/allowedProcMountTypes"),
                      value_str(widening_unquoted(w->e->value)));
    if (w->policy->proc_mount_types.count == 0) {
        widening_add(w, REMEDY_LIST_ADD, STR("/spec/allowedProcMountTypes"),
                     value_str(STR("Default")), true);
    }
}

static void capability_add(Widening *w)
{
    Str name = widening_unquoted(w->e->value);
    widening_list_add(w, STR("/spec/allowedCapabilities"), value_str(name));
    if (str_list_has(w->policy->required_drop_capabilities, name)) {
        widening_add(w, REMEDY_LIST_REMOVE, STR("/spec/requiredDropCapabilities"), value_str(name),
                     false);
    }
    bool admin = str_eq(name, STR("SYS_ADMIN")) || str_eq(name, STR("CAP_SYS_ADMIN"));
    if (admin && !w->policy->allow_privilege_escalation) {
        escalation(w);
    }
}

static void capability_drop(Widening *w)
{
    static const Str wording = STR_INIT(" is required to be dropped but was not found");
    widening_add(w, REMEDY_LIST_REMOVE, STR("/spec/requiredDropCapabilities"),
                 value_str(str_cut_suffix(w->e->detail, wording)), false);
}

static void run_as_user(Widening *w)
{
    int64_t id;
    if (w->policy->run_as_user.rule == PSP_MUST_RUN_AS && str_to_int64(w->e->value, &id)) {
        widening_list_add(w, STR("/spec/runAsUser/ranges"), range(id, w->s->arena));
    } else {
        widening_add(w, REMEDY_SET, STR("/spec/runAsUser/rule"), value_str(STR("RunAsAny")), false);
    }
}

/* `group 7 must be in the ranges: ...`, or that there must be one at all */
static void groups(Widening *w, Str pointer)
{
    Str number;
    Str rest;
    int64_t id;
    if (str_split_once(str_cut_prefix(w->e->detail, STR("group ")), ' ', &number, &rest) &&
        str_to_int64(number, &id)) {
        widening_list_add(w, remedy_pointer_add(pointer, STR("ranges"), w->s->arena),
                          range(id, w->s->arena));
    } else {
        widening_add(w, REMEDY_SET, remedy_pointer_add(pointer, STR("rule"), w->s->arena),
                     value_str(STR("MayRunAs")), false);
    }
}

static void run_as_group(Widening *w)
{
    groups(w, STR("/spec/runAsGroup"));
}

static void fs_group(Widening *w)
{
    groups(w, STR("/spec/fsGroup"));
}

static void supplemental_groups(Widening *w)
{
    groups(w, STR("/spec/supplementalGroups"));
}

static void se_linux(Widening *w)
{
    widening_add(w, REMEDY_SET, STR("/spec/seLinux/rule"), value_str(STR("RunAsAny")), false);
}

static void runtime_class(Widening *w)
{
    widening_list_add(w, STR("/spec/runtimeClass/allowedRuntimeClassNames"),
                      value_str(widening_unquoted(w->e->value)));
}

static void resource_claim(Widening *w)
{
    widening_list_add(w, STR("/spec/volumes"), value_str(STR(PSP_VOLUME_RESOURCE_CLAIM)));
}

static void host_port(Widening *w)
{
    int64_t port;
    if (str_to_int64(w->e->value, &port)) {
        widening_list_add(w, STR("/spec/hostPorts"), range(port, w->s->arena));
    }
}

/* -- the rows -----------------------------------------------------------------------------------
 */

typedef struct WidenRow {
    PspField field;
    void (*widen)(Widening *w);
} WidenRow;

static const WidenRow rows[] = {
#define PSP_FIELD(of, how, path, edit, widen) { { PSP_OF_##of, PSP_##how, STR_INIT(path) }, widen },
#include "analyze/remedy/psp_fields.def"
#undef PSP_FIELD
};

static void widen_row(Widening *w)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (psp_field_is(&rows[i].field, &w->place)) {
            rows[i].widen(w);
            return;
        }
    }
}

void remedy_widen_psp(RemedySearch *s, const RemedyTrial *trial, const PspPolicy *policy,
                      const FieldError *e, RemedyParts *parts)
{
    Widening w = { .s = s, .trial = trial, .policy = policy, .e = e, .parts = parts };
    if (widening_profiles(&w)) {
        return;
    }
    if (str_starts_with(e->path, STR("pod.spec.securityContext.sysctls["))) {
        widening_sysctl(&w);
        return;
    }
    if (!remedy_pod_place(s, trial, e->path, &w.place)) {
        return;
    }
    if (w.place.is_volume) {
        widening_volume(&w);
    } else {
        widen_row(&w);
    }
}

void remedy_widen_escalation(RemedySearch *s, const PspPolicy *policy, RemedyParts *parts)
{
    Widening w = { .s = s, .policy = policy, .parts = parts };
    escalation(&w);
}
