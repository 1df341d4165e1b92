/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file of Pod Security Admission: loaded or refused with a message; what is
 * loaded is complete, and what completes and validates is what reading it in one go takes. */
#include "fuzz.h"

#include "decide/psa/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Str text = str_from((const char *)data, size);
    Arena a;
    arena_init(&a, 0);
    PsaConfigFile file;
    PsaConfig config;
    Err err = { 0 };
    bool loads = psa_config_load(text, &a, &file, &err);
    bool is_good = false;
    if (loads) {
        for (unsigned mode = 0; mode < PSA_MODE_COUNT; mode++) {
            HOLDS(file.levels[mode].len && file.versions[mode].len);
        }
        FieldErrors exemptions = field_errors_new(&a);
        FieldErrors all = field_errors_new(&a);
        psa_config_validate_exemptions(&file, &exemptions);
        psa_config_validate(&file, &all);
        bool completes = psa_config_complete(&file, &a, &config, &err);
        HOLDS(all.count >= exemptions.count);
        HOLDS(completes == (all.count == exemptions.count));
        is_good = completes && exemptions.count == 0;
    }
    HOLDS(psa_config_read(text, &a, &config, &err) == is_good);
    HOLDS(is_good || err.msg.len > 0);
    arena_done(&a);
    return 0;
}
