/* SPDX-License-Identifier: Apache-2.0 */
/* The AdmissionReview that a webhook is sent; members in the order of Go's structs. */
#include "decide/webhook/webhook.h"
#include "doc/json.h"

Str webhook_review_version(const Webhook *w)
{
    VALUE_EACH_ITEM(v, value_get_lit(w->hook, "admissionReviewVersions")) {
        Str s = value_as_str(v);
        if (str_eq(s, STR("v1")) || str_eq(s, STR("v1beta1"))) {
            return s;
        }
    }
    return STR_ABSENT;
}

static void set(Value *object, const char *key, Str text, Arena *a)
{
    value_set(object, str_from_c(key), value_str(text), a);
}

static void set_some(Value *object, const char *key, Str text, Arena *a)
{
    if (text.len) {
        set(object, key, text, a);
    }
}

/* last: "kind" or "resource" */
static Value group_version(Str group, Str version, const char *last, Str name, Arena *a)
{
    Value out = value_object();
    set(&out, "group", group, a);
    set(&out, "version", version, a);
    set(&out, last, name, a);
    return out;
}

static Value user_value(const UserInfo *user, Arena *a)
{
    Value out = value_object();
    if (!user) {
        return out;
    }
    set_some(&out, "username", user->name, a);
    set_some(&out, "uid", user->uid, a);
    if (user->groups.count) {
        Value groups = value_array();
        for (size_t i = 0; i < user->groups.count; i++) {
            value_add(&groups, value_str(user->groups.items[i]), a);
        }
        value_set_lit(&out, "groups", groups, a);
    }
    if (value_len(user->extra)) {
        Value extra = value_copy(user->extra, a);
        value_sort_keys(&extra);
        value_set_lit(&out, "extra", extra, a);
    }
    return out;
}

/* Go writes kind and apiVersion first. */
static Value kind_first(const Value *object, const WebhookVersion *as, Arena *a)
{
    if (!value_is(object, VALUE_OBJECT)) {
        return value_null();
    }
    Value out = value_object();
    set(&out, "kind", as->kind, a);
    set(&out, "apiVersion", as->kind_version, a);
    VALUE_EACH_MEMBER(m, object) {
        if (!str_eq(member_key(m), STR("kind")) && !str_eq(member_key(m), STR("apiVersion"))) {
            value_append(&out, member_key(m), m->value, a);
        }
    }
    return out;
}

/* The kind, which may be of another group than the resource. */
static Value kind_of(const WebhookVersion *as, Arena *a)
{
    Str group = STR(""), version = as->kind_version;
    ptrdiff_t slash = str_index_byte(version, '/');
    if (slash >= 0) {
        group = str_slice(version, 0, (size_t)slash);
        version = str_drop(version, (size_t)slash + 1);
    }
    return group_version(group, version, "kind", as->kind, a);
}

Str webhook_review_body(const WebhookRequest *r, Str review_version, Str uid,
                        const WebhookVersion *as, const Value *object, const Value *old, Arena *a)
{
    Value request = value_object();
    set(&request, "uid", uid, a);
    value_set_lit(&request, "kind", kind_of(as, a), a);
    value_set_lit(&request, "resource",
                  group_version(as->group, as->version, "resource", r->resource, a), a);
    set_some(&request, "subResource", r->subresource, a);
    value_set_lit(&request, "requestKind", kind_of(&r->as, a), a);
    value_set_lit(&request, "requestResource",
                  group_version(r->as.group, r->as.version, "resource", r->resource, a), a);
    set_some(&request, "requestSubResource", r->subresource, a);
    set_some(&request, "name", r->name, a);
    set_some(&request, "namespace", r->namespace, a);
    set(&request, "operation", r->operation, a);
    value_set_lit(&request, "userInfo", user_value(r->user, a), a);
    value_set_lit(&request, "object", kind_first(object, as, a), a);
    value_set_lit(&request, "oldObject", kind_first(old, as, a), a);
    value_set_lit(&request, "dryRun", value_bool(r->dry_run), a);
    value_set_lit(&request, "options", r->options ? *r->options : value_null(), a);

    Value review = value_object();
    set(&review, "kind", STR("AdmissionReview"), a);
    set(&review, "apiVersion", arena_printf(a, "admission.k8s.io/%.*s", STR_ARG(review_version)),
        a);
    value_set_lit(&review, "request", request, a);
    Buf b = buf_new(a);
    json_write_html_safe(&review, &b);
    buf_byte(&b, '\n');
    return buf_str(&b);
}
