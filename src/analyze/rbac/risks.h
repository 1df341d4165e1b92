/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rights that are worth more than they look: who has one, through which binding, role and rule, and
 * what admission makes of it.
 *
 * The kinds of risks are the rows of risk_rules.c. A right of a ClusterRole on a resource without a
 * namespace is none where a RoleBinding grants it.
 */
#ifndef PODGATE_ANALYZE_RBAC_RISKS_H
#define PODGATE_ANALYZE_RBAC_RISKS_H

#include "analyze/rbac/barrier.h"
#include "analyze/rbac/inventory.h"

typedef enum RbacSeverity {
    RBAC_LOW,
    RBAC_MEDIUM,
    RBAC_HIGH,
    RBAC_CRITICAL,
} RbacSeverity;
/* "critical" */
Str rbac_severity_name(RbacSeverity s);
WARN_UNUSED bool rbac_severity_parse(Str text, RbacSeverity *out);

typedef struct RbacRiskRule {
    Str id;
    Str verbs;              /* one of these, comma separated */
    Str targets;            /* on one of these: RESOURCE[.GROUP][/SUBRESOURCE], comma separated */
    uint8_t of_cluster;     /* RbacSeverity when it holds everywhere */
    uint8_t of_namespace;   /* and in one namespace */
    bool is_cluster_scoped; /* about resources without a namespace: a RoleBinding grants none */
    bool makes_pods;        /* admission decides what it is worth */
    Str text;               /* what it lets do */
} RbacRiskRule;

extern const RbacRiskRule rbac_risk_rules[];
extern const size_t rbac_risk_rule_count;

/* Two that no row describes: a rule of nothing but "*", and rights of somebody unknown. */
#define RBAC_RISK_EVERYTHING "everything"
#define RBAC_RISK_ANONYMOUS "anonymous"
#define RBAC_RISK_WILDCARD "wildcard"

/* Namespaces in which the same stands in the way. */
typedef struct RbacRiskWhere {
    RbacBarrier barrier;
    StrList namespaces;
} RbacRiskWhere;

typedef struct RbacRisk {
    Str id;
    Str text;
    RbacSeverity severity;
    const RbacBinding *binding;
    const RbacSubject *subject;
    const RbacRole *role;
    const RbacRule **rules; /* of the role, that give it */
    size_t rule_count;
    const RbacRole *origin; /* of the first of them, when the role is aggregated; else NULL */
    const RbacRiskWhere
        *where; /* of rights that make pods, the least in the way first; else NULL */
    size_t where_count;
} RbacRisk;

typedef struct RbacRisks {
    RbacRisk *items; /* the most severe first, then by binding */
    size_t count;
    size_t defaults; /* that Kubernetes grants by itself, left out */
} RbacRisks;

typedef struct RbacRiskQuestion {
    const UserInfo *who; /* or NULL */
    Str namespace;       /* what holds there; absent for everything */
    StrList ids;         /* only these; empty for all */
    RbacSeverity least;
    bool defaults;
} RbacRiskQuestion;

void rbac_risks_find(const RbacInventory *inventory, const RbacRiskQuestion *question, Arena *a,
                     RbacRisks *out);
/* {"kind": "RbacRiskReport", ...} */
Value rbac_risks_to_value(const RbacInventory *inventory, const RbacRisks *risks, Arena *a);
/* `nothing in a, b and 3 more; restricted (Pod Security) in c`; "" when admission has no say. */
Str rbac_risk_where_text(const RbacRisk *risk, Arena *a);
/* The rules, one after the other. */
Str rbac_risk_rules_text(const RbacRisk *risk, Arena *a);

#endif
