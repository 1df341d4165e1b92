/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that runs the controllers. */
#ifndef PODGATE_SERVER_CONTROLLERS_MANAGER_H
#define PODGATE_SERVER_CONTROLLERS_MANAGER_H

#include "server/apiserver/apiserver.h"

typedef struct Manager Manager;

/* The server's store and options must be there; it outlives the manager. */
WARN_UNUSED bool manager_start(ApiServer *s, Manager **out);
/* The clock was set: what is due by it now is done. Accepts NULL. */
void manager_wake(Manager *m);
/* Waits for what is being done. Accepts NULL. */
void manager_stop(Manager *m);

#endif
