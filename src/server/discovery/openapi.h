/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /openapi/v2 and /openapi/v3: the schemas of the types that are served, and what the paths take.
 * kubectl explains fields and validates manifests with them, and sees which dry runs there are.
 */
#ifndef PODGATE_SERVER_DISCOVERY_OPENAPI_H
#define PODGATE_SERVER_DISCOVERY_OPENAPI_H

#include "server/discovery/discovery.h"

/* Answers paths under /openapi; false for others, and for those that the target does not have. */
bool discovery_openapi(const DiscoveryRequest *r, Arena *a, DiscoveryAnswer *out);

#endif
