/* SPDX-License-Identifier: Apache-2.0 */
/* What controllers make by themselves. */
#include "analyze/accounts.h"

#include "base/map.h"

enum { TOKENS_ARE_SECRETS_UNTIL = 20 }; /* the last minor version */

void analyze_note(AnalyzeNotes *notes, Str text, Arena *a)
{
    AnalyzeNote *note = new(a, AnalyzeNote, 1);
    note->text = text;
    if (notes->last) {
        notes->last->next = note;
    } else {
        notes->first = note;
    }
    notes->last = note;
}

typedef struct Completion {
    const Facts *facts;
    SnapshotBuilder *builder;
    const KubeTarget *target;
    AnalyzeNotes *notes;
    Arena *arena;
} Completion;

static const Value *find(const Completion *c, Str kind, Str namespace, Str name)
{
    ObjectKey key = { STR(""), kind, namespace, name };
    return c->facts->object(c->facts->cluster, key);
}

static Value *object_new(Str kind, Str namespace, Str name, Arena *a)
{
    Value *object = new(a, Value, 1);
    *object = value_object();
    value_set_lit(object, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(object, "kind", value_str(kind), a);
    Value meta = value_object();
    value_set_lit(&meta, "name", value_str(name), a);
    if (namespace.len) {
        value_set_lit(&meta, "namespace", value_str(namespace), a);
    }
    value_set_lit(object, "metadata", meta, a);
    return object;
}

/* Up to 1.20 a pod is refused until its account lists a token. A manifest of an account lists none,
 * and a dump seldom has the secrets: the one that the token controller would make is put. */
static void add_token(const Completion *c, PodAccount account, Value *object)
{
    Arena *a = c->arena;
    Value *listed = value_get_lit(object, "secrets");
    VALUE_EACH_ITEM(reference, listed) {
        if (find(c, STR("Secret"), account.namespace, value_get_str(reference, STR("name")))) {
            return;
        }
    }
    Str name = value_get_str(value_item(listed, 0), STR("name"));
    if (!name.len) {
        name = arena_printf(a, "%.*s-token-xxxxx", STR_ARG(account.name));
        Value reference = value_object();
        value_set_lit(&reference, "name", value_str(name), a);
        Value list = value_array();
        value_add(&list, reference, a);
        value_set_lit(object, "secrets", list, a);
    }
    Value *secret = object_new(STR("Secret"), account.namespace, name, a);
    Value annotations = value_object();
    value_set_lit(&annotations, "kubernetes.io/service-account.name", value_str(account.name), a);
    value_set_lit(value_get_lit(secret, "metadata"), "annotations", annotations, a);
    value_set_lit(secret, "type", value_str(STR("kubernetes.io/service-account-token")), a);
    snapshot_builder_put(c->builder, secret, NULL);
}

static void complete(const Completion *c, PodAccount account)
{
    Arena *a = c->arena;
    if (!find(c, STR("Namespace"), STR(""), account.namespace)) {
        snapshot_builder_put(c->builder,
                             object_new(STR("Namespace"), STR(""), account.namespace, a), NULL);
    }
    const Value *known = find(c, STR("ServiceAccount"), account.namespace, account.name);
    if (!known && !str_eq(account.name, STR("default"))) {
        analyze_note(
            c->notes,
            arena_printf(a, "the state has no service account %.*s/%.*s; it is taken to exist",
                         STR_ARG(account.namespace), STR_ARG(account.name)),
            a);
    }
    bool wants_token = c->target->minor <= TOKENS_ARE_SECRETS_UNTIL;
    if (known && !wants_token) {
        return;
    }
    Value *object = object_new(STR("ServiceAccount"), account.namespace, account.name, a);
    if (known) {
        *object = value_copy(known, a);
    }
    if (wants_token) {
        add_token(c, account, object);
    }
    snapshot_builder_put(c->builder, object, NULL);
}

const Snapshot *accounts_complete(const Snapshot *s, const PodAccount *accounts, size_t count,
                                  const KubeTarget *target, AnalyzeNotes *notes, Arena *a)
{
    Completion c = {
        .facts = snapshot_facts(s),
        .builder = snapshot_builder_new(s, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW),
        .target = target,
        .notes = notes,
        .arena = a,
    };
    Map done = map_new(a);
    for (size_t i = 0; i < count; i++) {
        Str key = arena_printf(a, "%.*s/%.*s", STR_ARG(accounts[i].namespace),
                               STR_ARG(accounts[i].name));
        if (!map_has(&done, key)) {
            map_at(&done, key);
            complete(&c, accounts[i]);
        }
    }
    const Snapshot *completed = snapshot_builder_finish(c.builder);
    snapshot_release(s);
    return completed;
}
