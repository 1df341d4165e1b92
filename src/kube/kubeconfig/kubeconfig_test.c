/* SPDX-License-Identifier: Apache-2.0 */
/* Kubeconfigs: merged, a context of them, and what is said of those that are wrong. */
#include "kube/kubeconfig/kubeconfig.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

/* What a context comes to, in a line. */
static Str access_text(const KubeconfigAccess *x, Arena *a)
{
    const struct {
        const char *name;
        Str text;
    } rows[] = {
        { "context", x->context },       { "ns", x->namespace },
        { "server", x->server },         { "ca", x->ca.data },
        { "ca-file", x->ca.file },       { "tls-name", x->tls_server_name },
        { "proxy", x->proxy_url },       { "cert", x->cert.data },
        { "cert-file", x->cert.file },   { "key", x->key.data },
        { "key-file", x->key.file },     { "token", x->token },
        { "token-file", x->token_file }, { "user", x->username },
        { "password", x->password },     { "as", x->as },
        { "as-uid", x->as_uid },
    };
    Buf b = buf_new(a);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].text.ptr) {
            buf_printf(&b, "%s=%.*s ", rows[i].name, STR_ARG(rows[i].text));
        }
    }
    for (size_t i = 0; i < x->as_groups.count; i++) {
        buf_printf(&b, "as-group=%.*s ", STR_ARG(x->as_groups.items[i]));
    }
    buf_add(&b, x->insecure ? STR("insecure ") : STR(""));
    if (x->exec) {
        buf_printf(&b, "exec=%.*s", STR_ARG(x->exec->command));
        for (size_t i = 0; i < x->exec->args.count; i++) {
            buf_printf(&b, ",%.*s", STR_ARG(x->exec->args.items[i]));
        }
        for (size_t i = 0; i < x->exec->env_count; i++) {
            buf_printf(&b, ",%.*s:%.*s", STR_ARG(x->exec->env[i].name),
                       STR_ARG(x->exec->env[i].value));
        }
        buf_byte(&b, ' ');
    }
    return str_trim(buf_str(&b));
}

#define CONTEXT(name, cluster, user) \
    "- {name: " name ", context: {cluster: " cluster ", user: " user "}}\n"
#define ONE "contexts:\n" CONTEXT("a", "c", "u") "current-context: a\n"
#define CLUSTER "clusters: [{name: c, cluster: {server: 'https://h:1'}}]\n"
#define USER "users: [{name: u}]\n"
#define EXEC "client.authentication.k8s.io/v1"

/* Two files, the second may be NULL. */
static const struct {
    const char *first;
    const char *second;
    const char *context;
    const char *want;
} rows[] = {
    { ONE CLUSTER USER, NULL, "", "context=a ns=default server=https://h:1" },
    { "", NULL, "", "no current-context is set: name a context; there is none" },
    { "", NULL, "x", "context \"x\" is not there; there is none" },
    { ONE CLUSTER USER, NULL, "x", "context \"x\" is not there; there is a" },
    { ONE "current-context: b\n", NULL, "",
      "one:4:1: key \"current-context\" is set twice, first on line 3" },
    { "current-context: z", ONE CLUSTER USER, "",
      "current-context \"z\" is not there; there is a" },
    { ONE, CLUSTER USER, "", "context=a ns=default server=https://h:1" },
    /* of a name that both have, the first counts whole */
    { ONE "users: [{name: u, user: {token: t}}]",
      CLUSTER "users: [{name: u, user: {token: no, as: x}}]", "",
      "context=a ns=default server=https://h:1 token=t" },
    /* paths are relative to their file */
    { ONE "users: [{name: u, user: {client-certificate: cert, client-key: /k}}]",
      "clusters: [{name: c, cluster: {server: 'https://h/p/', certificate-authority: ../ca, "
      "tls-server-name: m, proxy-url: 'http://p'}}]",
      "",
      "context=a ns=default server=https://h/p ca-file=dir/../ca tls-name=m proxy=http://p "
      "cert-file=cert key-file=/k" },
    { ONE "users: [{name: u, user: {client-certificate: cert, client-key: k, "
          "client-certificate-data: Y2VydA==, client-key-data: a2V5}}]",
      "clusters: [{name: c, cluster: {server: h, certificate-authority-data: Y2E=}}]", "",
      "context=a ns=default server=http://h ca=ca cert=cert key=key" },
    { ONE CLUSTER "users: [{name: u, user: {tokenFile: t, as: jane, as-uid: '1', "
                  "as-groups: [g, h]}}]",
      NULL, "",
      "context=a ns=default server=https://h:1 token-file=t as=jane as-uid=1 as-group=g "
      "as-group=h" },
    { ONE CLUSTER "users: [{name: u, user: {username: m, password: p}}]", NULL, "",
      "context=a ns=default server=https://h:1 user=m password=p" },
    { ONE "clusters: [{name: c, cluster: {server: 'https://h', insecure-skip-tls-verify: true}}]",
      "users: [{name: u, user: {exec: {apiVersion: " EXEC ", command: bin/x, args: [a, b], "
      "env: [{name: E, value: v}]}}}]",
      "", "context=a ns=default server=https://h insecure exec=dir/bin/x,a,b,E:v" },
    { ONE CLUSTER "users: [{name: u, user: {exec: {apiVersion: " EXEC "beta1, command: x}}}]", NULL,
      "", "context=a ns=default server=https://h:1 exec=x" },
    { "contexts: [{name: b, context: {cluster: c, namespace: ns1}}]\n" CLUSTER, NULL, "b",
      "context=b ns=ns1 server=https://h:1" },
    { "{\"contexts\": [{\"name\": \"b\", \"context\": {\"cluster\": \"c\"}}]}", CLUSTER, "b",
      "context=b ns=default server=https://h:1" },
    /* what is wrong */
    { "- a", NULL, "", "one:1:1: is no kubeconfig but array" },
    { "kind: Pod", NULL, "", "one:1:1: kind: is \"Pod\": a kubeconfig is a Config" },
    { "apiVersion: v2", NULL, "",
      "one:1:1: apiVersion: is \"v2\": only kubeconfigs of v1 are known" },
    { "kind: Config\nusers: {}", NULL, "", "one:2:1: users: is no list but object" },
    { "users:\n- name: 1", NULL, "", "one:2:3: users[0].name: is no string but number" },
    { "users:\n- a", NULL, "", "one:2:3: users[0]: is no object but string" },
    { "users:\n- name: a\n  user: b", NULL, "", "one:3:3: users[0].user: is no object but string" },
    { "users:\n- name: a\n- name: a", NULL, "", "one:3:3: users[1]: \"a\" is there twice" },
    { "current-context: 1", NULL, "", "one:1:1: current-context: is no string but number" },
    { ONE USER, NULL, "",
      "one:2:23: contexts[0].context.cluster: there is no cluster called \"c\"" },
    { ONE CLUSTER, NULL, "", "one:2:35: contexts[0].context.user: there is no user called \"u\"" },
    { "contexts: [{name: b}]", NULL, "b", "one:1:12: contexts[0].context: names no cluster" },
    { ONE USER "clusters:\n- name: c\n", NULL, "",
      "one:6:3: clusters[0].cluster: names no server" },
    { ONE USER "clusters:\n- name: c\n  cluster: {server: 'ftp://h'}\n", NULL, "",
      "one:7:13: clusters[0].cluster.server: \"ftp://h\" is no URL of http or https" },
    { ONE USER "clusters:\n- name: c\n  cluster: {server: h, certificate-authority-data: '*'}\n",
      NULL, "", "one:7:24: clusters[0].cluster.certificate-authority-data: is not base64" },
    { ONE USER "clusters:\n- name: c\n  cluster: {server: h, certificate-authority: x, "
               "insecure-skip-tls-verify: true}\n",
      NULL, "",
      "one:7:50: clusters[0].cluster.insecure-skip-tls-verify: cannot be together with a "
      "certificate authority" },
    { ONE CLUSTER "users:\n- name: u\n  user: {client-key: x}\n", NULL, "",
      "one:7:3: users[0].user: has a client-key and no client-certificate" },
    { ONE CLUSTER "users:\n- name: u\n  user: {token: x, username: z}\n", NULL, "",
      "one:7:3: users[0].user: has both a token and a username" },
    { ONE CLUSTER "users:\n- name: u\n  user: {token: {}}\n", NULL, "",
      "one:7:10: users[0].user.token: is no string but object" },
    { ONE CLUSTER "users:\n- name: u\n  user: {as-groups: [1]}\n", NULL, "",
      "one:7:10: users[0].user.as-groups: is no list of strings but number" },
    { ONE CLUSTER "users:\n- name: u\n  user: {auth-provider: {name: gcp}}\n", NULL, "",
      "one:7:10: users[0].user.auth-provider: is not supported; kubectl has none since 1.26: use "
      "exec" },
    { ONE CLUSTER "users:\n- name: u\n  user: {exec: {command: x}}\n", NULL, "",
      "one:7:10: users[0].user.exec.apiVersion: is \"\", not client.authentication.k8s.io/v1 or "
      "v1beta1" },
    { ONE CLUSTER "users:\n- name: u\n  user: {exec: {apiVersion: " EXEC "}}\n", NULL, "",
      "one:7:10: users[0].user.exec: names no command" },
    { ONE CLUSTER "users:\n- name: u\n  user: {exec: {apiVersion: " EXEC
                  ", command: x, env: [{value: z}]}}\n",
      NULL, "", "one:7:80: users[0].user.exec.env[0]: has no name" },
};

static void contexts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        Kubeconfig k;
        KubeconfigAccess access;
        Err err = { 0 };
        arena_init(&a, 0);
        KubeconfigFile files[] = { { STR("one"), str_from_c(rows[i].first) },
                                   { STR("dir/two"), str_from_c(rows[i].second) } };
        bool ok = kubeconfig_read(files, rows[i].second ? 2 : 1, &a, &k, &err) &&
                  kubeconfig_access(&k, str_from_c(rows[i].context), &a, &access, &err);
        Str got = ok ? access_text(&access, &a) : err.msg;
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("row %zu:\nwant %s\ngot  %.*s", i, rows[i].want, STR_ARG(got));
        }
        arena_done(&a);
    }
}

static void paths(void **state)
{
    (void)state;
    static const struct {
        const char *variable;
        const char *want;
    } lists[] = {
        { NULL, "/h/.kube/config " }, { "", "/h/.kube/config " },
        { ":", "/h/.kube/config " },  { "a", "a " },
        { "a::b:a", "a b " },
    };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        Arena a;
        arena_init(&a, 0);
        Buf b = buf_new(&a);
        StrList got = kubeconfig_paths(str_from_c(lists[i].variable), STR("/h"), &a);
        for (size_t j = 0; j < got.count; j++) {
            buf_printf(&b, "%.*s ", STR_ARG(got.items[j]));
        }
        assert_true(str_eq(buf_str(&b), str_from_c(lists[i].want)));
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contexts),
        cmocka_unit_test(paths),
    };
    return cmocka_run_group_tests_name("kube/kubeconfig", tests, NULL, NULL);
}
