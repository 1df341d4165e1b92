/* SPDX-License-Identifier: Apache-2.0 */
/* Containers: a row for each error of their members. */
#include "kube/pod/test_validate.h"

#define C "spec.containers[0]"
#define I "spec.initContainers[0]"
#define REQUIRED ": Required value"
#define LABEL_RULE                                                                           \
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', " \
    "and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', " \
    "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
#define SUBDOMAIN_RULE                                                                        \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' " \
    "or '.', and must start and end with an alphanumeric character (e.g. 'example.com', "     \
    "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*"      \
    "[a-z0-9])?)*')"
#define NAME_PART_RULE                                                                        \
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and " \
    "end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex " \
    "used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define POLICIES "supported values: \"Always\", \"IfNotPresent\", \"Never\""
#define INIT(members) "'initContainers':[{'name':'i','image':'i:1'," members "}]"

static const ErrorRow list_rows[] = {
    { "none", 0, "'containers':[]", "spec.containers" REQUIRED },
    { "empty ones", 0, "'containers':[{},{}]",
      C ".name" REQUIRED "\n" C ".image" REQUIRED "\nspec.containers[1].name" REQUIRED
        "\nspec.containers[1].name: Duplicate value: \"\"\nspec.containers[1].image" REQUIRED },
    { "a bad name, twice", 0, "'containers':[{'name':'A','image':'i'},{'name':'A','image':'i'}]",
      C ".name: Invalid value: \"A\": " LABEL_RULE
        "\nspec.containers[1].name: Invalid value: \"A\": " LABEL_RULE
        "\nspec.containers[1].name: Duplicate value: \"A\"" },
    { "images", 0,
      "'containers':[{'name':'c','image':' i'}],'initContainers':"
      "[{'name':'i','image':'i '}]",
      C ".image: Invalid value: \" i\": must not have leading or trailing whitespace\n" I
        ".image: Invalid value: \"i \": must not have leading or trailing whitespace" },
    { "policies", 0, CONTAINER("'imagePullPolicy':'X','terminationMessagePolicy':'Y'"),
      C ".terminationMessagePolicy: Invalid value: \"Y\": must be 'File' or "
        "'FallbackToLogsOnError'\n" C ".imagePullPolicy: Unsupported value: \"X\": " POLICIES },
    { "an init container of the same name", 0,
      "'initContainers':[{'name':'c','image':'i:1'},{'name':'x','image':'i:1'},"
      "{'name':'x','image':'i:1'}]",
      "spec.initContainers[2].name: Duplicate value: \"x\"\n" I
      ".name: Duplicate value: \"c\"\nspec.initContainers[2].name: Duplicate value: \"x\"" },
    { "a restart policy", 29, CONTAINER("'restartPolicy':'Always'"),
      C ".restartPolicy: Forbidden: may not be set for non-init containers" },
    { "a restart policy of an init container", 29, INIT("'restartPolicy':'Never'"),
      I ".restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"" },
};

static const ErrorRow port_rows[] = {
    { "numbers and protocol", 0,
      CONTAINER("'ports':[{},{'containerPort':65536,'hostPort':-1,'protocol':'X'}]"),
      C ".ports[0].containerPort" REQUIRED "\n" C
        ".ports[1].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive\n" C
        ".ports[1].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive\n" C
        ".ports[1].protocol: Unsupported value: \"X\": supported values: \"SCTP\", \"TCP\", "
        "\"UDP\"" },
    { "names", 0,
      CONTAINER("'ports':[{'name':'a','containerPort':1},{'name':'a','containerPort':2},"
                "{'name':'1','containerPort':3}]"),
      C ".ports[1].name: Duplicate value: \"a\"\n" C
        ".ports[2].name: Invalid value: \"1\": must contain at least one letter or number "
        "(a-z, 0-9)" },
    { "host ports of all containers", 0,
      "'containers':[{'name':'c','image':'i:1','ports':[{'containerPort':1,'hostPort':1}]},"
      "{'name':'d','image':'i:1','ports':[{'containerPort':2,'hostPort':1},"
      "{'containerPort':2,'hostPort':1,'protocol':'UDP'},"
      "{'containerPort':2,'hostPort':1,'hostIP':'1.2.3.4'}]}]",
      "spec.containers[1].ports[0].hostPort: Duplicate value: \"TCP//1\"" },
    { "host ports of each init container", 0,
      "'initContainers':[{'name':'i','image':'i:1','ports':[{'containerPort':1,'hostPort':1}]},"
      "{'name':'j','image':'i:1','ports':[{'containerPort':1,'hostPort':1},"
      "{'containerPort':1,'hostPort':1}]}]",
      I ".ports[1].hostPort: Duplicate value: \"TCP//1\"" },
    { "other ports on the node's network", 0,
      "'hostNetwork':true," CONTAINER("'ports':[{'containerPort':1,'hostPort':2}]"),
      C ".ports[0].containerPort: Invalid value: 1: must match `hostPort` when `hostNetwork` is "
        "true" },
};

#define ENV(members) CONTAINER("'env':[{" members "}]")
#define FROM(members) ENV("'name':'A','valueFrom':{" members "}")
#define VF C ".env[0].valueFrom"
static const ErrorRow env_rows[] = {
    { "names", 0, CONTAINER("'env':[{},{'name':'1a'},{'name':'a.b-c'}]"),
      C ".env[0].name" REQUIRED "\n" C
        ".env[1].name: Invalid value: \"1a\": a valid environment variable name must consist of "
        "alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. "
        "'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is "
        "'[-._a-zA-Z][-._a-zA-Z0-9]*')" },
    { "newer names", 32, CONTAINER("'env':[{'name':'1 a'},{'name':'a=b'}]"),
      C ".env[1].name: Invalid value: \"a=b\": a valid environment variable name must consist "
        "only of printable ASCII characters other than '='" },
    { "no source", 0, FROM(""),
      VF ": Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, "
         "`configMapKeyRef` or `secretKeyRef`" },
    { "a value too", 0,
      ENV("'name':'A','value':'x','valueFrom':{'fieldRef':{'fieldPath':"
          "'metadata.name'}}"),
      VF ": Invalid value: \"\": may not be specified when `value` is not empty" },
    { "two sources", 0, FROM("'configMapKeyRef':{'name':'n','key':'k'},'secretKeyRef':{}"),
      VF ".secretKeyRef.name: Invalid value: \"\": " SUBDOMAIN_RULE "\n" VF
         ".secretKeyRef.key" REQUIRED "\n" VF
         ": Invalid value: \"\": may not have more than one field specified at a time" },
    { "a key", 0, FROM("'configMapKeyRef':{'name':'n','key':'a b'}"),
      VF ".configMapKeyRef.key: Invalid value: \"a b\": a valid config key must consist of "
         "alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
         "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')" },
    { "field without a path", 0, FROM("'fieldRef':{}"), VF ".fieldRef.fieldPath" REQUIRED },
    { "field of another version", 0, FROM("'fieldRef':{'apiVersion':'v2','fieldPath':'x'}"),
      VF ".fieldRef.fieldPath: Invalid value: \"x\": error converting fieldPath: unsupported pod "
         "version: v2" },
    { "field that is none", 0, FROM("'fieldRef':{'fieldPath':'metadata.x'}"),
      VF ".fieldRef.fieldPath: Invalid value: \"metadata.x\": error converting fieldPath: field "
         "label not supported: metadata.x" },
    { "field for volumes only", 0, FROM("'fieldRef':{'fieldPath':'metadata.labels'}"),
      VF ".fieldRef.fieldPath: Unsupported value: \"metadata.labels\": supported values: "
         "\"metadata.name\", \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", "
         "\"spec.serviceAccountName\", \"status.hostIP\", \"status.podIP\", \"status.podIPs\"" },
    { "an old name", 0, FROM("'fieldRef':{'fieldPath':'spec.host'}"), "" },
    { "one label", 0, FROM("'fieldRef':{'fieldPath':`metadata.labels['a/b']`}"), "" },
    { "no good label", 0, FROM("'fieldRef':{'fieldPath':`metadata.labels['a b']`}"),
      VF ".fieldRef: Invalid value: \"a b\": " NAME_PART_RULE },
    { "an annotation in any case", 0, FROM("'fieldRef':{'fieldPath':`metadata.annotations['A']`}"),
      "" },
    { "no map", 0, FROM("'fieldRef':{'fieldPath':`metadata.name['a']`}"),
      VF ".fieldRef.fieldPath: Invalid value: \"metadata.name['a']\": error converting fieldPath: "
         "field label does not support subscript: metadata.name['a']" },
    { "host addresses", 29, FROM("'fieldRef':{'fieldPath':'status.hostIPs'}"), "" },
    { "resource", 0, FROM("'resourceFieldRef':{'divisor':'2'}"),
      VF ".resourceFieldRef.resource" REQUIRED },
    { "resource that is none", 0, FROM("'resourceFieldRef':{'resource':'limits.hugepages-2Mi'}"),
      VF ".resourceFieldRef.resource: Unsupported value: \"limits.hugepages-2Mi\": supported "
         "values: \"limits.cpu\", \"limits.ephemeral-storage\", \"limits.memory\", "
         "\"requests.cpu\", \"requests.ephemeral-storage\", \"requests.memory\"" },
    { "huge pages", 22, FROM("'resourceFieldRef':{'resource':'limits.hugepages-2Mi'}"), "" },
    { "divisor of CPU", 0, FROM("'resourceFieldRef':{'resource':'limits.cpu','divisor':'1k'}"),
      VF ".resourceFieldRef.divisor: Invalid value: \"limits.cpu\": only divisor's values 1m and "
         "1 are supported with the cpu resource" },
    { "divisor of memory", 0,
      FROM("'resourceFieldRef':{'resource':'requests.memory','divisor':'2'}"),
      VF ".resourceFieldRef.divisor: Invalid value: \"requests.memory\": only divisor's values 1, "
         "1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory "
         "resource" },
    { "divisor zero is none", 0,
      FROM("'resourceFieldRef':{'resource':'requests.memory','divisor':'0'}"), "" },
    { "envFrom", 0,
      CONTAINER("'envFrom':[{},{'prefix':'1','configMapRef':{},'secretRef':{'name':'_'}},"
                "{'secretRef':{'name':'a-'}}]"),
      C ".envFrom: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`\n" C
        ".envFrom[1].prefix: Invalid value: \"1\": a valid environment variable name must consist "
        "of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit "
        "(e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is "
        "'[-._a-zA-Z][-._a-zA-Z0-9]*')\n" C ".envFrom[1].configMapRef.name" REQUIRED "\n" C
        ".envFrom[1].secretRef.name: Invalid value: \"_\": " SUBDOMAIN_RULE "\n" C
        ".envFrom: Invalid value: \"\": may not have more than one field specified at a time" },
};

static const ErrorRow handler_rows[] = {
    { "no action", 0, CONTAINER("'livenessProbe':{},'readinessProbe':{},'startupProbe':{}"),
      C ".livenessProbe: Required value: must specify a handler type\n" C
        ".startupProbe: Required value: must specify a handler type\n" C
        ".readinessProbe: Required value: must specify a handler type" },
    { "two actions, two successes", 0,
      CONTAINER("'livenessProbe':{'exec':{},'httpGet':{},'tcpSocket':{},'successThreshold':2}"),
      C ".livenessProbe.exec.command" REQUIRED "\n" C
        ".livenessProbe.httpGet: Forbidden: may not specify more than 1 handler type\n" C
        ".livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type\n" C
        ".livenessProbe.successThreshold: Invalid value: 2: must be 1" },
    { "numbers", 0,
      CONTAINER("'startupProbe':{'tcpSocket':{'port':0},'initialDelaySeconds':-1,"
                "'timeoutSeconds':-2,'periodSeconds':-3,'successThreshold':-4,"
                "'failureThreshold':-5}"),
      C ".startupProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive\n" C
        ".startupProbe.initialDelaySeconds: Invalid value: -1: must be greater than or equal to "
        "0\n" C
        ".startupProbe.timeoutSeconds: Invalid value: -2: must be greater than or equal to 0\n" C
        ".startupProbe.periodSeconds: Invalid value: -3: must be greater than or equal to 0\n" C
        ".startupProbe.successThreshold: Invalid value: -4: must be greater than or equal to 0\n" C
        ".startupProbe.failureThreshold: Invalid value: -5: must be greater than or equal to 0\n" C
        ".startupProbe.successThreshold: Invalid value: -4: must be 1" },
    { "HTTP", 0,
      CONTAINER("'readinessProbe':{'httpGet':{'port':'http_1','scheme':'x','httpHeaders':"
                "[{'name':'a b'}]}}"),
      C ".readinessProbe.httpGet.port: Invalid value: \"http_1\": must contain only alpha-numeric "
        "characters (a-z, 0-9), and hyphens (-)\n" C
        ".readinessProbe.httpGet.scheme: Unsupported value: \"x\": supported values: \"HTTP\", "
        "\"HTTPS\"\n" C
        ".readinessProbe.httpGet.httpHeaders: Invalid value: \"a b\": a valid HTTP header must "
        "consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for "
        "validation is '[-A-Za-z0-9]+')" },
    { "hooks", 0, CONTAINER("'lifecycle':{'postStart':{},'preStop':{'exec':{}}}"),
      C ".lifecycle.postStart: Required value: must specify a handler type\n" C
        ".lifecycle.preStop.exec.command" REQUIRED },
    { "gRPC and grace", 25,
      CONTAINER("'livenessProbe':{'grpc':{'port':0},'terminationGracePeriodSeconds':0},"
                "'readinessProbe':{'exec':{'command':['x']},'terminationGracePeriodSeconds':1}"),
      C ".livenessProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive\n" C
        ".livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0\n" C
        ".readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for "
        "readinessProbes" },
    { "init containers", 0,
      INIT("'lifecycle':{'preStop':{'exec':{'command':['x']}}},"
           "'readinessProbe':{'exec':{'command':['x']}}"),
      I ".lifecycle: Invalid value: core.Lifecycle{PostStart:(*core.Handler)(nil), "
        "PreStop:(*core.Handler)(" META_POINTER_TEXT ")}: must not be set for init containers\n" I
        ".readinessProbe: Invalid value: "
        "core.Probe{Handler:core.Handler{Exec:(*core.ExecAction)(" META_POINTER_TEXT
        "), HTTPGet:(*core.HTTPGetAction)(nil), "
        "TCPSocket:(*core.TCPSocketAction)(nil)}, InitialDelaySeconds:0, TimeoutSeconds:1, "
        "PeriodSeconds:10, SuccessThreshold:1, FailureThreshold:3}: must not be set for init "
        "containers" },
    { "init containers of newer versions", 29, INIT("'startupProbe':{'exec':{'command':['x']}}"),
      I ".startupProbe: Forbidden: may not be set for init containers without "
        "restartPolicy=Always" },
    { "sidecars", 29, INIT("'restartPolicy':'Always','startupProbe':{'exec':{'command':['x']}}"),
      "" },
};

#define VOLUMES                                                                  \
    "'volumes':[{'name':'e','emptyDir':{}},{'name':'c','persistentVolumeClaim':" \
    "{'claimName':'c'}}],"
static const ErrorRow mount_rows[] = {
    { "names and paths", 0,
      VOLUMES CONTAINER("'volumeMounts':[{},{'name':'e','mountPath':'/a'},"
                        "{'name':'x','mountPath':'/a'}]"),
      C ".volumeMounts[0].name" REQUIRED "\n" C ".volumeMounts[0].name: Not found: \"\"\n" C
        ".volumeMounts[0].mountPath" REQUIRED "\n" C ".volumeMounts[2].name: Not found: \"x\"\n" C
        ".volumeMounts[2].mountPath: Invalid value: \"/a\": must be unique" },
    { "sub paths", 0,
      VOLUMES CONTAINER("'volumeMounts':[{'name':'e','mountPath':'/a','subPath':'/b',"
                        "'subPathExpr':'../c'}]"),
      C ".volumeMounts.subPath: Invalid value: \"/b\": must be a relative path\n" C
        ".volumeMounts[0].subPathExpr: Invalid value: \"../c\": subPathExpr and subPath are "
        "mutually exclusive\n" C
        ".volumeMounts.subPathExpr: Invalid value: \"../c\": must not contain '..'" },
    { "propagation", 0,
      VOLUMES CONTAINER("'volumeMounts':[{'name':'e','mountPath':'/a','mountPropagation':'X'},"
                        "{'name':'e','mountPath':'/b','mountPropagation':'Bidirectional'}]"),
      C ".volumeMounts.mountPropagation: Unsupported value: \"X\": supported values: "
        "\"Bidirectional\", \"HostToContainer\", \"None\"\n" C
        ".volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available "
        "only to privileged containers" },
    { "propagation of the privileged", 0,
      VOLUMES CONTAINER("'securityContext':{'privileged':true},'volumeMounts':[{'name':'e',"
                        "'mountPath':'/b','mountPropagation':'Bidirectional'}]"),
      "" },
    { "devices", 0,
      VOLUMES CONTAINER("'volumeDevices':[{},{'name':'e','devicePath':'/a'},"
                        "{'name':'c','devicePath':'/a'},{'name':'c','devicePath':'/../b'}]"),
      C ".volumeDevices[0].name" REQUIRED "\n" C ".volumeDevices[0].name: Not found: \"\"\n" C
        ".volumeDevices[0].devicePath" REQUIRED "\n" C
        ".volumeDevices[1].name: Invalid value: \"e\": can only use volume source type of "
        "PersistentVolumeClaim for block mode\n" C
        ".volumeDevices[2].devicePath: Invalid value: \"/a\": must be unique\n" C
        ".volumeDevices[3].name: Invalid value: \"c\": must be unique\n" C
        ".volumeDevices[3].devicePath: Invalid value: \"/../b\": can not contain backsteps "
        "('..')" },
    { "mounted and a device", 0,
      VOLUMES CONTAINER("'volumeMounts':[{'name':'c','mountPath':'/a'}],"
                        "'volumeDevices':[{'name':'c','devicePath':'/a'}]"),
      C ".volumeMounts[0].name: Invalid value: \"c\": must not already exist in volumeDevices\n" C
        ".volumeMounts[0].mountPath: Invalid value: \"/a\": must not already exist as a path in "
        "volumeDevices\n" C
        ".volumeDevices[0].name: Invalid value: \"c\": must not already exist in volumeMounts\n" C
        ".volumeDevices[0].devicePath: Invalid value: \"/a\": must not already exist as a path in "
        "volumeMounts" },
};

#define RESOURCES(members) CONTAINER("'resources':{" members "}")
#define L C ".resources.limits"
#define R C ".resources.requests"
static const ErrorRow resource_rows[] = {
    { "good", 0,
      RESOURCES("'limits':{'cpu':'1','memory':'1Gi','ephemeral-storage':'1Gi',"
                "'hugepages-2Mi':'2Mi','example.com/gpu':'2','kubernetes.io/x':'1500m'}"),
      "" },
    { "names", 0, RESOURCES("'limits':{'x':'1','pods':'1','_/a':'1','requests.example.com/a':'1'}"),
      L "[x]: Invalid value: \"x\": must be a standard resource type or fully qualified\n" L
        "[x]: Invalid value: \"x\": must be a standard resource for containers\n" L
        "[pods]: Invalid value: \"pods\": must be a standard resource for containers\n" L
        "[_/a]: Invalid value: \"_/a\": prefix part " SUBDOMAIN_RULE "\n" L
        "[_/a]: Invalid value: \"_/a\": doesn't follow extended resource name standard\n" L
        "[requests.example.com/a]: Invalid value: \"requests.example.com/a\": doesn't follow "
        "extended resource name standard\n" R
        "[x]: Invalid value: \"x\": must be a standard resource type or fully qualified\n" R
        "[x]: Invalid value: \"x\": must be a standard resource for containers\n" R
        "[pods]: Invalid value: \"pods\": must be a standard resource for containers\n" R
        "[_/a]: Invalid value: \"_/a\": prefix part " SUBDOMAIN_RULE "\n" R
        "[_/a]: Invalid value: \"_/a\": doesn't follow extended resource name standard\n" R
        "[requests.example.com/a]: Invalid value: \"requests.example.com/a\": doesn't follow "
        "extended resource name standard" },
    { "amounts", 0, RESOURCES("'limits':{'cpu':'-1'},'requests':{'cpu':'-2'}"),
      L "[cpu]: Invalid value: \"-1\": must be greater than or equal to 0\n" R
        "[cpu]: Invalid value: \"-2\": must be greater than or equal to 0" },
    { "whole numbers", 0, RESOURCES("'limits':{'example.com/a':'1500m'}"),
      L "[example.com/a]: Invalid value: resource.Quantity{i:resource.int64Amount{value:1500, "
        "scale:-3}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:\"1500m\", "
        "Format:\"DecimalSI\"}: must be an integer\n" R
        "[example.com/a]: Invalid value: resource.Quantity{i:resource.int64Amount{value:1500, "
        "scale:-3}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:\"1500m\", "
        "Format:\"DecimalSI\"}: must be an integer" },
    { "requests above limits", 0,
      RESOURCES("'limits':{'cpu':'1','memory':'1Gi'},'requests':{'cpu':'1001m','memory':'1025Mi'}"),
      R ": Invalid value: \"1001m\": must be less than or equal to cpu limit\n" R
        ": Invalid value: \"1025Mi\": must be less than or equal to memory limit" },
    { "requests above limits, newer", 28, RESOURCES("'limits':{'cpu':'1'},'requests':{'cpu':'2'}"),
      R ": Invalid value: \"2\": must be less than or equal to cpu limit of 1" },
    { "what cannot be overcommitted", 0,
      RESOURCES("'limits':{'cpu':'1','hugepages-2Mi':'4Mi'},'requests':{'cpu':'1',"
                "'hugepages-2Mi':'2Mi','example.com/a':'1'}"),
      R ": Invalid value: \"2Mi\": must be equal to hugepages-2Mi limit\n" L
        ": Required value: Limit must be set for non overcommitable resources" },
    { "huge pages alone", 0, RESOURCES("'limits':{'hugepages-2Mi':'2Mi'}"),
      C ".resources: Forbidden: HugePages require cpu or memory" },
    { "huge pages of two sizes", 18,
      RESOURCES("'limits':{'cpu':'1','hugepages-2Mi':'2Mi','hugepages-1Gi':'1Gi'}"),
      "spec: Invalid value: []string{\"hugepages-1Gi\", \"hugepages-2Mi\"}: must use a single "
      "hugepage size in a pod spec" },
    { "huge pages of two sizes, newer", 20,
      RESOURCES("'limits':{'cpu':'1','hugepages-2Mi':'2Mi','hugepages-1Gi':'1Gi'}"), "" },
};

#define E(member) "spec.ephemeralContainers[0]" member
static const ErrorRow ephemeral_rows[] = {
    { "on create", 23, "'ephemeralContainers':[{'name':'e','image':'i:1'}]",
      "spec.ephemeralContainers: Forbidden: cannot be set on create" },
    { "errors", 23,
      "'ephemeralContainers':[{'name':'c','image':'','targetContainerName':'x','ports':[],"
      "'resources':{'limits':{}},'lifecycle':{'preStop':{'exec':{'command':['x']}}}},{}]",
      E(".targetContainerName: Not found: \"x\"\n") E("[0].image" REQUIRED "\n")
          E(".name: Duplicate value: \"c\"\n")
              E(".ports: Forbidden: cannot be set for an Ephemeral Container\n")
                  E(".resources: Forbidden: cannot be set for an Ephemeral Container\n")
                      E(".lifecycle: Forbidden: cannot be set for an Ephemeral "
                        "Container\n") "spec.ephemeralContainers[1]: Required value: "
                                       "ephemeralContainer requires a name\n"
                                       "spec.ephemeralContainers: Forbidden: cannot be "
                                       "set on create" },
    { "paths of newer versions", 25, "'ephemeralContainers':[{'name':'e','image':''}]",
      E(".image" REQUIRED "\n") "spec.ephemeralContainers: Forbidden: cannot be set on create" },
};

#define TEST(name)                                           \
    static void name(void **state)                           \
    {                                                        \
        (void)state;                                         \
        test_error_rows(name##_rows, COUNT_OF(name##_rows)); \
    }
TEST(list)
TEST(port)
TEST(env)
TEST(handler)
TEST(mount)
TEST(resource)
TEST(ephemeral)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list),      cmocka_unit_test(port),  cmocka_unit_test(env),
        cmocka_unit_test(handler),   cmocka_unit_test(mount), cmocka_unit_test(resource),
        cmocka_unit_test(ephemeral),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
