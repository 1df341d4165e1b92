/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy: for each field the strictest value that leaves every pod as it is, and who needs it.
 */
#include "analyze/advise/psp_needs.h"

enum {
    OWN_GROUP_MINOR = 25, /* the first without policy/v1beta1 */
    RUN_AS_GROUP_MINOR = 14,
    RUNTIME_CLASS_MINOR = 14,
    SAME_DEFAULTS_MINOR = 19, /* docker/default and runtime/default are one profile */
    NOBODYS_GROUP = 65534,
};

#define SECCOMP_LIST "seccomp.security.alpha.kubernetes.io/allowedProfileNames"
#define APP_ARMOR_LIST "apparmor.security.beta.kubernetes.io/allowedProfileNames"

typedef struct Build {
    PspNeeds *needs;
    AdvisePsp *psp;
    Value annotations;
    Value spec;
    AdviseLine **end;
    bool with_namespaces;
    Arena *arena;
} Build;

/* -- lines ---------------------------------------------------------------------------------------
 */

/* needed by e, because why; when nobody needs it, why alone. */
static void note(Build *b, Str path, const AdviseEvidence *e, const char *why)
{
    AdviseLine *line = new (b->arena, AdviseLine, 1);
    Str reason = str_from_c(why);
    line->path = path;
    if (e && e->count) {
        Str who = advise_evidence_text(e, b->with_namespaces, b->arena);
        line->evidence = e;
        line->text = arena_printf(b->arena, "needed by %.*s%s%.*s", STR_ARG(who),
                                  reason.len ? ": " : "", STR_ARG(reason));
    } else {
        line->text = reason;
    }
    *b->end = line;
    b->end = &line->next;
    advise_comment(&b->psp->comments, path, line->text);
}

static Str at_field(const Build *b, Str field)
{
    return arena_concat(b->arena, STR("/spec/"), field);
}

static Str at_item(const Build *b, Str field, uint32_t i)
{
    return arena_printf(b->arena, "/spec/%.*s/%u", STR_ARG(field), i);
}

static void put_flag(Build *b, Str field, const AdviseEvidence *e, const char *unneeded)
{
    value_set(&b->spec, field, value_bool(e->count), b->arena);
    note(b, at_field(b, field), e, e->count ? "" : unneeded);
}

/* -- lists ---------------------------------------------------------------------------------------
 */

/* The values as a list; none: no list unless it says something when empty. */
static void put_texts(Build *b, Str field, const AdviseNeeds *needs, const char *why)
{
    if (needs->count == 0) {
        return;
    }
    Value *list = value_set(&b->spec, field, value_array(), b->arena);
    for (size_t i = 0; i < needs->count; i++) {
        value_add(list, value_str(needs->items[i]->text), b->arena);
        note(b, at_item(b, field, (uint32_t)i), &needs->items[i]->evidence, why);
    }
}

/* [{key: value}] */
static void put_objects(Build *b, Str field, Str key, const AdviseNeeds *needs)
{
    if (needs->count == 0) {
        return;
    }
    Value *list = value_set(&b->spec, field, value_array(), b->arena);
    for (size_t i = 0; i < needs->count; i++) {
        Value item = value_object();
        value_set(&item, key, value_str(needs->items[i]->text), b->arena);
        value_add(list, item, b->arena);
        Str path = arena_printf(b->arena, "%.*s/%.*s", STR_ARG(at_item(b, field, (uint32_t)i)),
                                STR_ARG(key));
        note(b, path, &needs->items[i]->evidence, "");
    }
}

/* Numbers that follow each other are one range. */
static void put_ranges(Build *b, Value *into, Str key, Str path, const AdviseNeeds *needs,
                       const char *why)
{
    Value *list = value_set(into, key, value_array(), b->arena);
    for (size_t i = 0; i < needs->count; i++) {
        AdviseEvidence *who = new (b->arena, AdviseEvidence, 1);
        int64_t min = needs->items[i]->number;
        advise_evidence_join(who, &needs->items[i]->evidence, b->arena);
        while (i + 1 < needs->count && needs->items[i + 1]->number == needs->items[i]->number + 1) {
            i++;
            advise_evidence_join(who, &needs->items[i]->evidence, b->arena);
        }
        Value range = value_object();
        value_set_lit(&range, "min", value_int(min), b->arena);
        value_set_lit(&range, "max", value_int(needs->items[i]->number), b->arena);
        value_add(list, range, b->arena);
        note(b,
             arena_printf(b->arena, "%.*s/%.*s/%u/min", STR_ARG(path), STR_ARG(key), list->len - 1),
             who, why);
    }
}

static bool is_below(Str path, Str prefix)
{
    prefix = str_cut_suffix(prefix, STR("/"));
    return str_starts_with(path, prefix) && (path.len == prefix.len || path.ptr[prefix.len] == '/');
}

/* Does another entry allow all of it? */
static bool is_covered(const AdviseNeeds *paths, const AdviseNeed *path)
{
    for (size_t i = 0; i < paths->count; i++) {
        const AdviseNeed *other = paths->items[i];
        if (other != path && is_below(path->text, other->text) &&
            (other->writers.count || !path->writers.count)) {
            return true;
        }
    }
    return false;
}

static void put_host_paths(Build *b)
{
    AdviseNeeds *paths = &b->needs->host_paths;
    if (paths->count == 0) {
        return;
    }
    const Str field = STR("allowedHostPaths");
    Value *list = value_set(&b->spec, field, value_array(), b->arena);
    for (size_t i = 0; i < paths->count; i++) {
        AdviseNeed *path = paths->items[i];
        if (is_covered(paths, path)) {
            continue;
        }
        bool writable = path->writers.count;
        Value item = value_object();
        value_set_lit(&item, "pathPrefix", value_str(path->text), b->arena);
        Str at = at_item(b, field, list->len);
        note(b, arena_concat(b->arena, at, STR("/pathPrefix")),
             writable ? &path->writers : &path->evidence, writable ? "mounted writable" : "");
        if (!writable) {
            value_set_lit(&item, "readOnly", value_bool(true), b->arena);
            note(b, arena_concat(b->arena, at, STR("/readOnly")), NULL,
                 "nobody mounts it writable");
        }
        value_add(list, item, b->arena);
    }
}

/* A secret volume can hold less than a projected one: where both would do for the service account's
 * token, it is the narrower grant. */
static void put_volumes(Build *b)
{
    PspNeeds *n = b->needs;
    if (n->token.count) {
        bool projected = map_has(&n->volumes.map, STR("projected"));
        AdviseNeed *need = advise_needs_text(&n->volumes,
                                             projected ? STR("projected") : STR("secret"));
        if (!projected || need->evidence.count == 0) {
            advise_evidence_join(&need->evidence, &n->token, b->arena);
        }
    }
    if (n->claims.count) {
        advise_evidence_join(
            &advise_needs_text(&n->volumes, STR(PSP_VOLUME_RESOURCE_CLAIM))->evidence, &n->claims,
            b->arena);
    }
    advise_needs_sort(&n->volumes);
    if (n->volumes.count) {
        put_texts(b, STR("volumes"), &n->volumes, "");
    } else {
        value_set_lit(&b->spec, "volumes", value_array(), b->arena);
        note(b, STR("/spec/volumes"), NULL, "no pod has a volume");
    }
}

static void put_capabilities(Build *b)
{
    PspNeeds *n = b->needs;
    const Str field = STR("requiredDropCapabilities");
    const AdviseNeed *any = map_get(&n->capabilities.map, STR("*"));
    if (any) { /* with it, the API takes nothing beside it */
        Value *list = value_set_lit(&b->spec, "allowedCapabilities", value_array(), b->arena);
        value_add(list, value_str(STR("*")), b->arena);
        note(b, STR("/spec/allowedCapabilities/0"), &any->evidence, "");
        return;
    }
    put_texts(b, STR("allowedCapabilities"), &n->capabilities, "");
    Value drops = value_array();
    for (size_t i = 0; i < n->drops.count; i++) {
        if (!map_has(&n->capabilities.map, n->drops.items[i]->text)) {
            note(b, at_item(b, field, drops.len), NULL, "every container drops it");
            value_add(&drops, value_str(n->drops.items[i]->text), b->arena);
        }
    }
    if (drops.len) {
        value_set(&b->spec, field, drops, b->arena);
    }
}

/* Safe sysctls are allowed unless they are forbidden. "*" goes with no other name. */
static void put_sysctls(Build *b)
{
    PspNeeds *n = b->needs;
    put_texts(b, STR("allowedUnsafeSysctls"), &n->unsafe_sysctls, "");
    const Str field = STR("forbiddenSysctls");
    Value forbidden = value_array();
    if (n->unsafe_sysctls.count == 0 && n->safe_sysctls.count == 0) {
        value_add(&forbidden, value_str(STR("*")), b->arena);
        note(b, at_item(b, field, 0), NULL, "no pod sets one");
    } else {
        StrList safe = psp_safe_sysctls(n->target, b->arena);
        for (size_t i = 0; i < safe.count; i++) {
            if (!map_has(&n->safe_sysctls.map, safe.items[i])) {
                note(b, at_item(b, field, forbidden.len), NULL, "safe, and no pod sets it");
                value_add(&forbidden, value_str(safe.items[i]), b->arena);
            }
        }
    }
    if (forbidden.len) {
        value_set(&b->spec, field, forbidden, b->arena);
    }
}

static void put_proc_mounts(Build *b)
{
    const AdviseNeeds *types = &b->needs->proc_types;
    bool by_default = types->count == 0 ||
                      (types->count == 1 && str_eq(types->items[0]->text, STR("Default")));
    if (!by_default && kube_has(b->needs->target, FEATURE_PROC_MOUNT_TYPE)) {
        put_texts(b, STR("allowedProcMountTypes"), types, "");
    }
}

static void put_runtime_classes(Build *b)
{
    const AdviseNeeds *classes = &b->needs->runtime_classes;
    if (b->needs->target->minor < RUNTIME_CLASS_MINOR) {
        return;
    }
    Value list = value_array();
    for (size_t i = 0; i < classes->count; i++) {
        value_add(&list, value_str(classes->items[i]->text), b->arena);
        note(b, arena_printf(b->arena, "/spec/runtimeClass/allowedRuntimeClassNames/%zu", i),
             &classes->items[i]->evidence, "");
    }
    if (list.len == 0) {
        note(b, STR("/spec/runtimeClass/allowedRuntimeClassNames"), NULL,
             "no pod names a runtime class");
    }
    Value class = value_object();
    value_set_lit(&class, "allowedRuntimeClassNames", list, b->arena);
    value_set_lit(&b->spec, "runtimeClass", class, b->arena);
}

/* -- rules ---------------------------------------------------------------------------------------
 */

static Value *put_rule(Build *b, Str field, Str rule, const AdviseEvidence *e, const char *why)
{
    Value v = value_object();
    value_set_lit(&v, "rule", value_str(rule), b->arena);
    note(b, arena_concat(b->arena, at_field(b, field), STR("/rule")), e, why);
    return value_set(&b->spec, field, v, b->arena);
}

static void put_users(Build *b)
{
    PspNeeds *n = b->needs;
    const Str field = STR("runAsUser");
    if (n->users.unset.count == 0) {
        Value *rule = put_rule(b, field, STR("MustRunAs"), NULL, "every container says its user");
        put_ranges(b, rule, STR("ranges"), STR("/spec/runAsUser"), &n->users.ids, "");
    } else if (n->may_be_root.count == 0) {
        put_rule(b, field, STR("MustRunAsNonRoot"), &n->users.unset,
                 "it names no user, but says runAsNonRoot");
    } else {
        put_rule(b, field, STR("RunAsAny"), &n->may_be_root,
                 "it is root, or says neither its user nor runAsNonRoot");
    }
}

static void put_groups(Build *b, Str field, PspIdNeeds *groups)
{
    if (groups->unset.count == 0) {
        Value *rule = put_rule(b, field, STR("MustRunAs"), NULL, "every one says its group");
        put_ranges(b, rule, STR("ranges"), at_field(b, field), &groups->ids, "");
    } else if (groups->ids.count) {
        Value *rule = put_rule(b, field, STR("MayRunAs"), &groups->unset, "it says none");
        put_ranges(b, rule, STR("ranges"), at_field(b, field), &groups->ids, "");
    } else {
        Value *rule = put_rule(b, field, STR("MayRunAs"), &groups->unset, "it says none");
        AdviseNeeds nobody;
        advise_needs_init(&nobody, b->arena);
        advise_needs_number(&nobody, NOBODYS_GROUP);
        advise_needs_sort(&nobody);
        put_ranges(b, rule, STR("ranges"), at_field(b, field), &nobody,
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

static void put_se_linux(Build *b)
{
    PspNeeds *n = b->needs;
    psp_set_se_linux(&b->spec, n->se_linux, b->arena);
    const Str path = STR("/spec/seLinux/rule");
    if (n->se_linux) {
        note(b, path, NULL, "every container has these options");
    } else if (n->se_linux_seen) {
        note(b, path, &n->other_se_linux, "options that others have not");
    } else {
        note(b, path, &n->all, "no options are set, and a rule would set them");
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

static void put_annotation(Build *b, Str key, const AdviseNeeds *values, const char *why)
{
    Buf list = buf_new(b->arena);
    AdviseEvidence *who = new (b->arena, AdviseEvidence, 1);
    for (size_t i = 0; i < values->count; i++) {
        buf_add(&list, i ? STR(",") : STR(""));
        buf_add(&list, values->items[i]->text);
        advise_evidence_join(who, &values->items[i]->evidence, b->arena);
    }
    value_set(&b->annotations, key, value_str(buf_str(&list)), b->arena);
    note(b,
         arena_concat(b->arena, STR("/metadata/annotations"), advise_pointer_part(key, b->arena)),
         who, why);
}

/* Without a list no pod may have a profile; with one every pod must. */
static void put_seccomp(Build *b)
{
    PspProfileNeeds *seccomp = &b->needs->seccomp;
    const Str key = STR(SECCOMP_LIST);
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
static void put_app_armor(Build *b)
{
    PspProfileNeeds *profiles = &b->needs->app_armor;
    if (profiles->values.count && profiles->none.count == 0) {
        put_annotation(b, STR(APP_ARMOR_LIST), &profiles->values, "");
    }
}

/* -- the whole -----------------------------------------------------------------------------------
 */

static void put_privileges(Build *b)
{
    PspNeeds *n = b->needs;
    put_flag(b, STR("privileged"), &n->privileged, "no container is privileged");
    Str field = STR("allowPrivilegeEscalation");
    value_set(&b->spec, field, value_bool(n->escalation.count), b->arena);
    note(b, at_field(b, field), &n->escalation,
         n->escalation.count ? "it does not say false" : "every container says so");
    field = STR("readOnlyRootFilesystem");
    value_set(&b->spec, field, value_bool(n->writable_root.count == 0), b->arena);
    note(b, at_field(b, field), &n->writable_root,
         n->writable_root.count ? "it does not say true" : "every container says so");
}

static Value new_policy(const KubeTarget *target, Arena *a)
{
    Value policy = value_object();
    value_set_lit(
        &policy, "apiVersion",
        value_str(target->minor >= OWN_GROUP_MINOR ? STR("podgate.io/v1") : STR("policy/v1beta1")),
        a);
    value_set_lit(&policy, "kind", value_str(STR("PodSecurityPolicy")), a);
    return policy;
}

void psp_policy_build(PspNeeds *needs, AdvisePsp *out, bool with_namespaces, Arena *a)
{
    AdviseLine *first = NULL;
    Build b = { .needs = needs,
                .psp = out,
                .annotations = value_object(),
                .spec = value_object(),
                .end = &first,
                .with_namespaces = with_namespaces,
                .arena = a };
    advise_comments_init(&out->comments, a);
    put_seccomp(&b);
    put_app_armor(&b);
    put_privileges(&b);
    put_capabilities(&b);
    put_flag(&b, STR("hostNetwork"), &needs->host_network, "no pod asks for it");
    put_flag(&b, STR("hostPID"), &needs->host_pid, "no pod asks for it");
    put_flag(&b, STR("hostIPC"), &needs->host_ipc, "no pod asks for it");
    if (needs->ports.count) {
        put_ranges(&b, &b.spec, STR("hostPorts"), STR("/spec"), &needs->ports, "");
    }
    put_volumes(&b);
    put_host_paths(&b);
    put_objects(&b, STR("allowedFlexVolumes"), STR("driver"), &needs->flex_drivers);
    put_objects(&b, STR("allowedCSIDrivers"), STR("name"), &needs->csi_drivers);
    put_users(&b);
    if (needs->target->minor >= RUN_AS_GROUP_MINOR) {
        put_groups(&b, STR("runAsGroup"), &needs->groups);
    }
    put_groups(&b, STR("fsGroup"), &needs->fs_groups);
    put_groups(&b, STR("supplementalGroups"), &needs->further_groups);
    put_se_linux(&b);
    put_sysctls(&b);
    put_proc_mounts(&b);
    put_runtime_classes(&b);
    out->lines = first;
    out->policy = new_policy(needs->target, a);
    Value meta = value_object();
    value_set_lit(&meta, "name", value_str(out->name), a);
    if (b.annotations.len) {
        value_set_lit(&meta, "annotations", b.annotations, a);
    }
    value_set_lit(&out->policy, "metadata", meta, a);
    value_set_lit(&out->policy, "spec", b.spec, a);
}

Value psp_open_policy(const KubeTarget *target, Arena *a)
{
    static const Str flags[] = { STR_INIT("privileged"), STR_INIT("allowPrivilegeEscalation"),
                                 STR_INIT("hostNetwork"), STR_INIT("hostPID"),
                                 STR_INIT("hostIPC") };
    static const Str lists[] = { STR_INIT("allowedCapabilities"), STR_INIT("volumes"),
                                 STR_INIT("allowedUnsafeSysctls") };
    static const Str rules[] = { STR_INIT("runAsUser"), STR_INIT("fsGroup"),
                                 STR_INIT("supplementalGroups") };
    Value policy = new_policy(target, a);
    Value annotations = value_object();
    value_set_lit(&annotations, SECCOMP_LIST, value_str(STR("*")), a);
    Value meta = value_object();
    value_set_lit(&meta, "name", value_str(STR("open")), a);
    value_set_lit(&meta, "annotations", annotations, a);
    Value spec = value_object();
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        value_set(&spec, flags[i], value_bool(true), a);
    }
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        Value *list = value_set(&spec, lists[i], value_array(), a);
        value_add(list, value_str(STR("*")), a);
    }
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        Value rule = value_object();
        value_set_lit(&rule, "rule", value_str(STR("RunAsAny")), a);
        value_set(&spec, rules[i], rule, a);
    }
    psp_set_se_linux(&spec, NULL, a);
    Value ports = value_object();
    value_set_lit(&ports, "min", value_int(0), a);
    value_set_lit(&ports, "max", value_int(UINT16_MAX), a);
    value_add(value_set_lit(&spec, "hostPorts", value_array(), a), ports, a);
    if (kube_has(target, FEATURE_PROC_MOUNT_TYPE)) {
        Value *types = value_set_lit(&spec, "allowedProcMountTypes", value_array(), a);
        value_add(types, value_str(STR("Default")), a);
        value_add(types, value_str(STR("Unmasked")), a);
    }
    value_set_lit(&policy, "metadata", meta, a);
    value_set_lit(&policy, "spec", spec, a);
    return policy;
}
