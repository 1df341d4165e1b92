/* SPDX-License-Identifier: Apache-2.0 */
/* From the method and URL of a request to what it asks for. */
#include "kube/request_info.h"

#include "base/url.h"
#include "kube/field_selector.h"
#include "kube/names.h"
#include "kube/selector.h"

/* A path that is walked piece by piece. */
typedef struct Parts {
    Str rest; /* absent at the end */
} Parts;

static Parts parts_of(Str path)
{
    while (str_starts_with(path, STR("/"))) {
        path = str_drop(path, 1);
    }
    while (str_ends_with(path, STR("/"))) {
        path = str_cut_suffix(path, STR("/"));
    }
    return (Parts){ path.len ? path : STR_ABSENT };
}

static size_t parts_left(Parts p)
{
    size_t count = 0;
    Str piece;
    while (str_next_piece(&p.rest, '/', &piece)) {
        count++;
    }
    return count;
}

/* "" at the end */
static Str parts_take(Parts *p)
{
    Str piece = STR("");
    str_next_piece(&p->rest, '/', &piece);
    return piece;
}

static Str parts_first(Parts p)
{
    return parts_take(&p);
}

static Str verb_of_method(Str method)
{
    static const struct {
        Str method;
        Str verb;
    } rows[] = {
        { STR_INIT("GET"), STR_INIT("get") },     { STR_INIT("HEAD"), STR_INIT("get") },
        { STR_INIT("POST"), STR_INIT("create") }, { STR_INIT("PUT"), STR_INIT("update") },
        { STR_INIT("PATCH"), STR_INIT("patch") }, { STR_INIT("DELETE"), STR_INIT("delete") },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(method, rows[i].method)) {
            return rows[i].verb;
        }
    }
    return STR("");
}

static bool is_number_or_absent(Str query, Str key, Arena *a)
{
    Str value = url_query_get(query, key, a);
    int64_t number;
    return !value.ptr || str_to_int64(value, &number);
}

/* A get without a name is a list or a watch, of one name when a field selector says so. Options
 * that do not parse count as not given, but for the watch. */
static void read_list_options(RequestInfo *info, Arena *a)
{
    Str watch = url_query_get(info->query, STR("watch"), a);
    info->verb = !watch.ptr || str_eq(watch, STR("0")) || str_eq_ignore_case(watch, STR("false"))
                     ? STR("list")
                     : STR("watch");
    Str text = url_query_get(info->query, STR("fieldSelector"), a);
    Str labels = url_query_get(info->query, STR("labelSelector"), a);
    FieldSelector selector;
    LabelSelector label_selector;
    Err err;
    if (!text.len || !field_selector_parse(text, a, &selector, &err) ||
        !label_selector_parse(labels, a, &label_selector, &err) ||
        !is_number_or_absent(info->query, STR("timeoutSeconds"), a) ||
        !is_number_or_absent(info->query, STR("limit"), a)) {
        return;
    }
    Str name = field_selector_exact(&selector, STR("metadata.name"));
    if (name.len && name_check_path_segment(name).count == 0) {
        info->name = name;
    }
}

/* Reads what follows the version; false when a prefix has nothing after it. */
static bool read_resource(RequestInfo *info, Str method, Parts parts, Arena *a)
{
    Str first = parts_first(parts);
    bool is_proxy = str_eq(first, STR("proxy"));
    if (is_proxy || str_eq(first, STR("watch"))) {
        info->verb = parts_take(&parts);
        if (parts_left(parts) == 0) {
            return false;
        }
    } else {
        info->verb = verb_of_method(method);
    }
    if (str_eq(parts_first(parts), STR("namespaces")) && parts_left(parts) > 1) {
        Parts after = parts;
        parts_take(&after);
        info->namespace = parts_take(&after);
        /* a namespace's own subresources; anything else is a resource in the namespace */
        Str next = parts_first(after);
        if (parts_left(after) > 0 && !str_eq(next, STR("status")) &&
            !str_eq(next, STR("finalize"))) {
            parts = after;
        }
    }
    info->resource = parts_take(&parts);
    info->name = parts_take(&parts);
    info->subresource = is_proxy ? STR("") : parts_take(&parts);
    info->rest = parts.rest.ptr ? parts.rest : STR("");
    if (info->name.len == 0 && str_eq(info->verb, STR("get"))) {
        read_list_options(info, a);
    }
    if (info->name.len == 0 && str_eq(info->verb, STR("delete"))) {
        info->verb = STR("deletecollection");
    }
    return true;
}

bool request_info_read(Str method, Str target, Arena *a, RequestInfo *out, Err *err)
{
    const Str none = STR("");
    RequestInfo info = {
        .api_prefix = none,
        .api_group = none,
        .api_version = none,
        .namespace = none,
        .resource = none,
        .subresource = none,
        .name = none,
        .rest = none,
    };
    str_split_once(target, '?', &info.path, &info.query);
    Str escaped = info.path;
    if (!url_unescape_path(escaped, a, &info.path)) {
        return err_set(err, a, ERR_SYNTAX, "invalid escape in the path %.*s", STR_ARG(escaped));
    }
    info.verb = arena_lower(a, method);

    Parts parts = parts_of(info.path);
    Str prefix = parts_take(&parts);
    bool is_core = str_eq(prefix, STR("api"));
    if ((is_core && parts_left(parts) >= 2) ||
        (str_eq(prefix, STR("apis")) && parts_left(parts) >= 3)) {
        info.is_resource = true;
        info.api_prefix = prefix;
        info.api_group = is_core ? none : parts_take(&parts);
        info.api_version = parts_take(&parts);
        if (!read_resource(&info, method, parts, a)) {
            return err_set(err, a, ERR_USAGE,
                           "unable to determine kind and namespace from url, %.*s",
                           STR_ARG(target));
        }
    }
    *out = info;
    return true;
}
