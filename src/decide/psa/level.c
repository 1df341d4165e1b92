/* SPDX-License-Identifier: Apache-2.0 */
/* Levels and versions: reading and writing them. */
#include "decide/psa/psa.h"

const Str psa_level_error = STR_INIT("must be one of privileged, baseline, restricted");
const Str psa_version_error = STR_INIT("must be \"latest\" or \"v1.x\"");

static const Str level_names[PSA_LEVEL_COUNT] = {
    [PSA_PRIVILEGED] = STR_INIT("privileged"),
    [PSA_BASELINE] = STR_INIT("baseline"),
    [PSA_RESTRICTED] = STR_INIT("restricted"),
};

Str psa_level_name(PsaLevel level)
{
    return level_names[level];
}

bool psa_level_parse(Str text, PsaLevel *out)
{
    for (unsigned i = 0; i < PSA_LEVEL_COUNT; i++) {
        if (str_eq(text, level_names[i])) {
            *out = (PsaLevel)i;
            return true;
        }
    }
    return false;
}

bool psa_version_parse(Str text, PsaVersion *out)
{
    if (str_eq(text, STR("latest"))) {
        *out = PSA_LATEST;
        return true;
    }
    if (!str_starts_with(text, STR("v1."))) {
        return false;
    }
    Str digits = str_drop(text, 3);
    if (digits.len == 0 || (digits.len > 1 && digits.ptr[0] == '0')) {
        return false;
    }
    int64_t minor = 0;
    for (size_t i = 0; i < digits.len; i++) {
        unsigned digit = (unsigned char)digits.ptr[i] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(minor, 10, &minor) ||
            __builtin_add_overflow(minor, (int64_t)digit, &minor)) {
            return false;
        }
    }
    *out = (PsaVersion){ false, minor };
    return true;
}

bool psa_level_version_parse(Str text, Arena *a, PsaLevelVersion *out, Err *err)
{
    Str level_text;
    Str version_text;
    PsaLevelVersion read = { PSA_PRIVILEGED, PSA_LATEST };
    bool has_version = str_split_once(text, ':', &level_text, &version_text);
    if (!psa_level_parse(level_text, &read.level)) {
        return err_set(err, a, ERR_USAGE, "level \"%.*s\": %.*s", STR_ARG(level_text),
                       STR_ARG(psa_level_error));
    }
    if (has_version && !psa_version_parse(version_text, &read.version)) {
        return err_set(err, a, ERR_USAGE, "version \"%.*s\": %.*s", STR_ARG(version_text),
                       STR_ARG(psa_version_error));
    }
    *out = read;
    return true;
}

void psa_version_write(PsaVersion v, Buf *b)
{
    if (v.is_latest) {
        buf_lit(b, "latest");
    } else {
        buf_lit(b, "v1.");
        buf_int(b, v.minor);
    }
}

void psa_level_version_write(PsaLevelVersion v, Buf *b)
{
    buf_add(b, psa_level_name(v.level));
    buf_byte(b, ':');
    psa_version_write(v.version, b);
}
