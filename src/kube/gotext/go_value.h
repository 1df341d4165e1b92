/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object as the Go structs that the API server holds it in (k8s.io/kubernetes pkg/apis/core):
 * fields in their order, with what is absent in it too.
 */
#ifndef PODGATE_KUBE_GOTEXT_GO_VALUE_H
#define PODGATE_KUBE_GOTEXT_GO_VALUE_H

#include "kube/schema.h"

typedef enum GoKind {
    GO_STRING,
    GO_PLAIN, /* a number or a bool */
    GO_STRUCT,
    GO_OPAQUE, /* a struct that compares itself, by its text */
    GO_SLICE,
    GO_MAP,
    GO_POINTER,
} GoKind;

typedef struct GoValue GoValue;

typedef struct GoMember {
    Str key; /* the name of a field; the text of a key of a map; else empty */
    const GoValue *value;
} GoMember;

struct GoValue {
    GoKind kind;
    bool is_zero; /* nil for pointers, lists and maps */
    Str type;     /* "core.PodSpec" */
    Str text;     /* of a scalar: a string's own, "true", "5" */
    GoMember *members;
    size_t count;
};

/* A decoded spec of a pod, which may be NULL. */
const GoValue *go_pod_spec(const Value *spec, const KubeTarget *target, Arena *a);

#endif
