/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: a row for each error of each source. */
#include "kube/pod/test_validate.h"

#define V "spec.volumes[0]"
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
#define MODE ": Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive"
#define MODE_BELOW \
    ": Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive"

static const ErrorRow name_rows[] = {
    { "a good one", 0, VOLUME("'emptyDir':{}"), "" },
    { "no name", 0, "'volumes':[{'emptyDir':{}}]", V ".name" REQUIRED },
    { "a bad name", 0, "'volumes':[{'name':'a.b','emptyDir':{}}]",
      V ".name: Invalid value: \"a.b\": " LABEL_RULE },
    { "a name twice", 0, "'volumes':[{'name':'v','emptyDir':{}},{'name':'v','emptyDir':{}}]",
      "spec.volumes[1].name: Duplicate value: \"v\"" },
    { "a bad volume's name is free", 0,
      "'volumes':[{'name':'v','nfs':{'path':'/'}},{'name':'v','emptyDir':{}}]",
      V ".nfs.server" REQUIRED },
    { "no source that is known", 0, "'volumes':[{'name':'v','x':null,'y':1}]",
      V ": Required value: must specify a volume type" },
    { "two sources", 0, VOLUME("'emptyDir':{},'hostPath':{'path':'/'}"),
      V ".hostPath: Forbidden: may not specify more than 1 volume type" },
    { "two sources with names of their own", 0,
      VOLUME("'emptyDir':{},'cephfs':{},'downwardAPI':{},'gcePersistentDisk':{}"),
      V ".gcePersistentDisk: Forbidden: may not specify more than 1 volume type\n" V
        ".cephFS: Forbidden: may not specify more than 1 volume type\n" V
        ".downwarAPI: Forbidden: may not specify more than 1 volume type" },
};

static const ErrorRow disk_rows[] = {
    { "emptyDir size", 0, VOLUME("'emptyDir':{'sizeLimit':'-1'}"),
      V ".emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity" },
    { "hostPath path", 0, VOLUME("'hostPath':{'path':'','type':'X'}"),
      V ".hostPath.path" REQUIRED },
    { "hostPath back", 0, VOLUME("'hostPath':{'path':'/a/../b'}"),
      V ".hostPath.path: Invalid value: \"/a/../b\": must not contain '..'" },
    { "hostPath dots in names", 0, VOLUME("'hostPath':{'path':'/a/..b/c..'}"), "" },
    { "hostPath type", 0, VOLUME("'hostPath':{'path':'/','type':'X'}"),
      V ".hostPath.type: Unsupported value: \"X\": supported values: \"\", \"BlockDevice\", "
        "\"CharDevice\", \"Directory\", \"DirectoryOrCreate\", \"File\", \"FileOrCreate\", "
        "\"Socket\"" },
    { "gitRepo", 0, VOLUME("'gitRepo':{'repository':'','directory':'/..'}"),
      V ".gitRepo.repository" REQUIRED "\n" V
        ".gitRepo.directory: Invalid value: \"/..\": must be a relative path\n" V
        ".gitRepo.directory: Invalid value: \"/..\": must not contain '..'" },
    { "gcePersistentDisk", 0, VOLUME("'gcePersistentDisk':{'partition':256}"),
      V ".persistentDisk.pdName" REQUIRED "\n" V
        ".persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive" },
    { "awsElasticBlockStore", 0, VOLUME("'awsElasticBlockStore':{'partition':-1}"),
      V ".awsElasticBlockStore.volumeID" REQUIRED "\n" V
        ".awsElasticBlockStore.partition: Invalid value: -1: must be between 1 and 255, "
        "inclusive" },
    { "nfs", 0, VOLUME("'nfs':{}"),
      V ".nfs.server" REQUIRED "\n" V ".nfs.path" REQUIRED "\n" V
        ".nfs.path: Invalid value: \"\": must be an absolute path" },
    { "glusterfs", 0, VOLUME("'glusterfs':{}"),
      V ".glusterfs.endpoints" REQUIRED "\n" V ".glusterfs.path" REQUIRED },
    { "persistentVolumeClaim", 0, VOLUME("'persistentVolumeClaim':{}"),
      V ".persistentVolumeClaim.claimName" REQUIRED },
    { "rbd", 0, VOLUME("'rbd':{}"), V ".rbd.monitors" REQUIRED "\n" V ".rbd.image" REQUIRED },
    { "cinder", 0, VOLUME("'cinder':{'secretRef':{}}"),
      V ".cinder.volumeID" REQUIRED "\n" V ".cinder.secretRef.name" REQUIRED },
    { "cephfs", 0, VOLUME("'cephfs':{}"), V ".cephfs.monitors" REQUIRED },
    { "azureFile", 0, VOLUME("'azureFile':{}"),
      V ".azureFile.secretName" REQUIRED "\n" V ".azureFile.shareName" REQUIRED },
    { "vsphereVolume", 0, VOLUME("'vsphereVolume':{}"), V ".vsphereVolume.volumePath" REQUIRED },
    { "photonPersistentDisk", 0, VOLUME("'photonPersistentDisk':{}"),
      V ".photonPersistentDisk.pdID" REQUIRED },
    { "portworxVolume", 0, VOLUME("'portworxVolume':{}"), V ".portworxVolume.volumeID" REQUIRED },
    { "scaleIO", 0, VOLUME("'scaleIO':{}"),
      V ".scaleIO.gateway" REQUIRED "\n" V ".scaleIO.system" REQUIRED "\n" V
        ".scaleIO.volumeName" REQUIRED },
    { "flocker without", 0, VOLUME("'flocker':{}"),
      V ".flocker: Required value: one of datasetName and datasetUUID is required" },
    { "flocker with both", 0, VOLUME("'flocker':{'datasetName':'a/b','datasetUUID':'u'}"),
      V ".flocker: Invalid value: \"resource\": datasetName and datasetUUID can not be specified "
        "simultaneously\n" V ".flocker.datasetName: Invalid value: \"a/b\": must not contain '/'" },
    { "quobyte without", 0, VOLUME("'quobyte':{}"),
      V ".quobyte.registry: Required value: must be a host:port pair or multiple pairs separated "
        "by commas\n" V ".quobyte.volume" REQUIRED },
    { "quobyte registry", 0,
      VOLUME("'quobyte':{'registry':'a:1,b,[::1]:2,[::1],::1:2','volume':'v'}"),
      V ".quobyte.registry: Invalid value: \"a:1,b,[::1]:2,[::1],::1:2\": must be a host:port pair "
        "or multiple pairs separated by commas\n" V
        ".quobyte.registry: Invalid value: \"a:1,b,[::1]:2,[::1],::1:2\": must be a host:port pair "
        "or multiple pairs separated by commas\n" V
        ".quobyte.registry: Invalid value: \"a:1,b,[::1]:2,[::1],::1:2\": must be a host:port pair "
        "or multiple pairs separated by commas" },
    { "quobyte tenant", 0,
      VOLUME("'quobyte':{'registry':'a:1','volume':'v','tenant':'"
             "0123456789012345678901234567890123456789012345678901234567890123x'}"),
      V ".quobyte.tenant: Required value: must be a UUID and may not exceed a length of 64 "
        "characters" },
    { "flexVolume", 0,
      VOLUME("'flexVolume':{'options':{'a.KUBERNETES.io/x':'','k8s.io':'','nok8s.io/x':''}}"),
      V ".flexVolume.driver" REQUIRED "\n" V
        ".flexVolume.options[a.KUBERNETES.io/x]: Invalid value: \"a.KUBERNETES.io/x\": "
        "kubernetes.io and k8s.io namespaces are reserved\n" V
        ".flexVolume.options[k8s.io]: Invalid value: \"k8s.io\": kubernetes.io and k8s.io "
        "namespaces are reserved" },
    { "azureDisk without", 0, VOLUME("'azureDisk':{'cachingMode':'X','kind':'Y'}"),
      V ".azureDisk.diskName" REQUIRED "\n" V ".azureDisk.diskURI" REQUIRED "\n" V
        ".azureDisk.cachingMode: Unsupported value: \"X\": supported values: \"None\", "
        "\"ReadOnly\", \"ReadWrite\"\n" V
        ".azureDisk.kind: Unsupported value: \"Y\": supported values: \"Dedicated\", \"Managed\", "
        "\"Shared\"\n" V ".azureDisk.diskURI: Unsupported value: \"\": supported values: "
        "\"https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd\"" },
    { "azureDisk managed", 0,
      VOLUME("'azureDisk':{'diskName':'n','diskURI':'https://x','kind':'Managed'}"),
      V ".azureDisk.diskURI: Unsupported value: \"https://x\": supported values: "
        "\"/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/"
        "{disk-id}\"" },
    { "storageos", 0, VOLUME("'storageos':{'volumeName':'A','volumeNamespace':'B','secretRef':{}}"),
      V ".storageos.volumeName: Invalid value: \"A\": " LABEL_RULE "\n" V
        ".storageos.volumeNamespace: Invalid value: \"B\": " LABEL_RULE "\n" V
        ".storageos.secretRef.name" REQUIRED },
    { "storageos without", 0, VOLUME("'storageos':{}"), V ".storageos.volumeName" REQUIRED },
    { "csi without", 0, VOLUME("'csi':{'nodePublishSecretRef':{}}"),
      V ".csi.driver" REQUIRED "\n" V ".csi.driver: Invalid value: \"\": " SUBDOMAIN_RULE "\n" V
        ".csi.nodePublishSecretRef .name" REQUIRED },
    { "csi driver in capitals", 0, VOLUME("'csi':{'driver':'CSI.Example'}"), "" },
    { "csi", 0,
      VOLUME("'csi':{'driver':'a234567890123456789012345678901234567890123456789012345678901234',"
             "'nodePublishSecretRef':{'name':'_'}}"),
      V ".csi.driver: Too long: must have at most 63 bytes\n" V
        ".csi.name: Invalid value: \"_\": " SUBDOMAIN_RULE },
    { "fc without", 0, VOLUME("'fc':{}"),
      V ".fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both" },
    { "fc with both", 0, VOLUME("'fc':{'targetWWNs':['a','b'],'wwids':['c']}"),
      V ".fc.targetWWNs: Invalid value: []string{\"a\", \"b\"}: targetWWNs and wwids can not be "
        "specified simultaneously\n" V
        ".fc.lun: Required value: lun is required if targetWWNs is specified" },
    { "fc lun", 0, VOLUME("'fc':{'targetWWNs':['a'],'lun':256}"),
      V ".fc.lun: Invalid value: 256: must be between 0 and 255, inclusive" },
};

#define IQN "'targetPortal':'p','iqn':'iqn.2001-04.com.example:storage'"
static const ErrorRow iscsi_rows[] = {
    { "good", 0, VOLUME("'iscsi':{" IQN "}"), "" },
    { "good eui", 0, VOLUME("'iscsi':{'targetPortal':'p','iqn':'eui.0123456789abcdef'}"), "" },
    { "good naa", 0,
      VOLUME("'iscsi':{'targetPortal':'p','iqn':'naa.0123456789abcdef0123456789abcdef'}"), "" },
    { "without", 0, VOLUME("'iscsi':{'chapAuthSession':true,'lun':-1}"),
      V ".iscsi.targetPortal" REQUIRED "\n" V ".iscsi.iqn" REQUIRED "\n" V
        ".iscsi.lun: Invalid value: -1: must be between 0 and 255, inclusive\n" V
        ".iscsi.secretRef" REQUIRED },
    { "another kind of name", 0, VOLUME("'iscsi':{'targetPortal':'p','iqn':'x'}"),
      V ".iscsi.iqn: Invalid value: \"x\": must be valid format starting with iqn, eui, or naa" },
    { "iqn without a date", 0, VOLUME("'iscsi':{'targetPortal':'p','iqn':'iqn.com:x'}"),
      V ".iscsi.iqn: Invalid value: \"iqn.com:x\": must be valid format" },
    { "iqn with a blank", 0,
      VOLUME("'iscsi':{'targetPortal':'p','iqn':'iqn.2001-04.com.example:a b'}"),
      V ".iscsi.iqn: Invalid value: \"iqn.2001-04.com.example:a b\": must be valid format" },
    { "iqn after something else", 0,
      VOLUME("'iscsi':{'targetPortal':'p','iqn':'iqn iqn.2001-04.com:x'}"), "" },
    { "eui too short", 0, VOLUME("'iscsi':{'targetPortal':'p','iqn':'eui.0123'}"),
      V ".iscsi.iqn: Invalid value: \"eui.0123\": must be valid format" },
    { "initiator", 0, VOLUME("'iscsi':{" IQN ",'initiatorName':''}"),
      V ".iscsi.initiatorname: Invalid value: \"\": must be valid format starting with iqn, eui, "
        "or naa" },
    { "initiator and portal too long", 0,
      VOLUME("'iscsi':{'targetPortal':'"
             "012345678901234567890123456789012345678901234567890123456789012','iqn':"
             "'iqn.2001-04.com:x','initiatorName':'iqn.2001-04.com:x'}"),
      V ".name: Invalid value: \"v\": Total length of <volume name>:<iscsi.targetPortal> must be "
        "under 64 characters if iscsi.initiatorName is specified." },
};

static const ErrorRow file_rows[] = {
    { "secret", 0,
      VOLUME("'secret':{'defaultMode':512,'items':[{'mode':-1},{'key':'k','path':'/p'},"
             "{'key':'k','path':'..p'},{'key':'k','path':'a/../p'}]}"),
      V ".secret.secretName" REQUIRED "\n" V ".secret.defaultMode" MODE "\n" V
        ".secret.items[0].key" REQUIRED "\n" V ".secret.items[0].path" REQUIRED "\n" V
        ".secret.items[0].mode" MODE_BELOW "\n" V
        ".secret.items[1].path: Invalid value: \"/p\": must be a relative path\n" V
        ".secret.items[2].path: Invalid value: \"..p\": must not start with '..'\n" V
        ".secret.items[3].path: Invalid value: \"a/../p\": must not contain '..'" },
    { "configMap", 0, VOLUME("'configMap':{'defaultMode':512,'items':[{'key':'k','path':'../p'}]}"),
      V ".configMap.name" REQUIRED "\n" V ".configMap.defaultMode" MODE "\n" V
        ".configMap.items[0].path: Invalid value: \"../p\": must not contain '..'" },
    { "downwardAPI", 0,
      VOLUME("'downwardAPI':{'defaultMode':512,'items':[{'path':'p','mode':512},"
             "{'fieldRef':{'fieldPath':'metadata.name'}},"
             "{'path':'p','fieldRef':{'fieldPath':'metadata.name'},'resourceFieldRef':{}},"
             "{'path':'p','fieldRef':{'fieldPath':'status.podIP'}},"
             "{'path':'p','resourceFieldRef':{'resource':'limits.cpu'}}]}"),
      V ".downwardAPI.defaultMode" MODE "\n" V
        ".downwardAPI: Required value: one of fieldRef and resourceFieldRef is required\n" V
        ".downwardAPI.mode" MODE "\n" V ".downwardAPI.path" REQUIRED "\n" V
        ".downwardAPI: Invalid value: \"resource\": fieldRef and resourceFieldRef can not be "
        "specified simultaneously\n" V
        ".downwardAPI.fieldRef.fieldPath: Unsupported value: \"status.podIP\": supported values: "
        "\"metadata.annotations\", \"metadata.labels\", \"metadata.name\", "
        "\"metadata.namespace\", \"metadata.uid\"\n" V
        ".downwardAPI.resourceFieldRef.containerName" REQUIRED },
    { "projected", 0,
      "'serviceAccountName':'s'," VOLUME(
          "'projected':{'defaultMode':512,'sources':[{'secret':{'items':[{'key':'k',"
          "'path':'p'}]}},{'configMap':{'name':'m','items':[{'key':'k','path':'p'}]}},"
          "{'downwardAPI':{'items':[{'path':'p','fieldRef':{'fieldPath':'metadata.name'}}]}},"
          "{'serviceAccountToken':{'expirationSeconds':599}},"
          "{'serviceAccountToken':{'path':'t','expirationSeconds':4294967297}},"
          "{'secret':{'name':'s'},'configMap':{'name':'m'}}]}"),
      V ".projected.defaultMode" MODE "\n" V ".projected.sources[0].secret.name" REQUIRED "\n" V
        ".projected: Invalid value: \"m\": conflicting duplicate paths\n" V
        ".projected: Invalid value: \"p\": conflicting duplicate paths\n" V
        ".projected.sources[3].serviceAccountToken.expirationSeconds: Invalid value: 599: may not "
        "specify a duration less than 10 minutes\n" V ".projected.path" REQUIRED "\n" V
        ".projected.sources[4].serviceAccountToken.expirationSeconds: Invalid value: 4294967297: "
        "may not specify a duration larger than 2^32 seconds\n" V
        ".projected.sources[5]: Forbidden: may not specify more than 1 volume type" },
    { "a token without an account", 0,
      VOLUME("'projected':{'sources':[{'serviceAccountToken':{'path':'t'}}]}"),
      V ".projected.sources[0].serviceAccountToken: Forbidden: must not be specified when "
        "serviceAccountName is not set" },
};

#define CLAIM(metadata, spec) \
    VOLUME("'ephemeral':{'volumeClaimTemplate':{'metadata':{" metadata "},'spec':{" spec "}}}")
#define CLAIM_SPEC "'accessModes':['ReadWriteOnce'],'resources':{'requests':{'storage':'1Gi'}}"
#define CT V ".ephemeral.volumeClaimTemplate"
static const ErrorRow newer_rows[] = {
    { "ephemeral good", 23, CLAIM("'labels':{'a':'b'}", CLAIM_SPEC), "" },
    { "ephemeral without", 23, VOLUME("'ephemeral':{}"),
      V ".ephemeral.volumeClaimTemplate" REQUIRED },
    { "ephemeral metadata", 23,
      CLAIM("'name':'n','uid':'u','finalizers':['f'],'creationTimestamp':null", CLAIM_SPEC),
      CT ".metadata.name: Forbidden: cannot be set for an ephemeral volume\n" CT
         ".metadata.uID: Forbidden: cannot be set for an ephemeral volume\n" CT
         ".metadata.finalizers: Forbidden: cannot be set for an ephemeral volume" },
    { "ephemeral spec", 23,
      CLAIM("", "'volumeMode':'X','storageClassName':'_','dataSource':{'apiGroup':''}"),
      CT ".spec.accessModes: Required value: at least 1 access mode is required\n" CT
         ".spec.resources[storage]" REQUIRED "\n" CT
         ".spec.storageClassName: Invalid value: \"_\": " SUBDOMAIN_RULE "\n" CT
         ".spec.volumeMode: Unsupported value: \"X\": supported values: \"Block\", "
         "\"Filesystem\"\n" CT ".spec.dataSource.name" REQUIRED "\n" CT
         ".spec.dataSource.kind" REQUIRED "\n" CT ".spec.dataSource: Invalid value: \"\"" },
    { "ephemeral amounts", 23,
      CLAIM("", "'accessModes':['X'],'resources':{'requests':{'storage':'0'}}"),
      CT ".spec.accessModes: Unsupported value: \"X\": supported values: \"ReadOnlyMany\", "
         "\"ReadWriteMany\", \"ReadWriteOnce\"\n" CT
         ".spec.resources[storage]: Invalid value: \"0\": must be greater than zero" },
    { "one of its own claims", 23,
      "'volumes':[{'name':'v','ephemeral':{'volumeClaimTemplate':{'spec':{" CLAIM_SPEC
      "}}}},{'name':'w','persistentVolumeClaim':{'claimName':'p-v'}}]",
      "spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: \"p-v\": must not "
      "reference a PVC that gets created for an ephemeral volume" },
    { "image", 35, VOLUME("'image':{'pullPolicy':'X'}"),
      V ".image.reference" REQUIRED "\n" V
        ".image.pullPolicy: Unsupported value: \"X\": supported values: \"Always\", "
        "\"IfNotPresent\", \"Never\"" },
};

static void names(void **state)
{
    (void)state;
    test_error_rows(name_rows, COUNT_OF(name_rows));
}
static void disks(void **state)
{
    (void)state;
    test_error_rows(disk_rows, COUNT_OF(disk_rows));
}
static void iscsi(void **state)
{
    (void)state;
    test_error_rows(iscsi_rows, COUNT_OF(iscsi_rows));
}
static void files(void **state)
{
    (void)state;
    test_error_rows(file_rows, COUNT_OF(file_rows));
}
static void newer(void **state)
{
    (void)state;
    test_error_rows(newer_rows, COUNT_OF(newer_rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names), cmocka_unit_test(disks), cmocka_unit_test(iscsi),
        cmocka_unit_test(files), cmocka_unit_test(newer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
