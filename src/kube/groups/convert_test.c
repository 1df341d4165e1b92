/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in another version of their kind. */
#include "kube/groups/convert.h"
#include "kube/groups/test_groups.h"

#define META "'metadata':{'name':'x','namespace':'n','creationTimestamp':null}"

static const struct {
    const char *name;
    const char *in;
    const char *to;
    const char *want;
    int minor; /* 0 for 1.20 */
} rows[] = {
    { "ingress forth",
      "{'apiVersion':'extensions/v1beta1','kind':'Ingress'," META ",'spec':{'backend':{"
      "'serviceName':'s','servicePort':80},'rules':[{'host':'a','http':{'paths':[{'path':'/',"
      "'pathType':'Exact','backend':{'serviceName':'t','servicePort':'p'}}]}}]}}",
      "networking.k8s.io/v1",
      "{'kind':'Ingress','apiVersion':'networking.k8s.io/v1'," META ",'spec':{'defaultBackend':{"
      "'service':{'name':'s','port':{'number':80}}},'rules':[{'host':'a','http':{'paths':[{'path':"
      "'/','pathType':'Exact','backend':{'service':{'name':'t','port':{'name':'p'}}}}]}}]},"
      "'status':{'loadBalancer':{}}}" },
    { "ingress back",
      "{'kind':'Ingress','apiVersion':'networking.k8s.io/v1'," META ",'spec':{'defaultBackend':{"
      "'service':{'name':'s','port':{'number':80}}},'rules':[{'http':{'paths':[{'pathType':"
      "'Exact','backend':{'resource':{'kind':'k','name':'r'}}}]}}]}}",
      "networking.k8s.io/v1beta1",
      "{'kind':'Ingress','apiVersion':'networking.k8s.io/v1beta1'," META ",'spec':{'backend':{"
      "'serviceName':'s','servicePort':80},'rules':[{'http':{'paths':[{'pathType':'Exact',"
      "'backend':{'servicePort':0,'resource':{'apiGroup':null,'kind':'k','name':'r'}}}]}}]},"
      "'status':{'loadBalancer':{}}}" },
    { "autoscaler forth",
      "{'kind':'HorizontalPodAutoscaler','apiVersion':'autoscaling/v1'," META ",'spec':{"
      "'scaleTargetRef':{'kind':'k','name':'r'},'maxReplicas':3,"
      "'targetCPUUtilizationPercentage':50},'status':{'currentReplicas':0,'desiredReplicas':0}}",
      "autoscaling/v2beta2",
      "{'kind':'HorizontalPodAutoscaler','apiVersion':'autoscaling/v2beta2'," META ",'spec':{"
      "'scaleTargetRef':{'kind':'k','name':'r'},'maxReplicas':3,'metrics':[{'type':'Resource',"
      "'resource':{'name':'cpu','target':{'type':'Utilization','averageUtilization':50}}}]},"
      "'status':{'currentReplicas':0,'desiredReplicas':0,'currentMetrics':null,"
      "'conditions':null}}" },
    { "policy",
      "{'kind':'PodSecurityPolicy','apiVersion':'policy/v1beta1','metadata':{'name':'x'},'spec':{"
      "'privileged':true}}",
      "extensions/v1beta1",
      "{'kind':'PodSecurityPolicy','apiVersion':'extensions/v1beta1','metadata':{'name':'x',"
      "'creationTimestamp':null},'spec':{'privileged':true,'seLinux':{'rule':''},'runAsUser':{"
      "'rule':''},'supplementalGroups':{},'fsGroup':{}}}" },
    { "event forth",
      "{'kind':'Event','apiVersion':'v1'," META ",'involvedObject':{'kind':'Pod'},'reason':'r',"
      "'message':'m','source':{'component':'c'},'firstTimestamp':'2021-01-01T00:00:00Z',"
      "'lastTimestamp':null,'count':2,'type':'Normal','eventTime':null,'reportingComponent':'p',"
      "'reportingInstance':'i'}",
      "events.k8s.io/v1",
      "{'kind':'Event','apiVersion':'events.k8s.io/v1'," META ",'eventTime':null,"
      "'reportingController':'p','reportingInstance':'i','reason':'r','regarding':{'kind':'Pod'},"
      "'note':'m','type':'Normal','deprecatedSource':{'component':'c'},"
      "'deprecatedFirstTimestamp':'2021-01-01T00:00:00Z','deprecatedLastTimestamp':null,"
      "'deprecatedCount':2}" },
    { "event back",
      "{'kind':'Event','apiVersion':'events.k8s.io/v1beta1'," META ",'eventTime':null,"
      "'reportingController':'p','regarding':{'kind':'Pod'},'note':'m'}",
      "v1",
      "{'kind':'Event','apiVersion':'v1'," META ",'involvedObject':{'kind':'Pod'},'message':'m',"
      "'source':{},'firstTimestamp':null,'lastTimestamp':null,'eventTime':null,"
      "'reportingComponent':'p','reportingInstance':''}" },
    { "slice forth",
      "{'kind':'EndpointSlice','apiVersion':'discovery.k8s.io/v1beta1'," META ",'addressType':"
      "'IPv4','endpoints':[{'addresses':['1.2.3.4'],'nodeName':'h','topology':{"
      "'topology.kubernetes.io/zone':'z','kubernetes.io/hostname':'h','a':'b'}}],'ports':null}",
      "discovery.k8s.io/v1",
      "{'kind':'EndpointSlice','apiVersion':'discovery.k8s.io/v1'," META ",'addressType':'IPv4',"
      "'endpoints':[{'addresses':['1.2.3.4'],'conditions':{},'deprecatedTopology':{'a':'b'},"
      "'nodeName':'h','zone':'z'}],'ports':null}",
      22 },
    { "slice back",
      "{'kind':'EndpointSlice','apiVersion':'discovery.k8s.io/v1'," META ",'addressType':'IPv4',"
      "'endpoints':[{'addresses':['1.2.3.4'],'nodeName':'h','zone':'z'}],'ports':null}",
      "discovery.k8s.io/v1beta1",
      "{'kind':'EndpointSlice','apiVersion':'discovery.k8s.io/v1beta1'," META ",'addressType':"
      "'IPv4','endpoints':[{'addresses':['1.2.3.4'],'conditions':{},'topology':{"
      "'topology.kubernetes.io/zone':'z','kubernetes.io/hostname':'h'},'nodeName':'h'}],'ports':"
      "null}",
      22 },
};

static void converts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        KubeTarget t = kube_target(rows[i].minor ? rows[i].minor : 20);
        Value in = group_read(rows[i].name, rows[i].in, rows[i].minor, &a);
        Value before = value_copy(&in, &a);
        Value out;
        assert_true(kube_convert(&in, str_from_c(rows[i].to), &t, &a, &out));
        assert_true(value_equal(&in, &before));
        Value want;
        Err err;
        char *text = (char *)(uintptr_t)arena_cstr(&a, str_from_c(rows[i].want));
        for (char *c = text; *c; c++) {
            *c = *c == '\'' ? '"' : *c;
        }
        assert_true(json_read(STR("row"), str_from_c(text), NULL, &a, &want, &err));
        if (!value_equal(&out, &want)) {
            Buf b = buf_new(&a);
            json_write(&out, &b);
            fail_msg("%s:\n got %.*s\nwant %s", rows[i].name, STR_ARG(buf_str(&b)), text);
        }
        arena_done(&a);
    }
}

static void leaves_alone_what_it_does_not_know(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget t = kube_target(20);
    Value in = value_object();
    Value out;
    assert_false(kube_convert(&in, STR("v1"), &t, &a, &out));
    value_set_lit(&in, "apiVersion", value_str(STR("x.example.org/v1")), &a);
    value_set_lit(&in, "kind", value_str(STR("X")), &a);
    assert_false(kube_convert(&in, STR("x.example.org/v2"), &t, &a, &out));
    assert_ptr_equal(out.members, in.members);
    assert_true(kube_convert(&in, STR("x.example.org/v1"), &t, &a, &out));
    group_expect("group", kube_storage_group(STR("extensions"), STR("Ingress")),
                 "networking.k8s.io", " ");
    group_expect("group", kube_storage_group(STR("events.k8s.io"), STR("Event")), "", " ");
    group_expect("group", kube_storage_group(STR("apps"), STR("Deployment")), "apps", " ");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts),
        cmocka_unit_test(leaves_alone_what_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
