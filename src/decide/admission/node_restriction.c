/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NodeRestriction: a kubelet (a user system:node:NAME of the group system:nodes) may write only
 * what is its own: mirror pods that run on it, its node without labels that steer workloads, its
 * lease, its CSINode, the status of claims, tokens bound to its pods.
 *
 * Source: Kubernetes plugin/pkg/admission/noderestriction
 */
#include "decide/admission/pod_references.h"
#include "decide/admission/run.h"

#include <stdlib.h>

#define NODE_USER_PREFIX "system:node:"
#define NODES_GROUP "system:nodes"
#define LEASE_NAMESPACE "kube-node-lease"
#define RESTRICTION_NAMESPACE "node-restriction.kubernetes.io"

enum {
    CLAIMS_SINCE = 32,           /* mirror pods with resource claims are refused */
    OWNERS_OF_NODES_SINCE = 31,  /* of patch releases in which a node keeps its owners */
    EXPANSION_FAILURE_SINCE = 32 /* RecoverVolumeExpansionFailure: two more fields of a claim */
};

/* Go's %q of a name, for messages. */
static Str quoted(const AdmissionRun *run, Str s)
{
    Buf b = buf_new(run->arena);
    buf_go_quoted(&b, s);
    return buf_str(&b);
}

static Str operation_name(const AdmissionRun *run)
{
    switch (run->request->operation) {
    case ADMISSION_CREATE:
        return STR("CREATE");
    case ADMISSION_UPDATE:
        return STR("UPDATE");
    case ADMISSION_DELETE:
        return STR("DELETE");
    case ADMISSION_CONNECT:
        return STR("CONNECT");
    }
    return STR("");
}

static Str text_at(const Value *object, const char *first, const char *second)
{
    Str s = value_as_str(value_at(object, first, second, NULL));
    return s.ptr ? s : STR("");
}

static const Value *find(const AdmissionRun *run, const char *kind, Str namespace, Str name)
{
    ObjectKey key = { STR(""), str_from_c(kind), namespace, name };
    return run->facts->object(run->facts->cluster, key);
}

/* -- pods -------------------------------------------------------------------------------------- */

/* The pod's one owner is the node. */
static bool check_owner(AdmissionRun *run, Str node)
{
    Str q = quoted(run, node);
    const Value *owners = value_at(&run->object, "metadata", "ownerReferences", NULL);
    if (value_len(owners) > 1) {
        return admission_forbid(
            run, "node %.*s can only create pods with a single owner reference set to itself",
            STR_ARG(q));
    }
    const Value *owner = value_item(owners, 0);
    if (!str_eq(value_get_str(owner, STR("apiVersion")), STR("v1")) ||
        !str_eq(value_get_str(owner, STR("kind")), STR("Node")) ||
        !str_eq(value_get_str(owner, STR("name")), node)) {
        return admission_forbid(
            run, "node %.*s can only create pods with an owner reference set to itself",
            STR_ARG(q));
    }
    if (!value_get_bool(owner, STR("controller")).value) {
        return admission_forbid(
            run, "node %.*s can only create pods with a controller owner reference set to itself",
            STR_ARG(q));
    }
    if (value_get_bool(owner, STR("blockOwnerDeletion")).value) {
        return admission_forbid(
            run, "node %.*s must not set blockOwnerDeletion on an owner reference", STR_ARG(q));
    }
    const Value *stored = find(run, "Node", STR(""), node);
    if (stored == NULL) {
        return admission_refuse(run, status_not_found(run->arena, STR(""), STR("node"), node));
    }
    Str uid = value_get_str(owner, STR("uid"));
    Str wanted = text_at(stored, "metadata", "uid");
    if (!str_eq(uid, wanted)) {
        return admission_forbid(run, "node %.*s UID mismatch: expected %.*s got %.*s",
                                STR_ARG(node), STR_ARG(uid), STR_ARG(wanted));
    }
    return true;
}

static bool create_pod(AdmissionRun *run, Str node)
{
    Str q = quoted(run, node);
    const Value *spec = value_get_lit(&run->object, "spec");
    if (!pod_is_mirror(&run->object)) {
        return admission_forbid(run,
                                "pod does not have \"" POD_MIRROR_ANNOTATION
                                "\" annotation, node %.*s can only create mirror pods",
                                STR_ARG(q));
    }
    if (!str_eq(value_get_str(spec, STR("nodeName")), node)) {
        return admission_forbid(
            run, "node %.*s can only create pods with spec.nodeName set to itself", STR_ARG(q));
    }
    if (!check_owner(run, node)) {
        return false;
    }
    const struct {
        bool names;
        const char *what;
    } references[] = {
        { value_get_str(spec, STR("serviceAccountName")).len > 0, "a service account" },
        { pod_names_secret(spec), "secrets" },
        { pod_names_config_map(spec), "configmaps" },
        { pod_projects(spec, "clusterTrustBundle"), "clustertrustbundles" },
        { pod_has_volume(spec, "persistentVolumeClaim"), "persistentvolumeclaims" },
        { value_len(value_get_lit(spec, "resourceClaims")) > 0 &&
              run->request->target->minor >= CLAIMS_SINCE,
          "resourceclaims" },
    };
    for (size_t i = 0; i < COUNT_OF(references); i++) {
        if (references[i].names) {
            return admission_forbid(run, "node %.*s can not create pods that reference %s",
                                    STR_ARG(q), references[i].what);
        }
    }
    return true;
}

/* The stored pod of the request; refused when there is none. */
static const Value *stored_pod(AdmissionRun *run, Str name)
{
    const Value *pod = find(run, "Pod", run->request->namespace, name);
    if (pod == NULL) {
        (void)admission_refuse(run, status_not_found(run->arena, STR(""), STR("pod"), name));
    }
    return pod;
}

static bool write_pod(AdmissionRun *run, Str node)
{
    Str q = quoted(run, node);
    if (run->request->operation == ADMISSION_CREATE) {
        return create_pod(run, node);
    }
    if (run->request->operation != ADMISSION_DELETE) {
        return admission_forbid(
            run, "unexpected operation \"%.*s\", node %.*s can only create and delete mirror pods",
            STR_ARG(operation_name(run)), STR_ARG(q));
    }
    const Value *pod = stored_pod(run, run->request->name);
    if (pod == NULL) {
        return false;
    }
    if (!str_eq(text_at(pod, "spec", "nodeName"), node)) {
        return admission_forbid(
            run, "node %.*s can only delete pods with spec.nodeName set to itself", STR_ARG(q));
    }
    return true;
}

static bool write_pod_status(AdmissionRun *run, Str node)
{
    Str q = quoted(run, node);
    if (run->request->operation != ADMISSION_UPDATE) {
        return admission_forbid(run, "unexpected operation \"%.*s\"", STR_ARG(operation_name(run)));
    }
    if (!str_eq(text_at(run->old_object, "spec", "nodeName"), node)) {
        return admission_forbid(
            run, "node %.*s can only update pod status for pods with spec.nodeName set to itself",
            STR_ARG(q));
    }
    const Value *labels = value_at(&run->object, "metadata", "labels", NULL);
    const Value *old_labels = value_at(run->old_object, "metadata", "labels", NULL);
    bool equal = value_len(labels) == 0 ? value_len(old_labels) == 0
                                        : value_equal(labels, old_labels);
    return equal ||
           admission_forbid(run, "node %.*s cannot update labels through pod status", STR_ARG(q));
}

static bool evict_pod(AdmissionRun *run, Str node)
{
    if (run->request->operation != ADMISSION_CREATE) {
        return admission_forbid(run, "unexpected operation %.*s", STR_ARG(operation_name(run)));
    }
    Str name = run->request->name.len ? run->request->name
                                      : text_at(&run->object, "metadata", "name");
    if (name.len == 0) {
        return admission_forbid(run, "could not determine pod from request data");
    }
    const Value *pod = stored_pod(run, name);
    if (pod == NULL) {
        return false;
    }
    return str_eq(text_at(pod, "spec", "nodeName"), node) ||
           admission_forbid(run, "node %.*s can only evict pods with spec.nodeName set to itself",
                            STR_ARG(node));
}

static bool restrict_pods(AdmissionRun *run, Str node)
{
    Str subresource = run->request->subresource;
    if (subresource.len == 0) {
        return write_pod(run, node);
    }
    if (str_eq(subresource, STR("status"))) {
        return write_pod_status(run, node);
    }
    if (str_eq(subresource, STR("eviction"))) {
        return evict_pod(run, node);
    }
    return admission_forbid(
        run, "unexpected pod subresource %.*s, only 'status' and 'eviction' are allowed",
        STR_ARG(quoted(run, subresource)));
}

/* -- nodes --------------------------------------------------------------------------------------
 */

static const Str kubelet_labels[] = {
    STR_INIT("kubernetes.io/hostname"),
    STR_INIT("topology.kubernetes.io/zone"),
    STR_INIT("topology.kubernetes.io/region"),
    STR_INIT("failure-domain.beta.kubernetes.io/zone"),
    STR_INIT("failure-domain.beta.kubernetes.io/region"),
    STR_INIT("beta.kubernetes.io/instance-type"),
    STR_INIT("node.kubernetes.io/instance-type"),
    STR_INIT("kubernetes.io/os"),
    STR_INIT("kubernetes.io/arch"),
    STR_INIT("beta.kubernetes.io/os"),
    STR_INIT("beta.kubernetes.io/arch"),
};

/* Is namespace ("kubernetes.io") this one or below it ("x.kubernetes.io")? */
static bool is_within(Str namespace, const char *domain)
{
    Str d = str_from_c(domain);
    return str_ends_with(namespace, d) &&
           (namespace.len == d.len || namespace.ptr[namespace.len - d.len - 1] == '.');
}

static bool is_forbidden_label(Str key)
{
    Str namespace, rest;
    if (!str_split_once(key, '/', &namespace, &rest)) {
        return false;
    }
    if (is_within(namespace, RESTRICTION_NAMESPACE)) {
        return true;
    }
    bool kubernetes = is_within(namespace, "kubernetes.io") || is_within(namespace, "k8s.io");
    bool kubelet = str_list_has((StrList){ kubelet_labels, COUNT_OF(kubelet_labels) }, key) ||
                   is_within(namespace, "kubelet.kubernetes.io") ||
                   is_within(namespace, "node.kubernetes.io");
    return kubernetes && !kubelet;
}

static int str_order(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

/* The labels that one of the two has otherwise than the other and that a node may not touch; as
 * "a, b", "" for none. */
static Str forbidden_labels(const AdmissionRun *run, const Value *labels, const Value *old)
{
    Str *keys = new(run->arena, Str, value_len(labels) + value_len(old));
    size_t count = 0;
    VALUE_EACH_MEMBER(m, labels) {
        Str before = value_get_str(old, member_key(m));
        bool same = before.ptr && str_eq(before, value_as_str(&m->value));
        if (!same && is_forbidden_label(member_key(m))) {
            keys[count++] = member_key(m);
        }
    }
    VALUE_EACH_MEMBER(m, old) {
        if (value_get(labels, member_key(m)) == NULL && is_forbidden_label(member_key(m))) {
            keys[count++] = member_key(m);
        }
    }
    Buf b = buf_new(run->arena);
    if (count > 0) {
        qsort(keys, count, sizeof *keys, str_order);
    }
    for (size_t i = 0; i < count; i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_add(&b, keys[i]);
    }
    return buf_str(&b);
}

/* Both absent, or equal. */
static bool same_part(const Value *a, const Value *b)
{
    bool empty_a = value_is_null(a) || (a->kind == VALUE_ARRAY && a->len == 0);
    bool empty_b = value_is_null(b) || (b->kind == VALUE_ARRAY && b->len == 0);
    return empty_a || empty_b ? empty_a == empty_b : value_equal(a, b);
}

static bool restrict_nodes(AdmissionRun *run, Str node)
{
    Str q = quoted(run, node);
    Str name = run->request->name.len ? run->request->name
                                      : text_at(&run->object, "metadata", "name");
    if (!str_eq(name, node)) {
        return admission_forbid(run, "node %.*s is not allowed to modify node %.*s", STR_ARG(q),
                                STR_ARG(quoted(run, name)));
    }
    if (run->request->operation == ADMISSION_DELETE) {
        return true;
    }
    bool creates = run->request->operation == ADMISSION_CREATE;
    const Value *source = value_at(&run->object, "spec", "configSource", NULL);
    const Value *old_source = value_at(run->old_object, "spec", "configSource", NULL);
    if (!value_is_null(source) && creates) {
        return admission_forbid(
            run, "node %.*s is not allowed to create pods with a non-nil configSource", STR_ARG(q));
    }
    if (!value_is_null(source) && !same_part(source, old_source)) {
        return admission_forbid(
            run, "node %.*s is not allowed to update configSource to a new non-nil configSource",
            STR_ARG(q));
    }
    if (!creates && !same_part(value_at(&run->object, "spec", "taints", NULL),
                               value_at(run->old_object, "spec", "taints", NULL))) {
        return admission_forbid(run, "node %.*s is not allowed to modify taints", STR_ARG(q));
    }
    if (!creates && run->request->target->minor >= OWNERS_OF_NODES_SINCE &&
        !same_part(value_at(&run->object, "metadata", "ownerReferences", NULL),
                   value_at(run->old_object, "metadata", "ownerReferences", NULL))) {
        return admission_forbid(run, "node %.*s is not allowed to modify ownerReferences",
                                STR_ARG(q));
    }
    Str labels = forbidden_labels(run, value_at(&run->object, "metadata", "labels", NULL),
                                  creates ? NULL
                                          : value_at(run->old_object, "metadata", "labels", NULL));
    if (labels.len == 0) {
        return true;
    }
    return creates
               ? admission_forbid(run, "node %.*s is not allowed to set the following labels: %.*s",
                                  STR_ARG(q), STR_ARG(labels))
               : admission_forbid(run, "is not allowed to modify labels: %.*s", STR_ARG(labels));
}

/* -- what else a kubelet writes
 * --------------------------------------------------------------------- */

/* The name of the object: that of the URL, for a create its own. */
static Str written_name(const AdmissionRun *run)
{
    return run->request->operation == ADMISSION_CREATE ? text_at(&run->object, "metadata", "name")
                                                       : run->request->name;
}

static bool restrict_leases(AdmissionRun *run, Str node)
{
    if (!str_eq(run->request->namespace, STR(LEASE_NAMESPACE))) {
        return admission_forbid(run, "can only access leases in the \"" LEASE_NAMESPACE
                                     "\" system namespace");
    }
    return str_eq(written_name(run), node) ||
           admission_forbid(run,
                            "can only access node lease with the same name as the requesting node");
}

static bool restrict_csi_nodes(AdmissionRun *run, Str node)
{
    return str_eq(written_name(run), node) ||
           admission_forbid(run, "can only access CSINode with the same name as the requesting "
                                 "node");
}

/* The claim without what a kubelet may write. */
static Value without_written(const AdmissionRun *run, const Value *claim)
{
    static const Str written[] = { STR_INIT("capacity"), STR_INIT("conditions"),
                                   STR_INIT("allocatedResourceStatuses"),
                                   STR_INIT("allocatedResources") };
    Value copy = value_copy(claim, run->arena);
    Value *metadata = value_get_lit(&copy, "metadata");
    Value *status = value_get_lit(&copy, "status");
    size_t count = run->request->target->minor >= EXPANSION_FAILURE_SINCE ? COUNT_OF(written) : 2;
    for (size_t i = 0; i < count && value_is(status, VALUE_OBJECT); i++) {
        value_remove(status, written[i]);
    }
    if (status && value_len(status) == 0) {
        value_remove(&copy, STR("status"));
    }
    if (value_is(metadata, VALUE_OBJECT)) {
        value_remove(metadata, STR("resourceVersion"));
        value_remove(metadata, STR("managedFields"));
    }
    return copy;
}

static bool restrict_claims(AdmissionRun *run, Str node)
{
    if (!str_eq(run->request->subresource, STR("status"))) {
        return admission_forbid(run, "may only update PVC status");
    }
    if (run->request->operation != ADMISSION_UPDATE) {
        return admission_forbid(run, "unexpected operation \"%.*s\"", STR_ARG(operation_name(run)));
    }
    Value claim = without_written(run, &run->object);
    Value old = without_written(run, run->old_object);
    /* the API server goes on to print both, as Go does */
    return value_equal(&claim, &old) ||
           admission_forbid(run,
                            "node %.*s is not allowed to update fields other than status.capacity "
                            "and status.conditions",
                            STR_ARG(quoted(run, node)));
}

static bool restrict_tokens(AdmissionRun *run, Str node)
{
    if (run->request->operation != ADMISSION_CREATE ||
        !str_eq(run->request->subresource, STR("token"))) {
        return true;
    }
    const Value *bound = value_at(&run->object, "spec", "boundObjectRef", NULL);
    Str name = value_get_str(bound, STR("name"));
    Str uid = value_get_str(bound, STR("uid"));
    if (!str_eq(value_get_str(bound, STR("apiVersion")), STR("v1")) ||
        !str_eq(value_get_str(bound, STR("kind")), STR("Pod")) || name.len == 0) {
        return admission_forbid(run, "node requested token not bound to a pod");
    }
    if (uid.len == 0) {
        return admission_forbid(run, "node requested token with a pod binding without a uid");
    }
    const Value *pod = stored_pod(run, name);
    if (pod == NULL) {
        return false;
    }
    if (!str_eq(uid, text_at(pod, "metadata", "uid"))) {
        return admission_forbid(run,
                                "the UID in the bound object reference (%.*s) does not match the "
                                "UID in record. The object might have been deleted and then "
                                "recreated",
                                STR_ARG(uid));
    }
    return str_eq(text_at(pod, "spec", "nodeName"), node) ||
           admission_forbid(run,
                            "node requested token bound to a pod scheduled on a different node");
}

static const struct {
    Str group;
    Str resource;
    bool (*check)(AdmissionRun *run, Str node);
} restricted[] = {
    { STR_INIT(""), STR_INIT("pods"), restrict_pods },
    { STR_INIT(""), STR_INIT("nodes"), restrict_nodes },
    { STR_INIT(""), STR_INIT("persistentvolumeclaims"), restrict_claims },
    { STR_INIT(""), STR_INIT("serviceaccounts"), restrict_tokens },
    { STR_INIT("coordination.k8s.io"), STR_INIT("leases"), restrict_leases },
    { STR_INIT("storage.k8s.io"), STR_INIT("csinodes"), restrict_csi_nodes },
};

static bool mutate(AdmissionRun *run)
{
    const UserInfo *user = run->request->user;
    Str node = str_cut_prefix(user->name, STR(NODE_USER_PREFIX));
    if (node.len == user->name.len || !str_list_has(user->groups, STR(NODES_GROUP))) {
        return true;
    }
    if (node.len == 0) {
        return admission_forbid(run, "could not determine node from user %.*s",
                                STR_ARG(quoted(run, user->name)));
    }
    for (size_t i = 0; i < COUNT_OF(restricted); i++) {
        if (str_eq(run->request->resource, restricted[i].resource) &&
            str_eq(run->request->group, restricted[i].group)) {
            return restricted[i].check(run, node);
        }
    }
    return true;
}

const AdmissionPlugin admission_node_restriction = {
    .name = STR_INIT("NodeRestriction"),
    .operations = ADMISSION_CREATE | ADMISSION_UPDATE | ADMISSION_DELETE,
    .mutate = mutate,
};
