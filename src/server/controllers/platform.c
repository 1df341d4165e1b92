/* SPDX-License-Identifier: Apache-2.0 */
/* What platforms make for each service account that they see (--preset rancher: the binding to its
 * PodSecurityPolicy). */
#include "decide/psp/preset/preset.h"
#include "server/controllers/resources.h"

#define RBAC_GROUP "rbac.authorization.k8s.io"

static const Str masters[] = { STR_INIT("system:masters") };

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    if (event->kind == STORE_DELETED) {
        return;
    }
    if (str_eq(kind->kind, STR("ServiceAccount"))) {
        ctl_enqueue(c, event->object->namespace, event->object->name);
        return;
    }
    /* a namespace that is put into a project: its accounts again */
    size_t count;
    Str namespace = event->object->name;
    const Value *const *accounts = ctl_list(c, STR(""), STR("ServiceAccount"), namespace, &count);
    for (size_t i = 0; i < count; i++) {
        ctl_enqueue(c, namespace, ctl_name(accounts[i]));
    }
}

static bool put(Ctl *c, const Value *object)
{
    Str kind = value_get_str(object, STR("kind"));
    Str namespace = ctl_namespace(object);
    namespace = namespace.len ? namespace : STR("");
    if (ctl_get(c, STR(RBAC_GROUP), kind, namespace, ctl_name(object))) {
        return true;
    }
    CtlResource r;
    ApiResponse response;
    if (!ctl_resource_find(c, value_get_str(object, STR("apiVersion")), kind, &r)) {
        return true;
    }
    CtlObject at = ctl_place(&r, namespace, STR(""));
    return ctl_create(c, &at, object, &response) || response.code == 409;
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    const Value *account = ctl_get(c, STR(""), STR("ServiceAccount"), namespace, name);
    const Value *in = ctl_get(c, STR(""), STR("Namespace"), STR(""), namespace);
    StrList presets = apiserver_options(c->server)->presets;
    bool done = true;
    if (account == NULL || in == NULL || ctl_is_deleted(in)) {
        return true;
    }
    for (size_t i = 0; i < presets.count; i++) {
        const PspPreset *preset = psp_preset_find(presets.items[i]);
        Value object;
        if (preset && preset->for_account && preset->for_account(in, account, c->arena, &object)) {
            done &= put(c, &object);
        }
    }
    return done;
}

static bool is_on(const ApiServerOptions *o)
{
    for (size_t i = 0; i < o->presets.count; i++) {
        const PspPreset *preset = psp_preset_find(o->presets.items[i]);
        if (preset && preset->for_account) {
            return true;
        }
    }
    return false;
}

const Controller controller_platform = {
    .user = STR_INIT("system:platform"),
    .groups = { masters, COUNT_OF(masters) },
    .agent = STR_INIT("platform"),
    .kinds = { { STR_INIT(""), STR_INIT("ServiceAccount") },
               { STR_INIT(""), STR_INIT("Namespace") } },
    .observe = observe,
    .sync = sync,
    .is_on = is_on,
};
