/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods that end by themselves, though nothing runs: which, how, and what their status then says.
 *
 * A pod whose restartPolicy is not Always ends with the code of its annotation
 * podgate.io/exit-code ("none": it runs on). Without one those end well that somebody waits for:
 * pods of Jobs, and hooks of Helm. A code other than 0 is a failure where restartPolicy is Never;
 * elsewhere the container would be started again and again, and so it runs on.
 *
 * Source of the status: Kubernetes pkg/kubelet/status/generate.go
 */
#ifndef PODGATE_SERVER_CONTROLLERS_POD_END_H
#define PODGATE_SERVER_CONTROLLERS_POD_END_H

#include "kube/target.h"
#include "server/controllers/pods.h"

/* With what code; not set: it does not end. */
OptInt64 pod_exit_code(const Value *pod);
/* A patch of the status of a running pod. now: as timestamps are written. */
Value pod_ended_status(const Value *pod, int64_t code, Str now, const KubeTarget *target, Arena *a);

#endif
