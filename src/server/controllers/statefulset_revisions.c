/* SPDX-License-Identifier: Apache-2.0 */
/* Source: Kubernetes pkg/controller/statefulset, pkg/controller/history */
#include "doc/json.h"
#include "kube/workloads/template_hash.h"
#include "server/controllers/statefulset.h"

enum { NAME_MAX_LEN = 223 }; /* of the set in the name of a revision */

static int64_t number(const Value *object, const char *part, const char *field)
{
    return value_as_int(value_at(object, part, field, NULL)).value;
}

static const Value *kept(StatefulSync *s, const Value *v)
{
    Value *copy = new(s->c->arena, Value, 1);
    *copy = *v;
    return copy;
}

/* Creates the revision of this data; a name that another one has gives another hash. */
static bool create_revision(StatefulSync *s, Value data, int64_t revision)
{
    Arena *a = s->c->arena;
    Value object = revision_new(s->set, &stateful_kind, data, revision, a);
    CtlObject at = { owned_revisions.api_version, owned_revisions.resource, ctl_namespace(s->set),
                     STR(""), NULL };
    Buf raw = buf_new(a);
    json_write_html_safe(&data, &raw);
    for (;;) {
        Str hash = revision_hash(buf_str(&raw), (OptInt64){ true, s->collisions }, a);
        Str name = arena_printf(
            a, "%.*s-%.*s", STR_ARG(str_slice(ctl_name(s->set), 0, NAME_MAX_LEN)), STR_ARG(hash));
        Value *metadata = value_get_lit(&object, "metadata");
        ApiResponse response;
        value_set_lit(metadata, "name", value_str(name), a);
        if (value_at(metadata, "labels", "controller.kubernetes.io/hash", NULL) == NULL) {
            value_set_lit(value_get_lit(metadata, "labels"), "controller.kubernetes.io/hash",
                          value_str(hash), a);
        }
        if (ctl_create(s->c, &at, &object, &response)) {
            s->update = kept(s, &response.body);
            return true;
        }
        const Value *other = ctl_get(s->c, owned_revisions.group, owned_revisions.kind,
                                     ctl_namespace(s->set), name);
        if (response.code != 409 || other == NULL) {
            return false;
        }
        if (revision_has(other, &data)) {
            s->update = other;
            return true;
        }
        s->collisions++;
    }
}

/* The last that is the same counts; when it is not the newest it becomes that. */
static bool find_update(StatefulSync *s)
{
    Value data = revision_data(s->set, s->c->arena);
    const Value *newest = s->revisions.count ? s->revisions.items[s->revisions.count - 1] : NULL;
    int64_t next = newest ? revision_number(newest) + 1 : 1;
    for (size_t i = s->revisions.count; i > 0; i--) {
        if (revision_has(s->revisions.items[i - 1], &data)) {
            s->update = s->revisions.items[i - 1];
            return s->update == newest || revision_renumber(s->c, &s->update, next);
        }
    }
    return create_revision(s, data, next);
}

bool stateful_find_revisions(StatefulSync *s)
{
    Str current = value_as_str(value_at(s->set, "status", "currentRevision", NULL));
    revisions_sort(&s->revisions);
    s->collisions = number(s->set, "status", "collisionCount");
    if (!find_update(s)) {
        return false;
    }
    s->current = s->update;
    for (size_t i = 0; i < s->revisions.count; i++) {
        if (str_eq(ctl_name(s->revisions.items[i]), current)) {
            s->current = s->revisions.items[i];
        }
    }
    return true;
}

static bool is_live(const StatefulSync *s, Str revision)
{
    bool live = (s->current && str_eq(ctl_name(s->current), revision)) ||
                (s->update && str_eq(ctl_name(s->update), revision));
    for (size_t i = 0; i < s->pods.count && !live; i++) {
        live = str_eq(stateful_revision(s->pods.items[i]), revision);
    }
    return live;
}

bool stateful_truncate_history(const StatefulSync *s)
{
    int64_t limit = number(s->set, "spec", "revisionHistoryLimit");
    int64_t surplus = -limit;
    for (size_t i = 0; i < s->revisions.count; i++) {
        surplus += !is_live(s, ctl_name(s->revisions.items[i]));
    }
    for (size_t i = 0; i < s->revisions.count && surplus > 0 && limit >= 0; i++) {
        if (!is_live(s, ctl_name(s->revisions.items[i]))) {
            if (!revision_delete(s->c, s->revisions.items[i])) {
                return false;
            }
            surplus--;
        }
    }
    return true;
}
