/* SPDX-License-Identifier: Apache-2.0 */
/* Within the schema: what decoding carries along, and how it complains. */
#ifndef PODGATE_KUBE_SCHEMA_WALK_H
#define PODGATE_KUBE_SCHEMA_WALK_H

#include "kube/schema.h"

typedef struct SchemaWalk {
    const KubeTarget *target;
    Arena *arena;
    SchemaReport *report; /* may be NULL when decoding */
    Err *err;
    bool is_check; /* report everything, never fail */
    bool builds;   /* make the decoded tree; otherwise only its types are looked at */
} SchemaWalk;

/* A value of the wrong type. Decoding fails with the path and `decoder`; a check notes `plain` and
 * goes on (true). */
bool schema_refuse(SchemaWalk *w, const Path *path, Str decoder, Str plain);
/* The same for a value that is not `expected` ("a string"). decoder is what the decoder prints
 * before ", but found 1". */
bool schema_refuse_kind(SchemaWalk *w, const Path *path, const Value *in, const char *decoder,
                        const char *expected);
void schema_note_unknown(SchemaWalk *w, const SchemaType *t, Str name, const Path *path);

/* A scalar that is not null. */
bool schema_decode_scalar(SchemaWalk *w, SchemaKind kind, const Value *in, const Path *path,
                          Value *out);
/* A number as JSON. */
Str schema_number_text(const Value *in, Arena *a);
/* Times as Go's time.Parse(RFC3339) reads and metav1.Time prints them; with micros, RFC3339 with
 * six digits. *problem says what is wrong, as Go does. An empty *out is the zero time. */
bool schema_time(Str text, bool with_micros, Arena *a, Str *out, Str *problem);

#endif
