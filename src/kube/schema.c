/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up in the tables of API types. */
#include "kube/schema.h"

#include "kube/kinds.h"

#include <endian.h>

const SchemaType *schema_find(Str api_version, Str kind)
{
    KubeKind found;
    return kube_kind_find(api_version, kind, &found) ? found.type : NULL;
}

const SchemaType *schema_find_type(Str name)
{
    size_t low = schema_first_struct;
    size_t high = schema_first_struct + schema_struct_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(schema_type_name(&schema_types[middle]), name);
        if (order == 0) {
            return &schema_types[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static uint64_t load(const char *from, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, from, size);
    return le64toh(word);
}

/* Cheap and without collisions among the fields of one struct: the generator looks for a seed that
 * makes it so, and computes the same. */
static uint64_t name_word(Str name)
{
    const char *s = name.ptr;
    size_t n = name.len;
    uint64_t word;
    if (n >= 8) {
        word = load(s, 8) ^ load(s + n - 8, 8) * UINT64_C(0xD6E8FEB86659FD93);
    } else if (n >= 4) {
        word = load(s, 4) | load(s + n - 4, 4) << 32;
    } else {
        word = (uint64_t)(uint8_t)s[0] | (uint64_t)(uint8_t)s[n / 2] << 8 |
               (uint64_t)(uint8_t)s[n - 1] << 16;
    }
    return word + n;
}

/* The first row of that name, or NULL. */
static const SchemaField *find_row(const SchemaType *t, Str name)
{
    if (t->field_count == 0 || name.len == 0) {
        return NULL;
    }
    uint64_t hash = name_word(name) * (UINT64_C(0x9E3779B97F4A7C15) + 2 * (uint64_t)t->slot_seed);
    uint8_t row = schema_slots[t->first_slot + (hash >> (64 - t->slot_bits))];
    if (row == 0) {
        return NULL;
    }
    const SchemaField *f = &schema_fields[t->first_field + row - 1];
    return f->name_len == name.len && memcmp(&schema_names[f->name], name.ptr, name.len) == 0
               ? f
               : NULL;
}

/* Whether there is a row after f for the same name. */
static bool has_next_row(const SchemaType *t, const SchemaField *f)
{
    return f + 1 < schema_fields_of(t) + t->field_count && f[1].name == f->name;
}

const SchemaField *schema_field(const SchemaType *t, Str name, const KubeTarget *target)
{
    const SchemaField *f = find_row(t, name);
    while (f && !schema_field_is_in(f, target)) {
        f = has_next_row(t, f) ? f + 1 : NULL;
    }
    return f;
}

const SchemaField *schema_field_any(const SchemaType *t, Str name)
{
    const SchemaField *f = find_row(t, name);
    while (f && has_next_row(t, f)) {
        f++;
    }
    return f;
}
