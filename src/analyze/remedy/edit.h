/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of a workload: finding in it what an objection to its pod is about. */
#ifndef PODGATE_ANALYZE_REMEDY_EDIT_H
#define PODGATE_ANALYZE_REMEDY_EDIT_H

#include "analyze/remedy/search.h"

/* What a path in a pod is about: "spec.containers[0].securityContext.privileged". */
typedef struct PodPlace {
    bool is_container;
    bool is_volume;
    Str name;            /* of the container or volume */
    Str pointer;         /* of the container, the volume, or the pod's spec, in the workload */
    Str rest;            /* what follows in the path: "securityContext.privileged" */
    const Value *item;   /* of the workload as edited so far; NULL when it is not in there */
    const Value *in_pod; /* the same in the pod as it was decided */
} PodPlace;

/* A field that a policy can object to: a row of psp_fields.def. */
typedef struct PspField {
    enum { PSP_OF_POD, PSP_OF_CONTAINER } of;
    enum { PSP_WHOLE, PSP_PREFIX } how;
    Str path; /* within the container, or within the spec */
} PspField;

/* Not for volumes. */
bool psp_field_is(const PspField *field, const PodPlace *place);

/* False for a path that is about nothing that can be edited. */
bool remedy_pod_place(const RemedySearch *s, const RemedyTrial *trial, Str path, PodPlace *out);
/* A pointer into the workload's pod template: "/spec/hostNetwork", "/metadata/annotations". */
Str remedy_pod_pointer(const RemedySearch *s, Str below);
/* "/spec/x" and a name that is escaped. */
Str remedy_pointer_add(Str pointer, Str name, Arena *a);
/* The value there in the workload as edited so far. */
const Value *remedy_workload_at(const RemedySearch *s, const RemedyTrial *trial, Str pointer);

void remedy_edit_set(RemedySearch *s, RemedyParts *parts, Str pointer, Value v);
/* Nothing when it is not there. */
void remedy_edit_remove(RemedySearch *s, const RemedyTrial *trial, RemedyParts *parts, Str pointer);
void remedy_edit_list_add(RemedySearch *s, RemedyParts *parts, Str pointer, Value v);
void remedy_edit_list_remove(RemedySearch *s, RemedyParts *parts, Str pointer, Value v);

/* A volume of a type that is refused: becomes an emptyDir when may_be_empty_dir says so, or else
 * goes, with its mounts. One that no workload has (a token's) is not asked for. */
void remedy_edit_volume(RemedySearch *s, const RemedyTrial *trial, const PodPlace *volume,
                        bool may_be_empty_dir, RemedyParts *parts);
/* A field of a container's securityContext that may come from the pod's: goes where it stands. */
void remedy_edit_inherited(RemedySearch *s, const RemedyTrial *trial, const PodPlace *container,
                           Str field, RemedyParts *parts);
/* A profile that a policy takes: its default, or the first that it allows; "" for none. */
Str remedy_profile_taken(const PspProfiles *profiles);
/* Port of a container on its node: no port of the node any more. */
void remedy_edit_host_port(RemedySearch *s, const RemedyTrial *trial, const PodPlace *container,
                           int64_t port, RemedyParts *parts);
/* allowPrivilegeEscalation false, and gone what the API does not take beside it. */
void remedy_edit_escalation(RemedySearch *s, const RemedyTrial *trial, const PodPlace *container,
                            RemedyParts *parts);

#endif
