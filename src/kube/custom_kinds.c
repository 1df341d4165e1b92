/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of compiled definitions. */
#include "kube/custom_kinds.h"

#include "doc/value_pack.h"

#include <stdio.h>
#include <stdlib.h>

static void *need(void *memory)
{
    if (memory == NULL) {
        fputs("podgate: out of memory\n", stderr);
        abort();
    }
    return memory;
}

/* -- one definition -------------------------------------------------------------------------- */

void custom_kind_hold(const CustomKind *k)
{
    __atomic_add_fetch(&((CustomKind *)(uintptr_t)k)->holders, 1, __ATOMIC_RELAXED);
}

void custom_kind_let_go(const CustomKind *k)
{
    CustomKind *mine = (CustomKind *)(uintptr_t)k;
    if (k && __atomic_sub_fetch(&mine->holders, 1, __ATOMIC_ACQ_REL) == 0) {
        arena_done(&mine->arena);
        free(mine);
    }
}

bool custom_kind_is_served(const CustomKind *k)
{
    return k->crd.names_accepted || k->crd.is_established;
}

static Str joined(StrList list, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < list.count; i++) {
        buf_add(&b, i ? STR(",") : STR(""));
        buf_add(&b, list.items[i]);
    }
    return buf_str(&b);
}

static void make_kinds(CustomKind *k)
{
    Arena *a = &k->arena;
    const Crd *crd = &k->crd;
    const CrdNames *names = crd->accepted.kind.len ? &crd->accepted : &crd->names;
    k->kinds = new(a, KubeKind, crd->version_count);
    for (size_t i = 0; i < crd->version_count; i++) {
        const CrdVersion *v = &crd->versions[i];
        k->kinds[i] = (KubeKind){
            .api_version = arena_printf(a, "%.*s/%.*s", STR_ARG(crd->group), STR_ARG(v->name)),
            .group = crd->group,
            .version = v->name,
            .kind = names->kind,
            .resource = crd->names.plural,
            .short_names = joined(names->short_names, a),
            .category = joined(names->categories, a),
            .namespaced = crd->is_namespaced,
            .custom = k,
            .custom_version = v,
        };
    }
}

static bool is_same_spec(const CustomKind *k, const CustomKind *before)
{
    return before && value_equal(value_get_lit(k->crd.definition, "spec"),
                                 value_get_lit(before->crd.definition, "spec"));
}

/* NULL for what is no definition. */
static CustomKind *compile(const CustomKind *before, const Value *definition, uint64_t version,
                           const KubeTarget *target)
{
    CustomKind *k = need(calloc(1, sizeof *k));
    Err err;
    arena_init(&k->arena, 0);
    PackSize size = value_pack_size(definition, NULL);
    Value copy = value_pack(definition, size, NULL, arena_alloc(&k->arena, pack_bytes(size)));
    Value *v1 = new(&k->arena, Value, 1);
    *v1 = crd_definition_convert(&copy, STR("apiextensions.k8s.io/v1"), &k->arena);
    k->version = version;
    k->holders = 1;
    if (!crd_read(v1, target, &k->arena, &k->crd, &err)) {
        custom_kind_let_go(k);
        return NULL;
    }
    k->changed = is_same_spec(k, before) ? before->changed : version;
    make_kinds(k);
    return k;
}

/* -- sets ------------------------------------------------------------------------------------ */

static int place_cmp(const CustomKind *k, Str group, Str plural)
{
    int order = str_cmp(k->crd.group, group);
    return order ? order : str_cmp(k->crd.names.plural, plural);
}

/* The first that does not come before this place. */
static size_t place_of(const CustomKinds *c, Str group, Str plural)
{
    size_t low = 0, high = c ? c->count : 0;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (place_cmp(c->items[mid], group, plural) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

const CustomKind *custom_kinds_get(const CustomKinds *c, Str name)
{
    Str plural, group;
    (void)str_split_once(name, '.', &plural, &group);
    size_t at = place_of(c, group, plural);
    return c && at < c->count && place_cmp(c->items[at], group, plural) == 0 ? c->items[at] : NULL;
}

const CustomKinds *custom_kinds_with(const CustomKinds *before, Str name, const Value *definition,
                                     uint64_t version, const KubeTarget *target)
{
    const CustomKind *old = custom_kinds_get(before, name);
    CustomKind *made = definition ? compile(old, definition, version, target) : NULL;
    size_t count = before ? before->count : 0;
    CustomKinds *out = need(malloc(sizeof *out));
    const CustomKind **items = need(malloc((count + 1) * sizeof *items));
    *out = (CustomKinds){ items, 0 };
    bool placed = made == NULL;
    for (size_t i = 0; i < count; i++) {
        const CustomKind *k = before->items[i];
        if (!placed && place_cmp(k, made->crd.group, made->crd.names.plural) > 0) {
            items[out->count++] = made;
            placed = true;
        }
        if (k != old) {
            custom_kind_hold(k);
            items[out->count++] = k;
        }
    }
    if (!placed) {
        items[out->count++] = made;
    }
    return out;
}

void custom_kinds_free(const CustomKinds *c)
{
    if (c == NULL) {
        return;
    }
    for (size_t i = 0; i < c->count; i++) {
        custom_kind_let_go(c->items[i]);
    }
    free((void *)(uintptr_t)c->items);
    free((void *)(uintptr_t)c);
}

/* -- looking up ------------------------------------------------------------------------------ */

bool custom_kind_preferred(const CustomKind *k, KubeKind *out)
{
    const KubeKind *best = NULL;
    for (size_t i = 0; i < k->crd.version_count; i++) {
        const KubeKind *kind = &k->kinds[i];
        if (k->crd.versions[i].served &&
            (best == NULL || kube_version_cmp(kind->version, best->version) < 0)) {
            best = kind;
        }
    }
    if (best) {
        *out = *best;
    }
    return best != NULL;
}

/* version "": the preferred one. */
static bool find_version(const CustomKind *k, Str version, KubeKind *out)
{
    if (version.len == 0) {
        return custom_kind_preferred(k, out);
    }
    for (size_t i = 0; i < k->crd.version_count; i++) {
        if (k->crd.versions[i].served && str_eq(k->crd.versions[i].name, version)) {
            *out = k->kinds[i];
            return true;
        }
    }
    return false;
}

bool custom_kinds_find_resource(const CustomKinds *c, Str group, Str version, Str resource,
                                KubeKind *out)
{
    size_t at = place_of(c, group, resource);
    return c && at < c->count && place_cmp(c->items[at], group, resource) == 0 &&
           custom_kind_is_served(c->items[at]) && find_version(c->items[at], version, out);
}

bool custom_kinds_find(const CustomKinds *c, Str api_version, Str kind, KubeKind *out)
{
    Str group, version;
    kube_split_api_version(api_version, &group, &version);
    for (size_t i = place_of(c, group, STR("")); c && i < c->count; i++) {
        const CustomKind *k = c->items[i];
        if (!str_eq(k->crd.group, group)) {
            break;
        }
        if (k->crd.version_count && str_eq(k->kinds[0].kind, kind) && custom_kind_is_served(k)) {
            return find_version(k, version, out);
        }
    }
    return false;
}

bool custom_kinds_has_group(const CustomKinds *c, Str group, Str version)
{
    KubeKind unused;
    for (size_t i = place_of(c, group, STR("")); c && i < c->count; i++) {
        const CustomKind *k = c->items[i];
        if (!str_eq(k->crd.group, group)) {
            break;
        }
        if (custom_kind_is_served(k) && find_version(k, version, &unused)) {
            return true;
        }
    }
    return false;
}

/* PodSecurityPolicies of our own group are built in so that files can hold them; no server serves
 * them but by a definition. */
static bool is_own_group(Str group)
{
    return str_eq(group, STR("podgate.io"));
}

bool kinds_find_resource(const CustomKinds *c, Str group, Str version, Str resource,
                         const KubeTarget *target, KubeKind *out)
{
    return (is_own_group(group) && custom_kinds_find_resource(c, group, version, resource, out)) ||
           kube_kind_find_resource(group, version, resource, target, out) ||
           custom_kinds_find_resource(c, group, version, resource, out);
}

bool kinds_find(const CustomKinds *c, Str api_version, Str kind, KubeKind *out)
{
    Str group, version;
    kube_split_api_version(api_version, &group, &version);
    return (is_own_group(group) && custom_kinds_find(c, api_version, kind, out)) ||
           kube_kind_find(api_version, kind, out) || custom_kinds_find(c, api_version, kind, out);
}

const Value *custom_kind_version_value(const KubeKind *k)
{
    size_t i = (size_t)(k->custom_version - k->custom->crd.versions);
    return value_item(value_at(k->custom->crd.definition, "spec", "versions", NULL), i);
}

Str custom_kind_list_kind(const KubeKind *k)
{
    const Crd *crd = &k->custom->crd;
    return crd->accepted.list_kind.len ? crd->accepted.list_kind : crd->names.list_kind;
}

/* -- objects as they are written ------------------------------------------------------------- */

static void settle_number(Value *v)
{
    const double limit = 9223372036854775808.0;
    if (v->kind == VALUE_UINT) {
        *v = value_float((double)v->u);
    } else if (v->kind == VALUE_FLOAT && v->f >= -limit && v->f < limit &&
               v->f == (double)(int64_t)v->f) {
        *v = value_int((int64_t)v->f);
    }
}

/* Bounded by the depth that readers allow. */
void custom_settle_numbers(Value *v)
{
    settle_number(v);
    for (uint32_t i = 0; v->kind == VALUE_ARRAY && i < v->len; i++) {
        custom_settle_numbers(&v->items[i]);
    }
    for (uint32_t i = 0; v->kind == VALUE_OBJECT && i < v->len; i++) {
        custom_settle_numbers(&v->members[i].value);
    }
}

void custom_settle(Value *object)
{
    custom_settle_numbers(object);
    value_sort_keys(object);
}

/* -- versions of objects --------------------------------------------------------------------- */

static Str version_of(const Value *object)
{
    Str group, version;
    kube_split_api_version(value_get_str(object, STR("apiVersion")), &group, &version);
    return version;
}

/* Was it stored after the definition was changed for the last time? */
static bool is_current(const KubeKind *k, const Value *stored)
{
    int64_t version;
    Str text = value_as_str(value_at(stored, "metadata", "resourceVersion", NULL));
    return str_to_int64(text, &version) && (uint64_t)version > k->custom->changed;
}

/* What is kept is read leniently: nothing of it is refused. */
static void coerce(const Crd *crd, const CrdVersion *v, Value *object, Arena *a)
{
    Err err; /* cannot be */
    (void)!crd_decode(crd, v, true, object, a, NULL, &err);
}

static void relabel(const Crd *crd, const CrdVersion *to, Value *object, Arena *a)
{
    Str api_version = arena_printf(a, "%.*s/%.*s", STR_ARG(crd->group), STR_ARG(to->name));
    value_set_lit(object, "apiVersion", value_str(api_version), a);
    coerce(crd, to, object, a);
}

const Value *custom_kind_renew(const KubeKind *k, const Value *stored, Arena *a)
{
    const CrdVersion *v = crd_version(&k->custom->crd, version_of(stored));
    if (v == NULL || is_current(k, stored)) {
        return stored;
    }
    Value *out = new(a, Value, 1);
    *out = value_copy(stored, a);
    coerce(&k->custom->crd, v, out, a);
    crd_default(v, out, a);
    value_sort_keys(out);
    return out;
}

void custom_kind_coerce(const KubeKind *k, Value *object, Arena *a)
{
    const CrdVersion *v = crd_version(&k->custom->crd, version_of(object));
    if (v) {
        coerce(&k->custom->crd, v, object, a);
    }
    custom_settle(object);
}

const Value *custom_kind_read(const KubeKind *k, const Value *stored, Arena *a)
{
    const Value *now = custom_kind_renew(k, stored, a);
    if (str_eq(value_get_str(now, STR("apiVersion")), k->api_version)) {
        return now;
    }
    Value *out = new(a, Value, 1);
    *out = value_copy(now, a);
    relabel(&k->custom->crd, k->custom_version, out, a);
    value_sort_keys(out);
    return out;
}

Value custom_kind_to_stored(const KubeKind *k, const Value *object, Arena *a)
{
    const Crd *crd = &k->custom->crd;
    const CrdVersion *to = crd_storage_version(crd);
    if (to == NULL || str_eq(to->name, version_of(object))) {
        return *object;
    }
    Value out = value_copy(object, a);
    relabel(crd, to, &out, a);
    return out;
}
