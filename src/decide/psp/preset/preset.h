/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies that platforms put into their clusters, with the roles and bindings that go with
 * them. Each platform is a file with its objects, as its own documentation or sources give them,
 * and a row in the table of preset.c.
 */
#ifndef PODGATE_DECIDE_PSP_PRESET_PRESET_H
#define PODGATE_DECIDE_PSP_PRESET_PRESET_H

#include "base/arena.h"
#include "doc/value.h"

typedef struct PspPreset {
    Str name;
    Str about; /* one line for help */
    /* The objects, a YAML document each. Empty where the platform has none. */
    const char *objects;
    /* What the platform makes for one service account when it sees it; NULL for nothing. Both are
     * API objects, namespace may be NULL when it is not known. False when this account gets
     * nothing. */
    bool (*for_account)(const Value *namespace, const Value *account, Arena *a, Value *out);
} PspPreset;

typedef struct PspPresetList {
    const PspPreset *const *items;
    size_t count;
} PspPresetList;

extern const PspPresetList psp_presets;

/* NULL when there is none of that name. */
const PspPreset *psp_preset_find(Str name);
/* The objects, as an array. */
Value psp_preset_objects(const PspPreset *preset, Arena *a);

#endif
