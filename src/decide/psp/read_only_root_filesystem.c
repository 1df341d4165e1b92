/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readOnlyRootFilesystem: containers whose root file system cannot be written.
 *
 * Fields    securityContext.readOnlyRootFilesystem of each container
 * Default   true, when the policy asks for it and the field is unset
 * Refused   false, when the policy asks for it
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/provider.go
 */
#include "decide/psp/attempt.h"

static void read_container(PspAttempt *at, PspContainer *c)
{
    (void)at;
    c->read_only_root_filesystem = c->view->security.read_only_root_filesystem;
}

static void default_container(PspAttempt *at, PspContainer *c)
{
    if (at->policy->read_only_root_filesystem && !c->read_only_root_filesystem.set) {
        c->read_only_root_filesystem = (OptBool){ true, true };
        c->set |= PSP_SET_READ_ONLY_ROOT_FILESYSTEM;
    }
}

static void check_container(PspAttempt *at, const PspContainer *c)
{
    if (at->policy->read_only_root_filesystem && !c->read_only_root_filesystem.value &&
        psp_fails(at)) {
        Path security = path_child(c->path, "securityContext");
        field_invalid_bool(at->errs, path_child(&security, "readOnlyRootFilesystem"), false,
                           STR("ReadOnlyRootFilesystem must be set to true"));
    }
}

static void patch_container(const PspAttempt *at, const PspContainer *c, PspPatchObject *security,
                            PspPatchObject *annotations)
{
    (void)at, (void)annotations;
    if (c->set & PSP_SET_READ_ONLY_ROOT_FILESYSTEM) {
        psp_patch_set(security, STR("readOnlyRootFilesystem"), value_bool(true));
    }
}

static bool matters_to(const PspPolicy *policy)
{
    return policy->read_only_root_filesystem;
}

const PspStrategy psp_strategy_read_only_root_filesystem = {
    .name = STR_INIT("readOnlyRootFilesystem"),
    .matters_to = matters_to,
    .read_container = read_container,
    .default_container = default_container,
    .check_container = check_container,
    .patch_container = patch_container,
};
