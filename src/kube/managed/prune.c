/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pruning: first all that the manager owned goes; then what others own, or the manager still does,
 * comes back; then what the manager never owned and lies below something that went.
 */
#include "kube/managed/prune.h"

typedef struct Versioned {
    Value object;
    Str version;
} Versioned;

typedef struct Prune {
    const ManagedVersions *versions;
    Arena *arena;
} Prune;

static bool to_version(const Prune *p, Versioned *v, Str version, const SchemaType **type)
{
    Value out;
    if (!managed_convert(p->versions, &v->object, v->version, version, type, &out)) {
        return false;
    }
    *v = (Versioned){ out, version };
    return true;
}

static bool fields_of(const Prune *p, const SchemaType *type, const Value *v, FieldSet *out)
{
    return typed_fields(type, v, &p->versions->mode, p->arena, out);
}

/* What somebody owns in one version. Joined in pairs: there may be many. */
static FieldSet owned_in(const ManagedEntries *entries, Str version, Arena *a)
{
    FieldSet *sets = arena_alloc(a, entries->by_id.count * sizeof(FieldSet));
    size_t count = 0;
    MANAGED_EACH_ENTRY(e, entries) {
        if (str_eq(e->api_version, version)) {
            sets[count++] = e->set;
        }
    }
    while (count > 1) {
        size_t joined = 0;
        for (size_t i = 0; i < count; i += 2) {
            sets[joined++] = i + 1 < count ? field_set_union(sets[i], sets[i + 1], a) : sets[i];
        }
        count = joined;
    }
    return count ? sets[0] : (FieldSet){ NULL, 0 };
}

/* Versions that no manager before e wrote. */
static bool is_first_of_version(const ManagedEntries *entries, const ManagedEntry *e)
{
    MANAGED_EACH_ENTRY(other, entries) {
        if (str_eq(other->api_version, e->api_version)) {
            return other == e;
        }
    }
    return true;
}

static void add_back_owned(const Prune *p, Versioned merged, Versioned *pruned,
                           const ManagedEntries *entries)
{
    MANAGED_EACH_ENTRY(e, entries) {
        const SchemaType *type;
        FieldSet all;
        FieldSet left;
        if (!is_first_of_version(entries, e) || !to_version(p, &merged, e->api_version, &type) ||
            !to_version(p, pruned, e->api_version, &type) ||
            !fields_of(p, type, &merged.object, &all) ||
            !fields_of(p, type, &pruned->object, &left)) {
            continue;
        }
        FieldSet stays = field_set_union(left, owned_in(entries, e->api_version, p->arena),
                                         p->arena);
        pruned->object = typed_remove(type, &merged.object,
                                      field_set_difference(all, stays, p->arena),
                                      &p->versions->mode, p->arena);
    }
}

Value managed_prune(const ManagedVersions *versions, const Value *merged, FieldSet last,
                    Str last_version, const ManagedEntries *entries)
{
    Prune p = { versions, versions->arena };
    Str own = versions->req->api_version;
    Versioned whole = { *merged, own };
    const SchemaType *type;
    if (field_set_is_empty(last) || !to_version(&p, &whole, last_version, &type)) {
        return *merged;
    }
    Versioned pruned = { typed_remove(type, &whole.object, last, &versions->mode, p.arena),
                         last_version };
    add_back_owned(&p, whole, &pruned, entries);
    FieldSet all;
    FieldSet left;
    if (!to_version(&p, &pruned, last_version, &type) ||
        !fields_of(&p, type, &whole.object, &all) || !fields_of(&p, type, &pruned.object, &left)) {
        return *merged;
    }
    FieldSet gone = field_set_intersection(field_set_difference(all, left, p.arena), last, p.arena);
    pruned.object = typed_remove(type, &whole.object, gone, &versions->mode, p.arena);
    return to_version(&p, &pruned, own, &type) ? pruned.object : *merged;
}
