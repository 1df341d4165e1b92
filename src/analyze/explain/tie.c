/* SPDX-License-Identifier: Apache-2.0 */
/* What in a cluster a refusal has to do with. */
#include "analyze/explain/tie.h"

#include "decide/psa/policy.h"
#include "decide/rbac/impersonate.h"
#include "doc/json.h"
#include "kube/kinds.h"
#include "kube/pod_view.h"

#include <stdlib.h>

enum { TIE_OBJECTS_MAX = 64 };

typedef struct Tying {
    const Refusal *refusal;
    const Facts *facts;
    const Snapshot *cluster;
    const KubeTarget *target;
    Str namespace;
    TieObject *objects;
    Arena *arena;
    Tie *out;
} Tying;

static void add_object(Tying *t, Str kind, Str namespace, Str name, Str text)
{
    if (t->out->object_count < TIE_OBJECTS_MAX) {
        t->objects[t->out->object_count++] = (TieObject){ kind, namespace, name, text };
    }
}

static Str name_of(const Value *object)
{
    return value_as_str(value_at(object, "metadata", "name", NULL));
}

static Str json_text(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    if (v) {
        json_write(v, &b);
    }
    return buf_str(&b);
}

/* -- the workload -------------------------------------------------------------------------------
 */

static size_t dashes(Str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += text.ptr[i] == '-';
    }
    return n;
}

size_t tie_match(const Refusal *refusal, const Value *object, Str default_namespace)
{
    Str group;
    Str version;
    Str kind = value_get_str(object, STR("kind"));
    kube_split_api_version(value_get_str(object, STR("apiVersion")), &group, &version);
    Str namespace = value_as_str(value_at(object, "metadata", "namespace", NULL));
    namespace = namespace.len ? namespace : default_namespace;
    if (!workload_is(group, kind) || !refusal->name.len ||
        (refusal->namespace.len && !str_eq(refusal->namespace, namespace))) {
        return 0;
    }
    Str name = name_of(object);
    Str told = refusal->name;
    bool pods = str_eq(refusal->resource, STR("pods")) || str_eq(refusal->resource, STR("Pod"));
    if (str_eq(name, told)) {
        bool is_pod = str_eq(kind, STR("Pod"));
        return pods == is_pod ? name.len + 1 : 0;
    }
    if (!pods || str_eq(kind, STR("Pod")) || !name.len || !str_starts_with(told, name)) {
        return 0;
    }
    Str rest = str_drop(told, name.len);
    bool two = str_eq(kind, STR("Deployment")) || str_eq(kind, STR("CronJob"));
    size_t parts = dashes(rest);
    return rest.len && rest.ptr[0] == '-' && parts == (two ? 2u : 1u) ? name.len + 1 : 0;
}

static void find_source(Tying *t, const FileObjects *objects)
{
    size_t best = 0;
    for (size_t i = 0; i < objects->count; i++) {
        size_t match = tie_match(t->refusal, objects->items[i].object, t->namespace);
        if (match > best) {
            best = match;
            t->out->source = &objects->items[i];
        }
    }
}

/* -- by who refused -----------------------------------------------------------------------------
 */

static bool says(const PspTried *tried, const RefusalPoint *point, Arena *a)
{
    for (const FieldError *e = tried->errs.first; e; e = e->next) {
        Buf b = buf_new(a);
        field_error_write(e, &b);
        if (str_eq(buf_str(&b), point->text)) {
            return true;
        }
    }
    return false;
}

static int more_said_first(const void *a, const void *b)
{
    const TieSayer *first = a;
    const TieSayer *second = b;
    if (first->said != second->said) {
        return first->said > second->said ? -1 : 1;
    }
    if (first->more != second->more) {
        return first->more < second->more ? -1 : 1;
    }
    return str_cmp(first->policy->name, second->policy->name);
}

static void tie_psp(Tying *t)
{
    Arena *a = t->arena;
    PspPolicyList all = t->facts->psp_policies(t->facts->cluster);
    Value pod = tie_pod_of(t->refusal, a);
    PodView view;
    Err err;
    if (!pod_view_read(&pod, a, &view, &err)) {
        return;
    }
    PspCandidate *candidates = new(a, PspCandidate, all.count + 1);
    for (size_t i = 0; i < all.count; i++) {
        candidates[i].policy = all.items[i];
    }
    PspRequest request = { .candidates = candidates,
                           .candidate_count = all.count,
                           .providers_exist = true,
                           .pod = &view,
                           .target = t->target,
                           .explain = true };
    PspDecision decision;
    psp_admit(&request, a, &decision);
    TieSayer *sayers = new(a, TieSayer, all.count + 1);
    for (size_t i = 0; i < decision.tried_count; i++) {
        const PspTried *tried = &decision.tried[i];
        TieSayer *sayer = &sayers[t->out->sayer_count];
        *sayer = (TieSayer){ .policy = tried->candidate.policy };
        for (size_t j = 0; j < t->refusal->point_count; j++) {
            sayer->said += says(tried, &t->refusal->points[j], a);
        }
        sayer->more = tried->errs.count > sayer->said ? tried->errs.count - sayer->said : 0;
        /* an empty list names none: then who may use which is all there is to know */
        t->out->sayer_count += sayer->said > 0 || t->refusal->point_count == 0;
    }
    qsort(sayers, t->out->sayer_count, sizeof(TieSayer), more_said_first);
    for (size_t i = 0; i < t->out->sayer_count && i < TIE_OBJECTS_MAX; i++) {
        sayers[i].subjects = explain_users(t->facts, t->namespace, sayers[i].policy, a,
                                           &sayers[i].subject_count);
    }
    t->out->sayers = sayers;
}

static void tie_pod_security(Tying *t)
{
    ObjectKey key = { STR(""), STR("Namespace"), STR(""), t->namespace };
    const Value *namespace = t->facts->object(t->facts->cluster, key);
    const Value *labels = value_at(namespace, "metadata", "labels", NULL);
    Str label = psa_mode_level_label(t->refusal->is_warning ? PSA_WARN : PSA_ENFORCE);
    Str level = value_get_str(labels, label);
    if (!namespace) {
        add_object(t, STR("Namespace"), STR(""), t->namespace, STR("is not in the state"));
    } else {
        add_object(t, STR("Namespace"), STR(""), t->namespace,
                   level.len ? arena_printf(t->arena, "its label %.*s says %.*s", STR_ARG(label),
                                            STR_ARG(level))
                             : arena_printf(t->arena,
                                            "it has no label %.*s: the level comes from "
                                            "the configuration of the API server",
                                            STR_ARG(label)));
    }
}

static void tie_rbac(Tying *t)
{
    const Refusal *r = t->refusal;
    UserInfo *user = new(t->arena, UserInfo, 1);
    *user = rbac_impersonated_user(r->user, (StrList){ NULL, 0 }, t->arena);
    const RbacRequest request = {
        .user = user,
        .verb = r->verb,
        .api_group = r->api_group,
        .resource = r->resource,
        .subresource = r->subresource,
        .name = r->name,
        .namespace = r->namespace,
        .is_resource = r->path.len == 0,
        .path = r->path,
    };
    t->out->has_access = true;
    access_explain(t->cluster, &request, t->arena, &t->out->access);
}

static void tie_quota(Tying *t)
{
    ObjectKey key = { STR(""), STR("ResourceQuota"), t->namespace, t->refusal->subject };
    const Value *quota = t->facts->object(t->facts->cluster, key);
    const Value *hard = value_at(quota, "spec", "hard", NULL);
    const Value *used = value_at(quota, "status", "used", NULL);
    Str text = STR("is not in the state");
    if (quota) {
        text = arena_printf(t->arena, "it allows %.*s%s%.*s", STR_ARG(json_text(hard, t->arena)),
                            used ? "; used now: " : "", STR_ARG(json_text(used, t->arena)));
    }
    add_object(t, key.kind, t->namespace, key.name, text);
}

static void tie_limits(Tying *t)
{
    ObjectKey key = { STR(""), STR("LimitRange"), t->namespace, STR("") };
    ObjectList all = t->facts->objects(t->facts->cluster, key);
    for (size_t i = 0; i < all.count; i++) {
        VALUE_EACH_ITEM(limit, value_at(all.items[i], "spec", "limits", NULL)) {
            add_object(t, key.kind, t->namespace, name_of(all.items[i]),
                       json_text(limit, t->arena));
        }
    }
}

static void tie_webhook(Tying *t)
{
    static const Str kinds[] = { STR_INIT("ValidatingWebhookConfiguration"),
                                 STR_INIT("MutatingWebhookConfiguration") };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        ObjectKey key = { STR("admissionregistration.k8s.io"), kinds[i], STR(""), STR("") };
        ObjectList all = t->facts->objects(t->facts->cluster, key);
        for (size_t j = 0; j < all.count; j++) {
            VALUE_EACH_ITEM(webhook, value_get_lit(all.items[j], "webhooks")) {
                if (!str_eq(value_get_str(webhook, STR("name")), t->refusal->subject)) {
                    continue;
                }
                Str policy = value_get_str(webhook, STR("failurePolicy"));
                const Value *client = value_get_lit(webhook, "clientConfig");
                Str service = value_as_str(value_at(client, "service", "name", NULL));
                Str service_ns = value_as_str(value_at(client, "service", "namespace", NULL));
                Str url = value_get_str(client, STR("url"));
                add_object(t, kinds[i], STR(""), name_of(all.items[j]),
                           arena_printf(t->arena, "calls %.*s%s%.*s%.*s; when it fails: %.*s",
                                        STR_ARG(service_ns), service.len ? "/" : "",
                                        STR_ARG(service), STR_ARG(url),
                                        STR_ARG(policy.len ? policy : STR("Fail"))));
            }
        }
    }
}

static void tie_named(Tying *t, Str kind, Str namespace, Str name)
{
    ObjectKey key = { STR(""), kind, namespace, name };
    const Value *object = t->facts->object(t->facts->cluster, key);
    Str phase = value_as_str(value_at(object, "status", "phase", NULL));
    add_object(t, kind, namespace, name,
               !object     ? STR("is not in the state")
               : phase.len ? arena_printf(t->arena, "is in the state, %.*s", STR_ARG(phase))
                           : STR("is in the state"));
}

void tie_refusal(const Refusal *refusal, const Snapshot *cluster, const FileObjects *objects,
                 Str default_namespace, const KubeTarget *target, Arena *a, Tie *out)
{
    *out = (Tie){ .refusal = refusal };
    Tying t = { .refusal = refusal,
                .facts = snapshot_facts(cluster),
                .cluster = cluster,
                .target = target,
                .namespace = refusal->namespace.len ? refusal->namespace : default_namespace,
                .objects = new(a, TieObject, TIE_OBJECTS_MAX),
                .arena = a,
                .out = out };
    out->objects = t.objects;
    find_source(&t, objects);
    if (out->source && !refusal->namespace.len) {
        Str own = value_as_str(value_at(out->source->object, "metadata", "namespace", NULL));
        t.namespace = own.len ? own : t.namespace;
    }
    out->namespace = t.namespace;
    out->namespace_is_told = refusal->namespace.len > 0 || out->source;
    switch (refusal->kind) {
    case REFUSAL_PSP:
        tie_psp(&t);
        break;
    case REFUSAL_POD_SECURITY:
        tie_pod_security(&t);
        break;
    case REFUSAL_RBAC:
        tie_rbac(&t);
        break;
    case REFUSAL_QUOTA:
        tie_quota(&t);
        break;
    case REFUSAL_LIMIT_RANGE:
        tie_limits(&t);
        break;
    case REFUSAL_WEBHOOK:
        tie_webhook(&t);
        break;
    case REFUSAL_ACCOUNT:
        tie_named(&t, STR("ServiceAccount"), t.namespace, refusal->subject);
        break;
    case REFUSAL_NAMESPACE:
        tie_named(&t, STR("Namespace"), STR(""), t.namespace);
        break;
    default:
        break;
    }
}

/* -- as data ------------------------------------------------------------------------------------
 */

static void add_str(Value *v, Str key, Str text, Arena *a)
{
    if (text.len) {
        value_set(v, key, value_str(text), a);
    }
}

Value tie_to_value(const Tie *tie, Arena *a)
{
    Value v = refusal_to_value(tie->refusal, a);
    if (tie->source) {
        Value object = value_object();
        add_str(&object, STR("kind"), value_get_str(tie->source->object, STR("kind")), a);
        add_str(&object, STR("name"), name_of(tie->source->object), a);
        value_set_lit(&v, "object", object, a);
    }
    if (tie->has_access) {
        value_set_lit(&v, "access", access_to_value(&tie->access, a), a);
    }
    if (tie->sayer_count) {
        Value *list = value_set_lit(&v, "saidBy", value_array(), a);
        for (size_t i = 0; i < tie->sayer_count; i++) {
            Value sayer = value_object();
            add_str(&sayer, STR("policy"), tie->sayers[i].policy->name, a);
            value_set_lit(&sayer, "says", value_int((int64_t)tie->sayers[i].said), a);
            value_set_lit(&sayer, "wouldSayMore", value_int((int64_t)tie->sayers[i].more), a);
            Value *subjects = value_set_lit(&sayer, "subjects", value_array(), a);
            for (size_t j = 0; j < tie->sayers[i].subject_count; j++) {
                value_add(subjects, explain_subject_to_value(&tie->sayers[i].subjects[j], a), a);
            }
            value_add(list, sayer, a);
        }
    }
    if (tie->object_count) {
        Value *list = value_set_lit(&v, "objects", value_array(), a);
        for (size_t i = 0; i < tie->object_count; i++) {
            Value object = value_object();
            add_str(&object, STR("kind"), tie->objects[i].kind, a);
            add_str(&object, STR("namespace"), tie->objects[i].namespace, a);
            add_str(&object, STR("name"), tie->objects[i].name, a);
            add_str(&object, STR("text"), tie->objects[i].text, a);
            value_add(list, object, a);
        }
    }
    return v;
}
