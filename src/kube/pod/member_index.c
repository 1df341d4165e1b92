/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up members of objects of any size. */
#include "kube/pod/member_index.h"

enum { SCANNED_MAX = 32 };

MemberIndex member_index_new(const Value *object, Arena *a)
{
    MemberIndex index = { .object = object, .map = map_new(a) };
    if (value_is(object, VALUE_OBJECT) && object->len > SCANNED_MAX) {
        VALUE_EACH_MEMBER(m, object) {
            map_set(&index.map, member_key(m), &m->value);
        }
    }
    return index;
}

const Value *member_index_get(const MemberIndex *index, Str key)
{
    return index->map.count ? map_get(&index->map, key) : value_get(index->object, key);
}
