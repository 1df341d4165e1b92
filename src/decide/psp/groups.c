/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fsGroup, supplementalGroups and runAsGroup share: the rules on groups and the ranges of ids.
 *
 * MustRunAs  some group is set and each is in one of the ranges
 * MayRunAs   each that is set is in one of the ranges
 * RunAsAny   anything goes
 */
#include "decide/psp/attempt.h"

bool psp_id_in_ranges(const PspIdRule *rule, int64_t id)
{
    for (uint32_t i = 0; i < rule->range_count; i++) {
        if (id >= rule->ranges[i].min && id <= rule->ranges[i].max) {
            return true;
        }
    }
    return false;
}

Str psp_ranges_text(const PspIdRule *rule, Arena *a)
{
    Buf b = buf_new(a);
    buf_byte(&b, '[');
    for (uint32_t i = 0; i < rule->range_count; i++) {
        buf_add(&b, i ? STR(" {") : STR("{"));
        buf_int(&b, rule->ranges[i].min);
        buf_byte(&b, ' ');
        buf_int(&b, rule->ranges[i].max);
        buf_byte(&b, '}');
    }
    buf_byte(&b, ']');
    return buf_str(&b);
}

/* As Go's %#v prints an []int64. */
static Str groups_text(Int64List groups, bool groups_set, Arena *a)
{
    if (!groups_set) {
        return STR("[]int64(nil)");
    }
    Buf b = buf_new(a);
    buf_lit(&b, "[]int64{");
    for (size_t i = 0; i < groups.count; i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_int(&b, groups.items[i]);
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

void psp_check_groups(PspAttempt *at, const PspIdRule *rule, Int64List groups, bool groups_set,
                      Path path)
{
    if (rule->rule != PSP_MUST_RUN_AS && rule->rule != PSP_MAY_RUN_AS) {
        return;
    }
    if (rule->rule == PSP_MUST_RUN_AS && groups.count == 0 && psp_fails(at)) {
        field_invalid_raw(at->errs, path, groups_text(groups, groups_set, at->arena),
                          STR("unable to validate empty groups against required ranges"));
    }
    for (size_t i = 0; i < groups.count; i++) {
        if (!psp_id_in_ranges(rule, groups.items[i]) && psp_fails(at)) {
            Str ranges = psp_ranges_text(rule, at->arena);
            field_invalid_raw(at->errs, path, groups_text(groups, true, at->arena),
                              arena_printf(at->arena, "group %lld must be in the ranges: %.*s",
                                           (long long)groups.items[i], STR_ARG(ranges)));
        }
    }
}
