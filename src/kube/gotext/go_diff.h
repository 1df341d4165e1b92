/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How two Go values differ, in the words of the API server: what was taken away with a minus, what
 * came with a plus, and of what is the same only what stands around it.
 *
 * Source: github.com/google/go-cmp 0.5.2, cmp/report_compare.go, report_reflect.go. Not from there:
 * long strings and lists of numbers are not compared piece by piece, and lists are aligned by what
 * is the same at their ends.
 */
#ifndef PODGATE_KUBE_GOTEXT_GO_DIFF_H
#define PODGATE_KUBE_GOTEXT_GO_DIFF_H

#include "kube/gotext/go_value.h"

/* Empty when they are the same. Both are of one type. */
Str go_diff(const GoValue *x, const GoValue *y, Arena *a);

#endif
