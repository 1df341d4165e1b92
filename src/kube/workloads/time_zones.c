/* SPDX-License-Identifier: Apache-2.0 */
/* Which time zones there are. */
#include "kube/workloads/cron.h"
#include "kube/workloads/time_zones.def"

#define NAME(name) STR_INIT(name),
static const Str names[] = { TIME_ZONE_LIST(NAME) };
#undef NAME

bool cron_time_zone_is_known(Str name)
{
    size_t low = 0, high = COUNT_OF(names);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = str_cmp(name, names[middle]);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}
