/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pods ask of a PodSecurityPolicy: a function for each group of fields, over the values that
 * the strategies themselves read.
 */
#include "analyze/advise/psp_needs.h"

#include "decide/psp/attempt.h"

#include <assert.h>

enum {
    HOST_PROCESS_MINOR = 22,
    CLAIMS_MINOR = 26,
};

/* One pod being read. */
typedef struct Reader {
    PspNeeds *needs;
    const AdvisePod *pod;
    const PodView *view;
    PspAttempt at;
} Reader;

static void ask(const Reader *r, AdviseEvidence *e, const PspContainer *c)
{
    advise_evidence_add(e, r->pod, c ? c->view : NULL, r->needs->arena);
}

static void ask_text(const Reader *r, AdviseNeeds *needs, Str text, const PspContainer *c)
{
    ask(r, &advise_needs_text(needs, text)->evidence, c);
}

static void ask_number(const Reader *r, AdviseNeeds *needs, int64_t number, const PspContainer *c)
{
    ask(r, &advise_needs_number(needs, number)->evidence, c);
}

static void ask_id(const Reader *r, PspIdNeeds *ids, OptInt64 id, const PspContainer *c)
{
    if (id.set) {
        ask_number(r, &ids->ids, id.value, c);
    } else {
        ask(r, &ids->unset, c);
    }
}

/* -- the pod ------------------------------------------------------------------------------------
 */

static void read_sysctls(const Reader *r)
{
    PspNeeds *n = r->needs;
    StrList safe = psp_safe_sysctls(n->target, n->arena);
    for (size_t i = 0; i < r->view->security.sysctl_count; i++) {
        Str name = r->view->security.sysctls[i].name;
        ask_text(r, str_list_has(safe, name) ? &n->safe_sysctls : &n->unsafe_sysctls, name, NULL);
    }
}

/* A mount that can be written, of the volume: who has it is evidence. */
static bool note_writers(const Reader *r, const VolumeView *v, AdviseNeed *need)
{
    bool any = false;
    for (size_t i = 0; i < r->at.container_count; i++) {
        const PspContainer *c = &r->at.containers[i];
        for (size_t k = 0; k < c->view->mount_count; k++) {
            const MountView *mount = &c->view->mounts[k];
            if (str_eq(mount->name, v->name)) {
                any = true;
                ask(r, mount->read_only ? &need->evidence : &need->writers, c);
            }
        }
    }
    return any;
}

static void read_host_path(const Reader *r, const VolumeView *v)
{
    Str path = v->path.len > 1 ? str_cut_suffix(v->path, STR("/")) : v->path;
    AdviseNeed *need = advise_needs_text(&r->needs->host_paths, path.ptr ? path : STR(""));
    if (!note_writers(r, v, need)) {
        ask(r, &need->evidence, NULL); /* mounted nowhere: no need to write */
    }
}

static void read_volumes(const Reader *r)
{
    PspNeeds *n = r->needs;
    for (size_t i = 0; i < r->view->volume_count; i++) {
        const VolumeView *v = &r->view->volumes[i];
        if (v->type == VOLUME_PROJECTED && psp_volume_is_of_service_account(v)) {
            ask(r, &n->token, NULL);
            continue;
        }
        ask_text(r, &n->volumes, psp_volume_name(v->type), NULL);
        if (v->type == VOLUME_HOST_PATH) {
            read_host_path(r, v);
        } else if (v->type == VOLUME_FLEX_VOLUME) {
            ask_text(r, &n->flex_drivers, v->driver.ptr ? v->driver : STR(""), NULL);
        } else if (v->type == VOLUME_CSI) {
            ask_text(r, &n->csi_drivers, v->driver.ptr ? v->driver : STR(""), NULL);
        }
    }
    if (r->view->claim_count && n->target->minor >= CLAIMS_MINOR) {
        ask(r, &n->claims, NULL);
    }
}

static void read_pod_groups(const Reader *r)
{
    PspNeeds *n = r->needs;
    const PodSecurityView *security = &r->view->security;
    ask_id(r, &n->fs_groups, r->at.fs_group, NULL);
    for (size_t i = 0; i < security->supplemental_groups.count; i++) {
        ask_number(r, &n->further_groups.ids, security->supplemental_groups.items[i], NULL);
    }
    if (security->supplemental_groups.count == 0) {
        ask(r, &n->further_groups.unset, NULL);
    }
}

/* -- profiles ------------------------------------------------------------------------------------
 */

/* A list of a policy is parted by commas, so one cannot be within a name. */
static void ask_profile(const Reader *r, PspProfileNeeds *needs, Str value, const PspContainer *c)
{
    if (value.len == 0 || str_index_byte(value, ',') >= 0) {
        ask(r, &needs->none, c);
    }
    if (value.len) {
        ask_text(r, &needs->values, value, c);
    }
}

/* From the version on where the field decides, a list would copy an annotation into it: that is a
 * change, so such a pod counts as one without a profile. */
static void ask_both(const Reader *r, PspProfileNeeds *needs, const PspProfile *profile,
                     const PspContainer *c)
{
    ask_profile(r, needs, profile->field, c);
    if (profile->annotation.len) {
        ask_profile(r, needs, profile->annotation, c);
    }
}

static void read_pod_seccomp(const Reader *r)
{
    const PspProfile *pod = &r->at.seccomp;
    if (r->needs->target->minor >= PSP_SECCOMP_BY_FIELD_MINOR) {
        ask_both(r, &r->needs->seccomp, pod, NULL);
    } else {
        ask_profile(r, &r->needs->seccomp, pod->annotation.len ? pod->annotation : pod->field,
                    NULL);
    }
}

static void read_seccomp(const Reader *r, const PspContainer *c)
{
    const PspProfile *own = &c->seccomp;
    const PspProfile *pod = &r->at.seccomp;
    if (r->needs->target->minor >= PSP_SECCOMP_BY_FIELD_MINOR) {
        bool has_own = own->field.ptr || own->annotation.ptr;
        if (has_own) {
            ask_both(r, &r->needs->seccomp, own, c);
        }
    } else if (own->field.ptr || own->annotation.ptr) {
        ask_profile(r, &r->needs->seccomp, own->field.ptr ? own->field : own->annotation, c);
    } else {
        ask_profile(r, &r->needs->seccomp, pod->field.ptr ? pod->field : pod->annotation, NULL);
    }
}

static void read_app_armor(const Reader *r, const PspContainer *c)
{
    if (r->needs->target->minor >= PSP_APP_ARMOR_BY_FIELD_MINOR) {
        ask_both(r, &r->needs->app_armor, &c->app_armor, c);
    } else {
        ask_profile(r, &r->needs->app_armor, c->app_armor.annotation, c);
    }
}

/* -- containers ----------------------------------------------------------------------------------
 */

static void read_privileges(const Reader *r, const PspContainer *c)
{
    PspNeeds *n = r->needs;
    const WindowsView *own = c->view->security.windows;
    const WindowsView *pod = r->view->security.windows;
    OptBool host_process = own && own->host_process.set ? own->host_process
                           : pod                        ? pod->host_process
                                                        : (OptBool){ false, false };
    if (c->view->security.privileged.value ||
        (host_process.value && n->target->minor >= HOST_PROCESS_MINOR)) {
        ask(r, &n->privileged, c);
    }
    if (!c->allow_privilege_escalation.set || c->allow_privilege_escalation.value) {
        ask(r, &n->escalation, c);
    }
    if (!c->read_only_root_filesystem.value) {
        ask(r, &n->writable_root, c);
    }
    Str proc = c->view->security.proc_mount;
    ask_text(r, &n->proc_types, proc.ptr ? proc : STR("Default"), c);
}

static void read_users(const Reader *r, const PspContainer *c)
{
    PspNeeds *n = r->needs;
    ask_id(r, &n->users, c->run_as_user, c);
    bool said = c->run_as_non_root.set ? c->run_as_non_root.value : c->run_as_user.set;
    if (!said || (c->run_as_user.set && c->run_as_user.value == 0)) {
        ask(r, &n->may_be_root, c);
    }
    ask_id(r, &n->groups, c->run_as_group, c);
}

static void read_ports(const Reader *r, const PspContainer *c)
{
    for (size_t i = 0; i < c->view->port_count; i++) {
        if (c->view->ports[i].host_port > 0) {
            ask_number(r, &r->needs->ports, c->view->ports[i].host_port, c);
        }
    }
}

/* drops becomes what it and the container have in common. */
static void read_capabilities(const Reader *r, const PspContainer *c, bool is_first)
{
    PspNeeds *n = r->needs;
    const StrList none = { NULL, 0 };
    StrList add = c->capabilities ? c->capabilities->add : none;
    StrList drop = c->capabilities ? c->capabilities->drop : none;
    for (size_t i = 0; i < add.count; i++) {
        ask_text(r, &n->capabilities, add.items[i], c);
    }
    for (size_t i = 0; i < drop.count; i++) {
        ask_text(r, &n->any_drops, drop.items[i], c);
    }
    AdviseNeeds common;
    advise_needs_init(&common, n->arena);
    for (size_t i = 0; i < drop.count; i++) {
        if (is_first || map_has(&n->drops.map, drop.items[i])) {
            advise_needs_text(&common, drop.items[i]);
        }
    }
    n->drops = common;
}

/* -- SELinux -------------------------------------------------------------------------------------
 */

static const SeLinuxView *first_options(const AdvisePod *const *pods, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const PodView *view = &pods[i]->view;
        if (view->security.se_linux) {
            return view->security.se_linux;
        }
        POD_EACH_CONTAINER(c, view) {
            if (c->security.se_linux) {
                return c->security.se_linux;
            }
        }
    }
    return NULL;
}

/* Whether the options are the same, the strategy knows best. */
static void read_se_linux(PspNeeds *n, const AdvisePod *const *pods, size_t count)
{
    n->se_linux_seen = first_options(pods, count);
    if (!n->se_linux_seen) {
        return;
    }
    Err err;
    Value open = psp_open_policy(n->target, n->arena);
    psp_set_se_linux(value_get_lit(&open, "spec"), n->se_linux_seen, n->arena);
    const PspPolicy *policy = psp_policy_compile(&open, n->arena, &err);
    assert(policy); /* it is ours */
    Arena scratch;
    arena_init(&scratch, 0);
    for (size_t i = 0; i < count; i++) {
        if (!psp_leaves(policy, &pods[i]->view, n->target, &scratch, NULL, n->arena)) {
            advise_evidence_add(&n->other_se_linux, pods[i], NULL, n->arena);
        }
    }
    arena_done(&scratch);
    n->se_linux = n->other_se_linux.count ? NULL : n->se_linux_seen;
}

/* -- the whole -----------------------------------------------------------------------------------
 */

StrList psp_safe_sysctls(const KubeTarget *target, Arena *a)
{
    Str *names = new(a, Str, PSP_SAFE_SYSCTLS_MAX);
    size_t count = 0;
    for (size_t i = 0; i < PSP_SAFE_SYSCTLS_MAX; i++) {
        Str name = psp_safe_sysctl(i, target);
        if (name.ptr) {
            names[count++] = name;
        }
    }
    return (StrList){ names, count };
}

static void read_pod(Reader *r, bool is_first)
{
    PspNeeds *n = r->needs;
    r->at = psp_attempt_new(r->view, n->target, n->arena);
    if (r->view->host_network) {
        ask(r, &n->host_network, NULL);
    }
    if (r->view->host_pid) {
        ask(r, &n->host_pid, NULL);
    }
    if (r->view->host_ipc) {
        ask(r, &n->host_ipc, NULL);
    }
    if (r->at.runtime_class.ptr) {
        ask_text(r, &n->runtime_classes, r->at.runtime_class, NULL);
    }
    read_sysctls(r);
    read_volumes(r);
    read_pod_groups(r);
    read_pod_seccomp(r);
    for (size_t i = 0; i < r->at.container_count; i++) {
        const PspContainer *c = &r->at.containers[i];
        ask(r, &n->all, c);
        read_privileges(r, c);
        read_users(r, c);
        read_ports(r, c);
        read_capabilities(r, c, is_first && i == 0);
        read_seccomp(r, c);
        read_app_armor(r, c);
    }
}

static void init_sets(PspNeeds *n)
{
    AdviseNeeds *const sets[] = {
        &n->users.ids,          &n->groups.ids,     &n->fs_groups.ids,
        &n->further_groups.ids, &n->capabilities,   &n->drops,
        &n->any_drops,          &n->volumes,        &n->host_paths,
        &n->flex_drivers,       &n->csi_drivers,    &n->ports,
        &n->safe_sysctls,       &n->unsafe_sysctls, &n->proc_types,
        &n->runtime_classes,    &n->seccomp.values, &n->app_armor.values,
    };
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        advise_needs_init(sets[i], n->arena);
    }
}

static void sort_sets(PspNeeds *n)
{
    AdviseNeeds *const sets[] = {
        &n->users.ids,          &n->groups.ids,     &n->fs_groups.ids,
        &n->further_groups.ids, &n->capabilities,   &n->drops,
        &n->any_drops,          &n->volumes,        &n->host_paths,
        &n->flex_drivers,       &n->csi_drivers,    &n->ports,
        &n->safe_sysctls,       &n->unsafe_sysctls, &n->proc_types,
        &n->runtime_classes,    &n->seccomp.values, &n->app_armor.values,
    };
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        advise_needs_sort(sets[i]);
    }
}

void psp_needs_read(const AdvisePod *const *pods, size_t count, const KubeTarget *target, Arena *a,
                    PspNeeds *out)
{
    *out = (PspNeeds){ .target = target, .arena = a };
    init_sets(out);
    for (size_t i = 0; i < count; i++) {
        Reader reader = { .needs = out, .pod = pods[i], .view = &pods[i]->view };
        read_pod(&reader, i == 0);
    }
    read_se_linux(out, pods, count);
    sort_sets(out);
}
