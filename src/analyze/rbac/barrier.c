/* SPDX-License-Identifier: Apache-2.0 */
/* What admission still keeps from somebody who may create pods. */
#include "analyze/rbac/barrier.h"
#include "decide/admission/policy_use.h"

/* -- a policy on the scale of the standards ---------------------------------------------------- */

static bool all_among(StrList list, const Str *allowed, size_t count)
{
    for (size_t i = 0; i < list.count; i++) {
        if (!str_list_has((StrList){ allowed, count }, list.items[i])) {
            return false;
        }
    }
    return true;
}

static bool volume_is_allowed(const PspPolicy *p, VolumeType type)
{
    return p->all_volumes || (p->volumes >> type & 1);
}

/* Through these a pod gets hold of its node. */
static bool reaches_node(const PspPolicy *p)
{
    static const Str harmless[] = {
        STR_INIT("AUDIT_WRITE"),  STR_INIT("CHOWN"),
        STR_INIT("DAC_OVERRIDE"), STR_INIT("FOWNER"),
        STR_INIT("FSETID"),       STR_INIT("KILL"),
        STR_INIT("MKNOD"),        STR_INIT("NET_BIND_SERVICE"),
        STR_INIT("SETFCAP"),      STR_INIT("SETGID"),
        STR_INIT("SETPCAP"),      STR_INIT("SETUID"),
        STR_INIT("SYS_CHROOT"),
    };
    static const Str masked[] = { STR_INIT("Default") };
    return p->privileged || p->host_network || p->host_pid || p->host_ipc || p->host_port_count ||
           p->all_capabilities || volume_is_allowed(p, VOLUME_HOST_PATH) ||
           !all_among(p->allowed_capabilities, harmless, COUNT_OF(harmless)) ||
           !all_among(p->default_add_capabilities, harmless, COUNT_OF(harmless)) ||
           p->allowed_unsafe_sysctls.count ||
           !all_among(p->proc_mount_types, masked, COUNT_OF(masked));
}

static bool never_root(const PspIdRule *rule)
{
    if (rule->rule == PSP_MUST_RUN_AS_NON_ROOT) {
        return true;
    }
    for (uint32_t i = 0; i < rule->range_count; i++) {
        if (rule->ranges[i].min <= 0) {
            return false;
        }
    }
    return rule->rule == PSP_MUST_RUN_AS;
}

static bool drops_all(const PspPolicy *p)
{
    return str_list_has(p->required_drop_capabilities, STR("ALL"));
}

static bool has_restricted_volumes(const PspPolicy *p)
{
    static const VolumeType allowed[] = {
        VOLUME_CONFIG_MAP, VOLUME_CSI,       VOLUME_DOWNWARD_API, VOLUME_EMPTY_DIR,
        VOLUME_EPHEMERAL,  VOLUME_PROJECTED, VOLUME_SECRET,       VOLUME_PERSISTENT_VOLUME_CLAIM,
    };
    uint64_t bits = 0;
    for (size_t i = 0; i < COUNT_OF(allowed); i++) {
        bits |= (uint64_t)1 << allowed[i];
    }
    return !p->all_volumes && (p->volumes & ~bits) == 0;
}

PsaLevel rbac_policy_level(const PspPolicy *p)
{
    static const Str bind_service[] = { STR_INIT("NET_BIND_SERVICE") };
    if (reaches_node(p)) {
        return PSA_PRIVILEGED;
    }
    bool restricted = !p->allow_privilege_escalation && never_root(&p->run_as_user) &&
                      drops_all(p) && has_restricted_volumes(p) &&
                      all_among(p->allowed_capabilities, bind_service, COUNT_OF(bind_service)) &&
                      all_among(p->default_add_capabilities, bind_service, COUNT_OF(bind_service));
    return restricted ? PSA_RESTRICTED : PSA_BASELINE;
}

/* -- the policies that may be used ------------------------------------------------------------- */

/* NULL: none so far. */
static void consider(const PspPolicy **loosest, const PspPolicy *p)
{
    if (p && !p->build_error.ptr &&
        (!*loosest || rbac_policy_level(p) < rbac_policy_level(*loosest))) {
        *loosest = p;
    }
}

static void consider_user(const Facts *f, const UserInfo *user, Str namespace, const PspPolicy **l,
                          Arena *a)
{
    RbacNames names;
    rbac_names_allowed(f, user, STR("use"), psp_grant_groups, STR("podsecuritypolicies"), namespace,
                       a, &names);
    PspPolicyList all = f->psp_policies(f->cluster);
    for (size_t i = 0; names.all && i < all.count; i++) {
        consider(l, all.items[i]);
    }
    for (size_t i = 0; i < names.count; i++) {
        consider(l, f->psp_policy(f->cluster, names.items[i].name));
    }
}

static void consider_accounts(const Facts *f, Str namespace, const PspPolicy **l, Arena *a)
{
    UserInfo user = rbac_cluster_user(SUBJECT_SERVICE_ACCOUNT, namespace, STR("default"), a);
    consider_user(f, &user, namespace, l, a);
    ObjectKey key = { STR(""), STR("ServiceAccount"), namespace, STR("") };
    ObjectList accounts = f->objects(f->cluster, key);
    for (size_t i = 0; i < accounts.count; i++) {
        Str name = value_get_str(value_get_lit(accounts.items[i], "metadata"), STR("name"));
        user = rbac_cluster_user(SUBJECT_SERVICE_ACCOUNT, namespace, name, a);
        consider_user(f, &user, namespace, l, a);
    }
}

static PsaLevel enforced_level(const Facts *f, Str namespace, Arena *a)
{
    ObjectKey key = { STR(""), STR("Namespace"), STR(""), namespace };
    const Value *object = f->object(f->cluster, key);
    FieldErrors errs = field_errors_new(a);
    PsaPolicy policy;
    psa_policy_from_labels(value_at(object, "metadata", "labels", NULL), &psa_policy_privileged,
                           &errs, &policy);
    return policy.modes[PSA_ENFORCE].level;
}

static bool has_policies(const RbacCluster *cluster)
{
    return cluster->facts->psp_policies(cluster->facts->cluster).count > 0;
}

/* Both stand in the way: the stricter counts. */
static RbacBarrier weigh(RbacBarrier b, bool policies, Arena *a)
{
    PsaLevel level = b.loosest ? rbac_policy_level(b.loosest) : PSA_PRIVILEGED;
    b.no_pods = policies && !b.loosest;
    b.level = level > b.enforced ? level : b.enforced;
    b.by = level > b.enforced             ? arena_printf(a, "policy %.*s", STR_ARG(b.loosest->name))
           : b.enforced != PSA_PRIVILEGED ? STR("Pod Security")
                                          : STR("");
    return b;
}

RbacBarrier rbac_barrier(const RbacCluster *cluster, Str namespace, Arena *a)
{
    RbacBarrier b = { .enforced = enforced_level(cluster->facts, namespace, a) };
    if (has_policies(cluster)) {
        consider_accounts(cluster->facts, namespace, &b.loosest, a);
    }
    return weigh(b, has_policies(cluster), a);
}

RbacBarrier rbac_barrier_for(const RbacCluster *cluster, const RbacBarrier *barrier, Str namespace,
                             const UserInfo *who, Arena *a)
{
    RbacBarrier b = *barrier;
    if (!has_policies(cluster)) {
        return b;
    }
    consider_user(cluster->facts, who, namespace, &b.loosest, a);
    return b.loosest == barrier->loosest ? b : weigh(b, true, a);
}

Str rbac_barrier_text(const RbacBarrier *b, Arena *a)
{
    if (b->no_pods) {
        return STR("no pod is admitted");
    }
    return b->level == PSA_PRIVILEGED
               ? STR("nothing")
               : arena_printf(a, "%.*s (%.*s)", STR_ARG(psa_level_name(b->level)), STR_ARG(b->by));
}
