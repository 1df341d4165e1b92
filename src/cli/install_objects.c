/* SPDX-License-Identifier: Apache-2.0 */
/* What is installed: the manifests of deploy/, as somebody wants them. */
#include "cli/install.h"

#include "base/base64.h"
#include "doc/yaml.h"

enum { OBJECTS_MAX = 64, MINOR_OF_BATCH_AND_POLICY_V1 = 21 };

typedef struct Making {
    const InstallChoice *choice;
    Arena *arena;
    InstallObjects out;
} Making;

bool install_is(const Value *object, const char *kind)
{
    return str_eq(value_get_str(object, STR("kind")), str_from_c(kind));
}

bool install_is_webhook(const Value *object)
{
    return install_is(object, "MutatingWebhookConfiguration") ||
           install_is(object, "ValidatingWebhookConfiguration");
}

static Str name_of(const Value *object)
{
    return value_get_str(value_get_lit(object, "metadata"), STR("name"));
}

Str install_name(const Value *object, Arena *a)
{
    Str namespace = value_get_str(value_get_lit(object, "metadata"), STR("namespace"));
    return arena_printf(a, "%.*s %.*s%s%.*s", STR_ARG(value_get_str(object, STR("kind"))),
                        STR_ARG(namespace), namespace.len ? "/" : "", STR_ARG(name_of(object)));
}

/* The manifest with the namespace in place of the usual one, wherever it stands. */
static Str in_namespace(Str text, Str namespace, Arena *a)
{
    Str usual = STR(INSTALL_NAMESPACE);
    Buf b = buf_new(a);
    for (ptrdiff_t at = str_index(text, usual); at >= 0; at = str_index(text, usual)) {
        buf_add(&b, str_slice(text, 0, (size_t)at));
        buf_add(&b, namespace);
        text = str_drop(text, (size_t)at + usual.len);
    }
    buf_add(&b, text);
    return buf_str(&b);
}

static void add(Making *m, Str manifest)
{
    DocList docs;
    Err err;
    Str text = in_namespace(manifest, m->choice->namespace, m->arena);
    if (!yaml_read_all(STR("manifest"), text, NULL, m->arena, &docs, &err)) {
        return; /* it was tested when it was built in */
    }
    for (size_t i = 0; i < docs.count && m->out.count < OBJECTS_MAX; i++) {
        m->out.items[m->out.count++] = docs.items[i].root;
    }
}

/* -- as wanted --------------------------------------------------------------------------------- */

static void set_containers(const Making *m, Value *pod_spec)
{
    VALUE_EACH_ITEM(c, value_get_lit(pod_spec, "containers")) {
        if (m->choice->image.len) {
            value_set_lit(c, "image", value_str(m->choice->image), m->arena);
        }
    }
}

static void set_hook(const Making *m, Value *hook, bool mutates)
{
    const InstallChoice *o = m->choice;
    Value *client = value_get_lit(hook, "clientConfig");
    if (o->webhook_url.len) {
        value_remove(client, STR("service"));
        value_set_lit(client, "url",
                      value_str(arena_concat(m->arena, o->webhook_url,
                                             mutates ? STR("/mutate") : STR("/validate"))),
                      m->arena);
    }
    if (o->ca_bundle.len) {
        Buf b = buf_new(m->arena);
        base64_write(o->ca_bundle, &b);
        value_set_lit(client, "caBundle", value_str(buf_str(&b)), m->arena);
    }
    if (o->failure_policy.len && str_eq(value_get_str(hook, STR("name")), STR("pods.podgate.io"))) {
        value_set_lit(hook, "failurePolicy", value_str(o->failure_policy), m->arena);
    }
}

static void set_webhooks(const Making *m, Value *object)
{
    VALUE_EACH_ITEM(hook, value_get_lit(object, "webhooks")) {
        set_hook(m, hook, install_is(object, "MutatingWebhookConfiguration"));
    }
    if (m->choice->cert_manager) {
        Value *metadata = value_get_lit(object, "metadata");
        Value *annotations = value_need_object(metadata, STR("annotations"), m->arena);
        Str from = arena_printf(m->arena, "%.*s/" INSTALL_SECRET, STR_ARG(m->choice->namespace));
        value_set_lit(annotations, "cert-manager.io/inject-ca-from", value_str(from), m->arena);
    }
}

/* Before 1.21 both had the same form under v1beta1. */
static void set_version(const Making *m, Value *object)
{
    if (m->choice->minor && m->choice->minor < MINOR_OF_BATCH_AND_POLICY_V1 &&
        (install_is(object, "CronJob") || install_is(object, "PodDisruptionBudget"))) {
        value_set_lit(
            object, "apiVersion",
            value_str(install_is(object, "CronJob") ? STR("batch/v1beta1") : STR("policy/v1beta1")),
            m->arena);
    }
}

/* -- what its account may do ------------------------------------------------------------------- */

static Value list_of(Str text, Arena *a)
{
    Value list = value_array();
    value_add(&list, value_str(text), a);
    return list;
}

static Value rule(const Making *m, const char *group, const char *resource, const char *verb)
{
    Value r = value_object();
    value_set_lit(&r, "apiGroups", list_of(str_from_c(group), m->arena), m->arena);
    value_set_lit(&r, "resources", list_of(str_from_c(resource), m->arena), m->arena);
    value_set_lit(&r, "verbs", list_of(str_from_c(verb), m->arena), m->arena);
    return r;
}

/* Who asks the API server reads no roles. */
static void set_rules(const Making *m, Value *role)
{
    Arena *a = m->arena;
    Value rules = value_array();
    VALUE_EACH_ITEM(r, value_get_lit(role, "rules")) {
        Str group = value_as_str(value_item(value_get_lit(r, "apiGroups"), 0));
        bool reads = str_eq(group, STR("rbac.authorization.k8s.io"));
        value_add(&rules,
                  reads && m->choice->asks_access
                      ? rule(m, "authorization.k8s.io", "subjectaccessreviews", "create")
                      : *r,
                  a);
    }
    if (m->choice->writes_events) {
        Value events = rule(m, "", "events", "create");
        value_add(value_get_lit(&events, "verbs"), value_str(STR("patch")), a);
        value_add(&rules, events, a);
        value_add(&rules, rule(m, "apps", "replicasets", "get"), a);
        value_add(&rules, rule(m, "batch", "jobs", "get"), a);
    }
    value_set_lit(role, "rules", rules, a);
}

static void add_argument(const Making *m, Value *pod_spec, const char *argument)
{
    VALUE_EACH_ITEM(c, value_get_lit(pod_spec, "containers")) {
        value_add(value_get_lit(c, "args"), value_str(str_from_c(argument)), m->arena);
    }
}

/* {"name": name, KEY: value} */
static Value named(const Making *m, const char *name, const char *key, Value value)
{
    Value v = value_object();
    value_set_lit(&v, "name", value_str(str_from_c(name)), m->arena);
    value_set(&v, str_from_c(key), value, m->arena);
    return v;
}

static void add_enforcement(Making *m)
{
    static const Str manifest = STR_INIT(
        "apiVersion: v1\n"
        "kind: ConfigMap\n"
        "metadata:\n"
        "  name: " INSTALL_ENFORCEMENT "\n"
        "  namespace: " INSTALL_NAMESPACE "\n"
        "  labels: {app.kubernetes.io/name: podgate, " INSTALL_LABEL ": podgate}\n");
    add(m, manifest);
    Value data = value_object();
    if (m->choice->enforcement.ptr) {
        value_set_lit(&data, "enforcement.yaml", value_str(m->choice->enforcement), m->arena);
    }
    value_set_lit(&m->out.items[m->out.count - 1], "data", data, m->arena);
}

static void mount_enforcement(const Making *m, Value *pod_spec)
{
    Arena *a = m->arena;
    Value from = value_object();
    value_set_lit(&from, "name", value_str(STR(INSTALL_ENFORCEMENT)), a);
    value_add(value_get_lit(pod_spec, "volumes"), named(m, "enforcement", "configMap", from), a);
    VALUE_EACH_ITEM(c, value_get_lit(pod_spec, "containers")) {
        Value mount = named(m, "enforcement", "mountPath",
                            value_str(STR("/etc/podgate/enforcement")));
        value_set_lit(&mount, "readOnly", value_bool(true), a);
        value_add(value_get_lit(c, "volumeMounts"), mount, a);
    }
    add_argument(m, pod_spec, "--enforcement=/etc/podgate/enforcement/enforcement.yaml");
}

static void set_arguments(const Making *m, Value *pod_spec)
{
    if (m->choice->asks_access) {
        add_argument(m, pod_spec, "--authorizer=subjectaccessreview");
    }
    if (m->choice->writes_events) {
        add_argument(m, pod_spec, "--events=on");
    }
    if (m->choice->enforcement.ptr) {
        mount_enforcement(m, pod_spec);
    }
}

static void set_object(const Making *m, Value *object)
{
    if (install_is_webhook(object)) {
        set_webhooks(m, object);
    } else if (install_is(object, "Deployment")) {
        set_containers(m, value_at(object, "spec", "template", "spec", NULL));
        set_arguments(m, value_at(object, "spec", "template", "spec", NULL));
        if (m->choice->replicas) {
            value_set_lit(value_get_lit(object, "spec"), "replicas", value_int(m->choice->replicas),
                          m->arena);
        }
    } else if (install_is(object, "CronJob")) {
        set_containers(m,
                       value_at(object, "spec", "jobTemplate", "spec", "template", "spec", NULL));
    } else if (install_is(object, "ClusterRole") && str_eq(name_of(object), STR("podgate"))) {
        set_rules(m, object);
    } else if (install_is(object, "Secret") && m->choice->certificate) {
        install_certificate_write(m->choice->certificate, object, m->arena);
    }
    set_version(m, object);
}

static bool is_of_cert(const Value *object)
{
    return str_eq(name_of(object), STR("podgate-cert")) || install_is(object, "Secret");
}

InstallObjects install_objects(const InstallChoice *choice, Arena *a)
{
    Making m = { choice, a, { new(a, Value, OBJECTS_MAX), 0 } };
    if (!choice->webhook_url.len) {
        add(&m, manifest_namespace);
    }
    add(&m, manifest_crd);
    if (!choice->webhook_url.len) {
        add(&m, manifest_rbac);
        add(&m, manifest_certificate);
        if (choice->cert_manager) {
            size_t kept = 0;
            for (size_t i = 0; i < m.out.count; i++) {
                if (!is_of_cert(&m.out.items[i])) {
                    m.out.items[kept++] = m.out.items[i];
                }
            }
            m.out.count = kept;
            add(&m, manifest_issuers);
        }
        if (choice->enforcement.ptr) {
            add_enforcement(&m);
        }
        add(&m, manifest_workload);
    }
    add(&m, manifest_webhooks);
    for (size_t i = 0; i < m.out.count; i++) {
        set_object(&m, &m.out.items[i]);
    }
    return m.out;
}

InstallObjects install_objects_all(Str namespace, int minor, Arena *a)
{
    InstallChoice choice = { .namespace = namespace, .minor = minor };
    Making m = { &choice, a, { new(a, Value, OBJECTS_MAX), 0 } };
    const Str all[] = { manifest_namespace,   manifest_crd,      manifest_rbac,    manifest_issuers,
                        manifest_certificate, manifest_workload, manifest_webhooks };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        add(&m, all[i]);
    }
    add_enforcement(&m);
    for (size_t i = 0; i < m.out.count; i++) {
        set_version(&m, &m.out.items[i]);
    }
    return m.out;
}
