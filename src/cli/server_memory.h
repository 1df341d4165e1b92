/* SPDX-License-Identifier: Apache-2.0 */
/* What a process that serves need not hold on to. */
#ifndef PODGATE_CLI_SERVER_MEMORY_H
#define PODGATE_CLI_SERVER_MEMORY_H

/* Before any thread: the allocator gives back what is freed. */
void server_memory_init(void);
/* Once all is there: gives back what was only needed for that, pages of libraries among it. */
void server_memory_settle(void);

#endif
