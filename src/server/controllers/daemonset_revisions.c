/* SPDX-License-Identifier: Apache-2.0 */
/* Source: Kubernetes pkg/controller/daemon (update.go) */
#include "kube/workloads/template_hash.h"
#include "server/controllers/daemonset.h"

#define HASH_LABEL "controller-revision-hash"

static Str hash_of(const Value *object)
{
    return value_get_str(value_at(object, "metadata", "labels", NULL), STR(HASH_LABEL));
}

static OptInt64 collisions_of(const Value *set)
{
    return value_as_int(value_at(set, "status", "collisionCount", NULL));
}

/* Another revision has the name: the next try is to find another one. */
static void count_collision(Daemon *d)
{
    CtlObject at = { daemon_kind.api_version, daemon_kind.resource, ctl_namespace(d->set),
                     ctl_name(d->set), "status" };
    Value object = value_copy(d->set, d->c->arena);
    Value *status = value_need_object(&object, STR("status"), d->c->arena);
    if (status) {
        value_set_lit(status, "collisionCount", value_int(collisions_of(d->set).value + 1),
                      d->c->arena);
        ctl_update(d->c, &at, &object, NULL);
    }
}

static bool create_revision(Daemon *d, Value data, int64_t number)
{
    Arena *a = d->c->arena;
    const Value *template = value_at(d->set, "spec", "template", NULL);
    Str hash = template_hash(template, collisions_of(d->set), d->c->target, a);
    Str name = arena_printf(a, "%.*s-%.*s", STR_ARG(ctl_name(d->set)), STR_ARG(hash));
    Value object = revision_new(d->set, &daemon_kind, data, number, a);
    Value *metadata = value_get_lit(&object, "metadata");
    CtlObject at = { owned_revisions.api_version, owned_revisions.resource, ctl_namespace(d->set),
                     STR(""), NULL };
    ApiResponse response;
    value_set_lit(metadata, "name", value_str(name), a);
    value_set_lit(value_get_lit(metadata, "labels"), HASH_LABEL, value_str(hash), a);
    if (ctl_create(d->c, &at, &object, &response)) {
        Value *stored = new(a, Value, 1);
        *stored = response.body;
        d->current = stored;
        return true;
    }
    const Value *other = ctl_get(d->c, owned_revisions.group, owned_revisions.kind,
                                 ctl_namespace(d->set), name);
    if (response.code == 409 && other && revision_has(other, &data)) {
        d->current = other;
        return true;
    }
    if (response.code == 409 && other) {
        count_collision(d);
    }
    return false;
}

/* Of several that are the same the newest stays; pods of the others become its pods. */
static bool drop_twin(Daemon *d, const Value *twin)
{
    for (size_t i = 0; i < d->count; i++) {
        const Value *pod = d->pods[i].pod;
        CtlObject at = { "v1", "pods", ctl_namespace(pod), ctl_name(pod), NULL };
        if (str_eq(hash_of(pod), hash_of(d->current))) {
            continue;
        }
        Value copy = value_copy(pod, d->c->arena);
        Value *labels = value_need_object(value_get_lit(&copy, "metadata"), STR("labels"),
                                          d->c->arena);
        value_set_lit(labels, HASH_LABEL, value_str(hash_of(d->current)), d->c->arena);
        if (!ctl_update(d->c, &at, &copy, NULL)) {
            return false;
        }
    }
    return revision_delete(d->c, twin);
}

bool daemon_find_revisions(Daemon *d)
{
    PodList all;
    LabelSelector selector;
    Err err;
    Arena *a = d->c->arena;
    Value data = revision_data(d->set, a);
    if (!label_selector_read(value_at(d->set, "spec", "selector", NULL), a, &selector, &err) ||
        !owned_claim(d->c, d->set, &daemon_kind, &selector, &owned_revisions, &all)) {
        return false;
    }
    revisions_sort(&all);
    PodList same = { new(a, const Value *, all.count + 1), 0 };
    d->old = (PodList){ new(a, const Value *, all.count + 1), 0 };
    for (size_t i = 0; i < all.count; i++) {
        PodList *to = revision_has(all.items[i], &data) ? &same : &d->old;
        to->items[to->count++] = all.items[i];
    }
    int64_t number = d->old.count ? revision_number(d->old.items[d->old.count - 1]) + 1 : 1;
    if (same.count == 0) {
        if (!create_revision(d, data, number)) {
            return false;
        }
    } else {
        d->current = same.items[same.count - 1];
        for (size_t i = 0; i + 1 < same.count; i++) {
            if (!drop_twin(d, same.items[i])) {
                return false;
            }
        }
        if (revision_number(d->current) < number && !revision_renumber(d->c, &d->current, number)) {
            return false;
        }
    }
    d->hash = hash_of(d->current);
    return true;
}

static bool is_live(const Daemon *d, Str hash)
{
    for (size_t i = 0; i < d->count; i++) {
        if (str_eq(hash_of(d->pods[i].pod), hash)) {
            return true;
        }
    }
    return false;
}

bool daemon_truncate_history(const Daemon *d)
{
    int64_t surplus = (int64_t)d->old.count -
                      value_as_int(value_at(d->set, "spec", "revisionHistoryLimit", NULL)).value;
    for (size_t i = 0; i < d->old.count && surplus > 0; i++) {
        if (!is_live(d, hash_of(d->old.items[i]))) {
            if (!revision_delete(d->c, d->old.items[i])) {
                return false;
            }
            surplus--;
        }
    }
    return true;
}
