/* SPDX-License-Identifier: Apache-2.0 */
/* Security contexts, Windows options and the operating system: a row for each error. */
#include "kube/pod/test_validate.h"

#define C "spec.containers[0].securityContext"
#define P "spec.securityContext"
#define CONTEXT(members) CONTAINER("'securityContext':{" members "}")
#define POD_CONTEXT(members) "'securityContext':{" members "}"
#define ID_RULE "must be between 0 and 2147483647, inclusive"
#define SUBDOMAIN_RULE                                                                        \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' " \
    "or '.', and must start and end with an alphanumeric character (e.g. 'example.com', "     \
    "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*"      \
    "[a-z0-9])?)*')"
#define TYPES "supported values: \"Localhost\", \"RuntimeDefault\", \"Unconfined\""
#define DUMP(capabilities, privileged)                                                           \
    "core.SecurityContext{Capabilities:(*core.Capabilities)(" capabilities                       \
    "), Privileged:(*bool)(" privileged "), SELinuxOptions:(*core.SELinuxOptions)(nil), "        \
    "WindowsOptions:(*core.WindowsSecurityContextOptions)(nil), RunAsUser:(*int64)(nil), "       \
    "RunAsGroup:(*int64)(nil), RunAsNonRoot:(*bool)(nil), ReadOnlyRootFilesystem:(*bool)(nil), " \
    "AllowPrivilegeEscalation:(*bool)(" META_POINTER_TEXT                                        \
    "), ProcMount:(*core.ProcMountType)(nil), SeccompProfile:(*core.SeccompProfile)(nil)"

static const ErrorRow container_rows[] = {
    { "good", 0, CONTEXT("'privileged':true,'runAsUser':0,'procMount':'Default'"), "" },
    { "ids", 0, CONTEXT("'runAsUser':-1,'runAsGroup':2147483648"),
      C ".runAsUser: Invalid value: -1: " ID_RULE "\n" C
        ".runAsGroup: Invalid value: 2147483648: " ID_RULE },
    { "procMount", 0, CONTEXT("'procMount':'X'"),
      C ".procMount: Unsupported value: \"X\": supported values: \"Default\", \"Unmasked\"" },
    { "procMount with the node's users", 33, CONTEXT("'procMount':'Unmasked'"),
      C ".procMount: Invalid value: \"Unmasked\": `hostUsers` must be false to use `Unmasked`" },
    { "procMount with users of its own", 33, "'hostUsers':false," CONTEXT("'procMount':'Unmasked'"),
      "" },
    { "privileged and no escalation", 0,
      CONTEXT("'privileged':true,'allowPrivilegeEscalation':false"),
      C ": Invalid value: " DUMP(
          "nil",
          META_POINTER_TEXT) "}: cannot set "
                             "`allowPrivilegeEscalation` to false and `privileged` to true" },
    { "CAP_SYS_ADMIN and no escalation", 0,
      CONTEXT("'allowPrivilegeEscalation':false,'capabilities':{'add':['SYS_ADMIN',"
              "'CAP_SYS_ADMIN']}"),
      C ": Invalid value: " DUMP(
          META_POINTER_TEXT,
          "nil") "}: cannot set "
                 "`allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN" },
    { "a dump of a newer version", 30,
      CONTEXT("'privileged':true,'allowPrivilegeEscalation':false"),
      C ": Invalid value: " DUMP(
          "nil", META_POINTER_TEXT) ", AppArmorProfile:(*core.AppArmorProfile)(nil)}: cannot set "
                                    "`allowPrivilegeEscalation` "
                                    "to false and `privileged` to true" },
    { "seccomp", 0, CONTEXT("'seccompProfile':{}"),
      C ".seccompProfile.type: Required value: type is required when seccompProfile is set" },
    { "AppArmor padded", 30,
      CONTEXT("'appArmorProfile':{'type':'Localhost','localhostProfile':' x'}"),
      C ".appArmorProfile.localhostProfile: Invalid value: \" x\": must not be padded with "
        "whitespace" },
    { "AppArmor before its field", 29, CONTEXT("'appArmorProfile':{}"), "" },
};

static const ErrorRow pod_rows[] = {
    { "ids", 0,
      POD_CONTEXT("'fsGroup':-1,'runAsUser':-2,'runAsGroup':-3,'supplementalGroups':[0,-4]"),
      P ".fsGroup: Invalid value: -1: " ID_RULE "\n" P ".runAsUser: Invalid value: -2: " ID_RULE
        "\n" P ".runAsGroup: Invalid value: -3: " ID_RULE "\n" P
        ".supplementalGroups[1]: Invalid value: -4: " ID_RULE },
    { "namespaces", 0, "'shareProcessNamespace':true,'hostPID':true",
      P ".shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot "
        "both be enabled" },
    { "sysctls", 0, POD_CONTEXT("'sysctls':[{},{'name':'a/b'},{'name':'a.b'},{'name':'a.b'}]"),
      P ".sysctls[0].name: Required value\n" P
        ".sysctls[1].name: Invalid value: \"a/b\": must have at most 253 characters and match "
        "regex ([a-z0-9]([-_a-z0-9]*[a-z0-9])?\\.)*[a-z0-9]([-_a-z0-9]*[a-z0-9])?\n" P
        ".sysctls[3].name: Duplicate value: \"a.b\"" },
    { "sysctls of newer versions", 23, POD_CONTEXT("'sysctls':[{'name':'a/b'},{'name':'A'}]"),
      P ".sysctls[1].name: Invalid value: \"A\": must have at most 253 characters and match regex "
        "([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?" },
    { "fsGroupChangePolicy", 0, POD_CONTEXT("'fsGroupChangePolicy':'X'"),
      P ".fsGroupChangePolicy: Unsupported value: \"X\": supported values: \"Always\", "
        "\"OnRootMismatch\"" },
    { "seccomp type", 0, POD_CONTEXT("'seccompProfile':{'type':'X'}"),
      P ".seccompProfile.type: Unsupported value: \"X\": " TYPES },
    { "seccomp without a file", 0, POD_CONTEXT("'seccompProfile':{'type':'Localhost'}"),
      P ".seccompProfile.localhostProfile: Required value: must be set when seccomp type is "
        "Localhost" },
    { "seccomp with a bad file", 0,
      POD_CONTEXT("'seccompProfile':{'type':'Localhost','localhostProfile':'/..'}"),
      P ".seccompProfile.localhostProfile: Invalid value: \"/..\": must be a relative path\n" P
        ".seccompProfile.localhostProfile: Invalid value: \"/..\": must not contain '..'" },
    { "seccomp with a file too many", 0,
      POD_CONTEXT("'seccompProfile':{'type':'Unconfined','localhostProfile':'x'}"),
      P ".seccompProfile.localhostProfile: Invalid value: core.SeccompProfile{Type:\"Unconfined\", "
        "LocalhostProfile:(*string)(" META_POINTER_TEXT
        ")}: can only be set when seccomp type is Localhost" },
    { "AppArmor without a file", 30, POD_CONTEXT("'appArmorProfile':{'type':'Localhost'}"),
      P ".appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is "
        "Localhost" },
    { "AppArmor with an empty file", 30,
      POD_CONTEXT("'appArmorProfile':{'type':'Localhost','localhostProfile':''}"),
      P ".appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is "
        "Localhost" },
    { "AppArmor with a file too many", 30,
      POD_CONTEXT("'appArmorProfile':{'type':'Unconfined','localhostProfile':'x'}"),
      P ".appArmorProfile.localhostProfile: Invalid value: \"x\": can only be set when AppArmor "
        "type is Localhost" },
    { "AppArmor type", 30, POD_CONTEXT("'appArmorProfile':{'type':'X'}"),
      P ".appArmorProfile.type: Unsupported value: \"X\": " TYPES },
};

#define W P ".windowsOptions"
#define USER(name) POD_CONTEXT("'windowsOptions':{'runAsUserName':" name "}")
#define LONG_DOMAIN                                                                      \
    "d234567890123456789012345678901234567890123456789012345678901234567890123456789012" \
    "34567890123456789012345678901234567890123456789012345678901234567890123456789012"   \
    "34567890123456789012345678901234567890123456789012345678901234567890123456789012"   \
    "34567890123456789"
static const ErrorRow windows_rows[] = {
    { "good", 0, USER("`EXAMPLE\\\\user name`"), "" },
    { "good, by DNS", 0, USER("`sub.domain-1.example.com\\\\u`"), "" },
    { "GMSA", 0,
      POD_CONTEXT("'windowsOptions':{'gmsaCredentialSpecName':'_','gmsaCredentialSpec':''}"),
      W ".gmsaCredentialSpecName: Invalid value: \"_\": " SUBDOMAIN_RULE "\n" W
        ".gmsaCredentialSpec: Invalid value: \"\": gmsaCredentialSpec cannot be an empty string" },
    { "empty", 0, USER("''"),
      W ".runAsUserName: Invalid value: \"\": runAsUserName cannot be an empty string" },
    { "control characters", 0, USER("`a\\tb`"),
      W ".runAsUserName: Invalid value: \"a\\tb\": runAsUserName cannot contain control "
        "characters" },
    { "two backslashes", 0, USER("`a\\\\b\\\\c`"),
      W ".runAsUserName: Invalid value: \"a\\\\b\\\\c\": runAsUserName cannot contain more than "
        "one backslash" },
    { "no user in no domain", 0, USER("`\\\\`"),
      W ".runAsUserName: Invalid value: \"\\\\\": runAsUserName's Domain doesn't match the NetBios "
        "nor the DNS format\n" W
        ".runAsUserName: Invalid value: \"\\\\\": runAsUserName's User cannot be empty" },
    { "a long domain", 0, USER("`" LONG_DOMAIN "\\\\u`"),
      W ".runAsUserName: Invalid value: \"" LONG_DOMAIN
        "\\\\u\": runAsUserName's Domain length must be under 256 characters\n" W
        ".runAsUserName: Invalid value: \"" LONG_DOMAIN
        "\\\\u\": runAsUserName's Domain doesn't match the NetBios nor the DNS format" },
    { "a domain that is none", 0, USER("`.a:b\\\\u`"),
      W ".runAsUserName: Invalid value: \".a:b\\\\u\": runAsUserName's Domain doesn't match the "
        "NetBios nor the DNS format" },
    { "a long user", 0,
      USER("'u2345678901234567890123456789012345678901234567890123456789012345678901234567890123"
           "4567890123456789012345'"),
      W ".runAsUserName: Invalid value: "
        "\"u2345678901234567890123456789012345678901234567890123456789012345678901234567890123"
        "4567890123456789012345\": runAsUserName's User length must not be longer than 104 "
        "characters" },
    { "dots", 0, USER("'. .'"),
      W ".runAsUserName: Invalid value: \". .\": runAsUserName's User cannot contain only periods "
        "or spaces" },
    { "characters", 0, USER("'a@b'"),
      W ".runAsUserName: Invalid value: \"a@b\": runAsUserName's User cannot contain the following "
        "characters: \"/\\:;|=,+*?<>@[]" },
    { "in a container", 0, CONTEXT("'windowsOptions':{'runAsUserName':''}"),
      C ".windowsOptions.runAsUserName: Invalid value: \"\": runAsUserName cannot be an empty "
        "string" },
    { "host process on the pod's network", 23, POD_CONTEXT("'windowsOptions':{'hostProcess':true}"),
      "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any "
      "hostProcess containers" },
    { "host process, some", 23,
      "'hostNetwork':true,'containers':[{'name':'c','image':'i:1','securityContext':"
      "{'windowsOptions':{'hostProcess':true}}},{'name':'d','image':'i:1'}]",
      "spec: Invalid value: \"\": If pod contains any hostProcess containers then all containers "
      "must be HostProcess containers" },
    { "host process, not as the pod", 23,
      "'hostNetwork':true," POD_CONTEXT("'windowsOptions':{'hostProcess':false}") "," CONTEXT(
          "'windowsOptions':{'hostProcess':true}"),
      C ".windowsOptions.hostProcess: Invalid value: true: pod hostProcess value must be identical "
        "if both are specified, was false" },
    { "host process, off", 22, POD_CONTEXT("'windowsOptions':{'hostProcess':false}"),
      W ".hostProcess: Forbidden: not allowed when feature gate 'WindowsHostProcessContainers' is "
        "not enabled" },
    { "host process of a container, off", 22, CONTEXT("'windowsOptions':{'hostProcess':true}"),
      C ".windowsOptions.hostProcess: Forbidden: not allowed when feature gate "
        "'WindowsHostProcessContainers' is not enabled\nspec: Forbidden: pod must not contain "
        "Windows hostProcess containers when feature gate 'WindowsHostProcessContainers' is not "
        "enabled" },
};

static const ErrorRow os_rows[] = {
    { "none", 24, "'os':{}", "spec.os.name: Required value" },
    { "another", 24, "'os':{'name':'x'}",
      "spec.os.name: Unsupported value: \"x\": supported values: \"linux\", \"windows\"" },
    { "linux", 24,
      "'os':{'name':'linux'}," POD_CONTEXT("'windowsOptions':{},'runAsUser':1") "," CONTEXT(
          "'windowsOptions':{}"),
      P ".windowsOptions: Forbidden: windows options cannot be set for a linux pod\n" C
        ".windowsOptions: Forbidden: windows options cannot be set for a linux pod" },
    { "windows", 24,
      "'os':{'name':'windows'},'hostPID':true,'hostIPC':false," POD_CONTEXT(
          "'runAsUser':1,'sysctls':[],'windowsOptions':{}") "," CONTEXT("'privileged':false,'"
                                                                        "capabilities':{}"),
      "spec.hostPID: Forbidden: cannot be set for a windows pod\n" P
      ".runAsUser: Forbidden: cannot be set for a windows pod\n" C
      ".capabilities: Forbidden: cannot be set for a windows pod\n" C
      ".privileged: Forbidden: cannot be set for a windows pod" },
};

#define TEST(name)                                           \
    static void name(void **state)                           \
    {                                                        \
        (void)state;                                         \
        test_error_rows(name##_rows, COUNT_OF(name##_rows)); \
    }
TEST(container)
TEST(pod)
TEST(windows)
TEST(os)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(container),
        cmocka_unit_test(pod),
        cmocka_unit_test(windows),
        cmocka_unit_test(os),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
