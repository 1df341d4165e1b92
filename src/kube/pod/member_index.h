/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up members of an object that a client may have made large: by scanning a small one, by a
 * hash map of a large one, so that a hostile map costs no square of its size. */
#ifndef PODGATE_KUBE_POD_MEMBER_INDEX_H
#define PODGATE_KUBE_POD_MEMBER_INDEX_H

#include "base/map.h"
#include "doc/value.h"

typedef struct MemberIndex {
    const Value *object; /* or NULL */
    Map map;             /* of a large one; else empty */
} MemberIndex;

/* object must not change as long as the index is used. */
MemberIndex member_index_new(const Value *object, Arena *a);
const Value *member_index_get(const MemberIndex *index, Str key);

#endif
