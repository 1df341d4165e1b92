/* SPDX-License-Identifier: Apache-2.0 */
/* Pod Security Admission of pods and of what makes pods. */
#include "decide/psa/admit.h"

/* -- what is said ----------------------------------------------------------------------------- */

void psa_annotate(PsaDecision *out, Str key, Str value)
{
    size_t at = out->annotation_count++;
    while (at > 0 && str_cmp(out->annotations[at - 1].key, key) > 0) {
        out->annotations[at] = out->annotations[at - 1];
        at--;
    }
    out->annotations[at] = (PsaAnnotation){ key, value };
}

static PsaMetric *add_metric(PsaDecision *out, PsaMetricKind kind)
{
    PsaMetric *m = &out->metrics[out->metric_count++];
    *m = (PsaMetric){ .kind = kind };
    return m;
}

static void count_error(PsaDecision *out, bool fatal)
{
    add_metric(out, PSA_METRIC_ERROR)->fatal = fatal;
}

static void count_evaluation(PsaDecision *out, PsaMode mode, PsaLevelVersion policy, bool denied)
{
    PsaMetric *m = add_metric(out, PSA_METRIC_EVALUATION);
    m->mode = mode;
    m->policy = policy;
    m->denied = denied;
}

static void exempt(PsaDecision *out, Str why)
{
    psa_annotate(out, STR("exempt"), why);
    add_metric(out, PSA_METRIC_EXEMPTION);
}

void psa_refuse(PsaDecision *out, Status status)
{
    out->allowed = false;
    out->status = status;
}

void psa_fail_request(PsaDecision *out, Status status, Str cause, Arena *a)
{
    psa_refuse(out, status);
    Str text = status.message;
    if (cause.ptr) {
        text = arena_printf(a, "%.*s: %.*s", STR_ARG(status.message), STR_ARG(cause));
    }
    psa_annotate(out, STR("error"), text);
}

bool psa_is_exempt(StrList names, Str name)
{
    return name.len && str_list_has(names, name);
}

Str psa_lookup_error(Str namespace, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "failed to lookup namespace ");
    buf_go_quoted(&b, namespace);
    return buf_str(&b);
}

static Str not_found(Str namespace, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "namespaces ");
    buf_go_quoted(&b, namespace);
    buf_lit(&b, " not found");
    return buf_str(&b);
}

/* -- evaluating one pod --------------------------------------------------------------------------
 */

/* What is known of the request so far, for pods and controllers alike. */
typedef struct Job {
    const PsaConfig *config;
    const PsaRequest *request;
    Arena *arena;
    PsaDecision *out;
    PsaPolicy policy;
    FieldErrors label_errors;
} Job;

/* `violates PodSecurity "LEVEL:VERSION": DETAIL`; absent when the pod meets the level. */
static Str violation(PsaLevelVersion policy, int64_t minor_max, const PodView *pod, Arena *a)
{
    PsaOptions options = { .minor_max = minor_max };
    PsaResult result;
    psa_evaluate(pod, policy, &options, a, &result);
    if (psa_allowed(&result)) {
        return STR_ABSENT;
    }
    Buf b = buf_new(a);
    buf_lit(&b, "violates PodSecurity \"");
    psa_level_version_write(policy, &b);
    buf_lit(&b, "\": ");
    psa_write_detail(&result, &b);
    return buf_str(&b);
}

/* The same for a mode, worked out once for modes that ask for the same. */
static Str violation_of_mode(const Job *job, PsaMode mode, const PodView *pod, bool *done,
                             Str *texts)
{
    const PsaLevelVersion *modes = job->policy.modes;
    for (unsigned other = 0; other < PSA_MODE_COUNT; other++) {
        if (done[other] && psa_level_version_eq(modes[other], modes[mode])) {
            return texts[other];
        }
    }
    texts[mode] = violation(modes[mode], job->config->minor_max, pod, job->arena);
    done[mode] = true;
    return texts[mode];
}

/* "violates ..." as what would happen: "would violate ..." */
static Str as_would(Str text, Arena *a)
{
    return arena_concat(a, STR("would violate"), str_cut_prefix(text, STR("violates")));
}

static void enforce_on(Job *job, Str text)
{
    const PsaRequest *r = job->request;
    PsaLevelVersion policy = job->policy.modes[PSA_ENFORCE];
    Buf asked = buf_new(job->arena);
    psa_level_version_write(policy, &asked);
    psa_annotate(job->out, STR("enforce-policy"), buf_str(&asked));
    count_evaluation(job->out, PSA_ENFORCE, policy, text.ptr != NULL);
    if (text.ptr) {
        psa_refuse(job->out, status_forbidden(job->arena, r->group, r->resource, r->name, text));
    }
}

static void warn_of(Job *job, Str text)
{
    Str *warning = new(job->arena, Str, 1);
    *warning = as_would(text, job->arena);
    job->out->warnings = (StrList){ warning, 1 };
    count_evaluation(job->out, PSA_WARN, job->policy.modes[PSA_WARN], true);
}

static void evaluate(Job *job, const PodView *pod, bool enforce)
{
    PsaDecision *out = job->out;
    bool done[PSA_MODE_COUNT] = { false };
    Str texts[PSA_MODE_COUNT];
    if (psa_is_exempt(job->config->exemptions.runtime_classes, pod->runtime_class_name)) {
        exempt(out, STR("runtimeClass"));
        return;
    }
    if (job->label_errors.count) {
        Buf b = buf_new(job->arena);
        buf_lit(&b, "Failed to parse policy: ");
        field_errors_write_aggregate(&job->label_errors, &b);
        psa_annotate(out, STR("error"), buf_str(&b));
        count_error(out, false);
    }
    if (enforce) {
        enforce_on(job, violation_of_mode(job, PSA_ENFORCE, pod, done, texts));
    }
    Str audit = violation_of_mode(job, PSA_AUDIT, pod, done, texts);
    if (audit.ptr) {
        psa_annotate(out, STR("audit-violations"), as_would(audit, job->arena));
        count_evaluation(out, PSA_AUDIT, job->policy.modes[PSA_AUDIT], true);
    }
    if (out->allowed) { /* a refusal says enough */
        Str warn = violation_of_mode(job, PSA_WARN, pod, done, texts);
        if (warn.ptr) {
            warn_of(job, warn);
        }
    }
}

/* -- before that ---------------------------------------------------------------------------------
 */

/* True when the namespace or the user is exempt, and the answer given. */
static bool request_is_exempt(const Job *job)
{
    const PsaExemptions *e = &job->config->exemptions;
    if (psa_is_exempt(e->namespaces, job->request->namespace)) {
        exempt(job->out, STR("namespace"));
        return true;
    }
    if (psa_is_exempt(e->usernames, job->request->user)) {
        exempt(job->out, STR("user"));
        return true;
    }
    return false;
}

/* Fills in the policy; false when there is no such namespace. */
static bool read_policy(Job *job, const PsaCluster *cluster)
{
    const Value *namespace = cluster->namespace(cluster->context, job->request->namespace);
    if (!namespace) {
        return false;
    }
    psa_policy_from_labels(value_at(namespace, "metadata", "labels", NULL), &job->config->defaults,
                           &job->label_errors, &job->policy);
    return true;
}

bool psa_decode(const PsaRequest *r, const Value *v, Arena *a, PsaObject *out, Err *err)
{
    PsaKind kind = { r->kind_group, r->kind_version, r->kind };
    if (value_is_null(v)) {
        *out = (PsaObject){ .value = value_null() };
        return true;
    }
    if (r->is_decoded) {
        *out = (PsaObject){ kind, *v };
        return true;
    }
    return psa_object_decode(v, &kind, a, out, err);
}

/* -- pods ----------------------------------------------------------------------------------------
 */

static bool same_images(const ContainerView *a, const ContainerView *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!str_eq(a[i].image, b[i].image)) {
            return false;
        }
    }
    return true;
}

static const ContainerView *ephemeral_containers(const PodView *pod, size_t *count)
{
    size_t before = pod->init_count + pod->regular_count;
    *count = pod->container_count - before;
    return *count ? pod->containers + before : NULL;
}

/* Does every ephemeral container have a namesake of the same image in the old pod? */
static bool ephemeral_containers_were_there(const PodView *pod, const PodView *old, Arena *a)
{
    size_t count;
    size_t old_count;
    const ContainerView *now = ephemeral_containers(pod, &count);
    const ContainerView *before = ephemeral_containers(old, &old_count);
    if (count == 0) {
        return true;
    }
    Map by_name = map_new(a);
    for (size_t i = 0; i < old_count; i++) {
        void **first = map_at(&by_name, before[i].name);
        if (!*first) {
            *first = (void *)(uintptr_t)(i + 1);
        }
    }
    for (size_t i = 0; i < count; i++) {
        uintptr_t at = (uintptr_t)map_get(&by_name, now[i].name);
        if (at == 0 || !str_eq(before[at - 1].image, now[i].image)) {
            return false;
        }
    }
    return true;
}

/* Only what an update can bring that bears on a policy: images, and ephemeral containers. */
static bool is_significant_update(const PodView *pod, const PodView *old, Arena *a)
{
    return pod->regular_count != old->regular_count || pod->init_count != old->init_count ||
           !same_images(pod->containers, old->containers, pod->init_count + pod->regular_count) ||
           !ephemeral_containers_were_there(pod, old, a);
}

/* "" for the object, "old " for the old one */
static bool read_pod(Job *job, const Value *v, const char *which, PodView *out)
{
    PsaObject object;
    Err err;
    Arena *a = job->arena;
    if (!psa_decode(job->request, v, a, &object, &err) ||
        (psa_object_is(&object, "Pod") && !pod_view_read(&object.value, a, out, &err))) {
        Str why = arena_printf(a, "failed to decode %sobject", which);
        psa_fail_request(job->out, status_bad_request(a, why), err.msg, a);
        return false;
    }
    if (!psa_object_is(&object, "Pod")) {
        Str why = arena_printf(a, "failed to decode %spod", which);
        psa_fail_request(job->out, status_bad_request(a, why), STR_ABSENT, a);
        return false;
    }
    return true;
}

static bool pod_subresource_is_ignored(Str subresource)
{
    static const Str ignored[] = {
        STR_INIT("exec"), STR_INIT("attach"),      STR_INIT("binding"), STR_INIT("eviction"),
        STR_INIT("log"),  STR_INIT("portforward"), STR_INIT("proxy"),   STR_INIT("status"),
    };
    return str_list_has((StrList){ ignored, COUNT_OF(ignored) }, subresource);
}

static void admit_pod(Job *job, const PsaCluster *cluster)
{
    const PsaRequest *r = job->request;
    PsaDecision *out = job->out;
    Arena *a = job->arena;
    PodView pod;
    PodView old;
    if (pod_subresource_is_ignored(r->subresource) || request_is_exempt(job)) {
        return;
    }
    if (!read_policy(job, cluster)) {
        count_error(out, true);
        psa_fail_request(out, status_internal(a, psa_lookup_error(r->namespace, a)),
                         not_found(r->namespace, a), a);
        return;
    }
    if (!job->label_errors.count && psa_policy_is_privileged(&job->policy)) {
        psa_annotate(out, STR("enforce-policy"), STR("privileged:latest"));
        count_evaluation(out, PSA_ENFORCE, job->policy.modes[PSA_ENFORCE], false);
        return;
    }
    bool is_update = str_eq(r->operation, STR("UPDATE"));
    if (!read_pod(job, r->object, "", &pod) ||
        (is_update && !read_pod(job, r->old_object, "old ", &old))) {
        count_error(out, true);
        return;
    }
    if (!is_update || is_significant_update(&pod, &old, a)) {
        evaluate(job, &pod, true);
    }
}

/* -- controllers ---------------------------------------------------------------------------------
 */

/* A controller that cannot be judged is let through: its pods will be judged. */
static void let_through(Job *job, Str what, Str why)
{
    count_error(job->out, true);
    psa_annotate(job->out, STR("error"),
                 arena_printf(job->arena, "%.*s: %.*s", STR_ARG(what), STR_ARG(why)));
}

static void admit_controller(Job *job, const PsaCluster *cluster)
{
    const PsaRequest *r = job->request;
    Arena *a = job->arena;
    PsaObject object;
    const Value *template;
    PodView pod;
    Err err;
    if (r->subresource.len || request_is_exempt(job)) {
        return;
    }
    if (!read_policy(job, cluster)) {
        let_through(job, psa_lookup_error(r->namespace, a), not_found(r->namespace, a));
        return;
    }
    if (!job->label_errors.count && job->policy.modes[PSA_WARN].level == PSA_PRIVILEGED &&
        job->policy.modes[PSA_AUDIT].level == PSA_PRIVILEGED) {
        return;
    }
    if (!psa_decode(r, r->object, a, &object, &err)) {
        let_through(job, STR("failed to decode object"), err.msg);
        return;
    }
    if (!psa_object_pod(&object, a, &template, &err)) {
        let_through(job, STR("failed to extract pod template"), err.msg);
        return;
    }
    if (!template) {
        return;
    }
    if (!pod_view_read(template, a, &pod, &err)) {
        let_through(job, STR("failed to decode object"), err.msg);
        return;
    }
    evaluate(job, &pod, false);
}

void psa_admit(const PsaConfig *config, const PsaCluster *cluster, const PsaRequest *request,
               Arena *a, PsaDecision *out)
{
    *out = (PsaDecision){ .allowed = true };
    bool is_core = request->group.len == 0;
    if (is_core && str_eq(request->resource, STR("namespaces"))) {
        psa_admit_namespace(config, cluster, request, a, out);
        return;
    }
    Job job = {
        .config = config,
        .request = request,
        .arena = a,
        .out = out,
        .label_errors = field_errors_new(a),
    };
    if (is_core && str_eq(request->resource, STR("pods"))) {
        admit_pod(&job, cluster);
    } else {
        admit_controller(&job, cluster);
    }
}

/* -- a cluster out of facts
 * ------------------------------------------------------------------------ */

static const Value *facts_namespace(const void *context, Str name)
{
    const Facts *facts = context;
    return facts->object(facts->cluster, (ObjectKey){ .group = STR(""),
                                                      .kind = STR("Namespace"),
                                                      .namespace = STR(""),
                                                      .name = name });
}

static bool facts_pods(const void *context, Str namespace, ObjectList *out)
{
    const Facts *facts = context;
    *out = facts->objects(
        facts->cluster,
        (ObjectKey){ .group = STR(""), .kind = STR("Pod"), .namespace = namespace });
    return true;
}

PsaCluster psa_cluster_of(const Facts *facts)
{
    return (PsaCluster){ .context = facts, .namespace = facts_namespace, .pods = facts_pods };
}
