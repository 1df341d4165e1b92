/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DefaultIngressClass: an ingress that names no class gets the one that is marked as the default.
 *
 * Source: Kubernetes plugin/pkg/admission/network/defaultingressclass
 */
#include "decide/admission/run.h"

enum { NEWEST_COUNTS_SINCE = 26 }; /* before, several defaults were an error */

static bool is_default(const Value *class)
{
    const Value *mark = value_at(class, "metadata", "annotations",
                                 "ingressclass.kubernetes.io/is-default-class", NULL);
    return str_eq(value_as_str(mark), STR("true"));
}

static Str created(const Value *class)
{
    return value_as_str(value_at(class, "metadata", "creationTimestamp", NULL));
}

/* The newest of them; of several equally old the first by name. */
static const Value *find_default(const AdmissionRun *run, size_t *count)
{
    ObjectKey key = { STR("networking.k8s.io"), STR("IngressClass"), STR(""), STR("") };
    ObjectList classes = run->facts->objects(run->facts->cluster, key);
    const Value *found = NULL;
    *count = 0;
    for (size_t i = 0; i < classes.count; i++) {
        if (is_default(classes.items[i])) {
            ++*count;
            if (found == NULL || str_cmp(created(classes.items[i]), created(found)) > 0) {
                found = classes.items[i];
            }
        }
    }
    return found;
}

/* The annotation, even an empty one, is how a class was named before there was a field. */
static bool names_class(const Value *ingress)
{
    return value_at(ingress, "metadata", "annotations", "kubernetes.io/ingress.class", NULL) ||
           !value_is_null(value_at(ingress, "spec", "ingressClassName", NULL));
}

static bool mutate(AdmissionRun *run)
{
    if (!admission_is(run, "networking.k8s.io", "ingresses", "") || names_class(&run->object)) {
        return true;
    }
    size_t count;
    const Value *class = find_default(run, &count);
    if (class == NULL) {
        return true;
    }
    if (count > 1 && run->request->target->minor < NEWEST_COUNTS_SINCE) {
        return admission_forbid(run,
                                "Internal error occurred: %zu default IngressClasses were found, "
                                "only 1 allowed",
                                count);
    }
    Value *spec = value_need_object(admission_own(run), STR("spec"), run->arena);
    Str name = value_as_str(value_at(class, "metadata", "name", NULL));
    if (spec) {
        value_set_lit(spec, "ingressClassName", value_str(name), run->arena);
        admission_note(run, "set ingressClassName %.*s", STR_ARG(name));
    }
    return true;
}

const AdmissionPlugin admission_default_ingress_class = {
    .name = STR_INIT("DefaultIngressClass"),
    .operations = ADMISSION_CREATE,
    .mutate = mutate,
};
