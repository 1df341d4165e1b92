/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of probes and lifecycle hooks, which share their actions. */
#include "kube/pod/check.h"

static void check_port(PodCheck *c, const Value *action, const Path *action_path)
{
    const Value *port = value_get_lit(action, "port");
    Path path = path_child(action_path, "port");
    if (value_is(port, VALUE_STRING)) {
        check_name(c, value_as_str(port), name_check_port_name, path);
        return;
    }
    int64_t number = value_as_int(port).value;
    NameMessages wrong = name_check_port_number(number);
    for (size_t i = 0; i < wrong.count; i++) {
        field_invalid_int(c->errs, path, number, wrong.items[i]);
    }
}

static void check_exec(PodCheck *c, const Value *action, const Path *path)
{
    if (!value_len(value_get_lit(action, "command"))) {
        field_required(c->errs, path_child(path, "command"), STR(""));
    }
}

static void check_http_get(PodCheck *c, const Value *action, const Path *path)
{
    static const Str schemes[] = { STR_INIT("HTTP"), STR_INIT("HTTPS") };
    check_required(c, action, STR("path"), path);
    check_port(c, action, path);
    Str scheme = str_of(action, "scheme");
    if (!str_list_has(CHECK_LIST(schemes), scheme)) {
        field_not_supported(c->errs, path_child(path, "scheme"), scheme, CHECK_LIST(schemes));
    }
    VALUE_EACH_ITEM(header, value_get_lit(action, "httpHeaders")) {
        check_name(c, str_of(header, "name"), name_check_http_header,
                   path_child(path, "httpHeaders"));
    }
}

static void check_handler(PodCheck *c, const Value *handler, const Path *path)
{
    static const struct {
        Str member;
        void (*check)(PodCheck *c, const Value *action, const Path *path);
    } actions[] = {
        { STR_INIT("exec"), check_exec },      { STR_INIT("httpGet"), check_http_get },
        { STR_INIT("tcpSocket"), check_port }, { STR_INIT("grpc"), check_port },
        { STR_INIT("sleep"), NULL }, /* only counted */
    };
    size_t found = 0;
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        const Value *action = check_object(handler, actions[i].member);
        if (!action) {
            continue;
        }
        Path action_path = path_child_str(path, actions[i].member);
        if (found) {
            field_forbidden(c->errs, action_path, STR("may not specify more than 1 handler type"));
        } else {
            found++;
            if (actions[i].check) {
                actions[i].check(c, action, &action_path);
            }
        }
    }
    if (!found) {
        field_required(c->errs, *path, STR("must specify a handler type"));
    }
}

void check_probe(PodCheck *c, const Value *probe, const Path *path)
{
    static const Str counts[] = { STR_INIT("initialDelaySeconds"), STR_INIT("timeoutSeconds"),
                                  STR_INIT("periodSeconds"), STR_INIT("successThreshold"),
                                  STR_INIT("failureThreshold") };
    if (!probe) {
        return;
    }
    check_handler(c, probe, path);
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        int64_t n = check_int(probe, counts[i]);
        if (n < 0) {
            field_invalid_int(c->errs, path_child_str(path, counts[i]), n, CHECK_NOT_NEGATIVE);
        }
    }
    OptInt64 grace = value_get_int(probe, STR("terminationGracePeriodSeconds"));
    if (grace.set && grace.value <= 0) {
        field_invalid_int(c->errs, path_child(path, "terminationGracePeriodSeconds"), grace.value,
                          STR("must be greater than 0"));
    }
}

void check_lifecycle(PodCheck *c, const Value *lifecycle, const Path *path)
{
    static const Str hooks[] = { STR_INIT("postStart"), STR_INIT("preStop") };
    for (size_t i = 0; i < COUNT_OF(hooks); i++) {
        const Value *hook = check_object(lifecycle, hooks[i]);
        if (hook) {
            Path hook_path = path_child_str(path, hooks[i]);
            check_handler(c, hook, &hook_path);
        }
    }
}
