/* SPDX-License-Identifier: Apache-2.0 */
/* A change laid over a cluster. */
#include "analyze/simulate/change.h"

#include "analyze/objects.h"
#include "cluster/preset.h"
#include "kube/object.h"

/* What a manifest leaves out stays as it is, where kubectl apply would leave it. */
typedef struct Merged {
    Str group;
    Str kind;
    Str list; /* of the object, kept when it is absent; "" for none */
} Merged;

static const Merged merged_kinds[] = {
    { STR_INIT(""), STR_INIT("Namespace"), STR_INIT("status") },
    { STR_INIT(""), STR_INIT("ServiceAccount"), STR_INIT("secrets") },
    { STR_INIT(""), STR_INIT("ResourceQuota"), STR_INIT("") },
};

/* Sets what old has and object does not. */
static void merge_map(Value *object, const Value *old, Str field, Arena *a)
{
    const Value *from = value_get(value_get_lit(old, "metadata"), field);
    Value *meta = value_need_object(object, STR("metadata"), a);
    if (!value_is(from, VALUE_OBJECT) || !meta) {
        return;
    }
    Value *to = value_need_object(meta, field, a);
    VALUE_EACH_MEMBER(m, from) {
        if (to && !value_get(to, member_key(m))) {
            value_set(to, member_key(m), m->value, a);
        }
    }
}

/* Limits are what the spec says now; usage is what it was. */
static void keep_usage(Value *quota, const Value *old, Arena *a)
{
    const Value *hard = value_at(quota, "spec", "hard", NULL);
    const Value *used = value_at(old, "status", "used", NULL);
    value_remove(quota, STR("status"));
    if (!value_is(used, VALUE_OBJECT) || !value_is(hard, VALUE_OBJECT)) {
        return;
    }
    VALUE_EACH_MEMBER(m, hard) {
        if (!value_get(used, member_key(m))) {
            return; /* it limits something that was not counted: the state has to be counted */
        }
    }
    Value status = value_object();
    value_set_lit(&status, "hard", *hard, a);
    value_set_lit(&status, "used", *used, a);
    value_set_lit(quota, "status", status, a);
}

static const Value *merge(const Facts *facts, const ObjectHead *head, const Value *object, Arena *a)
{
    ObjectKey key = { head->group, head->kind, head->namespace, head->name };
    const Value *old = facts->object(facts->cluster, key);
    for (size_t i = 0; i < COUNT_OF(merged_kinds); i++) {
        const Merged *row = &merged_kinds[i];
        if (!str_eq(row->kind, head->kind) || !str_eq(row->group, head->group)) {
            continue;
        }
        Value *copy = new(a, Value, 1);
        *copy = value_copy(object, a);
        if (str_eq(row->kind, STR("ResourceQuota"))) {
            keep_usage(copy, old, a);
        }
        merge_map(copy, old, STR("labels"), a);
        merge_map(copy, old, STR("annotations"), a);
        const Value *kept = row->list.len ? value_get(old, row->list) : NULL;
        if (kept && !value_get(copy, row->list)) {
            value_set(copy, row->list, *kept, a);
        }
        return copy;
    }
    return object;
}

static bool put(const Facts *facts, SnapshotBuilder *b, const FileObject *object, Arena *a,
                Err *err)
{
    ObjectHead head;
    if (!object_head(object->object, a, &head, err)) {
        return err_context(err, a, "%.*s", STR_ARG(object_origin_text(&object->origin, a)));
    }
    if (workload_is(head.group, head.kind)) {
        return err_set(err, a, ERR_USAGE,
                       "%.*s: a %.*s is what is decided, not what decides: ask about it with "
                       "podgate admit",
                       STR_ARG(object_origin_text(&object->origin, a)), STR_ARG(head.kind));
    }
    snapshot_builder_put(b, merge(facts, &head, object->object, a), &object->origin);
    return true;
}

static bool take_out(const Facts *facts, SnapshotBuilder *b, const ObjectKey *key, Arena *a,
                     Err *err)
{
    if (!facts->object(facts->cluster, *key)) {
        return err_set(err, a, ERR_NOT_FOUND, "--without: the state has no %.*s %.*s%s%.*s",
                       STR_ARG(key->kind), STR_ARG(key->namespace), key->namespace.len ? "/" : "",
                       STR_ARG(key->name));
    }
    snapshot_builder_remove(b, *key);
    return true;
}

static bool take_notes(const SnapshotBuilder *b, AnalyzeNotes *notes, Arena *a, Err *err)
{
    for (const SnapshotNote *n = snapshot_builder_notes(b); n; n = n->next) {
        if (n->is_error) {
            return err_set(err, a, ERR_TYPE, "%.*s", STR_ARG(n->text));
        }
        analyze_note(notes, arena_str(a, n->text), a);
    }
    return true;
}

bool change_lay(const Snapshot *base, const SimulateQuestion *question, Arena *a,
                AnalyzeNotes *notes, const Snapshot **out, Err *err)
{
    const Facts *facts = snapshot_facts(base);
    SnapshotBuilder *b = snapshot_builder_new(base, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    bool ok = true;
    for (size_t i = 0; i < question->without_count && ok; i++) {
        ok = take_out(facts, b, &question->without[i], a, err);
    }
    for (size_t i = 0; i < question->with->count && ok; i++) {
        ok = put(facts, b, &question->with->items[i], a, err);
    }
    if (!ok || !take_notes(b, notes, a, err)) {
        snapshot_builder_free(b);
        return false;
    }
    *out = preset_complete(snapshot_builder_finish(b), question->how->presets);
    return true;
}
