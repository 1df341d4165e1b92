/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a pod into its view: one container. */
#include "kube/pod_view_read.h"

static bool get_ports(const Reader *r, const Path *at, const Member *m0, ContainerView *out)
{
    const Value *list = NULL;
    if (!get_array(r, at, m0, &list)) {
        return false;
    }
    if (!list) {
        return true;
    }
    Path path = path_child_str(at, member_key(m0));
    PortView *ports = new(r->arena, PortView, list->len);
    for (uint32_t i = 0; i < list->len; i++) {
        Path item_path = path_index(&path, i);
        const Value *item = NULL;
        if (!pod_read_item(r, &item_path, &list->items[i], &item)) {
            return false;
        }
        PortView *port = &ports[i];
        VALUE_EACH_MEMBER(m, item) {
            bool ok = true;
            OptInt64 n = { false, 0 };
            switch (m->key_len) {
            case 6:
                if (KEY("hostIP")) {
                    ok = get_str(r, &item_path, m, &port->host_ip);
                }
                break;
            case 8:
                if (KEY("hostPort")) {
                    ok = get_int(r, &item_path, m, &n);
                    port->host_port = n.value;
                } else if (KEY("protocol")) {
                    ok = get_str(r, &item_path, m, &port->protocol);
                }
                break;
            case 13:
                if (KEY("containerPort")) {
                    ok = get_int(r, &item_path, m, &n);
                    port->container_port = n.value;
                }
                break;
            }
            if (!ok) {
                return false;
            }
        }
    }
    out->ports = ports;
    out->port_count = list->len;
    return true;
}

static bool get_mounts(const Reader *r, const Path *at, const Member *m0, ContainerView *out)
{
    const Value *list = NULL;
    if (!get_array(r, at, m0, &list)) {
        return false;
    }
    if (!list) {
        return true;
    }
    Path path = path_child_str(at, member_key(m0));
    MountView *mounts = new(r->arena, MountView, list->len);
    for (uint32_t i = 0; i < list->len; i++) {
        Path item_path = path_index(&path, i);
        const Value *item = NULL;
        if (!pod_read_item(r, &item_path, &list->items[i], &item)) {
            return false;
        }
        MountView *mount = &mounts[i];
        VALUE_EACH_MEMBER(m, item) {
            bool ok = true;
            switch (m->key_len) {
            case 4:
                if (KEY("name")) {
                    ok = get_str(r, &item_path, m, &mount->name);
                }
                break;
            case 8:
                if (KEY("readOnly")) {
                    ok = get_bool(r, &item_path, m, &mount->read_only);
                }
                break;
            case 9:
                if (KEY("mountPath")) {
                    ok = get_str(r, &item_path, m, &mount->mount_path);
                }
                break;
            case 16:
                if (KEY("mountPropagation")) {
                    ok = get_str(r, &item_path, m, &mount->mount_propagation);
                }
                break;
            case 17:
                if (KEY("recursiveReadOnly")) {
                    ok = get_str(r, &item_path, m, &mount->recursive_read_only);
                }
                break;
            }
            if (!ok) {
                return false;
            }
        }
    }
    out->mounts = mounts;
    out->mount_count = list->len;
    return true;
}

/* The handlers of one container, as found; read when the whole container has been seen, so that
 * their order is fixed. */
enum { HANDLER_LIVENESS, HANDLER_READINESS, HANDLER_STARTUP, HANDLER_POST_START, HANDLER_PRE_STOP };
typedef struct Handlers {
    const Value *items[5];
    bool any;
} Handlers;

static bool get_handler(const Reader *r, const Path *at, const Member *m, Handlers *out, int which)
{
    out->any = true;
    return get_object(r, at, m, &out->items[which]);
}

static bool get_lifecycle(const Reader *r, const Path *at, const Member *m0, Handlers *out)
{
    const Value *v = NULL;
    if (!get_object(r, at, m0, &v)) {
        return false;
    }
    Path path = path_child_str(at, member_key(m0));
    VALUE_EACH_MEMBER(m, v) {
        bool ok = true;
        if (m->key_len == 9 && KEY("postStart")) {
            ok = get_handler(r, &path, m, out, HANDLER_POST_START);
        } else if (m->key_len == 7 && KEY("preStop")) {
            ok = get_handler(r, &path, m, out, HANDLER_PRE_STOP);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool get_handler_hosts(const Reader *r, const Path *at, const Handlers *handlers,
                              ContainerView *out)
{
    static const char *const names[] = { "livenessProbe", "readinessProbe", "startupProbe",
                                         "lifecycle.postStart", "lifecycle.preStop" };
    static const char *const actions[] = { "httpGet", "tcpSocket" };
    HandlerHostView *hosts = NULL;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        for (size_t j = 0; j < COUNT_OF(actions) && handlers->items[i]; j++) {
            const Value *action = value_get(handlers->items[i], str_from_c(actions[j]));
            const Value *host = value_get_lit(action, "host");
            if ((!value_is_null(action) && action->kind != VALUE_OBJECT) ||
                (!value_is_null(host) && host->kind != VALUE_STRING)) {
                Path handler = path_child_str(at, str_from_c(names[i]));
                Path action_path = path_child_str(&handler, str_from_c(actions[j]));
                Path host_path = path_child(&action_path, "host");
                return host ? pod_read_bad_type(r, &host_path, host, "a string")
                            : pod_read_bad_type(r, &action_path, action, "an object");
            }
            if (value_as_str(host).len == 0) {
                continue;
            }
            if (!hosts) {
                hosts = new(r->arena, HandlerHostView, COUNT_OF(names) * COUNT_OF(actions));
            }
            hosts[out->handler_host_count++] = (HandlerHostView){ names[i], actions[j],
                                                                  value_as_str(host) };
        }
    }
    out->handler_hosts = hosts;
    return true;
}

/* resources.claims[*].name */
static bool get_container_claims(const Reader *r, const Path *at, const Member *m0,
                                 ContainerView *out)
{
    const Value *resources = NULL;
    if (!get_object(r, at, m0, &resources)) {
        return false;
    }
    const Value *list = value_get_lit(resources, "claims");
    if (value_is_null(list)) {
        return true;
    }
    Path path = path_child_str(at, member_key(m0));
    Path list_path = path_child(&path, "claims");
    if (list->kind != VALUE_ARRAY) {
        return pod_read_bad_type(r, &list_path, list, "an array");
    }
    Str *names = new(r->arena, Str, list->len);
    for (uint32_t i = 0; i < list->len; i++) {
        Path item_path = path_index(&list_path, i);
        const Value *item = NULL;
        if (!pod_read_item(r, &item_path, &list->items[i], &item)) {
            return false;
        }
        const Value *name = value_get_lit(item, "name");
        if (!value_is_null(name) && name->kind != VALUE_STRING) {
            Path name_path = path_child(&item_path, "name");
            return pod_read_bad_type(r, &name_path, name, "a string");
        }
        names[i] = value_as_str(name);
    }
    out->claims = (StrList){ names, list->len };
    return true;
}

bool pod_read_container(const Reader *r, const Path *path, const Value *v, ContainerView *out)
{
    Handlers handlers = { .any = false };
    out->value = v;
    VALUE_EACH_MEMBER(m, v) {
        bool ok = true;
        switch (m->key_len) {
        case 4:
            if (KEY("name")) {
                ok = get_str(r, path, m, &out->name);
            }
            break;
        case 5:
            if (KEY("image")) {
                ok = get_str(r, path, m, &out->image);
            } else if (KEY("ports")) {
                ok = get_ports(r, path, m, out);
            }
            break;
        case 9:
            if (KEY("resources")) {
                ok = get_container_claims(r, path, m, out);
            } else if (KEY("lifecycle")) {
                ok = get_lifecycle(r, path, m, &handlers);
            }
            break;
        case 12:
            if (KEY("volumeMounts")) {
                ok = get_mounts(r, path, m, out);
            } else if (KEY("startupProbe")) {
                ok = get_handler(r, path, m, &handlers, HANDLER_STARTUP);
            }
            break;
        case 13:
            if (KEY("livenessProbe")) {
                ok = get_handler(r, path, m, &handlers, HANDLER_LIVENESS);
            } else if (KEY("restartPolicy")) {
                ok = get_str(r, path, m, &out->restart_policy);
            }
            break;
        case 14:
            if (KEY("readinessProbe")) {
                ok = get_handler(r, path, m, &handlers, HANDLER_READINESS);
            }
            break;
        case 15:
            if (KEY("securityContext")) {
                ok = pod_read_container_security(r, path, m, &out->security);
            }
            break;
        }
        if (!ok) {
            return false;
        }
    }
    return !handlers.any || get_handler_hosts(r, path, &handlers, out);
}
