/* SPDX-License-Identifier: Apache-2.0 */
/* Who can do this, as data. */
#include "analyze/grant.h"
#include "analyze/rbac/report.h"

static void add_str(Value *object, const char *key, Str text, Arena *a)
{
    value_set(object, str_from_c(key), value_str(text), a);
}

Value rbac_subject_key_value(const RbacSubjectKey *key, Arena *a)
{
    static const Str kinds[] = { STR_INIT("User"), STR_INIT("Group"), STR_INIT("ServiceAccount") };
    Value v = value_object();
    add_str(&v, "kind", kinds[key->kind], a);
    add_str(&v, "name", key->name, a);
    if (key->namespace.len) {
        add_str(&v, "namespace", key->namespace, a);
    }
    return v;
}

Str rbac_subject_key_text(const RbacSubjectKey *key, Arena *a)
{
    static const Str kinds[] = { STR_INIT("User"), STR_INIT("Group"), STR_INIT("ServiceAccount") };
    return arena_printf(a, "%.*s %.*s%s%.*s", STR_ARG(kinds[key->kind]), STR_ARG(key->namespace),
                        key->namespace.len ? "/" : "", STR_ARG(key->name));
}

Value rbac_strings_value(StrList list, Arena *a)
{
    Value v = value_array();
    for (size_t i = 0; i < list.count; i++) {
        value_add(&v, value_str(list.items[i]), a);
    }
    return v;
}

/* -- bindings ---------------------------------------------------------------------------------- */

static Value grant_value(const WhoCanGrant *grant, Arena *a)
{
    const RbacBinding *b = grant->of->binding;
    Value v = value_object();
    value_set_lit(&v, "binding", grant_binding_value(b, a), a);
    value_set_lit(&v, "role", grant_role_value(b, a), a);
    if (grant->rule) {
        value_set_lit(&v, "rule", rbac_rule_to_value(grant->rule, a), a);
    }
    if (grant->names.count) {
        value_set_lit(&v, "names", rbac_strings_value(grant->names, a), a);
    }
    Value subjects = value_array();
    for (uint32_t i = 0; i < b->subject_count; i++) {
        if (b->subjects[i].kind != RBAC_SUBJECT_NOBODY) {
            value_add(&subjects, grant_subject_value(&b->subjects[i], a), a);
        }
    }
    value_set_lit(&v, "subjects", subjects, a);
    return v;
}

static Value grants_value(WhoCanGrants grants, Arena *a)
{
    Value v = value_array();
    for (size_t i = 0; i < grants.count; i++) {
        value_add(&v, grant_value(&grants.items[i], a), a);
    }
    return v;
}

/* -- subjects ---------------------------------------------------------------------------------- */

static Value through_value(const WhoCanSubject *s, Arena *a)
{
    Value v = value_array();
    for (size_t i = 0; i < s->via_count; i++) {
        const WhoCanVia *via = &s->via[i];
        Value as = rbac_subject_key_value(&via->as, a);
        Value one = value_object();
        if (i > 0 || !rbac_subject_key_equal(&via->as, &s->key)) {
            value_set_lit(&one, "as", as, a); /* its grants stand with that subject */
            value_add(&v, one, a);
            continue;
        }
        for (size_t k = 0; k < via->count; k++) {
            one = value_object();
            value_set_lit(&one, "binding", grant_binding_value(via->grants[k]->of->binding, a), a);
            value_set_lit(&one, "role", grant_role_value(via->grants[k]->of->binding, a), a);
            value_add(&v, one, a);
        }
    }
    return v;
}

static Value subject_value(const WhoCanSubject *s, Arena *a)
{
    Value v = rbac_subject_key_value(&s->key, a);
    if (!s->exists) {
        value_set_lit(&v, "exists", value_bool(false), a);
    }
    value_set_lit(&v, "clusterWide", value_bool(s->is_cluster_wide), a);
    if (!s->is_cluster_wide) {
        value_set_lit(&v, "namespaces", rbac_strings_value(who_can_namespaces(s, a), a), a);
    }
    value_set_lit(&v, "through", through_value(s, a), a);
    return v;
}

static Value subjects_value(WhoCanSubjects subjects, Arena *a)
{
    Value v = value_array();
    for (size_t i = 0; i < subjects.count; i++) {
        value_add(&v, subject_value(&subjects.items[i], a), a);
    }
    return v;
}

/* -- the whole --------------------------------------------------------------------------------- */

static void add_question(Value *v, const WhoCanQuestion *q, Arena *a)
{
    add_str(v, "verb", q->verb, a);
    if (!q->is_resource) {
        add_str(v, "url", q->path, a);
        return;
    }
    add_str(v, "group", q->group, a);
    add_str(v, "resource", q->resource, a);
    if (q->subresource.len) {
        add_str(v, "subresource", q->subresource, a);
    }
    if (q->name.len) {
        add_str(v, "name", q->name, a);
    }
    if (q->namespace.ptr) {
        add_str(v, "namespace", q->namespace, a);
    }
}

static Value always_value(bool nodes, Arena *a)
{
    Value v = value_array();
    RbacSubjectKey masters = { SUBJECT_GROUP, STR(""), STR(RBAC_GROUP_MASTERS) };
    Value one = rbac_subject_key_value(&masters, a);
    add_str(&one, "reason", STR("members may everything, whatever is bound"), a);
    value_add(&v, one, a);
    if (nodes) {
        RbacSubjectKey key = { SUBJECT_GROUP, STR(""), STR("system:nodes") };
        one = rbac_subject_key_value(&key, a);
        add_str(&one, "reason", STR("allowed by the Node authorizer"), a);
        value_add(&v, one, a);
    }
    return v;
}

Value who_can_to_value(RbacCluster *c, const WhoCan *answer, Arena *a)
{
    Value v = value_object();
    add_str(&v, "kind", STR("WhoCanReport"), a);
    add_question(&v, &answer->question, a);
    value_set_lit(&v, "subjects", subjects_value(who_can_subjects(c, answer->grants, a), a), a);
    value_set_lit(&v, "grants", grants_value(answer->grants, a), a);
    value_set_lit(&v, "onlyNames", grants_value(answer->named, a), a);
    value_set_lit(&v, "always", always_value(who_can_every_node(c, &answer->question, a), a), a);
    value_set_lit(&v, "missingRoles", grants_value(answer->broken, a), a);
    Value missing = value_array();
    WhoCanMissing accounts = who_can_missing_accounts(c, answer, a);
    for (size_t i = 0; i < accounts.count; i++) {
        Value one = value_object();
        value_set_lit(&one, "subject", grant_subject_value(accounts.items[i].subject, a), a);
        value_set_lit(&one, "binding", grant_binding_value(accounts.items[i].binding, a), a);
        value_add(&missing, one, a);
    }
    value_set_lit(&v, "missingServiceAccounts", missing, a);
    return v;
}
