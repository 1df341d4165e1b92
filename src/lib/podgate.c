/* SPDX-License-Identifier: Apache-2.0 */
/* The public C API: include/podgate/podgate.h over the rooms below. */
#include "podgate/podgate.h"

const char *podgate_version(void)
{
    return PODGATE_VERSION;
}
