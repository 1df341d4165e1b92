/* SPDX-License-Identifier: Apache-2.0 */
/* Advised Pod Security levels, and that each is admitted and the next is not. */
#include "analyze/advise/pss.h"

#include "analyze/advise/test_advise.h"

#define SECCOMP "seccompProfile: {type: RuntimeDefault}, "

static const struct {
    const char *name;
    const char *workloads;
    int minor;
    const char *want; /* level, "<- level: " of what is in the way: objects and checks */
} rows[] = {
    { "restricted", POD("p", "", SECCOMP STRICT), 37, "ns restricted" },
    { "restricted as it was before seccomp profiles",
      POD("p", "", "allowPrivilegeEscalation: false, runAsNonRoot: true"), 37,
      "ns restricted v1.18 <- restricted: pod/p capabilities_restricted "
      "seccompProfile_restricted" },
    { "restricted as it was before drops",
      POD("p", "",
          SECCOMP "allowPrivilegeEscalation: false, "
                  "runAsNonRoot: true"),
      37, "ns restricted v1.21 <- restricted: pod/p capabilities_restricted" },
    { "baseline", POD("p", "", ""), 37,
      "ns baseline <- restricted: pod/p allowPrivilegeEscalation capabilities_restricted "
      "runAsNonRoot seccompProfile_restricted" },
    { "privileged", POD("p", "hostPID: true, ", "privileged: true"), 37,
      "ns privileged <- baseline: pod/p hostNamespaces privileged" },
    { "one is in the way of all",
      POD("p", "", SECCOMP STRICT) "---\n" POD("q", "hostIPC: true, ", SECCOMP STRICT), 37,
      "ns privileged <- baseline: pod/q hostNamespaces" },
    { "a sysctl that became safe", /* baseline from 1.27 on */
      POD("p",
          "securityContext: {sysctls: [{name: net.ipv4.ip_local_reserved_ports, value: '1'}]}, ",
          SECCOMP STRICT),
      37, "ns restricted" },
    { "as the cluster's version has it",
      POD("p",
          "securityContext: {sysctls: [{name: net.ipv4.ip_local_reserved_ports, value: '1'}]}, ",
          SECCOMP STRICT),
      26, "ns privileged <- baseline: pod/p sysctls" },
    { "a sidecar that no template has", DEPLOYMENT "---\n" REPLICA_SET "---\n" RUNNING, 37,
      "ns privileged <- baseline: deployment/web capabilities_baseline" },
};

static Str text_of(const AdvisePssReport *report, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < report->count; i++) {
        const AdvisePssItem *item = &report->items[i];
        buf_printf(&b, "%s%.*s %.*s", i ? "; " : "", STR_ARG(item->namespace),
                   STR_ARG(advise_pss_level_text(item->meets, a)));
        if (item->has_next) {
            buf_printf(&b, " <- %.*s:", STR_ARG(advise_pss_level_text(item->next, a)));
        }
        for (size_t k = 0; k < item->in_the_way_count; k++) {
            const AdviseInTheWay *way = &item->in_the_way[k];
            buf_printf(&b, " %.*s", STR_ARG(way->workload->text));
            for (size_t v = 0; v < way->result.count; v++) {
                buf_printf(&b, " %.*s", STR_ARG(psa_check_id(way->result.violations[v].check)));
            }
        }
    }
    return buf_str(&b);
}

/* Every pod meets the level; one does not meet the next. */
static void check_proof(const char *name, const AdvisePssItem *item, int64_t minor_max, Arena *a)
{
    const PsaOptions how = { .minor_max = minor_max };
    bool any = false;
    for (size_t i = 0; i < item->count; i++) {
        for (size_t k = 0; k < item->workloads[i]->pod_count; k++) {
            const PodView *view = &item->workloads[i]->pods[k]->view;
            PsaResult result;
            psa_evaluate(view, item->meets, &how, a, &result);
            if (!psa_allowed(&result)) {
                fail_msg("%s: not admitted", name);
            }
            psa_evaluate(view, item->next, &how, a, &result);
            any = any || !psa_allowed(&result);
        }
    }
    if (any != item->has_next) {
        fail_msg("%s: the next level is met, too", name);
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Advised a;
        advised_read(&a, rows[i].workloads, rows[i].minor);
        assert_true(a.ok);
        AdvisePssQuestion question = { 0 };
        AdvisePssReport report;
        advise_pss(&a.inputs, &question, &a.arena, &report);
        Str got = text_of(&report, &a.arena);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("%s\n got %.*s\nwant %s", rows[i].name, STR_ARG(got), rows[i].want);
        }
        for (size_t k = 0; k < report.count; k++) {
            check_proof(rows[i].name, &report.items[k], report.minor_max, &a.arena);
        }
        advised_close(&a);
    }
}

static void test_exemptions(void **state)
{
    (void)state;
    Advised a;
    advised_read(
        &a, POD("p", "runtimeClassName: kata, hostPID: true, ", "") "---\n" POD("q", "", ""), 37);
    assert_true(a.ok);
    static const Str kata[] = { STR_INIT("kata") };
    static const Str ns[] = { STR_INIT("ns") };
    PsaConfig config = psa_config_default;
    AdvisePssQuestion question = { .config = &config };
    AdvisePssReport report;
    advise_pss(&a.inputs, &question, &a.arena, &report);
    assert_int_equal(report.items[0].meets.level, PSA_PRIVILEGED);
    assert_true(str_eq(report.items[0].runtime_class, STR("kata")));
    config.exemptions.runtime_classes = (StrList){ kata, 1 };
    config.exemptions.namespaces = (StrList){ ns, 1 };
    advise_pss(&a.inputs, &question, &a.arena, &report);
    assert_int_equal(report.items[0].meets.level, PSA_BASELINE);
    assert_int_equal(report.items[0].exempt, 1);
    assert_true(report.items[0].is_exempt);
    assert_true(str_eq(advise_pss_command(&report.items[0], &a.arena),
                       STR("kubectl label --overwrite namespace ns "
                           "pod-security.kubernetes.io/enforce=baseline "
                           "pod-security.kubernetes.io/enforce-version=latest "
                           "pod-security.kubernetes.io/audit=restricted "
                           "pod-security.kubernetes.io/audit-version=latest "
                           "pod-security.kubernetes.io/warn=restricted "
                           "pod-security.kubernetes.io/warn-version=latest")));
    advised_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_exemptions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
