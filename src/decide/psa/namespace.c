/* SPDX-License-Identifier: Apache-2.0 */
/* Pod Security Admission of namespaces: their labels, and what a stricter level would find. */
#include "decide/psa/admit.h"

/* Who is asking, as in the other files. */
typedef struct Job {
    const PsaConfig *config;
    const PsaCluster *cluster;
    const PsaRequest *request;
    Arena *arena;
    PsaDecision *out;
} Job;

/* A Namespace with what its labels say. */
typedef struct Labelled {
    Str name;
    const Value *labels;
    PsaPolicy policy;
    FieldErrors errors;
} Labelled;

/* which: "" for the object, " old " for the old one (upstream has two blanks there) */
static bool read_namespace(const Job *job, const Value *v, const char *which, Labelled *out)
{
    PsaObject object;
    Err err;
    Arena *a = job->arena;
    if (!psa_decode(job->request, v, a, &object, &err)) {
        Str why = arena_printf(a, "failed to decode %sobject", which);
        psa_fail_request(job->out, status_bad_request(a, why), err.msg, a);
        return false;
    }
    if (!psa_object_is(&object, "Namespace")) {
        Str why = arena_printf(a, "failed to decode %snamespace", which);
        psa_fail_request(job->out, status_bad_request(a, why), STR_ABSENT, a);
        return false;
    }
    const Value *labels = value_at(&object.value, "metadata", "labels", NULL);
    Str name = value_as_str(value_at(&object.value, "metadata", "name", NULL));
    *out = (Labelled){
        .name = name,
        .labels = labels,
        .errors = field_errors_new(a),
    };
    psa_policy_from_labels(labels, &job->config->defaults, &out->errors, &out->policy);
    return true;
}

static bool same_errors(const FieldErrors *a, const FieldErrors *b)
{
    if (a->count != b->count) {
        return false;
    }
    const FieldError *y = b->first;
    for (const FieldError *x = a->first; x; x = x->next, y = y->next) {
        if (!str_eq(x->path, y->path) || !str_eq(x->value, y->value) ||
            !str_eq(x->detail, y->detail)) {
            return false;
        }
    }
    return true;
}

static void refuse_labels(const Job *job, const Labelled *ns)
{
    const PsaRequest *r = job->request;
    psa_refuse(job->out, status_invalid(job->arena, r->kind_group, r->kind, r->name, &ns->errors));
}

static void warn(const Job *job, Str text)
{
    Str *warning = new(job->arena, Str, 1);
    *warning = text;
    job->out->warnings = (StrList){ warning, 1 };
}

/* A policy on a namespace that no policy is applied to. */
static void warn_if_exempt(const Job *job, const Labelled *ns)
{
    if (psa_policy_is_privileged(&ns->policy) ||
        psa_policy_is_equivalent(&ns->policy, &job->config->defaults)) {
        return;
    }
    Buf b = buf_new(job->arena);
    buf_lit(&b, "namespace ");
    buf_go_quoted(&b, ns->name);
    buf_lit(&b, " is exempt from Pod Security, and the policy (");
    bool is_first = true;
    for (unsigned mode = 0; mode < PSA_MODE_COUNT; mode++) {
        bool is_labelled = value_get(ns->labels, psa_mode_level_label(mode)) ||
                           value_get(ns->labels, psa_mode_version_label(mode));
        if (ns->policy.modes[mode].level == PSA_PRIVILEGED || !is_labelled) {
            continue;
        }
        if (!is_first) {
            buf_lit(&b, ", ");
        }
        is_first = false;
        buf_add(&b, psa_mode_name(mode));
        buf_byte(&b, '=');
        psa_level_version_write(ns->policy.modes[mode], &b);
    }
    buf_lit(&b, ") will be ignored");
    warn(job, buf_str(&b));
}

/* Could the new level refuse what the old one let in? */
static bool is_stricter(PsaLevelVersion now, PsaLevelVersion before)
{
    if (now.level == PSA_PRIVILEGED) {
        return false;
    }
    return !psa_version_eq(now.version, before.version) || now.level > before.level;
}

static void create(const Job *job, const Labelled *ns)
{
    if (ns->errors.count) {
        refuse_labels(job, ns);
    } else if (psa_is_exempt(job->config->exemptions.namespaces, job->request->namespace)) {
        warn_if_exempt(job, ns);
    }
}

static void update(const Job *job, const Labelled *ns)
{
    Labelled old;
    if (!read_namespace(job, job->request->old_object, " old ", &old)) {
        return;
    }
    PsaLevelVersion enforce = ns->policy.modes[PSA_ENFORCE];
    if (ns->errors.count && !same_errors(&ns->errors, &old.errors)) {
        refuse_labels(job, ns);
    } else if (!is_stricter(enforce, old.policy.modes[PSA_ENFORCE])) {
        return;
    } else if (psa_is_exempt(job->config->exemptions.namespaces, job->request->namespace)) {
        warn_if_exempt(job, ns);
    } else {
        job->out->warnings = psa_dry_run(job->config, job->cluster, ns->name, enforce, job->arena);
    }
}

void psa_admit_namespace(const PsaConfig *config, const PsaCluster *cluster,
                         const PsaRequest *request, Arena *a, PsaDecision *out)
{
    Job job = { config, cluster, request, a, out };
    Labelled ns;
    if (request->subresource.len || !read_namespace(&job, request->object, "", &ns)) {
        return;
    }
    if (str_eq(request->operation, STR("CREATE"))) {
        create(&job, &ns);
    } else if (str_eq(request->operation, STR("UPDATE"))) {
        update(&job, &ns);
    }
}
