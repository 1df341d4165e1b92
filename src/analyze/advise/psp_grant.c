/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may use an advised policy: a role, a binding in each namespace, for the service accounts that
 * the workloads run as. And the last part of the proof: with these, every pod goes through
 * admission.
 */
#include "analyze/advise/psp_needs.h"

#include "decide/admission/admission.h"
#include "decide/rbac/rbac.h"
#include "kube/kinds.h"

#define NODES_GROUP "system:nodes" /* kubelets, which send their static pods themselves */

static Value object_of(const char *api_version, const char *kind, Str namespace, Str name, Arena *a)
{
    Value object = value_object();
    value_set_lit(&object, "apiVersion", value_str(str_from_c(api_version)), a);
    value_set_lit(&object, "kind", value_str(str_from_c(kind)), a);
    Value meta = value_object();
    value_set_lit(&meta, "name", value_str(name), a);
    if (namespace.len) {
        value_set_lit(&meta, "namespace", value_str(namespace), a);
    }
    value_set_lit(&object, "metadata", meta, a);
    return object;
}

static Value list_of(Str item, Arena *a)
{
    Value list = value_array();
    value_add(&list, value_str(item), a);
    return list;
}

static Str role_name(const AdvisePsp *psp, Arena *a)
{
    return arena_concat(a, STR("psp:"), psp->name);
}

/* namespace "" for a ClusterRole. */
static Value role_of(const AdvisePsp *psp, Str namespace, Arena *a)
{
    Str group;
    Str version;
    kube_split_api_version(value_get_str(&psp->policy, STR("apiVersion")), &group, &version);
    Value role = object_of(RBAC_GROUP "/v1", namespace.len ? "Role" : "ClusterRole", namespace,
                           role_name(psp, a), a);
    Value rule = value_object();
    value_set_lit(&rule, "apiGroups", list_of(group, a), a);
    value_set_lit(&rule, "resources", list_of(STR("podsecuritypolicies"), a), a);
    value_set_lit(&rule, "resourceNames", list_of(psp->name, a), a);
    value_set_lit(&rule, "verbs", list_of(STR("use"), a), a);
    value_add(value_set_lit(&role, "rules", value_array(), a), rule, a);
    return role;
}

/* account "" for pods that kubelets send. */
static Value subject_of(Str account, Str namespace, Arena *a)
{
    Value subject = value_object();
    if (account.len) {
        value_set_lit(&subject, "kind", value_str(STR("ServiceAccount")), a);
        value_set_lit(&subject, "name", value_str(account), a);
        value_set_lit(&subject, "namespace", value_str(namespace), a);
    } else {
        value_set_lit(&subject, "apiGroup", value_str(STR(RBAC_GROUP)), a);
        value_set_lit(&subject, "kind", value_str(STR("Group")), a);
        value_set_lit(&subject, "name", value_str(STR(NODES_GROUP)), a);
    }
    return subject;
}

static Value binding_of(const AdvisePsp *psp, Str namespace, bool of_cluster_role,
                        AdviseComments *comments, Arena *a)
{
    Value binding = object_of(RBAC_GROUP "/v1", "RoleBinding", namespace, role_name(psp, a), a);
    Value ref = value_object();
    value_set_lit(&ref, "apiGroup", value_str(STR(RBAC_GROUP)), a);
    value_set_lit(&ref, "kind", value_str(of_cluster_role ? STR("ClusterRole") : STR("Role")), a);
    value_set_lit(&ref, "name", value_str(role_name(psp, a)), a);
    value_set_lit(&binding, "roleRef", ref, a);
    Value *subjects = value_set_lit(&binding, "subjects", value_array(), a);
    AdviseNeeds accounts;
    advise_needs_init(&accounts, a);
    for (size_t i = 0; i < psp->pod_count; i++) {
        if (str_eq(psp->pods[i]->workload->namespace, namespace)) {
            AdviseNeed *account = advise_needs_text(&accounts, psp->pods[i]->account);
            advise_evidence_add(&account->evidence, psp->pods[i], NULL, a);
        }
    }
    advise_needs_sort(&accounts);
    for (size_t i = 0; i < accounts.count; i++) {
        const AdviseNeed *account = accounts.items[i];
        value_add(subjects, subject_of(account->text, namespace, a), a);
        Str who = advise_evidence_text(&account->evidence, false, a);
        advise_comment(comments, arena_printf(a, "/subjects/%zu/name", i),
                       arena_printf(a, "needed by %.*s", STR_ARG(who)));
    }
    return binding;
}

void psp_grants_build(AdvisePsp *psp, Arena *a)
{
    Map namespaces = map_new(a);
    for (size_t i = 0; i < psp->workload_count; i++) {
        map_at(&namespaces, psp->workloads[i]->namespace);
    }
    bool many = namespaces.count != 1;
    psp->grants = new(a, Value, namespaces.count + 1);
    psp->grant_comments = new(a, AdviseComments, namespaces.count + 1);
    for (size_t i = 0; i <= namespaces.count; i++) {
        advise_comments_init(&psp->grant_comments[i], a);
    }
    advise_comment(&psp->grant_comments[0], STR("/rules/0/resourceNames/0"),
                   STR("this policy and no other"));
    psp->grants[psp->grant_count++] = role_of(psp, many ? STR("") : namespaces.entries[0].key, a);
    for (size_t i = 0; i < namespaces.count; i++) {
        AdviseComments *comments = &psp->grant_comments[psp->grant_count];
        psp->grants[psp->grant_count++] = binding_of(psp, namespaces.entries[i].key, many, comments,
                                                     a);
    }
}

/* -- the whole of admission ----------------------------------------------------------------------
 */

/* A cluster of nothing but the policies, their grants and the accounts. */
static const Snapshot *cluster_of(const AdviseInputs *inputs, const AdvisePspReport *report,
                                  Arena *a)
{
    const Facts *facts = snapshot_facts(inputs->snapshot);
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    PodAccount *accounts = new(a, PodAccount, report->pod_count + 1);
    size_t count = 0;
    Map seen = map_new(a);
    for (size_t i = 0; i < report->count; i++) {
        const AdvisePsp *psp = &report->policies[i];
        snapshot_builder_put(b, &psp->policy, NULL);
        for (size_t k = 0; k < psp->grant_count; k++) {
            snapshot_builder_put(b, &psp->grants[k], NULL);
        }
        for (size_t k = 0; k < psp->pod_count; k++) {
            const AdvisePod *pod = psp->pods[k];
            Str name = pod->account.len ? pod->account : STR("default");
            ObjectKey key = { STR(""), STR("ServiceAccount"), pod->workload->namespace, name };
            Str text = arena_printf(a, "%.*s/%.*s", STR_ARG(key.namespace), STR_ARG(name));
            if (map_has(&seen, text)) {
                continue;
            }
            map_at(&seen, text);
            const Value *known = facts->object(facts->cluster, key);
            if (known) {
                snapshot_builder_put(b, known, NULL);
            }
            accounts[count++] = (PodAccount){ key.namespace, name };
        }
    }
    AnalyzeNotes unsaid = { 0 };
    return accounts_complete(snapshot_builder_finish(b), accounts, count, inputs->target, &unsaid,
                             a);
}

static bool is_admitted(const Facts *facts, const AdvisePod *pod, const KubeTarget *target,
                        Arena *scratch, Str *why)
{
    static const Str node_groups[] = { STR_INIT(NODES_GROUP), STR_INIT(RBAC_GROUP_AUTHENTICATED) };
    static const UserInfo nobody = { .name = STR_INIT("system:anonymous") };
    static const UserInfo node = { .name = STR_INIT("system:node:node"),
                                   .groups = { node_groups, COUNT_OF(node_groups) } };
    const AdmissionOptions how = {
        .plugins = ADMISSION_PLUGIN_BIT(ADMISSION_SERVICE_ACCOUNT) |
                   ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY_POLICY),
        .steps = ADMISSION_STEP_DECODE | ADMISSION_STEP_DEFAULT,
        .no_patch = true,
        .only_mutating = true,
    };
    AdmissionRequest request = {
        .operation = ADMISSION_CREATE,
        .user = pod->account.len ? &nobody : &node,
        .group = STR(""),
        .version = STR("v1"),
        .resource = STR("pods"),
        .subresource = STR(""),
        .kind = STR("Pod"),
        .namespace = pod->workload->namespace,
        .name = STR(""),
        .object = &pod->sent,
        .target = target,
        .options = &how,
    };
    AdmissionDecision decision;
    admission_decide(facts, &request, scratch, &decision);
    *why = decision.allowed ? STR("is admitted by no policy") : decision.status.message;
    return decision.allowed && decision.psp.len;
}

bool psp_prove_admission(const AdviseInputs *inputs, const AdvisePspReport *report, Arena *a,
                         Err *err)
{
    const Snapshot *cluster = cluster_of(inputs, report, a);
    const Facts *facts = snapshot_facts(cluster);
    Arena scratch;
    arena_init(&scratch, 0);
    bool ok = true;
    for (size_t i = 0; i < report->count && ok; i++) {
        const AdvisePsp *psp = &report->policies[i];
        for (size_t k = 0; k < psp->pod_count && ok; k++) {
            Str why;
            if (!is_admitted(facts, psp->pods[k], inputs->target, &scratch, &why)) {
                const AdviseWorkload *w = psp->pods[k]->workload;
                ok = err_set(err, a, ERR_CONFLICT,
                             "the proof of policy %.*s fails, which is a defect of podgate: please "
                             "report it, with the workloads. %.*s in %.*s: %.*s",
                             STR_ARG(psp->name), STR_ARG(w->text), STR_ARG(w->namespace),
                             STR_ARG(why));
            }
            arena_reset(&scratch);
        }
    }
    arena_done(&scratch);
    snapshot_release(cluster);
    return ok;
}
