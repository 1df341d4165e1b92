/* SPDX-License-Identifier: Apache-2.0 */
/* Who is bound to what, as a graph. */
#include "analyze/rbac/graph.h"
#include "decide/admission/policy_use.h"

typedef struct Make {
    const RbacInventory *inventory;
    const RbacGraphQuestion *question;
    RbacGraph *graph;
    Arena *arena;
    Map bound; /* "kind namespace/name" of the roles that bindings refer to */
} Make;

/* -- nodes and edges --------------------------------------------------------------------------- */

size_t rbac_graph_node(RbacGraph *graph, Str id, RbacNodeKind kind)
{
    void **place = map_at(&graph->by_id, id);
    if (*place) {
        return (size_t)(uintptr_t)*place - 1;
    }
    if (graph->node_count == graph->node_cap) {
        size_t cap = graph->node_cap ? graph->node_cap * 2 : 64;
        RbacNode *nodes = new(graph->arena, RbacNode, cap);
        if (graph->node_count) {
            memcpy(nodes, graph->nodes, graph->node_count * sizeof *nodes);
        }
        graph->nodes = nodes;
        graph->node_cap = cap;
    }
    graph->nodes[graph->node_count] = (RbacNode){
        .id = id,
        .kind = kind,
        .object = STR(""),
        .box = STR(""),
        .name = STR(""),
        .stands_for = 1,
    };
    *place = (void *)(uintptr_t)(graph->node_count + 1);
    return graph->node_count++;
}

void rbac_graph_edge(RbacGraph *graph, size_t from, size_t to)
{
    Str key = arena_printf(graph->arena, "%zu %zu", from, to);
    if (map_has(&graph->edge_seen, key)) {
        return;
    }
    map_at(&graph->edge_seen, key);
    if (graph->edge_count == graph->edge_cap) {
        size_t cap = graph->edge_cap ? graph->edge_cap * 2 : 64;
        RbacEdge *edges = new(graph->arena, RbacEdge, cap);
        if (graph->edge_count) {
            memcpy(edges, graph->edges, graph->edge_count * sizeof *edges);
        }
        graph->edges = edges;
        graph->edge_cap = cap;
    }
    graph->edges[graph->edge_count++] = (RbacEdge){ from, to };
}

/* `Kind namespace/name`, `Kind name` */
static size_t node_of(Make *m, RbacNodeKind kind, Str object, Str box, Str name)
{
    Str id = arena_printf(m->arena, "%.*s %.*s%s%.*s", STR_ARG(object), STR_ARG(box),
                          box.len ? "/" : "", STR_ARG(name));
    size_t at = rbac_graph_node(m->graph, id, kind);
    m->graph->nodes[at].object = object;
    m->graph->nodes[at].box = box;
    m->graph->nodes[at].name = name;
    return at;
}

static size_t account_node(Make *m, Str namespace, Str name)
{
    size_t at = node_of(m, RBAC_NODE_SUBJECT, STR("ServiceAccount"), namespace, name);
    m->graph->nodes[at].missing = rbac_account_is_missing(m->inventory, namespace, name);
    return at;
}

static size_t subject_node(Make *m, const RbacSubject *s)
{
    size_t at = s->kind == SUBJECT_SERVICE_ACCOUNT
                    ? account_node(m, rbac_subject_namespace(s), rbac_subject_name(s))
                    : node_of(m, RBAC_NODE_SUBJECT, rbac_subject_kind_text(s), STR(""),
                              rbac_subject_name(s));
    m->graph->nodes[at].asked_for = m->question->who != NULL;
    return at;
}

/* -- rules ------------------------------------------------------------------------------------- */

static bool asks_for_rule(const RbacGraphQuestion *q)
{
    return q->resource.ptr || q->verb.ptr;
}

/* Whether the rule is about the resource and verb, for some name. */
static bool rule_matches(const RbacGraphQuestion *q, const RbacRule *rule)
{
    RbacRequest request = {
        .verb = q->verb,
        .api_group = q->group.ptr ? q->group : STR(""),
        .resource = q->resource,
        .subresource = q->subresource.ptr ? q->subresource : STR(""),
        .name = rule->resource_names.count ? rule->resource_names.items[0] : STR(""),
        .namespace = STR(""),
        .is_resource = true,
        .path = STR(""),
    };
    if (!q->resource.ptr) {
        return str_list_has(rule->verbs, q->verb) || str_list_has(rule->verbs, STR("*"));
    }
    if (!q->verb.ptr && rule->verbs.count) {
        request.verb = rule->verbs.items[0];
    }
    return request.verb.ptr && rbac_rule_allows(rule, &request);
}

static bool role_matches(const Make *m, const RbacRole *role)
{
    for (size_t i = 0; role && i < role->rule_count; i++) {
        if (rule_matches(m->question, &role->rules[i])) {
            return true;
        }
    }
    return false;
}

/* The rules of a role, those that were not asked for as one line of dots. */
static void fill_lines(Make *m, RbacNode *node, const RbacRole *role)
{
    node->lines = new(m->arena, RbacLine, role->rule_count + 1);
    bool gap = false;
    for (size_t i = 0; i < role->rule_count; i++) {
        bool matched = asks_for_rule(m->question) && rule_matches(m->question, &role->rules[i]);
        bool left_out = asks_for_rule(m->question) && !matched;
        if (!left_out) {
            node->lines[node->line_count++] = (RbacLine){ rbac_rule_text(&role->rules[i], m->arena),
                                                          matched };
        } else if (!gap) {
            node->lines[node->line_count++] = (RbacLine){ STR("..."), false };
        }
        gap = left_out;
    }
}

/* Policies that a rule names. One that opens all of them says so itself. */
static void add_policies(Make *m, size_t rules, const RbacRole *role)
{
    const Facts *f = m->inventory->facts;
    for (size_t i = 0; i < role->rule_count; i++) {
        StrList names = role->rules[i].resource_names;
        for (size_t j = 0; j < names.count; j++) {
            if (psp_rule_allows_use(&role->rules[i], names.items[j], NULL)) {
                size_t at = node_of(m, RBAC_NODE_POLICY, STR("PodSecurityPolicy"), STR(""),
                                    names.items[j]);
                m->graph->nodes[at].missing = !f->psp_policy(f->cluster, names.items[j]);
                rbac_graph_edge(m->graph, rules, at);
            }
        }
    }
}

/* A role where its rights hold, and its rules. */
static size_t role_node(Make *m, Str object, Str box, Str name, const RbacRole *role)
{
    size_t before = m->graph->node_count;
    size_t at = node_of(m, RBAC_NODE_ROLE, object, box, name);
    if (at != before) {
        return at; /* it has its rules */
    }
    m->graph->nodes[at].missing = role == NULL;
    if (role && role->rule_count) {
        Str id = arena_printf(m->arena, "rules of %.*s", STR_ARG(m->graph->nodes[at].id));
        size_t rules = rbac_graph_node(m->graph, id, RBAC_NODE_RULES);
        m->graph->nodes[rules].object = object;
        m->graph->nodes[rules].box = box;
        m->graph->nodes[rules].name = name;
        fill_lines(m, &m->graph->nodes[rules], role);
        rbac_graph_edge(m->graph, at, rules);
        add_policies(m, rules, role);
    }
    return at;
}

/* -- what is drawn ----------------------------------------------------------------------------- */

static bool is_of_namespace(const RbacSubject *s, Str namespace)
{
    Str of = rbac_subject_namespace(s);
    Str name = rbac_subject_name(s);
    return (s->kind == SUBJECT_SERVICE_ACCOUNT && str_eq(of, namespace)) ||
           (s->kind == SUBJECT_GROUP &&
            str_eq(str_cut_prefix(name, STR(RBAC_GROUP_SERVICE_ACCOUNTS ":")), namespace) &&
            name.len > namespace.len);
}

static bool draws_subject(const Make *m, const RbacBinding *b, const RbacSubject *s)
{
    const RbacGraphQuestion *q = m->question;
    if (q->who && !rbac_subject_is(s, q->who)) {
        return false;
    }
    if (q->namespace.ptr && !b->namespace_len && !is_of_namespace(s, q->namespace)) {
        return false;
    }
    return q->defaults || !rbac_is_default_grant(m->inventory, b, s);
}

/* A binding without any subject is drawn too, where nobody in particular is asked for. */
static bool draws_binding(const Make *m, const RbacBinding *b, const RbacRole *role)
{
    const RbacGraphQuestion *q = m->question;
    if (q->namespace.ptr && b->namespace_len && !str_eq(rbac_binding_namespace(b), q->namespace)) {
        return false;
    }
    if (asks_for_rule(q) && !role_matches(m, role)) {
        return false;
    }
    for (uint32_t i = 0; i < b->subject_count; i++) {
        if (draws_subject(m, b, &b->subjects[i])) {
            return true;
        }
    }
    return b->subject_count == 0 && !q->who && (!q->namespace.ptr || b->namespace_len) &&
           (q->defaults || !rbac_is_default_grant(m->inventory, b, NULL));
}

static Str role_key(Str namespace, Str name, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s", STR_ARG(namespace), STR_ARG(name));
}

static void add_binding(Make *m, const RbacBinding *b, const RbacRole *role)
{
    if (!draws_binding(m, b, role)) {
        return;
    }
    Str box = rbac_binding_namespace(b);
    size_t binding = node_of(m, RBAC_NODE_BINDING, rbac_binding_kind_text(b), box,
                             rbac_binding_name(b));
    size_t to = role_node(m, b->role_is_cluster ? STR("ClusterRole") : STR("Role"), box,
                          rbac_binding_role_name(b), role);
    map_at(&m->bound,
           role_key(rbac_binding_role_namespace(b), rbac_binding_role_name(b), m->arena));
    rbac_graph_edge(m->graph, binding, to);
    for (uint32_t i = 0; i < b->subject_count; i++) {
        if (b->subjects[i].kind != RBAC_SUBJECT_NOBODY && draws_subject(m, b, &b->subjects[i])) {
            rbac_graph_edge(m->graph, subject_node(m, &b->subjects[i]), binding);
        }
    }
}

/* Accounts that nothing is bound to. */
static void add_accounts(Make *m)
{
    const RbacGraphQuestion *q = m->question;
    const Facts *f = m->inventory->facts;
    ObjectKey key = {
        .group = STR(""), .kind = STR("ServiceAccount"), .namespace = q->namespace, .name = STR("")
    };
    ObjectList list = f->objects(f->cluster, key);
    for (size_t i = 0; i < list.count; i++) {
        const Value *meta = value_get_lit(list.items[i], "metadata");
        Str namespace = value_get_str(meta, STR("namespace"));
        Str name = value_get_str(meta, STR("name"));
        if (q->defaults || !rbac_is_default_account(m->inventory, namespace, name)) {
            account_node(m, namespace, name);
        }
    }
}

/* Roles that no binding refers to. */
static void add_roles(Make *m)
{
    const RbacGraphQuestion *q = m->question;
    for (size_t i = 0; i < m->inventory->cluster->roles.count; i++) {
        const RbacRole *role = m->inventory->cluster->roles.items[i];
        bool in_scope = !q->namespace.ptr || str_eq(role->namespace, q->namespace);
        bool known = rbac_is_default_role(m->inventory, role) && !q->defaults;
        bool asked = !asks_for_rule(q) || role_matches(m, role);
        if (in_scope && !known && asked &&
            !map_has(&m->bound, role_key(role->namespace, role->name, m->arena))) {
            role_node(m, rbac_role_kind_text(role), role->namespace, role->name, role);
        }
    }
}

static RbacGraph empty_graph(Arena *a)
{
    return (RbacGraph){ .by_id = map_new(a), .edge_seen = map_new(a), .arena = a };
}

void rbac_graph_make(const RbacInventory *inventory, const RbacGraphQuestion *question, Arena *a,
                     RbacGraph *out)
{
    *out = empty_graph(a);
    Make m = { inventory, question, out, a, map_new(a) };
    const RbacCluster *cluster = inventory->cluster;
    for (size_t i = 0; i < cluster->binding_count; i++) {
        add_binding(&m, cluster->bindings[i].binding, cluster->bindings[i].role);
    }
    if (!question->who && !asks_for_rule(question)) {
        add_accounts(&m);
    }
    if (!question->who) {
        add_roles(&m);
    }
    if (out->node_count > RBAC_GRAPH_NODES_MAX && !question->whole) {
        RbacGraph all = *out;
        *out = empty_graph(a);
        rbac_graph_cluster(&all, a, out);
    }
}
