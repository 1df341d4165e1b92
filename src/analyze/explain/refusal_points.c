/* SPDX-License-Identifier: Apache-2.0 */
/* Lists in refusals: of field errors, of what a Pod Security level asks for, of limits, amounts. */
#include "analyze/explain/refusal_parts.h"

/* -- collecting ---------------------------------------------------------------------------------
 */

void refusal_add_point(RefusalPoints *points, RefusalPoint point)
{
    if (points->count == points->cap) {
        size_t cap = points->cap ? points->cap * 2 : 8;
        RefusalPoint *items = new(points->arena, RefusalPoint, cap);
        if (points->count) {
            memcpy(items, points->items, points->count * sizeof(RefusalPoint));
        }
        points->items = items;
        points->cap = cap;
    }
    points->items[points->count++] = point;
}

size_t refusal_quoted_end(Str text, size_t at)
{
    for (size_t i = at + 1; i < text.len; i++) {
        if (text.ptr[i] == '\\') {
            i++;
        } else if (text.ptr[i] == '"') {
            return i + 1;
        }
    }
    return text.len;
}

/* -- field errors -------------------------------------------------------------------------------
 */

static const Str kinds[] = {
    STR_INIT("Required value"),  STR_INIT("Invalid value"), STR_INIT("Unsupported value"),
    STR_INIT("Duplicate value"), STR_INIT("Forbidden"),     STR_INIT("Not found"),
    STR_INIT("Too long"),        STR_INIT("Too many"),      STR_INIT("Internal error"),
};

/* Whether a field error starts at `at`: `spec.x[0]: Invalid value`. */
static bool starts_error(Str text, size_t at, Str *field, Str *kind)
{
    Str rest = str_drop(text, at);
    ptrdiff_t blank = str_index_byte(rest, ' ');
    if (blank < 2 || rest.ptr[blank - 1] != ':') {
        return false;
    }
    Str name = str_slice(rest, 0, (size_t)blank - 1);
    if (str_index_byte(name, '"') >= 0) {
        return false;
    }
    Str after = str_drop(rest, (size_t)blank + 1);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (str_starts_with(after, kinds[i])) {
            *field = name;
            *kind = kinds[i];
            return true;
        }
    }
    return false;
}

/* Where the value of `1: x` or `"a: b": x` ends. */
static size_t value_end(Str text)
{
    size_t depth = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"') {
            i = refusal_quoted_end(text, i) - 1;
        } else if (c == '{' || c == '[' || c == '(') {
            depth++;
        } else if ((c == '}' || c == ']' || c == ')') && depth) {
            depth--;
        } else if (depth == 0 && c == ':' && (i + 1 == text.len || text.ptr[i + 1] == ' ')) {
            return i;
        }
    }
    return text.len;
}

static void add_error(RefusalPoints *points, Str text, Str field, Str kind)
{
    Str body = str_cut_prefix(str_drop(text, field.len + 2 + kind.len), STR(":"));
    body = str_trim(body);
    RefusalPoint point = {
        .field = field, .kind = kind, .value = STR(""), .detail = body, .text = text
    };
    bool has_value = str_eq(kind, STR("Invalid value")) || str_eq(kind, STR("Unsupported value")) ||
                     str_eq(kind, STR("Duplicate value")) || str_eq(kind, STR("Not found")) ||
                     str_eq(kind, STR("Too many"));
    if (has_value) {
        size_t end = value_end(body);
        point.value = str_slice(body, 0, end);
        point.detail = str_trim(str_cut_prefix(str_drop(body, end), STR(":")));
    }
    refusal_add_point(points, point);
}

void refusal_field_errors(Str list, RefusalPoints *points)
{
    Str field = STR("");
    Str kind = STR("");
    Str next_field;
    Str next_kind;
    size_t start = 0;
    for (size_t i = 0; i <= list.len; i++) {
        bool at_word = i == 0 || (i < list.len && list.ptr[i - 1] == ' ');
        bool starts = i < list.len && at_word && starts_error(list, i, &next_field, &next_kind);
        if ((starts || i == list.len) && kind.len) {
            /* one blank stands between them, and a text may end in others */
            size_t end = i == list.len ? i : i - 1;
            Str text = str_cut_suffix(str_slice(list, start, end), STR(","));
            add_error(points, text, field, kind);
            kind = STR("");
        }
        if (starts) {
            start = i;
            field = next_field;
            kind = next_kind;
        }
        if (i < list.len && list.ptr[i] == '"') {
            i = refusal_quoted_end(list, i) - 1;
        }
    }
}

/* -- Pod Security -------------------------------------------------------------------------------
 */

static const struct {
    Str reason;
    Str check;
} checks[] = {
    { STR_INIT("allowPrivilegeEscalation"), STR_INIT("allowPrivilegeEscalation") },
    { STR_INIT("forbidden AppArmor"), STR_INIT("appArmorProfile") },
    { STR_INIT("non-default capabilities"), STR_INIT("capabilities_baseline") },
    { STR_INIT("unrestricted capabilities"), STR_INIT("capabilities_restricted") },
    { STR_INIT("host namespaces"), STR_INIT("hostNamespaces") },
    { STR_INIT("hostPath"), STR_INIT("hostPathVolumes") },
    { STR_INIT("hostPort"), STR_INIT("hostPorts") },
    { STR_INIT("probe or lifecycle host"), STR_INIT("hostProbesAndHostLifecycle") },
    { STR_INIT("hostProcess"), STR_INIT("windowsHostProcess") },
    { STR_INIT("privileged"), STR_INIT("privileged") },
    { STR_INIT("procMount"), STR_INIT("procMount") },
    { STR_INIT("restricted volume types"), STR_INIT("restrictedVolumes") },
    { STR_INIT("runAsNonRoot"), STR_INIT("runAsNonRoot") },
    { STR_INIT("runAsUser"), STR_INIT("runAsUser") },
    { STR_INIT("seLinuxOptions"), STR_INIT("seLinuxOptions") },
    { STR_INIT("seccompProfile"), STR_INIT("seccompProfile_baseline") },
    { STR_INIT("forbidden sysctls"), STR_INIT("sysctls") },
};

static Str check_of(Str reason, Str level)
{
    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        if (str_starts_with(reason, checks[i].reason)) {
            bool strict = str_eq(level, STR("restricted"));
            return strict && str_eq(checks[i].check, STR("seccompProfile_baseline"))
                       ? STR("seccompProfile_restricted")
                       : checks[i].check;
        }
    }
    return STR("");
}

static void add_reason(RefusalPoints *points, Str text, Str level)
{
    text = str_trim(text);
    if (!text.len) {
        return;
    }
    ptrdiff_t open = str_index(text, STR(" ("));
    Str reason = open > 0 ? str_slice(text, 0, (size_t)open) : text;
    Str detail = open > 0 ? str_cut_suffix(str_drop(text, (size_t)open + 2), STR(")")) : STR("");
    RefusalPoint point = { .field = check_of(reason, level),
                           .kind = reason,
                           .value = STR(""),
                           .detail = detail,
                           .text = text };
    refusal_add_point(points, point);
}

void refusal_reasons(Str list, Str level, RefusalPoints *points)
{
    size_t depth = 0;
    size_t start = 0;
    for (size_t i = 0; i < list.len; i++) {
        char c = list.ptr[i];
        if (c == '"') {
            i = refusal_quoted_end(list, i) - 1;
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && depth) {
            depth--;
        } else if (depth == 0 && c == ',' && i + 1 < list.len && list.ptr[i + 1] == ' ') {
            add_reason(points, str_slice(list, start, i), level);
            start = i + 2;
        }
    }
    add_reason(points, str_drop(list, start), level);
}

/* -- limits -------------------------------------------------------------------------------------
 */

#define RATIO " max limit to request ratio per "

/* Where the next limit starts after `from`, or the end; its comma is at *end. */
static size_t next_limit(Str list, size_t from, size_t *end)
{
    for (size_t i = from; i + 2 < list.len; i++) {
        if (list.ptr[i] != ',' || list.ptr[i + 1] != ' ') {
            continue;
        }
        Str rest = str_drop(list, i + 2);
        ptrdiff_t blank = str_index_byte(rest, ' ');
        if (str_starts_with(rest, STR("maximum ")) || str_starts_with(rest, STR("minimum ")) ||
            (blank > 0 && str_starts_with(str_drop(rest, (size_t)blank), STR(RATIO)))) {
            *end = i;
            return i + 2;
        }
    }
    *end = list.len;
    return list.len;
}

bool refusal_is_limit(Str why)
{
    why = str_cut_prefix(why, STR("["));
    bool usage = str_starts_with(why, STR("maximum ")) || str_starts_with(why, STR("minimum "));
    return (usage && str_contains(why, STR(" usage per "))) || str_contains(why, STR(RATIO));
}

void refusal_limits(Str why, RefusalPoints *points)
{
    Str list = str_cut_suffix(str_cut_prefix(why, STR("[")), STR("]"));
    size_t end;
    for (size_t at = 0; at < list.len;) {
        size_t next = next_limit(list, at, &end);
        Str text = str_slice(list, at, end);
        Str words = str_cut_prefix(str_cut_prefix(text, STR("maximum ")), STR("minimum "));
        Str resource;
        Str rest;
        str_split_once(words, ' ', &resource, &rest);
        static const Str given[] = { STR_INIT("but limit is "), STR_INIT("but request is "),
                                     STR_INIT("but provided ratio is ") };
        RefusalPoint point = { .field = resource,
                               .kind = STR("LimitRange"),
                               .value = STR(""),
                               .detail = text,
                               .text = text };
        for (size_t i = 0; i < COUNT_OF(given); i++) {
            ptrdiff_t where = str_index(text, given[i]);
            if (where >= 0) {
                point.value = str_drop(text, (size_t)where + given[i].len);
            }
        }
        refusal_add_point(points, point);
        at = next;
    }
}

/* -- amounts ------------------------------------------------------------------------------------
 */

static Str amount_of(Str list, Str resource)
{
    Str rest = list;
    Str piece;
    while (rest.ptr && str_next_piece(&rest, ',', &piece)) {
        Str name;
        Str amount;
        if (str_split_once(piece, '=', &name, &amount) && str_eq(name, resource)) {
            return amount;
        }
    }
    return STR("");
}

/* "requested: a=1,b=2, used: ..., limited: ..." */
void refusal_amounts(Str text, Arena *a, Refusal *out)
{
    ptrdiff_t used = str_index(text, STR(", used: "));
    ptrdiff_t limited = str_index(text, STR(", limited: "));
    if (used < 0 || limited < used) {
        return;
    }
    Str requested = str_cut_prefix(str_slice(text, 0, (size_t)used), STR("requested: "));
    Str used_list = str_slice(text, (size_t)used + 8, (size_t)limited);
    Str limited_list = str_drop(text, (size_t)limited + 11);
    size_t max = 1;
    for (size_t i = 0; i < requested.len; i++) {
        max += requested.ptr[i] == ',';
    }
    RefusalAmount *items = new(a, RefusalAmount, max);
    Str rest = requested;
    Str piece;
    while (str_next_piece(&rest, ',', &piece) && out->amount_count < max) {
        Str name;
        Str amount;
        str_split_once(piece, '=', &name, &amount);
        items[out->amount_count++] = (RefusalAmount){ name, amount, amount_of(used_list, name),
                                                      amount_of(limited_list, name) };
    }
    out->amounts = items;
}
