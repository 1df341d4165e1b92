/* SPDX-License-Identifier: Apache-2.0 */
/* Kubernetes' own roles and bindings: from the table to objects. */
#include "decide/rbac/preset/preset.h"

#include "decide/rbac/internal.h"

typedef enum RowKind {
    ROW_CLUSTER_ROLE,
    ROW_ROLE,
    ROW_PART,
    ROW_AGGREGATED,
    ROW_RULE,
    ROW_BOUND,
    ROW_IN,
} RowKind;

typedef struct Row {
    RowKind kind;
    Str text[5];
    int since;
    int until;
} Row;

#define NONE STR_INIT("")
#define CLUSTER_ROLE(name) { ROW_CLUSTER_ROLE, { STR_INIT(name), NONE } },
#define ROLE(namespace, name) { ROW_ROLE, { STR_INIT(name), STR_INIT(namespace) } },
#define PART(name, of) { ROW_PART, { STR_INIT(name), NONE, STR_INIT(of) } },
#define AGGREGATED(name, of) { ROW_AGGREGATED, { STR_INIT(name), NONE, STR_INIT(of) } },
#define RULE(verbs, groups, resources) \
    { ROW_RULE, { STR_INIT(verbs), STR_INIT(groups), STR_INIT(resources), NONE, NONE } },
#define NAMED(verbs, groups, resources, names) \
    { ROW_RULE, { STR_INIT(verbs), STR_INIT(groups), STR_INIT(resources), STR_INIT(names), NONE } },
#define URLS(verbs, paths) { ROW_RULE, { STR_INIT(verbs), NONE, NONE, NONE, STR_INIT(paths) } },
#define IN(first, end) { .kind = ROW_IN, .since = (first), .until = (end) },
#define BOUND(subjects) { ROW_BOUND, { NONE, STR_INIT(subjects) } },
#define BOUND_AS(name, subjects) { ROW_BOUND, { STR_INIT(name), STR_INIT(subjects) } },

static const Row rows[] = {
#include "decide/rbac/preset/kubernetes_1_20.def"
};

static bool begins_role(const Row *row)
{
    return row->kind <= ROW_AGGREGATED;
}

static StrList words(Str text, Arena *a)
{
    size_t count = text.len != 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == ' ';
    }
    Str *items = new(a, Str, count);
    Str rest = text;
    for (size_t i = 0; i < count && str_next_piece(&rest, ' ', &items[i]); i++) {
        if (str_eq(items[i], STR("core"))) {
            items[i] = STR("");
        }
    }
    return (StrList){ items, count };
}

static RbacRule rule_of(const Row *row, Arena *a)
{
    RbacRule rule = {
        .verbs = words(row->text[0], a),
        .api_groups = words(row->text[1], a),
        .resources = words(row->text[2], a),
        .resource_names = words(row->text[3], a),
        .urls = words(row->text[4], a),
    };
    rule.verb_bits = rbac_verb_bits_of(rule.verbs);
    return rule;
}

/* -- objects ---------------------------------------------------------------------------------- */

static void set_str(Value *object, const char *key, Str s, Arena *a)
{
    value_set(object, str_from_c(key), value_str(s), a);
}

static Str aggregation_label(Str role, Arena *a)
{
    return arena_concat(a, STR(RBAC_GROUP "/aggregate-to-"), role);
}

/* What all objects have in their metadata. */
typedef struct Common {
    Value labels;
    Value annotations;
} Common;

static Common common_new(Arena *a)
{
    Common c = { value_object(), value_object() };
    set_str(&c.labels, "kubernetes.io/bootstrapping", STR("rbac-defaults"), a);
    set_str(&c.annotations, "rbac.authorization.kubernetes.io/autoupdate", STR("true"), a);
    return c;
}

static Value object_of(const Common *common, Str kind, Str name, Str namespace, Arena *a)
{
    Value metadata = value_object(), object = value_object();
    set_str(&metadata, "name", name, a);
    if (namespace.len) {
        set_str(&metadata, "namespace", namespace, a);
    }
    value_set_lit(&metadata, "labels", common->labels, a);
    value_set_lit(&metadata, "annotations", common->annotations, a);
    set_str(&object, "apiVersion", STR(RBAC_GROUP "/v1"), a);
    set_str(&object, "kind", kind, a);
    value_set_lit(&object, "metadata", metadata, a);
    return object;
}

/* {"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]} */
static Value aggregation_of(Str role, Arena *a)
{
    Value match = value_object(), selector = value_object(), list = value_array();
    Value aggregation = value_object();
    value_set(&match, aggregation_label(role, a), value_str(STR("true")), a);
    value_set_lit(&selector, "matchLabels", match, a);
    value_add(&list, selector, a);
    value_set_lit(&aggregation, "clusterRoleSelectors", list, a);
    return aggregation;
}

static Value role_object(const Common *common, const Row *role, Arena *a)
{
    Common c = *common;
    if (role->text[2].len) {
        c.labels = value_copy(&c.labels, a);
        value_set(&c.labels, aggregation_label(role->text[2], a), value_str(STR("true")), a);
    }
    Str kind = role->kind == ROW_ROLE ? STR("Role") : STR("ClusterRole");
    Value object = object_of(&c, kind, role->text[0], role->text[1], a);
    value_set_lit(&object, "rules", value_array(), a);
    if (role->kind == ROW_AGGREGATED) {
        value_set_lit(&object, "aggregationRule", aggregation_of(role->text[0], a), a);
    }
    return object;
}

/* "ServiceAccount/kube-system/x", "User/x", "Group/x" */
static Value subject_of(Str text, Arena *a)
{
    Value subject = value_object();
    Str kind, rest, namespace, name;
    str_split_once(text, '/', &kind, &rest);
    set_str(&subject, "kind", kind, a);
    if (str_split_once(rest, '/', &namespace, &name)) {
        set_str(&subject, "name", name, a);
        set_str(&subject, "namespace", namespace, a);
    } else {
        set_str(&subject, "apiGroup", STR(RBAC_GROUP), a);
        set_str(&subject, "name", rest, a);
    }
    return subject;
}

static Value binding_object(const Common *common, const Row *role, const Row *row, Arena *a)
{
    bool namespaced = role->kind == ROW_ROLE;
    Str name = row->text[0].len ? row->text[0] : role->text[0];
    Value object = object_of(common, namespaced ? STR("RoleBinding") : STR("ClusterRoleBinding"),
                             name, role->text[1], a);
    Value ref = value_object(), subjects = value_array();
    set_str(&ref, "apiGroup", STR(RBAC_GROUP), a);
    set_str(&ref, "kind", namespaced ? STR("Role") : STR("ClusterRole"), a);
    set_str(&ref, "name", role->text[0], a);
    value_set_lit(&object, "roleRef", ref, a);
    StrList list = words(row->text[1], a);
    for (size_t i = 0; i < list.count; i++) {
        value_add(&subjects, subject_of(list.items[i], a), a);
    }
    if (subjects.len) {
        value_set_lit(&object, "subjects", subjects, a);
    }
    return object;
}

/* Puts the gathered rules into the aggregated ClusterRoles. */
static void fill_aggregated(Value *objects, Arena *a)
{
    FieldErrors errs = field_errors_new(a);
    const RbacRole **roles = new(a, const RbacRole *, objects->len);
    Value **of = new(a, Value *, objects->len);
    size_t count = 0;
    VALUE_EACH_ITEM(v, objects) {
        if (str_eq(value_get_str(v, STR("kind")), STR("ClusterRole"))) {
            of[count] = v;
            roles[count++] = rbac_role_compile(v, a, &errs);
        }
    }
    rbac_aggregate(roles, count, a);
    for (size_t i = 0; i < count; i++) {
        Value *rules = value_get_lit(of[i], "rules");
        for (size_t r = rules->len; r < roles[i]->rule_count; r++) {
            value_add(rules, rbac_rule_to_value(&roles[i]->rules[r], a), a);
        }
    }
}

/* Does the row before say that this one is for other versions? */
static bool is_left_out(const Row *row, int minor)
{
    const Row *in = row > rows ? row - 1 : row;
    return row->kind == ROW_IN ||
           (in->kind == ROW_IN && (minor < in->since || (in->until && minor >= in->until)));
}

Value rbac_preset_kubernetes(Arena *a)
{
    enum { RECORDED = 20 };
    return rbac_preset_kubernetes_of(RECORDED, a);
}

Value rbac_preset_kubernetes_of(int minor, Arena *a)
{
    Common common = common_new(a);
    Value objects = value_array();
    const Row *role = NULL;
    Value *rules = NULL; /* of the last object; valid until the next is added */
    for (const Row *row = rows; row < rows + COUNT_OF(rows); row++) {
        if (is_left_out(row, minor)) {
            continue;
        }
        if (begins_role(row)) {
            role = row;
            rules = value_get_lit(value_add(&objects, role_object(&common, role, a), a), "rules");
        } else if (row->kind == ROW_RULE) {
            RbacRule rule = rule_of(row, a);
            value_add(rules, rbac_rule_to_value(&rule, a), a);
        } else if (role) {
            value_add(&objects, binding_object(&common, role, row, a), a);
        }
    }
    fill_aggregated(&objects, a);
    return objects;
}

const RbacRule *rbac_preset_rules(Str cluster_role, Arena *a, size_t *count)
{
    const Row *row = rows, *end = rows + COUNT_OF(rows);
    while (row < end &&
           !(begins_role(row) && row->kind != ROW_ROLE && str_eq(row->text[0], cluster_role))) {
        row++;
    }
    const Row *first = row < end ? ++row : row;
    while (row < end && row->kind == ROW_RULE) {
        row++;
    }
    *count = (size_t)(row - first);
    RbacRule *rules = new(a, RbacRule, *count);
    for (size_t i = 0; i < *count; i++) {
        rules[i] = rule_of(&first[i], a);
    }
    return rules;
}
