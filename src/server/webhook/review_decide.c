/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deciding a review: who is exempt is not asked about, what a plugin that does not enforce would
 * refuse is admitted and told, and who applies a workload hears of its pods.
 */
#include "server/webhook/review_decide.h"

#include "decide/rbac/impersonate.h"
#include "kube/workload.h"

/* Pod Security asks for the namespace's labels. */
static bool lacks_namespace(const Facts *facts, const AdmissionRequest *r)
{
    ObjectKey key = { STR(""), STR("Namespace"), STR(""), r->namespace };
    bool is_namespace = !r->group.len && str_eq(r->resource, STR("namespaces"));
    return r->namespace.len && !is_namespace && !facts->object(facts->cluster, key);
}

/* -- modes and exemptions ---------------------------------------------------------------------- */

static uint64_t plugin_bit(EnforcementPlugin plugin)
{
    return plugin == ENFORCEMENT_PSP ? ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY_POLICY)
                                     : ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY);
}

static void annotate(ReviewResult *answer, const char *key, Str value, Arena *a)
{
    AdmissionAnnotation *x = new(a, AdmissionAnnotation, 1);
    *x = (AdmissionAnnotation){ (AdmissionAnnotation *)(uintptr_t)answer->decision.audit,
                                str_from_c(key), value };
    answer->decision.audit = x;
}

static void warn(ReviewResult *answer, Str text, Arena *a)
{
    AdmissionWarning *w = new(a, AdmissionWarning, 1);
    *w = (AdmissionWarning){ (AdmissionWarning *)(uintptr_t)answer->decision.warnings, text };
    answer->decision.warnings = w;
}

/* The pod that a request is about; NULL when it is about none. */
static const Value *pod_of(const AdmissionRequest *r, Arena *a)
{
    Workload workload;
    Err err;
    if (!r->object || !workload_is(r->group, r->kind) ||
        !workload_read(r->object, a, &workload, &err)) {
        return NULL;
    }
    Value *pod = new(a, Value, 1);
    *pod = workload.pod;
    return pod;
}

static void drop_exempt(const ReviewOptions *options, AdmissionOptions *admission, Arena *a,
                        ReviewResult *answer)
{
    const Enforcement *e = options->enforcement;
    if (!e || !e->exemption_count) {
        return;
    }
    EnforcementSubject subject = { &answer->user, answer->request.namespace,
                                   pod_of(&answer->request, a) };
    for (int i = 0; i < ENFORCEMENT_PLUGIN_COUNT; i++) {
        uint64_t bit = plugin_bit((EnforcementPlugin)i);
        if (admission->plugins & bit) {
            answer->exempt[i] = enforcement_find(e, (EnforcementPlugin)i, &subject, options->today);
            admission->plugins &= answer->exempt[i] ? ~bit : UINT64_MAX;
        }
    }
}

/* Which of the two refused; false when it was neither. */
static bool refused_by(const AdmissionDecision *d, EnforcementPlugin *out)
{
    Str name = STR("");
    for (const AdmissionTrace *t = d->trace; t; t = t->next) {
        name = t->refused ? t->plugin : name;
    }
    for (int i = 0; i < ENFORCEMENT_PLUGIN_COUNT; i++) {
        AdmissionPluginId id = i == ENFORCEMENT_PSP ? ADMISSION_POD_SECURITY_POLICY
                                                    : ADMISSION_POD_SECURITY;
        if (str_eq(name, admission_plugin_name(id))) {
            *out = (EnforcementPlugin)i;
            return true;
        }
    }
    return false;
}

Str review_level(const AdmissionDecision *d)
{
    for (const AdmissionAnnotation *x = d->audit; x; x = x->next) {
        if (str_ends_with(x->key, STR("enforce-policy"))) {
            return x->value;
        }
    }
    return STR_ABSENT;
}

/* What a plugin that does not enforce would have refused is decided again without it. */
static void decide_by_modes(const Facts *facts, const ReviewOptions *options,
                            AdmissionOptions *admission, Arena *a, ReviewResult *answer)
{
    for (;;) {
        EnforcementPlugin plugin;
        admission_decide(facts, &answer->request, a, &answer->decision);
        answer->allowed = answer->decision.allowed;
        if (answer->decision.waits) {
            answer->waits = true;
            return;
        }
        EnforcementMode mode = ENFORCEMENT_ENFORCE;
        if (!answer->allowed && options->enforcement && refused_by(&answer->decision, &plugin)) {
            mode = enforcement_mode(options->enforcement, plugin, answer->request.namespace);
        }
        if (mode == ENFORCEMENT_ENFORCE) {
            break;
        }
        answer->passed[answer->passed_count++] = (ReviewPassed){
            plugin, mode, answer->decision.status,
            plugin == ENFORCEMENT_POD_SECURITY ? review_level(&answer->decision) : STR_ABSENT
        };
        admission->plugins &= ~plugin_bit(plugin);
    }
    /* Once for each request: the validating webhook says it. */
    for (size_t i = 0; i < answer->passed_count && options->phase != REVIEW_MUTATE; i++) {
        const ReviewPassed *p = &answer->passed[i];
        if (p->mode == ENFORCEMENT_WARN) {
            warn(answer, arena_concat(a, STR("would be refused: "), p->status.message), a);
        }
        annotate(answer,
                 p->plugin == ENFORCEMENT_PSP ? "would-refuse-podsecuritypolicy"
                                              : "would-refuse-podsecurity",
                 p->status.message, a);
    }
    for (int i = 0; i < ENFORCEMENT_PLUGIN_COUNT; i++) {
        if (answer->exempt[i]) {
            annotate(answer,
                     i == ENFORCEMENT_PSP ? "exempt-podsecuritypolicy" : "exempt-podsecurity",
                     answer->exempt[i]->name, a);
        }
    }
}

/* Who applies a workload should know that its pods will be refused: otherwise only an event of a
 * controller says so. Pod Security warns by itself. */
static void warn_of_pods(const Facts *facts, const ReviewOptions *options, Arena *a,
                         ReviewResult *answer)
{
    const AdmissionRequest *r = &answer->request;
    uint64_t psp = options->plugins & plugin_bit(ENFORCEMENT_PSP);
    Workload workload;
    Err err;
    if (!psp || answer->exempt[ENFORCEMENT_PSP] || r->subresource.len ||
        !workload_is(r->group, r->kind) || !workload_read(r->object, a, &workload, &err) ||
        !workload.controller.len) {
        return;
    }
    UserInfo controller = rbac_impersonated_user(
        arena_concat(a, STR("system:serviceaccount:kube-system:"), workload.controller),
        (StrList){ NULL, 0 }, a);
    Value *spec = value_need_object(&workload.pod, STR("spec"), a);
    if (spec && !value_get_str(spec, STR("serviceAccountName")).len) {
        value_set_lit(spec, "serviceAccountName", value_str(STR("default")), a);
    }
    AdmissionOptions admission = { .plugins = psp, .steps = ADMISSION_STEP_DEFAULT };
    AdmissionRequest pod = {
        .operation = ADMISSION_CREATE,
        .user = &controller,
        .group = STR(""),
        .version = STR("v1"),
        .resource = STR("pods"),
        .subresource = STR(""),
        .kind = STR("Pod"),
        .namespace = r->namespace,
        .name = STR(""),
        .object = &workload.pod,
        .target = r->target,
        .options = &admission,
        .access = options->access,
    };
    AdmissionDecision decision;
    admission_decide(facts, &pod, a, &decision);
    answer->waits = decision.waits;
    if (!decision.allowed && !decision.waits) {
        warn(answer,
             arena_printf(a, "pods of this %.*s would be refused: %.*s", STR_ARG(r->kind),
                          STR_ARG(decision.status.message)),
             a);
    }
}

void review_decide(const Facts *facts, const ReviewOptions *options, AdmissionOptions *admission,
                   Arena *a, ReviewResult *answer)
{
    uint64_t pod_security = ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY);
    if (!(answer->request.operation & (ADMISSION_CREATE | ADMISSION_UPDATE))) {
        return;
    }
    if (review_is_policy(&answer->request)) {
        review_policy(options, a, answer);
        return;
    }
    if ((admission->plugins & pod_security) && !admission->only_mutating &&
        lacks_namespace(facts, &answer->request)) {
        if (options->needs_namespace) {
            answer->allowed = false;
            answer->lacks_namespace = true;
            answer->decision.status = status_internal(
                a, arena_printf(a, "namespace \"%.*s\" is not known to podgate yet",
                                STR_ARG(answer->request.namespace)));
            return;
        }
        /* The cluster's files do not say which level it enforces. */
        admission->plugins &= ~pod_security;
    }
    drop_exempt(options, admission, a, answer);
    decide_by_modes(facts, options, admission, a, answer);
    if (answer->allowed && options->phase == REVIEW_VALIDATE) {
        warn_of_pods(facts, options, a, answer);
    }
    if (!answer->allowed && options->access && options->access->problem.len) {
        warn(answer,
             arena_concat(a, STR("podgate could not ask who may use which policy: "),
                          options->access->problem),
             a);
    }
}
