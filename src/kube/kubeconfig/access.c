/* SPDX-License-Identifier: Apache-2.0 */
/* One context of a kubeconfig, with its cluster and its user. */
#include "base/base64.h"
#include "kube/kubeconfig/fields.h"

/* An object of an entry that is being read. */
typedef struct Fields {
    const KubeconfigEntry *entry;
    const Value *value;
    Str path;
    Arena *arena;
    Err *err;
} Fields;

static Fields fields_of(const KubeconfigEntry *entry, Arena *a, Err *err)
{
    return (Fields){ entry, entry->value, entry->path, a, err };
}

static Str path_of(const Fields *f, const char *field)
{
    return arena_printf(f->arena, "%.*s.%s", STR_ARG(f->path), field);
}

static bool wrong_kind(const Fields *f, const char *field, const char *wanted, const Value *v)
{
    return kubeconfig_fail(f->entry->doc, path_of(f, field), f->arena, f->err, "is no %s but %.*s",
                           wanted, STR_ARG(value_kind_name(v)));
}

/* Empty counts as not there. */
static bool read_text(const Fields *f, const char *field, Str *out)
{
    const Value *v = value_get(f->value, str_from_c(field));
    Str text = value_as_str(v);
    if (!value_is_null(v) && v->kind != VALUE_STRING) {
        return wrong_kind(f, field, "string", v);
    }
    *out = text.len ? text : STR_ABSENT;
    return true;
}

static bool read_flag(const Fields *f, const char *field, bool *out)
{
    const Value *v = value_get(f->value, str_from_c(field));
    if (!value_is_null(v) && v->kind != VALUE_BOOL) {
        return wrong_kind(f, field, "boolean", v);
    }
    *out = value_as_bool(v).value;
    return true;
}

static bool read_list(const Fields *f, const char *field, StrList *out)
{
    const Value *v = value_get(f->value, str_from_c(field));
    *out = (StrList){ NULL, 0 };
    if (value_is_null(v)) {
        return true;
    }
    if (v->kind != VALUE_ARRAY) {
        return wrong_kind(f, field, "list", v);
    }
    VALUE_EACH_ITEM(item, v) {
        if (item->kind != VALUE_STRING) {
            return wrong_kind(f, field, "list of strings", item);
        }
    }
    *out = value_str_list(v, f->arena);
    return true;
}

static Str resolve(const Fields *f, Str path)
{
    if (path.len == 0 || path.ptr[0] == '/' || f->entry->folder.len == 0) {
        return path;
    }
    return arena_printf(f->arena, "%.*s/%.*s", STR_ARG(f->entry->folder), STR_ARG(path));
}

static bool read_path(const Fields *f, const char *field, Str *out)
{
    if (!read_text(f, field, out)) {
        return false;
    }
    *out = resolve(f, *out);
    return true;
}

/* FIELD, a path, and FIELD-data, which counts before it. */
static bool read_bytes(const Fields *f, const char *field, KubeconfigBytes *out)
{
    Str text;
    Buf bytes = buf_new(f->arena);
    const char *data = arena_cstr(f->arena, arena_printf(f->arena, "%s-data", field));
    if (!read_path(f, field, &out->file) || !read_text(f, data, &text)) {
        return false;
    }
    if (text.ptr == NULL) {
        return true;
    }
    if (!base64_read(text, &bytes)) {
        return kubeconfig_fail(f->entry->doc, path_of(f, data), f->arena, f->err, "is not base64");
    }
    out->data = buf_str(&bytes);
    out->file = STR_ABSENT;
    return true;
}

/* -- the cluster ------------------------------------------------------------------------------- */

static bool read_server(const Fields *f, KubeconfigAccess *out)
{
    if (!read_text(f, "server", &out->server)) {
        return false;
    }
    if (out->server.ptr == NULL) {
        return kubeconfig_fail(f->entry->doc, f->path, f->arena, f->err, "names no server");
    }
    if (!str_contains(out->server, STR("://"))) {
        out->server = arena_concat(f->arena, STR("http://"), out->server);
    }
    if (!str_starts_with(out->server, STR("https://")) &&
        !str_starts_with(out->server, STR("http://"))) {
        return kubeconfig_fail(f->entry->doc, path_of(f, "server"), f->arena, f->err,
                               "\"%.*s\" is no URL of http or https", STR_ARG(out->server));
    }
    while (str_ends_with(out->server, STR("/"))) {
        out->server.len--;
    }
    return true;
}

static bool read_cluster(const Fields *f, KubeconfigAccess *out)
{
    if (!read_server(f, out) || !read_bytes(f, "certificate-authority", &out->ca) ||
        !read_flag(f, "insecure-skip-tls-verify", &out->insecure) ||
        !read_text(f, "tls-server-name", &out->tls_server_name) ||
        !read_text(f, "proxy-url", &out->proxy_url)) {
        return false;
    }
    if (out->insecure && (out->ca.data.ptr || out->ca.file.ptr)) {
        return kubeconfig_fail(f->entry->doc, path_of(f, "insecure-skip-tls-verify"), f->arena,
                               f->err, "cannot be together with a certificate authority");
    }
    return true;
}

/* -- the user ---------------------------------------------------------------------------------- */

static bool read_environment(const Fields *f, KubeconfigExec *out)
{
    const Value *list = value_get_lit(f->value, "env");
    if (value_is_null(list)) {
        return true;
    }
    if (list->kind != VALUE_ARRAY) {
        return wrong_kind(f, "env", "list", list);
    }
    KubeconfigVariable *variables = new(f->arena, KubeconfigVariable, list->len);
    VALUE_EACH_ITEM(item, list) {
        Fields at = *f;
        at.value = item;
        at.path = arena_printf(f->arena, "%.*s.env[%zu]", STR_ARG(f->path), out->env_count);
        KubeconfigVariable *v = &variables[out->env_count++];
        if (!read_text(&at, "name", &v->name) || !read_text(&at, "value", &v->value)) {
            return false;
        }
        if (v->name.len == 0) {
            return kubeconfig_fail(f->entry->doc, at.path, f->arena, f->err, "has no name");
        }
    }
    out->env = variables;
    return true;
}

static bool read_exec_version(const Fields *f, KubeconfigExec *out)
{
    static const Str versions[] = { STR_INIT("client.authentication.k8s.io/v1"),
                                    STR_INIT("client.authentication.k8s.io/v1beta1"),
                                    STR_INIT("client.authentication.k8s.io/v1alpha1") };
    if (!read_text(f, "apiVersion", &out->api_version)) {
        return false;
    }
    if (!str_list_has((StrList){ versions, COUNT_OF(versions) }, out->api_version)) {
        return kubeconfig_fail(f->entry->doc, path_of(f, "apiVersion"), f->arena, f->err,
                               "is \"%.*s\", not client.authentication.k8s.io/v1 or v1beta1",
                               STR_ARG(out->api_version));
    }
    return true;
}

static bool read_exec(const Fields *user, KubeconfigAccess *out)
{
    const Value *v = value_get_lit(user->value, "exec");
    Fields f = *user;
    if (value_is_null(v)) {
        return true;
    }
    if (v->kind != VALUE_OBJECT) {
        return wrong_kind(user, "exec", "object", v);
    }
    KubeconfigExec *exec = new(user->arena, KubeconfigExec, 1);
    f.value = v;
    f.path = path_of(user, "exec");
    if (!read_exec_version(&f, exec) || !read_text(&f, "command", &exec->command) ||
        !read_list(&f, "args", &exec->args) || !read_environment(&f, exec) ||
        !read_text(&f, "installHint", &exec->install_hint) ||
        !read_flag(&f, "provideClusterInfo", &exec->provides_cluster_info)) {
        return false;
    }
    if (exec->command.ptr == NULL) {
        return kubeconfig_fail(f.entry->doc, f.path, f.arena, f.err, "names no command");
    }
    if (str_index_byte(exec->command, '/') >= 0) {
        exec->command = resolve(&f, exec->command);
    }
    out->exec = exec;
    return true;
}

static bool read_impersonation(const Fields *f, KubeconfigAccess *out)
{
    const Value *extra = value_get_lit(f->value, "as-user-extra");
    if (!read_text(f, "as", &out->as) || !read_text(f, "as-uid", &out->as_uid) ||
        !read_list(f, "as-groups", &out->as_groups)) {
        return false;
    }
    if (value_is_null(extra)) {
        return true;
    }
    if (extra->kind != VALUE_OBJECT) {
        return wrong_kind(f, "as-user-extra", "object", extra);
    }
    out->as_extra = extra;
    return true;
}

static bool check_user(const Fields *f, const KubeconfigAccess *out)
{
    bool has_cert = out->cert.data.ptr || out->cert.file.ptr;
    bool has_key = out->key.data.ptr || out->key.file.ptr;
    bool has_token = out->token.ptr || out->token_file.ptr;
    const Value *provider = value_get_lit(f->value, "auth-provider");
    const Doc *doc = f->entry->doc;
    if (has_cert != has_key) {
        return kubeconfig_fail(doc, f->path, f->arena, f->err, "has a client-%s and no client-%s",
                               has_cert ? "certificate" : "key", has_cert ? "key" : "certificate");
    }
    if (has_token && out->username.ptr) {
        return kubeconfig_fail(doc, f->path, f->arena, f->err, "has both a token and a username");
    }
    if (out->exec && (out->username.ptr || has_token)) {
        return kubeconfig_fail(doc, path_of(f, "exec"), f->arena, f->err,
                               "cannot be together with a token or a username");
    }
    if (!value_is_null(provider) && !has_cert && !has_token && out->exec == NULL) {
        return kubeconfig_fail(doc, path_of(f, "auth-provider"), f->arena, f->err,
                               "is not supported; kubectl has none since 1.26: use exec");
    }
    return true;
}

static bool read_user(const Fields *f, KubeconfigAccess *out)
{
    if (!read_bytes(f, "client-certificate", &out->cert) ||
        !read_bytes(f, "client-key", &out->key) || !read_text(f, "token", &out->token) ||
        !read_path(f, "tokenFile", &out->token_file) || !read_text(f, "username", &out->username) ||
        !read_text(f, "password", &out->password) || !read_exec(f, out) ||
        !read_impersonation(f, out)) {
        return false;
    }
    if (out->token.ptr) {
        out->token_file = STR_ABSENT;
    }
    return check_user(f, out);
}

/* -- the context ------------------------------------------------------------------------------- */

/* "there are a, b and c" */
static Str contexts_text(const Kubeconfig *k, Arena *a)
{
    enum { NAMED_MAX = 10 };
    Buf b = buf_new(a);
    size_t count = k->contexts.count;
    if (count == 0) {
        return STR("there is none");
    }
    buf_add(&b, count == 1 ? STR("there is ") : STR("there are "));
    for (size_t i = 0; i < count && i < NAMED_MAX; i++) {
        buf_printf(&b, "%s%.*s", i ? ", " : "", STR_ARG(k->contexts.items[i].name));
    }
    if (count > NAMED_MAX) {
        buf_printf(&b, " and %zu more", count - NAMED_MAX);
    }
    return buf_str(&b);
}

static const KubeconfigEntry *referred(const Kubeconfig *k, const Fields *f, const char *field)
{
    bool is_user = str_eq(str_from_c(field), STR("user"));
    Str name;
    if (!read_text(f, field, &name)) {
        return NULL;
    }
    const KubeconfigEntry *entry = kubeconfig_find(is_user ? k->users : k->clusters, name);
    if (entry == NULL && name.ptr) {
        (void)kubeconfig_fail(f->entry->doc, path_of(f, field), f->arena, f->err,
                              "there is no %s called \"%.*s\"", field, STR_ARG(name));
    } else if (entry == NULL) {
        (void)kubeconfig_fail(f->entry->doc, f->path, f->arena, f->err, "names no %s", field);
    }
    return entry;
}

bool kubeconfig_access(const Kubeconfig *k, Str context, Arena *a, KubeconfigAccess *out, Err *err)
{
    bool is_current = context.len == 0;
    KubeconfigAccess read = { .context = is_current ? k->current_context : context };
    if (read.context.len == 0) {
        return err_set(err, a, ERR_NOT_FOUND, "no current-context is set: name a context; %.*s",
                       STR_ARG(contexts_text(k, a)));
    }
    const KubeconfigEntry *entry = kubeconfig_find(k->contexts, read.context);
    if (entry == NULL) {
        return err_set(err, a, ERR_NOT_FOUND, "%scontext \"%.*s\" is not there; %.*s",
                       is_current ? "current-" : "", STR_ARG(read.context),
                       STR_ARG(contexts_text(k, a)));
    }
    Fields f = fields_of(entry, a, err);
    const KubeconfigEntry *cluster = referred(k, &f, "cluster");
    if (cluster == NULL || !read_text(&f, "namespace", &read.namespace)) {
        return false;
    }
    Fields of_cluster = fields_of(cluster, a, err);
    if (!read_cluster(&of_cluster, &read)) {
        return false;
    }
    if (!value_is_null(value_get_lit(f.value, "user"))) {
        const KubeconfigEntry *user = referred(k, &f, "user");
        if (user == NULL) {
            return false;
        }
        Fields of_user = fields_of(user, a, err);
        if (!read_user(&of_user, &read)) {
            return false;
        }
    }
    read.namespace = read.namespace.ptr ? read.namespace : STR("default");
    *out = read;
    return true;
}
