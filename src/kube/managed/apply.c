/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-side apply.
 *
 *   1. The configuration is checked and laid over the live object.
 *   2. What the manager applied the last time and does not now is pruned, unless others own it.
 *   3. What would change under others is a conflict, or is taken from them by force.
 *   4. The manager owns exactly what it applied.
 */
#include "doc/json.h"
#include "kube/kinds.h"
#include "kube/managed/conflicts.h"
#include "kube/managed/prune.h"
#include "kube/managed/reset.h"

#include <stdlib.h>

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

typedef struct Apply {
    const ManagedRequest *req;
    Arena *arena;
    TypedMode mode;
    Value live; /* as it is sent, without managedFields */
    const Value *config;
    ManagedEntries entries;
    bool force;
    ManagedApplied *out;
} Apply;

/* What an entry was before. */
typedef struct Former {
    const ManagedEntry *entry;
    FieldSet set;
    Str api_version;
} Former;

static bool fail(Apply *p, ManagedVerdict verdict, Str message)
{
    p->out->verdict = verdict;
    p->out->message = message;
    return false;
}

static bool fail_with(Apply *p, const char *what, Str why)
{
    return fail(p, MANAGED_FAILED, arena_printf(p->arena, "%s: %.*s", what, STR_ARG(why)));
}

/* -- the configuration --------------------------------------------------------------------------
 */

/* An apiVersion as it is printed; what is none is empty. */
static Str version_text(const Value *config)
{
    Str version = value_get_str(config, STR("apiVersion"));
    return str_index_byte(version, '/') == str_rindex_byte(version, '/') ? version : STR("");
}

/* Since 1.24 it says which object that is. */
static const char *patch_object(Apply *p)
{
    static const char plain[] = "failed to create typed patch object";
    const Value *metadata = value_get_lit(p->config, "metadata");
    Str group, version;
    if (p->req->target->minor < 24) {
        return plain;
    }
    kube_split_api_version(value_get_str(p->config, STR("apiVersion")), &group, &version);
    return arena_printf(p->arena, "%s (%.*s/%.*s; %.*s/%.*s, Kind=%.*s)", plain,
                        STR_ARG(value_get_str(metadata, STR("namespace"))),
                        STR_ARG(value_get_str(metadata, STR("name"))), STR_ARG(group),
                        STR_ARG(version), STR_ARG(value_get_str(p->config, STR("kind"))))
        .ptr;
}

/* The type that the configuration says it is of. */
static bool find_config_type(Apply *p, const SchemaType **type)
{
    const ManagedRequest *req = p->req;
    Str kind = value_get_str(p->config, STR("kind"));
    *type = req->type;
    if (!req->type || str_eq(kind, req->kind)) {
        return true;
    }
    *type = schema_find(req->api_version, kind);
    if (*type) {
        return true;
    }
    Str group;
    Str version;
    kube_split_api_version(req->api_version, &group, &version);
    return fail_with(p, patch_object(p),
                     arena_printf(p->arena, "no corresponding type for %.*s/%.*s, Kind=%.*s",
                                  STR_ARG(group), STR_ARG(version), STR_ARG(kind)));
}

static bool check_config(Apply *p)
{
    Str version = version_text(p->config);
    if (!str_eq(version, p->req->api_version)) {
        return fail(p, MANAGED_BAD_REQUEST,
                    arena_printf(p->arena,
                                 "Incorrect version specified in apply patch. Specified patch "
                                 "version: %.*s, expected: %.*s",
                                 STR_ARG(version), STR_ARG(p->req->api_version)));
    }
    if (value_is(value_at(p->config, "metadata", "managedFields", NULL), VALUE_ARRAY)) {
        return fail(p, MANAGED_BAD_REQUEST, STR("metadata.managedFields must be nil"));
    }
    const SchemaType *type;
    Str message;
    if (!find_config_type(p, &type)) {
        return false;
    }
    if (!typed_validate(type, p->config, &p->mode, p->arena, &message)) {
        return fail_with(p, patch_object(p), message);
    }
    if (p->req->type && !typed_is_sound(p->req->type, NULL, &p->live, &p->mode, p->arena) &&
        !typed_validate(p->req->type, &p->live, &p->mode, p->arena, &message)) {
        return fail_with(p, "failed to create typed live object", message);
    }
    if (type != p->req->type) {
        /* There the addresses of two types are printed. */
        return fail(p, MANAGED_FAILED,
                    STR("failed to merge config: expected objects of the same type, but got "
                        "{0xc000010000 {<nil> <nil> <nil>}} and "
                        "{0xc000010010 {<nil> <nil> <nil>}}"));
    }
    return true;
}

/* -- entries ------------------------------------------------------------------------------------
 */

static const Value *now(const Apply *p)
{
    Value *time = new(p->arena, Value, 1);
    *time = value_str(p->req->time);
    return time;
}

/* An object that nobody was tracked for: all that is in it belongs to one who came before. */
static bool add_owner_of_all(Apply *p)
{
    Value empty = managed_empty_object(p->req, p->arena);
    TypedChanges changes;
    if (!typed_compare(p->req->type, &empty, &p->live, &p->mode, p->arena, &changes)) {
        return fail(p, MANAGED_FAILED, STR("failed to create manager for existing fields"));
    }
    FieldSet set = managed_stripped(changes.changed, p->arena);
    if (!field_set_is_empty(set)) {
        ManagedEntry like = { .manager = STR("before-first-apply"),
                              .operation = STR("Update"),
                              .api_version = p->req->api_version };
        like.id = managed_entry_id(&like, p->arena);
        ManagedEntry *e = managed_entries_at(&p->entries, &like);
        e->set = set;
        e->time = now(p);
    }
    return true;
}

static Former *remember(const ManagedEntries *entries, size_t *count)
{
    Former *formers = arena_alloc(entries->arena, entries->by_id.count * sizeof(Former));
    *count = 0;
    MANAGED_EACH_ENTRY(e, entries) {
        formers[(*count)++] = (Former){ e, e->set, e->api_version };
    }
    return formers;
}

static bool is_as_before(const ManagedEntries *entries, const Former *formers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const ManagedEntry *e = formers[i].entry;
        if (e->is_gone || !str_eq(e->api_version, formers[i].api_version) ||
            !field_set_equal(e->set, formers[i].set)) {
            return false;
        }
    }
    return managed_entries_count(entries) == count;
}

static void set_fields(ManagedEntry *e, FieldSet set)
{
    if (!field_set_equal(e->set, set)) {
        e->set = set;
        e->source = NULL;
    }
    e->is_gone = field_set_is_empty(set);
}

/* False when an entry is of no version at all. */
static bool reconcile(Apply *p, const ManagedVersions *versions)
{
    MANAGED_EACH_ENTRY(e, &p->entries) {
        const SchemaType *type;
        Value live;
        if (str_index_byte(e->api_version, '/') != str_rindex_byte(e->api_version, '/')) {
            return fail(p, MANAGED_FAILED,
                        arena_printf(p->arena, "unexpected GroupVersion string: %.*s",
                                     STR_ARG(e->api_version)));
        }
        if (!managed_convert(versions, &p->live, p->req->api_version, e->api_version, &type,
                             &live)) {
            e->is_gone = true;
            continue;
        }
        set_fields(e, typed_reconcile(type, &live, e->set, &p->mode, p->arena));
    }
    return true;
}

/* -- conflicts ----------------------------------------------------------------------------------
 */

/* kubectl takes over what it applied itself before there was server-side apply: what its own
 * annotation says and is still so. */
static FieldSet allowed_to_kubectl(const Apply *p)
{
    const FieldSet nothing = { NULL, 0 };
    const Value *annotations = value_at(&p->live, "metadata", "annotations", NULL);
    Str text = value_get_str(annotations, STR(LAST_APPLIED));
    Value last;
    Err err;
    Str message;
    FieldSet fields;
    TypedChanges changes;
    const SchemaType *type = p->req->type;
    if (!text.len || !json_read(STR(""), text, NULL, p->arena, &last, &err) ||
        !str_eq(value_get_str(&last, STR("apiVersion")), p->req->api_version) ||
        !str_eq(value_get_str(&last, STR("kind")), p->req->kind) ||
        !typed_validate(type, &last, &p->mode, p->arena, &message) ||
        !typed_fields(type, &last, &p->mode, p->arena, &fields) ||
        !typed_compare(type, &last, &p->live, &p->mode, p->arena, &changes)) {
        return nothing;
    }
    fields = field_set_difference(fields, changes.changed, p->arena);
    return field_set_difference(fields, changes.removed, p->arena);
}

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const ManagedConflict *)a)->entry->id,
                   ((const ManagedConflict *)b)->entry->id);
}

/* The conflicts that stand; their number. */
static size_t find_conflicts(Apply *p, ManagedVersions *versions, const ManagedEntry *own,
                             ManagedConflict *conflicts)
{
    bool is_kubectl = str_eq(own->manager, STR("kubectl"));
    FieldSet allowed = is_kubectl ? allowed_to_kubectl(p) : (FieldSet){ NULL, 0 };
    size_t count = 0;
    MANAGED_EACH_ENTRY(e, &p->entries) {
        const ManagedVersion *version = managed_version_of(versions, e->api_version);
        if (e == own || version->is_missing) {
            continue;
        }
        FieldSet set = field_set_intersection(e->set, version->changes.changed, p->arena);
        set = field_set_difference(set, allowed, p->arena);
        if (!field_set_is_empty(set)) {
            conflicts[count++] = (ManagedConflict){ e, set };
        }
    }
    qsort(conflicts, count, sizeof(*conflicts), by_id);
    return count;
}

static void release(Apply *p, ManagedVersions *versions, const ManagedEntry *own)
{
    MANAGED_EACH_ENTRY(e, &p->entries) {
        const ManagedVersion *version = managed_version_of(versions, e->api_version);
        if (e == own) {
            continue;
        }
        if (version->is_missing) {
            e->is_gone = true;
            continue;
        }
        FieldSet set = field_set_difference(e->set, version->changes.changed, p->arena);
        set_fields(e, field_set_difference(set, version->changes.removed, p->arena));
    }
}

/* -- the result ---------------------------------------------------------------------------------
 */

/* kubectl keeps its annotation in step when there is one. */
static void update_last_applied(const Apply *p, Value *object)
{
    Value *annotations = value_at(object, "metadata", "annotations", NULL);
    if (!value_get_lit(annotations, LAST_APPLIED)) {
        return;
    }
    Value config = value_copy(p->config, p->arena);
    value_remove(value_at(&config, "metadata", "annotations", NULL), STR(LAST_APPLIED));
    value_sort_keys(&config);
    Buf b = buf_new(p->arena);
    json_write_html_safe(&config, &b);
    buf_byte(&b, '\n');
    value_set_lit(annotations, LAST_APPLIED, value_str(buf_str(&b)), p->arena);
}

static void finish(Apply *p, const Value *object)
{
    p->out->verdict = MANAGED_APPLIED;
    /* its metadata is changed below */
    p->out->object = value_copy(object, p->arena);
    if (str_eq(p->req->manager, STR("kubectl"))) {
        update_last_applied(p, &p->out->object);
    }
    Value *metadata = value_need_object(&p->out->object, STR("metadata"), p->arena);
    if (metadata && managed_entries_count(&p->entries)) {
        value_set_lit(metadata, "managedFields", managed_entries_write(&p->entries), p->arena);
    }
}

static bool apply(Apply *p)
{
    size_t former_count;
    const Former *formers = remember(&p->entries, &former_count);
    Value merged = value_null();
    ManagedVersions versions = managed_versions_new(p->req, &p->live, &merged, p->arena);
    versions.mode = p->mode;
    FieldSet set;
    if (!check_config(p) || !reconcile(p, &versions) ||
        !typed_fields(p->req->type, p->config, &p->mode, p->arena, &set)) {
        return false; /* the last never: the configuration was checked */
    }
    merged = typed_merge(p->req->type, &p->live, p->config, &p->mode, p->arena);

    ManagedEntry like = { .manager = p->req->manager,
                          .operation = STR("Apply"),
                          .api_version = p->req->api_version };
    if (p->req->target->minor >= 22) {
        like.subresource = p->req->subresource;
    }
    like.id = managed_entry_id(&like, p->arena);
    ManagedEntry *own = managed_entries_at(&p->entries, &like);
    FieldSet last = own->set;
    Str last_version = own->api_version;
    own->api_version = p->req->api_version;
    set_fields(own,
               field_set_difference_below(set, managed_reset_fields(p->req, p->arena), p->arena));
    own->is_gone = false;
    merged = managed_prune(&versions, &merged, last, last_version, &p->entries);

    const ManagedVersion *base = managed_version_of(&versions, p->req->api_version);
    if (base->is_broken) {
        return fail(p, MANAGED_FAILED, STR("failed to compare objects"));
    }
    ManagedConflict *conflicts = arena_alloc(p->arena,
                                             p->entries.by_id.count * sizeof(ManagedConflict));
    size_t conflict_count = p->force ? 0 : find_conflicts(p, &versions, own, conflicts);
    if (conflict_count) {
        managed_conflicts_tell(conflicts, conflict_count, p->arena, p->out);
        return false;
    }
    release(p, &versions, own);
    set_fields(own, managed_stripped(own->set, p->arena));
    p->out->is_same = base->is_same;
    bool times_are_reverted = p->req->target->minor >= MANAGED_TIMES_REVERTED;
    if (!p->out->is_same ||
        (!times_are_reverted && !is_as_before(&p->entries, formers, former_count))) {
        own->time = now(p);
    }
    finish(p, p->out->is_same ? &p->live : &merged);
    return true;
}

void managed_apply(const ManagedRequest *req, const Value *live, const Value *config, bool force,
                   Arena *a, ManagedApplied *out)
{
    Apply p = { .req = req,
                .arena = a,
                .mode = { .target = req->target, .is_plain = true },
                .config = config,
                .force = force,
                .out = out };
    *out = (ManagedApplied){ .verdict = MANAGED_FAILED };
    Value stored = live ? managed_without_fields(live, a) : managed_empty_object(req, a);
    p.live = value_copy(&stored, a);
    if (req->type && !typed_is_custom(req->type)) {
        schema_encode(req->type, &p.live, req->target);
    }
    value_set_lit(&p.live, "apiVersion", value_str(req->api_version), a);
    value_set_lit(&p.live, "kind", value_str(req->kind), a);
    const Value *managed = value_at(live, "metadata", "managedFields", NULL);
    if (!managed_entries_read(managed, req->target, a, &p.entries)) {
        out->message = STR("failed to decode managed fields");
        return;
    }
    if (managed_entries_count(&p.entries) || add_owner_of_all(&p)) {
        apply(&p);
    }
}
