/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which go-yaml v2 prints keys. */
#ifndef PODGATE_DOC_YAML_ORDER_H
#define PODGATE_DOC_YAML_ORDER_H

#include "doc/value.h"

/* An object's members in that order: letters by code, anything else before letters, runs of digits
 * by value. It does not depend on the order that they have in the object. */
const Member **yaml_sort_members(const Value *object, Arena *a);

#endif
