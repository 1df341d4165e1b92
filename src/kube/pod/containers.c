/* SPDX-License-Identifier: Apache-2.0 */
/* The containers of a pod spec. */
#include "kube/pod/containers.h"

const Str pod_container_members[POD_CONTAINER_KINDS] = {
    [POD_INIT_CONTAINERS] = STR_INIT("initContainers"),
    [POD_CONTAINERS] = STR_INIT("containers"),
    [POD_EPHEMERAL_CONTAINERS] = STR_INIT("ephemeralContainers"),
};

Value *pod_container_find(const Value *spec, Str name)
{
    POD_EACH_CONTAINER(c, spec) {
        if (str_eq(value_get_str(c, STR("name")), name)) {
            return c;
        }
    }
    return NULL;
}
