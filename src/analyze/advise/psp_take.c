/* SPDX-License-Identifier: Apache-2.0 */
/* Taking away what a policy allows: flags, items of lists, numbers of ranges. */
#include "analyze/advise/psp_prove.h"

/* -- flags ---------------------------------------------------------------------------------------
 */

static void take_flags(PspProving *p)
{
    static const struct {
        Str field;
        bool granting; /* the value that allows more */
    } flags[] = {
        { STR_INIT("privileged"), true },  { STR_INIT("allowPrivilegeEscalation"), true },
        { STR_INIT("hostNetwork"), true }, { STR_INIT("hostPID"), true },
        { STR_INIT("hostIPC"), true },     { STR_INIT("readOnlyRootFilesystem"), false },
    };
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        if (value_get_bool(psp_own_spec(p), flags[i].field).value == flags[i].granting) {
            ArenaMark mark = arena_mark(p->scratch);
            Value less = psp_less_of(p);
            value_set(psp_spec_of(&less), flags[i].field, value_bool(!flags[i].granting),
                      p->scratch);
            psp_try_less(p, &less,
                         arena_printf(p->arena, "%.*s: %s", STR_ARG(flags[i].field),
                                      flags[i].granting ? "true" : "false"),
                         psp_at_spec(p, flags[i].field));
            arena_rewind(p->scratch, mark);
        }
    }
}

/* -- lists ---------------------------------------------------------------------------------------
 */

typedef struct GrantList {
    const char *in; /* the object of the spec that it is in; NULL for the spec itself */
    Str field;
    const char *key; /* of its items; NULL when they are strings */
    /* Empty, the list would allow everything: the last item makes room for one that nobody has. */
    bool is_open_when_empty;
} GrantList;

static const GrantList grant_lists[] = {
    { NULL, STR_INIT("allowedCapabilities"), NULL, false },
    { NULL, STR_INIT("volumes"), NULL, false },
    { NULL, STR_INIT("allowedHostPaths"), "pathPrefix", true },
    { NULL, STR_INIT("allowedFlexVolumes"), "driver", true },
    { NULL, STR_INIT("allowedCSIDrivers"), "name", true },
    { NULL, STR_INIT("allowedUnsafeSysctls"), NULL, false },
    { NULL, STR_INIT("allowedProcMountTypes"), NULL, false },
    { "runtimeClass", STR_INIT("allowedRuntimeClassNames"), NULL, false },
};

static Value *list_in(Value *spec, const GrantList *row)
{
    return value_get(row->in ? value_get(spec, str_from_c(row->in)) : spec, row->field);
}

static void take_item(PspProving *p, const GrantList *row, uint32_t i, Str text)
{
    ArenaMark mark = arena_mark(p->scratch);
    Value less = psp_less_of(p);
    Value *list = list_in(psp_spec_of(&less), row);
    if (list->len == 1 && row->is_open_when_empty) {
        value_set(&list->items[0], str_from_c(row->key), value_str(STR("podgate.invalid/none")),
                  p->scratch);
    } else {
        value_remove_item(list, i);
    }
    psp_try_less(p, &less, arena_printf(p->arena, "%.*s: %.*s", STR_ARG(row->field), STR_ARG(text)),
                 arena_printf(p->arena, "/spec/%s%s%.*s/%u", row->in ? row->in : "",
                              row->in ? "/" : "", STR_ARG(row->field), i));
    arena_rewind(p->scratch, mark);
}

static void take_items(PspProving *p)
{
    for (size_t r = 0; r < COUNT_OF(grant_lists); r++) {
        const GrantList *row = &grant_lists[r];
        const Value *list = list_in(psp_spec_of(&p->psp->policy), row);
        for (uint32_t i = 0; i < value_len(list); i++) {
            const Value *item = &list->items[i];
            take_item(p, row, i,
                      row->key ? value_get_str(item, str_from_c(row->key)) : value_as_str(item));
        }
    }
}

/* Writable host paths, made read-only. */
static void take_writing(PspProving *p)
{
    const Str field = STR("allowedHostPaths");
    const Value *list = value_get(psp_own_spec(p), field);
    for (uint32_t i = 0; i < value_len(list); i++) {
        if (value_get_bool(&list->items[i], STR("readOnly")).value) {
            continue;
        }
        ArenaMark mark = arena_mark(p->scratch);
        Value less = psp_less_of(p);
        value_set_lit(value_item(value_get(psp_spec_of(&less), field), i), "readOnly",
                      value_bool(true), p->scratch);
        Str prefix = value_get_str(&list->items[i], STR("pathPrefix"));
        psp_try_less(p, &less,
                     arena_printf(p->arena, "allowedHostPaths: %.*s writable", STR_ARG(prefix)),
                     arena_printf(p->arena, "/spec/allowedHostPaths/%u/readOnly", i));
        arena_rewind(p->scratch, mark);
    }
}

/* -- ranges --------------------------------------------------------------------------------------
 */

typedef struct RangeList {
    Str field;
    bool of_ids; /* under "ranges" of the field */
    const AdviseNeeds *needed;
} RangeList;

static Value *ranges_in(Value *spec, const RangeList *row)
{
    Value *field = value_get(spec, row->field);
    return row->of_ids ? value_get_lit(field, "ranges") : field;
}

/* Without the first or the last of its numbers. The last range of ids cannot go, as the API wants
 * one: it becomes a number that no pod has. */
static void take_end(PspProving *p, const RangeList *row, uint32_t i, bool first)
{
    ArenaMark mark = arena_mark(p->scratch);
    Value less = psp_less_of(p);
    Value *list = ranges_in(psp_spec_of(&less), row);
    Value *range = &list->items[i];
    int64_t min = value_get_int(range, STR("min")).value;
    int64_t max = value_get_int(range, STR("max")).value;
    if (min < max) {
        value_set(range, first ? STR("min") : STR("max"), value_int(first ? min + 1 : max - 1),
                  p->scratch);
    } else if (list->len > 1 || !row->of_ids) {
        value_remove_item(list, i);
    } else {
        value_set_lit(range, "min", value_int(max + 1), p->scratch);
        value_set_lit(range, "max", value_int(max + 1), p->scratch);
    }
    psp_try_less(
        p, &less,
        arena_printf(p->arena, "%.*s: %lld", STR_ARG(row->field), (long long)(first ? min : max)),
        arena_printf(p->arena, "/spec/%.*s%s/%u/%s", STR_ARG(row->field),
                     row->of_ids ? "/ranges" : "", i, first ? "min" : "max"));
    arena_rewind(p->scratch, mark);
}

/* A number within the range that no pod has, if there is one: the range in two parts around it. */
static void take_gap(PspProving *p, const RangeList *row, uint32_t i, int64_t min, int64_t max)
{
    int64_t gap = min + 1; /* the ends are looked at by themselves */
    for (size_t k = 0; k < row->needed->count && gap < max; k++) {
        gap += row->needed->items[k]->number == gap;
    }
    if (gap >= max) {
        return;
    }
    ArenaMark mark = arena_mark(p->scratch);
    Value less = psp_less_of(p);
    Value *list = ranges_in(psp_spec_of(&less), row);
    Value rest = value_copy(&list->items[i], p->scratch);
    value_set_lit(&list->items[i], "max", value_int(gap - 1), p->scratch);
    value_set_lit(&rest, "min", value_int(gap + 1), p->scratch);
    value_insert(list, i + 1, rest, p->scratch);
    psp_try_less(p, &less,
                 arena_printf(p->arena, "%.*s: %lld", STR_ARG(row->field), (long long)gap),
                 arena_printf(p->arena, "/spec/%.*s%s/%u", STR_ARG(row->field),
                              row->of_ids ? "/ranges" : "", i));
    arena_rewind(p->scratch, mark);
}

static void take_ranges(PspProving *p)
{
    const PspNeeds *n = p->needs;
    const RangeList rows[] = {
        { STR_INIT("hostPorts"), false, &n->ports },
        { STR_INIT("runAsUser"), true, &n->users.ids },
        { STR_INIT("runAsGroup"), true, &n->groups.ids },
        { STR_INIT("fsGroup"), true, &n->fs_groups.ids },
        { STR_INIT("supplementalGroups"), true, &n->further_groups.ids },
    };
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        const Value *list = ranges_in(psp_spec_of(&p->psp->policy), &rows[r]);
        for (uint32_t i = 0; i < value_len(list); i++) {
            int64_t min = value_get_int(&list->items[i], STR("min")).value;
            int64_t max = value_get_int(&list->items[i], STR("max")).value;
            /* it stands where no pod has a group, and is no grant that one needs */
            if (rows[r].needed->count == 0 && min == PSP_NOBODYS_GROUP && max == min) {
                continue;
            }
            take_end(p, &rows[r], i, true);
            if (min < max) {
                take_end(p, &rows[r], i, false);
                take_gap(p, &rows[r], i, min, max);
            }
        }
    }
}

/* -- what stands for many ------------------------------------------------------------------------
 */

/* Whether an item stands for more than one name, and what of the needs it stands for. */
typedef struct Wide {
    bool (*is_wide)(const Value *item);
    bool (*covers)(const Value *item, Str name);
} Wide;

static bool ends_in_star(const Value *item)
{
    return str_ends_with(value_as_str(item), STR("*"));
}

static bool covers_name(const Value *item, Str name)
{
    return str_starts_with(name, str_cut_suffix(value_as_str(item), STR("*")));
}

static bool is_path(const Value *item)
{
    return item->kind == VALUE_OBJECT;
}

static bool covers_path(const Value *item, Str path)
{
    Str prefix = str_cut_suffix(value_get_str(item, STR("pathPrefix")), STR("/"));
    return str_starts_with(path, prefix) && (path.len == prefix.len || path.ptr[prefix.len] == '/');
}

/* The names instead of what stands for them. Nothing is done when it is itself a name that is
 * needed: /var for /var, or the capability "*". */
static void take_width(PspProving *p, const GrantList *row, uint32_t i, const AdviseNeeds *needs,
                       const Wide *wide)
{
    ArenaMark mark = arena_mark(p->scratch);
    Value less = psp_less_of(p);
    Value *list = list_in(psp_spec_of(&less), row);
    Value item = list->items[i];
    Str text = row->key ? value_get_str(&item, str_from_c(row->key)) : value_as_str(&item);
    if (wide->is_wide(&item) && !map_has(&needs->map, text)) {
        value_remove_item(list, i);
        for (size_t k = 0; k < needs->count; k++) {
            if (wide->covers(&item, needs->items[k]->text)) {
                Value name = value_str(needs->items[k]->text);
                if (row->key) {
                    Value one = value_copy(&item, p->scratch);
                    value_set(&one, str_from_c(row->key), name, p->scratch);
                    name = one;
                }
                value_add(list, name, p->scratch);
            }
        }
        psp_try_less(p, &less,
                     arena_printf(p->arena, "%.*s: %.*s instead of what is used of it",
                                  STR_ARG(row->field), STR_ARG(text)),
                     arena_printf(p->arena, "/spec/%.*s/%u", STR_ARG(row->field), i));
    }
    arena_rewind(p->scratch, mark);
}

static void take_widths(PspProving *p)
{
    static const Wide names = { ends_in_star, covers_name };
    static const Wide paths = { is_path, covers_path };
    const PspNeeds *n = p->needs;
    const struct {
        Str field;
        const AdviseNeeds *needs;
        const Wide *wide;
    } rows[] = {
        { STR_INIT("allowedCapabilities"), &n->capabilities, &names },
        { STR_INIT("volumes"), &n->volumes, &names },
        { STR_INIT("allowedHostPaths"), &n->host_paths, &paths },
        { STR_INIT("allowedUnsafeSysctls"), &n->unsafe_sysctls, &names },
        { STR_INIT("allowedRuntimeClassNames"), &n->runtime_classes, &names },
    };
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        for (size_t g = 0; g < COUNT_OF(grant_lists); g++) {
            if (!str_eq(grant_lists[g].field, rows[r].field)) {
                continue;
            }
            const Value *list = list_in(psp_spec_of(&p->psp->policy), &grant_lists[g]);
            for (uint32_t i = 0; i < value_len(list); i++) {
                take_width(p, &grant_lists[g], i, rows[r].needs, rows[r].wide);
            }
        }
    }
}

/* -- lists that allow everything when they are not there ----------------------------------------
 */

static void take_everything(PspProving *p, const GrantList *row, const AdviseNeeds *needs)
{
    const Value *list = list_in(psp_spec_of(&p->psp->policy), row);
    if (value_len(list) || (row->key && needs->count == 0) || (list && !row->key)) {
        return;
    }
    ArenaMark mark = arena_mark(p->scratch);
    Value less = psp_less_of(p);
    Value used = value_array();
    for (size_t i = 0; i < needs->count; i++) {
        Value name = value_str(needs->items[i]->text);
        Value item = value_object();
        if (row->key) {
            value_set(&item, str_from_c(row->key), name, p->scratch);
        }
        value_add(&used, row->key ? item : name, p->scratch);
    }
    Value *into = psp_spec_of(&less);
    if (row->in) {
        into = value_set(into, str_from_c(row->in), value_object(), p->scratch);
    }
    value_set(into, row->field, used, p->scratch);
    Str what = row->in ? str_from_c(row->in) : row->field;
    psp_try_less(p, &less, arena_printf(p->arena, "%.*s: everything", STR_ARG(what)),
                 psp_at_spec(p, what));
    arena_rewind(p->scratch, mark);
}

static void take_everythings(PspProving *p)
{
    const PspNeeds *n = p->needs;
    for (size_t g = 0; g < COUNT_OF(grant_lists); g++) {
        const GrantList *row = &grant_lists[g];
        if (str_eq(row->field, STR("allowedHostPaths"))) {
            take_everything(p, row, &n->host_paths);
        } else if (str_eq(row->field, STR("allowedFlexVolumes"))) {
            take_everything(p, row, &n->flex_drivers);
        } else if (str_eq(row->field, STR("allowedCSIDrivers"))) {
            take_everything(p, row, &n->csi_drivers);
        } else if (row->in && n->target->minor >= PSP_RUNTIME_CLASS_MINOR) {
            take_everything(p, row, &n->runtime_classes);
        }
    }
}

/* -- the whole -----------------------------------------------------------------------------------
 */

void psp_take_grants(PspProving *p)
{
    take_flags(p);
    take_items(p);
    take_writing(p);
    take_ranges(p);
    take_widths(p);
    take_everythings(p);
}
