/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings about what in a cluster is probably not meant. */
#include "cli/pitfalls.h"

#include "base/map.h"
#include "analyze/grant.h"
#include "cli/psp.h"
#include "decide/psp/policy.h"

enum { NAMES_SHOWN_MAX = 5, GRANTS_SHOWN_MAX = 5 };

typedef struct Grants {
    const Cli *cli;
    const Facts *facts;
    StrList namespaces;
    Map named;   /* policies that some rule names */
    bool all;    /* somebody may use every policy */
    size_t wide; /* bindings that grant every policy */
} Grants;

static bool only_masters(const RbacBinding *b)
{
    for (uint32_t i = 0; i < b->subject_count; i++) {
        if (b->subjects[i].kind != SUBJECT_GROUP ||
            !str_eq(rbac_subject_name(&b->subjects[i]), STR(RBAC_GROUP_MASTERS))) {
            return false;
        }
    }
    return true;
}

static bool has_wildcard(const RbacRule *rule)
{
    return str_list_has(rule->verbs, STR("*")) || str_list_has(rule->resources, STR("*")) ||
           str_list_has(rule->api_groups, STR("*"));
}

static void warn_wide(Grants *g, const RbacBinding *b, const RbacRule *rule)
{
    if (++g->wide > GRANTS_SHOWN_MAX) {
        return;
    }
    Arena *a = g->cli->arena;
    Str namespace = rbac_binding_namespace(b);
    Str binding = grant_binding_text(b, a);
    Str subject = grant_subject_text(&b->subjects[0], a);
    Str role = grant_role_text(b, a);
    cli_warn(g->cli, "%.*s lets %.*s%s use every policy%s%.*s, as a rule of %.*s %s",
             STR_ARG(binding), STR_ARG(subject), b->subject_count > 1 ? " and others" : "",
             namespace.len ? " in namespace " : "", STR_ARG(namespace), STR_ARG(role),
             has_wildcard(rule) ? "has a *" : "names none");
}

static void note_names(Grants *g, const RbacRule *rule)
{
    for (size_t i = 0; i < rule->resource_names.count; i++) {
        if (psp_rule_grants(rule, rule->resource_names.items[i])) {
            map_at(&g->named, rule->resource_names.items[i]);
        }
    }
}

static void look_at(Grants *g, const RbacBinding *b)
{
    const RbacRole *role = b->subject_count ? rbac_binding_role(g->facts, b) : NULL;
    if (!role || only_masters(b)) {
        return;
    }
    bool wide = false;
    for (size_t i = 0; i < role->rule_count; i++) {
        const RbacRule *rule = &role->rules[i];
        if (!wide && psp_rule_grants(rule, STR(""))) {
            wide = true;
            warn_wide(g, b, rule);
        }
        note_names(g, rule);
    }
    g->all = g->all || wide;
}

static void look_at_all(Grants *g)
{
    for (size_t i = 0; i <= g->namespaces.count; i++) {
        Str namespace = i == 0 ? STR("") : g->namespaces.items[i - 1];
        RbacBindingList list = g->facts->rbac_all_bindings(g->facts->cluster, namespace);
        for (size_t k = 0; k < list.count; k++) {
            look_at(g, list.items[k]);
        }
    }
    if (g->wide > GRANTS_SHOWN_MAX) {
        cli_warn(g->cli, "%zu more bindings let somebody use every policy",
                 g->wide - GRANTS_SHOWN_MAX);
    }
}

static void warn_unused(const Grants *g, PspPolicyList policies)
{
    Buf names = buf_new(g->cli->arena);
    size_t count = 0;
    for (size_t i = 0; i < policies.count && !g->all; i++) {
        Str name = policies.items[i]->name;
        if (!map_has(&g->named, name)) {
            if (count < NAMES_SHOWN_MAX) {
                buf_printf(&names, "%s%.*s", count ? ", " : "", STR_ARG(name));
            }
            count++;
        }
    }
    if (count > NAMES_SHOWN_MAX) {
        buf_printf(&names, " and %zu more", count - NAMES_SHOWN_MAX);
    }
    if (count) {
        cli_warn(g->cli, "nobody but system:masters may use %s %.*s",
                 count == 1 ? "policy" : "policies", STR_ARG(buf_str(&names)));
    }
}

/* Lets a privileged pod with any volume and any user into the host's namespaces. */
static bool restricts_nothing(const PspPolicy *p)
{
    return p->privileged && p->host_network && p->host_pid && p->host_ipc && p->all_volumes &&
           p->all_capabilities && p->allow_privilege_escalation && !p->read_only_root_filesystem &&
           p->run_as_user.rule == PSP_RUN_AS_ANY && p->se_linux == PSP_RUN_AS_ANY &&
           p->fs_group.rule == PSP_RUN_AS_ANY && p->supplemental_groups.rule == PSP_RUN_AS_ANY;
}

static void warn_names(const Cli *cli, PspPolicyList policies)
{
    for (size_t i = 0; i < policies.count; i++) {
        const PspPolicy *p = policies.items[i];
        if (str_contains(p->name, STR("restrict")) && restricts_nothing(p)) {
            cli_warn(cli, "policy %.*s restricts nothing, whatever its name says",
                     STR_ARG(p->name));
        }
    }
}

void pitfalls_warn(const Cli *cli, const Facts *facts, StrList namespaces)
{
    PspPolicyList policies = facts->psp_policies(facts->cluster);
    if (policies.count == 0) {
        cli_warn(cli, "there is no PodSecurityPolicy in the state, so every pod is refused");
        return;
    }
    Grants g = {
        .cli = cli, .facts = facts, .namespaces = namespaces, .named = map_new(cli->arena)
    };
    look_at_all(&g);
    warn_unused(&g, policies);
    warn_names(cli, policies);
}
