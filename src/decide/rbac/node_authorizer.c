/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Node authorizer: a kubelet may read what the pods on its node need, and write what is its
 * own.
 *
 *     node <- pod <- secret, configmap, service account (token), claim
 *                                       claim <- volume <- secret
 *     node <- volume attachment, configmap of spec.configSource
 */
#include "decide/rbac/authorizer.h"

#include "decide/rbac/internal.h"
#include "decide/rbac/preset/preset.h"

/* -- references ------------------------------------------------------------------------------- */

/* Paths with "[]" through each item of a list. */
#define CONTAINER_PATHS(path)                                                     \
    STR_INIT("spec.initContainers[]." path), STR_INIT("spec.containers[]." path), \
        STR_INIT("spec.ephemeralContainers[]." path)

static const Str pod_secret_paths[] = {
    STR_INIT("spec.imagePullSecrets[].name"),
    CONTAINER_PATHS("env[].valueFrom.secretKeyRef.name"),
    CONTAINER_PATHS("envFrom[].secretRef.name"),
    STR_INIT("spec.volumes[].azureFile.secretName"),
    STR_INIT("spec.volumes[].cephfs.secretRef.name"),
    STR_INIT("spec.volumes[].cinder.secretRef.name"),
    STR_INIT("spec.volumes[].flexVolume.secretRef.name"),
    STR_INIT("spec.volumes[].projected.sources[].secret.name"),
    STR_INIT("spec.volumes[].rbd.secretRef.name"),
    STR_INIT("spec.volumes[].secret.secretName"),
    STR_INIT("spec.volumes[].scaleIO.secretRef.name"),
    STR_INIT("spec.volumes[].iscsi.secretRef.name"),
    STR_INIT("spec.volumes[].storageos.secretRef.name"),
    STR_INIT("spec.volumes[].csi.nodePublishSecretRef.name"),
};
static const Str pod_config_map_paths[] = {
    CONTAINER_PATHS("env[].valueFrom.configMapKeyRef.name"),
    CONTAINER_PATHS("envFrom[].configMapRef.name"),
    STR_INIT("spec.volumes[].configMap.name"),
    STR_INIT("spec.volumes[].projected.sources[].configMap.name"),
};
static const Str pod_claim_paths[] = {
    STR_INIT("spec.volumes[].persistentVolumeClaim.claimName"),
};
static const Str pod_service_account_paths[] = { STR_INIT("spec.serviceAccountName") };

#define PATHS(array) ((StrList){ (array), COUNT_OF(array) })

/* Whether a string at the path is s. The depth of the recursion is that of the path. */
static bool has_at(const Value *v, Str path, Str s)
{
    Str step, rest;
    if (!str_split_once(path, '.', &step, &rest)) {
        return value_is(value_get(v, step), VALUE_STRING) && str_eq(value_get_str(v, step), s);
    }
    if (!str_ends_with(step, STR("[]"))) {
        return has_at(value_get(v, step), rest, s);
    }
    VALUE_EACH_ITEM(item, value_get(v, str_cut_suffix(step, STR("[]")))) {
        if (has_at(item, rest, s)) {
            return true;
        }
    }
    return false;
}

static bool has_at_any(const Value *v, StrList paths, Str s)
{
    for (size_t i = 0; i < paths.count; i++) {
        if (has_at(v, paths.items[i], s)) {
            return true;
        }
    }
    return false;
}

/* -- the graph -------------------------------------------------------------------------------- */

static ObjectList list(const Facts *f, const char *group, const char *kind, Str namespace)
{
    ObjectKey key = { str_from_c(group), str_from_c(kind), namespace, STR("") };
    return f->objects(f->cluster, key);
}

static bool is_mirror(const Value *pod)
{
    return value_get_lit(value_at(pod, "metadata", "annotations", NULL),
                         "kubernetes.io/config.mirror") != NULL;
}

/* Whether a pod on the node, not a mirror of one of the node's own, refers to name. */
static bool pod_needs(const Facts *f, Str node, Str namespace, StrList paths, Str name)
{
    ObjectList pods = list(f, "", "Pod", namespace);
    for (size_t i = 0; i < pods.count; i++) {
        const Value *pod = pods.items[i];
        if (str_eq(value_get_str(value_get_lit(pod, "spec"), STR("nodeName")), node) &&
            !is_mirror(pod) && has_at_any(pod, paths, name)) {
            return true;
        }
    }
    return false;
}

/* Whether the volume is bound to a claim that a pod on the node uses. */
static bool volume_needed(const Facts *f, Str node, const Value *volume)
{
    const Value *claim = value_at(volume, "spec", "claimRef", NULL);
    Str namespace = value_get_str(claim, STR("namespace"));
    Str name = value_get_str(claim, STR("name"));
    return namespace.len && name.len && pod_needs(f, node, namespace, PATHS(pod_claim_paths), name);
}

/* Whether a kubelet that mounts the volume reads the secret. */
static bool volume_has_secret(const Value *volume, Str namespace, Str name)
{
    static const struct {
        const char *source;
        const char *ref;
        bool default_to_claim; /* a reference without a namespace means the claim's */
    } rows[] = {
        { "cephfs", "secretRef", true },        { "cinder", "secretRef", false },
        { "flexVolume", "secretRef", true },    { "rbd", "secretRef", true },
        { "scaleIO", "secretRef", true },       { "iscsi", "secretRef", true },
        { "storageos", "secretRef", false },    { "csi", "nodePublishSecretRef", false },
        { "csi", "nodeStageSecretRef", false },
    };
    const Value *spec = value_get_lit(volume, "spec");
    Str claim_namespace = value_get_str(value_get_lit(spec, "claimRef"), STR("namespace"));
    const Value *azure = value_get_lit(spec, "azureFile");
    Str secret = value_get_str(azure, STR("secretName"));
    Str secret_namespace = value_get_str(azure, STR("secretNamespace"));
    if (secret.len && str_eq(secret, name) &&
        str_eq(secret_namespace.len ? secret_namespace : claim_namespace, namespace)) {
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const Value *ref = value_at(spec, rows[i].source, rows[i].ref, NULL);
        secret = value_get_str(ref, STR("name"));
        secret_namespace = value_get_str(ref, STR("namespace"));
        if (secret_namespace.len == 0 && rows[i].default_to_claim) {
            secret_namespace = claim_namespace;
        }
        if (secret.len && str_eq(secret, name) && str_eq(secret_namespace, namespace)) {
            return true;
        }
    }
    return false;
}

static bool reaches_secret(const Facts *f, Str node, Str namespace, Str name)
{
    if (pod_needs(f, node, namespace, PATHS(pod_secret_paths), name)) {
        return true;
    }
    ObjectList volumes = list(f, "", "PersistentVolume", STR(""));
    for (size_t i = 0; i < volumes.count; i++) {
        if (volume_has_secret(volumes.items[i], namespace, name) &&
            volume_needed(f, node, volumes.items[i])) {
            return true;
        }
    }
    return false;
}

static bool reaches_config_map(const Facts *f, Str node, Str namespace, Str name)
{
    ObjectKey key = { STR(""), STR("Node"), STR(""), node };
    const Value *source = value_at(f->object(f->cluster, key), "spec", "configSource", "configMap",
                                   NULL);
    return (source && str_eq(value_get_str(source, STR("namespace")), namespace) &&
            str_eq(value_get_str(source, STR("name")), name)) ||
           pod_needs(f, node, namespace, PATHS(pod_config_map_paths), name);
}

static bool reaches_claim(const Facts *f, Str node, Str namespace, Str name)
{
    return pod_needs(f, node, namespace, PATHS(pod_claim_paths), name);
}

static bool reaches_volume(const Facts *f, Str node, Str namespace, Str name)
{
    (void)namespace; /* volumes have none */
    ObjectKey key = { STR(""), STR("PersistentVolume"), STR(""), name };
    return volume_needed(f, node, f->object(f->cluster, key));
}

static bool reaches_attachment(const Facts *f, Str node, Str namespace, Str name)
{
    (void)namespace;
    ObjectKey key = { STR("storage.k8s.io"), STR("VolumeAttachment"), STR(""), name };
    const Value *attachment = f->object(f->cluster, key);
    return str_eq(value_get_str(value_get_lit(attachment, "spec"), STR("nodeName")), node);
}

static bool reaches_service_account(const Facts *f, Str node, Str namespace, Str name)
{
    return pod_needs(f, node, namespace, PATHS(pod_service_account_paths), name);
}

/* -- rules ------------------------------------------------------------------------------------ */

typedef bool Reaches(const Facts *f, Str node, Str namespace, Str name);

static const NodeAnswer yes = { true, STR_INIT("") };

static NodeAnswer no(const char *why)
{
    return (NodeAnswer){ false, str_from_c(why) };
}

static bool verb_in(const RbacRequest *req, const char *verbs)
{
    Str rest = str_from_c(verbs), verb;
    while (str_next_piece(&rest, ' ', &verb)) {
        if (str_eq(verb, req->verb)) {
            return true;
        }
    }
    return false;
}

static NodeAnswer related(const Facts *f, Str node, const RbacRequest *req, Reaches *reaches,
                          Arena *a)
{
    if (reaches(f, node, req->namespace, req->name)) {
        return yes;
    }
    return (NodeAnswer){ false, arena_printf(a,
                                             "no relationship found between node '%.*s' and "
                                             "this object",
                                             STR_ARG(node)) };
}

static NodeAnswer named(const Facts *f, Str node, const RbacRequest *req, Reaches *reaches,
                        Arena *a)
{
    return req->name.len ? related(f, node, req, reaches, a) : no("No Object name found");
}

static NodeAnswer read_namespaced(const Facts *f, Str node, const RbacRequest *req,
                                  Reaches *reaches, Arena *a)
{
    if (!verb_in(req, "get list watch")) {
        return no("can only read resources of this type");
    }
    if (req->subresource.len) {
        return no("cannot read subresource");
    }
    if (!req->namespace.len) {
        return no("can only read namespaced object of this type");
    }
    return named(f, node, req, reaches, a);
}

static NodeAnswer get(const Facts *f, Str node, const RbacRequest *req, Reaches *reaches, Arena *a)
{
    if (!verb_in(req, "get")) {
        return no("can only get individual resources of this type");
    }
    if (req->subresource.len) {
        return no("cannot get subresource");
    }
    return named(f, node, req, reaches, a);
}

/* Also the status of a claim, which a kubelet updates when it has resized the volume. */
static NodeAnswer get_claim(const Facts *f, Str node, const RbacRequest *req, Reaches *reaches,
                            Arena *a)
{
    if (!str_eq(req->subresource, STR("status"))) {
        return get(f, node, req, reaches, a);
    }
    return verb_in(req, "update patch") ? named(f, node, req, reaches, a)
                                        : no("can only get/update/patch this type");
}

static NodeAnswer create_token(const Facts *f, Str node, const RbacRequest *req, Reaches *reaches,
                               Arena *a)
{
    if (!verb_in(req, "create") || !req->name.len) {
        return no("can only create tokens for individual service accounts");
    }
    if (!str_eq(req->subresource, STR("token"))) {
        return no("can only create token subresource of serviceaccount");
    }
    return related(f, node, req, reaches, a);
}

static NodeAnswer own_lease(const Facts *f, Str node, const RbacRequest *req, Reaches *reaches,
                            Arena *a)
{
    (void)f, (void)reaches, (void)a;
    if (!verb_in(req, "get create update patch delete")) {
        return no("can only get, create, update, patch, or delete a node lease");
    }
    if (!str_eq(req->namespace, STR("kube-node-lease"))) {
        return no("can only access leases in the \"kube-node-lease\" system namespace");
    }
    return verb_in(req, "create") || str_eq(req->name, node)
               ? yes
               : no("can only access node lease with the same name as the requesting node");
}

static NodeAnswer own_csi_node(const Facts *f, Str node, const RbacRequest *req, Reaches *reaches,
                               Arena *a)
{
    (void)f, (void)reaches, (void)a;
    if (!verb_in(req, "get create update patch delete")) {
        return no("can only get, create, update, patch, or delete a CSINode");
    }
    if (req->subresource.len) {
        return no("cannot authorize CSINode subresources");
    }
    return verb_in(req, "create") || str_eq(req->name, node)
               ? yes
               : no("can only access CSINode with the same name as the requesting node");
}

static const struct {
    Str group;
    Str resource;
    NodeAnswer (*decide)(const Facts *f, Str node, const RbacRequest *req, Reaches *reaches,
                         Arena *a);
    Reaches *reaches;
} node_resources[] = {
    { STR_INIT(""), STR_INIT("secrets"), read_namespaced, reaches_secret },
    { STR_INIT(""), STR_INIT("configmaps"), read_namespaced, reaches_config_map },
    { STR_INIT(""), STR_INIT("persistentvolumeclaims"), get_claim, reaches_claim },
    { STR_INIT(""), STR_INIT("persistentvolumes"), get, reaches_volume },
    { STR_INIT("storage.k8s.io"), STR_INIT("volumeattachments"), get, reaches_attachment },
    { STR_INIT(""), STR_INIT("serviceaccounts"), create_token, reaches_service_account },
    { STR_INIT("coordination.k8s.io"), STR_INIT("leases"), own_lease, NULL },
    { STR_INIT("storage.k8s.io"), STR_INIT("csinodes"), own_csi_node, NULL },
};

/* Everything else is the same for every node: the rules of the ClusterRole system:node, built in,
 * whatever the cluster's own role of that name says. */
static NodeAnswer by_rules(const RbacRequest *req, Arena *a)
{
    size_t count;
    const RbacRule *rules = rbac_preset_rules(STR("system:node"), a, &count);
    for (size_t i = 0; i < count; i++) {
        if (rbac_rule_allows(&rules[i], req)) {
            return yes;
        }
    }
    return no("");
}

NodeAnswer node_authorize(const Facts *f, const RbacRequest *req, Arena *a)
{
    Str prefix = STR("system:node:");
    if (!str_starts_with(req->user->name, prefix) ||
        !str_list_has(req->user->groups, STR("system:nodes"))) {
        return no("");
    }
    Str node = str_drop(req->user->name, prefix.len);
    if (node.len == 0) {
        Buf b = buf_new(a);
        buf_lit(&b, "unknown node for user ");
        buf_go_quoted(&b, req->user->name);
        return (NodeAnswer){ false, buf_str(&b) };
    }
    for (size_t i = 0; req->is_resource && i < COUNT_OF(node_resources); i++) {
        if (str_eq(node_resources[i].group, req->api_group) &&
            str_eq(node_resources[i].resource, req->resource)) {
            return node_resources[i].decide(f, node, req, node_resources[i].reaches, a);
        }
    }
    return by_rules(req, a);
}
