/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controllers/controller.h"

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    (void)kind;
    ctl_enqueue(c, event->object->namespace, event->object->name);
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    (void)c, (void)namespace, (void)name;
    return true;
}

const Controller controller_replicaset = {
    .name = STR_INIT("replicaset-controller"),
    .kinds = { { STR_INIT("apps"), STR_INIT("ReplicaSet") } },
    .observe = observe,
    .sync = sync,
};
