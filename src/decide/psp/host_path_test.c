/* SPDX-License-Identifier: Apache-2.0 */
/* allowedHostPaths: segments, trailing slashes, read-only mounts. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "an empty list allows all",
        .policy = "'allowedHostPaths':[]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/etc'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "",
    },
    {
        .name = "exactly",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo'}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/foo'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "",
    },
    {
        .name = "below",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo'}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/foo/bar'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "",
    },
    {
        .name = "not a whole segment",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo'}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/foobar'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "spec.volumes[0].hostPath.pathPrefix: Invalid value: \"/foobar\": is "
                  "not allowed to be used",
    },
    {
        .name = "above",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo/bar'}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/foo'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "spec.volumes[0].hostPath.pathPrefix: Invalid value: \"/foo\": is "
                  "not allowed to be used",
    },
    {
        .name = "trailing slashes",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo/'}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/foo/'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "",
    },
    {
        .name = "one slash alone is trimmed",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo'}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/foo//'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "",
    },
    {
        .name = "the root allows every absolute path",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/'}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/etc'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "",
    },
    {
        .name = "the root and a relative path",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/'}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'etc'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "spec.volumes[0].hostPath.pathPrefix: Invalid value: \"etc\": is not "
                  "allowed to be used",
    },
    {
        .name = "no cleaning of paths",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo'}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/x/../foo'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "spec.volumes[0].hostPath.pathPrefix: Invalid value: \"/x/../foo\": "
                  "is not allowed to be used",
    },
    {
        .name = "climbing out is not seen here",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo'}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/foo/../etc'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "",
    },
    {
        .name = "case counts",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo'}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/FOO'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "spec.volumes[0].hostPath.pathPrefix: Invalid value: \"/FOO\": is "
                  "not allowed to be used",
    },
    {
        .name = "read-only and mounted writable",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo','readOnly':true}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/foo'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "spec.containers[0].volumeMounts[0].readOnly: Invalid value: "
                  "false: must be read-only",
    },
    {
        .name = "read-only and mounted so",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo','readOnly':true}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/foo'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a','readOnly':true}]}]",
        .errors = "",
    },
    {
        .name = "a writable prefix wins",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo','readOnly':true},"
                  "{'pathPrefix':'/foo/bar'}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/foo/bar'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "",
    },
    {
        .name = "a writable prefix elsewhere does not",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo','readOnly':true},"
                  "{'pathPrefix':'/bar'}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/foo'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}]",
        .errors = "spec.containers[0].volumeMounts[0].readOnly: Invalid value: "
                  "false: must be read-only",
    },
    {
        .name = "init containers first",
        .policy = "'allowedHostPaths':[{'pathPrefix':'/foo','readOnly':true}]",
        .pod = "'volumes':[{'name':'v0','hostPath':{'path':'/foo'}}],"
               "'containers':[{'name':'c','volumeMounts':[{'name':'v0',"
               "'mountPath':'/a'}]}],'initContainers':[{'name':'i',"
               "'volumeMounts':[{'name':'x'},{'name':'v0'}]}]",
        .errors = "spec.initContainers[0].volumeMounts[1].readOnly: Invalid value: "
                  "false: must be read-only spec.containers[0].volumeMounts[0].readOn"
                  "ly: Invalid value: false: must be read-only",
    },
};

PSP_TEST_MAIN(rows)
