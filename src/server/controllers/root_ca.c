/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every active namespace has a ConfigMap kube-root-ca.crt with the certificate that clients inside
 * the cluster check the API server with; empty when the server was given none.
 *
 * Source: Kubernetes pkg/controller/certificates/rootcacertpublisher
 */
#include "server/controllers/resources.h"

/* The real publisher comes some seconds after a namespace, too: its informers and work queue lag.
 * Scripts that list the ConfigMaps of a namespace they have just made count on that. */
enum { PUBLISH_LAG_MS = 8000 };

enum { SINCE = 20 }; /* RootCAConfigMap is on */

static const Str map_name = STR_INIT("kube-root-ca.crt");

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    if (str_eq(kind->kind, STR("Namespace"))) {
        if (event->kind == STORE_ADDED) {
            ctl_enqueue_after(c, STR(""), event->object->name, PUBLISH_LAG_MS);
        }
    } else if (str_eq(event->object->name, map_name) && event->kind != STORE_ADDED) {
        ctl_enqueue_after(c, STR(""), event->object->namespace,
                          event->kind == STORE_DELETED ? PUBLISH_LAG_MS : 0);
    }
}

static Value make_data(Ctl *c)
{
    Value data = value_object();
    Str pem = apiserver_options(c->server)->root_ca;
    value_set_lit(&data, "ca.crt", value_str(pem), c->arena);
    return data;
}

static bool sync(Ctl *c, Str unused, Str namespace)
{
    (void)unused;
    const Value *ns = ctl_get(c, STR(""), STR("Namespace"), STR(""), namespace);
    Str phase = value_as_str(value_at(ns, "status", "phase", NULL));
    if (ns == NULL || !str_eq(phase, STR("Active"))) {
        return true;
    }
    CtlObject at = { .api_version = "v1", .resource = "configmaps", .namespace = namespace };
    Value data = make_data(c);
    const Value *there = ctl_get(c, STR(""), STR("ConfigMap"), namespace, map_name);
    ApiResponse response;
    if (there == NULL) {
        Value map = ctl_object_new("v1", "ConfigMap", namespace, map_name, c->arena);
        value_set_lit(&map, "data", data, c->arena);
        return ctl_create(c, &at, &map, &response) || response.code == 409;
    }
    if (value_equal(value_get_lit(there, "data"), &data)) {
        return true;
    }
    Value map = value_copy(there, c->arena);
    value_set_lit(&map, "data", data, c->arena);
    at.name = map_name;
    return ctl_update(c, &at, &map, &response) || response.code == 404;
}

static bool is_on(const ApiServerOptions *o)
{
    return o->target.minor >= SINCE;
}

const Controller controller_root_ca = {
    .name = STR_INIT("root-ca-cert-publisher"),
    .kinds = { { STR_INIT(""), STR_INIT("Namespace") }, { STR_INIT(""), STR_INIT("ConfigMap") } },
    .observe = observe,
    .sync = sync,
    .is_on = is_on,
};
