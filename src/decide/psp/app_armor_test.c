/* SPDX-License-Identifier: Apache-2.0 */
/* AppArmor profiles: in annotations, and from 1.30 on in fields. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "no list restricts nothing",
        .policy = "",
        .pod = "",
        .errors = "",
        .pod_annotations = "'container.apparmor.security.beta.kubernetes.io/c':'uncon"
                           "fined'",
    },
    {
        .name = "listed",
        .policy = "",
        .pod = "",
        .errors = "",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default,localhost/x'",
        .pod_annotations = "'container.apparmor.security.beta.kubernetes.io/c':'local"
                           "host/x'",
    },
    {
        .name = "not listed",
        .policy = "",
        .pod = "",
        .errors = "pod.metadata.annotations[container.apparmor.security.beta.kubernet"
                  "es.io/c]: Forbidden: unconfined is not an allowed profile. "
                  "Allowed values: \"runtime/default,localhost/x\"",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default,localhost/x'",
        .pod_annotations = "'container.apparmor.security.beta.kubernetes.io/c':'uncon"
                           "fined'",
    },
    {
        .name = "must be set",
        .policy = "",
        .pod = "'initContainers':[{'name':'i'}]",
        .errors = "pod.metadata.annotations[container.apparmor.security.beta.kubernet"
                  "es.io/i]: Forbidden: AppArmor profile must be set",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .pod_annotations = "'container.apparmor.security.beta.kubernetes.io/c':'runti"
                           "me/default'",
    },
    {
        .name = "an empty list admits only nothing, and refuses that",
        .policy = "",
        .pod = "",
        .errors = "pod.metadata.annotations[container.apparmor.security.beta.kubernet"
                  "es.io/c]: Forbidden: AppArmor profile must be set",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/allowedProfileNa"
                              "mes':''",
    },
    {
        .name = "a default beside other annotations",
        .policy = "",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/metadata/annotations/container.apparmor.secur"
                 "ity.beta.kubernetes.io~1c','value':'runtime/default'}]",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/defaultProfileNa"
                              "me':'runtime/default'",
        .pod_annotations = "'a':'b'",
    },
    {
        .name = "a default where there are none",
        .policy = "",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/metadata/annotations',"
                 "'value':{'container.apparmor.security.beta.kubernetes.io/c':'runtim"
                 "e/default'}}]",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/defaultProfileNa"
                              "me':'runtime/default'",
    },
    {
        .name = "an empty annotation is none",
        .policy = "",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/metadata/annotations/container.apparmor.secur"
                 "ity.beta.kubernetes.io~1c','value':'runtime/default'}]",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/defaultProfileNa"
                              "me':'runtime/default'",
        .pod_annotations = "'container.apparmor.security.beta.kubernetes.io/c':''",
    },
    {
        .name = "the field is unknown before 1.30",
        .policy = "",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'appArmorProfile':{'type':'RuntimeDefault'}}}]",
        .errors = "pod.metadata.annotations[container.apparmor.security.beta.kubernet"
                  "es.io/c]: Forbidden: AppArmor profile must be set",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .minor = 29,
    },
    {
        .name = "1.30: the field of a container",
        .policy = "",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'appArmorProfile':{'type':'RuntimeDefault'}}}]",
        .errors = "",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .minor = 30,
    },
    {
        .name = "1.30: the field of the pod",
        .policy = "",
        .pod = "'securityContext':{'appArmorProfile':{'type':'Localhost',"
               "'localhostProfile':'x'}}",
        .errors = "",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/allowedProfileNa"
                              "mes':'localhost/x'",
        .minor = 30,
    },
    {
        .name = "1.30: the field is not allowed",
        .policy = "",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'appArmorProfile':{'type':'Unconfined'}}}]",
        .errors = "pod.metadata.annotations[container.apparmor.security.beta.kubernet"
                  "es.io/c]: Forbidden: unconfined is not an allowed profile. "
                  "Allowed values: \"runtime/default\"",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .minor = 30,
    },
    {
        .name = "1.30: the container wins over the pod",
        .policy = "",
        .pod = "'securityContext':{'appArmorProfile':{'type':'RuntimeDefault'}},"
               "'containers':[{'name':'c',"
               "'securityContext':{'appArmorProfile':{'type':'Unconfined'}}}]",
        .errors = "pod.metadata.annotations[container.apparmor.security.beta.kubernet"
                  "es.io/c]: Forbidden: unconfined is not an allowed profile. "
                  "Allowed values: \"runtime/default\"",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .minor = 30,
    },
    {
        .name = "1.30: an annotation that is not allowed beside a field that is",
        .policy = "",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'appArmorProfile':{'type':'RuntimeDefault'}}}]",
        .errors = "pod.metadata.annotations[container.apparmor.security.beta.kubernet"
                  "es.io/c]: Forbidden: unconfined is not an allowed profile. "
                  "Allowed values: \"runtime/default\"",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .pod_annotations = "'container.apparmor.security.beta.kubernetes.io/c':'uncon"
                           "fined'",
        .minor = 30,
    },
    {
        .name = "1.30: an annotation alone is copied into the field",
        .policy = "",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/containers/0/securityContext',"
                 "'value':{'appArmorProfile':{'type':'RuntimeDefault'}}}]",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .pod_annotations = "'container.apparmor.security.beta.kubernetes.io/c':'runti"
                           "me/default'",
        .minor = 30,
    },
    {
        .name = "1.30: but only where profiles are restricted",
        .policy = "",
        .pod = "",
        .errors = "",
        .pod_annotations = "'container.apparmor.security.beta.kubernetes.io/c':'runti"
                           "me/default'",
        .minor = 30,
    },
    {
        .name = "1.30: a default is written into both",
        .policy = "",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/containers/0/securityContext',"
                 "'value':{'appArmorProfile':{'type':'Localhost',"
                 "'localhostProfile':'x'}}},{'op':'add',"
                 "'path':'/metadata/annotations',"
                 "'value':{'container.apparmor.security.beta.kubernetes.io/c':'localh"
                 "ost/x'}}]",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/defaultProfileNa"
                              "me':'localhost/x'",
        .minor = 30,
    },
    {
        .name = "1.30: no default over a field",
        .policy = "",
        .pod = "'securityContext':{'appArmorProfile':{'type':'Unconfined'}}",
        .errors = "",
        .policy_annotations = "'apparmor.security.beta.kubernetes.io/defaultProfileNa"
                              "me':'localhost/x'",
        .minor = 30,
    },
};

PSP_TEST_MAIN(rows)
