/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof of a policy: every pod is admitted as it is, and whatever is taken away from the
 * policy, some pod is not.
 *
 * What can be taken away is found by walking the policy, not by what it was made from: each flag,
 * each item of a list, each number at the end of a range, each rule and each restriction that could
 * be stricter. The engine that decides is the one of admission.
 */
#include "analyze/advise/psp_needs.h"

#include "decide/psp/object.h"

#define SECCOMP_LIST "seccomp.security.alpha.kubernetes.io/allowedProfileNames"
#define APP_ARMOR_LIST "apparmor.security.beta.kubernetes.io/allowedProfileNames"

enum { ID_MAX = INT32_MAX }; /* of a user or group */

/* -- one pod -------------------------------------------------------------------------------------
 */

/* What a change of the pod would set; absent when it is none but to say again in an annotation what
 * a field says. */
static Str change_of(const Value *patch)
{
    VALUE_EACH_ITEM(op, patch) {
        Str path = value_get_str(op, STR("path"));
        if (!str_starts_with(path, STR("/metadata/annotations"))) {
            return path;
        }
    }
    return STR_ABSENT;
}

/* "spec.containers[0].hostPort: Invalid value: ..." */
static Str refusal_of(const PspDecision *d, Arena *a)
{
    const FieldError *e = d->tried_count ? d->tried[0].errs.first : NULL;
    Buf b = buf_new(a);
    if (e) {
        field_error_write(e, &b);
    } else {
        buf_lit(&b, "the policy cannot be applied");
    }
    return buf_str(&b);
}

bool psp_leaves(const PspPolicy *policy, const PodView *pod, const KubeTarget *target,
                Arena *scratch, Str *why, Arena *a)
{
    ArenaMark mark = arena_mark(scratch);
    PspCandidate candidate = { .policy = policy };
    PspRequest request = { .candidates = &candidate,
                           .candidate_count = 1,
                           .providers_exist = true,
                           .pod = pod,
                           .pass = PSP_MUTATING,
                           .target = target };
    PspDecision decision;
    psp_admit(&request, scratch, &decision);
    Str change = decision.allowed ? change_of(&decision.patch) : STR_ABSENT;
    bool leaves = decision.allowed && !change.ptr;
    if (!leaves && why) {
        *why = decision.allowed
                   ? arena_printf(a, "would be changed: %.*s", STR_ARG(change))
                   : arena_printf(a, "is refused: %.*s", STR_ARG(refusal_of(&decision, scratch)));
    }
    arena_rewind(scratch, mark);
    return leaves;
}

const PspPolicy *psp_policy_read(const Value *policy, const KubeTarget *target, Arena *a, Str *why)
{
    Err err;
    FieldErrors errs = field_errors_new(a);
    const PspPolicy *compiled = psp_policy_compile(policy, a, &err);
    if (!compiled) {
        *why = err.msg;
        return NULL;
    }
    psp_validate(policy, target, &errs);
    if (errs.first) {
        Buf b = buf_new(a);
        field_error_write(errs.first, &b);
        *why = buf_str(&b);
        return NULL;
    }
    return compiled;
}

/* -- taking away ---------------------------------------------------------------------------------
 */

typedef struct Proving {
    const PspNeeds *needs;
    AdvisePsp *psp;
    const AdvisePod **order; /* those that refused lately come first */
    size_t taken_cap;
    Arena *arena;
    Arena *scratch;
} Proving;

/* Who is not admitted by the policy? Sound whatever the order; the order makes it quick. */
static const AdvisePod *find_refused(Proving *p, const PspPolicy *policy, Str *how)
{
    for (size_t i = 0; i < p->psp->pod_count; i++) {
        const AdvisePod *pod = p->order[i];
        if (!psp_leaves(policy, &pod->view, p->needs->target, p->scratch, how, p->arena)) {
            memmove(p->order + 1, p->order, i * sizeof(const AdvisePod *));
            p->order[0] = pod;
            return pod;
        }
    }
    return NULL;
}

static void record(Proving *p, AdviseTaken taken)
{
    AdvisePsp *psp = p->psp;
    if (psp->taken_count == p->taken_cap) {
        p->taken_cap = p->taken_cap ? p->taken_cap * 2 : 32;
        AdviseTaken *grown = new (p->arena, AdviseTaken, p->taken_cap);
        if (psp->taken_count) {
            memcpy(grown, psp->taken, psp->taken_count * sizeof *grown);
        }
        psp->taken = grown;
    }
    psp->taken[psp->taken_count++] = taken;
}

/* Decides with the policy that has less. */
static void try_less(Proving *p, const Value *less, Str what, Str path)
{
    Err err;
    AdviseTaken taken = { .what = what, .path = path };
    ArenaMark mark = arena_mark(p->scratch);
    const PspPolicy *policy = psp_policy_compile(less, p->scratch, &err);
    if (policy) {
        taken.pod = find_refused(p, policy, &taken.how);
    }
    arena_rewind(p->scratch, mark);
    record(p, taken);
}

/* A copy of the policy to take something away from. */
static Value less_of(const Proving *p)
{
    return value_copy(&p->psp->policy, p->scratch);
}

static Value *spec_of(Value *policy)
{
    return value_get_lit(policy, "spec");
}

static const Value *own_spec(const Proving *p)
{
    return value_get_lit(&p->psp->policy, "spec");
}

static Str at_spec(const Proving *p, Str field)
{
    return arena_concat(p->arena, STR("/spec/"), field);
}

/* -- flags ---------------------------------------------------------------------------------------
 */

static void take_flags(Proving *p)
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
        if (value_get_bool(own_spec(p), flags[i].field).value == flags[i].granting) {
            ArenaMark mark = arena_mark(p->scratch);
            Value less = less_of(p);
            value_set(spec_of(&less), flags[i].field, value_bool(!flags[i].granting), p->scratch);
            try_less(p, &less,
                     arena_printf(p->arena, "%.*s: %s", STR_ARG(flags[i].field),
                                  flags[i].granting ? "true" : "false"),
                     at_spec(p, flags[i].field));
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

static void take_item(Proving *p, const GrantList *row, uint32_t i, Str text)
{
    ArenaMark mark = arena_mark(p->scratch);
    Value less = less_of(p);
    Value *list = list_in(spec_of(&less), row);
    if (list->len == 1 && row->is_open_when_empty) {
        value_set(&list->items[0], str_from_c(row->key), value_str(STR("podgate.invalid/none")),
                  p->scratch);
    } else {
        value_remove_item(list, i);
    }
    try_less(p, &less, arena_printf(p->arena, "%.*s: %.*s", STR_ARG(row->field), STR_ARG(text)),
             arena_printf(p->arena, "/spec/%s%s%.*s/%u", row->in ? row->in : "", row->in ? "/" : "",
                          STR_ARG(row->field), i));
    arena_rewind(p->scratch, mark);
}

static void take_items(Proving *p)
{
    for (size_t r = 0; r < COUNT_OF(grant_lists); r++) {
        const GrantList *row = &grant_lists[r];
        const Value *list = list_in(spec_of(&p->psp->policy), row);
        for (uint32_t i = 0; i < value_len(list); i++) {
            const Value *item = &list->items[i];
            take_item(p, row, i,
                      row->key ? value_get_str(item, str_from_c(row->key)) : value_as_str(item));
        }
    }
}

/* Writable host paths, made read-only. */
static void take_writing(Proving *p)
{
    const Str field = STR("allowedHostPaths");
    const Value *list = value_get(own_spec(p), field);
    for (uint32_t i = 0; i < value_len(list); i++) {
        if (value_get_bool(&list->items[i], STR("readOnly")).value) {
            continue;
        }
        ArenaMark mark = arena_mark(p->scratch);
        Value less = less_of(p);
        value_set_lit(value_item(value_get(spec_of(&less), field), i), "readOnly", value_bool(true),
                      p->scratch);
        Str prefix = value_get_str(&list->items[i], STR("pathPrefix"));
        try_less(p, &less,
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
static void take_end(Proving *p, const RangeList *row, uint32_t i, bool first)
{
    ArenaMark mark = arena_mark(p->scratch);
    Value less = less_of(p);
    Value *list = ranges_in(spec_of(&less), row);
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
    try_less(
        p, &less,
        arena_printf(p->arena, "%.*s: %lld", STR_ARG(row->field), (long long)(first ? min : max)),
        arena_printf(p->arena, "/spec/%.*s%s/%u/%s", STR_ARG(row->field),
                     row->of_ids ? "/ranges" : "", i, first ? "min" : "max"));
    arena_rewind(p->scratch, mark);
}

static void take_ranges(Proving *p)
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
        const Value *list = ranges_in(spec_of(&p->psp->policy), &rows[r]);
        /* the range that stands where no pod has a group is no grant that one needs */
        for (uint32_t i = 0; i < value_len(list) && rows[r].needed->count; i++) {
            int64_t min = value_get_int(&list->items[i], STR("min")).value;
            int64_t max = value_get_int(&list->items[i], STR("max")).value;
            take_end(p, &rows[r], i, true);
            if (min < max) {
                take_end(p, &rows[r], i, false);
            }
        }
    }
}

/* -- rules ---------------------------------------------------------------------------------------
 */

static Value id_rule(Str rule, int64_t min, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "rule", value_str(rule), a);
    if (min >= 0) {
        Value range = value_object();
        value_set_lit(&range, "min", value_int(min), a);
        value_set_lit(&range, "max", value_int(ID_MAX), a);
        value_add(value_set_lit(&v, "ranges", value_array(), a), range, a);
    }
    return v;
}

/* A stricter rule instead: of any ids, so that it is the rule that counts. */
static void take_rule(Proving *p, Str field, Str from, Str to, int64_t min)
{
    if (!str_eq(value_get_str(value_get(own_spec(p), field), STR("rule")), from)) {
        return;
    }
    ArenaMark mark = arena_mark(p->scratch);
    Value less = less_of(p);
    value_set(spec_of(&less), field, id_rule(to, min, p->scratch), p->scratch);
    try_less(p, &less,
             arena_printf(p->arena, "%.*s: %.*s instead of %.*s", STR_ARG(field), STR_ARG(from),
                          STR_ARG(to)),
             arena_concat(p->arena, at_spec(p, field), STR("/rule")));
    arena_rewind(p->scratch, mark);
}

static void take_se_linux(Proving *p)
{
    Str rule = value_as_str(value_at(own_spec(p), "seLinux", "rule", NULL));
    if (str_eq(rule, STR("RunAsAny")) && p->needs->se_linux_seen) {
        ArenaMark mark = arena_mark(p->scratch);
        Value less = less_of(p);
        psp_set_se_linux(spec_of(&less), p->needs->se_linux_seen, p->scratch);
        try_less(p, &less, STR("seLinux: RunAsAny instead of MustRunAs"),
                 STR("/spec/seLinux/rule"));
        arena_rewind(p->scratch, mark);
    }
}

static void take_rules(Proving *p)
{
    static const Str groups[] = { STR_INIT("runAsGroup"), STR_INIT("fsGroup"),
                                  STR_INIT("supplementalGroups") };
    const Str user = STR("runAsUser");
    take_rule(p, user, STR("RunAsAny"), STR("MustRunAsNonRoot"), -1);
    take_rule(p, user, STR("RunAsAny"), STR("MustRunAs"), 0);
    take_rule(p, user, STR("MustRunAsNonRoot"), STR("MustRunAs"), 0);
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        take_rule(p, groups[i], STR("MayRunAs"), STR("MustRunAs"), 0);
    }
    take_se_linux(p);
}

/* -- profiles ------------------------------------------------------------------------------------
 */

static void try_annotation(Proving *p, Str key, Str value, Str what)
{
    ArenaMark mark = arena_mark(p->scratch);
    Value less = less_of(p);
    Value *meta = value_get_lit(&less, "metadata");
    Value *annotations = value_need_object(meta, STR("annotations"), p->scratch);
    if (value.ptr) {
        value_set(annotations, key, value_str(value), p->scratch);
    } else {
        value_remove(annotations, key);
    }
    Buf path = buf_new(p->arena);
    buf_lit(&path, "/metadata/annotations");
    buf_add(&path, advise_pointer_part(key, p->arena));
    try_less(p, &less, what, buf_str(&path));
    arena_rewind(p->scratch, mark);
}

static Str joined(const AdviseNeeds *values, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < values->count; i++) {
        buf_add(&b, i ? STR(",") : STR(""));
        buf_add(&b, values->items[i]->text);
    }
    return buf_str(&b);
}

/* The list without one of its pieces; absent when it was the only one. */
static Str without(Str list, size_t piece, Arena *a)
{
    Buf b = buf_new(a);
    size_t i = 0;
    bool any = false;
    for (Str rest = list, part; str_next_piece(&rest, ',', &part); i++) {
        if (i != piece) {
            buf_add(&b, any ? STR(",") : STR(""));
            buf_add(&b, part);
            any = true;
        }
    }
    return any ? buf_str(&b) : STR_ABSENT;
}

/* none: what the list becomes without its last piece. */
static void take_profiles(Proving *p, Str key, const char *what, Str none)
{
    Str list = value_get_str(value_at(&p->psp->policy, "metadata", "annotations", NULL), key);
    size_t i = 0;
    for (Str rest = list, part; rest.ptr && str_next_piece(&rest, ',', &part); i++) {
        Str left = without(list, i, p->arena);
        try_annotation(p, key, left.ptr ? left : none,
                       arena_printf(p->arena, "%s: %.*s", what, STR_ARG(part)));
    }
}

static void take_annotations(Proving *p)
{
    const PspNeeds *n = p->needs;
    const Value *annotations = value_at(&p->psp->policy, "metadata", "annotations", NULL);
    take_profiles(p, STR(SECCOMP_LIST), "seccomp", STR_ABSENT);
    if (str_eq(value_get_str(annotations, STR(SECCOMP_LIST)), STR("*"))) {
        try_annotation(p, STR(SECCOMP_LIST), joined(&n->seccomp.values, p->arena),
                       STR("seccomp: * instead of a list"));
    }
    take_profiles(p, STR(APP_ARMOR_LIST), "AppArmor", STR("localhost/podgate.invalid"));
    if (n->app_armor.values.count && !value_get(annotations, STR(APP_ARMOR_LIST))) {
        try_annotation(p, STR(APP_ARMOR_LIST), joined(&n->app_armor.values, p->arena),
                       STR("AppArmor: no list"));
    }
}

/* -- what is forbidden, and could be more --------------------------------------------------------
 */

static bool has_text(const Value *list, Str text)
{
    VALUE_EACH_ITEM(item, list) {
        if (str_eq(value_as_str(item), text)) {
            return true;
        }
    }
    return false;
}

static void try_addition(Proving *p, Str field, Str text, const char *what)
{
    ArenaMark mark = arena_mark(p->scratch);
    Value less = less_of(p);
    Value *spec = spec_of(&less);
    Value *list = value_get(spec, field);
    if (!list) {
        list = value_set(spec, field, value_array(), p->scratch);
    }
    value_add(list, value_str(text), p->scratch);
    try_less(p, &less, arena_printf(p->arena, "%s %.*s", what, STR_ARG(text)), at_spec(p, field));
    arena_rewind(p->scratch, mark);
}

static void add_prohibitions(Proving *p)
{
    const Value *forbidden = value_get_lit(own_spec(p), "forbiddenSysctls");
    StrList safe = psp_safe_sysctls(p->needs->target, p->arena);
    for (size_t i = 0; i < safe.count && !has_text(forbidden, STR("*")); i++) {
        if (!has_text(forbidden, safe.items[i])) {
            try_addition(p, STR("forbiddenSysctls"), safe.items[i], "forbiddenSysctls: not");
        }
    }
    const Value *allowed = value_get_lit(own_spec(p), "allowedCapabilities");
    const Value *required = value_get_lit(own_spec(p), "requiredDropCapabilities");
    const AdviseNeeds *drops = &p->needs->any_drops;
    for (size_t i = 0; i < drops->count && !has_text(allowed, STR("*")); i++) {
        Str name = drops->items[i]->text;
        if (!has_text(allowed, name) && !has_text(required, name)) {
            try_addition(p, STR("requiredDropCapabilities"), name, "requiredDropCapabilities: not");
        }
    }
}

/* -- the whole -----------------------------------------------------------------------------------
 */

static bool is_defect(const AdvisePsp *psp, Arena *a, Err *err, Str what)
{
    return err_set(err, a, ERR_CONFLICT,
                   "the proof of policy %.*s fails, which is a defect of podgate: please report "
                   "it, with the workloads. %.*s",
                   STR_ARG(psp->name), STR_ARG(what));
}

/* The API takes the policy, and it admits every pod. */
static bool prove_admitted(Proving *p, Err *err)
{
    Str why = STR("");
    const PspPolicy *policy = psp_policy_read(&p->psp->policy, p->needs->target, p->arena, &why);
    if (!policy) {
        return is_defect(p->psp, p->arena, err,
                         arena_concat(p->arena, STR("The API refuses it: "), why));
    }
    const AdvisePod *refused = find_refused(p, policy, &why);
    return !refused ||
           is_defect(p->psp, p->arena, err,
                     arena_printf(p->arena, "%.*s in %.*s %.*s", STR_ARG(refused->workload->text),
                                  STR_ARG(refused->workload->namespace), STR_ARG(why)));
}

static bool prove_needed(Proving *p, Err *err)
{
    take_flags(p);
    take_items(p);
    take_writing(p);
    take_ranges(p);
    take_rules(p);
    take_annotations(p);
    add_prohibitions(p);
    for (size_t i = 0; i < p->psp->taken_count; i++) {
        const AdviseTaken *t = &p->psp->taken[i];
        if (!t->pod) {
            return is_defect(p->psp, p->arena, err,
                             arena_concat(p->arena, t->what, STR(" is needed by none of them")));
        }
    }
    return true;
}

bool psp_prove(const PspNeeds *needs, AdvisePsp *psp, Arena *a, Err *err)
{
    Arena scratch;
    arena_init(&scratch, 0);
    Proving p = { .needs = needs, .psp = psp, .arena = a, .scratch = &scratch };
    p.order = new (a, const AdvisePod *, psp->pod_count + 1);
    for (size_t i = 0; i < psp->pod_count; i++) {
        p.order[i] = psp->pods[i];
    }
    bool ok = prove_admitted(&p, err) && prove_needed(&p, err);
    arena_done(&scratch);
    return ok;
}
