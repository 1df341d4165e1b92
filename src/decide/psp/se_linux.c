/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seLinux: the SELinux context of the pod and its containers.
 *
 * Fields    securityContext.seLinuxOptions of the pod, and of each container, else of the pod
 * Default   MustRunAs: the policy's options, on a pod that has none (containers inherit them)
 * Refused   MustRunAs: user, role or type unlike the policy's; a level unlike it, where the order
 * of the categories does not count Source    Kubernetes 1.20,
 * pkg/security/podsecuritypolicy/selinux
 */
#include "decide/psp/attempt.h"

static void read_pod(PspAttempt *at)
{
    at->se_linux = at->pod->security.se_linux;
}

static void default_pod(PspAttempt *at)
{
    if (at->policy->se_linux == PSP_MUST_RUN_AS && !at->se_linux) {
        at->se_linux = at->policy->se_linux_options;
        at->set |= PSP_SET_SE_LINUX;
    }
}

/* How many pieces of list are piece. */
static size_t count_piece(Str list, Str piece)
{
    size_t count = 0;
    for (Str p; str_next_piece(&list, ',', &p);) {
        count += str_eq(p, piece);
    }
    return count;
}

/* The same categories, as often, in any order. */
static bool equal_categories(Str a, Str b)
{
    if (a.len != b.len) {
        return false;
    }
    for (Str rest = a, piece; str_next_piece(&rest, ',', &piece);) {
        if (count_piece(a, piece) != count_piece(b, piece)) {
            return false;
        }
    }
    return true;
}

/* "s0:c6,c0" equals "s0:c0,c6". */
static bool equal_levels(Str want, Str got)
{
    Str want_sensitivity;
    Str want_categories;
    Str got_sensitivity;
    Str got_categories;
    if (str_eq(want, got)) {
        return true;
    }
    return str_split_once(want, ':', &want_sensitivity, &want_categories) &&
           str_split_once(got, ':', &got_sensitivity, &got_categories) &&
           str_eq(want_sensitivity, got_sensitivity) &&
           equal_categories(want_categories, got_categories);
}

static void refuse(PspAttempt *at, Path path, Str got, Str want)
{
    if (psp_fails(at)) {
        field_invalid_str(at->errs, path, got, arena_concat(at->arena, STR("must be "), want));
    }
}

static void check(PspAttempt *at, const SeLinuxView *got, const Path *security)
{
    const SeLinuxView *want = at->policy->se_linux_options;
    if (at->policy->se_linux != PSP_MUST_RUN_AS) {
        return;
    }
    Path path = path_child(security, "seLinuxOptions");
    if (!equal_levels(want->level, got->level)) {
        refuse(at, path_child(&path, "level"), got->level, want->level);
    }
    if (!str_eq(want->role, got->role)) {
        refuse(at, path_child(&path, "role"), got->role, want->role);
    }
    if (!str_eq(want->type, got->type)) {
        refuse(at, path_child(&path, "type"), got->type, want->type);
    }
    if (!str_eq(want->user, got->user)) {
        refuse(at, path_child(&path, "user"), got->user, want->user);
    }
}

static void check_pod(PspAttempt *at)
{
    Path spec = path_root("spec");
    Path security = path_child(&spec, "securityContext");
    check(at, at->se_linux, &security);
}

static void check_container(PspAttempt *at, const PspContainer *c)
{
    Path security = path_child(c->path, "securityContext");
    const SeLinuxView *own = c->view->security.se_linux;
    check(at, own ? own : at->se_linux, &security);
}

static void add_member(Value *options, Str key, Str value, Arena *a)
{
    if (value.len) {
        value_set(options, key, value_str(value), a);
    }
}

static void patch_pod(const PspAttempt *at, PspPatchPod *patch)
{
    if (at->set & PSP_SET_SE_LINUX) {
        Value options = value_object();
        add_member(&options, STR("user"), at->se_linux->user, at->arena);
        add_member(&options, STR("role"), at->se_linux->role, at->arena);
        add_member(&options, STR("type"), at->se_linux->type, at->arena);
        add_member(&options, STR("level"), at->se_linux->level, at->arena);
        psp_patch_set(&patch->security, STR("seLinuxOptions"), options);
    }
}

static bool matters_to(const PspPolicy *policy)
{
    return policy->se_linux != PSP_RUN_AS_ANY;
}

const PspStrategy psp_strategy_se_linux = {
    .name = STR_INIT("seLinux"),
    .matters_to = matters_to,
    .read_pod = read_pod,
    .default_pod = default_pod,
    .check_pod = check_pod,
    .check_container = check_container,
    .patch_pod = patch_pod,
};
