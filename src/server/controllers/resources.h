/* SPDX-License-Identifier: Apache-2.0 */
/* For controllers that care for objects of every kind: which there are, and how to write them. */
#ifndef PODGATE_SERVER_CONTROLLERS_RESOURCES_H
#define PODGATE_SERVER_CONTROLLERS_RESOURCES_H

#include "server/controllers/controller.h"

typedef struct CtlResource {
    Str group;
    Str kind;
    const char *api_version; /* one that is served; the version that discovery prefers */
    const char *resource;    /* "deployments" */
    bool namespaced;
    bool is_custom; /* of a CustomResourceDefinition: patches of it are merge patches */
    bool is_alias;  /* another group, which is listed without this, has the same objects */
} CtlResource;

typedef struct CtlResources {
    const CtlResource *items;
    size_t count;
} CtlResources;

/* What is served and stored now: built-in resources, then those of CustomResourceDefinitions. */
CtlResources ctl_resources(Ctl *c);
/* Whichever version of the kind api_version names. False when its group serves no such kind. */
bool ctl_resource_find(Ctl *c, Str api_version, Str kind, CtlResource *out);

/* {"apiVersion": ..., "kind": ..., "metadata": {"name": ..., "namespace": ...}}; namespace "" for
 * cluster-scoped kinds. */
Value ctl_object_new(const char *api_version, const char *kind, Str namespace, Str name, Arena *a);
/* Where an object of the resource is. */
CtlObject ctl_place(const CtlResource *r, Str namespace, Str name);

#endif
