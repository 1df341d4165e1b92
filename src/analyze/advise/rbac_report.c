/* SPDX-License-Identifier: Apache-2.0 */
/* Advice about service accounts, as data. */
#include "analyze/advise/rbac.h"

#include "analyze/grant.h"

Str advise_rbac_kind_text(AdviseRbacKind kind)
{
    static const Str texts[] = {
        [ADVISE_NO_TOKEN] = STR_INIT("no-token"),
        [ADVISE_UNUSED] = STR_INIT("unused"),
        [ADVISE_OWN_ACCOUNT] = STR_INIT("own-account"),
        [ADVISE_BARE_DEFAULT] = STR_INIT("bare-default"),
        [ADVISE_MISSING] = STR_INIT("missing"),
        [ADVISE_SHARED] = STR_INIT("shared"),
        [ADVISE_MISSING_ROLE] = STR_INIT("missing-role"),
    };
    return texts[kind];
}

static void set_text(Value *object, const char *key, Str text, Arena *a)
{
    value_set(object, str_from_c(key), value_str(text), a);
}

static Value account_value(const AdviseAccount *account, Arena *a)
{
    Value v = value_object();
    set_text(&v, "namespace", account->namespace, a);
    set_text(&v, "name", account->name, a);
    if (!account->is_there) {
        value_set_lit(&v, "missing", value_bool(true), a);
    }
    Value *workloads = value_set_lit(&v, "workloads", value_array(), a);
    for (size_t i = 0; i < account->workload_count; i++) {
        value_add(workloads, value_str(account->workloads[i]->text), a);
    }
    value_set_lit(&v, "mountToken", value_int((int64_t)account->mounting), a);
    Value *grants = value_set_lit(&v, "grants", value_array(), a);
    for (size_t i = 0; i < account->grant_count; i++) {
        const AdviseGrant *g = &account->grants[i];
        Value grant = value_object();
        value_set_lit(&grant, "binding", grant_binding_value(g->binding, a), a);
        value_set_lit(&grant, "role", grant_role_value(g->binding, a), a);
        value_set_lit(&grant, "byGroup", value_bool(g->by_group), a);
        value_set_lit(&grant, "needsToken", value_bool(g->needs_token), a);
        value_add(grants, grant, a);
    }
    Value *list = value_set_lit(&v, "advice", value_array(), a);
    for (const AdviseRbac *advice = account->advice; advice; advice = advice->next) {
        Value one = value_object();
        set_text(&one, "kind", advise_rbac_kind_text(advice->kind), a);
        set_text(&one, "text", advice->text, a);
        if (advice->command.len) {
            set_text(&one, "command", advice->command, a);
        }
        value_add(list, one, a);
    }
    return v;
}

Value advise_rbac_to_value(const AdviseRbacReport *report, Arena *a)
{
    Value v = value_object();
    set_text(&v, "kind", STR("RbacAdviceReport"), a);
    Value *accounts = value_set_lit(&v, "accounts", value_array(), a);
    for (size_t i = 0; i < report->count; i++) {
        value_add(accounts, account_value(&report->accounts[i], a), a);
    }
    return v;
}
