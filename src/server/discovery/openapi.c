/* SPDX-License-Identifier: Apache-2.0 */
#include "server/discovery/openapi.h"
bool discovery_openapi(const DiscoveryRequest *r, Arena *a, DiscoveryAnswer *out)
{
    (void)r; (void)a; (void)out;
    return false;
}
