/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod template as Go prints it with %#v: rows for each struct in it, in the order of Go's
 * declarations. Pointers end the dump, so that little of a pod is shown.
 */
#include "kube/pod/dump_template.h"

#include "kube/meta.h"
#include "kube/pod/check.h"

typedef enum GoKind {
    GO_STRING,
    GO_INT,
    GO_BOOL,
    GO_POINTER,
    GO_STRINGS,
    GO_LABELS,     /* map[string]string */
    GO_QUANTITIES, /* core.ResourceList */
    GO_STRUCT,     /* a member that is a struct */
    GO_INLINE,     /* a struct whose members stand in the outer object in JSON */
    GO_LIST,       /* of structs */
    GO_ZERO,       /* never set in a template: type is all that is printed */
} GoKind;

struct GoStruct;

typedef struct GoRow {
    Str name;
    Str member; /* in JSON */
    GoKind kind;
    Str type; /* what a pointer points at, what a list is of; the text of a GO_ZERO */
    const struct GoStruct *of;
    int since;
    int until; /* 0: still there */
} GoRow;

typedef struct GoStruct {
    Str type;
    const GoRow *rows;
    size_t count;
} GoStruct;

#define ROW(name, member, kind, type, of)                                \
    {                                                                    \
        STR_INIT(name), STR_INIT(member), kind, STR_INIT(type), of, 0, 0 \
    }
#define ROW_SINCE(name, member, kind, type, of, since)                       \
    {                                                                        \
        STR_INIT(name), STR_INIT(member), kind, STR_INIT(type), of, since, 0 \
    }
#define STRUCT(type, rows)                   \
    {                                        \
        STR_INIT(type), rows, COUNT_OF(rows) \
    }

/* -- metadata ---------------------------------------------------------------------------------- */

enum { GO_PRINTS_DATES_MINOR = 23, NO_CLUSTER_NAME_MINOR = 25 };

static const GoRow meta_rows[] = {
    ROW("Name", "name", GO_STRING, "", NULL),
    ROW("GenerateName", "generateName", GO_STRING, "", NULL),
    ROW("Namespace", "namespace", GO_STRING, "", NULL),
    ROW("SelfLink", "selfLink", GO_STRING, "", NULL),
    ROW("UID", "uid", GO_STRING, "", NULL),
    ROW("ResourceVersion", "resourceVersion", GO_STRING, "", NULL),
    ROW("Generation", "generation", GO_INT, "", NULL),
    { STR_INIT("CreationTimestamp"), STR_INIT(""), GO_ZERO,
      STR_INIT("v1.Time{Time:time.Time{wall:0x0, ext:0, loc:(*time.Location)(nil)}}"), NULL, 0,
      GO_PRINTS_DATES_MINOR },
    { STR_INIT("CreationTimestamp"), STR_INIT(""), GO_ZERO,
      STR_INIT("time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC)"), NULL, GO_PRINTS_DATES_MINOR,
      0 },
    ROW("DeletionTimestamp", "deletionTimestamp", GO_POINTER, "v1.Time", NULL),
    ROW("DeletionGracePeriodSeconds", "deletionGracePeriodSeconds", GO_POINTER, "int64", NULL),
    ROW("Labels", "labels", GO_LABELS, "", NULL),
    ROW("Annotations", "annotations", GO_LABELS, "", NULL),
    ROW("OwnerReferences", "", GO_ZERO, "[]v1.OwnerReference(nil)", NULL),
    ROW("Finalizers", "finalizers", GO_STRINGS, "", NULL),
    { STR_INIT("ClusterName"), STR_INIT("clusterName"), GO_STRING, STR_INIT(""), NULL, 0,
      NO_CLUSTER_NAME_MINOR },
    ROW("ManagedFields", "", GO_ZERO, "[]v1.ManagedFieldsEntry(nil)", NULL),
};
static const GoStruct meta_struct = STRUCT("v1.ObjectMeta", meta_rows);

/* -- volumes ----------------------------------------------------------------------------------- */

#define SOURCE(name, member, type) ROW(name, member, GO_POINTER, "core." type "VolumeSource", NULL)

static const GoRow source_rows[] = {
    SOURCE("HostPath", "hostPath", "HostPath"),
    SOURCE("EmptyDir", "emptyDir", "EmptyDir"),
    SOURCE("GCEPersistentDisk", "gcePersistentDisk", "GCEPersistentDisk"),
    SOURCE("AWSElasticBlockStore", "awsElasticBlockStore", "AWSElasticBlockStore"),
    SOURCE("GitRepo", "gitRepo", "GitRepo"),
    SOURCE("Secret", "secret", "Secret"),
    SOURCE("NFS", "nfs", "NFS"),
    SOURCE("ISCSI", "iscsi", "ISCSI"),
    SOURCE("Glusterfs", "glusterfs", "Glusterfs"),
    SOURCE("PersistentVolumeClaim", "persistentVolumeClaim", "PersistentVolumeClaim"),
    SOURCE("RBD", "rbd", "RBD"),
    SOURCE("Quobyte", "quobyte", "Quobyte"),
    SOURCE("FlexVolume", "flexVolume", "Flex"),
    SOURCE("Cinder", "cinder", "Cinder"),
    SOURCE("CephFS", "cephfs", "CephFS"),
    SOURCE("Flocker", "flocker", "Flocker"),
    SOURCE("DownwardAPI", "downwardAPI", "DownwardAPI"),
    SOURCE("FC", "fc", "FC"),
    SOURCE("AzureFile", "azureFile", "AzureFile"),
    SOURCE("ConfigMap", "configMap", "ConfigMap"),
    SOURCE("VsphereVolume", "vsphereVolume", "VsphereVirtualDisk"),
    SOURCE("AzureDisk", "azureDisk", "AzureDisk"),
    SOURCE("PhotonPersistentDisk", "photonPersistentDisk", "PhotonPersistentDisk"),
    SOURCE("Projected", "projected", "Projected"),
    SOURCE("PortworxVolume", "portworxVolume", "Portworx"),
    SOURCE("ScaleIO", "scaleIO", "ScaleIO"),
    SOURCE("StorageOS", "storageos", "StorageOS"),
    SOURCE("CSI", "csi", "CSI"),
    SOURCE("Ephemeral", "ephemeral", "Ephemeral"),
    ROW_SINCE("Image", "image", GO_POINTER, "core.ImageVolumeSource", NULL, 31),
};
static const GoStruct source_struct = STRUCT("core.VolumeSource", source_rows);

static const GoRow volume_rows[] = {
    ROW("Name", "name", GO_STRING, "", NULL),
    ROW("VolumeSource", "", GO_INLINE, "", &source_struct),
};
static const GoStruct volume_struct = STRUCT("core.Volume", volume_rows);

/* -- containers -------------------------------------------------------------------------------- */

static const GoRow port_rows[] = {
    ROW("Name", "name", GO_STRING, "", NULL),
    ROW("HostPort", "hostPort", GO_INT, "", NULL),
    ROW("ContainerPort", "containerPort", GO_INT, "", NULL),
    ROW("Protocol", "protocol", GO_STRING, "", NULL),
    ROW("HostIP", "hostIP", GO_STRING, "", NULL),
};
static const GoStruct port_struct = STRUCT("core.ContainerPort", port_rows);

static const GoRow env_from_rows[] = {
    ROW("Prefix", "prefix", GO_STRING, "", NULL),
    ROW("ConfigMapRef", "configMapRef", GO_POINTER, "core.ConfigMapEnvSource", NULL),
    ROW("SecretRef", "secretRef", GO_POINTER, "core.SecretEnvSource", NULL),
};
static const GoStruct env_from_struct = STRUCT("core.EnvFromSource", env_from_rows);

static const GoRow env_rows[] = {
    ROW("Name", "name", GO_STRING, "", NULL),
    ROW("Value", "value", GO_STRING, "", NULL),
    ROW("ValueFrom", "valueFrom", GO_POINTER, "core.EnvVarSource", NULL),
};
static const GoStruct env_struct = STRUCT("core.EnvVar", env_rows);

static const GoRow claim_rows[] = {
    ROW("Name", "name", GO_STRING, "", NULL),
    ROW_SINCE("Request", "request", GO_STRING, "", NULL, 31),
};
static const GoStruct claim_struct = STRUCT("core.ResourceClaim", claim_rows);

static const GoRow resource_rows[] = {
    ROW("Limits", "limits", GO_QUANTITIES, "", NULL),
    ROW("Requests", "requests", GO_QUANTITIES, "", NULL),
    ROW_SINCE("Claims", "claims", GO_LIST, "", &claim_struct, 26),
};
static const GoStruct resource_struct = STRUCT("core.ResourceRequirements", resource_rows);

static const GoRow mount_rows[] = {
    ROW("Name", "name", GO_STRING, "", NULL),
    ROW("ReadOnly", "readOnly", GO_BOOL, "", NULL),
    ROW_SINCE("RecursiveReadOnly", "recursiveReadOnly", GO_POINTER, "core.RecursiveReadOnlyMode",
              NULL, 30),
    ROW("MountPath", "mountPath", GO_STRING, "", NULL),
    ROW("SubPath", "subPath", GO_STRING, "", NULL),
    ROW("MountPropagation", "mountPropagation", GO_POINTER, "core.MountPropagationMode", NULL),
    ROW("SubPathExpr", "subPathExpr", GO_STRING, "", NULL),
};
static const GoStruct mount_struct = STRUCT("core.VolumeMount", mount_rows);

static const GoRow device_rows[] = {
    ROW("Name", "name", GO_STRING, "", NULL),
    ROW("DevicePath", "devicePath", GO_STRING, "", NULL),
};
static const GoStruct device_struct = STRUCT("core.VolumeDevice", device_rows);

static const GoRow resize_rows[] = {
    ROW("ResourceName", "resourceName", GO_STRING, "", NULL),
    ROW("RestartPolicy", "restartPolicy", GO_STRING, "", NULL),
};
static const GoStruct resize_struct = STRUCT("core.ContainerResizePolicy", resize_rows);

static const GoRow container_rows[] = {
    ROW("Name", "name", GO_STRING, "", NULL),
    ROW("Image", "image", GO_STRING, "", NULL),
    ROW("Command", "command", GO_STRINGS, "", NULL),
    ROW("Args", "args", GO_STRINGS, "", NULL),
    ROW("WorkingDir", "workingDir", GO_STRING, "", NULL),
    ROW("Ports", "ports", GO_LIST, "", &port_struct),
    ROW("EnvFrom", "envFrom", GO_LIST, "", &env_from_struct),
    ROW("Env", "env", GO_LIST, "", &env_struct),
    ROW("Resources", "resources", GO_STRUCT, "", &resource_struct),
    ROW_SINCE("ResizePolicy", "resizePolicy", GO_LIST, "", &resize_struct, 27),
    ROW_SINCE("RestartPolicy", "restartPolicy", GO_POINTER, "core.ContainerRestartPolicy", NULL,
              28),
    ROW("VolumeMounts", "volumeMounts", GO_LIST, "", &mount_struct),
    ROW("VolumeDevices", "volumeDevices", GO_LIST, "", &device_struct),
    ROW("LivenessProbe", "livenessProbe", GO_POINTER, "core.Probe", NULL),
    ROW("ReadinessProbe", "readinessProbe", GO_POINTER, "core.Probe", NULL),
    ROW("StartupProbe", "startupProbe", GO_POINTER, "core.Probe", NULL),
    ROW("Lifecycle", "lifecycle", GO_POINTER, "core.Lifecycle", NULL),
    ROW("TerminationMessagePath", "terminationMessagePath", GO_STRING, "", NULL),
    ROW("TerminationMessagePolicy", "terminationMessagePolicy", GO_STRING, "", NULL),
    ROW("ImagePullPolicy", "imagePullPolicy", GO_STRING, "", NULL),
    ROW("SecurityContext", "securityContext", GO_POINTER, "core.SecurityContext", NULL),
    ROW("Stdin", "stdin", GO_BOOL, "", NULL),
    ROW("StdinOnce", "stdinOnce", GO_BOOL, "", NULL),
    ROW("TTY", "tty", GO_BOOL, "", NULL),
};
static const GoStruct container_struct = STRUCT("core.Container", container_rows);

/* -- the rest of a pod ------------------------------------------------------------------------- */

static const GoRow name_rows[] = { ROW("Name", "name", GO_STRING, "", NULL) };
static const GoStruct local_struct = STRUCT("core.LocalObjectReference", name_rows);
static const GoStruct gate_struct = STRUCT("core.PodSchedulingGate", name_rows);

static const GoRow toleration_rows[] = {
    ROW("Key", "key", GO_STRING, "", NULL),
    ROW("Operator", "operator", GO_STRING, "", NULL),
    ROW("Value", "value", GO_STRING, "", NULL),
    ROW("Effect", "effect", GO_STRING, "", NULL),
    ROW("TolerationSeconds", "tolerationSeconds", GO_POINTER, "int64", NULL),
};
static const GoStruct toleration_struct = STRUCT("core.Toleration", toleration_rows);

static const GoRow alias_rows[] = {
    ROW("IP", "ip", GO_STRING, "", NULL),
    ROW("Hostnames", "hostnames", GO_STRINGS, "", NULL),
};
static const GoStruct alias_struct = STRUCT("core.HostAlias", alias_rows);

static const GoRow readiness_rows[] = {
    ROW("ConditionType", "conditionType", GO_STRING, "", NULL),
};
static const GoStruct readiness_struct = STRUCT("core.PodReadinessGate", readiness_rows);

static const GoRow spread_rows[] = {
    ROW("MaxSkew", "maxSkew", GO_INT, "", NULL),
    ROW("TopologyKey", "topologyKey", GO_STRING, "", NULL),
    ROW("WhenUnsatisfiable", "whenUnsatisfiable", GO_STRING, "", NULL),
    ROW("LabelSelector", "labelSelector", GO_POINTER, "v1.LabelSelector", NULL),
    ROW_SINCE("MinDomains", "minDomains", GO_POINTER, "int32", NULL, 24),
    ROW_SINCE("NodeAffinityPolicy", "nodeAffinityPolicy", GO_POINTER, "core.NodeInclusionPolicy",
              NULL, 25),
    ROW_SINCE("NodeTaintsPolicy", "nodeTaintsPolicy", GO_POINTER, "core.NodeInclusionPolicy", NULL,
              25),
    ROW_SINCE("MatchLabelKeys", "matchLabelKeys", GO_STRINGS, "", NULL, 25),
};
static const GoStruct spread_struct = STRUCT("core.TopologySpreadConstraint", spread_rows);

static const GoRow spec_rows[] = {
    ROW("Volumes", "volumes", GO_LIST, "", &volume_struct),
    ROW("InitContainers", "initContainers", GO_LIST, "", &container_struct),
    ROW("Containers", "containers", GO_LIST, "", &container_struct),
    ROW("EphemeralContainers", "", GO_ZERO, "[]core.EphemeralContainer(nil)", NULL),
    ROW("RestartPolicy", "restartPolicy", GO_STRING, "", NULL),
    ROW("TerminationGracePeriodSeconds", "terminationGracePeriodSeconds", GO_POINTER, "int64",
        NULL),
    ROW("ActiveDeadlineSeconds", "activeDeadlineSeconds", GO_POINTER, "int64", NULL),
    ROW("DNSPolicy", "dnsPolicy", GO_STRING, "", NULL),
    ROW("NodeSelector", "nodeSelector", GO_LABELS, "", NULL),
    ROW("ServiceAccountName", "serviceAccountName", GO_STRING, "", NULL),
    ROW("AutomountServiceAccountToken", "automountServiceAccountToken", GO_POINTER, "bool", NULL),
    ROW("NodeName", "nodeName", GO_STRING, "", NULL),
    ROW("SecurityContext", "securityContext", GO_POINTER, "core.PodSecurityContext", NULL),
    ROW("ImagePullSecrets", "imagePullSecrets", GO_LIST, "", &local_struct),
    ROW("Hostname", "hostname", GO_STRING, "", NULL),
    ROW("Subdomain", "subdomain", GO_STRING, "", NULL),
    ROW_SINCE("SetHostnameAsFQDN", "setHostnameAsFQDN", GO_POINTER, "bool", NULL, 19),
    ROW("Affinity", "affinity", GO_POINTER, "core.Affinity", NULL),
    ROW("SchedulerName", "schedulerName", GO_STRING, "", NULL),
    ROW("Tolerations", "tolerations", GO_LIST, "", &toleration_struct),
    ROW("HostAliases", "hostAliases", GO_LIST, "", &alias_struct),
    ROW("PriorityClassName", "priorityClassName", GO_STRING, "", NULL),
    ROW("Priority", "priority", GO_POINTER, "int32", NULL),
    ROW("PreemptionPolicy", "preemptionPolicy", GO_POINTER, "core.PreemptionPolicy", NULL),
    ROW("DNSConfig", "dnsConfig", GO_POINTER, "core.PodDNSConfig", NULL),
    ROW("ReadinessGates", "readinessGates", GO_LIST, "", &readiness_struct),
    ROW("RuntimeClassName", "runtimeClassName", GO_POINTER, "string", NULL),
    ROW("Overhead", "overhead", GO_QUANTITIES, "", NULL),
    ROW("EnableServiceLinks", "enableServiceLinks", GO_POINTER, "bool", NULL),
    ROW("TopologySpreadConstraints", "topologySpreadConstraints", GO_LIST, "", &spread_struct),
    ROW_SINCE("OS", "os", GO_POINTER, "core.PodOS", NULL, 23),
    ROW_SINCE("SchedulingGates", "schedulingGates", GO_LIST, "", &gate_struct, 26),
    ROW_SINCE("ResourceClaims", "", GO_ZERO, "[]core.PodResourceClaim(nil)", NULL, 26),
};
static const GoStruct spec_struct = STRUCT("core.PodSpec", spec_rows);

static const GoRow template_rows[] = {
    ROW("ObjectMeta", "metadata", GO_STRUCT, "", &meta_struct),
    ROW("Spec", "spec", GO_STRUCT, "", &spec_struct),
};
static const GoStruct template_struct = STRUCT("core.PodTemplateSpec", template_rows);

/* -- printing ---------------------------------------------------------------------------------- */

typedef struct Dump {
    Buf *out;
    int minor;
} Dump;

static void put_struct(Dump *d, const GoStruct *of, const Value *v);

static void put_labels(Dump *d, const Value *map)
{
    if (!value_is(map, VALUE_OBJECT)) {
        buf_lit(d->out, "map[string]string(nil)");
        return;
    }
    size_t count;
    const Member *members = meta_sorted_members(map, d->out->arena, &count);
    buf_lit(d->out, "map[string]string{");
    for (size_t i = 0; i < count; i++) {
        buf_add(d->out, i ? STR(", ") : STR(""));
        buf_go_quoted(d->out, member_key(&members[i]));
        buf_byte(d->out, ':');
        buf_go_quoted(d->out, value_as_str(&members[i].value));
    }
    buf_byte(d->out, '}');
}

static void put_quantities(Dump *d, const Value *map)
{
    if (!value_is(map, VALUE_OBJECT)) {
        buf_lit(d->out, "core.ResourceList(nil)");
        return;
    }
    size_t count;
    const Member *members = meta_sorted_members(map, d->out->arena, &count);
    buf_lit(d->out, "core.ResourceList{");
    for (size_t i = 0; i < count; i++) {
        buf_add(d->out, i ? STR(", ") : STR(""));
        buf_go_quoted(d->out, member_key(&members[i]));
        buf_byte(d->out, ':');
        buf_add(d->out, dump_quantity(value_as_str(&members[i].value), d->out->arena));
    }
    buf_byte(d->out, '}');
}

static void put_list(Dump *d, const GoStruct *of, const Value *list)
{
    buf_printf(d->out, "[]%.*s", STR_ARG(of->type));
    if (!value_is(list, VALUE_ARRAY)) {
        buf_lit(d->out, "(nil)");
        return;
    }
    buf_byte(d->out, '{');
    for (uint32_t i = 0; i < list->len; i++) {
        buf_add(d->out, i ? STR(", ") : STR(""));
        put_struct(d, of, value_item(list, i));
    }
    buf_byte(d->out, '}');
}

/* holder   has the member v */
static void put_value(Dump *d, const GoRow *row, const Value *holder, const Value *v)
{
    switch (row->kind) {
    case GO_STRING:
        buf_go_quoted(d->out, value_is(v, VALUE_STRING) ? value_as_str(v) : STR(""));
        break;
    case GO_INT:
        buf_int(d->out, value_as_int(v).value);
        break;
    case GO_BOOL:
        buf_add(d->out, value_as_bool(v).value ? STR("true") : STR("false"));
        break;
    case GO_POINTER:
        buf_printf(d->out, "(*%.*s)(%s)", STR_ARG(row->type),
                   value_is_null(v) ? "nil" : META_POINTER_TEXT);
        break;
    case GO_STRINGS:
        if (value_is(v, VALUE_ARRAY)) {
            buf_add(d->out, dump_strings(v, d->out->arena));
        } else {
            buf_lit(d->out, "[]string(nil)");
        }
        break;
    case GO_LABELS:
        put_labels(d, v);
        break;
    case GO_QUANTITIES:
        put_quantities(d, v);
        break;
    case GO_STRUCT:
        put_struct(d, row->of, v);
        break;
    case GO_INLINE:
        put_struct(d, row->of, holder);
        break;
    case GO_LIST:
        put_list(d, row->of, v);
        break;
    case GO_ZERO:
        buf_add(d->out, row->type);
        break;
    }
}

/* Recursion is as deep as the tables. */
static void put_struct(Dump *d, const GoStruct *of, const Value *v)
{
    bool is_first = true;
    buf_add(d->out, of->type);
    buf_byte(d->out, '{');
    for (size_t i = 0; i < of->count; i++) {
        const GoRow *row = &of->rows[i];
        if (d->minor < row->since || (row->until && d->minor >= row->until)) {
            continue;
        }
        buf_add(d->out, is_first ? STR("") : STR(", "));
        is_first = false;
        buf_add(d->out, row->name);
        buf_byte(d->out, ':');
        put_value(d, row, v, value_get(v, row->member));
    }
    buf_byte(d->out, '}');
}

Str dump_pod_template(const Value *template, const KubeTarget *t, Arena *a)
{
    Buf b = buf_new(a);
    Dump d = { .out = &b, .minor = t->minor };
    put_struct(&d, &template_struct, template);
    return buf_str(&b);
}
