/* SPDX-License-Identifier: Apache-2.0 */
/* What every process tells Prometheus of itself. */
#ifndef PODGATE_SERVER_METRICS_PROCESS_H
#define PODGATE_SERVER_METRICS_PROCESS_H

#include "base/buf.h"

/* Memory, processor time, descriptors and the start of this process. */
void metrics_write_process(Buf *b);

#endif
