/* SPDX-License-Identifier: Apache-2.0 */
/* allowedCSIDrivers. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "an empty list allows all",
        .policy = "",
        .pod = "'volumes':[{'name':'v0','csi':{'driver':'a.b'}}]",
        .errors = "",
    },
    {
        .name = "listed",
        .policy = "'allowedCSIDrivers':[{'name':'a.b'}]",
        .pod = "'volumes':[{'name':'v0','csi':{'driver':'a.b'}}]",
        .errors = "",
    },
    {
        .name = "not listed",
        .policy = "'allowedCSIDrivers':[{'name':'a.b'}]",
        .pod = "'volumes':[{'name':'v0','csi':{'driver':'c.d'}}]",
        .errors = "spec.volumes[0].csi.driver: Invalid value: \"c.d\": Inline CSI "
                  "driver is not allowed to be used",
    },
};

PSP_TEST_MAIN(rows)
