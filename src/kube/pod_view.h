/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A typed, read-only view of what in a pod bears on security.
 *
 * pod_view_read() goes over the members once and keeps what the decisions ask for; strings and
 * `value` pointers point into the document, which must outlive the view and stay unchanged. Nothing
 * is defaulted: unset, false and empty stay three things, and a JSON null is unset. Rare parts are
 * pointers, NULL when unset, so that a plain pod costs little.
 *
 * Fields that are plain booleans in the API (hostNetwork) have no unset state there: absent is
 * false.
 */
#ifndef PODGATE_KUBE_POD_VIEW_H
#define PODGATE_KUBE_POD_VIEW_H

#include "base/err.h"
#include "base/field.h"
#include "doc/value.h"

typedef struct Int64List {
    const int64_t *items;
    size_t count;
} Int64List;

/* seLinuxOptions; an absent member is the empty string, as in the API. */
typedef struct SeLinuxView {
    Str level, role, type, user;
} SeLinuxView;

/* seccompProfile or appArmorProfile */
typedef struct ProfileView {
    Str type;              /* "RuntimeDefault", "Unconfined", "Localhost"; "" when missing */
    Str localhost_profile; /* absent when unset */
} ProfileView;

typedef struct WindowsView {
    OptBool host_process;
    Str run_as_user_name; /* absent when unset */
    Str gmsa_credential_spec_name;
    Str gmsa_credential_spec;
} WindowsView;

typedef struct CapabilitiesView {
    StrList add;
    StrList drop;
} CapabilitiesView;

typedef struct SysctlView {
    Str name;
    Str value;
} SysctlView;

/* spec.securityContext */
typedef struct PodSecurityView {
    const Value *value; /* NULL when unset */
    OptInt64 run_as_user;
    OptInt64 run_as_group;
    OptInt64 fs_group;
    OptBool run_as_non_root;
    bool supplemental_groups_set; /* [] is set, and not the same as unset */
    Int64List supplemental_groups;
    const SysctlView *sysctls;
    size_t sysctl_count;
    const SeLinuxView *se_linux;
    const ProfileView *seccomp;
    const ProfileView *app_armor;
    const WindowsView *windows;
    Str supplemental_groups_policy; /* absent when unset, as the next two */
    Str fs_group_change_policy;
    Str se_linux_change_policy;
} PodSecurityView;

/* A container's securityContext */
typedef struct ContainerSecurityView {
    const Value *value; /* NULL when unset */
    OptInt64 run_as_user;
    OptInt64 run_as_group;
    OptBool run_as_non_root;
    OptBool privileged;
    OptBool allow_privilege_escalation;
    OptBool read_only_root_filesystem;
    Str proc_mount; /* absent when unset */
    const CapabilitiesView *capabilities;
    const SeLinuxView *se_linux;
    const ProfileView *seccomp;
    const ProfileView *app_armor;
    const WindowsView *windows;
} ContainerSecurityView;

typedef struct PortView {
    int64_t host_port; /* 0 when unset */
    int64_t container_port;
    Str host_ip;
    Str protocol;
} PortView;

typedef struct MountView {
    Str name;
    Str mount_path;
    Str mount_propagation;   /* absent when unset */
    Str recursive_read_only; /* absent when unset */
    bool read_only;
} MountView;

/* A probe or lifecycle handler that names a host: livenessProbe.httpGet.host and the like. */
typedef struct HandlerHostView {
    const char *handler; /* "livenessProbe", "readinessProbe", "startupProbe",
                            "lifecycle.postStart", "lifecycle.preStop" */
    const char *action;  /* "httpGet" or "tcpSocket" */
    Str host;
} HandlerHostView;

typedef enum ContainerClass {
    CONTAINER_INIT,
    CONTAINER_REGULAR,
    CONTAINER_EPHEMERAL,
} ContainerClass;

typedef struct ContainerView {
    const Value *value;
    ContainerClass class;
    uint32_t index; /* within its class */
    Str name;
    Str image;
    Str restart_policy; /* absent when unset; "Always" makes an init container a sidecar */
    ContainerSecurityView security;
    const PortView *ports;
    size_t port_count;
    const MountView *mounts;
    size_t mount_count;
    const HandlerHostView
        *handler_hosts; /* livenessProbe, readinessProbe, startupProbe, lifecycle */
    size_t handler_host_count;
    StrList claims; /* resources.claims[*].name */
} ContainerView;

/* In the order in which the API server looks for the source of a volume that (wrongly) has
 * several; a bit for each in VolumeView.sources. */
typedef enum VolumeType {
    VOLUME_HOST_PATH,
    VOLUME_EMPTY_DIR,
    VOLUME_GCE_PERSISTENT_DISK,
    VOLUME_AWS_ELASTIC_BLOCK_STORE,
    VOLUME_GIT_REPO,
    VOLUME_SECRET,
    VOLUME_NFS,
    VOLUME_ISCSI,
    VOLUME_GLUSTERFS,
    VOLUME_PERSISTENT_VOLUME_CLAIM,
    VOLUME_RBD,
    VOLUME_FLEX_VOLUME,
    VOLUME_CINDER,
    VOLUME_CEPHFS,
    VOLUME_FLOCKER,
    VOLUME_DOWNWARD_API,
    VOLUME_FC,
    VOLUME_AZURE_FILE,
    VOLUME_CONFIG_MAP,
    VOLUME_VSPHERE_VOLUME,
    VOLUME_QUOBYTE,
    VOLUME_AZURE_DISK,
    VOLUME_PHOTON_PERSISTENT_DISK,
    VOLUME_STORAGEOS,
    VOLUME_PROJECTED,
    VOLUME_PORTWORX_VOLUME,
    VOLUME_SCALE_IO,
    VOLUME_CSI,
    VOLUME_EPHEMERAL,
    VOLUME_IMAGE,
    VOLUME_OTHER, /* a source that this program does not know */
    VOLUME_TYPE_COUNT,
} VolumeType;

/* The member's name in a pod ("cephfs"); "" for VOLUME_OTHER. */
Str volume_type_field(VolumeType type);

typedef struct VolumeView {
    Str name;
    uint64_t sources;    /* bit 1 << VolumeType for each source that is there */
    VolumeType type;     /* the first of them; VOLUME_EMPTY_DIR when there is none, as defaulting
                            makes it */
    const Value *source; /* the object under that member; NULL when there is none */
    Str other;           /* the member's name for VOLUME_OTHER */
    Str path;            /* hostPath.path */
    Str driver;          /* csi.driver, flexVolume.driver */
} VolumeView;

static inline bool volume_has(const VolumeView *v, VolumeType type)
{
    return v->sources >> type & 1;
}

/* One of spec.resourceClaims */
typedef struct ResourceClaimView {
    Str name;
    Str claim_name;    /* absent when unset */
    Str template_name; /* absent when unset */
} ResourceClaimView;

typedef struct PodView {
    const Value *pod;
    Str name;
    Str generate_name;
    Str namespace;
    const Value *annotations; /* an object of strings, or NULL */
    const Value *labels;      /* an object of strings, or NULL */

    const Value *spec; /* NULL when missing */
    bool host_network;
    bool host_pid;
    bool host_ipc;
    OptBool host_users;
    OptBool share_process_namespace;
    Str os;                   /* spec.os.name; absent when unset */
    Str runtime_class_name;   /* absent when unset; "" is something else */
    Str service_account_name; /* or the older serviceAccount */
    Str node_name;
    PodSecurityView security;
    const VolumeView *volumes;
    size_t volume_count;
    const ContainerView *containers; /* init, then regular, then ephemeral: the order of messages */
    size_t container_count;
    size_t init_count;
    size_t regular_count;
    const ResourceClaimView *claims;
    size_t claim_count;
    const Value *resources; /* spec.resources, or NULL */
} PodView;

/* pod is a v1 Pod (or anything with metadata and spec of that shape). A member of the wrong type
 * is an error that names the field; unknown members are not looked at, but for volume sources. */
WARN_UNUSED bool pod_view_read(const Value *pod, Arena *a, PodView *out, Err *err);

/* The value of an annotation; absent when unset. */
Str pod_annotation(const PodView *pod, Str key);
/* The annotation prefix + name, without building the key. */
Str pod_annotation_with_suffix(const PodView *pod, Str prefix, Str name);

/* "initContainers", "containers", "ephemeralContainers" */
Str container_class_field(ContainerClass class);

/* for (const ContainerView *c = ...) over all containers in the order of messages */
#define POD_EACH_CONTAINER(c, pod)                                             \
    for (const ContainerView *c = (pod)->containers,                           \
                             *c##_end = c ? c + (pod)->container_count : NULL; \
         c != c##_end; c++)

/* spec.containers[0]: three links, kept by the caller. */
typedef struct ContainerPath {
    Path spec;
    Path list;
    Path item;
} ContainerPath;
/* p->item is the path. p must stay where it is. */
static inline void container_path(ContainerPath *p, const ContainerView *c)
{
    p->spec = path_root("spec");
    p->list = path_child_str(&p->spec, container_class_field(c->class));
    p->item = path_index(&p->list, c->index);
}

#endif
