/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NamespaceLifecycle: nothing is made in a namespace that is missing or being deleted, and the
 * namespaces that a cluster cannot do without are not deleted.
 *
 * Source: k8s.io/apiserver pkg/admission/plugin/namespace/lifecycle
 */
#include "decide/admission/run.h"

static const Str immortal[] = { STR_INIT("default"), STR_INIT("kube-system"),
                                STR_INIT("kube-public") };

/* Reviews say nothing about namespaces, not even that one is missing. */
static bool is_access_review(const AdmissionRun *run)
{
    return admission_is(run, "authorization.k8s.io", "localsubjectaccessreviews", "");
}

static bool refuse_terminating(AdmissionRun *run, Str namespace)
{
    (void)admission_forbid(
        run, "unable to create new content in namespace %.*s because it is being terminated",
        STR_ARG(namespace));
    run->decision->status.cause = arena_printf(run->arena, "namespace %.*s is being terminated",
                                               STR_ARG(namespace));
    run->decision->status.cause_reason = STR("NamespaceTerminating");
    run->decision->status.cause_field = STR("metadata.namespace");
    return false;
}

static bool mutate(AdmissionRun *run)
{
    const AdmissionRequest *r = run->request;
    bool is_namespace = r->group.len == 0 && str_eq(r->kind, STR("Namespace"));
    if (is_namespace) {
        for (size_t i = 0; i < COUNT_OF(immortal) && r->operation == ADMISSION_DELETE; i++) {
            if (str_eq(r->name, immortal[i])) {
                return admission_forbid(run, "this namespace may not be deleted");
            }
        }
        return true;
    }
    if (r->namespace.len == 0 || r->operation == ADMISSION_DELETE || is_access_review(run)) {
        return true;
    }
    ObjectKey key = { STR(""), STR("Namespace"), STR(""), r->namespace };
    const Value *namespace = run->facts->object(run->facts->cluster, key);
    if (namespace == NULL) {
        return admission_refuse(
            run, status_not_found(run->arena, STR(""), STR("namespaces"), r->namespace));
    }
    Str phase = value_as_str(value_at(namespace, "status", "phase", NULL));
    if (r->operation == ADMISSION_CREATE && str_eq(phase, STR("Terminating"))) {
        return refuse_terminating(run, r->namespace);
    }
    return true;
}

const AdmissionPlugin admission_namespace_lifecycle = {
    .name = STR_INIT("NamespaceLifecycle"),
    .operations = ADMISSION_CREATE | ADMISSION_UPDATE | ADMISSION_DELETE,
    .mutate = mutate,
};
