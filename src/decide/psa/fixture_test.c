/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every version of every check has a pod in tests/fixtures/psa that passes and one that does not,
 * at each level that runs it; and the properties that hold between levels, versions and pods.
 */
#include "decide/psa/check.h"
#include "doc/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define ROW(name) { #name, &psa_check_##name },
static const struct {
    const char *name;
    const PsaCheck *check;
} rows[] = { PSA_CHECK_LIST(ROW) };
#undef ROW

static Arena arena;

/* The tests are run in the build folder, from which __FILE__ leads here. */
static Str fixtures(void)
{
    return str_cut_suffix(STR(__FILE__), STR("src/decide/psa/fixture_test.c"));
}

static Str read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        fail_msg("%s is missing: run tests/fixtures/psa/generate.py", path);
    }
    Buf b = buf_new(&arena);
    size_t got;
    do {
        got = fread(buf_reserve(&b, 4096), 1, 4096, f);
        b.len += got;
    } while (got);
    fclose(f);
    return buf_str(&b);
}

static void read_fixture(size_t row, PsaLevel level, int minor, const char *verdict, Value *pod,
                         PodView *out)
{
    Str path = arena_printf(&arena, "%.*stests/fixtures/psa/%.*s/v1.%d/%s/%s.yaml",
                            STR_ARG(fixtures()), STR_ARG(psa_level_name(level)), minor, verdict,
                            rows[row].name);
    Err err;
    Str text = read_file(arena_cstr(&arena, path));
    if (!yaml_read(path, text, NULL, &arena, pod, &err) || !pod_view_read(pod, &arena, out, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
}

static bool runs_at(const PsaCheck *check, PsaLevel level, int minor)
{
    if (check->level > level) {
        return false;
    }
    for (size_t i = 0; level == PSA_RESTRICTED && i < COUNT_OF(rows); i++) {
        const PsaCheck *other = rows[i].check;
        if (other->replaces == check && other->replaces_since_minor <= minor) {
            return false;
        }
    }
    return true;
}

static Str reason_of(const PodView *pod, PsaLevel level, int64_t minor)
{
    PsaResult result;
    PsaLevelVersion policy = { level, { false, minor } };
    Buf b = buf_new(&arena);
    psa_evaluate(pod, policy, NULL, &arena, &result);
    psa_write_reason(&result, &b);
    return buf_str(&b);
}

/* -- the fixtures --------------------------------------------------------------------------------
 */

static void check_pair(size_t row, PsaLevel level, int minor)
{
    PsaLevelVersion policy = { level, { false, minor } };
    PsaResult result;
    PodView pod;
    Value v;
    arena_reset(&arena);
    read_fixture(row, level, minor, "pass", &v, &pod);
    psa_evaluate(&pod, policy, NULL, &arena, &result);
    if (!psa_allowed(&result)) {
        fail_msg("%s at v1.%d should pass: %.*s", rows[row].name, minor,
                 STR_ARG(result.violations[0].detail));
    }
    read_fixture(row, level, minor, "fail", &v, &pod);
    psa_evaluate(&pod, policy, NULL, &arena, &result);
    if (result.count != 1 || result.violations[0].check != rows[row].check) {
        fail_msg("%s at v1.%d should fail for itself alone, not \"%.*s\"", rows[row].name, minor,
                 STR_ARG(reason_of(&pod, level, minor)));
    }
}

static void every_version_has_its_fixtures(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const PsaCheck *check = rows[i].check;
        for (size_t j = 0; j < PSA_CHECK_VERSIONS_MAX && check->versions[j].run; j++) {
            int minor = check->versions[j].since_minor;
            for (PsaLevel level = PSA_BASELINE; level <= PSA_RESTRICTED; level++) {
                if (runs_at(check, level, minor)) {
                    check_pair(i, level, minor);
                }
            }
        }
    }
}

/* -- pods at random
 * -------------------------------------------------------------------------------- */

static uint32_t seed = 1;

static unsigned random_below(unsigned n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static void put(Value *object, const char *key, Value v)
{
    value_set(object, str_from_c(key), v, &arena);
}

static bool often(void)
{
    return random_below(3) == 0;
}

static Value random_text(const char *const *texts, size_t count)
{
    return value_str(str_from_c(texts[random_below((unsigned)count)]));
}

/* One of the texts at a field of a new object, or nothing. */
static void maybe_object(Value *in, const char *key, const char *field, const char *const *texts,
                         size_t count)
{
    if (often()) {
        Value v = value_object();
        put(&v, field, random_text(texts, count));
        put(in, key, v);
    }
}

static void maybe_bool(Value *in, const char *key)
{
    if (often()) {
        put(in, key, value_bool(random_below(2)));
    }
}

static void maybe_list(Value *in, const char *key, const char *const *texts, size_t count)
{
    if (often()) {
        Value list = value_array();
        for (unsigned n = random_below(3); n > 0; n--) {
            value_add(&list, random_text(texts, count), &arena);
        }
        put(in, key, list);
    }
}

static const char *const profiles[] = { "RuntimeDefault", "Localhost", "Unconfined" };
static const char *const types[] = { "container_t", "container_engine_t", "spc_t", "" };
static const char *const capabilities[] = { "CHOWN", "NET_BIND_SERVICE", "SYS_ADMIN", "ALL" };
static const char *const proc_mounts[] = { "Default", "Unmasked" };
static const char *const sources[] = { "emptyDir", "hostPath", "nfs", "image", "secret" };
static const char *const sysctls[] = { "net.ipv4.tcp_rmem", "net.ipv4.tcp_syncookies", "a" };
static const char *const systems[] = { "linux", "windows" };
static const char *const hosts[] = { "", "h" };

static Value random_security(bool of_container)
{
    Value sc = value_object();
    maybe_object(&sc, "seccompProfile", "type", profiles, COUNT_OF(profiles));
    maybe_object(&sc, "appArmorProfile", "type", profiles, COUNT_OF(profiles));
    maybe_object(&sc, "seLinuxOptions", "type", types, COUNT_OF(types));
    maybe_bool(&sc, "runAsNonRoot");
    if (often()) {
        put(&sc, "runAsUser", value_int(random_below(2)));
    }
    if (!of_container) {
        return sc;
    }
    maybe_bool(&sc, "privileged");
    maybe_bool(&sc, "allowPrivilegeEscalation");
    if (often()) {
        put(&sc, "procMount", random_text(proc_mounts, COUNT_OF(proc_mounts)));
    }
    Value caps = value_object();
    maybe_list(&caps, "add", capabilities, COUNT_OF(capabilities));
    maybe_list(&caps, "drop", capabilities, COUNT_OF(capabilities));
    put(&sc, "capabilities", caps);
    return sc;
}

static Value random_container(unsigned number)
{
    Value c = value_object();
    put(&c, "name", value_str(arena_printf(&arena, "c%u", number)));
    if (random_below(4)) {
        put(&c, "securityContext", random_security(true));
    }
    if (often()) {
        Value port = value_object();
        Value ports = value_array();
        put(&port, "hostPort", value_int(random_below(3)));
        value_add(&ports, port, &arena);
        put(&c, "ports", ports);
    }
    if (often()) {
        Value action = value_object();
        Value probe = value_object();
        put(&action, "host", random_text(hosts, COUNT_OF(hosts)));
        put(&probe, "httpGet", action);
        put(&c, "livenessProbe", probe);
    }
    return c;
}

static Value random_spec(void)
{
    Value spec = value_object();
    put(&spec, "securityContext", random_security(false));
    if (often()) {
        put(&spec, "hostUsers", value_bool(random_below(2)));
    }
    maybe_object(&spec, "os", "name", systems, COUNT_OF(systems));
    if (random_below(8) == 0) {
        put(&spec, "hostNetwork", value_bool(true));
    }
    Value volumes = value_array();
    for (unsigned n = random_below(3); n > 0; n--) {
        Value volume = value_object();
        put(&volume, "name", value_str(arena_printf(&arena, "v%u", n)));
        put(&volume, sources[random_below(COUNT_OF(sources))], value_object());
        value_add(&volumes, volume, &arena);
    }
    put(&spec, "volumes", volumes);
    if (random_below(8) == 0) {
        Value list = value_array();
        Value sysctl = value_object();
        put(&sysctl, "name", random_text(sysctls, COUNT_OF(sysctls)));
        value_add(&list, sysctl, &arena);
        put(value_get_lit(&spec, "securityContext"), "sysctls", list);
    }
    return spec;
}

static Value random_pod(void)
{
    static const char *const lists[] = { "initContainers", "containers", "ephemeralContainers" };
    Value spec = random_spec();
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        Value list = value_array();
        for (unsigned n = i == 1 ? 1 + random_below(2) : random_below(2); n > 0; n--) {
            value_add(&list, random_container((unsigned)i * 10 + n), &arena);
        }
        put(&spec, lists[i], list);
    }
    Value pod = value_object();
    put(&pod, "spec", spec);
    return pod;
}

static PodView view_of(const Value *pod)
{
    PodView view;
    Err err;
    if (!pod_view_read(pod, &arena, &view, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    return view;
}

static bool is_allowed(const PodView *pod, PsaLevel level, int64_t minor)
{
    return reason_of(pod, level, minor).len == 0;
}

/* The pods that restricted admits and baseline refuses, as upstream has it: restricted's rules for
 * volumes take a good source beside a hostPath for enough, and from v1.25 on those for capabilities
 * and seccomp let Windows alone, where baseline's are not asked any more. */
static bool baseline_is_stricter(const PodView *pod, int64_t minor)
{
    for (size_t i = 0; i < pod->volume_count; i++) {
        uint64_t others = pod->volumes[i].sources & ~((uint64_t)1 << VOLUME_HOST_PATH);
        if (volume_has(&pod->volumes[i], VOLUME_HOST_PATH) && others) {
            return true;
        }
    }
    return minor >= 25 && psa_pod_is_windows(pod);
}

enum { PODS = 20000 };

static void baseline_refuses_no_more_than_restricted(void **state)
{
    (void)state;
    size_t admitted = 0;
    for (int i = 0; i < PODS; i++) {
        arena_reset(&arena);
        Value pod = random_pod();
        PodView view = view_of(&pod);
        int64_t minor = random_below(PSA_MINOR_NEWEST + 1);
        if (is_allowed(&view, PSA_RESTRICTED, minor) && !baseline_is_stricter(&view, minor)) {
            admitted++;
            if (!is_allowed(&view, PSA_BASELINE, minor)) {
                fail_msg("baseline:v1.%d refuses: %.*s", (int)minor,
                         STR_ARG(reason_of(&view, PSA_BASELINE, minor)));
            }
        }
    }
    assert_true(admitted > 10);
}

static void the_exceptions_are_there(void **state)
{
    static const char *const pods[] = {
        "{spec: {volumes: [{name: v, hostPath: {path: /}, emptyDir: {}}]}}",
        "{spec: {os: {name: windows}, securityContext: {runAsNonRoot: true, seccompProfile: {type: "
        "Unconfined}}, containers: [{name: c}]}}",
        "{spec: {os: {name: windows}, securityContext: {runAsNonRoot: true}, containers: [{name: "
        "c, "
        "securityContext: {capabilities: {add: [SYS_ADMIN]}}}]}}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pods); i++) {
        Value v;
        Err err;
        arena_reset(&arena);
        assert_true(yaml_read(STR("pod"), str_from_c(pods[i]), NULL, &arena, &v, &err));
        PodView view = view_of(&v);
        assert_true(baseline_is_stricter(&view, PSA_MINOR_NEWEST));
        assert_true(is_allowed(&view, PSA_RESTRICTED, PSA_MINOR_NEWEST));
        assert_false(is_allowed(&view, PSA_BASELINE, PSA_MINOR_NEWEST));
    }
}

static void one_more_container_makes_nothing_better(void **state)
{
    static const char *const lists[] = { "initContainers", "containers", "ephemeralContainers" };
    (void)state;
    for (int i = 0; i < PODS; i++) {
        arena_reset(&arena);
        Value pod = random_pod();
        PodView before = view_of(&pod);
        PsaLevel level = random_below(2) ? PSA_BASELINE : PSA_RESTRICTED;
        int64_t minor = random_below(PSA_MINOR_NEWEST + 1);
        bool refused = !is_allowed(&before, level, minor);
        Value *list = value_at(&pod, "spec", lists[random_below(COUNT_OF(lists))], NULL);
        value_insert(list, random_below(list->len + 1), random_container(99), &arena);
        PodView after = view_of(&pod);
        assert_true(!refused || !is_allowed(&after, level, minor));
    }
}

static void reverse(Value *list)
{
    for (uint32_t i = 0; i < list->len / 2; i++) {
        Value first = list->items[i];
        list->items[i] = list->items[list->len - 1 - i];
        list->items[list->len - 1 - i] = first;
    }
}

/* The reasons stay; names and values in the details change places. */
static void order_changes_wording_only(void **state)
{
    static const char *const lists[] = { "initContainers", "containers", "ephemeralContainers",
                                         "volumes" };
    (void)state;
    for (int i = 0; i < PODS; i++) {
        arena_reset(&arena);
        Value pod = random_pod();
        PodView before = view_of(&pod);
        PsaLevel level = random_below(2) ? PSA_BASELINE : PSA_RESTRICTED;
        int64_t minor = random_below(PSA_MINOR_NEWEST + 1);
        Str reason = reason_of(&before, level, minor);
        for (size_t j = 0; j < COUNT_OF(lists); j++) {
            reverse(value_at(&pod, "spec", lists[j], NULL));
        }
        PodView after = view_of(&pod);
        assert_true(str_eq(reason, reason_of(&after, level, minor)));
    }
}

/* Noting places finds the same violations, and each has a place. */
static void places_go_with_violations(void **state)
{
    (void)state;
    for (int i = 0; i < PODS; i++) {
        arena_reset(&arena);
        Value pod = random_pod();
        PodView view = view_of(&pod);
        PsaLevelVersion policy = { PSA_RESTRICTED, { false, random_below(PSA_MINOR_NEWEST + 1) } };
        PsaOptions options = { .places = true };
        PsaResult plain;
        PsaResult placed;
        psa_evaluate(&view, policy, NULL, &arena, &plain);
        psa_evaluate(&view, policy, &options, &arena, &placed);
        assert_int_equal(plain.count, placed.count);
        for (size_t j = 0; j < placed.count; j++) {
            assert_true(str_eq(plain.violations[j].detail, placed.violations[j].detail));
            assert_non_null(placed.violations[j].places);
        }
    }
}

int main(void)
{
    arena_init(&arena, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_has_its_fixtures),
        cmocka_unit_test(baseline_refuses_no_more_than_restricted),
        cmocka_unit_test(the_exceptions_are_there),
        cmocka_unit_test(one_more_container_makes_nothing_better),
        cmocka_unit_test(order_changes_wording_only),
        cmocka_unit_test(places_go_with_violations),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_done(&arena);
    return failed;
}
