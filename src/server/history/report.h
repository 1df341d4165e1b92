/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy reports made of a history: one for each namespace, and one for what is in none.
 *
 * Source: wgpolicyk8s.io/v1alpha2 (PolicyReport, ClusterPolicyReport), openreports.io/v1alpha1
 * (Report, ClusterReport).
 */
#ifndef PODGATE_SERVER_HISTORY_REPORT_H
#define PODGATE_SERVER_HISTORY_REPORT_H

#include "server/history/read.h"

typedef enum ReportFormat { REPORT_POLICY, REPORT_OPEN } ReportFormat;

/* An array of reports, by namespace. rows: of each object one (HistoryQuery.latest). */
Value report_value(const HistoryRows *rows, ReportFormat format, Arena *a);

#endif
