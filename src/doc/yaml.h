/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML in and out, as kubectl has it (sigs.k8s.io/yaml over go-yaml v2).
 *
 * Reading turns libyaml's events straight into our tree. Scalars are YAML 1.1: yes, on, y and ~ are
 * no strings, 0o17, 017, 0b1 and 1_000 are integers, timestamps and 1:30 are strings. What JSON
 * cannot hold (.inf, .nan) is an error. Keys become strings as sigs.k8s.io/yaml has it (0x10 is
 * "16", yes is "true"). Merge keys (<<) count where they stand: a key after one overrides it, one
 * before it is overridden, as go-yaml v2 has it. Keys given twice are refused.
 *
 * Messages begin with "name:line:column: ".
 */
#ifndef PODGATE_DOC_YAML_H
#define PODGATE_DOC_YAML_H

#include "doc/doc.h"

/* Every document that holds more than null. limits may be NULL for the default. */
WARN_UNUSED bool yaml_read_all(Str name, Str text, const DocLimits *limits, Arena *a, DocList *out,
                               Err *err);
/* The one document; null when there is none, an error when there are several. */
WARN_UNUSED bool yaml_read(Str name, Str text, const DocLimits *limits, Arena *a, Value *out,
                           Err *err);

/* A key that a mapping had before. */
typedef struct YamlRepeatedKey {
    struct YamlRepeatedKey *next;
    Str key;
    size_t line; /* where its value starts, from 1 */
} YamlRepeatedKey;

/* The first document alone, as go-yaml v2 reads a configuration file: what follows it is not looked
 * at, the last of several equal keys counts (all are listed in *repeated), and syntax errors have
 * go-yaml's words ("yaml: line 3: did not find expected key"). Null when there is none. */
WARN_UNUSED bool yaml_read_go(Str text, const DocLimits *limits, Arena *a, Value *out,
                              const YamlRepeatedKey **repeated, Err *err);

/* As kubectl -o yaml prints: members sorted, "- " at its parent's indentation, strings quoted where
 * go-yaml v2 quotes and long ones folded where it folds, "|" for several lines. Ends with a
 * newline. */
void yaml_write(const Value *v, Buf *b);

#endif
