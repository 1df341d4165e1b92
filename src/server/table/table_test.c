/* SPDX-License-Identifier: Apache-2.0 */
/* Objects as tables: cells by kind and version, columns, and the table around them. */
#include "server/table/table.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "doc/json.h"
#include "kube/kinds.h"

/* Objects say 2021-01-01T00:00:00Z where they were made; it is 90 seconds later. */
enum { NOW = 1609459290 };

static Value read_json(const char *text, Arena *a)
{
    /* single quotes stand for double ones */
    Str copy = arena_str(a, str_from_c(text));
    char *bytes = (char *)arena_alloc(a, copy.len + 1);
    for (size_t i = 0; i < copy.len; i++) {
        bytes[i] = copy.ptr[i] == '\'' ? '"' : copy.ptr[i];
    }
    Value out;
    Err err;
    if (!json_read(STR("test"), str_from(bytes, copy.len), NULL, a, &out, &err)) {
        fail_msg("%.*s in %s", STR_ARG(err.msg), text);
    }
    return out;
}

static const char *render(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    json_write(v, &b);
    char *bytes = (char *)arena_alloc(a, b.len + 1);
    for (size_t i = 0; i < b.len; i++) {
        bytes[i] = b.ptr[i] == '"' ? '\'' : b.ptr[i];
    }
    bytes[b.len] = '\0';
    return bytes;
}

typedef struct Row {
    int minor;
    const char *api_version;
    const char *kind;
    const char *fields; /* beside kind and apiVersion; metadata first, or made up */
    const char *cells;
} Row;

static void check_row(const Row *row)
{
    Arena arena;
    arena_init(&arena, 0);
    KubeTarget target = kube_target(row->minor);
    Str group, version;
    kube_split_api_version(str_from_c(row->api_version), &group, &version);
    TableOptions options = { .target = &target,
                             .group = group,
                             .kind = str_from_c(row->kind),
                             .now = NOW,
                             .include = TABLE_INCLUDE_NONE };
    const char *metadata = "'metadata':{'name':'n','namespace':'ns','creationTimestamp':"
                           "'2021-01-01T00:00:00Z'}";
    bool is_own = str_starts_with(str_from_c(row->fields), STR("'metadata'"));
    Str text = arena_printf(&arena, "{'kind':'%s','apiVersion':'%s',%s%s%s}", row->kind,
                            row->api_version, is_own ? "" : metadata,
                            is_own || !row->fields[0] ? "" : ",", row->fields);
    Value object = read_json(arena_cstr(&arena, text), &arena);
    Value table = table_of_object(&options, &object, &arena);
    Value *cells = value_get_lit(value_item(value_get_lit(&table, "rows"), 0), "cells");
    const char *got = render(cells, &arena);
    if (strcmp(got, row->cells) != 0) {
        fail_msg("1.%d %s %s\n  got  %s\n  want %s", row->minor, row->kind, row->fields, got,
                 row->cells);
    }
    arena_done(&arena);
}

static void check_rows(const Row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_row(&rows[i]);
    }
}

/* -- pods -------------------------------------------------------------------------------------- */

#define TWO "'spec':{'containers':[{'name':'a'},{'name':'b'}]}"
#define ONE_INIT "'spec':{'containers':[{'name':'a'}],'initContainers':[{'name':'i'},{'name':'j'}]}"
#define SIDECAR                                                                                    \
    "'spec':{'containers':[{'name':'a'}],'initContainers':[{'name':'i','restartPolicy':'Always'}]" \
    "}"
#define NONE ",'90s','<none>','<none>','<none>','<none>']"
#define INIT(state) "'status':{'phase':'Pending','initContainerStatuses':[" state "]}"

static void pods(void **state)
{
    (void)state;
    static const Row rows[] = {
        { 20, "v1", "Pod", TWO ",'status':{'phase':'Pending'}", "['n','0/2','Pending',0" NONE },
        { 20, "v1", "Pod", TWO ",'status':{'phase':'Failed','reason':'Evicted'}",
          "['n','0/2','Evicted',0" NONE },
        { 20, "v1", "Pod",
          "'spec':{'containers':[{}],'nodeName':'m','readinessGates':[{'conditionType':'x'},"
          "{'conditionType':'y'}]},'status':{'phase':'Running','podIP':'1.2.3.4','podIPs':[{'ip':"
          "'1.2.3.4'}],'nominatedNodeName':'k','conditions':[{'type':'x','status':'True'},{'type':"
          "'y','status':'False'}],'containerStatuses':[{'ready':true,'restartCount':2,'state':"
          "{'running':{}}}]}",
          "['n','1/1','Running',2,'90s','1.2.3.4','m','k','1/2']" },
        { 20, "v1", "Pod",
          TWO ",'status':{'phase':'Running','containerStatuses':[{'restartCount':3,'state':"
              "{'waiting':{'reason':'CrashLoopBackOff'}}},{'ready':true,'restartCount':1,'state':"
              "{'running':{}}}]}",
          "['n','1/2','CrashLoopBackOff',4" NONE },
        { 20, "v1", "Pod",
          TWO ",'status':{'phase':'Running','containerStatuses':[{'state':{'terminated':"
              "{'exitCode':3}}},{'state':{'terminated':{'exitCode':137,'signal':9}}}]}",
          "['n','0/2','ExitCode:3',0" NONE },
        { 20, "v1", "Pod",
          TWO ",'status':{'phase':'Running','containerStatuses':[{'state':{'terminated':"
              "{'exitCode':0,'reason':'Completed'}}},{'ready':true,'state':{'running':{}}}]}",
          "['n','1/2','NotReady',0" NONE },
        { 20, "v1", "Pod",
          TWO ",'status':{'phase':'Running','conditions':[{'type':'Ready','status':'True'}],"
              "'containerStatuses':[{'state':{'terminated':{'exitCode':0,'reason':'Completed'}}},"
              "{'ready':true,'state':{'running':{}}}]}",
          "['n','1/2','Running',0" NONE },
        { 20, "v1", "Pod",
          ONE_INIT "," INIT("{'restartCount':1,'state':{'waiting':{'reason':"
                            "'PodInitializing'}}},{'restartCount':7}"),
          "['n','0/1','Init:0/2',1" NONE },
        { 20, "v1", "Pod",
          ONE_INIT "," INIT("{'state':{'terminated':{'exitCode':0}}},{'state':{'waiting':{'reason':"
                            "'ImagePullBackOff'}}}"),
          "['n','0/1','Init:ImagePullBackOff',0" NONE },
        { 20, "v1", "Pod", ONE_INIT "," INIT("{'state':{'terminated':{'exitCode':1}}}"),
          "['n','0/1','Init:ExitCode:1',0" NONE },
        { 20, "v1", "Pod",
          ONE_INIT "," INIT("{'state':{'terminated':{'exitCode':1,'reason':'Error'}}}"),
          "['n','0/1','Init:Error',0" NONE },
        { 20, "v1", "Pod",
          "'metadata':{'name':'n','creationTimestamp':null,'deletionTimestamp':"
          "'2021-01-01T00:00:00Z'},'spec':{'containers':[{}]},'status':{'phase':'Running'}",
          "['n','0/1','Terminating',0,'<unknown>','<none>','<none>','<none>','<none>']" },
        { 20, "v1", "Pod",
          "'metadata':{'name':'n','creationTimestamp':null,'deletionTimestamp':"
          "'2021-01-01T00:00:00Z'},'spec':{'containers':[{}]},'status':{'phase':'Running','reason':"
          "'NodeLost'}",
          "['n','0/1','Unknown',0,'<unknown>','<none>','<none>','<none>','<none>']" },
        { 30, "v1", "Pod",
          "'metadata':{'name':'n','creationTimestamp':null,'deletionTimestamp':"
          "'2021-01-01T00:00:00Z'},'spec':{'containers':[{}]},'status':{'phase':'Succeeded'}",
          "['n','0/1','Succeeded','0','<unknown>','<none>','<none>','<none>','<none>']" },
        { 22, "v1", "Pod",
          TWO ",'status':{'phase':'Running','containerStatuses':[{'restartCount':3,'lastState':"
              "{'terminated':{'finishedAt':'2021-01-01T00:00:30Z'}}},{'restartCount':1,'lastState':"
              "{'terminated':{'finishedAt':'2021-01-01T00:01:00Z'}}}]}",
          "['n','0/2','Running','4 (30s ago)'" NONE },
        { 26, "v1", "Pod",
          TWO ",'status':{'phase':'Pending','conditions':[{'type':'PodScheduled','status':'False',"
              "'reason':'SchedulingGated'}]}",
          "['n','0/2','SchedulingGated','0'" NONE },
        { 28, "v1", "Pod",
          SIDECAR ",'status':{'phase':'Running','initContainerStatuses':[{'name':'i',"
                  "'started':true,"
                  "'ready':true,'restartCount':1,'state':{'running':{}}}],'containerStatuses':"
                  "[{'name':'a','ready':true,'restartCount':1,'state':{'running':{}}}]}",
          "['n','2/2','Running','2'" NONE },
    };
    check_rows(rows, COUNT_OF(rows));
}

/* -- other kinds ------------------------------------------------------------------------------- */

#define TEMPLATE \
    "'template':{'spec':{'containers':[{'name':'a','image':'x:1'},{'name':'b','image':'y'}]}}"

static void workloads(void **state)
{
    (void)state;
    static const Row rows[] = {
        { 20, "apps/v1", "Deployment",
          "'spec':{'replicas':3,'selector':{'matchLabels':{'app':'w'}}," TEMPLATE "},'status':"
          "{'readyReplicas':1,'updatedReplicas':2,'availableReplicas':1}",
          "['n','1/3',2,1,'90s','a,b','x:1,y','app=w']" },
        { 20, "apps/v1", "ReplicaSet",
          "'spec':{'replicas':3,'selector':{'matchExpressions':[{'key':'k','operator':'In',"
          "'values':['b','a']}]}," TEMPLATE "},'status':{'replicas':2}",
          "['n',3,2,0,'90s','a,b','x:1,y','k in (a,b)']" },
        { 20, "v1", "ReplicationController",
          "'spec':{'replicas':3,'selector':{'b':'2','a':'1'}," TEMPLATE "},'status':{'replicas':2}",
          "['n',3,2,0,'90s','a,b','x:1,y','a=1,b=2']" },
        { 20, "apps/v1", "StatefulSet", "'spec':{'replicas':2," TEMPLATE "},'status':{}",
          "['n','0/2','90s','a,b','x:1,y']" },
        { 20, "batch/v1", "Job",
          "'spec':{'completions':4," TEMPLATE "},'status':{'succeeded':1,'startTime':"
          "'2021-01-01T00:00:00Z','completionTime':'2021-01-01T00:05:10Z'}",
          "['n','1/4','5m10s','90s','a,b','x:1,y','<none>']" },
        { 20, "batch/v1", "Job", "'spec':{'parallelism':3," TEMPLATE "}",
          "['n','0/1 of 3','','90s','a,b','x:1,y','<none>']" },
        { 30, "batch/v1", "Job",
          "'spec':{'completions':1," TEMPLATE "},'status':{'conditions':[{'type':'Complete',"
          "'status':'True'}],'succeeded':1}",
          "['n','Complete','1/1','','90s','a,b','x:1,y','<none>']" },
        { 20, "batch/v1beta1", "CronJob",
          "'spec':{'schedule':'* * * * *','suspend':false,'jobTemplate':{'spec':{" TEMPLATE
          "}}},'status':{'active':[{},{}]}",
          "['n','* * * * *','False',2,'<none>','90s','a,b','x:1,y','<none>']" },
        { 20, "apps/v1", "ControllerRevision",
          "'metadata':{'name':'n','creationTimestamp':null,'ownerReferences':[{'kind':'X'},{"
          "'controller':true,'apiVersion':'apps/v1','kind':'StatefulSet','name':'s'}]},"
          "'revision':7",
          "['n','statefulset.apps/s',7,'<unknown>']" },
        { 20, "policy/v1beta1", "PodDisruptionBudget",
          "'spec':{'maxUnavailable':'20%'},'status':{'disruptionsAllowed':2}",
          "['n','N/A','20%',2,'90s']" },
        { 20, "autoscaling/v2beta2", "HorizontalPodAutoscaler",
          "'spec':{'scaleTargetRef':{'kind':'Deployment','name':'d'},'minReplicas':2,"
          "'maxReplicas':5,"
          "'metrics':[{'type':'Resource','resource':{'name':'cpu','target':{'type':'Utilization',"
          "'averageUtilization':80}}},{'type':'Pods','pods':{'target':{'averageValue':'10m'}}},"
          "{'type':'External','external':{'target':{'value':'1'}}}]},'status':{'currentReplicas':3,"
          "'currentMetrics':[{'type':'Resource','resource':{'current':{"
          "'averageUtilization':55}}}]}",
          "['n','Deployment/d','55%/80%, <unknown>/10m + 1 more...','2',5,3,'90s']" },
        { 20, "autoscaling/v1", "HorizontalPodAutoscaler",
          "'spec':{'scaleTargetRef':{'kind':'Deployment','name':'d'},'maxReplicas':5,"
          "'targetCPUUtilizationPercentage':80}",
          "['n','Deployment/d','<unknown>/80%','<unset>',5,0,'90s']" },
        { 20, "autoscaling/v2beta1", "HorizontalPodAutoscaler",
          "'spec':{'scaleTargetRef':{'kind':'D','name':'d'},'maxReplicas':5,'metrics':[{'type':"
          "'Object','object':{'target':{'kind':'Service','name':'s'},'targetValue':'7',"
          "'averageValue':'3'}}]},'status':{'currentMetrics':[{'type':'Object','object':{'target':"
          "{'kind':'Service','name':'s'},'currentValue':'5','averageValue':'2'}}]}",
          "['n','D/d','2/3 (avg)','<unset>',5,0,'90s']" },
        { 30, "autoscaling/v2", "HorizontalPodAutoscaler",
          "'spec':{'scaleTargetRef':{'kind':'D','name':'d'},'maxReplicas':5,'metrics':[{'type':"
          "'Resource','resource':{'name':'memory','target':{'averageValue':'1Gi'}}}]}",
          "['n','D/d','memory: <unknown>/1Gi','<unset>',5,0,'90s']" },
    };
    check_rows(rows, COUNT_OF(rows));
}

static void network(void **state)
{
    (void)state;
    static const Row rows[] = {
        { 20, "v1", "Service",
          "'spec':{'type':'NodePort','clusterIP':'10.0.0.1','clusterIPs':['10.0.0.1'],'ports':["
          "{'port':80,'protocol':'TCP','nodePort':30080},{'port':53,'protocol':'UDP'}],'selector':"
          "{'app':'w'}}",
          "['n','NodePort','10.0.0.1','<none>','80:30080/TCP,53/UDP','90s','app=w']" },
        { 20, "v1", "Service",
          "'spec':{'type':'LoadBalancer','clusterIPs':['10.0.0.1'],'externalIPs':['9.9.9.9']},"
          "'status':{'loadBalancer':{'ingress':[{'ip':'2.2.2.2'},{'hostname':'b.example'},{'ip':"
          "'1.1.1.1'},{'ip':'2.2.2.2'}]}}",
          "['n','LoadBalancer','10.0.0.1','1.1.1.1,2.2.2.2,b.example,9.9.9.9','<none>','90s',"
          "'<none>']" },
        { 20, "v1", "Service", "'spec':{'type':'LoadBalancer','clusterIPs':['10.0.0.1']}",
          "['n','LoadBalancer','10.0.0.1','<pending>','<none>','90s','<none>']" },
        { 20, "v1", "Endpoints",
          "'subsets':[{'addresses':[{'ip':'1.1.1.1'},{'ip':'::1'}],'ports':[{'port':80},{'port':"
          "443}]}]",
          "['n','1.1.1.1:80,[::1]:80,1.1.1.1:443 + 1 more...','90s']" },
        { 20, "v1", "Endpoints", "'subsets':[{'addresses':[{'ip':'1.1.1.1'}]}]",
          "['n','1.1.1.1','90s']" },
        { 20, "v1", "Endpoints", "", "['n','<none>','90s']" },
        { 20, "discovery.k8s.io/v1beta1", "EndpointSlice",
          "'addressType':'IPv4','endpoints':[{'addresses':['a','b']},{'addresses':['c','d']}],"
          "'ports':[{'port':80},{'name':'x'},{}]",
          "['n','IPv4','80,x,*','a,b,c + 1 more...','90s']" },
        { 20, "networking.k8s.io/v1", "Ingress",
          "'spec':{'ingressClassName':'c','tls':[{}],'rules':[{'host':'a'},{},{'host':'b'},{'host':"
          "'c'},{'host':'d'}]},'status':{'loadBalancer':{'ingress':[{'ip':'1.1.1.1'}]}}",
          "['n','c','a,b,c + 2 more...','1.1.1.1','80, 443','90s']" },
        { 20, "extensions/v1beta1", "Ingress", "'spec':{}", "['n','<none>','*','','80','90s']" },
        { 20, "networking.k8s.io/v1", "IngressClass",
          "'spec':{'controller':'x/y','parameters':{'apiGroup':'g','kind':'K','name':'p'}}",
          "['n','x/y','K.g/p','90s']" },
        { 20, "networking.k8s.io/v1", "NetworkPolicy", "'spec':{'podSelector':{}}",
          "['n','<none>','90s']" },
    };
    check_rows(rows, COUNT_OF(rows));
}

static void others(void **state)
{
    (void)state;
    static const Row rows[] = {
        { 20, "v1", "Node",
          "'metadata':{'name':'n','creationTimestamp':null,'labels':{"
          "'node-role.kubernetes.io/b':'',"
          "'kubernetes.io/role':'a','node-role.kubernetes.io/':''}},'spec':{'unschedulable':true},"
          "'status':{'conditions':[{'type':'Ready','status':'False'}],'addresses':[{'type':"
          "'InternalIP','address':'1.1.1.1'}],'nodeInfo':{'kubeletVersion':'v1.20.2',"
          "'osImage':'o'}}",
          "['n','NotReady,SchedulingDisabled','a,b','<unknown>','v1.20.2','1.1.1.1','<none>','o',"
          "'<unknown>','<unknown>']" },
        { 20, "v1", "Event",
          "'involvedObject':{'kind':'Pod','name':'p','fieldPath':'f'},'reason':'R','message':' m ',"
          "'source':{'component':'c','host':'h'},'firstTimestamp':'2021-01-01T00:00:00Z',"
          "'lastTimestamp':'2021-01-01T00:01:00Z','count':3,'type':'Normal'",
          "['30s','Normal','R','pod/p','f','c, h','m','90s',3,'n']" },
        { 20, "events.k8s.io/v1", "Event",
          "'regarding':{'kind':'Pod','name':'p'},'reason':'R','note':'m','reportingController':'c',"
          "'eventTime':'2021-01-01T00:00:00.000000Z','type':'Normal','series':{'count':2,"
          "'lastObservedTime':'2021-01-01T00:01:00.500000Z'}",
          "['30s','Normal','R','pod/p','','c','m','90s',3,'n']" },
        { 20, "v1", "Secret", "'type':'Opaque','data':{'a':'','b':''}", "['n','Opaque',2,'90s']" },
        { 20, "v1", "ConfigMap", "'data':{'a':''},'binaryData':{'b':''}", "['n',2,'90s']" },
        { 20, "v1", "ResourceQuota",
          "'status':{'hard':{'pods':'4','limits.cpu':'2','cpu':'1'},'used':{'pods':'1'}}",
          "['n','90s','cpu: 0/1, pods: 1/4','limits.cpu: 0/2']" },
        { 33, "v1", "ResourceQuota", "'status':{'hard':{'pods':'4'}}",
          "['n','pods: 0/4','','90s']" },
        { 20, "v1", "PersistentVolume",
          "'spec':{'capacity':{'storage':'1Gi'},'accessModes':['ReadWriteMany','ReadWriteOnce'],"
          "'persistentVolumeReclaimPolicy':'Retain','claimRef':{'namespace':'a','name':'b'},"
          "'storageClassName':'s','volumeMode':'Filesystem'},'status':{'phase':'Bound'}",
          "['n','1Gi','RWO,RWX','Retain','Bound','a/b','s','','90s','Filesystem']" },
        { 20, "v1", "PersistentVolumeClaim",
          "'spec':{'accessModes':['ReadWriteOnce'],'storageClassName':'s'},'status':{'phase':"
          "'Pending'}",
          "['n','Pending','','','','s','90s','<unset>']" },
        { 29, "v1", "PersistentVolumeClaim",
          "'spec':{'volumeName':'v'},'status':{'phase':'Bound','accessModes':['ReadOnlyMany'],"
          "'capacity':{'storage':'2Gi'}}",
          "['n','Bound','v','2Gi','ROX','','<unset>','90s','<unset>']" },
        { 20, "storage.k8s.io/v1", "StorageClass",
          "'metadata':{'name':'n','creationTimestamp':null,'annotations':{"
          "'storageclass.kubernetes.io/is-default-class':'true'}},'provisioner':'p'",
          "['n (default)','p','Delete','Immediate',false,'<unknown>']" },
        { 20, "storage.k8s.io/v1", "CSIDriver",
          "'spec':{'attachRequired':false,'volumeLifecycleModes':['Persistent','Ephemeral']}",
          "['n',false,false,'Persistent,Ephemeral','90s']" },
        { 22, "storage.k8s.io/v1", "CSIDriver", "'spec':{'tokenRequests':[{'audience':'x'}]}",
          "['n',true,false,false,'x',false,'<none>','90s']" },
        { 20, "policy/v1beta1", "PodSecurityPolicy",
          "'spec':{'privileged':true,'allowedCapabilities':['A','B'],'seLinux':{'rule':'RunAsAny'},"
          "'runAsUser':{'rule':'MustRunAs'},'fsGroup':{'rule':'RunAsAny'},'supplementalGroups':"
          "{'rule':'RunAsAny'},'volumes':['*']}",
          "['n','true','A,B','RunAsAny','MustRunAs','RunAsAny','RunAsAny',false,'*']" },
        { 20, "rbac.authorization.k8s.io/v1", "RoleBinding",
          "'roleRef':{'kind':'Role','name':'r'},'subjects':[{'kind':'User','name':'u'},{'kind':"
          "'ServiceAccount','name':'s','namespace':'x'},{'kind':'User','name':'v'},{'kind':'Group',"
          "'name':'g'}]",
          "['n','Role/r','90s','u, v','g','x/s']" },
        { 20, "rbac.authorization.k8s.io/v1", "Role", "'rules':[]",
          "['n','2021-01-01T00:00:00Z']" },
        { 20, "v1", "LimitRange", "'spec':{}", "['n','2021-01-01T00:00:00Z']" },
        { 20, "certificates.k8s.io/v1", "CertificateSigningRequest",
          "'spec':{'signerName':'s','username':'u'},'status':{'conditions':[{'type':'Approved'}],"
          "'certificate':'eA=='}",
          "['n','90s','s','u','Approved,Issued']" },
        { 22, "certificates.k8s.io/v1", "CertificateSigningRequest",
          "'spec':{'signerName':'s','username':'u','expirationSeconds':3600}",
          "['n','90s','s','u','60m','Pending']" },
        { 20, "scheduling.k8s.io/v1", "PriorityClass", "'value':-5", "['n',-5,false,'90s']" },
        { 20, "apiregistration.k8s.io/v1", "APIService",
          "'spec':{'service':{'namespace':'a','name':'b'}},'status':{'conditions':[{'type':"
          "'Available','status':'False','reason':'MissingEndpoints'}]}",
          "['n','a/b','False (MissingEndpoints)','90s']" },
        { 20, "flowcontrol.apiserver.k8s.io/v1beta1", "PriorityLevelConfiguration",
          "'spec':{'type':'Limited','limited':{'assuredConcurrencyShares':5,'limitResponse':{"
          "'type':'Queue','queuing':{'queues':64,'handSize':6,'queueLengthLimit':50}}}}",
          "['n','Limited',5,64,6,50,'90s']" },
        { 20, "flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema",
          "'spec':{'matchingPrecedence':9,'priorityLevelConfiguration':{'name':'l'}}",
          "['n','l',9,'<none>','90s','?']" },
        { 30, "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding",
          "'spec':{'policyName':'p','paramRef':{'name':'x'}}", "['n','p','*/x','90s']" },
    };
    check_rows(rows, COUNT_OF(rows));
}

/* -- the table --------------------------------------------------------------------------------- */

static void check_table(const TableOptions *options, const char *list, const char *want, Arena *a)
{
    Value in = read_json(list, a);
    Value *items = value_get_lit(&in, "items");
    Value table = items ? table_of_list(options, items, value_get_lit(&in, "metadata"), a)
                        : table_of_object(options, &in, a);
    const char *got = render(&table, a);
    if (strcmp(got, want) != 0) {
        fail_msg("%s\n  got  %s\n  want %s", list, got, want);
    }
}

static void tables(void **state)
{
    (void)state;
    Arena arena;
    arena_init(&arena, 0);
    KubeTarget target = kube_target(20);
    TableOptions o = {
        .target = &target, .kind = STR("ConfigMap"), .now = NOW, .no_columns = true
    };
    check_table(&o,
                "{'metadata':{'resourceVersion':'5','continue':'c','remainingItemCount':2},"
                "'items':[{'kind':'ConfigMap','apiVersion':'v1','metadata':{'name':'a'}}]}",
                "{'kind':'Table','apiVersion':'meta.k8s.io/v1','metadata':{'resourceVersion':'5',"
                "'continue':'c','remainingItemCount':2},'columnDefinitions':null,'rows':[{'cells':"
                "['a',0,'<unknown>'],'object':{'kind':'PartialObjectMetadata','apiVersion':"
                "'meta.k8s.io/v1','metadata':{'name':'a'}}}]}",
                &arena);
    o.table_version = STR("meta.k8s.io/v1beta1");
    check_table(&o, "{'metadata':{'resourceVersion':'5'},'items':[]}",
                "{'kind':'Table','apiVersion':'meta.k8s.io/v1beta1','metadata':{'resourceVersion':"
                "'5'},'columnDefinitions':null,'rows':[]}",
                &arena);
    o.kind = STR("LimitRange"); /* rows of none are null where there are no columns of its own */
    check_table(&o, "{'metadata':{'resourceVersion':'5'},'items':[]}",
                "{'kind':'Table','apiVersion':'meta.k8s.io/v1beta1','metadata':{'resourceVersion':"
                "'5'},'columnDefinitions':null,'rows':null}",
                &arena);
    o.kind = STR("Pod"); /* one that is done says so */
    o.include = TABLE_INCLUDE_OBJECT;
    check_table(&o,
                "{'kind':'Pod','apiVersion':'v1','metadata':{'name':'a','resourceVersion':'7'},"
                "'status':{'phase':'Failed'}}",
                "{'kind':'Table','apiVersion':'meta.k8s.io/v1beta1','metadata':{'resourceVersion':"
                "'7'},'columnDefinitions':null,'rows':[{'cells':['a','0/0','Failed',0,'<unknown>',"
                "'<none>','<none>','<none>','<none>'],'conditions':[{'type':'Completed','status':"
                "'True','reason':'Failed','message':'The pod failed.'}],'object':{'kind':'Pod',"
                "'apiVersion':'v1','metadata':{'name':'a','resourceVersion':'7'},'status':{'phase':"
                "'Failed'}}}]}",
                &arena);
    o.group = STR("flowcontrol.apiserver.k8s.io");
    o.kind = STR("FlowSchema"); /* lists go by precedence */
    o.include = TABLE_INCLUDE_NONE;
    check_table(&o,
                "{'metadata':{},'items':[{'metadata':{'name':'b'},'spec':{'matchingPrecedence':9}},"
                "{'metadata':{'name':'c'},'spec':{'matchingPrecedence':1}},{'metadata':{"
                "'name':'a'},"
                "'spec':{'matchingPrecedence':9}}]}",
                "{'kind':'Table','apiVersion':'meta.k8s.io/v1beta1','metadata':{},"
                "'columnDefinitions':null,'rows':[{'cells':['c','',1,'<none>','<unknown>','?'],"
                "'object':null},{'cells':['a','',9,'<none>','<unknown>','?'],'object':null},{"
                "'cells':"
                "['b','',9,'<none>','<unknown>','?'],'object':null}]}",
                &arena);
    arena_done(&arena);
}

/* "Name string name 0|Ready string  0|..." with the length of each description */
static void check_columns(int minor, const char *group, const char *kind, const char *want)
{
    Arena arena;
    arena_init(&arena, 0);
    KubeTarget target = kube_target(minor);
    TableOptions o = { .target = &target, .group = str_from_c(group), .kind = str_from_c(kind) };
    Value table = table_of_list(&o, NULL, NULL, &arena);
    Buf got = buf_new(&arena);
    VALUE_EACH_ITEM(column, value_get_lit(&table, "columnDefinitions")) {
        if (got.len) {
            buf_byte(&got, '|');
        }
        buf_printf(&got, "%.*s %.*s %.*s %lld %zu", STR_ARG(value_get_str(column, STR("name"))),
                   STR_ARG(value_get_str(column, STR("type"))),
                   STR_ARG(value_get_str(column, STR("format"))),
                   (long long)value_get_int(column, STR("priority")).value,
                   value_get_str(column, STR("description")).len);
    }
    assert_string_equal(arena_cstr(&arena, buf_str(&got)), want);
    arena_done(&arena);
}

static void columns(void **state)
{
    (void)state;
    check_columns(20, "", "Pod",
                  "Name string name 0 350|Ready string  0 64|Status string  0 51|"
                  "Restarts integer  0 67|Age string  0 412|IP string  1 98|Node string  1 185|"
                  "Nominated Node string  1 553|Readiness Gates string  1 283");
    check_columns(31, "", "Pod",
                  "Name string name 0 373|Ready string  0 64|Status string  0 51|"
                  "Restarts string  0 121|Age string  0 412|IP string  1 101|Node string  1 428|"
                  "Nominated Node string  1 553|Readiness Gates string  1 283");
    check_columns(20, "", "LimitRange", "Name string name 0 350|Created At date  0 412");
    check_columns(20, "", "ResourceQuota",
                  "Name string name 0 350|Age string  0 412|Request string  0 79|"
                  "Limit string  0 111");
    check_columns(33, "", "ResourceQuota",
                  "Name string name 0 373|Request string  0 79|Limit string  0 111|"
                  "Age string  0 412");
    check_columns(20, "storage.k8s.io", "VolumeAttachment",
                  "Name string name 0 350|Attacher string name 0 125|PV string  0 40|"
                  "Node string  0 47|Attached boolean  0 149|Age string  0 412");
}

static void custom_resources(void **state)
{
    (void)state;
    Arena arena;
    arena_init(&arena, 0);
    KubeTarget target = kube_target(20);
    Value version = read_json(
        "{'name':'v1','additionalPrinterColumns':[{'name':'S','type':'integer','jsonPath':"
        "'.spec.size','description':'the size'},{'name':'K','type':'string','priority':1,"
        "'jsonPath':"
        "'.spec.list[*].k'},{'name':'C','type':'string','jsonPath':'.status.conditions[?(@.type=="
        "\\\"Ready\\\")].status'},{'name':'D','type':'date','jsonPath':'.spec.when'},{'name':'M',"
        "'type':'string','jsonPath':'.spec.map'}]}",
        &arena);
    TableOptions o = { .target = &target,
                       .group = STR("x.example.org"),
                       .kind = STR("Widget"),
                       .now = NOW,
                       .custom_version = &version,
                       .include = TABLE_INCLUDE_NONE };
    check_table(&o,
                "{'kind':'Widget','apiVersion':'x.example.org/v1','metadata':{'name':'w',"
                "'resourceVersion':'3'},'spec':{'size':3.9,'list':[{'k':1},{'k':2}],'when':"
                "'2021-01-01T00:00:00Z','map':{'b':1,'a':[true]}},'status':{'conditions':[{'type':"
                "'X','status':'False'},{'type':'Ready','status':'True'}]}}",
                "{'kind':'Table','apiVersion':'meta.k8s.io/v1','metadata':{'resourceVersion':'3'},"
                "'columnDefinitions':[{'name':'Name','type':'string','format':'name','description':"
                "'Name must be unique within a namespace. Is required when creating resources, "
                "although some resources may allow a client to request the generation of an "
                "appropriate name automatically. Name is primarily intended for creation "
                "idempotence and configuration definition. Cannot be updated. More info: "
                "http://kubernetes.io/docs/user-guide/identifiers#names','priority':0},{'name':'S',"
                "'type':'integer','format':'','description':'the size','priority':0},{'name':'K',"
                "'type':'string','format':'','description':'Custom resource definition column (in "
                "JSONPath format): .spec.list[*].k','priority':1},{'name':'C','type':'string',"
                "'format':'',"
                "'description':'Custom resource definition column (in JSONPath format): "
                ".status.conditions[?(@.type==\\'Ready\\')].status','priority':0},{'name':'D',"
                "'type':'date','format':'','description':'Custom resource definition column (in "
                "JSONPath format): .spec.when','priority':0},{'name':'M','type':'string','format':"
                "'','description':'Custom resource definition column (in JSONPath format): "
                ".spec.map','priority':0}],'rows':[{'cells':['w',3,'1','True','90s',"
                "'{\\'a\\':[true],\\'b\\':1}'],'object':null}]}",
                &arena);
    arena_done(&arena);
}

static void includes(void **state)
{
    (void)state;
    Arena arena;
    arena_init(&arena, 0);
    TableInclude include = TABLE_INCLUDE_METADATA;
    Status status;
    assert_true(table_include_parse(STR("None"), &arena, &include, &status));
    assert_int_equal(include, TABLE_INCLUDE_NONE);
    assert_true(table_include_parse(STR(""), &arena, &include, &status));
    assert_int_equal(include, TABLE_INCLUDE_METADATA);
    assert_false(table_include_parse(STR("none"), &arena, &include, &status));
    assert_int_equal(status.code, 400);
    assert_string_equal(arena_cstr(&arena, status.message),
                        "Unable to convert to Table as requested: includeObject: Invalid value: "
                        "\"none\": must be 'Metadata', 'Object', 'None', or empty");
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pods),     cmocka_unit_test(workloads),        cmocka_unit_test(network),
        cmocka_unit_test(others),   cmocka_unit_test(tables),           cmocka_unit_test(columns),
        cmocka_unit_test(includes), cmocka_unit_test(custom_resources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
