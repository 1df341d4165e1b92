/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up kinds and resources. */
#include "kube/kinds.h"

static Str text(uint32_t at, size_t len)
{
    return str_from(&schema_names[at], len);
}

void kube_split_api_version(Str api_version, Str *group, Str *version)
{
    if (!str_split_once(api_version, '/', group, version)) {
        *version = *group;
        *group = STR("");
    }
}

size_t kube_kind_count(void)
{
    return kind_row_count;
}

KubeKind kube_kind_at(size_t i)
{
    const KindRow *row = &kind_rows[i];
    KubeKind k = {
        .type = &schema_types[row->type],
        .api_version = text(row->api_version, row->api_version_len),
        .kind = text(row->kind, row->kind_len),
        .resource = text(row->resource, row->resource_len),
        .short_names = text(row->short_names, row->short_names_len),
        .category = text(row->category, row->category_len),
        .namespaced = row->namespaced,
        .since = row->since,
        .until = row->until,
    };
    kube_split_api_version(k.api_version, &k.group, &k.version);
    return k;
}

bool kube_kind_is_served(const KubeKind *k, const KubeTarget *target)
{
    return target->minor >= k->since && (!k->until || target->minor < k->until) &&
           !str_contains(k->version, STR("alpha"));
}

static int row_cmp(const KindRow *row, Str api_version, Str kind)
{
    int order = str_cmp(text(row->api_version, row->api_version_len), api_version);
    return order ? order : str_cmp(text(row->kind, row->kind_len), kind);
}

bool kube_kind_find(Str api_version, Str kind, KubeKind *out)
{
    size_t low = 0;
    size_t high = kind_row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = row_cmp(&kind_rows[middle], api_version, kind);
        if (order == 0) {
            *out = kube_kind_at(middle);
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

/* v1beta2: major 1, level 1 (2 stable, 1 beta, 0 alpha), minor 2. False for other forms. */
static bool read_version(Str s, int64_t parts[3])
{
    static const Str levels[] = { STR_INIT("alpha"), STR_INIT("beta") };
    if (!str_starts_with(s, STR("v"))) {
        return false;
    }
    s = str_drop(s, 1);
    parts[1] = 2;
    parts[2] = 0;
    for (int i = 0; i < 2; i++) {
        ptrdiff_t at = str_index(s, levels[i]);
        if (at > 0) {
            parts[1] = i;
            if (!str_to_int64(str_drop(s, (size_t)at + levels[i].len), &parts[2])) {
                return false;
            }
            s = str_slice(s, 0, (size_t)at);
            break;
        }
    }
    return str_to_int64(s, &parts[0]);
}

int kube_version_cmp(Str a, Str b)
{
    int64_t left[3];
    int64_t right[3];
    bool a_is_known = read_version(a, left);
    bool b_is_known = read_version(b, right);
    if (!a_is_known || !b_is_known) {
        return a_is_known ? -1 : b_is_known ? 1 : str_cmp(a, b);
    }
    static const int order[] = { 1, 0, 2 }; /* stability first, then major, then minor */
    for (int i = 0; i < 3; i++) {
        int64_t x = left[order[i]];
        int64_t y = right[order[i]];
        if (x != y) {
            return x > y ? -1 : 1;
        }
    }
    return 0;
}

/* Groups in the order of the API server's priorities; those that it does not list go last. */
static size_t group_rank(Str group)
{
    static const Str order[] = {
        STR_INIT(""),
        STR_INIT("extensions"),
        STR_INIT("apps"),
        STR_INIT("events.k8s.io"),
        STR_INIT("authentication.k8s.io"),
        STR_INIT("authorization.k8s.io"),
        STR_INIT("autoscaling"),
        STR_INIT("batch"),
        STR_INIT("certificates.k8s.io"),
        STR_INIT("networking.k8s.io"),
        STR_INIT("policy"),
        STR_INIT("rbac.authorization.k8s.io"),
        STR_INIT("storage.k8s.io"),
        STR_INIT("apiextensions.k8s.io"),
        STR_INIT("admissionregistration.k8s.io"),
        STR_INIT("scheduling.k8s.io"),
        STR_INIT("coordination.k8s.io"),
        STR_INIT("node.k8s.io"),
        STR_INIT("discovery.k8s.io"),
    };
    size_t rank = 0;
    while (rank < COUNT_OF(order) && !str_eq(group, order[rank])) {
        rank++;
    }
    return rank;
}

/* Whether a is to be taken rather than b: served ones first, then by group, then by version. */
static bool is_better(const KubeKind *a, const KubeKind *b, const KubeTarget *target)
{
    bool a_served = kube_kind_is_served(a, target);
    bool b_served = kube_kind_is_served(b, target);
    if (a_served != b_served) {
        return a_served;
    }
    size_t a_rank = group_rank(a->group);
    size_t b_rank = group_rank(b->group);
    if (a_rank != b_rank) {
        return a_rank < b_rank;
    }
    int order = str_cmp(a->group, b->group);
    return order ? order < 0 : kube_version_cmp(a->version, b->version) < 0;
}

bool kube_kind_find_resource(Str group, Str version, Str resource, const KubeTarget *target,
                             KubeKind *out)
{
    bool found = false;
    KubeKind best = { 0 };
    for (size_t i = 0; resource.len && i < kind_row_count; i++) {
        const KindRow *row = &kind_rows[i];
        if (!str_eq(text(row->resource, row->resource_len), resource)) {
            continue;
        }
        KubeKind k = kube_kind_at(i);
        if (!str_eq(k.group, group) || (version.len && !str_eq(k.version, version))) {
            continue;
        }
        if (!found || is_better(&k, &best, target)) {
            best = k;
            found = true;
        }
    }
    if (found) {
        *out = best;
    }
    return found;
}

static bool has_short_name(const KubeKind *k, Str name)
{
    Str rest = k->short_names;
    Str piece;
    while (rest.len && str_next_piece(&rest, ',', &piece)) {
        if (str_eq_ignore_case(piece, name)) {
            return true;
        }
    }
    return false;
}

/* Whether one name (no dots) means the kind. */
static bool is_named(const KubeKind *k, Str name)
{
    return k->resource.len && (str_eq_ignore_case(k->resource, name) ||
                               str_eq_ignore_case(k->kind, name) || has_short_name(k, name));
}

/* The best of the kinds that the name means, of the group and version when those are set (not
 * absent). */
static bool find_named(Str name, Str group, Str version, const KubeTarget *target, KubeKind *out)
{
    bool found = false;
    for (size_t i = 0; i < kind_row_count; i++) {
        KubeKind k = kube_kind_at(i);
        if (!is_named(&k, name) || (group.ptr && !str_eq(k.group, group)) ||
            (version.ptr && !str_eq(k.version, version))) {
            continue;
        }
        if (!found || is_better(&k, out, target)) {
            *out = k;
            found = true;
        }
    }
    return found;
}

bool kube_kind_find_typed(Str typed, const KubeTarget *target, KubeKind *out)
{
    Str name;
    Str rest;
    if (!str_split_once(typed, '.', &name, &rest)) {
        return find_named(name, STR_ABSENT, STR_ABSENT, target, out);
    }
    /* deployments.apps, then deployments.v1.apps */
    if (find_named(name, rest, STR_ABSENT, target, out)) {
        return true;
    }
    Str version;
    Str group;
    str_split_once(rest, '.', &version, &group);
    return find_named(name, group, version, target, out);
}

Str kube_kind_singular(const KubeKind *k, Arena *a)
{
    return arena_lower(a, k->kind);
}

Str kube_object_text(const KubeKind *k, Str name, Arena *a)
{
    return arena_printf(a, "%.*s%s%.*s/%.*s", STR_ARG(kube_kind_singular(k, a)),
                        k->group.len ? "." : "", STR_ARG(k->group), STR_ARG(name));
}

Str kube_kind_qualified_resource(const KubeKind *k, Arena *a)
{
    if (k->group.len == 0) {
        return k->resource;
    }
    return arena_printf(a, "%.*s.%.*s", STR_ARG(k->resource), STR_ARG(k->group));
}

Str kube_kind_of_items(const KubeKind *k)
{
    const SchemaField *items = schema_field_any(k->type, STR("items"));
    bool is_list = str_ends_with(k->kind, STR("List")) && k->kind.len > 4 && items &&
                   schema_kind(schema_field_type(items)) == SCHEMA_LIST;
    return is_list ? str_cut_suffix(k->kind, STR("List")) : STR_ABSENT;
}
