/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a create, an update or a patch makes of metadata.managedFields.
 *
 *   1. The entries are those that the client sent, or those of the live object.
 *   2. Everybody loses what the request changed or removed, each compared in the version that the
 *      manager wrote.
 *   3. The request's manager gets what it changed, in one entry per version of the API.
 *   4. Of more than ten updaters the oldest are put together as "ancient-changes".
 */
#include "kube/kinds.h"
#include "kube/managed/entries.h"
#include "kube/managed/managed.h"
#include "kube/managed/typed.h"
#include "kube/managed/versions.h"

/* An object without metadata.managedFields, which no one owns. */
Value managed_without_fields(const Value *object, Arena *a)
{
    const Value *metadata = value_get_lit(object, "metadata");
    if (!value_get_lit(metadata, "managedFields")) {
        return *object;
    }
    Value out = *object;
    out.members = arena_alloc(a, object->len * sizeof(Member));
    memcpy(out.members, object->members, object->len * sizeof(Member));
    Value *inner = value_get_lit(&out, "metadata");
    inner->members = arena_alloc(a, metadata->len * sizeof(Member));
    inner->len = 0;
    VALUE_EACH_MEMBER(m, metadata) {
        if (!str_eq(member_key(m), STR("managedFields"))) {
            inner->members[inner->len++] = *m;
        }
    }
    return out;
}

/* What never belongs to anybody: what names an object and what the server alone writes. */
FieldSet managed_stripped(FieldSet set, Arena *a)
{
    static const char *const in_metadata[] = {
        /* sorted */
        "clusterName",     "creationTimestamp", "generation", "managedFields", "name", "namespace",
        "resourceVersion", "selfLink",          "uid"
    };
    FieldNode below[COUNT_OF(in_metadata)];
    for (size_t i = 0; i < COUNT_OF(in_metadata); i++) {
        below[i] = (FieldNode){ .element = path_field(str_from_c(in_metadata[i])),
                                .is_member = true };
    }
    const FieldNode top[] = {
        { .element = path_field(STR("apiVersion")), .is_member = true },
        { .element = path_field(STR("kind")), .is_member = true },
        { .element = path_field(STR("metadata")),
          .is_member = true,
          .below = { below, COUNT_OF(below) } },
    };
    return field_set_difference(set, (FieldSet){ top, COUNT_OF(top) }, a);
}

/* The request's own entry, without fields. */
static ManagedEntry own_entry(const ManagedRequest *req, Arena *a)
{
    ManagedEntry own = { .manager = req->manager.len ? req->manager : STR("unknown"),
                         .operation = STR("Update"),
                         .api_version = req->api_version };
    if (req->target->minor >= 22) {
        own.subresource = req->subresource;
    }
    own.id = managed_entry_id(&own, a);
    return own;
}

/* Takes from the others what changed. False when that cannot be told. */
static bool release_changed(ManagedEntries *entries, ManagedVersions *versions, Arena *a)
{
    MANAGED_EACH_ENTRY(e, entries) {
        const ManagedVersion *version = managed_version_of(versions, e->api_version);
        if (version->is_broken) {
            return false;
        }
        if (version->is_missing) {
            e->is_gone = true;
            continue;
        }
        FieldSet set = typed_reconcile(version->type, &version->live, e->set, &versions->mode, a);
        set = field_set_difference(set, version->changes.changed, a);
        set = field_set_difference(set, version->changes.removed, a);
        if (!field_set_equal(set, e->set)) {
            e->source = NULL;
            e->set = set;
        }
        e->is_gone = field_set_is_empty(set);
    }
    return true;
}

static bool update_entries(ManagedEntries *entries, ManagedVersions *versions, Arena *a)
{
    const ManagedRequest *req = versions->req;
    const ManagedVersion *own_version = managed_version_of(versions, req->api_version);
    ManagedEntry own = own_entry(req, a);
    const ManagedEntry *former = managed_entries_find(entries, own.id);
    bool was = former != NULL;
    FieldSet former_set = was ? former->set : (FieldSet){ NULL, 0 };
    if (own_version->is_broken || !release_changed(entries, versions, a)) {
        return false;
    }
    FieldSet taken = managed_stripped(own_version->changes.changed, a);
    if (!field_set_is_empty(taken)) {
        ManagedEntry *mine = managed_entries_at(entries, &own);
        mine->set = field_set_union(taken, mine->set, a);
        mine->source = NULL;
        if (req->target->minor >= MANAGED_TIMES_REVERTED || !was ||
            !field_set_equal(mine->set, former_set)) {
            Value *now = new(a, Value, 1);
            *now = value_str(req->time);
            mine->time = now;
        }
    }
    managed_entries_cap(entries);
    return true;
}

/* The entries to start from. */
static ManagedEntries start(const ManagedRequest *req, const Value *sent, const Value *live,
                            Arena *a)
{
    ManagedEntries entries = managed_entries_new(a);
    if (!req->is_subresource) {
        if (managed_is_reset(sent)) {
            return entries;
        }
        if (managed_entries_read(sent, req->target, a, &entries) &&
            managed_entries_count(&entries)) {
            return entries;
        }
    }
    const Value *stored = value_at(live, "metadata", "managedFields", NULL);
    if (!managed_entries_read(stored, req->target, a, &entries)) {
        entries = managed_entries_new(a);
    }
    return entries;
}

/* The object of the type that nothing was written into. */
Value managed_empty_object(const ManagedRequest *req, Arena *a)
{
    const Value nothing = value_object();
    Value out = nothing;
    Err err;
    if (req->type && !typed_is_custom(req->type) &&
        !schema_decode(req->type, &nothing, req->target, a, &out, NULL, &err)) {
        return nothing; /* never: nothing is refused */
    }
    return out;
}

/* APIServices had no field manager before 1.21: what a client sends stays. */
static bool is_tracked(const ManagedRequest *req)
{
    return req->target->minor >= 21 ||
           !str_starts_with(req->api_version, STR("apiregistration.k8s.io/"));
}

void managed_update(const ManagedRequest *req, const Value *live, Value *object, Arena *a)
{
    if (!is_tracked(req)) {
        return;
    }
    Value *metadata = value_get_lit(object, "metadata");
    const Value *sent = value_get_lit(metadata, "managedFields");
    Value sent_copy = sent ? *sent : value_null();
    if (sent) {
        value_remove(metadata, STR("managedFields"));
    }
    ManagedEntries entries = start(req, sent ? &sent_copy : NULL, live, a);
    bool is_create = value_get_str(value_get_lit(live, "metadata"), STR("uid")).len == 0;
    /* An object that nobody was tracked for stays so; before 1.18 only an apply began that. */
    enum { TRACKED_SINCE = 18 };
    if ((!is_create || req->target->minor < TRACKED_SINCE) && !managed_entries_count(&entries)) {
        return;
    }
    Value before = live ? managed_without_fields(live, a) : managed_empty_object(req, a);
    ManagedVersions versions = managed_versions_new(req, &before, object, a);
    if (!update_entries(&entries, &versions, a) || !managed_entries_count(&entries)) {
        return;
    }
    metadata = value_need_object(object, STR("metadata"), a);
    if (metadata) {
        value_set_lit(metadata, "managedFields", managed_entries_write(&entries), a);
    }
}
