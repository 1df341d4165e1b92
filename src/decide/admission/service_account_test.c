/* SPDX-License-Identifier: Apache-2.0 */
/* ServiceAccount: the account, its token in the two ways, its secrets; mirror pods. */
#include "decide/admission/test_chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define POD(more_spec) \
    "{'metadata':{'name':'p'},'spec':{" more_spec "'containers':[{'name':'c','image':'i'}]}}"
#define ACCOUNT(name, rest)                                                \
    "{'apiVersion':'v1','kind':'ServiceAccount','metadata':{'name':'" name \
    "','namespace':'n'}" rest "}"
#define TOKEN(name, owner)                                                                         \
    "{'apiVersion':'v1','kind':'Secret','type':'kubernetes.io/service-account-token','metadata':{" \
    "'name':'" name                                                                                \
    "','namespace':'n','annotations':{'kubernetes.io/service-account.name':'" owner "'}}}"
#define WITH_TOKEN                                                                        \
    "[" ACCOUNT("a", ",'secrets':[{'name':'x'},{'name':'a.t'},{'name':'t2'}]") "," TOKEN( \
        "a.t", "a") "," TOKEN("t2", "a") "," TOKEN("x", "b") "]"
#define MOUNT(volume)                                   \
    "{'name':'" volume "','readOnly':true,'mountPath':" \
    "'/var/run/secrets/kubernetes.io/serviceaccount'}"

static void accounts(void **state)
{
    (void)state;
    static const ChainRow rows[] = {
        { .name = "default",
          .object = POD(""),
          .want = { { "/spec/serviceAccountName", "'default'" },
                    { "/spec/serviceAccount", "'default'" },
                    { "/spec/volumes", NULL } } },
        { .name = "the older field",
          .state = "[" ACCOUNT("a", ",'automountServiceAccountToken':false") "]",
          .object = POD("'serviceAccount':'a',"),
          .want = { { "/spec/serviceAccountName", "'a'" } } },
        { .name = "missing",
          .object = POD("'serviceAccountName':'none',"),
          .message = "pods \"p\" is forbidden: error looking up service account n/none: "
                     "serviceaccount \"none\" not found" },
        { .name = "a generated name",
          .object = "{'metadata':{'generateName':'g-'},'spec':{'serviceAccountName':'none',"
                    "'containers':[{'name':'c','image':'i'}]}}",
          .message = "pods \"g-\" is forbidden: error looking up service account n/none: "
                     "serviceaccount \"none\" not found" },
        { .name = "pull secrets",
          .state = "[" ACCOUNT("a", ",'automountServiceAccountToken':false,'imagePullSecrets':"
                                    "[{'name':'r','kind':'Secret'},{'name':'s'}]") "]",
          .object = POD("'serviceAccountName':'a',"),
          .want = { { "/spec/imagePullSecrets", "[{'name':'r'},{'name':'s'}]" } } },
        { .name = "its own pull secrets",
          .state = "[" ACCOUNT("a", ",'automountServiceAccountToken':false,'imagePullSecrets':"
                                    "[{'name':'r'}]") "]",
          .object = POD("'serviceAccountName':'a','imagePullSecrets':[{'name':'mine'}],"),
          .want = { { "/spec/imagePullSecrets", "[{'name':'mine'}]" } } },
    };
    chain_check(rows, COUNT_OF(rows));
}

static void token_secrets(void **state)
{
    (void)state;
    static const ChainRow rows[] = {
        { .name = "the first that the account lists and that is its own",
          .state = WITH_TOKEN,
          .object = POD("'serviceAccountName':'a','initContainers':[{'name':'j','image':'i'}],"),
          .want = { { "/spec/volumes",
                      "[{'name':'a-t','secret':{'secretName':'a.t','defaultMode':420}}]" },
                    { "/spec/containers/0/volumeMounts", "[" MOUNT("a-t") "]" },
                    { "/spec/initContainers/0/volumeMounts", "[" MOUNT("a-t") "]" } } },
        { .name = "the pod does not want it",
          .state = WITH_TOKEN,
          .object = POD("'serviceAccountName':'a','automountServiceAccountToken':false,"),
          .want = { { "/spec/volumes", NULL } } },
        { .name = "the pod wants it, the account does not; there is none",
          .object = POD("'automountServiceAccountToken':true,"),
          .message = "No API token found for service account \"default\", retry after the token is "
                     "automatically created and added to the service account" },
        { .name = "a volume that has it",
          .state = WITH_TOKEN,
          .object = POD("'serviceAccountName':'a','volumes':[{'name':'v','secret':{'secretName':"
                        "'a.t'}}],"),
          .want = { { "/spec/volumes/1", NULL },
                    { "/spec/containers/0/volumeMounts", "[" MOUNT("v") "]" } } },
        { .name = "the name is taken",
          .state = WITH_TOKEN,
          .object = POD("'serviceAccountName':'a','volumes':[{'name':'a-t','emptyDir':{}}],"),
          .want = { { "/spec/volumes/1/name", "'a-t-xxxxx'" },
                    { "/spec/containers/0/volumeMounts", "[" MOUNT("a-t-xxxxx") "]" } } },
        { .name = "the place is taken in every container",
          .state = WITH_TOKEN,
          .object =
              "{'metadata':{'name':'p'},'spec':{'serviceAccountName':'a','volumes':[{'name':"
              "'v','emptyDir':{}}],'containers':[{'name':'c','image':'i','volumeMounts':"
              "[{'name':'v','mountPath':'/var/run/secrets/kubernetes.io/serviceaccount'}]}]}}",
          .want = { { "/spec/volumes/1", NULL }, { "/spec/containers/0/volumeMounts/1", NULL } } },
        { .name = "a projected volume from 1.21 on, without any secret",
          .state = "[" ACCOUNT("a", "") "]",
          .object = POD("'serviceAccountName':'a',"),
          .minor = 22,
          .want = { { "/spec/volumes/0/name", "'kube-api-access-xxxxx'" },
                    { "/spec/volumes/0/projected/sources/0/serviceAccountToken",
                      "{'expirationSeconds':3607,'path':'token'}" },
                    { "/spec/volumes/0/projected/sources/1/configMap/name", "'kube-root-ca.crt'" },
                    { "/spec/volumes/0/projected/sources/2/downwardAPI/items/0/path",
                      "'namespace'" },
                    { "/spec/volumes/0/projected/defaultMode", "420" },
                    { "/spec/containers/0/volumeMounts/0/name", "'kube-api-access-xxxxx'" } } },
    };
    chain_check(rows, COUNT_OF(rows));
}

static void mountable_secrets(void **state)
{
    (void)state;
#define STRICT(value)                                                                   \
    "[{'apiVersion':'v1','kind':'ServiceAccount','automountServiceAccountToken':false," \
    "'metadata':{'name':'a','namespace':'n','annotations':{"                            \
    "'kubernetes.io/enforce-mountable-secrets':'" value "'}},'secrets':[{'name':'s'}]," \
    "'imagePullSecrets':[{'name':'r'}]}]"
#define ENV(list, secret)                                                                  \
    "'" list "':[{'name':'j','image':'i','env':[{'name':'E','valueFrom':{'secretKeyRef':{" \
    "'name':'" secret "','key':'k'}}}]}],"
    static const ChainRow rows[] = {
        { .name = "envFrom, which older releases do not look at",
          .state = STRICT("true"),
          .object = "{'metadata':{'name':'p'},'spec':{'serviceAccountName':'a','containers':[{"
                    "'name':'c','image':'i','envFrom':[{'secretRef':{'name':'other'}}]}]}}",
          .minor = 37,
          .message = "pods \"p\" is forbidden: container c with envFrom referencing "
                     "secret.secretName=\"other\" is not allowed because service account a does "
                     "not reference that secret" },
        { .name = "a volume",
          .state = STRICT("true"),
          .object = POD("'serviceAccountName':'a','volumes':[{'name':'v','secret':{'secretName':"
                        "'other'}}],"),
          .message = "pods \"p\" is forbidden: volume with secret.secretName=\"other\" is not "
                     "allowed because service account a does not reference that secret" },
        { .name = "an init container's environment",
          .state = STRICT("1"),
          .object = POD("'serviceAccountName':'a'," ENV("initContainers", "other")),
          .message = "pods \"p\" is forbidden: init container j with envVar E referencing "
                     "secret.secretName=\"other\" is not allowed because service account a does "
                     "not reference that secret" },
        { .name = "a pull secret",
          .state = STRICT("T"),
          .object = POD("'serviceAccountName':'a','imagePullSecrets':[{'name':'r'},{'name':'q'}],"),
          .message = "pods \"p\" is forbidden: imagePullSecrets[1].name=\"q\" is not allowed "
                     "because service account a does not reference that imagePullSecret" },
        { .name = "what it lists",
          .state = STRICT("true"),
          .object = POD("'serviceAccountName':'a','volumes':[{'name':'v','secret':{'secretName':"
                        "'s'}}]," ENV("initContainers", "s")) },
        { .name = "a value that is not true",
          .state = STRICT("yes"),
          .object = POD("'serviceAccountName':'a','volumes':[{'name':'v','secret':{'secretName':"
                        "'other'}}],") },
    };
    chain_check(rows, COUNT_OF(rows));
}

static void mirror_pods(void **state)
{
    (void)state;
#define MIRROR(spec)                                                                          \
    "{'metadata':{'name':'p','annotations':{'kubernetes.io/config.mirror':''}},'spec':{" spec \
    "'containers':[{'name':'c','image':'i'}],'nodeName':'a'}}"
    static const ChainRow rows[] = {
        { .name = "no account is given to it",
          .object = MIRROR(""),
          .want = { { "/spec/serviceAccountName", NULL } } },
        { .name = "an account",
          .object = MIRROR("'serviceAccountName':'default',"),
          .message = "pods \"p\" is forbidden: a mirror pod may not reference service accounts" },
        { .name = "a secret",
          .object = MIRROR("'volumes':[{'name':'v','csi':{'driver':'d.x','nodePublishSecretRef':{"
                           "'name':'s'}}}],"),
          .message = "pods \"p\" is forbidden: a mirror pod may not reference secrets" },
        { .name = "a token",
          .object = MIRROR("'volumes':[{'name':'v','projected':{'sources':[{'serviceAccountToken':{"
                           "'path':'t'}}]}}],"),
          .message = "pods \"p\" is forbidden: a mirror pod may not use ServiceAccountToken volume "
                     "projections" },
    };
    chain_check(rows, COUNT_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts),
        cmocka_unit_test(token_secrets),
        cmocka_unit_test(mountable_secrets),
        cmocka_unit_test(mirror_pods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
