/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podgate cert: the webhook's certificate, made and renewed.
 *
 * The configurations are told to trust the new authority, next to the old one, before the Secret
 * has what it signed: at no time is a certificate served that is not trusted. What is broken off in
 * between is put right by the next run, which begins from the Secret.
 */
#include "cli/commands.h"
#include "cli/install.h"
#include "base/base64.h"
#include "server/writing/writing.h"

#include <time.h>

static const char *const configurations[] = {
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/podgate",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/podgate",
};

static void add_step(Value *patch, const char *op, Str path, Value v, Arena *a)
{
    Value *step = value_add(patch, value_object(), a);
    value_set_lit(step, "op", value_str(str_from_c(op)), a);
    value_set_lit(step, "path", value_str(path), a);
    value_set_lit(step, "value", v, a);
}

/* The steps that give each webhook the bundle; a webhook elsewhere (a URL) is not ours to trust. */
static Value bundle_patch(const Value *configuration, Str bundle, Arena *a)
{
    Value patch = value_array();
    size_t i = 0;
    VALUE_EACH_ITEM(hook, value_get_lit(configuration, "webhooks")) {
        const Value *client = value_get_lit(hook, "clientConfig");
        Str at = arena_printf(a, "/webhooks/%zu", i++);
        if (value_get_lit(client, "service") &&
            !str_eq(value_get_str(client, STR("caBundle")), bundle)) {
            add_step(&patch, "test", arena_concat(a, at, STR("/name")),
                     value_str(value_get_str(hook, STR("name"))), a);
            add_step(&patch, "add", arena_concat(a, at, STR("/clientConfig/caBundle")),
                     value_str(bundle), a);
        }
    }
    return patch;
}

/* Gives the bundle to both configurations, as far as they are there and lack it. *behind: did one?
 */
static bool trust(const InstallCluster *c, Str bundle_pem, bool check, bool *behind)
{
    Arena *a = c->cli->arena;
    Buf bundle = buf_new(a);
    base64_write(bundle_pem, &bundle);
    *behind = false;
    for (size_t i = 0; i < COUNT_OF(configurations); i++) {
        Value configuration;
        bool found;
        RemoteProblem problem;
        Str path = str_from_c(configurations[i]);
        if (!install_find(c, path, &configuration, &found)) {
            return false;
        }
        Value patch = found ? bundle_patch(&configuration, buf_str(&bundle), a) : value_array();
        if (!value_len(&patch)) {
            continue;
        }
        *behind = true;
        if (!check && !writing_patch(c->remote, path, &patch, a, &problem)) {
            return install_failed(c, "changing", path, &problem);
        }
    }
    return true;
}

static bool store(const InstallCluster *c, const InstallCertificate *certificate)
{
    Arena *a = c->cli->arena;
    RemoteProblem problem;
    InstallChoice choice = { .namespace = c->namespace, .certificate = certificate };
    InstallObjects objects = install_objects(&choice, a);
    for (size_t i = 0; i < objects.count; i++) {
        if (install_is(&objects.items[i], "Secret") &&
            !writing_apply(c->remote, &objects.items[i], a, NULL, &problem)) {
            return install_failed(c, "applying", install_name(&objects.items[i], a), &problem);
        }
    }
    return true;
}

static void tell(const InstallCluster *c, const char *what, int64_t end)
{
    char day[32];
    struct tm tm;
    time_t t = (time_t)end;
    if (!gmtime_r(&t, &tm) || !strftime(day, sizeof(day), "%Y-%m-%d", &tm)) {
        day[0] = '\0';
    }
    cli_say(c->cli, arena_printf(c->cli->arena, "%.*s/" INSTALL_SECRET ": %s until %s\n",
                                 STR_ARG(c->namespace), what, day));
}

static CliStatus renew(const InstallCluster *c, const InstallCertificate *before)
{
    InstallCertificate made;
    Err err;
    bool behind;
    int64_t end;
    if (!install_certificate_make(c->namespace, before, time(NULL), c->cli->arena, &made, &err)) {
        return cli_fail(c->cli, &err);
    }
    if (!trust(c, made.ca_bundle, false, &behind) || !store(c, &made)) {
        return CLI_ERROR;
    }
    (void)install_certificate_due(&made, c->namespace, time(NULL), c->cli->arena, &end);
    tell(c, before ? "renewed, good" : "made, good", end);
    return CLI_YES;
}

static bool is_of_cert_manager(const Value *secret)
{
    return value_get_lit(value_at(secret, "metadata", "annotations", NULL),
                         "cert-manager.io/certificate-name") != NULL;
}

static CliStatus run(const InstallCluster *c, const CertArgs *args)
{
    Value secret;
    InstallCertificate now;
    bool found, behind;
    int64_t end = 0;
    Arena *a = c->cli->arena;
    if (!install_find(c, install_secret_path(c), &secret, &found)) {
        return CLI_ERROR;
    }
    if (found && is_of_cert_manager(&secret)) {
        return cli_error(c->cli, "cert-manager keeps the certificate in %.*s/" INSTALL_SECRET,
                         STR_ARG(c->namespace));
    }
    bool is_there = found && install_certificate_read(&secret, a, &now);
    Str why = is_there ? install_certificate_due(&now, c->namespace, time(NULL), a, &end)
                       : STR("there is no certificate");
    if (why.ptr && args->check) {
        cli_say(c->cli, arena_printf(a, "%.*s/" INSTALL_SECRET ": %.*s\n", STR_ARG(c->namespace),
                                     STR_ARG(why)));
        return CLI_NO;
    }
    if (why.ptr || args->renew) {
        return renew(c, is_there ? &now : NULL);
    }
    if (!trust(c, now.ca_bundle, args->check, &behind)) {
        return CLI_ERROR;
    }
    tell(c,
         !behind       ? "good"
         : args->check ? "not trusted by the webhook configurations; good"
                       : "now trusted by the webhook configurations; good",
         end);
    return behind && args->check ? CLI_NO : CLI_YES;
}

CliStatus cli_cert_run(Cli *cli, void *arguments, StrList operands)
{
    const CertArgs *args = arguments;
    InstallCluster cluster;
    CliStatus status = CLI_ERROR;
    (void)operands;
    if (args->renew && args->check) {
        return cli_usage(cli, "--renew and --check contradict each other");
    }
    if (install_cluster_open(cli, &args->place, &cluster)) {
        status = run(&cluster, args);
    }
    install_cluster_close(&cluster);
    return status;
}
