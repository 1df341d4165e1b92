/* SPDX-License-Identifier: Apache-2.0 */
/* What a Deployment and its ReplicaSets tell each other in annotations. */
#include "server/controllers/deployment.h"

enum { HISTORY_CHARS_MAX = 2000 };

static bool is_own(Str key)
{
    static const Str own[] = {
        STR_INIT("kubectl.kubernetes.io/last-applied-configuration"),
        STR_INIT(DEPLOY_REVISION),
        STR_INIT(DEPLOY_HISTORY),
        STR_INIT(DEPLOY_DESIRED),
        STR_INIT(DEPLOY_MAX),
        STR_INIT("deprecated.deployment.rollback.rollbackTo"),
    };
    return str_list_has((StrList){ own, COUNT_OF(own) }, key);
}

static Str get(const Value *object, Str key)
{
    return value_get_str(value_at(object, "metadata", "annotations", NULL), key);
}

static bool set(Value *object, Str key, Str value, Arena *a)
{
    Str old = get(object, key);
    if (old.ptr && str_eq(old, value)) {
        return false;
    }
    Value *metadata = value_need_object(object, STR("metadata"), a);
    Value *annotations = metadata ? value_need_object(metadata, STR("annotations"), a) : NULL;
    if (annotations) {
        value_set(annotations, key, value_str(value), a);
    }
    return true;
}

bool deploy_set_annotation(Value *object, const char *key, Str value, Arena *a)
{
    return set(object, str_from_c(key), value, a);
}

Str deploy_get_annotation(const Value *object, const char *key)
{
    return get(object, str_from_c(key));
}

bool deploy_annotate_replicas(const Deploy *d, Value *object)
{
    Arena *a = d->c->arena;
    Str desired = arena_printf(a, "%lld", (long long)d->plan.replicas);
    Str most = arena_printf(a, "%lld", (long long)(d->plan.replicas + d->plan.surge));
    bool changed = deploy_set_annotation(object, DEPLOY_DESIRED, desired, a);
    return deploy_set_annotation(object, DEPLOY_MAX, most, a) || changed;
}

/* A set that is rolled back to keeps the revisions it had, the latest that fit. */
static void add_history(Value *object, Str revision, Arena *a)
{
    Str history = deploy_get_annotation(object, DEPLOY_HISTORY);
    if (!history.len) {
        deploy_set_annotation(object, DEPLOY_HISTORY, revision, a);
        return;
    }
    Str rest = history;
    Str first;
    while (rest.len && rest.len + revision.len + 1 > HISTORY_CHARS_MAX) {
        Str after;
        if (!str_split_once(rest, ',', &first, &after)) {
            after = STR("");
        }
        rest = after;
    }
    if (rest.len) {
        revision = arena_printf(a, "%.*s,%.*s", STR_ARG(rest), STR_ARG(revision));
    }
    deploy_set_annotation(object, DEPLOY_HISTORY, revision, a);
}

bool deploy_annotate_set(const Deploy *d, Value *object, int64_t revision, bool exists)
{
    Arena *a = d->c->arena;
    bool changed = false;
    VALUE_EACH_MEMBER(m, value_at(&d->object, "metadata", "annotations", NULL)) {
        if (!is_own(member_key(m))) {
            changed = set(object, member_key(m), value_as_str(&m->value), a) || changed;
        }
    }
    Str old = deploy_get_annotation(object, DEPLOY_REVISION);
    int64_t old_revision = 0;
    if (old.len && !str_to_int64(old, &old_revision)) {
        return false;
    }
    if (old_revision < revision) {
        Str text = arena_printf(a, "%lld", (long long)revision);
        changed = deploy_set_annotation(object, DEPLOY_REVISION, text, a) || changed;
        if (old.ptr) {
            add_history(object, old, a);
        }
    }
    if (!exists) {
        changed = deploy_annotate_replicas(d, object) || changed;
    }
    return changed;
}
