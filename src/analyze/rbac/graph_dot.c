/* SPDX-License-Identifier: Apache-2.0 */
/* The graph as Graphviz reads it, and as data. */
#include "analyze/rbac/graph.h"

/* How a node looks: by what it is. */
typedef struct Look {
    Str object;
    const char *shape;
    const char *fill;
    const char *text;
} Look;

static const Look looks[] = {
    { STR_INIT("ServiceAccount"), "box", "#2f6de1", "#ffffff" },
    { STR_INIT("User"), "box", "#1b4fa8", "#ffffff" },
    { STR_INIT("Group"), "box3d", "#1b4fa8", "#ffffff" },
    { STR_INIT("RoleBinding"), "octagon", "#ffcc00", "#000000" },
    { STR_INIT("ClusterRoleBinding"), "doubleoctagon", "#ffcc00", "#000000" },
    { STR_INIT("Role"), "octagon", "#ff9900", "#000000" },
    { STR_INIT("ClusterRole"), "doubleoctagon", "#ff9900", "#000000" },
    { STR_INIT("PodSecurityPolicy"), "component", "#8bc98b", "#000000" },
};

static const Look *look_of(Str object)
{
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        if (str_eq(looks[i].object, object)) {
            return &looks[i];
        }
    }
    return &looks[0];
}

/* "text", as DOT quotes it. Control characters are blanks. */
static void quoted(Buf *b, Str s)
{
    buf_byte(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '"' || c == '\\') {
            buf_byte(b, '\\');
        }
        buf_byte(b, (unsigned char)c < ' ' || c == 0x7f ? ' ' : c);
    }
    buf_byte(b, '"');
}

/* Within an HTML-like label. */
static void escaped(Buf *b, Str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        switch (c) {
        case '<':
            buf_lit(b, "&lt;");
            break;
        case '>':
            buf_lit(b, "&gt;");
            break;
        case '&':
            buf_lit(b, "&amp;");
            break;
        case '"':
            buf_lit(b, "&quot;");
            break;
        default:
            buf_byte(b, c < ' ' || c == 0x7f ? ' ' : (char)c);
        }
    }
}

static void write_rules(Buf *b, const RbacNode *n)
{
    buf_lit(b, " [shape=note, label=<");
    for (size_t i = 0; i < n->line_count; i++) {
        buf_add(b, n->lines[i].matched ? STR("<b>") : STR(""));
        escaped(b, n->lines[i].text);
        buf_add(b, n->lines[i].matched ? STR("</b>") : STR(""));
        buf_lit(b, "<br align=\"left\"/>");
    }
    buf_lit(b, ">];\n");
}

static void write_label(Buf *b, const RbacNode *n)
{
    buf_lit(b, "<");
    buf_add(b, n->asked_for ? STR("<b>") : STR(""));
    escaped(b, n->name);
    if (n->kind == RBAC_NODE_SUBJECT && n->stands_for == 1) {
        buf_lit(b, "<br/>(");
        escaped(b, n->object);
        buf_lit(b, ")");
    } else if (n->stands_for > 1 && n->kind == RBAC_NODE_ROLE &&
               str_eq(n->object, STR("ClusterRole"))) {
        buf_printf(b, "<br/>(in %zu namespaces)", n->stands_for);
    }
    buf_add(b, n->asked_for ? STR("</b>") : STR(""));
    buf_lit(b, ">");
}

static void write_node(Buf *b, const RbacNode *n, const char *indent)
{
    buf_add(b, str_from_c(indent));
    quoted(b, n->id);
    if (n->kind == RBAC_NODE_RULES) {
        write_rules(b, n);
        return;
    }
    const Look *look = look_of(n->object);
    buf_printf(b, " [shape=%s, label=", look->shape);
    write_label(b, n);
    if (n->missing) {
        buf_lit(b, ", style=dotted, color=red, penwidth=2];\n");
        return;
    }
    bool local = n->box.len && str_eq(n->object, STR("ClusterRole"));
    buf_printf(b, ", style=\"filled%s\", fillcolor=\"%s\", fontcolor=\"%s\"%s];\n",
               local ? ",dashed" : "", look->fill, look->text, n->asked_for ? ", penwidth=2" : "");
}

static void write_box(Buf *b, Str name, const RbacGraph *g, StrList ids)
{
    buf_lit(b, "  subgraph ");
    quoted(b, arena_printf(g->arena, "cluster %.*s", STR_ARG(name)));
    buf_lit(b, " {\n    style=dashed;\n    label=");
    quoted(b, name);
    buf_lit(b, ";\n");
    for (size_t i = 0; i < ids.count; i++) {
        size_t at = (size_t)(uintptr_t)map_get(&g->by_id, ids.items[i]) - 1;
        write_node(b, &g->nodes[at], "    ");
    }
    buf_lit(b, "  }\n");
}

/* What stands in a box, in the order of the graph. */
typedef struct Content {
    Str *ids;
    size_t count;
} Content;

static void write_boxes(Buf *b, const RbacGraph *g)
{
    Map boxes = map_new(g->arena);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < g->node_count; i++) {
            if (!g->nodes[i].box.len) {
                continue;
            }
            void **place = map_at(&boxes, g->nodes[i].box);
            if (!*place) {
                *place = new(g->arena, Content, 1);
            }
            Content *c = *place;
            if (pass == 0) {
                c->count++;
            } else {
                c->ids[c->count++] = g->nodes[i].id;
            }
        }
        for (size_t i = 0; i < boxes.count && pass == 0; i++) {
            Content *c = boxes.entries[i].value;
            c->ids = new(g->arena, Str, c->count);
            c->count = 0;
        }
    }
    for (size_t i = 0; i < boxes.count; i++) {
        const Content *c = boxes.entries[i].value;
        write_box(b, boxes.entries[i].key, g, (StrList){ c->ids, c->count });
    }
}

/* Subjects are drawn above the bindings that name them, though the arrow is the binding's. */
static void write_edges(Buf *b, const RbacGraph *g)
{
    for (size_t i = 0; i < g->edge_count; i++) {
        const RbacNode *from = &g->nodes[g->edges[i].from];
        buf_lit(b, "  ");
        quoted(b, from->id);
        buf_lit(b, " -> ");
        quoted(b, g->nodes[g->edges[i].to].id);
        buf_add(b, from->kind == RBAC_NODE_SUBJECT ? STR(" [dir=back];\n") : STR(";\n"));
    }
}

/* What the shapes and colours mean: nodes of their own. */
static void write_legend(Buf *b, Arena *a)
{
    static const struct {
        Str object;
        Str name;
        bool missing;
        const char *box;
    } rows[] = {
        { STR_INIT("ServiceAccount"), STR_INIT("subject"), false, "legend" },
        { STR_INIT("ServiceAccount"), STR_INIT("subject that is not there"), true, "legend" },
        { STR_INIT("RoleBinding"), STR_INIT("RoleBinding"), false, "" },
        { STR_INIT("ClusterRoleBinding"), STR_INIT("ClusterRoleBinding"), false, "" },
        { STR_INIT("Role"), STR_INIT("Role"), false, "" },
        { STR_INIT("ClusterRole"), STR_INIT("ClusterRole"), false, "" },
        { STR_INIT("ClusterRole"), STR_INIT("ClusterRole bound in a namespace"), false, "legend" },
        { STR_INIT("Role"), STR_INIT("role that is not there"), true, "" },
        { STR_INIT("PodSecurityPolicy"), STR_INIT("PodSecurityPolicy"), false, "" },
    };
    buf_lit(b, "  subgraph \"cluster legend\" {\n    label=\"Legend\";\n    style=dotted;\n");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        RbacNode n = { .id = arena_printf(a, "legend: %.*s", STR_ARG(rows[i].name)),
                       .kind = RBAC_NODE_ROLE,
                       .object = rows[i].object,
                       .name = rows[i].name,
                       .box = str_from_c(rows[i].box),
                       .missing = rows[i].missing,
                       .stands_for = 1 };
        write_node(b, &n, "    ");
    }
    buf_lit(b, "    \"legend: rules\" [shape=note, label=\"verbs resources\"];\n"
               "    \"legend: subject\" -> \"legend: RoleBinding\" [dir=back];\n"
               "    \"legend: subject that is not there\" -> \"legend: RoleBinding\" [dir=back];\n"
               "    \"legend: subject\" -> \"legend: ClusterRoleBinding\" [dir=back];\n"
               "    \"legend: RoleBinding\" -> \"legend: Role\";\n"
               "    \"legend: RoleBinding\" -> \"legend: ClusterRole bound in a namespace\";\n"
               "    \"legend: RoleBinding\" -> \"legend: role that is not there\";\n"
               "    \"legend: ClusterRoleBinding\" -> \"legend: ClusterRole\";\n"
               "    \"legend: Role\" -> \"legend: rules\";\n"
               "    \"legend: rules\" -> \"legend: PodSecurityPolicy\";\n  }\n");
}

void rbac_graph_write_dot(const RbacGraph *graph, bool legend, Buf *b)
{
    buf_lit(b, "digraph rbac {\n  newrank=true;\n");
    if (graph->whole) {
        buf_printf(b, "  label=\"%zu nodes, drawn as %zu\";\n", graph->whole, graph->node_count);
    }
    if (legend) {
        write_legend(b, graph->arena);
    }
    for (size_t i = 0; i < graph->node_count; i++) {
        if (!graph->nodes[i].box.len) {
            write_node(b, &graph->nodes[i], "  ");
        }
    }
    write_boxes(b, graph);
    write_edges(b, graph);
    buf_lit(b, "}\n");
}

/* -- data -------------------------------------------------------------------------------------- */

static Value node_value(const RbacNode *n, Arena *a)
{
    static const Str kinds[] = { STR_INIT("subject"), STR_INIT("binding"), STR_INIT("role"),
                                 STR_INIT("rules"), STR_INIT("policy") };
    Value v = value_object();
    value_set_lit(&v, "id", value_str(n->id), a);
    value_set_lit(&v, "type", value_str(kinds[n->kind]), a);
    value_set_lit(&v, "kind", value_str(n->object), a);
    value_set_lit(&v, "name", value_str(n->name), a);
    if (n->box.len) {
        value_set_lit(&v, "namespace", value_str(n->box), a);
    }
    if (n->missing) {
        value_set_lit(&v, "missing", value_bool(true), a);
    }
    if (n->stands_for > 1) {
        value_set_lit(&v, "standsFor", value_int((int64_t)n->stands_for), a);
    }
    if (n->line_count) {
        Value lines = value_array();
        for (size_t i = 0; i < n->line_count; i++) {
            value_add(&lines, value_str(n->lines[i].text), a);
        }
        value_set_lit(&v, "rules", lines, a);
    }
    return v;
}

Value rbac_graph_to_value(const RbacGraph *graph, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(STR("RbacGraph")), a);
    if (graph->whole) {
        value_set_lit(&v, "wholeNodes", value_int((int64_t)graph->whole), a);
    }
    Value nodes = value_array();
    for (size_t i = 0; i < graph->node_count; i++) {
        value_add(&nodes, node_value(&graph->nodes[i], a), a);
    }
    Value edges = value_array();
    for (size_t i = 0; i < graph->edge_count; i++) {
        Value e = value_object();
        value_set_lit(&e, "from", value_str(graph->nodes[graph->edges[i].from].id), a);
        value_set_lit(&e, "to", value_str(graph->nodes[graph->edges[i].to].id), a);
        value_add(&edges, e, a);
    }
    value_set_lit(&v, "nodes", nodes, a);
    value_set_lit(&v, "edges", edges, a);
    return v;
}
