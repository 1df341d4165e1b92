/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an answer is the recorded one. Compared as the recordings are meant: what the real server
 * puts in random order is compared without order, what it cannot say twice the same way (addresses,
 * random suffixes, dumps) is left open, and the decoder's own texts (code 400) are not compared.
 */
#ifndef PODGATE_CLI_CASE_MATCH_H
#define PODGATE_CLI_CASE_MATCH_H

#include "base/arena.h"
#include "doc/value.h"

/* True when the answer to a case is the one it expects; else *difference says where it is not. */
bool case_matches(const Value *test, const Value *got, Arena *a, Str *difference);

#endif
