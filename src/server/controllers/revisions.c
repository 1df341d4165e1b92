/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controllers/revisions.h"

#include <stdlib.h>

const OwnedKind owned_revisions = {
    "apps/v1", "controllerrevisions", STR_INIT("apps"), STR_INIT("ControllerRevision"), NULL, NULL
};

Value revision_data(const Value *object, Arena *a)
{
    Value data = value_object();
    Value spec = value_object();
    const Value *template = value_at(object, "spec", "template", NULL);
    Value copy = template ? value_copy(template, a) : value_object();
    Value *metadata = value_need_object(&copy, STR("metadata"), a);
    if (metadata && value_get_lit(metadata, "creationTimestamp") == NULL) {
        value_set_lit(metadata, "creationTimestamp", value_null(), a);
    }
    value_set_lit(&copy, "$patch", value_str(STR("replace")), a);
    value_set_lit(&spec, "template", copy, a);
    value_set_lit(&data, "spec", spec, a);
    value_sort_keys(&data);
    return data;
}

Value revision_apply(const Value *object, const Value *revision, Arena *a)
{
    Value out = value_copy(object, a);
    const Value *template = value_at(revision, "data", "spec", "template", NULL);
    Value *spec = value_get_lit(&out, "spec");
    if (template && value_is(spec, VALUE_OBJECT)) {
        Value copy = value_copy(template, a);
        value_remove(&copy, STR("$patch"));
        value_set_lit(spec, "template", copy, a);
    }
    return out;
}

bool revision_has(const Value *revision, const Value *data)
{
    const Value *other = value_get_lit(revision, "data");
    return other && value_equal(other, data);
}

int64_t revision_number(const Value *revision)
{
    return value_get_int(revision, STR("revision")).value;
}

Value revision_new(const Value *owner, const OwnerKind *kind, Value data, int64_t number, Arena *a)
{
    Value out = value_object();
    Value metadata = value_object();
    Value owners = value_array();
    const Value *labels = value_at(owner, "spec", "template", "metadata", "labels", NULL);
    const Value *annotations = value_at(owner, "metadata", "annotations", NULL);
    value_add(&owners, ctl_owner_reference(owner, kind->api_version, kind->kind, a), a);
    value_set_lit(&metadata, "namespace", value_str(ctl_namespace(owner)), a);
    value_set_lit(&metadata, "labels", labels ? value_copy(labels, a) : value_object(), a);
    if (value_len(annotations)) {
        value_set_lit(&metadata, "annotations", value_copy(annotations, a), a);
    }
    value_set_lit(&metadata, "ownerReferences", owners, a);
    value_set_lit(&out, "apiVersion", value_str(STR("apps/v1")), a);
    value_set_lit(&out, "kind", value_str(owned_revisions.kind), a);
    value_set_lit(&out, "metadata", metadata, a);
    value_set_lit(&out, "data", data, a);
    value_set_lit(&out, "revision", value_int(number), a);
    return out;
}

/* -- many -------------------------------------------------------------------------------------- */

/* Times are texts of one length, so they sort as they are. */
static int compare(const void *left, const void *right)
{
    const Value *x = *(const Value *const *)left;
    const Value *y = *(const Value *const *)right;
    int64_t difference = revision_number(x) - revision_number(y);
    if (difference) {
        return difference < 0 ? -1 : 1;
    }
    int order = str_cmp(value_as_str(value_at(x, "metadata", "creationTimestamp", NULL)),
                        value_as_str(value_at(y, "metadata", "creationTimestamp", NULL)));
    return order ? order : str_cmp(ctl_name(x), ctl_name(y));
}

void revisions_sort(PodList *revisions)
{
    qsort(revisions->items, revisions->count, sizeof *revisions->items, compare);
}

/* -- writing ----------------------------------------------------------------------------------- */

static CtlObject place_of(const Value *revision)
{
    return (CtlObject){ owned_revisions.api_version, owned_revisions.resource,
                        ctl_namespace(revision), ctl_name(revision), NULL };
}

bool revision_renumber(Ctl *c, const Value **revision, int64_t number)
{
    CtlObject at = place_of(*revision);
    Value copy = value_copy(*revision, c->arena);
    ApiResponse response;
    if (revision_number(*revision) == number) {
        return true;
    }
    value_set_lit(&copy, "revision", value_int(number), c->arena);
    if (!ctl_update(c, &at, &copy, &response)) {
        return false;
    }
    Value *stored = new(c->arena, Value, 1);
    *stored = response.body;
    *revision = stored;
    return true;
}

bool revision_delete(Ctl *c, const Value *revision)
{
    CtlObject at = place_of(revision);
    ApiResponse response;
    return ctl_delete(c, &at, NULL, &response) || response.code == 404;
}
