/* SPDX-License-Identifier: Apache-2.0 */
/* Two decisions about one pod, and what is different. */
#include "analyze/simulate/compare.h"

#include "analyze/objects.h"
#include "doc/json.h"

enum { REASONS_MAX = 30, FIELDS_MAX = 20, DEPTH_MAX = 100, TEXT_MAX = 200 };

/* -- the verdict ------------------------------------------------------------------------------- */

/* The annotation names the policy, and is no difference of its own. */
static bool is_noted(const Path *at, Str key)
{
    return str_eq(key, STR(PSP_ANNOTATION)) && at && str_eq(at->name, STR("annotations")) &&
           at->parent && str_eq(at->parent->name, STR("metadata")) && !at->parent->parent;
}

typedef struct Fields {
    Arena *arena; /* NULL: one difference is enough, and nothing is kept of it */
    SimulateField *items;
    size_t count;
    bool has_more;
} Fields;

static Str field_text(const Value *v, Arena *a)
{
    if (!v) {
        return STR_ABSENT;
    }
    Buf b = buf_new(a);
    json_write(v, &b);
    Str text = buf_str(&b);
    return text.len > TEXT_MAX ? arena_printf(a, "%.*s...", TEXT_MAX, text.ptr) : text;
}

static void add_field(Fields *f, const Path *at, const Value *before, const Value *after)
{
    if (f->arena && f->count == FIELDS_MAX) {
        f->has_more = true;
        return;
    }
    if (f->arena) {
        f->items[f->count] = (SimulateField){ path_render(at, f->arena),
                                              field_text(before, f->arena),
                                              field_text(after, f->arena) };
    }
    f->count++;
}

static bool is_empty_map(const Value *v)
{
    return value_is(v, VALUE_OBJECT) && v->len == 0;
}

static void diff(Fields *f, const Path *at, const Value *before, const Value *after, int depth);

static void diff_members(Fields *f, const Path *at, const Value *before, const Value *after,
                         int depth)
{
    VALUE_EACH_MEMBER(m, before) {
        Path child = path_child_str(at, member_key(m));
        child.is_key = str_index_byte(member_key(m), '.') >= 0;
        if (!is_noted(at, member_key(m))) {
            diff(f, &child, &m->value, value_get(after, member_key(m)), depth);
        }
    }
    VALUE_EACH_MEMBER(m, after) {
        if (!value_get(before, member_key(m)) && !is_noted(at, member_key(m))) {
            Path child = path_child_str(at, member_key(m));
            child.is_key = str_index_byte(member_key(m), '.') >= 0;
            diff(f, &child, NULL, &m->value, depth);
        }
    }
}

/* Recursion is bounded by depth. A map that is missing counts as an empty one. */
static void diff(Fields *f, const Path *at, const Value *before, const Value *after, int depth)
{
    static const Value nothing = { .kind = VALUE_OBJECT };
    if ((!f->arena && f->count) || depth == DEPTH_MAX) {
        return;
    }
    if (!before && value_is(after, VALUE_OBJECT)) {
        before = &nothing;
    } else if (!after && value_is(before, VALUE_OBJECT)) {
        after = &nothing;
    }
    if (value_is(before, VALUE_OBJECT) && value_is(after, VALUE_OBJECT)) {
        diff_members(f, at, before, after, depth + 1);
        return;
    }
    if (value_is(before, VALUE_ARRAY) && value_is(after, VALUE_ARRAY) &&
        before->len == after->len) {
        for (uint32_t i = 0; i < before->len; i++) {
            Path child = path_index(at, i);
            diff(f, &child, &before->items[i], &after->items[i], depth + 1);
        }
        return;
    }
    bool same = before && after ? value_equal(before, after) : before == after;
    if (!same && !is_empty_map(before ? before : after)) {
        add_field(f, at, before, after);
    }
}

static bool has_warning(const AdmissionWarning *list, Str text)
{
    for (; list; list = list->next) {
        if (str_eq(list->text, text)) {
            return true;
        }
    }
    return false;
}

static bool is_warned(const AdmissionDecision *before, const AdmissionDecision *after)
{
    for (const AdmissionWarning *w = after->warnings; w; w = w->next) {
        if (!has_warning(before->warnings, w->text)) {
            return true;
        }
    }
    return false;
}

SimulateVerdict compare_verdict(const AdmitItem *before, const AdmitItem *after)
{
    const AdmissionDecision *b = &before->decision;
    const AdmissionDecision *a = &after->decision;
    if (b->allowed != a->allowed) {
        return a->allowed ? SIMULATE_ALLOWED : SIMULATE_REFUSED;
    }
    if (!a->allowed) {
        return SIMULATE_SAME;
    }
    Fields fields = { .arena = NULL };
    diff(&fields, NULL, &b->object, &a->object, 0);
    if (fields.count || !str_eq(b->psp, a->psp)) {
        return SIMULATE_CHANGED;
    }
    return is_warned(b, a) ? SIMULATE_WARNED : SIMULATE_SAME;
}

/* -- reasons ----------------------------------------------------------------------------------- */

typedef struct Reasons {
    SimulateReason *items;
    size_t count;
    Arena *arena;
} Reasons;

static void add_reason(Reasons *r, SimulateReason reason)
{
    if (r->count < REASONS_MAX) {
        r->items[r->count++] = reason;
    }
}

static void add_error(Reasons *r, const AdmitItem *item, Str policy, const FieldError *e)
{
    if (r->count == REASONS_MAX) {
        return;
    }
    Buf b = buf_new(r->arena);
    field_error_write_body(e, &b);
    SimulateReason reason = {
        .policy = policy.ptr ? arena_str(r->arena, policy) : policy,
        .field = arena_str(r->arena, e->path),
        .text = buf_str(&b),
    };
    if (item->source->doc) {
        reason.place = object_place(item->source, admit_source_path(&item->workload, e, r->arena),
                                    r->arena);
    }
    add_reason(r, reason);
}

static const PspTried *find_tried(const PspDecision *psp, Str policy)
{
    for (size_t i = 0; psp && i < psp->tried_count; i++) {
        if (str_eq(psp->tried[i].candidate.policy->name, policy)) {
            return &psp->tried[i];
        }
    }
    return NULL;
}

/* Why a policy that was used before was not even tried. */
static void add_unused(Reasons *r, const Facts *facts, Str policy)
{
    bool exists = facts->psp_policy(facts->cluster, policy) != NULL;
    add_reason(r,
               (SimulateReason){
                   .policy = arena_str(r->arena, policy),
                   .text = exists ? STR("may not be used any more") : STR("is not there any more"),
               });
}

static void add_errors_of(Reasons *r, const AdmitItem *item, const PspTried *tried)
{
    Str policy = tried->candidate.policy->name;
    if (tried->outcome == PSP_NO_PROVIDER) {
        add_reason(r, (SimulateReason){
                          .policy = arena_str(r->arena, policy),
                          .text = arena_str(r->arena, tried->candidate.policy->build_error),
                      });
    }
    for (const FieldError *e = tried->errs.first; e; e = e->next) {
        add_error(r, item, policy, e);
    }
}

/* `pods "x" is forbidden: why`: why */
static Str why_of(Str message)
{
    static const Str marks[] = { STR_INIT(" is forbidden: "), STR_INIT(" is invalid: ") };
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        ptrdiff_t at = str_index(message, marks[i]);
        if (at >= 0) {
            return str_drop(message, (size_t)at + marks[i].len);
        }
    }
    return message;
}

/* Why an item was refused; the policy that admits it in the other cluster goes first. */
static void add_refusal(Reasons *r, const AdmitItem *item, Str other_policy, const Facts *facts)
{
    const AdmissionDecision *d = &item->decision;
    const PspDecision *psp = item->psp && !item->psp->allowed ? item->psp : NULL;
    if (psp) {
        const PspTried *first = find_tried(psp, other_policy);
        if (first) {
            add_errors_of(r, item, first);
        } else if (facts && other_policy.ptr) {
            add_unused(r, facts, other_policy);
        }
        for (size_t i = 0; i < psp->tried_count; i++) {
            if (&psp->tried[i] != first) {
                add_errors_of(r, item, &psp->tried[i]);
            }
        }
    } else {
        for (const FieldError *e = d->status.causes; e; e = e->next) {
            add_error(r, item, STR_ABSENT, e);
        }
    }
    if (r->count == 0) {
        add_reason(r, (SimulateReason){ .text = arena_str(r->arena, why_of(d->status.message)) });
    }
}

static bool admits_unchanged(const PspDecision *psp, Str policy)
{
    const PspTried *tried = find_tried(psp, policy);
    return tried && tried->outcome == PSP_ADMITS;
}

static void add_order(Reasons *r, Str old, Str now)
{
    if (now.ptr) {
        add_reason(r, (SimulateReason){
                          .policy = arena_str(r->arena, now),
                          .text = arena_printf(r->arena, "goes before %.*s by name", STR_ARG(old)),
                      });
    }
}

/* Why another policy admits the pod now. */
static void add_switch(Reasons *r, const AdmitItem *before, const AdmitItem *after,
                       const Facts *facts)
{
    Str old = before->decision.psp;
    Str now = after->decision.psp;
    const PspTried *tried = find_tried(after->psp, old);
    if (!old.ptr) {
        return;
    }
    if (!tried) {
        add_unused(r, facts, old);
        return;
    }
    switch (tried->outcome) {
    case PSP_REFUSED:
    case PSP_NO_PROVIDER:
        add_errors_of(r, after, tried);
        break;
    case PSP_ADMITS_CHANGED:
    case PSP_WOULD_CHANGE:
        if (admits_unchanged(after->psp, now)) {
            add_reason(r, (SimulateReason){
                              .policy = arena_str(r->arena, old),
                              .text = arena_printf(r->arena,
                                                   "would change the pod, which %.*s admits as it "
                                                   "is",
                                                   STR_ARG(now)),
                          });
            break;
        }
        add_order(r, old, now);
        break;
    case PSP_ADMITS:
    case PSP_NOT_TRIED:
        add_order(r, old, now);
        break;
    }
}

/* -- all of it --------------------------------------------------------------------------------- */

static SimulateSide side_of(const AdmissionDecision *d, Arena *a)
{
    return (SimulateSide){
        .allowed = d->allowed,
        .policy = d->allowed && d->psp.ptr ? arena_str(a, d->psp) : STR_ABSENT,
        .message = d->allowed ? STR_ABSENT : arena_str(a, d->status.message),
    };
}

static StrList new_warnings(const AdmissionDecision *before, const AdmissionDecision *after,
                            Arena *a)
{
    size_t count = 0;
    for (const AdmissionWarning *w = after->warnings; w; w = w->next) {
        count++;
    }
    Str *items = new(a, Str, count + 1);
    count = 0;
    for (const AdmissionWarning *w = after->warnings; w; w = w->next) {
        if (!has_warning(before->warnings, w->text)) {
            items[count++] = arena_str(a, w->text);
        }
    }
    return (StrList){ items, count };
}

void compare_explain(const AdmitItem *before, const AdmitItem *after, const Facts *after_facts,
                     Arena *a, SimulateChange *out)
{
    Reasons reasons = { .items = new(a, SimulateReason, REASONS_MAX), .arena = a };
    out->verdict = compare_verdict(before, after);
    out->before = side_of(&before->decision, a);
    out->after = side_of(&after->decision, a);
    out->warnings = new_warnings(&before->decision, &after->decision, a);
    if (out->verdict == SIMULATE_REFUSED) {
        add_refusal(&reasons, after, before->decision.psp, after_facts);
    } else if (out->verdict == SIMULATE_ALLOWED) {
        add_refusal(&reasons, before, after->decision.psp, NULL);
    } else if (out->verdict == SIMULATE_CHANGED) {
        Fields fields = { .arena = a, .items = new(a, SimulateField, FIELDS_MAX) };
        diff(&fields, NULL, &before->decision.object, &after->decision.object, 0);
        out->fields = fields.items;
        out->field_count = fields.count;
        out->has_more_fields = fields.has_more;
        if (!str_eq(before->decision.psp, after->decision.psp)) {
            add_switch(&reasons, before, after, after_facts);
        }
    }
    out->reasons = reasons.items;
    out->reason_count = reasons.count;
}
