/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends a request. */
#include "server/apiserver/private.h"

#include <stdlib.h>

bool apiserver_authenticate(ApiServer *s, const HttpRequest *request, Arena *a, UserInfo *out)
{
    (void)s;
    Str header = http_header(request, STR("Authorization"));
    static const Str masters[] = { STR_INIT("system:masters"), STR_INIT("system:authenticated") };
    static const Str nobody[] = { STR_INIT("system:unauthenticated") };
    (void)a;
    *out = (UserInfo){ .name = STR("system:anonymous"), .groups = { nobody, 1 } };
    if (str_eq(header, STR("Bearer admin-token"))) {
        *out = (UserInfo){ .name = STR("admin"), .groups = { masters, 2 } };
    } else if (header.len) {
        return false;
    }
    return true;
}

void apiserver_fill_serving(ApiServer *s, ApiServing *out)
{
    (void)s;
    (void)out;
}
