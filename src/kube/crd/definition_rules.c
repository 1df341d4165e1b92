/* SPDX-License-Identifier: Apache-2.0 */
/* How strict validation of a definition is: what was wrong before an update may stay so. */
#include "kube/crd/definition_view.h"

static Str str_of(const Value *object, const char *key)
{
    Str s = value_get_str(object, str_from_c(key));
    return s.ptr ? s : STR("");
}

bool definition_any_schema(const Definition *d, bool (*predicate)(const CrdSchema *))
{
    bool found = crd_schema_has(d->common.schema, predicate);
    for (size_t i = 0; i < d->version_count && !found; i++) {
        found = crd_schema_has(d->versions[i].own.schema, predicate);
    }
    return found;
}

static bool has_default(const CrdSchema *s)
{
    return s->default_value != NULL;
}

bool definition_has_default(const Definition *d)
{
    return definition_any_schema(d, has_default);
}

static bool is_unstructural(const CrdSchema *s, Arena *a)
{
    if (!s) {
        return false;
    }
    FieldErrors errs = field_errors_new(a);
    crd_validate_structural(s, NULL, &errs);
    return errs.count > 0 || crd_schema_problem(s, a).ptr;
}

static bool has_unknown_type(const CrdSchema *s)
{
    return s->type.len && !schema_has_known_type(s);
}

static bool has_loose_key(const CrdSchema *s)
{
    /* the arena is only needed where something is wrong */
    Arena a;
    arena_init(&a, 0);
    FieldErrors errs = field_errors_new(&a);
    schema_check_map_keys(s, NULL, &errs);
    bool found = errs.count > 0;
    arena_done(&a);
    return found;
}

static bool all_have_schemas(const Definition *d)
{
    for (size_t i = 0; !d->common.schema && i < d->version_count; i++) {
        if (!d->versions[i].own.schema) {
            return false;
        }
    }
    return true;
}

static bool is_established(const Definition *d)
{
    VALUE_EACH_ITEM(c, value_get_lit(d->status, "conditions")) {
        if (str_eq(str_of(c, "type"), STR("Established"))) {
            return str_eq(str_of(c, "status"), STR("True"));
        }
    }
    return false;
}

static bool has_known_review_version(const Definition *d, Arena *a)
{
    StrList list = value_str_list(d->review_versions, a);
    return !d->has_conversion || list.count == 0 || str_list_has(list, STR("v1")) ||
           str_list_has(list, STR("v1beta1"));
}

static bool any_unstructural(const Definition *d, Arena *a)
{
    bool found = is_unstructural(d->common.schema, a);
    for (size_t i = 0; i < d->version_count && !found; i++) {
        found = is_unstructural(d->versions[i].own.schema, a);
    }
    return found;
}

/* Of a structural one only: others have no defaults to go by. */
static bool has_unpruned(const CrdSchema *s, const KubeTarget *target, Arena *a)
{
    return s && !is_unstructural(s, a) && crd_schema_has_unpruned_default(s, target, a);
}

static bool any_unpruned(const Definition *d, const KubeTarget *target, Arena *a)
{
    bool found = has_unpruned(d->common.schema, target, a);
    for (size_t i = 0; i < d->version_count && !found; i++) {
        found = has_unpruned(d->versions[i].own.schema, target, a);
    }
    return found;
}

DefinitionRules definition_rules_for(const Definition *old, bool is_beta, const KubeTarget *target,
                                     Arena *a)
{
    DefinitionRules rules = {
        .target = target,
        .allow_defaults = !is_beta,
        .why_no_defaults = STR(""),
        .recognized_review_version = true,
        .require_schema = !is_beta,
        .valid_types = !is_beta,
        .structural = !is_beta,
        .pruned_defaults = true,
        .atomic_sets = true,
        .map_keys = true,
    };
    if (is_beta) {
        rules.why_no_defaults = STR(
            "(cannot set default values in apiextensions.k8s.io/v1beta1 CRDs, must use "
            "apiextensions.k8s.io/v1)");
    }
    if (!old) {
        return rules;
    }
    if (definition_has_default(old)) {
        rules.allow_defaults = true;
        rules.why_no_defaults = STR("");
    }
    rules.recognized_review_version = has_known_review_version(old, a);
    rules.immutable_names = is_established(old);
    rules.require_schema = rules.require_schema && all_have_schemas(old);
    rules.valid_types = rules.valid_types && !definition_any_schema(old, has_unknown_type);
    rules.structural = rules.structural && !any_unstructural(old, a);
    rules.pruned_defaults = !any_unpruned(old, target, a);
    rules.atomic_sets = !definition_any_schema(old, schema_has_loose_set);
    rules.map_keys = !definition_any_schema(old, has_loose_key);
    return rules;
}
