/* SPDX-License-Identifier: Apache-2.0 */
/* allowedFlexVolumes. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "an empty list allows all",
        .policy = "",
        .pod = "'volumes':[{'name':'v0','flexVolume':{'driver':'a/b'}}]",
        .errors = "",
    },
    {
        .name = "listed",
        .policy = "'allowedFlexVolumes':[{'driver':'a/b'},{'driver':'c/d'}]",
        .pod = "'volumes':[{'name':'v0','flexVolume':{'driver':'c/d'}}]",
        .errors = "",
    },
    {
        .name = "not listed",
        .policy = "'allowedFlexVolumes':[{'driver':'a/b'}]",
        .pod = "'volumes':[{'name':'v0','flexVolume':{'driver':'c/d'}}]",
        .errors = "spec.volumes[0].driver: Invalid value: \"c/d\": Flexvolume driver "
                  "is not allowed to be used",
    },
    {
        .name = "the type comes first",
        .policy = "'volumes':[],'allowedFlexVolumes':[{'driver':'a/b'}]",
        .pod = "'volumes':[{'name':'v0','flexVolume':{'driver':'c/d'}}]",
        .errors = "spec.volumes[0]: Invalid value: \"flexVolume\": flexVolume volumes "
                  "are not allowed to be used",
    },
};

PSP_TEST_MAIN(rows)
