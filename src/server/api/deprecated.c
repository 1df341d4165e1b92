/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of APIs that a later Kubernetes serves no more: what clients are warned of.
 */
#include "server/api/call.h"

/* From 1.19 on. */
enum { WARNED_SINCE = 19 };

static const struct {
    Str api_version;
    Str kind; /* "" for all */
    int from;
    int until;
    int deprecated;
    int removed;
    Str replacement; /* apiVersion; "" for none */
    Str replacement_kind;
} rows[] = {
#define DEPRECATED(api_version, kind, from, until, deprecated, removed, replacement, \
                   replacement_kind)                                                 \
    { STR_INIT(api_version),                                                         \
      STR_INIT(kind),                                                                \
      (from),                                                                        \
      (until),                                                                       \
      (deprecated),                                                                  \
      (removed),                                                                     \
      STR_INIT(replacement),                                                         \
      STR_INIT(replacement_kind) },
#include "server/api/deprecated.def"
#undef DEPRECATED
};

static Str text_of(size_t i, const KubeKind *k, Arena *a)
{
    Buf b = buf_new(a);
    buf_printf(&b, "%.*s %.*s is deprecated in v1.%d+", STR_ARG(k->api_version), STR_ARG(k->kind),
               rows[i].deprecated);
    if (rows[i].removed) {
        buf_printf(&b, ", unavailable in v1.%d+", rows[i].removed);
    }
    if (rows[i].replacement.len) {
        Str kind = rows[i].replacement_kind.len ? rows[i].replacement_kind : k->kind;
        buf_printf(&b, "; use %.*s %.*s", STR_ARG(rows[i].replacement), STR_ARG(kind));
    }
    return buf_str(&b);
}

static bool holds(size_t i, const KubeKind *k, int minor)
{
    return str_eq(rows[i].api_version, k->api_version) && minor >= rows[i].deprecated &&
           minor >= rows[i].from && (!rows[i].until || minor < rows[i].until) &&
           (rows[i].kind.len == 0 || str_eq(rows[i].kind, k->kind));
}

/* The row, or -1. */
static int find_row(const KubeKind *k, int minor)
{
    for (size_t i = 0; minor >= WARNED_SINCE && i < COUNT_OF(rows); i++) {
        if (holds(i, k, minor)) {
            return (int)i;
        }
    }
    return -1;
}

Str api_deprecation(const KubeKind *k, int minor, Arena *a)
{
    int row = find_row(k, minor);
    return row < 0 ? STR_ABSENT : text_of((size_t)row, k, a);
}

void api_warn_deprecated(ApiCall *call)
{
    const KubeKind *k = &call->kind;
    if (k->custom) {
        Str text = crd_deprecation_warning(&k->custom->crd, k->custom_version, call->arena);
        if (text.len && call->request->serving) {
            api_warn(call, text);
        }
        return;
    }
    int row = find_row(k, call->request->target->minor);
    if (row >= 0 && call->request->serving) {
        call->response->removed_minor = rows[row].removed;
        api_warn(call, text_of((size_t)row, &call->kind, call->arena));
    }
}
