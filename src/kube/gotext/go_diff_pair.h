/* SPDX-License-Identifier: Apache-2.0 */
/* Two Go values beside each other, part by part. */
#ifndef PODGATE_KUBE_GOTEXT_GO_DIFF_PAIR_H
#define PODGATE_KUBE_GOTEXT_GO_DIFF_PAIR_H

#include "kube/gotext/go_value.h"

typedef struct GoPair GoPair;

struct GoPair {
    Str key;          /* as GoMember's */
    const GoValue *x; /* NULL where there is none */
    const GoValue *y;
    GoPair *children;
    size_t count;
    size_t same; /* of all leaves below */
    size_t different;
    size_t descendants;
    size_t depth; /* 0 for a leaf */
};

GoPair go_pair(Str key, const GoValue *x, const GoValue *y, Arena *a);

#endif
