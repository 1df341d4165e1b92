/* SPDX-License-Identifier: Apache-2.0 */
/* What libyaml's scalar events mean, for those that read them. */
#ifndef PODGATE_DOC_YAML_EVENT_H
#define PODGATE_DOC_YAML_EVENT_H

#include "doc/yaml_scalar.h"

#include <yaml.h>

static inline Str yaml_event_text(const yaml_event_t *scalar)
{
    return str_from((const char *)scalar->data.scalar.value, scalar->data.scalar.length);
}

/* Can the scalar be anything but the string that it spells? Most cannot. */
static inline bool yaml_event_needs_resolving(const yaml_event_t *scalar)
{
    Str text = yaml_event_text(scalar);
    return scalar->data.scalar.tag ||
           (scalar->data.scalar.plain_implicit &&
            (text.len == 0 || text.ptr[0] == '<' || yaml_scalar_hints[(unsigned char)text.ptr[0]]));
}

/* The value of a scalar, its text copied into the arena. False with a reason when it is none of the
 * type that its tag asks for. */
static inline bool yaml_event_resolve(const yaml_event_t *scalar, Arena *a, Value *out, Str *reason)
{
    Str text = yaml_event_text(scalar);
    if (yaml_event_needs_resolving(scalar)) {
        YamlTag tag = yaml_tag_parse((const char *)scalar->data.scalar.tag);
        if (tag != YAML_TAG_UNSET) {
            return yaml_scalar_resolve_as(tag, arena_str(a, text), a, out, reason);
        }
        YamlTag actual = yaml_scalar_resolve(text, out);
        if (actual != YAML_TAG_STR && actual != YAML_TAG_TIMESTAMP) {
            return true;
        }
    }
    *out = value_str(arena_str(a, text));
    return true;
}

/* As a key, is it the merge key? */
static inline bool yaml_event_is_merge_key(const yaml_event_t *scalar)
{
    return scalar->data.scalar.length == 2 && memcmp(scalar->data.scalar.value, "<<", 2) == 0 &&
           (scalar->data.scalar.plain_implicit ||
            yaml_tag_parse((const char *)scalar->data.scalar.tag) == YAML_TAG_MERGE);
}

#endif
