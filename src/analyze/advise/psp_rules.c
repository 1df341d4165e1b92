/* SPDX-License-Identifier: Apache-2.0 */
/* Of a policy the rules on users, groups and SELinux, and the profiles. */
#include "analyze/advise/psp_build.h"

enum { SAME_DEFAULTS_MINOR = 19 }; /* docker/default and runtime/default are one profile */

/* -- rules ---------------------------------------------------------------------------------------
 */

static Value *put_rule(PspBuild *b, Str field, Str rule, const AdviseEvidence *e, const char *why)
{
    Value v = value_object();
    value_set_lit(&v, "rule", value_str(rule), b->arena);
    psp_note(b, arena_concat(b->arena, psp_at_field(b, field), STR("/rule")), e, why);
    return value_set(&b->spec, field, v, b->arena);
}

static void put_users(PspBuild *b)
{
    PspNeeds *n = b->needs;
    const Str field = STR("runAsUser");
    if (n->users.unset.count == 0) {
        Value *rule = put_rule(b, field, STR("MustRunAs"), NULL, "every container says its user");
        psp_put_ranges(b, rule, STR("ranges"), STR("/spec/runAsUser"), &n->users.ids, "");
    } else if (n->may_be_root.count == 0) {
        put_rule(b, field, STR("MustRunAsNonRoot"), &n->users.unset,
                 "it names no user, but says runAsNonRoot");
    } else {
        put_rule(b, field, STR("RunAsAny"), &n->may_be_root,
                 "it is root, or says neither its user nor runAsNonRoot");
    }
}

static void put_groups(PspBuild *b, Str field, PspIdNeeds *groups)
{
    if (groups->unset.count == 0) {
        Value *rule = put_rule(b, field, STR("MustRunAs"), NULL, "every one says its group");
        psp_put_ranges(b, rule, STR("ranges"), psp_at_field(b, field), &groups->ids, "");
    } else if (groups->ids.count) {
        Value *rule = put_rule(b, field, STR("MayRunAs"), &groups->unset, "it says none");
        psp_put_ranges(b, rule, STR("ranges"), psp_at_field(b, field), &groups->ids, "");
    } else {
        Value *rule = put_rule(b, field, STR("MayRunAs"), &groups->unset, "it says none");
        AdviseNeeds nobody;
        advise_needs_init(&nobody, b->arena);
        advise_needs_number(&nobody, PSP_NOBODYS_GROUP);
        advise_needs_sort(&nobody);
        psp_put_ranges(b, rule, STR("ranges"), psp_at_field(b, field), &nobody,
                       "no pod asks for a group; the API wants a range, and this one is nobody's");
    }
}

void psp_set_se_linux(Value *spec, const SeLinuxView *options, Arena *a)
{
    Value rule = value_object();
    value_set_lit(&rule, "rule", value_str(options ? STR("MustRunAs") : STR("RunAsAny")), a);
    if (options) {
        const Str names[] = { STR("user"), STR("role"), STR("type"), STR("level") };
        const Str values[] = { options->user, options->role, options->type, options->level };
        Value list = value_object();
        for (size_t i = 0; i < COUNT_OF(names); i++) {
            if (values[i].len) {
                value_set(&list, names[i], value_str(values[i]), a);
            }
        }
        value_set_lit(&rule, "seLinuxOptions", list, a);
    }
    value_set_lit(spec, "seLinux", rule, a);
}

static void put_se_linux(PspBuild *b)
{
    PspNeeds *n = b->needs;
    psp_set_se_linux(&b->spec, n->se_linux, b->arena);
    const Str path = STR("/spec/seLinux/rule");
    if (n->se_linux) {
        psp_note(b, path, NULL, "every container has these options");
    } else if (n->se_linux_seen) {
        psp_note(b, path, &n->other_se_linux, "options that others have not");
    } else {
        psp_note(b, path, &n->all, "no options are set, and a rule would set them");
    }
}

/* -- profiles ------------------------------------------------------------------------------------
 */

/* One name for the runtime's default profile where there were two. */
static void merge_defaults(PspNeeds *n)
{
    AdviseNeeds *values = &n->seccomp.values;
    AdviseNeed *old = map_get(&values->map, STR("docker/default"));
    AdviseNeed *now = map_get(&values->map, STR("runtime/default"));
    if (!old || !now || n->target->minor < SAME_DEFAULTS_MINOR) {
        return;
    }
    advise_evidence_join(&now->evidence, &old->evidence, n->arena);
    size_t count = 0;
    for (size_t i = 0; i < values->count; i++) {
        if (values->items[i] != old) {
            values->items[count++] = values->items[i];
        }
    }
    values->count = count;
}

static void put_annotation(PspBuild *b, Str key, const AdviseNeeds *values, const char *why)
{
    Buf list = buf_new(b->arena);
    AdviseEvidence *who = new(b->arena, AdviseEvidence, 1);
    for (size_t i = 0; i < values->count; i++) {
        buf_add(&list, i ? STR(",") : STR(""));
        buf_add(&list, values->items[i]->text);
        advise_evidence_join(who, &values->items[i]->evidence, b->arena);
    }
    value_set(&b->annotations, key, value_str(buf_str(&list)), b->arena);
    psp_note(
        b, arena_concat(b->arena, STR("/metadata/annotations"), advise_pointer_part(key, b->arena)),
        who, why);
}

/* Without a list no pod may have a profile; with one every pod must. */
static void put_seccomp(PspBuild *b)
{
    PspProfileNeeds *seccomp = &b->needs->seccomp;
    const Str key = STR(PSP_SECCOMP_LIST);
    if (seccomp->values.count == 0) {
        return;
    }
    merge_defaults(b->needs);
    if (seccomp->none.count == 0) {
        put_annotation(b, key, &seccomp->values, "");
        return;
    }
    AdviseNeeds any;
    advise_needs_init(&any, b->arena);
    AdviseNeed *need = advise_needs_text(&any, STR("*"));
    for (size_t i = 0; i < seccomp->values.count; i++) {
        advise_evidence_join(&need->evidence, &seccomp->values.items[i]->evidence, b->arena);
    }
    advise_needs_sort(&any);
    Str others = advise_evidence_text(&seccomp->none, b->with_namespaces, b->arena);
    put_annotation(b, key, &any,
                   arena_cstr(b->arena, arena_printf(b->arena,
                                                     "a list would change %.*s, without "
                                                     "a profile in a field",
                                                     STR_ARG(others))));
}

/* Without a list any profile will do; with one every container must have one. */
static void put_app_armor(PspBuild *b)
{
    PspProfileNeeds *profiles = &b->needs->app_armor;
    if (profiles->values.count && profiles->none.count == 0) {
        put_annotation(b, STR(PSP_APP_ARMOR_LIST), &profiles->values, "");
    }
}

/* -- the whole -----------------------------------------------------------------------------------
 */

void psp_put_rules(PspBuild *b)
{
    PspNeeds *n = b->needs;
    put_users(b);
    if (n->target->minor >= PSP_RUN_AS_GROUP_MINOR) {
        put_groups(b, STR("runAsGroup"), &n->groups);
    }
    put_groups(b, STR("fsGroup"), &n->fs_groups);
    put_groups(b, STR("supplementalGroups"), &n->further_groups);
    put_se_linux(b);
}

void psp_put_profiles(PspBuild *b)
{
    put_seccomp(b);
    put_app_armor(b);
}
