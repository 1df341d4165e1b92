/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controllers/statefulset.h"

#include "kube/workload.h"

int64_t stateful_ordinal(const Value *set, const Value *pod)
{
    int64_t n;
    Str name = ctl_name(pod);
    Str parent = ctl_name(set);
    Str rest = str_drop(name, parent.len);
    bool ours = str_starts_with(name, parent) && rest.len > 1 && rest.ptr[0] == '-' &&
                rest.ptr[1] >= '0' && rest.ptr[1] <= '9' && str_to_int64(str_drop(rest, 1), &n);
    return ours ? n : -1;
}

Str stateful_revision(const Value *pod)
{
    return value_get_str(value_at(pod, "metadata", "labels", NULL),
                         STR("controller-revision-hash"));
}

static void tell(Ctl *c, const Value *set, const char *verb, const char *done, Str pod, Str why)
{
    if (why.ptr) {
        ctl_event(c, set, "Warning", arena_cstr(c->arena, arena_printf(c->arena, "Failed%s", done)),
                  "%s Pod %.*s in StatefulSet %.*s failed error: %.*s", verb, STR_ARG(pod),
                  STR_ARG(ctl_name(set)), STR_ARG(why));
    } else {
        ctl_event(c, set, "Normal",
                  arena_cstr(c->arena, arena_printf(c->arena, "Successful%s", done)),
                  "%s Pod %.*s in StatefulSet %.*s successful", verb, STR_ARG(pod),
                  STR_ARG(ctl_name(set)));
    }
}

static Str claim_name(Ctl *c, const Value *set, const Value *claim, int64_t ordinal)
{
    return arena_printf(c->arena, "%.*s-%.*s-%lld", STR_ARG(ctl_name(claim)),
                        STR_ARG(ctl_name(set)), (long long)ordinal);
}

static Value claim_object(Ctl *c, const Value *set, const Value *template, Str name)
{
    Arena *a = c->arena;
    Value claim = value_copy(template, a);
    value_set_lit(&claim, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&claim, "kind", value_str(STR("PersistentVolumeClaim")), a);
    Value *metadata = value_need_object(&claim, STR("metadata"), a);
    Value *labels = metadata ? value_need_object(metadata, STR("labels"), a) : NULL;
    if (metadata && labels) {
        VALUE_EACH_MEMBER(m, value_at(set, "spec", "selector", "matchLabels", NULL)) {
            value_set(labels, member_key(m), m->value, a);
        }
        value_set_lit(metadata, "name", value_str(name), a);
        value_set_lit(metadata, "namespace", value_str(ctl_namespace(set)), a);
    }
    return claim;
}

/* *why stays absent when all are there. */
static void create_claims(Ctl *c, const Value *set, Str pod, int64_t ordinal, Str *why)
{
    VALUE_EACH_ITEM(template, value_at(set, "spec", "volumeClaimTemplates", NULL)) {
        Str name = claim_name(c, set, template, ordinal);
        const Value *found =
            ctl_get(c, STR(""), STR("PersistentVolumeClaim"), ctl_namespace(set), name);
        ApiResponse response;
        CtlObject at = { "v1", "persistentvolumeclaims", ctl_namespace(set), name, NULL };
        if (found) {
            if (ctl_is_deleted(found)) {
                *why = arena_printf(c->arena, "pvc %.*s is being deleted", STR_ARG(name));
            }
            continue;
        }
        Value claim = claim_object(c, set, template, name);
        if (ctl_create(c, &at, &claim, &response)) {
            ctl_event(c, set, "Normal", "SuccessfulCreate",
                      "create Claim %.*s Pod %.*s in StatefulSet %.*s success", STR_ARG(name),
                      STR_ARG(pod), STR_ARG(ctl_name(set)));
        } else {
            Str message = ctl_message(&response);
            *why = arena_printf(c->arena, "failed to create PVC %.*s: %.*s", STR_ARG(name),
                                STR_ARG(message));
            ctl_event(c, set, "Warning", "FailedCreate",
                      "create Claim %.*s for Pod %.*s in StatefulSet %.*s failed error: %.*s",
                      STR_ARG(name), STR_ARG(pod), STR_ARG(ctl_name(set)), STR_ARG(message));
        }
    }
}

static void set_claims(Ctl *c, const Value *set, Value *spec, int64_t ordinal)
{
    VALUE_EACH_ITEM(template, value_at(set, "spec", "volumeClaimTemplates", NULL)) {
        VALUE_EACH_ITEM(volume, value_get_lit(spec, "volumes")) {
            Value *source = value_get_lit(volume, "persistentVolumeClaim");
            if (source && str_eq(value_get_str(volume, STR("name")), ctl_name(template))) {
                value_set_lit(source, "claimName",
                              value_str(claim_name(c, set, template, ordinal)), c->arena);
            }
        }
    }
}

static bool pod_object(Ctl *c, const Value *set, Str revision, int64_t ordinal, Str name,
                       Value *out)
{
    Arena *a = c->arena;
    Workload w;
    Err err;
    if (!workload_read(set, a, &w, &err)) {
        return false;
    }
    *out = value_copy(&w.pod, a);
    Value owners = value_array();
    Value *metadata = value_get_lit(out, "metadata");
    Value *spec = value_get_lit(out, "spec");
    Value *labels = value_need_object(metadata, STR("labels"), a);
    if (labels == NULL) {
        return false;
    }
    value_add(&owners, ctl_owner_reference(set, "apps/v1", "StatefulSet", a), a);
    value_set_lit(labels, "controller-revision-hash", value_str(revision), a);
    value_set_lit(labels, "statefulset.kubernetes.io/pod-name", value_str(name), a);
    value_set_lit(metadata, "name", value_str(name), a);
    value_set_lit(metadata, "generateName",
                  value_str(arena_concat(a, ctl_name(set), STR("-"))), a);
    value_set_lit(metadata, "ownerReferences", owners, a);
    value_set_lit(spec, "hostname", value_str(name), a);
    set_claims(c, set, spec, ordinal);
    return true;
}

bool stateful_create(Ctl *c, const Value *set, Str revision, int64_t ordinal)
{
    Str name = arena_printf(c->arena, "%.*s-%lld", STR_ARG(ctl_name(set)), (long long)ordinal);
    CtlObject at = { "v1", "pods", ctl_namespace(set), name, NULL };
    ApiResponse response;
    Value pod;
    Str why = STR_ABSENT;
    create_claims(c, set, name, ordinal, &why);
    if (!why.ptr && !pod_object(c, set, revision, ordinal, name, &pod)) {
        return true; /* there is no template to make it of */
    }
    if (!why.ptr && !ctl_create(c, &at, &pod, &response)) {
        if (response.code == 409) {
            return false;
        }
        why = ctl_message(&response);
    }
    tell(c, set, "create", "Create", name, why);
    return !why.ptr;
}

bool stateful_delete(Ctl *c, const Value *set, const Value *pod)
{
    CtlObject at = { "v1", "pods", ctl_namespace(pod), ctl_name(pod), NULL };
    ApiResponse response;
    bool done = ctl_delete(c, &at, NULL, &response);
    tell(c, set, "delete", "Delete", ctl_name(pod), done ? STR_ABSENT : ctl_message(&response));
    return done;
}
