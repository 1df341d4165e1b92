/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in API types: their fields, and what decoding an object into such a type and encoding
 * it again makes of it.
 *
 * The tables are made at build time from schema/ *.schema by schema/generate.py and cover
 * Kubernetes 1.20 to the newest. A field that came with a later minor version (or went with one)
 * carries that minor, and counts as unknown to a target that does not have it.
 *
 * Two forms of an object, both as Go would hold or print it:
 *   decoded   unknown fields and nulls are gone; zero values of plain fields are as Go encodes
 *             them (left out with omitempty, written without); quantities, times and byte strings
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
    SCHEMA_INT_OR_STRING,
    SCHEMA_QUANTITY,   /* a string, canonical; a JSON number is read too */
    SCHEMA_TIME,       /* RFC 3339, UTC, whole seconds */
    SCHEMA_MICRO_TIME, /* the same with six digits of fraction */
    SCHEMA_BYTES,      /* base64 */
    SCHEMA_RAW,        /* any JSON, kept as it is */
    SCHEMA_LIST,
    SCHEMA_MAP, /* of strings to item; written in the order of its keys */
    SCHEMA_STRUCT,
} SchemaKind;

/* The kind of a type that is in no table: the schema of a custom resource (kube/crd). Only
 * kube/managed is given such types. */
enum { SCHEMA_CUSTOM = SCHEMA_STRUCT + 1 };

/* Who merges a list or map: a strategic merge patch looks at SCHEMA_MERGE and the merge key,
 * server-side apply at the other flags and the list keys. */
enum SchemaFlags {
    SCHEMA_POINTER = 1 << 0,      /* of a field: zero values are kept */
    SCHEMA_OMIT_EMPTY = 1 << 1,   /* of a field: zero values and empty lists are left out */
    SCHEMA_OMIT_ZERO = 1 << 2,    /* of a field: so are zero structs and times */
    SCHEMA_MERGE = 1 << 3,        /* of a field: patchStrategy merge */
    SCHEMA_REPLACE = 1 << 4,      /* of a field: patchStrategy replace */
    SCHEMA_RETAIN_KEYS = 1 << 5,  /* of a field: patchStrategy retainKeys */
    SCHEMA_ATOMIC = 1 << 6,       /* of a field or struct: applied as a whole; lists: listType */
    SCHEMA_SET = 1 << 7,          /* of a field: listType set */
    SCHEMA_KEYED = 1 << 8,        /* of a field: listType map, with list keys */
    SCHEMA_ITEM_POINTER = 1 << 9, /* of a list or map: items may be null */
};

/* Rows of the tables; read them through the functions below. */
typedef struct SchemaType {
    uint32_t name;
    uint16_t name_len;
    uint16_t flags;
    uint16_t item;
    uint16_t first_field;
    uint16_t first_slot;
    uint16_t slot_seed;
    uint8_t slot_bits; /* of the hash; the slots are 2^slot_bits */
    uint8_t field_count;
    uint8_t kind;
    uint8_t marked_since; /* of a struct: from which minor SCHEMA_ATOMIC holds */
} SchemaType;

typedef struct SchemaField {
    uint32_t name;
    uint16_t flags;
    uint16_t type;
    uint16_t first_list_key;
    uint8_t list_key_count;
    uint8_t merge_key; /* place in schema_keys; 0 for none */
    uint8_t name_len;
    uint8_t since;
    uint8_t until;
    uint8_t marked_since; /* from which minor SCHEMA_ATOMIC, SCHEMA_SET or SCHEMA_KEYED hold */
} SchemaField;

extern const SchemaType schema_types[];
extern const SchemaField schema_fields[];
extern const char schema_names[];
extern const Str schema_keys[];
extern const uint8_t schema_slots[];
extern const size_t schema_first_struct; /* structs stand together, by name */
extern const size_t schema_struct_count;

enum { SCHEMA_FIELDS_MAX = 80 }; /* of one struct; the generator checks it */

static inline SchemaKind schema_kind(const SchemaType *t)
{
    return (SchemaKind)t->kind;
}
/* "core/v1.PodSpec" for a struct, "" for others */
static inline Str schema_type_name(const SchemaType *t)
{
    return str_from(&schema_names[t->name], t->name_len);
}
static inline const SchemaType *schema_item(const SchemaType *list_or_map)
{
    return &schema_types[list_or_map->item];
}
/* The rows of a struct, field_count of them, as Go declares them. Rows of one name, for different
 * versions, adjoin. */
static inline const SchemaField *schema_fields_of(const SchemaType *t)
{
    return &schema_fields[t->first_field];
}
static inline Str schema_field_name(const SchemaField *f)
{
    return str_from(&schema_names[f->name], f->name_len);
}
static inline const SchemaType *schema_field_type(const SchemaField *f)
{
    return &schema_types[f->type];
}
/* Absent when the list is not merged by a key. */
static inline Str schema_merge_key(const SchemaField *f)
{
    return schema_keys[f->merge_key];
}
static inline StrList schema_list_keys(const SchemaField *f)
{
    return (StrList){ &schema_keys[f->first_list_key], f->list_key_count };
}
static inline bool schema_field_is_in(const SchemaField *f, const KubeTarget *target)
{
    return target->minor >= f->since && (!f->until || target->minor < f->until);
}

/* The type of a kind ("v1", "Pod"), whichever versions serve it. NULL when not built in. Lists
 * ("PodList"), and what is sent but never stored (Status, DeleteOptions), are kinds too. */
const SchemaType *schema_find(Str api_version, Str kind);
/* A struct type by its full name, such as "core/v1.PodSpec". NULL when there is none. */
const SchemaType *schema_find_type(Str name);
/* The field of a struct that the target has. NULL when there is none, or t is no struct. */
const SchemaField *schema_field(const SchemaType *t, Str name, const KubeTarget *target);
/* The same in any version: the newest row of that name. */
const SchemaField *schema_field_any(const SchemaType *t, Str name);

/* -- what was found on the way ------------------------------------------------------------------
 */

typedef enum SchemaNoteKind {
    SCHEMA_NOTE_UNKNOWN, /* no version has such a field */
    SCHEMA_NOTE_NEWER,   /* the field came with 1.minor */
    SCHEMA_NOTE_REMOVED, /* the field went with 1.minor */
    SCHEMA_NOTE_TYPE,    /* a value of the wrong type or out of range (from schema_check) */
} SchemaNoteKind;

typedef struct SchemaNote {
    struct SchemaNote *next;
    SchemaNoteKind kind;
    int minor;      /* of SCHEMA_NOTE_NEWER and _REMOVED */
    Str path;       /* "spec.containers[0].imagePullPolcy" */
    Str suggestion; /* the known field that was probably meant; absent when none is near */
    Str message;    /* without the path: `unknown field, did you mean "imagePullPolicy"?` */
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

/* -- decoding and encoding ----------------------------------------------------------------------
 */

/* Decodes as the API server does. Fails (ERR_TYPE) on a value of the wrong type or out of its
 * range: the message is the field path and what its JSON decoder says. out is a fresh tree
 * (strings are shared with in). report may be NULL; unknown fields are dropped either way. */
WARN_UNUSED bool schema_decode(const SchemaType *t, const Value *in, const KubeTarget *target,
                               Arena *a, Value *out, SchemaReport *report, Err *err);
/* Brings a decoded object into its encoded form, in place. */
void schema_encode(const SchemaType *t, Value *v, const KubeTarget *target);
/* The same for an object that comes out of the store, which keeps no empty lists and maps: where
 * such a field is always written it is null ("rules": null), never []. A dry run goes that way too.
 */
void schema_encode_stored(const SchemaType *t, Value *v, const KubeTarget *target);
/* Both: decoded and encoded again. Doing it twice changes nothing, except that a pointer to the
 * zero time is null after the first and gone after the second, as in Go. */
WARN_UNUSED bool schema_normalise(const SchemaType *t, const Value *in, const KubeTarget *target,
                                  Arena *a, Value *out, SchemaReport *report, Err *err);
/* Whether decoding would succeed, with its message when not; builds nothing. What reads nulls and
 * unknown fields as Go does may then read the object as it is. */
WARN_UNUSED bool schema_fits(const SchemaType *t, const Value *in, const KubeTarget *target,
                             Arena *a, Err *err);
/* Reports everything that is unknown or of the wrong type, in words for people, and builds
 * nothing. True when nothing was found. */
bool schema_check(const SchemaType *t, const Value *in, const KubeTarget *target,
                  SchemaReport *report);

#endif
