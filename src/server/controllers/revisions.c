/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controllers/revisions.h"

#include "doc/json.h"

#include <stdlib.h>

static const OwnedKind owned_revisions = { "apps/v1", "controllerrevisions", STR_INIT("apps"),
                                           STR_INIT("ControllerRevision"), NULL };

Value revision_data(const Value *owner, Arena *a)
{
    const Value *from = value_at(owner, "spec", "template", NULL);
    Value template = from ? value_copy(from, a) : value_object();
    Value spec = value_object();
    Value data = value_object();
    value_set_lit(&template, "$patch", value_str(STR("replace")), a);
    value_set_lit(&spec, "template", template, a);
    value_set_lit(&data, "spec", spec, a);
    value_sort_keys(&data);
    return data;
}

Str revision_text(const Value *data, Arena *a)
{
    Buf b = buf_new(a);
    json_write_html_safe(data, &b);
    return buf_str(&b);
}

Value revision_apply(const Value *owner, const Value *revision, Arena *a)
{
    Value out = value_copy(owner, a);
    const Value *from = value_at(revision, "data", "spec", "template", NULL);
    Value *spec = value_need_object(&out, STR("spec"), a);
    if (from && spec) {
        Value template = value_copy(from, a);
        value_remove(&template, STR("$patch"));
        value_set_lit(spec, "template", template, a);
    }
    return out;
}

int64_t revision_number(const Value *revision)
{
    return value_get_int(revision, STR("revision")).value;
}

/* By number; of the same number the older first, then by name. */
static int compare(const void *x, const void *y)
{
    const Value *a = *(const Value *const *)x;
    const Value *b = *(const Value *const *)y;
    int64_t order = revision_number(a) - revision_number(b);
    int created = str_cmp(value_as_str(value_at(a, "metadata", "creationTimestamp", NULL)),
                          value_as_str(value_at(b, "metadata", "creationTimestamp", NULL)));
    return order  ? order < 0 ? -1 : 1
           : created ? created
                     : str_cmp(ctl_name(a), ctl_name(b));
}

bool revisions_list(Ctl *c, const Value *owner, const OwnerKind *kind, PodList *out)
{
    LabelSelector selector;
    Err err;
    if (!label_selector_read(value_at(owner, "spec", "selector", NULL), c->arena, &selector,
                             &err) ||
        !owned_claim(c, owner, kind, &selector, &owned_revisions, out)) {
        return false;
    }
    qsort(out->items, out->count, sizeof(*out->items), compare);
    return true;
}

static bool is_data(const Value *revision, const Value *data)
{
    const Value *have = value_get_lit(revision, "data");
    return have && value_equal(have, data);
}

/* An old template is back: its revision becomes the newest. */
static const Value *renumber(Ctl *c, const Value *revision, int64_t number)
{
    CtlObject at = { "apps/v1", "controllerrevisions", ctl_namespace(revision), ctl_name(revision),
                     NULL };
    ApiResponse response;
    Value copy = value_copy(revision, c->arena);
    value_set_lit(&copy, "revision", value_int(number), c->arena);
    if (!ctl_update(c, &at, &copy, &response)) {
        return NULL;
    }
    Value *kept = new(c->arena, Value, 1);
    *kept = response.body;
    return kept;
}

static Value object_new(Ctl *c, const RevisionOrder *order, const Value *data, int64_t number,
                        Str hash)
{
    Arena *a = c->arena;
    Value metadata = value_object();
    Value owners = value_array();
    Value object = value_object();
    const Value *labels = value_at(order->owner, "spec", "template", "metadata", "labels", NULL);
    const Value *annotations = value_at(order->owner, "metadata", "annotations", NULL);
    Value own_labels = labels ? value_copy(labels, a) : value_object();
    value_set(&own_labels, str_from_c(order->label), value_str(hash), a);
    value_add(&owners,
              ctl_owner_reference(order->owner, order->kind->api_version, order->kind->kind, a),
              a);
    value_set_lit(&metadata, "name",
                  value_str(arena_printf(a, "%.*s-%.*s", STR_ARG(ctl_name(order->owner)),
                                         STR_ARG(hash))),
                  a);
    value_set_lit(&metadata, "namespace", value_str(ctl_namespace(order->owner)), a);
    value_set_lit(&metadata, "labels", own_labels, a);
    if (value_len(annotations)) {
        value_set_lit(&metadata, "annotations", value_copy(annotations, a), a);
    }
    value_set_lit(&metadata, "ownerReferences", owners, a);
    value_set_lit(&object, "apiVersion", value_str(STR("apps/v1")), a);
    value_set_lit(&object, "kind", value_str(STR("ControllerRevision")), a);
    value_set_lit(&object, "metadata", metadata, a);
    value_set_lit(&object, "data", *data, a);
    value_set_lit(&object, "revision", value_int(number), a);
    return object;
}

static const Value *make(Ctl *c, RevisionOrder *order, const Value *data, int64_t number)
{
    enum { TRIES_MAX = 8 };
    for (int i = 0; i < TRIES_MAX; i++) {
        Str hash = order->hash(c, order->owner, data, order->collisions);
        Value object = object_new(c, order, data, number, hash);
        CtlObject at = { "apps/v1", "controllerrevisions", ctl_namespace(order->owner),
                         ctl_name(&object), NULL };
        ApiResponse response;
        if (ctl_create(c, &at, &object, &response)) {
            Value *kept = new(c->arena, Value, 1);
            *kept = response.body;
            return kept;
        }
        const Value *found = ctl_get(c, STR("apps"), STR("ControllerRevision"), at.namespace,
                                     at.name);
        if (response.code != 409 || found == NULL) {
            return NULL;
        }
        if (is_data(found, data)) {
            return found;
        }
        order->collisions++;
    }
    return NULL;
}

const Value *revision_of_now(Ctl *c, RevisionOrder *order, const PodList *revisions)
{
    Value data = revision_data(order->owner, c->arena);
    size_t count = revisions->count;
    int64_t next = count ? revision_number(revisions->items[count - 1]) + 1 : 1;
    for (size_t i = count; i > 0; i--) {
        if (is_data(revisions->items[i - 1], &data)) {
            return i == count ? revisions->items[i - 1]
                              : renumber(c, revisions->items[i - 1], next);
        }
    }
    return make(c, order, &data, next);
}

bool revisions_truncate(Ctl *c, const PodList *revisions, StrList live, int64_t limit)
{
    int64_t surplus = -limit;
    for (size_t i = 0; i < revisions->count; i++) {
        surplus += !str_list_has(live, ctl_name(revisions->items[i]));
    }
    for (size_t i = 0; i < revisions->count && surplus > 0; i++) {
        const Value *revision = revisions->items[i];
        CtlObject at = { "apps/v1", "controllerrevisions", ctl_namespace(revision),
                         ctl_name(revision), NULL };
        ApiResponse response;
        if (str_list_has(live, ctl_name(revision))) {
            continue;
        }
        if (!ctl_delete(c, &at, NULL, &response) && response.code != 404) {
            return false;
        }
        surplus--;
    }
    return true;
}
