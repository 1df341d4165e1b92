/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a pod into its view: the security contexts. */
#include "kube/pod_view_read.h"

static bool get_se_linux(const Reader *r, const Path *at, const Member *m0, const SeLinuxView **out)
{
    const Value *v = NULL;
    if (!get_object(r, at, m0, &v)) {
        return false;
    }
    if (!v) {
        return true;
    }
    Path path = path_child_str(at, member_key(m0));
    SeLinuxView *se = new(r->arena, SeLinuxView, 1);
    VALUE_EACH_MEMBER(m, v) {
        bool ok = true;
        switch (m->key_len) {
        case 4:
            if (KEY("user")) {
                ok = get_str(r, &path, m, &se->user);
            } else if (KEY("role")) {
                ok = get_str(r, &path, m, &se->role);
            } else if (KEY("type")) {
                ok = get_str(r, &path, m, &se->type);
            }
            break;
        case 5:
            if (KEY("level")) {
                ok = get_str(r, &path, m, &se->level);
            }
            break;
        }
        if (!ok) {
            return false;
        }
    }
    *out = se;
    return true;
}

static bool get_profile(const Reader *r, const Path *at, const Member *m0, const ProfileView **out)
{
    const Value *v = NULL;
    if (!get_object(r, at, m0, &v)) {
        return false;
    }
    if (!v) {
        return true;
    }
    Path path = path_child_str(at, member_key(m0));
    ProfileView *profile = new(r->arena, ProfileView, 1);
    VALUE_EACH_MEMBER(m, v) {
        bool ok = true;
        if (m->key_len == 4 && KEY("type")) {
            ok = get_str(r, &path, m, &profile->type);
        } else if (m->key_len == 16 && KEY("localhostProfile")) {
            ok = get_str(r, &path, m, &profile->localhost_profile);
        }
        if (!ok) {
            return false;
        }
    }
    *out = profile;
    return true;
}

static bool get_windows(const Reader *r, const Path *at, const Member *m0, const WindowsView **out)
{
    const Value *v = NULL;
    if (!get_object(r, at, m0, &v)) {
        return false;
    }
    if (!v) {
        return true;
    }
    Path path = path_child_str(at, member_key(m0));
    WindowsView *windows = new(r->arena, WindowsView, 1);
    VALUE_EACH_MEMBER(m, v) {
        bool ok = true;
        switch (m->key_len) {
        case 11:
            if (KEY("hostProcess")) {
                ok = get_opt_bool(r, &path, m, &windows->host_process);
            }
            break;
        case 13:
            if (KEY("runAsUserName")) {
                ok = get_str(r, &path, m, &windows->run_as_user_name);
            }
            break;
        case 18:
            if (KEY("gmsaCredentialSpec")) {
                ok = get_str(r, &path, m, &windows->gmsa_credential_spec);
            }
            break;
        case 22:
            if (KEY("gmsaCredentialSpecName")) {
                ok = get_str(r, &path, m, &windows->gmsa_credential_spec_name);
            }
            break;
        }
        if (!ok) {
            return false;
        }
    }
    *out = windows;
    return true;
}

static bool get_capabilities(const Reader *r, const Path *at, const Member *m0,
                             const CapabilitiesView **out)
{
    const Value *v = NULL;
    if (!get_object(r, at, m0, &v)) {
        return false;
    }
    if (!v) {
        return true;
    }
    Path path = path_child_str(at, member_key(m0));
    CapabilitiesView *caps = new(r->arena, CapabilitiesView, 1);
    VALUE_EACH_MEMBER(m, v) {
        bool ok = true;
        if (m->key_len == 3 && KEY("add")) {
            ok = pod_read_str_list(r, &path, m, &caps->add);
        } else if (m->key_len == 4 && KEY("drop")) {
            ok = pod_read_str_list(r, &path, m, &caps->drop);
        }
        if (!ok) {
            return false;
        }
    }
    *out = caps;
    return true;
}

static bool get_sysctls(const Reader *r, const Path *at, const Member *m0, PodSecurityView *out)
{
    const Value *list = NULL;
    if (!get_array(r, at, m0, &list)) {
        return false;
    }
    if (!list) {
        return true;
    }
    Path path = path_child_str(at, member_key(m0));
    SysctlView *sysctls = new(r->arena, SysctlView, list->len);
    for (uint32_t i = 0; i < list->len; i++) {
        Path item_path = path_index(&path, i);
        const Value *item = NULL;
        if (!pod_read_item(r, &item_path, &list->items[i], &item)) {
            return false;
        }
        VALUE_EACH_MEMBER(m, item) {
            bool ok = true;
            if (m->key_len == 4 && KEY("name")) {
                ok = get_str(r, &item_path, m, &sysctls[i].name);
            } else if (m->key_len == 5 && KEY("value")) {
                ok = get_str(r, &item_path, m, &sysctls[i].value);
            }
            if (!ok) {
                return false;
            }
        }
    }
    out->sysctls = sysctls;
    out->sysctl_count = list->len;
    return true;
}

bool pod_read_security(const Reader *r, const Path *at, const Member *m0, PodSecurityView *out)
{
    if (!get_object(r, at, m0, &out->value)) {
        return false;
    }
    Path path = path_child_str(at, member_key(m0));
    VALUE_EACH_MEMBER(m, out->value) {
        bool ok = true;
        switch (m->key_len) {
        case 7:
            if (KEY("fsGroup")) {
                ok = get_int(r, &path, m, &out->fs_group);
            } else if (KEY("sysctls")) {
                ok = get_sysctls(r, &path, m, out);
            }
            break;
        case 9:
            if (KEY("runAsUser")) {
                ok = get_int(r, &path, m, &out->run_as_user);
            }
            break;
        case 10:
            if (KEY("runAsGroup")) {
                ok = get_int(r, &path, m, &out->run_as_group);
            }
            break;
        case 12:
            if (KEY("runAsNonRoot")) {
                ok = get_opt_bool(r, &path, m, &out->run_as_non_root);
            }
            break;
        case 14:
            if (KEY("seLinuxOptions")) {
                ok = get_se_linux(r, &path, m, &out->se_linux);
            } else if (KEY("seccompProfile")) {
                ok = get_profile(r, &path, m, &out->seccomp);
            } else if (KEY("windowsOptions")) {
                ok = get_windows(r, &path, m, &out->windows);
            }
            break;
        case 15:
            if (KEY("appArmorProfile")) {
                ok = get_profile(r, &path, m, &out->app_armor);
            }
            break;
        case 18:
            if (KEY("supplementalGroups")) {
                out->supplemental_groups_set = m->value.kind == VALUE_ARRAY;
                ok = pod_read_int_list(r, &path, m, &out->supplemental_groups);
            }
            break;
        case 19:
            if (KEY("fsGroupChangePolicy")) {
                ok = get_str(r, &path, m, &out->fs_group_change_policy);
            } else if (KEY("seLinuxChangePolicy")) {
                ok = get_str(r, &path, m, &out->se_linux_change_policy);
            }
            break;
        case 24:
            if (KEY("supplementalGroupsPolicy")) {
                ok = get_str(r, &path, m, &out->supplemental_groups_policy);
            }
            break;
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool pod_read_container_security(const Reader *r, const Path *at, const Member *m0,
                                 ContainerSecurityView *out)
{
    if (!get_object(r, at, m0, &out->value)) {
        return false;
    }
    Path path = path_child_str(at, member_key(m0));
    VALUE_EACH_MEMBER(m, out->value) {
        bool ok = true;
        switch (m->key_len) {
        case 9:
            if (KEY("runAsUser")) {
                ok = get_int(r, &path, m, &out->run_as_user);
            } else if (KEY("procMount")) {
                ok = get_str(r, &path, m, &out->proc_mount);
            }
            break;
        case 10:
            if (KEY("privileged")) {
                ok = get_opt_bool(r, &path, m, &out->privileged);
            } else if (KEY("runAsGroup")) {
                ok = get_int(r, &path, m, &out->run_as_group);
            }
            break;
        case 12:
            if (KEY("capabilities")) {
                ok = get_capabilities(r, &path, m, &out->capabilities);
            } else if (KEY("runAsNonRoot")) {
                ok = get_opt_bool(r, &path, m, &out->run_as_non_root);
            }
            break;
        case 14:
            if (KEY("seLinuxOptions")) {
                ok = get_se_linux(r, &path, m, &out->se_linux);
            } else if (KEY("seccompProfile")) {
                ok = get_profile(r, &path, m, &out->seccomp);
            } else if (KEY("windowsOptions")) {
                ok = get_windows(r, &path, m, &out->windows);
            }
            break;
        case 15:
            if (KEY("appArmorProfile")) {
                ok = get_profile(r, &path, m, &out->app_armor);
            }
            break;
        case 22:
            if (KEY("readOnlyRootFilesystem")) {
                ok = get_opt_bool(r, &path, m, &out->read_only_root_filesystem);
            }
            break;
        case 24:
            if (KEY("allowPrivilegeEscalation")) {
                ok = get_opt_bool(r, &path, m, &out->allow_privilege_escalation);
            }
            break;
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}
