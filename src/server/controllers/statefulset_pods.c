/* SPDX-License-Identifier: Apache-2.0 */
/* Source: Kubernetes pkg/controller/statefulset (stateful_set_utils.go, stateful_pod_control.go) */
#include "server/controllers/statefulset.h"

#define NAME_LABEL "statefulset.kubernetes.io/pod-name"
#define REVISION_LABEL "controller-revision-hash"
#define INDEX_LABEL "apps.kubernetes.io/pod-index"

enum { INDEX_LABEL_MINOR = 28 };

const OwnerKind stateful_kind = { "apps/v1", "StatefulSet", "statefulsets" };
const OwnedKind stateful_pods = { "v1",         "pods",
                                  STR_INIT(""), STR_INIT("Pod"),
                                  NULL,         stateful_is_member };

static Str label(const Value *object, Str key)
{
    return value_get_str(value_at(object, "metadata", "labels", NULL), key);
}

int64_t stateful_ordinal(const Value *pod, Str *set_name)
{
    Str name = ctl_name(pod);
    ptrdiff_t at = str_rindex_byte(name, '-');
    Str digits = at < 0 ? STR("") : str_drop(name, (size_t)at + 1);
    int64_t number;
    if (at < 0 || !str_to_int64(digits, &number) || digits.ptr[0] == '+' || number > INT32_MAX) {
        return -1;
    }
    if (set_name) {
        *set_name = str_slice(name, 0, (size_t)at);
    }
    return number;
}

bool stateful_is_member(const Value *set, const Value *pod)
{
    Str name;
    return stateful_ordinal(pod, &name) >= 0 && str_eq(name, ctl_name(set));
}

Str stateful_revision(const Value *pod)
{
    return label(pod, STR(REVISION_LABEL));
}

bool stateful_is_running(const Value *pod)
{
    return str_eq(value_as_str(value_at(pod, "status", "phase", NULL)), STR("Running")) &&
           pod_is_ready(pod);
}

/* -- claims ------------------------------------------------------------------------------------ */

static const Value *claims_of(const Value *set)
{
    return value_at(set, "spec", "volumeClaimTemplates", NULL);
}

static Str claim_name(const Value *set, const Value *claim, int64_t ordinal, Arena *a)
{
    return arena_printf(a, "%.*s-%.*s-%lld", STR_ARG(ctl_name(claim)), STR_ARG(ctl_name(set)),
                        (long long)ordinal);
}

static Value claim_of(const Value *set, const Value *template, Str name, Arena *a)
{
    Value claim = value_copy(template, a);
    Value *metadata = value_need_object(&claim, STR("metadata"), a);
    value_set_lit(&claim, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&claim, "kind", value_str(STR("PersistentVolumeClaim")), a);
    value_remove(&claim, STR("status"));
    if (metadata) {
        value_set_lit(metadata, "name", value_str(name), a);
        value_set_lit(metadata, "namespace", value_str(ctl_namespace(set)), a);
        Value *labels = value_need_object(metadata, STR("labels"), a);
        VALUE_EACH_MEMBER(m, value_at(set, "spec", "selector", "matchLabels", NULL)) {
            value_set(labels, member_key(m), m->value, a);
        }
    }
    return claim;
}

static void tell_of_claim(Ctl *c, const Value *set, Str pod, Str claim, Str why)
{
    if (why.ptr) {
        ctl_event(c, set, "Warning", "FailedCreate",
                  "create Claim %.*s for Pod %.*s in StatefulSet %.*s failed error: %.*s",
                  STR_ARG(claim), STR_ARG(pod), STR_ARG(ctl_name(set)), STR_ARG(why));
    } else {
        ctl_event(c, set, "Normal", "SuccessfulCreate",
                  "create Claim %.*s Pod %.*s in StatefulSet %.*s success", STR_ARG(claim),
                  STR_ARG(pod), STR_ARG(ctl_name(set)));
    }
}

/* Adds to *why what keeps the claim from being there. */
static void need_claim(Ctl *c, const Value *set, Str pod, const Value *claim, Buf *why)
{
    Str name = ctl_name(claim);
    CtlObject at = { "v1", "persistentvolumeclaims", ctl_namespace(set), STR(""), NULL };
    const Value *stored = ctl_get(c, STR(""), STR("PersistentVolumeClaim"), ctl_namespace(set),
                                  name);
    ApiResponse response;
    const char *separator = why->len ? ", " : "";
    if (stored) {
        if (ctl_is_deleted(stored)) {
            buf_printf(why, "%spvc %.*s is being deleted", separator, STR_ARG(name));
        }
    } else if (ctl_create(c, &at, claim, &response)) {
        tell_of_claim(c, set, pod, name, STR_ABSENT);
    } else {
        Str message = ctl_message(&response);
        buf_printf(why, "%sfailed to create PVC %.*s: %.*s", separator, STR_ARG(name),
                   STR_ARG(message));
        if (response.code != 409) {
            tell_of_claim(c, set, pod, name, message);
        }
    }
}

/* Several reasons stand in brackets. */
static bool need_claims(Ctl *c, const Value *set, const Value *pod, Str *why)
{
    Buf reasons = buf_new(c->arena);
    size_t count = 0;
    VALUE_EACH_ITEM(template, claims_of(set)) {
        size_t before = reasons.len;
        Str name = claim_name(set, template, stateful_ordinal(pod, NULL), c->arena);
        Value claim = claim_of(set, template, name, c->arena);
        need_claim(c, set, ctl_name(pod), &claim, &reasons);
        count += reasons.len > before;
    }
    *why = buf_str(&reasons);
    if (count > 1) {
        *why = arena_printf(c->arena, "[%.*s]", STR_ARG(*why));
    }
    return count == 0;
}

static const Value *volume_of(const Value *pod, Str name)
{
    VALUE_EACH_ITEM(volume, value_at(pod, "spec", "volumes", NULL)) {
        if (str_eq(value_get_str(volume, STR("name")), name)) {
            return volume;
        }
    }
    return NULL;
}

static bool is_claim(const Value *set, Str volume)
{
    VALUE_EACH_ITEM(claim, claims_of(set)) {
        if (str_eq(ctl_name(claim), volume)) {
            return true;
        }
    }
    return false;
}

static bool has_storage(Ctl *c, const Value *set, const Value *pod)
{
    VALUE_EACH_ITEM(claim, claims_of(set)) {
        const Value *volume = volume_of(pod, ctl_name(claim));
        Str name = value_as_str(value_at(volume, "persistentVolumeClaim", "claimName", NULL));
        if (!str_eq(name, claim_name(set, claim, stateful_ordinal(pod, NULL), c->arena))) {
            return false;
        }
    }
    return true;
}

static void set_storage(Ctl *c, const Value *set, Value *pod)
{
    Arena *a = c->arena;
    Value volumes = value_array();
    Value *spec = value_get_lit(pod, "spec");
    if (value_len(claims_of(set)) == 0) {
        return;
    }
    VALUE_EACH_ITEM(claim, claims_of(set)) {
        Value source = value_object();
        Value volume = value_object();
        Str name = claim_name(set, claim, stateful_ordinal(pod, NULL), a);
        value_set_lit(&source, "claimName", value_str(name), a);
        value_set_lit(&volume, "name", value_str(ctl_name(claim)), a);
        value_set_lit(&volume, "persistentVolumeClaim", source, a);
        value_add(&volumes, volume, a);
    }
    VALUE_EACH_ITEM(volume, value_get_lit(spec, "volumes")) {
        if (!is_claim(set, value_get_str(volume, STR("name")))) {
            value_add(&volumes, *volume, a);
        }
    }
    value_set_lit(spec, "volumes", volumes, a);
}

/* -- pods -------------------------------------------------------------------------------------- */

static void set_identity(Ctl *c, Value *pod, Str name)
{
    Arena *a = c->arena;
    Value *metadata = value_get_lit(pod, "metadata");
    Value *labels = value_need_object(metadata, STR("labels"), a);
    value_set_lit(metadata, "name", value_str(name), a);
    value_set_lit(labels, NAME_LABEL, value_str(name), a);
    if (c->target->minor >= INDEX_LABEL_MINOR) {
        Str index = str_drop(name, (size_t)str_rindex_byte(name, '-') + 1);
        value_set_lit(labels, INDEX_LABEL, value_str(index), a);
    }
}

bool stateful_make(Ctl *c, const Value *set, int64_t ordinal, Str revision, Value *out, Str *why)
{
    Arena *a = c->arena;
    if (!pods_make(c, set, &stateful_kind, out, why)) {
        return false;
    }
    Str prefix = arena_printf(a, "%.*s-", STR_ARG(ctl_name(set)));
    Str name = arena_printf(a, "%.*s%lld", STR_ARG(prefix), (long long)ordinal);
    Value *metadata = value_get_lit(out, "metadata");
    value_set_lit(metadata, "generateName", value_str(prefix), a);
    set_identity(c, out, name);
    value_set_lit(value_get_lit(value_get_lit(out, "metadata"), "labels"), REVISION_LABEL,
                  value_str(revision), a);
    value_set_lit(value_get_lit(out, "spec"), "hostname", value_str(name), a);
    set_storage(c, set, out);
    return true;
}

/* why absent: it was done. */
static void tell(Ctl *c, const Value *set, const Value *pod, const char *verb, Str why)
{
    Arena *a = c->arena;
    Str title = arena_printf(a, "%s%c%s", why.ptr ? "Failed" : "Successful", verb[0] - 'a' + 'A',
                             verb + 1);
    const char *reason = arena_cstr(a, title);
    if (why.ptr) {
        ctl_event(c, set, "Warning", reason, "%s Pod %.*s in StatefulSet %.*s failed error: %.*s",
                  verb, STR_ARG(ctl_name(pod)), STR_ARG(ctl_name(set)), STR_ARG(why));
    } else {
        ctl_event(c, set, "Normal", reason, "%s Pod %.*s in StatefulSet %.*s successful", verb,
                  STR_ARG(ctl_name(pod)), STR_ARG(ctl_name(set)));
    }
}

bool stateful_create(Ctl *c, const Value *set, const Value *pod, Str *why)
{
    CtlObject at = { "v1", "pods", ctl_namespace(set), STR(""), NULL };
    ApiResponse response;
    if (!need_claims(c, set, pod, why)) {
        tell(c, set, pod, "create", *why);
        return false;
    }
    if (ctl_create(c, &at, pod, &response)) {
        tell(c, set, pod, "create", STR_ABSENT);
        return true;
    }
    *why = ctl_message(&response);
    if (response.code != 409) { /* it is there: nothing went wrong that anybody must know */
        tell(c, set, pod, "create", *why);
    }
    return false;
}

bool stateful_delete(Ctl *c, const Value *set, const Value *pod, Str *why)
{
    CtlObject at = { "v1", "pods", ctl_namespace(pod), ctl_name(pod), NULL };
    ApiResponse response;
    bool done = ctl_delete(c, &at, NULL, &response);
    *why = done ? STR_ABSENT : ctl_message(&response);
    tell(c, set, pod, "delete", *why);
    return done;
}

bool stateful_repair(Ctl *c, const Value *set, const Value *pod, Str *why)
{
    CtlObject at = { "v1", "pods", ctl_namespace(pod), ctl_name(pod), NULL };
    bool is_called = str_eq(label(pod, STR(NAME_LABEL)), ctl_name(pod));
    bool has_claims = has_storage(c, set, pod);
    ApiResponse response;
    if (is_called && has_claims) {
        return true;
    }
    Value copy = value_copy(pod, c->arena);
    set_identity(c, &copy, ctl_name(pod));
    if (!has_claims) {
        set_storage(c, set, &copy);
        if (!need_claims(c, set, pod, why)) {
            tell(c, set, pod, "update", *why);
            return false;
        }
    }
    bool done = ctl_update(c, &at, &copy, &response);
    *why = done ? STR_ABSENT : ctl_message(&response);
    tell(c, set, pod, "update", *why);
    return done;
}
