/* SPDX-License-Identifier: Apache-2.0 */
/* Advice about service accounts. */
#include "analyze/advise/rbac.h"

#include "analyze/advise/test_advise.h"

#define ACCOUNT(name) \
    "{apiVersion: v1, kind: ServiceAccount, metadata: {name: " name ", namespace: ns}}\n---\n"
#define ROLE(name, verb, resource)                                                                 \
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: " name                \
    ", namespace: ns}, rules: [{verbs: [" verb "], apiGroups: ['', policy], resources: [" resource \
    "]}]}\n---\n"
#define BINDING(name, role, kind, subject)                                                     \
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: " name     \
    ", namespace: ns}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: " role \
    "}, subjects: [{kind: " kind ", name: " subject "}]}\n---\n"
#define READER ROLE("r", "get", "pods")
#define USER(subject) BINDING("b", "r", "ServiceAccount", subject)

static const struct {
    const char *name;
    const char *objects;
    const char *want; /* accounts, each with its advice */
} rows[] = {
    { "a token for nothing", ACCOUNT("a") POD("p", "serviceAccountName: a, ", ""), "a: no-token" },
    { "no token for nothing",
      ACCOUNT("a") POD("p", "serviceAccountName: a, automountServiceAccountToken: false, ", ""),
      "a:" },
    { "the account says so",
      "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: ns}, "
      "automountServiceAccountToken: false}\n---\n" POD("p", "serviceAccountName: a, ", ""),
      "a:" },
    { "and the pod otherwise",
      "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: ns}, "
      "automountServiceAccountToken: false}\n---\n" POD(
          "p", "serviceAccountName: a, automountServiceAccountToken: true, ", ""),
      "a: no-token" },
    { "rights that a token is good for",
      ACCOUNT("a") READER USER("a") POD("p", "serviceAccountName: a, ", ""), "a:" },
    { "the use of a policy needs no token",
      ACCOUNT("a") ROLE("r", "use", "podsecuritypolicies") USER("a")
          POD("p", "serviceAccountName: a, ", ""),
      "a: no-token" },
    { "rights by a group of all accounts",
      ACCOUNT("a") READER BINDING("b", "r", "Group", "'system:serviceaccounts:ns'")
          POD("p", "serviceAccountName: a, ", ""),
      "a:" },
    { "rights by a user's name",
      ACCOUNT("a") READER BINDING("b", "r", "User", "'system:serviceaccount:ns:a'")
          POD("p", "serviceAccountName: a, ", ""),
      "a:" },
    { "nobody runs as it",
      ACCOUNT("a") READER USER("a") POD("p", "automountServiceAccountToken: false, ", ""),
      "a: unused; default:" },
    { "default with rights", READER USER("default") POD("p", "", ""), "default: own-account" },
    { "default with rights, and nobody runs as it",
      ACCOUNT("a") READER USER("default")
          POD("p", "serviceAccountName: a, automountServiceAccountToken: false, ", ""),
      "a:; default: bare-default" },
    { "it is not there",
      POD("p", "serviceAccountName: a, automountServiceAccountToken: false, ", ""), "a: missing" },
    { "shared rights",
      ACCOUNT("a") READER USER("a")
          POD("p", "serviceAccountName: a, ", "") "---\n" POD("q", "serviceAccountName: a, ", ""),
      "a: shared" },
    { "a role that is not there",
      ACCOUNT("a") USER("a")
          POD("p", "serviceAccountName: a, automountServiceAccountToken: false, ", ""),
      "a: missing-role" },
    { "no workloads at all", ACCOUNT("a"), "a: unused" },
};

static void test_rows(void **state)
{
    (void)state;
    static const Str ns[] = { STR_INIT("ns") };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Advised a;
        advised_read(&a, rows[i].objects, 37);
        if (!a.ok) {
            fail_msg("%s: %.*s", rows[i].name, STR_ARG(a.err.msg));
        }
        AdviseRbacReport report;
        advise_rbac(&a.inputs, (StrList){ ns, 1 }, STR_ABSENT, &a.arena, &report);
        Buf b = buf_new(&a.arena);
        for (size_t k = 0; k < report.count; k++) {
            buf_printf(&b, "%s%.*s:", k ? "; " : "", STR_ARG(report.accounts[k].name));
            for (const AdviseRbac *r = report.accounts[k].advice; r; r = r->next) {
                buf_printf(&b, " %.*s", STR_ARG(advise_rbac_kind_text(r->kind)));
            }
        }
        if (!str_eq(buf_str(&b), str_from_c(rows[i].want))) {
            fail_msg("%s\n got %.*s\nwant %s", rows[i].name, STR_ARG(buf_str(&b)), rows[i].want);
        }
        advised_close(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
