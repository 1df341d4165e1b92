/* SPDX-License-Identifier: Apache-2.0 */
/* Kubernetes versions and their feature gates. */
#include "kube/target.h"

/* Source: the --feature-gates table of the API server, over its versions. */
static const struct {
    Str name;
    int known;
    int on;
    int locked;
} gates[FEATURE_COUNT] = {
#define ROW(id, name, known, on, locked) [FEATURE_##id] = { STR_INIT(name), known, on, locked },
    KUBE_FEATURE_LIST(ROW)
#undef ROW
};
_Static_assert(FEATURE_COUNT <= 64, "a bit for each");

static bool is_on_by_default(int feature, int minor)
{
    return gates[feature].on && minor >= gates[feature].on;
}

KubeTarget kube_target(int minor)
{
    KubeTarget t = { .minor = minor };
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (is_on_by_default(f, minor)) {
            t.features |= UINT64_C(1) << f;
        }
    }
    return t;
}

static bool all_digits(Str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
    }
    return s.len > 0;
}

bool kube_target_parse(Str text, Arena *a, KubeTarget *out, Err *err)
{
    Str major;
    Str rest;
    Str minor;
    Str patch;
    int64_t n;
    bool is_version = str_split_once(str_cut_prefix(text, STR("v")), '.', &major, &rest);
    if (is_version) {
        /* "20", "20.2", and what builds append: "20.2-gke.100", "20+" */
        bool has_patch = str_split_once(rest, '.', &minor, &patch);
        is_version = !has_patch || (patch.len && patch.ptr[0] >= '0' && patch.ptr[0] <= '9');
        minor = str_cut_suffix(minor, STR("+"));
    }
    if (!is_version || !str_eq(major, STR("1")) || !all_digits(minor) || !str_to_int64(minor, &n)) {
        return err_set(err, a, ERR_USAGE,
                       "\"%.*s\" is no Kubernetes version such as 1.20 or v1.20.2", STR_ARG(text));
    }
    if (n < KUBE_MINOR_MIN || n > KUBE_MINOR_NEWEST) {
        return err_set(err, a, ERR_UNSUPPORTED,
                       "Kubernetes %.*s is not known here: versions 1.%d to 1.%d are",
                       STR_ARG(text), KUBE_MINOR_MIN, KUBE_MINOR_NEWEST);
    }
    *out = kube_target((int)n);
    return true;
}

bool kube_target_set_feature(KubeTarget *t, Str name, bool on, Arena *a, Err *err)
{
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (!str_eq(gates[f].name, name)) {
            continue;
        }
        if (t->minor < gates[f].known) {
            return err_set(err, a, ERR_UNSUPPORTED,
                           "feature gate %.*s is not known to Kubernetes 1.%d: it came with 1.%d",
                           STR_ARG(name), t->minor, gates[f].known);
        }
        if (!on && gates[f].locked && t->minor >= gates[f].locked) {
            return err_set(err, a, ERR_UNSUPPORTED,
                           "feature gate %.*s cannot be turned off since Kubernetes 1.%d",
                           STR_ARG(name), gates[f].locked);
        }
        uint64_t bit = UINT64_C(1) << f;
        t->features = on ? t->features | bit : t->features & ~bit;
        return true;
    }
    return err_set(err, a, ERR_UNSUPPORTED, "unknown feature gate \"%.*s\"", STR_ARG(name));
}
