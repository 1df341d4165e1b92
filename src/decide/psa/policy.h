/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy of a namespace: a level and version for each of the three modes, from the labels of
 * the namespace and the cluster's defaults.
 */
#ifndef PODGATE_DECIDE_PSA_POLICY_H
#define PODGATE_DECIDE_PSA_POLICY_H

#include "decide/psa/psa.h"

/* enforce refuses pods, audit notes them in the audit log, warn tells the user. */
typedef enum PsaMode { PSA_ENFORCE, PSA_AUDIT, PSA_WARN } PsaMode;
enum { PSA_MODE_COUNT = 3 };

typedef struct PsaPolicy {
    PsaLevelVersion modes[PSA_MODE_COUNT];
} PsaPolicy;

/* privileged:latest in all modes: what a cluster has that says nothing. */
extern const PsaPolicy psa_policy_privileged;

/* "enforce" */
Str psa_mode_name(PsaMode mode);
/* "pod-security.kubernetes.io/enforce" and "pod-security.kubernetes.io/enforce-version" */
Str psa_mode_level_label(PsaMode mode);
Str psa_mode_version_label(PsaMode mode);

/* Reads the labels over the defaults. labels: an object of strings (null counts as empty), or NULL.
 * A bad label is added to errs, and stands for: restricted as the enforced level, privileged as an
 * audited or warned one, latest as a version. */
void psa_policy_from_labels(const Value *labels, const PsaPolicy *defaults, FieldErrors *errs,
                            PsaPolicy *out);

/* True when all modes are privileged, of whatever version. */
bool psa_policy_is_privileged(const PsaPolicy *p);
/* True when both decide alike: equal modes, where privileged of any version is one. */
bool psa_policy_is_equivalent(const PsaPolicy *a, const PsaPolicy *b);

#endif
