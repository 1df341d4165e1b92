/* SPDX-License-Identifier: Apache-2.0 */
/* Reading members of decoded objects, where what is absent is Go's zero value. Private to
 * kube/groups. */
#ifndef PODGATE_KUBE_GROUPS_MEMBERS_H
#define PODGATE_KUBE_GROUPS_MEMBERS_H

#include "base/field.h"
#include "doc/value.h"

/* Never absent. */
static inline Str member_str(const Value *object, Str member)
{
    Str s = value_get_str(object, member);
    return s.ptr ? s : STR("");
}
/* The member when it is an object, else NULL: a pointer to a struct. */
static inline const Value *member_object(const Value *object, Str member)
{
    const Value *v = value_get(object, member);
    return value_is(v, VALUE_OBJECT) ? v : NULL;
}
#define str_of(object, literal) member_str((object), STR(literal))
#define int_of(object, literal) (value_get_int((object), STR(literal)).value)
#define bool_of(object, literal) (value_get_bool((object), STR(literal)).value)
#define object_of(object, literal) member_object((object), STR(literal))
#define list_of(object, literal) value_get_lit((object), literal)

#define STR_LIST(array) ((StrList){ (array), COUNT_OF(array) })
#define IMMUTABLE STR("field is immutable")

/* The version of an object that has an apiVersion: "v1" of "networking.k8s.io/v1". */
static inline Str version_of(const Value *object)
{
    Str api_version = str_of(object, "apiVersion");
    return str_drop(api_version, (size_t)(str_rindex_byte(api_version, '/') + 1));
}
static inline bool is_version(const Value *object, const char *version)
{
    return str_eq(version_of(object), str_from_c(version));
}

static inline bool is_unset(const Value *object, Str member)
{
    return value_is_null(value_get(object, member));
}
/* Sets a member that is missing or null. */
static inline void default_to(Value *object, Str member, Value v, Arena *a)
{
    if (value_is(object, VALUE_OBJECT) && is_unset(object, member)) {
        value_set(object, member, v, a);
    }
}
/* The same where a number is zero too. */
static inline void default_int(Value *object, Str member, int64_t n, Arena *a)
{
    if (value_is(object, VALUE_OBJECT) && value_get_int(object, member).value == 0) {
        value_set(object, member, value_int(n), a);
    }
}

#endif
