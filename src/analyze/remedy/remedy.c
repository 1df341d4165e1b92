/* SPDX-License-Identifier: Apache-2.0 */
/* The ways out of a refusal, and how they are told. */
#include "analyze/remedy/search.h"

RemedyQuestion remedy_question_of(const AdmitReport *report, const AdmitItem *item,
                                  const AdmitQuestion *asked)
{
    return (RemedyQuestion){
        .cluster = report->snapshot,
        .object = item->source->object,
        .user = &item->user,
        .namespace = item->namespace,
        .plugins = report->plugins,
        .pod_security = asked->pod_security,
        .target = asked->target,
        .wanted = REMEDY_ALL_BITS,
    };
}

Str remedy_refuser_text(const RemedySearch *s, const RemedyTrial *refusal)
{
    return refusal->refused_by.len ? arena_printf(s->arena, "the admission plugin %.*s refuses it",
                                                  STR_ARG(refusal->refused_by))
                                   : STR("the API's own validation refuses it");
}

void remedy_find(const RemedyQuestion *question, Arena *a, Remedy *out)
{
    RemedySearch s = { .question = question, .arena = a };
    *out = (Remedy){ .allowed = false, .refused_by = STR(""), .message = STR("") };
    for (int kind = 0; kind < REMEDY_KIND_COUNT; kind++) {
        out->ways[kind].none = STR("it is admitted as it is");
        out->ways[kind].target = out->ways[kind].admitted_by = STR("");
    }
    Err err;
    if (!workload_read(question->object, a, &s.workload, &err)) {
        out->message = err.msg;
        for (int kind = 0; kind < REMEDY_KIND_COUNT; kind++) {
            out->ways[kind].none = STR("it is no object that pods come from");
        }
        return;
    }
    RemedyParts nothing = { 0 };
    RemedyTrial trial;
    remedy_try(&s, &nothing, SIZE_MAX, true, &trial);
    out->allowed = trial.decision.allowed;
    out->refused_by = trial.refused_by;
    out->message = trial.decision.allowed ? STR("") : trial.decision.status.message;
    static void (*const ways[])(RemedySearch *, const RemedyTrial *, RemedyWay *) = {
        [REMEDY_WIDEN] = remedy_widen,
        [REMEDY_EDIT] = remedy_edit,
        [REMEDY_GRANT] = remedy_grant,
        [REMEDY_ACCOUNT] = remedy_account,
    };
    for (int kind = 0; kind < REMEDY_KIND_COUNT && !out->allowed; kind++) {
        if (question->wanted >> kind & 1) {
            ways[kind](&s, &trial, &out->ways[kind]);
        }
    }
    remedy_trial_done(&trial);
    out->decisions = s.decisions;
}

/* -- as data ------------------------------------------------------------------------------------
 */

Str remedy_kind_name(RemedyKind kind)
{
    static const Str names[] = { [REMEDY_WIDEN] = STR_INIT("widen"),
                                 [REMEDY_EDIT] = STR_INIT("edit"),
                                 [REMEDY_GRANT] = STR_INIT("grant"),
                                 [REMEDY_ACCOUNT] = STR_INIT("account") };
    return kind < REMEDY_KIND_COUNT ? names[kind] : STR("");
}

static Str op_name(RemedyOp op)
{
    static const Str names[] = { [REMEDY_SET] = STR_INIT("set"),
                                 [REMEDY_REMOVE] = STR_INIT("remove"),
                                 [REMEDY_LIST_ADD] = STR_INIT("addItem"),
                                 [REMEDY_LIST_REMOVE] = STR_INIT("removeItem"),
                                 [REMEDY_CREATE] = STR_INIT("create") };
    return names[op];
}

static Value part_to_value(const RemedyPart *part, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "op", value_str(op_name(part->op)), a);
    if (!part->of_workload) {
        value_set_lit(&v, "apiVersion", value_str(part->api_version), a);
        value_set_lit(&v, "kind", value_str(part->object.kind), a);
        if (part->object.namespace.len) {
            value_set_lit(&v, "namespace", value_str(part->object.namespace), a);
        }
        value_set_lit(&v, "name", value_str(part->object.name), a);
    }
    if (part->op != REMEDY_CREATE) {
        value_set_lit(&v, "path", value_str(part->path), a);
    }
    if (part->op != REMEDY_REMOVE && part->op != REMEDY_CREATE) {
        value_set_lit(&v, "value", part->value, a);
    }
    if (part->restricts) {
        value_set_lit(&v, "keepsItSmall", value_bool(true), a);
    }
    value_set_lit(&v, "text", value_str(part->text), a);
    return v;
}

Value remedy_way_to_value(const RemedyWay *way, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "found", value_bool(way->found), a);
    if (!way->found) {
        value_set_lit(&v, "reason", value_str(way->none), a);
        return v;
    }
    if (way->target.len) {
        value_set_lit(&v, "target", value_str(way->target), a);
    }
    if (way->admitted_by.len) {
        value_set_lit(&v, "admittedBy", value_str(way->admitted_by), a);
    }
    Value changes = value_array();
    for (size_t i = 0; i < way->count; i++) {
        value_add(&changes, part_to_value(&way->parts[i], a), a);
    }
    value_set_lit(&v, "changes", changes, a);
    if (way->patch.kind == VALUE_ARRAY) {
        value_set_lit(&v, "patch", way->patch, a);
    }
    Value objects = value_array();
    for (size_t i = 0; i < way->object_count; i++) {
        value_add(&objects, way->objects[i], a);
    }
    value_set_lit(&v, "objects", objects, a);
    return v;
}

Value remedy_to_value(const Remedy *remedy, unsigned wanted, Arena *a)
{
    Value v = value_object();
    for (int kind = 0; kind < REMEDY_KIND_COUNT; kind++) {
        if (wanted >> kind & 1) {
            value_set(&v, remedy_kind_name((RemedyKind)kind),
                      remedy_way_to_value(&remedy->ways[kind], a), a);
        }
    }
    return v;
}
