/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster's objects, taken in one by one and reduced to what decides: policies, RBAC, namespaces
 * and limits are kept, pods are counted under the workload that makes them, everything else is
 * forgotten. 150,000 pods come to a few thousand units.
 *
 * A unit is what is decided once: a workload at the top of its chain of owners, or pods of which no
 * owner is there and that differ in nothing that decides.
 */
#ifndef PODGATE_ANALYZE_SIMULATE_INTAKE_H
#define PODGATE_ANALYZE_SIMULATE_INTAKE_H

#include "cluster/files.h"

enum { SIMULATE_NAMES_MAX = 3 };

typedef struct SimulateUnit {
    FileObject source; /* reduced: the workload, or one of the pods */
    Str namespace;
    Str kind; /* of the workload or of the pods' controller: "Deployment"; "Pod" for bare pods */
    Str text; /* "deployment.apps/web", "pod/worker-0" */
    /* The service account, in kube-system, that sends the pods. "" for bare pods, and when nothing
     * is known of the controller. */
    Str controller;
    Str node;                      /* of mirror pods, which their node sends; else "" */
    int64_t running;               /* its pods that the state has */
    Str names[SIMULATE_NAMES_MAX]; /* of the first of them */
    size_t name_count;
    bool is_system; /* in kube-system, or of a system- priority class */
} SimulateUnit;

/* All there is, by namespace; system's first. */
typedef struct SimulateUnits {
    SimulateUnit *items;
    size_t count;
    size_t pods;     /* that run */
    size_t finished; /* pods and jobs that have ended: nothing starts them again */
    size_t webhooks; /* webhook configurations: nobody asks them */
} SimulateUnits;

typedef struct Intake Intake;

/* What is kept lives in the intake. */
Intake *intake_new(void);
void intake_free(Intake *in);
/* stays: the object outlives the intake; otherwise what is kept of it is copied. */
void intake_put(Intake *in, const FileObject *object, bool stays);
/* objects: what decides, to be indexed, with one of each kind that is not known. */
void intake_finish(Intake *in, FileObjects *objects, SimulateUnits *units);
/* Bytes that it holds. */
size_t intake_bytes(const Intake *in);

#endif
