/* SPDX-License-Identifier: Apache-2.0 */
/* Roles out of an audit log, as objects, YAML and data. */
#include "analyze/audit/roles.h"
#include "doc/yaml.h"

enum { EVIDENCE_LINES_MAX = 30 }; /* of one rule; the rest is counted */

static Value list_value(StrList texts, Arena *a)
{
    Value list = value_array();
    for (size_t i = 0; i < texts.count; i++) {
        value_add(&list, value_str(texts.items[i]), a);
    }
    return list;
}

static void set_text(Value *object, Str key, Str text, Arena *a)
{
    if (text.len) {
        value_set(object, key, value_str(text), a);
    }
}

/* -- objects ------------------------------------------------------------------------------------
 */

static Value rule_value(const RolesRule *rule, Arena *a)
{
    Value v = value_object();
    if (rule->paths.count) {
        value_set_lit(&v, "nonResourceURLs", list_value(rule->paths, a), a);
    } else {
        value_set_lit(&v, "apiGroups", list_value((StrList){ &rule->group, 1 }, a), a);
        value_set_lit(&v, "resources", list_value(rule->resources, a), a);
    }
    if (rule->names.count) {
        value_set_lit(&v, "resourceNames", list_value(rule->names, a), a);
    }
    value_set_lit(&v, "verbs", list_value(rule->verbs, a), a);
    return v;
}

static Value object_value(const RolesRole *role, const char *kind, const char *cluster_kind,
                          Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "apiVersion", value_str(STR(RBAC_GROUP "/v1")), a);
    value_set_lit(&v, "kind", value_str(str_from_c(role->namespace.len ? kind : cluster_kind)), a);
    Value meta = value_object();
    value_set_lit(&meta, "name", value_str(role->subject->object_name), a);
    set_text(&meta, STR("namespace"), role->namespace, a);
    value_set_lit(&v, "metadata", meta, a);
    return v;
}

Value roles_role_value(const RolesRole *role, Arena *a)
{
    Value v = object_value(role, "Role", "ClusterRole", a);
    Value rules = value_array();
    for (size_t i = 0; i < role->rule_count; i++) {
        value_add(&rules, rule_value(&role->rules[i], a), a);
    }
    value_set_lit(&v, "rules", rules, a);
    return v;
}

static Value subject_value(const RolesSubject *s, Arena *a)
{
    Value v = value_object();
    if (s->is_account) {
        value_set_lit(&v, "kind", value_str(STR("ServiceAccount")), a);
        value_set_lit(&v, "name", value_str(s->account_name), a);
        value_set_lit(&v, "namespace", value_str(s->account_namespace), a);
    } else {
        value_set_lit(&v, "apiGroup", value_str(STR(RBAC_GROUP)), a);
        value_set_lit(&v, "kind", value_str(STR("User")), a);
        value_set_lit(&v, "name", value_str(s->user.name), a);
    }
    return v;
}

Value roles_binding_value(const RolesRole *role, Arena *a)
{
    Value v = object_value(role, "RoleBinding", "ClusterRoleBinding", a);
    Value ref = value_object();
    value_set_lit(&ref, "apiGroup", value_str(STR(RBAC_GROUP)), a);
    value_set_lit(&ref, "kind", value_str(role->namespace.len ? STR("Role") : STR("ClusterRole")),
                  a);
    value_set_lit(&ref, "name", value_str(role->subject->object_name), a);
    value_set_lit(&v, "roleRef", ref, a);
    Value subjects = value_array();
    value_add(&subjects, subject_value(role->subject, a), a);
    value_set_lit(&v, "subjects", subjects, a);
    return v;
}

/* -- YAML ---------------------------------------------------------------------------------------
 */

/* Text of the log in a comment: on one line, whatever it holds. */
static void add_clean(Buf *b, Str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        buf_byte(b, c < ' ' || c >= 0x7F ? '?' : text.ptr[i]);
    }
}

static void write_access(const RolesAccess *access, Buf *b)
{
    buf_printf(b, "# %zu request%s: ", access->count, access->count == 1 ? "" : "s");
    add_clean(b, access->verb);
    buf_byte(b, ' ');
    add_clean(b, access->is_resource ? access->resource : access->path);
    if (access->name_count == 1 && !access->any_name) {
        buf_byte(b, ' ');
        add_clean(b, access->names[0]);
    }
    if (access->namespace.len) {
        buf_lit(b, " in ");
        add_clean(b, access->namespace);
    }
    buf_lit(b, ", first at ");
    add_clean(b, access->file);
    buf_printf(b, ":%zu", access->line);
    if (access->time.len) {
        buf_printf(b, " (%.*s)", STR_ARG(access->time));
    }
    buf_byte(b, '\n');
}

static bool was_used(const RolesRule *rule, Str verb)
{
    for (size_t i = 0; i < rule->access_count; i++) {
        if (str_eq(rule->accesses[i]->verb, verb)) {
            return true;
        }
    }
    return false;
}

static void write_evidence(const RolesRule *rule, Buf *b)
{
    size_t shown = rule->access_count < EVIDENCE_LINES_MAX ? rule->access_count
                                                           : EVIDENCE_LINES_MAX;
    for (size_t i = 0; i < shown; i++) {
        write_access(rule->accesses[i], b);
    }
    if (shown < rule->access_count) {
        buf_printf(b, "# and %zu more like these\n", rule->access_count - shown);
    }
    for (size_t i = 0; i < rule->verbs.count; i++) {
        if (!was_used(rule, rule->verbs.items[i])) {
            buf_printf(b, "# no request: %.*s, which comes with the others\n",
                       STR_ARG(rule->verbs.items[i]));
        }
    }
}

/* The role as YAML, and above each item of its rules, which starts a line, what it is for. */
static void write_role(const RolesRole *role, Arena *a, Buf *b)
{
    Buf plain = buf_new(a);
    Value v = roles_role_value(role, a);
    yaml_write(&v, &plain);
    Str rest = buf_str(&plain);
    Str line;
    size_t rule = 0;
    while (str_next_piece(&rest, '\n', &line)) {
        if (str_starts_with(line, STR("- ")) && rule < role->rule_count) {
            /* lists within a rule are indented by it */
            write_evidence(&role->rules[rule++], b);
        }
        if (line.len || rest.ptr) {
            buf_add(b, line);
            buf_byte(b, '\n');
        }
    }
}

void roles_write_yaml(const RolesReport *report, Buf *b)
{
    Arena *a = b->arena;
    for (size_t i = 0; i < report->role_count; i++) {
        const RolesRole *role = &report->roles[i];
        Value binding = roles_binding_value(role, a);
        buf_add(b, i ? STR("---\n") : STR(""));
        write_role(role, a, b);
        buf_lit(b, "---\n");
        yaml_write(&binding, b);
    }
}

/* -- data ---------------------------------------------------------------------------------------
 */

static void write_list(StrList list, Buf *b)
{
    for (size_t i = 0; i < list.count; i++) {
        buf_add(b, i ? STR(", ") : STR(""));
        buf_add(b, list.items[i]);
    }
}

Str roles_rule_text(const RolesRule *rule, Arena *a)
{
    Buf b = buf_new(a);
    write_list(rule->verbs, &b);
    buf_byte(&b, ' ');
    write_list(rule->paths.count ? rule->paths : rule->resources, &b);
    if (rule->group.len) {
        buf_printf(&b, " of %.*s", STR_ARG(rule->group));
    }
    if (rule->names.count) {
        buf_lit(&b, " named ");
        write_list(rule->names, &b);
    }
    return buf_str(&b);
}

static Value access_value(const RolesAccess *access, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "verb", value_str(access->verb), a);
    set_text(&v, STR("apiGroup"), access->group, a);
    set_text(&v, STR("resource"), access->resource, a);
    set_text(&v, STR("path"), access->path, a);
    set_text(&v, STR("namespace"), access->namespace, a);
    value_set_lit(&v, "count", value_int((int64_t)access->count), a);
    value_set_lit(&v, "first",
                  value_str(arena_printf(a, "%.*s:%zu", STR_ARG(access->file), access->line)), a);
    set_text(&v, STR("time"), access->time, a);
    return v;
}

static Value evidence_value(const RolesRole *role, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "subject", subject_value(role->subject, a), a);
    value_set_lit(&v, "role", value_str(role->subject->object_name), a);
    set_text(&v, STR("namespace"), role->namespace, a);
    Value rules = value_array();
    for (size_t i = 0; i < role->rule_count; i++) {
        Value rule = rule_value(&role->rules[i], a);
        Value seen = value_array();
        for (size_t k = 0; k < role->rules[i].access_count; k++) {
            value_add(&seen, access_value(role->rules[i].accesses[k], a), a);
        }
        value_set_lit(&rule, "evidence", seen, a);
        value_add(&rules, rule, a);
    }
    value_set_lit(&v, "rules", rules, a);
    return v;
}

Value roles_to_value(const RolesReport *report, Arena *a)
{
    const struct {
        Str key;
        size_t count;
    } counts[] = {
        { STR("requests"), report->requests },   { STR("allowedAlready"), report->already },
        { STR("refused"), report->refused },     { STR("unauthenticated"), report->nobody },
        { STR("ofNodes"), report->of_nodes },    { STR("notAskedFor"), report->other },
        { STR("malformed"), report->malformed }, { STR("tooMany"), report->too_many },
    };
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(STR("RbacFromAuditReport")), a);
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        value_set(&v, counts[i].key, value_int((int64_t)counts[i].count), a);
    }
    Value objects = value_array();
    Value roles = value_array();
    for (size_t i = 0; i < report->role_count; i++) {
        value_add(&objects, roles_role_value(&report->roles[i], a), a);
        value_add(&objects, roles_binding_value(&report->roles[i], a), a);
        value_add(&roles, evidence_value(&report->roles[i], a), a);
    }
    value_set_lit(&v, "objects", objects, a);
    value_set_lit(&v, "roles", roles, a);
    return v;
}
