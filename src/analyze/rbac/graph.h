/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is bound to what, as a graph: subject, binding, role, the role's rules, and the
 * PodSecurityPolicies that they let use.
 *
 * Everything stands in the box of a namespace or outside. A ClusterRole that a RoleBinding refers
 * to stands in the namespace where its rights hold, once for each. What is referred to and not
 * there is a node too.
 *
 * A graph of more than RBAC_GRAPH_NODES_MAX nodes cannot be read. It is drawn with one box for all
 * namespaces that look alike, and in it one node for all subjects of a kind and for all bindings
 * to a role.
 */
#ifndef PODGATE_ANALYZE_RBAC_GRAPH_H
#define PODGATE_ANALYZE_RBAC_GRAPH_H

#include "analyze/rbac/inventory.h"

enum { RBAC_GRAPH_NODES_MAX = 500 };

typedef enum RbacNodeKind {
    RBAC_NODE_SUBJECT,
    RBAC_NODE_BINDING,
    RBAC_NODE_ROLE,
    RBAC_NODE_RULES,
    RBAC_NODE_POLICY,
} RbacNodeKind;

typedef struct RbacLine {
    Str text;
    bool matched; /* it is what was asked for */
} RbacLine;

typedef struct RbacNode {
    Str id; /* unlike all others: "ServiceAccount team-a/ci" */
    RbacNodeKind kind;
    Str object; /* "ServiceAccount", "RoleBinding", "ClusterRole", ... */
    Str box;    /* the namespace that it stands in, or the box of several; "" for none */
    Str name;   /* of several: "12 service accounts" */
    bool missing;
    bool asked_for;    /* the subject of --who */
    size_t stands_for; /* how many objects it is; 1 for itself */
    RbacLine *lines;   /* of rules */
    size_t line_count;
} RbacNode;

typedef struct RbacEdge {
    size_t from;
    size_t to;
} RbacEdge;

typedef struct RbacGraph {
    RbacNode *nodes;
    size_t node_count;
    size_t node_cap;
    RbacEdge *edges; /* each once */
    size_t edge_count;
    size_t edge_cap;
    Map by_id; /* to the node's place + 1 */
    Map edge_seen;
    Arena *arena;
    size_t whole; /* how many nodes the whole graph has, when it is clustered; else 0 */
} RbacGraph;

/* What is drawn; members that are absent ask for everything. */
typedef struct RbacGraphQuestion {
    const UserInfo *who; /* what binds this subject, or a group that it is in */
    Str verb;
    Str group;    /* with resource */
    Str resource; /* absent for any */
    Str subresource;
    Str namespace; /* RoleBindings in it, and ClusterRoleBindings of its service accounts */
    bool defaults; /* what Kubernetes makes by itself, too */
    bool whole;    /* never clustered */
} RbacGraphQuestion;

void rbac_graph_make(const RbacInventory *inventory, const RbacGraphQuestion *question, Arena *a,
                     RbacGraph *out);

/* For Graphviz. */
void rbac_graph_write_dot(const RbacGraph *graph, bool legend, Buf *b);
/* {"kind": "RbacGraph", "nodes": [...], "edges": [...]} */
Value rbac_graph_to_value(const RbacGraph *graph, Arena *a);

/* -- making one (graph_cluster.c does, too) ---------------------------------------------------- */

/* The place of the node of the id, made when it is not there. */
size_t rbac_graph_node(RbacGraph *graph, Str id, RbacNodeKind kind);
void rbac_graph_edge(RbacGraph *graph, size_t from, size_t to);
/* The same graph with few nodes. */
void rbac_graph_cluster(const RbacGraph *graph, Arena *a, RbacGraph *out);

#endif
