/* SPDX-License-Identifier: Apache-2.0 */
/* What a YAML scalar means: go-yaml v2's rules, which are most of YAML 1.1's. */
#ifndef PODGATE_DOC_YAML_SCALAR_H
#define PODGATE_DOC_YAML_SCALAR_H

#include "base/err.h"
#include "doc/value.h"

typedef enum YamlTag {
    YAML_TAG_UNSET, /* none was written */
    YAML_TAG_STR,
    YAML_TAG_BOOL,
    YAML_TAG_INT,
    YAML_TAG_FLOAT,
    YAML_TAG_NULL,
    YAML_TAG_TIMESTAMP,
    YAML_TAG_BINARY,
    YAML_TAG_MERGE,
    YAML_TAG_OTHER, /* one's own: the scalar is a string */
} YamlTag;

/* A tag as libyaml gives it: "tag:yaml.org,2002:int"; NULL for none. */
YamlTag yaml_tag_parse(const char *tag);

/* First bytes that a plain scalar must have to be anything but a string. */
extern const uint8_t yaml_scalar_hints[256];

/* The tag that a plain scalar without one has, and its value. Strings and timestamps are
 * YAML_TAG_STR and YAML_TAG_TIMESTAMP and leave *out alone; floats may be infinite or NaN. */
YamlTag yaml_scalar_resolve(Str text, Value *out);

/* The value of a scalar under an explicit tag; text must outlive *out. False, with a reason for
 * people, when the text is none of that type. */
bool yaml_scalar_resolve_as(YamlTag tag, Str text, Arena *a, Value *out, Str *reason);

/* A resolved scalar as JSON sees it: floats without a fraction are integers. False when JSON cannot
 * hold it. */
bool yaml_scalar_to_json(Value *v);

/* A resolved scalar as a key. False when it cannot be one (null, more than int64). */
bool yaml_scalar_to_key(Value *v, Arena *a);

/* 2001-12-14t21:59:43.10-05:00, 2001-12-14 and what else go-yaml takes for a time. */
bool yaml_is_timestamp(Str text);

#endif
