/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a policy lets through. What weighs more is a matter of judgement (the node's namespaces
 * and privileged containers before anything else); what counts is that widening a field never makes
 * the number smaller, so that the least number is never one of a policy that another one undercuts
 * in every field.
 */
#include "analyze/remedy/remedy.h"

enum {
    PRIVILEGED = 2000,
    HOST_NAMESPACE = 300,
    ALL_CAPABILITIES = 900,
    CAPABILITY = 10,
    STRONG_CAPABILITY = 40,
    DROPS_MAX = 40,
    ESCALATION = 50,
    WRITABLE_ROOT = 5,
    ANY_HOST_PATH = 250,
    RANGE_MAX = 64,
    ANY_USER = 120,
    NOT_ROOT = 70,
    ANY_GROUP = 90,
    ANY_PORT = 80,
};

static int64_t at_most(int64_t n, int64_t max)
{
    return n < max ? n : max;
}

/* Bits of how many IDs: 1 for one, 32 for all. */
static int64_t bits(uint64_t count)
{
    int64_t n = 0;
    for (; count; count >>= 1) {
        n++;
    }
    return n;
}

static int64_t of_ranges(const PspIdRule *rule)
{
    uint64_t count = 0;
    bool root = false;
    for (uint32_t i = 0; i < rule->range_count; i++) {
        int64_t min = rule->ranges[i].min;
        int64_t max = rule->ranges[i].max;
        if (max >= min) {
            uint64_t width = (uint64_t)max - (uint64_t)min + 1;
            count = count > UINT64_MAX - width ? UINT64_MAX : count + width;
            root = root || (min <= 0 && max >= 0);
        }
    }
    return at_most(bits(count), RANGE_MAX / 2) + (root ? RANGE_MAX / 2 : 0);
}

static int64_t of_ids(const PspIdRule *rule, int64_t any)
{
    switch (rule->rule) {
    case PSP_MUST_RUN_AS:
        return of_ranges(rule);
    case PSP_MUST_RUN_AS_NON_ROOT:
        return NOT_ROOT;
    case PSP_MAY_RUN_AS:
        return of_ranges(rule) + 8;
    case PSP_RUN_AS_ANY:
        return any;
    case PSP_RULE_UNKNOWN:
        break;
    }
    return 0;
}

static bool is_strong(Str capability)
{
    static const Str strong[] = {
        STR_INIT("ALL"),        STR_INIT("SYS_ADMIN"),    STR_INIT("SYS_PTRACE"),
        STR_INIT("SYS_MODULE"), STR_INIT("NET_ADMIN"),    STR_INIT("DAC_READ_SEARCH"),
        STR_INIT("SYS_RAWIO"),  STR_INIT("DAC_OVERRIDE"), STR_INIT("BPF"),
    };
    return str_list_has((StrList){ strong, COUNT_OF(strong) }, capability);
}

static int64_t of_capabilities(const PspPolicy *p)
{
    if (p->all_capabilities) {
        return ALL_CAPABILITIES;
    }
    int64_t n = 0;
    const StrList lists[] = { p->allowed_capabilities, p->default_add_capabilities };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        for (size_t j = 0; j < lists[i].count; j++) {
            n += is_strong(lists[i].items[j]) ? STRONG_CAPABILITY : CAPABILITY;
        }
    }
    n = at_most(n, ALL_CAPABILITIES - DROPS_MAX);
    int64_t drops = (int64_t)p->required_drop_capabilities.count;
    if (str_list_has(p->required_drop_capabilities, STR("ALL"))) {
        drops = DROPS_MAX;
    }
    return n + DROPS_MAX - at_most(drops, DROPS_MAX);
}

static int64_t of_host_paths(const PspPolicy *p)
{
    if (p->host_path_count == 0) {
        return ANY_HOST_PATH;
    }
    int64_t n = 0;
    for (uint32_t i = 0; i < p->host_path_count; i++) {
        int64_t depth = 0;
        Str path = str_cut_suffix(p->host_paths[i].prefix, STR("/"));
        for (size_t j = 0; j < path.len; j++) {
            depth += path.ptr[j] == '/';
        }
        n += 60 - at_most(depth * 10, 50) + (p->host_paths[i].read_only ? 0 : 20);
    }
    return at_most(n, ANY_HOST_PATH - 1);
}

static int64_t of_volumes(const PspPolicy *p)
{
    int64_t n = 0;
    for (int type = 0; type < VOLUME_TYPE_COUNT; type++) {
        bool allowed = p->all_volumes || p->volumes >> type & 1;
        int64_t some = 3;
        if (type == VOLUME_HOST_PATH) {
            some += of_host_paths(p);
        } else if (type == VOLUME_FLEX_VOLUME) {
            some += p->flex_drivers.count ? at_most((int64_t)p->flex_drivers.count, 29) : 30;
        } else if (type == VOLUME_CSI) {
            some += p->csi_drivers.count ? at_most((int64_t)p->csi_drivers.count, 29) : 30;
        }
        n += allowed ? some : 0;
    }
    return n + (p->all_volumes || p->resource_claims ? 3 : 0);
}

static int64_t of_ports(const PspPolicy *p)
{
    int64_t count = 0;
    for (uint32_t i = 0; i < p->host_port_count; i++) {
        count += p->host_ports[i].max - p->host_ports[i].min + 1;
    }
    return at_most(count > 0 ? 10 + count / 1000 + at_most(count, 10) : 0, ANY_PORT);
}

/* none: what is meant when nothing is said of profiles. */
static int64_t of_profiles(const PspProfiles *p, int64_t none)
{
    if (p->any) {
        return 40;
    }
    if (!p->allowed_text.ptr) {
        return none;
    }
    int64_t n = 0;
    for (size_t i = 0; i < p->allowed.count; i++) {
        n += str_eq(p->allowed.items[i], STR("unconfined")) ? 15 : 2;
    }
    return at_most(n, 29);
}

static int64_t of_rest(const PspPolicy *p)
{
    int64_t n = p->se_linux == PSP_RUN_AS_ANY ? 20 : 0;
    n += of_profiles(&p->seccomp, 0) + of_profiles(&p->app_armor, 30);
    n += str_list_has(p->allowed_unsafe_sysctls, STR("*"))
             ? 100
             : at_most(15 * (int64_t)p->allowed_unsafe_sysctls.count, 99);
    n += str_list_has(p->forbidden_sysctls, STR("*"))
             ? 0
             : 40 - at_most((int64_t)p->forbidden_sysctls.count, 39);
    n += str_list_has(p->proc_mount_types, STR("Unmasked")) ||
                 str_list_has(p->proc_mount_types, STR("*"))
             ? 60
             : 0;
    if (!p->runtime_class_set || str_list_has(p->runtime_classes, STR("*"))) {
        return n + 10;
    }
    return n + at_most((int64_t)p->runtime_classes.count, 9);
}

int64_t remedy_openness(const PspPolicy *p)
{
    int64_t n = p->privileged ? PRIVILEGED : 0;
    n += HOST_NAMESPACE * ((int64_t)p->host_network + p->host_pid + p->host_ipc);
    n += p->allow_privilege_escalation ? ESCALATION : 0;
    n += p->read_only_root_filesystem ? 0 : WRITABLE_ROOT;
    n += of_capabilities(p) + of_volumes(p) + of_ports(p) + of_rest(p);
    n += of_ids(&p->run_as_user, ANY_USER) + of_ids(&p->run_as_group, ANY_GROUP);
    n += of_ids(&p->fs_group, ANY_GROUP) + of_ids(&p->supplemental_groups, ANY_GROUP);
    return n;
}
