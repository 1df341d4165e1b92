/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits that the objections of a PodSecurityPolicy ask for: a row for each field that one can be
 * about. Where the policy has a default a field is removed, and the policy sets it.
 */
#include "analyze/remedy/edit.h"

#define SECCOMP_POD "seccomp.security.alpha.kubernetes.io/pod"
#define SECCOMP_CONTAINER "container.seccomp.security.alpha.kubernetes.io/"
#define APP_ARMOR "container.apparmor.security.beta.kubernetes.io/"

typedef struct PspEdit {
    RemedySearch *s;
    const RemedyTrial *trial;
    const PspPolicy *policy;
    const FieldError *e;
    PodPlace place;
    Str security; /* the pointer of the place's securityContext */
    RemedyParts *parts;
} PspEdit;

static Str below(const PspEdit *x, Str pointer, Str name)
{
    return remedy_pointer_add(pointer, name, x->s->arena);
}

static void remove_at(PspEdit *x, Str pointer)
{
    remedy_edit_remove(x->s, x->trial, x->parts, pointer);
}

/* -- one function for each kind of objection -----------------------------------------------------
 */

static void host_namespace(PspEdit *x)
{
    Str name = str_cut_prefix(x->place.rest, STR("securityContext."));
    remove_at(x, below(x, x->place.pointer, name));
}

static void privileged(PspEdit *x)
{
    remove_at(x, below(x, x->security, STR("privileged")));
}

static void escalation(PspEdit *x)
{
    remedy_edit_escalation(x->s, x->trial, &x->place, x->parts);
}

static void read_only_root(PspEdit *x)
{
    remedy_edit_set(x->s, x->parts, below(x, x->security, STR("readOnlyRootFilesystem")),
                    value_bool(true));
}

static void proc_mount(PspEdit *x)
{
    remove_at(x, below(x, x->security, STR("procMount")));
}

static Str unquoted(Str text)
{
    return str_cut_suffix(str_cut_prefix(text, STR("\"")), STR("\""));
}

static void capability_add(PspEdit *x)
{
    Str list = below(x, below(x, x->security, STR("capabilities")), STR("add"));
    remedy_edit_list_remove(x->s, x->parts, list, value_str(unquoted(x->e->value)));
}

static void capability_drop(PspEdit *x)
{
    static const Str wording = STR_INIT(" is required to be dropped but was not found");
    Str list = below(x, below(x, x->security, STR("capabilities")), STR("drop"));
    remedy_edit_list_add(x->s, x->parts, list, value_str(str_cut_suffix(x->e->detail, wording)));
}

static void run_as_user(PspEdit *x)
{
    remedy_edit_inherited(x->s, x->trial, &x->place, STR("runAsUser"), x->parts);
}

static void run_as_non_root(PspEdit *x)
{
    remedy_edit_inherited(x->s, x->trial, &x->place, STR("runAsNonRoot"), x->parts);
}

static void run_as_group(PspEdit *x)
{
    remedy_edit_inherited(x->s, x->trial, &x->place, STR("runAsGroup"), x->parts);
}

static void fs_group(PspEdit *x)
{
    remove_at(x, below(x, x->security, STR("fsGroup")));
}

/* `group 7 must be in the ranges: ...`: that one; otherwise the list is empty. */
static void supplemental_groups(PspEdit *x)
{
    Str list = below(x, x->security, STR("supplementalGroups"));
    Str number;
    Str rest;
    int64_t group;
    if (str_split_once(str_cut_prefix(x->e->detail, STR("group ")), ' ', &number, &rest) &&
        str_to_int64(number, &group)) {
        remedy_edit_list_remove(x->s, x->parts, list, value_int(group));
    } else {
        remove_at(x, list);
    }
}

static void se_linux(PspEdit *x)
{
    remedy_edit_inherited(x->s, x->trial, &x->place, STR("seLinuxOptions"), x->parts);
}

static void runtime_class(PspEdit *x)
{
    Str pointer = below(x, x->place.pointer, STR("runtimeClassName"));
    if (remedy_workload_at(x->s, x->trial, pointer)) {
        remove_at(x, pointer);
    }
}

static void sysctl(PspEdit *x)
{
    Str path = str_cut_prefix(x->e->path, STR("pod.spec.securityContext.sysctls["));
    Str number;
    Str rest;
    int64_t index;
    if (!str_split_once(path, ']', &number, &rest) || !str_to_int64(number, &index) || index < 0) {
        return;
    }
    const Value *list = value_at(&x->trial->decision.object, "spec", "securityContext", "sysctls",
                                 NULL);
    Value wanted = value_object();
    value_set_lit(&wanted, "name",
                  value_str(value_get_str(value_item(list, (size_t)index), STR("name"))),
                  x->s->arena);
    remedy_edit_list_remove(x->s, x->parts,
                            remedy_pod_pointer(x->s, STR("/spec/securityContext/sysctls")), wanted);
}

static void host_port(PspEdit *x)
{
    int64_t port;
    if (str_to_int64(x->e->value, &port)) {
        remedy_edit_host_port(x->s, x->trial, &x->place, port, x->parts);
    }
}

static void mount_read_only(PspEdit *x)
{
    Str number;
    Str rest;
    Str path = str_cut_prefix(x->place.rest, STR("volumeMounts["));
    if (str_split_once(path, ']', &number, &rest)) {
        Str mount = below(x, below(x, x->place.pointer, STR("volumeMounts")), number);
        remedy_edit_set(x->s, x->parts, below(x, mount, STR("readOnly")), value_bool(true));
    }
}

static void volume(PspEdit *x)
{
    bool empty_dir = x->policy->all_volumes || x->policy->volumes >> VOLUME_EMPTY_DIR & 1;
    remedy_edit_volume(x->s, x->trial, &x->place, empty_dir, x->parts);
}

static void resource_claim(PspEdit *x)
{
    Value wanted = value_object();
    value_set_lit(&wanted, "name", value_str(unquoted(x->e->value)), x->s->arena);
    remedy_edit_list_remove(x->s, x->parts, below(x, x->place.pointer, STR("resourceClaims")),
                            wanted);
}

static void host_process(PspEdit *x)
{
    Str own = below(x, x->security, STR("windowsOptions"));
    Str pod = remedy_pod_pointer(x->s, STR("/spec/securityContext/windowsOptions"));
    Str field = below(x, own, STR("hostProcess"));
    remove_at(x, remedy_workload_at(x->s, x->trial, field) ? field
                                                           : below(x, pod, STR("hostProcess")));
}

/* -- profiles, which are told by the annotation's key -------------------------------------------
 */

/* The pointer of a container of that name. */
static Str container_named(const PspEdit *x, Str name)
{
    static const Str lists[] = { STR_INIT("/spec/containers"), STR_INIT("/spec/initContainers"),
                                 STR_INIT("/spec/ephemeralContainers") };
    Arena *a = x->s->arena;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        Str at = remedy_pointer_add(remedy_pod_pointer(x->s, lists[i]),
                                    arena_concat(a, STR("="), name), a);
        if (remedy_workload_at(x->s, x->trial, at)) {
            return at;
        }
    }
    return STR_ABSENT;
}

/* "runtime/default" as a field of the API; null for one that it cannot say. */
static Value profile_value(Str profile, Arena *a)
{
    static const Str runtime[] = { STR_INIT("runtime/default"), STR_INIT("docker/default") };
    Value v = value_object();
    if (str_list_has((StrList){ runtime, COUNT_OF(runtime) }, profile)) {
        value_set_lit(&v, "type", value_str(STR("RuntimeDefault")), a);
    } else if (str_starts_with(profile, STR("localhost/"))) {
        value_set_lit(&v, "type", value_str(STR("Localhost")), a);
        value_set_lit(&v, "localhostProfile", value_str(str_cut_prefix(profile, STR("localhost/"))),
                      a);
    } else if (str_eq(profile, STR("unconfined"))) {
        value_set_lit(&v, "type", value_str(STR("Unconfined")), a);
    } else {
        return value_null();
    }
    return v;
}

typedef struct ProfileKind {
    Str field;             /* "seccompProfile" */
    const PspProfiles *of; /* the policy */
    Str pod_key;           /* the pod's annotation; absent for none */
    Str container_prefix;
    int by_field_minor; /* since when a field says it */
} ProfileKind;

Str remedy_profile_taken(const PspProfiles *profiles)
{
    if (profiles->default_profile.len) {
        return profiles->default_profile;
    }
    for (size_t i = 0; i < profiles->allowed.count; i++) {
        if (profiles->allowed.items[i].len) {
            return profiles->allowed.items[i];
        }
    }
    return STR("");
}

/* What is set goes; where nothing is, what the policy takes is set. */
static void profile(PspEdit *x, const ProfileKind *kind, Str key)
{
    Str annotations = remedy_pod_pointer(x->s, STR("/metadata/annotations"));
    Str annotation = below(x, annotations, key);
    Str name = str_cut_prefix(key, kind->container_prefix);
    bool of_container = name.len != key.len;
    Str pod = remedy_pod_pointer(x->s, STR("/spec/securityContext"));
    Str container = of_container ? container_named(x, name) : STR_ABSENT;
    Str pod_field = below(x, pod, kind->field);
    Str own = container.ptr ? below(x, below(x, container, STR("securityContext")), kind->field)
                            : pod_field;
    size_t before = x->parts->count;
    remove_at(x, annotation);
    remove_at(x, own);
    if (x->parts->count == before && of_container) {
        remove_at(x, pod_field);
        if (kind->pod_key.ptr) {
            remove_at(x, below(x, annotations, kind->pod_key));
        }
    }
    Str wanted = remedy_profile_taken(kind->of);
    if (x->parts->count != before || !wanted.len) {
        return;
    }
    Value v = profile_value(wanted, x->s->arena);
    if (x->s->question->target->minor < kind->by_field_minor || v.kind == VALUE_NULL) {
        remedy_edit_set(x->s, x->parts, annotation, value_str(wanted));
    } else {
        remedy_edit_set(x->s, x->parts, own, v);
    }
}

static bool edit_profile(PspEdit *x)
{
    Str key = str_cut_prefix(x->e->path, STR("pod.metadata.annotations["));
    if (key.len == x->e->path.len) {
        return false;
    }
    key = str_cut_suffix(key, STR("]"));
    if (str_starts_with(key, STR(APP_ARMOR))) {
        ProfileKind kind = { STR("appArmorProfile"), &x->policy->app_armor, STR_ABSENT,
                             STR(APP_ARMOR), 30 };
        profile(x, &kind, key);
    } else {
        ProfileKind kind = { STR("seccompProfile"), &x->policy->seccomp, STR(SECCOMP_POD),
                             STR(SECCOMP_CONTAINER), 19 };
        profile(x, &kind, key);
    }
    return true;
}

/* -- the rows -----------------------------------------------------------------------------------
 */

typedef struct PspEditRow {
    PspField field;
    void (*edit)(PspEdit *x);
} PspEditRow;

static const PspEditRow rows[] = {
#define PSP_FIELD(of, how, path, edit, widen) { { PSP_OF_##of, PSP_##how, STR_INIT(path) }, edit },
#include "analyze/remedy/psp_fields.def"
#undef PSP_FIELD
};

static void edit_row(PspEdit *x)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (psp_field_is(&rows[i].field, &x->place)) {
            rows[i].edit(x);
            return;
        }
    }
}

void remedy_edit_psp(RemedySearch *s, const RemedyTrial *trial, const PspPolicy *policy,
                     const FieldError *e, RemedyParts *parts)
{
    PspEdit x = { .s = s, .trial = trial, .policy = policy, .e = e, .parts = parts };
    if (edit_profile(&x)) {
        return;
    }
    if (str_starts_with(e->path, STR("pod.spec.securityContext.sysctls["))) {
        sysctl(&x);
        return;
    }
    if (!remedy_pod_place(s, trial, e->path, &x.place)) {
        return;
    }
    x.security = remedy_pointer_add(x.place.pointer, STR("securityContext"), s->arena);
    if (x.place.is_volume) {
        volume(&x);
    } else {
        edit_row(&x);
    }
}
