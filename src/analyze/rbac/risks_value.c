/* SPDX-License-Identifier: Apache-2.0 */
/* Risks as results name them. */
#include "analyze/grant.h"
#include "analyze/objects.h"
#include "analyze/rbac/risks.h"

#include "analyze/rbac/rights.h"

/* NULL for those that no row describes. */
static const RbacRiskRule *row_of(const RbacRisk *risk)
{
    for (size_t i = 0; i < rbac_risk_rule_count; i++) {
        if (str_eq(rbac_risk_rules[i].id, risk->id)) {
            return &rbac_risk_rules[i];
        }
    }
    return NULL;
}

Str rbac_risk_rules_text(const RbacRisk *risk, Arena *a)
{
    Buf b = buf_new(a);
    const RbacRiskRule *row = row_of(risk);
    for (size_t i = 0; i < risk->rule_count; i++) {
        RbacRule shown = *risk->rules[i];
        if (row) {
            shown = rbac_rule_part(risk->rules[i], row->verbs, row->targets, a);
        }
        buf_add(&b, i ? STR("; ") : STR(""));
        buf_add(&b, rbac_rule_short_text(&shown, a));
    }
    if (risk->origin) {
        buf_printf(&b, " (of ClusterRole/%.*s)", STR_ARG(risk->origin->name));
    }
    return buf_str(&b);
}

Str rbac_risk_where_text(const RbacRisk *risk, Arena *a)
{
    enum { NAMED_MAX = 3 };
    Buf b = buf_new(a);
    for (size_t i = 0; i < risk->where_count; i++) {
        const RbacRiskWhere *w = &risk->where[i];
        buf_add(&b, i ? STR("; ") : STR(""));
        buf_add(&b, rbac_barrier_text(&w->barrier, a));
        if (risk->where_count == 1) {
            break; /* the same everywhere */
        }
        StrList shown = w->namespaces;
        shown.count = shown.count > NAMED_MAX ? NAMED_MAX : shown.count;
        buf_lit(&b, " in ");
        buf_add(&b, rbac_join(shown, STR(", "), a));
        if (shown.count < w->namespaces.count) {
            buf_printf(&b, " and %zu more", w->namespaces.count - shown.count);
        }
    }
    return buf_str(&b);
}

static Value where_value(const RbacRisk *risk, Arena *a)
{
    Value list = value_array();
    for (size_t i = 0; i < risk->where_count; i++) {
        const RbacRiskWhere *w = &risk->where[i];
        Value v = value_object();
        bool hinders = w->barrier.no_pods || w->barrier.level != PSA_PRIVILEGED;
        value_set_lit(&v, "prevents", value_bool(hinders), a);
        value_set_lit(
            &v, "level",
            value_str(w->barrier.no_pods ? STR("no-pods") : psa_level_name(w->barrier.level)), a);
        if (w->barrier.by.len) {
            value_set_lit(&v, "by", value_str(w->barrier.by), a);
        }
        Value names = value_array();
        for (size_t k = 0; k < w->namespaces.count; k++) {
            value_add(&names, value_str(w->namespaces.items[k]), a);
        }
        value_set_lit(&v, "namespaces", names, a);
        value_add(&list, v, a);
    }
    return list;
}

static Value risk_value(const RbacInventory *inventory, const RbacRisk *risk, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "severity", value_str(rbac_severity_name(risk->severity)), a);
    value_set_lit(&v, "risk", value_str(risk->id), a);
    value_set_lit(&v, "text", value_str(risk->text), a);
    value_set_lit(&v, "subject", grant_subject_value(risk->subject, a), a);
    if (risk->binding->namespace_len) {
        value_set_lit(&v, "inNamespace", value_str(rbac_binding_namespace(risk->binding)), a);
    }
    value_set_lit(&v, "binding", grant_binding_value(risk->binding, a), a);
    value_set_lit(&v, "role", grant_role_value(risk->binding, a), a);
    Value rules = value_array();
    for (size_t i = 0; i < risk->rule_count; i++) {
        value_add(&rules, rbac_rule_to_value(risk->rules[i], a), a);
    }
    value_set_lit(&v, "rules", rules, a);
    if (risk->origin) {
        value_set_lit(&v, "aggregatedFrom", value_str(risk->origin->name), a);
    }
    if (risk->where_count) {
        value_set_lit(&v, "admission", where_value(risk, a), a);
    }
    const FileObject *source = rbac_inventory_source(
        inventory, rbac_binding_kind_text(risk->binding), rbac_binding_namespace(risk->binding),
        rbac_binding_name(risk->binding));
    if (source && source->doc) {
        value_set_lit(&v, "place", value_str(object_origin_text(&source->origin, a)), a);
    }
    return v;
}

Value rbac_risks_to_value(const RbacInventory *inventory, const RbacRisks *risks, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(STR("RbacRiskReport")), a);
    Value items = value_array();
    for (size_t i = 0; i < risks->count; i++) {
        value_add(&items, risk_value(inventory, &risks->items[i], a), a);
    }
    value_set_lit(&v, "risks", items, a);
    value_set_lit(&v, "defaultsLeftOut", value_int((int64_t)risks->defaults), a);
    return v;
}
