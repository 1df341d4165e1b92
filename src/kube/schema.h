/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in API types: their fields, and what decoding an object into such a type and encoding
 * it again makes of it.
 *
 * The tables are generated at build time from schema/ *.schema by schema/generate.py and cover
 * Kubernetes 1.20 to the newest. A field that came with a later minor version (or went with one)
 * carries that minor, and counts as unknown to a target that does not have it.
 *
 * Two forms of an object, both as Go would hold or print it:
 *   decoded   unknown fields and nulls are gone; zero values of plain fields are as Go encodes
 *             them (omitted with omitempty, written without); quantities, times and byte strings
 *             are canonical; members stand in the order of the type. Empty lists and maps of
 *             omitempty fields are kept, because Go code can still tell them from absent ones.
 *   encoded   the same, with those empty lists and maps gone: what a client is sent.
 */
#ifndef PODGATE_KUBE_SCHEMA_H
#define PODGATE_KUBE_SCHEMA_H

#include "base/field.h"
#include "doc/value.h"
#include "kube/target.h"

typedef enum SchemaKind {
    SCHEMA_STRING,
    SCHEMA_BOOL,
    SCHEMA_INT32,
    SCHEMA_INT64,
    SCHEMA_FLOAT,
    SCHEMA_INT_OR_STRING,
    SCHEMA_QUANTITY,   /* a string, canonical; a JSON number is read too */
    SCHEMA_TIME,       /* RFC 3339, UTC, whole seconds */
    SCHEMA_MICRO_TIME, /* the same with six digits of fraction */
    SCHEMA_DURATION,   /* "1h30m" */
    SCHEMA_BYTES,      /* base64 */
    SCHEMA_RAW,        /* any JSON, kept as it is */
    SCHEMA_LIST,
    SCHEMA_MAP, /* of strings to item; written in the order of its keys */
    SCHEMA_STRUCT,
} SchemaKind;

typedef struct SchemaType SchemaType;

/* How a strategic merge patch, and server-side apply, treat a list or map. */
typedef enum SchemaListType {
    SCHEMA_LIST_ATOMIC, /* also where nothing is said */
    SCHEMA_LIST_SET,
    SCHEMA_LIST_MAP,
} SchemaListType;

typedef struct SchemaField {
    Str name; /* in JSON */
    const SchemaType *type;
    uint8_t since; /* first minor version that has the field; 0 for 1.20 and before */
    uint8_t until; /* first minor version that has it no more; 0 for none */
    bool pointer;  /* zero values are kept */
    bool omit_empty;
    bool omit_zero;       /* a zero struct or time is omitted */
    bool merge;           /* patchStrategy merge */
    bool retain_keys;     /* patchStrategy retainKeys */
    uint8_t list_type;    /* SchemaListType */
    Str merge_key;        /* patchMergeKey; absent when there is none */
    const Str *list_keys; /* listMapKey, list_key_count of them */
    uint8_t list_key_count;
} SchemaField;

struct SchemaType {
    Str name;          /* "core/v1.PodSpec" for a struct; "" for others */
    uint8_t kind;      /* SchemaKind */
    bool item_pointer; /* items of a list or map may be null */
    bool atomic;       /* structType or mapType atomic */
    uint16_t field_count;
    uint16_t slot_mask; /* of slots */
    uint32_t slot_seed;
    const SchemaField *fields; /* as Go declares them; rows of one name (by version) adjoin */
    const uint8_t *slots;      /* hash of a name to row + 1; 0 for none */
    const SchemaType *item;    /* of a list or map */
};

/* The type of a kind ("v1", "Pod"), whichever versions serve it. NULL when not built in. Lists
 * ("PodList"), and what is sent but never stored (Status, DeleteOptions), are kinds too. */
const SchemaType *schema_find(Str api_version, Str kind);
/* A struct type by its full name, such as "core/v1.PodSpec". NULL when there is none. */
const SchemaType *schema_find_type(Str name);
/* The field of a struct that the target has. NULL when there is none, or t is no struct. */
const SchemaField *schema_field(const SchemaType *t, Str name, const KubeTarget *target);
static inline bool schema_field_is_in(const SchemaField *f, const KubeTarget *target)
{
    return target->minor >= f->since && (!f->until || target->minor < f->until);
}

/* -- what was found on the way ----------------------------------------------------------------- */

typedef enum SchemaNoteKind {
    SCHEMA_NOTE_UNKNOWN, /* no version has such a field */
    SCHEMA_NOTE_NEWER,   /* the field came with 1.minor */
    SCHEMA_NOTE_REMOVED, /* the field went with 1.minor */
    SCHEMA_NOTE_TYPE,    /* a value of the wrong type or out of range (from schema_check) */
} SchemaNoteKind;

typedef struct SchemaNote {
    struct SchemaNote *next;
    SchemaNoteKind kind;
    Str path;       /* "spec.containers[0].imagePullPolcy" */
    int minor;      /* of SCHEMA_NOTE_NEWER and _REMOVED */
    Str suggestion; /* the known field that was probably meant; absent when none is near */
    Str message;    /* a whole sentence without the path */
} SchemaNote;

enum { SCHEMA_NOTES_MAX = 1000 }; /* more are counted, not kept */

typedef struct SchemaReport {
    Arena *arena;
    SchemaNote *first; /* in the order of the document */
    SchemaNote *last;
    size_t count;
} SchemaReport;

static inline SchemaReport schema_report_new(Arena *a)
{
    return (SchemaReport){ .arena = a };
}

/* -- decoding and encoding --------------------------------------------------------------------- */

/* Decodes as the API server does. Fails on a value of the wrong type or out of its range; the
 * message starts with the field path. out is a fresh tree (strings are shared with in). report may
 * be NULL; unknown fields are dropped either way. */
WARN_UNUSED bool schema_decode(const SchemaType *t, const Value *in, const KubeTarget *target,
                               Arena *a, Value *out, SchemaReport *report, Err *err);
/* Brings a decoded object into its encoded form, in place. */
void schema_encode(const SchemaType *t, Value *v, const KubeTarget *target);
/* Both: decoded and encoded again. Normalising twice changes nothing. */
WARN_UNUSED bool schema_normalise(const SchemaType *t, const Value *in, const KubeTarget *target,
                                  Arena *a, Value *out, SchemaReport *report, Err *err);
/* Reports everything that is unknown or of the wrong type, and builds nothing. True when nothing
 * was found. */
bool schema_check(const SchemaType *t, const Value *in, const KubeTarget *target,
                  SchemaReport *report);

#endif
