/* SPDX-License-Identifier: Apache-2.0 */
/* Events about objects, as client-go's recorder makes them. */
#include "server/controllers/private.h"

#include <stdlib.h>

struct EventLog {
    int unused;
};

struct EventLog *event_log_new(void)
{
    return calloc(1, sizeof(struct EventLog));
}

void event_log_free(struct EventLog *log)
{
    free(log);
}

void ctl_event(Ctl *c, const Value *about, const char *type, const char *reason,
               const char *format, ...)
{
    (void)c, (void)about, (void)type, (void)reason, (void)format;
}
