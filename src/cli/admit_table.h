/* SPDX-License-Identifier: Apache-2.0 */
/* An admit report for people. */
#ifndef PODGATE_CLI_ADMIT_TABLE_H
#define PODGATE_CLI_ADMIT_TABLE_H

#include "analyze/admit.h"

/* verbose: every object with every policy tried, not only those that were denied. */
void admit_table_write(const AdmitReport *report, bool verbose, bool color, Buf *out);

#endif
