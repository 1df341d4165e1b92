/* SPDX-License-Identifier: Apache-2.0 */
/* The platforms, and their objects read out of the text that they are kept in. */
#include "decide/psp/preset/preset.h"

#include "doc/doc.h"

#include <assert.h>

extern const PspPreset psp_preset_eks;
extern const PspPreset psp_preset_rancher;
extern const PspPreset psp_preset_gravity;

/* GKE and AKS made no policy and did not switch the plugin on, unless the cluster's owner asked. */
static const PspPreset gke = {
    .name = STR_INIT("gke"),
    .about = STR_INIT("Google Kubernetes Engine: no policies by default"),
    .objects = "",
};

static const PspPreset aks = {
    .name = STR_INIT("aks"),
    .about = STR_INIT("Azure Kubernetes Service: no policies by default"),
    .objects = "",
};

static const PspPreset *const presets[] = {
    &psp_preset_eks, &psp_preset_rancher, &psp_preset_gravity, &gke, &aks,
};

const PspPresetList psp_presets = { presets, COUNT_OF(presets) };

const PspPreset *psp_preset_find(Str name)
{
    for (size_t i = 0; i < COUNT_OF(presets); i++) {
        if (str_eq(presets[i]->name, name)) {
            return presets[i];
        }
    }
    return NULL;
}

Value psp_preset_objects(const PspPreset *preset, Arena *a)
{
    Value objects = value_array();
    DocList docs = { NULL, 0 };
    Err err = { 0 };
    if (*preset->objects == '\0') {
        return objects;
    }
    bool read = docs_read(preset->name, str_from_c(preset->objects), &doc_limits_default, a, &docs,
                          &err);
    assert(read); /* they are part of the program */
    (void)read;
    for (size_t i = 0; i < docs.count; i++) {
        value_add(&objects, docs.items[i].root, a);
    }
    return objects;
}
