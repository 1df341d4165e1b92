/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ServiceAccount: every pod runs as a service account that exists ("default" unless it names one),
 * with the account's token mounted and its image pull secrets.
 *
 * Up to 1.20 the token is a Secret that the account lists; from 1.21 on it is a projected volume
 * (feature gate BoundServiceAccountTokenVolume).
 *
 * Source: Kubernetes plugin/pkg/admission/serviceaccount
 */
#include "decide/admission/pod_references.h"
#include "decide/admission/run.h"
#include "kube/pod/defaults.h"

#define TOKEN_MOUNT_PATH "/var/run/secrets/kubernetes.io/serviceaccount"
#define ENFORCE_ANNOTATION "kubernetes.io/enforce-mountable-secrets"
#define TOKEN_OWNER_ANNOTATION "kubernetes.io/service-account.name"
#define TOKEN_OWNER_UID_ANNOTATION "kubernetes.io/service-account.uid"
#define PROJECTED_PREFIX "kube-api-access-"

enum {
    ENV_FROM_SINCE = 27,             /* of patch releases that look at envFrom too */
    EPHEMERAL_CONTAINERS_SINCE = 24, /* and at ephemeral containers that are added */
    PROJECTED_TOKEN_SECONDS = 3607,  /* an hour, marked as given by default */
    VOLUME_MODE = 0644,
};

static Str pod_spec_str(const AdmissionRun *run, const char *field)
{
    return value_as_str(value_at(&run->object, "spec", field, NULL));
}

/* The kubelet's own pods may use nothing of the API. */
static bool validate_mirror_pod(AdmissionRun *run)
{
    const Value *spec = value_get_lit(&run->object, "spec");
    if (value_get_str(spec, STR("serviceAccountName")).len) {
        return admission_forbid(run, "a mirror pod may not reference service accounts");
    }
    if (pod_names_secret(spec)) {
        return admission_forbid(run, "a mirror pod may not reference secrets");
    }
    if (pod_projects_token(spec)) {
        return admission_forbid(run,
                                "a mirror pod may not use ServiceAccountToken volume projections");
    }
    return true;
}

/* -- the account ----------------------------------------------------------------------------- */

/* The pod's account; NULL when refused because there is none. */
static const Value *find_account(AdmissionRun *run, Str name)
{
    Str namespace = run->request->namespace;
    ObjectKey key = { STR(""), STR("ServiceAccount"), namespace, name };
    const Value *account = run->facts->object(run->facts->cluster, key);
    if (account == NULL) {
        Status missing = status_not_found(run->arena, STR(""), STR("serviceaccount"), name);
        (void)admission_forbid(run, "error looking up service account %.*s/%.*s: %.*s",
                               STR_ARG(namespace), STR_ARG(name), STR_ARG(missing.message));
    }
    return account;
}

static bool lists_name(const Value *references, Str name)
{
    VALUE_EACH_ITEM(reference, references) {
        if (str_eq(value_get_str(reference, STR("name")), name)) {
            return true;
        }
    }
    return false;
}

/* As Go's ParseBool. */
static bool enforces_mountable_secrets(const Value *account)
{
    static const Str yes[] = { STR_INIT("1"),    STR_INIT("t"),    STR_INIT("T"),
                               STR_INIT("true"), STR_INIT("TRUE"), STR_INIT("True") };
    Str value = value_as_str(
        value_at(account, "metadata", "annotations", ENFORCE_ANNOTATION, NULL));
    return str_list_has((StrList){ yes, COUNT_OF(yes) }, value);
}

static bool check_env_from_secrets(AdmissionRun *run, const Value *secrets, Str account,
                                   const Value *container, const char *what)
{
    if (run->request->target->minor < ENV_FROM_SINCE) {
        return true;
    }
    VALUE_EACH_ITEM(source, value_get_lit(container, "envFrom")) {
        const Value *reference = value_get_lit(source, "secretRef");
        Str name = value_get_str(reference, STR("name"));
        if (value_is(reference, VALUE_OBJECT) && !lists_name(secrets, name)) {
            return admission_forbid(
                run,
                "%s %.*s with envFrom referencing secret.secretName=\"%.*s\" is "
                "not allowed because service account %.*s does not reference "
                "that secret",
                what, STR_ARG(value_get_str(container, STR("name"))), STR_ARG(name),
                STR_ARG(account));
        }
    }
    return true;
}

static bool check_env_secrets(AdmissionRun *run, const Value *secrets, Str account,
                              const char *list, const char *what)
{
    VALUE_EACH_ITEM(container, value_at(&run->object, "spec", list, NULL)) {
        VALUE_EACH_ITEM(env, value_get_lit(container, "env")) {
            const Value *reference = value_at(env, "valueFrom", "secretKeyRef", NULL);
            Str name = value_get_str(reference, STR("name"));
            if (value_is(reference, VALUE_OBJECT) && !lists_name(secrets, name)) {
                return admission_forbid(
                    run,
                    "%s %.*s with envVar %.*s referencing secret.secretName=\"%.*s\" is not "
                    "allowed because service account %.*s does not reference that secret",
                    what, STR_ARG(value_get_str(container, STR("name"))),
                    STR_ARG(value_get_str(env, STR("name"))), STR_ARG(name), STR_ARG(account));
            }
        }
        if (!check_env_from_secrets(run, secrets, account, container, what)) {
            return false;
        }
    }
    return true;
}

/* An account may confine its pods to the secrets that it lists. */
static bool limit_secrets(AdmissionRun *run, const Value *account)
{
    const Value *spec = value_get_lit(&run->object, "spec");
    const Value *secrets = value_get_lit(account, "secrets");
    Str account_name = value_as_str(value_at(account, "metadata", "name", NULL));
    VALUE_EACH_ITEM(volume, value_get_lit(spec, "volumes")) {
        const Value *secret = value_get_lit(volume, "secret");
        Str name = value_get_str(secret, STR("secretName"));
        if (value_is(secret, VALUE_OBJECT) && !lists_name(secrets, name)) {
            return admission_forbid(run,
                                    "volume with secret.secretName=\"%.*s\" is not allowed because "
                                    "service account %.*s does not reference that secret",
                                    STR_ARG(name), STR_ARG(account_name));
        }
    }
    if (!check_env_secrets(run, secrets, account_name, "initContainers", "init container") ||
        !check_env_secrets(run, secrets, account_name, "containers", "container")) {
        return false;
    }
    const Value *pull = value_get_lit(account, "imagePullSecrets");
    size_t i = 0;
    VALUE_EACH_ITEM(reference, value_get_lit(spec, "imagePullSecrets")) {
        Str name = value_get_str(reference, STR("name"));
        if (!lists_name(pull, name)) {
            return admission_forbid(run,
                                    "imagePullSecrets[%zu].name=\"%.*s\" is not allowed because "
                                    "service account %.*s does not reference that imagePullSecret",
                                    i, STR_ARG(name), STR_ARG(account_name));
        }
        i++;
    }
    return true;
}

/* Containers that are added to a running pod to look into it. */
static bool validate_ephemeral(AdmissionRun *run)
{
    const Value *spec = value_get_lit(&run->object, "spec");
    if (run->request->target->minor < EPHEMERAL_CONTAINERS_SINCE || !spec) {
        return true;
    }
    Str name = value_get_str(spec, STR("serviceAccountName"));
    if (name.len == 0) {
        return admission_forbid(run, "no service account specified for pod %.*s/%.*s",
                                STR_ARG(run->request->namespace), STR_ARG(run->request->name));
    }
    const Value *account = find_account(run, name);
    return account != NULL &&
           (!enforces_mountable_secrets(account) ||
            check_env_secrets(run, value_get_lit(account, "secrets"),
                              value_as_str(value_at(account, "metadata", "name", NULL)),
                              "ephemeralContainers", "ephemeral container"));
}

static bool validate(AdmissionRun *run)
{
    if (run->request->operation == ADMISSION_UPDATE) {
        return !admission_is(run, "", "pods", "ephemeralcontainers") || validate_ephemeral(run);
    }
    if (!admission_is_pod(run)) {
        return true;
    }
    if (pod_is_mirror(&run->object)) {
        return validate_mirror_pod(run);
    }
    const Value *account = find_account(run, pod_spec_str(run, "serviceAccountName"));
    if (account == NULL) {
        return false;
    }
    return !enforces_mountable_secrets(account) || limit_secrets(run, account);
}

/* -- the token --------------------------------------------------------------------------------- */

/* Is the secret a token of this account? */
static bool is_token_of(const Value *secret, const Value *account)
{
    if (!str_eq(value_get_str(secret, STR("type")), STR("kubernetes.io/service-account-token"))) {
        return false;
    }
    const Value *annotations = value_at(secret, "metadata", "annotations", NULL);
    Str owner = value_get_str(annotations, STR(TOKEN_OWNER_ANNOTATION));
    Str owner_uid = value_get_str(annotations, STR(TOKEN_OWNER_UID_ANNOTATION));
    Str name = value_as_str(value_at(account, "metadata", "name", NULL));
    Str uid = value_as_str(value_at(account, "metadata", "uid", NULL));
    /* a uid that is not known here cannot differ */
    return str_eq(owner, name) && (owner_uid.len == 0 || uid.len == 0 || str_eq(owner_uid, uid));
}

/* The first secret that the account lists and that is a token of it; absent when there is none. */
static Str find_token(const AdmissionRun *run, const Value *account)
{
    VALUE_EACH_ITEM(reference, value_get_lit(account, "secrets")) {
        Str name = value_get_str(reference, STR("name"));
        ObjectKey key = { STR(""), STR("Secret"), run->request->namespace, name };
        if (is_token_of(run->facts->object(run->facts->cluster, key), account)) {
            return name;
        }
    }
    return STR_ABSENT;
}

static Value make_object(Arena *a, const char *key, Value v)
{
    Value object = value_object();
    value_set(&object, str_from_c(key), v, a);
    return object;
}

static Value make_projected_volume(Str volume_name, Arena *a)
{
    Value token = make_object(a, "expirationSeconds", value_int(PROJECTED_TOKEN_SECONDS));
    value_set_lit(&token, "path", value_str(STR("token")), a);
    Value ca_item = make_object(a, "key", value_str(STR("ca.crt")));
    value_set_lit(&ca_item, "path", value_str(STR("ca.crt")), a);
    Value ca_items = value_array();
    value_add(&ca_items, ca_item, a);
    Value ca = make_object(a, "name", value_str(STR("kube-root-ca.crt")));
    value_set_lit(&ca, "items", ca_items, a);
    Value reference = make_object(a, "apiVersion", value_str(STR("v1")));
    value_set_lit(&reference, "fieldPath", value_str(STR("metadata.namespace")), a);
    Value namespace = make_object(a, "path", value_str(STR("namespace")));
    value_set_lit(&namespace, "fieldRef", reference, a);
    Value namespaces = value_array();
    value_add(&namespaces, namespace, a);
    Value sources = value_array();
    value_add(&sources, make_object(a, "serviceAccountToken", token), a);
    value_add(&sources, make_object(a, "configMap", ca), a);
    value_add(&sources, make_object(a, "downwardAPI", make_object(a, "items", namespaces)), a);
    Value projected = make_object(a, "sources", sources);
    value_set_lit(&projected, "defaultMode", value_int(VOLUME_MODE), a);
    Value volume = make_object(a, "name", value_str(volume_name));
    value_set_lit(&volume, "projected", projected, a);
    return volume;
}

static Value make_secret_volume(Str volume_name, Str secret_name, Arena *a)
{
    Value secret = make_object(a, "secretName", value_str(secret_name));
    value_set_lit(&secret, "defaultMode", value_int(VOLUME_MODE), a);
    Value volume = make_object(a, "name", value_str(volume_name));
    value_set_lit(&volume, "secret", secret, a);
    return volume;
}

/* Mounts the volume in every container that has nothing at its place. True when one needed it. */
static bool mount_everywhere(Value *spec, Str volume_name, Arena *a)
{
    static const char *const lists[] = { "initContainers", "containers" };
    bool mounted = false;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        VALUE_EACH_ITEM(container, value_get(spec, str_from_c(lists[i]))) {
            Value *mounts = value_get_lit(container, "volumeMounts");
            bool taken = false;
            VALUE_EACH_ITEM(mount, mounts) {
                taken |= str_eq(value_get_str(mount, STR("mountPath")), STR(TOKEN_MOUNT_PATH));
            }
            if (taken || !value_is(container, VALUE_OBJECT)) {
                continue;
            }
            if (!value_is(mounts, VALUE_ARRAY)) {
                mounts = value_set_lit(container, "volumeMounts", value_array(), a);
            }
            Value mount = make_object(a, "name", value_str(volume_name));
            value_set_lit(&mount, "readOnly", value_bool(true), a);
            value_set_lit(&mount, "mountPath", value_str(STR(TOKEN_MOUNT_PATH)), a);
            value_add(mounts, mount, a);
            mounted = true;
        }
    }
    return mounted;
}

/* "a.b" to "a-b": a volume's name has no dots. */
static Str without_dots(Str name, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        buf_byte(&b, c == '.' ? '-' : c);
    }
    return buf_str(&b);
}

/* The name of the pod's volume for the token: one that is there already (*exists), else a new one.
 */
static Str token_volume_name(AdmissionRun *run, const Value *volumes, Str secret_name, bool *exists)
{
    bool projected = secret_name.ptr == NULL;
    Str name = projected ? STR_ABSENT : without_dots(secret_name, run->arena);
    bool taken = projected;
    VALUE_EACH_ITEM(volume, volumes) {
        Str volume_name = value_get_str(volume, STR("name"));
        const Value *secret = value_get_lit(volume, "secret");
        if (projected ? str_starts_with(volume_name, STR(PROJECTED_PREFIX))
                      : value_is(secret, VALUE_OBJECT) &&
                            str_eq(value_get_str(secret, STR("secretName")), secret_name)) {
            *exists = true;
            return volume_name;
        }
        taken |= str_eq(volume_name, name);
    }
    *exists = false;
    if (!taken) {
        return name;
    }
    return projected ? arena_concat(run->arena, STR(PROJECTED_PREFIX), admission_suffix(run))
                     : arena_printf(run->arena, "%.*s-%.*s", STR_ARG(name),
                                    STR_ARG(admission_suffix(run)));
}

static bool mount_token(AdmissionRun *run, const Value *account)
{
    Arena *a = run->arena;
    bool projected = kube_has(run->request->target, FEATURE_BOUND_SERVICE_ACCOUNT_TOKEN_VOLUME);
    Str secret_name = projected ? STR_ABSENT : find_token(run, account);
    if (!projected && secret_name.ptr == NULL) {
        Buf message = buf_new(a);
        buf_lit(&message, "No API token found for service account ");
        buf_go_quoted(&message, value_as_str(value_at(account, "metadata", "name", NULL)));
        buf_lit(&message, ", retry after the token is automatically created and added to the "
                          "service account");
        return admission_refuse(run,
                                status_server_timeout(a, STR("serviceaccounts"), STR("create pod"),
                                                      buf_str(&message), 1));
    }
    Value *spec = value_need_object(admission_own(run), STR("spec"), a);
    bool exists;
    Str volume_name = token_volume_name(run, value_get_lit(spec, "volumes"), secret_name, &exists);
    if (!mount_everywhere(spec, volume_name, a) || exists) {
        return true;
    }
    Value *volumes = value_get_lit(spec, "volumes");
    if (!value_is(volumes, VALUE_ARRAY)) {
        volumes = value_set_lit(spec, "volumes", value_array(), a);
    }
    value_add(volumes,
              projected ? make_projected_volume(volume_name, a)
                        : make_secret_volume(volume_name, secret_name, a),
              a);
    admission_note(run, "mounts volume %.*s with the account's token", STR_ARG(volume_name));
    return true;
}

/* The pod's own wish counts, then the account's; otherwise yes. */
static bool wants_token(const AdmissionRun *run, const Value *account)
{
    OptBool pod = value_as_bool(
        value_at(&run->object, "spec", "automountServiceAccountToken", NULL));
    if (pod.set) {
        return pod.value;
    }
    OptBool own = value_get_bool(account, STR("automountServiceAccountToken"));
    return !own.set || own.value;
}

static void add_pull_secrets(AdmissionRun *run, const Value *account)
{
    const Value *secrets = value_get_lit(account, "imagePullSecrets");
    if (value_len(value_at(&run->object, "spec", "imagePullSecrets", NULL)) > 0 ||
        value_len(secrets) == 0) {
        return;
    }
    Value list = value_array();
    VALUE_EACH_ITEM(secret, secrets) {
        Str name = value_get_str(secret, STR("name"));
        value_add(&list,
                  name.len ? make_object(run->arena, "name", value_str(name)) : value_object(),
                  run->arena);
    }
    Value *spec = value_need_object(admission_own(run), STR("spec"), run->arena);
    value_set_lit(spec, "imagePullSecrets", list, run->arena);
    admission_note(run, "uses the account's imagePullSecrets");
}

static bool mutate(AdmissionRun *run)
{
    if (!admission_is_pod(run) || run->request->operation != ADMISSION_CREATE) {
        return true;
    }
    if (pod_is_mirror(&run->object)) {
        return validate_mirror_pod(run);
    }
    if (pod_spec_str(run, "serviceAccountName").len == 0) {
        Value *spec = value_need_object(admission_own(run), STR("spec"), run->arena);
        value_set_lit(spec, "serviceAccountName", value_str(STR("default")), run->arena);
        pod_sync_service_account(spec, run->arena);
        admission_note(run, "runs as service account default");
    }
    const Value *account = find_account(run, pod_spec_str(run, "serviceAccountName"));
    if (account == NULL) {
        return false;
    }
    if (wants_token(run, account) && !mount_token(run, account)) {
        return false;
    }
    add_pull_secrets(run, account);
    return validate(run);
}

const AdmissionPlugin admission_service_account = {
    .name = STR_INIT("ServiceAccount"),
    .operations = ADMISSION_CREATE | ADMISSION_UPDATE,
    .mutate = mutate,
    .validate = validate,
};
