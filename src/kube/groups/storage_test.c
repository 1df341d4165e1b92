/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of storage, leases and runtime classes: what is wrong with them, and their defaults. */
#include "kube/groups/lease.h"
#include "kube/groups/runtime_class.h"
#include "kube/groups/storage.h"
#include "kube/groups/test_groups.h"

static void lease_create(const Value *object, const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    lease_validate_create(object, errs);
}

static void lease_update(const Value *object, const Value *old, const KubeTarget *t,
                         FieldErrors *errs)
{
    (void)t;
    lease_validate_update(object, old, errs);
}

static const GroupKind storage_class = { storage_class_apply_defaults,
                                         storage_class_validate_create,
                                         storage_class_validate_update };
static const GroupKind attachment = { NULL, volume_attachment_validate_create,
                                      volume_attachment_validate_update };
static const GroupKind driver = { csi_driver_apply_defaults, csi_driver_validate_create,
                                  csi_driver_validate_update };
static const GroupKind node = { NULL, csi_node_validate_create, csi_node_validate_update };
static const GroupKind lease = { NULL, lease_create, lease_update };
static const GroupKind runtime_class = { NULL, runtime_class_validate_create,
                                         runtime_class_validate_update };

#define STORAGE(kind, rest) \
    "{'apiVersion':'storage.k8s.io/v1','kind':'" kind "','metadata':{'name':'x'}," rest "}"
#define CLASS(rest) STORAGE("StorageClass", rest)

static void storage_classes(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good", CLASS("'provisioner':'p.x/y'"), "" },
        { "nothing right",
          CLASS("'provisioner':'','reclaimPolicy':'Recycle','volumeBindingMode':'X',"
                "'parameters':{'':'a'}"),
          "provisioner: Required value\n"
          "parameters: Invalid value: \"\": field can not be empty.\n"
          "reclaimPolicy: Unsupported value: \"Recycle\": supported values: \"Delete\", "
          "\"Retain\"\n"
          "volumeBindingMode: Unsupported value: \"X\": supported values: \"Immediate\", "
          "\"WaitForFirstConsumer\"" },
        { "topologies",
          CLASS("'provisioner':'p','allowedTopologies':[{'matchLabelExpressions':[{'key':'k',"
                "'values':['a','a']},{'key':'k','values':[]}]}]"),
          "allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: \"a\"\n"
          "allowedTopologies[0].matchLabelExpressions[1].values: Required value\n"
          "allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: \"k\"" },
        { "the same topology",
          CLASS(
              "'provisioner':'p','allowedTopologies':[{'matchLabelExpressions':[{'key':'k',"
              "'values':['a','b']}]},{'matchLabelExpressions':[{'key':'k','values':['b','a']}]}]"),
          "allowedTopologies[1].matchLabelExpressions: Duplicate value: \"\"" },
        { "everything changed",
          CLASS("'provisioner':'q','parameters':{'a':'b'},'reclaimPolicy':'Retain',"
                "'volumeBindingMode':'WaitForFirstConsumer'"),
          "parameters: Forbidden: updates to parameters are forbidden.\n"
          "provisioner: Forbidden: updates to provisioner are forbidden.\n"
          "reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.\n"
          "volumeBindingMode: Invalid value: \"WaitForFirstConsumer\": field is immutable",
          CLASS("'provisioner':'p'") },
    };
    GROUP_ERRORS(&storage_class, rows);
}

static void attachments(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good",
          STORAGE("VolumeAttachment", "'spec':{'attacher':'a.b','nodeName':'n',"
                                      "'source':{'persistentVolumeName':'v'}}"),
          "" },
        { "nothing", STORAGE("VolumeAttachment", "'spec':{}"),
          "spec.attacher: Required value\n"
          "spec.source: Required value: must specify exactly one of inlineVolumeSpec and "
          "persistentVolumeName\n"
          "spec.nodeName: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of "
          "lower case alphanumeric characters, '-' or '.', and must start and end with an "
          "alphanumeric character (e.g. 'example.com', regex used for validation is "
          "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\n"
          "spec.attacher: Required value\n"
          "spec.attacher: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of "
          "lower case alphanumeric characters, '-' or '.', and must start and end with an "
          "alphanumeric character (e.g. 'example.com', regex used for validation is "
          "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')" },
        { "changed",
          STORAGE("VolumeAttachment", "'spec':{'attacher':'a','nodeName':'m',"
                                      "'source':{'persistentVolumeName':'v'}}"),
          "spec: Invalid value: storage.VolumeAttachmentSpec{Attacher:\"a\", "
          "Source:storage.VolumeAttachmentSource{PersistentVolumeName:(*string)(0xc000000000), "
          "InlineVolumeSpec:(*core.PersistentVolumeSpec)(nil)}, NodeName:\"m\"}: field is "
          "immutable",
          STORAGE("VolumeAttachment", "'spec':{'attacher':'a','nodeName':'n',"
                                      "'source':{'persistentVolumeName':'v'}}") },
    };
    GROUP_ERRORS(&attachment, rows);
}

static void drivers(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good", STORAGE("CSIDriver", "'spec':{'attachRequired':false}"), "" },
        { "values",
          STORAGE("CSIDriver", "'spec':{'fsGroupPolicy':'X',"
                               "'volumeLifecycleModes':['Y']}"),
          "spec.fsGroupPolicy: Unsupported value: \"X\": supported values: \"File\", \"None\", "
          "\"ReadWriteOnceWithFSType\"\n"
          "spec.volumeLifecycleModes: Unsupported value: \"Y\": supported values: \"Persistent\", "
          "\"Ephemeral\"" },
        { "changed",
          STORAGE("CSIDriver", "'spec':{'attachRequired':true,'podInfoOnMount':true,"
                               "'volumeLifecycleModes':['Ephemeral']}"),
          "spec.attachedRequired: Invalid value: true: field is immutable\n"
          "spec.podInfoOnMount: Invalid value: true: field is immutable\n"
          "spec.volumeLifecycleModes: Invalid value: []storage.VolumeLifecycleMode{\"Ephemeral\"}: "
          "field is immutable",
          STORAGE("CSIDriver", "'spec':{'attachRequired':false}") },
    };
    static const GroupRow defaults[] = {
        { "1.20", STORAGE("CSIDriver", "'spec':{'attachRequired':false}"),
          STORAGE("CSIDriver", "'spec':{'attachRequired':false,'podInfoOnMount':false,"
                               "'volumeLifecycleModes':['Persistent'],"
                               "'fsGroupPolicy':'ReadWriteOnceWithFSType'}") },
        { "1.24", STORAGE("CSIDriver", "'spec':{}"),
          STORAGE("CSIDriver", "'spec':{'attachRequired':true,'podInfoOnMount':false,"
                               "'volumeLifecycleModes':['Persistent'],'storageCapacity':false,"
                               "'fsGroupPolicy':'ReadWriteOnceWithFSType',"
                               "'requiresRepublish':false}"),
          NULL, 24 },
    };
    GROUP_ERRORS(&driver, rows);
    GROUP_DEFAULTS(&driver, defaults);
}

#define NODE(drivers) STORAGE("CSINode", "'spec':{'drivers':[" drivers "]}")

static void nodes(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good", NODE("{'name':'d.x','nodeID':'n','topologyKeys':['k']}"), "" },
        { "bad",
          NODE("{'name':'d','nodeID':'','topologyKeys':['k','k','-'],'allocatable':{'count':-1}},"
               "{'name':'d','nodeID':'n','topologyKeys':null}"),
          "spec.drivers[0].nodeID: Required value\n"
          "spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to "
          "0\n"
          "spec.drivers[0]: Duplicate value: \"k\"\n"
          "spec.drivers[0]: Invalid value: []string{\"k\", \"k\", \"-\"}: name part must consist "
          "of alphanumeric characters, '-', '_' or '.', and must start and end with an "
          "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
          "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')\n"
          "spec.drivers[1].name: Duplicate value: \"d\"" },
        { "changed", NODE("{'name':'d','nodeID':'m','topologyKeys':['k']}"),
          "CSINodeDriver: Invalid value: storage.CSINodeDriver{Name:\"d\", NodeID:\"m\", "
          "TopologyKeys:[]string{\"k\"}, Allocatable:(*storage.VolumeNodeResources)(nil)}: field "
          "is immutable",
          NODE("{'name':'d','nodeID':'n','topologyKeys':['k']}") },
    };
    GROUP_ERRORS(&node, rows);
}

#define LEASE(spec)                                                                 \
    "{'apiVersion':'coordination.k8s.io/v1','kind':'Lease','metadata':{'name':'x'," \
    "'namespace':'n'},'spec':{" spec "}}"

static void leases(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good", LEASE(""), "" },
        { "bad", LEASE("'leaseDurationSeconds':0,'leaseTransitions':-1"),
          "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0\n"
          "spec.leaseTransitions: Invalid value: -1: must to greater or equal than 0" },
    };
    GROUP_ERRORS(&lease, rows);
}

#define RUNTIME(rest) \
    "{'apiVersion':'node.k8s.io/v1','kind':'RuntimeClass','metadata':{'name':'x'}," rest "}"

static void runtime_classes(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good", RUNTIME("'handler':'h'"), "" },
        { "bad",
          RUNTIME("'handler':'h','overhead':{'podFixed':{'cpu':'-1'}},'scheduling':{"
                  "'nodeSelector':{'a':'-'},'tolerations':[{'key':'k','operator':'Exists'},"
                  "{'key':'k','operator':'Exists'}]}"),
          "overhead.limits[cpu]: Invalid value: \"-1\": must be greater than or equal to 0\n"
          "scheduling.nodeSelector: Invalid value: \"-\": a valid label must be an empty string or "
          "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
          "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
          "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')\n"
          "scheduling.tolerations[1]: Duplicate value: core.Toleration{Key:\"k\", "
          "Operator:\"Exists\", Value:\"\", Effect:\"\", TolerationSeconds:(*int64)(nil)}" },
        { "changed", RUNTIME("'handler':'g'"), "handler: Invalid value: \"g\": field is immutable",
          RUNTIME("'handler':'h'") },
        { "changed, declared", RUNTIME("'handler':'g'"),
          "handler: Invalid value: null: field is immutable", RUNTIME("'handler':'h'"), 36 },
        { "changed into what is wrong",
          RUNTIME("'handler':'h','overhead':{'podFixed':{'cpu':'-1'}}"),
          "overhead.limits[cpu]: Invalid value: \"-1\": must be greater than or equal to 0",
          RUNTIME("'handler':'h'") },
        { "none, declared", RUNTIME("'scheduling':{}"), "handler: Required value", NULL, 36 },
    };
    GROUP_ERRORS(&runtime_class, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(storage_classes), cmocka_unit_test(attachments),
        cmocka_unit_test(drivers),         cmocka_unit_test(nodes),
        cmocka_unit_test(leases),          cmocka_unit_test(runtime_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
