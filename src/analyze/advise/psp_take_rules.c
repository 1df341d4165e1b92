/* SPDX-License-Identifier: Apache-2.0 */
/* Putting stricter rules into a policy, fewer profiles, more that is forbidden. */
#include "analyze/advise/psp_prove.h"

enum { ID_MAX = INT32_MAX }; /* of a user or group */

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
static void take_rule(PspProving *p, Str field, Str from, Str to, int64_t min)
{
    Str rule = value_get_str(value_get(psp_own_spec(p), field), STR("rule"));
    if (!str_eq(rule.ptr ? rule : STR("RunAsAny"), from)) {
        return; /* runAsGroup may be missing */
    }
    ArenaMark mark = arena_mark(p->scratch);
    Value less = psp_less_of(p);
    value_set(psp_spec_of(&less), field, id_rule(to, min, p->scratch), p->scratch);
    psp_try_less(p, &less,
                 arena_printf(p->arena, "%.*s: %.*s instead of %.*s", STR_ARG(field), STR_ARG(from),
                              STR_ARG(to)),
                 arena_concat(p->arena, psp_at_spec(p, field), STR("/rule")));
    arena_rewind(p->scratch, mark);
}

static void take_se_linux(PspProving *p)
{
    Str rule = value_as_str(value_at(psp_own_spec(p), "seLinux", "rule", NULL));
    if (str_eq(rule, STR("RunAsAny")) && p->needs->se_linux_seen) {
        ArenaMark mark = arena_mark(p->scratch);
        Value less = psp_less_of(p);
        psp_set_se_linux(psp_spec_of(&less), p->needs->se_linux_seen, p->scratch);
        psp_try_less(p, &less, STR("seLinux: RunAsAny instead of MustRunAs"),
                     STR("/spec/seLinux/rule"));
        arena_rewind(p->scratch, mark);
    }
}

static void take_each_rule(PspProving *p)
{
    static const Str groups[] = { STR_INIT("runAsGroup"), STR_INIT("fsGroup"),
                                  STR_INIT("supplementalGroups") };
    const Str user = STR("runAsUser");
    take_rule(p, user, STR("RunAsAny"), STR("MustRunAsNonRoot"), -1);
    take_rule(p, user, STR("RunAsAny"), STR("MustRunAs"), 0);
    take_rule(p, user, STR("MustRunAsNonRoot"), STR("MustRunAs"), 0);
    bool has_run_as_group = p->needs->target->minor >= PSP_RUN_AS_GROUP_MINOR;
    for (size_t i = has_run_as_group ? 0 : 1; i < COUNT_OF(groups); i++) {
        take_rule(p, groups[i], STR("RunAsAny"), STR("MayRunAs"), 0);
        take_rule(p, groups[i], STR("MayRunAs"), STR("MustRunAs"), 0);
    }
    take_se_linux(p);
}

/* -- profiles ------------------------------------------------------------------------------------
 */

static void try_annotation(PspProving *p, Str key, Str value, Str what)
{
    ArenaMark mark = arena_mark(p->scratch);
    Value less = psp_less_of(p);
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
    psp_try_less(p, &less, what, buf_str(&path));
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
static void take_profiles(PspProving *p, Str key, const char *what, Str none)
{
    Str list = value_get_str(value_at(&p->psp->policy, "metadata", "annotations", NULL), key);
    size_t i = 0;
    for (Str rest = list, part; rest.ptr && str_next_piece(&rest, ',', &part); i++) {
        Str left = without(list, i, p->arena);
        try_annotation(p, key, left.ptr ? left : none,
                       arena_printf(p->arena, "%s: %.*s", what, STR_ARG(part)));
    }
}

static void take_annotations(PspProving *p)
{
    const PspNeeds *n = p->needs;
    const Value *annotations = value_at(&p->psp->policy, "metadata", "annotations", NULL);
    take_profiles(p, STR(PSP_SECCOMP_LIST), "seccomp", STR_ABSENT);
    if (str_eq(value_get_str(annotations, STR(PSP_SECCOMP_LIST)), STR("*"))) {
        try_annotation(p, STR(PSP_SECCOMP_LIST), joined(&n->seccomp.values, p->arena),
                       STR("seccomp: * instead of a list"));
    }
    take_profiles(p, STR(PSP_APP_ARMOR_LIST), "AppArmor", STR("localhost/podgate.invalid"));
    if (n->app_armor.values.count && !value_get(annotations, STR(PSP_APP_ARMOR_LIST))) {
        try_annotation(p, STR(PSP_APP_ARMOR_LIST), joined(&n->app_armor.values, p->arena),
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

static void try_addition(PspProving *p, Str field, Str text, const char *what)
{
    ArenaMark mark = arena_mark(p->scratch);
    Value less = psp_less_of(p);
    Value *spec = psp_spec_of(&less);
    Value *list = value_get(spec, field);
    if (!list) {
        list = value_set(spec, field, value_array(), p->scratch);
    }
    value_add(list, value_str(text), p->scratch);
    psp_try_less(p, &less, arena_printf(p->arena, "%s %.*s", what, STR_ARG(text)),
                 psp_at_spec(p, field));
    arena_rewind(p->scratch, mark);
}

static void add_prohibitions(PspProving *p)
{
    const Value *forbidden = value_get_lit(psp_own_spec(p), "forbiddenSysctls");
    StrList safe = psp_safe_sysctls(p->needs->target, p->arena);
    for (size_t i = 0; i < safe.count && !has_text(forbidden, STR("*")); i++) {
        if (!has_text(forbidden, safe.items[i])) {
            try_addition(p, STR("forbiddenSysctls"), safe.items[i], "forbiddenSysctls: not");
        }
    }
    const Value *allowed = value_get_lit(psp_own_spec(p), "allowedCapabilities");
    const Value *required = value_get_lit(psp_own_spec(p), "requiredDropCapabilities");
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

void psp_take_rules(PspProving *p)
{
    take_each_rule(p);
    take_annotations(p);
    add_prohibitions(p);
}
