/* SPDX-License-Identifier: Apache-2.0 */
/* Types of volumes, and the volumes of a service account. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "none",
        .policy = "'volumes':[]",
        .pod = "",
        .errors = "",
    },
    {
        .name = "all",
        .policy = "'volumes':['*']",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/'}},{'name':'v1',"
               "'nfs':{}}]",
        .errors = "",
    },
    {
        .name = "listed",
        .policy = "'volumes':['secret','emptyDir']",
        .pod = "'volumes':[{'name':'v0','secret':{}},{'name':'v1','emptyDir':{}}]",
        .errors = "",
    },
    {
        .name = "not listed, each",
        .policy = "'volumes':['secret']",
        .pod = "'volumes':[{'name':'v0','emptyDir':{}},{'name':'v1','secret':{}},"
               "{'name':'v2','nfs':{}}]",
        .errors = "spec.volumes[0]: Invalid value: \"emptyDir\": emptyDir volumes are "
                  "not allowed to be used spec.volumes[2]: Invalid value: \"nfs\": nfs "
                  "volumes are not allowed to be used",
    },
    {
        .name = "no source is emptyDir",
        .policy = "'volumes':['secret']",
        .pod = "'volumes':[{'name':'v'}]",
        .errors = "spec.volumes[0]: Invalid value: \"emptyDir\": emptyDir volumes are "
                  "not allowed to be used",
    },
    {
        .name = "the policy spells cephFS",
        .policy = "'volumes':['cephFS']",
        .pod = "'volumes':[{'name':'v0','cephfs':{}}]",
        .errors = "",
    },
    {
        .name = "cephfs is no type",
        .policy = "'volumes':['cephfs']",
        .pod = "'volumes':[{'name':'v0','cephfs':{}}]",
        .errors = "spec.volumes[0]: Invalid value: \"cephFS\": cephFS volumes are not "
                  "allowed to be used",
    },
    {
        .name = "two sources: the first in the order of the API server",
        .policy = "'volumes':['nfs']",
        .pod = "'volumes':[{'name':'v0','nfs':{},'hostPath':{'path':'/'}}]",
        .errors = "spec.volumes[0]: Invalid value: \"hostPath\": hostPath volumes are "
                  "not allowed to be used",
    },
    {
        .name = "a null source is none",
        .policy = "'volumes':['nfs']",
        .pod = "'volumes':[{'name':'v0','nfs':{},'hostPath':null}]",
        .errors = "",
    },
    {
        .name = "a type from the future",
        .policy = "'volumes':['*']",
        .pod = "'volumes':[{'name':'v0','teleport':{}}]",
        .errors = "spec.volumes[0]: Invalid value: \"\": unknown volume type for "
                  "volume: teleport",
    },
    {
        .name = "service account volume under secret",
        .policy = "'volumes':['secret']",
        .pod = "'volumes':[{'name':'v0','projected':{'sources':[{'serviceAccountToken"
               "':{'path':'token'}},{'configMap':{'name':'kube-root-ca.crt'}},"
               "{'downwardAPI':{'items':[{'path':'namespace',"
               "'fieldRef':{'apiVersion':'v1',"
               "'fieldPath':'metadata.namespace'}}]}}]}}]",
        .errors = "",
    },
    {
        .name = "no sources at all",
        .policy = "'volumes':['secret']",
        .pod = "'volumes':[{'name':'v0','projected':{'sources':[]}}]",
        .errors = "",
    },
    {
        .name = "another token path",
        .policy = "'volumes':['secret']",
        .pod = "'volumes':[{'name':'v0','projected':{'sources':[{'serviceAccountToken"
               "':{'path':'t'}}]}}]",
        .errors = "spec.volumes[0]: Invalid value: \"projected\": projected volumes "
                  "are not allowed to be used",
    },
    {
        .name = "another audience",
        .policy = "'volumes':['secret']",
        .pod = "'volumes':[{'name':'v0','projected':{'sources':[{'serviceAccountToken"
               "':{'path':'token','audience':'vault'}}]}}]",
        .errors = "spec.volumes[0]: Invalid value: \"projected\": projected volumes "
                  "are not allowed to be used",
    },
    {
        .name = "another config map",
        .policy = "'volumes':['secret']",
        .pod = "'volumes':[{'name':'v0','projected':{'sources':[{'configMap':{'name':"
               "'cm'}}]}}]",
        .errors = "spec.volumes[0]: Invalid value: \"projected\": projected volumes "
                  "are not allowed to be used",
    },
    {
        .name = "another field",
        .policy = "'volumes':['secret']",
        .pod = "'volumes':[{'name':'v0','projected':{'sources':[{'downwardAPI':{'item"
               "s':[{'path':'namespace','fieldRef':{'fieldPath':'metadata.name'}}]}}]"
               "}}]",
        .errors = "spec.volumes[0]: Invalid value: \"projected\": projected volumes "
                  "are not allowed to be used",
    },
    {
        .name = "a secret source",
        .policy = "'volumes':['secret']",
        .pod = "'volumes':[{'name':'v0','projected':{'sources':[{'serviceAccountToken"
               "':{'path':'token'}},{'configMap':{'name':'kube-root-ca.crt'}},"
               "{'downwardAPI':{'items':[{'path':'namespace',"
               "'fieldRef':{'apiVersion':'v1','fieldPath':'metadata.namespace'}}]}},"
               "{'secret':{'name':'s'}}]}}]",
        .errors = "spec.volumes[0]: Invalid value: \"projected\": projected volumes "
                  "are not allowed to be used",
    },
    {
        .name = "an empty source",
        .policy = "'volumes':['secret']",
        .pod = "'volumes':[{'name':'v0','projected':{'sources':[{}]}}]",
        .errors = "spec.volumes[0]: Invalid value: \"projected\": projected volumes "
                  "are not allowed to be used",
    },
    {
        .name = "projected when listed",
        .policy = "'volumes':['projected']",
        .pod = "'volumes':[{'name':'v0','projected':{'sources':[{'secret':{'name':'s'"
               "}}]}}]",
        .errors = "",
    },
    {
        .name = "secret is needed for the exception",
        .policy = "'volumes':['configMap']",
        .pod = "'volumes':[{'name':'v0','projected':{'sources':[{'serviceAccountToken"
               "':{'path':'token'}},{'configMap':{'name':'kube-root-ca.crt'}},"
               "{'downwardAPI':{'items':[{'path':'namespace',"
               "'fieldRef':{'apiVersion':'v1',"
               "'fieldPath':'metadata.namespace'}}]}}]}}]",
        .errors = "spec.volumes[0]: Invalid value: \"projected\": projected volumes "
                  "are not allowed to be used",
    },
};

PSP_TEST_MAIN(rows)
