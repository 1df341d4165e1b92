/* SPDX-License-Identifier: Apache-2.0 */
/* Seccomp profiles: annotations, fields from 1.19 on, and the field alone from 1.25 on. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "none allowed, none set",
        .policy = "",
        .pod = "",
        .errors = "",
    },
    {
        .name = "none allowed, the pod sets one",
        .policy = "",
        .pod = "",
        .errors = "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]"
                  ": Forbidden: seccomp may not be set "
                  "pod.metadata.annotations[container.seccomp.security.alpha.kubernet"
                  "es.io/c]: Forbidden: seccomp may not be set",
        .pod_annotations = "'seccomp.security.alpha.kubernetes.io/pod':'runtime/defau"
                           "lt'",
    },
    {
        .name = "none allowed, the container sets one",
        .policy = "",
        .pod = "",
        .errors = "pod.metadata.annotations[container.seccomp.security.alpha.kubernet"
                  "es.io/c]: Forbidden: seccomp may not be set",
        .pod_annotations = "'container.seccomp.security.alpha.kubernetes.io/c':'runti"
                           "me/default'",
    },
    {
        .name = "a default and no list refuses every pod",
        .policy = "",
        .pod = "",
        .errors = "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]"
                  ": Forbidden: seccomp may not be set "
                  "pod.metadata.annotations[container.seccomp.security.alpha.kubernet"
                  "es.io/c]: Forbidden: seccomp may not be set",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/defaultProfileNa"
                              "me':'runtime/default'",
    },
    {
        .name = "all allowed",
        .policy = "",
        .pod = "",
        .errors = "",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'*'",
        .pod_annotations = "'seccomp.security.alpha.kubernetes.io/pod':'localhost/x'",
    },
    {
        .name = "all among others",
        .policy = "",
        .pod = "",
        .errors = "",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'x,*'",
        .pod_annotations = "'seccomp.security.alpha.kubernetes.io/pod':'unconfined'",
    },
    {
        .name = "a list wants a profile",
        .policy = "",
        .pod = "",
        .errors = "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]"
                  ": Forbidden:  is not an allowed seccomp profile. Valid values are "
                  "localhost/a,unconfined pod.metadata.annotations[container.seccomp."
                  "security.alpha.kubernetes.io/c]: Forbidden:  is not an allowed "
                  "seccomp profile. Valid values are localhost/a,unconfined",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'localhost/a,unconfined'",
    },
    {
        .name = "a list with an empty piece does not",
        .policy = "",
        .pod = "",
        .errors = "",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'localhost/a,'",
    },
    {
        .name = "the pod must have one even if each container has",
        .policy = "",
        .pod = "",
        .errors = "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]"
                  ": Forbidden:  is not an allowed seccomp profile. Valid values are "
                  "unconfined",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'unconfined'",
        .pod_annotations = "'container.seccomp.security.alpha.kubernetes.io/c':'uncon"
                           "fined'",
    },
    {
        .name = "docker/default is runtime/default",
        .policy = "",
        .pod = "",
        .errors = "",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'docker/default'",
        .pod_annotations = "'seccomp.security.alpha.kubernetes.io/pod':'runtime/defau"
                           "lt'",
    },
    {
        .name = "and the reverse",
        .policy = "",
        .pod = "",
        .errors = "",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .pod_annotations = "'seccomp.security.alpha.kubernetes.io/pod':'docker/defaul"
                           "t'",
    },
    {
        .name = "a default",
        .policy = "",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/metadata/annotations',"
                 "'value':{'seccomp.security.alpha.kubernetes.io/pod':'runtime/defaul"
                 "t'}}]",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default',"
                              "'seccomp.security.alpha.kubernetes.io/defaultProfileNa"
                              "me':'runtime/default'",
    },
    {
        .name = "no default over an annotation",
        .policy = "",
        .pod = "",
        .errors = "",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'*','seccomp.security.alpha.kubernetes.io/default"
                              "ProfileName':'runtime/default'",
        .pod_annotations = "'seccomp.security.alpha.kubernetes.io/pod':'unconfined'",
    },
    {
        .name = "a container of its own",
        .policy = "",
        .pod = "",
        .errors = "pod.metadata.annotations[container.seccomp.security.alpha.kubernet"
                  "es.io/c]: Forbidden: unconfined is not an allowed seccomp "
                  "profile. Valid values are runtime/default",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .pod_annotations = "'seccomp.security.alpha.kubernetes.io/pod':'runtime/defau"
                           "lt','container.seccomp.security.alpha.kubernetes.io/c':'u"
                           "nconfined'",
    },
    {
        .name = "the field of the pod gains the annotation",
        .policy = "",
        .pod = "'securityContext':{'seccompProfile':{'type':'RuntimeDefault'}}",
        .errors = "",
        .patch = "[{'op':'add','path':'/metadata/annotations',"
                 "'value':{'seccomp.security.alpha.kubernetes.io/pod':'runtime/defaul"
                 "t'}}]",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'*'",
    },
    {
        .name = "the field comes before the default",
        .policy = "",
        .pod = "'securityContext':{'seccompProfile':{'type':'RuntimeDefault'}}",
        .errors = "",
        .patch = "[{'op':'add','path':'/metadata/annotations',"
                 "'value':{'seccomp.security.alpha.kubernetes.io/pod':'runtime/defaul"
                 "t'}}]",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'*','seccomp.security.alpha.kubernetes.io/default"
                              "ProfileName':'unconfined'",
    },
    {
        .name = "the field of a container",
        .policy = "",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'seccompProfile':{'type':'Localhost',"
               "'localhostProfile':'x'}}}]",
        .errors = "pod.metadata.annotations[container.seccomp.security.alpha.kubernet"
                  "es.io/c]: Forbidden: localhost/x is not an allowed seccomp "
                  "profile. Valid values are runtime/default",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .pod_annotations = "'seccomp.security.alpha.kubernetes.io/pod':'runtime/defau"
                           "lt'",
    },
    {
        .name = "1.25: a field needs no annotation",
        .policy = "",
        .pod = "'securityContext':{'seccompProfile':{'type':'RuntimeDefault'}}",
        .errors = "",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .minor = 25,
    },
    {
        .name = "1.25: a field that is not allowed",
        .policy = "",
        .pod = "'securityContext':{'seccompProfile':{'type':'Unconfined'}}",
        .errors = "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]"
                  ": Forbidden: unconfined is not an allowed seccomp profile. Valid "
                  "values are runtime/default pod.metadata.annotations[container.secc"
                  "omp.security.alpha.kubernetes.io/c]: Forbidden: unconfined is not "
                  "an allowed seccomp profile. Valid values are runtime/default",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .minor = 25,
    },
    {
        .name = "1.25: a default is written into both",
        .policy = "",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/securityContext',"
                 "'value':{'seccompProfile':{'type':'RuntimeDefault'}}},{'op':'add',"
                 "'path':'/metadata/annotations',"
                 "'value':{'seccomp.security.alpha.kubernetes.io/pod':'docker/default"
                 "'}}]",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default',"
                              "'seccomp.security.alpha.kubernetes.io/defaultProfileNa"
                              "me':'docker/default'",
        .minor = 25,
    },
    {
        .name = "1.25: an annotation alone is copied into the field",
        .policy = "",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/securityContext',"
                 "'value':{'seccompProfile':{'type':'RuntimeDefault'}}}]",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .pod_annotations = "'seccomp.security.alpha.kubernetes.io/pod':'runtime/defau"
                           "lt'",
        .minor = 25,
    },
    {
        .name = "1.25: that of a container, too",
        .policy = "",
        .pod = "'securityContext':{'seccompProfile':{'type':'RuntimeDefault'}}",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/containers/0/securityContext',"
                 "'value':{'seccompProfile':{'type':'Unconfined'}}}]",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default,unconfined'",
        .pod_annotations = "'container.seccomp.security.alpha.kubernetes.io/c':'uncon"
                           "fined'",
        .minor = 25,
    },
    {
        .name = "1.25: not where all is allowed",
        .policy = "",
        .pod = "",
        .errors = "",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'*'",
        .pod_annotations = "'seccomp.security.alpha.kubernetes.io/pod':'runtime/defau"
                           "lt'",
        .minor = 25,
    },
    {
        .name = "1.25: an annotation that cannot be a field counts for nothing",
        .policy = "",
        .pod = "",
        .errors = "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]"
                  ": Forbidden:  is not an allowed seccomp profile. Valid values are "
                  "x pod.metadata.annotations[container.seccomp.security.alpha.kubern"
                  "etes.io/c]: Forbidden:  is not an allowed seccomp profile. Valid "
                  "values are x",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'x'",
        .pod_annotations = "'seccomp.security.alpha.kubernetes.io/pod':'x'",
        .minor = 25,
    },
    {
        .name = "1.25: a default that cannot be a field counts for nothing",
        .policy = "",
        .pod = "",
        .errors = "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]"
                  ": Forbidden:  is not an allowed seccomp profile. Valid values are "
                  "x pod.metadata.annotations[container.seccomp.security.alpha.kubern"
                  "etes.io/c]: Forbidden:  is not an allowed seccomp profile. Valid "
                  "values are x",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'x','seccomp.security.alpha.kubernetes.io/default"
                              "ProfileName':'x'",
        .minor = 25,
    },
    {
        .name = "1.25: both must be allowed",
        .policy = "",
        .pod = "'securityContext':{'seccompProfile':{'type':'RuntimeDefault'}}",
        .errors = "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]"
                  ": Forbidden: unconfined is not an allowed seccomp profile. Valid "
                  "values are runtime/default pod.metadata.annotations[container.secc"
                  "omp.security.alpha.kubernetes.io/c]: Forbidden: unconfined is not "
                  "an allowed seccomp profile. Valid values are runtime/default",
        .policy_annotations = "'seccomp.security.alpha.kubernetes.io/allowedProfileNa"
                              "mes':'runtime/default'",
        .pod_annotations = "'seccomp.security.alpha.kubernetes.io/pod':'unconfined'",
        .minor = 25,
    },
    {
        .name = "1.25: none allowed, an annotation alone",
        .policy = "",
        .pod = "",
        .errors = "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]"
                  ": Forbidden: seccomp may not be set "
                  "pod.metadata.annotations[container.seccomp.security.alpha.kubernet"
                  "es.io/c]: Forbidden: seccomp may not be set",
        .pod_annotations = "'seccomp.security.alpha.kubernetes.io/pod':'unconfined'",
        .minor = 25,
    },
};

PSP_TEST_MAIN(rows)
