/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of a namespace, out of its labels. */
#include "decide/psa/policy.h"

#define LABEL_PREFIX "pod-security.kubernetes.io/"

static const struct {
    Str name;
    Str level_label;
    Str version_label;
    PsaLevel level_when_bad; /* enforce fails closed, the others open */
} modes[PSA_MODE_COUNT] = {
    [PSA_ENFORCE] = { STR_INIT("enforce"), STR_INIT(LABEL_PREFIX "enforce"),
                      STR_INIT(LABEL_PREFIX "enforce-version"), PSA_RESTRICTED },
    [PSA_AUDIT] = { STR_INIT("audit"), STR_INIT(LABEL_PREFIX "audit"),
                    STR_INIT(LABEL_PREFIX "audit-version"), PSA_PRIVILEGED },
    [PSA_WARN] = { STR_INIT("warn"), STR_INIT(LABEL_PREFIX "warn"),
                   STR_INIT(LABEL_PREFIX "warn-version"), PSA_PRIVILEGED },
};

const PsaPolicy psa_policy_privileged = { .modes = {
                                              [PSA_ENFORCE] = { PSA_PRIVILEGED, { true, 0 } },
                                              [PSA_AUDIT] = { PSA_PRIVILEGED, { true, 0 } },
                                              [PSA_WARN] = { PSA_PRIVILEGED, { true, 0 } },
                                          } };

Str psa_mode_name(PsaMode mode)
{
    return modes[mode].name;
}

Str psa_mode_level_label(PsaMode mode)
{
    return modes[mode].level_label;
}

Str psa_mode_version_label(PsaMode mode)
{
    return modes[mode].version_label;
}

static void bad_label(Str label, Str value, Str why, FieldErrors *errs)
{
    Path metadata = path_root("metadata");
    Path labels = path_child(&metadata, "labels");
    field_invalid_str(errs, path_key(&labels, label), value.ptr ? value : STR(""), why);
}

/* True when the label is there, and *level then its level or what a bad one stands for. */
static bool read_level(const Value *labels, PsaMode mode, FieldErrors *errs, PsaLevel *level,
                       bool *is_valid)
{
    const Value *v = value_get(labels, modes[mode].level_label);
    if (!v) {
        return false;
    }
    *is_valid = psa_level_parse(value_as_str(v), level);
    if (!*is_valid) {
        *level = modes[mode].level_when_bad;
        bad_label(modes[mode].level_label, value_as_str(v), psa_level_error, errs);
    }
    return true;
}

static bool read_version(const Value *labels, PsaMode mode, FieldErrors *errs, PsaVersion *version)
{
    const Value *v = value_get(labels, modes[mode].version_label);
    if (!v) {
        return false;
    }
    if (!psa_version_parse(value_as_str(v), version)) {
        *version = PSA_LATEST;
        bad_label(modes[mode].version_label, value_as_str(v), psa_version_error, errs);
    }
    return true;
}

void psa_policy_from_labels(const Value *labels, const PsaPolicy *defaults, FieldErrors *errs,
                            PsaPolicy *out)
{
    bool has_level[PSA_MODE_COUNT] = { false };
    bool has_valid_level[PSA_MODE_COUNT] = { false };
    bool has_version[PSA_MODE_COUNT] = { false };
    *out = *defaults;
    if (!value_len(labels)) {
        return;
    }
    for (unsigned mode = 0; mode < PSA_MODE_COUNT; mode++) {
        has_level[mode] = read_level(labels, mode, errs, &out->modes[mode].level,
                                     &has_valid_level[mode]);
        has_version[mode] = read_version(labels, mode, errs, &out->modes[mode].version);
    }
    /* Who is told to enforce more than it warns of by default, and nothing about warning, is to
     * warn of what it enforces: controllers' pods are refused later, out of the user's sight. */
    const PsaLevelVersion *enforce = &out->modes[PSA_ENFORCE];
    PsaLevelVersion *warn = &out->modes[PSA_WARN];
    if (!has_level[PSA_WARN] && has_valid_level[PSA_ENFORCE] && enforce->level > warn->level) {
        warn->level = enforce->level;
        if (!has_version[PSA_WARN]) {
            warn->version = enforce->version;
        }
    }
}

bool psa_policy_is_privileged(const PsaPolicy *p)
{
    for (unsigned mode = 0; mode < PSA_MODE_COUNT; mode++) {
        if (p->modes[mode].level != PSA_PRIVILEGED) {
            return false;
        }
    }
    return true;
}

bool psa_policy_is_equivalent(const PsaPolicy *a, const PsaPolicy *b)
{
    for (unsigned mode = 0; mode < PSA_MODE_COUNT; mode++) {
        const PsaLevelVersion *x = &a->modes[mode];
        const PsaLevelVersion *y = &b->modes[mode];
        if (x->level != y->level ||
            (x->level != PSA_PRIVILEGED && !psa_version_eq(x->version, y->version))) {
            return false;
        }
    }
    return true;
}
