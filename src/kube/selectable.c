/* SPDX-License-Identifier: Apache-2.0 */
/* The fields that objects are selected by. */
#include "kube/selectable.h"

#include "kube/custom_kinds.h"

#include <stdio.h>

typedef struct SelectableRow {
    Str group;
    Str version; /* "" for all */
    Str kind;
    Str field;
    Str internal; /* its name within the API server; "" for the same */
    Str fallback;
    int since;
} SelectableRow;

static const SelectableRow rows[] = {
#define SELECTABLE(group, version, kind, field, internal, fallback, since)     \
    { STR_INIT(group),    STR_INIT(version),  STR_INIT(kind), STR_INIT(field), \
      STR_INIT(internal), STR_INIT(fallback), (since) },
#include "kube/resource_table.def"
#undef SELECTABLE
};

/* Where a field's value stands, when that is not what the field is called. */
static const struct {
    Str field;
    const char *place[3];
} places[] = {
    { STR_INIT("involvedObject.kind"), { "regarding", "kind" } },
    { STR_INIT("involvedObject.namespace"), { "regarding", "namespace" } },
    { STR_INIT("involvedObject.name"), { "regarding", "name" } },
    { STR_INIT("involvedObject.uid"), { "regarding", "uid" } },
    { STR_INIT("involvedObject.apiVersion"), { "regarding", "apiVersion" } },
    { STR_INIT("involvedObject.resourceVersion"), { "regarding", "resourceVersion" } },
    { STR_INIT("involvedObject.fieldPath"), { "regarding", "fieldPath" } },
    { STR_INIT("reportingComponent"), { "reportingController" } },
    { STR_INIT("source"), { "source", "component" } },
    { STR_INIT("source"), { "deprecatedSource", "component" } },
    { STR_INIT("source"), { "reportingComponent" } },
    { STR_INIT("source"), { "reportingController" } },
    { STR_INIT("status.successful"), { "status", "succeeded" } },
};

static bool row_is_for(const SelectableRow *row, const KubeKind *kind)
{
    return str_eq(row->kind, kind->kind) && str_eq(row->group, kind->group) &&
           (row->version.len == 0 || str_eq(row->version, kind->version));
}

/* Whether the kind has fields of its own: the row of that field, or NULL. */
static bool find_row(const KubeKind *kind, Str field, const KubeTarget *target,
                     const SelectableRow **out)
{
    bool has_rows = false;
    *out = NULL;
    for (size_t i = 0; kind && i < COUNT_OF(rows); i++) {
        if (row_is_for(&rows[i], kind) && (!target || target->minor >= rows[i].since)) {
            has_rows = true;
            if (str_eq(rows[i].field, field)) {
                *out = &rows[i];
            }
        }
    }
    return has_rows;
}

static bool is_name_or_namespace(Str field)
{
    return str_eq(field, STR("metadata.name")) || str_eq(field, STR("metadata.namespace"));
}

/* The selectableFields of a definition: [{"jsonPath": ".spec.color"}] makes spec.color one. */
enum { SELECTABLE_FIELDS_SINCE = 31 };

static bool is_custom_field(const KubeKind *kind, Str field, const KubeTarget *target)
{
    if (target->minor < SELECTABLE_FIELDS_SINCE) {
        return false;
    }
    VALUE_EACH_ITEM(row, kind->custom_version->selectable_fields) {
        if (str_eq(str_cut_prefix(value_get_str(row, STR("jsonPath")), STR(".")), field)) {
            return true;
        }
    }
    return false;
}

bool field_selectable(const KubeKind *kind, Str field, const KubeTarget *target)
{
    const SelectableRow *row;
    if (kind && kind->custom) {
        return str_eq(field, STR("metadata.name")) ||
               (kind->namespaced && str_eq(field, STR("metadata.namespace"))) ||
               is_custom_field(kind, field, target);
    }
    return find_row(kind, field, target, &row) ? row != NULL : is_name_or_namespace(field);
}

/* -- messages --------------------------------------------------------------------------------- */

static Str unknown_field(const KubeKind *kind, Str field, const KubeTarget *target, Arena *a)
{
    Buf b = buf_new(a);
    const SelectableRow *row;
    Str group = kind ? kind->group : STR_ABSENT;
    if (kind && !kind->custom && !find_row(kind, field, target, &row)) {
        buf_go_quoted(&b, field);
        buf_lit(&b, " is not a known field selector: only \"metadata.name\", "
                    "\"metadata.namespace\"");
    } else if (kind && str_eq(group, STR("batch"))) {
        buf_lit(&b, "field label ");
        buf_go_quoted(&b, field);
        buf_lit(&b, " not supported for ");
        if (str_eq(kind->version, STR("v1beta1"))) {
            buf_go_quoted(&b, kind->kind);
        } else if (target->minor < 24) {
            buf_lit(&b, "batchv1.Job");
        } else {
            buf_lit(&b, "Job");
        }
    } else if (kind && str_eq(group, STR("resource.k8s.io"))) {
        buf_printf(&b,
                   "field label not supported for %.*s, Kind=%.*s: ", STR_ARG(kind->api_version),
                   STR_ARG(kind->kind));
        buf_add(&b, field);
    } else {
        buf_lit(&b, "field label not supported: ");
        buf_add(&b, field);
    }
    return buf_str(&b);
}

/* "=" alone asks for nothing. */
static bool is_nothing(const FieldTerm *term)
{
    return term->field.len == 0 && term->value.len == 0;
}

bool field_selector_check(const FieldSelector *s, const KubeKind *kind, const KubeTarget *target,
                          Arena *a, Str *message)
{
    for (size_t i = 0; i < s->count; i++) {
        const FieldTerm *term = &s->terms[i];
        if (!is_nothing(term) && !field_selectable(kind, term->field, target)) {
            *message = unknown_field(kind, term->field, target, a);
            return false;
        }
    }
    return true;
}

/* -- values ----------------------------------------------------------------------------------- */

static Str scalar_text(const Value *v, FieldNumber *number)
{
    if (value_is(v, VALUE_INT)) {
        int len = snprintf(number->text, sizeof number->text, "%lld", (long long)v->i);
        return str_from(number->text, (size_t)len);
    }
    if (value_is(v, VALUE_BOOL)) {
        return v->b ? STR("true") : STR("false");
    }
    Str s = value_as_str(v);
    return s.ptr ? s : STR("");
}

/* Member by member: "spec.nodeName". */
static Str at_path(const Value *object, Str path, FieldNumber *number)
{
    Str piece;
    while (object && str_next_piece(&path, '.', &piece)) {
        object = value_get(object, piece);
    }
    return scalar_text(object, number);
}

static Str at_place(const Value *object, const char *const place[3], FieldNumber *number)
{
    for (size_t i = 0; object && i < 3 && place[i]; i++) {
        object = value_get(object, str_from_c(place[i]));
    }
    return scalar_text(object, number);
}

/* The first of several. */
static Str pod_ip(const Value *pod, FieldNumber *number)
{
    const Value *ips = value_at(pod, "status", "podIPs", NULL);
    return value_len(ips) ? at_path(value_item(ips, 0), STR("ip"), number)
                          : at_path(pod, STR("status.podIP"), number);
}

static Str read_field(Str field, const Value *object, FieldNumber *number)
{
    if (str_eq(field, STR("none"))) {
        return STR("");
    }
    if (str_eq(field, STR("status.podIP"))) {
        return pod_ip(object, number);
    }
    Str value = at_path(object, field, number);
    for (size_t i = 0; value.len == 0 && i < COUNT_OF(places); i++) {
        if (str_eq(places[i].field, field)) {
            value = at_place(object, places[i].place, number);
        }
    }
    return value;
}

Str field_selectable_value(const KubeKind *kind, Str field, const Value *object,
                           FieldNumber *number)
{
    const SelectableRow *row;
    if (kind && kind->custom) {
        return at_path(object, field, number); /* only fields that can be selected come here */
    }
    if (!find_row(kind, field, NULL, &row) || !row) {
        return is_name_or_namespace(field) ? at_path(object, field, number) : STR("");
    }
    Str value = read_field(row->internal.len ? row->internal : field, object, number);
    return value.len ? value : row->fallback;
}

bool field_selector_matches(const FieldSelector *s, const KubeKind *kind, const Value *object)
{
    for (size_t i = 0; i < s->count; i++) {
        const FieldTerm *term = &s->terms[i];
        if (is_nothing(term)) {
            continue;
        }
        FieldNumber number;
        bool equal = object && str_eq(field_selectable_value(kind, term->field, object, &number),
                                      term->value);
        if (!object || equal == term->not_equal) {
            return false;
        }
    }
    return true;
}
