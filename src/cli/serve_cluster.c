/* SPDX-License-Identifier: Apache-2.0 */
/* How the API server is reached. */
#include "cli/serve.h"

#include <stdlib.h>

#define ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount/"

/* As every client in a pod finds it: the token is read again for each call, as it is rotated. */
static bool in_cluster(const Cli *cli, KubeconfigAccess *out)
{
    Str host = str_from_c(getenv("KUBERNETES_SERVICE_HOST"));
    Str port = str_from_c(getenv("KUBERNETES_SERVICE_PORT"));
    if (!host.len || !port.len) {
        return false;
    }
    bool is_v6 = str_index_byte(host, ':') >= 0;
    *out = (KubeconfigAccess){
        .context = STR("in-cluster"),
        .namespace = STR("default"),
        .server = arena_printf(cli->arena, is_v6 ? "https://[%.*s]:%.*s" : "https://%.*s:%.*s",
                               STR_ARG(host), STR_ARG(port)),
        .ca = { .file = STR(ACCOUNT "ca.crt") },
        .token_file = STR(ACCOUNT "token"),
    };
    return true;
}

bool serve_access(const Cli *cli, const LiveArgs *args, KubeconfigAccess *out)
{
    return (!live_is_asked(args) && in_cluster(cli, out)) || live_access(cli, args, out);
}
