/* SPDX-License-Identifier: Apache-2.0 */
/* SubjectAccessReviews and SelfSubjectRulesReviews. */
#include "decide/rbac/review.h"

#include "decide/rbac/authorizer.h"
#include "decide/rbac/internal.h"

#define AUTHORIZATION_GROUP "authorization.k8s.io"

/* -- validation ------------------------------------------------------------------------------- */

static Str go_str(Arena *a, Str s)
{
    Buf b = buf_new(a);
    buf_go_quoted(&b, s);
    return buf_str(&b);
}

/* `authorization.NonResourceAttributes{Path:"/x", Verb:"get"}` */
static Str dump_non_resource(const Value *attributes, Arena *a)
{
    return arena_printf(a, "authorization.NonResourceAttributes{Path:%.*s, Verb:%.*s}",
                        STR_ARG(go_str(a, value_get_str(attributes, STR("path")))),
                        STR_ARG(go_str(a, value_get_str(attributes, STR("verb")))));
}

static void validate_spec(const Value *spec, bool has_subject, Str groups_key, FieldErrors *errs)
{
    Path path = path_root("spec");
    const Value *resource = value_get_lit(spec, "resourceAttributes");
    const Value *non_resource = value_get_lit(spec, "nonResourceAttributes");
    if (!value_is_null(resource) && !value_is_null(non_resource)) {
        field_invalid_raw(errs, path_child(&path, "nonResourceAttributes"),
                          dump_non_resource(non_resource, errs->arena),
                          STR("cannot be specified in combination with resourceAttributes"));
    }
    if (value_is_null(resource) && value_is_null(non_resource)) {
        field_invalid_null(errs, path_child(&path, "resourceAttributes"),
                           STR("exactly one of nonResourceAttributes or resourceAttributes must be "
                               "specified"));
    }
    if (has_subject && value_get_str(spec, STR("user")).len == 0 &&
        value_len(value_get(spec, groups_key)) == 0) {
        field_invalid_str(errs, path_child(&path, "user"), STR(""),
                          STR("at least one of user or group must be specified"));
    }
}

static void dump_map(Buf *b, const char *name, const Value *map)
{
    buf_printf(b, ", %s:map[string]string", name);
    if (!value_is(map, VALUE_OBJECT)) {
        buf_lit(b, "(nil)");
        return;
    }
    Value sorted = value_copy(map, b->arena);
    value_sort_keys(&sorted);
    buf_byte(b, '{');
    for (uint32_t i = 0; i < value_len(&sorted); i++) {
        buf_add(b, i ? STR(", ") : STR(""));
        buf_go_quoted(b, member_key(&sorted.members[i]));
        buf_byte(b, ':');
        buf_go_quoted(b, value_as_str(&sorted.members[i].value));
    }
    buf_byte(b, '}');
}

/* The metadata as Go prints the struct; owners, finalizers and times as if they were not given. */
static Str dump_metadata(const Value *metadata, Arena *a)
{
    static const char *const strings[] = { "name",     "generateName", "namespace",
                                           "selfLink", "uid",          "resourceVersion" };
    static const char *const fields[] = { "Name",     "GenerateName", "Namespace",
                                          "SelfLink", "UID",          "ResourceVersion" };
    Buf b = buf_new(a);
    buf_lit(&b, "v1.ObjectMeta{");
    for (size_t i = 0; i < COUNT_OF(strings); i++) {
        buf_printf(&b, "%s:", fields[i]);
        buf_go_quoted(&b, value_get_str(metadata, str_from_c(strings[i])));
        buf_lit(&b, ", ");
    }
    buf_lit(&b, "Generation:");
    buf_int(&b, value_get_int(metadata, STR("generation")).value);
    buf_lit(&b, ", CreationTimestamp:v1.Time{Time:time.Time{wall:0x0, ext:0, "
                "loc:(*time.Location)(nil)}}, DeletionTimestamp:(*v1.Time)(nil), "
                "DeletionGracePeriodSeconds:(*int64)(nil)");
    dump_map(&b, "Labels", value_get_lit(metadata, "labels"));
    dump_map(&b, "Annotations", value_get_lit(metadata, "annotations"));
    buf_lit(&b, ", OwnerReferences:[]v1.OwnerReference(nil), Finalizers:[]string(nil), "
                "ClusterName:");
    buf_go_quoted(&b, value_get_str(metadata, STR("clusterName")));
    buf_lit(&b, ", ManagedFields:[]v1.ManagedFieldsEntry(nil)}");
    return buf_str(&b);
}

/* Nothing may be set but what is in except. */
static void validate_metadata(const Value *metadata, Str except, Str detail, FieldErrors *errs)
{
    VALUE_EACH_MEMBER(m, metadata) {
        Str key = member_key(m);
        if (!str_eq(key, except) && !str_eq(key, STR("managedFields")) &&
            !rbac_value_is_unset(&m->value)) {
            field_invalid_raw(errs, path_root("metadata"), dump_metadata(metadata, errs->arena),
                              detail);
            return;
        }
    }
}

static void validate_local(const Value *spec, Str namespace, FieldErrors *errs)
{
    const Value *resource = value_get_lit(spec, "resourceAttributes");
    const Value *non_resource = value_get_lit(spec, "nonResourceAttributes");
    Path path = path_root("spec");
    Path attributes = path_child(&path, "resourceAttributes");
    Str asked = value_get_str(resource, STR("namespace"));
    if (!value_is_null(resource) && !str_eq(asked, namespace)) {
        field_invalid_str(errs, path_child(&attributes, "namespace"), asked,
                          STR("must match metadata.namespace"));
    }
    if (!value_is_null(non_resource)) {
        field_invalid_raw(errs, path_child(&path, "nonResourceAttributes"),
                          dump_non_resource(non_resource, errs->arena),
                          STR("disallowed on this kind of request"));
    }
}

/* -- deciding --------------------------------------------------------------------------------- */

static Str or_empty(Str s)
{
    return s.ptr ? s : STR("");
}

/* What spec asks about. user->name and groups of a SubjectAccessReview are taken literally: no
 * group is added. */
static RbacRequest request_of(const Value *spec, const UserInfo *user)
{
    const Value *r = value_get_lit(spec, "resourceAttributes");
    const Value *n = value_get_lit(spec, "nonResourceAttributes");
    if (value_is_null(r)) {
        return (RbacRequest){
            .user = user,
            .verb = or_empty(value_get_str(n, STR("verb"))),
            .path = or_empty(value_get_str(n, STR("path"))),
        };
    }
    return (RbacRequest){
        .user = user,
        .verb = or_empty(value_get_str(r, STR("verb"))),
        .api_group = or_empty(value_get_str(r, STR("group"))),
        .resource = or_empty(value_get_str(r, STR("resource"))),
        .subresource = or_empty(value_get_str(r, STR("subresource"))),
        .name = or_empty(value_get_str(r, STR("name"))),
        .namespace = or_empty(value_get_str(r, STR("namespace"))),
        .is_resource = true,
    };
}

static Value answer(const RbacReview *review, Value status, Arena *a)
{
    Value out = *review->object;
    if (out.kind != VALUE_OBJECT) {
        out = value_object();
    }
    out = value_copy(&out, a);
    value_set_lit(&out, "status", status, a);
    return out;
}

static Value access_status(const Facts *f, const Value *spec, const UserInfo *user, Arena *a)
{
    RbacRequest req = request_of(spec, user);
    RbacAnswer got;
    authorizer_decide(f, &req, a, &got);
    Value status = value_object();
    value_set_lit(&status, "allowed", value_bool(got.allowed), a);
    if (got.reason.len) {
        value_set_lit(&status, "reason", value_str(got.reason), a);
    }
    return status;
}

static bool review_access(const Facts *f, const RbacReview *review, Arena *a, Value *out,
                          Status *refusal)
{
    bool is_self = str_eq(review->kind, STR("SelfSubjectAccessReview"));
    bool is_local = str_eq(review->kind, STR("LocalSubjectAccessReview"));
    bool is_beta = str_ends_with(value_get_str(review->object, STR("apiVersion")), STR("/v1beta1"));
    const Value *spec = value_get_lit(review->object, "spec");
    const Value *metadata = value_get_lit(review->object, "metadata");
    Str namespace = or_empty(value_get_str(metadata, STR("namespace")));
    Str groups_key = is_beta ? STR("group") : STR("groups");

    FieldErrors errs = field_errors_new(a);
    validate_spec(spec, !is_self, groups_key, &errs);
    validate_metadata(metadata, is_local ? STR("namespace") : STR(""),
                      is_local ? STR("must be empty except for namespace") : STR("must be empty"),
                      &errs);
    if (is_local) {
        validate_local(spec, namespace, &errs);
    }
    if (errs.count) { /* the kind is left out of this message by the API server, too */
        *refusal = status_invalid(a, STR(AUTHORIZATION_GROUP), STR(""), STR(""), &errs);
        return false;
    }
    if (is_local && !str_eq(review->namespace, namespace)) {
        *refusal = status_bad_request(
            a, arena_printf(a, "spec.resourceAttributes.namespace must match namespace: %.*s",
                            STR_ARG(review->namespace)));
        return false;
    }
    UserInfo subject = {
        .name = or_empty(value_get_str(spec, STR("user"))),
        .uid = or_empty(value_get_str(spec, STR("uid"))),
        .groups = value_str_list(value_get(spec, groups_key), a),
        .extra = value_get_lit(spec, "extra"),
    };
    *out = answer(review, access_status(f, spec, is_self ? review->user : &subject, a), a);
    return true;
}

static Value rule_part(const RbacRule *rule, bool is_resource, Arena *a)
{
    RbacRule part = { .verbs = rule->verbs };
    if (is_resource) {
        part.api_groups = rule->api_groups;
        part.resources = rule->resources;
        part.resource_names = rule->resource_names;
    } else {
        part.urls = rule->urls;
    }
    Value v = rbac_rule_to_value(&part, a);
    if (!value_get_lit(&v, "verbs")) {
        value_set_lit(&v, "verbs", value_null(), a);
    }
    return v;
}

static bool review_rules(const Facts *f, const RbacReview *review, Arena *a, Value *out,
                         Status *refusal)
{
    Str namespace = value_as_str(value_at(review->object, "spec", "namespace", NULL));
    if (namespace.len == 0) {
        *refusal = status_bad_request(a, STR("no namespace on request"));
        return false;
    }
    RbacBindingList bindings = rbac_bindings_of(f, review->user, namespace, a);
    Value resource_rules = value_array(), non_resource_rules = value_array();
    for (size_t i = 0; i < bindings.count; i++) {
        const RbacRole *role = rbac_binding_role(f, bindings.items[i]);
        for (size_t r = 0; role && r < role->rule_count; r++) {
            const RbacRule *rule = &role->rules[r];
            if (rule->resources.count) {
                value_add(&resource_rules, rule_part(rule, true, a), a);
            }
            if (rule->urls.count) {
                value_add(&non_resource_rules, rule_part(rule, false, a), a);
            }
        }
    }
    Value status = value_object();
    value_set_lit(&status, "resourceRules", resource_rules, a);
    value_set_lit(&status, "nonResourceRules", non_resource_rules, a);
    value_set_lit(&status, "incomplete", value_bool(false), a);
    Str missing = rbac_missing_roles_text(f, bindings, RBAC_MISSING_KINDS, a);
    if (missing.len) {
        value_set_lit(&status, "evaluationError", value_str(missing), a);
    }
    *out = answer(review, status, a);
    value_set_lit(out, "spec", value_object(), a); /* the API server does not give it back */
    return true;
}

bool rbac_review(const Facts *f, const RbacReview *review, Arena *a, Value *out, Status *refusal)
{
    return str_eq(review->kind, STR("SelfSubjectRulesReview"))
               ? review_rules(f, review, a, out, refusal)
               : review_access(f, review, a, out, refusal);
}
