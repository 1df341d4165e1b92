/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PodSecurity: a pod must meet the Pod Security Standard that its namespace enforces. What the
 * levels ask for, and how the namespace says which it wants, is decide/psa; here a request of the
 * chain is put to it, and its answer into the chain's words.
 *
 * It only validates. Clusters have it since 1.23; a version judges newer standards as its own.
 *
 * Source: Kubernetes plugin/pkg/admission/security/podsecurity
 */
#include "decide/admission/run.h"
#include "decide/psa/admission.h"

#define ANNOTATION_PREFIX "pod-security.kubernetes.io/"

static bool looks_at(const AdmissionRequest *r)
{
    static const struct {
        Str group;
        Str resource;
    } resources[] = {
        { STR_INIT(""), STR_INIT("pods") },
        { STR_INIT(""), STR_INIT("namespaces") },
        { STR_INIT(""), STR_INIT("replicationcontrollers") },
        { STR_INIT(""), STR_INIT("podtemplates") },
        { STR_INIT("apps"), STR_INIT("replicasets") },
        { STR_INIT("apps"), STR_INIT("deployments") },
        { STR_INIT("apps"), STR_INIT("statefulsets") },
        { STR_INIT("apps"), STR_INIT("daemonsets") },
        { STR_INIT("batch"), STR_INIT("jobs") },
        { STR_INIT("batch"), STR_INIT("cronjobs") },
    };
    for (size_t i = 0; i < COUNT_OF(resources); i++) {
        if (str_eq(r->group, resources[i].group) && str_eq(r->resource, resources[i].resource)) {
            return true;
        }
    }
    return false;
}

static PsaRequest make_request(const AdmissionRun *run)
{
    const AdmissionRequest *r = run->request;
    bool is_namespace = str_eq(r->resource, STR("namespaces"));
    Str name = r->name;
    if (!name.len) { /* by now generated names are known */
        name = value_as_str(value_at(&run->object, "metadata", "name", NULL));
    }
    return (PsaRequest){
        .operation = r->operation == ADMISSION_UPDATE ? STR("UPDATE") : STR("CREATE"),
        .group = r->group,
        .resource = r->resource,
        .subresource = r->subresource,
        .kind_group = r->group,
        .kind_version = r->version,
        .kind = r->kind,
        .namespace = is_namespace ? name : r->namespace,
        .name = name,
        .user = r->user->name,
        .object = &run->object,
        .old_object = run->old_object,
        .is_decoded = true, /* by the chain, or by the API server that sent a review */
    };
}

static void say(AdmissionRun *run, const PsaDecision *d)
{
    for (size_t i = 0; i < d->warnings.count; i++) {
        admission_warn(run, d->warnings.items[i]);
    }
    for (size_t i = 0; i < d->annotation_count; i++) {
        const PsaAnnotation *annotation = &d->annotations[i];
        bool is_silent = str_eq(annotation->value, STR("privileged:latest"));
        admission_audit(run, arena_concat(run->arena, STR(ANNOTATION_PREFIX), annotation->key),
                        annotation->value);
        if (d->allowed && !is_silent) {
            admission_note(run, "%.*s: %.*s", STR_ARG(annotation->key), STR_ARG(annotation->value));
        }
    }
}

static bool validate(AdmissionRun *run)
{
    const AdmissionRequest *r = run->request;
    if (!kube_has(r->target, FEATURE_POD_SECURITY) || !looks_at(r)) {
        return true;
    }
    PsaConfig config = run->options->pod_security ? *run->options->pod_security
                                                  : psa_config_default;
    if (!config.minor_max) {
        config.minor_max = r->target->minor;
    }
    PsaCluster cluster = psa_cluster_of(run->facts);
    PsaRequest request = make_request(run);
    PsaDecision decision;
    psa_admit(&config, &cluster, &request, run->arena, &decision);
    say(run, &decision);
    return decision.allowed || admission_refuse(run, decision.status);
}

const AdmissionPlugin admission_pod_security = {
    .name = STR_INIT("PodSecurity"),
    .operations = ADMISSION_CREATE | ADMISSION_UPDATE,
    .validate = validate,
};
