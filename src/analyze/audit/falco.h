/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts of Falco, as it writes them with json_output: rule, priority, time, output_fields. */
#ifndef PODGATE_ANALYZE_AUDIT_FALCO_H
#define PODGATE_ANALYZE_AUDIT_FALCO_H

#include "analyze/audit/log.h"

/* As Falco orders them. */
typedef enum FalcoPriority {
    FALCO_EMERGENCY,
    FALCO_ALERT,
    FALCO_CRITICAL,
    FALCO_ERROR,
    FALCO_WARNING,
    FALCO_NOTICE,
    FALCO_INFORMATIONAL,
    FALCO_DEBUG,
    FALCO_PRIORITY_COUNT, /* one that is not known */
} FalcoPriority;

typedef struct FalcoAlert {
    Str rule;
    FalcoPriority priority;
    bool has_time;
    int64_t time;  /* seconds since 1970 */
    bool on_host;  /* of a process of the node, in no container */
    Str namespace; /* "" when not said */
    Str pod;
    Str workload; /* "deployment/web", "web"; a container or the node where no pod is named */
    Str container;
    Str image;
    Str node;
    Str output;
} FalcoAlert;

/* Reads an alert. Missing members are "". */
void falco_alert_read(const LogRecord *r, Arena *a, FalcoAlert *out);

/* "Critical"; "" for one that is not known */
Str falco_priority_text(FalcoPriority priority);

#endif
