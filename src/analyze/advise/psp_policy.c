/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy: for each field the strictest value that leaves every pod as it is, and who needs it.
 */
#include "analyze/advise/psp_build.h"

enum {
    OWN_GROUP_MINOR = 25, /* the first without policy/v1beta1 */
};

/* -- lines ---------------------------------------------------------------------------------------
 */

/* needed by e, because why; when nobody needs it, why alone. */
void psp_note(PspBuild *b, Str path, const AdviseEvidence *e, const char *why)
{
    AdviseLine *line = new(b->arena, AdviseLine, 1);
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

Str psp_at_field(const PspBuild *b, Str field)
{
    return arena_concat(b->arena, STR("/spec/"), field);
}

static Str at_item(const PspBuild *b, Str field, uint32_t i)
{
    return arena_printf(b->arena, "/spec/%.*s/%u", STR_ARG(field), i);
}

static void put_flag(PspBuild *b, Str field, const AdviseEvidence *e, const char *unneeded)
{
    value_set(&b->spec, field, value_bool(e->count), b->arena);
    psp_note(b, psp_at_field(b, field), e, e->count ? "" : unneeded);
}

/* -- lists ---------------------------------------------------------------------------------------
 */

/* The values as a list; none: no list unless it says something when empty. */
static void put_texts(PspBuild *b, Str field, const AdviseNeeds *needs, const char *why)
{
    if (needs->count == 0) {
        return;
    }
    Value *list = value_set(&b->spec, field, value_array(), b->arena);
    for (size_t i = 0; i < needs->count; i++) {
        value_add(list, value_str(needs->items[i]->text), b->arena);
        psp_note(b, at_item(b, field, (uint32_t)i), &needs->items[i]->evidence, why);
    }
}

/* [{key: value}] */
static void put_objects(PspBuild *b, Str field, Str key, const AdviseNeeds *needs)
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
        psp_note(b, path, &needs->items[i]->evidence, "");
    }
}

/* Numbers that follow each other are one range. */
void psp_put_ranges(PspBuild *b, Value *into, Str key, Str path, const AdviseNeeds *needs,
                    const char *why)
{
    Value *list = value_set(into, key, value_array(), b->arena);
    for (size_t i = 0; i < needs->count; i++) {
        AdviseEvidence *who = new(b->arena, AdviseEvidence, 1);
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
        psp_note(
            b,
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

static void put_host_paths(PspBuild *b)
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
        psp_note(b, arena_concat(b->arena, at, STR("/pathPrefix")),
                 writable ? &path->writers : &path->evidence, writable ? "mounted writable" : "");
        if (!writable) {
            value_set_lit(&item, "readOnly", value_bool(true), b->arena);
            psp_note(b, arena_concat(b->arena, at, STR("/readOnly")), NULL,
                     "nobody mounts it writable");
        }
        value_add(list, item, b->arena);
    }
}

/* A secret volume can hold less than a projected one: where both would do for the service account's
 * token, it is the narrower grant. */
static void put_volumes(PspBuild *b)
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
        psp_note(b, STR("/spec/volumes"), NULL, "no pod has a volume");
    }
}

static void put_capabilities(PspBuild *b)
{
    PspNeeds *n = b->needs;
    const Str field = STR("requiredDropCapabilities");
    const AdviseNeed *any = map_get(&n->capabilities.map, STR("*"));
    if (any) { /* with it, the API takes nothing beside it */
        Value *list = value_set_lit(&b->spec, "allowedCapabilities", value_array(), b->arena);
        value_add(list, value_str(STR("*")), b->arena);
        psp_note(b, STR("/spec/allowedCapabilities/0"), &any->evidence, "");
        return;
    }
    put_texts(b, STR("allowedCapabilities"), &n->capabilities, "");
    Value drops = value_array();
    for (size_t i = 0; i < n->drops.count; i++) {
        if (!map_has(&n->capabilities.map, n->drops.items[i]->text)) {
            psp_note(b, at_item(b, field, drops.len), NULL, "every container drops it");
            value_add(&drops, value_str(n->drops.items[i]->text), b->arena);
        }
    }
    if (drops.len) {
        value_set(&b->spec, field, drops, b->arena);
    }
}

/* Safe sysctls are allowed unless they are forbidden. "*" goes with no other name. */
static void put_sysctls(PspBuild *b)
{
    PspNeeds *n = b->needs;
    put_texts(b, STR("allowedUnsafeSysctls"), &n->unsafe_sysctls, "");
    const Str field = STR("forbiddenSysctls");
    Value forbidden = value_array();
    if (n->unsafe_sysctls.count == 0 && n->safe_sysctls.count == 0) {
        value_add(&forbidden, value_str(STR("*")), b->arena);
        psp_note(b, at_item(b, field, 0), NULL, "no pod sets one");
    } else {
        StrList safe = psp_safe_sysctls(n->target, b->arena);
        for (size_t i = 0; i < safe.count; i++) {
            if (!map_has(&n->safe_sysctls.map, safe.items[i])) {
                psp_note(b, at_item(b, field, forbidden.len), NULL, "safe, and no pod sets it");
                value_add(&forbidden, value_str(safe.items[i]), b->arena);
            }
        }
    }
    if (forbidden.len) {
        value_set(&b->spec, field, forbidden, b->arena);
    }
}

static void put_proc_mounts(PspBuild *b)
{
    const AdviseNeeds *types = &b->needs->proc_types;
    bool by_default = types->count == 0 ||
                      (types->count == 1 && str_eq(types->items[0]->text, STR("Default")));
    if (!by_default && kube_has(b->needs->target, FEATURE_PROC_MOUNT_TYPE)) {
        put_texts(b, STR("allowedProcMountTypes"), types, "");
    }
}

static void put_runtime_classes(PspBuild *b)
{
    const AdviseNeeds *classes = &b->needs->runtime_classes;
    if (b->needs->target->minor < PSP_RUNTIME_CLASS_MINOR) {
        return;
    }
    Value list = value_array();
    for (size_t i = 0; i < classes->count; i++) {
        value_add(&list, value_str(classes->items[i]->text), b->arena);
        psp_note(b, arena_printf(b->arena, "/spec/runtimeClass/allowedRuntimeClassNames/%zu", i),
                 &classes->items[i]->evidence, "");
    }
    if (list.len == 0) {
        psp_note(b, STR("/spec/runtimeClass/allowedRuntimeClassNames"), NULL,
                 "no pod names a runtime class");
    }
    Value class = value_object();
    value_set_lit(&class, "allowedRuntimeClassNames", list, b->arena);
    value_set_lit(&b->spec, "runtimeClass", class, b->arena);
}

/* -- the whole -----------------------------------------------------------------------------------
 */

static void put_privileges(PspBuild *b)
{
    PspNeeds *n = b->needs;
    put_flag(b, STR("privileged"), &n->privileged, "no container is privileged");
    Str field = STR("allowPrivilegeEscalation");
    value_set(&b->spec, field, value_bool(n->escalation.count), b->arena);
    psp_note(b, psp_at_field(b, field), &n->escalation,
             n->escalation.count ? "it does not say false" : "every container says so");
    field = STR("readOnlyRootFilesystem");
    value_set(&b->spec, field, value_bool(n->writable_root.count == 0), b->arena);
    psp_note(b, psp_at_field(b, field), &n->writable_root,
             n->writable_root.count ? "it does not say true" : "every container says so");
}

Value psp_new_policy(const KubeTarget *target, Arena *a)
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
    PspBuild b = { .needs = needs,
                   .psp = out,
                   .annotations = value_object(),
                   .spec = value_object(),
                   .end = &first,
                   .with_namespaces = with_namespaces,
                   .arena = a };
    advise_comments_init(&out->comments, a);
    psp_put_profiles(&b);
    put_privileges(&b);
    put_capabilities(&b);
    put_flag(&b, STR("hostNetwork"), &needs->host_network, "no pod asks for it");
    put_flag(&b, STR("hostPID"), &needs->host_pid, "no pod asks for it");
    put_flag(&b, STR("hostIPC"), &needs->host_ipc, "no pod asks for it");
    if (needs->ports.count) {
        psp_put_ranges(&b, &b.spec, STR("hostPorts"), STR("/spec"), &needs->ports, "");
    }
    put_volumes(&b);
    put_host_paths(&b);
    put_objects(&b, STR("allowedFlexVolumes"), STR("driver"), &needs->flex_drivers);
    put_objects(&b, STR("allowedCSIDrivers"), STR("name"), &needs->csi_drivers);
    psp_put_rules(&b);
    put_sysctls(&b);
    put_proc_mounts(&b);
    put_runtime_classes(&b);
    out->lines = first;
    out->policy = psp_new_policy(needs->target, a);
    Value meta = value_object();
    value_set_lit(&meta, "name", value_str(out->name), a);
    if (b.annotations.len) {
        value_set_lit(&meta, "annotations", b.annotations, a);
    }
    value_set_lit(&out->policy, "metadata", meta, a);
    value_set_lit(&out->policy, "spec", b.spec, a);
}
