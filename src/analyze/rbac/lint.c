/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong, or does nothing, in roles and bindings. */
#include "analyze/rbac/lint.h"

#include "analyze/objects.h"

const RbacLintCheck rbac_lint_checks[RBAC_LINT_COUNT] = {
    [RBAC_LINT_NO_SUBJECTS] = { STR_INIT("no-subjects"), STR_INIT("a binding to nobody") },
    [RBAC_LINT_MISSING_ROLE] = { STR_INIT("missing-role"), STR_INIT("the role is not there") },
    [RBAC_LINT_MISSING_ACCOUNT] = { STR_INIT("missing-account"),
                                    STR_INIT("the service account is not there") },
    [RBAC_LINT_ACCOUNT_AS_USER] = { STR_INIT("account-as-user"),
                                    STR_INIT(
                                        "a service account that is bound as a user or group") },
    [RBAC_LINT_DUPLICATE_SUBJECT] = { STR_INIT("duplicate-subject"),
                                      STR_INIT("a subject that is listed twice") },
    [RBAC_LINT_DUPLICATE_BINDING] = { STR_INIT("duplicate-binding"),
                                      STR_INIT("another binding grants the same") },
    [RBAC_LINT_DUPLICATE_RULE] = { STR_INIT("duplicate-rule"),
                                   STR_INIT("a rule that grants what an earlier one grants") },
    [RBAC_LINT_SHADOWED_RULE] = { STR_INIT("shadowed-rule"),
                                  STR_INIT("a rule that grants nothing beyond another") },
    [RBAC_LINT_GRANTS_NOTHING] = { STR_INIT("grants-nothing"),
                                   STR_INIT("a binding whose role grants nothing there") },
    [RBAC_LINT_NEVER_APPLIES] = { STR_INIT("never-applies"),
                                  STR_INIT("a right that no request can have") },
    [RBAC_LINT_EVERY_POLICY] = { STR_INIT("every-policy"),
                                 STR_INIT("a rule that opens every PodSecurityPolicy") },
    [RBAC_LINT_UNUSED_ROLE] = { STR_INIT("unused-role"), STR_INIT("a role that nobody has") },
};

void rbac_found(RbacLinter *l, RbacLintId check, const FileObject *object, Str field,
                const char *format, ...)
{
    if (str_list_has(l->question->skip, rbac_lint_checks[check].id)) {
        return;
    }
    va_list args;
    va_start(args, format);
    Str text = arena_vprintf(l->arena, format, args);
    va_end(args);
    RbacFindings *out = l->out;
    if (out->count == out->cap) {
        out->cap = out->cap ? out->cap * 2 : 64;
        RbacFinding *items = new(l->arena, RbacFinding, out->cap);
        if (out->count) {
            memcpy(items, out->items, out->count * sizeof *items);
        }
        out->items = items;
    }
    out->items[out->count++] = (RbacFinding){ check, object, field, text, STR("") };
}

Str rbac_object_text(const FileObject *object, Arena *a)
{
    const Value *meta = value_get_lit(object->object, "metadata");
    Str namespace = value_get_str(meta, STR("namespace"));
    return arena_printf(a, "%.*s %.*s%s%.*s", STR_ARG(value_get_str(object->object, STR("kind"))),
                        STR_ARG(namespace), namespace.len ? "/" : "",
                        STR_ARG(value_get_str(meta, STR("name"))));
}

/* -- the objects ------------------------------------------------------------------------------- */

static Str role_key(Str namespace, Str name, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s", STR_ARG(namespace), STR_ARG(name));
}

static void note_used(RbacLinter *l)
{
    const RbacCluster *cluster = l->inventory->cluster;
    for (size_t i = 0; i < cluster->binding_count; i++) {
        const RbacBinding *b = cluster->bindings[i].binding;
        map_at(&l->used,
               role_key(rbac_binding_role_namespace(b), rbac_binding_role_name(b), l->arena));
    }
}

static const RbacBinding *binding_of(const RbacLinter *l, Str namespace, Str name)
{
    const Facts *f = l->inventory->facts;
    RbacBindingList list = f->rbac_all_bindings(f->cluster, namespace);
    size_t low = 0;
    size_t high = list.count;
    while (low < high) { /* they are by name */
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(rbac_binding_name(list.items[middle]), name);
        if (order == 0) {
            return list.items[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

static void look_at(RbacLinter *l, const FileObject *object)
{
    const Facts *f = l->inventory->facts;
    Str kind = value_get_str(object->object, STR("kind"));
    const Value *meta = value_get_lit(object->object, "metadata");
    Str name = value_get_str(meta, STR("name"));
    Str namespace = str_starts_with(kind, STR("Cluster")) ? STR("")
                                                          : value_get_str(meta, STR("namespace"));
    if (!namespace.ptr) {
        namespace = STR("");
    }
    if (l->question->namespace.ptr && !str_eq(namespace, l->question->namespace)) {
        return;
    }
    /* the last of those that are given twice is the one that counts */
    if (rbac_inventory_source(l->inventory, kind, namespace, name) != object) {
        return;
    }
    if (str_ends_with(kind, STR("Binding"))) {
        const RbacBinding *b = binding_of(l, namespace, name);
        if (b) {
            rbac_lint_binding(l, object, b);
        }
    } else {
        const RbacRole *role = f->rbac_role(f->cluster, namespace, name);
        if (role) {
            rbac_lint_role(l, object, role);
        }
    }
}

static bool is_rbac(const FileObject *object)
{
    static const Str kinds[] = { STR_INIT("Role"), STR_INIT("ClusterRole"), STR_INIT("RoleBinding"),
                                 STR_INIT("ClusterRoleBinding") };
    return str_starts_with(value_get_str(object->object, STR("apiVersion")), STR(RBAC_GROUP "/")) &&
           str_list_has((StrList){ kinds, COUNT_OF(kinds) },
                        value_get_str(object->object, STR("kind")));
}

static void find_places(RbacFindings *out, Arena *a)
{
    DocPlaces *places = doc_places_new(a);
    for (size_t i = 0; i < out->count; i++) {
        if (out->items[i].object->doc) {
            object_places_add(places, out->items[i].object, out->items[i].field, a);
        }
    }
    doc_places_find(places);
    for (size_t i = 0; i < out->count; i++) {
        if (out->items[i].object->doc) {
            out->items[i].place = object_places_get(places, out->items[i].object,
                                                    out->items[i].field, a);
        }
    }
}

void rbac_lint(const RbacInventory *inventory, const RbacLintQuestion *question, Arena *a,
               RbacFindings *out)
{
    *out = (RbacFindings){ 0 };
    RbacLinter l = { inventory, question, a, out, map_new(a), map_new(a), map_new(a) };
    note_used(&l);
    for (size_t i = 0; i < question->objects->count; i++) {
        if (is_rbac(&question->objects->items[i])) {
            look_at(&l, &question->objects->items[i]);
        }
    }
    find_places(out, a);
}

Value rbac_findings_to_value(const RbacFindings *findings, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(STR("RbacLintReport")), a);
    Value list = value_array();
    for (size_t i = 0; i < findings->count; i++) {
        const RbacFinding *f = &findings->items[i];
        const Value *meta = value_get_lit(f->object->object, "metadata");
        Value item = value_object();
        value_set_lit(&item, "check", value_str(rbac_lint_checks[f->check].id), a);
        Value object = value_object();
        value_set_lit(&object, "kind", *value_get_lit(f->object->object, "kind"), a);
        value_set_lit(&object, "name", *value_get_lit(meta, "name"), a);
        if (value_get_lit(meta, "namespace")) {
            value_set_lit(&object, "namespace", *value_get_lit(meta, "namespace"), a);
        }
        value_set_lit(&item, "object", object, a);
        if (f->field.len) {
            value_set_lit(&item, "field", value_str(f->field), a);
        }
        value_set_lit(&item, "message", value_str(f->text), a);
        if (f->place.len) {
            value_set_lit(&item, "place", value_str(f->place), a);
        }
        value_add(&list, item, a);
    }
    value_set_lit(&v, "findings", list, a);
    return v;
}
