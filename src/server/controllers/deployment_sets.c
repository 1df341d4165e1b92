/* SPDX-License-Identifier: Apache-2.0 */
/* Which ReplicaSets a Deployment has, which of them is of its template, and their revisions. */
#include "server/controllers/deployment.h"

#include "kube/workloads/template_hash.h"

#include <stdlib.h>

#define HASH_LABEL "pod-template-hash"

int64_t deploy_set_replicas(const DeploySet *set)
{
    return value_as_int(value_at(&set->object, "spec", "replicas", NULL)).value;
}

int64_t deploy_set_status(const DeploySet *set, const char *field)
{
    return value_as_int(value_at(&set->object, "status", field, NULL)).value;
}

int64_t deploy_wanted(const DeploySets *sets)
{
    int64_t sum = 0;
    for (size_t i = 0; i < sets->count; i++) {
        sum += deploy_set_replicas(sets->items[i]);
    }
    return sum;
}

int64_t deploy_counted(const DeploySets *sets, const char *field)
{
    int64_t sum = 0;
    for (size_t i = 0; i < sets->count; i++) {
        sum += deploy_set_status(sets->items[i], field);
    }
    return sum;
}

DeploySets deploy_all(const Deploy *d)
{
    DeploySets all = { new(d->c->arena, DeploySet *, d->old.count + 1), 0 };
    for (size_t i = 0; i < d->old.count; i++) {
        all.items[all.count++] = d->old.items[i];
    }
    if (d->new_set) {
        all.items[all.count++] = d->new_set;
    }
    return all;
}

DeploySets deploy_active(const DeploySets *sets, Arena *a)
{
    DeploySets active = { new(a, DeploySet *, sets->count + 1), 0 };
    for (size_t i = 0; i < sets->count; i++) {
        if (deploy_set_replicas(sets->items[i]) > 0) {
            active.items[active.count++] = sets->items[i];
        }
    }
    return active;
}

/* -- orders
 * ------------------------------------------------------------------------------------------- */

/* Times are texts of one length, so they sort as they are. */
static int by_creation(const DeploySet *x, const DeploySet *y)
{
    int order = str_cmp(value_as_str(value_at(&x->object, "metadata", "creationTimestamp", NULL)),
                        value_as_str(value_at(&y->object, "metadata", "creationTimestamp", NULL)));
    return order ? order : str_cmp(ctl_name(&x->object), ctl_name(&y->object));
}

static int by_size(const DeploySet *x, const DeploySet *y)
{
    int64_t a = deploy_set_replicas(x);
    int64_t b = deploy_set_replicas(y);
    return a > b ? -1 : a < b;
}

static int compare(const void *x, const void *y, void *order)
{
    const DeploySet *a = *(DeploySet *const *)x;
    const DeploySet *b = *(DeploySet *const *)y;
    int created = by_creation(a, b);
    switch (*(DeployOrder *)order) {
    case BY_CREATION:
        return created;
    case BY_NEWEST:
        return -created;
    case BY_SIZE_NEWER:
        return by_size(a, b) ? by_size(a, b) : -created;
    case BY_SIZE_OLDER:
        return by_size(a, b) ? by_size(a, b) : created;
    }
    return 0;
}

void deploy_sort(DeploySets *sets, DeployOrder order)
{
    qsort_r(sets->items, sets->count, sizeof(DeploySet *), compare, &order);
}

/* -- the new one
 * ---------------------------------------------------------------------------------------- */

static Value without_hash(const Value *template, Arena *a)
{
    Value copy = value_copy(template, a);
    Value *labels = value_at(&copy, "metadata", "labels", NULL);
    value_remove(labels, STR(HASH_LABEL));
    if (labels && labels->len == 0) {
        value_remove(value_get_lit(&copy, "metadata"), STR("labels"));
    }
    return copy;
}

/* As templates are compared: all but the label that tells them apart. */
static bool same_template(const Deploy *d, const Value *set)
{
    Arena *a = d->c->arena;
    Value mine = without_hash(value_at(&d->object, "spec", "template", NULL), a);
    Value theirs = without_hash(value_at(set, "spec", "template", NULL), a);
    return value_equal(&mine, &theirs);
}

static void split(Deploy *d)
{
    d->new_set = NULL;
    d->old = (DeploySets){ new(d->c->arena, DeploySet *, d->owned.count + 1), 0 };
    deploy_sort(&d->owned, BY_CREATION);
    for (size_t i = 0; i < d->owned.count; i++) {
        DeploySet *set = d->owned.items[i];
        if (d->new_set == NULL && same_template(d, &set->object)) {
            d->new_set = set;
        } else {
            d->old.items[d->old.count++] = set;
        }
    }
}

static int64_t revision_of(const Value *object)
{
    int64_t n;
    return str_to_int64(deploy_get_annotation(object, DEPLOY_REVISION), &n) ? n : 0;
}

static int64_t highest_revision(const DeploySets *sets)
{
    int64_t most = 0;
    for (size_t i = 0; i < sets->count; i++) {
        int64_t n = revision_of(&sets->items[i]->object);
        most = n > most ? n : most;
    }
    return most;
}

bool deploy_annotation(const DeploySet *set, const char *key, int64_t *out)
{
    return str_to_int64(deploy_get_annotation(&set->object, key), out);
}

static Str quoted(Deploy *d, const char *format, Str name)
{
    return arena_printf(d->c->arena, format, STR_ARG(name));
}

/* The set is there: it follows the Deployment's annotations, the Deployment its revision. */
static bool sync_revision(Deploy *d, int64_t revision)
{
    Arena *a = d->c->arena;
    DeploySet *set = d->new_set;
    Value copy = value_copy(&set->object, a);
    const Value *min_ready = value_at(&d->object, "spec", "minReadySeconds", NULL);
    bool changed = deploy_annotate_set(d, &copy, revision, true);
    if (value_as_int(value_at(&copy, "spec", "minReadySeconds", NULL)).value !=
        value_as_int(min_ready).value) {
        value_set_lit(value_get_lit(&copy, "spec"), "minReadySeconds",
                      value_int(value_as_int(min_ready).value), a);
        changed = true;
    }
    if (changed) {
        ApiResponse response;
        CtlObject at = { "apps/v1", "replicasets", ctl_namespace(&copy), ctl_name(&copy), NULL };
        if (!ctl_update(d->c, &at, &copy, &response)) {
            return false;
        }
        set->object = response.body;
        return true;
    }
    bool write = deploy_set_annotation(&d->object, DEPLOY_REVISION,
                                       deploy_get_annotation(&copy, DEPLOY_REVISION), a);
    if (deploy_has_deadline(d) && deploy_condition(&d->status, "Progressing") == NULL) {
        deploy_set_condition(d, &d->status, "Progressing", "True", "FoundNewReplicaSet",
                             quoted(d, "Found new replica set \"%.*s\"", ctl_name(&copy)));
        write = true;
    }
    return !write || deploy_write_status(d);
}

static void add_label(Value *object, Str hash, Arena *a)
{
    Value *labels = value_need_object(object, STR("labels"), a);
    if (labels) {
        value_set_lit(labels, HASH_LABEL, value_str(hash), a);
    }
}

static Value new_object(Deploy *d, Str hash, int64_t revision)
{
    Arena *a = d->c->arena;
    const Value *from = value_get_lit(&d->object, "spec");
    Value template = value_copy(value_get_lit(from, "template"), a);
    Value selector = value_copy(value_get_lit(from, "selector"), a);
    Value spec = value_object();
    Value metadata = value_object();
    Value owners = value_array();
    Value object = value_object();
    add_label(value_need_object(&template, STR("metadata"), a), hash, a);
    Value *match = value_need_object(&selector, STR("matchLabels"), a);
    if (match) {
        value_set_lit(match, HASH_LABEL, value_str(hash), a);
    }
    value_add(&owners, ctl_owner_reference(&d->object, "apps/v1", "Deployment", a), a);
    value_set_lit(
        &metadata, "name",
        value_str(arena_printf(a, "%.*s-%.*s", STR_ARG(ctl_name(&d->object)), STR_ARG(hash))), a);
    value_set_lit(&metadata, "namespace", value_str(ctl_namespace(&d->object)), a);
    const Value *labels = value_at(&template, "metadata", "labels", NULL);
    value_set_lit(&metadata, "labels", value_copy(labels, a), a);
    value_set_lit(&metadata, "ownerReferences", owners, a);
    DeploySets all = deploy_all(d);
    value_set_lit(&spec, "replicas",
                  value_int(rollout_new_replicas(&d->plan, deploy_wanted(&all), 0)), a);
    value_set_lit(&spec, "minReadySeconds",
                  value_int(value_get_int(from, STR("minReadySeconds")).value), a);
    value_set_lit(&spec, "selector", selector, a);
    value_set_lit(&spec, "template", template, a);
    value_set_lit(&object, "apiVersion", value_str(STR("apps/v1")), a);
    value_set_lit(&object, "kind", value_str(STR("ReplicaSet")), a);
    value_set_lit(&object, "metadata", metadata, a);
    value_set_lit(&object, "spec", spec, a);
    deploy_annotate_set(d, &object, revision, false);
    return object;
}

/* Something of the name is there. Ours after all, or two templates have one hash. */
static bool collide(Deploy *d, Str name, const Value **ours)
{
    const Value *found = ctl_get(d->c, STR("apps"), STR("ReplicaSet"), ctl_namespace(&d->object),
                                 name);
    if (found == NULL) {
        return false;
    }
    if (ctl_is_controlled_by(found, &d->object) && same_template(d, found)) {
        *ours = found;
        return true;
    }
    d->status.collisions = (OptInt64){ true, d->status.collisions.value + 1 };
    (void)!deploy_write_status(d);
    return false;
}

static bool refuse(Deploy *d, Str name, const ApiResponse *response)
{
    static const char reason[] = "ReplicaSetCreateError";
    Str why = ctl_message(response);
    VALUE_EACH_ITEM(cause, value_at(&response->body, "details", "causes", NULL)) {
        if (str_eq(value_get_str(cause, STR("reason")), STR("NamespaceTerminating"))) {
            return false;
        }
    }
    Str message = arena_printf(d->c->arena, "Failed to create new replica set \"%.*s\": %.*s",
                               STR_ARG(name), STR_ARG(why));
    if (deploy_has_deadline(d)) {
        deploy_set_condition(d, &d->status, "Progressing", "False", reason, message);
        (void)!deploy_write_status(d);
    }
    ctl_event(d->c, &d->object, "Warning", reason, "%.*s", STR_ARG(message));
    return false;
}

static bool told_of_new(Deploy *d, int64_t revision, bool was_there)
{
    Arena *a = d->c->arena;
    Str name = ctl_name(&d->new_set->object);
    int64_t replicas = deploy_set_replicas(d->new_set);
    if (!was_there && replicas > 0) {
        ctl_event(d->c, &d->object, "Normal", "ScalingReplicaSet",
                  d->c->target->minor >= 31 ? "Scaled up replica set %.*s from 0 to %lld"
                                            : "Scaled up replica set %.*s to %lld",
                  STR_ARG(name), (long long)replicas);
    }
    bool write = deploy_set_annotation(&d->object, DEPLOY_REVISION,
                                       arena_printf(a, "%lld", (long long)revision), a);
    if (!was_there && deploy_has_deadline(d)) {
        deploy_set_condition(d, &d->status, "Progressing", "True", "NewReplicaSetCreated",
                             quoted(d, "Created new replica set \"%.*s\"", name));
        write = true;
    }
    return !write || deploy_write_status(d);
}

static bool make_new(Deploy *d, int64_t revision)
{
    Arena *a = d->c->arena;
    Str hash = template_hash(value_at(&d->object, "spec", "template", NULL), d->status.collisions,
                             d->c->target, a);
    Value object = new_object(d, hash, revision);
    Str name = ctl_name(&object);
    CtlObject at = { "apps/v1", "replicasets", ctl_namespace(&d->object), name, NULL };
    ApiResponse response;
    const Value *ours = NULL;
    if (!ctl_create(d->c, &at, &object, &response)) {
        if (response.code != 409 ||
            !str_eq(value_get_str(&response.body, STR("reason")), STR("AlreadyExists"))) {
            return refuse(d, name, &response);
        }
        if (!collide(d, name, &ours)) {
            return false;
        }
    }
    d->new_set = new(a, DeploySet, 1);
    d->new_set->object = ours ? value_copy(ours, a) : response.body;
    return told_of_new(d, revision, ours != NULL);
}

bool deploy_find_sets(Deploy *d, bool create)
{
    split(d);
    int64_t revision = highest_revision(&d->old) + 1;
    if (d->new_set) {
        return sync_revision(d, revision);
    }
    return !create || make_new(d, revision);
}
