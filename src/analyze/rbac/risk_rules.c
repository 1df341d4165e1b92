/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rights that are worth more than they look.
 *
 * Those of rbac-tool's default analysis (github.com/alcideio/rbac-tool, Apache-2.0) are among them;
 * docs/rbac.md says where podgate finds more.
 */
#include "analyze/rbac/risks.h"

#define WORKLOADS                                                                     \
    "deployments.apps,daemonsets.apps,statefulsets.apps,replicasets.apps,jobs.batch," \
    "cronjobs.batch,replicationcontrollers"
#define ROLES "roles.rbac.authorization.k8s.io,clusterroles.rbac.authorization.k8s.io"
#define BINDINGS \
    "rolebindings.rbac.authorization.k8s.io,clusterrolebindings.rbac.authorization.k8s.io"
#define WRITE "create,update,patch"
#define CHANGE "create,update,patch,delete"
#define CSR "certificatesigningrequests.certificates.k8s.io"

const RbacRiskRule rbac_risk_rules[] = {
    { STR_INIT("secrets-read"), STR_INIT("get,list,watch"), STR_INIT("secrets"), RBAC_CRITICAL,
      RBAC_HIGH, false, false, STR_INIT("reads secrets, tokens of service accounts among them") },
    { STR_INIT("pods-create"), STR_INIT("create"), STR_INIT("pods"), RBAC_CRITICAL, RBAC_CRITICAL,
      false, true,
      STR_INIT("runs any image as any service account of the namespace, with any of its secrets") },
    { STR_INIT("workloads-create"), STR_INIT("create"), STR_INIT(WORKLOADS), RBAC_CRITICAL,
      RBAC_CRITICAL, false, true, STR_INIT("has a controller create pods: as pods-create") },
    { STR_INIT("workloads-change"), STR_INIT("update,patch"), STR_INIT("pods," WORKLOADS),
      RBAC_CRITICAL, RBAC_CRITICAL, false, true,
      STR_INIT("puts another image, or another pod, into what runs") },
    { STR_INIT("pods-exec"), STR_INIT("create,get"), STR_INIT("pods/exec,pods/attach"),
      RBAC_CRITICAL, RBAC_HIGH, false, false,
      STR_INIT("runs commands in pods, with their secrets and service accounts") },
    { STR_INIT("pods-ephemeral"), STR_INIT("update,patch"), STR_INIT("pods/ephemeralcontainers"),
      RBAC_CRITICAL, RBAC_HIGH, false, true, STR_INIT("adds a container to a pod that runs") },
    { STR_INIT("escalate"), STR_INIT("escalate"), STR_INIT(ROLES), RBAC_CRITICAL, RBAC_HIGH, false,
      false, STR_INIT("writes rights into roles that it does not hold") },
    { STR_INIT("bind"), STR_INIT("bind"), STR_INIT(ROLES), RBAC_CRITICAL, RBAC_HIGH, false, false,
      STR_INIT("binds roles whose rights it does not hold") },
    { STR_INIT("impersonate"), STR_INIT("impersonate"), STR_INIT("users,groups"), RBAC_CRITICAL,
      RBAC_CRITICAL, true, false, STR_INIT("acts as somebody else") },
    { STR_INIT("impersonate-account"), STR_INIT("impersonate"), STR_INIT("serviceaccounts"),
      RBAC_CRITICAL, RBAC_HIGH, false, false, STR_INIT("acts as a service account") },
    { STR_INIT("token-create"), STR_INIT("create"), STR_INIT("serviceaccounts/token"),
      RBAC_CRITICAL, RBAC_HIGH, false, false, STR_INIT("gets a token of a service account") },
    { STR_INIT("webhooks"), STR_INIT(CHANGE),
      STR_INIT("mutatingwebhookconfigurations.admissionregistration.k8s.io,"
               "validatingwebhookconfigurations.admissionregistration.k8s.io"),
      RBAC_CRITICAL, RBAC_CRITICAL, true, false,
      STR_INIT("sees and changes what anybody sends to the API server, or ends such checks") },
    { STR_INIT("admission-policies"), STR_INIT(CHANGE),
      STR_INIT("validatingadmissionpolicies.admissionregistration.k8s.io,"
               "validatingadmissionpolicybindings.admissionregistration.k8s.io,"
               "mutatingadmissionpolicies.admissionregistration.k8s.io,"
               "mutatingadmissionpolicybindings.admissionregistration.k8s.io"),
      RBAC_HIGH, RBAC_HIGH, true, false, STR_INIT("changes or ends what admission checks") },
    { STR_INIT("csr-approve"), STR_INIT("update,patch"), STR_INIT(CSR "/approval"), RBAC_CRITICAL,
      RBAC_CRITICAL, true, false, STR_INIT("approves client certificates for any user and group") },
    { STR_INIT("csr-sign"), STR_INIT("update,patch"), STR_INIT(CSR "/status"), RBAC_HIGH, RBAC_HIGH,
      true, false, STR_INIT("issues certificates in the name of a signer") },
    { STR_INIT("nodes-proxy"), STR_INIT("get,create"), STR_INIT("nodes/proxy"), RBAC_CRITICAL,
      RBAC_CRITICAL, true, false,
      STR_INIT("speaks to kubelets directly: commands in every pod, past admission and audit") },
    { STR_INIT("volumes-create"), STR_INIT(WRITE), STR_INIT("persistentvolumes"), RBAC_CRITICAL,
      RBAC_CRITICAL, true, false,
      STR_INIT("makes a volume of any path of a node, which no pod security level looks at") },
    { STR_INIT("apiservices"), STR_INIT(WRITE), STR_INIT("apiservices.apiregistration.k8s.io"),
      RBAC_CRITICAL, RBAC_CRITICAL, true, false,
      STR_INIT("has a server of its own answer for an API group, and sees who asks") },
    { STR_INIT("policies-change"), STR_INIT(CHANGE),
      STR_INIT("podsecuritypolicies.policy,podsecuritypolicies.extensions,"
               "podsecuritypolicies.podgate.io"),
      RBAC_HIGH, RBAC_HIGH, true, false, STR_INIT("changes what pods may do") },
    { STR_INIT("policy-engines"), STR_INIT(CHANGE),
      STR_INIT("constrainttemplates.templates.gatekeeper.sh,assign.mutations.gatekeeper.sh,"
               "assignmetadata.mutations.gatekeeper.sh,configs.config.gatekeeper.sh,"
               "clusterpolicies.kyverno.io,policies.kyverno.io"),
      RBAC_HIGH, RBAC_MEDIUM, false, false, STR_INIT("changes what a policy engine checks") },
    { STR_INIT("namespaces-change"), STR_INIT("update,patch"), STR_INIT("namespaces"), RBAC_HIGH,
      RBAC_HIGH, false, false, STR_INIT("takes the Pod Security labels off a namespace") },
    { STR_INIT("roles-write"), STR_INIT(WRITE), STR_INIT(ROLES "," BINDINGS), RBAC_MEDIUM,
      RBAC_MEDIUM, false, false, STR_INIT("passes on rights that it holds") },
    { STR_INIT("nodes-change"), STR_INIT("update,patch,delete"), STR_INIT("nodes,nodes/status"),
      RBAC_MEDIUM, RBAC_MEDIUM, true, false, STR_INIT("moves pods to a node of its choice") },
    { STR_INIT("definitions-change"), STR_INIT(CHANGE),
      STR_INIT("customresourcedefinitions.apiextensions.k8s.io"), RBAC_MEDIUM, RBAC_MEDIUM, true,
      false, STR_INIT("changes custom resources; deleting a definition deletes its objects") },
    { STR_INIT("proxy"), STR_INIT("get,create,update,patch,delete"),
      STR_INIT("pods/proxy,services/proxy,pods/portforward"), RBAC_MEDIUM, RBAC_LOW, false, false,
      STR_INIT("reaches pods and services past network policies") },
    { STR_INIT("network"), STR_INIT(CHANGE),
      STR_INIT("endpoints,endpointslices.discovery.k8s.io,networkpolicies.networking.k8s.io,"
               "networkpolicies.extensions,ingresses.networking.k8s.io,ingresses.extensions,"
               "ingressclasses.networking.k8s.io,services,gatewayclasses.gateway.networking.k8s.io,"
               "gateways.gateway.networking.k8s.io,httproutes.gateway.networking.k8s.io,"
               "tcproutes.gateway.networking.k8s.io,tlsroutes.gateway.networking.k8s.io,"
               "udproutes.gateway.networking.k8s.io"),
      RBAC_MEDIUM, RBAC_LOW, false, false, STR_INIT("turns traffic to another place") },
};
const size_t rbac_risk_rule_count = COUNT_OF(rbac_risk_rules);
