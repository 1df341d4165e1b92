/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every active namespace has a ServiceAccount default, also again after it was deleted.
 *
 * Source: Kubernetes pkg/controller/serviceaccount/serviceaccounts_controller.go
 */
#include "server/controllers/resources.h"

static const Str account_name = STR_INIT("default");

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    if (str_eq(kind->kind, STR("Namespace"))) {
        if (event->kind != STORE_DELETED) {
            ctl_enqueue(c, STR(""), event->object->name);
        }
    } else if (event->kind == STORE_DELETED && str_eq(event->object->name, account_name)) {
        ctl_enqueue(c, STR(""), event->object->namespace);
    }
}

static bool sync(Ctl *c, Str unused, Str namespace)
{
    (void)unused;
    const Value *ns = ctl_get(c, STR(""), STR("Namespace"), STR(""), namespace);
    Str phase = value_as_str(value_at(ns, "status", "phase", NULL));
    if (ns == NULL || !str_eq(phase, STR("Active")) ||
        ctl_get(c, STR(""), STR("ServiceAccount"), namespace, account_name)) {
        return true;
    }
    CtlObject at = { .api_version = "v1", .resource = "serviceaccounts", .namespace = namespace };
    Value account = ctl_object_new("v1", "ServiceAccount", namespace, account_name, c->arena);
    ApiResponse response;
    return ctl_create(c, &at, &account, &response) || response.code == 409;
}

const Controller controller_serviceaccount = {
    .name = STR_INIT("service-account-controller"),
    .kinds = { { STR_INIT(""), STR_INIT("Namespace") },
               { STR_INIT(""), STR_INIT("ServiceAccount") } },
    .observe = observe,
    .sync = sync,
};
