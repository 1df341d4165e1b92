/* SPDX-License-Identifier: Apache-2.0 */
/* Which PersistentVolume suits a claim. */
#ifndef PODGATE_SERVER_CONTROLLERS_VOLUME_MATCH_H
#define PODGATE_SERVER_CONTROLLERS_VOLUME_MATCH_H

#include "doc/value.h"

/* The class that a volume or claim is of; "" for none. */
Str volume_class(const Value *object);
/* The smallest volume that the claim may have; one that is set aside for it goes first. NULL when
 * there is none. */
const Value *volume_find(const Value *claim, const Value *const *volumes, size_t count, Arena *a);
/* Is the volume set aside for the claim, or bound to it? */
bool volume_is_for(const Value *volume, const Value *claim);

#endif
