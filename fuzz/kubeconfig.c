/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubeconfigs: of any text every context is read or refused with a message. A file beside itself is
 * the file alone.
 */
#include "fuzz.h"

#include "kube/kubeconfig/kubeconfig.h"

static bool same(Str x, Str y)
{
    return (x.ptr == NULL) == (y.ptr == NULL) && str_eq(x, y);
}

static void check_context(const Kubeconfig *once, const Kubeconfig *twice, Str name, Arena *a)
{
    KubeconfigAccess x, y;
    Err err = { 0 }, other = { 0 };
    bool ok = kubeconfig_access(once, name, a, &x, &err);
    HOLDS(ok == kubeconfig_access(twice, name, a, &y, &other));
    if (!ok) {
        HOLDS(err.msg.len > 0 && str_eq(err.msg, other.msg));
        return;
    }
    HOLDS(x.server.len > 0 && x.namespace.len > 0);
    HOLDS(same(x.server, y.server) && same(x.token, y.token) && same(x.ca.data, y.ca.data));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    Kubeconfig once, twice;
    Err err = { 0 };
    arena_init(&a, 0);
    Str text = arena_str(&a, str_from((const char *)data, size));
    KubeconfigFile files[] = { { STR("d/f"), text }, { STR("d/f"), text } };
    if (!kubeconfig_read(files, 1, &a, &once, &err)) {
        HOLDS(err.msg.len > 0);
    } else {
        HOLDS(kubeconfig_read(files, 2, &a, &twice, &err));
        check_context(&once, &twice, STR(""), &a);
        for (size_t i = 0; i < once.contexts.count; i++) {
            check_context(&once, &twice, once.contexts.items[i].name, &a);
        }
    }
    arena_done(&a);
    return 0;
}
