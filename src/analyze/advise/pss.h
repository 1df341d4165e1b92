/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strictest Pod Security Standard that workloads meet: level, then the newest version of it
 * that admits them all, and what stands in the way of the next.
 */
#ifndef PODGATE_ANALYZE_ADVISE_PSS_H
#define PODGATE_ANALYZE_ADVISE_PSS_H

#include "analyze/advise/annotate.h"
#include "analyze/advise/inputs.h"
#include "decide/psa/config.h"

typedef struct AdvisePssQuestion {
    bool per_workload;       /* otherwise per namespace */
    const PsaConfig *config; /* exemptions count; NULL for none */
} AdvisePssQuestion;

/* A workload that does not meet the next stricter standard. */
typedef struct AdviseInTheWay {
    const AdviseWorkload *workload;
    const AdvisePod *pod;
    PsaResult result; /* with places */
} AdviseInTheWay;

/* A namespace, or one workload. */
typedef struct AdvisePssItem {
    Str namespace;
    const AdviseWorkload *const *workloads;
    size_t count;
    bool is_exempt; /* its namespace is: labels do nothing there */
    size_t exempt;  /* workloads that their runtime class exempts */
    PsaLevelVersion meets;
    bool has_next;
    PsaLevelVersion next; /* the next stricter: as the newest version has it */
    AdviseInTheWay *in_the_way;
    size_t in_the_way_count;
    Str runtime_class; /* that all of these name and nobody else: could be exempted; "" for none */
} AdvisePssItem;

typedef struct AdvisePssReport {
    AdvisePssItem *items; /* by namespace */
    size_t count;
    bool per_workload;
    int64_t minor_max;
} AdvisePssReport;

void advise_pss(const AdviseInputs *inputs, const AdvisePssQuestion *question, Arena *a,
                AdvisePssReport *out);

/* The labels of a namespace: enforce what it meets, audit and warn of the next. */
Value advise_pss_labels(const AdvisePssItem *item, Arena *a);
/* "kubectl label --overwrite namespace shop pod-security...=baseline ..." */
Str advise_pss_command(const AdvisePssItem *item, Arena *a);
/* "deployment/web: hostPort (container "c" uses hostPort 80)" */
Str advise_in_the_way_text(const AdviseInTheWay *way, Arena *a);
/* "restricted", "restricted v1.18" */
Str advise_pss_level_text(PsaLevelVersion v, Arena *a);

/* An object of kind PssAdviceReport. */
Value advise_pss_to_value(const AdvisePssReport *report, const AdviseInputs *inputs, Arena *a);
/* Namespaces with their labels, to be applied, with the evidence as comments. */
void advise_pss_write_yaml(const AdvisePssReport *report, Buf *b);

#endif
