/* SPDX-License-Identifier: Apache-2.0 */
/* Asking about the pods of manifests. */
#include "analyze/admit.h"

#include "analyze/objects.h"
#include "cluster/preset.h"
#include "decide/rbac/impersonate.h"

typedef struct Asking {
    const AdmitQuestion *question;
    FileObjects rest; /* laid over the cluster */
    AdmitReport report;
    Arena *arena;
    Err *err;
} Asking;

/* -- what is asked about ----------------------------------------------------------------------- */

static bool is_asked(const Value *object)
{
    Str group;
    Str version;
    kube_split_api_version(value_get_str(object, STR("apiVersion")), &group, &version);
    return workload_is(group, value_get_str(object, STR("kind")));
}

static Str account_of(const Value *pod)
{
    const Value *spec = value_get_lit(pod, "spec");
    Str name = value_get_str(spec, STR("serviceAccountName"));
    if (!name.len) {
        name = value_get_str(spec, STR("serviceAccount"));
    }
    return name.len ? name : STR("default");
}

UserInfo admit_account(Str namespace, Str name, Arena *a)
{
    Str user = arena_printf(a, "system:serviceaccount:%.*s:%.*s", STR_ARG(namespace),
                            STR_ARG(name));
    return rbac_impersonated_user(user, (StrList){ NULL, 0 }, a);
}

bool admit_item_prepare(const FileObject *source, const UserInfo *user, Arena *a, AdmitItem *item,
                        Err *err)
{
    const Value *object = source->object;
    const Value *meta = value_get_lit(object, "metadata");
    *item = (AdmitItem){ .source = source };
    if (!kube_kind_find(value_get_str(object, STR("apiVersion")),
                        value_get_str(object, STR("kind")), &item->kind)) {
        return err_set(err, a, ERR_UNSUPPORTED, "%.*s: there is no kind %.*s in %.*s",
                       STR_ARG(object_place(source, STR("kind"), a)),
                       STR_ARG(value_get_str(object, STR("kind"))),
                       STR_ARG(value_get_str(object, STR("apiVersion"))));
    }
    if (!workload_read(object, a, &item->workload, err)) {
        return err_context(err, a, "%.*s", STR_ARG(object_place(source, STR(""), a)));
    }
    item->namespace = value_get_str(meta, STR("namespace"));
    item->name = value_get_str(meta, STR("name"));
    if (!item->name.len) {
        item->name = value_get_str(meta, STR("generateName"));
    }
    if (!item->name.len) {
        return err_set(err, a, ERR_TYPE, "%.*s: metadata.name: a name is needed",
                       STR_ARG(object_place(source, STR("metadata"), a)));
    }
    item->user = item->workload.controller.len
                     ? admit_account(STR("kube-system"), item->workload.controller, a)
                     : *user;
    item->account_name = account_of(&item->workload.pod);
    item->account = admit_account(item->namespace, item->account_name, a);
    return true;
}

static bool split(Asking *asking)
{
    const FileObjects *objects = asking->question->objects;
    asking->rest.items = new(asking->arena, FileObject, objects->count + 1);
    asking->report.items = new(asking->arena, AdmitItem, objects->count + 1);
    for (size_t i = 0; i < objects->count; i++) {
        if (!is_asked(objects->items[i].object)) {
            asking->rest.items[asking->rest.count++] = objects->items[i];
        } else if (!admit_item_prepare(&objects->items[i], asking->question->user, asking->arena,
                                       &asking->report.items[asking->report.count++],
                                       asking->err)) {
            return false;
        }
    }
    if (asking->report.count == 0) {
        return err_set(asking->err, asking->arena, ERR_NOT_FOUND,
                       "no pods and nothing that makes pods among %zu object%s", objects->count,
                       objects->count == 1 ? "" : "s");
    }
    return true;
}

/* -- the cluster that is asked ------------------------------------------------------------------
 */

/* The builder's complaints: the first error as ours, warnings as notes. */
static bool take_notes(Asking *asking, const SnapshotBuilder *b)
{
    Arena *a = asking->arena;
    for (const SnapshotNote *n = snapshot_builder_notes(b); n; n = n->next) {
        if (n->is_error) {
            return err_set(asking->err, a, ERR_TYPE, "%.*s", STR_ARG(n->text));
        }
        analyze_note(&asking->report.notes, arena_str(a, n->text), a);
    }
    return true;
}

/* Does some namespace say which Pod Security Standard it wants? */
static bool has_pod_security_labels(const Facts *facts)
{
    ObjectKey key = { .group = STR(""), .kind = STR("Namespace"), .namespace = STR("") };
    ObjectList namespaces = facts->objects(facts->cluster, key);
    for (size_t i = 0; i < namespaces.count; i++) {
        const Value *labels = value_at(namespaces.items[i], "metadata", "labels", NULL);
        for (unsigned mode = 0; mode < PSA_MODE_COUNT; mode++) {
            if (value_get(labels, psa_mode_level_label(mode))) {
                return true;
            }
        }
    }
    return false;
}

/* PodSecurityPolicy is no default plugin: a cluster that has no policies, and says that it uses Pod
 * Security Standards, does not run it. */
uint64_t admit_plugins(const AdmitQuestion *q, const Facts *facts)
{
    uint64_t usual = ADMISSION_DEFAULT_PLUGINS;
    if (facts->psp_policies(facts->cluster).count == 0 &&
        (q->pod_security_is_asked_for || has_pod_security_labels(facts))) {
        usual &= ~ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY_POLICY);
    }
    return (usual | q->plugins_on) & ~q->plugins_off;
}

static bool lay_over(Asking *asking, const Snapshot *cluster)
{
    const AdmitQuestion *q = asking->question;
    AdmitReport *report = &asking->report;
    SnapshotBuilder *b = snapshot_builder_new(cluster, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    for (size_t i = 0; i < asking->rest.count; i++) {
        snapshot_builder_put(b, asking->rest.items[i].object, &asking->rest.items[i].origin);
    }
    if (!take_notes(asking, b)) {
        snapshot_builder_free(b);
        return false;
    }
    PodAccount *accounts = new(asking->arena, PodAccount, report->count);
    for (size_t i = 0; i < report->count; i++) {
        accounts[i] = (PodAccount){ report->items[i].namespace, report->items[i].account_name };
    }
    const Snapshot *s = snapshot_builder_finish(b);
    s = accounts_complete(s, accounts, report->count, q->target, &report->notes, asking->arena);
    report->snapshot = preset_complete(s, q->presets);
    report->facts = snapshot_facts(report->snapshot);
    report->plugins = admit_plugins(q, report->facts);
    return true;
}

/* -- deciding ---------------------------------------------------------------------------------- */

/* The pass that decided: the one that refused, or the first. */
static const PspDecision *deciding_pass(const AdmissionTrace *trace)
{
    const PspDecision *first = NULL;
    for (; trace; trace = trace->next) {
        if (trace->psp && (!first || trace->refused)) {
            first = trace->psp;
        }
    }
    return first;
}

void admit_item_decide(const Facts *facts, const AdmissionOptions *how, const KubeTarget *target,
                       const Value *old, Arena *a, AdmitItem *item)
{
    AdmissionRequest request = {
        .operation = old ? ADMISSION_UPDATE : ADMISSION_CREATE,
        .user = &item->user,
        .group = STR(""),
        .version = STR("v1"),
        .resource = STR("pods"),
        .subresource = STR(""),
        .kind = STR("Pod"),
        .namespace = item->namespace,
        .name = old ? item->name : STR(""),
        .object = &item->workload.pod,
        .old_object = old,
        .target = target,
        .options = how,
    };
    admission_decide(facts, &request, a, &item->decision);
    item->psp = deciding_pass(item->decision.trace);
}

static bool decide(Asking *asking, AdmitItem *item)
{
    const AdmitQuestion *q = asking->question;
    const Facts *facts = asking->report.facts;
    const Value *old = NULL;
    if (q->update && !item->workload.template_path.len) {
        old = facts->object(facts->cluster,
                            (ObjectKey){ STR(""), STR("Pod"), item->namespace, item->name });
        if (!old) {
            return err_set(asking->err, asking->arena, ERR_NOT_FOUND,
                           "%.*s: the state has no pod %.*s/%.*s that could be updated",
                           STR_ARG(object_place(item->source, STR(""), asking->arena)),
                           STR_ARG(item->namespace), STR_ARG(item->name));
        }
    }
    const AdmissionOptions how = {
        .plugins = asking->report.plugins,
        .pod_security = q->pod_security,
        .steps = ADMISSION_STEPS_ALL,
        .explain = q->explain,
    };
    admit_item_decide(facts, &how, q->target, old, asking->arena, item);
    asking->report.denied += !item->decision.allowed;
    return true;
}

bool admit_ask(const Snapshot *cluster, const AdmitQuestion *question, Arena *a, AdmitReport *out,
               Err *err)
{
    Asking asking = { .question = question, .arena = a, .err = err };
    bool ok = split(&asking) && lay_over(&asking, cluster);
    for (size_t i = 0; i < asking.report.count && ok; i++) {
        ok = decide(&asking, &asking.report.items[i]);
    }
    if (!ok) {
        admit_report_done(&asking.report);
        return false;
    }
    *out = asking.report;
    return true;
}

void admit_report_done(AdmitReport *report)
{
    snapshot_release(report->snapshot);
    report->snapshot = NULL;
}
