/* SPDX-License-Identifier: Apache-2.0 */
/* Which Pod Security Standard do workloads meet, and what is in the way of the next? */
#include "analyze/advise/pss.h"

typedef struct Asking {
    const AdviseInputs *inputs;
    const AdvisePssQuestion *question;
    int64_t minor_max;
    Arena *arena;
    Arena *scratch;
} Asking;

static bool is_in(StrList list, Str name)
{
    return name.len && str_list_has(list, name);
}

static bool is_exempt_pod(const Asking *asking, const AdvisePod *pod)
{
    const PsaConfig *config = asking->question->config;
    return config && is_in(config->exemptions.runtime_classes, pod->view.runtime_class_name);
}

/* A bit for each version of a level that admits the pod. */
static uint64_t versions_for(const Asking *asking, const AdvisePod *pod, PsaLevel level)
{
    uint64_t met = 0;
    const PsaOptions how = { .minor_max = asking->minor_max };
    for (int64_t minor = 0; minor <= asking->minor_max; minor++) {
        ArenaMark mark = arena_mark(asking->scratch);
        PsaResult result;
        PsaLevelVersion v = { level, { false, minor } };
        psa_evaluate(&pod->view, v, &how, asking->scratch, &result);
        met |= (uint64_t)psa_allowed(&result) << minor;
        arena_rewind(asking->scratch, mark);
    }
    return met;
}

static uint64_t versions_for_all(const Asking *asking, const AdvisePssItem *item, PsaLevel level)
{
    uint64_t met = ~(uint64_t)0;
    for (size_t i = 0; i < item->count && met; i++) {
        const AdviseWorkload *w = item->workloads[i];
        for (size_t k = 0; k < w->pod_count && met; k++) {
            if (!is_exempt_pod(asking, w->pods[k])) {
                met &= versions_for(asking, w->pods[k], level);
            }
        }
    }
    return met;
}

/* The newest that is met. */
static bool newest_of(uint64_t met, int64_t minor_max, PsaVersion *out)
{
    if (met >> minor_max & 1) {
        *out = PSA_LATEST;
        return true;
    }
    for (int64_t minor = minor_max - 1; minor >= 0; minor--) {
        if (met >> minor & 1) {
            *out = (PsaVersion){ false, minor };
            return true;
        }
    }
    return false;
}

static void find_level(const Asking *asking, AdvisePssItem *item)
{
    item->meets = (PsaLevelVersion){ PSA_PRIVILEGED, PSA_LATEST };
    for (int level = PSA_RESTRICTED; level > PSA_PRIVILEGED; level--) {
        PsaVersion version;
        uint64_t met = versions_for_all(asking, item, (PsaLevel)level);
        if (newest_of(met, asking->minor_max, &version)) {
            item->meets = (PsaLevelVersion){ (PsaLevel)level, version };
            break;
        }
    }
    item->has_next = item->meets.level < PSA_RESTRICTED || !item->meets.version.is_latest;
    PsaLevel next = item->meets.version.is_latest && item->has_next
                        ? (PsaLevel)(item->meets.level + 1)
                        : item->meets.level;
    item->next = (PsaLevelVersion){ next, PSA_LATEST };
}

/* The first of its pods that does not meet the next standard. */
static bool find_in_the_way(const Asking *asking, const AdvisePssItem *item,
                            const AdviseWorkload *w, AdviseInTheWay *out)
{
    const PsaOptions how = { .minor_max = asking->minor_max, .places = true };
    for (size_t k = 0; k < w->pod_count; k++) {
        if (is_exempt_pod(asking, w->pods[k])) {
            continue;
        }
        psa_evaluate(&w->pods[k]->view, item->next, &how, asking->arena, &out->result);
        if (!psa_allowed(&out->result)) {
            out->workload = w;
            out->pod = w->pods[k];
            return true;
        }
    }
    return false;
}

/* A runtime class that everything in the way names, and nothing else. */
static Str class_of_all(const AdvisePssItem *item)
{
    Str class = item->in_the_way_count ? item->in_the_way[0].pod->view.runtime_class_name : STR("");
    for (size_t i = 0; i < item->in_the_way_count; i++) {
        if (!str_eq(item->in_the_way[i].pod->view.runtime_class_name, class)) {
            return STR("");
        }
    }
    return class.len ? class : STR("");
}

static void look(const Asking *asking, AdvisePssItem *item)
{
    const PsaConfig *config = asking->question->config;
    item->is_exempt = config && is_in(config->exemptions.namespaces, item->namespace);
    find_level(asking, item);
    item->in_the_way = new(asking->arena, AdviseInTheWay, item->count + 1);
    for (size_t i = 0; i < item->count; i++) {
        const AdviseWorkload *w = item->workloads[i];
        item->exempt += is_exempt_pod(asking, w->pods[0]);
        if (item->has_next &&
            find_in_the_way(asking, item, w, &item->in_the_way[item->in_the_way_count])) {
            item->in_the_way_count++;
        }
    }
    item->runtime_class = class_of_all(item);
}

void advise_pss(const AdviseInputs *inputs, const AdvisePssQuestion *question, Arena *a,
                AdvisePssReport *out)
{
    Arena scratch;
    arena_init(&scratch, 0);
    int64_t minor_max = inputs->target->minor < PSA_MINOR_NEWEST ? inputs->target->minor
                                                                 : PSA_MINOR_NEWEST;
    const Asking asking = { inputs, question, minor_max, a, &scratch };
    *out = (AdvisePssReport){ .per_workload = question->per_workload, .minor_max = minor_max };
    out->items = new(a, AdvisePssItem, inputs->count + 1);
    for (size_t i = 0; i < inputs->count; i++) {
        const AdviseWorkload *w = inputs->workloads[i];
        AdvisePssItem *last = out->count ? &out->items[out->count - 1] : NULL;
        if (question->per_workload || !last || !str_eq(last->namespace, w->namespace)) {
            last = &out->items[out->count++];
            last->namespace = w->namespace;
            last->workloads = (const AdviseWorkload *const *)inputs->workloads + i;
        }
        last->count++;
    }
    for (size_t i = 0; i < out->count; i++) {
        look(&asking, &out->items[i]);
    }
    arena_done(&scratch);
}

/* -- what to do ----------------------------------------------------------------------------------
 */

static Str version_text(PsaVersion v, Arena *a)
{
    Buf b = buf_new(a);
    psa_version_write(v, &b);
    return buf_str(&b);
}

Str advise_pss_level_text(PsaLevelVersion v, Arena *a)
{
    Str level = psa_level_name(v.level);
    return v.version.is_latest
               ? level
               : arena_printf(a, "%.*s %.*s", STR_ARG(level), STR_ARG(version_text(v.version, a)));
}

Value advise_pss_labels(const AdvisePssItem *item, Arena *a)
{
    Value labels = value_object();
    for (unsigned m = 0; m < PSA_MODE_COUNT; m++) {
        PsaMode mode = (PsaMode)m;
        const PsaLevelVersion *v = mode == PSA_ENFORCE ? &item->meets : &item->next;
        value_set(&labels, psa_mode_level_label(mode), value_str(psa_level_name(v->level)), a);
        value_set(&labels, psa_mode_version_label(mode), value_str(version_text(v->version, a)), a);
    }
    return labels;
}

Str advise_pss_command(const AdvisePssItem *item, Arena *a)
{
    Value labels = advise_pss_labels(item, a);
    Buf b = buf_new(a);
    buf_lit(&b, "kubectl label --overwrite namespace ");
    buf_add(&b, item->namespace);
    VALUE_EACH_MEMBER(m, &labels) {
        buf_printf(&b, " %.*s=%.*s", STR_ARG(member_key(m)), STR_ARG(value_as_str(&m->value)));
    }
    return buf_str(&b);
}

Str advise_in_the_way_text(const AdviseInTheWay *way, Arena *a)
{
    Buf b = buf_new(a);
    buf_add(&b, way->workload->text);
    if (way->pod->running.len) {
        buf_printf(&b, " (in pod/%.*s)", STR_ARG(way->pod->running));
    }
    buf_lit(&b, ": ");
    psa_write_detail(&way->result, &b);
    return buf_str(&b);
}

/* -- data ----------------------------------------------------------------------------------------
 */

static void set_text(Value *object, const char *key, Str text, Arena *a)
{
    value_set(object, str_from_c(key), value_str(text), a);
}

static Value level_value(PsaLevelVersion v, Arena *a)
{
    Value out = value_object();
    set_text(&out, "level", psa_level_name(v.level), a);
    set_text(&out, "version", version_text(v.version, a), a);
    return out;
}

static Value way_value(const AdviseInTheWay *way, Arena *a)
{
    Value v = value_object();
    set_text(&v, "object", way->workload->text, a);
    set_text(&v, "namespace", way->workload->namespace, a);
    if (way->pod->running.len) {
        set_text(&v, "pod", way->pod->running, a);
    }
    Value *violations = value_set_lit(&v, "violations", value_array(), a);
    for (size_t i = 0; i < way->result.count; i++) {
        const PsaViolation *found = &way->result.violations[i];
        Value one = value_object();
        set_text(&one, "check", psa_check_id(found->check), a);
        set_text(&one, "reason", found->reason, a);
        set_text(&one, "detail", found->detail, a);
        Value *fields = value_set_lit(&one, "fields", value_array(), a);
        for (const PsaPlace *p = found->places; p; p = p->next) {
            value_add(fields, value_str(p->path), a);
        }
        value_add(violations, one, a);
    }
    return v;
}

static Value item_value(const AdvisePssItem *item, bool per_workload, Arena *a)
{
    Value v = value_object();
    set_text(&v, "namespace", item->namespace, a);
    if (per_workload) {
        set_text(&v, "object", item->workloads[0]->text, a);
    }
    value_set_lit(&v, "workloads", value_int((int64_t)item->count), a);
    if (item->is_exempt) {
        value_set_lit(&v, "exempt", value_bool(true), a);
    }
    value_set_lit(&v, "meets", level_value(item->meets, a), a);
    if (item->has_next) {
        value_set_lit(&v, "next", level_value(item->next, a), a);
    }
    Value *ways = value_set_lit(&v, "inTheWay", value_array(), a);
    for (size_t i = 0; i < item->in_the_way_count; i++) {
        value_add(ways, way_value(&item->in_the_way[i], a), a);
    }
    if (item->runtime_class.len) {
        set_text(&v, "runtimeClassInTheWay", item->runtime_class, a);
    }
    if (!per_workload) {
        value_set_lit(&v, "labels", advise_pss_labels(item, a), a);
        set_text(&v, "command", advise_pss_command(item, a), a);
    }
    return v;
}

Value advise_pss_to_value(const AdvisePssReport *report, const AdviseInputs *inputs, Arena *a)
{
    Value v = value_object();
    set_text(&v, "kind", STR("PssAdviceReport"), a);
    Value *items = value_set(&v, report->per_workload ? STR("workloads") : STR("namespaces"),
                             value_array(), a);
    for (size_t i = 0; i < report->count; i++) {
        value_add(items, item_value(&report->items[i], report->per_workload, a), a);
    }
    Value *skipped = value_set_lit(&v, "skipped", value_array(), a);
    for (const AdviseSkipped *s = inputs->skipped; s; s = s->next) {
        Value one = value_object();
        set_text(&one, "object", s->workload->text, a);
        set_text(&one, "namespace", s->workload->namespace, a);
        set_text(&one, "reason", s->why, a);
        value_add(skipped, one, a);
    }
    return v;
}

/* -- YAML ----------------------------------------------------------------------------------------
 */

static void write_head(const AdvisePssItem *item, Buf *b)
{
    Arena *a = b->arena;
    advise_write_remark(arena_printf(a, "%.*s: %zu workload%s %s %.*s%s", STR_ARG(item->namespace),
                                     item->count, item->count == 1 ? "" : "s",
                                     item->count == 1 ? "meets" : "meet",
                                     STR_ARG(advise_pss_level_text(item->meets, a)),
                                     item->in_the_way_count ? "; in the way of the next:" : ""),
                        b);
    for (size_t i = 0; i < item->in_the_way_count; i++) {
        advise_write_remark(
            arena_concat(a, STR("  "), advise_in_the_way_text(&item->in_the_way[i], a)), b);
    }
    if (item->is_exempt) {
        advise_write_remark(STR("The namespace is exempt: its labels do nothing."), b);
    }
}

void advise_pss_write_yaml(const AdvisePssReport *report, Buf *b)
{
    Arena *a = b->arena;
    for (size_t i = 0; i < report->count; i++) {
        const AdvisePssItem *item = &report->items[i];
        buf_add(b, i ? STR("---\n") : STR(""));
        write_head(item, b);
        Value v = value_object();
        set_text(&v, "apiVersion", STR("v1"), a);
        set_text(&v, "kind", STR("Namespace"), a);
        Value meta = value_object();
        set_text(&meta, "name", item->namespace, a);
        value_set_lit(&meta, "labels", advise_pss_labels(item, a), a);
        value_set_lit(&v, "metadata", meta, a);
        advise_write_yaml(&v, NULL, b);
    }
}
