/* SPDX-License-Identifier: Apache-2.0 */
/* A large dump, parsed and nothing else. */
#ifndef PODGATE_BENCH_DUMP_H
#define PODGATE_BENCH_DUMP_H

/* Prints the ns that reading the items of a List in JSON takes, one by one, and the bytes of the
 * file. What finding and fetching them takes does not count. */
int dump_parse(const char *path);

#endif
