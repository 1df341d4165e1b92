/* SPDX-License-Identifier: Apache-2.0 */
/* Which objects of a cluster a copy of it has. */
#include "analyze/copy/private.h"

#include "base/map.h"
#include "kube/groups/convert.h"
#include "kube/kinds.h"

#include <stdlib.h>

static const Str momentary = STR_INIT("they tell of a moment");
static const Str asked = STR_INIT("they are answers, and kept nowhere");
static const Str reaching_out = STR_INIT("what they call is not in the copy");
static const Str unknown = STR_INIT("no CustomResourceDefinition of theirs is there");

/* Kinds that are left out whole. */
static const struct {
    Str group; /* "*": of any */
    Str kind;
    const Str *why;
    bool is_webhook;
} left_out[] = {
    { STR_INIT("*"), STR_INIT("Event"), &momentary, false },
    { STR_INIT("coordination.k8s.io"), STR_INIT("Lease"), &momentary, false },
    { STR_INIT(""), STR_INIT("ComponentStatus"), &asked, false },
    { STR_INIT("metrics.k8s.io"), STR_INIT("NodeMetrics"), &asked, false },
    { STR_INIT("metrics.k8s.io"), STR_INIT("PodMetrics"), &asked, false },
    { STR_INIT("admissionregistration.k8s.io"), STR_INIT("MutatingWebhookConfiguration"),
      &reaching_out, true },
    { STR_INIT("admissionregistration.k8s.io"), STR_INIT("ValidatingWebhookConfiguration"),
      &reaching_out, true },
};

static Str meta_str(const Value *object, const char *field)
{
    Str s = value_as_str(value_at(object, "metadata", field, NULL));
    return s.ptr ? s : STR("");
}

static const Str *why_kind(Str group, Str kind, const CopyOptions *o)
{
    for (size_t i = 0; i < COUNT_OF(left_out); i++) {
        if (str_eq(left_out[i].kind, kind) &&
            (str_eq(left_out[i].group, STR("*")) || str_eq(left_out[i].group, group)) &&
            !(left_out[i].is_webhook && o->webhooks)) {
            return left_out[i].why;
        }
    }
    return NULL;
}

bool copy_skips_kind(Str group, Str kind, const CopyOptions *o)
{
    return why_kind(group, kind, o) || !str_eq(kube_storage_group(group, kind), group);
}

/* -- one object -------------------------------------------------------------------------------- */

typedef struct Copy {
    Arena *arena;
    const CopyOptions *options;
    CopyResult *out;
    Map definitions; /* custom kinds, by "group/kind" */
    Map places;      /* FileObject * by place */
    Map kinds;
    Map left_out; /* CopyLeftOut * by kind and reason */
} Copy;

static Str kind_key(Str group, Str kind, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s", STR_ARG(group), STR_ARG(kind));
}

static void read_definition(Copy *c, const Value *object)
{
    const Value *spec = value_get_lit(object, "spec");
    Str kind = value_get_str(value_get_lit(spec, "names"), STR("kind"));
    if (kind.ptr) {
        map_set(&c->definitions, kind_key(value_get_str(spec, STR("group")), kind, c->arena), c);
    }
}

/* Endpoints that an election is held over, as Leases are. */
static bool is_election(Str group, Str kind, const Value *object)
{
    const Value *annotations = value_at(object, "metadata", "annotations", NULL);
    return str_eq(kind, STR("Endpoints")) && group.len == 0 &&
           value_get_lit(annotations, "control-plane.alpha.kubernetes.io/leader");
}

static const Str *why(Copy *c, Str group, Str kind, const Value *object)
{
    KubeKind k;
    const Str *reason = why_kind(group, kind, c->options);
    if (reason) {
        return reason;
    }
    if (is_election(group, kind, object)) {
        return &momentary;
    }
    bool known = kube_kind_find(value_get_str(object, STR("apiVersion")), kind, &k);
    if (known && k.resource.len == 0) {
        return &asked;
    }
    return known || map_has(&c->definitions, kind_key(group, kind, c->arena)) ? NULL : &unknown;
}

static void leave_out(Copy *c, const FileObject *file, Str kind, const Str *reason)
{
    Str key = arena_printf(c->arena, "%.*s: %.*s", STR_ARG(kind), STR_ARG(*reason));
    void **at = map_at(&c->left_out, key);
    if (*at == NULL) {
        CopyLeftOut *l = new(c->arena, CopyLeftOut, 1);
        *l = (CopyLeftOut){ .kind = kind,
                            .api_version = value_get_str(file->object, STR("apiVersion")),
                            .why = *reason,
                            .is_unknown = reason == &unknown,
                            .first = file };
        *at = l;
    }
    ((CopyLeftOut *)*at)->count++;
}

/* "v1.27.3-eks" */
static void note_version(Copy *c, const Value *node)
{
    Str text = value_as_str(value_at(node, "status", "nodeInfo", "kubeletVersion", NULL));
    Str major, rest, minor, more;
    int64_t n;
    if (str_split_once(text, '.', &major, &rest) && str_split_once(rest, '.', &minor, &more) &&
        str_to_int64(minor, &n) && n > c->out->minor && n < 1000) {
        c->out->minor = (int)n;
    }
}

static void take(Copy *c, const FileObject *file, Str group, Str kind)
{
    FileObject taken = *file;
    Value *redacted = new(c->arena, Value, 1);
    bool is_secret = str_eq(kind, STR("Secret")) && group.len == 0;
    Str place = arena_printf(
        c->arena, "%.*s/%.*s/%.*s/%.*s", STR_ARG(kube_storage_group(group, kind)), STR_ARG(kind),
        STR_ARG(meta_str(file->object, "namespace")), STR_ARG(meta_str(file->object, "name")));
    void **at = map_at(&c->places, place);
    if (is_secret && !c->options->secret_values && copy_redact(file->object, c->arena, redacted)) {
        taken.object = redacted;
        c->out->redacted += *at == NULL;
    }
    if (str_eq(kind, STR("Node"))) {
        note_version(c, file->object);
    }
    c->out->repeated += *at != NULL;
    c->out->manifests += *at == NULL && meta_str(file->object, "uid").len == 0;
    if (*at == NULL) {
        *at = &c->out->objects.items[c->out->objects.count++];
    }
    *(FileObject *)*at = taken;
    map_set(&c->kinds, kind_key(group, kind, c->arena), c);
}

/* -- all --------------------------------------------------------------------------------------- */

/* What others need comes first, so that the copy can be applied object by object, too. */
static int rank(const Value *object)
{
    Str kind = value_get_str(object, STR("kind"));
    return str_eq(kind, STR("Namespace"))                  ? 0
           : str_eq(kind, STR("CustomResourceDefinition")) ? 1
                                                           : 2;
}

/* By rank, else in the order they came. */
static void sort(FileObjects *objects, Arena *a)
{
    FileObject *sorted = new(a, FileObject, objects->count);
    size_t n = 0;
    for (int r = 0; r <= 2; r++) {
        for (size_t i = 0; i < objects->count; i++) {
            if (rank(objects->items[i].object) == r) {
                sorted[n++] = objects->items[i];
            }
        }
    }
    objects->items = sorted;
}

void copy_objects(const FileObjects *in, const CopyOptions *o, Arena *a, CopyResult *out)
{
    Copy c = { .arena = a,
               .options = o,
               .out = out,
               .definitions = map_new(a),
               .places = map_new(a),
               .kinds = map_new(a),
               .left_out = map_new(a) };
    *out = (CopyResult){ .objects = { new(a, FileObject, in->count), 0 } };
    for (size_t i = 0; i < in->count; i++) {
        const Value *object = in->items[i].object;
        if (str_eq(value_get_str(object, STR("kind")), STR("CustomResourceDefinition"))) {
            read_definition(&c, object);
        }
    }
    for (size_t i = 0; i < in->count; i++) {
        Str group, version;
        Str kind = value_get_str(in->items[i].object, STR("kind"));
        Str api_version = value_get_str(in->items[i].object, STR("apiVersion"));
        kind = kind.ptr ? kind : STR("");
        kube_split_api_version(api_version.ptr ? api_version : STR(""), &group, &version);
        const Str *reason = why(&c, group, kind, in->items[i].object);
        if (reason) {
            leave_out(&c, &in->items[i], kind, reason);
        } else {
            take(&c, &in->items[i], group, kind);
        }
    }
    sort(&out->objects, a);
    CopyLeftOut *list = new(a, CopyLeftOut, c.left_out.count);
    for (size_t i = 0; i < c.left_out.count; i++) {
        list[i] = *(const CopyLeftOut *)c.left_out.entries[i].value;
    }
    out->left_out = list;
    out->left_out_count = c.left_out.count;
    out->kinds = c.kinds.count;
}
