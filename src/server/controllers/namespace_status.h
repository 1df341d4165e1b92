/* SPDX-License-Identifier: Apache-2.0 */
/* What the status of a namespace on its way out says of what still stays. */
#ifndef PODGATE_SERVER_CONTROLLERS_NAMESPACE_STATUS_H
#define PODGATE_SERVER_CONTROLLERS_NAMESPACE_STATUS_H

#include "doc/value.h"

typedef struct NamespaceCount {
    Str name; /* "configmaps." of a resource and its group, or a finalizer */
    size_t count;
} NamespaceCount;

/* What stays: by resource, and by the finalizers that keep it. */
typedef struct NamespaceContent {
    NamespaceCount *resources;
    size_t resource_count;
    NamespaceCount *finalizers;
    size_t finalizer_count;
} NamespaceContent;

/* items: objects of the resource that are there. */
void namespace_content_add(NamespaceContent *content, Str resource, Str group,
                           const Value *const *items, size_t count, Arena *a);

/* Sets status.conditions. False when they said so already. */
bool namespace_set_conditions(Value *namespace, const NamespaceContent *content, Str now, Arena *a);

#endif
