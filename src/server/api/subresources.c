/* SPDX-License-Identifier: Apache-2.0 */
/* Subresources that are more than a part of the object. */
#include "server/api/call.h"

bool api_handle_subresource(ApiCall *call)
{
    (void)call;
    return false;
}
