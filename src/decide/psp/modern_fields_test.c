/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that PodSecurityPolicy never knew: docs/psp-modern-fields.md, line by line. AppArmor,
 * seccomp, host processes and resource claims have tests beside their strategies, ephemeral
 * containers that are added later in scope_test.c. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "hostUsers false",
        .policy = "'allowPrivilegeEscalation':false,'volumes':['secret','projected',"
                  "'ephemeral'],'hostPorts':[]",
        .pod = "'hostUsers':false,'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':false}}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "hostUsers true is what unset is",
        .policy = "'allowPrivilegeEscalation':false,'volumes':['secret','projected',"
                  "'ephemeral'],'hostPorts':[]",
        .pod = "'hostUsers':true,'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':false}}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "hostUsers false lifts nothing: root",
        .policy = "'runAsUser':{'rule':'MustRunAsNonRoot'}",
        .pod = "'hostUsers':false,'containers':[{'name':'c',"
               "'securityContext':{'runAsUser':0}}]",
        .errors = "spec.containers[0].securityContext.runAsUser: Invalid value: 0: "
                  "running with the root UID is forbidden",
        .minor = 37,
    },
    {
        .name = "hostUsers false lifts nothing: procMount",
        .policy = "'allowPrivilegeEscalation':false,'volumes':['secret','projected',"
                  "'ephemeral'],'hostPorts':[]",
        .pod = "'hostUsers':false,'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':false,"
               "'procMount':'Unmasked'}}]",
        .errors = "spec.containers[0].securityContext.procMount: Invalid value: "
                  "\"Unmasked\": ProcMountType is not allowed",
        .minor = 37,
    },
    {
        .name = "supplementalGroupsPolicy Merge is what unset is",
        .policy = "'allowPrivilegeEscalation':false,'volumes':['secret','projected',"
                  "'ephemeral'],'hostPorts':[]",
        .pod = "'securityContext':{'supplementalGroupsPolicy':'Merge'},"
               "'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':false}}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "supplementalGroupsPolicy Strict",
        .policy = "'allowPrivilegeEscalation':false,'volumes':['secret','projected',"
                  "'ephemeral'],'hostPorts':[]",
        .pod = "'securityContext':{'supplementalGroupsPolicy':'Strict'},"
               "'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':false}}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "supplementalGroupsPolicy lifts no range",
        .policy = "'supplementalGroups':{'rule':'MayRunAs','ranges':[{'min':1,"
                  "'max':2}]}",
        .pod = "'securityContext':{'supplementalGroupsPolicy':'Strict',"
               "'supplementalGroups':[0]}",
        .errors = "spec.securityContext.supplementalGroups: Invalid value: "
                  "[]int64{0}: group 0 must be in the ranges: [{1 2}]",
        .minor = 37,
    },
    {
        .name = "seLinuxChangePolicy",
        .policy = "'allowPrivilegeEscalation':false,'volumes':['secret','projected',"
                  "'ephemeral'],'hostPorts':[]",
        .pod = "'securityContext':{'seLinuxChangePolicy':'MountOption'},"
               "'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':false}}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "seLinuxChangePolicy lifts no label",
        .policy = "'seLinux':{'rule':'MustRunAs','seLinuxOptions':{'type':'t'}}",
        .pod = "'securityContext':{'seLinuxChangePolicy':'Recursive',"
               "'seLinuxOptions':{'type':'spc_t'}},'containers':[]",
        .errors = "spec.securityContext.seLinuxOptions.type: Invalid value: \"spc_t\": "
                  "must be t",
        .minor = 37,
    },
    {
        .name = "image volumes are a type of their own",
        .policy = "'allowPrivilegeEscalation':false,'volumes':['secret','projected',"
                  "'ephemeral'],'hostPorts':[]",
        .pod = "'volumes':[{'name':'v','image':{'reference':'x'}}],"
               "'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':false}}]",
        .errors = "spec.volumes[0]: Invalid value: \"image\": image volumes are not "
                  "allowed to be used",
        .minor = 37,
    },
    {
        .name = "image volumes under all",
        .policy = "'volumes':['*']",
        .pod = "'volumes':[{'name':'v','image':{'reference':'x'}}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "image volumes by name",
        .policy = "'volumes':['image']",
        .pod = "'volumes':[{'name':'v','image':{'reference':'x'}}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "ephemeral volumes need their name",
        .policy = "'volumes':['persistentVolumeClaim']",
        .pod = "'volumes':[{'name':'v','ephemeral':{'volumeClaimTemplate':{}}}]",
        .errors = "spec.volumes[0]: Invalid value: \"ephemeral\": ephemeral volumes "
                  "are not allowed to be used",
        .minor = 37,
    },
    {
        .name = "ephemeral volumes",
        .policy = "'allowPrivilegeEscalation':false,'volumes':['secret','projected',"
                  "'ephemeral'],'hostPorts':[]",
        .pod = "'volumes':[{'name':'v','ephemeral':{'volumeClaimTemplate':{}}}],"
               "'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':false}}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "projected trust bundles and pod certificates",
        .policy = "'allowPrivilegeEscalation':false,'volumes':['secret','projected',"
                  "'ephemeral'],'hostPorts':[]",
        .pod = "'volumes':[{'name':'v','projected':{'sources':[{'clusterTrustBundle':"
               "{'path':'a'}},{'podCertificate':{'signerName':'s'}}]}}],"
               "'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':false}}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "a trust bundle is no service account volume",
        .policy = "'volumes':['secret']",
        .pod = "'volumes':[{'name':'v','projected':{'sources':[{'serviceAccountToken'"
               ":{'path':'token'}},{'clusterTrustBundle':{'path':'a'}}]}}]",
        .errors = "spec.volumes[0]: Invalid value: \"projected\": projected volumes "
                  "are not allowed to be used",
        .minor = 37,
    },
    {
        .name = "nor is a pod certificate, beside a token in one source",
        .policy = "'volumes':['secret']",
        .pod = "'volumes':[{'name':'v','projected':{'sources':[{'serviceAccountToken'"
               ":{'path':'token'},'podCertificate':{}}]}}]",
        .errors = "spec.volumes[0]: Invalid value: \"projected\": projected volumes "
                  "are not allowed to be used",
        .minor = 37,
    },
    {
        .name = "a source of volumes from the future, even under all",
        .policy = "'volumes':['*']",
        .pod = "'volumes':[{'name':'v','wormhole':{}}]",
        .errors = "spec.volumes[0]: Invalid value: \"\": unknown volume type for "
                  "volume: wormhole",
        .minor = 37,
    },
    {
        .name = "a sidecar is an init container like others",
        .policy = "'allowPrivilegeEscalation':false,'volumes':['secret','projected',"
                  "'ephemeral'],'hostPorts':[]",
        .pod = "'initContainers':[{'name':'i','restartPolicy':'Always',"
               "'securityContext':{'allowPrivilegeEscalation':false,"
               "'privileged':true},'ports':[{'hostPort':80}]}],"
               "'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':false}}]",
        .errors = "spec.initContainers[0].securityContext.privileged: Invalid value: "
                  "true: Privileged containers are not allowed "
                  "spec.initContainers[0].hostPort: Invalid value: 80: Host port 80 "
                  "is not allowed to be used. Allowed ports: []",
        .minor = 37,
    },
    {
        .name = "a sidecar gains defaults",
        .policy = "'readOnlyRootFilesystem':true",
        .pod = "'initContainers':[{'name':'i','restartPolicy':'Always'}],"
               "'containers':[]",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/initContainers/0/securityContext',"
                 "'value':{'readOnlyRootFilesystem':true}}]",
        .minor = 37,
    },
    {
        .name = "resources of the pod",
        .policy = "'allowPrivilegeEscalation':false,'volumes':['secret','projected',"
                  "'ephemeral'],'hostPorts':[]",
        .pod = "'resources':{'limits':{'cpu':'1'}},'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':false}}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "a recursive read-only mount is read-only",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/a','readOnly':true}]",
        .pod = "'volumes':[{'name':'v','hostPath':{'path':'/a'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v',"
               "'readOnly':true,'recursiveReadOnly':'Enabled'}]}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "a mount that says only recursive is not",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/a','readOnly':true}]",
        .pod = "'volumes':[{'name':'v','hostPath':{'path':'/a'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v',"
               "'recursiveReadOnly':'Enabled'}]}]",
        .errors = "spec.containers[0].volumeMounts[0].readOnly: Invalid value: "
                  "false: must be read-only",
        .minor = 37,
    },
    {
        .name = "an ephemeral container mounts read-only, too",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/a','readOnly':true}]",
        .pod = "'volumes':[{'name':'v','hostPath':{'path':'/a'}}],"
               "'ephemeralContainers':[{'name':'e','volumeMounts':[{'name':'v'}]}]",
        .errors = "spec.ephemeralContainers[0].volumeMounts[0].readOnly: Invalid "
                  "value: false: must be read-only",
        .minor = 37,
    },
    {
        .name = "a Windows pod is no exception",
        .policy = "'allowPrivilegeEscalation':false,'volumes':['secret','projected',"
                  "'ephemeral'],'hostPorts':[]",
        .pod = "'os':{'name':'windows'},'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':true}}]",
        .errors = "spec.containers[0].securityContext.allowPrivilegeEscalation: "
                  "Invalid value: true: Allowing privilege escalation for containers "
                  "is not allowed",
        .minor = 37,
    },
};

PSP_TEST_MAIN(rows)
