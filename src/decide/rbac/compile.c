/* SPDX-License-Identifier: Apache-2.0 */
/* From RBAC objects to their compiled forms. */
#include "decide/rbac/internal.h"

/* Where the strings of a binding go. */
typedef struct Compiler {
    Arena *arena;
    Map *keep; /* shared strings; NULL to point into the document */
    FieldErrors *errs;
} Compiler;

static bool wrong_type(FieldErrors *errs, Path path, const Value *v, const char *want)
{
    field_invalid_raw(errs, path, value_kind_name(v),
                      arena_printf(errs->arena, "must be %s", want));
    return false;
}

/* An optional string; "" when it is missing or null. */
static bool read_str(FieldErrors *errs, const Path *parent, const Value *object, const char *key,
                     Str *out)
{
    const Value *v = value_get(object, str_from_c(key));
    if (!value_is_null(v) && v->kind != VALUE_STRING) {
        return wrong_type(errs, path_child_str(parent, str_from_c(key)), v, "a string");
    }
    Str s = value_as_str(v);
    *out = s.ptr ? s : STR("");
    return true;
}

/* An optional array; NULL when it is missing or null. */
static bool read_array(FieldErrors *errs, const Path *parent, const Value *object, const char *key,
                       const Value **out)
{
    const Value *v = value_get(object, str_from_c(key));
    *out = NULL;
    if (value_is_null(v)) {
        return true;
    }
    if (v->kind != VALUE_ARRAY) {
        return wrong_type(errs, path_child_str(parent, str_from_c(key)), v, "a list");
    }
    *out = v;
    return true;
}

static bool read_object(FieldErrors *errs, const Path *parent, const Value *object, const char *key,
                        const Value **out)
{
    const Value *v = value_get(object, str_from_c(key));
    *out = NULL;
    if (value_is_null(v)) {
        return true;
    }
    if (v->kind != VALUE_OBJECT) {
        return wrong_type(errs, path_child_str(parent, str_from_c(key)), v, "an object");
    }
    *out = v;
    return true;
}

static bool read_strings(FieldErrors *errs, const Path *parent, const Value *object,
                         const char *key, Arena *a, StrList *out)
{
    const Value *list;
    *out = (StrList){ NULL, 0 };
    if (!read_array(errs, parent, object, key, &list)) {
        return false;
    }
    if (value_len(list) == 0) {
        return true;
    }
    Path path = path_child_str(parent, str_from_c(key));
    Str *items = new(a, Str, list->len);
    for (size_t i = 0; i < list->len; i++) {
        const Value *v = &list->items[i];
        if (v->kind != VALUE_STRING && v->kind != VALUE_NULL) { /* Go reads null as "" */
            return wrong_type(errs, path_index(&path, i), v, "a string");
        }
        items[i] = v->kind == VALUE_STRING ? value_as_str(v) : STR("");
    }
    *out = (StrList){ items, list->len };
    return true;
}

/* metadata.name and metadata.namespace; is_namespaced: the kind has a namespace. */
static bool read_metadata(FieldErrors *errs, const Value *object, const Value **metadata, Str *name,
                          Str *namespace)
{
    if (!value_is(object, VALUE_OBJECT)) {
        return wrong_type(errs, path_root("object"), object, "an object");
    }
    Path path = path_root("metadata");
    if (!read_object(errs, NULL, object, "metadata", metadata) ||
        !read_str(errs, &path, *metadata, "name", name) ||
        !read_str(errs, &path, *metadata, "namespace", namespace)) {
        return false;
    }
    if (name->len == 0) {
        field_required(errs, path_child(&path, "name"), STR("name is required"));
        return false;
    }
    if (str_starts_with(value_get_str(object, STR("kind")), STR("Cluster"))) {
        *namespace = STR("");
    } else if (namespace->len == 0) {
        *namespace = STR("default");
    }
    return true;
}

/* -- roles ------------------------------------------------------------------------------------ */

static bool compile_rule(FieldErrors *errs, const Path *path, const Value *v, Arena *a,
                         RbacRule *out)
{
    if (v->kind != VALUE_OBJECT && v->kind != VALUE_NULL) {
        return wrong_type(errs, *path, v, "an object");
    }
    if (!read_strings(errs, path, v, "verbs", a, &out->verbs) ||
        !read_strings(errs, path, v, "apiGroups", a, &out->api_groups) ||
        !read_strings(errs, path, v, "resources", a, &out->resources) ||
        !read_strings(errs, path, v, "resourceNames", a, &out->resource_names) ||
        !read_strings(errs, path, v, "nonResourceURLs", a, &out->urls)) {
        return false;
    }
    out->verb_bits = rbac_verb_bits_of(out->verbs);
    return true;
}

bool rbac_rules_compile(const Value *rules, const Path *path, Arena *a, FieldErrors *errs,
                        const RbacRule **out, size_t *count)
{
    if (!value_is_null(rules) && rules->kind != VALUE_ARRAY) {
        return wrong_type(errs, *path, rules, "a list");
    }
    *count = value_len(rules);
    RbacRule *compiled = *count ? new(a, RbacRule, *count) : NULL;
    for (size_t i = 0; i < *count; i++) {
        Path item = path_index(path, i);
        if (!compile_rule(errs, &item, &rules->items[i], a, &compiled[i])) {
            return false;
        }
    }
    *out = compiled;
    return true;
}

const RbacRole *rbac_role_compile(const Value *role, Arena *a, FieldErrors *errs)
{
    RbacRole *out = new(a, RbacRole, 1);
    const Value *metadata, *rules, *aggregation;
    Path rules_path = path_root("rules");
    if (!read_metadata(errs, role, &metadata, &out->name, &out->namespace) ||
        !read_array(errs, NULL, role, "rules", &rules) ||
        !rbac_rules_compile(rules, &rules_path, a, errs, &out->rules, &out->rule_count)) {
        return NULL;
    }
    if (out->namespace.len) {
        return out;
    }
    Path metadata_path = path_root("metadata");
    Path aggregation_path = path_root("aggregationRule");
    if (!read_object(errs, &metadata_path, metadata, "labels", &out->labels) ||
        !read_object(errs, NULL, role, "aggregationRule", &aggregation) ||
        !read_array(errs, &aggregation_path, aggregation, "clusterRoleSelectors",
                    &out->selectors)) {
        return NULL;
    }
    if (aggregation && !out->selectors) {
        static const Value no_selectors = { .kind = VALUE_ARRAY };
        out->selectors = &no_selectors;
    }
    return out;
}

/* -- bindings --------------------------------------------------------------------------------- */

/* A string that is this binding's own. */
static Str own(const Compiler *c, Str s)
{
    return c->keep ? arena_str(c->arena, s) : s;
}

/* A string that many bindings have. */
static Str shared(const Compiler *c, Str s)
{
    if (!c->keep || s.len == 0) {
        return c->keep ? STR("") : s;
    }
    Str *kept = map_get(c->keep, s);
    if (!kept) {
        kept = new(c->keep->arena, Str, 1);
        *kept = arena_str(c->arena, s);
        map_set(c->keep, *kept, kept);
    }
    return *kept;
}

static bool compile_role_ref(const Compiler *c, const Value *binding, RbacBinding *out)
{
    const Value *ref;
    Str kind, name;
    Path path = path_root("roleRef");
    if (!read_object(c->errs, NULL, binding, "roleRef", &ref) ||
        !read_str(c->errs, &path, ref, "kind", &kind) ||
        !read_str(c->errs, &path, ref, "name", &name)) {
        return false;
    }
    static const Str kinds[] = { STR_INIT("ClusterRole"), STR_INIT("Role") };
    StrList supported = { kinds, out->namespace_len ? 2 : 1 };
    if (!str_list_has(supported, kind)) {
        field_not_supported(c->errs, path_child(&path, "kind"), kind, supported);
        return false;
    }
    if (name.len == 0) {
        field_required(c->errs, path_child(&path, "name"), STR(""));
        return false;
    }
    name = shared(c, name);
    out->role_name_ptr = name.ptr;
    out->role_name_len = (uint32_t)name.len & INT32_MAX;
    out->role_is_cluster = str_eq(kind, kinds[0]);
    return true;
}

static bool compile_subject(const Compiler *c, const Path *path, const Value *v, bool is_alpha,
                            const RbacBinding *binding, RbacSubject *out)
{
    Str kind, name, namespace;
    if (v->kind != VALUE_OBJECT) {
        return wrong_type(c->errs, *path, v, "an object");
    }
    if (!read_str(c->errs, path, v, "kind", &kind) || !read_str(c->errs, path, v, "name", &name) ||
        !read_str(c->errs, path, v, "namespace", &namespace)) {
        return false;
    }
    static const Str kinds[] = { STR_INIT("ServiceAccount"), STR_INIT("User"), STR_INIT("Group") };
    if (str_eq(kind, kinds[0])) {
        out->kind = SUBJECT_SERVICE_ACCOUNT;
        if (namespace.len == 0) {
            namespace = rbac_binding_namespace(binding);
        }
        if (namespace.len == 0) {
            out->kind = RBAC_SUBJECT_NOBODY;
        }
        namespace = str_eq(namespace, rbac_binding_namespace(binding))
                        ? rbac_binding_namespace(binding)
                        : shared(c, namespace);
        name = shared(c, name);
    } else if (str_eq(kind, kinds[1]) || str_eq(kind, kinds[2])) {
        out->kind = str_eq(kind, kinds[1]) ? SUBJECT_USER : SUBJECT_GROUP;
        namespace = STR("");
        if (is_alpha && out->kind == SUBJECT_USER && str_eq(name, STR("*"))) {
            out->kind =
                SUBJECT_GROUP; /* v1alpha1 alone: the user "*" is every user that logged in */
            name = STR(RBAC_GROUP_AUTHENTICATED);
        }
        name = out->kind == SUBJECT_GROUP ? shared(c, name) : own(c, name);
    } else {
        field_not_supported(c->errs, path_child(path, "kind"), kind,
                            (StrList){ kinds, COUNT_OF(kinds) });
        return false;
    }
    out->name_ptr = name.ptr;
    out->name_len = (uint32_t)name.len;
    out->namespace_ptr = namespace.ptr;
    out->namespace_len = (uint32_t) namespace.len & (UINT32_MAX >> 2);
    return true;
}

static const RbacBinding *compile_binding(const Compiler *c, const Value *binding)
{
    const Value *metadata, *subjects;
    Str name, namespace;
    if (!read_metadata(c->errs, binding, &metadata, &name, &namespace) ||
        !read_array(c->errs, NULL, binding, "subjects", &subjects)) {
        return NULL;
    }
    size_t count = value_len(subjects);
    RbacBinding *out = arena_alloc_zero(c->arena, 1, sizeof(*out) + count * sizeof(RbacSubject));
    name = own(c, name);
    namespace = shared(c, namespace);
    out->name_ptr = name.ptr;
    out->name_len = (uint32_t)name.len;
    out->namespace_ptr = namespace.ptr;
    out->namespace_len = (uint32_t) namespace.len;
    out->subject_count = (uint32_t)count;
    if (!compile_role_ref(c, binding, out)) {
        return NULL;
    }
    bool is_alpha = str_ends_with(value_get_str(binding, STR("apiVersion")), STR("/v1alpha1"));
    Path list = path_root("subjects");
    for (size_t i = 0; i < count; i++) {
        Path item = path_index(&list, i);
        if (!compile_subject(c, &item, &subjects->items[i], is_alpha, out, &out->subjects[i])) {
            return NULL;
        }
    }
    return out;
}

const RbacBinding *rbac_binding_compile(const Value *binding, Arena *a, FieldErrors *errs)
{
    return compile_binding(&(Compiler){ a, NULL, errs }, binding);
}

const RbacBinding *rbac_binding_compile_packed(const Value *binding, Arena *a, Map *keep,
                                               FieldErrors *errs)
{
    return compile_binding(&(Compiler){ a, keep, errs }, binding);
}

/* -- and back --------------------------------------------------------------------------------- */

static void set_list(Value *object, const char *key, StrList list, Arena *a)
{
    if (list.count == 0) {
        return;
    }
    Value items = value_array();
    for (size_t i = 0; i < list.count; i++) {
        value_add(&items, value_str(list.items[i]), a);
    }
    value_set(object, str_from_c(key), items, a);
}

Value rbac_rule_to_value(const RbacRule *rule, Arena *a)
{
    Value v = value_object();
    set_list(&v, "verbs", rule->verbs, a);
    set_list(&v, "apiGroups", rule->api_groups, a);
    set_list(&v, "resources", rule->resources, a);
    set_list(&v, "resourceNames", rule->resource_names, a);
    set_list(&v, "nonResourceURLs", rule->urls, a);
    return v;
}
