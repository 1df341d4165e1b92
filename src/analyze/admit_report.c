/* SPDX-License-Identifier: Apache-2.0 */
/* What every form of an admit report needs: where problems stand, what was changed. */
#include "analyze/admit.h"

#include "analyze/objects.h"

/* -- where a field stands -------------------------------------------------------------------- */

/* Paths that PodSecurityPolicy reports at another place than the field's own. */
static Str pod_path(Str field)
{
    static const struct {
        Str reported;
        Str actual;
    } rows[] = {
        { STR_INIT("spec.securityContext.hostNetwork"), STR_INIT("spec.hostNetwork") },
        { STR_INIT("spec.securityContext.hostPID"), STR_INIT("spec.hostPID") },
        { STR_INIT("spec.securityContext.hostIPC"), STR_INIT("spec.hostIPC") },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(field, rows[i].reported)) {
            return rows[i].actual;
        }
    }
    return str_cut_prefix(field, STR("pod."));
}

/* The container that "spec.initContainers[2].hostPort" is about; NULL for other paths. */
static const Value *container_of(const Value *pod, Str field)
{
    Str list;
    Str rest;
    Str number;
    Str after;
    int64_t index;
    if (!str_split_once(str_cut_prefix(field, STR("spec.")), '[', &list, &rest) ||
        !str_split_once(rest, ']', &number, &after) || !str_to_int64(number, &index) || index < 0) {
        return NULL;
    }
    return value_item(value_get(value_get_lit(pod, "spec"), list), (size_t)index);
}

/* A host port that is refused is named by its container alone: which of the ports it is, or
 * ".ports" where only the host's network made it one. */
static Str port_path(const Value *pod, const FieldError *e, Arena *a)
{
    Str container = str_cut_suffix(e->path, STR(".hostPort"));
    int64_t port;
    size_t i = 0;
    if (str_to_int64(e->value, &port)) {
        VALUE_EACH_ITEM(item, value_get_lit(container_of(pod, e->path), "ports")) {
            OptInt64 given = value_get_int(item, STR("hostPort"));
            if (given.set && given.value == port) {
                return arena_printf(a, "%.*s.ports[%zu].hostPort", STR_ARG(container), i);
            }
            i++;
        }
    }
    return arena_printf(a, "%.*s.ports", STR_ARG(container));
}

Str admit_source_path(const Workload *workload, const FieldError *e, Arena *a)
{
    Str path = str_ends_with(e->path, STR("].hostPort")) ? port_path(&workload->pod, e, a)
                                                         : pod_path(e->path);
    Str prefix = workload->template_path;
    return prefix.len ? arena_printf(a, "%.*s.%.*s", STR_ARG(prefix), STR_ARG(path)) : path;
}

/* -- problems ------------------------------------------------------------------------------------
 */

static void add_errors(const AdmitItem *item, Str policy, const FieldError *first, Arena *a,
                       AdmitProblems *out)
{
    for (const FieldError *e = first; e; e = e->next) {
        Str path = admit_source_path(&item->workload, e, a);
        out->items[out->count++] = (AdmitProblem){
            .policy = policy,
            .error = e,
            .place = object_place(item->source, path, a),
        };
    }
}

static size_t count_errors(const FieldError *first)
{
    size_t count = 0;
    for (const FieldError *e = first; e; e = e->next) {
        count++;
    }
    return count;
}

void admit_problems(const AdmitItem *item, bool all, Arena *a, AdmitProblems *out)
{
    const PspDecision *psp = item->psp;
    bool by_policy = psp && (all || !psp->allowed);
    size_t count = item->decision.allowed ? 0 : count_errors(item->decision.status.causes);
    for (size_t i = 0; by_policy && i < psp->tried_count; i++) {
        count += psp->tried[i].errs.count;
    }
    *out = (AdmitProblems){ new(a, AdmitProblem, count + 1), 0 };
    for (size_t i = 0; by_policy && i < psp->tried_count; i++) {
        const PspTried *tried = &psp->tried[i];
        add_errors(item, tried->candidate.policy->name, tried->errs.first, a, out);
    }
    if (!item->decision.allowed) {
        add_errors(item, STR_ABSENT, item->decision.status.causes, a, out);
    }
}

/* -- changes ----------------------------------------------------------------------------------- */

enum { CHANGE_DEPTH_MAX = 16 };

typedef struct Changes {
    Arena *arena;
    Str *items;
    size_t count;
    size_t cap;
} Changes;

static void add_change(Changes *c, Str path)
{
    if (str_list_has((StrList){ c->items, c->count }, path)) {
        return;
    }
    if (c->count == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 16;
        Str *grown = new(c->arena, Str, cap);
        if (c->count) {
            memcpy(grown, c->items, c->count * sizeof(Str));
        }
        c->items = grown;
        c->cap = cap;
    }
    c->items[c->count++] = path;
}

/* "/spec/containers/0/x~1y" as "containers[0].x/y" */
static Str dotted(Str pointer, Arena *a)
{
    Buf b = buf_new(a);
    Str rest = pointer;
    Str piece;
    bool first = true;
    while (str_next_piece(&rest, '/', &piece)) {
        int64_t index;
        if (first || (b.len == 0 && str_eq(piece, STR("spec")))) {
            first = false; /* what stands before the first slash, and "spec" */
        } else if (str_to_int64(piece, &index) || str_eq(piece, STR("-"))) {
            buf_printf(&b, "[%.*s]", STR_ARG(piece));
        } else {
            buf_add(&b, b.len ? STR(".") : STR(""));
            for (size_t i = 0; i < piece.len; i++) {
                bool escaped = piece.ptr[i] == '~' && i + 1 < piece.len;
                buf_byte(&b, !escaped ? piece.ptr[i] : piece.ptr[i + 1] == '1' ? '/' : '~');
                i += escaped;
            }
        }
    }
    return buf_str(&b);
}

/* An object that was added stands for its members. */
static void add_leaves(Changes *c, Str path, const Value *v, int depth)
{
    if (!value_is(v, VALUE_OBJECT) || v->len == 0 || depth == CHANGE_DEPTH_MAX) {
        add_change(c, path);
        return;
    }
    VALUE_EACH_MEMBER(m, v) {
        Str key = member_key(m);
        if (!str_eq(key, STR(PSP_ANNOTATION))) {
            add_leaves(c,
                       arena_printf(c->arena, "%.*s%s%.*s", STR_ARG(path), path.len ? "." : "",
                                    STR_ARG(key)),
                       &m->value, depth + 1);
        }
    }
}

StrList admit_changes(const Value *patch, Arena *a)
{
    Changes c = { .arena = a };
    VALUE_EACH_ITEM(op, patch) {
        Str path = value_get_str(op, STR("path"));
        if (!str_ends_with(path, STR("/kubernetes.io~1psp"))) {
            add_leaves(&c, dotted(path, a), value_get_lit(op, "value"), 0);
        }
    }
    return (StrList){ c.items, c.count };
}

/* -- texts ------------------------------------------------------------------------------------- */

Str admit_object_text(const AdmitItem *item, Arena *a)
{
    return kube_object_text(&item->kind, item->name, a);
}

Str admit_outcome_text(const PspTried *tried, Arena *a)
{
    switch (tried->outcome) {
    case PSP_NOT_TRIED:
        return STR("not tried");
    case PSP_NO_PROVIDER:
        return arena_printf(a, "is of no use: %.*s", STR_ARG(tried->candidate.policy->build_error));
    case PSP_REFUSED:
        return arena_printf(a, "refuses: %zu error%s", tried->errs.count,
                            tried->errs.count == 1 ? "" : "s");
    case PSP_ADMITS:
        return STR("admits");
    case PSP_ADMITS_CHANGED:
        return STR("admits it changed");
    case PSP_WOULD_CHANGE:
        return STR("would change it");
    }
    return STR("");
}
