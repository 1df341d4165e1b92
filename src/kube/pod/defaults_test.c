/* SPDX-License-Identifier: Apache-2.0 */
/* Defaulting: a row for each thing that is filled in. */
#include "kube/pod/defaults.h"
#include "kube/pod/image_ref.h"
#include "kube/pod/test_pod.h"

#define C_DEFAULTS                                                                      \
    "'imagePullPolicy':'IfNotPresent','terminationMessagePath':'/dev/termination-log'," \
    "'terminationMessagePolicy':'File'"
#define SPEC_DEFAULTS                                      \
    "'dnsPolicy':'ClusterFirst','restartPolicy':'Always'," \
    "'terminationGracePeriodSeconds':30,'schedulerName':'default-scheduler'"
#define POD_DEFAULTS SPEC_DEFAULTS ",'enableServiceLinks':true"

typedef struct Row {
    const char *name;
    const char *spec; /* without braces */
    const char *want; /* of the spec */
    int minor;        /* 0 for 20 */
} Row;

static const Row pod_rows[] = {
    { "an empty spec", "", POD_DEFAULTS ",'securityContext':{}", 0 },
    { "what is set stays",
      "'dnsPolicy':'Default','restartPolicy':'Never','terminationGracePeriodSeconds':0,"
      "'schedulerName':'x','enableServiceLinks':false,'securityContext':{'runAsUser':1}",
      "'dnsPolicy':'Default','restartPolicy':'Never','terminationGracePeriodSeconds':0,"
      "'schedulerName':'x','enableServiceLinks':false,'securityContext':{'runAsUser':1}",
      0 },
    { "the old service account name", "'serviceAccount':'old'",
      POD_DEFAULTS ",'securityContext':{},'serviceAccount':'old','serviceAccountName':'old'", 0 },
    { "the new service account name wins", "'serviceAccount':'old','serviceAccountName':'new'",
      POD_DEFAULTS ",'securityContext':{},'serviceAccount':'new','serviceAccountName':'new'", 0 },
    { "an empty service account name", "'serviceAccountName':''",
      POD_DEFAULTS ",'securityContext':{}", 0 },
    { "a container of each kind",
      "'containers':[{'name':'c','image':'i:1'}],'initContainers':[{'name':'i','image':'i'}],"
      "'ephemeralContainers':[{'name':'e','image':'i:1'}]",
      POD_DEFAULTS
      ",'securityContext':{},'containers':[{'name':'c','image':'i:1','resources':{}," C_DEFAULTS
      "}],'initContainers':[{'name':'i','image':'i','resources':{},"
      "'imagePullPolicy':'Always','terminationMessagePath':'/dev/termination-log',"
      "'terminationMessagePolicy':'File'}],"
      "'ephemeralContainers':[{'name':'e','image':'i:1','resources':{}," C_DEFAULTS "}]",
      0 },
    { "requests from limits",
      "'containers':[{'image':'i:1','resources':{'limits':{'cpu':'1','memory':'1Gi'},"
      "'requests':{'cpu':'100m'}}}],"
      "'ephemeralContainers':[{'image':'i:1','resources':{'limits':{'cpu':'1'}}}]",
      POD_DEFAULTS
      ",'securityContext':{},'containers':[{'image':'i:1','resources':{'limits':"
      "{'cpu':'1','memory':'1Gi'},'requests':{'cpu':'100m','memory':'1Gi'}}," C_DEFAULTS
      "}],'ephemeralContainers':[{'image':'i:1','resources':{'limits':"
      "{'cpu':'1'}}," C_DEFAULTS "}]",
      0 },
    { "quantities finer than a thousandth",
      "'containers':[{'image':'i:1','resources':{'limits':{'cpu':'100u'}}}],"
      "'overhead':{'cpu':'1500100u'}",
      POD_DEFAULTS ",'securityContext':{},'containers':[{'image':'i:1','resources':{'limits':"
                   "{'cpu':'1m'},'requests':{'cpu':'1m'}}," C_DEFAULTS "}],"
                   "'overhead':{'cpu':'1501m'}",
      0 },
    { "ports",
      "'hostNetwork':true,'containers':[{'image':'i:1','ports':[{'containerPort':80},"
      "{'containerPort':81,'hostPort':82,'protocol':'UDP'}]}]",
      POD_DEFAULTS ",'securityContext':{},'hostNetwork':true,'containers':[{'image':'i:1',"
                   "'resources':{},'ports':[{'containerPort':80,'hostPort':80,'protocol':'TCP'},"
                   "{'containerPort':81,'hostPort':82,'protocol':'UDP'}]," C_DEFAULTS "}]",
      0 },
    { "probes, hooks, environment",
      "'containers':[{'image':'i:1','livenessProbe':{'httpGet':{'port':1}},"
      "'readinessProbe':{'tcpSocket':{'port':1},'periodSeconds':5,'timeoutSeconds':0},"
      "'startupProbe':{'exec':{}},'lifecycle':{'preStop':{'httpGet':{'port':1,'scheme':'HTTPS'}},"
      "'postStart':{'httpGet':{'path':'/x','port':1}}},"
      "'env':[{'name':'A','valueFrom':{'fieldRef':{'fieldPath':'metadata.name'}}},{'name':'B'}]}]",
      POD_DEFAULTS
      ",'securityContext':{},'containers':[{'image':'i:1','resources':{},"
      "'livenessProbe':{'httpGet':{'port':1,'path':'/','scheme':'HTTP'},'timeoutSeconds':1,"
      "'periodSeconds':10,'successThreshold':1,'failureThreshold':3},"
      "'readinessProbe':{'tcpSocket':{'port':1},'timeoutSeconds':1,'periodSeconds':5,"
      "'successThreshold':1,'failureThreshold':3},"
      "'startupProbe':{'exec':{},'timeoutSeconds':1,'periodSeconds':10,'successThreshold':1,"
      "'failureThreshold':3},"
      "'lifecycle':{'preStop':{'httpGet':{'port':1,'path':'/','scheme':'HTTPS'}},"
      "'postStart':{'httpGet':{'path':'/x','port':1,'scheme':'HTTP'}}},"
      "'env':[{'name':'A','valueFrom':{'fieldRef':{'apiVersion':'v1',"
      "'fieldPath':'metadata.name'}}},{'name':'B'}]," C_DEFAULTS "}]",
      0 },
    { "a gRPC probe", "'containers':[{'image':'i:1','livenessProbe':{'grpc':{'port':1}}}]",
      POD_DEFAULTS ",'securityContext':{},'containers':[{'image':'i:1','resources':{},"
                   "'livenessProbe':{'grpc':{'port':1,'service':''},'timeoutSeconds':1,"
                   "'periodSeconds':10,'successThreshold':1,'failureThreshold':3}," C_DEFAULTS "}]",
      27 },
    { "volumes",
      "'volumes':[{'name':'a'},{'name':'b','hostPath':{'path':'/x'}},"
      "{'name':'c','secret':{'secretName':'s'}},{'name':'d','configMap':{'name':'s'}},"
      "{'name':'e','downwardAPI':{'items':[{'path':'p','fieldRef':{'fieldPath':'f'}}]}},"
      "{'name':'f','projected':{'sources':[{'serviceAccountToken':{'path':'t'}},"
      "{'downwardAPI':{'items':[{'path':'p','fieldRef':{'fieldPath':'f'}}]}}]}},"
      "{'name':'g','iscsi':{'lun':0}},{'name':'h','rbd':{'image':'i'}},"
      "{'name':'i','azureDisk':{'diskName':'d'}},{'name':'j','scaleIO':{'gateway':'g'}},"
      "{'name':'k','ephemeral':{'volumeClaimTemplate':{'spec':{}}}},"
      "{'name':'l','secret':{'defaultMode':256}},{'name':'m','emptyDir':{}}]",
      POD_DEFAULTS
      ",'securityContext':{},'volumes':[{'name':'a','emptyDir':{}},"
      "{'name':'b','hostPath':{'path':'/x','type':''}},"
      "{'name':'c','secret':{'secretName':'s','defaultMode':420}},"
      "{'name':'d','configMap':{'name':'s','defaultMode':420}},"
      "{'name':'e','downwardAPI':{'defaultMode':420,'items':[{'path':'p','fieldRef':"
      "{'apiVersion':'v1','fieldPath':'f'}}]}},"
      "{'name':'f','projected':{'defaultMode':420,'sources':[{'serviceAccountToken':"
      "{'path':'t','expirationSeconds':3600}},{'downwardAPI':{'items':[{'path':'p','fieldRef':"
      "{'apiVersion':'v1','fieldPath':'f'}}]}}]}},"
      "{'name':'g','iscsi':{'lun':0,'iscsiInterface':'default'}},"
      "{'name':'h','rbd':{'image':'i','pool':'rbd','user':'admin',"
      "'keyring':'/etc/ceph/keyring'}},"
      "{'name':'i','azureDisk':{'diskName':'d','cachingMode':'ReadWrite','kind':'Shared',"
      "'fsType':'ext4','readOnly':false}},"
      "{'name':'j','scaleIO':{'gateway':'g','storageMode':'ThinProvisioned','fsType':'xfs'}},"
      "{'name':'k','ephemeral':{'volumeClaimTemplate':{'spec':{'volumeMode':'Filesystem'}}}},"
      "{'name':'l','secret':{'defaultMode':256}},{'name':'m','emptyDir':{}}]",
      0 },
    { "an image volume", "'volumes':[{'name':'a','image':{'reference':'r:1'}}]",
      POD_DEFAULTS ",'securityContext':{},'volumes':[{'name':'a','image':{'reference':'r:1',"
                   "'pullPolicy':'IfNotPresent'}}]",
      33 },
};

static const Row template_rows[] = {
    { "no service links, no requests from limits",
      "'containers':[{'image':'i:1','resources':{'limits':{'cpu':'1'}}}]",
      SPEC_DEFAULTS ",'securityContext':{},'containers':[{'image':'i:1','resources':{'limits':"
                    "{'cpu':'1'}}," C_DEFAULTS "}]",
      0 },
    { "host ports until 1.27",
      "'hostNetwork':true,'containers':[{'image':'i:1','ports':[{'containerPort':80}]}]",
      SPEC_DEFAULTS ",'securityContext':{},'hostNetwork':true,'containers':[{'image':'i:1',"
                    "'resources':{},'ports':[{'containerPort':80,'hostPort':80,"
                    "'protocol':'TCP'}]," C_DEFAULTS "}]",
      27 },
    { "no host ports from 1.28 on",
      "'hostNetwork':true,'containers':[{'image':'i:1','ports':[{'containerPort':80}]}]",
      SPEC_DEFAULTS ",'securityContext':{},'hostNetwork':true,'containers':[{'image':'i:1',"
                    "'resources':{},'ports':[{'containerPort':80,'protocol':'TCP'}]," C_DEFAULTS
                    "}]",
      28 },
};

static void check(const Row *rows, size_t count, bool is_template)
{
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < count; i++) {
        const Row *r = &rows[i];
        KubeTarget t = kube_target(r->minor ? r->minor : 20);
        Value pod = test_json(arena_cstr(&a, arena_printf(&a, "{'spec':{%s}}", r->spec)), &a);
        const char *want = arena_cstr(
            &a, arena_printf(&a, "{%s'spec':{%s}}", is_template ? "" : "'metadata':{},", r->want));
        for (int again = 0; again < 2; again++) { /* the second time changes nothing */
            if (is_template) {
                pod_template_apply_defaults(&pod, &t, &a);
            } else {
                pod_apply_defaults(&pod, &t, &a);
            }
            test_same_json(r->name, &pod, want, &a);
        }
        arena_reset(&a);
    }
    arena_done(&a);
}

static void pods(void **state)
{
    (void)state;
    check(pod_rows, COUNT_OF(pod_rows), false);
}

static void templates(void **state)
{
    (void)state;
    check(template_rows, COUNT_OF(template_rows), true);
}

static void old_annotations(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget t = kube_target(20);
    Value pod = test_json("{'metadata':{'annotations':{'pod.beta.kubernetes.io/init-containers':"
                          "'x','pod.alpha.kubernetes.io/init-container-statuses':'y','z':'z'}}}",
                          &a);
    pod_apply_defaults(&pod, &t, &a);
    test_same_json("annotations", value_get_lit(&pod, "metadata"), "{'annotations':{'z':'z'}}", &a);
    arena_done(&a);
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        const char *want;
    } rows[] = {
        { "{'podIP':'10.0.0.1'}", "{'podIP':'10.0.0.1','podIPs':[{'ip':'10.0.0.1'}]}" },
        { "{'podIP':'10.0.0.1','podIPs':[{'ip':'10.0.0.2'},{'ip':'::1'}]}",
          "{'podIP':'10.0.0.1','podIPs':[{'ip':'10.0.0.1'}]}" },
        { "{'podIP':'10.0.0.1','podIPs':[{'ip':'10.0.0.1'},{'ip':'::1'}]}",
          "{'podIP':'10.0.0.1','podIPs':[{'ip':'10.0.0.1'},{'ip':'::1'}]}" },
        { "{'podIPs':[{'ip':'10.0.0.2'}]}", "{'podIP':'10.0.0.2','podIPs':[{'ip':'10.0.0.2'}]}" },
        { "{'podIPs':[]}", "{'podIPs':[]}" },
        { "{'podIPs':'x','podIP':5}", "{'podIPs':'x','podIP':5}" },
        { "{}", "{}" },
    };
    Arena a;
    arena_init(&a, 0);
    KubeTarget t = kube_target(20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value pod = test_json(
            arena_cstr(&a, arena_printf(&a, "{'spec':{},'status':%s}", rows[i].status)), &a);
        pod_apply_defaults(&pod, &t, &a);
        test_same_json(rows[i].status, value_get_lit(&pod, "status"), rows[i].want, &a);
    }
    arena_done(&a);
}

static void image_tags(void **state)
{
    (void)state;
#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16
    static const struct {
        const char *image;
        const char *tag;
    } rows[] = {
        { "nginx", "latest" },
        { "nginx:latest", "latest" },
        { "nginx:1.19", "1.19" },
        { "docker.io/library/nginx", "latest" },
        { "registry.example:5000/a/b", "latest" },
        { "registry.example:5000/a/b:2", "2" },
        { "localhost/a", "latest" },
        { "localhost:5000/a:v", "v" },
        { "Registry.Example/a", "latest" },
        { "a_b/c__d/e--f.g", "latest" },
        { "nginx@sha256:" HEX64, "" },
        { "nginx:latest@sha256:" HEX64, "latest" },
        { "nginx@sha256:" HEX16, "" },
        { "nginx@md5:" HEX16 HEX16, "" },
        { "", "" },
        { " ", "" },
        { "Nginx", "" },
        { "UPPER/nginx", "" },
        { "nginx:", "" },
        { "nginx:-x", "" },
        { "/nginx", "" },
        { "a//b", "" },
        { "a___b", "" },
        { "a..b", "" },
        { "-a", "" },
        { "a-", "" },
        { "a:1:2", "" },
        { "a b", "" },
        { "-x.example/a", "" },
        { "x.example:port/a", "" },
        { HEX64, "" },
        { HEX64 "0", "latest" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        test_same_text(rows[i].image, image_ref_tag(str_from_c(rows[i].image)), rows[i].tag);
    }
    char longest[400];
    memset(longest, 'a', sizeof(longest));
    test_same_text("255 bytes with docker.io/library/", image_ref_tag(str_from(longest, 237)),
                   "latest");
    test_same_text("256 bytes", image_ref_tag(str_from(longest, 238)), "");
    memcpy(longest, "a:", 2);
    assert_int_equal(image_ref_tag(str_from(longest, 2 + 128)).len, 128);
    assert_int_equal(image_ref_tag(str_from(longest, 2 + 129)).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pods),
        cmocka_unit_test(templates),
        cmocka_unit_test(old_annotations),
        cmocka_unit_test(addresses),
        cmocka_unit_test(image_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
