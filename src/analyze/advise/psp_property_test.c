/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generated workloads: what is advised is admitted and minimal, policies and levels.
 *
 * advise_psp() proves that itself. Here it is found out once more, in another way: every item of
 * every list of the policy is taken out and every number of a range is left out, whatever field it
 * is of, and pods are decided by psp_admit() as the chain calls it.
 *
 * PODGATE_ADVISE_SEEDS: how many clusters (default 150).
 */
#include "analyze/advise/pss.h"
#include "analyze/advise/test_advise.h"
#include "decide/psp/object.h"
#include "decide/psp/psp.h"

#include <stdlib.h>

typedef struct Random {
    uint64_t state;
} Random;

static unsigned below(Random *r, unsigned n)
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(r->state >> 33) % n;
}

static bool one_in(Random *r, unsigned n)
{
    return below(r, n) == 0;
}

static const char *pick(Random *r, const char *const *list, unsigned count)
{
    return list[below(r, count)];
}
#define PICK(r, ...)                                \
    pick((r), (const char *const[]){ __VA_ARGS__ }, \
         COUNT_OF(((const char *const[]){ __VA_ARGS__ })))

/* -- workloads -----------------------------------------------------------------------------------
 */

static void write_bool(Random *r, Buf *b, const char *name, unsigned rare)
{
    if (one_in(r, rare)) {
        buf_printf(b, "%s: %s, ", name, one_in(r, 2) ? "true" : "false");
    }
}

static void write_ids(Random *r, Buf *b, bool strict)
{
    if (strict ? !one_in(r, 4) : one_in(r, 3)) {
        buf_printf(b, "runAsUser: %u, ", one_in(r, 6) ? 0 : 1000 + below(r, 4));
    }
    if (strict ? one_in(r, 2) : one_in(r, 4)) {
        buf_printf(b, "runAsGroup: %u, ", 2000 + below(r, 4));
    }
    if (strict ? one_in(r, 2) : one_in(r, 4)) {
        buf_printf(b, "runAsNonRoot: %s, ", strict ? "true" : "false");
    }
    if (one_in(r, 6)) {
        buf_printf(b, "seLinuxOptions: {level: '%s'}, ", PICK(r, "s0:c1,c2", "s0:c2,c1", "s1"));
    }
    if (one_in(r, 4)) {
        buf_printf(b, "seccompProfile: {type: %s}, ",
                   PICK(r, "RuntimeDefault", "RuntimeDefault", "Unconfined",
                        "Localhost, localhostProfile: a"));
    }
}

static void write_container(Random *r, Buf *b, unsigned i, bool strict, bool app_armor)
{
    buf_printf(b, "{name: c%u, image: x, securityContext: {", i);
    write_ids(r, b, strict);
    bool may_escalate = !strict && one_in(r, 5);
    if (may_escalate) {
        buf_lit(b, "privileged: true, ");
    } else if (strict ? !one_in(r, 8) : one_in(r, 2)) {
        buf_lit(b, "allowPrivilegeEscalation: false, ");
    }
    if (strict ? !one_in(r, 8) : one_in(r, 2)) {
        buf_lit(b, "readOnlyRootFilesystem: true, ");
    }
    if (app_armor && one_in(r, 2)) {
        buf_printf(b, "appArmorProfile: {type: %s}, ",
                   PICK(r, "RuntimeDefault", "Localhost, localhostProfile: p"));
    }
    if (one_in(r, strict ? 1 : 2)) {
        buf_printf(b, "capabilities: {add: [%s], drop: [%s]}, ",
                   PICK(r, "", "", "NET_ADMIN", "NET_RAW, SYS_TIME", "CHOWN"),
                   PICK(r, "ALL", "ALL", "NET_RAW, CHOWN", "CHOWN", ""));
    }
    buf_lit(b, "}, volumeMounts: [");
    if (one_in(r, 2)) {
        buf_printf(b, "{name: h, mountPath: /h, readOnly: %s}", PICK(r, "true", "false"));
    }
    buf_lit(b, "], ports: [");
    if (one_in(r, 3)) {
        buf_printf(b, "{containerPort: %u, hostPort: %u}", 100 + i, 100 + i);
    }
    buf_lit(b, "]}, ");
}

static void write_volumes(Random *r, Buf *b)
{
    buf_printf(b, "volumes: [{name: h, %s}, ",
               PICK(r, "hostPath: {path: /var/log}", "hostPath: {path: /var/log/pods}",
                    "hostPath: {path: /var/log/}", "hostPath: {path: /etc}", "emptyDir: {}",
                    "hostPath: {path: /}"));
    for (unsigned i = below(r, 4); i > 0; i--) {
        buf_printf(b, "{name: v%u, %s}, ", i,
                   PICK(r, "emptyDir: {}", "configMap: {name: m}", "secret: {secretName: s}",
                        "csi: {driver: a.io}", "csi: {driver: b.io}", "flexVolume: {driver: x/y}",
                        "persistentVolumeClaim: {claimName: p}",
                        "projected: {sources: [{secret: {name: s}}]}",
                        "nfs: {server: s, path: /}"));
    }
    buf_lit(b, "], ");
}

static void write_pod(Random *r, Buf *b, unsigned i, int minor)
{
    bool strict = one_in(r, 2);
    buf_printf(b, "---\n{apiVersion: v1, kind: Pod, metadata: {name: p%u, namespace: n%u", i,
               below(r, 2));
    if (minor < 30 && one_in(r, 3)) {
        buf_printf(b, ", annotations: {container.apparmor.security.beta.kubernetes.io/c0: %s}",
                   PICK(r, "runtime/default", "localhost/p", "unconfined"));
    }
    buf_lit(b, "}, spec: {");
    if (!strict) {
        write_bool(r, b, "hostPID", 3);
        write_bool(r, b, "hostIPC", 3);
        write_bool(r, b, "hostNetwork", 3);
    }
    write_bool(r, b, "automountServiceAccountToken", 2);
    if (one_in(r, 2)) {
        buf_printf(b, "serviceAccountName: %s, ", PICK(r, "a", "b"));
    }
    if (one_in(r, 5)) {
        buf_printf(b, "runtimeClassName: %s, ", PICK(r, "gvisor", "kata"));
    }
    if (one_in(r, 2)) {
        write_volumes(r, b);
    } else {
        buf_lit(b, "volumes: [{name: h, emptyDir: {}}], ");
    }
    buf_lit(b, "securityContext: {");
    write_ids(r, b, strict);
    if (one_in(r, 3)) {
        buf_printf(b, "fsGroup: %u, ", 3000 + below(r, 3));
    }
    if (one_in(r, 3)) {
        buf_printf(b, "supplementalGroups: [%s], ", PICK(r, "", "7", "7, 8", "9"));
    }
    if (one_in(r, 4)) {
        buf_printf(b, "sysctls: [{name: %s, value: '1'}], ",
                   PICK(r, "kernel.shm_rmid_forced", "net.ipv4.tcp_syncookies", "kernel.msgmax"));
    }
    buf_lit(b, "}, containers: [");
    for (unsigned c = 0; c <= below(r, 2); c++) {
        write_container(r, b, c, strict, minor >= 30);
    }
    buf_lit(b, "]}}\n");
}

/* -- deciding ------------------------------------------------------------------------------------
 */

static bool changes(const Value *patch)
{
    VALUE_EACH_ITEM(op, patch) {
        if (!str_starts_with(value_get_str(op, STR("path")), STR("/metadata/annotations"))) {
            return true;
        }
    }
    return false;
}

/* Are all pods admitted as they are? A policy that the API would not take counts as no. */
static bool admits_all(const Advised *a, const AdvisePsp *psp, const Value *policy, Arena *scratch)
{
    Err err;
    FieldErrors errs = field_errors_new(scratch);
    const PspPolicy *compiled = psp_policy_compile(policy, scratch, &err);
    psp_validate(policy, &a->target, &errs);
    for (size_t i = 0; compiled && !errs.first && i < psp->pod_count; i++) {
        PspCandidate candidate = { .policy = compiled };
        PspRequest request = { .candidates = &candidate,
                               .candidate_count = 1,
                               .pod = &psp->pods[i]->view,
                               .pass = PSP_MUTATING,
                               .target = &a->target };
        PspDecision decision;
        psp_admit(&request, scratch, &decision);
        if (!decision.allowed || changes(&decision.patch)) {
            return false;
        }
    }
    return compiled && !errs.first;
}

static bool is_grant_list(Str name)
{
    return !str_eq(name, STR("forbiddenSysctls")) && !str_eq(name, STR("requiredDropCapabilities"));
}

static bool is_open_when_empty(Str name)
{
    return str_starts_with(name, STR("allowedHostPaths")) ||
           str_starts_with(name, STR("allowedFlex")) || str_starts_with(name, STR("allowedCSI"));
}

/* Takes out each item of the list at the path, or, of a range of several numbers, its ends. */
static void check_list(const Advised *a, const AdvisePsp *psp, Str path, Str name, uint64_t seed)
{
    Arena scratch;
    arena_init(&scratch, 0);
    const Value *list = pointer_get(&psp->policy, path, &scratch);
    for (uint32_t i = 0; i < list->len; i++) {
        OptInt64 min = value_get_int(&list->items[i], STR("min"));
        OptInt64 max = value_get_int(&list->items[i], STR("max"));
        if (min.value == 65534 || (list->len == 1 && is_open_when_empty(name))) {
            continue; /* nobody's group; what opens everything when it is empty */
        }
        for (int end = 0; end < (min.value < max.value ? 2 : 1); end++) {
            Value less = value_copy(&psp->policy, &scratch);
            Value *at = pointer_get(&less, path, &scratch);
            if (min.value < max.value) {
                value_set(&at->items[i], end ? STR("max") : STR("min"),
                          value_int(end ? max.value - 1 : min.value + 1), &scratch);
            } else {
                value_remove_item(at, i);
            }
            if (admits_all(a, psp, &less, &scratch)) {
                fail_msg("seed %llu: %.*s/%u is not needed", (unsigned long long)seed,
                         STR_ARG(path), i);
            }
        }
    }
    arena_done(&scratch);
}

static void check_minimal(Advised *a, const AdvisePsp *psp, uint64_t seed)
{
    const Value *spec = value_get_lit(&psp->policy, "spec");
    VALUE_EACH_MEMBER(m, spec) {
        Str name = member_key(m);
        Str path = arena_concat(&a->arena, STR("/spec/"), name);
        if (m->value.kind == VALUE_ARRAY && is_grant_list(name)) {
            check_list(a, psp, path, name, seed);
        } else if (m->value.kind == VALUE_BOOL) {
            Value less = value_copy(&psp->policy, &a->arena);
            bool granting = !str_eq(name, STR("readOnlyRootFilesystem"));
            value_set(value_get_lit(&less, "spec"), name, value_bool(!granting), &a->arena);
            if (m->value.b == granting && admits_all(a, psp, &less, &a->arena)) {
                fail_msg("seed %llu: %.*s is not needed", (unsigned long long)seed, STR_ARG(name));
            }
        } else if (m->value.kind == VALUE_OBJECT && value_get_lit(&m->value, "ranges")) {
            check_list(a, psp, arena_concat(&a->arena, path, STR("/ranges")), name, seed);
        }
    }
}

/* -- levels --------------------------------------------------------------------------------------
 */

static bool meets(const AdvisePssItem *item, PsaLevelVersion v, int64_t minor_max, Arena *a)
{
    const PsaOptions how = { .minor_max = minor_max };
    for (size_t i = 0; i < item->count; i++) {
        for (size_t k = 0; k < item->workloads[i]->pod_count; k++) {
            PsaResult result;
            psa_evaluate(&item->workloads[i]->pods[k]->view, v, &how, a, &result);
            if (!psa_allowed(&result)) {
                return false;
            }
        }
    }
    return true;
}

/* The level is met, and no stricter one in any version, nor a newer version of it. */
static void check_levels(const AdviseInputs *inputs, bool per_workload, uint64_t seed, Arena *a)
{
    AdvisePssQuestion question = { .per_workload = per_workload };
    AdvisePssReport report;
    advise_pss(inputs, &question, a, &report);
    for (size_t i = 0; i < report.count; i++) {
        const AdvisePssItem *item = &report.items[i];
        PsaVersion version = item->meets.version;
        int64_t from = version.is_latest ? report.minor_max + 1 : version.minor + 1;
        bool ok = meets(item, item->meets, report.minor_max, a);
        for (unsigned level = item->meets.level; level <= PSA_RESTRICTED; level++) {
            bool same = level == (unsigned)item->meets.level;
            for (int64_t minor = same ? from : 0; minor <= report.minor_max; minor++) {
                PsaLevelVersion stricter = { (PsaLevel)level, { false, minor } };
                ok = ok && !meets(item, stricter, report.minor_max, a);
            }
        }
        if (!ok || (item->in_the_way_count > 0) != item->has_next) {
            fail_msg("seed %llu: namespace %.*s", (unsigned long long)seed,
                     STR_ARG(item->namespace));
        }
    }
}

static void check_seed(uint64_t seed)
{
    static const int minors[] = { 18, 20, 24, 25, 29, 31, 37 };
    static const AdvisePer pers[] = { ADVISE_PER_ALL, ADVISE_PER_NAMESPACE, ADVISE_PER_ACCOUNT,
                                      ADVISE_PER_WORKLOAD };
    Random r = { seed * 2654435761u + 1 };
    int minor = minors[below(&r, COUNT_OF(minors))];
    AdvisePer per = pers[below(&r, COUNT_OF(pers))];
    Arena texts;
    arena_init(&texts, 0);
    Buf text = buf_new(&texts);
    for (unsigned i = 0; i <= below(&r, 6); i++) {
        write_pod(&r, &text, i, minor);
    }
    Advised a;
    advised_open(&a, arena_cstr(&texts, buf_str(&text)), minor, per);
    if (!a.ok) {
        fail_msg("seed %llu, 1.%d: %.*s\n%.*s", (unsigned long long)seed, minor, STR_ARG(a.err.msg),
                 STR_ARG(buf_str(&text)));
    }
    for (size_t i = 0; i < a.report.count; i++) {
        const AdvisePsp *psp = &a.report.policies[i];
        if (!admits_all(&a, psp, &psp->policy, &a.arena)) {
            fail_msg("seed %llu: not admitted", (unsigned long long)seed);
        }
        check_minimal(&a, psp, seed);
    }
    check_levels(&a.inputs, false, seed, &a.arena);
    check_levels(&a.inputs, true, seed, &a.arena);
    if (a.inputs.skipped) {
        print_message("seed %llu: left out: %.*s\n", (unsigned long long)seed,
                      STR_ARG(a.inputs.skipped->why));
    }
    advised_close(&a);
    arena_done(&texts);
}

static void test_seeds(void **state)
{
    (void)state;
    const char *asked = getenv("PODGATE_ADVISE_SEEDS");
    int64_t count = 150;
    if (asked && !str_to_int64(str_from_c(asked), &count)) {
        fail_msg("PODGATE_ADVISE_SEEDS is a number, not %s", asked);
    }
    for (int64_t seed = 0; seed < count; seed++) {
        check_seed((uint64_t)seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_seeds) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
