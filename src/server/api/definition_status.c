/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status of a CustomResourceDefinition: the names that it has among the others of its group,
 * and its conditions.
 *
 * Source: k8s.io/apiextensions-apiserver 1.20 pkg/controller/{status,establish,apiapproval,
 * nonstructuralschema}
 */
#include "kube/crd/structural.h"
#include "server/api/definitions.h"

static const Value *spec_names(const Value *definition)
{
    return value_at(definition, "spec", "names", NULL);
}

static const Value *accepted_names(const Value *definition)
{
    return value_at(definition, "status", "acceptedNames", NULL);
}

static Str text_of(const Value *names, const char *key)
{
    Str s = value_get_str(names, str_from_c(key));
    return s.ptr ? s : STR("");
}

/* -- conditions ---------------------------------------------------------------------------------
 */

typedef struct Condition {
    const char *type;
    const char *status;
    const char *reason;
    Str message;
} Condition;

static Value *find_condition(const Value *definition, const char *type)
{
    VALUE_EACH_ITEM(c, value_at(definition, "status", "conditions", NULL)) {
        if (str_eq(value_get_str(c, STR("type")), str_from_c(type))) {
            return c;
        }
    }
    return NULL;
}

static bool is_true(const Value *definition, const char *type)
{
    return str_eq(value_get_str(find_condition(definition, type), STR("status")), STR("True"));
}

static void set_condition(Settling *s, Value *definition, const Condition *c)
{
    Arena *a = s->arena;
    Value *there = find_condition(definition, c->type);
    bool same = there && str_eq(value_get_str(there, STR("status")), str_from_c(c->status));
    const Value *since = same ? value_get_lit(there, "lastTransitionTime") : NULL;
    Value made = value_object();
    value_set_lit(&made, "type", value_str(str_from_c(c->type)), a);
    value_set_lit(&made, "status", value_str(str_from_c(c->status)), a);
    value_set_lit(&made, "lastTransitionTime",
                  value_is_null(since) ? value_str(api_now_text(s->call)) : *since, a);
    value_set_lit(&made, "reason", value_str(str_from_c(c->reason)), a);
    value_set_lit(&made, "message", value_str(c->message), a);
    if (there) {
        *there = made;
        return;
    }
    Value *status = value_need_object(definition, STR("status"), a);
    Value *conditions = value_get_lit(status, "conditions");
    if (status && !value_is(conditions, VALUE_ARRAY)) {
        conditions = value_set_lit(status, "conditions", value_array(), a);
    }
    value_add(conditions, made, a);
}

static void drop_condition(Value *definition, const char *type)
{
    Value *conditions = value_at(definition, "status", "conditions", NULL);
    const Value *there = find_condition(definition, type);
    if (there) {
        (void)value_remove_item(conditions, (size_t)(there - conditions->items));
    }
}

/* -- names --------------------------------------------------------------------------------------
 */

/* Has any definition of the group been given the name: as a resource, or as a kind? */
static bool is_used(const Settling *s, Str name, bool as_kind)
{
    static const char *const resources[] = { "plural", "singular" };
    static const char *const kinds[] = { "kind", "listKind" };
    for (size_t i = 0; i < s->count; i++) {
        const Value *names = accepted_names(&s->items[i].object);
        for (size_t k = 0; k < 2; k++) {
            if (str_eq(text_of(names, as_kind ? kinds[k] : resources[k]), name)) {
                return true;
            }
        }
        VALUE_EACH_ITEM(short_name, as_kind ? NULL : value_get_lit(names, "shortNames")) {
            if (str_eq(value_as_str(short_name), name)) {
                return true;
            }
        }
    }
    return false;
}

static Str in_use(Str name, Arena *a)
{
    Buf b = buf_new(a);
    buf_go_quoted(&b, name);
    buf_lit(&b, " is already in use");
    return buf_str(&b);
}

/* One name of one kind; the last that collides is told. */
static void ask_name(Settling *s, const Value *wanted, Value *names, const char *key, bool as_kind,
                     const char *reason, Condition *c)
{
    Str name = text_of(wanted, key);
    if (!str_eq(name, text_of(names, key)) && is_used(s, name, as_kind)) {
        c->status = "False";
        c->reason = reason;
        c->message = in_use(name, s->arena);
        return;
    }
    if (name.len || value_get(names, str_from_c(key))) {
        value_set(names, str_from_c(key), value_str(name), s->arena);
    }
}

static bool has_text(const Value *list, Str text)
{
    VALUE_EACH_ITEM(item, list) {
        if (str_eq(value_as_str(item), text)) {
            return true;
        }
    }
    return false;
}

/* "a is already in use", or "[a is already in use, b is already in use]" */
static void ask_short_names(Settling *s, const Value *wanted, Value *names, Condition *c)
{
    const Value *own = value_get_lit(names, "shortNames");
    Buf b = buf_new(s->arena);
    size_t count = 0;
    VALUE_EACH_ITEM(item, value_get_lit(wanted, "shortNames")) {
        Str name = value_as_str(item);
        if (!has_text(own, name) && is_used(s, name, false)) {
            buf_add(&b, count++ ? STR(", ") : STR(""));
            buf_add(&b, in_use(name, s->arena));
        }
    }
    if (count) {
        c->status = "False";
        c->reason = "ShortNamesConflict";
        c->message = count == 1 ? buf_str(&b)
                                : arena_printf(s->arena, "[%.*s]", STR_ARG(buf_str(&b)));
        return;
    }
    const Value *list = value_get_lit(wanted, "shortNames");
    if (value_len(list)) {
        value_set_lit(names, "shortNames", *list, s->arena);
    } else {
        value_remove(names, STR("shortNames"));
    }
}

/* The names that it has from now on, and whether these are all that it wants. */
static Condition ask_names(Settling *s, const Value *definition, Value *names)
{
    const Value *wanted = spec_names(definition);
    Condition c = { "NamesAccepted", "True", "NoConflicts", STR_INIT("no conflicts found") };
    ask_name(s, wanted, names, "plural", false, "PluralConflict", &c);
    ask_name(s, wanted, names, "singular", false, "SingularConflict", &c);
    ask_short_names(s, wanted, names, &c);
    ask_name(s, wanted, names, "kind", true, "KindConflict", &c);
    ask_name(s, wanted, names, "listKind", true, "ListKindConflict", &c);
    const Value *categories = value_get_lit(wanted, "categories");
    if (value_len(categories)) {
        value_set_lit(names, "categories", *categories, s->arena);
    } else {
        value_remove(names, STR("categories"));
    }
    return c;
}

/* The names in the order of their struct. */
static Value in_order(const Value *names, Arena *a)
{
    static const char *const keys[] = { "plural", "singular", "shortNames",
                                        "kind",   "listKind", "categories" };
    Value out = value_object();
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const Value *v = value_get(names, str_from_c(keys[i]));
        if (v) {
            value_set(&out, str_from_c(keys[i]), *v, a);
        }
    }
    return out;
}

static void settle_names(Settling *s, Value *definition)
{
    const Value *accepted = accepted_names(definition);
    bool has_all = find_condition(definition, "NamesAccepted") &&
                   value_equal(spec_names(definition), accepted ? accepted : definition);
    if (has_all) {
        return;
    }
    Value names = accepted ? value_copy(accepted, s->arena) : value_object();
    Condition c = ask_names(s, definition, &names);
    Value *status = value_need_object(definition, STR("status"), s->arena);
    if (status == NULL) {
        return;
    }
    value_set_lit(status, "acceptedNames", in_order(&names, s->arena), s->arena);
    set_condition(s, definition, &c);
    bool was_established = is_true(definition, "Established");
    Condition established = { "Established", "True", "InitialNamesAccepted",
                              STR_INIT("the initial names have been accepted") };
    if (str_eq(str_from_c(c.status), STR("False"))) {
        established = (Condition){ "Established", "False", "NotAccepted",
                                   STR_INIT("not all names are accepted") };
    }
    if (!was_established) {
        set_condition(s, definition, &established);
    }
}

/* -- groups of the community --------------------------------------------------------------------
 */

static bool is_protected(Str group)
{
    return str_eq(group, STR("k8s.io")) || str_ends_with(group, STR(".k8s.io")) ||
           str_eq(group, STR("kubernetes.io")) || str_ends_with(group, STR(".kubernetes.io"));
}

#define ANNOTATION "api-approved.kubernetes.io"
#define SEE ", see https://github.com/kubernetes/enhancements/pull/1111"

static bool is_url(Str text)
{
    Str scheme, rest;
    return str_split_once(text, ':', &scheme, &rest) && scheme.len > 0 &&
           str_starts_with(rest, STR("//")) && rest.len > 2 && rest.ptr[2] != '/';
}

static void settle_approval(Settling *s, Value *definition)
{
    static const char type[] = "KubernetesAPIApprovalPolicyConformant";
    const Value *annotations = value_at(definition, "metadata", "annotations", NULL);
    Str given = text_of(annotations, ANNOTATION);
    Condition c = { type, "False", "InvalidAnnotation",
                    STR_INIT("protected groups must have approval annotation \"" ANNOTATION
                             "\" with either a URL or a reason starting with \"unapproved\"" SEE) };
    if (!is_protected(s->group)) {
        drop_condition(definition, type);
        return;
    }
    if (given.len == 0) {
        c.reason = "MissingAnnotation";
        c.message = STR("protected groups must have approval annotation \"" ANNOTATION "\"" SEE);
    } else if (str_starts_with(given, STR("unapproved"))) {
        Buf b = buf_new(s->arena);
        buf_lit(&b, "not approved: ");
        buf_go_quoted(&b, given);
        c.reason = "UnapprovedAnnotation";
        c.message = buf_str(&b);
    } else if (is_url(given)) {
        c.status = "True";
        c.reason = "ApprovedAnnotation";
        c.message = arena_concat(s->arena, STR("approved in "), given);
    }
    set_condition(s, definition, &c);
}

/* -- schemas that are not structural -------------------------------------------------------------
 */

/* What is wrong with the schemas; absent when all are as they should be. */
static Condition ask_structure(Settling *s, const Value *definition)
{
    Condition c = { "NonStructuralSchema", "True", "Violations", STR_ABSENT };
    FieldErrors errs = field_errors_new_for(s->call->request->target->minor, s->arena);
    Path spec = path_root("spec"), versions = path_child(&spec, "versions");
    Crd crd;
    Err err;
    if (!crd_read(definition, s->call->request->target, s->arena, &crd, &err)) {
        return c;
    }
    if (crd.preserve_unknown_fields) {
        field_invalid_bool(&errs, path_child(&spec, "preserveUnknownFields"), true,
                           STR("must be false"));
    }
    for (size_t i = 0; i < crd.version_count; i++) {
        const CrdVersion *v = &crd.versions[i];
        Str problem = crd_schema_problem(v->schema, s->arena);
        if (problem.ptr) {
            c.reason = "StructuralError";
            c.message = arena_printf(s->arena,
                                     "failed to check validation schema for version %.*s: %.*s",
                                     STR_ARG(v->name), STR_ARG(problem));
            return c;
        }
        if (v->schema) {
            Path version = path_index(&versions, i), schema = path_child(&version, "schema");
            Path at = path_child(&schema, "openAPIV3Schema");
            crd_validate_structural(v->schema, &at, &errs);
        }
    }
    if (errs.count) {
        Buf b = buf_new(s->arena);
        field_errors_write_aggregate(&errs, &b);
        c.message = buf_str(&b);
    }
    return c;
}

static void settle_structure(Settling *s, Value *definition)
{
    Condition c = ask_structure(s, definition);
    if (c.message.ptr) {
        set_condition(s, definition, &c);
    } else {
        drop_condition(definition, c.type);
    }
}

void api_settle_status(Settling *s, Value *definition)
{
    settle_names(s, definition);
    settle_approval(s, definition);
    settle_structure(s, definition);
}
