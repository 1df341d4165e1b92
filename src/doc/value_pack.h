/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree in one piece of memory, for what is kept long: nothing is spent on blocks or on room to
 * grow, and one free() ends it.
 */
#ifndef PODGATE_DOC_VALUE_PACK_H
#define PODGATE_DOC_VALUE_PACK_H

#include "doc/value.h"

/* Bytes that value_pack() needs for v. */
size_t value_pack_size(const Value *v);
/* Copies v, its children and strings to memory (aligned to 8, value_pack_size(v) bytes); the result
 * shares nothing with v. A packed tree is read-only. */
Value value_pack(const Value *v, void *memory);

#endif
