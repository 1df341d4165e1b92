/* SPDX-License-Identifier: Apache-2.0 */
/* What the psa commands share: the pods that they judge, and where in the files those stand. */
#ifndef PODGATE_CLI_PSA_H
#define PODGATE_CLI_PSA_H

#include "cli/output.h"
#include "cli/state.h"
#include "decide/psa/psa.h"
#include "kube/kinds.h"
#include "kube/workload.h"

extern const CliCommand cli_command_psa_check;
extern const CliCommand cli_command_psa_level;
extern const CliCommand cli_command_psa_dry_run;

/* A pod, or the pod that a workload's controller creates. */
typedef struct PsaSubject {
    const FileObject *source;
    KubeKind kind;
    Str namespace;
    Str name; /* its generateName when it has no name */
    Workload workload;
    PodView pod;
} PsaSubject;

typedef struct PsaSubjects {
    PsaSubject *items;
    size_t count;
} PsaSubjects;

/* Those of the objects that pods come from, in order; others are passed over. as_given leaves out
 * the API server's defaults. False after a message. */
WARN_UNUSED bool psa_subjects_read(const Cli *cli, const FileObjects *objects, bool as_given,
                                   PsaSubjects *out);

/* "deployment.apps/web" */
Str psa_subject_text(const PsaSubject *s, Arena *a);
/* The path of a field of the pod within the object. */
Str psa_subject_path(const PsaSubject *s, Str field, Arena *a);
/* "3 pods", "1 pod" */
Str psa_count_text(size_t count, const char *what, Arena *a);

#endif
