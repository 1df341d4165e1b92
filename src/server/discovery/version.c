/* SPDX-License-Identifier: Apache-2.0 */
/* /version: what the server says it is. */
#include "server/discovery/parts.h"

/* What builds of a version say; others than these are made up alike. */
static const struct {
    int minor;
    Str git_version;
    Str git_commit;
    Str build_date;
    Str go_version;
} builds[] = {
    { 20, STR_INIT("v1.20.2"), STR_INIT("faecb196815e248d3ecfb03c680a4507229c2a56"),
      STR_INIT("2021-01-13T13:20:00Z"), STR_INIT("go1.19.8") },
};

enum { EMULATION_SINCE = 33 };

static void set(Value *v, const char *key, Str text, Arena *a)
{
    value_set(v, str_from_c(key), value_str(text), a);
}

Value discovery_version(const KubeTarget *target, Arena *a)
{
    Str git_version = arena_printf(a, "v1.%d.0", target->minor);
    Str git_commit = STR("0000000000000000000000000000000000000000");
    Str build_date = STR("1970-01-01T00:00:00Z");
    Str go_version = STR("go1.19.8");
    for (size_t i = 0; i < COUNT_OF(builds); i++) {
        if (builds[i].minor == target->minor) {
            git_version = builds[i].git_version;
            git_commit = builds[i].git_commit;
            build_date = builds[i].build_date;
            go_version = builds[i].go_version;
        }
    }
    Value v = value_object();
    set(&v, "major", STR("1"), a);
    set(&v, "minor", arena_printf(a, "%d", target->minor), a);
    if (target->minor >= EMULATION_SINCE) {
        set(&v, "emulationMajor", STR("1"), a);
        set(&v, "emulationMinor", arena_printf(a, "%d", target->minor), a);
        set(&v, "minCompatibilityMajor", STR("1"), a);
        set(&v, "minCompatibilityMinor", arena_printf(a, "%d", target->minor - 1), a);
    }
    set(&v, "gitVersion", git_version, a);
    set(&v, "gitCommit", git_commit, a);
    set(&v, "gitTreeState", STR("clean"), a);
    set(&v, "buildDate", build_date, a);
    set(&v, "goVersion", go_version, a);
    set(&v, "compiler", STR("gc"), a);
    set(&v, "platform", STR("linux/amd64"), a);
    return v;
}
