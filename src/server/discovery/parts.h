/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of discovery. Private to src/server/discovery. */
#ifndef PODGATE_SERVER_DISCOVERY_PARTS_H
#define PODGATE_SERVER_DISCOVERY_PARTS_H

#include "kube/resource_table.h"
#include "server/discovery/discovery.h"

/* -- what is served (served.c) ------------------------------------------------------------------
 */

/* One version of one group. */
typedef struct ServedVersion {
    Str group;
    Str version;
} ServedVersion;
/* All, in the order of discovery: groups, and versions within. */
typedef struct ServedVersions {
    ServedVersion *items;
    size_t count;
} ServedVersions;
ServedVersions served_versions(const DiscoveryRequest *r, Arena *a);

/* What one resource is to discovery, built in or custom. */
typedef struct ServedResource {
    Str name; /* "pods" */
    Str singular;
    Str kind;
    bool namespaced;
    bool is_custom;
    bool is_ending;      /* custom, and its definition is being deleted */
    bool is_core;        /* of the group "" */
    const Value *shorts; /* custom: lists of strings, or NULL */
    const Value *categories;
    Str storage_hash; /* absent when it is not stored */
    KubeKind built_in;
    ResourceEntry entries[RESOURCE_ENTRIES_MAX]; /* itself first */
    size_t entry_count;
} ServedResource;
/* The resources of a version, by name. */
size_t served_resources(const DiscoveryRequest *r, Str group, Str version, Arena *a,
                        ServedResource **out);
/* The verbs of an entry, as a list; the short names and categories of a resource (null for none).
 */
Value served_verbs(const ServedResource *s, const ResourceEntry *e, Arena *a);
Value served_short_names(const ServedResource *s, Arena *a);
Value served_categories(const ServedResource *s, Arena *a);
/* "apps/v1"; "v1" */
Str served_group_version(Str group, Str version, Arena *a);

/* -- documents ----------------------------------------------------------------------------------
 */

Value discovery_api_versions(const DiscoveryRequest *r, Arena *a);
Value discovery_group_list(const DiscoveryRequest *r, Arena *a);
bool discovery_group(const DiscoveryRequest *r, Str group, Arena *a, Value *out);
bool discovery_resource_list(const DiscoveryRequest *r, Str group, Str version, Arena *a,
                             Value *out);
/* apidiscovery.k8s.io: the core group, or all others; version "v2" or "v2beta1". */
Value discovery_aggregated(const DiscoveryRequest *r, bool is_core, Str version, Arena *a);
Value discovery_version(const KubeTarget *target, Arena *a);

/* -- health and paths ---------------------------------------------------------------------------
 */

/* /healthz, /livez, /readyz and their checks. False for other paths. */
bool discovery_health(const DiscoveryRequest *r, Arena *a, DiscoveryAnswer *out);
/* Adds "/healthz/etcd" and so on: of all parts of the server, or of that of custom resources. */
void discovery_health_paths(const KubeTarget *target, bool all, Value *paths, Arena *a);
/* {"paths": [...]}: of all parts of the server, or of that of custom resources. */
Value discovery_root_paths(const DiscoveryRequest *r, bool all, Arena *a);

#endif
