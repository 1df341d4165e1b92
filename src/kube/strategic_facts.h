/* SPDX-License-Identifier: Apache-2.0 */
/* What a strategic merge patch must know of the API types, out of their tables. */
#ifndef PODGATE_KUBE_STRATEGIC_FACTS_H
#define PODGATE_KUBE_STRATEGIC_FACTS_H

#include "doc/strategic.h"
#include "kube/schema.h"

/* For strategic_apply(), whose type is then the SchemaType of the object. target must outlive the
 * facts. */
StrategicFacts schema_strategic_facts(const KubeTarget *target);

#endif
