/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in restricted_volumes.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_restricted_volumes[] = {
    ALLOWED("all that are fine", 0, NEWEST,
            "{spec: {volumes: [{name: a, configMap: {}}, {name: b, csi: {}}, {name: c, "
            "downwardAPI: {}}, {name: d, emptyDir: {}}, {name: e, ephemeral: {}}, {name: f, "
            "image: {}}, {name: g, persistentVolumeClaim: {}}, {name: h, projected: {}}, "
            "{name: i, secret: {}}]}}"),
    ALLOWED("a good source beside a bad one", 0, NEWEST,
            "{spec: {volumes: [{name: a, hostPath: {path: /}, emptyDir: {}}]}}"),
    { "one", 0, NEWEST, "{spec: {volumes: [{name: a, hostPath: {path: /}}]}}",
      "restricted volume types", "volume \"a\" uses restricted volume type \"hostPath\"",
      "spec.volumes[0].hostPath" },
    { "no source, and one that nobody knows", 0, NEWEST,
      "{spec: {volumes: [{name: a}, {name: b, zfs: {}}]}}", "restricted volume types",
      "volumes \"a\", \"b\" use restricted volume type \"unknown\"",
      "spec.volumes[0] spec.volumes[1].zfs" },
    { "every other type", 0, NEWEST,
      "{spec: {volumes: [{name: a, gcePersistentDisk: {}}, {name: b, "
      "awsElasticBlockStore: {}}, {name: c, gitRepo: {}}, {name: d, nfs: {}}, {name: "
      "e, iscsi: {}}, {name: f, glusterfs: {}}, {name: g, rbd: {}}, {name: h, "
      "flexVolume: {}}, {name: i, cinder: {}}, {name: j, cephfs: {}}, {name: k, "
      "flocker: {}}, {name: l, fc: {}}, {name: m, azureFile: {}}, {name: nn, "
      "vsphereVolume: {}}, {name: o, quobyte: {}}, {name: p, azureDisk: {}}, {name: "
      "q, photonPersistentDisk: {}}, {name: r, portworxVolume: {}}, {name: s, "
      "scaleIO: {}}, {name: t, storageos: {}}, {name: t, storageos: {}, nfs: {}}]}}",
      "restricted volume types",
      "volumes \"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\", \"j\", "
      "\"k\", \"l\", \"m\", \"nn\", \"o\", \"p\", \"q\", \"r\", \"s\", \"t\", \"t\" "
      "use restricted volume types \"awsElasticBlockStore\", \"azureDisk\", "
      "\"azureFile\", \"cephfs\", \"cinder\", \"fc\", \"flexVolume\", \"flocker\", "
      "\"gcePersistentDisk\", \"gitRepo\", \"glusterfs\", \"iscsi\", \"nfs\", "
      "\"photonPersistentDisk\", \"portworxVolume\", \"quobyte\", \"rbd\", "
      "\"scaleIO\", \"storageos\", \"vsphereVolume\"",
      "spec.volumes[0].gcePersistentDisk spec.volumes[1].awsElasticBlockStore "
      "spec.volumes[2].gitRepo spec.volumes[3].nfs spec.volumes[4].iscsi "
      "spec.volumes[5].glusterfs spec.volumes[6].rbd spec.volumes[7].flexVolume "
      "spec.volumes[8].cinder spec.volumes[9].cephfs spec.volumes[10].flocker "
      "spec.volumes[11].fc spec.volumes[12].azureFile spec.volumes[13].vsphereVolume "
      "spec.volumes[14].quobyte spec.volumes[15].azureDisk "
      "spec.volumes[16].photonPersistentDisk spec.volumes[17].portworxVolume "
      "spec.volumes[18].scaleIO spec.volumes[19].storageos spec.volumes[20].nfs" },
    CASES_END,
};
